"""`voicepulse evaluate DIR`: how well reader and comparison do on labelled answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voicepulse.cli.arguments import Json


def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of labelled studies (*.json).")],
    predictions: Annotated[
        Path | None, typer.Option(help="Write the predictions here, one JSON object a line.")
    ] = None,
    json: Json = False,
) -> None:
    """Read and compare labelled answers without looking at their labels, then score."""
    from voicepulse.cli.console import print_json, progress_bar, screen
    from voicepulse.evaluation.evaluate import Comparer
    from voicepulse.evaluation.evaluate import evaluate as run_evaluation
    from voicepulse.instruments import Instruments

    instruments = Instruments()
    with progress_bar(quiet=json) as progress:
        comparer = Comparer(instruments.embedder, instruments.same_reason, instruments.compare_options)
        result = run_evaluation(folder, predictions, instruments.reader, comparer, progress)
    if json:
        print_json(result)
        return
    if "scores" not in result:
        screen.print("There are no labels to score against; the predictions were made.")
    for title in (name for name in ("scores", "with_choices_confirmed") if name in result):
        screen.print(title.replace("_", " "), style="bold")
        values = result[title]
        assert isinstance(values, dict)  # noqa: S101
        for name, value in values.items():
            screen.print(f"  {name:26} {value:.3f}" if isinstance(value, float) else f"  {name:26} {value}")
