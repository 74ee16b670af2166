"""Agreement beyond chance: Krippendorff's alpha over a study's trade-offs (Krippendorff 2011, nominal data).

Options differ from question to question, so each choice is coded by what it means for the strategy: the intended option,
the first, second or third other one, both, neither, undecided. Questions without an intended option are left out, and that
is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import krippendorff
import numpy as np

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

    With everybody always on the same code there is no variation, and chance cannot be told from agreement.
    """
    counts = np.array([[list(codes.values()).count(code) for code in CODES] for codes in units.values()])
    counts = counts[counts.sum(axis=1) >= 2] if len(counts) else counts
    if not len(counts) or (counts.sum(axis=0) > 0).sum() < 2:
        return None
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))


def unit_agreement(codes: Sequence[str], all_codes: Sequence[str]) -> float | None:
    """One question's part in alpha: one less its observed disagreement over the study's expected disagreement."""
    expected = _disagreement(all_codes)
    if len(codes) < 2 or not expected:
        return None
    return 1 - _disagreement(codes) / expected


def _disagreement(codes: Sequence[str]) -> float:
    """The share of ordered pairs of different codes."""
    n = len(codes)
    return (n * n - sum(count * count for count in Counter(codes).values())) / (n * (n - 1)) if n > 1 else 0.0
