"""Sentences to vectors with a transformers encoder.

Nearly all of the time goes into its matrices, so no token is computed that is not needed: each text once, texts of like
length together, and a batch on each core rather than each batch on all cores, who would wait for each other at every layer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
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


class Remembering:
    """An embedder that embeds a text once: a comparison comes back to the same reasons again and again."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}  # text -> (dimensions,)

    def embed(self, texts: list[str]) -> Vectors:
        if not texts:
            return self._embedder.embed(texts)
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])


LONGEST = 256  # tokens that are read of a text
PADDING = 0  # the number of the token that is not there
BATCH_TOKENS = 2048  # at most, so that what is computed on the way stays small
BATCH_COSTS = 24  # tokens: a batch takes as long as its tokens and these, measured on one core
ADAPTER = "reasons.safetensors"  # in the folder of shipped models: what was fitted to tell reasons apart


class MiniLM:
    """all-MiniLM-L6-v2: mean pooling over tokens, then length one (Reimers and Gurevych 2019).

    With an adapter, thin matrices whose products are added to the weights (LoRA, Hu et al. 2021), distances are what they
    were fitted to be: sentences are near if they give the same reason, not if they are about the same thing.
    """

    def __init__(self, weights: Installed, adapter: Path | None = None) -> None:
        import torch
        from tokenizers import Tokenizer
        from transformers import BertModel
        from transformers.utils import logging

        logging.disable_progress_bar()
        self._torch = torch
        self._threads = torch.get_num_threads()
        self._tokenizer: Any = Tokenizer.from_file(str(weights.folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)
        self.model: Any = BertModel.from_pretrained(weights.folder, local_files_only=True).eval()
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
        """The order of the texts changes nothing, to the bit; which others they stand beside may, in the seventh digit."""
        distinct = sorted(set(texts))
        tokens = self._tokens(distinct)
        lengths = [len(one) for one in tokens]
        batches = _batches(lengths, min(BATCH_TOKENS, sum(lengths) // self._threads))
        vectors = np.empty((len(distinct), self.model.config.hidden_size), dtype=np.float32)

        def fill(batch: list[int]) -> None:
            with self._torch.inference_mode():
                vectors[batch] = self._encoded([tokens[i] for i in batch]).numpy()

        self._on_each_core(fill, batches)
        place = {text: i for i, text in enumerate(distinct)}
        return vectors[[place[text] for text in texts]]

    def _on_each_core(self, fill: Callable[[list[int]], None], batches: list[list[int]]) -> None:
        try:
            with ThreadPoolExecutor(self._threads, initializer=lambda: self._torch.set_num_threads(1)) as pool:
                list(pool.map(fill, reversed(batches)))  # the long ones first, so that no core has to wait for them
        finally:
            self._torch.set_num_threads(self._threads)  # the pool's number would hold for every thread that comes later

    def encode(self, texts: list[str]) -> Any:
        """One batch as a torch tensor (texts, dimensions), rows of length one."""
        return self._encoded(self._tokens(texts))

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        return [encoded.ids for encoded in self._tokenizer.encode_batch(texts)]

    def _encoded(self, tokens: Sequence[Sequence[int]]) -> Any:
        torch = self._torch
        longest = max(len(one) for one in tokens)
        padded = torch.tensor([[*one, *[PADDING] * (longest - len(one))] for one in tokens])  # (texts, tokens)
        lengths = torch.tensor([len(one) for one in tokens])
        kept = torch.arange(longest) < lengths[:, None]  # (texts, tokens)
        seen = None if kept.all() else kept.long()
        hidden = self.model(padded, seen).last_hidden_state  # (texts, tokens, dimensions)
        mean = (hidden * kept[..., None]).sum(1) / lengths[:, None]  # (texts, dimensions)
        return torch.nn.functional.normalize(mean, dim=1)


def _batches(lengths: Sequence[int], most: int) -> list[list[int]]:
    """Which texts go together, by their numbers of tokens, the shortest first: padded only while that costs less than a batch.

    A batch of several texts has at most that many tokens with its padding.
    """
    batches: list[list[int]] = []
    longest = 0
    for i in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        size = len(batches[-1]) if batches else 0
        if not size or size * (lengths[i] - longest) > BATCH_COSTS or (size + 1) * lengths[i] > most:
            batches.append([])
        batches[-1].append(i)
        longest = lengths[i]
    return batches


def embedder_digest(weights: Installed, adapter: Path | None) -> str:
    """What tells one embedder from another; known without loading it."""
    if adapter is None:
        return weights.digest
    if not adapter.is_file():
        raise ModelError(f"The fitted encoder {adapter} is not there.", "Reinstall VoicePulse.")
    return f"{weights.digest}+{sha256_of(adapter)[:16]}"
