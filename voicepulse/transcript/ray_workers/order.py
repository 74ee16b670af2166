"""What a driver tells its workers. Ray is not needed to say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicepulse.checkpoints.store import Installed
from voicepulse.transcript.types import Transcriber


@dataclass(frozen=True, slots=True)
class Order:
    """What every worker needs to know. `engine_of(weights, device)` builds its engine there, with one thread."""

    engine_of: Callable[[Installed, str], Transcriber]
    weights: Installed
    language: str
    vocabulary: tuple[str, ...] = ()
    device: str = "cpu"


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording on its way to a worker; `index` is the driver's name for it."""

    index: int
    suffix: str
    audio: bytes
