"""Where somebody speaks, and windows of at most 30 seconds cut at pauses.

Whisper invents text on silence and noise, so it is only ever given windows in which Silero VAD (Silero Team 2021, as
shipped with faster-whisper) hears speech. The blocks come as a stream and the windows leave as one: a recording of
hours costs no more memory than one of minutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from voicepulse.audio.decode import Waveform
from voicepulse.settings import SAMPLE_RATE

WINDOW_SECONDS = 29.0  # Whisper's 30, less the margins
STRETCH_SECONDS = 120.0  # what is looked at for speech at a time
MARGIN_SECONDS = 0.4  # kept around speech: Whisper drops words that begin at the very edge
JOIN_SECONDS = 2.0  # pauses shorter than this stay inside a window


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of speech. `start` is seconds into the recording; `samples` is 16 kHz mono."""

    start: float
    samples: Waveform


@dataclass(frozen=True, slots=True)
class _Span:
    start: int  # samples
    end: int


def speech_windows(blocks: Iterable[Waveform]) -> Iterator[Window]:
    """Cut a recording, given as a stream of blocks, into windows that hold speech, in order."""
    held = np.zeros(0, dtype=np.float32)
    offset = 0  # samples that have left `held`
    stretch = int(STRETCH_SECONDS * SAMPLE_RATE)
    for block in blocks:
        held = np.concatenate([held, block])
        if len(held) >= stretch:
            spans = _window_spans(held)
            waits = (
                bool(spans) and spans[-1].end > len(held) - JOIN_SECONDS * SAMPLE_RATE
            )  # it may go on in the next block
            yield from (_window(held, span, offset) for span in (spans[:-1] if waits else spans))
            # After a pause, a second is kept in which a word may have begun.
            rest = spans[-1].start if waits else max(spans[-1].end if spans else 0, len(held) - SAMPLE_RATE)
            held, offset = held[rest:], offset + rest
    yield from (_window(held, span, offset) for span in _window_spans(held))


def _window(held: Waveform, span: _Span, offset: int) -> Window:
    return Window((offset + span.start) / SAMPLE_RATE, held[span.start : span.end].copy())


def _window_spans(samples: Waveform) -> list[_Span]:
    """Speech joined over short pauses into spans of at most WINDOW_SECONDS, with a margin on either side."""
    longest = int(WINDOW_SECONDS * SAMPLE_RATE)
    windows: list[_Span] = []
    for span in _speech(samples):
        if (
            windows
            and span.start - windows[-1].end < JOIN_SECONDS * SAMPLE_RATE
            and span.end - windows[-1].start <= longest
        ):
            windows[-1] = _Span(windows[-1].start, span.end)
        else:
            windows.append(span)
    margin = int(MARGIN_SECONDS * SAMPLE_RATE)
    borders = [0, *((before.end + after.start) // 2 for before, after in pairwise(windows)), len(samples)]
    return [
        _Span(max(left, window.start - margin), min(right, window.end + margin))
        for window, (left, right) in zip(windows, pairwise(borders), strict=False)
    ]


def _speech(samples: Waveform) -> list[_Span]:
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    if not len(samples):
        return []
    options = VadOptions(max_speech_duration_s=WINDOW_SECONDS, min_silence_duration_ms=400, speech_pad_ms=100)
    return [_Span(int(s["start"]), int(s["end"])) for s in get_speech_timestamps(samples, options)]
