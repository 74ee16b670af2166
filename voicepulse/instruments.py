"""The engine, reader and embedder of a run: each loaded when it is first needed, once.

Their names and hashes are known without loading, so that a run with nothing to do loads nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Literal

from voicepulse.checkpoints.store import Installed, WeightsFolder
from voicepulse.comparison.compare import CompareOptions
from voicepulse.comparison.reasons import SameReason
from voicepulse.errors import VoicePulseError
from voicepulse.interpretation.clause_reader import LANGUAGES, ClauseReader, reader_provenance
from voicepulse.interpretation.clauses import ClauseSplitter
from voicepulse.interpretation.embedder import ADAPTER, MiniLM, embedder_digest
from voicepulse.interpretation.heads import Heads, load_heads
from voicepulse.interpretation.language_model import LanguageModel
from voicepulse.interpretation.language_model_reader import (
    CALIBRATION,
    Calibration,
    LanguageModelReader,
    language_model_provenance,
    load_calibration,
)
from voicepulse.interpretation.server_reader import Server, ServerReader, server_provenance
from voicepulse.interpretation.types import Reader
from voicepulse.settings import Settings, settings, shipped_models_folder
from voicepulse.study import Study
from voicepulse.transcript.faster_whisper_engine import FasterWhisper, faster_whisper_provenance
from voicepulse.transcript.openai_whisper_engine import OpenAIWhisper, openai_whisper_provenance
from voicepulse.transcript.ray_workers.order import Order
from voicepulse.transcript.short_answer_engine import ShortAnswer, short_answer_provenance
from voicepulse.transcript.types import Transcriber

ReaderName = Literal["embedded", "language-model", "server"]


class Instruments:
    """What a run works with, as the settings choose it."""

    def __init__(self, configuration: Settings | None = None) -> None:
        self.settings = configuration or settings()
        self.weights = WeightsFolder(self.settings.models)

    @property
    def _whisper(self) -> Installed:
        name = self.settings.whisper
        if self.settings.engine == "openai-whisper":
            return self.weights.require(f"openai-{name}")
        return self.weights.require(name)

    @property
    def transcriber_provenance(self) -> Mapping[str, object]:
        describe = {
            "short-answer": short_answer_provenance,
            "faster-whisper": faster_whisper_provenance,
            "openai-whisper": openai_whisper_provenance,
        }[self.settings.engine]
        return describe(self._whisper, self.settings.beam_size, self.settings.device)

    @cached_property
    def transcriber(self) -> Transcriber:
        return self._engine_of(self._whisper, self.settings.device, self.settings.workers)

    def order(self, study: Study) -> Order:
        """What a worker elsewhere must know to hear as `transcriber` does here."""
        engine_of = partial(self._engine_of, workers=1)
        return Order(engine_of, self._whisper, study.language, tuple(study.vocabulary), self.settings.device)

    @property
    def _engine_of(self) -> Callable[..., Transcriber]:
        return partial(make_transcriber, self.settings.engine, self.settings.beam_size)

    @cached_property
    def heads(self) -> Heads:
        return load_heads(shipped_models_folder() / "reader.json")

    @cached_property
    def reader_name(self) -> ReaderName:
        """Which reader is used: the one that was asked for, or the best one that is there.

        Raises:
            VoicePulseError: a server was asked for and none is named.
            ModelError: the language model was asked for and is not installed.
        """
        wanted = self.settings.reader
        if wanted == "auto":
            if self.settings.reader_url:
                return "server"
            return "language-model" if self.weights.installed("language-model") else "embedded"
        if wanted == "server" and not self.settings.reader_url:
            raise VoicePulseError(
                "No server is named to read the answers.",
                "Set VOICEPULSE_READER_URL, for instance to http://localhost:8080/v1.",
            )
        if wanted == "language-model":
            self.weights.require("language-model")
        return wanted

    @property
    def reader_is_remote(self) -> bool:
        """Whether answers leave this machine to be read."""
        return self.reader_name == "server" and not self.settings.reader_is_local

    @property
    def reader_label(self) -> str:
        """Which reader that is, in words for a person, and how to get a better one."""
        if self.reader_name == "server":
            return f"the language model at {self.settings.reader_url}"
        if self.reader_name == "language-model":
            return "the language model on this machine"
        better = "; a better one: voicepulse models pull language-model" if self.settings.reader == "auto" else ""
        return f"the embedded reader{better}"

    @property
    def embedded_provenance(self) -> Mapping[str, object]:
        parser, embedder = self.weights.require("spacy-en"), self.weights.require("minilm")
        return reader_provenance(parser.digest, embedder.digest, self.heads.digest)

    @property
    def reader_provenances(self) -> tuple[Mapping[str, object], ...]:
        """The reader that is used, then the one that stands in where a server does not answer."""
        embedded = self.embedded_provenance
        if self.reader_name == "server":
            return server_provenance(self._server, self.settings.reader_trust, embedded), embedded
        if self.reader_name == "language-model":
            model = self.weights.require("language-model").digest
            return (language_model_provenance(model, self._calibration.digest, embedded),)
        return (embedded,)

    @property
    def languages(self) -> tuple[str, ...] | None:
        """What the reader reads; None where that is the server's business."""
        return None if self.reader_name == "server" else LANGUAGES

    @cached_property
    def embedder(self) -> MiniLM:
        """The encoder that was fitted to tell reasons apart."""
        return MiniLM(self.weights.require("minilm"), self._reasons_adapter)

    @property
    def embedder_digest(self) -> str:
        return embedder_digest(self.weights.require("minilm"), self._reasons_adapter)

    @property
    def _reasons_adapter(self) -> Path:
        return shipped_models_folder() / ADAPTER

    @cached_property
    def embedded_reader(self) -> ClauseReader:
        splitter, plain = ClauseSplitter(self.weights.require("spacy-en")), MiniLM(self.weights.require("minilm"))
        return ClauseReader(splitter, plain, self.heads)

    @cached_property
    def reader(self) -> Reader:
        if self.reader_name == "server":
            return ServerReader(self._server, self.embedded_reader, self.settings.reader_trust)
        if self.reader_name == "language-model":
            model = LanguageModel(self.weights.require("language-model"))
            return LanguageModelReader(model, self._calibration, self.embedded_reader)
        return self.embedded_reader

    @property
    def _server(self) -> Server:
        chosen = self.settings
        return Server(chosen.reader_url, chosen.reader_model, chosen.reader_key, chosen.reader_seconds)

    @cached_property
    def _calibration(self) -> Calibration:
        return load_calibration(shipped_models_folder() / CALIBRATION)

    @property
    def same_reason(self) -> SameReason:
        return SameReason(*self.heads.same_reason)

    @property
    def compare_options(self) -> CompareOptions:
        return CompareOptions(self.settings.thresholds, self.settings.seed, self.settings.resamples)


def make_transcriber(engine: str, beam_size: int, weights: Installed, device: str, workers: int) -> Transcriber:
    """The engine of this name; on a cluster this runs in the worker's process."""
    if engine == "openai-whisper":
        return OpenAIWhisper(weights, beam_size, device)
    kind = ShortAnswer if engine == "short-answer" else FasterWhisper
    return kind(weights, beam_size, device, workers)
