"""`voicepulse review STUDY`: check the readings that most need a person."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from voicepulse.cli.arguments import Json, StudyPath, Wave

if TYPE_CHECKING:
    from voicepulse.comparison.review import ReviewItem
    from voicepulse.interpretation.answers import Answer
    from voicepulse.workspace import OpenStudy


def review(
    study: StudyPath,
    most: Annotated[int | None, typer.Option(min=1, help="Stop after this many answers.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="List what is worth checking, and stop.")] = False,
    by: Annotated[str | None, typer.Option(help="Who reviews; your user name by default.")] = None,
    wave: Wave = None,
    json: Json = False,
) -> None:
    """Check readings, those first whose correction would change a verdict: hear it, accept it, or press a key.

    What you accept or change is your word: it wins over the reader, now and after every re-run. Every answer is kept as you give it.
    """
    from voicepulse import pipeline
    from voicepulse.cli.console import print_json, screen
    from voicepulse.cli.desk import TerminalDesk
    from voicepulse.instruments import Instruments
    from voicepulse.review import ReviewSession
    from voicepulse.review_queue import Queue
    from voicepulse.workspace import open_study

    instruments = Instruments()
    with open_study(study) as opened:
        wave = opened.wave(wave)
        queue = Queue(opened, wave, instruments)
        if listed or json:
            rows = [_row(item) for item in queue.items()]
            if json:
                print_json(rows)
            for row in () if json else rows:
                screen.print(
                    f"{row['question']:8} {row['speaker']:8} {row['choice']:16} {row['weakest']} {row['confidence']:.0%} sure, moves the verdict by {row['worth']:.0%}",
                    markup=False,
                )
            return
        before = pipeline.compare(opened, wave, instruments, everyone=True)[-1].comparison
        session = ReviewSession(queue, by or getpass.getuser(), TerminalDesk(), lambda answer: _play(opened, answer))
        done = session.run(most)
        after = pipeline.compare(opened, wave, instruments, everyone=True)[-1].comparison
        screen.print(f"{done.checked} checked, {done.changed} corrected; {done.left} more would be worth a look.")
        for old, new in zip(before.questions, after.questions, strict=True):
            if old.verdict != new.verdict:
                screen.print(f"{new.question}: {old.verdict} -> {new.verdict}")
        if done.checked:
            screen.print("Kept. `voicepulse run` brings the report up to date.")


def _row(item: ReviewItem) -> dict[str, object]:
    choice = item.answer.interpretation.choice
    return {
        "question": item.answer.question,
        "speaker": item.answer.speaker,
        "choice": choice.value if choice else "",
        "weakest": item.weakest,
        "confidence": item.confidence,
        "worth": item.worth,
    }


def _play(opened: OpenStudy, answer: Answer) -> None:
    import numpy as np

    from voicepulse.audio.decode import decode
    from voicepulse.audio.microphone import play
    from voicepulse.errors import VoicePulseError
    from voicepulse.settings import SAMPLE_RATE

    recording = opened.store.find_recording(answer.recording)
    if recording is None or recording.kind != "audio":
        raise VoicePulseError("This answer was typed; there is nothing to hear.")
    samples = decode(recording.audio_path(opened.folder.audio))
    play((np.clip(samples, -1, 1) * 32767).astype(np.int16), SAMPLE_RATE)
