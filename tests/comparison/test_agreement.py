"""Alpha's interval: the published figures, what it must hold, and where nothing can be told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.verdicts import alphas, as_units, count_codes, coverage, draw_codes
from voicepulse.comparison.agreement import CODES, alpha_interval, jackknife_interval, study_alpha, unit_agreement

# Krippendorff's (2011) example of nominal data: twelve units (the last with one value), four coders, 0 where one gave none.
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
).T

codes = st.sampled_from(CODES[:3])
studies = st.lists(st.lists(codes, min_size=1, max_size=7), min_size=0, max_size=8).map(
    lambda said: {f"q{u}": {f"s{i}": code for i, code in enumerate(row)} for u, row in enumerate(said)}
)
fast = settings(max_examples=150, deadline=None)


def test_the_jackknife_gives_what_its_author_published() -> None:
    """The figures that the tests of the R package krippendorffsalpha 2.0 (Hughes) hold for these data."""
    counts = np.array([[(row == code).sum() for code in range(1, 6)] for row in PUBLISHED])
    assert jackknife_interval(counts, 0.95) == pytest.approx((0.228, 0.951), abs=0.0005)
    assert jackknife_interval(counts, 0.99) == pytest.approx((-0.008, 0.975), abs=0.0005)


@given(studies)
@fast
def test_the_interval_holds_the_value_and_grows_with_the_level(units: dict[str, dict[str, str]]) -> None:
    found = alpha_interval(units)
    if found is None:
        return
    value, wider = study_alpha(units), alpha_interval(units, level=0.99)
    assert value is not None and wider is not None
    assert -1 <= wider[0] <= found[0] <= value <= found[1] <= wider[1] <= 1


@given(studies, st.randoms(use_true_random=False))
@fast
def test_the_order_and_names_of_questions_and_speakers_change_nothing(
    units: dict[str, dict[str, str]], random: object
) -> None:
    questions = [list(said.values()) for said in units.values()]
    for each in (questions, *questions):
        random.shuffle(each)  # type: ignore[attr-defined]
    again = {f"z{u}": {f"t{i}": code for i, code in enumerate(row)} for u, row in enumerate(questions)}
    assert study_alpha(again) == pytest.approx(study_alpha(units))
    assert alpha_interval(again) == pytest.approx(alpha_interval(units))


def said(*questions: str) -> dict[str, dict[str, str]]:
    """A question as a word: i for intended, o for the first other option."""
    meaning = {"i": "intended", "o": "other 1"}
    return {f"q{u}": {f"s{i}": meaning[letter] for i, letter in enumerate(row)} for u, row in enumerate(questions)}


@pytest.mark.parametrize(
    "units",
    [
        said(),
        said("iioo", "iiio"),  # two questions
        said("iioo", "iiio", "i"),  # the third was answered by one
        said("iiii", "oooo", "iiii"),  # no disagreement within a question
        said("iiio", "oooo", "iiii", "iiii"),  # all of it in one
        said("iiii", "iiii", "iiii"),  # nothing varies
        said("iioo", "iioo", "ooii"),  # nothing sets the questions apart
    ],
)
def test_where_too_little_can_be_told_there_is_no_interval(units: dict[str, dict[str, str]]) -> None:
    assert alpha_interval(units) is None


@pytest.mark.parametrize("units", [said("iioo"), said("iioo", "i"), said("iiii", "iiii")])
def test_one_question_or_no_variation_makes_no_alpha(units: dict[str, dict[str, str]]) -> None:
    """Of one question alpha would be 0 whatever was said, for chance is taken from that question itself."""
    assert study_alpha(units) is None
    assert {unit_agreement(name, units) for name in units} == {None}


@given(studies)
@fast
def test_questions_have_a_part_in_alpha_where_there_is_one(units: dict[str, dict[str, str]]) -> None:
    answered = {name: codes for name, codes in units.items() if len(codes) > 1}
    parts = {name: unit_agreement(name, units) for name in units}
    told = {name: part for name, part in parts.items() if part is not None}
    value = study_alpha(units)
    assert set(told) == (set(answered) if value is not None else set())
    if value is not None:
        n = sum(map(len, answered.values()))
        assert sum(len(answered[name]) * part for name, part in told.items()) / n == pytest.approx(value)


def test_more_questions_of_the_same_kind_narrow_the_interval() -> None:
    some = ("iiio", "ooio", "iioo", "oooo", "iiii")
    few, many = alpha_interval(said(*some)), alpha_interval(said(*some * 4))
    assert few is not None and many is not None
    assert many[1] - many[0] < (few[1] - few[0]) / 2


@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.9])
def test_the_benchmark_counts_alpha_as_the_library_does(alpha: float) -> None:
    rng = np.random.default_rng(1)
    for units in (3, 6, 20):
        drawn = draw_codes(alpha, units, rng)
        closed = alphas(count_codes(drawn)[None])[0]
        assert closed == pytest.approx(study_alpha(as_units(drawn)))


@pytest.mark.parametrize("alpha", [0.2, 0.6])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(alpha: float) -> None:
    rng = np.random.default_rng(2)
    found = [alpha_interval(as_units(draw_codes(alpha, 10, rng))) for _ in range(200)]
    assert coverage(found, alpha)[0] > 0.9
