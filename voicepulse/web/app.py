"""The application: one study's pages, made by a factory so that tests make their own."""

from __future__ import annotations

import logging
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from voicepulse import __version__
from voicepulse.errors import VoicePulseError
from voicepulse.web import api, leader, login
from voicepulse.web.desk import answers, changes, queue, speakers, status
from voicepulse.web.protection import Protection
from voicepulse.web.site import HERE, Site
from voicepulse.web.speaker import arrival, pages, takes
from voicepulse.web.who import NotLoggedIn, account_of

PAGES_AT_ONCE = 200  # threads: pages that wait for a comparison must not hold up sound that comes in
log = logging.getLogger("voicepulse.web")

DESCRIPTION = (
    "What the pages of VoicePulse ask of its server. Speakers are known by a cookie that their link sets with consent, researchers and "
    "leaders by a session (POST /login). Whatever changes something carries the page's CSRF token, as the form field `csrf_token` or the "
    "header `X-CSRF-Token`."
)


def create_app(site: Site) -> FastAPI:
    """The pages of a study; its backroom works from start-up to shut-down."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        takes.sweep(site.opened)
        current_default_thread_limiter().total_tokens = PAGES_AT_ONCE
        site.backroom.start()
        yield
        await run_in_threadpool(site.backroom.stop)

    app = FastAPI(
        title="VoicePulse",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.site = site
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=site.options.hosts)
    app.add_middleware(Protection, is_secure=site.options.is_secure)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    for room in (arrival, pages, takes, login, queue, answers, status, speakers, changes, leader, api):
        app.include_router(room.router)
    app.add_exception_handler(NotLoggedIn, _to_login)
    app.add_exception_handler(StarletteHTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(VoicePulseError, _cannot)
    app.add_exception_handler(Exception, _broken)
    return app


def _to_login(request: Request, _: Exception) -> Response:
    if not _wants_page(request):
        return JSONResponse({"detail": "Log in first."}, 401)
    wanted = f"{request.url.path}?{request.url.query}".rstrip("?") if request.method == "GET" else ""
    return RedirectResponse(login.login_for(wanted), 303)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)  # noqa: S101  (what it is registered for)
    return _say(request, error.status_code, str(error.detail), error.headers)


def _not_understood(request: Request, error: Exception) -> Response:
    """What was sent is not what the form or the API asks for; its values are not repeated, for they may be somebody's words."""
    assert isinstance(error, RequestValidationError)  # noqa: S101
    places = sorted({".".join(str(part) for part in fault["loc"]) for fault in error.errors()})
    return _say(request, 422, f"This cannot be used: {', '.join(places)}.")


def _cannot(request: Request, error: Exception) -> Response:
    assert isinstance(error, VoicePulseError)  # noqa: S101
    return _say(request, 400, f"{error.what} {error.way_out}".strip())


def _broken(request: Request, error: Exception) -> Response:
    where = "".join(traceback.format_tb(error.__traceback__))  # without the message, which may hold somebody's words
    log.error("a page failed: %s\n%s", type(error).__name__, where)
    return _say(request, 500, "Something went wrong here. Nothing that was confirmed is lost; load the page again.")


def _say(request: Request, status: int, what: str, headers: object = None) -> Response:
    more = dict(headers) if isinstance(headers, dict) else None
    if not _wants_page(request):
        return JSONResponse({"detail": what}, status, more)
    site: Site = request.app.state.site
    shown = {"what": what, "way": _way_on(request, site, status)}
    return site.templates.TemplateResponse(request, "problem.html.j2", shown, status_code=status, headers=more)


def _way_on(request: Request, site: Site, status: int) -> tuple[str, str] | None:
    """One link to go on by, its words and address; None where only a new personal link helps."""
    path = request.url.path
    if path.startswith(("/i/", "/speak/")):
        home = "/".join(path.split("/")[:3])
        is_elsewhere = path != home or request.method != "GET"  # their page itself is no way on from itself
        return ("Back to your answers", home) if path.startswith("/speak/") and is_elsewhere else None
    if status >= 500:  # the database may be what broke
        return "To the start", "/"
    account = account_of(request, site)
    if account is None:
        return "Log in", "/login"
    return ("To the desk", "/desk") if account.role == "researcher" else ("To the report", "/report")


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")
