"""`voicepulse learn STUDY`: corrections become examples."""

from __future__ import annotations

from dataclasses import asdict

from voicepulse.cli.arguments import Json, StudyPath


def learn(study: StudyPath, json: Json = False) -> None:
    """Fit the reader's last layer to what people corrected and confirmed, and show how well it read before and after.

    Every figure is on questions that the fit did not see; what does not help there is not kept. Recordings and corrections stay as they are.
    """
    from rich.table import Table

    from voicepulse.cli.console import print_json, progress_bar, screen
    from voicepulse.instruments import Instruments
    from voicepulse.learning import learn as run_learning
    from voicepulse.workspace import open_study, working_alone

    instruments = Instruments()
    with open_study(study) as opened, progress_bar(quiet=json) as progress, working_alone(opened.folder, progress):
        scores = run_learning(opened, instruments)
    if json:
        print_json([asdict(one) for one in scores])
        return
    table = Table(box=None)
    for column in ("field", "examples", "right before", "right after", "loss before", "loss after", ""):
        table.add_column(column, justify="left" if column in ("field", "") else "right")
    for one in scores:
        table.add_row(
            one.field,
            str(one.examples),
            f"{one.right_before:.0%}",
            f"{one.right_after:.0%}",
            f"{one.loss_before:.3f}",
            f"{one.loss_after:.3f}",
            "kept" if one.kept else "no help, left as it was",
        )
    screen.print(table)
    if any(one.kept for one in scores):
        screen.print("`voicepulse run` compares anew and brings the report up to date.")
