"""Which speakers gave the same reason: clusters of a handful of reasons inside one question and choice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SameReason:
    """From the cosine of two reasons to the probability that they are the same: sigmoid(slope * cosine + bias)."""

    slope: float
    bias: float
    cut: float = 0.5

    def probabilities(self, vectors: Matrix) -> Matrix:
        """(n, n) probabilities from (n, d) vectors of length one."""
        pairs = 1 / (1 + np.exp(-(self.slope * (vectors @ vectors.T) + self.bias)))
        np.fill_diagonal(pairs, 1.0)
        return np.asarray(pairs)


@dataclass(frozen=True, slots=True)
class ReasonCluster:
    """Indices of the reasons in it, the most typical one, and for each how likely it belongs here."""

    members: tuple[int, ...]
    typical: int
    confidence: tuple[float, ...]


def cluster_reasons(vectors: Matrix, same: SameReason) -> list[ReasonCluster]:
    """Average linkage over the pair probabilities: reasons stand together while their mean probability clears the cut.

    The largest cluster comes first. With the same reasons in another order the clusters are the same.
    """
    n = len(vectors)
    if n == 0:
        return []
    pairs = same.probabilities(vectors)
    if n == 1:
        labels = np.array([1])
    else:
        labels = fcluster(
            linkage(squareform(1 - (pairs + pairs.T) / 2, checks=False), "average"), 1 - same.cut, "distance"
        )
    clusters = [_describe(np.flatnonzero(labels == label), pairs) for label in np.unique(labels)]
    return sorted(clusters, key=lambda cluster: (-len(cluster.members), cluster.members))


def _describe(members: npt.NDArray[np.int64], pairs: Matrix) -> ReasonCluster:
    inside = pairs[np.ix_(members, members)]
    closeness = inside.mean(axis=1)  # the most typical member is the medoid
    others = [1.0] * len(members) if len(members) == 1 else [(row.sum() - 1) / (len(members) - 1) for row in inside]
    return ReasonCluster(
        tuple(members.tolist()), int(members[int(np.argmax(closeness))]), tuple(float(o) for o in others)
    )
