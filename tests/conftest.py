"""Fakes and fixtures. A unit test cannot load real weights, and no test can touch a user's data or the network.

The fakes: `LookupReader` answers from a table; `WordHashEmbedder` turns words into directions, so texts that share words
are near each other; `EchoTranscriber` hears what it is told.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicepulse.checkpoints.store import WeightsFolder
from voicepulse.errors import ModelError
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.types import Evidence, Interpretation, Judgement, Reason
from voicepulse.settings import settings
from voicepulse.study import Study, parse_study
from voicepulse.transcript.subtitles import transcript_of_text
from voicepulse.transcript.types import Heard, SpokenWord

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "recordings" / "demo"
SHARED = ROOT.parent / "shared"
SPEECH = SHARED / "data" / "speech"
BENCH = SHARED / "bench"
IN_CI = os.environ.get("CI") == "true"


@pytest.fixture(autouse=True)
def _no_real_weights(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.node.get_closest_marker("model"):
        return

    def refuse(_: WeightsFolder, name: str) -> None:
        raise ModelError(f"A unit test asked for the weights '{name}'.", "Mark it with @pytest.mark.model.")

    monkeypatch.setattr(WeightsFolder, "require", refuse)


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


class WordHashEmbedder:
    """Each word is a fixed random direction; a text is the sum of its words, of length one."""

    DIMENSIONS = 64

    def embed(self, texts: list[str]) -> np.ndarray:
        rows = np.array(
            [sum((self._word(w) for w in text.lower().split()), np.zeros(self.DIMENSIONS)) for text in texts]
        )
        if not len(rows):
            return np.zeros((0, self.DIMENSIONS), dtype=np.float32)
        return (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)

    def _word(self, word: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
        return np.random.default_rng(seed).standard_normal(self.DIMENSIONS)


class EchoTranscriber:
    """Hears the given words in every window, spread evenly over it."""

    workers = 2
    together = 3

    def __init__(self, words: Sequence[str]) -> None:
        self.words = list(words)
        self.provenance: Mapping[str, object] = {"engine": "echo"}
        self.windows: list[int] = []

    def hear(self, windows: Sequence[np.ndarray], language: str, prompt: str | None) -> list[Heard]:
        return [self.hear_one(samples) for samples in windows]

    def hear_one(self, samples: np.ndarray) -> Heard:
        self.windows.append(len(samples))
        step = len(samples) / 16_000 / max(1, len(self.words))
        return Heard([[SpokenWord(f" {w}", i * step, (i + 1) * step, 0.9) for i, w in enumerate(self.words)]])


def yes_or_no(value: bool, confidence: float = 1.0) -> Judgement:
    probability = confidence if value else 1 - confidence
    return Judgement("yes" if value else "no", {"yes": probability, "no": 1 - probability})


def make_answer(
    speaker: str,
    choice: str,
    reason: str = "",
    *,
    question: str = "q1",
    qualified: bool = False,
    escalates: bool = False,
    stance: str = "unstated",
    confidence: float = 1.0,
    choices: Sequence[str] = ("a", "b", "both", "neither", "undecided"),
) -> Answer:
    """An answer as it comes out of the reader; its text is its reason."""
    text = reason or "no reason at all"
    rest = (1 - confidence) / (len(choices) - 1)
    probabilities = {name: confidence if name == choice else rest for name in choices}
    reading = Interpretation(
        kind="tradeoff",
        choice=Judgement(choice, probabilities),
        qualified=yes_or_no(qualified),
        escalates=yes_or_no(escalates),
        stance=Judgement(stance, {stance: 1.0}),
        commitment=Judgement("unstated", {"unstated": 1.0}),
        reasons=(Reason(Evidence(0, len(reason), reason), 1.0),) if reason else (),
    )
    digest = hashlib.sha256(f"{question}{speaker}".encode()).hexdigest()
    return Answer(question, speaker, "w1", digest, transcript_of_text(text, "en"), reading)


@pytest.fixture
def make_study() -> Callable[..., Study]:
    """A study of n speakers with one trade-off of two options, 'a' intended."""

    def make(speakers: int = 6, mode: str = "attributed", **more: object) -> Study:
        return parse_study(
            {
                "title": "A study",
                "strategy": "A before B.",
                "mode": mode,
                "wave": "w1",
                "speakers": [{"id": f"s{n}", "role": f"Role {n}"} for n in range(1, speakers + 1)],
                "questions": [
                    {
                        "id": "q1",
                        "kind": "tradeoff",
                        "prompt": "There is room for only one. Which one, and why?",
                        "options": [
                            {"id": "a", "label": "Build the alpha thing"},
                            {"id": "b", "label": "Keep the beta thing"},
                        ],
                        "intended": "a",
                    }
                ],
                **more,
            }
        )

    return make


STUDY_TOML = """
title = "A study"
strategy = "A before B."
wave = "w1"
[[speakers]]
id = "s1"
[[speakers]]
id = "s2"
[[questions]]
id = "q1"
prompt = "There is room for only one. Which one, and why?"
options = [{ id = "a", label = "Build the alpha thing" }, { id = "b", label = "Keep the beta thing" }]
intended = "a"
"""


@pytest.fixture
def study_folder(tmp_path: Path) -> Path:
    """A study on disk: two speakers, one trade-off."""
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY_TOML)
    return folder


def tone(seconds: float, rate: int = 16_000, channels: int = 1, level: float = 0.3) -> np.ndarray:
    """(samples,) or (samples, channels) of a sweeping tone."""
    t = np.arange(int(seconds * rate)) / rate
    wave = (level * np.sin(2 * np.pi * (220 + 40 * t) * t)).astype(np.float32)
    return wave if channels == 1 else np.repeat(wave[:, None], channels, axis=1)


@pytest.fixture
def wav(tmp_path: Path) -> Callable[..., Path]:
    """Write a tone as a sound file."""

    def write(
        name: str = "tone.wav", seconds: float = 2.0, rate: int = 16_000, channels: int = 1, **more: object
    ) -> Path:
        path = tmp_path / name
        soundfile.write(path, tone(seconds, rate, channels), rate, **more)
        return path

    return write
