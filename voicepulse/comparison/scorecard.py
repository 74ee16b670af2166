"""The study summed up in the words that leaders use; every line carries the counts behind it, or is not measured."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from voicepulse.comparison.groups import Groups
from voicepulse.comparison.movement import latest_of
from voicepulse.comparison.pattern_types import Picture
from voicepulse.comparison.positions import Position, stated_agreement
from voicepulse.comparison.types import Count, Said
from voicepulse.interpretation.answers import Answer
from voicepulse.rhythm import Rhythm

LineName = Literal[
    "clarity",
    "decision velocity",
    "team alignment",
    "team of teams",
    "visibility",
    "accountability",
    "buy-in",
    "rhythm and learning",
]
_UNCLEAR = re.compile(
    r"\b(unclear|not clear|vague|confus\w+|nobody (knows|can say|has said)|no idea|don['’]t (know|understand)|depends who you ask|"
    r"means? (something )?different|different(ly)? (things|to)|never (said|told|explained|written)|guess(ing)?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `counts` is empty where nothing was asked that would measure it. The first count is the one it is judged by."""

    name: LineName
    counts: tuple[Count, ...]
    said: tuple[Said, ...] = ()


def score(picture: Picture, teams: Groups, rhythm: Rhythm | None) -> tuple[Line, ...]:
    """All lines, in the product's order."""
    lines: dict[LineName, tuple[Count, ...]] = {
        "clarity": _clarity(picture),
        "decision velocity": _velocity(picture),
        "team alignment": _within(teams),
        "team of teams": _between(teams),
        "visibility": _visibility(picture),
        "accountability": _accountability(picture),
        "buy-in": _buy_in(picture),
        "rhythm and learning": _learning(picture, rhythm),
    }
    said = {"clarity": _unclear(picture)}
    return tuple(Line(name, tuple(c for c in counts if c.total), said.get(name, ())) for name, counts in lines.items())


def _tradeoffs(picture: Picture) -> list[Answer]:
    asked = {q.id for q in picture.study.questions if q.kind == "tradeoff"}
    return [a for a in picture.wave.answers if a.question in asked]


def _clarity(picture: Picture) -> tuple[Count, ...]:
    answers = _tradeoffs(picture)
    compared = [c for c in picture.wave.comparison.questions if c.kind == "tradeoff" and c.speakers]
    shared = sum(max((len(k.speakers) for k in c.clusters if k.has_reason), default=0) for c in compared)
    sizes = tuple(len(k.speakers) for c in compared for k in c.clusters)
    return (
        Count("answers give a reason", sum(bool(a.interpretation.reasons) for a in answers), len(answers), sizes),
        Count("answers give the most frequent one", shared, len(answers), sizes),
    )


def _unclear(picture: Picture) -> tuple[Said, ...]:
    """What people name as unclear when they say why they rate as they do."""
    asked = {q.id for q in picture.study.questions if q.kind == "rating"}
    return tuple(
        Said(a.speaker, a.question, a.recording, reason.evidence)
        for a in picture.wave.answers
        if a.question in asked
        for reason in a.interpretation.reasons
        if _UNCLEAR.search(reason.evidence.quote)
    )


def _is_undecided(answer: Answer) -> bool:
    choice = answer.interpretation.choice
    return choice is None or choice.value == "undecided"


def _parts(answers: Sequence[Answer], does: Callable[[Answer], bool]) -> tuple[int, ...]:
    """For each question how many answers do, how many do not, and how many are undecided: that much its table tells."""
    parts = Counter((a.question, _is_undecided(a), does(a)) for a in answers)
    return tuple(sorted(parts.values()))


def _velocity(picture: Picture) -> tuple[Count, ...]:
    answers = _tradeoffs(picture)
    decide = sum(not a.interpretation.hangs for a in answers)
    parts = _parts(answers, lambda a: a.interpretation.hangs)
    return (Count("answers decide without a condition and without asking anybody", decide, len(answers), parts),)


def _within(teams: Groups) -> tuple[Count, ...]:
    verdicts = [w.verdict for group in teams.groups for w in group.questions if w.verdict is not None]
    return (Count("verdicts within teams are aligned", verdicts.count("aligned"), len(verdicts), private=True),)


def _between(teams: Groups) -> tuple[Count, ...]:
    verdicts = list(teams.between.values())
    return (Count("questions are aligned between teams", verdicts.count("aligned"), len(verdicts), private=True),)


def _visibility(picture: Picture) -> tuple[Count, ...]:
    answers = _tradeoffs(picture)
    chosen = [a for a in answers if not _is_undecided(a)]
    parts = _parts(answers, lambda a: bool(a.interpretation.costs) and not _is_undecided(a))
    named = sum(bool(a.interpretation.costs) for a in chosen)
    return (Count("choices name the cost that they accept", named, len(chosen), parts),)


def _accountability(picture: Picture) -> tuple[Count, ...]:
    kinds = {a.interpretation.kind for a in picture.wave.answers}
    if not kinds & {"agreement", "execution"} and all(p.commitment == "unstated" for p in picture.positions):
        return ()  # nobody was asked, and nobody said so by the way
    spoke = {a.speaker for a in picture.wave.answers if a.interpretation.kind in ("tradeoff", "agreement")}
    people = [p for p in picture.positions if p.speaker in spoke]
    disagreeing = [p for p in people if p.stance == "disagree"]
    parts = tuple(Counter((p.stance == "disagree", p.commitment == "commits") for p in people).values())
    actions = [action for a in picture.wave.answers for action in a.interpretation.actions]
    return (
        Count("people say that they carry it out", _committed(people), len(people)),
        Count("of those who disagree say so", _committed(disagreeing), len(disagreeing), parts),
        Count("actions are concrete", sum(action.concrete for action in actions), len(actions), private=True),
    )


def _committed(people: Sequence[Position]) -> int:
    return sum(p.commitment == "commits" for p in people)


def _buy_in(picture: Picture) -> tuple[Count, ...]:
    stated = stated_agreement(picture.positions)
    if not stated.total:
        return ()  # choices beside nothing would pass for buy-in
    intending = {q.id for q in picture.study.questions if q.intended is not None}
    tables = [c.choices for c in picture.wave.comparison.questions if c.question in intending]
    parts = tuple(count for table in tables for count in table.values())
    follow, asked = sum(p.intended for p in picture.positions), sum(p.asked for p in picture.positions)
    return (stated, Count("choices follow it", follow, asked, parts))


def _learning(picture: Picture, rhythm: Rhythm | None) -> tuple[Count, ...]:
    judged = [m for m in latest_of(picture.movements) if m.verdict_then != "aligned" and not m.silent]
    held = (Count("later waves were held when due", rhythm.on_time, rhythm.judged),) if rhythm else ()
    return (
        *held,
        Count(
            "verdicts that were not aligned have improved since",
            sum(m.improved for m in judged),
            len(judged),
            private=True,
        ),
    )
