"""The fitted part of the reader: linear heads over clauses, and a conditional logit over the choices.

Fitted by `evaluation/fit_reader.py`; the parameters stand in models/reader.json. An answer-level label (stance,
commitment) has no marked span, so its head is pooled over clauses by log-sum-exp (multiple-instance learning): the
answer is as much a refusal as its most refusing clause, and that clause is the evidence.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from voicepulse.errors import ModelError
from voicepulse.interpretation.features import AnswerFeatures, Matrix

SPAN_HEADS = ("reason", "condition", "escalation", "cost")
POOLED_HEADS = ("qualified", "escalates", "agree", "disagree", "commits", "refuses")


@dataclass(frozen=True, slots=True)
class Heads:
    """All fitted parameters. Vectors are over `AnswerFeatures.clause_rows` unless said otherwise."""

    clause: dict[str, Matrix]  # head -> (d + g + 1,), the last is the bias
    option: Matrix  # (2g + 1,) over option_rows
    own_class: Matrix  # (3, 4) over own_class_rows, one row a class
    choice_temperature: float
    cuts: dict[str, float]  # decision thresholds on probabilities
    platt: dict[str, tuple[float, float]]  # pooled score -> probability: sigmoid(a * score + b)
    same_reason: tuple[float, float, float, float, float]  # the parameters of comparison.reasons.SameReason, in order
    digest: str

    def clause_scores(self, head: str, features: AnswerFeatures) -> Matrix:
        """(n,) log-odds of each clause."""
        weights = self.clause[head]
        return np.asarray(features.clause_rows @ weights[:-1] + weights[-1])

    def pooled_probability(self, head: str, features: AnswerFeatures) -> float:
        """How likely the answer as a whole has the label."""
        a, b = self.platt[head]
        return float(sigmoid(a * log_sum_exp(self.clause_scores(head, features)) + b))

    def choice_logits(self, features: AnswerFeatures) -> Matrix:
        """(o + 3,) over the options, then both, neither, undecided."""
        own = (features.own_class_rows() * self.own_class).sum(axis=1)
        return np.concatenate([features.option_rows() @ self.option, own]) / self.choice_temperature


def sigmoid(x: Matrix | float) -> Matrix:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))))


def softmax(x: Matrix) -> Matrix:
    shifted = np.exp(x - x.max())
    return np.asarray(shifted / shifted.sum())


def log_sum_exp(x: Matrix) -> float:
    return float(x.max() + np.log(np.exp(x - x.max()).sum())) if len(x) else -30.0


def load_heads(path: Path) -> Heads:
    """Read models/reader.json.

    Raises:
        ModelError: it is missing or damaged.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = json.loads(text)
        return Heads(
            {name: np.array(weights) for name, weights in values["clause"].items()},
            np.array(values["option"]),
            np.array(values["own_class"]),
            values["choice_temperature"],
            values["cuts"],
            {name: (a, b) for name, (a, b) in values["platt"].items()},
            _five(values["same_reason"]),
            hashlib.sha256(text.encode()).hexdigest()[:16],
        )
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"The fitted reader {path} cannot be read ({error}).", "Reinstall, or fit it again with `make fit`."
        ) from error


def _five(values: list[float]) -> tuple[float, float, float, float, float]:
    slope, bias, cut, member_slope, member_bias = values
    return slope, bias, cut, member_slope, member_bias


def save_heads(path: Path, heads: Heads) -> None:
    """Write models/reader.json; five digits are plenty."""

    def short(values: Matrix) -> object:
        return np.round(values, 5).tolist()

    path.write_text(
        json.dumps(
            {
                "about": "fitted parameters of the embedded reader; made by `make fit`",
                "clause": {name: short(weights) for name, weights in heads.clause.items()},
                "option": short(heads.option),
                "own_class": short(heads.own_class),
                "choice_temperature": round(heads.choice_temperature, 5),
                "cuts": {name: round(cut, 5) for name, cut in heads.cuts.items()},
                "platt": {name: [round(a, 5), round(b, 5)] for name, (a, b) in heads.platt.items()},
                "same_reason": [round(v, 5) for v in heads.same_reason],
            },
            indent=0,
        )
        + "\n",
        encoding="utf-8",
    )
