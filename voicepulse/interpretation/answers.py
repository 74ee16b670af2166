"""An answer with all that is known of it: the reading, the speaker's own word, and what a person corrected.

Who wins, where they differ: the speaker's own correction, then another person's, then the choice that the speaker
confirmed when answering, then the reader. All are kept; nothing is overwritten. The same holds for the transcript.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
from voicepulse.transcript.editing import edited_text
from voicepulse.transcript.types import Transcript

Source = Literal["reader", "speaker", "person"]
SPEAKER = "the speaker"  # the author of what speakers correct themselves
TRANSCRIPT = "transcript"  # the field of an edited transcript; its value is the whole text
FIELDS = ("choice", "qualified", "escalates", "stance", "commitment", "reason", "rating", TRANSCRIPT)
LONGEST_EDIT = 20_000  # characters, some twenty minutes of speech


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said about one field of a reading, or the text of an edited transcript. An empty value withdraws what its author said."""

    field: str
    value: str
    author: str = ""
    at: str = ""


def counting(corrections: Iterable[Correction]) -> dict[str, Correction]:
    """The correction that counts, by field: the speaker's own, whenever it was made, else the latest. Oldest first is given."""
    standing: dict[str, dict[str, Correction]] = {}  # field -> author -> their last word, the latest last
    for correction in corrections:
        by_author = standing.setdefault(correction.field, {})
        by_author.pop(correction.author, None)
        if correction.value:
            by_author[correction.author] = correction
    return {field: said.get(SPEAKER) or [*said.values()][-1] for field, said in standing.items() if said}


def check_author(author: str) -> str:
    """The name under which a person corrects.

    Raises:
        VoicePulseError: it is the name that stands for the speaker, whose word goes before all others.
    """
    if author.strip().casefold() == SPEAKER:
        raise VoicePulseError(
            f"Nobody can correct as '{SPEAKER}' here: speakers do that themselves, in their browser.",
            "Give your own name.",
        )
    return author


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
    corrections: tuple[Correction, ...] = ()  # of the reading
    edits: tuple[Correction, ...] = ()  # of the transcript, which holds them already

    @property
    def corrected(self) -> dict[str, str]:
        """The corrections that count, by field."""
        return {field: correction.value for field, correction in counting(self.corrections).items()}

    @property
    def choice_source(self) -> Source:
        """Whose word on the choice counts."""
        said = counting(self.corrections).get("choice")
        if said is not None and said.author != SPEAKER:
            return "person"
        return "speaker" if said or self.confirmed_choice is not None else "reader"

    @property
    def interpretation(self) -> Interpretation:
        """The reading with the speaker's word and the corrections put in their places."""
        reading = self.reading
        if (
            not self.corrections and self.confirmed_choice is None
        ):  # asked for often, and mostly there is nothing to put
            return reading
        corrected = self.corrected
        reasons = reading.reasons
        if "reason" in corrected:
            first = _find(self.transcript, corrected["reason"])
            reasons = (Reason(first, 1.0), *(r for r in reasons if not _overlap(r.evidence, first)))
        said = corrected.get("choice", self.confirmed_choice)
        return replace(
            reading,
            choice=_certain(reading.choice, said) if reading.choice and said else reading.choice,
            qualified=_judged(reading.qualified, corrected.get("qualified")),
            escalates=_judged(reading.escalates, corrected.get("escalates")),
            stance=_judged(reading.stance, corrected.get("stance")),
            commitment=_judged(reading.commitment, corrected.get("commitment")),
            reasons=reasons,
            rating=self._rating(reading.rating, corrected.get("rating")),
        )

    def _rating(self, read: Rating | None, said: str | None) -> Rating | None:
        if said is None:
            return read
        return Rating(float(said), read.evidence if read else _find(self.transcript, self.transcript.text))


def _judged(read: Judgement, said: str | None) -> Judgement:
    return read if said is None else _certain(read, said)


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
    if field == TRANSCRIPT:
        return _check_edit(value)
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


def _check_edit(value: str) -> str:
    text = edited_text(value)
    if len(text) > LONGEST_EDIT:
        raise VoicePulseError(
            f"The transcript has {len(text):,} characters; {LONGEST_EDIT:,} can be kept.",
            "Leave out what is no answer.",
        )
    return text


def _check_rating(value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 1 <= number <= 10:
        raise VoicePulseError(f"'{value}' is no rating.", "Use a number from 1 to 10.")
    return value
