"""An answer with all that is known of it: the reading, the speaker's own word, and what a person corrected.

Who wins, where they differ: a person's correction, then the choice that the speaker confirmed, then the reader. All three
are kept; nothing is overwritten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from voicepulse.errors import VoicePulseError
from voicepulse.interpretation.types import (
    COMMITMENTS,
    STANCES,
    Evidence,
    Interpretation,
    Judgement,
    Rating,
    Reason,
    evidence,
)
from voicepulse.study import Question
from voicepulse.transcript.types import Transcript

Source = Literal["reader", "speaker", "person"]
FIELDS = ("choice", "qualified", "escalates", "stance", "commitment", "reason", "rating")


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said about one field of a reading. The latest of a field counts; an empty value withdraws it."""

    field: str
    value: str
    author: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One speaker's answer to one question in one wave."""

    question: str
    speaker: str
    wave: str
    recording: str  # SHA-256 of the audio or the text
    transcript: Transcript
    reading: Interpretation
    confirmed_choice: str | None = None
    corrections: tuple[Correction, ...] = ()

    @property
    def corrected(self) -> dict[str, str]:
        """The corrections that count, by field."""
        latest = {correction.field: correction.value for correction in self.corrections}
        return {field: value for field, value in latest.items() if value}

    @property
    def choice_source(self) -> Source:
        """Whose word on the choice counts."""
        if "choice" in self.corrected:
            return "person"
        return "speaker" if self.confirmed_choice is not None else "reader"

    @property
    def interpretation(self) -> Interpretation:
        """The reading with the speaker's word and the corrections put in their places."""
        reading = self.reading
        if (
            not self.corrections and self.confirmed_choice is None
        ):  # asked for often, and mostly there is nothing to put
            return reading
        reasons = reading.reasons
        if "reason" in self.corrected:
            first = _find(self.transcript, self.corrected["reason"])
            reasons = (Reason(first, 1.0), *(r for r in reasons if not _overlap(r.evidence, first)))
        said = self.corrected.get("choice", self.confirmed_choice)
        return replace(
            reading,
            choice=_certain(reading.choice, said) if reading.choice and said else reading.choice,
            qualified=self._judged("qualified", reading.qualified),
            escalates=self._judged("escalates", reading.escalates),
            stance=self._judged("stance", reading.stance),
            commitment=self._judged("commitment", reading.commitment),
            reasons=reasons,
            rating=self._rating(reading.rating),
        )

    def _rating(self, read: Rating | None) -> Rating | None:
        if "rating" not in self.corrected:
            return read
        return Rating(
            float(self.corrected["rating"]), read.evidence if read else _find(self.transcript, self.transcript.text)
        )

    def _judged(self, field: str, read: Judgement) -> Judgement:
        return _certain(read, self.corrected[field]) if field in self.corrected else read


def _certain(judgement: Judgement, value: str) -> Judgement:
    probabilities = {name: float(name == value) for name in {**judgement.probabilities, value: 1.0}}
    return Judgement(value, probabilities, judgement.evidence if judgement.value == value else ())


def _find(transcript: Transcript, quote: str) -> Evidence:
    start = transcript.text.find(quote)
    if start < 0:  # the transcript changed since: the whole answer is the evidence, never a quote that is not there
        return evidence(transcript, 0, len(transcript.text))
    return evidence(transcript, start, start + len(quote))


def _overlap(a: Evidence, b: Evidence) -> bool:
    return a.start < b.end and b.start < a.end


def check_correction(field: str, value: str, question: Question, transcript: Transcript) -> str:
    """The value as it is stored.

    Raises:
        VoicePulseError: no such field, no such value, or a quote that the transcript does not hold.
    """
    allowed: Mapping[str, tuple[str, ...]] = {
        "choice": question.choices,
        "qualified": ("yes", "no"),
        "escalates": ("yes", "no"),
        "stance": STANCES,
        "commitment": COMMITMENTS,
    }
    if field not in FIELDS:
        raise VoicePulseError(f"There is no field '{field}' to correct.", f"Use one of: {', '.join(FIELDS)}.")
    if not value:
        return value  # withdraws what was said before
    if field == "rating":
        return _check_rating(value)
    if field == "choice" and question.kind != "tradeoff":
        raise VoicePulseError(f"The question '{question.id}' asks for no choice.", "Only a trade-off has one.")
    if field == "reason":
        if not value.strip() or value not in transcript.text:
            raise VoicePulseError(
                "Those words do not stand in the transcript.", "Copy the reason's words from it exactly."
            )
        return value
    if value not in allowed[field]:
        raise VoicePulseError(f"'{value}' is no {field} here.", f"Use one of: {', '.join(allowed[field])}.")
    return value


def _check_rating(value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 1 <= number <= 10:
        raise VoicePulseError(f"'{value}' is no rating.", "Use a number from 1 to 10.")
    return value
