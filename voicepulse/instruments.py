"""The engine, reader and embedder of a run: each loaded when it is first needed, once.

Their names and hashes are known without loading, so that a run with nothing to do loads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from voicepulse.checkpoints.store import Installed, WeightsFolder
from voicepulse.comparison.compare import CompareOptions
from voicepulse.comparison.reasons import SameReason
from voicepulse.interpretation.clause_reader import ClauseReader, reader_provenance
from voicepulse.interpretation.clauses import ClauseSplitter
from voicepulse.interpretation.embedder import MiniLM
from voicepulse.interpretation.heads import Heads, load_heads
from voicepulse.settings import Settings, settings, shipped_models_folder
from voicepulse.transcript.faster_whisper_engine import FasterWhisper, faster_whisper_provenance
from voicepulse.transcript.openai_whisper_engine import OpenAIWhisper, openai_whisper_provenance
from voicepulse.transcript.types import Transcriber


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
        describe = openai_whisper_provenance if self.settings.engine == "openai-whisper" else faster_whisper_provenance
        return describe(self._whisper, self.settings.beam_size, self.settings.device)

    @cached_property
    def transcriber(self) -> Transcriber:
        if self.settings.engine == "openai-whisper":
            return OpenAIWhisper(self._whisper, self.settings.beam_size, self.settings.device)
        return FasterWhisper(self._whisper, self.settings.beam_size, self.settings.device, self.settings.workers)

    @cached_property
    def heads(self) -> Heads:
        return load_heads(shipped_models_folder() / "reader.json")

    @property
    def reader_provenance(self) -> Mapping[str, object]:
        parser, embedder = self.weights.require("spacy-en"), self.weights.require("minilm")
        return reader_provenance(parser.digest, embedder.digest, self.heads.digest)

    @cached_property
    def embedder(self) -> MiniLM:
        return MiniLM(self.weights.require("minilm"))

    @cached_property
    def reader(self) -> ClauseReader:
        return ClauseReader(ClauseSplitter(self.weights.require("spacy-en")), self.embedder, self.heads)

    @property
    def same_reason(self) -> SameReason:
        return SameReason(*self.heads.same_reason)

    @property
    def compare_options(self) -> CompareOptions:
        return CompareOptions(self.settings.thresholds, self.settings.seed, self.settings.resamples)
