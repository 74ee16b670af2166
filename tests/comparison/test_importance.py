from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison.studies import MONEY, WORD, T, said, study_of, wave_of
from voicepulse.comparison.importance import by_importance, is_settled
from voicepulse.interpretation.answers import Answer

NAMES = ("q1", "q2", "q3", "rate")


def asked(question: str, choices: str, reason: str = MONEY, sure: float = 1.0) -> list[Answer]:
    return [said(f"s{n}", c, reason, question=question, sure=sure) for n, c in enumerate(choices, 1)]


def order(answers: Sequence[Answer], names: Sequence[str] = NAMES) -> tuple[str, ...]:
    return by_importance(wave_of(study_of(9, names), answers).comparison.questions, T)


def test_misalignment_goes_before_alignment_and_that_before_what_has_no_verdict() -> None:
    assert order([*asked("q2", "aaaaaa"), *asked("q3", "aaabbb"), *asked("rate", "??")]) == ("q3", "q2", "q1", "rate")


def test_what_is_settled_goes_before_what_is_not() -> None:
    assert order([*asked("q1", "aaabbb", sure=0.3), *asked("q2", "aaabbb")], ("q1", "q2")) == ("q2", "q1")


def test_the_more_stand_apart_the_earlier() -> None:
    assert order([*asked("q1", "aaaaaabbb"), *asked("q2", "aaaaabbbb")], ("q1", "q2")) == ("q2", "q1")


def test_alike_questions_keep_the_order_of_the_study() -> None:
    answers = [answer for q in ("q3", "q1", "q2") for answer in asked(q, "aaabbb")]
    assert order(answers) == ("q1", "q2", "q3", "rate")


@pytest.mark.parametrize(("heard", "settled"), [(6, True), (4, True), (3, False), (0, False)])
def test_a_verdict_on_reasons_needs_the_reasons_of_most(heard: int, settled: bool) -> None:
    """Six make one choice; those who are heard give one reason."""
    answers = [said(f"s{n}", "a", MONEY if n <= heard else "") for n in range(1, 7)]
    (compared,) = wave_of(study_of(6), answers).comparison.questions
    assert compared.verdict == ("aligned" if heard > 3 else "hidden")
    assert is_settled(compared, T.model_copy(update={"settled_stability": 0.0})) is settled


def test_without_an_answer_nothing_is_settled() -> None:
    (compared,) = wave_of(study_of(6), []).comparison.questions
    assert not is_settled(compared, T)


spoken = st.lists(
    st.builds(
        said,
        st.sampled_from([f"s{n}" for n in range(1, 7)]),
        st.sampled_from(["a", "b", "undecided"]),
        st.sampled_from([MONEY, WORD, ""]),
        question=st.sampled_from(NAMES),
    ),
    max_size=20,
    unique_by=lambda answer: (answer.speaker, answer.question),
)


@given(spoken)
@settings(max_examples=40, deadline=None)
def test_no_question_is_lost_and_alignment_never_comes_before_misalignment(answers: list[Answer]) -> None:
    compared = {c.question: c.verdict for c in wave_of(study_of(6, NAMES), answers).comparison.questions}
    found = order(answers)
    assert sorted(found) == sorted(NAMES)
    kinds = ["none" if v is None else "aligned" if v == "aligned" else "apart" for v in map(compared.get, found)]
    assert kinds == sorted(kinds, key=["apart", "aligned", "none"].index)
