"""`voicepulse correct STUDY QUESTION SPEAKER`: a person's word on a reading."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from voicepulse.cli.arguments import StudyPath, Wave

if TYPE_CHECKING:
    from rich.console import Console

    from voicepulse.interpretation.answers import Answer


def correct(
    study: StudyPath,
    question: Annotated[str, typer.Argument(help="The question's id.")],
    speaker: Annotated[str, typer.Argument(help="The speaker's id.")],
    changes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FIELD=VALUE...",
            help="choice, qualified, escalates, stance, commitment, or reason (the exact words).",
        ),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who corrects; your user name by default.")] = None,
    wave: Wave = None,
) -> None:
    """Show a reading, or correct it: `correct STUDY q1 s3 choice=wizard qualified=no`.

    A correction wins over the reader, now and after every re-run; what was read stays beside it.
    """
    from voicepulse.cli.console import screen
    from voicepulse.errors import VoicePulseError
    from voicepulse.instruments import Instruments
    from voicepulse.interpretation.answers import check_correction
    from voicepulse.results import answers
    from voicepulse.workspace import open_study

    with open_study(study) as opened:
        wave = wave or opened.study.wave
        instruments = Instruments()

        def find() -> Answer:
            for answer in answers(opened, wave, instruments, with_unread=True):
                if (answer.question, answer.speaker) == (question, speaker):
                    return answer
            raise VoicePulseError(
                f"{speaker} has no answer to {question} in {wave} that was heard.",
                "See `voicepulse status`; run the study first.",
            )

        answer = find()
        asked = opened.study.question(question)
        assert asked is not None  # noqa: S101 - an answer that was heard has its question
        checked = []
        for change in changes or ():
            field, separator, value = change.partition("=")
            if not separator:
                raise VoicePulseError(f"'{change}' is no correction.", "Write FIELD=VALUE, for instance choice=both.")
            checked.append((field, check_correction(field, value, asked, answer.transcript)))
        for field, value in checked:
            opened.store.add_correction(answer.recording, field, value, by or getpass.getuser())
        _show(find(), screen)
        if checked:
            screen.print("Kept. `voicepulse run` brings the report up to date.")


def _show(answer: Answer, screen: Console) -> None:
    reading = answer.interpretation
    screen.print(Text(answer.transcript.text, style="italic"))
    for name in ("choice", "qualified", "escalates", "stance", "commitment"):
        judged, read = getattr(reading, name), getattr(answer.reading, name)
        if judged is None:
            continue
        whose = (
            "corrected"
            if name in answer.corrected
            else "the speaker's own word"
            if name == "choice" and answer.confirmed_choice
            else f"read, {read.confidence:.0%}"
        )
        beside = "" if read.value == judged.value else f"; read as {read.value}"
        screen.print(Text(f"{name:11} {judged.value} ({whose}{beside})"))
    for reason in reading.reasons:
        screen.print(Text(f"{'reason':11} “{reason.evidence.quote}”"))
