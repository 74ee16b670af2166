"""What patterns are looked for in, and what one is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from voicepulse.comparison.groups import Groups
from voicepulse.comparison.movement import Movement
from voicepulse.comparison.positions import Position
from voicepulse.comparison.types import ComparedWave, Count, Said
from voicepulse.settings import Thresholds
from voicepulse.study import Study

PatternName = Literal[
    "agreement without alignment",
    "alignment without buy-in",
    "same words, different meaning",
    "leaders aligned, organization not",
    "perception gap",
    "signal lost",
    "eroded",
    "nobody stops anything",
    "working against each other",
]
FEWEST = 3  # speakers


@dataclass(frozen=True, slots=True)
class Pattern:
    """`found` is None where it is not measured, and `needs` says what that takes. `values` are numbers that count nobody."""

    name: PatternName
    found: bool | None
    needs: str
    counts: tuple[Count, ...] = ()
    values: tuple[tuple[str, float], ...] = ()
    said: tuple[Said, ...] = ()
    questions: tuple[str, ...] = ()
    words: tuple[str, ...] = ()  # terms, groups: what the sentence names
    speakers: tuple[str, ...] = ()  # those of whom it is said
    parts: tuple[int, ...] = ()  # how many people stand on each side of what is compared


@dataclass(frozen=True, slots=True)
class Picture:
    """All that patterns are looked for in."""

    study: Study
    wave: ComparedWave
    positions: tuple[Position, ...]
    levels: Groups
    movements: tuple[Movement, ...]  # from every earlier wave to this one, the oldest first
    thresholds: Thresholds

    @property
    def intended(self) -> dict[str, str]:
        """The trade-offs that intend an option: question -> option."""
        return {q.id: q.intended for q in self.study.questions if q.kind == "tradeoff" and q.intended is not None}
