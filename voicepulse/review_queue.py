"""What a person should check in a wave, in which order, and how their word is kept: the same at every screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from voicepulse.comparison.review import DECIDING, ReviewItem, in_order, question_queue
from voicepulse.errors import VoicePulseError
from voicepulse.instruments import Instruments
from voicepulse.interpretation.answers import SPEAKER, Answer, check_author, check_correction, counting
from voicepulse.interpretation.types import interpretation_to_json
from voicepulse.results import answers, content_key
from voicepulse.study import Question
from voicepulse.workspace import OpenStudy

JUDGED = ("choice", "qualified", "escalates", "stance", "commitment")


@dataclass(frozen=True, slots=True)
class _Ranked:
    """The queue of one question without what was said: (speaker, worth, weakest, confidence). `key` is what it was made from."""

    key: str
    rows: tuple[tuple[str, float, str, float], ...]


class Queue:
    """The queue of one wave. It may be held for days and asked by many threads at once.

    A question is worked on anew when something was said of its answers, and only then. No transcript is remembered.
    """

    def __init__(self, opened: OpenStudy, wave: str, instruments: Instruments) -> None:
        self.opened, self.wave, self._instruments = opened, wave, instruments
        self._ranked: dict[str, _Ranked] = {}  # by question
        self._lock = Lock()  # held while working, so that two who ask at once do not do the same work twice

    def items(self) -> list[ReviewItem]:
        """What is worth checking, from the answers as they stand, the one that matters most first."""
        with self._lock:
            return self._items(self._answers())

    def everything_to_check(self) -> list[ReviewItem]:
        """The queue, then every other answer of which no person has said anything, of any kind, the least sure first.

        Those others move no verdict: they are worth 0.
        """
        with self._lock:
            given = self._answers()
            queue = self._items(given)
        queued = {(item.answer.question, item.answer.speaker) for item in queue}
        others = (a for a in given if (a.question, a.speaker) not in queued and needs_check(a))
        return [*queue, *in_order([ReviewItem(a, 0.0, *_least_sure(a)) for a in others])]

    def _answers(self) -> list[Answer]:
        everything = answers(self.opened, self.wave, self._instruments, with_unread=True)
        return [answer for answer in everything if answer.transcript.has_speech]

    def _items(self, given: Iterable[Answer]) -> list[ReviewItem]:
        by_question: dict[str, list[Answer]] = {}
        for answer in given:
            by_question.setdefault(answer.question, []).append(answer)
        asked = [question for question in self.opened.study.questions if question.kind == "tradeoff"]
        return in_order([item for q in asked for item in self._items_of(q, by_question.get(q.id, []))])

    def _items_of(self, question: Question, given: Sequence[Answer]) -> list[ReviewItem]:
        said = {answer.speaker: answer for answer in given}
        key = content_key([question.asked, {s: interpretation_to_json(a.interpretation) for s, a in said.items()}])
        ranked = self._ranked.get(question.id)
        if ranked is None or ranked.key != key:
            i = self._instruments
            fresh = question_queue(question, given, i.embedder, i.same_reason, i.compare_options)
            rows = tuple((item.answer.speaker, item.worth, item.weakest, item.confidence) for item in fresh)
            ranked = _Ranked(key, rows)
            self._ranked[question.id] = ranked
        return [
            ReviewItem(said[speaker], worth, weakest, confidence) for speaker, worth, weakest, confidence in ranked.rows
        ]


def _least_sure(answer: Answer) -> tuple[str, float]:
    """The least sure of the fields that the answer was asked for, and how sure it is."""
    reading = answer.interpretation
    if reading.kind == "rating":  # rules give no confidence; where they found nothing, a person may
        return "rating", float(reading.rating is not None)
    if reading.kind == "execution":
        return "actions", float(bool(reading.actions))
    names = DECIDING if reading.kind == "tradeoff" else ("stance", "commitment")
    sure = {name: getattr(reading, name).confidence for name in names}
    return min(sure.items(), key=lambda one: one[1])


def needs_check(answer: Answer) -> bool:
    """Whether no person has said yet how the answer is to be read, and one may: where all of it is the speaker's own word, none can."""
    by_others = counting(said for said in answer.corrections if said.author != SPEAKER)
    return not by_others and not shown(answer).keys() <= own_words(answer)


def own_words(answer: Answer) -> frozenset[str]:
    """The fields that the speaker put right: no other person's word counts there."""
    return frozenset(field for field, said in counting(answer.corrections).items() if said.author == SPEAKER)


def shown(answer: Answer) -> dict[str, str]:
    """What a person is asked to accept or to change, by field: a choice only of a trade-off, a rating where one was heard."""
    reading = answer.interpretation
    judged = {name: getattr(reading, name) for name in JUDGED}
    values = {name: str(judgement.value) for name, judgement in judged.items() if judgement is not None}
    rated = {"rating": f"{reading.rating.value:g}"} if reading.kind == "rating" and reading.rating else {}
    return values | rated


def keep(opened: OpenStudy, answer: Answer, question: Question, changes: Mapping[str, str], author: str) -> bool:
    """What is shown becomes the person's word: what was accepted as well as what was changed; an empty change is none.

    All of it is kept, or nothing. Fields that are the speaker's own word are left alone. Returns whether a reading was changed.

    Raises:
        VoicePulseError: a change that the question does not allow, a reason that does not stand in the transcript, or an
            answer that was erased while somebody looked at it.
    """
    author = check_author(author)
    if opened.store.find_recording(answer.recording) is None:
        raise VoicePulseError("This answer was erased in the meantime.", "Go on with the next one.")
    before = shown(answer)
    said = before | {field: value for field, value in changes.items() if value}
    checked = {field: check_correction(field, value, question, answer.transcript) for field, value in said.items()}
    own = own_words(answer)
    kept = {field: value for field, value in checked.items() if field not in own}
    opened.store.add_corrections(answer.recording, kept, author)
    return any(before.get(field) != value for field, value in kept.items())
