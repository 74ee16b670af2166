from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import DEMO
from voicepulse.audio import voice_activity
from voicepulse.audio.decode import decode
from voicepulse.audio.voice_activity import speech_windows

RATE = 16_000


def fake_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is not zero is speech, in spans of at most 29 seconds."""

    def find(samples: np.ndarray) -> list[voice_activity._Span]:
        loud = np.flatnonzero(np.abs(samples) > 0)
        if not len(loud):
            return []
        starts = np.concatenate([[loud[0]], loud[1:][np.diff(loud) > RATE // 10]])
        ends = np.concatenate([loud[:-1][np.diff(loud) > RATE // 10], [loud[-1] + 1]])
        longest = int(29 * RATE)
        return [
            voice_activity._Span(int(s), int(min(s + longest, e)))
            for a, e in zip(starts, ends, strict=True)
            for s in range(a, e, longest)
        ]

    monkeypatch.setattr(voice_activity, "_speech", find)


@pytest.mark.parametrize("block", [0.5, 7.0, 400.0])
def test_every_spoken_sample_is_in_exactly_one_window_however_it_arrives(
    monkeypatch: pytest.MonkeyPatch, block: float
) -> None:
    fake_speech(monkeypatch)
    rng = np.random.default_rng(4)
    samples = np.zeros(RATE * 400, dtype=np.float32)
    at = RATE
    while at < len(samples) - 40 * RATE:
        length = int(rng.uniform(0.3, 20) * RATE)
        samples[at : at + length] = np.arange(at, at + length) / len(samples) + 0.1
        at += length + int(rng.uniform(0.2, 8) * RATE)
    size = int(block * RATE)
    windows = list(speech_windows(samples[i : i + size] for i in range(0, len(samples), size)))
    covered = np.zeros(len(samples), dtype=int)
    for window in windows:
        start = round(window.start * RATE)
        assert len(window.samples) <= 30 * RATE
        assert np.array_equal(window.samples, samples[start : start + len(window.samples)])
        covered[start : start + len(window.samples)] += 1
    assert covered.max() == 1
    assert (covered[samples > 0] == 1).mean() > 0.999
    assert [w.start for w in windows] == sorted(w.start for w in windows)


@pytest.mark.model
def test_silence_and_noise_hold_no_speech_and_an_answer_does() -> None:
    rng = np.random.default_rng(0)
    assert list(speech_windows([np.zeros(RATE * 20, dtype=np.float32)])) == []
    assert list(speech_windows([(0.05 * rng.standard_normal(RATE * 20)).astype(np.float32)])) == []
    assert list(speech_windows([])) == []
    answer = decode(DEMO / "answers" / "q1-s1.ogg")
    windows = list(speech_windows([answer]))
    assert sum(len(w.samples) for w in windows) > 0.9 * len(answer)
