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
SPAN_OUTPUTS = slice(13, 18)  # SPAN_HEADS and "first" (the first reason) at each word
FIRST_OUTPUT = 17
CLAUSE_OUTPUTS = slice(18, 24)  # POOLED_HEADS at each word
OUTPUTS = 24


Mix = tuple[float, float, float]  # of the language model's log-odds, of the embedded reader's, and a constant


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far to believe the language model and, beside it, the embedded reader: two witnesses with faults of their own.

    `bias` (24,) is added to the outputs; `choice`, `labels` and `spans` mix log-odds; a label or a span counts from the
    probability in `cuts` on.
    """

    bias: Matrix
    choice: tuple[float, float]
    labels: Mapping[str, Mix]
    spans: Mapping[str, Mix]
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
        lm, embedded = values["choice"]
        return Calibration(
            np.array(values["bias"]),
            (lm, embedded),
            {name: _mix(values["labels"][name]) for name in POOLED_HEADS},
            {name: _mix(values["spans"][name]) for name in SPAN_HEADS},
            {name: float(values["cuts"][name]) for name in (*POOLED_HEADS, *SPAN_HEADS)},
            hashlib.sha256(text.encode()).hexdigest()[:16],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"The calibration {path} cannot be read ({error}).", "Reinstall VoicePulse.") from error


def _mix(values: list[float]) -> Mix:
    a, b, c = values
    return a, b, c


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
    """The scores of the embedded reader, mixed with what the language model makes of the same clauses."""
    last = outputs.last[:OUTPUTS] + calibration.bias
    clauses = np.array([outputs.clause(c.start, c.end)[:OUTPUTS] for c in embedded.clauses]).reshape(-1, OUTPUTS)
    clauses = clauses + calibration.bias
    spans = {
        name: sigmoid(mixed(calibration.spans[name], clauses[:, SPAN_OUTPUTS][:, i], log_odds(embedded.spans[name])))
        for i, name in enumerate(SPAN_HEADS)
    }
    scores = label_scores(last, clauses)
    labels = {
        name: float(sigmoid(mixed(calibration.labels[name], scores[i], log_odds(embedded.labels[name]))))
        for i, name in enumerate(POOLED_HEADS)
    }
    slope, beside = calibration.choice
    return replace(
        embedded,
        choice=slope * letters_shown(last, options) + beside * embedded.choice,
        spans=spans,
        first=log_odds(spans["reason"]) + clauses[:, FIRST_OUTPUT],
        labels=labels,
        label_support={name: clauses[:, CLAUSE_OUTPUTS][:, i] for i, name in enumerate(POOLED_HEADS)},
        cuts=calibration.cuts,
    )


def letters_shown(last: Matrix, options: int) -> Matrix:
    """(options + 3,) of the letters that the prompt showed."""
    letters = last[LETTER_OUTPUTS]
    return np.concatenate([letters[:options], letters[len(LETTERS) :]])


def label_scores(last: Matrix, clauses: Matrix) -> Matrix:
    """(6,) log-odds of the labels of the whole answer: what the model says at its end, and the most telling clause."""
    return np.asarray(last[LABEL_OUTPUTS] + [log_sum_exp(column) for column in clauses[:, CLAUSE_OUTPUTS].T])


def mixed(mix: Mix, language_model: Matrix | float, embedded: Matrix | float) -> Matrix:
    a, b, c = mix
    return np.asarray(a * np.asarray(language_model) + b * np.asarray(embedded) + c)


def log_odds(probability: Matrix | float) -> Matrix:
    kept = np.clip(probability, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(kept / (1 - kept)))
