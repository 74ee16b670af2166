from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison.studies import MONEY, WORD, picture_of, said, study_of
from voicepulse.comparison.movement import Movement, Place, Step
from voicepulse.comparison.types import VERDICTS, Verdict
from voicepulse.interpretation.answers import Answer

STUDY = study_of(8, ["q1", "doing"])


def people(said_by_each: str, reason: str = MONEY, start: int = 1) -> list[Answer]:
    """'aab': the first and second choose a, the third b."""
    return [said(f"s{n}", choice, reason) for n, choice in enumerate(said_by_each, start)]


def movement(then: list[Answer], now: list[Answer]) -> Movement:
    (found,) = picture_of(STUDY, now, then).movements
    return found


def test_who_chooses_otherwise_has_moved_and_nobody_else() -> None:
    found = movement(people("aaaa"), people("aaab"))
    assert [(s.speaker, s.then.choice, s.now.choice) for s in found.steps if s.moved] == [("s4", "a", "b")]


def test_the_same_choice_for_another_reason_is_rethought() -> None:
    now = [*people("aaa"), said("s4", "a", WORD)]
    step = movement(people("aaaa"), now).steps[3]
    assert (step.moved, step.rethought) == (False, True)
    assert step.now.reason is not None and step.now.reason.evidence.quote == WORD


@pytest.mark.parametrize(("then", "now"), [(MONEY, ""), ("", MONEY)])
def test_silence_is_no_other_reason(then: str, now: str) -> None:
    found = movement([*people("aaa"), said("s4", "a", then)], [*people("aaa"), said("s4", "a", now)])
    assert not any(step.rethought for step in found.steps)


def test_who_came_and_who_left_have_not_moved() -> None:
    found = movement(people("aab"), people("bbb", start=3))
    assert (found.came, found.left) == ({"s4": "b", "s5": "b"}, {"s1": "a", "s2": "a"})
    assert [(s.speaker, s.moved) for s in found.steps] == [("s3", False)]


def test_a_question_without_two_verdicts_has_no_movement() -> None:
    assert picture_of(STUDY, people("aaa"), people("a")).movements == ()


@pytest.mark.parametrize(("now", "eroded"), [("aaaa", False), ("aabb", True), ("bbbb", False)])
def test_eroded_is_what_was_aligned_and_is_no_longer(now: str, eroded: bool) -> None:
    """All on the other option are still aligned: with each other."""
    assert movement(people("aaaa"), people(now)).eroded is eroded


def test_what_was_never_aligned_cannot_erode() -> None:
    assert not movement(people("aabb"), people("abbb")).eroded


def test_reasons_that_were_not_heard_erode_nothing() -> None:
    found = movement(people("aaaa"), [said("s1", "a", MONEY), *people("aaa", "", start=2)])
    assert (found.verdict_now, found.silent, found.eroded) == ("hidden", True, False)


def test_reasons_that_were_not_heard_improve_nothing() -> None:
    fell_silent, parted = movement(people("abab"), people("aaaa", "")), movement(people("abab"), parted_reasons())
    assert fell_silent.verdict_now == parted.verdict_now == "hidden"
    assert (fell_silent.improved, parted.improved) == (False, True)


def parted_reasons() -> list[Answer]:
    return [*people("aa"), *people("aa", WORD, start=3)]


def test_reasons_that_were_heard_and_part_erode() -> None:
    found = movement(people("aaaa"), parted_reasons())
    assert (found.verdict_now, found.eroded) == ("hidden", True)


@given(st.sampled_from(VERDICTS), st.sampled_from(VERDICTS))
def test_between_two_verdicts_one_way_is_up_and_the_other_is_not(then: Verdict, now: Verdict) -> None:
    forth = Movement("q1", "w1", "w2", then, now, (), {}, {})
    back = Movement("q1", "w1", "w2", now, then, (), {}, {})
    assert forth.improved + back.improved == (then != now)
    assert not (forth.improved and forth.eroded)


@pytest.mark.parametrize(("then", "now"), [("open", "hidden"), ("hidden", "aligned"), ("unresolved", "aligned")])
def test_nearer_to_aligned_is_better(then: Verdict, now: Verdict) -> None:
    assert Movement("q1", "w1", "w2", then, now, (), {}, {}).improved


answered = st.dictionaries(
    st.sampled_from([f"s{n}" for n in range(1, 7)]),
    st.tuples(st.sampled_from(["a", "b", "undecided"]), st.sampled_from([MONEY, WORD, ""])),
    min_size=2,
)


@given(answered, answered)
@settings(max_examples=40, deadline=None)
def test_each_speaker_stepped_came_or_left(then: dict[str, tuple[str, str]], now: dict[str, tuple[str, str]]) -> None:
    found = movement([said(s, *words) for s, words in then.items()], [said(s, *words) for s, words in now.items()])
    assert {step.speaker for step in found.steps} == then.keys() & now.keys()
    assert found.came == {s: now[s][0] for s in now.keys() - then.keys()}
    assert found.left == {s: then[s][0] for s in then.keys() - now.keys()}


@given(answered)
@settings(max_examples=40, deadline=None)
def test_who_says_the_same_again_has_not_moved(said_twice: dict[str, tuple[str, str]]) -> None:
    answers = [said(s, *words) for s, words in said_twice.items()]
    found = movement(answers, answers)
    assert not any(step.moved or step.rethought for step in found.steps)
    assert found.verdict_then == found.verdict_now


@pytest.mark.parametrize(("likely", "rethought"), [(0.9, False), (0.1, True), (None, False)])
def test_a_reason_is_another_one_if_the_speakers_own_words_say_so(likely: float | None, rethought: bool) -> None:
    """The groups that reasons fell into then and now do not count: they hang on what others said."""
    assert Step("s1", Place("a", 0, None), Place("a", 3, None), likely).rethought is rethought
