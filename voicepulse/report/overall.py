"""What holds over the whole study, as it is shown: patterns, scorecard, terms, resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace

from voicepulse.comparison.pattern_types import FEWEST, Pattern, PatternName
from voicepulse.comparison.scorecard import Line
from voicepulse.comparison.types import Count, Term
from voicepulse.report.sentences import listed
from voicepulse.report.types import (
    LineView,
    PatternView,
    QuestionFindings,
    SpendingRow,
    SpendingView,
    TermView,
)
from voicepulse.report.voices import Voices
from voicepulse.resources import Resource, spending


def pattern_views(voices: Voices, patterns: Sequence[Pattern], unsettled: Set[str]) -> tuple[PatternView, ...]:
    """All patterns: those found first, then those looked for in vain, then what was not measured. `unsettled` are the questions
    whose verdict cannot be relied on."""
    views = [
        replace(_pattern_view(voices, pattern), unsettled=bool(unsettled & {*pattern.questions}))
        for pattern in patterns
    ]
    order = ("found", "not found", "not measured")
    return tuple(sorted(views, key=lambda view: order.index(view.state)))


def _pattern_view(voices: Voices, pattern: Pattern) -> PatternView:
    measured = pattern.found is not None and _may_tell(voices, pattern)
    state = "not measured" if not measured else "found" if pattern.found else "not found"
    values = () if voices.anonymous else tuple(f"{name}: {value:g}" for name, value in pattern.values)
    return PatternView(
        name=pattern.name,
        state=state,
        sentence=_pattern_sentence(pattern, state, voices),
        counts=(*(voices.count(count) for count in pattern.counts), *values) if measured else (),
        quotes=voices.quotes(pattern.said)
        if state == "found" and not (voices.anonymous and _is_of_levels(pattern))
        else (),
        questions=tuple((q, voices.question(q)) for q in pattern.questions) if measured else (),
    )


def _is_of_levels(pattern: Pattern) -> bool:
    """Whether a quote under it would tell the speaker's level."""
    return pattern.name in ("leaders aligned, organization not", "perception gap", "signal lost")


def _may_tell(voices: Voices, pattern: Pattern) -> bool:
    """Whether a pattern may be told of: an anonymous study tells none that parts few people from the others."""
    if not voices.anonymous:
        return True
    parted = _is_of_levels(pattern) and pattern.name != "perception gap"
    enough = all(number >= voices.rule.counts_from for number in pattern.parts)
    return not parted and enough and all(voices.may_count(count) for count in pattern.counts)


FOUND: Mapping[PatternName, str] = {
    "agreement without alignment": "Most who say where they stand agree with the strategy, and most of their choices leave the intended option.",
    "alignment without buy-in": "Some disagree with the strategy, commit all the same, and choose as intended. That is alignment, and is not counted against it.",
    "same words, different meaning": "People explain {words} differently, as far as that was told apart: agreeing with it is not agreeing on one thing.",
    "leaders aligned, organization not": "The executives are aligned on {questions}, and the others together are not, or not with them.",
    "perception gap": "Executives and the others rate how aligned you are two or more points apart.",
    "signal lost": "The strategy loses force from {words} level to the next: fewer choices follow it there.",
    "eroded": "You were aligned on {questions} in an earlier wave and are no longer.",
    "nobody stops anything": "People name things to start, and nothing to stop, or nothing concrete.",
    "working against each other": "What some will start or turn to, others will stop or leave.",
}
NOT_FOUND: Mapping[PatternName, str] = {
    "agreement without alignment": "Most who say where they stand do not agree, or those who agree do not mostly leave the intended option.",
    "alignment without buy-in": "Nobody who disagrees both commits and chooses as intended.",
    "same words, different meaning": "Those who explain a word of the strategy explain it alike.",
    "leaders aligned, organization not": "There is no question on which executives are aligned and the others stand elsewhere.",
    "perception gap": "Executives and the others rate within two points of each other.",
    "signal lost": "From no level to the next does the strategy lose a quarter of the choices.",
    "eroded": "Nothing that was aligned before is lost.",
    "nobody stops anything": "Something concrete is named, and something that gives way to it.",
    "working against each other": "Nobody's actions were heard to work against another's.",
}


def _pattern_sentence(pattern: Pattern, state: str, voices: Voices) -> str:
    if state == "not measured":
        return f"Needs {pattern.needs}{' (five on each side, in an anonymous study)' if voices.anonymous else ''}."
    words = listed([f"“{word}”" for word in pattern.words])
    if pattern.name == "signal lost" and pattern.words:
        words = pattern.words[0]
    questions = listed([voices.question(q) for q in pattern.questions])
    return (FOUND if state == "found" else NOT_FOUND)[pattern.name].format(words=words, questions=questions)


def line_views(voices: Voices, lines: Sequence[Line]) -> tuple[LineView, ...]:
    """The scorecard: how much, in words and as a share, with the counts behind it."""
    views = []
    for line in lines:
        words = _how_much(voices, line.counts[0]) if line.counts else "not measured"
        told = words in ("high", "moderate", "low")
        views.append(
            LineView(
                name=line.name,
                share=line.counts[0].count / line.counts[0].total if told else None,
                words=words,
                counts=tuple(voices.count(count) for count in line.counts),
                quotes=voices.quotes(line.said),
            )
        )
    return tuple(views)


def _how_much(voices: Voices, count: Count) -> str:
    if not voices.may_count(count):
        return "withheld"
    if count.total < FEWEST:
        return "too few to say"
    share = count.count / count.total
    return "high" if share >= 0.75 else "moderate" if share >= 0.5 else "low"


def term_views(voices: Voices, terms: Sequence[Term]) -> tuple[TermView, ...]:
    """Words that are explained, side by side. An anonymous study shows one quote a way, and only where five explain the word."""
    views = []
    for term in terms:
        ways = tuple(quotes for way in term.ways if (quotes := voices.quotes(way)))
        if ways and voices.rule.speakers(term.speakers):
            how = "in one way" if len(term.ways) == 1 else f"in {len(term.ways)} ways, as far as they were told apart"
            who = f"{term.speakers} people explain" if not voices.anonymous else "People explain"
            views.append(TermView(term.word, f"{who} “{term.word}” {how}.", ways))
    return tuple(views)


def spending_views(
    voices: Voices, resources: Sequence[Resource], questions: Sequence[QuestionFindings]
) -> tuple[SpendingView, ...]:
    """Where resources went, beside what people would choose."""
    by_id = {question.id: question for question in questions}
    views = []
    for spent in spending(voices.study, resources):
        asked, shown = voices.study.question(spent.question), by_id.get(spent.question)
        if asked is None or shown is None:
            continue
        choices = {row.mark.choice: row.share for row in shown.options}
        rows = tuple(
            SpendingRow(
                option.label,
                option.id == asked.intended,
                amount,
                amount / spent.total if spent.total else 0.0,
                choices.get(option.id),
            )
            for option in asked.options
            for amount in (spent.by_option.get(option.id, 0.0),)
        )
        sentence = _spent_sentence(spent.intended_share, choices.get(asked.intended or ""))
        views.append(SpendingView(spent.question, asked.name, spent.unit, sentence, rows))
    return tuple(views)


def _spent_sentence(intended: float | None, chosen: float | None) -> str:
    if intended is None:
        return "No option is intended here, so spending is shown without judging it."
    beside = f", and {chosen:.0%} of the people would choose it" if chosen is not None else ""
    return f"{intended:.0%} went to the intended option{beside}."
