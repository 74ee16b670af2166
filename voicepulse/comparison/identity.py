"""Clusters keep their number, and with it their colour, from one run to the next and from wave to wave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count, filterfalse

import numpy as np
import numpy.typing as npt

from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.types import Cluster
from voicepulse.interpretation.embedder import Embedder

SAME_CLUSTER = 0.5  # half of the members, or a reason that is rather the same than not


def keep_identities(
    clusters: Sequence[Cluster], earlier: Sequence[Cluster], embedder: Embedder, same: SameReason
) -> tuple[Cluster, ...]:
    """Number clusters like the earlier ones that they go on from; new ones get numbers that none of those had.

    Two clusters are the same one if they make the same choice and share half of their members, or give the same reason.
    Pairs are matched so that the likeness of all together is greatest (the assignment problem, Kuhn 1955).
    """
    from scipy.optimize import linear_sum_assignment

    likeness = _likeness(clusters, earlier, embedder, same)
    likeness[likeness < SAME_CLUSTER] = 0.0  # what is not the same must not outweigh what is
    pairs = zip(*linear_sum_assignment(-likeness), strict=True)
    kept = {i: earlier[j].identity for i, j in pairs if likeness[i, j] > 0}
    unused = filterfalse({cluster.identity for cluster in earlier}.__contains__, count())
    return tuple(
        replace(cluster, identity=kept[i] if i in kept else next(unused)) for i, cluster in enumerate(clusters)
    )


def same_reasons(
    now: Mapping[str, str], then: Mapping[str, str], embedder: Embedder, same: SameReason
) -> dict[str, float]:
    """For each speaker of both, how likely the reason's words then and now give the same reason, 0 to 1."""
    both = sorted(now.keys() & then.keys())
    if not both:
        return {}
    vectors = np.asarray(embedder.embed([now[s] for s in both] + [then[s] for s in both]), dtype=np.float64)
    cosines = (vectors[: len(both)] * vectors[len(both) :]).sum(axis=1)
    likely = 1 / (1 + np.exp(-(same.slope * cosines + same.bias)))
    return dict(zip(both, likely.tolist(), strict=True))


def _likeness(
    clusters: Sequence[Cluster], earlier: Sequence[Cluster], embedder: Embedder, same: SameReason
) -> npt.NDArray[np.float64]:
    """(clusters, earlier) the share of members in common, or how likely the reasons are the same, whichever is more."""
    likeness = np.zeros((len(clusters), len(earlier)))
    if not likeness.size:
        return likeness
    now = np.asarray(embedder.embed([cluster.words for cluster in clusters]), dtype=np.float64)
    then = np.asarray(embedder.embed([cluster.words for cluster in earlier]), dtype=np.float64)
    reasons = 1 / (1 + np.exp(-(same.slope * (now @ then.T) + same.bias)))
    for i, cluster in enumerate(clusters):
        for j, old in enumerate(earlier):
            if (cluster.choice, cluster.has_reason) == (old.choice, old.has_reason):
                common = len({*cluster.speakers} & {*old.speakers}) / len({*cluster.speakers} | {*old.speakers})
                likeness[i, j] = max(common, reasons[i, j] if cluster.has_reason else 1.0)
    return likeness
