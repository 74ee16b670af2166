"""Reading with a reader that fails, and checking readings at the keyboard: whatever happens, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.conftest import WordHashEmbedder, make_answer
from tests.test_interview import ScriptedDesk
from voicepulse import pipeline
from voicepulse.comparison.compare import CompareOptions
from voicepulse.comparison.reasons import SameReason
from voicepulse.errors import ReaderUnavailable, VoicePulseError
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.types import Interpretation
from voicepulse.results import answers
from voicepulse.review import Reviewed, ReviewSession
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
        return make_answer("x", self.choice, transcript.text, confidence=self.confidence).reading


@dataclass
class FakeInstruments:
    """A server, and an embedded reader that stands in."""

    reader: FixedReader = field(default_factory=lambda: FixedReader("server"))
    embedded_reader: FixedReader = field(default_factory=lambda: FixedReader("embedded", "b"))
    embedder: WordHashEmbedder = field(default_factory=WordHashEmbedder)
    same_reason: SameReason = field(default_factory=lambda: SameReason(12.0, -5.0))
    compare_options: CompareOptions = field(default_factory=lambda: CompareOptions(Thresholds(), 3, 100))
    languages: None = None

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
    return ReviewSession(opened, "w1", instruments, "ada", desk, play).run()  # type: ignore[arg-type]


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


def test_a_reason_must_be_words_of_the_answer(opened: OpenStudy) -> None:
    session(opened, "rakx"[:2] + "k", typed="the bank asked twice")
    given = answers(opened, "w1", FakeInstruments())  # type: ignore[arg-type]
    assert [a.corrected["reason"] for a in given if a.corrected] == ["the bank asked twice"]
    session(opened, "rk", typed="the moon is full")
    assert sum(bool(a.corrected) for a in answers(opened, "w1", FakeInstruments())) == 1  # type: ignore[arg-type]
