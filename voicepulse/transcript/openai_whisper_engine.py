"""The reference engine: the publisher's own openai-whisper, in torch."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from voicepulse.audio.decode import Waveform
from voicepulse.checkpoints.store import Installed
from voicepulse.transcript.types import Heard, SpokenWord


def openai_whisper_provenance(weights: Installed, beam_size: int, device: str) -> Mapping[str, object]:
    """What decides this engine's output; known without loading it."""
    return {
        "engine": "openai-whisper",
        "model": weights.name,
        "weights": weights.digest,
        "beam_size": beam_size,
        "compute_type": "float32" if device == "cpu" else "float16",
    }


class OpenAIWhisper:
    """`Transcriber` on openai-whisper; one window at a time, all cores inside torch."""

    workers = 1
    together = 1

    def __init__(self, weights: Installed, beam_size: int = 5, device: str = "cpu") -> None:
        import whisper

        self._beam_size = beam_size if beam_size > 1 else None  # None decodes greedily
        self._half = device != "cpu"
        self._model: Any = whisper.load_model(str(weights.folder / "base.pt"), device=device)
        self.provenance = openai_whisper_provenance(weights, beam_size, device)

    def hear(self, windows: Sequence[Waveform], language: str, prompt: str | None) -> list[Heard]:
        return [self._hear(samples, language, prompt) for samples in windows]

    def _hear(self, samples: Waveform, language: str, prompt: str | None) -> Heard:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Failed to launch Triton kernels")
            result: dict[str, Any] = self._model.transcribe(
                samples,
                language=language,
                beam_size=self._beam_size,
                initial_prompt=prompt,
                condition_on_previous_text=False,
                word_timestamps=True,
                fp16=self._half,
                verbose=None,
            )
        return Heard(
            [
                [
                    SpokenWord(word["word"], word["start"], word["end"], word["probability"])
                    for word in segment.get("words", [])
                ]
                for segment in result["segments"]
            ]
        )
