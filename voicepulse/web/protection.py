"""What holds for every request: security headers, no foreign page behind a form, no body larger than it may be."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_FORM = 256 * 1024  # bytes
LARGEST_CHUNK = 4 * 1024 * 1024  # bytes of sound in one request
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "media-src": "'self' blob:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}


def policy(**more: str) -> str:
    """The content security policy; `style_src_attr="..."` adds or replaces a directive."""
    return "; ".join(
        f"{name} {value}" for name, value in (POLICY | {k.replace("_", "-"): v for k, v in more.items()}).items()
    )


HEADERS = {
    "Content-Security-Policy": policy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # a speaker's link must not travel on; under no-referrer some browsers call a form's origin null
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Protection:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, is_secure: bool) -> None:
        self._app = app
        self._headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if is_secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        if scope["method"] not in SAFE_METHODS and is_foreign(headers):
            await PlainTextResponse("This form was sent from another site.", 403)(scope, receive, with_headers)
            return
        most = LARGEST_CHUNK if scope["method"] == "PATCH" else LARGEST_FORM
        announced = headers.get("content-length", "0")
        if not announced.isdigit() or int(announced) > most:
            refusal = PlainTextResponse("That is larger than this may be.", 413, {"Connection": "close"})
            await refusal(scope, receive, with_headers)
            return
        await self._app(scope, _bounded(receive, most), with_headers)


def is_foreign(headers: Headers) -> bool:
    """Whether a browser sent this from another site's page. Programs send neither header, and no cookies by themselves."""
    if (site := headers.get("sec-fetch-site")) is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")


def _bounded(receive: Receive, most: int) -> Receive:
    """The body, cut off where it is larger than announced or announced nothing."""
    got = 0

    async def bounded() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        return {"type": "http.disconnect"} if got > most else message

    return bounded
