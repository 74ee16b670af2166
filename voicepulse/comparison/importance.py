"""Which verdicts can be relied on, and which questions matter most."""

from __future__ import annotations

from collections.abc import Sequence

from voicepulse.comparison.types import Comparison
from voicepulse.comparison.verdict import settles
from voicepulse.settings import Thresholds


def on_largest(compared: Comparison) -> int:
    return compared.choices.get(compared.largest_choice or "", 0)


def reasons_heard(compared: Comparison) -> int:
    """How many of those on the largest choice gave a reason that was heard; silence is no different reason."""
    return sum(len(c.speakers) for c in compared.clusters if c.has_reason and c.choice == compared.largest_choice)


def is_settled(compared: Comparison, thresholds: Thresholds) -> bool:
    """Whether a verdict can be relied on; see `settles`."""
    heard_share = reasons_heard(compared) / max(1, on_largest(compared))
    return settles(compared.verdict, compared.stability, compared.misread_share, heard_share, thresholds)


def why_unsettled(compared: Comparison, thresholds: Thresholds) -> str:
    """What keeps a verdict from being relied on, in a few words; empty where it can be."""
    if is_settled(compared, thresholds):
        return ""
    if compared.misread_share > thresholds.settled_misread:
        return "too many choices are unsure readings"
    if compared.verdict in ("aligned", "hidden") and reasons_heard(compared) * 2 <= on_largest(compared):
        return "few reasons were heard"
    return "it hangs on one or two people"


def by_importance(compared: Sequence[Comparison], thresholds: Thresholds, *, by_share: bool = True) -> tuple[str, ...]:
    """The questions' ids, what matters most first.

    Misalignment goes before alignment, and that before what has no verdict; what is settled before what is not; then the
    larger the share of people who are outside the largest cluster, the earlier. Of equals, the study's order stays. Without
    `by_share` the order tells of nothing but the verdicts.
    """

    def rank(c: Comparison) -> tuple[int, bool, float]:
        kind = 2 if c.verdict is None else 1 if c.verdict == "aligned" else 0
        if not by_share:
            return kind, False, 0.0
        largest = max((len(k.speakers) for k in c.clusters if k.has_reason), default=0)
        return kind, not is_settled(c, thresholds), largest / max(1, len(c.speakers))

    return tuple(c.question for c in sorted(compared, key=rank))
