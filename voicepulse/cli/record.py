"""`voicepulse record STUDY --speaker s3`: a check-in at the desk."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Annotated

import typer

from voicepulse.cli.arguments import StudyPath

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from voicepulse.audio.microphone import Device
    from voicepulse.audio.takes import Samples


def record(
    study: StudyPath,
    speaker: Annotated[str, typer.Option(help="Who speaks: an id from study.toml.")],
    device: Annotated[str | None, typer.Option(help="The microphone, by number or part of its name.")] = None,
    list_devices: Annotated[bool, typer.Option("--list-devices", help="List the microphones and stop.")] = False,
    limit: Annotated[float, typer.Option(min=1, help="The longest answer, in seconds.")] = 90.0,
    stop_on_silence: Annotated[float | None, typer.Option(min=0.5, help="End after this many quiet seconds.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Ask what is answered already; earlier takes stay.")] = False,
    microphone_test: Annotated[bool, typer.Option("--test/--no-test", help="Test the microphone first.")] = True,
) -> None:
    """Ask a speaker the questions one after another: consent, microphone test, record, hear, keep, confirm.

    The audio goes to disk while it is spoken. After a crash the next start offers what was rescued.
    """
    from voicepulse.audio.microphone import input_devices
    from voicepulse.cli.console import screen
    from voicepulse.cli.desk import TerminalDesk
    from voicepulse.interview import InterviewOptions, interview
    from voicepulse.workspace import open_study

    if list_devices:
        for found in input_devices():
            screen.print(f"{found.number:3} {found.name}{'  (default)' if found.is_default else ''}", markup=False)
        return
    with open_study(study) as opened:
        longest = min(limit, opened.study.max_answer_seconds or limit)
        options = InterviewOptions(longest, stop_on_silence, again, microphone_test)
        kept = interview(opened, speaker, TerminalDesk(), DeskSound(device), options)
    if kept:
        screen.print(f"{kept} answers kept. See them with `voicepulse run {study}`.", markup=False)


class DeskSound:
    """The chosen microphone and the default loudspeaker."""

    def __init__(self, wanted: str | None) -> None:
        self._wanted = wanted

    @cached_property
    def _device(self) -> Device:
        from voicepulse.audio.microphone import choose_device

        return choose_device(self._wanted)

    @property
    def name(self) -> str:
        return f"{self._device.name} ({self._device.rate} Hz)"

    @property
    def rate(self) -> int:
        return self._device.rate

    def listen(self) -> AbstractContextManager[Iterator[Samples]]:
        from voicepulse.audio.microphone import listen

        return listen(self._device)

    def play(self, samples: Samples, rate: int) -> None:
        from voicepulse.audio.microphone import play

        play(samples, rate)
