"""From scores to an interpretation: what is probable enough is said, and each thing that is said gets its evidence.

Readers differ in how they score; what a score means, and how a quote is cut, is the same for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from voicepulse.interpretation.actions import find_actions
from voicepulse.interpretation.clauses import Clause
from voicepulse.interpretation.features import Matrix
from voicepulse.interpretation.heads import softmax
from voicepulse.interpretation.outright import CONFIDENCE, stated_outright
from voicepulse.interpretation.spoken_numbers import find_rating
from voicepulse.interpretation.types import STANCES, Evidence, Interpretation, Judgement, Reason, evidence
from voicepulse.study import NON_OPTION_CHOICES, Question
from voicepulse.transcript.types import Transcript

MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Scores:
    """What a reader makes of one answer of n clauses to a question of o options. All probabilities are calibrated.

    choice (o + 3,) log-odds of the options, then of both, neither, undecided; choice_support (n, o + 3) how much each
    clause speaks for each; spans maps reason, condition, escalation and cost to (n,) probabilities; first (n,) orders the
    reasons; labels maps qualified, escalates, agree, disagree, commits and refuses to a probability, and label_support to
    (n,) how much each clause speaks for it; says_why (n,) marks clauses that announce a reason; cuts are the probabilities
    from which a span or a label counts.
    """

    clauses: Sequence[Clause]
    choice: Matrix
    choice_support: Matrix
    spans: Mapping[str, Matrix]
    first: Matrix
    labels: Mapping[str, float]
    label_support: Mapping[str, Matrix]
    says_why: Matrix
    cuts: Mapping[str, float]


def interpret(
    question: Question, transcript: Transcript, scores: Scores, provenance: Mapping[str, object]
) -> Interpretation:
    """Every field of the interpretation, each with its evidence."""
    found = _Reading(question, transcript, scores)
    return Interpretation(
        kind=question.kind,
        choice=found.choice() if question.kind == "tradeoff" else None,
        qualified=found.yes_or_no("qualified", "condition"),
        escalates=found.yes_or_no("escalates", "escalation"),
        stance=found.stance(),
        commitment=found.one_of("commits", "refuses"),
        reasons=found.reasons(),
        costs=found.spans("cost"),
        actions=find_actions(transcript, list(scores.clauses)) if question.kind == "execution" else (),
        rating=find_rating(transcript) if question.kind == "rating" else None,
        provenance=provenance,
    )


class _Reading:
    """One answer being read."""

    def __init__(self, question: Question, transcript: Transcript, scores: Scores) -> None:
        self.question = question
        self.transcript = transcript
        self.scores = scores

    def choice(self) -> Judgement:
        names = [*(option.id for option in self.question.options), *NON_OPTION_CHOICES]
        probabilities = dict(zip(names, softmax(self.scores.choice).tolist(), strict=True))
        best = int(np.argmax(self.scores.choice))
        support = self.scores.choice_support[:, best]
        clause = int(np.argmax(support))
        return Judgement(names[best], probabilities, (self.quote(clause),) if support[clause] > 0 else ())

    def yes_or_no(self, label: str, span: str) -> Judgement:
        probability = self.scores.labels[label]
        yes = probability >= self.scores.cuts[label]
        quotes = self.spans(span) or (self.most_telling(label),) if yes else ()
        return Judgement("yes" if yes else "no", {"yes": probability, "no": 1 - probability}, quotes)

    def stance(self) -> Judgement:
        """What is said of the strategy; asked outright, a plain yes or no that was not heard otherwise."""
        read = self.one_of("agree", "disagree")
        if self.question.kind != "agreement" or read.value != "unstated":
            return read
        plain = stated_outright(self.transcript)
        if plain is None:
            return read
        rest = (1 - CONFIDENCE) / 2
        probabilities = dict.fromkeys(STANCES, rest) | {plain[0]: CONFIDENCE}
        return Judgement(plain[0], probabilities, (plain[1],))

    def one_of(self, first: str, second: str) -> Judgement:
        """Two opposite labels that are mostly unstated: the one that clears its threshold by more."""
        probability = {name: self.scores.labels[name] for name in (first, second)}
        total = max(1.0, sum(probability.values()))
        probability = {name: p / total for name, p in probability.items()}
        margin = {name: probability[name] / self.scores.cuts[name] for name in (first, second)}
        best = max(margin, key=lambda name: margin[name])
        stated = margin[best] >= 1
        probabilities = {**probability, "unstated": 1 - sum(probability.values())}
        return Judgement(best if stated else "unstated", probabilities, (self.most_telling(best),) if stated else ())

    def most_telling(self, label: str) -> Evidence:
        return self.quote(int(np.argmax(self.scores.label_support[label])))

    def reasons(self) -> tuple[Reason, ...]:
        likely, cut = self.scores.spans["reason"], self.scores.cuts["reason"]
        runs = _runs(self.scores.clauses, likely, cut)
        if not runs:
            # an answer nearly always has a reason: one that says "because", else the likeliest if it is not far off
            best = int(np.argmax(likely + self.scores.says_why))
            if self.scores.says_why[best] or likely[best] >= cut / 2:
                runs = [[best]]
        ordered = sorted(runs, key=lambda run: -float(self.scores.first[run].max()))
        return tuple(Reason(self.quote(run[0], run[-1]), float(likely[run].max())) for run in ordered[:MOST_REASONS])

    def spans(self, name: str) -> tuple[Evidence, ...]:
        runs = _runs(self.scores.clauses, self.scores.spans[name], self.scores.cuts[name])
        return tuple(self.quote(run[0], run[-1]) for run in runs)

    def quote(self, first: int, last: int | None = None) -> Evidence:
        clauses = self.scores.clauses
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
