"""A study opened for work: its folder, what study.toml says, and its database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from voicepulse.errors import StudyError
from voicepulse.progress import Progress, silent
from voicepulse.storage.store import Store
from voicepulse.study import Study, StudyFolder, load_study


@dataclass(frozen=True, slots=True)
class OpenStudy:
    """A study with its database."""

    folder: StudyFolder
    study: Study
    store: Store

    def wave(self, wanted: str | None) -> str:
        """The wave to work on: the one named, or study.toml's.

        Raises:
            StudyError: the named wave has no answers.
        """
        if wanted is None or wanted == self.study.wave or wanted in self.store.waves():
            return wanted or self.study.wave
        waves = ", ".join(self.store.waves()) or "none yet"
        raise StudyError(f"The study has no wave '{wanted}'.", f"Waves with answers: {waves}.")


@contextmanager
def open_study(path: Path) -> Iterator[OpenStudy]:
    """Open a study's folder and database.

    Raises:
        StudyError: the study file is wrong, or its mode was changed after the first answer came in.
        StorageError: the database cannot be used.
    """
    folder, study = load_study(path)
    with Store(folder.database) as store:
        locked = store.fact("mode")
        if locked is not None and locked != study.mode:
            raise StudyError(
                f"The study was begun as '{locked}' and study.toml now says '{study.mode}'.",
                f'People answered under the first; set mode = "{locked}" again, or begin a new study.',
            )
        yield OpenStudy(folder, study, store)


@contextmanager
def working_alone(folder: StudyFolder, progress: Progress = silent) -> Iterator[None]:
    """Let one process at a time work through a study; another waits, and then finds the work done."""
    lock = FileLock(folder.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress("waiting for another voicepulse that works on this study", 0, None)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
