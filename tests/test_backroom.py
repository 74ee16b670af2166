"""What goes on behind the pages: who waits comes first, nothing is lost, and one broken answer harms no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from filelock import FileLock

from tests.conftest import DEMO
from tests.web.conftest import FakeInstruments
from voicepulse import backroom
from voicepulse.audio.decode import decode
from voicepulse.backroom import Backroom
from voicepulse.erasure import erase_speaker
from voicepulse.ingest.claims import Claim
from voicepulse.ingest.intake import GIVEN, IntakeOptions, take_in
from voicepulse.settings import SAMPLE_RATE
from voicepulse.storage.store import Recording
from voicepulse.transcript.subtitles import transcript_of_text
from voicepulse.transcript.types import Heard
from voicepulse.workspace import OpenStudy, open_study

STUDY = """
title = "A study"
strategy = "A before B."
wave = "w1"
{speakers}
[[questions]]
id = "q1"
prompt = "There is room for only one. Which one, and why?"
options = [{{ id = "a", label = "Alpha" }}, {{ id = "b", label = "Beta" }}]
"""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenStudy]:
    listed = "".join(f'[[speakers]]\nid = "s{n}"\n' for n in range(12))
    (tmp_path / "study.toml").write_text(STUDY.format(speakers=listed))
    with open_study(tmp_path) as study:
        yield study


@pytest.fixture
def spoken(opened: OpenStudy, tmp_path: Path) -> Callable[[int], Recording]:
    """Speaker n's answer, two seconds of real speech, kept and not yet transcribed."""
    speech = decode(DEMO / "answers" / "q1-s1.ogg")

    def keep(number: int) -> Recording:
        path = tmp_path / f"{number}.wav"
        soundfile.write(path, speech[number * 800 :][: 2 * SAMPLE_RATE], SAMPLE_RATE)
        claim = Claim("here", "q1", f"s{number}", "w1", path=path, wave_is_named=True)
        (recording,) = take_in(opened.folder, opened.study, opened.store, [claim], IntakeOptions(60)).added
        return recording

    return keep


class SlowInstruments(FakeInstruments):
    """Hears nothing until it may, and writes down whose turn it was, by the length of what they said."""

    def __init__(self) -> None:
        super().__init__()
        self.may_hear = threading.Event()
        self.order: list[int] = []
        hear = self.transcriber.hear

        def wait(windows: list[np.ndarray], language: str, prompt: str | None) -> list[Heard]:
            self.may_hear.wait(20)
            self.order.append(len(windows))
            return hear(windows, language, prompt)

        self.transcriber.hear = wait  # type: ignore[method-assign]


def until(is_so: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def states(room: Backroom, recordings: list[Recording]) -> list[str]:
    return [standing.state if (standing := room.standing(r.digest)) else "unknown" for r in recordings]


@pytest.fixture
def room(opened: OpenStudy) -> Iterator[Callable[..., Backroom]]:
    begun: list[Backroom] = []

    def start(instruments: FakeInstruments) -> Backroom:
        begun.append(Backroom(lambda: opened, instruments))  # type: ignore[arg-type]
        begun[-1].start()
        return begun[-1]

    yield start
    for each in begun:
        each.stop()


def test_who_waits_is_told_how_many_are_before_them(
    room: Callable[..., Backroom], spoken: Callable[[int], Recording]
) -> None:
    instruments = SlowInstruments()
    here = room(instruments)
    recordings = [spoken(n) for n in range(12)]
    for recording in recordings:
        here.add(recording)
    until(lambda: "transcribing" in states(here, recordings))
    ahead = [
        standing.ahead for r in recordings if (standing := here.standing(r.digest)) and standing.state == "waiting"
    ]
    assert len(ahead) >= 4
    assert ahead == sorted(ahead)
    assert ahead[-1] >= len(ahead)
    instruments.may_hear.set()
    until(lambda: states(here, recordings) == ["understood"] * 12)
    assert all((here.standing(r.digest) or pytest.fail()).seconds for r in recordings)
    assert here.report().seconds is not None


def test_the_time_of_a_typed_answer_is_not_told_as_that_of_spoken_ones(
    room: Callable[..., Backroom], spoken: Callable[[int], Recording], opened: OpenStudy
) -> None:
    here, typed = room(FakeInstruments()), Recording("a" * 64, "text", "txt", "q1", "s1", "w1", 0.0)
    opened.store.add_recording(typed)
    opened.store.add_transcript(typed.digest, GIVEN, transcript_of_text("alpha because of the money", "en"))
    here.add(typed)
    until(lambda: states(here, [typed]) == ["understood"])
    assert here.report().seconds is None
    recording = spoken(0)
    here.add(recording)
    until(lambda: states(here, [recording]) == ["understood"])
    assert here.report().seconds is not None


def test_what_was_left_by_an_earlier_server_is_found(
    room: Callable[..., Backroom], spoken: Callable[[int], Recording]
) -> None:
    recordings = [spoken(n) for n in range(3)]
    here = room(FakeInstruments())
    until(lambda: states(here, recordings) == ["understood"] * 3)
    assert here.report().done == 3


def test_no_batch_begins_while_somebody_waits(
    room: Callable[..., Backroom], spoken: Callable[[int], Recording], opened: OpenStudy
) -> None:
    batch = [spoken(n) for n in range(4)]
    instruments = SlowInstruments()
    here = room(instruments)
    until(lambda: here.report().in_hand == 1)  # one of the batch is begun
    waiting = [spoken(n) for n in range(4, 10)]
    for recording in waiting:
        here.add(recording)
    until(lambda: here.report().in_hand > 1)
    assert here.report().left == 3
    instruments.may_hear.set()
    until(lambda: states(here, waiting) == ["understood"] * 6)
    until(lambda: states(here, batch) == ["understood"] * 4)


def test_more_than_may_wait_are_kept_and_read_later(
    room: Callable[..., Backroom], spoken: Callable[[int], Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backroom, "MOST_WAITING", 2)
    instruments = SlowInstruments()
    here = room(instruments)
    recordings = [spoken(n) for n in range(12)]
    for recording in recordings:
        here.add(recording)
    assert "kept" in states(here, recordings)
    assert here.report().waiting <= 2
    instruments.may_hear.set()
    until(lambda: states(here, recordings) == ["understood"] * 12)


def test_a_broken_file_fails_alone_and_can_be_tried_again(
    room: Callable[..., Backroom], spoken: Callable[[int], Recording], opened: OpenStudy
) -> None:
    recordings = [spoken(n) for n in range(4)]
    broken = recordings[1].audio_path(opened.folder.audio)
    content = broken.read_bytes()
    broken.write_bytes(b"RIFF" + bytes(100))
    here = room(FakeInstruments())
    for recording in recordings:
        here.add(recording)
    until(lambda: states(here, recordings) == ["understood", "failed", "understood", "understood"])
    assert list(here.report().failed) == [recordings[1].digest]
    broken.write_bytes(content)
    here.retry()
    until(lambda: states(here, recordings) == ["understood"] * 4)
    assert here.report().failed == {}


def test_an_engine_that_breaks_ends_nothing_and_is_not_tried_for_ever(
    room: Callable[..., Backroom], spoken: Callable[[int], Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backroom, "LOOK_AGAIN_SECONDS", 0.05)
    instruments, tries = FakeInstruments(), 0
    read = instruments.reader.read

    def break_down(*of: object) -> object:
        nonlocal tries
        tries += 1
        raise KeyError("what somebody said")

    instruments.reader.read = break_down  # type: ignore[method-assign,assignment]
    here, recordings = room(instruments), [spoken(0), spoken(1)]
    for recording in recordings:
        here.add(recording)
    until(lambda: states(here, recordings) == ["failed"] * 2)
    time.sleep(0.5)
    assert tries <= 4  # together, then each alone
    assert "somebody said" not in "".join(here.report().failed.values())
    instruments.reader.read = read  # type: ignore[method-assign]
    here.retry()
    until(lambda: states(here, recordings) == ["understood"] * 2)


def test_a_speaker_who_is_erased_in_the_meantime_harms_nobody(
    room: Callable[..., Backroom], spoken: Callable[[int], Recording], opened: OpenStudy
) -> None:
    instruments = SlowInstruments()
    here = room(instruments)
    recordings = [spoken(n) for n in range(3)]
    for recording in recordings:
        here.add(recording)
    until(lambda: "transcribing" in states(here, recordings))
    here.forget([recordings[0].digest])
    erase_speaker(opened, "s0")
    instruments.may_hear.set()
    until(lambda: states(here, recordings)[1:] == ["understood"] * 2)
    assert [r.speaker for r in opened.store.recordings()] == ["s1", "s2"]
    assert here.standing(recordings[0].digest) is None or here.report().failed == {}


def test_another_program_that_works_on_the_study_is_left_alone_with_the_batch(
    room: Callable[..., Backroom],
    spoken: Callable[[int], Recording],
    opened: OpenStudy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backroom, "LOOK_AGAIN_SECONDS", 0.1)
    batch, waits = spoken(0), spoken(1)
    with FileLock(opened.folder.lock):
        here = room(FakeInstruments())
        here.add(waits)
        until(lambda: states(here, [waits]) == ["understood"])  # who waits does not wait for that
        time.sleep(0.3)
        assert states(here, [batch]) == ["unknown"]
    until(lambda: states(here, [batch]) == ["understood"])
