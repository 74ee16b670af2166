"""`voicepulse status STUDY`: what is done and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from voicepulse.cli.arguments import Json, StudyPath, Wave

if TYPE_CHECKING:
    from voicepulse.overview import Overview
    from voicepulse.rhythm import Rhythm

STYLES = {
    "missing": "dim",
    "no speech": "red",
    "recorded": "yellow",
    "transcribed": "cyan",
    "read": "green",
    "confirmed": "bold green",
    "corrected": "bold green",
}
WIDEST = 6  # speakers side by side on eighty columns; more stand below each other


def status(study: StudyPath, wave: Wave = None, json: Json = False) -> None:
    """Show how far each answer has come (missing, recorded, no speech, transcribed, read, confirmed, corrected), who has not
    answered, and when the next wave is due."""
    from voicepulse.cli.console import errors, print_json, screen
    from voicepulse.instruments import Instruments
    from voicepulse.overview import overview
    from voicepulse.workspace import open_study

    with open_study(study) as opened:
        shown = overview(opened, opened.wave(wave), Instruments(), date.today())
    if json:
        print_json({**asdict(shown), "counts": shown.counts})
        return
    screen.print(Text(f"{shown.title} · {shown.wave} · {shown.mode}", style="bold"))
    screen.print(f"Wave {shown.open_wave} is open. {_next_wave(shown.rhythm)}".strip(), markup=False)
    screen.print(_table(shown))
    counts = shown.counts
    screen.print(
        f"{counts['recorded']} of {counts['expected']} answers are there, {counts['transcribed']} transcribed, {counts['read']} read."
    )
    for line in _missing(shown):
        screen.print(line, markup=False)
    if shown.unknown:
        errors.print(shown.unknown, markup=False)


def _table(shown: Overview) -> Table:
    """Questions by speakers, or speakers by questions where there are many of them."""
    speakers = list(dict.fromkeys(answer.speaker for answer in shown.answers))
    questions = list(dict.fromkeys(answer.question for answer in shown.answers))
    cells = {
        (a.question, a.speaker): Text(a.state + (f" ({a.takes} takes)" if a.takes > 1 else ""), style=STYLES[a.state])
        for a in shown.answers
    }
    is_long = len(speakers) > WIDEST
    table = Table("", *(questions if is_long else speakers), box=None)
    for row in speakers if is_long else questions:
        if is_long:
            table.add_row(row, *(cells[question, row] for question in questions))
        else:
            table.add_row(row, *(cells[row, speaker] for speaker in speakers))
    return table


def _next_wave(rhythm: Rhythm) -> str:
    if rhythm.due is None or rhythm.days_left is None:
        return ""
    if rhythm.overdue_days:
        return f"Next wave overdue since {rhythm.due}, by {_days(rhythm.overdue_days)}."
    return f"Next wave due {rhythm.due}, {f'in {_days(rhythm.days_left)}' if rhythm.days_left else 'today'}."


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def _missing(shown: Overview) -> Iterator[str]:
    """Who has not answered: who gave nothing in one line, and each of the others with the questions that lack."""
    asked = len({answer.question for answer in shown.answers})
    silent = [speaker for speaker, questions in shown.missing.items() if len(questions) == asked]
    if silent:
        yield f"No answer yet from {', '.join(silent)}."
    for speaker, questions in shown.missing.items():
        if speaker not in silent:
            yield f"{speaker} has not answered {', '.join(questions)}."
