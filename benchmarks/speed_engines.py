"""The engines that are measured side by side: each loads its weights, then hears files from disk with word times.

Each measurement has a process of its own, so that peak memory is the engine's own and nothing is shared but the
disk's cache. Libraries are imported in the engine that needs them, for the same reason.
"""

from __future__ import annotations

import platform
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal, TypeVar

LANGUAGE = "en"
BATCH = 8  # of faster-whisper's batched pipeline


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was heard, a text a file; windows and how many of them were heard twice, where an engine tells."""

    texts: list[str]
    windows: int = 0
    reheard: int = 0


@dataclass(frozen=True, slots=True)
class Taken:
    """One measurement, without loading: seconds on the wall and of all cores, largest memory, and what was heard."""

    seconds: float
    core_seconds: float
    peak_mib: float
    spoken: Spoken = field(repr=False)


@dataclass(frozen=True, slots=True)
class Weights:
    """The same weights as each engine wants them."""

    models: Path  # the folder that holds whisper-base and openai-whisper-base
    ggml: Path


Hear = Callable[[Sequence[Path]], Spoken]
Load = Callable[[Weights], Hear]
Result = TypeVar("Result")


def _one_by_one(hear: Callable[[Path], str]) -> Hear:
    return lambda files: Spoken([hear(file) for file in files])


def _faster_whisper(weights: Weights) -> Hear:
    from faster_whisper import WhisperModel

    model: Any = WhisperModel(str(weights.models / "whisper-base"), device="cpu", compute_type="int8")

    def hear(file: Path) -> str:
        segments, _ = model.transcribe(str(file), language=LANGUAGE, word_timestamps=True)
        return "".join(segment.text for segment in segments)

    return _one_by_one(hear)


def _faster_whisper_batched(weights: Weights) -> Hear:
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    model: Any = WhisperModel(str(weights.models / "whisper-base"), device="cpu", compute_type="int8")
    pipeline = BatchedInferencePipeline(model)

    def hear(file: Path) -> str:
        segments, _ = pipeline.transcribe(str(file), language=LANGUAGE, word_timestamps=True, batch_size=BATCH)
        return "".join(segment.text for segment in segments)

    return _one_by_one(hear)


def _openai_whisper(weights: Weights) -> Hear:
    """With the defaults of its command: beam 5, and all temperatures to fall back to."""
    import whisper

    from voicepulse.audio.decode import decode

    model: Any = whisper.load_model(str(weights.models / "openai-whisper-base" / "base.pt"), device="cpu")

    def hear(file: Path) -> str:
        heard = model.transcribe(
            decode(file), language=LANGUAGE, word_timestamps=True, beam_size=5, best_of=5, fp16=False
        )
        return str(heard["text"])

    return _one_by_one(hear)


def _whisper_cpp(weights: Weights, short_context: bool) -> Hear:
    from whisper_cpp import load_whisper_cpp

    return _one_by_one(load_whisper_cpp(weights.ggml, short_context))


def load_voicepulse(engine: Literal["short-answer", "faster-whisper"], models: Path, workers: int = 0) -> Hear:
    """All files in one batch, as `voicepulse run` hears them."""
    from voicepulse.instruments import Instruments
    from voicepulse.settings import Settings
    from voicepulse.transcript.transcribe import transcribe_batch
    from voicepulse.transcript.types import Transcript

    transcriber = Instruments(Settings(models=models, engine=engine, workers=workers)).transcriber

    def hear(files: Sequence[Path]) -> Spoken:
        counted = _CountingWindows(transcriber)
        found: dict[int, Transcript] = {}

        def keep(index: int, outcome: Transcript | Exception) -> None:
            if isinstance(outcome, Exception):
                raise outcome
            found[index] = outcome

        transcribe_batch(files, counted, LANGUAGE, (), keep)
        texts = [found[index].text for index in range(len(files))]
        return Spoken(texts, counted.windows, sum(transcript.reheard for transcript in found.values()))

    return hear


class _CountingWindows:
    """A `Transcriber` that counts the windows it passes on."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.workers, self.together, self.provenance = engine.workers, engine.together, engine.provenance
        self.windows = 0

    def hear(self, windows: Sequence[Any], language: str, prompt: str | None) -> Any:
        self.windows += len(windows)
        return self._engine.hear(windows, language, prompt)


SHORT_ANSWER = "VoicePulse, short-answer"
OPENAI_WHISPER = "openai-whisper, the defaults of its command"
WHISPER_CPP = ("whisper.cpp, q8_0, 30 s context", "whisper.cpp, q8_0, short context")
ENGINES: dict[str, Load] = {
    OPENAI_WHISPER: _openai_whisper,
    "faster-whisper, its defaults": _faster_whisper,
    f"faster-whisper, batched ({BATCH})": _faster_whisper_batched,
    WHISPER_CPP[0]: lambda weights: _whisper_cpp(weights, short_context=False),
    WHISPER_CPP[1]: lambda weights: _whisper_cpp(weights, short_context=True),
    "VoicePulse, faster-whisper": lambda weights: load_voicepulse("faster-whisper", weights.models),
    SHORT_ANSWER: lambda weights: load_voicepulse("short-answer", weights.models),
}


def apart(work: Callable[..., Result], *arguments: object) -> Result:
    """Call a function in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *arguments).result()


def measure(engine: str, files: Sequence[Path], weights: Weights) -> Taken:
    """Load, hear the first file to warm up, then hear all of them against the clock."""
    hear = ENGINES[engine](weights)
    hear(files[:1])
    began, worked = time.perf_counter(), time.process_time()
    spoken = hear(files)
    return Taken(time.perf_counter() - began, time.process_time() - worked, peak_mib(), spoken)


def peak_mib() -> float:
    """The largest resident memory of this process so far."""
    status = Path("/proc/self/status")
    if status.exists():  # Linux's ru_maxrss begins with what the parent held when it forked
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if platform.system() == "Darwin" else 1024)
