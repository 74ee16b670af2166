"""The desk's status: how far the wave has come, what failed, what lies there to be taken in, and the export."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from voicepulse.backroom import take_in_dropped
from voicepulse.exporting import exported
from voicepulse.interpretation.answers import SPEAKER, TRANSCRIPT, counting
from voicepulse.overview import Progressed, overview
from voicepulse.report.exports import export_files
from voicepulse.web.desk.pages import WaveHere, desk_page
from voicepulse.web.site import Site, SiteHere
from voicepulse.web.who import Researcher, Staff, form_of_staff
from voicepulse.workspace import OpenStudy

router = APIRouter(prefix="/desk", tags=["desk"])
sent_here = [Depends(form_of_staff)]


class Failed(BaseModel):
    """An answer that could not be transcribed or read."""

    digest: str
    question: str
    speaker: str
    problem: str


class Status(BaseModel):
    """A wave's answers by state, and what the server works on. `corrected`: those of which a researcher said something, `own_word`
    those that their speakers put right; an answer can be both. `seconds`: the median from a spoken answer's arrival to its reading."""

    wave: str
    expected: int
    recorded: int
    no_speech: int
    transcribed: int
    read: int
    confirmed: int
    corrected: int
    own_word: int
    waiting: int
    in_hand: int
    left: int
    failed: list[Failed]
    seconds: float | None
    problem: str


def _status(site: Site, wave: str) -> Status:
    opened = site.opened
    seen = overview(opened, wave, site.instruments, date.today())
    erased = {s.id for s in opened.study.speakers if opened.store.fact(f"erased:{s.id}")}
    asked = tuple(one for one in seen.answers if one.speaker not in erased)
    report = site.backroom.report()
    known = {recording.digest: recording for recording in opened.store.recordings()} if report.failed else {}
    failed = [
        Failed(digest=digest, question=known[digest].question, speaker=known[digest].speaker, problem=problem)
        for digest, problem in report.failed.items()
        if digest in known
    ]
    return Status(
        wave=wave,
        **replace(seen, answers=asked).counts | _said(opened, wave, asked),
        waiting=report.waiting,
        in_hand=report.in_hand,
        left=report.left,
        failed=failed,
        seconds=report.seconds,
        problem=" ".join(filter(None, (report.problem, seen.unknown))),
    )


def _said(opened: OpenStudy, wave: str, asked: Sequence[Progressed]) -> dict[str, int]:
    """How many answers hold a researcher's word on their reading, and how many their speaker's own."""
    corrections = opened.store.corrections()
    digests = {(r.question, r.speaker): r.digest for r in opened.store.current_recordings(wave)}
    own = others = 0
    for one in asked:
        said = [c for c in corrections.get(digests.get((one.question, one.speaker), ""), ()) if c.field != TRANSCRIPT]
        own += bool(counting(c for c in said if c.author == SPEAKER))
        others += bool(counting(c for c in said if c.author != SPEAKER))
    return {"corrected": others, "own_word": own}


@router.get("/status")
def status_page(request: Request, who: Researcher, site: SiteHere, wave: WaveHere) -> Response:
    """How far the answers of a wave have come, live."""
    return _page(request, who, site, wave, None)


def _page(request: Request, who: Staff, site: Site, wave: str, taken: dict[str, object] | None) -> Response:
    values: dict[str, object] = {"here": "status", "wave": wave, "status": _status(site, wave), "taken": taken}
    return desk_page(request, site, who, "status", values)


@router.get("/status.json")
def status(who: Researcher, site: SiteHere, wave: WaveHere) -> Status:
    """The same for the page's script and for programs."""
    return _status(site, wave)


@router.post("/status/retry", dependencies=sent_here)
def retry(who: Researcher, site: SiteHere) -> Response:
    """Try again what failed."""
    site.backroom.retry()
    return RedirectResponse("/desk/status", 303)


@router.post("/status/take-in", dependencies=sent_here)
def take_in(request: Request, who: Researcher, site: SiteHere, wave: WaveHere) -> Response:
    """Take in what was dropped into the study's answers/; tells how many were new and what could not be used."""
    new, problems = take_in_dropped(site.opened)
    site.backroom.look()
    return _page(request, who, site, wave, {"new": new, "problems": problems})


@router.get(
    "/export.zip",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}}, 400: {"description": "Nothing has been read yet."}},
)
def export(who: Researcher, site: SiteHere, wave: WaveHere) -> Response:
    """Everything that was read and compared, who said what too, as tables (CSV and JSON Lines). Nothing of it stays on the server's disk."""
    with site.lock_of("export"):
        found = exported(site.opened, wave, site.instruments, complete=True)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content, _ in export_files(found.tables, found.documents):
            archive.writestr(name, content)
    headers = {"Content-Disposition": f'attachment; filename="voicepulse-{wave}.zip"'}
    return Response(packed.getvalue(), media_type="application/zip", headers=headers)
