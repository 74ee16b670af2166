"""Corrections become examples: fit the reader's last layer to them, and keep it only where it helps on answers it did not see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from voicepulse.errors import VoicePulseError
from voicepulse.instruments import Instruments
from voicepulse.interpretation.adjustment import (
    LEARNABLE,
    Adjustment,
    Example,
    Field,
    Learned,
    fit_adjustment,
    likelihood,
    reader_digest,
    save_learned,
)
from voicepulse.results import answers
from voicepulse.workspace import OpenStudy

FEWEST = 8  # examples of a field


@dataclass(frozen=True, slots=True)
class FieldScores:
    """Of one field, on answers to questions that each fit did not see: share read right, and mean negative log likelihood."""

    field: str
    examples: int
    right_before: float
    right_after: float
    loss_before: float
    loss_after: float
    kept: bool


def learn(opened: OpenStudy, instruments: Instruments) -> list[FieldScores]:
    """Fit, measure and keep. What does not help stays as it was; if nothing helps, what was learned before is dropped.

    Raises:
        VoicePulseError: there is too little to learn from.
    """
    examples = collect(opened, instruments)
    scores: list[FieldScores] = []
    kept: dict[Field, Adjustment] = {}
    for field, given in examples.items():
        if len(given) < FEWEST or len({e.group for e in given}) < 2:
            continue
        measured = cross_validate(field, given)
        scores.append(measured)
        if measured.kept:
            kept[field] = fit_adjustment(field, given)
    if not scores:
        most = max((len(given) for given in examples.values()), default=0)
        raise VoicePulseError(
            f"There is too little to learn from: {most} corrections of a field, {FEWEST} over at least two questions are needed.",
            "Check readings with `voicepulse review`; choices that the speakers confirmed count too.",
        )
    path = opened.folder.learned
    if kept:
        save_learned(path, Learned(reader_digest(instruments.reader_provenances[0]), kept))
    else:
        path.unlink(missing_ok=True)
    return scores


def collect(opened: OpenStudy, instruments: Instruments) -> dict[Field, list[Example]]:
    """What people said of the readings of the reader that is used now, field by field, over all waves."""
    found: dict[Field, list[Example]] = {field: [] for field in LEARNABLE}
    reader = reader_digest(instruments.reader_provenances[0])
    for wave in opened.store.waves():
        for answer in answers(opened, wave, instruments, learned=False):
            if reader_digest(answer.reading.provenance) != reader:
                continue
            said = answer.corrected
            if answer.confirmed_choice is not None:
                said = {"choice": answer.confirmed_choice, **said}
            for field, examples in found.items():
                judgement = getattr(answer.reading, field)
                if field in said and judgement is not None and said[field] in judgement.probabilities:
                    examples.append(Example(answer.question, judgement, said[field]))
    return found


def cross_validate(field: Field, examples: Sequence[Example]) -> FieldScores:
    """Leave one question out: each question is judged by a fit to all the others."""
    plain = Adjustment(1.0, {})
    right_before, right_after, loss_before, loss_after = [], [], [], []
    for group in sorted({example.group for example in examples}):
        fitted = fit_adjustment(field, [e for e in examples if e.group != group])
        for example in (e for e in examples if e.group == group):
            right_before.append(example.judgement.value == example.truth)
            right_after.append(fitted.apply(example.judgement).value == example.truth)
            loss_before.append(-np.log(likelihood(plain, example)))
            loss_after.append(-np.log(likelihood(fitted, example)))
    before, after = float(np.mean(loss_before)), float(np.mean(loss_after))
    kept = after < before and sum(right_after) >= sum(right_before)
    return FieldScores(
        field, len(examples), float(np.mean(right_before)), float(np.mean(right_after)), before, after, kept
    )
