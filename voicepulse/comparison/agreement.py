"""Agreement beyond chance: Krippendorff's alpha over a study's trade-offs (Krippendorff 2011, nominal data), and how sure it is.

Options differ from question to question, so each choice is coded by what it means for the strategy: the intended option,
the first, second or third other one, both, neither, undecided. Questions without an intended option are left out, and that
is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from voicepulse.study import NON_OPTION_CHOICES, Question

CODES = ("intended", "other 1", "other 2", "other 3", *NON_OPTION_CHOICES)


def code_choice(choice: str, question: Question) -> str:
    """What a choice means for the strategy; two different options never get the same code."""
    others = [option.id for option in question.options if option.id != question.intended]
    if choice == question.intended:
        return "intended"
    return f"other {others.index(choice) + 1}" if choice in others else choice


def study_alpha(units: Mapping[str, Mapping[str, str]]) -> float | None:
    """Alpha over units (questions) that map speakers to codes; None where there is nothing to compare.

    With everybody always on the same code there is no variation, and chance cannot be told from agreement. Of a single unit
    the expected disagreement is the observed one, so alpha would be 0 whatever was said.
    """
    import krippendorff

    counts = _counts(units)
    if len(counts) < 2 or (counts.sum(axis=0) > 0).sum() < 2:
        return None
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


def alpha_interval(units: Mapping[str, Mapping[str, str]], level: float = 0.95) -> tuple[float, float] | None:
    """Where the alpha of questions like these lies, with the given confidence, by the jackknife over units.

    It always holds the value of `study_alpha`. None where the study cannot tell: under three units with two answers, or
    where all disagreement, or all that sets the units apart, comes from a single one of them.
    """
    value = study_alpha(units)
    found = jackknife_interval(_counts(units), level)
    return None if value is None or found is None else (min(found[0], value), max(found[1], value))


def jackknife_interval(counts: npt.NDArray[np.int64], level: float) -> tuple[float, float] | None:
    """The interval of Hughes (2022, arXiv:2210.13265) from counts (units, codes).

    Alpha is an intraclass correlation: with F the mean square between units over that within, and n0 coders a unit, it
    is (F - 1) / (F - 1 + n0). The logarithm of F is near normal, so its pseudovalues, one a unit left out, give its
    standard error, and Student's t the limits.
    """
    from scipy.special import stdtrit

    n = len(counts)
    if n < _FEWEST_UNITS:
        return None
    between, within = _mean_squares(counts)
    if min(between.min(), within.min()) < _NOTHING:
        return None
    log_ratio = np.log(between / within)
    pseudovalues = n * log_ratio[0] - (n - 1) * log_ratio[1:]
    error = float(np.sqrt(pseudovalues.var(ddof=1) / n) * stdtrit(n - 1, (1 + level) / 2))
    size = counts.sum(axis=1)
    coders = float((size.sum() - (size**2).sum() / size.sum()) / (n - 1))
    low, high = (float(np.expm1(log_ratio[0] + step)) for step in (-error, error))
    return low / (low + coders), high / (high + coders)


_FEWEST_UNITS = 3  # with two, leaving one out leaves nothing to compare
_NOTHING = 1e-12  # a mean square that is zero but for rounding


def _mean_squares(counts: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean squares between and within units, each (1 + units,): of all, then with each unit left out in turn."""
    kept = np.vstack([np.ones(len(counts)), 1 - np.eye(len(counts))])  # (1 + units, units)
    size = counts.sum(axis=1)
    differing = (size**2 - (counts**2).sum(axis=1)) / 2  # pairs of coders with different codes
    within = kept @ (differing / np.maximum(size - 1, 1)) / (kept @ np.where(size > 1, size, 0))
    units, answers, codes = kept.sum(axis=1), kept @ size, kept @ counts
    total = (answers**2 - (codes**2).sum(axis=1)) / 2 / answers
    return (total - (answers - units) * within) / (units - 1), within


def _counts(units: Mapping[str, Mapping[str, str]]) -> npt.NDArray[np.int64]:
    """(units, codes) how often each code was given, for units with at least two answers."""
    counts = [[list(codes.values()).count(code) for code in CODES] for codes in units.values() if len(codes) > 1]
    return np.array(counts, dtype=np.int64).reshape(-1, len(CODES))


def unit_agreement(unit: str, units: Mapping[str, Mapping[str, str]]) -> float | None:
    """One question's part in alpha: one less its observed disagreement over the study's expected disagreement.

    None where the study has no alpha, or the question under two answers.
    """
    compared = {name: list(codes.values()) for name, codes in units.items() if len(codes) > 1}
    expected = _disagreement([code for codes in compared.values() for code in codes])
    if unit not in compared or len(compared) < 2 or not expected:
        return None
    return 1 - _disagreement(compared[unit]) / expected


def _disagreement(codes: Sequence[str]) -> float:
    """The share of ordered pairs of different codes."""
    n = len(codes)
    return (n * n - sum(count * count for count in Counter(codes).values())) / (n * (n - 1)) if n > 1 else 0.0
