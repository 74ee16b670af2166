"""Sound comes in while it is spoken: chunk after chunk at an offset, as in the tus protocol 1.0, so that whatever was confirmed stays.

A take is a file that grows. What the server confirmed is on disk (fsync); after a dropped network, a reload or a killed server the
browser asks how far it came and goes on from there. Only `finish` makes it an answer: decoded whole, kept under the hash of its content.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Header, HTTPException, Request
from fastapi import Path as InPath
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from voicepulse.checkpoints.download import sha256_of
from voicepulse.errors import VoicePulseError
from voicepulse.ingest.claims import Claim
from voicepulse.ingest.intake import IntakeOptions, take_in
from voicepulse.storage.clock import after
from voicepulse.storage.store import Recording
from voicepulse.storage.uploads import SUFFIX, Upload
from voicepulse.study import Study
from voicepulse.web.limits import TAKES_BEGUN
from voicepulse.web.protection import LARGEST_CHUNK
from voicepulse.web.site import Site, SiteHere
from voicepulse.web.who import AnsweringSpeaker, SpeakerHere, Visit, script_of_speaker
from voicepulse.workspace import OpenStudy

LARGEST_TAKE = 32 * 1024 * 1024  # bytes: a quarter of an hour of what browsers record
LONGEST_SECONDS = 900.0  # where the study names no limit
MOST_UNFINISHED = 12  # takes of one speaker that are no answer yet
KEPT_UNFINISHED = timedelta(days=14)  # what nobody finished since is deleted when the server starts
LATE_SECONDS = 5.0  # a page that is not in front may notice the limit this much later
CHUNK_SECONDS = 60.0  # a chunk that takes longer than this to come is asked for again

router = APIRouter(prefix="/speak/{invite_id}/takes", tags=["takes"], dependencies=[Depends(script_of_speaker)])
TakeName = Annotated[
    str, InPath(pattern=r"^[0-9a-f]{32}$", description="32 hexadecimal digits that the browser made up.")
]


class Begin(BaseModel):
    """A take of a question begins."""

    question: str = Field(max_length=64)


class Finish(BaseModel):
    """All of a take was sent."""

    size: int = Field(ge=1, le=LARGEST_TAKE, description="Bytes in all; the server checks that it has just these.")


class TakeState(BaseModel):
    """How far a take has come: bytes confirmed, and whether it is an answer now."""

    offset: int
    kept: bool


@router.put("/{take}")
def begin(visit: AnsweringSpeaker, site: SiteHere, take: TakeName, what: Begin) -> TakeState:
    """Begin a take, or find it again: how many bytes of it are here."""
    opened = site.opened
    if opened.study.question(what.question) is None:
        raise HTTPException(404, "The study does not ask this question.")
    found = opened.store.uploads.find(visit.speaker.id, take)
    if found is None:
        site.limits.count(TAKES_BEGUN, visit.speaker.id)
        unfinished = [u for u in opened.store.uploads.of_speaker(visit.speaker.id) if u.recording is None]
        for old in unfinished[: max(0, len(unfinished) - MOST_UNFINISHED + 1)]:
            _discard(opened, old)
        opened.folder.takes.mkdir(exist_ok=True)
        found = opened.store.uploads.begin(visit.speaker.id, visit.wave, what.question, take)
    if found.wave != visit.wave:
        raise HTTPException(409, "This was recorded for an earlier round of questions.")
    return _state(opened, found)


@router.get("/{take}")
def look(visit: SpeakerHere, site: SiteHere, take: TakeName) -> TakeState:
    """How many bytes of a take are here."""
    return _state(site.opened, _find(site.opened, visit, take))


@router.patch(
    "/{take}",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
    responses={409: {"model": TakeState, "description": "Another offset was expected: this one."}, 413: {}},
)
async def append(
    visit: AnsweringSpeaker,
    site: SiteHere,
    take: TakeName,
    request: Request,
    upload_offset: Annotated[int, Header(ge=0, le=LARGEST_TAKE)],
) -> JSONResponse:
    """Bring the next bytes. They are on disk when this is answered."""
    data = await _body(request)
    return await asyncio.get_running_loop().run_in_executor(
        site.writers, _append, site, visit, take, upload_offset, data
    )


async def _body(request: Request) -> bytes:
    data = bytearray()
    try:
        with anyio.fail_after(CHUNK_SECONDS):
            async for part in request.stream():
                data += part
                if len(data) > LARGEST_CHUNK:
                    raise HTTPException(413, "That is larger than a chunk may be.")
    except (ClientDisconnect, TimeoutError) as error:
        raise HTTPException(408, "The chunk did not come whole. Send it again.") from error
    return bytes(data)


def _append(site: Site, visit: Visit, take: str, offset: int, data: bytes) -> JSONResponse:
    with _held(site, visit, take) as (upload, path):
        if upload.recording is not None:
            raise HTTPException(410, "This take is kept already.")
        size = _size(path)
        if offset != size:
            return JSONResponse({"offset": size, "kept": False}, 409)
        if size + len(data) > LARGEST_TAKE:
            raise HTTPException(413, "The answer is longer than it may be. End it here.")
        try:
            _write(path, data)
        except OSError as error:
            raise HTTPException(
                507, "The server's disk is full. Your browser keeps the answer; try again later."
            ) from error
        if site.opened.store.uploads.find(upload.speaker, upload.take) is None:  # erased while it was written
            path.unlink(missing_ok=True)
            raise HTTPException(404, "No such take was begun.")
        return JSONResponse({"offset": size + len(data), "kept": False})


@contextmanager
def _held(site: Site, visit: Visit, take: str) -> Iterator[tuple[Upload, Path]]:
    """A take as it stands, and its file, while nobody else changes it: a request that was sent twice finds what the first one did."""
    name = _find(site.opened, visit, take).name
    with site.lock_of(name):
        upload = _find(site.opened, visit, take)
        if upload.wave != visit.wave:
            raise HTTPException(410, "This was recorded for an earlier round of questions.")
        yield upload, upload.path(site.opened.folder.takes)


def _write(path: Path, data: bytes) -> None:
    """Append whole or not at all."""
    with path.open("ab") as file:
        before = file.tell()
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            os.truncate(path, before)
            raise


@router.post("/{take}/finish", responses={409: {"model": TakeState}})
async def finish(visit: AnsweringSpeaker, site: SiteHere, take: TakeName, what: Finish) -> JSONResponse:
    """Make a take the answer: it is decoded, kept, and transcribed as soon as its turn comes."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(site.keepers, _finish, site, visit, take, what.size)


def _finish(site: Site, visit: Visit, take: str, size: int) -> JSONResponse:
    opened = site.opened
    with _held(site, visit, take) as (upload, path):
        if upload.recording is not None:
            return JSONResponse({"offset": size, "kept": True})
        here = _size(path)
        if here != size:
            return JSONResponse({"offset": here, "kept": False}, 409)
        recording = keep_answer(opened, visit, upload.question, path=path)
        opened.store.uploads.finish(upload, recording.digest)
        path.unlink(missing_ok=True)
    site.backroom.add(recording)
    return JSONResponse({"offset": size, "kept": True})


def longest_seconds(study: Study) -> float:
    """How long an answer may be."""
    return study.max_answer_seconds or LONGEST_SECONDS


def keep_answer(
    opened: OpenStudy, visit: Visit, question: str, path: Path | None = None, text: str | None = None
) -> Recording:
    """Take a speaker's answer in, spoken or typed.

    Raises:
        VoicePulseError: it cannot be used: no sound in it, too long, nothing that can be decoded, no text.
    """
    claim = Claim("this answer", question, visit.speaker.id, visit.wave, path=path, text=text, wave_is_named=True)
    longest = longest_seconds(opened.study) + LATE_SECONDS
    known = opened.store.find_recording(sha256_of(path)) if path is not None else None
    if known is not None and known.place != (
        visit.wave,
        question,
        visit.speaker.id,
    ):  # whose it is is nobody's business
        raise VoicePulseError("This recording was sent before.", "Record your answer anew.")
    intake = take_in(opened.folder, opened.study, opened.store, [claim], IntakeOptions(longest))
    if intake.problems:
        told = intake.problems[0]
        raise VoicePulseError(told.what, "Record it again, shorter." if "longer than" in told.what else told.way_out)
    return [*intake.added, *intake.known][0]


@router.delete("/{take}", status_code=204)
def discard(visit: AnsweringSpeaker, site: SiteHere, take: TakeName) -> None:
    """Delete a take that is no answer yet: the speaker records it again."""
    with _held(site, visit, take) as (upload, _):
        if upload.recording is not None:
            raise HTTPException(409, "This take is kept already.")
        _discard(site.opened, upload)


def sweep(opened: OpenStudy) -> None:
    """Delete what became an answer and was not deleted yet, what nobody finished in time, and files of nobody."""
    too_old = after(-KEPT_UNFINISHED)
    uploads = opened.store.uploads.all()
    for upload in uploads:
        if upload.recording is not None:
            upload.path(opened.folder.takes).unlink(missing_ok=True)
        elif upload.begun_at < too_old:
            _discard(opened, upload)
    known = {upload.name for upload in uploads}
    for path in opened.folder.takes.glob(f"*{SUFFIX}"):
        if path.name not in known:
            path.unlink()


def _discard(opened: OpenStudy, upload: Upload) -> None:
    upload.path(opened.folder.takes).unlink(missing_ok=True)
    opened.store.uploads.drop(upload)


def _find(opened: OpenStudy, visit: Visit, take: str) -> Upload:
    found = opened.store.uploads.find(visit.speaker.id, take)
    if found is None:
        raise HTTPException(404, "No such take was begun.")
    return found


def _state(opened: OpenStudy, upload: Upload) -> TakeState:
    return TakeState(offset=_size(upload.path(opened.folder.takes)), kept=upload.recording is not None)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
