"""Who is asking: a speaker by the browser's cookie for their link, a researcher or leader by a session."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, Header, HTTPException, Path, Request, Response

from voicepulse.secret import csrf_token, hash_of
from voicepulse.storage.access import Account, Invite, Role
from voicepulse.study import Speaker
from voicepulse.web.site import Site, SiteHere

SESSION_COOKIE = "voicepulse_session"
SPEAKER_COOKIE = "voicepulse_speaker"  # its path is the link's own, so that two links in one browser stay apart
INVITE_ID = r"^[0-9a-f]{16}$"


class NotLoggedIn(Exception):
    """The page asks for an account; a browser is sent to the login."""


@dataclass(frozen=True, slots=True)
class Staff:
    """A researcher or a leader, and what their forms bring along."""

    account: Account
    csrf: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A speaker whose browser consented. `wave` is the one they answer in."""

    invite: Invite
    speaker: Speaker
    wave: str
    csrf: str
    shelf: str  # of what the browser has not sent yet

    @property
    def home(self) -> str:
        return f"/speak/{self.invite.id}"


def account_of(request: Request, site: Site) -> Account | None:
    """Who is logged in, if anybody is."""
    secret = request.cookies.get(SESSION_COOKIE, "")
    return site.opened.store.access.account_of_session(hash_of(secret)) if secret else None


def staff(*roles: Role) -> Callable[[Request, Site], Staff]:
    """A dependency: somebody with one of these roles is logged in.

    Raises:
        NotLoggedIn: nobody is.
        HTTPException: 403, somebody else is.
    """

    def logged_in(request: Request, site: SiteHere) -> Staff:
        account = account_of(request, site)
        if account is None:
            raise NotLoggedIn
        if account.role not in roles:
            raise HTTPException(403, "This page is for researchers.")
        return Staff(account, csrf_token(request.cookies[SESSION_COOKIE]))

    return logged_in


Researcher = Annotated[Staff, Depends(staff("researcher"))]
AnyStaff = Annotated[Staff, Depends(staff("researcher", "leader"))]


def _visit(request: Request, site: SiteHere, invite_id: Annotated[str, Path(pattern=INVITE_ID)]) -> Visit:
    """The speaker whose link this is; whatever is wrong, the answer is the same, so that nothing can be guessed."""
    secret = request.cookies.get(SPEAKER_COOKIE, "")
    opened = site.opened
    invite = opened.store.access.invite(invite_id) if secret else None
    if (
        invite is None
        or invite.revoked_at is not None
        or invite.browser is None
        or not hmac.compare_digest(invite.browser, hash_of(secret))
        or (speaker := opened.study.speaker(invite.speaker)) is None
        or opened.store.fact(f"erased:{invite.speaker}") is not None
    ):
        raise HTTPException(403, "This page belongs to a personal link. Open the link that was sent to you again.")
    wave = invite.wave or opened.study.wave
    return Visit(invite, speaker, wave, csrf_token(secret), site.shelf(speaker.id, wave))


SpeakerHere = Annotated[Visit, Depends(_visit)]


def _may_answer(visit: SpeakerHere) -> Visit:
    """A speaker who may still bring something."""
    if visit.invite.is_expired:
        raise HTTPException(
            410, "The time to answer by this link is over. What you gave is kept; you can still withdraw it."
        )
    if visit.invite.done_at is not None:
        raise HTTPException(409, "You said that you are done. Open your answers again to change something.")
    return visit


AnsweringSpeaker = Annotated[Visit, Depends(_may_answer)]


def form_of_staff(who: AnyStaff, csrf_token: Annotated[str, Form()] = "") -> None:
    """The form was sent by a page of this session."""
    _same(who.csrf, csrf_token)


def form_of_speaker(who: SpeakerHere, csrf_token: Annotated[str, Form()] = "") -> None:
    _same(who.csrf, csrf_token)


def script_of_speaker(who: SpeakerHere, x_csrf_token: Annotated[str, Header()] = "") -> None:
    """The same where a script asks, which sends it as a header."""
    _same(who.csrf, x_csrf_token)


def _same(expected: str, given: str) -> None:
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise HTTPException(403, "This form is too old. Go back, load the page again, and send it once more.")


def set_cookie(response: Response, site: Site, name: str, secret: str, path: str, seconds: int) -> None:
    """A cookie that no script reads and no other site's form sends."""
    response.set_cookie(
        name, secret, max_age=seconds, path=path, httponly=True, samesite="lax", secure=site.options.is_secure
    )
