"""Researchers and leaders come in by name and password."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from voicepulse.accounts import LONGEST_PASSWORD, SESSION_LASTS, log_in
from voicepulse.secret import hash_of
from voicepulse.web.limits import PASSWORDS_A_NAME, PASSWORDS_A_PLACE, place
from voicepulse.web.site import SiteHere
from voicepulse.web.who import SESSION_COOKIE, AnyStaff, form_of_staff, set_cookie

router = APIRouter(tags=["accounts"])
LONGEST_PLACE = 2000  # characters
_PLACE = re.compile(
    r"/(?:report|desk)(?:/[\w-][\w.-]*)*(?:[?#][!-\[\]-~]*)?", re.ASCII
)  # no "//", "..", "\\" or "%" in the path


def known_place(wanted: str) -> str:
    """Where to go after the login: a page of the report or of the desk, and never another site; empty for anything else."""
    return wanted if len(wanted) <= LONGEST_PLACE and _PLACE.fullmatch(wanted) else ""


def login_for(wanted: str) -> str:
    """The login's address, from which this page is gone on to."""
    place_after = known_place(wanted)
    return f"/login?{urlencode({'next': place_after})}" if place_after else "/login"


@router.get("/")
def home(who: AnyStaff) -> Response:
    """To the place of whoever is logged in."""
    return RedirectResponse("/desk" if who.account.role == "researcher" else "/report", 303)


@router.get("/login")
def login_page(request: Request, site: SiteHere, wanted: Annotated[str, Query(alias="next")] = "") -> Response:
    shown = {"study": site.opened.study, "wrong": False, "next": known_place(wanted)}
    return site.templates.TemplateResponse(request, "login.html.j2", shown)


@router.post("/login")
def login(
    request: Request,
    site: SiteHere,
    name: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=LONGEST_PASSWORD)],
    wanted: Annotated[str, Form(alias="next")] = "",
) -> Response:
    """Begin a session, with a new secret each time, and go on to the page that was asked for."""
    here = place(request)
    with site.logins:  # one after another: many at once would all be within the limit, and fill the memory
        site.limits.check(PASSWORDS_A_NAME, here, name)
        site.limits.check(PASSWORDS_A_PLACE, here)
        secret = log_in(site.opened.store.access, name, password)
        if secret is None:
            site.limits.count(PASSWORDS_A_NAME, here, name)
            site.limits.count(PASSWORDS_A_PLACE, here)
    if secret is None:
        shown = {"study": site.opened.study, "wrong": True, "next": known_place(wanted)}
        return site.templates.TemplateResponse(request, "login.html.j2", shown, status_code=401)
    response = RedirectResponse(known_place(wanted) or "/", 303)
    set_cookie(response, site, SESSION_COOKIE, secret, "/", int(SESSION_LASTS.total_seconds()))
    return response


@router.post("/logout", dependencies=[Depends(form_of_staff)])
def logout(request: Request, site: SiteHere) -> Response:
    """End the session, here and in the database."""
    site.opened.store.access.end_session(hash_of(request.cookies[SESSION_COOKIE]))
    response = RedirectResponse("/login", 303)
    response.delete_cookie(SESSION_COOKIE)
    return response
