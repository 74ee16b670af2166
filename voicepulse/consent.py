"""What a speaker agrees to, the same words at the desk and in the browser; kept whole with each consent given."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from voicepulse.settings import Thresholds
from voicepulse.study import Study


@dataclass(frozen=True, slots=True)
class Statement:
    """The study's text, and who gets to see what in its mode."""

    text: str
    shown: str
    mode: str

    @property
    def version(self) -> str:
        """Changes with every word of it."""
        return hashlib.sha256(f"{self.text}\n{self.mode}\n{self.shown}".encode()).hexdigest()[:8]

    @property
    def kept(self) -> str:
        """What is written down with the consent."""
        return f"{self.text}\n[{self.mode}] {self.shown}\n[version {self.version}]"


def statement(study: Study, thresholds: Thresholds) -> Statement:
    """What this study's speakers are told before anything is recorded."""
    shown = (
        "Your name is shown beside your answers, and whoever reads the report can play them."
        if study.mode == "attributed"
        else f"Nobody but the researcher sees who said what: numbers are shown from {thresholds.anonymous_counts_from} people on, words from "
        f"{thresholds.anonymous_quotes_from} on, and nobody else hears your voice."
    )
    return Statement(study.consent.text, shown, study.mode)
