"""The desk's speakers: who consented to what and answered how much, their links, and their erasure."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse

from voicepulse.invitations import make_link
from voicepulse.storage.access import Invite
from voicepulse.study import IDENTIFIER, Speaker
from voicepulse.web.desk.link_view import message_of, page_of, picture_of, remember, remembered
from voicepulse.web.desk.pages import WaveHere, desk_page
from voicepulse.web.site import Site, SiteHere
from voicepulse.web.who import Researcher, Staff, form_of_staff

router = APIRouter(prefix="/desk/speakers", tags=["desk"])
sent_here = [Depends(form_of_staff)]
_VERSION = re.compile(r"\[version ([0-9a-f]+)\]$")


@dataclass(frozen=True, slots=True)
class SpeakerRow:
    """How things stand with a speaker in a wave. `is_asked`: study.toml still names them; `link` in words, `has_link` where it is not
    revoked; `consents` (time, version) of each consent."""

    speaker: Speaker
    consents: tuple[tuple[str, str], ...]
    is_asked: bool
    link: str
    has_link: bool
    answered: int
    erased_at: str


@router.get("")
def speakers_page(
    request: Request,
    who: Researcher,
    site: SiteHere,
    wave: WaveHere,
    erased: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Everybody who is asked: their consent, link and answers."""
    asked = len(site.opened.study.questions)
    values: dict[str, object] = {"here": "speakers", "wave": wave, "rows": _rows(site, wave), "asked": asked}
    done = erased if site.opened.store.fact(f"erased:{erased}") else ""
    return desk_page(request, site, who, "speakers", values | {"erased": done})


def _rows(site: Site, wave: str) -> list[SpeakerRow]:
    store, study = site.opened.store, site.opened.study
    links = {invite.speaker: invite for invite in store.access.invites()}  # the latest of each
    asked = {question.id for question in study.questions}
    there = {r.speaker for r in store.recordings()}
    gone = there - {speaker.id for speaker in study.speakers}
    given = Counter(r.speaker for r in store.current_recordings(wave) if r.question in asked)
    return [
        SpeakerRow(
            speaker,
            tuple((at, _version(text)) for text, at in store.consents(speaker.id, wave)),
            speaker.id not in gone,
            _standing(links.get(speaker.id)),
            (link := links.get(speaker.id)) is not None and link.revoked_at is None,
            given[speaker.id],
            # an erasure that was cut short can be repeated
            "" if speaker.id in there else store.fact(f"erased:{speaker.id}") or "",
        )
        for speaker in (*study.speakers, *(Speaker(id=name) for name in sorted(gone)))
    ]


def _version(text: str) -> str:
    """Which wording was consented to; text from before wordings had versions has none."""
    found = _VERSION.search(text.strip())
    return found[1] if found else ""


def _standing(invite: Invite | None) -> str:
    """A link in words."""
    if invite is None:
        return "none"
    if invite.revoked_at is not None:
        return "revoked"
    if invite.done_at is not None:
        return f"done {invite.done_at[:10]}"
    if invite.is_expired:
        return f"expired {invite.expires_at[:10]}"
    return f"{'used' if invite.browser else 'not used yet'}, works until {invite.expires_at[:10]}"


def _speaker(
    who: Researcher, site: SiteHere, speaker_id: Annotated[str, InPath(pattern=f"^{IDENTIFIER.pattern}$")]
) -> Speaker:
    opened = site.opened
    found = opened.study.speaker(speaker_id)
    if found is not None:
        return found
    if any(recording.speaker == speaker_id for recording in opened.store.recordings()):
        return Speaker(id=speaker_id)  # taken out of study.toml; what they gave is still here
    raise HTTPException(404, "The study has no such speaker.")


SpeakerAsked = Annotated[Speaker, Depends(_speaker)]


def _has_link(site: Site, speaker: Speaker) -> bool:
    """Whether a link of this speaker would stop working."""
    return any(i.speaker == speaker.id and i.revoked_at is None for i in site.opened.store.access.invites())


@router.get("/{speaker_id}/invite")
def invite_page(request: Request, who: Researcher, site: SiteHere, speaker: SpeakerAsked) -> Response:
    """What a new link ends, and the question whether it should."""
    return _ask(request, who, site, speaker, "invite")


@router.post("/{speaker_id}/invite", dependencies=sent_here)
def invite(who: Researcher, site: SiteHere, speaker: SpeakerAsked, agreed: Annotated[bool, Form()] = False) -> Response:
    """A new link for a speaker; where they have one, which then stops working, it is asked for first."""
    if _has_link(site, speaker) and not agreed:
        return RedirectResponse(f"/desk/speakers/{speaker.id}/invite", 303)
    link = make_link(site.opened, speaker.id, site.options.address)
    response = RedirectResponse(page_of(speaker), 303)
    remember(response, site, who, speaker, link.address.rpartition("/")[2])
    return response


@router.get("/{speaker_id}/link")
def link_page(request: Request, who: Researcher, site: SiteHere, speaker: SpeakerAsked) -> Response:
    """The link that was just made, for a few minutes and for who made it."""
    found = remembered(request, site, who, speaker)
    values: dict[str, object] = {"here": "speakers", "speaker": speaker, "address": ""}
    if found is not None:
        address, made = found
        values |= {
            "address": address,
            "until": made.expires_at[:10],
            "message": message_of(site.opened.study, speaker, address, made),
            "qr": picture_of(address),
        }
    return desk_page(request, site, who, "link", values)


@router.get("/{speaker_id}/revoke")
def revoke_page(request: Request, who: Researcher, site: SiteHere, speaker: SpeakerAsked) -> Response:
    """What revoking a link ends, and the question whether it should."""
    return _ask(request, who, site, speaker, "revoke")


@router.post("/{speaker_id}/revoke", dependencies=sent_here)
def revoke(who: Researcher, site: SiteHere, speaker: SpeakerAsked) -> Response:
    """Let a speaker's link work no more."""
    site.opened.store.access.revoke_invites(speaker.id)
    return RedirectResponse("/desk/speakers", 303)


def _ask(request: Request, who: Staff, site: Site, speaker: Speaker, act: str) -> Response:
    values = {"here": "speakers", "speaker": speaker, "act": act, "has_link": _has_link(site, speaker)}
    return desk_page(request, site, who, "ask", values)


@router.get("/{speaker_id}/erase")
def erase_page(request: Request, who: Researcher, site: SiteHere, speaker: SpeakerAsked) -> Response:
    """What is erased with a speaker, and the question whether it should be."""
    return desk_page(request, site, who, "erase", {"here": "speakers", "speaker": speaker, "wrong": False})


@router.post("/{speaker_id}/erase", dependencies=sent_here)
def erase(
    request: Request,
    who: Researcher,
    site: SiteHere,
    speaker: SpeakerAsked,
    typed: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Erase a speaker, where their id was typed; nothing brings them back."""
    if typed.strip() != speaker.id:
        values: dict[str, object] = {"here": "speakers", "speaker": speaker, "wrong": True}
        return desk_page(request, site, who, "erase", values, 422)
    site.erase(speaker.id)
    return RedirectResponse(f"/desk/speakers?erased={speaker.id}", 303)
