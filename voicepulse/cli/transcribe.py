"""`voicepulse transcribe STUDY`: write down what was said, on this machine or on a cluster of them."""

from __future__ import annotations

from typing import Annotated

import typer

from voicepulse.cli.arguments import Json, StudyPath, Wave

On = Annotated[
    str | None,
    typer.Option(
        metavar="ray[://HOST:PORT]",
        help="A Ray cluster: `ray` is that of RAY_ADDRESS, or one of its own on this machine; ray://HOST:10001 a client of one elsewhere.",
    ),
]


def transcribe(study: StudyPath, wave: Wave = None, on: On = None, json: Json = False) -> None:
    """Take in what lies in answers/ and transcribe what has no transcript yet; `run` goes on from there.

    Each transcript is stored as it is finished, and Ctrl-C loses only what is in hand. Exits with 1 if an answer could not be used; it is named, and the rest went through.
    """
    from dataclasses import asdict

    from voicepulse import pipeline
    from voicepulse.cli.console import print_json, progress_bar, report_problems, report_silent, screen
    from voicepulse.instruments import Instruments
    from voicepulse.transcript.ray_workers.cluster import address_of
    from voicepulse.workspace import open_study

    if on is not None:
        address_of(on)  # a wrong word is told before anything is done
    with open_study(study) as opened:
        with progress_bar() as progress:
            result = pipeline.transcribe(opened, Instruments(), wave, on, progress)
        if json:
            silent = [{"question": r.question, "speaker": r.speaker} for r in result.silent]
            problems = [asdict(problem) for problem in result.problems]
            counts = {"transcribed": result.transcribed, "reheard": result.reheard}
            print_json({"wave": result.wave, **counts, "silent": silent, "problems": problems})
        else:
            report_silent(result.silent)
            report_problems(result.problems)
            twice = f" {result.reheard} windows were heard twice to be sure." if result.reheard else ""
            screen.print(f"{result.transcribed} transcribed, wave {result.wave}.{twice}", markup=False)
    raise typer.Exit(1 if result.problems or result.silent else 0)
