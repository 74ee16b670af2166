"""What a study's corrections teach: how far to believe the reader here, label by label.

A reader's probabilities are moved by a slope on their log-odds and an offset for each label, fitted on what people said,
with a Gaussian prior that holds both to "no change": a dozen corrections move them a little, a hundred a lot. It is the
last layer of whatever reader is used, so that it works the same for all of them and costs nothing to apply.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import TypeAdapter, ValidationError

from voicepulse.errors import ModelError
from voicepulse.interpretation.features import OWN_CLASSES, Matrix
from voicepulse.interpretation.types import COMMITMENTS, STANCES, Interpretation, Judgement

Field = Literal["choice", "qualified", "escalates", "stance", "commitment"]
# the labels that get an offset; an option has none, for no two questions share one
LEARNABLE: Mapping[Field, tuple[str, ...]] = {
    "choice": OWN_CLASSES,
    "qualified": ("yes",),
    "escalates": ("yes",),
    "stance": STANCES[:2],
    "commitment": COMMITMENTS[:2],
}
_SMALLEST = 1e-6
_PRIOR_SLOPE, _PRIOR_OFFSET = 0.5, 1.0  # standard deviations around one and nothing


@dataclass(frozen=True, slots=True)
class Adjustment:
    """For one field: log-odds times `slope`, plus the label's offset."""

    slope: float
    offsets: Mapping[str, float]

    def apply(self, judgement: Judgement) -> Judgement:
        """The judgement as this study's corrections would have it. The label stays, for readers decide by thresholds of
        their own, unless another one has become the most probable."""
        names = list(judgement.probabilities)
        before = [judgement.probabilities[name] for name in names]
        likely = self.probabilities(names, before)
        was, now = names[int(np.argmax(before))], names[int(np.argmax(likely))]
        best = judgement.value if was == now else now
        evidence = judgement.evidence if best == judgement.value else ()
        return Judgement(best, dict(zip(names, likely.tolist(), strict=True)), evidence)

    def probabilities(self, names: Sequence[str], before: Sequence[float]) -> Matrix:
        """(labels,) probabilities after the adjustment."""
        scores = self.slope * np.log(np.maximum(before, _SMALLEST)) + [self.offsets.get(name, 0.0) for name in names]
        shifted = np.exp(scores - scores.max())
        return np.asarray(shifted / shifted.sum())


@dataclass(frozen=True, slots=True)
class Learned:
    """The adjustments of a study's fields for one reader, known by the digest of its provenance; `digest` is over all of it."""

    reader: str
    fields: Mapping[Field, Adjustment]

    @property
    def digest(self) -> str:
        return hashlib.sha256(_ADAPTER.dump_json(self)).hexdigest()[:16]

    def apply(self, reading: Interpretation) -> Interpretation:
        """The reading adjusted, if it is by the reader that this was learned for."""
        if reader_digest(reading.provenance) != self.reader:
            return reading
        changed: dict[str, Any] = {
            name: adjustment.apply(judgement)
            for name, adjustment in self.fields.items()
            if isinstance(judgement := getattr(reading, name), Judgement)
        }
        return replace(reading, **changed, provenance={**reading.provenance, "learned": self.digest})


def reader_digest(provenance: Mapping[str, object]) -> str:
    """What tells one reader, with its weights and settings, from every other."""
    return hashlib.sha256(json.dumps(provenance, sort_keys=True, default=str).encode()).hexdigest()[:16]


_ADAPTER: TypeAdapter[Learned] = TypeAdapter(Learned)


def load_learned(path: Path) -> Learned | None:
    """What was learned from a study's corrections, or None.

    Raises:
        ModelError: the file is damaged.
    """
    try:
        return _ADAPTER.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (ValidationError, OSError) as error:
        raise ModelError(
            f"{path} cannot be used ({type(error).__name__}).", "Delete it, or `voicepulse learn` again."
        ) from error


def save_learned(path: Path, learned: Learned) -> None:
    """Write it whole or not at all."""
    incoming = path.with_name(f".{path.name}.incoming")
    incoming.write_text(json.dumps(json.loads(_ADAPTER.dump_json(learned)), indent=1) + "\n", encoding="utf-8")
    incoming.replace(path)


@dataclass(frozen=True, slots=True)
class Example:
    """One field of one answer: what the reader made of it, and what a person said. `group` keeps a question together."""

    group: str
    judgement: Judgement
    truth: str


def fit_adjustment(field: Field, examples: Sequence[Example]) -> Adjustment:
    """The most probable slope and offsets, given what people said and the prior."""
    from scipy.optimize import minimize

    labels = LEARNABLE[field]

    def unpack(values: Matrix) -> Adjustment:
        return Adjustment(float(values[0]), dict(zip(labels, values[1:].tolist(), strict=True)))

    def loss(values: Matrix) -> float:
        prior = ((values[0] - 1) / _PRIOR_SLOPE) ** 2 + float(np.square(values[1:] / _PRIOR_OFFSET).sum())
        return float(0.5 * prior - sum(np.log(likelihood(unpack(values), example)) for example in examples))

    start = np.zeros(1 + len(labels))
    start[0] = 1.0
    return unpack(minimize(loss, start, method="L-BFGS-B", bounds=[(0.05, 4.0), *[(-4.0, 4.0)] * len(labels)]).x)


def likelihood(adjustment: Adjustment, example: Example) -> float:
    """How probable the adjusted reader thinks what the person said."""
    names = list(example.judgement.probabilities)
    likely = adjustment.probabilities(names, [example.judgement.probabilities[name] for name in names])
    return max(_SMALLEST, float(likely[names.index(example.truth)]))
