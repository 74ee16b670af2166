"""The embedded reader: cuts an answer into clauses, weighs what each one does and what it is about, and judges.

It needs nothing but what set-up installs. It reads English only, and says so instead of misreading another language.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from voicepulse import __version__
from voicepulse.errors import ReaderError
from voicepulse.interpretation.clauses import ClauseSplitter
from voicepulse.interpretation.embedder import MiniLM
from voicepulse.interpretation.features import GATES, OWN_CLASSES, AnswerFeatures, Matrix, answer_features
from voicepulse.interpretation.heads import POOLED_HEADS, SPAN_HEADS, Heads, sigmoid
from voicepulse.interpretation.reading import Scores, interpret
from voicepulse.interpretation.types import Interpretation
from voicepulse.study import Question
from voicepulse.transcript.types import Transcript

LANGUAGES = ("en",)
ALGORITHM = 3  # raised when the same weights would give another reading


class ClauseReader:
    """`Reader` from spaCy's clauses, MiniLM's embeddings and fitted linear heads."""

    def __init__(self, splitter: ClauseSplitter, embedder: MiniLM, heads: Heads) -> None:
        self._splitter = splitter
        self._embedder = embedder
        self._heads = heads
        self.provenance: Mapping[str, object] = reader_provenance(splitter.digest, embedder.digest, heads.digest)

    def read(self, strategy: str, question: Question, transcript: Transcript) -> Interpretation:
        """Every field of the interpretation, each with its evidence. The strategy is not looked at.

        Raises:
            ReaderError: the language is not English, or nothing was said.
        """
        return interpret(question, transcript, self.scores(question, transcript), self.provenance)

    def scores(self, question: Question, transcript: Transcript) -> Scores:
        """What the heads make of the answer; another reader may build on it.

        Raises:
            ReaderError: the language is not English, or nothing was said.
        """
        if transcript.language not in LANGUAGES:
            raise ReaderError(*language_refused(transcript.language))
        if not transcript.has_speech:
            raise ReaderError("Nothing was said in this recording.", "Record the answer again.")
        features = answer_features(transcript.text, question, self._splitter, self._embedder)
        if not features.clauses:
            raise ReaderError("There are no words in this transcript.", "Record the answer again.")
        return clause_scores(features, self._heads)


def language_refused(language: str) -> tuple[str, str]:
    """What is said to a study in another language, and the way out."""
    return (
        f"The embedded reader reads English only, and this study is in '{language}'.",
        "Say what was meant with `voicepulse correct`; choices that the speakers confirmed count as they are.",
    )


def reader_provenance(splitter: str, embedder: str, heads: str) -> dict[str, object]:
    """What the embedded reader is made of; known without loading a model, so that a run with nothing to do stays quick."""
    return {
        "reader": "embedded",
        "algorithm": ALGORITHM,
        "splitter": splitter,
        "embedder": embedder,
        "heads": heads,
        "version": __version__,
    }


def clause_scores(features: AnswerFeatures, heads: Heads) -> Scores:
    """The linear heads' view of one answer."""
    spans = {head: sigmoid(heads.clause_scores(head, features)) for head in SPAN_HEADS}
    return Scores(
        clauses=features.clauses,
        choice=heads.choice_logits(features),
        choice_support=_choice_support(features, heads),
        spans=spans,
        first=spans["reason"],
        labels={head: heads.pooled_probability(head, features) for head in POOLED_HEADS},
        label_support={head: heads.clause_scores(head, features) for head in POOLED_HEADS},
        says_why=(features.gates[:, GATES.index("because")] > 0).astype(np.float64),
        cuts=heads.cuts,
    )


def _choice_support(features: AnswerFeatures, heads: Heads) -> Matrix:
    """(n, o + 3): each clause's part in the score of each option; the cue itself for both, neither, undecided."""
    gates, size = features.gates, features.gates.shape[1]
    near = features.closeness * (gates @ heads.option[:size])[:, None]
    shared = features.overlap * (gates @ heads.option[size : 2 * size])[:, None]
    cues = gates[:, [GATES.index(name) for name in OWN_CLASSES]]
    return np.hstack([near + shared, cues])
