"""Reading with a reader that fails, and checking readings at the keyboard: whatever happens, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import WordHashEmbedder, make_answer
from tests.test_interview import ScriptedDesk
from voicepulse import learning, pipeline
from voicepulse.comparison.compare import CompareOptions
from voicepulse.comparison.reasons import SameReason
from voicepulse.erasure import erase_speaker
from voicepulse.errors import ReaderUnavailable, VoicePulseError
from voicepulse.interpretation.adjustment import (
    Adjustment,
    Example,
    Learned,
    load_learned,
    reader_digest,
    save_learned,
)
from voicepulse.interpretation.answers import SPEAKER, Answer
from voicepulse.interpretation.types import Interpretation
from voicepulse.learning import learn
from voicepulse.results import answers, comparison_key, heard_answers
from voicepulse.review import Reviewed, ReviewSession
from voicepulse.review_queue import Queue
from voicepulse.settings import Thresholds
from voicepulse.study import Question
from voicepulse.transcript.types import Transcript
from voicepulse.workspace import OpenStudy, open_study

SAID = {"s1": "Alpha, because the bank asked twice.", "s2": "Alpha I suppose, since the bank asked twice."}


class FixedReader:
    """Reads everybody the same way; fails while it is told to."""

    def __init__(self, name: str, choice: str = "a", confidence: float = 0.7) -> None:
        self.provenance: Mapping[str, object] = {"reader": name}
        self.choice, self.confidence = choice, confidence
        self.fails = False
        self.asked = 0

    def read(self, strategy: str, question: Question, transcript: Transcript) -> Interpretation:
        self.asked += 1
        if self.fails:
            raise ReaderUnavailable("The language model gave no reading: it cannot be reached.", "See that it runs.")
        assert strategy == "A before B."
        reading = make_answer("x", self.choice, transcript.text, confidence=self.confidence).reading
        return replace(reading, provenance=self.provenance)


@dataclass
class FakeInstruments:
    """A server, and an embedded reader that stands in."""

    reader: FixedReader = field(default_factory=lambda: FixedReader("server"))
    embedded_reader: FixedReader = field(default_factory=lambda: FixedReader("embedded", "b"))
    embedder: WordHashEmbedder = field(default_factory=WordHashEmbedder)
    same_reason: SameReason = field(default_factory=lambda: SameReason(12.0, -5.0))
    compare_options: CompareOptions = field(default_factory=lambda: CompareOptions(Thresholds(), 3, 100))
    languages: None = None
    reader_is_remote: bool = False

    embedder_digest: str = "words"
    heads: object = field(default_factory=lambda: SimpleNamespace(same_reason=(12.0, -5.0)))

    @property
    def reader_provenances(self) -> tuple[Mapping[str, object], ...]:
        return self.reader.provenance, self.embedded_reader.provenance


@pytest.fixture
def opened(study_folder: Path, tmp_path: Path) -> Iterator[OpenStudy]:
    given = tmp_path / "texts"
    given.mkdir()
    for speaker, text in SAID.items():
        (given / f"q1-{speaker}.txt").write_text(text)
    with open_study(study_folder) as study:
        assert not pipeline.ingest(study, [given]).problems
        yield study


def choices(opened: OpenStudy, instruments: FakeInstruments) -> list[str]:
    return [a.interpretation.choice.value for a in answers(opened, "w1", instruments) if a.interpretation.choice]  # type: ignore[arg-type]


def test_where_the_server_fails_the_embedded_reader_stands_in_until_it_is_back(opened: OpenStudy) -> None:
    instruments = FakeInstruments()
    instruments.reader.fails = True
    (problem,) = pipeline.read_all(opened, "w1", instruments)  # type: ignore[arg-type]
    assert problem.origin == "2 answers"
    assert "embedded reader's readings stand in" in problem.way_out
    assert choices(opened, instruments) == ["b", "b"]
    instruments.reader.fails = False
    assert pipeline.read_all(opened, "w1", instruments) == []  # type: ignore[arg-type]
    assert choices(opened, instruments) == ["a", "a"]
    asked = instruments.reader.asked
    assert pipeline.read_all(opened, "w1", instruments) == []  # type: ignore[arg-type]
    assert instruments.reader.asked == asked  # what is read is not read again


def test_a_dead_server_is_left_alone_after_a_few_answers(opened: OpenStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "PATIENCE", 1)
    instruments = FakeInstruments()
    instruments.reader.fails = True
    pipeline.read_all(opened, "w1", instruments)  # type: ignore[arg-type]
    assert instruments.reader.asked == 1
    assert instruments.embedded_reader.asked == 2


def session(opened: OpenStudy, keys: str, typed: str = "", heard: list[str] | None = None) -> Reviewed:
    instruments = FakeInstruments()
    pipeline.read_all(opened, "w1", instruments)  # type: ignore[arg-type]

    def play(answer: Answer) -> None:
        if heard is None:
            raise VoicePulseError("This answer was typed; there is nothing to hear.")
        heard.append(answer.speaker)

    desk = ScriptedDesk(keys, typed=typed)
    return ReviewSession(Queue(opened, "w1", instruments), "ada", desk, play).run()  # type: ignore[arg-type]


def test_accepting_and_correcting_make_a_reading_certain(opened: OpenStudy) -> None:
    done = session(opened, "p2a" + "ca", heard=[])
    assert (done.checked, done.changed, done.left) == (2, 2, 0)
    given = {a.speaker: a for a in answers(opened, "w1", FakeInstruments())}  # type: ignore[arg-type]
    corrected = next(a for a in given.values() if a.corrected["choice"] == "b")
    assert not corrected.interpretation.qualified.is_yes
    accepted = next(a for a in given.values() if a.corrected["choice"] == "a")
    assert accepted.interpretation.qualified.is_yes
    assert accepted.interpretation.choice is not None
    assert accepted.interpretation.choice.confidence == 1
    assert all(c.author == "ada" for a in given.values() for c in a.corrections)


def test_skipping_stopping_and_what_cannot_be_played(opened: OpenStudy) -> None:
    done = session(opened, "pkx")
    assert (done.checked, len(done.skipped)) == (0, 2)
    assert all(not a.corrections for a in answers(opened, "w1", FakeInstruments()))  # type: ignore[arg-type]


def test_the_speakers_own_word_is_told_and_left(opened: OpenStudy) -> None:
    (first, _) = opened.store.recordings()
    opened.store.add_correction(first.digest, "stance", "disagree", SPEAKER)
    instruments = FakeInstruments()
    pipeline.read_all(opened, "w1", instruments)  # type: ignore[arg-type]
    desk = ScriptedDesk("sa" * 2)
    done = ReviewSession(Queue(opened, "w1", instruments), "ada", desk, lambda _: None).run()  # type: ignore[arg-type]
    assert (done.checked, done.changed) == (2, 1)
    assert [line for line in desk.said if "their word counts" in line] == [
        "The speaker put the stance right, and their word counts."
    ]
    assert any("disagree (the speaker's word)" in line for line in desk.said)
    given = {a.recording: a for a in answers(opened, "w1", instruments)}  # type: ignore[arg-type]
    mine = given.pop(first.digest)
    assert [c.author for c in mine.corrections if c.field == "stance"] == [SPEAKER]
    assert [a.corrected["stance"] for a in given.values()] == ["agree"]


def test_a_reason_must_be_words_of_the_answer(opened: OpenStudy) -> None:
    session(opened, "rakx"[:2] + "k", typed="the bank asked twice")
    given = answers(opened, "w1", FakeInstruments())  # type: ignore[arg-type]
    assert [a.corrected["reason"] for a in given if a.corrected] == ["the bank asked twice"]
    session(opened, "rk", typed="the moon is full")
    assert sum(bool(a.corrected) for a in answers(opened, "w1", FakeInstruments())) == 1  # type: ignore[arg-type]


def test_answers_that_were_promised_to_stay_are_not_sent(opened: OpenStudy) -> None:
    instruments = FakeInstruments(reader_is_remote=True)
    (problem,) = pipeline.read_all(opened, "w1", instruments)  # type: ignore[arg-type]
    assert "were not sent" in problem.what
    assert instruments.reader.asked == 0
    assert choices(opened, instruments) == ["b", "b"]
    told = opened.study.consent.model_copy(update={"text": "A server of ours reads your words."})
    agreed = replace(opened, study=opened.study.model_copy(update={"consent": told}))
    assert pipeline.read_all(agreed, "w1", instruments) == []  # type: ignore[arg-type]
    assert instruments.reader.asked == 2


def test_a_new_strategy_is_read_and_compared_anew(opened: OpenStudy) -> None:
    instruments = FakeInstruments(embedded_reader=FixedReader("embedded", "b"))
    pipeline.read_all(opened, "w1", instruments)  # type: ignore[arg-type]
    given = answers(opened, "w1", instruments)  # type: ignore[arg-type]
    before = [one.keys for one in heard_answers(opened, "w1", instruments)]  # type: ignore[arg-type]
    other = replace(opened, study=opened.study.model_copy(update={"strategy": "B before A."}))
    assert all(a != b.keys for a, b in zip(before, heard_answers(other, "w1", instruments), strict=True))  # type: ignore[arg-type]
    changed = [replace(a, reading=make_answer("x", "b", a.transcript.text).reading) for a in given]
    keys = [comparison_key(opened.study, "w1", some, [], instruments) for some in (given, changed)]  # type: ignore[arg-type]
    assert keys[0] != keys[1]


def test_what_is_learned_is_applied_and_goes_with_an_erased_speaker(opened: OpenStudy) -> None:
    instruments = FakeInstruments(reader=FixedReader("server", "a", 0.9))
    pipeline.read_all(opened, "w1", instruments)  # type: ignore[arg-type]
    with pytest.raises(VoicePulseError, match="too little to learn from"):
        learn(opened, instruments)  # type: ignore[arg-type]
    doubt = {"choice": Adjustment(0.2, {})}
    save_learned(opened.folder.learned, Learned(reader_digest(instruments.reader.provenance), doubt))  # type: ignore[arg-type]
    (first, _) = answers(opened, "w1", instruments)  # type: ignore[arg-type]
    assert first.reading.choice is not None
    assert first.reading.choice.confidence < 0.9
    erase_speaker(opened, "s1")
    assert not opened.folder.learned.exists()


def test_learning_measures_on_questions_it_did_not_see_and_keeps_what_helps(
    opened: OpenStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that is sure and wrong in six of ten: believing it less is better on every question."""
    judged = make_answer("x", "a", confidence=0.95).reading.choice
    assert judged is not None
    wrong = [Example(f"q{n % 5}", judged, "b" if n % 5 < 3 else "a") for n in range(20)]
    monkeypatch.setattr(learning, "collect", lambda *_: {"choice": wrong, "qualified": []})
    (scores,) = learn(opened, FakeInstruments())  # type: ignore[arg-type]
    assert scores.kept
    assert scores.loss_after < scores.loss_before
    kept = load_learned(opened.folder.learned)
    assert kept is not None
    assert kept.fields["choice"].slope < 1
