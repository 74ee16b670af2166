"""The leader's view: the report, live. What may be shown is decided by `live_report`, here nothing is hidden or left out by a page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.responses import HTMLResponse, Response

from voicepulse.live_report import Filter, filter_bar
from voicepulse.report.page import LivePage, live_style, page_script, render_page
from voicepulse.web.protection import policy
from voicepulse.web.site import SiteHere
from voicepulse.web.sound import sound_response
from voicepulse.web.who import AnyStaff

router = APIRouter(tags=["report"])
REPORT_POLICY = policy(
    style_src_attr="'unsafe-inline'"
)  # pictures are drawn by widths in style attributes; no style element, no script
Wanted = Annotated[str | None, Query(max_length=100)]


@router.get("/report")
def report(who: AnyStaff, site: SiteHere, wave: Wanted = None, level: Wanted = None, team: Wanted = None) -> Response:
    """The report of a wave, of everybody or of one level or team; of an anonymous study only what it may show."""
    opened, chosen = site.opened, Filter(level, team)
    found = site.reports.report(opened, wave or None, chosen)
    live = LivePage(
        "/report/style.css",
        "/report/page.js",
        filter_bar(opened, wave or None, chosen),
        who.account.name,
        who.csrf,
        "/desk" if who.account.role == "researcher" else "",
    )
    audio = {digest: f"/report/audio/{digest}" for digest in found.recordings}
    html = render_page(found.findings, audio, key=found.key, live=live)
    return HTMLResponse(html, headers={"Content-Security-Policy": REPORT_POLICY})


@router.get("/report/style.css")
def style() -> Response:
    return Response(live_style(), media_type="text/css")


@router.get("/report/page.js")
def script() -> Response:
    return Response(page_script(), media_type="text/javascript")


@router.get("/report/audio/{digest}")
def audio(
    request: Request, who: AnyStaff, site: SiteHere, digest: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
) -> Response:
    """An answer by ear, where the report may quote it: never of an anonymous study, nor of a take that does not count any more."""
    opened = site.opened
    recording = opened.store.find_recording(digest)
    asked = recording and opened.study.speaker(recording.speaker) and opened.study.question(recording.question)
    if opened.study.mode == "anonymous" or recording is None or not asked:
        raise HTTPException(404, "There is nothing to hear.")
    if digest not in {r.digest for r in opened.store.current_recordings(recording.wave)}:
        raise HTTPException(404, "There is nothing to hear.")
    return sound_response(request, site.sounds.of(opened, digest))
