from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicepulse.transcript.assembly import assemble, cut_loops
from voicepulse.transcript.types import SpokenWord

times = st.floats(0, 60, allow_nan=False)
words = st.builds(
    SpokenWord, st.text(st.sampled_from("abcé ,.'-"), max_size=6).map(lambda t: f" {t}"), times, times, st.just(0.5)
)


@given(st.lists(st.lists(words, max_size=8), max_size=5), st.floats(0, 60))
def test_a_transcript_is_its_segments_and_its_words_and_time_runs_forward(
    spoken: list[list[SpokenWord]], seconds: float
) -> None:
    transcript = assemble(spoken, "en", seconds, {})
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
