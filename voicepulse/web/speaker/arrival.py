"""A speaker's link: who asks and why, consent or a no that costs nothing, and the way to withdraw.

Opening a link changes nothing, for mail programs open links too. Consent makes the link the browser's that consented; the
secret that this browser will be known by is made when the page is shown, so that a second press of the button, or an
answer that was lost on its way, locks nobody out.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from voicepulse.consent import Statement, statement
from voicepulse.invitations import find_invite
from voicepulse.secret import hash_of, new_secret
from voicepulse.storage.access import Invite
from voicepulse.study import Speaker
from voicepulse.web.limits import UNKNOWN_LINKS, place
from voicepulse.web.site import Site, SiteHere
from voicepulse.web.who import SPEAKER_COOKIE, set_cookie

SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
REMEMBERED = timedelta(days=90)  # how long a browser is known
MINUTES_A_QUESTION = 2  # to read it, speak, and hear it again

router = APIRouter(prefix="/i/{secret}", tags=["speaker"])


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody holds a link. `browser` is the secret that this browser is known by, or "" where it has none; by a link that
    `is_stopped` (revoked, or its speaker is not in study.toml any more) one can only withdraw."""

    secret: str
    invite: Invite
    speaker: Speaker
    browser: str
    is_erased: bool
    is_half_erased: bool  # an erasure was cut short
    is_stopped: bool

    @property
    def is_here(self) -> bool:
        """Whether it was this browser that consented."""
        begun = self.invite.browser
        return begun is not None and hmac.compare_digest(begun, hash_of(self.browser))


def _arrival(request: Request, site: SiteHere, secret: str) -> Arrival:
    """The link's speaker.

    Raises:
        HTTPException: 404 where no link has this secret (429 where one place tries many), 410 where it was taken back.
    """
    opened = site.opened
    invite = find_invite(opened, secret) if SECRET.fullmatch(secret) else None
    if invite is None:
        site.limits.count(UNKNOWN_LINKS, place(request))
        raise HTTPException(404, "This link is not known here. Was it copied whole? If it was, ask for a new one.")
    speaker = opened.study.speaker(invite.speaker)
    is_stopped = invite.revoked_at is not None or speaker is None
    is_last = [i.id for i in opened.store.access.invites() if i.speaker == invite.speaker][-1:] == [invite.id]
    if is_stopped and (
        invite.browser is None or not is_last
    ):  # nothing was given by it, or there is a newer one to withdraw by
        raise HTTPException(410, "This link does not work any more; ask for a new one.")
    cookie = request.cookies.get(SPEAKER_COOKIE, "")
    is_begun = opened.store.fact(f"erased:{invite.speaker}") is not None
    is_left = is_begun and any(recording.speaker == invite.speaker for recording in opened.store.recordings())
    browser = cookie if SECRET.fullmatch(cookie) else ""
    known = speaker or Speaker(id=invite.speaker)
    return Arrival(secret, invite, known, browser, is_begun and not is_left, is_left, is_stopped)


AnyLink = Annotated[Arrival, Depends(_arrival)]


def _alive(link: AnyLink) -> Arrival:
    """A link whose speaker was not erased."""
    if link.is_erased:
        raise HTTPException(410, "Everything of you was erased.")
    return link


LinkHere = Annotated[Arrival, Depends(_alive)]


def _going(link: LinkHere) -> Arrival:
    """A link by which one can answer."""
    if link.is_stopped:
        raise HTTPException(410, "This link does not work any more; you can only withdraw by it.")
    return link


GoingLink = Annotated[Arrival, Depends(_going)]


@router.get("")
def landing(request: Request, site: SiteHere, link: AnyLink) -> Response:
    """What a speaker is told before anything begins; or on to the questions, in the browser that consented."""
    if link.is_erased:
        return erased(request, site, link.invite, 410)
    if link.is_half_erased:
        return RedirectResponse(f"/i/{link.secret}/withdraw", 303)
    has_consented = bool(site.opened.store.consents(link.speaker.id, link.invite.wave or ""))
    if link.is_here and has_consented and not link.is_stopped:
        return _go_on(site, link)
    if link.invite.browser is not None and (link.is_stopped or not link.is_here):
        return site.templates.TemplateResponse(request, "speaker/elsewhere.html.j2", {"link": link})
    if link.invite.is_expired:
        raise HTTPException(410, "The time to answer by this link is over. Nothing was recorded. Ask for a new one.")
    study = site.opened.study
    shown = {
        "study": study,
        "link": link,
        "statement": _statement(site),
        "minutes": MINUTES_A_QUESTION * len(study.questions),
    }
    response = site.templates.TemplateResponse(request, "speaker/landing.html.j2", shown)
    _remember(response, site, link.browser or new_secret(), f"/i/{link.secret}")
    return response


@router.post("/begin")
def begin(site: SiteHere, link: GoingLink, version: Annotated[str, Form(max_length=8)] = "") -> Response:
    """Consent: its text is kept, and the link is this browser's from now on. Pressed twice, it consents once.

    `version` is that of the text which was on the page; where it was changed meanwhile, the page is shown again.
    """
    opened, invite, said = site.opened, link.invite, _statement(site)
    if not link.browser:
        raise HTTPException(
            400,
            "Your browser keeps no cookie for this page, so it could not be told from another. Allow cookies here and open the link again.",
        )
    if invite.is_expired and invite.browser is None:
        raise HTTPException(410, "The time to answer by this link is over. Nothing was recorded. Ask for a new one.")
    if version and version != said.version:
        return RedirectResponse(f"/i/{link.secret}", 303)
    wave = invite.wave or opened.study.wave
    opened.store.set_fact_once("mode", opened.study.mode)
    is_new = opened.store.access.take_invite(invite.id, hash_of(link.browser), wave)
    if not is_new and not link.is_here:
        return RedirectResponse(f"/i/{link.secret}", 303)
    if is_new or not opened.store.consents(link.speaker.id, wave):
        opened.store.add_consent(link.speaker.id, wave, said.kept)
    return _go_on(site, link)


@router.post("/decline")
def decline(request: Request, site: SiteHere, link: LinkHere) -> Response:
    """A no: nothing is kept of it, and nobody is told."""
    response = site.templates.TemplateResponse(request, "speaker/declined.html.j2", {"link": link})
    if link.invite.browser is None:
        response.delete_cookie(SPEAKER_COOKIE, path=f"/i/{link.secret}")
    return response


@router.get("/withdraw")
def ask_withdraw(request: Request, site: SiteHere, link: LinkHere) -> Response:
    """Asks whether everything shall be erased; from any browser that has the link."""
    shown = {"action": f"/i/{link.secret}/withdraw", "back": f"/i/{link.secret}", "csrf": ""}
    return site.templates.TemplateResponse(request, "speaker/withdraw.html.j2", shown)


@router.post("/withdraw")
def withdraw(request: Request, site: SiteHere, link: LinkHere) -> Response:
    """Erase everything of this speaker."""
    site.erase(link.speaker.id)
    return erased(request, site, link.invite)


def erased(request: Request, site: Site, invite: Invite, status: int = 200) -> Response:
    """Says that everything is gone; its script clears what the browser still kept."""
    return site.templates.TemplateResponse(
        request, "speaker/erased.html.j2", {"shelf": site.shelf(invite.speaker, invite.wave or "")}, status_code=status
    )


def _statement(site: Site) -> Statement:
    return statement(site.opened.study, site.instruments.settings.thresholds)


def _go_on(site: Site, link: Arrival) -> Response:
    response = RedirectResponse(f"/speak/{link.invite.id}", 303)
    _remember(response, site, link.browser, f"/speak/{link.invite.id}")
    _remember(response, site, link.browser, f"/i/{link.secret}")
    return response


def _remember(response: Response, site: Site, browser: str, path: str) -> None:
    """Two cookies of one value, for the link's two places: so two links in one browser stay apart."""
    set_cookie(response, site, SPEAKER_COOKIE, browser, path, int(REMEMBERED.total_seconds()))
