"""Sentences to vectors with a transformers encoder."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from voicepulse.checkpoints.store import Installed

Vectors = npt.NDArray[np.float32]  # (sentences, dimensions), rows of length one


class Embedder(Protocol):
    """Sentences to vectors: (len(texts), dimensions), rows of length one."""

    def embed(self, texts: list[str]) -> Vectors: ...


class MiniLM:
    """all-MiniLM-L6-v2: mean pooling over tokens, then length one (Reimers and Gurevych 2019)."""

    BATCH = 64

    def __init__(self, weights: Installed) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        self._torch = torch
        self._tokenizer: Any = AutoTokenizer.from_pretrained(weights.folder, local_files_only=True)
        self._model: Any = AutoModel.from_pretrained(weights.folder, local_files_only=True).eval()
        self.digest = weights.digest

    def embed(self, texts: list[str]) -> Vectors:
        """Like lengths go together, so that a batch is not padded to its longest text."""
        if not texts:
            return np.zeros((0, self._model.config.hidden_size), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        rows: list[Vectors] = []
        for first in range(0, len(order), self.BATCH):
            rows.append(self._embed_batch([texts[i] for i in order[first : first + self.BATCH]]))
        vectors = np.empty((len(texts), rows[0].shape[1]), dtype=np.float32)
        vectors[order] = np.concatenate(rows)
        return vectors

    def _embed_batch(self, texts: list[str]) -> Vectors:
        torch = self._torch
        tokens = self._tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
        with torch.inference_mode():
            hidden = self._model(**tokens).last_hidden_state  # (texts, tokens, dimensions)
            mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)  # (texts, tokens, 1)
            mean = (hidden * mask).sum(1) / mask.sum(1)  # (texts, dimensions)
            vectors: Vectors = torch.nn.functional.normalize(mean, dim=1).numpy()
        return vectors
