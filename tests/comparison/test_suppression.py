"""An anonymous study under attack: whoever knows the rule, and sees everything that is shown, learns of nobody what they said."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import WordHashEmbedder, make_answer
from voicepulse.comparison.compare import CompareOptions, compare_study
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.suppression import Disclosure, GivenAnswer
from voicepulse.comparison.types import ComparedWave
from voicepulse.interpretation.answers import Answer
from voicepulse.report.findings import find
from voicepulse.settings import Thresholds
from voicepulse.study import Speaker, Study

RULE = Disclosure(anonymous=True, counts_from=5, quotes_from=10)
OPEN = Disclosure(anonymous=False, counts_from=5, quotes_from=10)


def tables(cells: int, total: int) -> Iterator[tuple[int, ...]]:
    for head in itertools.product(range(total + 1), repeat=cells - 1):
        if sum(head) <= total:
            yield (*head, total - sum(head))


@pytest.mark.parametrize(("cells", "most"), [(2, 40), (3, 30), (4, 22), (5, 15)])
def test_no_withheld_count_follows_from_those_shown(cells: int, most: int) -> None:
    """Every table of so many cells: what looks the same from outside leaves each withheld count open."""
    for total in range(5, most):
        alike = defaultdict(list)
        for table in tables(cells, total):
            shown = tuple(RULE.table(dict(enumerate(table))).values())
            assert not any(count is not None and 0 < count < 5 for count in shown)
            alike[shown].append(table)
        for shown, possible in alike.items():
            for cell, count in enumerate(shown):
                assert count is not None or len({table[cell] for table in possible}) > 1, (total, shown, possible)


def test_a_table_that_tells_on_nobody_is_shown_whole() -> None:
    assert RULE.table({"a": 7, "b": 5, "c": 0}) == {"a": 7, "b": 5, "c": 0}
    assert OPEN.table({"a": 7, "b": 1}) == {"a": 7, "b": 1}


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6))
def test_the_groups_left_out_are_together_nobody_or_enough(sizes: list[int]) -> None:
    named = dict(enumerate(sizes))
    shown = RULE.groups(named)
    assert all(named[name] >= 5 for name in shown)
    left_out = sum(size for name, size in named.items() if name not in shown)
    assert left_out == 0 or left_out >= 5 or not shown


def answers_of(*names: str, question: str = "q1", take: str = "1") -> set[GivenAnswer]:
    return {GivenAnswer(question, name, f"{question} {name} {take}") for name in names}


PEOPLE = [f"s{n}" for n in range(14)]
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["answer", "answer", "answer", "erase"]), st.sampled_from(PEOPLE), st.sampled_from(["q1", "q2"])
    ),
    max_size=70,
)


@settings(max_examples=150, deadline=None)
@given(MOVES)
def test_whatever_comes_and_goes_no_two_reports_differ_by_a_few(moves: list[tuple[str, str, str]]) -> None:
    """Answers, new takes and erasures in any order, a report after each: over the whole and on each question, those who came and
    those who left between any two reports are nobody, or five and more."""
    present: dict[tuple[str, str], GivenAnswer] = {}
    gone: set[str] = set()
    shown: list[set[GivenAnswer]] = []
    for number, (move, name, question) in enumerate(moves):
        if move == "erase":
            gone.add(name)
            present = {place: answer for place, answer in present.items() if answer.speaker != name}
            shown = [
                {GivenAnswer(a.question, f"erased {name}", "") if a.speaker == name else a for a in one}
                for one in shown
            ]
        elif name not in gone:
            present[name, question] = GivenAnswer(question, name, f"take {number}")
        allowed = RULE.countable({*present.values()}, shown)
        assert allowed <= {*present.values()}
        assert allowed == RULE.countable({*present.values()}, shown)
        if allowed and allowed not in shown:
            shown.append(allowed)
    for earlier, later in itertools.combinations(shown, 2):
        for part in (earlier - later, later - earlier):
            for some in (part, *({a for a in part if a.question == q} for q in ("q1", "q2"))):
                who = {a.speaker for a in some}
                assert not who or len(who) >= 5
    for one in shown:
        for question in ("q1", "q2"):
            assert sum(a.question == question for a in one) not in range(1, 5)


def test_five_more_are_counted_and_four_wait() -> None:
    ten = answers_of(*PEOPLE[:10])
    assert RULE.countable(ten | answers_of("t1", "t2", "t3", "t4"), [ten]) == ten
    assert len(RULE.countable(ten | answers_of(*(f"t{n}" for n in range(5))), [ten])) == 15


def test_on_each_question_five_must_come() -> None:
    """Twelve new ones, but only two of them on the question that was shown before."""
    ten = answers_of(*PEOPLE[:10])
    more = answers_of("t1", "t2") | answers_of(*(f"t{n}" for n in range(12)), question="q2")
    counted = RULE.countable(ten | more, [ten])
    assert {a for a in counted if a.question == "q1"} == ten
    assert sum(a.question == "q2" for a in counted) == 12


def test_with_an_erased_speaker_four_others_stay_away() -> None:
    shown = answers_of(*PEOPLE[:12])
    kept = {GivenAnswer("q1", "erased", "") if a.speaker == "s3" else a for a in shown}
    assert len(RULE.countable(shown - answers_of("s3"), [kept])) == 7


def test_a_new_take_is_not_seen_in_the_difference() -> None:
    shown = answers_of(*PEOPLE[:12])
    now = (shown - answers_of("s3")) | answers_of("s3", take="2")
    counted = RULE.countable(now, [shown])
    assert len(counted) == 7
    assert not counted & answers_of("s3", take="2")


MONEY, WORD = "the money that it brings in", "we gave our word on it"
MakeStudy = Callable[..., Study]


def shown_of(study: Study, answers: list[Answer]) -> str:
    compared = compare_study(
        study, "w1", answers, WordHashEmbedder(), SameReason(12.0, -5.0), CompareOptions(Thresholds(), 3, 20)
    )
    return json.dumps(asdict(find(study, [ComparedWave(compared, tuple(answers))], Thresholds())), sort_keys=True)


@pytest.mark.parametrize("people", range(5, 18))
def test_all_findings_together_leave_a_withheld_choice_open(make_study: MakeStudy, people: int) -> None:
    """All ways to split so many people over two options: all findings taken together, sentences, verdict and figures.

    Splits that look the same cannot be told apart. One that stands alone must hold no count of one to four.
    """
    study = make_study(people, "anonymous")
    alike = defaultdict(set)
    for first in range(people + 1):
        answers = [
            make_answer(f"s{n}", "a" if n <= first else "b", MONEY, stance="agree" if n <= first else "disagree")
            for n in range(1, people + 1)
        ]
        alike[shown_of(study, answers)].add(first)
    for splits in alike.values():
        alone = next(iter(splits))
        assert len(splits) > 1 or all(part == 0 or part >= 5 for part in (alone, people - alone)), (people, splits)


def partitions(number: int, largest: int) -> Iterator[tuple[int, ...]]:
    """All ways to part so many people into groups."""
    if number == 0:
        yield ()
    for first in range(min(number, largest), 0, -1):
        yield from ((first, *rest) for rest in partitions(number - first, first))


@pytest.mark.parametrize("people", [5, 6, 7, 8, 9, 10, 11])
def test_who_shares_a_reason_with_few_stays_open(make_study: MakeStudy, people: int) -> None:
    """The same for reasons: all ways to part people of one choice into groups of one reason."""
    study = make_study(people, "anonymous")
    words = [f"zz{n:02}" for n in range(36)]
    alike = defaultdict(set)
    for sizes in partitions(people, people):
        reasons = [f"{words[2 * n]} {words[2 * n + 1]}" for n, size in enumerate(sizes) for _ in range(size)]
        answers = [make_answer(f"s{n}", "a", reason) for n, reason in enumerate(reasons, 1)]
        shown = shown_of(study, answers)
        for word in words:  # quotes are allowed from ten on; here it is counts that are looked for
            shown = shown.replace(word, "word")
        alike[shown].add(sizes)
    for possible in alike.values():
        alone = next(iter(possible))
        assert len(possible) > 1 or all(size >= 5 for size in alone), (people, possible)


def test_a_person_is_not_found_in_the_difference_of_levels(make_study: MakeStudy) -> None:
    """Three executives among many: their row is withheld, and so is whatever would leave them as the remainder."""
    levels = ["executive"] * 3 + ["manager"] * 6 + ["staff"] * 12
    study = make_study(21, "anonymous")
    speakers = [Speaker(id=f"s{n}", level=level) for n, level in enumerate(levels)]
    study = study.model_copy(update={"speakers": tuple(speakers)})
    answers = [make_answer(f"s{n}", "b" if n < 3 else "a", MONEY) for n in range(21)]
    compared = compare_study(
        study, "w1", answers, WordHashEmbedder(), SameReason(12.0, -5.0), CompareOptions(Thresholds(), 3, 20)
    )
    found = find(study, [ComparedWave(compared, tuple(answers))], Thresholds())
    assert found.levels is not None
    assert [group.name for group in found.levels.groups] == ["staff"]
    assert not found.levels.between
    assert all(within.mark is None for group in found.levels.groups for within in group.questions)


def test_nobody_follows_from_levels_and_choices_together(make_study: MakeStudy) -> None:
    """Five executives and eight staff, every split of both: no part of one to four people is the same in all that looks alike."""
    study = make_study(13, "anonymous")
    people = tuple(Speaker(id=f"s{n}", level="executive" if n < 5 else "staff") for n in range(13))
    study = study.model_copy(update={"speakers": people})
    alike = defaultdict(list)
    for top, rest in itertools.product(range(6), range(9)):
        choices = "a" * top + "b" * (5 - top) + "a" * rest + "b" * (8 - rest)
        answers = [make_answer(f"s{n}", choice, MONEY) for n, choice in enumerate(choices)]
        alike[shown_of(study, answers)].append((top, 5 - top, rest, 8 - rest, top + rest, 13 - top - rest))
    for possible in alike.values():
        for part in zip(*possible, strict=True):
            assert len(set(part)) > 1 or part[0] == 0 or part[0] >= 5, possible


def test_nobody_follows_from_two_waves(make_study: MakeStudy) -> None:
    """Ten people in two waves, every number of those who moved either way."""
    study = make_study(10, "anonymous")
    options = CompareOptions(Thresholds(), 3, 20)
    alike = defaultdict(list)
    for then, away, back in itertools.product(range(11), range(11), range(11)):
        if away > then or back > 10 - then:
            continue
        first = "a" * then + "b" * (10 - then)
        second = "b" * away + "a" * (then - away) + "a" * back + "b" * (10 - then - back)
        waves = []
        for name, choices in (("w0", first), ("w1", second)):
            answers = [make_answer(f"s{n}", choice, MONEY) for n, choice in enumerate(choices, 1)]
            compared = compare_study(study, name, answers, WordHashEmbedder(), SameReason(12.0, -5.0), options)
            waves.append(ComparedWave(compared, tuple(answers)))
        shown = json.dumps(asdict(find(study, waves, Thresholds())), sort_keys=True)
        now = then - away + back
        alike[shown].append((then, 10 - then, now, 10 - now, away, then - away, back, 10 - then - back))
    for possible in alike.values():
        for part in zip(*possible, strict=True):
            assert len(set(part)) > 1 or part[0] == 0 or part[0] >= 5, possible
