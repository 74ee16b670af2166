"""A take on disk while it is spoken: raw samples, so that whatever was written is usable after a crash.

`<name>.pcm` holds 16-bit little-endian mono samples and grows while somebody speaks; `<name>.json` beside it says what it
is. A take is never overwritten: its name is made of the time and a random part.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np
import numpy.typing as npt
import soundfile

Samples = npt.NDArray[np.int16]  # (samples,)

SYNC_SECONDS = 0.5  # a power cut loses no more than this; a killed process loses nothing that was written
BYTES_PER_SAMPLE = 2


@dataclass(frozen=True, slots=True)
class TakeInfo:
    """Whose take it is. `rate` is in hertz."""

    question: str
    speaker: str
    wave: str
    rate: int


class TakeWriter:
    """Writes a take as it is spoken; a context manager that leaves the take on disk, come what may."""

    def __init__(self, folder: Path, info: TakeInfo) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.info = info
        self.path = folder / f"{time.strftime('%Y%m%dT%H%M%S')}-{secrets.token_hex(3)}.pcm"
        self.path.with_suffix(".json").write_text(json.dumps(asdict(info)), encoding="utf-8")
        self._file: IO[bytes] = self.path.open("xb", buffering=0)  # unbuffered: written is handed to the system
        self._synced = time.monotonic()
        self.samples = 0

    @property
    def seconds(self) -> float:
        return self.samples / self.info.rate

    def write(self, samples: Samples) -> None:
        """Append samples; they are with the operating system when this returns."""
        self._file.write(samples.astype("<i2").tobytes())
        self.samples += len(samples)
        if time.monotonic() - self._synced > SYNC_SECONDS:
            os.fsync(self._file.fileno())
            self._synced = time.monotonic()

    def __enter__(self) -> TakeWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.fsync(self._file.fileno())
        self._file.close()


@dataclass(frozen=True, slots=True)
class Take:
    """A take that lies on disk, finished or rescued."""

    path: Path
    info: TakeInfo

    @property
    def seconds(self) -> float:
        return self.path.stat().st_size / BYTES_PER_SAMPLE / self.info.rate

    def samples(self) -> Samples:
        whole = self.path.stat().st_size // BYTES_PER_SAMPLE  # a crash can leave half a sample
        return np.fromfile(self.path, dtype="<i2", count=whole).astype(np.int16)

    def save_as(self, target: Path) -> None:
        """Write the take as FLAC, which loses nothing."""
        soundfile.write(target, self.samples(), self.info.rate, format="FLAC", subtype="PCM_16")

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self.path.with_suffix(".json").unlink(missing_ok=True)


def unfinished_takes(folder: Path, speaker: str) -> list[Take]:
    """Takes of a speaker that were neither kept nor discarded: the process died, or the disk was full."""
    found = []
    for path in sorted(folder.glob("*.pcm")):
        info = _describe(path)
        if info and info.speaker == speaker:
            found.append(Take(path, info))
    return found


def _describe(path: Path) -> TakeInfo | None:
    try:
        return TakeInfo(**json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def takes_of(folder: Path, speaker: str) -> list[Path]:
    """All files of a speaker's takes, to be erased, and takes that nobody can be named for."""
    described = [path for path in folder.glob("*.pcm") if _describe(path)]
    mine = [take.path for take in unfinished_takes(folder, speaker)]
    doomed = mine + [path for path in folder.glob("*.pcm") if path not in described]
    return [file for path in doomed for file in (path, path.with_suffix(".json"))]
