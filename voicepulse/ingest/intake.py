"""Take claimed answers in: check each one, keep a copy named by its content, and write it down. The rest goes through."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from filelock import FileLock

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


@dataclass(frozen=True, slots=True)
class IntakeOptions:
    """`max_seconds`: the longest answer. `rescan`: the same folder is looked through again, so that what is known already
    is nothing new; otherwise somebody hands it in once more, and then it is the latest."""

    max_seconds: float
    rescan: bool = False


def take_in(
    folder: StudyFolder,
    study: Study,
    store: Store,
    claims: Iterable[Claim],
    options: IntakeOptions,
    progress: Progress = silent,
) -> Intake:
    """Take in all claims; each is kept or named as a problem by itself. The first one kept locks the study's mode.

    Others may take something in between two of them: a speaker who waits does not wait for a folder.
    """
    intake = Intake()
    claims = list(claims)
    for done, claim in enumerate(claims):
        progress("ingest", done, len(claims))
        try:
            with FileLock(folder.intake_lock):
                recording, is_new = _take_one(folder, study, store, claim, options)
        except VoicePulseError as error:
            intake.problems.append(Problem(claim.origin, error.what, error.way_out))
        except OSError as error:
            reason = f"The file cannot be read ({error.strerror})."
            intake.problems.append(Problem(claim.origin, reason, "Check its rights, and the disk."))
        else:
            (intake.added if is_new else intake.known).append(recording)
    if claims:
        progress("ingest", len(claims), len(claims))
    return intake


def _take_one(
    folder: StudyFolder, study: Study, store: Store, claim: Claim, options: IntakeOptions
) -> tuple[Recording, bool]:
    erased = store.fact(f"erased:{claim.speaker}")
    if erased:
        raise IngestError(
            f"The speaker {claim.speaker} was erased on {erased[:10]}.",
            "Nothing of them is taken in again; use a new id for a new consent.",
        )
    if claim.path is None or claim.path.suffix.lower() in TEXT_SUFFIXES:
        transcript = _given_transcript(study, claim)
        known = _known_text(store, claim, transcript.text)
        recording = known or _recording(
            claim, _text_digest(claim, claim.wave, transcript.text), "text", transcript.seconds
        )
    else:
        transcript = None
        digest = sha256_of(claim.path)
        known = store.find_recording(digest)
        if known is not None:
            _check_same_place(known, claim)
        recording = known or _recording(claim, digest, "audio", 0.0)
        target = recording.audio_path(folder.audio)
        if known is None or not target.exists():
            info = inspect(claim.path, options.max_seconds)
            recording = replace(recording, extension=info.extension, seconds=info.seconds)
            keep_copy(claim.path, recording.audio_path(folder.audio))
    recording = replace(recording, confirmed_choice=claim.confirmed_choice or recording.confirmed_choice)
    is_new = _keep(study, store, recording, options)
    if transcript is not None:
        store.add_transcript(recording.digest, GIVEN, transcript)
    return recording, is_new


def _keep(study: Study, store: Store, recording: Recording, options: IntakeOptions) -> bool:
    store.set_fact_once("mode", study.mode)
    is_new = store.add_recording(replace(recording, received_at=""))
    if not is_new and not options.rescan:
        store.make_latest(recording.digest)
    return is_new


def _text_digest(claim: Claim, wave: str, text: str) -> str:
    place = "\0".join((wave, claim.question, claim.speaker, text))  # two people may type the same words
    return hashlib.sha256(place.encode()).hexdigest()


def _known_text(store: Store, claim: Claim, text: str) -> Recording | None:
    """This text of this speaker, in its own wave; or, if the claim names no wave, in whichever it came in."""
    waves = [claim.wave] if claim.wave_is_named else [claim.wave, *store.waves()]
    found = (store.find_recording(_text_digest(claim, wave, text)) for wave in waves)
    return next((recording for recording in found if recording is not None), None)


def _given_transcript(study: Study, claim: Claim) -> Transcript:
    if claim.path is not None:
        if claim.path.stat().st_size > LARGEST_TEXT:
            raise IngestError("The file is larger than 1 MiB, which no answer is.", "Cut it into answers.")
        return read_transcript(claim.path, study.language)
    transcript = transcript_of_text(claim.text or "", study.language)
    if not transcript.has_speech:
        raise IngestError("The text is empty.", "Fill it in or delete the row.")
    return transcript


def _recording(claim: Claim, digest: str, kind: str, seconds: float) -> Recording:
    return Recording(digest, kind, "txt", claim.question, claim.speaker, claim.wave, seconds)


def _check_same_place(known: Recording, claim: Claim) -> None:
    waves = {claim.wave} if claim.wave_is_named else {claim.wave, known.wave}
    if (known.question, known.speaker) != (claim.question, claim.speaker) or known.wave not in waves:
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
