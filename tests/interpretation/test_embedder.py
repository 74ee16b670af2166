"""Batches, threads and memory of texts change no vector."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import WordHashEmbedder
from voicepulse.checkpoints.store import WeightsFolder
from voicepulse.interpretation.embedder import BATCH_TOKENS, MiniLM, Remembering, Vectors, _batches
from voicepulse.settings import settings

TEXTS = [
    "They pay for the roadmap.",
    "No.",
    "Nine hundred shops have waited for the wizard since spring, and each of them tells two others how long it takes here.",
    "They pay for the roadmap.",
    "",
    "word " * 400,
]


@pytest.fixture(scope="module")
def encoder() -> MiniLM:
    return MiniLM(WeightsFolder(settings().models).require("minilm"))


@pytest.mark.model
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_company_order_and_repetition_change_no_vector(encoder: MiniLM) -> None:
    together = encoder.embed(TEXTS)
    assert together.shape == (len(TEXTS), 384)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(together, encoder.embed(TEXTS[::-1])[::-1])
    assert np.array_equal(together[0], together[3])
    alone = np.concatenate([encoder.embed([text]) for text in TEXTS])
    assert np.allclose(together, alone, atol=2e-6)
    assert encoder.embed([]).shape == (0, 384)


@given(st.lists(st.integers(1, 256), max_size=80), st.integers(0, BATCH_TOKENS))
def test_every_text_is_in_one_batch_of_bounded_size(lengths: list[int], most: int) -> None:
    batches = _batches(lengths, most)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert all(len(b) == 1 or len(b) * max(lengths[i] for i in b) <= most for b in batches)


def test_a_text_is_embedded_once() -> None:
    class Counting(WordHashEmbedder):
        seen: list[str] = []  # noqa: RUF012 - of this test alone

        def embed(self, texts: list[str]) -> Vectors:
            self.seen += texts
            return super().embed(texts)

    remembering, plain = Remembering(Counting()), WordHashEmbedder()
    for texts in (["a b", "c"], ["c", "a b", "c"], [], ["d"]):
        assert np.array_equal(remembering.embed(texts), plain.embed(texts))
    assert sorted(Counting.seen) == ["a b", "c", "d"]
