"""What comes out of comparing the speakers of one question, and of a study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pydantic import TypeAdapter

from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.types import Action, Evidence
from voicepulse.settings import Thresholds

Verdict = Literal["aligned", "hidden", "open", "unresolved"]
VERDICTS: tuple[Verdict, ...] = ("aligned", "hidden", "open", "unresolved")
Band = Literal["high", "moderate", "low"]


@dataclass(frozen=True, slots=True)
class Count:
    """`count` of `total` people or answers; what they are is `of`.

    `beside` is every number of people that follows once this count is known: an anonymous study shows the count only if each
    of them is nobody, or enough. A `private` one it never shows.
    """

    of: str
    count: int
    total: int
    beside: tuple[int, ...] = ()
    private: bool = False


@dataclass(frozen=True, slots=True)
class Cluster:
    """Speakers with the same choice and the same primary reason. `typical` is the member nearest to all the others.

    `has_reason` is False for those who gave none: they made the same choice and share nothing else. `identity` numbers the
    clusters of a question; a cluster keeps its number over re-runs and waves, and with it its colour. `words` are the
    typical member's reason.
    """

    choice: str
    speakers: tuple[str, ...]
    typical: str
    has_reason: bool
    identity: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Words of a speaker, and where they are."""

    speaker: str
    question: str
    recording: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the strategy that speakers explain. `ways` are the explanations, those that mean the same together."""

    word: str
    ways: tuple[tuple[Said, ...], ...]

    @property
    def speakers(self) -> int:
        return len({said.speaker for way in self.ways for said in way})


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two speakers whose actions work against each other: what one stops or leaves, the other starts or turns to."""

    speaker: str
    action: Action
    other: str
    other_action: Action


@dataclass(frozen=True, slots=True)
class Comparison:
    """All speakers of one question in one wave.

    Shares are 0 to 1. `verdict` is None under two answers: one speaker never makes a verdict. `stability` is the share of
    resamples that give the same verdict; `agreement` the question's part in Krippendorff's alpha (1 is full agreement, 0
    is chance; None where the study holds no variation to compare with). `misread_share` is the share of choices that are
    expected to be misread, by the readings' own confidence; a confirmed or corrected choice is certain. `key` names what it
    was made from, so that it can be used again; empty where nobody said so.
    """

    question: str
    kind: str
    wave: str
    speakers: tuple[str, ...]
    verdict: Verdict | None
    band: Band | None
    stability: float | None
    first_impression: bool
    choices: Mapping[str, int]
    largest_choice: str | None
    largest_share: float
    shared_reason_share: float  # of those on the largest choice
    unresolved_share: float
    clusters: tuple[Cluster, ...]
    stances: Mapping[str, int]
    commitments: Mapping[str, int]
    unsure: tuple[str, ...]  # speakers whose choice rests on an unsure reading
    agreement: float | None = None
    ratings: Mapping[str, float] | None = None  # speaker -> one to ten
    actions: Mapping[str, int] | None = None  # start, stop, shift, vague -> count
    stopping: int = 0  # speakers who name something to stop
    contradictions: tuple[Contradiction, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)  # speaker -> the words of the primary reason
    same_as_in: Mapping[str, Mapping[str, float]] = field(
        default_factory=dict
    )  # wave -> speaker -> how likely the same reason
    cost: tuple[Said, ...] = ()  # the cost that most of those on the largest choice name, the most typical words first
    misread_share: float = 0.0
    key: str = ""


@dataclass(frozen=True, slots=True)
class StudyComparison:
    """All questions of a study in one wave; `alpha` is Krippendorff's over the trade-offs, with its 95 % interval."""

    wave: str
    questions: tuple[Comparison, ...]
    alpha: float | None
    alpha_basis: str
    thresholds: Mapping[str, float]
    provenance: Mapping[str, object]
    alpha_interval: tuple[float, float] | None = None
    terms: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class ComparedWave:
    """A wave's comparison with the answers that it was made of."""

    comparison: StudyComparison
    answers: tuple[Answer, ...]

    @property
    def name(self) -> str:
        return self.comparison.wave

    def of(self, question: str) -> Comparison | None:
        return next((c for c in self.comparison.questions if c.question == question), None)


def clusters_before(question: str, comparisons: Sequence[StudyComparison]) -> list[Cluster]:
    """The question's clusters of all these comparisons, the oldest first; of those with one number the latest."""
    latest = {
        cluster.identity: cluster
        for comparison in comparisons
        for compared in comparison.questions
        if compared.question == question
        for cluster in compared.clusters
    }
    return list(latest.values())


def reasons_before(question: str, comparisons: Sequence[StudyComparison]) -> dict[str, Mapping[str, str]]:
    """What was given as reason for this question, by wave and speaker."""
    return {c.wave: c.reasons for comparison in comparisons for c in comparison.questions if c.question == question}


_ADAPTER: TypeAdapter[StudyComparison] = TypeAdapter(StudyComparison)


def comparison_to_json(comparison: StudyComparison) -> str:
    return _ADAPTER.dump_json(comparison).decode()


def comparison_from_json(text: str) -> StudyComparison:
    return _ADAPTER.validate_json(text)


def thresholds_of(thresholds: Thresholds) -> dict[str, float]:
    """The thresholds as they are kept with a result and shown in the report."""
    return {name: float(value) for name, value in thresholds.model_dump().items()}
