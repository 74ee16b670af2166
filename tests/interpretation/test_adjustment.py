"""What corrections teach: a boast is corrected, noise is not learned, and no correction means no change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import make_answer
from voicepulse.errors import ModelError
from voicepulse.interpretation.adjustment import (
    Adjustment,
    Example,
    Learned,
    fit_adjustment,
    load_learned,
    reader_digest,
    save_learned,
)
from voicepulse.interpretation.types import Judgement
from voicepulse.learning import cross_validate


def flag(probability: float) -> Judgement:
    return Judgement("yes" if probability >= 0.5 else "no", {"yes": probability, "no": 1 - probability})


def many(count: int, truth_if_high: float, seed: int = 1) -> list[Example]:
    """A reader that says 0.9 or 0.1; where it says 0.9 the truth is "yes" in this share."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        high = bool(rng.random() < 0.5)
        truth = rng.random() < (truth_if_high if high else 0.1)
        found.append(Example(f"q{number % 4}", flag(0.9 if high else 0.1), "yes" if truth else "no"))
    return found


def test_without_examples_nothing_changes() -> None:
    same = fit_adjustment("qualified", [])
    assert same.slope == pytest.approx(1, abs=1e-3)
    assert same.apply(flag(0.7)).probabilities["yes"] == pytest.approx(0.7, abs=1e-3)


def test_a_reader_that_cries_wolf_is_believed_less() -> None:
    examples = many(80, truth_if_high=0.3)
    learned = fit_adjustment("qualified", examples)
    assert learned.apply(flag(0.9)).value == "no"
    scores = cross_validate("qualified", examples)
    assert scores.kept
    assert scores.right_after > scores.right_before
    assert scores.loss_after < scores.loss_before


def test_where_the_reader_was_right_little_changes() -> None:
    scores = cross_validate("qualified", many(80, truth_if_high=0.9))
    assert scores.right_after == pytest.approx(scores.right_before, abs=0.03)


def test_an_option_gets_no_offset_but_undecided_does() -> None:
    def judged(undecided: float) -> Judgement:
        rest = 1 - undecided
        return Judgement("sso", {"sso": rest * 0.7, "wiz": rest * 0.2, "both": rest * 0.1, "undecided": undecided})

    examples = [Example(f"q{n % 3}", judged(0.2), "undecided") for n in range(12)]
    learned = fit_adjustment("choice", examples)
    assert set(learned.offsets) == {"both", "neither", "undecided"}
    assert learned.apply(judged(0.2)).value == "undecided"
    assert sum(learned.apply(judged(0.2)).probabilities.values()) == pytest.approx(1)


def test_it_is_kept_on_disk_and_only_for_its_reader(tmp_path: Path) -> None:
    path = tmp_path / "learned.json"
    assert load_learned(path) is None
    reading = replace(make_answer("s1", "a", confidence=0.9).reading, provenance={"reader": "embedded"})
    learned = Learned(
        reader_digest(reading.provenance), {"choice": Adjustment(0.2, {}), "qualified": Adjustment(1.0, {"yes": 4.0})}
    )
    save_learned(path, learned)
    assert load_learned(path) == learned
    after = learned.apply(reading)
    assert after.choice is not None
    assert after.choice.confidence < 0.9
    assert after.qualified.confidence < 1
    assert after.provenance["learned"] == learned.digest
    other = replace(reading, provenance={"reader": "embedded", "heads": "refitted"})
    assert learned.apply(other) == other
    for damaged in ("{", '{"reader": "x", "fields": {"mood": {"slope": 1, "offsets": {}}}}'):
        path.write_text(damaged)
        with pytest.raises(ModelError, match="cannot be used"):
            load_learned(path)


def test_a_label_stays_unless_another_has_become_the_most_probable() -> None:
    """Readers decide by thresholds of their own: "yes" at 0.4 is their word, and believing them as before keeps it."""
    yes = Judgement("yes", {"yes": 0.4, "no": 0.6})
    assert Adjustment(1.01, {}).apply(yes).value == "yes"
    assert Adjustment(1.0, {"yes": 2.0}).apply(Judgement("no", {"yes": 0.4, "no": 0.6})).value == "yes"
