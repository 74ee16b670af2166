from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voicepulse.audio.pauses import cut_at_pauses
from voicepulse.settings import SAMPLE_RATE


@given(st.floats(0.1, 60.0), st.integers(0, 100))
def test_the_parts_joined_are_the_whole_and_none_is_too_long(seconds: float, seed: int) -> None:
    samples = np.random.default_rng(seed).standard_normal(int(seconds * SAMPLE_RATE)).astype(np.float32)
    parts = cut_at_pauses(samples, 10.0)
    assert np.array_equal(np.concatenate(parts), samples)
    assert all(len(part) <= 10 * SAMPLE_RATE for part in parts)
    assert seconds <= 10.0 or min(map(len, parts)) > SAMPLE_RATE  # no crumbs


@given(st.floats(7.0, 13.0), st.integers(0, 100))
def test_speech_is_cut_in_its_pause(pause: float, seed: int) -> None:
    samples = np.random.default_rng(seed).standard_normal(20 * SAMPLE_RATE).astype(np.float32)
    samples[int(pause * SAMPLE_RATE) : int((pause + 0.4) * SAMPLE_RATE)] *= 0.01
    first, _ = cut_at_pauses(samples, 15.0)
    assert pause <= len(first) / SAMPLE_RATE <= pause + 0.4
