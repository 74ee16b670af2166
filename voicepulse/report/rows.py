"""The rows of an export: one type a table, its fields are the columns in their order. docs/formats.md says what each means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells in the order of the columns; None is an empty cell."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer: what counts, whose word it is, and what the reader had read."""

    wave: str
    question: str
    kind: str
    speaker: str
    name: str
    role: str
    team: str
    level: str | None
    recording: str
    transcriber: str
    language: str
    seconds: float | None
    text: str
    choice: str | None
    choice_source: str | None
    read_choice: str | None
    read_confidence: float | None
    confirmed_choice: str | None
    unsure: bool
    qualified: bool
    qualified_probability: float
    escalates: bool
    escalates_probability: float
    stance: str
    stance_probability: float
    commitment: str
    commitment_probability: float
    rating: float | None
    primary_reason: str | None
    cluster: int | None
    corrected: str
    reader: str


@dataclass(frozen=True, slots=True)
class ProbabilityRow:
    """How likely the reader takes one label of one field to be, whatever people said since."""

    wave: str
    question: str
    speaker: str
    field: str
    value: str
    probability: float


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """Words that a reading rests on."""

    wave: str
    question: str
    speaker: str
    field: str
    number: int
    value: str | float | None
    concrete: bool | None
    start: int
    end: int
    quote: str
    seconds_start: float | None
    seconds_end: float | None
    confidence: float | None


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """What a person said of one field; the latest of a field counts."""

    wave: str
    question: str
    speaker: str
    recording: str
    field: str
    value: str
    author: str
    at: str


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """One member of a cluster."""

    wave: str
    question: str
    cluster: int
    choice: str
    has_reason: bool
    speaker: str
    is_typical: bool


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """One question's result. Where `withheld` says why, the rest is empty."""

    wave: str
    question: str
    name: str
    kind: str
    prompt: str
    answered: int | None = None
    unsure: int | None = None
    verdict: str | None = None
    band: str | None = None
    stability: float | None = None
    first_impression: bool | None = None
    settled: bool | None = None
    largest_choice: str | None = None
    largest_share: float | None = None
    shared_reason_share: float | None = None
    unresolved_share: float | None = None
    agreement: float | None = None
    withheld: str | None = None


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """How many made one choice."""

    wave: str
    question: str
    choice: str
    label: str
    intended: bool
    count: int | None
    share: float | None


@dataclass(frozen=True, slots=True)
class ContradictionRow:
    """Two people whose actions work against each other: `speaker` does what `other` stops or leaves."""

    wave: str
    question: str
    speaker: str
    kind: str
    quote: str
    other: str
    other_kind: str
    other_quote: str


@dataclass(frozen=True, slots=True)
class CostRow:
    """One speaker's words for the cost that most of those on the largest choice name."""

    wave: str
    question: str
    choice: str | None
    speaker: str
    quote: str
    is_typical: bool


@dataclass(frozen=True, slots=True)
class PositionRow:
    """What one speaker says of the strategy, beside what they would do."""

    wave: str
    speaker: str
    stance: str
    commitment: str
    asked: int
    intended: int
    otherwise: int
    unsure: int
    cell: str | None


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One level or team on one trade-off; the last three are the group's over all questions."""

    wave: str
    by: str
    group: str
    speakers: int
    question: str | None = None
    answered: int | None = None
    verdict: str | None = None
    settled: bool | None = None
    choice: str | None = None
    on_choice: int | None = None
    between: str | None = None
    between_settled: bool | None = None
    intended: int | None = None
    asked: int | None = None
    rating: float | None = None


@dataclass(frozen=True, slots=True)
class MovementRow:
    """One speaker on one trade-off, from an earlier wave to this one."""

    question: str
    earlier: str
    later: str
    speaker: str
    choice_then: str
    choice_now: str
    cluster_then: int
    cluster_now: int
    moved: bool
    rethought: bool
    reason_then: str | None
    reason_now: str | None


@dataclass(frozen=True, slots=True)
class TermRow:
    """One speaker's explanation of a word of the strategy; `way` numbers those that mean the same."""

    wave: str
    word: str
    way: int
    speaker: str
    question: str
    quote: str


@dataclass(frozen=True, slots=True)
class PatternRow:
    """One pattern as the report tells it."""

    wave: str
    name: str
    state: str
    sentence: str
    counts: str
    questions: str
    unsettled: bool


@dataclass(frozen=True, slots=True)
class ScorecardRow:
    """One line of the scorecard as the report tells it."""

    wave: str
    name: str
    share: float | None
    words: str
    counts: str


def table_of(name: str, row_type: type[DataclassInstance], rows: Iterable[DataclassInstance]) -> Table:
    """Rows of one type as a table; one without rows has its columns all the same."""
    columns = tuple(field.name for field in fields(row_type))
    return Table(name, columns, tuple(tuple(getattr(row, column) for column in columns) for row in rows))
