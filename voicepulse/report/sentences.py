"""The plain sentences of a report. Where a count is withheld, the sentence says it in words that count nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from voicepulse.comparison.importance import on_largest, reasons_heard
from voicepulse.comparison.suppression import Disclosure
from voicepulse.comparison.types import Comparison
from voicepulse.report.types import VERDICT_NAMES, QuestionFindings
from voicepulse.study import Question


def listed(names: Sequence[str], word: str = "and") -> str:
    """a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}" if names else ""


def headline(questions: Sequence[QuestionFindings]) -> str:
    """Are we aligned, and where not: one sentence for the study."""
    asked = [q for q in questions if q.kind == "tradeoff"]
    judged = [q for q in asked if q.verdict]
    if not asked:
        return "This study asks no trade-off, so there is no verdict."
    if not judged:
        if any(q.withheld or q.answered > 1 for q in asked):
            return "No verdict is shown: too few people have answered, or stand apart, for an anonymous study."
        return "There is no verdict yet: each trade-off needs answers of at least two people."
    text = _aligned_on_one(judged[0], alone=len(asked) == 1) if len(judged) == 1 else _aligned_on(judged)
    unsettled = [q.name for q in judged if q.settled is False]
    if len(unsettled) == len(judged):
        return f"Not settled yet. For now it looks {text[0].lower()}{text[1:]}"
    open_ends = f" Not settled: {listed(unsettled)}." if unsettled else ""
    without = [q.name for q in asked if not q.verdict]
    return f"{text}{open_ends}{f' Without a verdict: {listed(without)}.' if without else ''}"


def nothing_yet(speakers: int | None, rule: Disclosure) -> str:
    """What stands in place of questions of which nothing may be shown."""
    answered = (
        "Too few people have answered to count them." if speakers is None else f"{speakers} people have answered."
    )
    return (
        f"{answered} What can be shown grows with more answers: numbers where they stand for {rule.counts_from} people or more, "
        f"quotes from {rule.quotes_from} answers to a question on."
    )


def _aligned_on_one(q: QuestionFindings, *, alone: bool) -> str:
    one = f"the one trade-off{'' if alone else ' with a verdict'}"
    if q.verdict != "aligned":
        return f"Not aligned on {one}: {q.verdict}."
    return f"Aligned on {one}{', but not on the option that the strategy intends' if against_strategy(q) else ''}."


def _aligned_on(judged: Sequence[QuestionFindings]) -> str:
    counts = Counter(q.verdict for q in judged)
    others = [f"{counts[verdict]} {verdict}" for verdict in VERDICT_NAMES if verdict != "aligned" and counts[verdict]]
    aligned = "all" if counts["aligned"] == len(judged) else counts["aligned"] or "none"
    against = sum(map(against_strategy, judged))
    of_them = "the aligned" if others else "them"
    beside = f"; on {against} of {of_them} not on the option that the strategy intends" if against else ""
    return f"Aligned on {aligned} of {len(judged)} trade-offs{f': {listed(others)}' if others else ''}{beside}."


def against_strategy(q: QuestionFindings) -> bool:
    """Whether people are aligned, and not on the option that the strategy intends; only where the counts that are shown say so."""
    shown = [(row.count, row.intended) for row in q.options if row.count is not None]
    if q.verdict != "aligned" or not shown or not any(row.intended for row in q.options):
        return False
    count, _ = max(shown)
    withheld = q.answered - sum(n for n, _ in shown)
    return count > withheld and (count, True) not in shown


def question_sentence(question: Question, c: Comparison, rule: Disclosure) -> str:
    n = len(c.speakers)
    if question.kind == "rating":
        return _rating_sentence(sorted((c.ratings or {}).values()), n, rule)
    if question.kind == "execution":
        return _execution_sentence(c, rule)
    if question.kind == "agreement" and n:
        return _agreement_sentence(c, rule)
    if c.verdict is None:
        return _no_verdict(n)
    against = c.verdict == "aligned" and question.intended not in (None, c.largest_choice)
    beside = " This is not the option that the strategy intends." if against else ""
    return _verdict_sentence(question.label(c.largest_choice or ""), c, rule) + beside


def _no_verdict(answered: int) -> str:
    if answered > 1:
        return f"{answered} answered. The verdict is withheld: with so many people it would tell how few stand apart."
    return "One answer is there; a verdict needs at least two." if answered else "No answer has been read yet."


def _verdict_sentence(label: str, c: Comparison, rule: Disclosure) -> str:
    n = len(c.speakers)
    largest = rule.table(c.choices)[c.largest_choice or ""]
    sharing = round(c.shared_reason_share * on_largest(c))
    if c.verdict == "unresolved":
        how_many = f"At least half of {n}" if rule.anonymous else f"{round(c.unresolved_share * n)} of {n}"
        return f"{how_many} answers hang on a condition, on somebody else, or are undecided."
    if c.verdict == "open":
        return _open_sentence(c, label, largest)
    most = f"{largest} of {n}" if largest is not None else f"Most of {n}"
    if c.verdict == "hidden":
        return _hidden_sentence(f"{most} make the same choice (“{label}”), but", c, sharing, rule)
    share = f"{sharing}" if largest is not None and rule.pair(sharing, largest) else "most"
    return f"{most} make the same choice (“{label}”), and {share} of them for the same reason."


def _hidden_sentence(same: str, c: Comparison, sharing: int, rule: Disclosure) -> str:
    largest, heard = on_largest(c), reasons_heard(c)
    if rule.anonymous:
        return f"{same} no reason is shared by most of them."
    if heard * 2 <= largest:
        return f"{same} a reason was heard from only {heard} of those {largest}."
    return f"{same} for different reasons: {'no two' if sharing < 2 else f'no more than {sharing}'} of those {largest} share one."


def _open_sentence(c: Comparison, label: str, largest: int | None) -> str:
    n = len(c.speakers)
    if largest is None:
        return f"The choices differ: none holds three quarters of {n}."
    if sum(count == on_largest(c) for count in c.choices.values()) > 1:
        return f"The choices differ, and none is ahead: the largest hold {largest} of {n} each."
    return f"The choices differ: the largest, “{label}”, holds {largest} of {n}."


def _agreement_sentence(c: Comparison, rule: Disclosure) -> str:
    counts = rule.table(c.stances)
    if any(count is None for count in counts.values()):
        most = max(c.stances, key=lambda stance: c.stances[stance])
        said = {"agree": "say that they agree", "disagree": "say that they disagree", "unstated": "do not say"}[most]
        return f"More {said} than anything else, of {len(c.speakers)}. Agreement is weak evidence."
    return f"{counts['agree']} of {len(c.speakers)} say they agree, {counts['disagree']} disagree, {counts['unstated']} do not say. Agreement is weak evidence."


def _execution_sentence(c: Comparison, rule: Disclosure) -> str:
    n, actions = len(c.speakers), c.actions or {}
    if not n:
        return "No answer has been read yet."
    if rule.anonymous:
        stopping = f" {c.stopping or 'None'} of them name something to stop." if rule.pair(c.stopping, n) else ""
        return f"{n} answered.{stopping}"
    names = {"start": "concrete start", "stop": "concrete stop", "shift": "concrete shift", "vague": "vague one"}
    told = listed(
        [f"{actions.get(kind) or 'no'} {name}{'s' * (actions.get(kind) != 1)}" for kind, name in names.items()]
    )
    return f"{n} answered, with {told}."


def _rating_sentence(values: list[float], answered: int, rule: Disclosure) -> str:
    if not values or not rule.speakers(len(values)):
        return f"{answered} answered, and {'no number' if not values else 'too few numbers'} was heard."
    middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
    if rule.anonymous:
        return f"The median of the ratings is {middle:g} of ten."
    spread = f", from {values[0]:g} to {values[-1]:g}" if len(values) > 1 else ""
    return f"The median of {len(values)} rating{'s' * (len(values) > 1)} is {middle:g} of ten{spread}."
