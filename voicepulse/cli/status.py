"""`voicepulse status STUDY`: what is done and what is missing."""

from __future__ import annotations

from dataclasses import asdict

from rich.table import Table
from rich.text import Text

from voicepulse.cli.arguments import Json, StudyPath, Wave

STYLES = {
    "missing": "dim",
    "no speech": "red",
    "recorded": "yellow",
    "transcribed": "cyan",
    "read": "green",
    "confirmed": "bold green",
    "corrected": "bold green",
}


def status(study: StudyPath, wave: Wave = None, json: Json = False) -> None:
    """Show how far each answer has come: missing, recorded, no speech, transcribed, read, confirmed, corrected."""
    from voicepulse.cli.console import errors, print_json, screen
    from voicepulse.instruments import Instruments
    from voicepulse.overview import overview
    from voicepulse.workspace import open_study

    with open_study(study) as opened:
        shown = overview(opened, opened.wave(wave), Instruments())
    if json:
        print_json({**asdict(shown), "counts": shown.counts})
        return
    screen.print(Text(f"{shown.title} · {shown.wave} · {shown.mode}", style="bold"))
    speakers = list(dict.fromkeys(answer.speaker for answer in shown.answers))
    table = Table(box=None)
    table.add_column("")
    for speaker in speakers:
        table.add_column(speaker)
    for question in dict.fromkeys(answer.question for answer in shown.answers):
        cells = [a for a in shown.answers if a.question == question]
        table.add_row(
            question,
            *(Text(a.state + (f" ({a.takes} takes)" if a.takes > 1 else ""), style=STYLES[a.state]) for a in cells),
        )
    screen.print(table)
    counts = shown.counts
    screen.print(
        f"{counts['recorded']} of {counts['expected']} answers are there, {counts['transcribed']} transcribed, {counts['read']} read."
    )
    if shown.unknown:
        errors.print(shown.unknown, markup=False)
