"""What a speaker is told of their own answer: the choice, their own words for why, and nothing that they did not say."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import make_answer, yes_or_no
from voicepulse.interpretation.answers import SPEAKER, Answer, Correction
from voicepulse.interpretation.types import (
    Action,
    Evidence,
    Judgement,
    Rating,
    Reason,
    evidence,
    unread,
)
from voicepulse.report.understood import understood
from voicepulse.study import Question
from voicepulse.transcript.subtitles import transcript_of_text

TEXT = "I build alpha because it pays, unless Dana says no. I stop the weekly meeting and I start on Monday. A seven."
TRADEOFF = Question.model_validate(
    {"id": "q1", "prompt": "Which?", "options": [{"id": "a", "label": "Alpha"}, {"id": "b", "label": "Beta"}]}
)
PLAIN = {
    kind: Question.model_validate({"id": "q1", "kind": kind, "prompt": "Say."})
    for kind in ("agreement", "rating", "execution")
}


def found(words: str) -> Evidence:
    start = TEXT.index(words)
    return evidence(transcript_of_text(TEXT, "en"), start, start + len(words))


def answer_of(question: Question, **read: object) -> Answer:
    """An answer of this text with a reading in which only these things were heard."""
    reading = replace(unread(question), provenance={"reader": "a test"}, **read)  # type: ignore[arg-type]
    return Answer(question.id, "s1", "w1", "0" * 64, transcript_of_text(TEXT, "en"), reading)


def test_a_trade_off_with_all_that_can_be_heard() -> None:
    read = answer_of(
        TRADEOFF,
        choice=Judgement("a", {"a": 1.0}),
        reasons=(Reason(found("it pays,"), 0.9), Reason(found("on Monday"), 0.3)),
        qualified=Judgement("yes", {"yes": 1.0}, (found("unless Dana says no."),)),
        escalates=yes_or_no(True),
        costs=(found("the weekly meeting"),),
    )
    assert understood(TRADEOFF, read) == (
        "You would choose “Alpha”, because “it pays”. It hangs on a condition: “unless Dana says no”. "
        "You would ask somebody first. You accept what it costs: “the weekly meeting”."
    )


def test_the_other_kinds() -> None:
    agreed = answer_of(PLAIN["agreement"], stance=Judgement("disagree", {}), commitment=Judgement("commits", {}))
    assert understood(PLAIN["agreement"], agreed) == "You disagree. You will carry it out."
    assert (
        understood(PLAIN["rating"], answer_of(PLAIN["rating"], rating=Rating(7.5, found("A seven."))))
        == "You said 7.5 of 10."
    )
    assert understood(PLAIN["rating"], answer_of(PLAIN["rating"])) == "No number was heard."
    actions = (Action("start", True, found("start on Monday")), Action("stop", True, found("stop the weekly meeting")))
    told = understood(PLAIN["execution"], answer_of(PLAIN["execution"], actions=actions))
    assert told == "You start: “start on Monday”. You stop: “stop the weekly meeting”."
    assert understood(PLAIN["execution"], answer_of(PLAIN["execution"])).startswith("Nothing was heard")


@pytest.mark.parametrize("question", [TRADEOFF, *PLAIN.values()])
def test_of_what_no_reader_could_read_nothing_is_made_up(question: Question) -> None:
    answer = replace(answer_of(question), reading=unread(question))
    assert understood(question, answer) == ""


def test_the_speakers_own_word_is_told_even_where_no_reader_could_read() -> None:
    answer = replace(answer_of(TRADEOFF), reading=unread(TRADEOFF))
    assert understood(TRADEOFF, replace(answer, confirmed_choice="b")) == "You would choose “Beta”."
    said = (Correction("choice", "both", SPEAKER),)
    assert understood(TRADEOFF, replace(answer, confirmed_choice="b", corrections=said)) == "You would do both."


@given(
    choice=st.sampled_from(["a", "b", "both", "neither", "undecided"]),
    reason=st.text(st.characters(codec="utf-8", exclude_characters="“”"), max_size=40),
    qualified=st.booleans(),
    escalates=st.booleans(),
)
def test_every_quote_was_said_and_the_choice_is_named(
    choice: str, reason: str, qualified: bool, escalates: bool
) -> None:
    answer = make_answer("s1", choice, reason, qualified=qualified, escalates=escalates)
    told = understood(TRADEOFF, answer)
    quotes = set(re.findall("“([^“”]*)”", told)) - {"Alpha", "Beta"}
    assert all(quote in reason for quote in quotes)
    assert ("“Alpha”" in told) >= (choice == "a")
    assert ("“Beta”" in told) >= (choice == "b")
    assert ("hangs on" in told) >= qualified
    assert ("ask somebody first" in told) >= escalates
