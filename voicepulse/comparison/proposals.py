"""What to do next, drafted from what was said: decision rules, questions to settle in the room, whom to ask again.

Everything here is a draft: a person decides. Each one names the words that it was drawn from.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Literal

from voicepulse.comparison.compare import is_unsure
from voicepulse.comparison.importance import on_largest, reasons_heard
from voicepulse.comparison.types import ComparedWave, Comparison, Said
from voicepulse.interpretation.answers import Answer
from voicepulse.settings import Thresholds
from voicepulse.study import NON_OPTION_CHOICES, Question, Study

MOST_TO_SETTLE = 3
MOST_SOURCES = 4  # quotes under one draft

WhyAgain = Literal["the choice was not surely read", "no reason was heard", "has not decided", "no answer yet"]


@dataclass(frozen=True, slots=True)
class Rule:
    """When the options compete, what most would do, and the cost that most of them named (`cost`, the typical one first).

    `reasons` are the largest cluster's words. `as_intended` is None where the question intends nothing.
    """

    question: str
    choice: str
    others: tuple[str, ...]
    supporters: int
    answered: int
    cost: tuple[Said, ...]
    cost_named: int
    reasons: tuple[Said, ...]
    as_intended: bool | None


@dataclass(frozen=True, slots=True)
class Settle:
    """A question for the room: why it is open, and the words that stand against each other, one or two a side."""

    question: str
    why: str  # the verdict: open, hidden or unresolved
    sides: tuple[tuple[str, int, tuple[Said, ...]], ...]  # (the choice or condition, how many, their words)


@dataclass(frozen=True, slots=True)
class AskAgain:
    """A speaker to go back to, and on which questions, for which reason."""

    speaker: str
    on: tuple[tuple[str, WhyAgain], ...]


@dataclass(frozen=True, slots=True)
class Proposals:
    """All drafts of a wave."""

    rules: tuple[Rule, ...]
    settle: tuple[Settle, ...]
    again: tuple[AskAgain, ...]


def propose(
    study: Study, wave: ComparedWave, order: Sequence[str], thresholds: Thresholds, erased: Set[str] = frozenset()
) -> Proposals:
    """Drafts for a wave; `order` names the questions from the one that matters most. Who was `erased` is not asked again."""
    asked = [(q, c) for name in order if (q := study.question(name)) and (c := wave.of(name)) and c.verdict is not None]
    settle = [found for q, c in asked if (found := _settle(c, wave.answers)) is not None]
    rules = [rule for q, c in asked if (rule := _rule(q, c, wave.answers, thresholds)) is not None]
    again = tuple(one for one in _ask_again(study, wave, thresholds) if one.speaker not in erased)
    return Proposals(tuple(rules), tuple(settle[:MOST_TO_SETTLE]), again)


def _rule(question: Question, c: Comparison, answers: Sequence[Answer], thresholds: Thresholds) -> Rule | None:
    """A rule where a clear majority would do the same thing; both, neither and undecided are no rule."""
    if c.largest_choice is None or c.largest_choice in NON_OPTION_CHOICES or c.largest_share < thresholds.open_share:
        return None
    if c.verdict == "unresolved" or len(question.options) < 2:
        return None
    cluster = next((k for k in c.clusters if k.choice == c.largest_choice and k.has_reason), None)
    members = {cluster.typical: 0} | {s: 1 for s in cluster.speakers if s != cluster.typical} if cluster else {}
    giving = sorted(
        (a for a in answers if a.question == c.question and a.speaker in members), key=lambda a: members[a.speaker]
    )
    return Rule(
        question=c.question,
        choice=c.largest_choice,
        others=tuple(option.id for option in question.options if option.id != c.largest_choice),
        supporters=c.choices[c.largest_choice],
        answered=len(c.speakers),
        cost=c.cost[:MOST_SOURCES],
        cost_named=len(c.cost),
        reasons=_reasons(giving)[:MOST_SOURCES],
        as_intended=None if question.intended is None else question.intended == c.largest_choice,
    )


def _reasons(answers: Sequence[Answer]) -> tuple[Said, ...]:
    return tuple(
        Said(a.speaker, a.question, a.recording, a.interpretation.reasons[0].evidence)
        for a in answers
        if a.interpretation.reasons
    )


def _settle(c: Comparison, answers: Sequence[Answer]) -> Settle | None:
    if c.verdict is None or c.verdict == "aligned":
        return None
    theirs = {a.speaker: a for a in answers if a.question == c.question}
    if c.verdict == "unresolved":
        return Settle(c.question, c.verdict, _hanging(list(theirs.values())))
    heard = [k for k in c.clusters if k.has_reason]
    if c.verdict == "open":
        typical = {choice: [k.typical for k in heard if k.choice == choice] for choice in c.choices}
        sides = [(choice, n, typical[choice][:2]) for choice, n in c.choices.items() if n]
    else:
        sides = [(k.choice, len(k.speakers), [k.typical]) for k in heard if k.choice == c.largest_choice]
        if len(sides) < 2 or reasons_heard(c) * 2 <= on_largest(c):  # those who were not heard are asked again
            return None
    shown = sorted(sides, key=lambda side: -side[1])[:MOST_SOURCES]
    return Settle(
        c.question,
        c.verdict,
        tuple((choice, n, _reasons([theirs[s] for s in speakers if s in theirs])) for choice, n, speakers in shown),
    )


def _hanging(answers: Sequence[Answer]) -> tuple[tuple[str, int, tuple[Said, ...]], ...]:
    """What holds the answers up: conditions, others who must decide, and who has not decided."""
    sides = []
    for name, field in (("a condition", "qualified"), ("somebody else", "escalates")):
        judged = [(a, getattr(a.interpretation, field)) for a in answers]
        yes = [(a, j) for a, j in judged if j.is_yes]
        words = [Said(a.speaker, a.question, a.recording, j.evidence[0]) for a, j in yes if j.evidence]
        if yes:
            sides.append((name, len(yes), tuple(words[:MOST_SOURCES])))
    choices = [a.interpretation.choice for a in answers]
    undecided = sum(choice is not None and choice.value == "undecided" for choice in choices)
    return (*sides, ("no decision yet", undecided, ())) if undecided else tuple(sides)


def _ask_again(study: Study, wave: ComparedWave, thresholds: Thresholds) -> tuple[AskAgain, ...]:
    """Who is missing, and whose answer cannot carry a verdict; those with most to ask first."""
    given = {(a.speaker, a.question): a for a in wave.answers}
    asked = {a.question for a in wave.answers}  # what nobody answered was not asked in this wave
    found = []
    for speaker in study.speakers:
        on = [
            (q.id, why)
            for q in study.questions
            if q.id in asked and (why := _why_again(q, given.get((speaker.id, q.id)), thresholds)) is not None
        ]
        if on:
            found.append(AskAgain(speaker.id, tuple(on)))
    return tuple(sorted(found, key=lambda one: -len(one.on)))


def _why_again(question: Question, answer: Answer | None, thresholds: Thresholds) -> WhyAgain | None:
    if answer is None:
        return "no answer yet"
    if question.kind != "tradeoff":
        return None
    reading = answer.interpretation
    if is_unsure(answer, thresholds):
        return "the choice was not surely read"
    if reading.choice is not None and reading.choice.value == "undecided":
        return "has not decided"
    return None if reading.reasons else "no reason was heard"
