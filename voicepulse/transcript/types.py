"""Words with times, and the engine that hears them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from voicepulse.audio.decode import Waveform


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands in the transcript. Times in seconds into the recording, characters into `Transcript.text`."""

    text: str
    start: float
    end: float
    char_start: int
    char_end: int
    probability: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the transcript with its times; segments joined by one space are the text."""

    text: str
    start: float
    end: float
    char_start: int
    char_end: int


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said. An empty text means that no speech was found.

    `loops` counts runaway repetitions that were cut, `reheard` the windows that were heard a second time because the
    first text could not be trusted; `provenance` names engine, weights, settings and version.
    """

    text: str
    segments: tuple[Segment, ...]
    words: tuple[Word, ...]
    language: str
    seconds: float
    loops: int = 0
    reheard: int = 0
    provenance: Mapping[str, object] = field(default_factory=dict)

    @property
    def has_speech(self) -> bool:
        return bool(self.text)

    def seconds_of(self, char_start: int, char_end: int) -> tuple[float, float] | None:
        """When characters [char_start, char_end) were spoken; None where the text came without times."""
        timed: tuple[Word, ...] | tuple[Segment, ...] = self.words or self.segments
        inside = [t for t in timed if t.char_end > char_start and t.char_start < char_end and t.end > 0]
        return (inside[0].start, inside[-1].end) if inside else None


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word as an engine gives it: its text with the space before it, and seconds into the window."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What an engine made of a window: its segments, each as its words; none when it holds no speech."""

    segments: list[list[SpokenWord]]
    reheard: bool = False  # whether the engine listened twice


class Transcriber(Protocol):
    """An engine: hears windows of at most 30 seconds."""

    @property
    def workers(self) -> int:
        """How many threads may call `hear` at once."""

    @property
    def together(self) -> int:
        """How many windows it likes to be given at once; 1 where that gains nothing."""

    @property
    def provenance(self) -> Mapping[str, object]:
        """Engine, weights and settings: whatever changes its output changes this."""

    def hear(self, windows: Sequence[Waveform], language: str, prompt: str | None) -> list[Heard]:
        """What was said in each window. A window's text does not depend on the windows beside it."""
