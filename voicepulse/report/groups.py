"""Levels and teams side by side, as they are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set

from voicepulse.comparison.groups import Group, Groups, Within
from voicepulse.report.types import VERDICT_NAMES, GroupsView, GroupView, WithinView
from voicepulse.report.voices import TOO_FEW, Voices, mark


def groups_view(voices: Voices, groups: Groups, unsettled: Set[str]) -> GroupsView | None:
    """Levels or teams side by side; None where there are not two, or none is more than one person.

    An anonymous study shows no group that is too small, nor others from which that one would follow, and a question only where
    the whole table of groups by choices could be shown. Whether a verdict is settled follows there from `unsettled` alone, the
    questions that are shown as not settled.
    """
    if len(groups.groups) < 2 or all(len(group.speakers) < 2 for group in groups.groups):
        return None
    shown_names = voices.rule.groups({group.name: len(group.speakers) for group in groups.groups})
    shown = [group for group in groups.groups if group.name in shown_names]
    if not shown:
        return GroupsView(groups.by, "", (), (), (), withheld=TOO_FEW)
    asked = dict.fromkeys(w.question for group in shown for w in group.questions)
    questions = [q for q in asked if _may_part(voices, groups, q, shown_names)]
    between = () if voices.anonymous else tuple(_between(voices, groups))
    return GroupsView(
        by=groups.by,
        sentence="What would tell of too few people is left out." if voices.anonymous else _groups_sentence(groups),
        questions=tuple(voices.question(q) for q in questions),
        groups=tuple(_group_view(voices, group, questions, unsettled) for group in shown),
        between=between,
    )


def _between(voices: Voices, groups: Groups) -> Iterator[tuple[str, str, str, bool]]:
    for question, verdict in groups.between.items():
        yield voices.question(question), verdict, VERDICT_NAMES[verdict], question in groups.settled


def _may_part(voices: Voices, groups: Groups, question: str, shown: set[str]) -> bool:
    """Whether a question may be shown by group: each group's choices, and those of all that are left out, tell on nobody.

    Nor may a group be unresolved: with all of them so, the sum of what hangs would tell how much hangs in each.
    """
    if not voices.anonymous:
        return True
    if any(w.verdict == "unresolved" for group in groups.groups for w in group.questions if w.question == question):
        return False
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


def _group_view(voices: Voices, group: Group, questions: Sequence[str], unsettled: Set[str]) -> GroupView:
    by_question = {w.question: w for w in group.questions}
    enough = voices.rule.speakers(group.ratings)
    return GroupView(
        name=group.name,
        speakers=len(group.speakers),
        intended=group.intended / group.asked if group.asked and not voices.anonymous else None,
        rating=group.rating if enough else None,
        questions=tuple(_within_view(voices, by_question[q], unsettled) for q in questions),
    )


def _within_view(voices: Voices, within: Within, unsettled: Set[str]) -> WithinView:
    question = voices.study.question(within.question)
    named = mark(question, within.choice) if question and within.choice and not voices.anonymous else None
    verdict = within.verdict or ""
    one_choice = voices.anonymous and verdict in (
        "aligned",
        "hidden",
    )  # who shares a reason in a group is not for telling
    return WithinView(
        question=voices.question(within.question),
        verdict="aligned" if one_choice else verdict,
        verdict_name="One choice" if one_choice else VERDICT_NAMES.get(verdict, ""),
        mark=named,
        counts=f"{within.on_choice} of {within.answered}" if named else "",
        settled=within.question not in unsettled if voices.anonymous else within.settled,
    )
