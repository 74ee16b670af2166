"""The definition, at its borders; and against every labelled question, where those are on this machine."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.conftest import BENCH
from voicepulse.comparison.verdict import NO_REASON, Shares, UncertainAnswers, band_of, decide, shares_of, stability
from voicepulse.settings import Thresholds

T = Thresholds()


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
