"""`voicepulse correct STUDY QUESTION SPEAKER`: a person's word on a reading."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from voicepulse.cli.arguments import StudyPath, Wave

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console

    from voicepulse.interpretation.answers import Answer, Correction
    from voicepulse.study import Question


def correct(
    study: StudyPath,
    question: Annotated[str, typer.Argument(help="The question's id.")],
    speaker: Annotated[str, typer.Argument(help="The speaker's id.")],
    changes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FIELD=VALUE...",
            help="choice (an option, both, neither, undecided), qualified (yes, no), escalates (yes, no), stance (agree, disagree, unstated), commitment (commits, refuses, unstated), rating (1 to 10), reason (the exact words), transcript (the whole text). FIELD= withdraws your correction.",
        ),
    ] = None,
    by: Annotated[str | None, typer.Option(help="Who corrects; your user name by default.")] = None,
    wave: Wave = None,
) -> None:
    """Show a reading, or correct it: `correct STUDY q1 s3 choice=wizard qualified=no`.

    A correction wins over the reader and over what the speaker confirmed, now and after every re-run; both stay beside it.
    What speakers correct themselves, in their browser, wins over every other correction.
    """
    from voicepulse.cli.console import screen
    from voicepulse.errors import VoicePulseError
    from voicepulse.instruments import Instruments
    from voicepulse.interpretation.answers import check_author, counting
    from voicepulse.results import answers
    from voicepulse.workspace import open_study

    author = check_author(by or getpass.getuser())
    with open_study(study) as opened:
        wave = opened.wave(wave)
        instruments = Instruments()

        def find() -> Answer:
            for answer in answers(opened, wave, instruments, with_unread=True):
                if (answer.question, answer.speaker) == (question, speaker):
                    return answer
            raise VoicePulseError(
                f"{speaker} has no answer to {question} in {wave} that was heard.",
                "See `voicepulse status`; run the study first.",
            )

        asked = opened.study.question(question)
        if asked is None or opened.study.speaker(speaker) is None:
            unknown = f"question '{question}'" if asked is None else f"speaker '{speaker}'"
            raise VoicePulseError(f"The study has no {unknown}.", "See `voicepulse status` for what there is.")
        answer = find()
        checked = [_checked(change, asked, answer) for change in changes or ()]
        for field, value in checked:
            opened.store.add_correction(answer.recording, field, value, author)
        answer = find()
        counts = counting((*answer.corrections, *answer.edits))
        _show(answer, counts, screen)
        for field in dict(checked):
            if field in counts and counts[field].author != author:
                screen.print(
                    Text(f"What {counts[field].author} said of the {field} counts until they withdraw it.", "yellow")
                )
        if checked:
            screen.print("Kept. `voicepulse run` brings the report up to date.")


def _checked(change: str, question: Question, answer: Answer) -> tuple[str, str]:
    """The field and the value of FIELD=VALUE, as it is stored."""
    from voicepulse.errors import VoicePulseError
    from voicepulse.interpretation.answers import check_correction

    field, separator, value = change.partition("=")
    if not separator:
        raise VoicePulseError(f"'{change}' is no correction.", "Write FIELD=VALUE, for instance choice=both.")
    return field, check_correction(field, value, question, answer.transcript)


def _show(answer: Answer, counts: Mapping[str, Correction], screen: Console) -> None:
    reading = answer.interpretation
    screen.print(Text(answer.transcript.text, style="italic"))
    if "transcript" in counts:
        screen.print(Text(f"{'transcript':11} edited by {counts['transcript'].author}"))
    for name in ("choice", "qualified", "escalates", "stance", "commitment"):
        judged = getattr(reading, name)
        if judged is not None:
            screen.print(Text(f"{name:11} {judged.value} ({_whose(answer, name, counts)})"))
    if reading.rating is not None:
        screen.print(Text(f"{'rating':11} {reading.rating.value:g}"))
    for reason in reading.reasons:
        screen.print(Text(f"{'reason':11} “{reason.evidence.quote}”"))
    if reading.dropped_quotes:
        screen.print(
            Text(f"The server gave {reading.dropped_quotes} quotes that nobody said; they were dropped.", "dim")
        )


def _whose(answer: Answer, name: str, counts: Mapping[str, Correction]) -> str:
    """Whose word a field is, and what the others said of it."""
    read, is_read = getattr(answer.reading, name), answer.reading.provenance.get("reader") != "unread"
    told = answer.confirmed_choice if name == "choice" else None
    said = [f"read as {read.value}, {read.confidence:.0%}" if is_read else "not read"]
    if told:
        said.insert(0, f"the speaker confirmed {told}")
    if name in counts:
        said.insert(0, f"corrected by {counts[name].author}")
    return "; ".join(said)
