"""Erase a speaker, or forget what can be made again."""

from __future__ import annotations

from pathlib import Path

from voicepulse.audio.takes import takes_of
from voicepulse.checkpoints.download import sha256_of
from voicepulse.errors import StudyError
from voicepulse.ingest.claims import name_pattern
from voicepulse.pipeline import OpenStudy
from voicepulse.storage.store import now


def erase_speaker(opened: OpenStudy, speaker: str) -> list[Path]:
    """Erase a speaker's audio, transcripts, readings, corrections, consents, takes, and what was exported with them.

    The report and older copies of the database are deleted too: both hold the speaker's words. Files of the speaker in the
    study's drop folder go as well, or the next run would take them in again. Returns the files that were deleted.

    Raises:
        StudyError: neither the study nor its database knows this speaker.
    """
    folder = opened.folder
    recordings = [r for r in opened.store.recordings() if r.speaker == speaker]
    if not recordings and opened.study.speaker(speaker) is None:
        raise StudyError(f"The study has no speaker '{speaker}'.", "See `voicepulse status` for who there is.")
    doomed = [r.audio_path(folder.audio) for r in recordings if r.kind == "audio"]
    doomed += takes_of(folder.takes, speaker)
    doomed += _dropped_files(opened, speaker, {r.digest for r in recordings})
    doomed += [folder.report, *folder.path.glob(f"{folder.database.name}.before-*")]
    opened.store.erase_speaker(speaker)
    opened.store.set_fact_once(f"erased:{speaker}", now())
    deleted = [path for path in doomed if path.exists()]
    for path in deleted:
        path.unlink()
    return deleted


def _dropped_files(opened: OpenStudy, speaker: str, digests: set[str]) -> list[Path]:
    pattern = name_pattern(opened.study.answer_pattern)
    found = []
    for path in opened.folder.answers.rglob("*") if opened.folder.answers.is_dir() else ():
        if not path.is_file():
            continue
        named = pattern.fullmatch(path.name)
        if (named and named["speaker"].lower() == speaker.lower()) or sha256_of(path) in digests:
            found.append(path)
    return found


def forget_results(opened: OpenStudy) -> None:
    """Drop transcripts, readings, comparisons and the report. Recordings, consents, confirmed choices and corrections stay."""
    opened.store.forget_results()
    opened.folder.report.unlink(missing_ok=True)
