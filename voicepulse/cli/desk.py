"""The screen and the keyboard of somebody who records or reviews."""

from __future__ import annotations

import select
import sys
from collections.abc import Mapping

import typer
from rich.live import Live
from rich.text import Text

METER_WIDTH = 40


class TerminalDesk:
    """Screen and keyboard of a terminal; reads lines where there is none, so that it can be scripted."""

    def __init__(self) -> None:
        from voicepulse.cli.console import screen

        self._screen = screen
        self._live: Live | None = None

    def say(self, text: str, style: str = "") -> None:
        self._end_meter()
        self._screen.print(Text(text, style=style))

    def ask(self, question: str, keys: Mapping[str, str]) -> str:
        self.say(f"{question}  " + "   ".join(f"[{key}] {what}" for key, what in keys.items()), "cyan")
        while True:
            key = self._key().lower()
            if key in keys:
                return key
            self.say(f"Press one of: {', '.join(keys)}.")

    def _key(self) -> str:
        if sys.stdin.isatty():
            return typer.getchar()
        line = sys.stdin.readline()
        if not line:
            raise KeyboardInterrupt  # the input has ended
        return line.strip()

    def ask_text(self, question: str) -> str:
        self.say(question, "cyan")
        return sys.stdin.readline().strip()

    def show_level(self, peak: float, seconds: float, limit: float) -> None:
        if self._live is None:
            self._live = Live(console=self._screen, refresh_per_second=12, transient=True)
            self._live.start()
        filled = round(min(1.0, peak**0.5) * METER_WIDTH)  # the square root shows quiet speech
        style = "red" if peak > 0.99 else "green" if peak > 0.02 else "yellow"
        self._live.update(
            Text.assemble(("█" * filled, style), "·" * (METER_WIDTH - filled), f"  {seconds:5.1f} / {limit:.0f} s")
        )

    def close(self) -> None:
        self._end_meter()

    def _end_meter(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def enter_pressed(self) -> bool:
        if (
            not sys.stdin.isatty()
        ):  # a script gives one line for one key; a recording then ends at its limit or in silence
            return False
        pressed = False
        while select.select([sys.stdin], [], [], 0)[0]:
            if not sys.stdin.readline():
                return pressed
            pressed = True
        return pressed
