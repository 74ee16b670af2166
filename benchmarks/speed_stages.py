"""Where the seconds of an answer go, in the short-answer engine on one thread.

Every stage is timed from outside, by wrapping the function or method that does it. Time belongs to the innermost stage,
except that all a second hearing does belongs to the second hearing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from speed_engines import Weights, apart, load_voicepulse

SECOND_HEARING = "second hearing"
REST = "everything else"


class Stopwatch:
    """Seconds by stage. One thread at a time."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._inside: list[str] = [REST]
        self._since = time.perf_counter()

    def _lap(self) -> None:
        now = time.perf_counter()
        stage = SECOND_HEARING if SECOND_HEARING in self._inside else self._inside[-1]
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._since
        self._since = now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self._lap()
        self._inside.append(name)
        try:
            yield
        finally:
            self._lap()
            self._inside.pop()

    def restart(self) -> None:
        self.seconds.clear()
        self._since = time.perf_counter()

    def stop(self) -> None:
        self._lap()

    def wrap(self, owner: Any, attribute: str, name: str) -> None:
        """Time every call of it, and every step of what it yields."""
        original: Callable[..., Any] = getattr(owner, attribute)

        @wraps(original)
        def timed(*arguments: Any, **named: Any) -> Any:
            with self.stage(name):
                result = original(*arguments, **named)
            return self._timed_steps(result, name) if isinstance(result, Iterator) else result

        setattr(owner, attribute, timed)

    def _timed_steps(self, steps: Iterator[Any], name: str) -> Iterator[Any]:
        while True:
            with self.stage(name):
                try:
                    step = next(steps)
                except StopIteration:
                    return
            yield step


def wrap_stages(watch: Stopwatch) -> None:
    from ctranslate2.models import Whisper
    from faster_whisper import WhisperModel
    from faster_whisper.feature_extractor import FeatureExtractor

    from voicepulse.transcript import assembly
    from voicepulse.transcript.short_answer_engine import ShortAnswer

    watch.wrap(assembly, "decode_blocks", "decode the file")
    watch.wrap(assembly, "speech_windows", "voice activity")
    watch.wrap(FeatureExtractor, "__call__", "features")
    watch.wrap(Whisper, "encode", "encoder")
    watch.wrap(Whisper, "generate", "decoder")
    watch.wrap(WhisperModel, "add_word_timestamps", "word times")
    watch.wrap(Whisper, "align", "word times")
    watch.wrap(ShortAnswer, "_hear_again", SECOND_HEARING)


def measure_stages(title: str, files: Sequence[Path], weights: Weights) -> dict[str, float]:
    """Measure and print the table; seconds by stage over all files."""
    seconds = apart(time_stages, files, weights)
    print(f"\n{title}, where the time of an answer goes\n{table(seconds, len(files))}", flush=True)
    return seconds


def time_stages(files: Sequence[Path], weights: Weights) -> dict[str, float]:
    """Seconds by stage over all files; to be run in a process of its own, since it wraps what others use."""
    watch = Stopwatch()
    wrap_stages(watch)
    hear = load_voicepulse("short-answer", weights.models, workers=1)
    hear(files[:1])
    watch.restart()
    hear(files)
    watch.stop()
    return watch.seconds


def table(seconds: dict[str, float], answers: int) -> str:
    whole = sum(seconds.values())
    lines = ["\n| stage, one thread | ms an answer | share |", "|---|---|---|"]
    for stage, taken in sorted(seconds.items(), key=lambda item: -item[1]):
        lines.append(f"| {stage} | {1000 * taken / answers:.0f} | {100 * taken / whole:.0f} % |")
    return "\n".join([*lines, f"| all | {1000 * whole / answers:.0f} | |"])
