"""Which speakers gave the same reason: clusters of a handful of reasons inside one question and choice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SameReason:
    """From the cosine of two reasons to the probability that they are the same: sigmoid(slope * cosine + bias).

    Clusters are cut at `cut`. How likely a member truly shares its cluster's reason is fitted on its mean probability of
    being the same as the others: sigmoid(member_slope * mean + member_bias).
    """

    slope: float
    bias: float
    cut: float = 0.5
    member_slope: float = 6.0
    member_bias: float = -3.0

    def probabilities(self, vectors: Matrix) -> Matrix:
        """(n, n) probabilities from (n, d) vectors of length one."""
        pairs = 1 / (1 + np.exp(-(self.slope * (vectors @ vectors.T) + self.bias)))
        np.fill_diagonal(pairs, 1.0)
        return np.asarray(pairs)


@dataclass(frozen=True, slots=True)
class ReasonCluster:
    """Indices of the reasons in it, the most typical one, and for each how likely it truly shares this reason, with the
    mean probability of being the same as the others which that rests on."""

    members: tuple[int, ...]
    typical: int
    confidence: tuple[float, ...]
    mean: tuple[float, ...]


def cluster_reasons(vectors: Matrix, same: SameReason) -> list[ReasonCluster]:
    """Average linkage over the pair probabilities: reasons stand together while their mean probability clears the cut.

    The largest cluster comes first. With the same reasons in another order the clusters are the same.
    """
    if len(vectors) == 0:
        return []
    pairs = same.probabilities(vectors)
    labels = _linked(pairs, same.cut) if len(vectors) > 1 else np.array([1])
    clusters = [_describe(np.flatnonzero(labels == label), pairs, same) for label in np.unique(labels)]
    return sorted(clusters, key=lambda cluster: (-len(cluster.members), cluster.members))


def _linked(pairs: Matrix, cut: float) -> npt.NDArray[np.int64]:
    """(n,) the number of each one's cluster."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    tree = linkage(squareform(1 - (pairs + pairs.T) / 2, checks=False), "average")
    return np.asarray(fcluster(tree, 1 - cut, "distance"))


def _describe(members: npt.NDArray[np.int64], pairs: Matrix, same: SameReason) -> ReasonCluster:
    inside = pairs[np.ix_(members, members)]
    typical = int(members[int(np.argmax(inside.mean(axis=1)))])  # the medoid
    others = max(1, len(members) - 1)
    mean = (inside.sum(axis=1) - 1) / others
    shares = 1 / (1 + np.exp(-(same.member_slope * mean + same.member_bias)))
    confidence = [1.0] if len(members) == 1 else shares.tolist()
    return ReasonCluster(tuple(members.tolist()), typical, tuple(confidence), tuple(mean.tolist()))
