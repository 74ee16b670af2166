"""`voicepulse check STUDY`: is the file right, and are the questions any good?"""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich.text import Text

from voicepulse.cli.arguments import Json, StudyPath


def check(study: StudyPath, json: Json = False) -> None:
    """Validate study.toml and criticize its questions, each finding with a proposal.

    Exits with 1 if there are findings: the study runs all the same.
    """
    from voicepulse.cli.console import print_json, screen
    from voicepulse.critique import criticize
    from voicepulse.study import load_study
    from voicepulse.workspace import open_study

    folder, loaded = load_study(study)
    if folder.database.exists():
        with open_study(folder.path):
            pass  # tells whether the mode was changed after the first answer
    findings = criticize(loaded)
    if json:
        print_json({"study": loaded.title, "findings": [asdict(finding) for finding in findings]})
    else:
        tradeoffs = sum(q.kind == "tradeoff" for q in loaded.questions)
        screen.print(
            f"{folder.study_file} is valid: {len(loaded.questions)} questions ({tradeoffs} trade-offs), {len(loaded.speakers)} speakers, {loaded.mode}.",
            markup=False,
        )
        for finding in findings:
            screen.print(
                Text.assemble((f"{finding.question or 'study'} · {finding.code}: ", "bold yellow"), finding.says)
            )
            screen.print(Text(f"  → {finding.proposal}"))
        if not findings:
            screen.print("The questions ask for choices that cost something. Nothing to criticize.")
    raise typer.Exit(1 if findings else 0)
