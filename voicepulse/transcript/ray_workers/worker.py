"""A worker on a cluster: an actor that holds the engine, is given batches of clips, and tells what it heard.

It needs the package and nothing else of its machine: weights come through the object store and are written once a machine,
audio comes with the batch. Results are asked for by `told` instead of being streamed, for Ray's streaming generators do not
work over a client's connection.
"""

from __future__ import annotations

import getpass
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import ClassVar
from uuid import uuid4

import numpy as np
import numpy.typing as npt
import ray
from filelock import FileLock, Timeout

from voicepulse import __version__
from voicepulse.checkpoints.store import Installed
from voicepulse.errors import TranscriptionError, VoicePulseError
from voicepulse.transcript.ray_workers.order import Clip, Order
from voicepulse.transcript.transcribe import Outcome, transcribe_batch
from voicepulse.transcript.types import Transcript

Files = Mapping[str, npt.NDArray[np.uint8]]  # name inside the weights' folder -> bytes
Told = list[tuple[int, Outcome]]


class Worker:
    """The actor. `hear` runs in one thread, `told` waits in another, `stop` has a third."""

    groups: ClassVar[dict[str, int]] = {"telling": 1, "stopping": 1}  # of methods -> threads; `hear` is in Ray's own

    def __init__(self, order: Order, device: str, files: Files) -> None:
        room = Path(tempfile.gettempdir()) / f"voicepulse-{_user()}"
        room.mkdir(mode=0o700, exist_ok=True)
        _sweep(room)
        self._clips = room / f"clips-{uuid4().hex}"
        self._lock = FileLock(_lock_of(self._clips), thread_local=False)  # held as long as this process lives
        self._lock.acquire()
        self._clips.mkdir()
        self._order = order
        self._engine = order.engine_of(_put_down(order.weights, files, room, self._clips), device)
        self._finished: SimpleQueue[tuple[int, Outcome]] = SimpleQueue()

    def version(self) -> str:
        """Comes back when the engine is loaded."""
        return __version__

    def hear(self, clips: Sequence[Clip]) -> None:
        """Transcribe a batch, as one process would; each clip can be `told` as soon as it is finished."""
        left = {clip.index for clip in clips}

        def keep(position: int, outcome: Outcome) -> None:
            index = clips[position].index
            left.discard(index)
            self._finished.put((index, _portable(outcome)))

        paths = [self._clips / f"{clip.index}{clip.suffix}" for clip in clips]
        try:
            for path, clip in zip(paths, clips, strict=True):
                path.write_bytes(clip.audio)
            transcribe_batch(paths, self._engine, self._order.language, self._order.vocabulary, keep)
        except Exception as error:  # for instance a full disk: the driver must hear of every clip
            for index in sorted(left):
                self._finished.put((index, _portable(error)))
        finally:
            for path in paths:
                path.unlink(missing_ok=True)

    @ray.method(concurrency_group="telling")  # type: ignore[untyped-decorator]
    def told(self) -> Told:
        """What was finished since the last time; waits until there is something."""
        outcomes = [self._finished.get()]
        while not self._finished.empty():
            outcomes.append(self._finished.get())
        return outcomes

    @ray.method(concurrency_group="stopping")  # type: ignore[untyped-decorator]
    def stop(self) -> None:
        """Leave no recording behind; the process is killed next."""
        _remove(self._clips, self._lock)


def _portable(outcome: Outcome) -> Outcome:
    """An outcome that another process can read: VoicePulse's own errors can be pickled, others may not."""
    if isinstance(outcome, Transcript | VoicePulseError):
        return outcome
    return TranscriptionError(
        f"It failed on a worker ({outcome!r}).", "Run again; if it stays so, look at the cluster."
    )


def _user() -> str:
    """Who this is; a container's user may have a number and no name."""
    return str(os.getuid()) if hasattr(os, "getuid") else getpass.getuser()


def _lock_of(folder: Path) -> Path:
    return folder.with_suffix(".lock")


def _sweep(room: Path) -> None:
    """Delete the recordings that killed workers of this machine left behind."""
    for path in room.glob("clips-*.lock"):
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            continue
        _remove(path.with_suffix(""), lock)


def _remove(clips: Path, lock: FileLock) -> None:
    shutil.rmtree(clips, ignore_errors=True)
    lock.release()
    Path(lock.lock_file).unlink(missing_ok=True)


def _put_down(weights: Installed, files: Files, room: Path, staging: Path) -> Installed:
    """Write the weights into a folder of this machine, whole or not at all, unless another worker has done so."""
    folder = room / f"{weights.name}-{weights.digest}"
    with FileLock(_lock_of(folder)):
        if not folder.exists():
            for name, content in files.items():
                (staging / weights.name / name).parent.mkdir(parents=True, exist_ok=True)
                content.tofile(staging / weights.name / name)
            (staging / weights.name).replace(folder)
    return replace(weights, folder=folder)
