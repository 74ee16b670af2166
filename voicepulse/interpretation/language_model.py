"""The fitted language model: what its upper layers make of each word of an answer, as a few dozen numbers.

It is Qwen2.5-Coder-1.5B cut off after 24 of its 28 layers, with a small adapter merged in (LoRA, Hu et al. 2021); its
vocabulary is replaced by the outputs that VoicePulse was fitted for. CTranslate2 runs it with eight-bit weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from voicepulse.checkpoints.store import Installed
from voicepulse.interpretation.features import Matrix
from voicepulse.interpretation.prompt import PROMPT_END


@dataclass(frozen=True, slots=True)
class AnswerOutputs:
    """t tokens of an answer, k outputs. `places` (t, 2) are characters [start, end) of the answer; `tokens` (t, k) what
    the model makes of each; `last` (k,) what it makes of the answer as a whole."""

    places: Matrix
    tokens: Matrix
    last: Matrix

    def clause(self, start: int, end: int) -> Matrix:
        """(k,) the mean over the tokens that lie in these characters."""
        inside = (self.places[:, 1] > start) & (self.places[:, 0] < end)
        return np.asarray(self.tokens[inside].mean(axis=0) if inside.any() else self.last)


class LanguageModel:
    """Loads the converted weights once; `outputs` may be called from one thread at a time."""

    def __init__(self, weights: Installed, threads: int = 0) -> None:
        import ctranslate2
        from tokenizers import Tokenizer

        self._generator: Any = ctranslate2.Generator(
            str(weights.folder), device="cpu", compute_type="int8", intra_threads=threads
        )
        self._tokenizer: Any = Tokenizer.from_file(str(weights.folder / "tokenizer.json"))
        self._end = self._ids(PROMPT_END)
        self.digest = weights.digest

    def outputs(self, start: str, answers: Sequence[str]) -> list[AnswerOutputs]:
        """What the model makes of each answer after the same beginning; an answer's own marks of the chat are plain text."""
        before = self._ids(start)
        encoded = [self._tokenizer.encode(_harmless(text), add_special_tokens=False) for text in answers]
        prompts = [[*before, *one.ids, *self._end] for one in encoded]
        values = np.array(self._generator.forward_batch(prompts))  # (answers, longest, k)
        return [
            AnswerOutputs(
                np.array(one.offsets, dtype=np.float64).reshape(-1, 2),
                values[i, len(before) : len(before) + len(one.ids)].astype(np.float64),
                values[i, len(prompts[i]) - 1].astype(np.float64),
            )
            for i, one in enumerate(encoded)
        ]

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)


def _harmless(text: str) -> str:
    """The answer with the chat's own marks broken, character for character, so that nobody can speak for the assistant."""
    return text.replace("<|", "< ")
