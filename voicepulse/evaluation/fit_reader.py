"""Fit the heads of the embedded reader on labelled studies: `python -m voicepulse.evaluation.fit_reader TRAIN_DIR`.

Decision thresholds, calibration and temperature come from predictions on studies that the fold's fit never saw (grouped
cross-validation by study); the final heads are fitted on all of TRAIN_DIR. Deterministic: full-batch L-BFGS from zero.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from voicepulse.checkpoints.store import WeightsFolder
from voicepulse.comparison.reasons import SameReason, cluster_reasons
from voicepulse.evaluation.labelled import LabelledAnswer, LabelledStudy, load_labelled
from voicepulse.evaluation.scores import matthews
from voicepulse.interpretation.clauses import ClauseSplitter
from voicepulse.interpretation.embedder import Embedder, MiniLM
from voicepulse.interpretation.features import OWN_CLASSES, AnswerFeatures, Matrix, answer_features
from voicepulse.interpretation.heads import (
    POOLED_HEADS,
    SPAN_HEADS,
    Heads,
    load_heads,
    log_sum_exp,
    save_heads,
    softmax,
)
from voicepulse.settings import settings, shipped_models_folder

FOLDS = 9
CLAUSE_DECAY = 0.004
CHOICE_DECAY = 0.01


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled answer with its features; `spans` marks each clause for each span head."""

    study: str
    question: str
    answer: LabelledAnswer
    options: tuple[str, ...]
    features: AnswerFeatures
    spans: dict[str, Matrix]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("train", type=Path)
    parser.add_argument("--out", type=Path, default=shipped_models_folder() / "reader.json")
    arguments = parser.parse_args()
    weights = WeightsFolder(settings().models)
    splitter, embedder = ClauseSplitter(weights.require("spacy-en")), MiniLM(weights.require("minilm"))
    studies = load_labelled(arguments.train)
    examples = [labelled_example(study, answer, splitter, embedder) for study in studies for answer in study.answers]
    known = load_heads(arguments.out if arguments.out.exists() else shipped_models_folder() / "reader.json")
    save_heads(arguments.out, replace(fit(examples), same_reason=known.same_reason))  # fit_reasons fits those
    sys.stdout.write(f"{len(examples)} answers of {len(studies)} studies -> {arguments.out}\n")


def labelled_example(
    study: LabelledStudy, answer: LabelledAnswer, splitter: ClauseSplitter, embedder: MiniLM
) -> Example:
    question = study.question(answer.question)
    features = answer_features(answer.text, question, splitter, embedder)
    spans = {head: _mark(answer.text, features, answer.quotes[head]) for head in SPAN_HEADS}
    return Example(study.id, question.id, answer, tuple(o.id for o in question.options), features, spans)


def _mark(text: str, features: AnswerFeatures, quotes: list[str]) -> Matrix:
    """The share of each clause's characters that lie inside a labelled span."""
    inside = np.zeros(len(text))
    for quote in quotes:
        start = text.index(quote)
        inside[start : start + len(quote)] = 1
    return np.array([inside[c.start : c.end].mean() for c in features.clauses])


def fit(examples: list[Example]) -> Heads:
    """Heads fitted on all examples, calibrated on held-out folds."""
    groups = sorted({example.study for example in examples})
    held_out: list[tuple[Example, Heads]] = []
    for fold in range(FOLDS):
        outside = set(groups[fold::FOLDS])
        heads = _fit_uncalibrated([e for e in examples if e.study not in outside])
        held_out += [(e, heads) for e in examples if e.study in outside]
    return _calibrate(_fit_uncalibrated(examples), held_out)


def _fit_uncalibrated(examples: list[Example]) -> Heads:
    clause = {head: _fit_span_head(examples, head) for head in SPAN_HEADS}
    clause |= {head: _fit_pooled_head(examples, head) for head in POOLED_HEADS}
    option, own_class = _fit_choice(examples)
    neutral = dict.fromkeys(POOLED_HEADS, (1.0, 0.0))
    return Heads(clause, option, own_class, 1.0, {}, neutral, (1.0, 0.0, 0.5, 1.0, 0.0), "")


def _fit_span_head(examples: list[Example], head: str) -> Matrix:
    """Logistic regression over clauses; a clause half inside a span counts half."""
    rows = torch.tensor(np.vstack([e.features.clause_rows for e in examples]))
    labels = torch.tensor(np.concatenate([e.spans[head] for e in examples]))

    def loss(weights: torch.Tensor) -> torch.Tensor:
        scores = rows @ weights[:-1] + weights[-1]
        fitted = torch.nn.functional.binary_cross_entropy_with_logits(scores, labels)
        return fitted + CLAUSE_DECAY * weights[:-1].square().sum() / 10

    return _minimize(loss, rows.shape[1] + 1)


def has_label(example: Example, head: str) -> float:
    gold = example.answer.gold
    if head in ("qualified", "escalates"):
        return float(gold[head])
    return float(head in (gold["stance"], gold["commitment"]))


def _fit_pooled_head(examples: list[Example], head: str) -> Matrix:
    """Multiple-instance logistic regression: the answer's log-odds are the log-sum-exp of its clauses'."""
    rows = torch.tensor(np.vstack([e.features.clause_rows for e in examples]))
    lengths = [len(e.features.clauses) for e in examples]
    labels = torch.tensor([has_label(e, head) for e in examples], dtype=torch.float64)
    longest = max(lengths)
    index = torch.zeros((len(examples), longest), dtype=torch.long)
    mask = torch.full((len(examples), longest), float("-inf"), dtype=torch.float64)
    start = 0
    for i, length in enumerate(lengths):
        index[i, :length] = torch.arange(start, start + length)
        mask[i, :length] = 0
        start += length
    span = {"qualified": "condition", "escalates": "escalation"}.get(head)
    marked = torch.tensor(np.concatenate([e.spans[span] for e in examples])) if span else None

    def loss(weights: torch.Tensor) -> torch.Tensor:
        scores = rows @ weights[:-1] + weights[-1]  # (clauses,)
        pooled = torch.logsumexp(scores[index] + mask, dim=1)  # (answers,)
        fitted = torch.nn.functional.binary_cross_entropy_with_logits(pooled, labels)
        if marked is not None:  # where the words are marked, they teach which clause it was
            fitted = fitted + 2 * torch.nn.functional.binary_cross_entropy_with_logits(scores, marked)
        return fitted + CLAUSE_DECAY * weights[:-1].square().sum() / 2

    initial = torch.zeros(rows.shape[1] + 1, dtype=torch.float64)
    initial[-1] = -3.0
    return _minimize(loss, rows.shape[1] + 1, initial)


def _fit_choice(examples: list[Example]) -> tuple[Matrix, Matrix]:
    """Conditional logit (McFadden 1974) over each question's options and both, neither, undecided."""
    options = [torch.tensor(e.features.option_rows()) for e in examples]
    owns = [torch.tensor(e.features.own_class_rows()) for e in examples]
    labels = [(*e.options, *OWN_CLASSES).index(e.answer.gold["choice"]) for e in examples]
    width, own_width = options[0].shape[1], owns[0].shape[1]

    def loss(weights: torch.Tensor) -> torch.Tensor:
        option, own = weights[:width], weights[width:].reshape(len(OWN_CLASSES), own_width)
        total = torch.zeros((), dtype=torch.float64)
        for rows, classes, label in zip(options, owns, labels, strict=True):
            total = total - torch.log_softmax(torch.cat([rows @ option, (classes * own).sum(1)]), 0)[label]
        return total / len(labels) + CHOICE_DECAY * weights.square().sum() / 10

    fitted = _minimize(loss, width + len(OWN_CLASSES) * own_width)
    return fitted[:width], fitted[width:].reshape(len(OWN_CLASSES), own_width)


def _minimize(loss: object, size: int, initial: torch.Tensor | None = None) -> Matrix:
    weights = torch.zeros(size, dtype=torch.float64) if initial is None else initial
    weights.requires_grad_(True)
    optimizer = torch.optim.LBFGS([weights], max_iter=150, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        value: torch.Tensor = loss(weights)  # type: ignore[operator]
        value.backward()
        return value

    optimizer.step(closure)
    return np.asarray(weights.detach().numpy())


def _calibrate(heads: Heads, held_out: list[tuple[Example, Heads]]) -> Heads:
    """Thresholds at the best F1, Platt scaling (Platt 1999) and temperature (Guo et al. 2017), all on held-out predictions."""
    cuts: dict[str, float] = {}
    platt: dict[str, tuple[float, float]] = {}
    for head in POOLED_HEADS:
        scores = np.array([log_sum_exp(h.clause_scores(head, e.features)) for e, h in held_out])
        labels = np.array([has_label(e, head) for e, _ in held_out])
        platt[head], cuts[head] = fit_label(scores, labels)
    for head in SPAN_HEADS:
        scores = np.concatenate([h.clause_scores(head, e.features) for e, h in held_out])
        weight = np.concatenate([[len(c.text) for c in e.features.clauses] for e, _ in held_out])
        labels = np.concatenate([e.spans[head] for e, _ in held_out])
        cuts[head] = best_cut(1 / (1 + np.exp(-scores)), labels, weight)
    rows = [
        (h.choice_logits(e.features), (*e.options, *OWN_CLASSES).index(e.answer.gold["choice"])) for e, h in held_out
    ]
    return replace(heads, cuts=cuts, platt=platt, choice_temperature=fit_temperature(rows))


def fit_label(scores: Matrix, labels: Matrix) -> tuple[tuple[float, float], float]:
    """Scores and whether the label was there, both (answers,) -> Platt's slope and bias, and the probability that cuts best."""
    scaled = LogisticRegression(C=1e6).fit(scores[:, None], labels)
    return (float(scaled.coef_[0, 0]), float(scaled.intercept_[0])), best_cut(
        scaled.predict_proba(scores[:, None])[:, 1], labels
    )


def best_cut(probabilities: Matrix, labels: Matrix, weight: Matrix | None = None) -> float:
    weight = np.ones_like(probabilities) if weight is None else weight
    best, best_f1 = 0.5, -1.0
    for cut in np.linspace(0.05, 0.8, 76):
        chosen = probabilities >= cut
        hit = (weight * labels * chosen).sum()
        f1 = 2 * hit / ((weight * labels).sum() + (weight * chosen).sum())
        if f1 > best_f1:
            best, best_f1 = float(cut), f1
    return best


def fit_temperature(rows: list[tuple[Matrix, int]]) -> float:
    """(log-odds, index of the right one) of each answer -> the temperature under which the right ones are likeliest."""
    candidates = np.exp(np.linspace(-1, 1.5, 60))
    losses = [-np.mean([np.log(softmax(logits / t)[label]) for logits, label in rows]) for t in candidates]
    return float(candidates[int(np.argmin(losses))])


def fit_same_reason(studies: Sequence[LabelledStudy], embedder: Embedder) -> tuple[float, float, float, float, float]:
    """Cosine of two primary reasons (their labelled words) -> probability that they are of one theme, and the clusters' cut.

    The cut is the one whose clusters agree best with the themes (Matthews' correlation over pairs). The embedder must not
    have been fitted to these studies.
    """
    groups: dict[tuple[str, str, str], list[dict[str, str]]] = {}
    for study in studies:
        for answer in study.answers:
            if answer.gold["reasons"]:
                place = (study.id, answer.question, answer.gold["choice"])
                groups.setdefault(place, []).append(answer.gold["reasons"][0])
    vectors = [np.asarray(embedder.embed([r["span"] for r in g]), dtype=np.float64) for g in groups.values()]
    themes = [[r["theme"] for r in g] for g in groups.values()]
    cosines = np.concatenate([[v[i] @ v[j] for i, j in combinations(range(len(v)), 2)] for v in vectors])
    same = np.concatenate([[t[i] == t[j] for i, j in combinations(range(len(t)), 2)] for t in themes]).astype(bool)
    scaled = LogisticRegression(C=1e6).fit(cosines[:, None], same)
    slope, bias = float(scaled.coef_[0, 0]), float(scaled.intercept_[0])

    def agreement(cut: float) -> float:
        return matthews(
            [
                pair
                for v, t in zip(vectors, themes, strict=True)
                for pair in _cluster_pairs(v, t, SameReason(slope, bias, cut))
            ]
        )

    cut = max((float(cut) for cut in np.linspace(0.2, 0.6, 41)), key=agreement)
    member_slope, member_bias = _fit_membership(vectors, themes, SameReason(slope, bias, cut))
    return slope, bias, cut, member_slope, member_bias


def _fit_membership(vectors: list[Matrix], themes: list[list[str]], same: SameReason) -> tuple[float, float]:
    """A member's mean probability of being the same as the others -> how likely it has its cluster's commonest theme."""
    means: list[float] = []
    shares: list[bool] = []
    for rows, labels in zip(vectors, themes, strict=True):
        for cluster in cluster_reasons(rows, same):
            found = [labels[member] for member in cluster.members]
            if len(found) > 1:
                commonest = max(sorted(set(found)), key=found.count)
                means += cluster.mean
                shares += [theme == commonest for theme in found]
    scaled = LogisticRegression(C=1e6).fit(np.array(means)[:, None], shares)
    return float(scaled.coef_[0, 0]), float(scaled.intercept_[0])


def _cluster_pairs(vectors: Matrix, themes: list[str], same: SameReason) -> list[tuple[bool, bool]]:
    number = {member: i for i, cluster in enumerate(cluster_reasons(vectors, same)) for member in cluster.members}
    return [(themes[i] == themes[j], number[i] == number[j]) for i, j in combinations(range(len(themes)), 2)]


if __name__ == "__main__":
    main()
