"""Whisper in CTranslate2, int8 on a CPU, through faster-whisper: each window padded to Whisper's 30 seconds.

One worker a core with one thread each: measured on two cores, two clips side by side take about 0.7 of the time that one
clip after the other takes with two threads.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from voicepulse.audio.decode import Waveform
from voicepulse.checkpoints.store import Installed
from voicepulse.settings import SAMPLE_RATE
from voicepulse.transcript.types import Heard, SpokenWord

MOST_WORKERS = 4  # each needs about 150 MB while it decodes
DOUBTFUL_COMPRESSION = 2.4  # text that compresses better than this repeats itself
DOUBTFUL_LOGPROB = -1.0  # mean over the tokens
DOUBTFUL_NO_SPEECH = 0.6


def faster_whisper_provenance(weights: Installed, beam_size: int, device: str) -> Mapping[str, object]:
    """What decides this engine's output; known without loading it, so that a run with nothing to do stays quick."""
    return {
        "engine": "faster-whisper",
        "model": weights.name,
        "weights": weights.digest,
        "beam_size": beam_size,
        "compute_type": "int8" if device == "cpu" else "float16",
    }


class FasterWhisper:
    """`Transcriber` on CTranslate2; safe to call from `workers` threads at once. `model` is faster-whisper's own."""

    together = 1

    def __init__(self, weights: Installed, beam_size: int = 5, device: str = "cpu", workers: int = 0) -> None:
        from faster_whisper import WhisperModel

        self.workers = workers or min(MOST_WORKERS, os.cpu_count() or 1)
        self.provenance = faster_whisper_provenance(weights, beam_size, device)
        self._beam_size = beam_size
        self.model: Any = WhisperModel(
            str(weights.folder),
            device=device,
            compute_type=self.provenance["compute_type"],
            cpu_threads=1,
            num_workers=self.workers,
            local_files_only=True,
        )

    def hear(self, windows: Sequence[Waveform], language: str, prompt: str | None) -> list[Heard]:
        return [self._hear(samples, language, prompt) for samples in windows]

    def _hear(self, samples: Waveform, language: str, prompt: str | None) -> Heard:
        segments = self._one_pass(samples, language, prompt)
        reheard = any(_is_doubtful(segment) for segment in segments)
        if reheard:
            segments = self._with_fallback(samples, language, prompt)
        words = [
            [SpokenWord(word.word, word.start, word.end, word.probability) for word in segment.words or ()]
            for segment in segments
        ]
        return Heard(words, reheard)

    def _one_pass(self, samples: Waveform, language: str, prompt: str | None) -> list[Any]:
        """Decode the window once, without time tokens; faster-whisper's plain loop would decode a window's quiet end again."""
        from faster_whisper import BatchedInferencePipeline

        pipeline = BatchedInferencePipeline(
            self.model
        )  # cheap, and it keeps state between calls, so each thread has its own
        segments, _ = pipeline.transcribe(
            samples,
            language=language,
            beam_size=self._beam_size,
            initial_prompt=prompt,
            word_timestamps=True,
            vad_filter=False,
            clip_timestamps=[{"start": 0.0, "end": len(samples) / SAMPLE_RATE}],
            batch_size=1,
        )
        return list(segments)

    def _with_fallback(self, samples: Waveform, language: str, prompt: str | None) -> list[Any]:
        """Whisper's own ladder: time tokens, higher temperatures for doubtful text, nothing where there is no speech."""
        segments, _ = self.model.transcribe(
            samples,
            language=language,
            beam_size=self._beam_size,
            initial_prompt=prompt,
            condition_on_previous_text=False,  # a loop must not feed itself
            word_timestamps=True,
        )
        return list(segments)


def _is_doubtful(segment: Any) -> bool:
    """Repetitive, unlikely, or spoken over what may be no speech (Radford et al. 2022, section 4.5)."""
    return bool(
        segment.compression_ratio > DOUBTFUL_COMPRESSION
        or segment.avg_logprob < DOUBTFUL_LOGPROB
        or segment.no_speech_prob > DOUBTFUL_NO_SPEECH
    )
