"""Take claimed answers in: check each one, keep a copy named by its content, and write it down. The rest goes through."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from voicepulse.audio.decode import inspect
from voicepulse.checkpoints.download import sha256_of
from voicepulse.errors import IngestError, VoicePulseError
from voicepulse.ingest.claims import Claim, Problem
from voicepulse.progress import Progress, silent
from voicepulse.storage.store import Recording, Store
from voicepulse.study import Study, StudyFolder
from voicepulse.transcript.subtitles import SUFFIXES as TEXT_SUFFIXES
from voicepulse.transcript.subtitles import read_transcript, transcript_of_text
from voicepulse.transcript.types import Transcript

GIVEN = "given"  # the key of a transcript that nobody made from audio
LARGEST_TEXT = 1 << 20  # bytes; an answer is not a book


@dataclass(slots=True)
class Intake:
    """What became of the claims."""

    added: list[Recording] = field(default_factory=list)
    known: list[Recording] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def take_in(
    folder: StudyFolder,
    study: Study,
    store: Store,
    claims: Iterable[Claim],
    max_seconds: float,
    progress: Progress = silent,
) -> Intake:
    """Take in all claims; each is kept or named as a problem by itself."""
    intake = Intake()
    claims = list(claims)
    for done, claim in enumerate(claims):
        progress("ingest", done, len(claims))
        try:
            recording, is_new = _take_one(folder, study, store, claim, study.max_answer_seconds or max_seconds)
        except VoicePulseError as error:
            intake.problems.append(Problem(claim.origin, error.what, error.way_out))
        except OSError as error:
            intake.problems.append(
                Problem(claim.origin, f"The file cannot be read ({error.strerror}).", "Check its rights, and the disk.")
            )
        else:
            (intake.added if is_new else intake.known).append(recording)
    if claims:
        progress("ingest", len(claims), len(claims))
    return intake


def _take_one(
    folder: StudyFolder, study: Study, store: Store, claim: Claim, max_seconds: float
) -> tuple[Recording, bool]:
    erased = store.fact(f"erased:{claim.speaker}")
    if erased:
        raise IngestError(
            f"The speaker {claim.speaker} was erased on {erased[:10]}.",
            "Nothing of them is taken in again; use a new id for a new consent.",
        )
    if claim.path is None or claim.path.suffix.lower() in TEXT_SUFFIXES:
        return _take_text(study, store, claim)
    digest = sha256_of(claim.path)
    known = store.find_recording(digest)
    if known is not None:
        _check_same_place(known, claim)
        if claim.confirmed_choice is not None:
            store.add_recording(_recording(claim, digest, "audio", known.extension, known.seconds))
        return known, False
    info = inspect(claim.path, max_seconds)
    recording = _recording(claim, digest, "audio", info.extension, info.seconds)
    keep_copy(claim.path, recording.audio_path(folder.audio))
    return recording, store.add_recording(recording)


def _take_text(study: Study, store: Store, claim: Claim) -> tuple[Recording, bool]:
    transcript = _given_transcript(study, claim)
    place = "\0".join(
        (claim.wave, claim.question, claim.speaker, transcript.text)
    )  # two people may type the same words
    digest = hashlib.sha256(place.encode()).hexdigest()
    recording = _recording(claim, digest, "text", "txt", transcript.seconds)
    is_new = store.add_recording(recording)
    store.add_transcript(digest, GIVEN, transcript)
    return recording, is_new


def _given_transcript(study: Study, claim: Claim) -> Transcript:
    if claim.path is not None:
        if claim.path.stat().st_size > LARGEST_TEXT:
            raise IngestError("The file is larger than 1 MiB, which no answer is.", "Cut it into answers.")
        return read_transcript(claim.path, study.language)
    transcript = transcript_of_text(claim.text or "", study.language)
    if not transcript.has_speech:
        raise IngestError("The text is empty.", "Fill it in or delete the row.")
    return transcript


def _recording(claim: Claim, digest: str, kind: str, extension: str, seconds: float) -> Recording:
    return Recording(
        digest, kind, extension, claim.question, claim.speaker, claim.wave, seconds, claim.confirmed_choice
    )


def _check_same_place(known: Recording, claim: Claim) -> None:
    if known.place != (claim.wave, claim.question, claim.speaker):
        raise IngestError(
            f"The same sound is kept as {known.question} of {known.speaker} in {known.wave}.",
            "One of the two names is wrong; correct it.",
        )


def keep_copy(source: Path, target: Path) -> None:
    """Copy a file whole or not at all: nobody ever sees half of it under its name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".incoming-")
    try:
        with os.fdopen(handle, "wb") as copy, source.open("rb") as original:
            shutil.copyfileobj(original, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
