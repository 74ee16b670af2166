"""`voicepulse ingest STUDY PATHS...`: take answers in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voicepulse.cli.arguments import StudyPath, Wave


def ingest(
    study: StudyPath,
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Audio, transcripts (txt, vtt, srt), folders, or CSVs with question, speaker and file or text."
        ),
    ],
    wave: Wave = None,
) -> None:
    """Take in recordings and finished transcripts. The same file twice is one recording.

    Files are matched by name (the study's answer_pattern) or by a manifest CSV with the columns file, question, speaker
    and, if you like, wave and choice (what the speaker confirmed). What cannot be used is named, the rest goes through,
    and the exit code is 1 (2 if nothing could be used).
    """
    from voicepulse import pipeline
    from voicepulse.cli.console import progress_bar, report_problems, screen
    from voicepulse.workspace import open_study

    with open_study(study) as opened, progress_bar() as progress:
        intake = pipeline.ingest(opened, paths, wave, progress)
    screen.print(f"{len(intake.added)} new, {len(intake.known)} already kept, {len(intake.problems)} not usable.")
    report_problems(intake.problems)
    done = bool(intake.added or intake.known)
    raise typer.Exit((1 if done else 2) if intake.problems else 0)
