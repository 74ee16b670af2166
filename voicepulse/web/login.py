"""Researchers and leaders come in by name and password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from voicepulse.accounts import LONGEST_PASSWORD, SESSION_LASTS, log_in
from voicepulse.secret import hash_of
from voicepulse.web.limits import PASSWORDS_A_NAME, PASSWORDS_A_PLACE, place
from voicepulse.web.site import SiteHere
from voicepulse.web.who import SESSION_COOKIE, AnyStaff, form_of_staff, set_cookie

router = APIRouter(tags=["accounts"])


@router.get("/")
def home(who: AnyStaff) -> Response:
    """To the place of whoever is logged in."""
    return RedirectResponse("/desk" if who.account.role == "researcher" else "/report", 303)


@router.get("/login")
def login_page(request: Request, site: SiteHere) -> Response:
    return site.templates.TemplateResponse(request, "login.html.j2", {"study": site.opened.study, "wrong": False})


@router.post("/login")
def login(
    request: Request,
    site: SiteHere,
    name: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=LONGEST_PASSWORD)],
) -> Response:
    """Begin a session, with a new secret each time."""
    here = place(request)
    with site.logins:  # one after another: many at once would all be within the limit, and fill the memory
        site.limits.check(PASSWORDS_A_NAME, here, name)
        site.limits.check(PASSWORDS_A_PLACE, here)
        secret = log_in(site.opened.store.access, name, password)
        if secret is None:
            site.limits.count(PASSWORDS_A_NAME, here, name)
            site.limits.count(PASSWORDS_A_PLACE, here)
    if secret is None:
        shown = {"study": site.opened.study, "wrong": True}
        return site.templates.TemplateResponse(request, "login.html.j2", shown, status_code=401)
    response = RedirectResponse("/", 303)
    set_cookie(response, site, SESSION_COOKIE, secret, "/", int(SESSION_LASTS.total_seconds()))
    return response


@router.post("/logout", dependencies=[Depends(form_of_staff)])
def logout(request: Request, site: SiteHere) -> Response:
    """End the session, here and in the database."""
    site.opened.store.access.end_session(hash_of(request.cookies[SESSION_COOKIE]))
    response = RedirectResponse("/login", 303)
    response.delete_cookie(SESSION_COOKIE)
    return response
