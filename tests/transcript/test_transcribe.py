"""Many recordings at once: each window in its place, faults kept apart, nothing finished is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.conftest import EchoTranscriber
from voicepulse.audio import voice_activity
from voicepulse.audio.voice_activity import _Span
from voicepulse.errors import TranscriptionError, UnreadableAudio
from voicepulse.transcript.transcribe import Outcome, transcribe, transcribe_batch
from voicepulse.transcript.types import Heard, SpokenWord, Transcript


def test_windows_are_put_back_in_their_place(monkeypatch: pytest.MonkeyPatch, wav: Callable[..., Path]) -> None:
    spans = [_Span(16_000, 5 * 16_000), _Span(40 * 16_000, 45 * 16_000)]
    monkeypatch.setattr(voice_activity, "_speech", lambda samples: spans)
    transcript = transcribe(wav("a.wav", 60.0), EchoTranscriber(["build", "it"]), "en", ["Norden"])
    assert transcript.text == "build it build it"
    assert transcript.seconds == pytest.approx(60)
    assert transcript.words[0].start == pytest.approx(0.6)  # a margin before the speech
    assert transcript.words[2].start == pytest.approx(39.6)
    assert transcript.seconds_of(6, 8) == (transcript.words[1].start, transcript.words[1].end)
    assert transcript.provenance["vocabulary"] == ["Norden"]


def test_without_speech_no_engine_is_asked(monkeypatch: pytest.MonkeyPatch, wav: Callable[..., Path]) -> None:
    monkeypatch.setattr(voice_activity, "_speech", lambda samples: [])
    engine = EchoTranscriber(["invented"])
    transcript = transcribe(wav("a.wav", 3.0), engine, "en")
    assert not transcript.has_speech
    assert engine.windows == []


def test_a_loop_over_several_segments_is_cut(monkeypatch: pytest.MonkeyPatch, wav: Callable[..., Path]) -> None:
    class Looping(EchoTranscriber):
        def hear_one(self, samples: np.ndarray) -> Heard:
            words = ["Thank", "you", "all."]
            return Heard([[SpokenWord(f" {w}", i, i + 1.0, 0.9) for i, w in enumerate(words)] for _ in range(10)])

    monkeypatch.setattr(voice_activity, "_speech", lambda samples: [_Span(0, 16_000)])
    transcript = transcribe(wav("a.wav", 3.0), Looping([]), "en")
    assert (transcript.text, transcript.loops) == ("Thank you all.", 1)


def test_an_engine_that_fails_is_named(monkeypatch: pytest.MonkeyPatch, wav: Callable[..., Path]) -> None:
    class Failing(EchoTranscriber):
        def hear_one(self, samples: np.ndarray) -> Heard:
            raise RuntimeError("out of memory")

    monkeypatch.setattr(voice_activity, "_speech", lambda samples: [_Span(0, 16_000)])
    with pytest.raises(TranscriptionError, match="out of memory"):
        transcribe(wav("a.wav", 3.0), Failing([]), "en")


class Counting(EchoTranscriber):
    """Hears in each window how many seconds it lasts, and refuses what lasts seven."""

    def __init__(self) -> None:
        super().__init__([])

    def hear_one(self, samples: np.ndarray) -> Heard:
        seconds = round(len(samples) / 16_000)
        if seconds == 7:
            raise RuntimeError("seven")
        return Heard([[SpokenWord(f" {seconds}", 0.0, 1.0, 0.9)]], reheard=seconds == 5)


@pytest.fixture
def all_is_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows of at most ten seconds over everything."""

    def spans(samples: Sequence[float]) -> list[_Span]:
        ten = 160_000
        return [_Span(start, min(start + ten, len(samples))) for start in range(0, len(samples), ten)]

    monkeypatch.setattr(voice_activity, "_window_spans", spans)


def collect(paths: list[Path], engine: EchoTranscriber) -> dict[int, Outcome]:
    outcomes: dict[int, Outcome] = {}

    def keep(index: int, outcome: Outcome) -> None:
        assert index not in outcomes
        outcomes[index] = outcome

    transcribe_batch(paths, engine, "en", [], keep)
    return outcomes


@hypothesis_settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lengths=st.lists(st.sampled_from([1, 2, 3, 5, 9, 12, 17, 23, 31]), min_size=1, max_size=9))
def test_every_window_of_every_recording_comes_back_in_order(
    lengths: list[int], wav: Callable[..., Path], all_is_speech: None
) -> None:
    paths = [wav(f"{seconds}.wav", float(seconds)) for seconds in lengths]
    outcomes = collect(paths, Counting())
    for index, seconds in enumerate(lengths):
        windows = [10] * (seconds // 10) + ([seconds % 10] if seconds % 10 else [])
        outcome = outcomes[index]
        if 7 in windows:
            assert isinstance(outcome, TranscriptionError)
        else:
            assert isinstance(outcome, Transcript)
            assert outcome.text == " ".join(map(str, windows))
            assert outcome.seconds == pytest.approx(seconds)
            assert outcome.reheard == windows.count(5)
    assert len(outcomes) == len(lengths)


def test_a_broken_file_fails_alone(wav: Callable[..., Path], tmp_path: Path, all_is_speech: None) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF....WAVEnothing")
    outcomes = collect([wav("a.wav", 3.0), broken, wav("b.wav", 7.0), wav("c.wav", 5.0)], Counting())
    assert isinstance(outcomes[1], UnreadableAudio)
    assert isinstance(outcomes[2], TranscriptionError)
    assert sorted(o.text for o in outcomes.values() if isinstance(o, Transcript)) == ["3", "5"]


def test_no_file_is_no_work() -> None:
    assert collect([], Counting()) == {}


def test_what_is_finished_at_an_interrupt_is_kept(wav: Callable[..., Path], all_is_speech: None) -> None:
    finished: list[int] = []

    def keep(index: int, outcome: Outcome) -> None:
        finished.append(index)
        if len(finished) == 2:
            raise KeyboardInterrupt

    engine = Counting()
    with pytest.raises(KeyboardInterrupt):
        transcribe_batch([wav(f"{i}.wav", 3.0 + i % 3) for i in range(60)], engine, "en", [], keep)
    assert 2 <= len(finished) < 60
    assert len(set(finished)) == len(finished)


def test_files_are_opened_no_further_ahead_than_windows_wait(
    wav: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, all_is_speech: None
) -> None:
    """However long the list, only a few windows are in memory."""
    from voicepulse.transcript import transcribe as room

    most = 0
    take = room._Batch._take

    def watched(self: room._Batch) -> list[room._Waiting]:
        nonlocal most
        most = max(most, len(self._waiting))
        return take(self)

    monkeypatch.setattr(room._Batch, "_take", watched)
    engine = Counting()
    collect([wav("long.wav", 400.0), *[wav("short.wav", 2.0)] * 200], engine)
    assert most <= room.WAITING_BATCHES * engine.together * engine.workers + engine.workers


def test_one_long_recording_is_heard_by_every_worker(wav: Callable[..., Path], all_is_speech: None) -> None:
    both = [Event(), Event()]

    class Meeting(Counting):
        """Each call waits until another one is under way too."""

        together = 1

        def hear(self, windows: Sequence[np.ndarray], language: str, prompt: str | None) -> list[Heard]:
            mine = both[0] if not both[0].is_set() else both[1]
            mine.set()
            assert all(event.wait(10) for event in both)
            return super().hear(windows, language, prompt)

    (outcome,) = collect([wav("long.wav", 100.0)], Meeting()).values()
    assert isinstance(outcome, Transcript)
    assert outcome.text == " ".join(["10"] * 10)
