"""The cost that most of those on the largest choice say they accept: what a decision rule is drafted with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from voicepulse.comparison.reasons import SameReason, cluster_reasons
from voicepulse.comparison.types import Said
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.embedder import Embedder


def shared_cost(choosing: Sequence[Answer], embedder: Embedder, same: SameReason) -> tuple[Said, ...]:
    """The largest group of costs that mean the same, one of each speaker, the most typical words first.

    `choosing` are the answers that make the largest choice; nothing where none of them names a cost.
    """
    said = [
        Said(a.speaker, a.question, a.recording, a.interpretation.costs[0]) for a in choosing if a.interpretation.costs
    ]
    if not said:
        return ()
    vectors = np.asarray(embedder.embed([one.evidence.quote for one in said]), dtype=np.float64)
    largest = cluster_reasons(vectors, same)[0]
    return tuple(said[i] for i in sorted(largest.members, key=lambda i: (i != largest.typical, said[i].speaker)))
