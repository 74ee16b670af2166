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


def table_of(name: str, row_type: type[DataclassInstance], rows: Iterable[DataclassInstance]) -> Table:
    """Rows of one type as a table; one without rows has its columns all the same."""
    columns = tuple(field.name for field in fields(row_type))
    return Table(name, columns, tuple(tuple(getattr(row, column) for column in columns) for row in rows))
