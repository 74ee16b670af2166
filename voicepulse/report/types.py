"""What a report says, before any layout."""

from __future__ import annotations

from dataclasses import dataclass

from voicepulse.interpretation.answers import Source

VERDICT_NAMES = {
    "aligned": "Aligned",
    "hidden": "Hidden misalignment",
    "open": "Open misalignment",
    "unresolved": "Unresolved",
}


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a speaker; `seconds` is where they are in `recording`, when there is sound."""

    speaker: str
    text: str
    recording: str
    seconds: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Person:
    """One speaker's answer as a row: what counts, whose word it is, and what the reader had read."""

    id: str
    name: str
    choice: str
    source: Source
    read_choice: str
    confidence: float
    unsure: bool
    cluster: int | None
    reasons: tuple[Quote, ...]
    conditions: tuple[Quote, ...]
    escalation: tuple[Quote, ...]
    costs: tuple[Quote, ...]
    stance: str
    commitment: str
    rating: float | None
    actions: tuple[tuple[str, bool, Quote], ...]  # (kind, concrete, words)
    recording: str
    text: str

    @property
    def initials(self) -> str:
        words = [word for word in self.name.split("(")[0].split() if word[0].isalnum()]
        return "".join(word[0] for word in words[:3]).upper() if len(words) > 1 else self.name[:2]


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One choice with those who made it; `people` is empty where names are not shown."""

    choice: str
    label: str
    intended: bool
    count: int
    share: float
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class ClusterView:
    """Speakers with the same choice and reason, in the words of the most typical one."""

    number: int
    choice: str
    count: int
    names: tuple[str, ...]
    has_reason: bool
    quotes: tuple[Quote, ...]  # the typical one first


@dataclass(frozen=True, slots=True)
class QuestionFindings:
    """One question. Where `withheld` is set, everything but the prompt is empty, and that sentence says why."""

    id: str
    kind: str
    prompt: str
    answered: int
    verdict: str | None
    verdict_name: str
    sentence: str
    band: str | None
    stability: float | None
    first_impression: bool
    agreement: float | None
    options: tuple[OptionRow, ...]
    clusters: tuple[ClusterView, ...]
    people: tuple[Person, ...]
    unsure: int
    settled: bool = False  # most choices are surely read, and most resamples give the same verdict
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """A study's report."""

    title: str
    strategy: str
    wave: str
    mode: str
    headline: str
    speakers: int | None  # None where too few answered for an anonymous study
    questions: tuple[QuestionFindings, ...]
    alpha: float | None
    alpha_basis: str
    notes: tuple[str, ...]
    thresholds: dict[str, float]
    provenance: dict[str, object]
