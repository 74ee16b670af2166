"""Links by which speakers answer in the browser: one a speaker, unguessable, expiring, revocable, and one browser's from consent on."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from voicepulse.errors import AccessError, StudyError
from voicepulse.secret import hash_of, new_secret
from voicepulse.storage.access import Invite
from voicepulse.storage.clock import after, now
from voicepulse.workspace import OpenStudy

LASTS = timedelta(days=21)


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was just made: the only moment at which its secret is known."""

    invite: Invite
    address: str


def make_link(opened: OpenStudy, speaker: str, address: str, lasts: timedelta = LASTS) -> Link:
    """Make a speaker's link; the one they had before is revoked. `address` is where the server is reached.

    Raises:
        StudyError: no such speaker.
        AccessError: the speaker was erased.
    """
    check_speaker(opened, speaker)
    secret = new_secret()
    invite = Invite(secrets.token_hex(8), speaker, now(), after(lasts))
    opened.store.access.add_invite(invite, hash_of(secret))
    return Link(invite, f"{address.rstrip('/')}/i/{secret}")


def check_speaker(opened: OpenStudy, speaker: str) -> None:
    """Whether a speaker can have a link.

    Raises:
        StudyError: no such speaker.
        AccessError: the speaker was erased.
    """
    if opened.study.speaker(speaker) is None:
        raise StudyError(
            f"The study has no speaker '{speaker}'.",
            "Add a [[speakers]] entry to study.toml, or name one that is there.",
        )
    if opened.store.fact(f"erased:{speaker}"):
        raise AccessError(f"The speaker {speaker} was erased.", "Give them a new id in study.toml.")


def find_invite(opened: OpenStudy, secret: str) -> Invite | None:
    """The link with this secret, whatever has become of it."""
    return opened.store.access.invite_of_token(hash_of(secret))
