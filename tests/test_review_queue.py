"""The queue that every screen goes through, and how a person's word is kept, with a real database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import WordHashEmbedder, make_answer
from voicepulse.comparison.compare import CompareOptions
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.review import ReviewItem, in_order, question_queue
from voicepulse.erasure import erase_speaker
from voicepulse.errors import VoicePulseError
from voicepulse.ingest.intake import GIVEN
from voicepulse.interpretation.answers import SPEAKER, Answer
from voicepulse.interpretation.types import Interpretation, Judgement, Rating, evidence
from voicepulse.results import answers, heard_answers
from voicepulse.review_queue import Queue, keep, shown
from voicepulse.settings import Thresholds
from voicepulse.storage.store import Recording
from voicepulse.study import Question
from voicepulse.workspace import OpenStudy, open_study

SPEAKERS = ("s0", "s1", "s2", "s3", "s4")
REASONS = ("the money that it brings in", "we gave our word on it", "the team is tired")
STUDY = """
title = "A study"
strategy = "A before B."
wave = "w1"
""" + "".join(f'[[speakers]]\nid = "{speaker}"\n' for speaker in SPEAKERS)
TRADEOFF = """
[[questions]]
id = "{id}"
prompt = "There is room for only one. Which one, and why?"
options = [{{ id = "a", label = "Alpha" }}, {{ id = "b", label = "Beta" }}]
"""
OTHER = """
[[questions]]
id = "{kind}"
kind = "{kind}"
prompt = "What do you say?"
"""


class CountingEmbedder(WordHashEmbedder):
    """Keeps what it was asked to embed."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def embed(self, texts: list[str]) -> np.ndarray:
        self.asked.append(texts)
        return super().embed(texts)


@dataclass
class Instruments:
    """A reader whose readings are stored by the test."""

    embedder: CountingEmbedder = field(default_factory=CountingEmbedder)
    same_reason: SameReason = field(default_factory=lambda: SameReason(12.0, -5.0))
    compare_options: CompareOptions = field(default_factory=lambda: CompareOptions(Thresholds(), 3, 60))
    languages: None = None
    reader_provenances: tuple[dict[str, object], ...] = ({"reader": "stored"},)


@contextmanager
def a_study() -> Iterator[OpenStudy]:
    with tempfile.TemporaryDirectory() as folder:
        questions = [TRADEOFF.format(id=name) for name in ("q1", "q2")]
        questions += [OTHER.format(kind=kind) for kind in ("rating", "agreement", "execution")]
        (Path(folder) / "study.toml").write_text(STUDY + "".join(questions))
        with open_study(Path(folder)) as opened:
            yield opened


@pytest.fixture
def opened() -> Iterator[OpenStudy]:
    with a_study() as study:
        yield study


def give(opened: OpenStudy, answer: Answer) -> None:
    """An answer that is there and read."""
    store = opened.store
    store.add_recording(Recording(answer.recording, "text", "txt", answer.question, answer.speaker, "w1", 0.0))
    store.add_transcript(answer.recording, GIVEN, answer.transcript)
    (heard,) = [h for h in heard_answers(opened, "w1", Instruments()) if h.recording.digest == answer.recording]  # type: ignore[arg-type]
    store.add_reading(answer.recording, heard.keys[0], answer.reading)


def give_unsure(opened: OpenStudy, *questions: str) -> None:
    """Three choose alpha and two beta, none of them surely."""
    for question in questions:
        for number, speaker in enumerate(SPEAKERS):
            reason, confidence = REASONS[number % 3], 0.55 + number / 20
            give(opened, make_answer(speaker, "ab"[number % 2], reason, question=question, confidence=confidence))


def other_answer(kind: str, speaker: str, confidence: float = 0.8, rating: float | None = None) -> Answer:
    """An answer to a question that is no trade-off."""
    plain = make_answer(speaker, "a", f"{speaker} says {rating} or so", question=kind)
    stance = Judgement("agree", {"agree": confidence, "unstated": 1 - confidence})
    rated = None if rating is None else Rating(rating, evidence(plain.transcript, 0, 2))
    reading = Interpretation(
        kind, None, plain.reading.qualified, plain.reading.escalates, stance, plain.reading.commitment, rating=rated
    )
    return replace(plain, reading=reading)


def fresh(opened: OpenStudy) -> list[ReviewItem]:
    """The queue as it is when nothing is remembered."""
    i = Instruments()
    said = answers(opened, "w1", i, with_unread=True)  # type: ignore[arg-type]
    asked = [question for question in opened.study.questions if question.kind == "tradeoff"]
    given = [(q, [a for a in said if a.question == q.id]) for q in asked]
    queues = [question_queue(q, theirs, i.embedder, i.same_reason, i.compare_options) for q, theirs in given]
    return in_order([item for queue in queues for item in queue])


def queue_of(opened: OpenStudy, instruments: Instruments | None = None) -> Queue:
    return Queue(opened, "w1", instruments or Instruments())  # type: ignore[arg-type]


def answer_of(opened: OpenStudy, question: str, speaker: str) -> Answer:
    found = answers(opened, "w1", Instruments(), with_unread=True)  # type: ignore[arg-type]
    return next(a for a in found if (a.question, a.speaker) == (question, speaker))


def question_of(opened: OpenStudy, identifier: str) -> Question:
    return next(q for q in opened.study.questions if q.id == identifier)


def kept(opened: OpenStudy, question: str, speaker: str, changes: Mapping[str, str] = {}) -> bool:
    return keep(opened, answer_of(opened, question, speaker), question_of(opened, question), changes, "ada")


answers_given = st.lists(
    st.tuples(
        st.sampled_from(("q1", "q2")),
        st.sampled_from(SPEAKERS),
        st.sampled_from(("a", "b", "undecided")),
        st.sampled_from(REASONS),
        st.sampled_from((0.5, 0.7, 0.9)),
    ),
    min_size=2,
    unique_by=lambda one: one[:2],
)
words = st.fixed_dictionaries(
    {},
    optional={
        "choice": st.sampled_from(("a", "b", "both")),
        "qualified": st.sampled_from(("yes", "no")),
        "stance": st.just("agree"),
    },
)


@settings(max_examples=12, deadline=None)
@given(answers_given, st.lists(st.tuples(st.integers(0, 9), words, st.booleans()), min_size=1, max_size=3))
def test_what_is_remembered_gives_the_queue_that_a_new_one_gives(
    said: list[tuple[str, str, str, str, float]], steps: list[tuple[int, dict[str, str], bool]]
) -> None:
    """Whoever speaks next: a person at a screen, the speaker, or somebody who answers once more."""
    with a_study() as opened:
        for question, speaker, choice, reason, confidence in said[1:]:
            give(opened, make_answer(speaker, choice, reason, question=question, confidence=confidence))
        queue = queue_of(opened)
        assert queue.items() == fresh(opened)
        for number, changes, by_speaker in steps:
            question, speaker, *_ = said[1:][number % len(said[1:])]
            if by_speaker:
                opened.store.add_corrections(answer_of(opened, question, speaker).recording, changes, SPEAKER)
            else:
                kept(opened, question, speaker, changes)
            assert queue.items() == fresh(opened)
        question, speaker, choice, reason, confidence = said[0]
        give(opened, make_answer(speaker, choice, reason, question=question, confidence=confidence))
        assert queue.items() == fresh(opened)


def test_only_the_question_that_was_worked_on_is_embedded_anew(opened: OpenStudy) -> None:
    give_unsure(opened, "q1", "q2")
    instruments = Instruments()
    asked = instruments.embedder.asked
    queue = queue_of(opened, instruments)
    queue.items()
    queue.everything_to_check()
    assert len(asked) == 2
    kept(opened, "q2", "s3", {"reason": "the money"})
    assert [item.answer.speaker for item in queue.items() if item.answer.question == "q2"].count("s3") == 0
    assert len(asked) == 3
    assert "the money" in asked[2]
    queue.items()
    assert len(asked) == 3


def test_many_who_ask_at_once_wait_for_one_computation(opened: OpenStudy) -> None:
    give_unsure(opened, "q1", "q2")
    instruments = Instruments()
    queue = queue_of(opened, instruments)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda _: queue.items(), range(6)))
    assert found == [fresh(opened)] * 6
    assert len(instruments.embedder.asked) == 2


def test_nothing_is_left_of_an_erased_speaker(opened: OpenStudy) -> None:
    give_unsure(opened, "q1")
    queue = queue_of(opened)
    before = queue.items()
    assert "s4" in {item.answer.speaker for item in before}
    assert not any(reason in repr(vars(queue)["_ranked"]) for reason in REASONS)
    erase_speaker(opened, "s4")
    assert queue.items() == fresh(opened)
    assert "s4" not in repr(vars(queue)["_ranked"])
    assert "s4" not in {item.answer.speaker for item in queue.items()}


def test_the_others_come_after_the_queue_the_least_sure_first(opened: OpenStudy) -> None:
    give_unsure(opened, "q1")
    give(
        opened, make_answer("s0", "a", REASONS[0], question="q2", confidence=0.9)
    )  # alone: there is no verdict to move
    give(opened, other_answer("agreement", "s1", confidence=0.6))
    give(opened, other_answer("rating", "s2", rating=None))
    give(opened, other_answer("rating", "s3", rating=7.5))
    give(opened, other_answer("execution", "s4"))
    queue = queue_of(opened)
    listed, first = queue.everything_to_check(), queue.items()
    assert listed[: len(first)] == first
    assert len(first) == 5
    others = [(i.answer.question, i.answer.speaker, i.worth, i.weakest, i.confidence) for i in listed[len(first) :]]
    assert others == [
        ("execution", "s4", 0.0, "actions", 0.0),
        ("rating", "s2", 0.0, "rating", 0.0),
        ("agreement", "s1", 0.0, "stance", 0.6),
        ("q2", "s0", 0.0, "choice", 0.9),
        ("rating", "s3", 0.0, "rating", 1.0),
    ]


def test_each_answer_is_listed_until_a_person_kept_it(opened: OpenStudy) -> None:
    give_unsure(opened, "q1", "q2")
    for kind in ("agreement", "rating", "execution"):
        give(opened, other_answer(kind, "s1", rating=7.5))
    queue = queue_of(opened)
    left = 13
    while listed := queue.everything_to_check():
        assert len(listed) == left
        done = listed[-1].answer
        assert not kept(opened, done.question, done.speaker)
        left -= 1
    assert left == 0


@pytest.mark.parametrize(
    ("question", "changes", "author"),
    [
        ("q1", {"stance": "agree", "choice": "gamma"}, "ada"),
        ("q1", {"choice": "b", "reason": "the moon is full"}, "ada"),
        ("q1", {"choice": "b", "mood": "glad"}, "ada"),
        ("rating", {"stance": "agree", "rating": "11"}, "ada"),
        ("rating", {"stance": "agree", "choice": "a"}, "ada"),
        ("q1", {"choice": "b"}, "The Speaker"),
    ],
)
def test_what_a_person_said_is_kept_wholly_or_not_at_all(
    opened: OpenStudy, question: str, changes: dict[str, str], author: str
) -> None:
    give_unsure(opened, "q1")
    give(opened, other_answer("rating", "s1", rating=6))
    with pytest.raises(VoicePulseError):
        keep(opened, answer_of(opened, question, "s1"), question_of(opened, question), changes, author)
    assert opened.store.corrections() == {}


def test_an_answer_that_was_erased_meanwhile_is_not_kept(opened: OpenStudy) -> None:
    give_unsure(opened, "q1")
    looked_at = answer_of(opened, "q1", "s1")
    erase_speaker(opened, "s1")
    with pytest.raises(VoicePulseError, match="erased in the meantime"):
        keep(opened, looked_at, question_of(opened, "q1"), {}, "ada")


@pytest.mark.parametrize("kind", ["rating", "agreement", "execution"])
def test_where_nothing_is_chosen_no_choice_is_kept(opened: OpenStudy, kind: str) -> None:
    give(opened, other_answer(kind, "s1", rating=6.5 if kind == "rating" else None))
    assert not kept(opened, kind, "s1")
    said = answer_of(opened, kind, "s1")
    assert "choice" not in said.corrected
    assert said.corrected["stance"] == "agree"
    assert said.corrected.get("rating") == ("6.5" if kind == "rating" else None)
    assert said.interpretation.stance.confidence == 1


def test_a_rating_is_changed_or_given_where_none_was_understood(opened: OpenStudy) -> None:
    for speaker, heard in (("s1", 6.5), ("s2", None)):
        give(opened, other_answer("rating", speaker, rating=heard))
        assert kept(opened, "rating", speaker, {"rating": "4", "stance": "agree"})
        rated = answer_of(opened, "rating", speaker).interpretation.rating
        assert rated is not None
        assert rated.value == 4


def test_what_is_shown_and_sent_back_changes_nothing(opened: OpenStudy) -> None:
    give_unsure(opened, "q1")
    before = answer_of(opened, "q1", "s1")
    assert not kept(opened, "q1", "s1", {**shown(before), "reason": ""})
    after = answer_of(opened, "q1", "s1")
    assert shown(after) == shown(before) == after.corrected
    assert kept(opened, "q1", "s1", {"choice": "both"})


def test_the_speakers_own_word_stands_and_is_not_said_again(opened: OpenStudy) -> None:
    give_unsure(opened, "q1")
    digest = answer_of(opened, "q1", "s1").recording
    opened.store.add_correction(digest, "choice", "both", SPEAKER)
    assert not kept(opened, "q1", "s1", {"choice": "a"})
    said = answer_of(opened, "q1", "s1").corrections
    assert [c.field for c in said if c.author == "ada"] == ["qualified", "escalates", "stance", "commitment"]
    assert shown(answer_of(opened, "q1", "s1"))["choice"] == "both"


def test_what_a_speaker_put_right_is_still_to_be_checked_unless_all_of_it_is(opened: OpenStudy) -> None:
    give(opened, other_answer("agreement", "s1"))
    digest, queue = answer_of(opened, "agreement", "s1").recording, queue_of(opened)
    opened.store.add_correction(digest, "stance", "disagree", SPEAKER)
    assert len(queue.everything_to_check()) == 1
    opened.store.add_corrections(digest, {"qualified": "no", "escalates": "no", "commitment": "commits"}, SPEAKER)
    assert queue.everything_to_check() == []
