"""Which readings a person should check first: those whose correction would move a verdict most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voicepulse.comparison.compare import CompareOptions, uncertain_answers
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.verdict import worth_of_review
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.embedder import Embedder
from voicepulse.study import Question

DECIDING = ("choice", "qualified", "escalates")  # fields that a verdict rests on, beside the reasons


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """An answer to check. `worth` is how far knowing it for certain would move the verdict's probabilities, 0 to 1;
    `weakest` is the least sure of the fields that a verdict rests on, and `confidence` how sure that one is."""

    answer: Answer
    worth: float
    weakest: str
    confidence: float


def question_queue(
    question: Question, answers: Sequence[Answer], embedder: Embedder, same: SameReason, options: CompareOptions
) -> list[ReviewItem]:
    """The answers to a trade-off that are not certain yet, the one that matters most first; nothing where there is no verdict to move, for under two have answered."""
    if len(answers) < 2:
        return []
    given = sorted(answers, key=lambda a: a.speaker)
    worth = worth_of_review(
        uncertain_answers(question, given, embedder, same), options.thresholds, options.seed, options.resamples
    )
    items = []
    for answer, value in zip(given, worth.tolist(), strict=True):
        sure = {name: getattr(answer.interpretation, name).confidence for name in DECIDING}
        weakest = min(sure, key=lambda name: sure[name])
        items.append(ReviewItem(answer, value, weakest, sure[weakest]))
    return in_order([item for item in items if item.worth > 0])


def in_order(items: Sequence[ReviewItem]) -> list[ReviewItem]:
    """By what checking them is worth; of two that are worth the same, the less sure one first."""
    return sorted(items, key=lambda i: (-i.worth, i.confidence, i.answer.question, i.answer.speaker))
