"""A person edits a transcript, or the speaker says what was meant: what follows from it is made anew, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import STUDY_TOML, WordHashEmbedder
from tests.test_review import FakeInstruments
from voicepulse import pipeline, results
from voicepulse.erasure import erase_speaker
from voicepulse.interpretation.answers import SPEAKER, TRANSCRIPT, Answer
from voicepulse.overview import overview
from voicepulse.results import answers, heard_answers, question_keys, stale_words, transcripts
from voicepulse.storage.store import Store
from voicepulse.workspace import OpenStudy, open_study

SAID = {
    ("q1", "s1"): "Alpha, because the bank asked twice.",
    ("q1", "s2"): "Alpha I suppose, since the bank asked twice.",
    ("q2", "s1"): "Alpha, our word was given.",
    ("q2", "s2"): "Alpha, tickets drown the desk.",
}
SECOND = STUDY_TOML[STUDY_TOML.index("[[questions]]") :].replace("q1", "q2")
EDIT = "Alpha, because the banks ask every year."


class Counting(WordHashEmbedder):
    """Keeps what it was asked to embed."""

    def __init__(self) -> None:
        self.texts: set[str] = set()

    def embed(self, texts: list[str]) -> np.ndarray:
        self.texts |= set(texts)
        return super().embed(texts)


@dataclass
class Desk:
    """A study of two questions whose answers were all read, and what reads them."""

    opened: OpenStudy
    instruments: FakeInstruments

    def answers(self) -> dict[tuple[str, str], Answer]:
        given = answers(self.opened, "w1", self.instruments, with_unread=True)  # type: ignore[arg-type]
        return {(a.question, a.speaker): a for a in given}

    def say(self, field: str, value: str, author: str = "ada", place: tuple[str, str] = ("q1", "s1")) -> None:
        self.opened.store.add_correction(self.answers()[place].recording, field, value, author)

    def read(self) -> int:
        """Read what is not read yet; how many answers that were."""
        before = self.instruments.reader.asked
        assert pipeline.read_all(self.opened, "w1", self.instruments) == []  # type: ignore[arg-type]
        return self.instruments.reader.asked - before

    def text(self) -> str:
        return self.answers()["q1", "s1"].transcript.text

    def state(self) -> str:
        found = overview(self.opened, "w1", self.instruments, date(2026, 11, 22))  # type: ignore[arg-type]
        return next(row.state for row in found.answers if (row.question, row.speaker) == ("q1", "s1"))


@pytest.fixture
def desk(study_folder: Path, tmp_path: Path) -> Iterator[Desk]:
    (study_folder / "study.toml").write_text(STUDY_TOML + SECOND)
    given = tmp_path / "texts"
    given.mkdir()
    for (question, speaker), text in SAID.items():
        (given / f"{question}-{speaker}.txt").write_text(text)
    with open_study(study_folder) as opened:
        assert not pipeline.ingest(opened, [given]).problems
        found = Desk(opened, FakeInstruments())
        assert found.read() == len(SAID)
        yield found


def test_an_edited_answer_is_read_again_and_no_other(desk: Desk) -> None:
    desk.say(TRANSCRIPT, EDIT)
    assert desk.text() == EDIT
    assert desk.answers()["q1", "s1"].reading.provenance == {"reader": "unread"}
    assert desk.read() == 1
    answer = desk.answers()["q1", "s1"]
    assert answer.interpretation.reasons[0].evidence.quote == EDIT  # this reader takes all of the text for the reason
    assert [(c.field, c.value, c.author) for c in answer.edits] == [(TRANSCRIPT, EDIT, "ada")]
    assert desk.read() == 0


def test_an_edit_can_be_withdrawn_and_the_reading_of_before_is_found(desk: Desk) -> None:
    before = desk.answers()
    desk.say(TRANSCRIPT, EDIT)
    desk.say(TRANSCRIPT, "")
    after = desk.answers()["q1", "s1"]
    assert (after.transcript, after.reading) == (before["q1", "s1"].transcript, before["q1", "s1"].reading)
    assert [c.value for c in after.edits] == [EDIT, ""]  # who changed what is kept
    assert desk.read() == 0


def test_the_speakers_text_goes_before_that_of_others(desk: Desk) -> None:
    desk.say(TRANSCRIPT, "Beta, I said.", SPEAKER)
    desk.say(TRANSCRIPT, EDIT)
    assert desk.text() == "Beta, I said."
    desk.say(TRANSCRIPT, "", SPEAKER)
    assert desk.text() == EDIT


def test_an_edit_counts_as_no_correction_of_the_reading(desk: Desk) -> None:
    desk.say(TRANSCRIPT, EDIT)
    assert desk.state() == "transcribed"  # until it is read
    desk.read()
    assert desk.state() == "read"
    desk.say("choice", "b", SPEAKER)
    assert desk.state() == "corrected"


def test_an_edit_is_applied_once_and_again_when_it_changes(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    applied: list[str] = []
    apply = results.edited
    monkeypatch.setattr(results, "edited", lambda transcript, text: applied.append(text) or apply(transcript, text))
    desk.text()
    assert applied == []
    desk.say(TRANSCRIPT, EDIT)
    for _ in range(3):
        assert desk.text() == EDIT
        heard_answers(desk.opened, "w1", desk.instruments)  # type: ignore[arg-type]
    desk.say(TRANSCRIPT, "Beta.")
    assert [desk.text() for _ in range(2)] == ["Beta."] * 2
    assert applied == [EDIT, "Beta."]


def test_of_an_erased_speaker_no_edited_text_stays_in_memory(desk: Desk) -> None:
    desk.say(TRANSCRIPT, EDIT)
    assert desk.text() == EDIT
    erase_speaker(desk.opened, "s1")
    texts = [t.text for t in transcripts(desk.opened, desk.instruments).values()]  # type: ignore[arg-type]
    assert sorted(texts) == sorted(text for (_, speaker), text in SAID.items() if speaker == "s2")
    assert results._KNOWN[desk.opened.store] == {}


def test_two_studies_do_not_know_of_each_other(desk: Desk, tmp_path: Path) -> None:
    desk.say(TRANSCRIPT, EDIT)
    with Store(tmp_path / "other.sqlite") as store:
        assert transcripts(OpenStudy(desk.opened.folder, desk.opened.study, store), desk.instruments) == {}  # type: ignore[arg-type]
    assert desk.text() == EDIT


def test_only_the_question_that_changed_is_compared_again(desk: Desk) -> None:
    desk.instruments.embedder = first = Counting()
    pipeline.compare(desk.opened, "w1", desk.instruments, everyone=True)  # type: ignore[arg-type]
    assert first.texts == set(SAID.values())
    desk.say(TRANSCRIPT, EDIT)
    desk.read()
    desk.instruments.embedder = then = Counting()
    (found,) = pipeline.compare(desk.opened, "w1", desk.instruments, everyone=True)  # type: ignore[arg-type]
    assert then.texts == {EDIT, *(text for (question, _), text in SAID.items() if question == "q1")}
    assert found.comparison.questions[0].reasons["s1"] == EDIT
    kept, fresh = (desk.opened.store.latest_comparison("w1"), found.comparison)
    assert kept == fresh


def test_a_questions_key_follows_everything_that_was_said_of_it(desk: Desk) -> None:
    def keys() -> tuple[str, str]:
        found = question_keys(desk.opened.study, [*desk.answers().values()], [], desk.instruments)  # type: ignore[arg-type]
        return found["q1"], found["q2"]

    seen = [keys()]
    for field, value in ((TRANSCRIPT, EDIT), ("stance", "agree"), ("choice", "b")):
        desk.say(field, value)
        seen.append(keys())
    desk.instruments.embedder_digest = "others"
    assert len({first for first, _ in seen}) == len(seen)
    assert len({second for _, second in seen}) == 1
    assert keys()[1] != seen[0][1]


def test_a_choice_that_is_no_option_any_more_is_named_while_it_counts(desk: Desk) -> None:
    desk.say("choice", "gone")
    (problem,) = stale_words(desk.opened, "w1")
    assert "'gone'" in problem.what
    desk.say("choice", "b", SPEAKER)
    assert stale_words(desk.opened, "w1") == []
