"""`voicepulse run STUDY`: the whole way, from answers to a report."""

from __future__ import annotations

import typer

from voicepulse.cli.arguments import StudyPath, Wave


def run(study: StudyPath, wave: Wave = None) -> None:
    """Take in what lies in answers/, transcribe, read, compare, and report. Only what changed is done again.

    Exits with 1 if an answer could not be used, for instance because nobody speaks in it; it is named, and the rest is in the report.
    """
    from voicepulse import pipeline
    from voicepulse.cli.console import progress_bar, report_problems, report_silent, screen
    from voicepulse.instruments import Instruments
    from voicepulse.interpretation.adjustment import load_learned, reader_digest
    from voicepulse.report.terminal import print_findings
    from voicepulse.workspace import open_study

    instruments = Instruments()
    with open_study(study) as opened:
        with progress_bar() as progress:
            result = pipeline.run(opened, instruments, wave, progress)
        print_findings(screen, result.findings)
        report_silent(result.silent)
        report_problems(result.problems)
        screen.print(f"Read by {instruments.reader_label}.", markup=False)
        learned = load_learned(opened.folder.learned)
        if learned is not None and learned.reader != reader_digest(instruments.reader_provenances[0]):
            screen.print("What was learned here was for another reader; `voicepulse learn` again.")
        screen.print(f"Report: {result.report.resolve()}", markup=False, soft_wrap=True)
    raise typer.Exit(1 if result.problems or result.silent else 0)
