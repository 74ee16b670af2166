"""The form by which speakers put an answer right: what it offers can be chosen, and what was not touched is no correction."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import make_answer
from voicepulse.interpretation.answers import Answer, check_correction
from voicepulse.study import Question
from voicepulse.web.speaker.corrections import ENDS, LONGEST_OFFERED, check_sent, fields_now, form_of

TRADEOFF = Question.model_validate(
    {"id": "q1", "prompt": "Which?", "options": [{"id": "a", "label": "Alpha"}, {"id": "b", "label": "Beta"}]}
)
KINDS = [
    TRADEOFF,
    *(Question.model_validate({"id": "q1", "kind": k, "prompt": "?"}) for k in ("agreement", "rating", "execution")),
]
TEXTS = st.lists(
    st.sampled_from(["We", "pay", "3.5", "on", "time,", "so:", "why?", "no…", "ẞ", "Yes.", "–"]), min_size=1
).map(" ".join)


def answered(text: str) -> Answer:
    return make_answer("s1", "a", text)


@given(TEXTS)
def test_every_reason_that_is_offered_stands_in_the_answer(text: str) -> None:
    answer = answered(text)
    form = form_of(TRADEOFF, answer)
    if form.values["reason"].strip(ENDS):
        assert form.reasons[0] == form.values["reason"]
    for words in form.reasons:
        assert check_correction("reason", words, TRADEOFF, answer.transcript) == words
        assert not check_sent(TRADEOFF, answer, {"reason": words}).problems


@given(TEXTS, st.sampled_from(KINDS), st.sampled_from([" ", "\r\n", "  \t"]))
def test_what_is_sent_as_it_is_shown_is_no_correction(text: str, question: Question, space: str) -> None:
    answer = answered(text)
    shown = {name: value.replace(" ", space) for name, value in fields_now(question, answer).items()}
    checked = check_sent(question, answer, shown)
    assert (checked.changes, checked.problems) == ({}, {})


@given(TEXTS, st.text(max_size=40), st.text(max_size=40))
def test_whatever_is_typed_is_kept_as_words_of_the_answer_or_told(text: str, reason: str, transcript: str) -> None:
    answer = answered(text)
    checked = check_sent(TRADEOFF, answer, {"reason": reason, "transcript": transcript})
    now = checked.changes.get("transcript", answer.transcript.text)
    if "reason" in checked.changes:
        assert checked.changes["reason"] in now
    assert not checked.changes.keys() & checked.problems.keys()


def test_long_sentences_are_offered_by_their_parts() -> None:
    long = "because " + "word " * LONGEST_OFFERED + "one, and we gave our word"
    form = form_of(TRADEOFF, answered(f"Well, I keep beta. It is beta, {long}! They pay; it holds."))
    assert form.reasons[1:] == (
        "Well, I keep beta",
        "It is beta",
        long.partition(",")[0],
        "and we gave our word",
        "They pay",
        "it holds",
    )


@pytest.mark.parametrize(("typed", "kept"), [("7.50", "7.5"), (" 8 ", "8"), ("0", None), ("inf", None), ("many", None)])
def test_a_number_is_kept_as_a_number(typed: str, kept: str | None) -> None:
    checked = check_sent(KINDS[2], answered("We are fine."), {"rating": typed})
    assert checked.changes.get("rating") == kept
    assert ("rating" in checked.problems) == (kept is None)
