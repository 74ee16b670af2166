"""A person checks readings, the ones that matter most first: hear it, accept it, or correct it with a key.

Screen, keyboard and loudspeaker come in from outside, so the whole course can be tested. Every word is kept as it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from voicepulse.comparison.review import ReviewItem
from voicepulse.errors import VoicePulseError
from voicepulse.interpretation.answers import Answer, check_correction
from voicepulse.interpretation.types import COMMITMENTS, STANCES
from voicepulse.interview import Desk
from voicepulse.review_queue import Queue, keep, own_words, shown
from voicepulse.study import NON_OPTION_CHOICES, Question

CHOICE_KEYS = {name[0]: name for name in NON_OPTION_CHOICES}  # b, n, u
FLAGS = {"c": "qualified", "e": "escalates"}
LABELS = {"s": ("stance", STANCES), "m": ("commitment", COMMITMENTS)}

Play = Callable[[Answer], None]  # raises VoicePulseError where there is nothing to play on


@dataclass
class Reviewed:
    """What a session did: answers checked, and corrections that changed a reading."""

    checked: int = 0
    changed: int = 0
    left: int = 0
    skipped: set[tuple[str, str]] = field(default_factory=set)


class ReviewSession:
    """One sitting over the queue of a wave."""

    def __init__(self, queue: Queue, author: str, desk: Desk, play: Play) -> None:
        self._queue, self._author, self._desk, self._play = queue, author, desk, play
        self.done = Reviewed()

    def run(self, most: int | None = None) -> Reviewed:
        """Go through the queue until it is empty, `most` are checked, or the person stops."""
        while True:
            left = [i for i in self._queue.items() if (i.answer.question, i.answer.speaker) not in self.done.skipped]
            self.done.left = len(left)
            if not left or (most is not None and self.done.checked >= most):
                return self.done
            if not self._check(left[0], len(left)):
                return self.done

    def _question(self, identifier: str) -> Question:
        found = self._queue.opened.study.question(identifier)
        assert found is not None  # noqa: S101  (answers are of questions that the study asks)
        return found

    def _check(self, item: ReviewItem, left: int) -> bool:
        """One answer; False when the person stops."""
        answer, question = item.answer, self._question(item.answer.question)
        changes: dict[str, str] = {}
        keys = _keys(question)
        self._desk.say(
            f"\n{question.id} of {answer.speaker} · {left} to check · moves the verdict by {item.worth:.0%}", "bold"
        )
        self._desk.say(question.prompt)
        self._desk.say(f"“{answer.transcript.text}”", "italic")
        while True:
            self._show(answer, question, changes)
            key = self._desk.ask("What was meant?", keys)
            if key in ("x", "k"):
                self.done.skipped.add((answer.question, answer.speaker))
                return key == "k"
            if key == "a":
                self.done.changed += keep(self._queue.opened, answer, question, changes, self._author)
                self.done.checked += 1
                return True
            self._act(key, answer, question, changes)
            for name in own_words(answer) & changes.keys():
                del changes[name]
                self._desk.say(f"The speaker put the {name} right, and their word counts.", "yellow")

    def _act(self, key: str, answer: Answer, question: Question, changes: dict[str, str]) -> None:
        now = shown(answer) | changes
        if key == "p":
            try:
                self._play(answer)
            except VoicePulseError as error:
                self._desk.say(str(error), "yellow")
        elif key == "r":
            words = self._desk.ask_text("The words of the reason, as they stand in the answer:")
            try:
                changes["reason"] = check_correction("reason", words, question, answer.transcript)
            except VoicePulseError as error:
                self._desk.say(str(error), "yellow")
        elif key in FLAGS:
            changes[FLAGS[key]] = "no" if now[FLAGS[key]] == "yes" else "yes"
        elif key in LABELS:
            name, labels = LABELS[key]
            changes[name] = labels[(labels.index(now[name]) + 1) % len(labels)]
        else:
            changes["choice"] = CHOICE_KEYS.get(key) or question.options[int(key) - 1].id

    def _show(self, answer: Answer, question: Question, changes: dict[str, str]) -> None:
        labels = {option.id: option.label for option in question.options}
        own = own_words(answer)
        for name, stands in shown(answer).items():
            value, judged = changes.get(name, stands), getattr(answer.interpretation, name)
            sure = "the speaker's word" if name in own else f"{judged.confidence:.0%} sure"
            quote = "" if name in changes or not judged.evidence else f"  “{judged.evidence[0].quote}”"
            self._desk.say(f"  {name:11} {labels.get(value, value)} ({'yours' if name in changes else sure}){quote}")
        reasons = (
            [changes["reason"]] if changes.get("reason") else [r.evidence.quote for r in answer.interpretation.reasons]
        )
        for reason in reasons:
            self._desk.say(f"  {'reason':11} “{reason}”")


def _keys(question: Question) -> dict[str, str]:
    options = {str(number): option.label for number, option in enumerate(question.options, 1)}
    return {
        "a": "accept what is shown",
        **options,
        **CHOICE_KEYS,
        "c": "conditional or not",
        "e": "hands it on or not",
        "s": "stance",
        "m": "commitment",
        "r": "reason",
        "p": "play",
        "k": "skip",
        "x": "stop",
    }
