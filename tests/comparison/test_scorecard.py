from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison.studies import MONEY, WORD, T, picture_of, said, study_of
from voicepulse.comparison.groups import group_speakers
from voicepulse.comparison.scorecard import Line, score
from voicepulse.interpretation.answers import Answer
from voicepulse.rhythm import Rhythm, WaveDates, rhythm
from voicepulse.study import Study

LINES = (
    "clarity",
    "decision velocity",
    "team alignment",
    "team of teams",
    "visibility",
    "accountability",
    "buy-in",
    "rhythm and learning",
)
STUDY = study_of({f"s{n}": ("", "xy"[n % 2]) for n in range(1, 8)}, ("q1", "q2", "ask", "rate", "doing"))


def card(
    answers: Sequence[Answer], before: Sequence[Answer] = (), held: Rhythm | None = None, study: Study = STUDY
) -> Mapping[str, Line]:
    picture = picture_of(study, answers, before)
    teams = group_speakers(study, picture.wave, "team", T)
    return {line.name: line for line in score(picture, teams, held)}


def counts(line: Line) -> list[tuple[int, int]]:
    return [(count.count, count.total) for count in line.counts]


def all_of(choices: str, reason: str = MONEY, **more: object) -> list[Answer]:
    return [said(f"s{n}", choice, reason, **more) for n, choice in enumerate(choices, 1)]


def test_the_lines_of_the_product_in_its_order() -> None:
    assert tuple(card(all_of("aab"))) == LINES


def test_where_nothing_was_asked_nothing_is_measured() -> None:
    found = card([said(f"s{n}", question="rate", rating=5) for n in range(1, 5)])
    assert [name for name, line in found.items() if line.counts] == []


def test_clarity_is_who_gives_a_reason_and_who_gives_the_one_most_give() -> None:
    answers = [*all_of("aaa"), said("s4", "a", WORD), said("s5", "a")]
    assert counts(card(answers)["clarity"]) == [(4, 5), (3, 5)]


def test_clarity_quotes_what_the_reasons_of_a_rating_call_unclear() -> None:
    vague, plain = "nobody knows what comes first", "we pull in one direction"
    answers = [
        said("s1", question="rate", reason=vague, rating=4),
        said("s2", question="rate", reason=plain, rating=8),
        said("s3", "a", reason="I don't know the customer"),  # that is no word on how aligned we are
    ]
    assert [one.evidence.quote for one in card(answers)["clarity"].said] == [vague]


@pytest.mark.parametrize(
    "slow",
    [
        said("s4", "a", MONEY, condition="unless the bank pays"),
        said("s4", "a", MONEY, asks="that is for Dana"),
        said("s4", "undecided", MONEY),
    ],
)
def test_who_waits_for_something_or_somebody_has_not_decided(slow: Answer) -> None:
    assert counts(card([*all_of("aab"), slow])["decision velocity"]) == [(3, 4)]


@pytest.mark.parametrize(("choices", "within", "between"), [("ababa", (2, 2), (0, 1)), ("aaaab", (1, 2), (1, 1))])
def test_teams_are_judged_within_and_between(choices: str, within: tuple[int, int], between: tuple[int, int]) -> None:
    """s1, s3 and s5 are one team, s2 and s4 the other."""
    found = card(all_of(choices))
    assert (counts(found["team alignment"]), counts(found["team of teams"])) == ([within], [between])


def test_visibility_is_who_names_the_cost_of_a_choice_that_was_made() -> None:
    answers = [
        said("s1", "a", MONEY, cost="we lose a few small ones"),
        said("s2", "a", MONEY),
        said("s3", "undecided", cost="either way we lose somebody"),
    ]
    assert counts(card(answers)["visibility"]) == [(1, 2)]


def test_accountability_is_commitment_above_all_of_those_who_disagree_and_concrete_actions() -> None:
    answers = [
        said("s1", "a", commitment="commits", stance="disagree"),
        said("s2", "b", stance="disagree"),
        said("s3", "a", commitment="commits", stance="agree"),
        said("s3", question="doing", actions=[("start", True, "call them on Monday"), ("stop", False, "less of it")]),
        said("s4", question="doing"),  # who was asked for actions alone was not asked to commit
    ]
    assert counts(card(answers)["accountability"]) == [(2, 3), (1, 2), (1, 2)]


def test_nobody_is_accountable_for_what_was_neither_asked_nor_said() -> None:
    assert card(all_of("aaaa"))["accountability"].counts == ()


@pytest.mark.parametrize(
    "more",
    [
        said("s1", question="ask", stance="agree"),  # asked outright, and nobody says so
        said("s1", question="doing"),
        said("s5", "a", commitment="refuses"),
    ],
)
def test_accountability_is_measured_where_it_was_asked_for_or_said(more: Answer) -> None:
    found = counts(card([*all_of("aaaa"), more])["accountability"])
    assert found[0][0] == 0


def test_buy_in_stands_beside_the_choices() -> None:
    answers = [said("s1", "b", stance="agree"), said("s2", "a", stance="disagree"), said("s3", "a")]
    assert counts(card(answers)["buy-in"]) == [(1, 2), (2, 3)]


def test_choices_are_no_buy_in() -> None:
    """Where nobody says whether they agree, following the strategy does not pass for it."""
    assert card(all_of("aaaa"))["buy-in"].counts == ()


def test_learning_counts_what_was_not_aligned_and_is_nearer_now() -> None:
    before = [*all_of("aabb"), *[said(f"s{n}", "a", MONEY, question="q2") for n in range(1, 5)]]
    now = [*all_of("aaaa"), *[said(f"s{n}", "ab"[n % 2], MONEY, question="q2") for n in range(1, 5)]]
    assert counts(card(now, before)["rhythm and learning"]) == [(1, 1)]


def test_falling_silent_is_no_learning() -> None:
    assert card(all_of("aaaa", ""), all_of("aabb"))["rhythm and learning"].counts == ()


def test_rhythm_is_whether_waves_were_held_when_due() -> None:
    days = {"w1": date(2026, 1, 5), "w2": date(2026, 4, 7), "w3": date(2026, 9, 30)}
    held = rhythm("quarterly", {name: WaveDates(day, day, day) for name, day in days.items()}, date(2026, 10, 1))
    assert counts(card(all_of("aab"), held=held)["rhythm and learning"]) == [(1, 2)]


spoken = st.lists(
    st.builds(
        said,
        st.sampled_from([f"s{n}" for n in range(1, 8)]),
        st.sampled_from(["a", "b", "undecided"]),
        st.sampled_from([MONEY, WORD, ""]),
        question=st.sampled_from(["q1", "q2", "ask", "rate", "doing"]),
        stance=st.sampled_from(["agree", "disagree", "unstated"]),
        commitment=st.sampled_from(["commits", "unstated"]),
        cost=st.sampled_from(["", "we lose a few"]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda answer: (answer.speaker, answer.question),
)


@given(spoken, spoken)
@settings(max_examples=40, deadline=None)
def test_every_line_counts_a_part_of_something(answers: list[Answer], before: list[Answer]) -> None:
    for line in card(answers, before).values():
        assert all(0 <= count.count <= count.total and count.total for count in line.counts)


@given(spoken)
@settings(max_examples=30, deadline=None)
def test_nobody_shares_a_reason_without_giving_one(answers: list[Answer]) -> None:
    given_and_shared = card(answers)["clarity"].counts
    assert not given_and_shared or given_and_shared[1].count <= given_and_shared[0].count


# --- what else is known once a count is


def beside(answers: Sequence[Answer], line: str, number: int = 0) -> list[int]:
    return sorted(card(answers)[line].counts[number].beside)


def test_clarity_tells_of_every_cluster_and_of_the_silent() -> None:
    answers = [*all_of("aab"), said("s4", "a"), said("s5", "a", WORD)]
    assert beside(answers, "clarity", 0) == beside(answers, "clarity", 1) == [1, 1, 1, 2]


def test_velocity_tells_question_by_question_who_hangs_who_does_not_and_who_is_undecided() -> None:
    second = [said(f"s{n}", "a", question="q2") for n in range(1, 4)]
    first = [*all_of("aa"), said("s3", "a", condition="unless the bank pays"), said("s4", "undecided")]
    assert beside([*first, *second], "decision velocity") == [1, 1, 2, 3]


def test_visibility_tells_who_named_a_cost_who_did_not_and_who_is_undecided() -> None:
    first = [said("s1", "a", cost="we lose a few"), *all_of("aaa")[1:], said("s4", "undecided", cost="we lose some")]
    assert beside(first, "visibility") == [1, 1, 2]


def test_choices_that_follow_tell_of_each_table() -> None:
    answers = [*all_of("aab", stance="agree"), said("s1", "b", question="q2")]
    assert beside(answers, "buy-in", 1) == [0] * 7 + [1, 1, 2]


def test_commitment_of_those_who_disagree_tells_of_those_who_do_not() -> None:
    answers = [
        said("s1", "a", commitment="commits", stance="disagree"),
        *[said(f"s{n}", "a", commitment="commits") for n in (2, 3)],
        said("s4", "a"),
    ]
    assert beside(answers, "accountability", 1) == [1, 1, 2]


@given(spoken, spoken)
@settings(max_examples=40, deadline=None)
def test_what_counts_no_people_over_all_questions_is_private(answers: list[Answer], before: list[Answer]) -> None:
    found = card(answers, before)
    private = {name for name, line in found.items() if line.counts and all(count.private for count in line.counts)}
    assert private >= {name for name in ("team alignment", "team of teams") if found[name].counts}
    assert not private & {"clarity", "decision velocity", "visibility", "buy-in"}


@given(spoken)
@settings(max_examples=40, deadline=None)
def test_a_count_follows_from_what_it_tells_beside(answers: list[Answer]) -> None:
    """Of what stands beside it some add up to the count, and all to everybody: where these are safe, so is the count."""
    found = card(answers)
    for line in ("decision velocity", "visibility"):
        for count in found[line].counts:
            assert sum(count.beside) == sum(a.question in ("q1", "q2") for a in answers)
            assert count.count in sums(count.beside)


def sums(parts: Sequence[int]) -> set[int]:
    found = {0}
    for part in parts:
        found |= {part + other for other in found}
    return found
