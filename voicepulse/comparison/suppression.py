"""What an anonymous study may show: no count under five, no quote under ten, nor what they would follow from (docs/anonymity.md).

A count that is shown also tells what is left of the total, and so on; so counts are withheld until no withheld one follows
from those that are shown (complementary suppression; Hundepool et al. 2012, Statistical Disclosure Control, chapter 4).
One object holds the rule, and every output goes through it. In an attributed study it lets everything through.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeVar

from voicepulse.settings import Thresholds
from voicepulse.study import Mode

Name = TypeVar("Name")


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer that counts: whose it is, to which question, and the content of its recording."""

    question: str
    speaker: str
    digest: str


def _parts(answers: Set[GivenAnswer]) -> list[Set[GivenAnswer]]:
    """These answers, then those to each question."""
    return [answers, *({a for a in answers if a.question == q} for q in sorted({a.question for a in answers}))]


def _speakers(answers: Iterable[GivenAnswer]) -> set[str]:
    return {answer.speaker for answer in answers}


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The rule of a study: from how many speakers on counts and quotes are shown."""

    anonymous: bool
    counts_from: int
    quotes_from: int

    def speakers(self, number: int) -> bool:
        """Whether anything may be said of so many speakers."""
        return not self.anonymous or number >= self.counts_from

    def quotes(self, number: int) -> bool:
        """Whether words of one of so many speakers may be shown."""
        return not self.anonymous or number >= self.quotes_from

    def pair(self, count: int, total: int) -> bool:
        """Whether `count` of `total` may be shown: what is counted and what remains are each nobody, or enough."""
        return all(self.may_show(part) for part in (count, total - count)) and self.speakers(total)

    def table(self, counts: Mapping[Name, int]) -> dict[Name, int | None]:
        """The counts of a table whose total is known, with those that must be withheld as None.

        Small counts go first. While what is withheld is one count, or in sum under the threshold, or could only be split
        in one way, the smallest shown one goes too. Nobody is a count that may be shown, while nothing is withheld.
        """
        hidden = {name for name, count in counts.items() if not self.may_show(count)}
        if not hidden:
            return dict(counts)
        hidden |= {name for name, count in counts.items() if count == 0}
        while not self._ambiguous([counts[name] for name in hidden]):
            shown = sorted((name for name in counts if name not in hidden), key=lambda name: counts[name])
            if not shown:
                break
            hidden |= {name for name in shown if counts[name] == counts[shown[0]]}
        return {name: None if name in hidden else count for name, count in counts.items()}

    def verdict(self, counts: Mapping[Name, int], open_share: float) -> bool:
        """Whether a verdict may be shown beside this table of choices.

        Where the largest count is withheld, what is left of the total is one to four people; a verdict tells whether that is
        more or less than a quarter, and so, for some totals, how many.
        """
        if self.table(counts)[max(counts, key=lambda name: counts[name])] is not None:
            return True
        total = sum(counts.values())
        under = sum(total - rest >= open_share * total - 1e-9 for rest in range(1, self.counts_from))
        return 1 not in (under, self.counts_from - 1 - under)

    def groups(self, sizes: Mapping[Name, int]) -> set[Name]:
        """Which groups of a partition may be shown: each of them is large enough, and so is what is left out."""
        if not self.anonymous:
            return set(sizes)
        shown = {name for name, size in sizes.items() if size >= self.counts_from}
        while shown and 0 < sum(size for name, size in sizes.items() if name not in shown) < self.counts_from:
            shown.remove(min(shown, key=lambda name: sizes[name]))
        return shown

    def countable(self, present: Set[GivenAnswer], shown: Sequence[Set[GivenAnswer]]) -> set[GivenAnswer]:
        """Which of the present answers may be counted, after these sets of answers were shown.

        Against each set that was shown, those who bring something new and those who take something away are nobody, or enough; on
        each question too. So newcomers wait for others, and where somebody left, more stay away, drawn at random but the same
        ones each time. A new take is one that leaves and one that comes. What is allowed only shrinks, so this ends.
        """
        allowed = set(present)
        while True:
            few = self._on_few(allowed)
            fault = next((then for then in reversed(shown) if self._apart_by_few(then, allowed)), None)
            if few:
                allowed -= few
            elif fault is not None:
                allowed -= self._too_near(fault, allowed)
            else:
                return allowed

    def _on_few(self, answers: Set[GivenAnswer]) -> set[GivenAnswer]:
        """Answers to questions that too few have answered to show anything of."""
        answered = Counter(a.question for a in answers)
        return {a for a in answers if answered[a.question] < self.counts_from}

    def _apart_by_few(self, then: Set[GivenAnswer], now: Set[GivenAnswer]) -> bool:
        return bool(now) and any(map(self._on_few_people, [*_parts(now - then), *_parts(then - now)]))

    def _on_few_people(self, answers: Set[GivenAnswer]) -> bool:
        return not self.may_show(len(_speakers(answers)))

    def _too_near(self, then: Set[GivenAnswer], now: Set[GivenAnswer]) -> set[GivenAnswer]:
        """What must go from `now` so that it differs from `then` by nobody or by enough: the few that came, or more that leave."""
        came = next(filter(self._on_few_people, _parts(now - then)), None)
        if came is not None:
            return set(came)
        left = next(filter(self._on_few_people, _parts(then - now)))
        gone, questions = _speakers(left), {a.question for a in left}
        same = {a for a in now & then if a.question in questions and a.speaker not in gone}
        draw = random.Random(" ".join(sorted(f"{a.question} {a.speaker} {a.digest}" for a in then)))
        others = sorted(_speakers(same))
        away = draw.sample(others, min(self.counts_from - len(gone), len(others)))
        return {a for a in same if a.speaker in away} or set(now)

    def may_show(self, count: int) -> bool:
        """Whether a count may be shown by itself: nobody, or enough."""
        return not self.anonymous or count == 0 or count >= self.counts_from

    def _ambiguous(self, hidden: list[int]) -> bool:
        """Whether what is withheld, being known in sum, is many and can be split in more ways than one."""
        most = len(hidden) * (self.counts_from - 1)
        return len(hidden) > 1 and self.counts_from <= sum(hidden) and sum(hidden) != most


def disclosure(mode: Mode, thresholds: Thresholds) -> Disclosure:
    """The rule of a study with these thresholds, which can be raised and not lowered."""
    return Disclosure(mode == "anonymous", thresholds.anonymous_counts_from, thresholds.anonymous_quotes_from)
