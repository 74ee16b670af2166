"""The embedded reader: cuts an answer into clauses, weighs what each one does and what it is about, and judges.

It needs nothing but what set-up installs. It reads English only, and says so instead of misreading another language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from voicepulse import __version__
from voicepulse.errors import ReaderError
from voicepulse.interpretation.actions import find_actions
from voicepulse.interpretation.clauses import Clause, ClauseSplitter
from voicepulse.interpretation.embedder import MiniLM
from voicepulse.interpretation.features import GATES, OWN_CLASSES, AnswerFeatures, Matrix, answer_features
from voicepulse.interpretation.heads import Heads, sigmoid, softmax
from voicepulse.interpretation.spoken_numbers import find_rating
from voicepulse.interpretation.types import Evidence, Interpretation, Judgement, Reason, evidence
from voicepulse.study import Question
from voicepulse.transcript.types import Transcript

LANGUAGES = ("en",)
MOST_REASONS = 3
ALGORITHM = 2  # raised when the same weights would give another reading


class ClauseReader:
    """`Reader` from spaCy's clauses, MiniLM's embeddings and fitted linear heads."""

    def __init__(self, splitter: ClauseSplitter, embedder: MiniLM, heads: Heads) -> None:
        self._splitter = splitter
        self._embedder = embedder
        self._heads = heads
        self.provenance: Mapping[str, object] = reader_provenance(splitter.digest, embedder.digest, heads.digest)

    def read(self, question: Question, transcript: Transcript) -> Interpretation:
        """Every field of the interpretation, each with its evidence.

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
        return _Reading(question, transcript, features, self._heads).interpretation(self.provenance)


def language_refused(language: str) -> tuple[str, str]:
    """What is said to a study in another language, and the way out."""
    return (
        f"The embedded reader reads English only, and this study is in '{language}'.",
        "Say what was meant with `voicepulse correct`; choices that the speakers confirmed count as they are.",
    )


def reader_provenance(splitter: str, embedder: str, heads: str) -> dict[str, object]:
    """What the embedded reader is made of; known without loading a model, so that a run with nothing to do stays quick."""
    return {
        "reader": "clauses",
        "algorithm": ALGORITHM,
        "splitter": splitter,
        "embedder": embedder,
        "heads": heads,
        "version": __version__,
    }


class _Reading:
    """One answer being read."""

    def __init__(self, question: Question, transcript: Transcript, features: AnswerFeatures, heads: Heads) -> None:
        self.question = question
        self.transcript = transcript
        self.features = features
        self.heads = heads

    def interpretation(self, provenance: Mapping[str, object]) -> Interpretation:
        kind = self.question.kind
        return Interpretation(
            kind=kind,
            choice=self.choice() if kind == "tradeoff" else None,
            qualified=self.yes_or_no("qualified", "condition"),
            escalates=self.yes_or_no("escalates", "escalation"),
            stance=self.one_of("agree", "disagree"),
            commitment=self.one_of("commits", "refuses"),
            reasons=self.reasons(),
            costs=self.spans("cost"),
            actions=find_actions(self.transcript, self.features.clauses) if kind == "execution" else (),
            rating=find_rating(self.transcript) if kind == "rating" else None,
            provenance=provenance,
        )

    def choice(self) -> Judgement:
        logits = self.heads.choice_logits(self.features)
        names = [*(option.id for option in self.question.options), *OWN_CLASSES]
        probabilities = dict(zip(names, softmax(logits).tolist(), strict=True))
        best = int(np.argmax(logits))
        return Judgement(names[best], probabilities, self.choice_evidence(best))

    def choice_evidence(self, chosen: int) -> tuple[Evidence, ...]:
        """The clause that speaks most for the chosen option, or the cue of both, neither, undecided."""
        if chosen >= len(self.question.options):
            cue = self.features.gates[:, GATES.index(OWN_CLASSES[chosen - len(self.question.options)])]
            return (self.quote(int(np.argmax(cue))),) if cue.any() else ()
        gates, weights = self.features.gates, self.heads.option
        size = gates.shape[1]
        for_it = self.features.closeness[:, chosen] * (gates @ weights[:size])
        for_it += self.features.overlap[:, chosen] * (gates @ weights[size : 2 * size])
        best = int(np.argmax(for_it))
        return (self.quote(best),) if for_it[best] > 0 else ()

    def yes_or_no(self, pooled: str, span: str) -> Judgement:
        probability = self.heads.pooled_probability(pooled, self.features)
        yes = probability >= self.heads.cuts[pooled]
        found = (
            (self.spans(span) or (self.quote(int(np.argmax(self.heads.clause_scores(pooled, self.features)))),))
            if yes
            else ()
        )
        return Judgement("yes" if yes else "no", {"yes": probability, "no": 1 - probability}, found)

    def one_of(self, first: str, second: str) -> Judgement:
        """Two opposite labels that are mostly unstated: the one that clears its threshold by more."""
        probability = {name: self.heads.pooled_probability(name, self.features) for name in (first, second)}
        total = max(1.0, sum(probability.values()))
        probability = {name: p / total for name, p in probability.items()}
        margin = {name: probability[name] / self.heads.cuts[name] for name in (first, second)}
        best = max(margin, key=lambda name: margin[name])
        stated = margin[best] >= 1
        quotes = (self.quote(int(np.argmax(self.heads.clause_scores(best, self.features)))),) if stated else ()
        probabilities = {**probability, "unstated": 1 - sum(probability.values())}
        return Judgement(best if stated else "unstated", probabilities, quotes)

    def reasons(self) -> tuple[Reason, ...]:
        likely = sigmoid(self.heads.clause_scores("reason", self.features))
        runs = _runs(self.features.clauses, likely, self.heads.cuts["reason"])
        if (
            not runs
        ):  # an answer nearly always has a reason: one that says "because", else the likeliest if it is not far off
            says_why = self.features.gates[:, GATES.index("because")] > 0
            best = int(np.argmax(likely + says_why))
            if says_why[best] or likely[best] >= self.heads.cuts["reason"] / 2:
                runs = [[best]]
        found = [Reason(self.quote(run[0], run[-1]), float(likely[run].max())) for run in runs]
        return tuple(sorted(found, key=lambda reason: -reason.confidence)[:MOST_REASONS])

    def spans(self, head: str) -> tuple[Evidence, ...]:
        likely = sigmoid(self.heads.clause_scores(head, self.features))
        return tuple(self.quote(run[0], run[-1]) for run in _runs(self.features.clauses, likely, self.heads.cuts[head]))

    def quote(self, first: int, last: int | None = None) -> Evidence:
        clauses = self.features.clauses
        return evidence(self.transcript, clauses[first].start, clauses[first if last is None else last].end)


def _runs(clauses: Sequence[Clause], likely: Matrix, cut: float) -> list[list[int]]:
    """Clauses over the threshold, those next to each other in one sentence taken together."""
    runs: list[list[int]] = []
    for i in np.flatnonzero(likely >= cut).tolist():
        if runs and runs[-1][-1] == i - 1 and clauses[i].sentence == clauses[i - 1].sentence:
            runs[-1].append(i)
        else:
            runs.append([i])
    return runs
