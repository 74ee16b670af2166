"""Progress by callback: the rooms never print, an edge decides what to show."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with a step's name, how much of it is done, and its total (None: not known yet)."""

    def __call__(self, step: str, done: float, total: float | None) -> None: ...


def silent(step: str, done: float, total: float | None) -> None:
    """Show nothing."""
