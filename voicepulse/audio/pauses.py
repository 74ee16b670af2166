"""Where to cut speech that is too long to be heard in one piece: at its quietest moments, into parts of like length."""

from __future__ import annotations

import numpy as np

from voicepulse.audio.decode import Waveform
from voicepulse.settings import SAMPLE_RATE

FRAME = SAMPLE_RATE // 100  # samples
PAUSE_FRAMES = 20  # a pause between phrases lasts 0.2 seconds and more; within a word it is quiet for less
EDGE = 0.3  # of the length, at either end, in which no cut is made


def cut_at_pauses(samples: Waveform, longest_seconds: float) -> list[Waveform]:
    """Halve speech at its quietest moment until no part is longer than asked; the parts joined are the whole."""
    if len(samples) <= longest_seconds * SAMPLE_RATE:
        return [samples]
    cut = _quietest(samples)
    return [*cut_at_pauses(samples[:cut], longest_seconds), *cut_at_pauses(samples[cut:], longest_seconds)]


def _quietest(samples: Waveform) -> int:
    """The middle of the quietest pause-long stretch that is not near an end."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    level = np.sqrt(np.mean(np.square(frames), axis=1))
    stretch = np.convolve(level, np.full(PAUSE_FRAMES, 1 / PAUSE_FRAMES), mode="same")
    first, last = int(len(stretch) * EDGE), int(len(stretch) * (1 - EDGE))
    return (first + int(np.argmin(stretch[first:last]))) * FRAME
