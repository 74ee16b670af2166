"""The order of the desk's queue, remembered from page to page and worked out behind them: a big study takes seconds."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Condition, Thread
from time import monotonic

from voicepulse.comparison.review import ReviewItem
from voicepulse.errors import VoicePulseError
from voicepulse.review_queue import Queue

PATIENCE = 0.6  # seconds that a page waits for the fresh order before it shows the one of before

log = logging.getLogger("voicepulse.web")


@dataclass(frozen=True, slots=True)
class Row:
    """An answer in the queue, without what was said. `worth` is 0 where checking it moves no verdict."""

    digest: str
    question: str
    speaker: str
    read: str  # the choice or the rating, as it stood when the order was worked out
    worth: float
    weakest: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Order:
    """The rows as last worked out. `version` counts the times; 0 is never. `is_fresh`: nothing was asked for since."""

    rows: tuple[Row, ...] = ()
    version: int = 0
    is_fresh: bool = False
    problem: str = ""

    @property
    def moving(self) -> list[Row]:
        """Those whose correction would move a verdict."""
        return [row for row in self.rows if row.worth > 0]

    @property
    def others(self) -> list[Row]:
        return [row for row in self.rows if row.worth == 0]


class Orders:
    """The order of each wave. `queue` gives a wave's queue; who skipped what is known until they open the queue again."""

    def __init__(self, queue: Callable[[str], Queue]) -> None:
        self._queue = queue
        self._change = Condition()
        self._known: dict[str, Order] = {}
        self._asked: dict[str, int] = {}
        self._done: dict[str, int] = {}
        self._working: set[str] = set()
        self._skipped: dict[str, set[str]] = {}

    def order(self, wave: str) -> Order:
        """The order as it is known now."""
        with self._change:
            fresh = self._done.get(wave, 0) == self._asked.get(wave, 0)
            return replace(self._known.get(wave, Order()), is_fresh=fresh)

    def renew(self, wave: str) -> int:
        """Have the order worked out from what is stored now; returns at once."""
        with self._change:
            self._asked[wave] = self._asked.get(wave, 0) + 1
            if wave not in self._working:
                self._working.add(wave)
                Thread(target=self._work, args=(wave,), daemon=True).start()
            return self._asked[wave]

    def renewed(self, wave: str, patience: float = PATIENCE) -> Order:
        """The fresh order where it is there soon enough, else the one of before."""
        number, until = self.renew(wave), monotonic() + patience
        with self._change:
            while self._done.get(wave, 0) < number and (left := until - monotonic()) > 0:
                self._change.wait(left)
        return self.order(wave)

    def next_after(self, wave: str, digest: str, account: str) -> Row | None:
        """What an account should see after this answer: the first that it did not skip, of those that move a verdict while it is
        among them, else of the others."""
        order = self.order(wave)
        with self._change:
            passed = {digest, *self._skipped.get(account, ())}
        rows = order.others if any(row.digest == digest for row in order.others) else order.moving
        return next((row for row in rows if row.digest not in passed), None)

    def settled(self, wave: str, digest: str) -> None:
        """A person said how an answer is to be read: it leaves the queue, which is worked out anew."""
        with self._change:
            known = self._known.get(wave, Order())
            self._known[wave] = replace(known, rows=tuple(row for row in known.rows if row.digest != digest))
        self.renew(wave)

    def skip(self, digest: str, account: str) -> None:
        with self._change:
            self._skipped.setdefault(account, set()).add(digest)

    def begin_again(self, account: str) -> None:
        """What an account skipped comes up again."""
        with self._change:
            self._skipped.pop(account, None)

    def forget(self) -> None:
        """Remember nothing of anybody: for when a speaker was erased."""
        with self._change:
            self._known = {wave: Order(version=known.version) for wave, known in self._known.items()}
            self._skipped.clear()
            waves = list(self._asked)
        for wave in waves:
            self.renew(wave)

    def _work(self, wave: str) -> None:
        while True:
            with self._change:
                number = self._asked[wave]
            rows, problem = self._look(wave)
            with self._change:
                before = self._known.get(wave, Order())
                kept = before.rows if problem else rows
                self._known[wave] = Order(kept, before.version + 1, problem=problem)
                self._done[wave] = number
                self._change.notify_all()
                if self._asked[wave] == number:
                    self._working.discard(wave)
                    return

    def _look(self, wave: str) -> tuple[tuple[Row, ...], str]:
        """The rows, or what was wrong; whatever it is ends no page."""
        try:
            return tuple(map(_row, self._queue(wave).everything_to_check())), ""
        except VoicePulseError as error:
            return (), str(error)
        except Exception as error:
            log.error(
                "the queue failed: %s", type(error).__name__
            )  # without the message, which may hold somebody's words
            return (), "The order could not be worked out."


def _row(item: ReviewItem) -> Row:
    reading = item.answer.interpretation
    read = reading.choice.value if reading.choice else f"{reading.rating.value:g}" if reading.rating else ""
    answer = item.answer
    return Row(answer.recording, answer.question, answer.speaker, read, item.worth, item.weakest, item.confidence)
