"""The language-model reader: a fitted language model in the process reads the answer; the embedded reader finds the clauses.

The model sees strategy, question and options before the answer, so it can tell what an implied choice comes to. Its
outputs are turned into calibrated probabilities by a few fitted numbers (models/language-model.json), each fitted on
answers that the model had not been fitted to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voicepulse import __version__
from voicepulse.errors import ModelError
from voicepulse.interpretation.clause_reader import ClauseReader
from voicepulse.interpretation.features import Matrix
from voicepulse.interpretation.heads import POOLED_HEADS, SPAN_HEADS, log_sum_exp, sigmoid
from voicepulse.interpretation.language_model import AnswerOutputs, LanguageModel
from voicepulse.interpretation.prompt import LETTERS, question_start
from voicepulse.interpretation.reading import Scores, interpret
from voicepulse.interpretation.types import Interpretation
from voicepulse.study import Question
from voicepulse.transcript.types import Transcript

CALIBRATION = "language-model.json"  # in the folder of shipped models
ALGORITHM = 1  # raised when the same weights would give another reading

LETTER_OUTPUTS = slice(0, 7)  # A to D, then X, Y, Z, all at the end of the prompt
LABEL_OUTPUTS = slice(7, 13)  # POOLED_HEADS at the end of the prompt
SPAN_OUTPUTS = slice(13, 18)  # SPAN_HEADS and "first" at each word
CLAUSE_OUTPUTS = slice(18, 24)  # POOLED_HEADS at each word
OUTPUTS = 24
SPANS = (*SPAN_HEADS, "first")


@dataclass(frozen=True, slots=True)
class Calibration:
    """From outputs to probabilities. `bias` (24,) is added to the outputs; `temperature` divides the choice's log-odds;
    `platt` and `cuts` as in the embedded reader's heads."""

    bias: Matrix
    temperature: float
    platt: Mapping[str, tuple[float, float]]
    cuts: Mapping[str, float]
    digest: str


def load_calibration(path: Path) -> Calibration:
    """Read models/language-model.json.

    Raises:
        ModelError: it is missing or damaged.
    """
    try:
        text = path.read_text(encoding="utf-8")
        values = json.loads(text)
        return Calibration(
            np.array(values["bias"]),
            values["temperature"],
            {name: (a, b) for name, (a, b) in values["platt"].items()},
            values["cuts"],
            hashlib.sha256(text.encode()).hexdigest()[:16],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"The calibration {path} cannot be read ({error}).", "Reinstall VoicePulse.") from error


class LanguageModelReader:
    """`Reader` from the fitted language model, on the clauses of the embedded reader."""

    def __init__(self, model: LanguageModel, calibration: Calibration, embedded: ClauseReader) -> None:
        self._model = model
        self._calibration = calibration
        self._embedded = embedded
        self.provenance: Mapping[str, object] = language_model_provenance(
            model.digest, calibration.digest, embedded.provenance
        )

    def read(self, strategy: str, question: Question, transcript: Transcript) -> Interpretation:
        """Every field of the interpretation, each with its evidence.

        Raises:
            ReaderError: the language is not English, or nothing was said.
        """
        scores = self._embedded.scores(question, transcript)
        outputs = self._model.outputs(question_start(strategy, question), [transcript.text])[0]
        read = language_model_scores(scores, outputs, len(question.options), self._calibration)
        return interpret(question, transcript, read, self.provenance)


def language_model_provenance(model: str, calibration: str, embedded: Mapping[str, object]) -> dict[str, object]:
    """What the reader is made of; known without loading a model."""
    return {
        "reader": "language-model",
        "algorithm": ALGORITHM,
        "model": model,
        "calibration": calibration,
        "embedded": dict(embedded),
        "version": __version__,
    }


def language_model_scores(embedded: Scores, outputs: AnswerOutputs, options: int, calibration: Calibration) -> Scores:
    """The scores of the embedded reader, replaced by what the language model makes of the same clauses."""
    last, clauses = raw_scores(embedded, outputs, calibration.bias)
    letters = last[LETTER_OUTPUTS]
    chosen = np.concatenate([letters[:options], letters[len(LETTERS) :]])
    choice = chosen / calibration.temperature
    spans = {name: sigmoid(clauses[:, SPAN_OUTPUTS][:, i]) for i, name in enumerate(SPANS)}
    first = spans.pop("first")
    support = {name: clauses[:, CLAUSE_OUTPUTS][:, i] for i, name in enumerate(POOLED_HEADS)}
    labels = {}
    for i, name in enumerate(POOLED_HEADS):
        a, b = calibration.platt[name]
        labels[name] = float(sigmoid(a * label_score(last, clauses, i) + b))
    return replace(
        embedded,
        choice=choice,
        spans=spans,
        first=first,
        labels=labels,
        label_support=support,
        cuts=calibration.cuts,
    )


def raw_scores(embedded: Scores, outputs: AnswerOutputs, bias: Matrix) -> tuple[Matrix, Matrix]:
    """(24,) for the answer and (n, 24) for its clauses."""
    clauses = np.array([outputs.clause(c.start, c.end)[:OUTPUTS] for c in embedded.clauses]).reshape(-1, OUTPUTS)
    return outputs.last[:OUTPUTS] + bias, clauses + bias


def label_score(last: Matrix, clauses: Matrix, label: int) -> float:
    """Log-odds of a label of the whole answer: what the model says at its end, and the most telling clause."""
    return float(last[LABEL_OUTPUTS][label] + log_sum_exp(clauses[:, CLAUSE_OUTPUTS][:, label]))
