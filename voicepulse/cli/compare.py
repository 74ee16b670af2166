"""`voicepulse compare STUDY`: the verdicts of what has been read."""

from __future__ import annotations

from dataclasses import asdict

from voicepulse.cli.arguments import Json, StudyPath, Wave


def compare(study: StudyPath, wave: Wave = None, json: Json = False) -> None:
    """Compare the speakers of each question, from the answers that have been read."""
    from voicepulse import pipeline
    from voicepulse.cli.console import print_json, progress_bar, screen
    from voicepulse.instruments import Instruments
    from voicepulse.report.terminal import print_findings
    from voicepulse.workspace import open_study

    instruments = Instruments()
    with open_study(study) as opened:
        with progress_bar(quiet=json) as progress:
            compared = pipeline.compare(opened, opened.wave(wave), instruments, progress)
        findings = pipeline.findings(opened, compared, instruments)
    if json:
        print_json(asdict(findings))
    else:
        print_findings(screen, findings)
