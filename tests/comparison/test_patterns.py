"""Each pattern of the product: when it is claimed, when it is looked for in vain, and when nothing can be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison.studies import LOAD, MONEY, WORD, pattern_of, picture_of, said, study_of
from voicepulse.comparison.patterns import Pattern, find_patterns
from voicepulse.interpretation.answers import Answer
from voicepulse.study import Study

E, M, S = "executive", "manager", "staff"
Stand = tuple[str, str]  # stance, choice


def levels(*names: str) -> Study:
    return study_of({f"s{n}": (name, "") for n, name in enumerate(names, 1)}, ("q1", "rate"))


def stands(*people: Stand, **more: object) -> list[Answer]:
    return [said(f"s{n}", choice, MONEY, stance=stance, **more) for n, (stance, choice) in enumerate(people, 1)]


def counts(pattern: Pattern) -> list[tuple[int, int]]:
    return [(count.count, count.total) for count in pattern.counts]


# --- agreement without alignment


def agreement(answers: Sequence[Answer]) -> Pattern:
    return pattern_of("agreement without alignment", study_of(9, ("q1", "q2", "q3")), answers)


def test_most_agree_and_their_choices_leave() -> None:
    found = agreement(stands(("agree", "b"), ("agree", "b"), ("agree", "both"), ("agree", "a"), ("disagree", "a")))
    assert (found.found, counts(found)) == (True, [(4, 5), (3, 4)])
    assert found.speakers == ("s1", "s2", "s3")
    assert [one.speaker for one in found.said] == ["s1", "s2", "s3"]


@pytest.mark.parametrize(
    "people",
    [
        [("agree", "a")] * 4,  # they choose as intended
        [("agree", "b")] * 2 + [("agree", "a")] * 2,  # half of their choices
        [("agree", "b")] * 3 + [("disagree", "b")] * 3,  # half of the people
        [("agree", "undecided")] * 4,  # who has not decided has left nothing
    ],
)
def test_agreement_is_not_called_hollow_without_a_majority_that_leaves(people: list[Stand]) -> None:
    assert agreement(stands(*people)).found is False


def test_agreement_is_measured_over_all_who_say_where_they_stand() -> None:
    """Three of eight agree; that only these three answer the trade-off makes them no majority."""
    stances = [said(f"s{n}", question="ask", stance="agree" if n < 4 else "disagree") for n in range(1, 9)]
    study = study_of(9, ("q1", "ask"))
    found = pattern_of("agreement without alignment", study, [*stances, *stands(*[("unstated", "b")] * 3)])
    assert (found.found, counts(found)) == (False, [(3, 8), (3, 3)])


def test_two_who_agree_are_too_few() -> None:
    assert agreement(stands(("agree", "b"), ("agree", "b"), ("unstated", "b"))).found is None


def test_one_person_who_answers_much_makes_no_pattern() -> None:
    one = [said("s1", "b", question=q, stance="agree") for q in ("q1", "q2", "q3")]
    others = [said(s, "a", stance="agree") for s in ("s2", "s3")]
    assert agreement([*one, *others]).found is False


def test_half_of_the_choices_is_not_most_of_them() -> None:
    """Two of three people leave, with one choice each; the third follows with two."""
    faithful = [said("s3", "a", question=q, stance="agree") for q in ("q1", "q2")]
    assert agreement([*stands(("agree", "b"), ("agree", "b")), *faithful]).found is False


# --- alignment without buy-in


def without_buy_in(answers: Sequence[Answer]) -> Pattern:
    return pattern_of("alignment without buy-in", study_of(5), answers)


def test_who_disagrees_commits_and_chooses_as_intended_is_aligned() -> None:
    people = [said("s1", "a", stance="disagree", commitment="commits", text="I'd have gone the other way"), *stands()]
    found = without_buy_in([*people, said("s2", "a", stance="agree"), said("s3", "a", stance="disagree")])
    assert (found.found, counts(found), found.speakers) == (True, [(1, 2)], ("s1",))


@pytest.mark.parametrize(("choice", "commitment"), [("b", "commits"), ("a", "refuses"), ("a", "unstated")])
def test_dissent_alone_is_not_that(choice: str, commitment: str) -> None:
    dissent = said("s1", choice, stance="disagree", commitment=commitment)
    assert without_buy_in([dissent, said("s2", "a"), said("s3", "a")]).found is False


def test_where_nobody_disagrees_there_is_nothing_to_see() -> None:
    assert without_buy_in(stands(*[("agree", "a")] * 5)).found is None


def test_dissent_that_carries_on_never_counts_as_misalignment() -> None:
    people = [said(f"s{n}", "a", MONEY, stance="disagree", commitment="commits") for n in range(1, 6)]
    picture = picture_of(study_of(5), people)
    assert picture.wave.comparison.questions[0].verdict == "aligned"
    assert [p.name for p in find_patterns(picture) if p.found] == ["alignment without buy-in"]


# --- same words, different meaning


def meaning(*explanations: str) -> Pattern:
    study = study_of(5, strategy="Enterprise before everybody else.")
    answers = [said(f"s{n}", "a", text=words) for n, words in enumerate(explanations, 1)]
    return pattern_of("same words, different meaning", study, answers)


SEATS, DINNER = "When I say enterprise I mean four hundred seats", "Enterprise means somebody flies out for dinner"


def test_a_word_that_is_explained_differently() -> None:
    found = meaning(SEATS, SEATS, DINNER)
    assert (found.found, found.words) == (True, ("enterprise",))
    assert [one.speaker for one in found.said] == ["s1", "s3"]  # one of each way


def test_a_word_that_is_explained_alike() -> None:
    assert meaning(SEATS, SEATS, SEATS).found is False


def test_two_who_explain_a_word_are_too_few() -> None:
    assert meaning(SEATS, DINNER).found is None


# --- leaders, ratings and what is lost on the way down


def test_leaders_are_aligned_and_the_organization_is_not() -> None:
    answers = [said(f"s{n}", choice, MONEY) for n, choice in enumerate("aaabb", 1)]
    found = pattern_of("leaders aligned, organization not", levels(E, E, S, S, S), answers)
    assert (found.found, found.questions, counts(found)) == (True, ("q1",), [(1, 1)])


def test_without_executives_nobody_can_stand_alone() -> None:
    answers = [said(f"s{n}", choice, MONEY) for n, choice in enumerate("aaabb", 1)]
    assert pattern_of("leaders aligned, organization not", levels(M, M, S, S, S), answers).found is None


@pytest.mark.parametrize(("others", "found"), [(6.0, True), (6.1, False), (10.0, True), (8.0, False)])
def test_the_gap_in_perception_is_two_points_or_more_either_way(others: float, found: bool) -> None:
    ratings = [8.0, 8.0, others, others, others]
    answers = [said(f"s{n}", question="rate", rating=rating) for n, rating in enumerate(ratings, 1)]
    assert pattern_of("perception gap", levels(E, E, S, S, S), answers).found is found


def test_two_points_are_two_points_whatever_floating_point_says() -> None:
    answers = [said(f"s{n}", question="rate", rating=r) for n, r in enumerate([8.2, 8.2, 6.2, 6.2, 6.2], 1)]
    assert 8.2 - 6.2 < 2
    assert pattern_of("perception gap", levels(E, E, S, S, S), answers).found is True


def test_without_ratings_there_is_no_gap_to_see() -> None:
    answers = [said(f"s{n}", "a", MONEY) for n in range(1, 6)]
    assert pattern_of("perception gap", levels(E, E, S, S, S), answers).found is None


def lost(above: str, below: str) -> Pattern:
    people = levels(*[E] * len(above), *[S] * len(below))
    answers = [said(f"s{n}", choice, MONEY) for n, choice in enumerate(above + below, 1)]
    return pattern_of("signal lost", people, answers)


@pytest.mark.parametrize(
    ("above", "below", "found"),
    [
        ("aaaa", "aaab", True),
        ("aaaa", "aaaab", False),
        ("abbb", "aaaa", False),
        ("aa", "bb", None),
        ("a", "bbbb", None),
    ],
)
def test_the_signal_is_lost_from_a_quarter_of_the_choices_on(above: str, below: str, found: bool | None) -> None:
    assert lost(above, below).found is found


def test_a_quarter_is_a_quarter_whatever_floating_point_says() -> None:
    assert 7 / 20 - 2 / 20 < 0.25
    assert lost("a" * 7 + "b" * 13, "a" * 2 + "b" * 18).found is True


# --- eroded


def eroded(then: Sequence[Answer], now: Sequence[Answer]) -> Pattern:
    return pattern_of("eroded", study_of(6), now, then)


def people(choices: str, reason: str = MONEY) -> list[Answer]:
    return [said(f"s{n}", choice, reason) for n, choice in enumerate(choices, 1)]


def test_what_was_aligned_and_is_not_any_more_with_who_moved_and_why() -> None:
    now = [*people("aaa"), said("s4", "b", LOAD), said("s5", "b", LOAD)]
    found = eroded(people("aaaaa"), now)
    assert (found.found, found.questions, found.speakers) == (True, ("q1",), ("s4", "s5"))
    assert counts(found) == [(0, 1), (2, 5)]
    assert [one.evidence.quote for one in found.said] == [LOAD, LOAD]


def test_what_is_still_aligned_has_not_eroded() -> None:
    assert eroded(people("aaaa"), people("aaaa", WORD)).found is False


def test_what_was_lost_earlier_is_still_lost() -> None:
    """Aligned, then open, then open: the loss is not forgotten with the wave that it was seen in."""
    found = pattern_of("eroded", study_of(6), people("aabb"), people("aaaa"), people("aabb"))
    assert (found.found, found.questions) == (True, ("q1",))


def test_a_question_that_was_aligned_twice_is_lost_once() -> None:
    found = pattern_of("eroded", study_of(6), people("aabb"), people("aaaa"), people("aaaa"))
    assert counts(found) == [(0, 1), (2, 4)]


def test_what_came_back_is_not_lost() -> None:
    assert pattern_of("eroded", study_of(6), people("aaaa"), people("aaaa"), people("aabb")).found is False


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (people("aabb"), people("abbb")),  # never aligned: nothing can be lost
        ([], people("aabb")),  # no earlier wave
        (people("aaa"), [*people("a"), said("s4", "b"), said("s5", "b")]),  # one person answered twice
        (people("aaaa"), people("aaaa", "")),  # silence is no different reason
    ],
)
def test_nothing_can_be_said_of_what_was_not_aligned_or_not_asked_twice(then: list[Answer], now: list[Answer]) -> None:
    assert eroded(then, now).found is None


# --- nobody stops anything


def doing(*actions: str, answered: int = 5) -> Pattern:
    """'start', 'stop' or 'shift', one a speaker; vague with a question mark. The rest of those who answer name none."""
    named = [
        said(f"s{n}", question="doing", actions=[(a.rstrip("?"), not a.endswith("?"), f"{a} this")])
        for n, a in enumerate(actions, 1)
    ]
    silent = [said(f"s{n}", question="doing") for n in range(len(actions) + 1, answered + 1)]
    return pattern_of("nobody stops anything", study_of(6, ("doing",)), [*named, *silent])


@pytest.mark.parametrize(
    ("actions", "found"),
    [
        (["start"] * 3, True),  # starts and no stops
        (["start", "start", "shift"], True),
        (["start?", "stop?", "shift?"], True),  # only vague ones
        (["start", "start", "stop"], False),
        (["stop"] * 3, False),
        (["shift"] * 3, False),  # who shifts takes from something
        (["start", "start"], None),  # of five, two name anything: the others may have said what nobody heard
        ([], None),
    ],
)
def test_starts_without_stops_or_only_vague_actions(actions: list[str], found: bool | None) -> None:
    assert doing(*actions).found is found


def test_one_person_who_starts_much_is_not_all_of_them() -> None:
    many = said("s1", question="doing", actions=[("start", True, f"begin number {n}") for n in range(4)])
    others = [said(s, question="doing") for s in ("s2", "s3", "s4")]
    assert pattern_of("nobody stops anything", study_of(4, ("doing",)), [many, *others]).found is None


def test_what_is_stopped_is_counted_by_people() -> None:
    found = doing("stop", "stop?", "start")
    assert counts(found) == [(2, 5), (2, 5)]


def test_who_stops_something_is_told_apart_by_question() -> None:
    """Each of three stops something: one on both questions, one on each alone. That follows from the counts of each question."""
    rows = {"e1": ["stop", "stop", "start"], "e2": ["stop", "start", "stop"]}
    study = study_of_executions(*rows)
    answers = [
        replace(said(f"s{n}", question="doing", actions=[(kind, True, f"{kind} it")]), question=name)
        for name, kinds in rows.items()
        for n, kind in enumerate(kinds, 1)
    ]
    stops, _ = pattern_of("nobody stops anything", study, answers).counts
    assert (stops.count, stops.total, stops.beside) == (3, 3, (1, 1, 1))


def study_of_executions(*names: str) -> Study:
    asked = [{"id": name, "kind": "execution", "prompt": "What will you do?"} for name in names]
    return Study.model_validate({**study_of(3).model_dump(), "questions": asked})


# --- working against each other


def test_two_whose_actions_collide_are_both_quoted() -> None:
    words = ["I'll stop the Friday custom builds", "I'll start the Friday custom builds", "I'll call my team"]
    kinds = ["stop", "start", "start"]
    answers = [
        said(f"s{n}", question="doing", actions=[(kind, True, text)])
        for n, (kind, text) in enumerate(zip(kinds, words, strict=True), 1)
    ]
    found = pattern_of("working against each other", study_of(3, ("doing",)), answers)
    assert found.found is True
    assert {(one.speaker, one.evidence.quote) for one in found.said} == {("s1", words[0]), ("s2", words[1])}


# --- all of them

study_answers = st.dictionaries(
    st.sampled_from([f"s{n}" for n in range(1, 8)]),
    st.tuples(
        st.sampled_from(["a", "b", "both", "undecided"]),
        st.sampled_from([MONEY, WORD, ""]),
        st.sampled_from(["agree", "disagree", "unstated"]),
        st.floats(1, 10),
        st.sampled_from(["start", "stop", "shift", ""]),
    ),
)
EVERYTHING = study_of({f"s{n}": ((E, M, S)[n % 3], "") for n in range(1, 8)}, ("q1", "rate", "doing"))
Row = tuple[str, str, str, float, str]


def everything(rows: dict[str, Row]) -> list[Answer]:
    return [
        answer
        for speaker, (choice, reason, stance, rating, action) in rows.items()
        for answer in (
            said(speaker, choice, reason, stance=stance),
            said(speaker, question="rate", rating=rating),
            said(speaker, question="doing", actions=[(action, True, f"{action} it")] if action else []),
        )
    ]


@given(study_answers)
@settings(max_examples=40, deadline=None)
def test_under_three_speakers_no_pattern_is_claimed(rows: dict[str, Row]) -> None:
    few = dict(list(rows.items())[:2])
    assert not any(pattern.found for pattern in find_patterns(picture_of(EVERYTHING, everything(few))))


@given(study_answers, study_answers)
@settings(max_examples=40, deadline=None)
def test_what_is_counted_is_a_part_of_something_and_what_is_not_measured_says_what_it_needs(
    rows: dict[str, Row], before: dict[str, Row]
) -> None:
    found = find_patterns(picture_of(EVERYTHING, everything(rows), everything(before)))
    assert len({pattern.name for pattern in found}) == len(found) == 9
    for pattern in found:
        assert pattern.needs
        assert all(0 <= count.count <= count.total and count.total for count in pattern.counts)
        assert pattern.found is not None or not (pattern.counts or pattern.said)


@given(study_answers, st.randoms())
@settings(max_examples=30, deadline=None)
def test_the_order_of_speakers_changes_no_pattern(rows: dict[str, Row], random: object) -> None:
    shuffled = everything(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def told(answers: list[Answer]) -> list[tuple[object, ...]]:
        found = find_patterns(picture_of(EVERYTHING, answers))
        return [(p.found, p.counts, p.values, p.questions, p.words, frozenset(p.speakers)) for p in found]

    assert told(shuffled) == told(everything(rows))


COUNTED_IN_ANONYMOUS = {"agreement without alignment", "nobody stops anything"}


@given(study_answers, study_answers)
@settings(max_examples=40, deadline=None)
def test_what_tells_of_few_people_is_private(rows: dict[str, Row], before: dict[str, Row]) -> None:
    for pattern in find_patterns(picture_of(EVERYTHING, everything(rows), everything(before))):
        assert all(count.private for count in pattern.counts) or pattern.name in COUNTED_IN_ANONYMOUS


# --- the words that patterns between levels rest on


def test_a_pattern_between_levels_quotes_both_sides() -> None:
    study = levels(E, E, S, S, S)
    answers = [said(f"s{n}", "a" if n < 3 else "b", MONEY if n < 3 else LOAD) for n in range(1, 6)]
    alone = pattern_of("leaders aligned, organization not", study, answers)
    assert [(one.speaker, one.evidence.quote) for one in alone.said] == [("s1", MONEY), ("s3", LOAD)]
    lost = pattern_of("signal lost", study, answers)
    assert [(one.speaker, one.evidence.quote) for one in lost.said] == [("s3", LOAD)]


def test_the_perception_gap_quotes_its_two_ends() -> None:
    study = levels(E, E, S, S, S)
    numbers = {"s1": 8, "s2": 9, "s3": 4, "s4": 3, "s5": 5}
    answers = [said(name, question="rate", rating=number) for name, number in numbers.items()]
    assert [one.speaker for one in pattern_of("perception gap", study, answers).said] == ["s2", "s4"]
