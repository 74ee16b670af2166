"""What is read out of one answer, each reading tied to the words it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from pydantic import TypeAdapter

from voicepulse.study import Question
from voicepulse.transcript.types import Transcript

STANCES = ("agree", "disagree", "unstated")
COMMITMENTS = ("commits", "refuses", "unstated")


@dataclass(frozen=True, slots=True)
class Evidence:
    """An exact slice of the transcript: characters [start, end), and when it was spoken, in seconds, if that is known."""

    start: int
    end: int
    quote: str
    seconds: tuple[float, float] | None = None


def evidence(transcript: Transcript, start: int, end: int) -> Evidence:
    """The evidence at these characters. A quote is cut from the transcript, never written."""
    return Evidence(start, end, transcript.text[start:end], transcript.seconds_of(start, end))


@dataclass(frozen=True, slots=True)
class Judgement:
    """One label, how likely each label is (they sum to one), and what it rests on."""

    value: str
    probabilities: Mapping[str, float]
    evidence: tuple[Evidence, ...] = ()

    @property
    def confidence(self) -> float:
        """How likely the label is right, 0 to 1."""
        return self.probabilities.get(self.value, 0.0)

    @property
    def is_yes(self) -> bool:
        return self.value == "yes"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a span and how likely it is a reason for the choice."""

    evidence: Evidence
    confidence: float


@dataclass(frozen=True, slots=True)
class Action:
    """From an execution answer: what somebody will start, stop or shift."""

    kind: Literal["start", "stop", "shift"]
    concrete: bool
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Rating:
    """The number as spoken, on a scale of one to ten."""

    value: float
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Interpretation:
    """All that was read out of one answer. What its kind of question does not ask for is None or empty.

    `reasons` begins with the primary one. `qualified` and `escalates` are judgements of "yes" or "no" whose evidence are the
    conditions and the words that hand the decision on. `costs` is what the speaker says they give up.
    """

    kind: str
    choice: Judgement | None
    qualified: Judgement
    escalates: Judgement
    stance: Judgement
    commitment: Judgement
    reasons: tuple[Reason, ...] = ()
    costs: tuple[Evidence, ...] = ()
    actions: tuple[Action, ...] = ()
    rating: Rating | None = None
    dropped_quotes: int = 0  # quotes that a language model gave and that do not stand in the transcript
    provenance: Mapping[str, object] = field(default_factory=dict)

    @property
    def hangs(self) -> bool:
        """Whether a choice is not made yet: it hangs on a condition, on somebody else, or is undecided."""
        undecided = self.choice is not None and self.choice.value == "undecided"
        return undecided or self.qualified.is_yes or self.escalates.is_yes

    def all_evidence(self) -> Iterable[Evidence]:
        """Every quote in this reading."""
        for judgement in (self.choice, self.qualified, self.escalates, self.stance, self.commitment):
            yield from judgement.evidence if judgement else ()
        yield from (reason.evidence for reason in self.reasons)
        yield from self.costs
        yield from (action.evidence for action in self.actions)
        if self.rating:
            yield self.rating.evidence


def unread(question: Question) -> Interpretation:
    """The reading of an answer that no reader could read: nothing is known but what people say of it."""
    no = Judgement("no", {"yes": 0.5, "no": 0.5})
    chance = {choice: 1 / len(question.choices) for choice in question.choices}
    return Interpretation(
        kind=question.kind,
        choice=Judgement("undecided", chance) if question.kind == "tradeoff" else None,
        qualified=no,
        escalates=no,
        stance=Judgement("unstated", {name: 1 / len(STANCES) for name in STANCES}),
        commitment=Judgement("unstated", {name: 1 / len(COMMITMENTS) for name in COMMITMENTS}),
        provenance={"reader": "unread"},
    )


_ADAPTER: TypeAdapter[Interpretation] = TypeAdapter(Interpretation)


def interpretation_to_json(interpretation: Interpretation) -> str:
    return _ADAPTER.dump_json(interpretation).decode()


def interpretation_from_json(text: str) -> Interpretation:
    return _ADAPTER.validate_json(text)


class Reader(Protocol):
    """Reads one answer. A reader sees the question and the transcript, never other speakers' answers."""

    @property
    def provenance(self) -> Mapping[str, object]:
        """Reader, weights and version: whatever changes a reading changes this."""

    def read(self, strategy: str, question: Question, transcript: Transcript) -> Interpretation:
        """Read an answer that has speech.

        Raises:
            ReaderError: this reader cannot read it, for instance for its language.
        """
