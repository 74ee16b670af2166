"""How far verdicts and alpha can be relied on: `python benchmarks/verdicts.py` (five minutes on one core).

It plants known truths and counts what is said of them. A team's true labels are drawn from a plausible population and
kept where they really have the wanted verdict. A simulated reader then errs on each label with a probability of its own,
whose mean is the error rate, and reports that probability as its confidence, so it is calibrated. What it reads goes
through the real functions. A verdict is *claimed* where it is settled; else it is only decided. For alpha, questions are
drawn whose true alpha is known, and it is counted how often an interval of 95 % holds it.
"""

from __future__ import annotations

import os

if __name__ == "__main__":  # one core; before numpy loads
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

import argparse
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicepulse.comparison.agreement import alpha_interval
from voicepulse.comparison.types import VERDICTS, Verdict
from voicepulse.comparison.verdict import NO_REASON, UncertainAnswers, decide, settles, shares_of, stability
from voicepulse.settings import Thresholds

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SPEAKERS = (3, 4, 5, 6, 8, 10, 15, 20, 40)
ERRORS = (0.0, 0.05, 0.1, 0.2, 0.3)
CHOICES = 5  # two options, both, neither, undecided
UNDECIDED = 4
THEMES = 4  # reasons that are common in the population, for each choice
SILENT = 0.05  # of the speakers give no reason
THRESHOLDS = Thresholds()
TRIED = {"settled_stability": (0.5, 0.6, 0.7, 0.8), "settled_misread": (1.0, 0.25, 0.2, 0.15, 0.1)}
TRIED_SPEAKERS = (6, 15, 40)

ALPHAS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.95)
UNITS = (4, 6, 10, 20, 50)
CODERS = 6
CODE_SHARES = {"intended": 0.5, "other 1": 0.3, "both": 0.1, "undecided": 0.1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["all", "verdicts", "alpha"], nargs="?", default="all")
    parser.add_argument("--draws", type=int, default=1000, help="teams, or studies, for each figure")
    parser.add_argument("--resamples", type=int, default=400, help="for stability, and for the bootstrap")
    arguments = parser.parse_args()
    if arguments.part != "alpha":
        print_verdicts(arguments.draws, arguments.resamples)
    if arguments.part != "verdicts":
        print_coverage(arguments.draws, arguments.resamples)


@dataclass(frozen=True, slots=True)
class Labels:
    """What n speakers truly said: choice (n,), theme (n,) of the reason or NO_REASON, qualified and escalates (n,)."""

    choice: Ints
    theme: Ints
    qualified: Flags
    escalates: Flags

    @property
    def verdict(self) -> Verdict:
        unresolved = self.qualified | self.escalates | (self.choice == UNDECIDED)
        return decide(shares_of(self.choice, groups(self.choice, self.theme), unresolved), THRESHOLDS)


@dataclass(frozen=True, slots=True)
class Said:
    """The verdict of a team as it was read, and what it takes to claim it."""

    verdict: Verdict
    stability: float
    misread_share: float
    heard_share: float

    def claimed(self, thresholds: Thresholds) -> bool:
        return settles(self.verdict, self.stability, self.misread_share, self.heard_share, thresholds)


def groups(choice: Ints, theme: Ints) -> Ints:
    """The number of each one's choice and theme together, NO_REASON kept."""
    numbers = np.unique(choice * (theme.max() + 2) + theme, return_inverse=True)[1]
    return np.where(theme == NO_REASON, NO_REASON, numbers)


# Where the shares of a population lie: on its main option, on the main theme, qualified, escalating.
POPULATIONS: dict[Verdict, tuple[tuple[float, float], ...]] = {
    "aligned": ((0.8, 1.0), (0.65, 1.0), (0.0, 0.25), (0.0, 0.25)),
    "hidden": ((0.8, 1.0), (0.25, 0.55), (0.0, 0.25), (0.0, 0.25)),
    "open": ((0.4, 0.7), (0.3, 1.0), (0.0, 0.25), (0.0, 0.25)),
    "unresolved": ((0.4, 1.0), (0.3, 1.0), (0.3, 0.7), (0.2, 0.6)),
}
MINOR = np.array([0.7, 0.1, 0.1, 0.1])  # how those who do not choose the main option part
CHOICE_BASE = np.array([0.42, 0.42, 0.05, 0.05, 0.06])  # over all four populations, either option being the main one
YES_BASE = np.array([0.8, 0.2])  # of qualified and escalates: no, yes


def plant(verdict: Verdict, n: int, rng: np.random.Generator) -> Labels:
    """n speakers whose true verdict is this one, each time of another population."""
    while True:
        main, theme, qualified, escalates = (rng.uniform(*span) for span in POPULATIONS[verdict])
        said = rng.choice(THEMES, size=n, p=[theme, *[(1 - theme) / (THEMES - 1)] * (THEMES - 1)])
        said[rng.random(n) < SILENT] = NO_REASON
        chosen = rng.choice(CHOICES, size=n, p=[main, *((1 - main) * MINOR)])
        labels = Labels(chosen, said, rng.random(n) < qualified, rng.random(n) < escalates)
        if labels.verdict == verdict:
            return labels


def doubts(mean: float, n: int, rng: np.random.Generator) -> Floats:
    """(n,) how much of each reading is a guess, 0 to 1, of the given mean: mostly little, sometimes much."""
    return rng.beta(3 * mean, 3 * (1 - mean), size=n) if mean > 0 else np.zeros(n)


def posterior(truth: Ints, base: Floats, rate: float, rng: np.random.Generator) -> Floats:
    """(n, c) what a reader thinks possible that errs in `rate` of all labels by guessing.

    With a share k of guessing, the chance of what is read is 1 - k and its part in the guesses: calibrated by Bayes. A
    reader cannot err more often than whoever always says what is most common.
    """
    k = doubts(min(0.95, rate / (1 - (base**2).sum())), len(truth), rng)
    heard = np.where(rng.random(len(truth)) < k, rng.choice(len(base), size=len(truth), p=base), truth)
    return k[:, None] * base + (1 - k)[:, None] * np.eye(len(base))[heard]


def read(labels: Labels, rate: float, rng: np.random.Generator) -> UncertainAnswers:
    """What a calibrated reader of this error rate makes of it.

    A misread reason joins another theme or stands alone, as often one as the other. Who stands alone is taken for sure
    to do so, as in `reasons.py`.
    """
    n = len(labels.choice)
    choice = posterior(labels.choice, CHOICE_BASE, rate, rng)
    chosen = choice.argmax(axis=1)
    wrong = doubts(rate, n, rng)
    other = (labels.theme + rng.integers(1, THEMES, size=n)) % THEMES
    misread = np.where(rng.random(n) < 0.5, other, THEMES + np.arange(n))
    theme = np.where((rng.random(n) < wrong) & (labels.theme != NO_REASON), misread, labels.theme)
    reason = groups(chosen, theme)
    alone = np.bincount(reason - NO_REASON)[reason - NO_REASON] == 1
    qualified, escalates = (
        posterior(true.astype(np.int64), YES_BASE, rate, rng)[:, 1] for true in (labels.qualified, labels.escalates)
    )
    return UncertainAnswers(choice, chosen, reason, np.where(alone, 1.0, 1 - wrong), qualified, escalates, UNDECIDED)


def say(answers: UncertainAnswers, resamples: int) -> Said:
    """The verdict of what was read, with the figures that `settles` asks for."""
    unresolved = (answers.qualified > 0.5) | (answers.escalates > 0.5) | (answers.chosen == UNDECIDED)
    verdict = decide(shares_of(answers.chosen, answers.reason, unresolved), THRESHOLDS)
    stable = stability(answers, verdict, THRESHOLDS, seed=1, resamples=resamples)
    largest = answers.chosen == np.bincount(answers.chosen).argmax()
    heard = answers.reason[largest] != NO_REASON
    return Said(verdict, stable, answers.misread_share, float(heard.mean()))


Cell = tuple[float, int, Verdict]  # error rate, speakers, true verdict


def print_verdicts(draws: int, resamples: int) -> None:
    cells: dict[Cell, list[Said]] = {}
    print(f"Per cent of {draws} teams that are called aligned, hidden, open, unresolved")
    print("error speakers true        al  hi  op  un   al  hi  op  un  (decided, claimed)")
    for rate in ERRORS:
        for n in SPEAKERS:
            for true in VERDICTS:
                rng = np.random.default_rng([round(rate * 100), n, VERDICTS.index(true)])
                said = [say(read(plant(true, n, rng), rate, rng), resamples) for _ in range(draws)]
                cells[rate, n, true] = said
                decided, claimed = counted(said, said), counted([s for s in said if s.claimed(THRESHOLDS)], said)
                print(f"{rate:5.0%} {n:8} {true:10} {figures(decided)}  {figures(claimed)}", flush=True)
    for threshold, values in TRIED.items():
        print_threshold(cells, threshold, values)


def print_threshold(cells: Mapping[Cell, Sequence[Said]], threshold: str, values: Sequence[float]) -> None:
    """What each value of a threshold of `settles` would claim."""
    print(
        f"\nClaimed at each {threshold}: rightly, by true verdict; wrongly, by true verdict; hidden of the aligned"
        "\nerror speakers value      al  hi  op  un   al  hi  op  un"
    )
    for rate, n, value in itertools.product(ERRORS, TRIED_SPEAKERS, values):
        rules = THRESHOLDS.model_copy(update={threshold: value})
        teams = [cells[rate, n, true] for true in VERDICTS]
        claimed = [counted([said for said in team if said.claimed(rules)], team) for team in teams]
        right = [share[place] for place, share in enumerate(claimed)]
        wrong = [sum(share) - hit for share, hit in zip(claimed, right, strict=True)]
        hidden = claimed[VERDICTS.index("aligned")][VERDICTS.index("hidden")]
        print(f"{rate:5.0%} {n:8} {value:8}  {figures(right)}  {figures(wrong)}  {hidden:6.1%}")


def counted(some: Sequence[Said], every: Sequence[Said]) -> list[float]:
    """How large a share of all have each of the verdicts among `some` of them."""
    return [sum(said.verdict == verdict for said in some) / len(every) for verdict in VERDICTS]


def figures(shares: Sequence[float]) -> str:
    return " ".join(f"{100 * share:3.0f}" for share in shares)


def print_coverage(draws: int, resamples: int) -> None:
    print(
        f"\nPer cent of {draws} studies whose interval of 95 % holds the true alpha; {CODERS} coders, {len(CODE_SHARES)} codes"
    )
    print("alpha units jackknife (given) bootstrap (given)  mean widths")
    for alpha in ALPHAS:
        for n in UNITS:
            rng = np.random.default_rng([round(alpha * 100), n])
            coded = [draw_codes(alpha, n, rng) for _ in range(draws)]
            jackknife = [alpha_interval(as_units(codes)) for codes in coded]
            bootstrap = [bootstrap_interval(count_codes(codes), resamples, rng) for codes in coded]
            cover, given, width = zip(*(coverage(found, alpha) for found in (jackknife, bootstrap)), strict=True)
            print(
                f"{alpha:5} {n:5} {cover[0]:9.0%} {given[0]:7.0%} {cover[1]:9.0%} {given[1]:7.0%}  {width[0]:.2f} {width[1]:.2f}",
                flush=True,
            )


def draw_codes(alpha: float, units: int, rng: np.random.Generator) -> Ints:
    """(units, coders) places in CODE_SHARES. Two coders both give the unit's own code with probability alpha.

    Else at least one draws from the same shares, and then they agree as often as by chance: so alpha is the true one.
    """
    shares = list(CODE_SHARES.values())
    own = rng.choice(len(shares), size=(units, 1), p=shares)
    drawn = rng.choice(len(shares), size=(units, CODERS), p=shares)
    return np.where(rng.random((units, CODERS)) < np.sqrt(alpha), own, drawn)


def as_units(codes: Ints) -> dict[str, dict[str, str]]:
    """The same as `alpha_interval` takes it."""
    names = list(CODE_SHARES)
    return {f"q{u}": {f"s{c}": names[code] for c, code in enumerate(row)} for u, row in enumerate(codes.tolist())}


def count_codes(codes: Ints) -> Ints:
    """(units, codes) how often each was given."""
    return (codes[:, :, None] == np.arange(len(CODE_SHARES))).sum(axis=1)


def alphas(counts: Ints) -> Floats:
    """(r,) Krippendorff's alpha in closed form from counts (r, units, codes), for units with the same number of coders."""
    coders, answers = counts.sum(axis=2)[:, 0], counts.sum(axis=(1, 2))
    observed = 1 - (counts * (counts - 1)).sum(axis=(1, 2)) / (answers * (coders - 1))
    total = counts.sum(axis=1)
    expected = 1 - (total * (total - 1)).sum(axis=1) / (answers * (answers - 1))
    with np.errstate(invalid="ignore"):
        return 1 - observed / expected  # nan where one code alone is left


def bootstrap_interval(counts: Ints, resamples: int, rng: np.random.Generator) -> tuple[float, float] | None:
    """The customary one: percentiles of alpha over units drawn with replacement."""
    drawn = alphas(counts[rng.integers(len(counts), size=(resamples, len(counts)))])
    drawn = drawn[~np.isnan(drawn)]
    return (float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))) if len(drawn) else None


def coverage(intervals: Sequence[tuple[float, float] | None], alpha: float) -> tuple[float, float, float]:
    """How many of those given hold the true value, how many are given, and how wide they are."""
    given = np.array([found for found in intervals if found is not None]).reshape(-1, 2)
    if not len(given):
        return float("nan"), 0.0, float("nan")
    holds = (given[:, 0] <= alpha) & (alpha <= given[:, 1])
    return float(holds.mean()), len(given) / len(intervals), float((given[:, 1] - given[:, 0]).mean())


if __name__ == "__main__":
    main()
