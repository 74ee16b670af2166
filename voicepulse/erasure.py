"""Erase a speaker, or forget what can be made again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock

from voicepulse.audio.takes import takes_of
from voicepulse.checkpoints.download import sha256_of
from voicepulse.errors import IngestError, StudyError
from voicepulse.ingest.claims import name_pattern
from voicepulse.report.exports import exported_files, exports_folder
from voicepulse.storage.clock import now
from voicepulse.storage.store import Recording
from voicepulse.storage.uploads import SUFFIX
from voicepulse.transcript.subtitles import read_text_file
from voicepulse.workspace import OpenStudy


def erase_speaker(opened: OpenStudy, speaker: str) -> list[Path]:
    """Erase a speaker's audio, transcripts, readings, corrections, consents, takes, and what was exported with them.

    The report, the study's exports, older copies of the database and what was learned from corrections are deleted too: they rest on the speaker's words. Files of the speaker in the
    study's drop folder go as well, and their rows in CSVs there, or the next run would take them in again. Files go before
    the rows that name them, so that an erasure which was cut short can be repeated. Returns the files that were deleted.

    Raises:
        StudyError: neither the study nor its database knows this speaker.
    """
    with FileLock(opened.folder.intake_lock):
        mine = require_known(opened, speaker)
        opened.store.set_fact_once(f"erased:{speaker}", now())
        deleted = _delete(_files_of(opened, speaker, {r.digest for r in mine}))
        opened.store.erase_speaker(speaker)
    return deleted


def require_known(opened: OpenStudy, speaker: str) -> list[Recording]:
    """The speaker's recordings.

    Raises:
        StudyError: neither the study nor its database knows this speaker.
    """
    mine = [recording for recording in opened.store.recordings() if recording.speaker == speaker]
    if not mine and opened.study.speaker(speaker) is None:
        raise StudyError(f"The study has no speaker '{speaker}'.", "See `voicepulse status` for who there is.")
    return mine


def _delete(paths: Iterable[Path]) -> list[Path]:
    deleted = [path for path in dict.fromkeys(paths) if path.is_file()]
    for path in deleted:
        path.unlink(missing_ok=True)  # a browser may take one back at this moment
    return deleted


def _files_of(opened: OpenStudy, speaker: str, digests: set[str]) -> list[Path]:
    """Everything on disk that holds the speaker, or may hold them: what a crash left behind belongs to nobody else."""
    folder = opened.folder
    others = {r.digest for r in opened.store.recordings()} - digests
    files = [path for path in folder.audio.glob("*") if path.stem not in others] if folder.audio.is_dir() else []
    files += folder.audio.glob(".incoming-*")
    files += takes_of(folder.takes, speaker)
    files += folder.takes.glob("tmp*/*")
    files += _uploads(opened, speaker)
    files += _dropped_files(opened, speaker, digests)
    files += exported_files(exports_folder(folder))
    files += [folder.learned, folder.report, folder.report.with_name(f".{folder.report.name}.incoming")]
    return [*files, *folder.path.glob(f"{folder.database.name}.before-*")]


def _uploads(opened: OpenStudy, speaker: str) -> list[Path]:
    """What came in from the speaker's browser, and what nobody owns."""
    takes = opened.folder.takes
    there = list(takes.glob(f"*{SUFFIX}"))  # before the owners are asked for: a take has its owner before its file
    mine, owned = set(opened.store.uploads_of(speaker)), opened.store.upload_names()
    return [path for path in there if path.name in mine or path.name not in owned]


def _dropped_files(opened: OpenStudy, speaker: str, digests: set[str]) -> list[Path]:
    pattern = name_pattern(opened.study.answer_pattern)
    dropped = [p for p in opened.folder.answers.rglob("*") if p.is_file()] if opened.folder.answers.is_dir() else []
    found: list[Path] = []
    for path in dropped:
        named = pattern.fullmatch(path.name)
        if path.suffix.lower() == ".csv":
            found += _cut_rows(path, speaker)
        elif (named and named["speaker"].lower() == speaker.lower()) or sha256_of(path) in digests:
            found.append(path)
    return found


def _cut_rows(table: Path, speaker: str) -> list[Path]:
    """Take a speaker's rows out of a CSV; returns the files that those rows named."""
    try:
        rows = list(csv.reader(io.StringIO(read_text_file(table))))
    except (csv.Error, IngestError):
        return []  # nothing was ever taken in from it
    header = [name.strip().lower() for name in rows[0]] if rows else []
    if "speaker" not in header:
        return []
    column, file = header.index("speaker"), header.index("file") if "file" in header else None
    mine = [row for row in rows[1:] if len(row) > column and row[column].strip().lower() == speaker.lower()]
    if not mine:
        return []
    kept = io.StringIO()
    csv.writer(kept, lineterminator="\n").writerows(row for row in rows if row not in mine)
    table.write_text(kept.getvalue(), encoding="utf-8")
    return [table.parent / row[file] for row in mine if file is not None and len(row) > file and row[file]]


def forget_results(opened: OpenStudy) -> None:
    """Drop transcripts, readings, comparisons and the report. Recordings, consents, confirmed choices and corrections stay."""
    opened.store.forget_results()
    opened.folder.report.unlink(missing_ok=True)
