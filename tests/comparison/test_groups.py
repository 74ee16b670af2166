from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison.studies import LOAD, MONEY, WORD, groups_of, said, study_of, wave_of
from voicepulse.comparison.groups import (
    PerceptionGap,
    SignalLoss,
    group_speakers,
    leaders_alone,
    perception_gap,
    signal_lost,
)
from voicepulse.comparison.importance import is_settled
from voicepulse.interpretation.answers import Answer
from voicepulse.settings import Thresholds
from voicepulse.study import Study

E, M, S = "executive", "manager", "staff"
Said = tuple[str, str]  # choice, reason


def levels(*names: str) -> Study:
    return study_of({f"s{n}": (name, "") for n, name in enumerate(names, 1)}, ("q1", "q2", "rate"))


def teams(names: str) -> Study:
    """'xxy': the first and second are in team x."""
    return study_of({f"s{n}": ("", name) for n, name in enumerate(names, 1)}, ("q1", "q2"))


def each(*words: Said) -> list[Answer]:
    return [said(f"s{n}", *one) for n, one in enumerate(words, 1)]


def rated(*ratings: float) -> list[Answer]:
    return [said(f"s{n}", question="rate", rating=rating) for n, rating in enumerate(ratings, 1)]


def test_levels_stand_from_the_top_and_teams_by_name() -> None:
    assert [g.name for g in groups_of(levels(S, E, M), each(*[("a", MONEY)] * 3), "level").groups] == [E, M, S]
    assert [g.name for g in groups_of(teams("zxy"), each(*[("a", MONEY)] * 3)).groups] == ["x", "y", "z"]


def test_who_has_no_team_or_has_not_answered_is_in_no_group() -> None:
    found = groups_of(study_of({"s1": ("", "x"), "s2": ("", ""), "s3": ("", "y")}), each(("a", ""), ("a", "")))
    assert [group.speakers for group in found.groups] == [("s1",)]


said_by_each = st.lists(
    st.tuples(
        st.sampled_from(["a", "a", "b", "both", "undecided"]),
        st.sampled_from([MONEY, WORD, ""]),
        st.sampled_from(["", "", "if the bank pays"]),
    ),
    min_size=2,
    max_size=7,
)


@given(said_by_each)
@settings(max_examples=60, deadline=None)
def test_a_team_of_all_has_the_verdict_of_all(people: list[tuple[str, str, str]]) -> None:
    answers = [said(f"s{n}", c, r, condition=i) for n, (c, r, i) in enumerate(people, 1)]
    study = teams("x" * len(people))
    wave = wave_of(study, answers)
    (team,) = group_speakers(study, wave, "team", Thresholds()).groups
    within, whole = team.questions[0], wave.comparison.questions[0]
    assert (within.verdict, within.answered) == (whole.verdict, len(answers))
    assert within.on_choice == max(whole.choices.values())


@given(said_by_each, st.data())
@settings(max_examples=40, deadline=None)
def test_groups_add_up_to_all(people: list[tuple[str, str, str]], data: st.DataObject) -> None:
    names = "".join(data.draw(st.lists(st.sampled_from("xyz"), min_size=len(people), max_size=len(people))))
    found = groups_of(teams(names), each(*[(choice, reason) for choice, reason, _ in people]))
    assert sum(g.asked for g in found.groups) == sum(g.choosing for g in found.groups) == len(people)
    assert sum(g.intended for g in found.groups) == sum(choice == "a" for choice, *_ in people)
    assert all(w.heard <= w.on_choice <= w.answered for g in found.groups for w in g.questions)


def test_one_person_makes_no_verdict_and_is_no_voice() -> None:
    found = groups_of(teams("xxy"), each(("a", MONEY), ("a", MONEY), ("b", WORD)))
    assert [group.questions[0].verdict for group in found.groups] == ["aligned", None]
    assert found.between == {}


X: list[Said] = [("a", MONEY)] * 3


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        ([("a", MONEY)] * 2, "aligned"),
        ([("a", WORD)] * 2, "hidden"),
        ([("b", MONEY)] * 2, "open"),
        ([("undecided", MONEY)] * 2, "unresolved"),
    ],
)
def test_between_teams_each_is_one_voice_however_large(other: list[Said], verdict: str) -> None:
    assert groups_of(teams("xxxyy"), each(*X, *other)).between == {"q1": verdict}


def test_a_team_that_is_split_down_the_middle_has_no_voice() -> None:
    split = [("a", MONEY), ("b", WORD)]
    assert groups_of(teams("xxyy"), each(*split, *split)).between == {"q1": "unresolved"}


def test_a_team_of_two_reasons_lends_neither_to_another_team() -> None:
    found = groups_of(teams("xxyy"), each(("a", MONEY), ("a", WORD), ("a", WORD), ("a", WORD)))
    assert [group.questions[0].cluster is None for group in found.groups] == [True, False]
    assert found.between == {"q1": "hidden"}


def test_on_a_tie_no_choice_is_called_the_largest() -> None:
    found = groups_of(teams("xxyy"), each(("a", MONEY), ("b", MONEY), ("a", MONEY), ("a", MONEY)))
    assert [(w.choice, w.on_choice, w.cluster is None) for g in found.groups for w in g.questions[:1]] == [
        (None, 1, True),
        ("a", 2, False),
    ]


@pytest.mark.parametrize(
    ("reasons", "verdict", "settled"),
    [
        ([""] * 6, "hidden", False),
        ([MONEY, WORD, LOAD, "", "", ""], "hidden", False),  # half is not most
        ([MONEY, MONEY, WORD, WORD, LOAD, LOAD], "hidden", True),
        ([MONEY] * 5, "aligned", True),
        ([MONEY] * 4, "aligned", False),  # a first impression
    ],
)
def test_silence_and_few_people_settle_nothing_within_a_team(reasons: list[str], verdict: str, settled: bool) -> None:
    (team,) = groups_of(teams("x" * len(reasons)), each(*[("a", reason) for reason in reasons])).groups
    assert (team.questions[0].verdict, team.questions[0].settled) == (verdict, settled)


def test_silence_settles_nothing_between_teams() -> None:
    silent = groups_of(teams("xxxxxyyyyyzzzzz"), each(*[("a", "")] * 15))
    reasons = [("a", MONEY)] * 5 + [("a", WORD)] * 5 + [("a", LOAD)] * 5
    heard = groups_of(teams("xxxxxyyyyyzzzzz"), each(*reasons))
    assert silent.between == heard.between == {"q1": "hidden"}
    assert (silent.settled, heard.settled) == (frozenset(), {"q1"})


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("ab")), min_size=2, max_size=16))
@settings(max_examples=40, deadline=None)
def test_no_team_looks_more_certain_than_the_whole(people: list[tuple[str, str]]) -> None:
    study = teams("".join(team for team, _ in people))
    wave = wave_of(study, each(*[(choice, MONEY) for _, choice in people]))
    found = group_speakers(study, wave, "team", Thresholds())
    told = [w for g in found.groups for w in g.questions if w.question == "q1"]
    whole = is_settled(wave.comparison.questions[0], Thresholds())
    assert all(whole and w.answered >= 5 for w in told if w.settled)
    voices = [w for w in told if w.answered > 1]
    assert "q1" not in found.settled or (whole and all(w.answered >= 5 for w in voices))


@pytest.mark.parametrize(("sure", "settled"), [(1.0, True), (0.9, True), (0.5, False)])
def test_no_verdict_of_a_team_is_settled_where_choices_may_be_misread(sure: float, settled: bool) -> None:
    people = [said(f"s{n}", choice, MONEY, sure=sure) for n, choice in enumerate("aabbbaaabb", 1)]
    found = groups_of(teams("xxxxxyyyyy"), people)
    assert {w.settled for g in found.groups for w in g.questions if w.verdict} == {settled}
    assert ("q1" in found.settled) is settled


def gap(study: Study, answers: Sequence[Answer]) -> PerceptionGap | None:
    return perception_gap(study, wave_of(study, answers))


def test_the_gap_is_between_medians_of_executives_and_of_all_others() -> None:
    found = gap(levels(E, E, E, M, S, S), rated(8, 9, 2, 6, 5, 1))
    assert found is not None
    assert (found.executives, found.others, found.size) == (8, 5, 3)


def test_it_is_as_wide_whoever_sees_it_better() -> None:
    found = gap(levels(E, E, M, S, S), rated(4, 4, 7, 7, 7))
    assert found is not None and found.size == 3


def test_who_has_no_level_is_on_neither_side() -> None:
    study = study_of({"s1": (E, ""), "s2": (E, ""), "s3": (S, ""), "s4": (S, ""), "s5": ("", "")}, ("rate",))
    assert gap(study, rated(8, 8, 4, 4, 4)) is None


@pytest.mark.parametrize("people", [(E, M, M, S, S), (E, E, S, S)])
def test_too_few_of_either_make_no_gap(people: tuple[str, ...]) -> None:
    assert gap(levels(*people), rated(9, 9, 1, 1, 1)[: len(people)]) is None


def test_one_executive_who_rates_twice_is_one_executive() -> None:
    study = study_of({"s1": (E, ""), "s2": (S, ""), "s3": (S, ""), "s4": (S, "")}, ("rate", "again"))
    assert gap(study, [*rated(9, 4, 4, 4), said("s1", question="again", rating=9)]) is None


def test_of_two_ratings_of_one_person_the_middle_counts() -> None:
    study = study_of({"s1": (E, ""), "s2": (E, ""), "s3": (S, ""), "s4": (S, ""), "s5": (S, "")}, ("rate", "again"))
    found = gap(study, [*rated(9, 7, 4, 4, 4), said("s1", question="again", rating=5)])
    assert found is not None and (found.executives, found.executives_rated) == (7, 2)


def choosing(*choices: str) -> list[Answer]:
    return [said(f"s{n}", choice, MONEY) for n, choice in enumerate(choices, 1)]


def loss(study: Study, answers: Sequence[Answer]) -> SignalLoss | None:
    return signal_lost(group_speakers(study, wave_of(study, answers), "level", Thresholds()))


def test_the_signal_is_lost_where_most_choices_leave() -> None:
    found = loss(levels(E, E, E, M, M, M, S, S, S), choosing(*"aaaaaaabb"))
    assert found is not None
    assert (found.above.name, found.below.name) == (M, S)
    assert found.size == pytest.approx(2 / 3)


def test_nothing_is_lost_where_lower_levels_follow_more() -> None:
    found = loss(levels(E, E, E, S, S, S), choosing(*"abbaaa"))
    assert found is not None and found.size < 0


def test_a_level_in_which_one_person_chose_cannot_lose_it() -> None:
    """The others of that level answered the rating alone."""
    study = levels(E, E, E, S, S, S)
    answers = [*choosing(*"aaab"), *rated(5, 5, 5, 5, 5, 5)]
    assert loss(study, answers) is None


def test_two_against_two_are_persons_and_no_levels_though_a_third_level_is_large() -> None:
    found = loss(levels(E, E, M, M, S, S, S), choosing(*"aabbbbb"))
    assert found is not None and (found.above.name, found.size) == (M, 0)


def apart(study: Study, answers: Sequence[Answer]) -> tuple[str, ...] | None:
    wave = wave_of(study, answers)
    return leaders_alone(wave, group_speakers(study, wave, "level", Thresholds()), Thresholds())


TOP: list[Said] = [("a", MONEY)] * 2


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ([("a", MONEY)] * 4, ()),
        ([("a", MONEY)] * 2 + [("b", WORD)] * 2, ("q1",)),  # open
        ([("b", WORD)] * 4, ("q1",)),  # aligned, with each other
        ([("a", MONEY), ("a", WORD), ("a", WORD), ("a", LOAD)], ("q1",)),  # hidden
        ([("a", MONEY), ("a", ""), ("a", ""), ("a", "")], ()),  # the same choice; the reasons were not heard
    ],
)
def test_leaders_stand_alone_where_the_others_are_not_aligned_with_them(
    others: list[Said], found: tuple[str, ...]
) -> None:
    assert apart(levels(E, E, M, M, S, S), each(*TOP, *others)) == found


def test_leaders_who_are_not_aligned_do_not_stand_alone() -> None:
    assert apart(levels(E, E, S, S, S), each(("a", MONEY), ("b", WORD), *[("b", WORD)] * 3)) == ()


@pytest.mark.parametrize("people", [(E, M, S, S), (E, E, S, S)])
def test_too_few_are_no_leaders_and_no_organization(people: tuple[str, ...]) -> None:
    assert apart(levels(*people), each(*TOP, *[("b", WORD)] * 2)) is None


def test_a_question_that_few_of_the_others_answered_says_nothing_of_them() -> None:
    elsewhere = [said("s5", "a", MONEY, question="q2")]
    assert apart(levels(E, E, S, S, S), [*each(*TOP, ("b", WORD), ("b", WORD)), *elsewhere]) == ()
