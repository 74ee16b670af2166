from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import EchoTranscriber
from voicepulse.audio import voice_activity
from voicepulse.audio.voice_activity import _Span
from voicepulse.errors import TranscriptionError
from voicepulse.transcript.transcribe import assemble, cut_loops, transcribe
from voicepulse.transcript.types import SpokenWord

times = st.floats(0, 60, allow_nan=False)
words = st.builds(
    SpokenWord, st.text(st.sampled_from("abcé ,.'-"), max_size=6).map(lambda t: f" {t}"), times, times, st.just(0.5)
)


@given(st.lists(st.lists(words, max_size=8), max_size=5), st.floats(0, 60))
def test_a_transcript_is_its_segments_and_its_words_and_time_runs_forward(
    spoken: list[list[SpokenWord]], seconds: float
) -> None:
    transcript = assemble(spoken, "en", seconds, 0, {})
    assert transcript.text == " ".join(segment.text for segment in transcript.segments)
    for piece in (*transcript.segments, *transcript.words):
        assert transcript.text[piece.char_start : piece.char_end] == piece.text
        assert 0 <= piece.start <= piece.end <= max(seconds, piece.start)
    starts = [word.start for word in transcript.words]
    assert starts == sorted(starts)
    assert [w.char_start for w in transcript.words] == sorted(w.char_start for w in transcript.words)


def said(text: str) -> list[SpokenWord]:
    return [SpokenWord(f" {word}", float(i), i + 1.0, 0.9) for i, word in enumerate(text.split())]


@pytest.mark.parametrize(
    ("heard", "kept", "loops"),
    [
        ("so we go " + "and then we wait " * 9, "so we go and then we wait", 1),
        ("yes " * 40, "yes", 1),
        ("no, no, no, no, not that", "no, no, no, no, not that", 0),
        ("Six out of ten. Six out of ten. I mean it.", "Six out of ten. Six out of ten. I mean it.", 0),
        ("Thank you. " * 30, "Thank you.", 1),
        ("", "", 0),
    ],
)
def test_loops_are_cut_and_emphasis_is_kept(heard: str, kept: str, loops: int) -> None:
    words, count = cut_loops(said(heard))
    assert "".join(word.text for word in words).strip() == kept
    assert count == loops


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
        def hear(self, samples: object, language: str, prompt: str | None) -> list[list[SpokenWord]]:
            return [said("Thank you all.") for _ in range(10)]

    monkeypatch.setattr(voice_activity, "_speech", lambda samples: [_Span(0, 16_000)])
    transcript = transcribe(wav("a.wav", 3.0), Looping([]), "en")
    assert (transcript.text, transcript.loops) == ("Thank you all.", 1)


def test_an_engine_that_fails_is_named(monkeypatch: pytest.MonkeyPatch, wav: Callable[..., Path]) -> None:
    class Failing(EchoTranscriber):
        def hear(self, samples: object, language: str, prompt: str | None) -> list[list[SpokenWord]]:
            raise RuntimeError("out of memory")

    monkeypatch.setattr(voice_activity, "_speech", lambda samples: [_Span(0, 16_000)])
    with pytest.raises(TranscriptionError, match="out of memory"):
        transcribe(wav("a.wav", 3.0), Failing([]), "en")
