"""The definition, at its borders; and against every labelled question, where those are on this machine."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.verdicts import ERRORS, counted, plant, read, say
from tests.conftest import BENCH, WordHashEmbedder, make_answer
from voicepulse.comparison.compare import CompareOptions, compare_question
from voicepulse.comparison.importance import is_settled
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.types import VERDICTS, Comparison
from voicepulse.comparison.verdict import (
    NO_REASON,
    Shares,
    UncertainAnswers,
    band_of,
    decide,
    settles,
    shares_of,
    stability,
    worth_of_review,
)
from voicepulse.interpretation.answers import Answer
from voicepulse.settings import Thresholds
from voicepulse.study import Question

T = Thresholds()
QUESTION = Question.model_validate(
    {"id": "q1", "prompt": "Which?", "options": [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]}
)


@pytest.mark.parametrize(
    ("unresolved", "largest", "shared", "verdict"),
    [
        (0.5, 1.0, 1.0, "unresolved"),
        (0.49, 1.0, 1.0, "aligned"),
        (0.0, 0.74, 1.0, "open"),
        (0.0, 0.75, 1.0, "aligned"),
        (0.0, 1.0, 0.59, "hidden"),
        (0.0, 1.0, 3 / 5, "aligned"),
        (0.0, 0.75, 0.6, "aligned"),
        (0.6, 0.2, 0.0, "unresolved"),
    ],
)
def test_the_verdict_at_its_borders(unresolved: float, largest: float, shared: float, verdict: str) -> None:
    assert decide(Shares(unresolved, largest, shared), T) == verdict


@pytest.mark.parametrize(("of_five", "band"), [(5, "high"), (4, "high"), (3, "moderate"), (2, "low"), (1, "low")])
def test_the_band_of_five_people(of_five: int, band: str) -> None:
    assert band_of(of_five / 5, T) == band


@pytest.mark.parametrize("part", ["dev", "train"])
def test_labels_give_the_labelled_verdict(part: str) -> None:
    if not (BENCH / part).is_dir():
        pytest.skip("the labelled answers are not on this machine")
    checked = 0
    for path in sorted((BENCH / part).glob("*.json")):
        study = json.loads(path.read_text())
        for question in study["questions"]:
            gold = [a["gold"] for a in study["answers"] if a["question"] == question["id"]]
            choices = sorted({g["choice"] for g in gold})
            themes = sorted({r["theme"] for g in gold for r in g["reasons"]})
            shares = shares_of(
                np.array([choices.index(g["choice"]) for g in gold]),
                np.array([themes.index(g["reasons"][0]["theme"]) if g["reasons"] else NO_REASON for g in gold]),
                np.array([g["qualified"] or g["escalates"] or g["choice"] == "undecided" for g in gold]),
            )
            assert decide(shares, T) == question["gold_verdict"], (study["id"], question["id"])
            checked += 1
    assert checked >= 24


def uncertain(n: int, confidence: float) -> UncertainAnswers:
    choice = np.full((n, 4), (1 - confidence) / 3)
    choice[:, 0] = confidence
    zeros = np.zeros(n)
    return UncertainAnswers(
        choice, np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64), np.full(n, confidence), zeros, zeros, 3
    )


def test_stability_falls_with_the_readings_certainty_and_is_seeded() -> None:
    sure, less, guess = (stability(uncertain(6, c), "aligned", T, 1, 400) for c in (1.0, 0.8, 0.5))
    assert sure == 1.0
    assert sure > less > guess
    assert stability(uncertain(6, 0.8), "aligned", T, 1, 400) == less
    assert stability(uncertain(6, 0.8), "aligned", T, 2, 400) != pytest.approx(1.0)


@pytest.mark.parametrize(
    ("verdict", "stable", "misread", "heard", "expected"),
    [
        ("aligned", T.settled_stability, T.settled_misread, 0.51, True),
        ("aligned", T.settled_stability - 0.01, 0.0, 1.0, False),
        ("aligned", 1.0, T.settled_misread + 0.01, 1.0, False),
        ("hidden", 1.0, 0.0, 0.5, False),  # silence is no different reason
        ("open", 1.0, 0.0, 0.0, True),  # which needs no reasons
        (None, None, 0.0, 1.0, False),
    ],
)
def test_what_it_takes_to_claim_a_verdict(
    verdict: str | None, stable: float | None, misread: float, heard: float, expected: bool
) -> None:
    assert settles(verdict, stable, misread, heard, T) is expected


@given(st.lists(st.tuples(st.floats(0.3, 1.0), st.booleans()), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_the_share_of_misread_choices_is_what_the_readings_say_and_nothing_for_a_persons_word(
    read_and_confirmed: list[tuple[float, bool]],
) -> None:
    answers = [
        replace(make_answer(f"s{n}", "a", "the money", confidence=sure), confirmed_choice="b" if confirmed else None)
        for n, (sure, confirmed) in enumerate(read_and_confirmed)
    ]
    doubts = [0.0 if confirmed else 1 - sure for sure, confirmed in read_and_confirmed]
    assert compared(answers).misread_share == pytest.approx(np.mean(doubts), abs=1e-9)


def test_a_split_that_may_be_misreading_is_settled_once_the_speakers_confirm_it() -> None:
    """Every choice is surely read by itself; of ten, two are expected to be wrong all the same."""
    read = [make_answer(f"s{n}", "ab"[n % 2], "the money", confidence=0.8) for n in range(10)]
    before, after = compared(read), compared([replace(a, confirmed_choice=a.reading.choice.value) for a in read])
    assert (before.verdict, before.unsure, is_settled(before, T)) == ("open", (), False)
    assert before.stability >= T.settled_stability  # which alone would have claimed it
    assert (after.verdict, is_settled(after, T)) == ("open", True)


def compared(answers: list[Answer]) -> Comparison:
    options = CompareOptions(T, seed=3, resamples=60)
    return compare_question(QUESTION, "w1", answers, WordHashEmbedder(), SameReason(12.0, -5.0), options)


def plain_shares(choices: list[int], reasons: list[int], unresolved: list[bool]) -> Shares:
    """The definition, word by word."""
    most = max(choices.count(c) for c in choices)
    shared = 0
    for choice in {c for c in choices if choices.count(c) == most}:
        given = [r for c, r in zip(choices, reasons, strict=True) if c == choice and r != NO_REASON]
        shared = max([shared, *(given.count(r) for r in given)])
    return Shares(sum(unresolved) / len(choices), most / len(choices), shared / most)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(NO_REASON, 3), st.booleans()), min_size=1, max_size=12))
@settings(deadline=None)
def test_shares_are_counted_as_defined(said: list[tuple[int, int, bool]]) -> None:
    choices, reasons, unresolved = (list(column) for column in zip(*said, strict=True))
    counted = shares_of(np.array(choices), np.array(reasons), np.array(unresolved))
    expected = plain_shares(choices, reasons, unresolved)
    assert counted.unresolved == pytest.approx(expected.unresolved)
    assert counted.largest == pytest.approx(expected.largest)
    assert counted.shared_reason == pytest.approx(expected.shared_reason)


LEVELS = (0.0, 0.1, 0.25)  # few values, so that speakers and choices often look alike


@st.composite
def uncertain_answers(draw: st.DrawFn) -> UncertainAnswers:
    n = draw(st.integers(1, 7))

    def column(values: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(values, min_size=n, max_size=n))

    chosen = np.array(column(st.integers(0, 3)))
    choice = np.array([draw(st.lists(st.sampled_from(LEVELS), min_size=4, max_size=4)) for _ in range(n)])
    choice[np.arange(n), chosen] = 1.0
    level = st.sampled_from(LEVELS)
    return UncertainAnswers(
        choice / choice.sum(axis=1, keepdims=True),
        chosen,
        np.array(column(st.integers(NO_REASON, 2))),
        1 - np.array(column(level)),
        np.array(column(level)),
        np.array(column(level)),
        undecided=3,
    )


@given(uncertain_answers(), st.data())
@settings(max_examples=150, deadline=None)
def test_what_speakers_options_and_clusters_are_called_changes_nothing(
    a: UncertainAnswers, data: st.DataObject
) -> None:
    rows = np.array(data.draw(st.permutations(range(len(a.chosen)))))
    columns = np.array(data.draw(st.permutations(range(4))))
    place = np.argsort(columns)
    cluster = np.array([*data.draw(st.permutations(range(3))), NO_REASON])
    b = UncertainAnswers(
        a.choice[np.ix_(rows, columns)],
        place[a.chosen[rows]],
        cluster[a.reason[rows]],
        a.reason_confidence[rows],
        a.qualified[rows],
        a.escalates[rows],
        undecided=int(place[3]),
    )
    for verdict in ("aligned", "hidden", "open", "unresolved"):
        assert stability(a, verdict, T, 1, 40) == stability(b, verdict, T, 1, 40)
    worth, again = worth_of_review(a, T, 1, 40), worth_of_review(b, T, 1, 40)
    assert sorted(worth.tolist()) == pytest.approx(sorted(again.tolist()))


@given(uncertain_answers())
@settings(max_examples=30, deadline=None)
def test_the_verdicts_share_the_resamples_among_them(answers: UncertainAnswers) -> None:
    shares = [stability(answers, verdict, T, 1, 50) for verdict in ("aligned", "hidden", "open", "unresolved")]
    assert sum(shares) == pytest.approx(1)


def test_stability_is_the_chance_that_can_be_reckoned() -> None:
    """Two speakers on different choices, surely read: a resample is aligned where one of them is drawn twice."""
    two = UncertainAnswers(np.eye(2, 3), np.array([0, 1]), np.array([0, 1]), np.ones(2), np.zeros(2), np.zeros(2), 2)
    assert stability(two, "open", T, 1, 20_000) == pytest.approx(0.5, abs=0.02)
    assert stability(two, "aligned", T, 1, 20_000) == pytest.approx(0.5, abs=0.02)


def test_aligned_teams_of_six_are_seldom_called_hidden() -> None:
    """With a reader that errs in a tenth; docs/verdicts.md has the whole table."""
    rng = np.random.default_rng(6)
    said = [say(read(plant("aligned", 6, rng), 0.1, rng), 100) for _ in range(1000)]
    assert counted(said, said)[1] <= 0.1
    assert counted([s for s in said if s.claimed(T)], said)[1] <= 0.03


@pytest.mark.parametrize("rate", [0.2, 0.3])
def test_a_reader_that_errs_often_seldom_claims_an_aligned_team_to_be_open(rate: float) -> None:
    """It calls many of them so, and stability alone would claim it."""
    rng = np.random.default_rng(8)
    said = [say(read(plant("aligned", 15, rng), rate, rng), 100) for _ in range(300)]
    unguarded = T.model_copy(update={"settled_misread": 1.0})
    opened = VERDICTS.index("open")
    assert counted([s for s in said if s.claimed(unguarded)], said)[opened] >= 0.25
    assert counted([s for s in said if s.claimed(T)], said)[opened] <= 0.05


@pytest.mark.parametrize("rate", ERRORS)
def test_the_simulated_reader_errs_as_often_as_it_says(rate: float) -> None:
    rng = np.random.default_rng(7)
    right, sure = [], []
    for verdict in ("aligned", "hidden", "open", "unresolved") * 50:
        labels = plant(verdict, 10, rng)
        answers = read(labels, rate, rng)
        right += (answers.chosen == labels.choice).tolist()
        sure += answers.choice.max(axis=1).tolist()
    assert np.mean(sure) == pytest.approx(np.mean(right), abs=0.04)
    assert 1 - np.mean(right) == pytest.approx(rate, abs=0.05)
