"""Our scores are the benchmark's."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.conftest import BENCH
from voicepulse.errors import StudyError
from voicepulse.evaluation.labelled import LabelledStudy, load_labelled
from voicepulse.evaluation.scores import PredictedAnswer, calibration_error, score, surest_half

TEXT = "The bank goes in, because every other bank asks who runs on us."


@pytest.fixture
def labelled(tmp_path: Path) -> list[LabelledStudy]:
    reason = "every other bank asks who runs on us"
    gold = {
        "choice": "a",
        "qualified": False,
        "escalates": False,
        "stance": "unstated",
        "commitment": "unstated",
        "reasons": [{"span": reason, "theme": "t"}],
    }
    study = {
        "id": "x",
        "title": "X",
        "strategy": "A first.",
        "speakers": [{"id": "s1"}, {"id": "s2"}],
        "questions": [
            {
                "id": "q1",
                "kind": "tradeoff",
                "prompt": "Only one. Which?",
                "options": [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}],
                "intended": "a",
                "gold_verdict": "aligned",
            }
        ],
        "answers": [{"question": "q1", "speaker": s, "text": TEXT, "gold": gold} for s in ("s1", "s2")],
    }
    (tmp_path / "x.json").write_text(json.dumps(study))
    return load_labelled(tmp_path)


def perfect(speaker: str) -> PredictedAnswer:
    start = TEXT.index("every")
    return PredictedAnswer(
        "x", "q1", speaker, "a", 1.0, False, False, "unstated", "unstated", ((start, len(TEXT) - 1),), "0"
    )


def test_a_perfect_reading_scores_one(labelled: list[LabelledStudy]) -> None:
    result = score(labelled, [perfect("s1"), perfect("s2")], {("x", "q1"): "aligned"})
    assert result["choice_accuracy"] == result["reason_span_f1"] == result["verdict_macro_f1"] == 1
    assert result["choice_calibration_error"] == 0


def test_a_missing_prediction_counts_as_wrong(labelled: list[LabelledStudy]) -> None:
    result = score(labelled, [perfect("s1")], {})
    assert result["choice_accuracy"] == 0.5
    assert result["verdict_accuracy"] == 0


def test_confidence_measures() -> None:
    rows = [(0.9, True), (0.8, True), (0.3, False), (0.2, True)]
    assert surest_half(rows) == 1
    assert calibration_error([(0.75, True), (0.75, True), (0.75, True), (0.75, False)]) == pytest.approx(0)
    assert calibration_error([(1.0, False)]) == 1


def test_a_folder_without_studies_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="no labelled study"):
        load_labelled(tmp_path)


def test_random_predictions_score_as_the_benchmarks_own_scorer_says(tmp_path: Path) -> None:
    if not (BENCH / "score.py").exists():
        pytest.skip("the benchmark is not on this machine")
    rng = random.Random(5)
    studies = load_labelled(BENCH / "dev")
    predictions = []
    verdicts = {}
    for study in studies:
        for q in study.study.questions:
            verdicts[study.id, q.id] = rng.choice(["aligned", "hidden", "open", "unresolved"])
        for a in study.answers:
            options = study.question(a.question).choices
            start = rng.randrange(len(a.text) - 20)
            stance, commitment = (
                rng.choice(["agree", "disagree", "unstated"]),
                rng.choice(["commits", "refuses", "unstated"]),
            )
            predictions.append(
                PredictedAnswer(
                    study.id, a.question, a.speaker, rng.choice(options), rng.random(), rng.random() < 0.3, rng.random() < 0.3,
                    stance, commitment, ((start, start + 20),), rng.choice(["0", "1", None]),
                )
            )  # fmt: skip
    lines = [json.dumps({"kind": "answer", **asdict(p)}) for p in predictions]
    lines += [
        json.dumps({"kind": "question", "study": s, "question": q, "verdict": v}) for (s, q), v in verdicts.items()
    ]
    path = tmp_path / "p.jsonl"
    path.write_text("\n".join(lines))
    ran = subprocess.run(
        [sys.executable, str(BENCH / "score.py"), str(BENCH / "dev"), str(path), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    theirs = json.loads(ran.stdout)
    ours = score(studies, predictions, verdicts)
    assert ours.keys() == theirs.keys()
    for name, value in theirs.items():
        assert ours[name] == pytest.approx(value), name
