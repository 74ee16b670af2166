"""The guards of the short window, without weights; what it hears is tested in test_engines.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicepulse.settings import SAMPLE_RATE
from voicepulse.transcript.short_answer_engine import (
    DECODED_TOGETHER,
    PADDING,
    STEP,
    Decoded,
    Piece,
    batches,
    is_trusted,
    pieces_of,
)
from voicepulse.transcript.types import SpokenWord

SENTENCE = "I would build the wizard first, because nine hundred shops have waited for it since spring."


def decoded(
    text: str, seconds: float = 6.0, tokens: int = 20, logprob: float = -0.1, no_speech: float = 0.01
) -> Decoded:
    piece = Piece(0, 0.0, np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32))
    return Decoded(piece, list(range(tokens)), text, logprob, no_speech)


def test_plain_speech_is_trusted() -> None:
    assert is_trusted([decoded(SENTENCE), decoded("Yes.", seconds=1.0, tokens=2)])


@pytest.mark.parametrize(
    "part",
    [
        decoded(SENTENCE, logprob=-0.6),
        decoded(SENTENCE, tokens=90),
        decoded("the one who's " * 20),
        decoded(SENTENCE, no_speech=0.8),
        decoded("", tokens=0, seconds=4.0),
    ],
    ids=["unlikely", "too fast", "repetitive", "no speech", "nothing heard where somebody speaks"],
)
def test_each_sign_of_trouble_is_seen_whatever_stands_beside_it(part: Decoded) -> None:
    assert not is_trusted([part])
    if part.logprob > -0.5:
        assert not is_trusted([decoded(SENTENCE), part])


def test_two_unlikely_words_in_twenty_are_too_many() -> None:
    def with_unlikely(count: int) -> Decoded:
        likelihoods = [0.1] * count + [0.9] * (20 - count)
        return replace(decoded(SENTENCE), words=[SpokenWord(" word", 0.0, 0.1, p) for p in likelihoods])

    assert is_trusted([with_unlikely(0)])
    assert is_trusted([with_unlikely(1)])
    assert not is_trusted([with_unlikely(2)])
    assert is_trusted([with_unlikely(2), with_unlikely(0), with_unlikely(0)])


def test_a_breath_without_words_is_no_trouble() -> None:
    assert is_trusted([decoded(SENTENCE), decoded("", tokens=0, seconds=0.8, no_speech=0.9)])


@given(st.lists(st.floats(0.3, 29.0), min_size=1, max_size=12))
def test_batches_hold_every_piece_once_and_are_of_one_length(lengths: list[float]) -> None:
    windows = [np.zeros(int(seconds * SAMPLE_RATE), dtype=np.float32) for seconds in lengths]
    pieces = pieces_of(windows)
    assert sum(len(piece.samples) for piece in pieces) == sum(map(len, windows))
    seen = []
    for batch in batches(pieces):
        (padded,) = {piece.padded_seconds for piece in batch}
        assert padded % STEP == 0
        assert all(PADDING <= padded - piece.seconds < PADDING + STEP for piece in batch)
        assert len(batch) == 1 or len(batch) * padded <= DECODED_TOGETHER
        seen += [id(piece) for piece in batch]
    assert sorted(seen) == sorted(map(id, pieces))
