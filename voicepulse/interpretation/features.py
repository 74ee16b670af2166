"""An answer as numbers: what each clause does, and how near it comes to each option."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicepulse.interpretation.clauses import Clause, ClauseSplitter
from voicepulse.interpretation.cues import CUES, cue_vector
from voicepulse.interpretation.embedder import Embedder
from voicepulse.study import Question

Matrix = npt.NDArray[np.float64]

POSITIONS = ("first", "last", "place", "late", "length", "negated", "constant")
GATES = (*CUES, *POSITIONS)  # what a clause does, apart from what it is about
OWN_CLASSES = ("both", "neither", "undecided")
_STOP = {
    "the",
    "a",
    "an",
    "and",
    "or",
    "of",
    "to",
    "in",
    "on",
    "at",
    "for",
    "with",
    "from",
    "by",
    "as",
    "is",
    "are",
    "be",
    "was",
    "were",
    "it",
    "its",
    "our",
    "we",
    "us",
    "you",
    "i",
    "they",
    "them",
    "their",
    "this",
    "that",
    "these",
    "those",
    "one",
    "two",
    "not",
    "no",
    "do",
    "does",
    "did",
    "have",
    "has",
    "had",
    "will",
    "would",
    "can",
    "could",
    "should",
    "up",
    "out",
    "over",
    "into",
    "than",
    "then",
    "so",
    "if",
    "but",
    "first",
}


@dataclass(frozen=True, slots=True)
class AnswerFeatures:
    """One answer, ready for the heads. n clauses, o options, d embedding dimensions, g gates."""

    clauses: list[Clause]
    gates: Matrix  # (n, g) cues and positions
    embeddings: Matrix  # (n, d)
    closeness: Matrix  # (n, o) cosine to each option, less the mean over the options
    overlap: Matrix  # (n, o) share of the option's own words that stand in the clause
    whole: Matrix  # (o,) the whole answer's cosine to each option, less the mean

    @property
    def clause_rows(self) -> Matrix:
        """(n, d + g): what a clause is about beside what it does."""
        return np.hstack([self.embeddings, self.gates])

    def option_rows(self) -> Matrix:
        """(o, 2g + 1): nearness to the option summed over clauses, gate by gate, so that a head can learn to turn a rejection round."""
        n = max(1, len(self.clauses)) ** 0.5
        near = self.closeness.T @ self.gates / n  # (o, g)
        shared = self.overlap.T @ self.gates / n  # (o, g)
        return np.hstack([near, shared, self.whole[:, None]])

    def own_class_rows(self) -> Matrix:
        """(3, 4): for both, neither, undecided: a constant, whether its cue stands anywhere, and in the last third."""
        rows = []
        late = self.gates[:, GATES.index("late")] > 0
        for name in OWN_CLASSES:
            cue = self.gates[:, GATES.index(name)]
            rows.append(
                [
                    1.0,
                    float(cue.max(initial=0)),
                    float((cue * late).max(initial=0)),
                    float(cue.sum()) / max(1, len(cue)),
                ]
            )
        return np.array(rows)


def answer_features(text: str, question: Question, splitter: ClauseSplitter, embedder: Embedder) -> AnswerFeatures:
    """Features of one answer to one question."""
    clauses = splitter.split(text)
    labels = [option.label for option in question.options]
    vectors = np.asarray(embedder.embed([*(c.text for c in clauses), *labels, text]), dtype=np.float64)
    n, o = len(clauses), len(labels)
    spoken, options, whole = vectors[:n], vectors[n : n + o], vectors[-1]
    return AnswerFeatures(
        clauses,
        np.array([_gate(clause, i, n) for i, clause in enumerate(clauses)]).reshape(n, len(GATES)),
        spoken,
        _centred(spoken @ options.T),
        _overlap(clauses, labels),
        _centred(whole[None] @ options.T)[0],
    )


def _gate(clause: Clause, index: int, total: int) -> list[float]:
    place = index / max(1, total - 1)
    positions = [index == 0, index == total - 1, place, place > 2 / 3, len(clause.text) / 100, clause.negated, 1.0]
    return [*cue_vector(clause.text), *(float(p) for p in positions)]


def _centred(closeness: Matrix) -> Matrix:
    return closeness - closeness.mean(axis=1, keepdims=True) if closeness.shape[1] else closeness


def _overlap(clauses: list[Clause], labels: list[str]) -> Matrix:
    """Words that tell the options apart, found in each clause: (clauses, options)."""
    words = [_stems(label) for label in labels]
    own = [w - set().union(*(v for j, v in enumerate(words) if j != i)) for i, w in enumerate(words)]
    rows = [[len(o & _stems(clause.text)) / max(1, len(o)) for o in own] for clause in clauses]
    return np.array(rows, dtype=np.float64).reshape(len(clauses), len(labels))


def _stems(text: str) -> set[str]:
    """Content words cut to six letters: a stemmer that needs no tables."""
    return {
        word[:6].rstrip("s") for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in _STOP and len(word) > 2
    }
