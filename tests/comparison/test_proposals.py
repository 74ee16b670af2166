from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison.studies import LOAD, MONEY, WORD, T, said, study_of, wave_of
from voicepulse.comparison.importance import by_importance
from voicepulse.comparison.proposals import MOST_TO_SETTLE, Proposals, propose
from voicepulse.interpretation.answers import Answer
from voicepulse.study import Study

SMALL, LATE = "we lose a few small ones", "the wizard comes later"


def drafts(answers: Sequence[Answer], study: Study | None = None) -> Proposals:
    study = study or study_of(5)
    wave = wave_of(study, answers)
    return propose(study, wave, by_importance(wave.comparison.questions, T), T)


def all_of(choices: str, reason: str = MONEY, **more: object) -> list[Answer]:
    return [said(f"s{n}", choice, reason, **more) for n, choice in enumerate(choices, 1)]


def test_a_rule_is_what_a_clear_majority_does_at_the_cost_that_most_of_them_name() -> None:
    (rule,) = drafts(
        [
            said("s1", "a", MONEY, cost=LATE),
            *[said(f"s{n}", "a", MONEY, cost=SMALL) for n in (2, 3)],
            said("s4", "b", WORD, cost="that costs us the bank"),
        ]
    ).rules
    assert (rule.choice, rule.others, rule.supporters, rule.answered, rule.as_intended) == ("a", ("b",), 3, 4, True)
    assert [(one.speaker, one.evidence.quote) for one in rule.cost] == [("s2", SMALL), ("s3", SMALL)]
    assert {one.evidence.quote for one in rule.reasons} == {MONEY}


@pytest.mark.parametrize(
    "answers",
    [
        all_of("aab"),  # two of three are no three quarters
        all_of("aaaa", condition="unless the bank pays"),  # nothing is decided
        [said(f"s{n}", "both", MONEY) for n in range(1, 5)],  # to do both is no rule for when they compete
        all_of("a"),
    ],
)
def test_no_rule_without_a_clear_majority_for_one_option(answers: list[Answer]) -> None:
    assert drafts(answers).rules == ()


def test_a_rule_against_the_strategy_says_so_and_without_an_intention_it_says_nothing() -> None:
    assert drafts(all_of("bbbb")).rules[0].as_intended is False
    assert drafts(all_of("bbbb"), study_of(5, intended=None)).rules[0].as_intended is None


def test_what_is_aligned_needs_no_settling() -> None:
    assert drafts(all_of("aaaa")).settle == ()


def test_open_sides_all_stand_with_their_counts_also_those_that_gave_no_reason() -> None:
    (settle,) = drafts([*all_of("aaa"), said("s4", "b"), said("s5", "b")]).settle
    told = [(choice, count, [one.evidence.quote for one in words]) for choice, count, words in settle.sides]
    assert (settle.why, told) == ("open", [("a", 3, [MONEY]), ("b", 2, [])])


def test_hidden_sides_are_the_reasons_for_one_choice() -> None:
    reasons = [MONEY, MONEY, WORD, WORD, LOAD]
    same_choice = [said(f"s{n}", "a", reason) for n, reason in enumerate(reasons, 1)]
    (settle,) = drafts([*same_choice, said("s6", "b", MONEY)], study_of(6)).settle
    told = [(choice, count, [one.evidence.quote for one in words]) for choice, count, words in settle.sides]
    assert settle.why == "hidden"
    assert told == [("a", 2, [MONEY]), ("a", 2, [WORD]), ("a", 1, [LOAD])]


def test_silence_is_asked_again_and_is_nothing_to_settle() -> None:
    found = drafts([said("s1", "a", MONEY), *[said(f"s{n}", "a") for n in (2, 3, 4, 5)]])
    assert found.settle == ()
    assert [(again.speaker, again.on) for again in found.again] == [
        (f"s{n}", (("q1", "no reason was heard"),)) for n in (2, 3, 4, 5)
    ]


def test_unresolved_names_what_the_answers_wait_for() -> None:
    condition, owner = "unless the bank pays", "that is for Dana"
    (settle,) = drafts(
        [
            said("s1", "a", MONEY, condition=condition),
            said("s2", "a", MONEY, asks=owner),
            said("s3", "undecided", MONEY),
            said("s4", "a", MONEY),
        ]
    ).settle
    told = [(what, count, [one.evidence.quote for one in words]) for what, count, words in settle.sides]
    assert told == [("a condition", 1, [condition]), ("somebody else", 1, [owner]), ("no decision yet", 1, [])]


def test_at_most_three_questions_go_into_the_room_those_that_matter_most() -> None:
    names = ["q1", "q2", "q3", "q4", "q5"]
    study = study_of(5, names)
    answers = [said(f"s{n}", c, MONEY, question=q) for q in names for n, c in enumerate("aabba", 1)]
    wave = wave_of(study, answers)
    found = propose(study, wave, ("q5", "q3", "q1", "q2", "q4"), T)
    assert [settle.question for settle in found.settle] == ["q5", "q3", "q1"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (said("s1", "a", MONEY, sure=0.4), "the choice was not surely read"),
        (said("s1", "undecided", MONEY), "has not decided"),
        (said("s1", "a"), "no reason was heard"),
        (said("s2", "a", MONEY), "no answer yet"),
    ],
)
def test_why_one_goes_back_to_a_speaker(answer: Answer, why: str) -> None:
    again = {one.speaker: one.on for one in drafts([answer], study_of(2)).again}
    assert again["s1"] == (("q1", why),)


def test_who_left_most_open_is_asked_first_and_who_left_nothing_is_not() -> None:
    study = study_of(3, ["q1", "q2"])
    answers = [said("s2", "a", MONEY), *[said("s3", "a", MONEY, question=q) for q in ("q1", "q2")]]
    assert [one.speaker for one in drafts(answers, study).again] == ["s1", "s2"]


spoken = st.lists(
    st.builds(
        said,
        st.sampled_from([f"s{n}" for n in range(1, 6)]),
        st.sampled_from(["a", "a", "b", "both", "undecided"]),
        st.sampled_from([MONEY, WORD, ""]),
        question=st.sampled_from(["q1", "q2", "q3", "q4"]),
        condition=st.sampled_from(["", "", "unless the bank pays"]),
        cost=st.sampled_from(["", SMALL, LATE]),
    ),
    max_size=20,
    unique_by=lambda answer: (answer.speaker, answer.question),
)


@given(spoken)
@settings(max_examples=50, deadline=None)
def test_every_quote_under_a_draft_was_said_by_that_speaker(answers: list[Answer]) -> None:
    found = drafts(answers, study_of(5, ["q1", "q2", "q3", "q4"]))
    texts = {(a.speaker, a.question, a.recording): a.transcript.text for a in answers}
    quoted = [one for rule in found.rules for one in (*rule.cost, *rule.reasons)]
    quoted += [one for settle in found.settle for *_, words in settle.sides for one in words]
    assert all(one.evidence.quote in texts[one.speaker, one.question, one.recording] for one in quoted)
    assert len(found.settle) <= MOST_TO_SETTLE
    assert all(settle.sides for settle in found.settle)
