"""What every command shares: the screen, a progress bar, errors with their way out, JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from voicepulse.errors import VoicePulseError
from voicepulse.progress import Progress

if TYPE_CHECKING:
    from voicepulse.ingest.claims import Problem
    from voicepulse.storage.store import Recording

screen = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def report_error(error: VoicePulseError) -> None:
    """Say what happened and the way out."""
    errors.print(Text(error.what, style="red"))
    if error.way_out:
        errors.print(Text(error.way_out))


def report_problems(problems: Sequence[Problem]) -> None:
    """Name what could not be used, one by one."""
    for problem in problems:
        errors.print(Text.assemble((problem.origin, "bold red"), ": ", problem.what, " ", (problem.way_out, "dim")))


def report_silent(recordings: Sequence[Recording]) -> None:
    """Name the answers in which nobody speaks."""
    for recording in recordings:
        errors.print(
            f"{recording.question} of {recording.speaker}: no speech was found; listen to it and record it again.",
            markup=False,
        )


def print_json(value: object) -> None:
    """JSON for scripts, on standard output and nothing else there."""
    sys.stdout.write(json.dumps(value, indent=1, default=str, ensure_ascii=False) + "\n")


@contextmanager
def progress_bar(quiet: bool = False) -> Iterator[Progress]:
    """A progress bar on standard error, one line a step; lines without a terminal stay out of logs."""
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=errors, transient=False, disable=quiet or not errors.is_terminal) as bar:
        tasks: dict[str, object] = {}

        def advance(step: str, done: float, total: float | None) -> None:
            if step not in tasks:
                tasks[step] = bar.add_task(step, total=total)
            bar.update(tasks[step], completed=int(done), total=total and int(total))  # type: ignore[arg-type]

        yield advance
