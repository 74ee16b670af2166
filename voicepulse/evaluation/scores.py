"""Scores of predictions against labels: the measures of the benchmark, computed here from typed predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from voicepulse.comparison.types import VERDICTS
from voicepulse.evaluation.labelled import LabelledAnswer, LabelledStudy
from voicepulse.interpretation.types import COMMITMENTS, STANCES

CALIBRATION_BINS = 10
Pair = tuple[object, object]  # (gold, predicted)


@dataclass(frozen=True, slots=True)
class PredictedAnswer:
    """One answer as it was read. `reasons` are character spans; equal `reason_group`s mean the same primary reason."""

    study: str
    question: str
    speaker: str
    choice: str
    choice_confidence: float
    qualified: bool
    escalates: bool
    stance: str
    commitment: str
    reasons: tuple[tuple[int, int], ...]
    reason_group: str | None


def f1(true_positive: float, false_positive: float, false_negative: float) -> float:
    """The harmonic mean of precision and recall; 1 where there was nothing to find and nothing was found."""
    total = 2 * true_positive + false_positive + false_negative
    return 2 * true_positive / total if total else 1.0


def binary_f1(pairs: Sequence[tuple[bool, bool]]) -> float:
    hits = sum(g and p for g, p in pairs)
    return f1(hits, sum(p for _, p in pairs) - hits, sum(g for g, _ in pairs) - hits)


def macro_f1(pairs: Sequence[Pair], labels: Iterable[str]) -> float:
    """The mean F1 over the labels that occur in the gold."""
    present = [label for label in labels if any(gold == label for gold, _ in pairs)]
    return (
        sum(binary_f1([(g == label, p == label) for g, p in pairs]) for label in present) / len(present)
        if present
        else 1.0
    )


def matthews(pairs: Sequence[tuple[bool, bool]]) -> float:
    """Matthews' correlation coefficient; 0 where one side never varies."""
    tp = sum(g and p for g, p in pairs)
    tn = sum(not g and not p for g, p in pairs)
    fp, fn = sum(p and not g for g, p in pairs), sum(g and not p for g, p in pairs)
    scale = ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)) ** 0.5
    return (tp * tn - fp * fn) / scale if scale else 0.0


def surest_half(rows: Sequence[tuple[float, bool]]) -> float:
    """Accuracy on the half of (confidence, correct) with the highest confidence."""
    surest = sorted(rows, key=lambda row: -row[0])[: max(1, len(rows) // 2)]
    return sum(correct for _, correct in surest) / len(surest)


def calibration_error(rows: Sequence[tuple[float, bool]], bins: int = CALIBRATION_BINS) -> float:
    """Expected calibration error over bins of equal width (Naeini et al. 2015)."""
    total = 0.0
    for number in range(bins):
        inside = [row for row in rows if min(int(row[0] * bins), bins - 1) == number]
        total += abs(sum(c for c, _ in inside) - sum(ok for _, ok in inside))
    return total / len(rows)


def score(
    studies: Sequence[LabelledStudy],
    predictions: Sequence[PredictedAnswer],
    verdicts: Mapping[tuple[str, str], str | None],
) -> dict[str, float]:
    """All measures. An answer without a prediction counts as wrong."""
    by_key = {(p.study, p.question, p.speaker): p for p in predictions}
    rows = [
        (study.id, answer, by_key.get((study.id, answer.question, answer.speaker)))
        for study in studies
        for answer in study.answers
    ]
    sure = [(p.choice_confidence, p.choice == a.gold["choice"]) for _, a, p in rows if p]

    def pairs(name: str, read: Callable[[PredictedAnswer], object]) -> list[Pair]:
        return [(a.gold[name], read(p) if p else None) for _, a, p in rows]

    def flags(name: str, read: Callable[[PredictedAnswer], bool]) -> list[tuple[bool, bool]]:
        return [(bool(a.gold[name]), bool(p and read(p))) for _, a, p in rows]

    same = _same_reason_pairs(rows)
    verdict_pairs: list[Pair] = [
        (gold, verdicts.get((s.id, q))) for s in studies for q, gold in s.gold_verdicts.items()
    ]
    return {
        "answers": len(rows),
        "questions": len(verdict_pairs),
        "same_choice_pairs": len(same),
        "choice_accuracy": sum(bool(p and p.choice == a.gold["choice"]) for _, a, p in rows) / len(rows),
        "choice_surest_half": surest_half(sure) if sure else 0.0,
        "choice_calibration_error": calibration_error(sure) if sure else 1.0,
        "qualified_f1": binary_f1(flags("qualified", lambda p: p.qualified)),
        "escalates_f1": binary_f1(flags("escalates", lambda p: p.escalates)),
        "stance_macro_f1": macro_f1(pairs("stance", lambda p: p.stance), STANCES),
        "commitment_macro_f1": macro_f1(pairs("commitment", lambda p: p.commitment), COMMITMENTS),
        "reason_span_f1": _span_f1(rows),
        "same_reason_mcc": matthews(same),
        "same_reason_f1": binary_f1(same),
        "verdict_accuracy": sum(g == p for g, p in verdict_pairs) / len(verdict_pairs),
        "verdict_macro_f1": macro_f1(verdict_pairs, VERDICTS),
        "hidden_f1": binary_f1([(g == "hidden", p == "hidden") for g, p in verdict_pairs]),
    }


_Row = tuple[str, LabelledAnswer, PredictedAnswer | None]


def _span_f1(rows: Sequence[_Row]) -> float:
    """F1 over the characters that lie in a reason."""
    hit = wanted = given = 0
    for _, answer, predicted in rows:
        gold: set[int] = set()
        for reason in answer.gold["reasons"]:
            start = answer.text.index(reason["span"])
            gold |= set(range(start, start + len(reason["span"])))
        got = {i for start, end in (predicted.reasons if predicted else ()) for i in range(start, end)}
        hit, wanted, given = hit + len(gold & got), wanted + len(gold), given + len(got)
    return f1(hit, given - hit, wanted - hit)


def _same_reason_pairs(rows: Sequence[_Row]) -> list[tuple[bool, bool]]:
    """Pairs of speakers with the same labelled choice and a labelled reason each: the same theme? the same group?"""
    pairs = []
    for (study_a, a, read_a), (study_b, b, read_b) in combinations(rows, 2):
        if (study_a, a.question) != (study_b, b.question) or a.gold["choice"] != b.gold["choice"]:
            continue
        if not a.gold["reasons"] or not b.gold["reasons"]:
            continue
        group_a, group_b = (read.reason_group if read else None for read in (read_a, read_b))
        same = a.gold["reasons"][0]["theme"] == b.gold["reasons"][0]["theme"]
        pairs.append((same, group_a is not None and group_a == group_b))
    return pairs
