"""Sentences to vectors with a transformers encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from voicepulse.checkpoints.download import sha256_of
from voicepulse.checkpoints.store import Installed
from voicepulse.errors import ModelError

Vectors = npt.NDArray[np.float32]  # (sentences, dimensions), rows of length one


class Embedder(Protocol):
    """Sentences to vectors: (len(texts), dimensions), rows of length one."""

    def embed(self, texts: list[str]) -> Vectors: ...


ADAPTER = "reasons.safetensors"  # in the folder of shipped models: what was fitted to tell reasons apart


class MiniLM:
    """all-MiniLM-L6-v2: mean pooling over tokens, then length one (Reimers and Gurevych 2019).

    With an adapter, thin matrices whose products are added to the weights (LoRA, Hu et al. 2021), distances are what they
    were fitted to be: sentences are near if they give the same reason, not if they are about the same thing.
    """

    BATCH = 64

    def __init__(self, weights: Installed, adapter: Path | None = None) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils import logging

        logging.disable_progress_bar()
        self._torch = torch
        self._tokenizer: Any = AutoTokenizer.from_pretrained(weights.folder, local_files_only=True)
        self.model: Any = AutoModel.from_pretrained(weights.folder, local_files_only=True).eval()
        self.digest = embedder_digest(weights, adapter)
        if adapter is not None:
            self._merge(adapter)

    def _merge(self, adapter: Path) -> None:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            matrices = load_file(adapter)
        except (SafetensorError, OSError) as error:
            raise ModelError(f"The fitted encoder {adapter} cannot be read.", "Reinstall VoicePulse.") from error
        with self._torch.no_grad():
            for name in (name.removesuffix(".up") for name in matrices if name.endswith(".up")):
                product = matrices[f"{name}.up"].float() @ matrices[f"{name}.down"].float()
                self.model.get_submodule(name).weight.add_(product)

    def embed(self, texts: list[str]) -> Vectors:
        """Like lengths go together, so that a batch is not padded to its longest text."""
        if not texts:
            return np.zeros((0, self.model.config.hidden_size), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        rows: list[Vectors] = []
        with self._torch.inference_mode():
            for first in range(0, len(order), self.BATCH):
                rows.append(self.encode([texts[i] for i in order[first : first + self.BATCH]]).numpy())
        vectors = np.empty((len(texts), rows[0].shape[1]), dtype=np.float32)
        vectors[order] = np.concatenate(rows)
        return vectors

    def encode(self, texts: list[str]) -> Any:
        """One batch as a torch tensor (texts, dimensions), rows of length one."""
        tokens = self._tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
        hidden = self.model(**tokens).last_hidden_state  # (texts, tokens, dimensions)
        mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)  # (texts, tokens, 1)
        mean = (hidden * mask).sum(1) / mask.sum(1)  # (texts, dimensions)
        return self._torch.nn.functional.normalize(mean, dim=1)


def embedder_digest(weights: Installed, adapter: Path | None) -> str:
    """What tells one embedder from another; known without loading it."""
    if adapter is None:
        return weights.digest
    if not adapter.is_file():
        raise ModelError(f"The fitted encoder {adapter} is not there.", "Reinstall VoicePulse.")
    return f"{weights.digest}+{sha256_of(adapter)[:16]}"
