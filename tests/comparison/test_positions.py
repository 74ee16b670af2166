from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.comparison.studies import T, said, study_of
from voicepulse.comparison.positions import Position, count_cells, positions_of, stated_agreement
from voicepulse.interpretation.answers import Answer

STUDY = study_of(3, ["q1", "q2", "q3", "ask"])


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


@pytest.mark.parametrize(
    ("choices", "chooses"),
    [
        (["a"], "intended"),
        (["b"], "otherwise"),
        (["both"], "otherwise"),
        (["a", "b"], "split"),
        (["undecided"], "split"),
        (["undecided", "a"], "split"),
        (["undecided", "b"], "split"),
        (["undecided", "a", "a"], "intended"),
    ],
)
def test_a_clear_choice_is_more_than_half_of_them(choices: list[str], chooses: str) -> None:
    made = [said("s1", choice, question=f"q{n}", stance="agree") for n, choice in enumerate(choices, 1)]
    found = position(*made)
    assert found.chooses == chooses
    assert (found.cell is None) == (chooses == "split")


def test_who_is_undecided_follows_nothing_and_leaves_nothing() -> None:
    found = position(said("s1", "undecided"), said("s1", "both", question="q2"))
    assert (found.asked, found.intended, found.otherwise) == (2, 0, 1)


def test_who_made_no_choice_has_no_cell() -> None:
    alone = position(said("s1", question="ask", stance="agree"))
    assert (alone.chooses, alone.cell) == (None, None)


def test_a_question_that_intends_nothing_counts_for_nobody() -> None:
    (found,) = positions_of(study_of(1, intended=None), [said("s1", "a", stance="agree")], T.unsure_confidence)
    assert (found.asked, found.cell) == (0, None)


def test_an_answer_to_the_question_for_agreement_outweighs_what_is_said_by_the_way() -> None:
    outright = said("s1", question="ask", stance="disagree")
    by_the_way = [said("s1", "a", question=q, stance="agree") for q in ("q1", "q2")]
    found = position(*by_the_way, outright)
    assert (found.stance, found.stated) == ("disagree", outright)


def test_who_answers_the_question_for_agreement_evasively_has_not_said() -> None:
    assert position(said("s1", question="ask"), said("s1", "a", stance="agree")).stance == "unstated"
    assert position(said("s1", "a", stance="agree")).stance == "agree"


def test_who_says_both_has_said_neither() -> None:
    found = position(said("s1", "a", stance="agree"), said("s1", "a", question="q2", stance="disagree"))
    assert (found.stance, found.stated) == ("unstated", None)


def test_unsure_readings_are_counted() -> None:
    found = position(said("s1", "a", sure=0.5), said("s1", "a", question="q2", sure=T.unsure_confidence))
    assert found.unsure == 1


def test_agreement_is_counted_over_all_who_say_where_they_stand() -> None:
    answers = [
        *[said(f"s{n}", question="ask", stance="agree" if n < 3 else "disagree") for n in range(1, 4)],
        said("s1", "a"),
    ]
    found = stated_agreement(positions_of(STUDY, answers, T.unsure_confidence))
    assert (found.count, found.total) == (2, 3)
    assert sorted(found.beside) == [1, 1, 1]  # who agrees and chose, who agrees and did not, who disagrees


def test_who_was_asked_outright_is_not_counted_by_what_they_say_by_the_way() -> None:
    """So the question that asks for it and the whole study never tell different counts of the same people."""
    study = study_of(7, ["q1", "ask"])
    answers = [said(f"s{n}", question="ask", stance="agree" if n < 7 else "unstated") for n in range(1, 8)]
    found = stated_agreement(positions_of(study, [*answers, said("s7", "a", stance="agree")], T.unsure_confidence))
    assert (found.count, found.total, sorted(found.beside)) == (6, 6, [1, 6])


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


@given(spoken)
def test_what_agreement_tells_beside_adds_up_to_everybody(rows: list[tuple[str, str, str, str]]) -> None:
    positions = positions_of(STUDY, [said(s, c, question=q, stance=stance) for s, q, c, stance in rows], 0.6)
    found = stated_agreement(positions)
    assert sum(found.beside) == len(positions)
    assert 0 <= found.count <= found.total <= len(positions)
