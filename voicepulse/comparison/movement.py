"""From one wave to the next: who moved, from which choice and reason to which, and the verdict then and now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from voicepulse.comparison.importance import on_largest, reasons_heard
from voicepulse.comparison.types import ComparedWave, Comparison, Said, Verdict
from voicepulse.interpretation.answers import Answer

SAME = 0.5  # a reason is taken to be the same if it is rather so than not


@dataclass(frozen=True, slots=True)
class Place:
    """Where a speaker stood in a wave: the choice, the cluster's number, and the reason's words if any."""

    choice: str
    cluster: int
    reason: Said | None


@dataclass(frozen=True, slots=True)
class Step:
    """One speaker from then to now. `same_reason` is how likely both give the same reason, None where one was not heard."""

    speaker: str
    then: Place
    now: Place
    same_reason: float | None = None

    @property
    def moved(self) -> bool:
        """Whether the choice is another one."""
        return self.then.choice != self.now.choice

    @property
    def rethought(self) -> bool:
        """Whether the choice is the same, for another reason; silence is no different reason."""
        return not self.moved and self.same_reason is not None and self.same_reason < SAME


@dataclass(frozen=True, slots=True)
class Movement:
    """One question from one wave to the next, over those who answered in both; and who came, and who left.

    `silent`: the verdict is hidden now, and few reasons were heard, so that nobody knows whether they still share one.
    """

    question: str
    earlier: str
    later: str
    verdict_then: Verdict
    verdict_now: Verdict
    steps: tuple[Step, ...]
    came: Mapping[str, str]  # speaker -> choice of those who answered only now
    left: Mapping[str, str]  # and of those who answered only then
    silent: bool = False

    @property
    def eroded(self) -> bool:
        return self.verdict_then == "aligned" and self.verdict_now != "aligned" and not self.silent

    @property
    def improved(self) -> bool:
        order: tuple[Verdict, ...] = ("unresolved", "open", "hidden", "aligned")
        return order.index(self.verdict_now) > order.index(self.verdict_then) and not self.silent


def movements_to(waves: Sequence[ComparedWave]) -> tuple[Movement, ...]:
    """From each earlier wave to the last one, the oldest first."""
    return tuple(movement for earlier in waves[:-1] for movement in movements_between(earlier, waves[-1]))


def latest_of(movements: Sequence[Movement]) -> tuple[Movement, ...]:
    """For each question the one from the last wave before that asked it."""
    return tuple({movement.question: movement for movement in movements}.values())


def movements_between(earlier: ComparedWave, later: ComparedWave) -> tuple[Movement, ...]:
    """All trade-offs that have a verdict in both waves."""
    found = []
    for now in later.comparison.questions:
        then = earlier.of(now.question)
        if then is None or then.verdict is None or now.verdict is None:
            continue
        before, after = _places(then, earlier), _places(now, later)
        found.append(
            Movement(
                question=now.question,
                earlier=earlier.name,
                later=later.name,
                verdict_then=then.verdict,
                verdict_now=now.verdict,
                steps=tuple(
                    Step(s, before[s], after[s], now.same_as_in.get(earlier.name, {}).get(s))
                    for s in sorted(before.keys() & after.keys())
                ),
                came={s: after[s].choice for s in sorted(after.keys() - before.keys())},
                left={s: before[s].choice for s in sorted(before.keys() - after.keys())},
                silent=now.verdict == "hidden" and reasons_heard(now) * 2 <= on_largest(now),
            )
        )
    return tuple(found)


def _places(compared: Comparison, wave: ComparedWave) -> dict[str, Place]:
    answers = {a.speaker: a for a in wave.answers if a.question == compared.question}
    return {
        speaker: Place(cluster.choice, cluster.identity, _reason(answers[speaker]))
        for cluster in compared.clusters
        for speaker in cluster.speakers
        if speaker in answers
    }


def _reason(answer: Answer) -> Said | None:
    reasons = answer.interpretation.reasons
    return Said(answer.speaker, answer.question, answer.recording, reasons[0].evidence) if reasons else None
