"""What was recorded becomes transcripts, on this machine or on a cluster; each one is stored as it is finished."""

from __future__ import annotations

from collections.abc import Sequence

from voicepulse.errors import VoicePulseError
from voicepulse.ingest.claims import Problem
from voicepulse.instruments import Instruments
from voicepulse.progress import Progress
from voicepulse.progress import silent as no_progress
from voicepulse.results import transcript_key, transcripts
from voicepulse.storage.store import Recording
from voicepulse.study import STAYS_HERE
from voicepulse.transcript.ray_workers.cluster import join
from voicepulse.transcript.transcribe import Keep, Outcome, transcribe_batch
from voicepulse.transcript.types import Transcript
from voicepulse.workspace import OpenStudy


def transcribe_all(
    opened: OpenStudy, wave: str, instruments: Instruments, progress: Progress = no_progress, on: str | None = None
) -> list[Problem]:
    """Transcribe what has no transcript yet; each one is stored as it is finished. Returns what failed.

    `on` names a cluster (`ray_workers.cluster.join`); without it this machine does the work.
    """
    heard = transcripts(opened, instruments)
    missing = [recording for recording in opened.store.current_recordings(wave) if recording.digest not in heard]
    return transcribe_these(opened, missing, instruments, progress, on)


def transcribe_these(
    opened: OpenStudy,
    missing: Sequence[Recording],
    instruments: Instruments,
    progress: Progress = no_progress,
    on: str | None = None,
) -> list[Problem]:
    """The same for these recordings, which have no transcript yet."""
    if not missing:
        return []
    progress("transcribe", 0, len(missing))
    key = transcript_key(opened.study, instruments)
    problems: list[Problem] = []
    done = 0

    def keep(index: int, outcome: Outcome) -> None:
        nonlocal done
        if isinstance(outcome, Transcript):
            opened.store.add_transcript(missing[index].digest, key, outcome)
        elif isinstance(outcome, VoicePulseError | OSError):
            problems.append(failed(missing[index], outcome))
        else:
            raise outcome
        done += 1
        progress("transcribe", done, len(missing))

    here = list(range(len(missing)))
    if on is not None:
        here, told = _transcribe_on(on, opened, missing, instruments, keep)
        problems += told
    if here:
        study, paths = opened.study, [missing[index].audio_path(opened.folder.audio) for index in here]
        transcribe_batch(paths, instruments.transcriber, study.language, study.vocabulary, _renamed(keep, here))
    return problems


def _transcribe_on(
    on: str, opened: OpenStudy, missing: Sequence[Recording], instruments: Instruments, keep: Keep
) -> tuple[list[int], list[Problem]]:
    """Transcribe on a cluster what may go there. Returns what must stay, and a word about it."""
    order = instruments.order(opened.study)
    with join(on) as cluster:
        from voicepulse.transcript.ray_workers.dispatch import transcribe_on_ray

        here = [n for n, r in enumerate(missing) if cluster.is_elsewhere and not may_leave(opened, r)]
        stays = set(here)
        sent = [n for n in range(len(missing)) if n not in stays]
        if sent:
            paths = [missing[index].audio_path(opened.folder.audio) for index in sent]
            transcribe_on_ray(paths, order, _renamed(keep, sent))
    if not here:
        return [], []
    what = "They were not sent to the cluster: their speakers were told that answers stay on this machine."
    way_out = "This machine transcribed them. Say in study.toml's [consent] where answers go, before people answer."
    return here, [Problem(f"{len(here)} answers", what, way_out)]


def _renamed(keep: Keep, indexes: list[int]) -> Keep:
    """Keep under the indexes that a part of the recordings has in the whole."""
    return lambda position, outcome: keep(indexes[position], outcome)


def may_leave(opened: OpenStudy, recording: Recording) -> bool:
    """Whether an answer may leave this machine: not where its speaker was told that it stays."""
    told = [text for text, _ in opened.store.consents(recording.speaker, recording.wave)]
    return not any(promise in text for promise in STAYS_HERE for text in told or [opened.study.consent.text])


def failed(recording: Recording, error: Exception) -> Problem:
    what, way_out = (
        (error.what, error.way_out)
        if isinstance(error, VoicePulseError)
        else (f"It failed ({error}).", "Run again; if it stays so, record it anew.")
    )
    return Problem(f"{recording.question} of {recording.speaker}", what, way_out)
