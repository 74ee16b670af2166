from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.comparison.studies import T, said, study_of
from voicepulse.comparison.positions import Position, count_cells, positions_of
from voicepulse.interpretation.answers import Answer

STUDY = study_of(3, ["q1", "q2", "ask"])


def position(*answers: Answer) -> Position:
    return positions_of(STUDY, answers, T.unsure_confidence)[0]


@pytest.mark.parametrize(
    ("stance", "choice", "cell"),
    [
        ("agree", "a", "aligned with buy-in"),
        ("disagree", "a", "aligned without buy-in"),
        ("agree", "b", "agreement without alignment"),
        ("disagree", "b", "open dissent"),
        ("unstated", "b", None),
    ],
)
def test_a_cell_is_what_is_said_beside_what_is_chosen(stance: str, choice: str, cell: str | None) -> None:
    assert position(said("s1", choice, stance=stance)).cell == cell


def test_one_of_two_choices_as_intended_is_not_most_of_them() -> None:
    assert position(said("s1", "a"), said("s1", "b", question="q2")).chooses_intended is False


def test_who_is_undecided_follows_nothing_and_leaves_nothing() -> None:
    found = position(said("s1", "undecided"), said("s1", "both", question="q2"))
    assert (found.asked, found.intended, found.otherwise) == (2, 0, 1)


def test_who_made_no_choice_has_no_cell() -> None:
    alone = position(said("s1", question="ask", stance="agree"))
    assert (alone.chooses_intended, alone.cell) == (None, None)


def test_a_question_that_intends_nothing_counts_for_nobody() -> None:
    (found,) = positions_of(study_of(1, intended=None), [said("s1", "a", stance="agree")], T.unsure_confidence)
    assert (found.asked, found.cell) == (0, None)


def test_an_answer_to_the_question_for_agreement_outweighs_what_is_said_by_the_way() -> None:
    outright = said("s1", question="ask", stance="disagree")
    by_the_way = [said("s1", "a", question=q, stance="agree") for q in ("q1", "q2")]
    found = position(*by_the_way, outright)
    assert (found.stance, found.stated) == ("disagree", outright)


def test_who_answers_the_question_for_agreement_evasively_is_taken_at_the_word_said_by_the_way() -> None:
    assert position(said("s1", question="ask"), said("s1", "a", stance="agree")).stance == "agree"


def test_who_says_both_has_said_neither() -> None:
    found = position(said("s1", "a", stance="agree"), said("s1", "a", question="q2", stance="disagree"))
    assert (found.stance, found.stated) == ("unstated", None)


def test_unsure_readings_are_counted() -> None:
    found = position(said("s1", "a", sure=0.5), said("s1", "a", question="q2", sure=T.unsure_confidence))
    assert found.unsure == 1


spoken = st.lists(
    st.tuples(
        st.sampled_from(["s1", "s2", "s3"]),
        st.sampled_from(["q1", "q2", "ask"]),
        st.sampled_from(["a", "b", "both", "undecided"]),
        st.sampled_from(["agree", "disagree", "unstated"]),
    ),
    unique_by=lambda answer: answer[:2],
)


@given(spoken, st.randoms())
def test_the_order_of_answers_changes_no_position(rows: list[tuple[str, str, str, str]], random: object) -> None:
    answers = [said(s, choice, question=q, stance=stance) for s, q, choice, stance in rows]
    shuffled = list(answers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def told(given: list[Answer]) -> list[tuple[object, ...]]:
        found = positions_of(STUDY, given, T.unsure_confidence)
        return [(p.speaker, p.stance, p.asked, p.intended, p.otherwise, p.cell) for p in found]

    assert told(shuffled) == told(answers)


@given(spoken)
def test_each_speaker_who_answered_has_one_place(rows: list[tuple[str, str, str, str]]) -> None:
    answers = [said(s, choice, question=q, stance=stance) for s, q, choice, stance in rows]
    found = positions_of(STUDY, answers, T.unsure_confidence)
    assert [p.speaker for p in found] == sorted({a.speaker for a in answers})
    assert sum(count_cells(found).values()) + sum(p.cell is None for p in found) == len(found)
    assert all(p.intended + p.otherwise <= p.asked for p in found)
