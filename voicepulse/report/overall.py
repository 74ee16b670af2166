"""What holds over the whole study, as it is shown: the four cells, groups, movement, patterns, scorecard, terms, resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import replace

from voicepulse.comparison.groups import Group, Groups, Within
from voicepulse.comparison.movement import Movement, Step
from voicepulse.comparison.patterns import FEWEST, Pattern, PatternName
from voicepulse.comparison.positions import CELLS, Cell, Position, count_cells
from voicepulse.comparison.scorecard import Line
from voicepulse.comparison.types import Said, Term
from voicepulse.report.sentences import listed
from voicepulse.report.types import (
    VERDICT_NAMES,
    CellsView,
    CellView,
    Flow,
    GroupsView,
    GroupView,
    LineView,
    MovementView,
    PatternView,
    QuestionFindings,
    Quote,
    SpendingRow,
    SpendingView,
    StandView,
    StepView,
    TermView,
    WithinView,
)
from voicepulse.report.voices import Voices, mark
from voicepulse.resources import Resource, spending

MEANINGS: Mapping[Cell, str] = {
    "aligned with buy-in": "agrees, and chooses as intended more often than not",
    "aligned without buy-in": "disagrees, and still chooses as intended more often than not: that is alignment",
    "agreement without alignment": "agrees, and chooses otherwise as often or more",
    "open dissent": "disagrees, and chooses otherwise as often or more",
}
TOO_FEW = "Withheld: too few people stand in one of these to show them in an anonymous study."


def cells_view(voices: Voices, positions: Sequence[Position]) -> CellsView | None:
    """The four cells; None where no question intends anything. An anonymous study shows all of them or none."""
    asked = [p for p in positions if p.asked]
    if not asked:
        return None
    counts = count_cells(asked)
    unsaid = [p.speaker for p in asked if p.cell is None]
    table = voices.rule.table({**counts, "unsaid": len(unsaid)})
    if None in table.values():
        return CellsView("", (), CellView("has not said", "", None, ()), (), withheld=TOO_FEW)
    cells = tuple(
        CellView(cell, MEANINGS[cell], counts[cell], voices.names(p.speaker for p in asked if p.cell == cell))
        for cell in CELLS
    )
    rows = tuple(
        StandView(
            voices.name(p.speaker),
            {"agree": "agrees", "disagree": "disagrees"}.get(p.stance, "has not said"),
            f"{p.intended} of {p.asked} as intended",
            p.unsure,
            p.cell or "has not said",
        )
        for p in asked
    )
    return CellsView(
        sentence=_cells_sentence(counts, len(unsaid), len(asked)),
        cells=cells,
        unsaid=CellView("has not said", "says neither yes nor no to the strategy", len(unsaid), voices.names(unsaid)),
        rows=() if voices.anonymous else rows,
    )


def _cells_sentence(counts: Mapping[Cell, int], unsaid: int, people: int) -> str:
    aligned = counts["aligned with buy-in"] + counts["aligned without buy-in"]
    agreeing = counts["agreement without alignment"]
    if unsaid * 2 > people:
        return f"{unsaid} of {people} do not say whether they agree, so what agreement is worth here is not known."
    said = people - unsaid
    beside = f" {agreeing} agree and choose otherwise as often or more." if agreeing else ""
    return f"Of {said} who say where they stand, {aligned} choose as intended more often than not.{beside}"


def groups_view(voices: Voices, groups: Groups) -> GroupsView | None:
    """Levels or teams side by side; None where there are not two, or none is more than one person.

    An anonymous study shows no group that is too small, nor others from which that one would follow, and a question only where
    the whole table of groups by choices could be shown.
    """
    if len(groups.groups) < 2 or all(len(group.speakers) < 2 for group in groups.groups):
        return None
    shown_names = voices.rule.groups({group.name: len(group.speakers) for group in groups.groups})
    shown = [group for group in groups.groups if group.name in shown_names]
    if not shown:
        return GroupsView(groups.by, "", (), (), (), withheld=TOO_FEW)
    asked = dict.fromkeys(w.question for group in shown for w in group.questions)
    questions = [q for q in asked if _may_part(voices, groups, q, shown_names)]
    whole = len(shown) == len(groups.groups) and len(questions) == len(asked)
    between = tuple((voices.question(q), v, VERDICT_NAMES[v]) for q, v in groups.between.items()) if whole else ()
    return GroupsView(
        by=groups.by,
        sentence=_groups_sentence(groups) if whole else "What would tell of too few people is left out.",
        questions=tuple(voices.question(q) for q in questions),
        groups=tuple(_group_view(voices, group, questions) for group in shown),
        between=between,
    )


def _may_part(voices: Voices, groups: Groups, question: str, shown: set[str]) -> bool:
    """Whether a question may be shown by group: each group's choices, and those of all that are left out, tell on nobody."""
    tables: dict[str, Counter[str]] = {}
    for group in groups.groups:
        for within in group.questions:
            if within.question == question:
                tables.setdefault(group.name if group.name in shown else "", Counter()).update(within.choices)
    return all(None not in voices.rule.table(table).values() for table in tables.values())


def _groups_sentence(groups: Groups) -> str:
    noun = "levels" if groups.by == "level" else "teams"
    if not groups.between:
        return f"Under two {noun} have two or more people, so {noun} cannot be told from persons."
    aligned = sum(verdict == "aligned" for verdict in groups.between.values())
    return (
        f"With each of the {noun} as one voice, {aligned} of {len(groups.between)} trade-offs are aligned between them."
    )


def _group_view(voices: Voices, group: Group, questions: Sequence[str]) -> GroupView:
    by_question = {w.question: w for w in group.questions}
    enough = voices.rule.speakers(group.ratings)
    return GroupView(
        name=group.name,
        speakers=len(group.speakers),
        intended=group.intended / group.asked if group.asked and not voices.anonymous else None,
        rating=group.rating if enough else None,
        questions=tuple(_within_view(voices, by_question[q]) for q in questions),
    )


def _within_view(voices: Voices, within: Within) -> WithinView:
    question = voices.study.question(within.question)
    verdict = within.verdict
    named = mark(question, within.choice) if question and within.choice and not voices.anonymous else None
    return WithinView(
        question=voices.question(within.question),
        verdict=verdict or "",
        verdict_name=VERDICT_NAMES.get(verdict or "", ""),
        mark=named,
        counts=f"{within.on_choice} of {within.answered}" if named else "",
    )


def movement_view(voices: Voices, m: Movement) -> MovementView:
    """Who moved; an anonymous study shows how many went from where to where, all of it or nothing."""
    question = voices.study.question(m.question)
    if question is None:
        raise KeyError(m.question)
    then, now = VERDICT_NAMES[m.verdict_then], VERDICT_NAMES[m.verdict_now]
    pairs: dict[tuple[str, str], list[str]] = {}
    for step in m.steps:
        pairs.setdefault((step.then.choice, step.now.choice), []).append(step.speaker)
    # with the moves and both waves' choices, those of who came and who left follow: all of it may be shown, or nothing
    tables: tuple[Mapping[str, int], ...] = (
        {f"{then} > {now}": len(who) for (then, now), who in pairs.items()},
        Counter(m.came.values()),
        Counter(m.left.values()),
    )
    withheld = any(None in voices.rule.table(table).values() for table in tables)
    flows = sorted(pairs.items(), key=lambda item: (-len(item[1]), item[0]))
    return MovementView(
        question=m.question,
        name=voices.question(m.question),
        earlier=m.earlier,
        later=m.later,
        verdict_then=then,
        verdict_now=now,
        sentence=f"{then} in {m.earlier}, {now.lower()} in {m.later}." if withheld else _moved(m, then, now),
        flows=()
        if withheld
        else tuple(Flow(mark(question, a), mark(question, b), len(who), voices.names(who)) for (a, b), who in flows),
        steps=()
        if voices.anonymous
        else tuple(_step_view(voices, s, question.label) for s in m.steps if s.moved or s.rethought),
        withheld=TOO_FEW if withheld else "",
    )


def _moved(m: Movement, then: str, now: str) -> str:
    moved, rethought = sum(s.moved for s in m.steps), sum(s.rethought for s in m.steps)
    verdicts = f"Still {now.lower()}" if then == now else f"{then} before, {now.lower()} now"
    came = f"; {len(m.came)} new" if m.came else ""
    left = f"; {len(m.left)} did not answer again" if m.left else ""
    if not m.steps:
        return f"{verdicts}: nobody answered twice{came}{left}."
    return f"{verdicts}: {moved} of {len(m.steps)} who answered twice chose otherwise, {rethought} the same for another reason{came}{left}."


def _step_view(voices: Voices, step: Step, label: Callable[[str], str]) -> StepView:
    def why(said: Said | None) -> Quote | None:
        return voices.quote(said) if said is not None else None

    return StepView(
        voices.name(step.speaker),
        label(step.then.choice),
        why(step.then.reason),
        label(step.now.choice),
        why(step.now.reason),
    )


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
        quotes=voices.quotes(pattern.said) if state == "found" else (),
        questions=tuple((q, voices.question(q)) for q in pattern.questions) if measured else (),
    )


def _may_tell(voices: Voices, pattern: Pattern) -> bool:
    """Whether a pattern may be told of: an anonymous study tells none that parts few people from the others."""
    if not voices.anonymous:
        return True
    parted = pattern.name in ("leaders aligned, organization not", "signal lost")
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
    "agreement without alignment": "Those who agree with the strategy do not mostly leave the intended option.",
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
        first = line.counts[0] if line.counts else None
        share = first.count / first.total if first is not None else None
        few = first is not None and (first.total < FEWEST or not voices.may_count(first))
        views.append(
            LineView(
                name=line.name,
                share=None if few else share,
                words="not measured" if share is None else "too few to say" if few else _in_words(share),
                counts=tuple(voices.count(count) for count in line.counts),
                quotes=voices.quotes(line.said),
            )
        )
    return tuple(views)


def _in_words(share: float) -> str:
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
