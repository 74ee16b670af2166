"""A person checks readings, the ones that matter most first: hear it, accept it, or correct it with a key.

Screen, keyboard and loudspeaker come in from outside, so the whole course can be tested. Every word is kept as it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from voicepulse.comparison.review import ReviewItem, in_order, question_queue, review_queue
from voicepulse.errors import VoicePulseError
from voicepulse.instruments import Instruments
from voicepulse.interpretation.answers import Answer, check_correction
from voicepulse.interpretation.types import COMMITMENTS, STANCES
from voicepulse.interview import Desk
from voicepulse.results import answers
from voicepulse.study import NON_OPTION_CHOICES, Question
from voicepulse.workspace import OpenStudy

CHOICE_KEYS = {name[0]: name for name in NON_OPTION_CHOICES}  # b, n, u
FLAGS = {"c": "qualified", "e": "escalates"}
LABELS = {"s": ("stance", STANCES), "m": ("commitment", COMMITMENTS)}
JUDGED = ("choice", "qualified", "escalates", "stance", "commitment")

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

    def __init__(
        self, opened: OpenStudy, wave: str, instruments: Instruments, author: str, desk: Desk, play: Play
    ) -> None:
        self._opened, self._wave, self._instruments = opened, wave, instruments
        self._author, self._desk, self._play = author, desk, play
        self.done = Reviewed()

    def queue(self) -> list[ReviewItem]:
        """What is worth checking, from the answers as they stand."""
        i = self._instruments
        return review_queue(self._opened.study, self._answers(), i.embedder, i.same_reason, i.compare_options)

    def run(self, most: int | None = None) -> Reviewed:
        """Go through the queue until it is empty, `most` are checked, or the person stops."""
        queue = self.queue()
        while True:
            queue = [i for i in queue if (i.answer.question, i.answer.speaker) not in self.done.skipped]
            self.done.left = len(queue)
            if not queue or (most is not None and self.done.checked >= most):
                return self.done
            if not self._check(queue[0], len(queue)):
                return self.done
            queue = self._again(queue, queue[0].answer.question)

    def _answers(self) -> list[Answer]:
        everything = answers(self._opened, self._wave, self._instruments, with_unread=True)
        return [answer for answer in everything if answer.transcript.has_speech]

    def _again(self, queue: list[ReviewItem], question: str) -> list[ReviewItem]:
        """Only the question that was just worked on has changed."""
        asked, i = self._question(question), self._instruments
        given = [a for a in self._answers() if a.question == question]
        fresh = question_queue(asked, given, i.embedder, i.same_reason, i.compare_options)
        return in_order([*(item for item in queue if item.answer.question != question), *fresh])

    def _question(self, identifier: str) -> Question:
        found = self._opened.study.question(identifier)
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
                self._keep(answer, question, changes)
                return True
            self._act(key, answer, question, changes)

    def _act(self, key: str, answer: Answer, question: Question, changes: dict[str, str]) -> None:
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
            changes[FLAGS[key]] = "no" if _value(answer, FLAGS[key], changes) == "yes" else "yes"
        elif key in LABELS:
            name, labels = LABELS[key]
            changes[name] = labels[(labels.index(_value(answer, name, changes)) + 1) % len(labels)]
        else:
            changes["choice"] = CHOICE_KEYS.get(key) or question.options[int(key) - 1].id

    def _show(self, answer: Answer, question: Question, changes: dict[str, str]) -> None:
        labels = {option.id: option.label for option in question.options}
        for name in JUDGED:
            value = _value(answer, name, changes)
            judged = getattr(answer.interpretation, name)
            sure = "yours" if name in changes else f"{judged.confidence:.0%} sure"
            quote = "" if name in changes or not judged.evidence else f"  “{judged.evidence[0].quote}”"
            self._desk.say(f"  {name:11} {labels.get(value, value)} ({sure}){quote}")
        reasons = (
            [changes["reason"]] if changes.get("reason") else [r.evidence.quote for r in answer.interpretation.reasons]
        )
        for reason in reasons:
            self._desk.say(f"  {'reason':11} “{reason}”")

    def _keep(self, answer: Answer, question: Question, changes: dict[str, str]) -> None:
        """What is shown becomes the person's word: what was accepted as well as what was changed."""
        said = {name: _value(answer, name, changes) for name in JUDGED} | {k: v for k, v in changes.items() if v}
        checked = {name: check_correction(name, value, question, answer.transcript) for name, value in said.items()}
        self._opened.store.add_corrections(answer.recording, checked, self._author)
        self.done.checked += 1
        self.done.changed += "reason" in said or any(_value(answer, name, {}) != said[name] for name in JUDGED)


def _value(answer: Answer, name: str, changes: dict[str, str]) -> str:
    return changes.get(name) or str(getattr(answer.interpretation, name).value)


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
