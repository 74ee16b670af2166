"""Whose words may be shown, and under which name: quotes, names and counts all come through here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase

from voicepulse.comparison.agreement import code_choice
from voicepulse.comparison.suppression import Disclosure
from voicepulse.comparison.types import Count, Said
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.types import Evidence
from voicepulse.report.types import Mark, Quote
from voicepulse.study import Question, Speaker, Study

TOO_FEW = "Withheld: too few people stand in one of these to show them in an anonymous study."
_LETTERS = {"both": "+", "neither": "–", "undecided": "?"}


_LEAD = re.compile(r"(?:(?:and|but|so|then|well|um+|uh+|i mean|you know)\b[\s,]*)+", re.IGNORECASE)
_TAIL = re.compile(r"(?:[\s,]+(?:and|but|so|or|because|um+|uh+))+[\s,.]*$", re.IGNORECASE)


def trimmed(words: str) -> str:
    """Words as they are quoted: without the conjunctions and fillers at both ends. What is left was said in one piece, just so."""
    lead = _LEAD.match(words)
    kept = _TAIL.sub("", words[lead.end() :] if lead else words).strip(" ,;:")
    return kept or words


def mark(question: Question, choice: str) -> Mark:
    """How pictures show a choice."""
    letters = dict(zip((option.id for option in question.options), ascii_uppercase, strict=False)) | _LETTERS
    return Mark(choice, letters.get(choice, choice), code_choice(choice, question), question.label(choice))


@dataclass(frozen=True, slots=True)
class Voices:
    """A study's names and quotes under its rule. `answered` is how many answered each question."""

    study: Study
    rule: Disclosure
    answered: Mapping[str, int]
    _speakers: Mapping[str, Speaker] = field(
        init=False, repr=False, compare=False
    )  # by id: each is looked up many times

    def __post_init__(self) -> None:
        object.__setattr__(self, "_speakers", {speaker.id: speaker for speaker in self.study.speakers})

    @property
    def anonymous(self) -> bool:
        return self.rule.anonymous

    def name(self, speaker: str) -> str:
        """What a report calls a speaker; nothing in an anonymous study."""
        known = self._speakers.get(speaker)
        return "" if self.anonymous else known.label if known else speaker

    def level(self, speaker: str) -> str:
        known = self._speakers.get(speaker)
        return known.level or "" if known and not self.anonymous else ""

    def names(self, speakers: Iterable[str]) -> tuple[str, ...]:
        return () if self.anonymous else tuple(self.name(speaker) for speaker in speakers)

    def question(self, identifier: str) -> str:
        known = self.study.question(identifier)
        return known.name if known else identifier

    def quote(self, said: Said) -> Quote:
        """A quote; without who said it and where in an anonymous study."""
        words = said.evidence
        if self.anonymous:
            return Quote("", trimmed(words.quote), "", None)
        return Quote(self.name(said.speaker), trimmed(words.quote), said.recording, words.seconds)

    def quotes(self, said: Sequence[Said]) -> tuple[Quote, ...]:
        """The quotes that may be shown. An anonymous study shows the first one alone: more of them would count people."""
        allowed = [one for one in said if self.rule.quotes(self.answered.get(one.question, 0))]
        return tuple(self.quote(one) for one in (allowed[:1] if self.anonymous else allowed))

    def of_answer(self, answer: Answer, found: Sequence[Evidence]) -> tuple[Quote, ...]:
        """All quotes of one answer, for an attributed study."""
        return tuple(self.quote(Said(answer.speaker, answer.question, answer.recording, one)) for one in found)

    def may_count(self, count: Count) -> bool:
        """Whether a count may be shown: what is counted, the rest of its total, and what it tells on."""
        known = self.rule.pair(count.count, count.total) and all(map(self.rule.may_show, count.beside))
        return not self.anonymous or (known and not count.private)

    def count(self, count: Count) -> str:
        """A count in words: "5 of 12 ...", or that it is withheld."""
        return f"{count.count} of {count.total} {count.of}" if self.may_count(count) else f"{count.of}: withheld"
