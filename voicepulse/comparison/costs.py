"""The cost that most of those on the largest choice say they accept: what a decision rule is drafted with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from voicepulse.comparison.reasons import SameReason, cluster_reasons
from voicepulse.comparison.types import Said
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.embedder import Embedder
from voicepulse.interpretation.types import Evidence, Interpretation


def shared_cost(choosing: Sequence[Answer], embedder: Embedder, same: SameReason) -> tuple[Said, ...]:
    """The largest group of costs that mean the same, one of each speaker, the most typical words first.

    `choosing` are the answers that make the largest choice; nothing where none of them names a cost.
    """
    named = [(a, _first_cost(a.interpretation)) for a in choosing]
    said = [Said(a.speaker, a.question, a.recording, cost) for a, cost in named if cost is not None]
    if not said:
        return ()
    vectors = np.asarray(embedder.embed([one.evidence.quote for one in said]), dtype=np.float64)
    largest = cluster_reasons(vectors, same)[0]
    return tuple(said[i] for i in sorted(largest.members, key=lambda i: (i != largest.typical, said[i].speaker)))


def _first_cost(reading: Interpretation) -> Evidence | None:
    """The first cost that is not also the reason: words that say why are no price."""
    why = [reason.evidence for reason in reading.reasons[:1]]
    return next(
        (cost for cost in reading.costs if not any(cost.start < w.end and w.start < cost.end for w in why)), None
    )
