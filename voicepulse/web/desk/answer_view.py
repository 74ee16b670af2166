"""One answer as the desk shows it: its words with times and what rests on them, the fields with whose word each is, and who said what when."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from voicepulse.interpretation.answers import SPEAKER, TRANSCRIPT, Answer, Correction, counting
from voicepulse.interpretation.types import COMMITMENTS, STANCES, Evidence, Interpretation
from voicepulse.results import content_key
from voicepulse.review_queue import own_words, shown
from voicepulse.study import NON_OPTION_CHOICES, Question
from voicepulse.transcript.types import Transcript

NAMES = {
    "choice": "Choice",
    "rating": "Rating",
    "qualified": "Hangs on a condition",
    "escalates": "Hands it on",
    "stance": "Stance to the strategy",
    "commitment": "Commitment",
    "reason": "Main reason",
    "actions": "Actions",
    TRANSCRIPT: "Transcript",
}
KEYS = {"qualified": "c", "escalates": "e", "stance": "s", "commitment": "m"}
VALUES = {"qualified": ("yes", "no"), "escalates": ("yes", "no"), "stance": STANCES, "commitment": COMMITMENTS}
KINDS = ("choice", "reason", "condition", "hand-on", "cost", "stance", "commitment", "action", "rating")


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters [start, end) of the transcript. `place` numbers the word they belong to; None between words."""

    text: str
    start: int
    end: int
    place: int | None = None
    seconds: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Pieces that carry the same evidence."""

    kinds: tuple[str, ...]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    key: str


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field that a person accepts or changes. `also` is what others say of it; who is `locked` out is everybody but the speaker."""

    name: str
    label: str
    key: str
    value: str
    said: str
    whose: str
    also: str
    choices: tuple[Choice, ...]
    locked: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One correction in the history; `mine` where whoever looks may take it back."""

    field: str
    label: str
    said: str
    author: str
    at: str
    mine: bool = False


def marks_of(reading: Interpretation) -> Iterator[tuple[str, Evidence]]:
    """(kind, evidence) of everything in a reading."""
    judged = (
        ("choice", reading.choice),
        ("condition", reading.qualified),
        ("hand-on", reading.escalates),
        ("stance", reading.stance),
        ("commitment", reading.commitment),
    )
    for kind, judgement in judged:
        yield from ((kind, evidence) for evidence in (judgement.evidence if judgement else ()))
    yield from (("reason", reason.evidence) for reason in reading.reasons)
    yield from (("cost", evidence) for evidence in reading.costs)
    yield from (("action", action.evidence) for action in reading.actions)
    if reading.rating:
        yield "rating", reading.rating.evidence


def runs(transcript: Transcript, marks: Iterable[tuple[str, Evidence]]) -> list[Run]:
    """The whole text, cut where a word or a piece of evidence begins or ends."""
    spans = [(kind, e.start, e.end) for kind, e in marks]
    pieces = []
    for piece in _words_and_gaps(transcript):
        cuts = {piece.start, piece.end, *(at for _, *ends in spans for at in ends if piece.start < at < piece.end)}
        edges = sorted(cuts)
        pieces += [Piece(transcript.text[a:b], a, b, piece.place, piece.seconds) for a, b in pairwise(edges)]

    def kinds_at(piece: Piece) -> tuple[str, ...]:
        over = {kind for kind, start, end in spans if start < piece.end and piece.start < end}
        return tuple(kind for kind in KINDS if kind in over)

    return [Run(kinds, tuple(group)) for kinds, group in groupby(pieces, kinds_at)]


def _words_and_gaps(transcript: Transcript) -> Iterator[Piece]:
    at = 0
    for place, (start, end, seconds) in enumerate(_words(transcript)):
        if at < start:
            yield Piece(transcript.text[at:start], at, start)
        if start < end:
            yield Piece(transcript.text[start:end], start, end, place, seconds)
        at = max(at, end)
    if at < len(transcript.text):
        yield Piece(transcript.text[at:], at, len(transcript.text))


def _words(transcript: Transcript) -> list[tuple[int, int, tuple[float, float] | None]]:
    """(first character, end, seconds) of each word, without times where the text came without."""
    if transcript.words:
        return [(w.char_start, w.char_end, (w.start, w.end) if w.end > 0 else None) for w in transcript.words]
    return [(*found.span(), None) for found in re.finditer(r"\S+", transcript.text)]


def fields_of(answer: Answer, question: Question) -> list[FieldView]:
    """What is shown to be accepted or changed; of a rating also where none was heard."""
    values = shown(answer)
    if question.kind == "rating":
        values.setdefault("rating", "")
    order = [name for name in NAMES if name in values]
    return [_field(name, values[name], answer, question) for name in order]


def _field(name: str, value: str, answer: Answer, question: Question) -> FieldView:
    return FieldView(
        name,
        NAMES[name],
        KEYS.get(name, ""),
        value,
        said_of(name, value, question),
        _whose(name, answer),
        "; ".join(_also(name, value, answer, question)),
        _choices(name, question),
        name in own_words(answer),
    )


def _choices(name: str, question: Question) -> tuple[Choice, ...]:
    if name == "choice":
        options = [Choice(option.id, option.label, str(n)) for n, option in enumerate(question.options, 1)]
        return (*options, *(Choice(other, other.capitalize(), other[0]) for other in NON_OPTION_CHOICES))
    return tuple(Choice(value, value.capitalize(), "") for value in VALUES.get(name, ()))


def _whose(name: str, answer: Answer) -> str:
    """Whose word a field is, as it counts now."""
    said = counting(answer.corrections).get(name)
    if said is not None:
        return "the speaker's own word" if said.author == SPEAKER else f"{said.author} said so"
    if name == "choice" and answer.confirmed_choice is not None:
        return "the speaker tapped it"
    if is_unread(answer):
        return "not read"
    judged = getattr(answer.reading, name)
    return f"reader, {judged.confidence:.0%} sure" if hasattr(judged, "confidence") else "reader"


def _also(name: str, value: str, answer: Answer, question: Question) -> Iterator[str]:
    """What the speaker tapped and the reader read, where something else counts."""
    tapped = answer.confirmed_choice if name == "choice" else None
    if tapped is not None and (tapped != value or name in counting(answer.corrections)):
        yield f"the speaker tapped {said_of(name, tapped, question)}"
    judged = getattr(answer.reading, name)
    read = f"{judged.value:g}" if name == "rating" and judged else str(judged.value) if judged else ""
    if read and read != value and not is_unread(answer):
        yield f"read as {said_of(name, read, question)}"


def is_unread(answer: Answer) -> bool:
    """Whether no reader has read the text as it stands."""
    return answer.reading.provenance.get("reader") == "unread"


def said_of(field: str, value: str, question: Question | None) -> str:
    """The words for a field's value."""
    if field == "choice":
        return question.label(value) if question else value
    return value


def history(said: Iterable[Correction], question: Question | None, account: str) -> list[Entry]:
    """Who changed what and when, the newest first; what is whose last word, and theirs, can be taken back."""
    last = {(one.field, one.author): one for one in said}
    return [
        Entry(
            one.field,
            NAMES.get(one.field, one.field),
            said_of(one.field, one.value, question) if one.value else "",
            one.author,
            one.at,
            bool(one.value) and one.author == account and last[one.field, one.author] is one,
        )
        for one in sorted(said, key=lambda one: one.at, reverse=True)
    ]


def as_seen(answer: Answer) -> str:
    """What a page showed: a form that was sent from it accepts this, and nothing that came since."""
    return content_key([answer.transcript.text, shown(answer)])[:16]
