"""The verdict of a question, and how stable it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicepulse.comparison.types import VERDICTS, Band, Verdict
from voicepulse.settings import Thresholds

NO_REASON = -1  # the reason of somebody who gave none, or whose reason nobody else can share


@dataclass(frozen=True, slots=True)
class Shares:
    """What a verdict is decided on. `shared_reason` is among those on the largest choice."""

    unresolved: float
    largest: float
    shared_reason: float


def decide(shares: Shares, thresholds: Thresholds) -> Verdict:
    """The definition of product.md, in its order. Exact at the border: half is unresolved, three quarters are not open."""
    slack = 1e-9  # 0.6 of five speakers is three, whatever floating point says
    if shares.unresolved >= thresholds.unresolved_share - slack:
        return "unresolved"
    if shares.largest < thresholds.open_share - slack:
        return "open"
    if shares.shared_reason < thresholds.hidden_share - slack:
        return "hidden"
    return "aligned"


def band_of(largest_cluster_share: float, thresholds: Thresholds) -> Band:
    """Of five people: four or five with the same choice and reason are high, three are moderate, scattered is low."""
    slack = 1e-9
    if largest_cluster_share >= thresholds.high_band - slack:
        return "high"
    return "moderate" if largest_cluster_share >= thresholds.moderate_band - slack else "low"


def shares_of(
    choices: npt.NDArray[np.int64], reasons: npt.NDArray[np.int64], unresolved: npt.NDArray[np.bool_]
) -> Shares:
    """Shares of n answers: choices (n,) as indices, reasons (n,) as cluster indices or NO_REASON, unresolved (n,).

    Where two choices are equally large, the one with the better shared reason counts, so that order never matters.
    """
    n = len(choices)
    counts = np.bincount(choices)
    most = counts.max()
    shared = 0
    for choice in np.flatnonzero(counts == most):
        given = reasons[(choices == choice) & (reasons != NO_REASON)]
        shared = max(shared, int(np.bincount(given).max()) if len(given) else 0)
    return Shares(float(unresolved.mean()), float(most / n), shared / float(most))


@dataclass(frozen=True, slots=True)
class UncertainAnswers:
    """n answers with what the reader thinks possible.

    choice (n, c) probabilities; reason (n,) cluster index or NO_REASON; reason_confidence (n,) that it is that one;
    qualified and escalates (n,) probabilities. `unresolved` and `chosen` (n,) are the readings that count.
    """

    choice: npt.NDArray[np.float64]
    chosen: npt.NDArray[np.int64]
    reason: npt.NDArray[np.int64]
    reason_confidence: npt.NDArray[np.float64]
    qualified: npt.NDArray[np.float64]
    escalates: npt.NDArray[np.float64]
    undecided: int  # the column of choice that means undecided


def stability(answers: UncertainAnswers, verdict: Verdict, thresholds: Thresholds, seed: int, resamples: int) -> float:
    """The share of resamples that give the same verdict.

    Each one draws speakers with replacement (the bootstrap, Efron 1979) and, for each, a reading from what the reader
    thinks possible. A speaker whose drawn choice is not the one read brings a reason that nobody shares.
    """
    rng = np.random.default_rng(seed)
    n = len(answers.chosen)
    same = 0
    for _ in range(resamples):
        who = rng.integers(n, size=n)
        same += decide(_draw(answers, who, rng)[1], thresholds) == verdict
    return same / resamples


_States = npt.NDArray[
    np.int64
]  # (n,) what one drawn reading of each answer comes to: its choice, and whether it is unresolved


def _draw(answers: UncertainAnswers, who: npt.NDArray[np.int64], rng: np.random.Generator) -> tuple[_States, Shares]:
    """One reading for each of `who` (n,), from what the reader thinks possible, and the shares that these come to."""
    draw = rng.random((4, len(who)))
    choice = np.minimum(
        (answers.choice[who].cumsum(axis=1) < draw[0][:, None]).sum(axis=1), answers.choice.shape[1] - 1
    )
    keeps = (draw[1] < answers.reason_confidence[who]) & (choice == answers.chosen[who])
    reason = np.where(keeps, answers.reason[who], NO_REASON)
    unresolved = (draw[2] < answers.qualified[who]) | (draw[3] < answers.escalates[who]) | (choice == answers.undecided)
    return choice * 2 + unresolved, shares_of(choice, reason, unresolved)


def worth_of_review(
    answers: UncertainAnswers, thresholds: Thresholds, seed: int, resamples: int
) -> npt.NDArray[np.float64]:
    """(n,) how far knowing each answer for certain would move what one believes of the verdict, 0 to 1.

    Over joint draws of all readings, the expected total variation distance between the verdicts as they are distributed
    and as they would be, were this answer's true reading known. An answer that is certain is worth nothing.
    """
    rng = np.random.default_rng(seed)
    n = len(answers.chosen)
    everyone = np.arange(n)
    states = np.empty((resamples, n), dtype=np.int64)
    verdicts = np.empty(resamples, dtype=np.int64)
    for i in range(resamples):
        states[i], shares = _draw(answers, everyone, rng)
        verdicts[i] = VERDICTS.index(decide(shares, thresholds))
    overall = np.bincount(verdicts, minlength=len(VERDICTS)) / resamples
    worth = np.zeros(n)
    for speaker in range(n):
        for state in np.unique(states[:, speaker]):
            known = verdicts[states[:, speaker] == state]
            shifted = np.abs(np.bincount(known, minlength=len(VERDICTS)) / len(known) - overall).sum() / 2
            worth[speaker] += len(known) / resamples * shifted
    return worth
