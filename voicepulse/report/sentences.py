"""The plain sentences of a report: one for the study, one for each question."""

from __future__ import annotations

from collections.abc import Sequence

from voicepulse.comparison.types import Comparison
from voicepulse.report.types import VERDICT_NAMES, QuestionFindings
from voicepulse.study import Question


def on_largest(compared: Comparison) -> int:
    return compared.choices.get(compared.largest_choice or "", 0)


def reasons_heard(compared: Comparison) -> int:
    """How many of those on the largest choice gave a reason that was heard; silence is no different reason."""
    return sum(len(c.speakers) for c in compared.clusters if c.has_reason and c.choice == compared.largest_choice)


def headline(questions: Sequence[QuestionFindings]) -> str:
    asked = [q for q in questions if q.kind == "tradeoff"]
    judged = [q for q in asked if q.verdict]
    withheld = [q for q in asked if q.withheld]
    if not judged:
        if withheld:
            return "No verdict is shown: too few people have answered for an anonymous study."
        return "There is no verdict yet: each trade-off needs answers of at least two people."
    named = []
    for verdict, name in VERDICT_NAMES.items():
        those = [q.id for q in judged if q.verdict == verdict]
        if those:
            named.append(f"{name.lower()} on {', '.join(those)}")
    without = [q.id for q in asked if not q.verdict]
    if without:
        named.append(f"without a verdict: {', '.join(without)}")
    unsettled = [q.id for q in judged if not q.settled]
    if len(unsettled) == len(judged):
        return f"Not settled yet, as far as it was read: {'; '.join(named)}."
    sentence = "; ".join(named)
    open_ends = f" Not settled: {', '.join(unsettled)}." if unsettled else ""
    return f"{sentence[0].upper()}{sentence[1:]}.{open_ends}"


def question_sentence(question: Question, c: Comparison, with_range: bool) -> str:
    n = len(c.speakers)
    if question.kind == "rating":
        return _rating_sentence(sorted((c.ratings or {}).values()), n, with_range)
    if question.kind == "execution":
        actions = c.actions or {}
        return f"{n} answered: {actions.get('start', 0)} concrete starts, {actions.get('stop', 0)} stops, {actions.get('shift', 0)} shifts, {actions.get('vague', 0)} vague."
    if question.kind == "agreement" and n:
        return f"{c.stances['agree']} of {n} say they agree, {c.stances['disagree']} disagree, {c.stances['unstated']} do not say. Agreement is weak evidence."
    if n == 0:
        return "No answer has been read yet."
    if c.verdict is None:
        return "One answer is there; a verdict needs at least two."
    largest = round(c.largest_share * n)
    sharing = round(c.shared_reason_share * largest)
    label = question.label(c.largest_choice or "")
    return {
        "aligned": f"{largest} of {n} make the same choice (“{label}”), and {sharing} of them for the same reason.",
        "hidden": _hidden_sentence(c, label, sharing),
        "open": _open_sentence(c, label, largest, n),
        "unresolved": f"{round(c.unresolved_share * n)} of {n} answers hang on a condition, on somebody else, or are undecided.",
    }[c.verdict]


def _hidden_sentence(c: Comparison, label: str, sharing: int) -> str:
    largest, heard = on_largest(c), reasons_heard(c)
    same = f"{largest} of {len(c.speakers)} make the same choice (“{label}”), but"
    if heard * 2 <= largest:
        return f"{same} a reason was heard from only {heard} of those {largest}."
    return f"{same} for different reasons: {'no two' if sharing < 2 else f'no more than {sharing}'} of those {largest} share one."


def _open_sentence(c: Comparison, label: str, largest: int, n: int) -> str:
    if sum(count == largest for count in c.choices.values()) > 1:
        return f"The choices differ, and none is ahead: the largest hold {largest} of {n} each."
    return f"The choices differ: the largest, “{label}”, holds {largest} of {n}."


def _rating_sentence(values: list[float], answered: int, with_range: bool) -> str:
    if not values:
        return f"{answered} answered, and no number was heard."
    middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
    spread = f", from {values[0]:g} to {values[-1]:g}" if with_range and len(values) > 1 else ""
    return f"The median of {len(values)} rating{'s' * (len(values) > 1)} is {middle:g} of ten{spread}."
