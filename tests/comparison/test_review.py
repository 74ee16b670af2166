"""The order in which readings are checked: what would move a verdict comes first, what is certain never."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.conftest import WordHashEmbedder, make_answer
from voicepulse.comparison.compare import CompareOptions
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.review import question_queue
from voicepulse.settings import Thresholds
from voicepulse.study import Study

SAME = SameReason(12.0, -5.0)
OPTIONS = CompareOptions(Thresholds(), seed=3, resamples=400)
MONEY = "the money that it brings in"


def queue(study: Study, answers: list) -> list[tuple[str, float]]:  # type: ignore[type-arg]
    found = question_queue(study.questions[0], answers, WordHashEmbedder(), SAME, OPTIONS)
    return [(item.answer.speaker, item.worth) for item in found]


def test_the_unsure_answer_that_decides_comes_first(make_study: Callable[..., Study]) -> None:
    """Three of four on one choice is just not open: the one unsure answer among them decides."""
    sure = [make_answer("s1", "a", MONEY), make_answer("s2", "a", MONEY), make_answer("s4", "b", MONEY)]
    found = queue(make_study(4), [*sure, make_answer("s3", "a", MONEY, confidence=0.55)])
    assert [speaker for speaker, _ in found] == ["s3"]
    assert found[0][1] > 0.2


def test_what_a_person_has_said_needs_no_check(make_study: Callable[..., Study]) -> None:
    unsure = [make_answer(f"s{n}", "a", MONEY, confidence=0.6) for n in range(1, 5)]
    before = queue(make_study(4), unsure)
    assert len(before) == 4
    after = queue(make_study(4), [replace(unsure[0], confirmed_choice="a"), *unsure[1:]])
    assert "s1" not in dict(after)


def test_an_unsure_answer_where_the_verdict_cannot_change_is_worth_less(make_study: Callable[..., Study]) -> None:
    """One doubtful answer among ten clear ones moves nothing; among three it does."""
    many = [make_answer(f"s{n}", "a", MONEY) for n in range(1, 11)] + [make_answer("s11", "a", MONEY, confidence=0.6)]
    few = [make_answer("s1", "a", MONEY), make_answer("s2", "a", MONEY), make_answer("s11", "a", MONEY, confidence=0.6)]
    worth_in_many = dict(queue(make_study(11), many)).get("s11", 0.0)
    assert worth_in_many < 0.05 < dict(queue(make_study(11), few))["s11"]


def test_where_one_has_answered_there_is_no_verdict_to_move(make_study: Callable[..., Study]) -> None:
    assert queue(make_study(4), [make_answer("s1", "a", MONEY, confidence=0.5)]) == []


def test_the_order_of_the_answers_changes_nothing(make_study: Callable[..., Study]) -> None:
    answers = [make_answer(f"s{n}", "ab"[n % 2], MONEY, confidence=0.5 + n / 20) for n in range(1, 7)]
    assert queue(make_study(6), answers) == queue(make_study(6), answers[::-1])
