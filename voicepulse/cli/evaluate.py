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
    audio: Annotated[
        Path | None,
        typer.Option(help="Spoken answers, <study>/<question>-<speaker>.ogg: score them from text and from speech."),
    ] = None,
    json: Json = False,
) -> None:
    """Read and compare labelled answers without looking at their labels, then score."""
    from voicepulse.cli.console import print_json, progress_bar
    from voicepulse.errors import VoicePulseError
    from voicepulse.evaluation.evaluate import Comparer, evaluate_speech
    from voicepulse.evaluation.evaluate import evaluate as run_evaluation
    from voicepulse.instruments import Instruments

    if audio is not None and predictions is not None:
        raise VoicePulseError("--predictions are made from text.", "Leave out --audio, or --predictions.")
    instruments = Instruments()
    with progress_bar(quiet=json) as progress:
        comparer = Comparer(instruments.embedder, instruments.same_reason, instruments.compare_options)
        if audio is not None:
            engine = instruments.transcriber
            result = evaluate_speech(folder, audio, engine, instruments.reader, comparer, progress)
        else:
            result = run_evaluation(folder, predictions, instruments.reader, comparer, progress)
    if json:
        print_json(result)
        return
    for title, part in result.items() if audio is not None else (("", result),):
        _show(title, part)


def _show(title: str, result: object) -> None:
    from voicepulse.cli.console import screen

    assert isinstance(result, dict)  # noqa: S101
    screen.print(f"{title.replace('_', ' ')} (reader: {result['reader']['reader']})".strip(), style="bold")
    if "scores" not in result:
        screen.print("There are no labels to score against; the predictions were made.")
    for name in (name for name in ("scores", "with_choices_confirmed") if name in result):
        screen.print(name.replace("_", " "), style="bold")
        for measure, value in result[name].items():
            screen.print(f"  {measure:26} {value:.3f}" if isinstance(value, float) else f"  {measure:26} {value}")
