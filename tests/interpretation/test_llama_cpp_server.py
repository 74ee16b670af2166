"""Against a real llama.cpp server with a real model, where both are there: `voicepulse models pull qwen-coder-1.5b`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import DEMO
from voicepulse.checkpoints.language_model_conversion import BASE, GGUF
from voicepulse.checkpoints.store import WeightsFolder
from voicepulse.instruments import Instruments
from voicepulse.interpretation.server_reader import ServerReader
from voicepulse.settings import Settings, settings
from voicepulse.study import load_study
from voicepulse.transcript.subtitles import transcript_of_text

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def reader() -> Iterator[ServerReader]:
    llama = pytest.importorskip("xllamacpp")  # llama.cpp and its own HTTP server
    weights = WeightsFolder(settings().models)
    if weights.installed(BASE) is None:
        pytest.skip(f"{BASE} is not installed")
    parameters = llama.CommonParams()
    parameters.model.path = str(weights.require(BASE).folder / GGUF)
    parameters.n_ctx, parameters.n_parallel, parameters.port, parameters.warmup = 4096, 1, 0, False
    server = llama.Server(parameters)
    found = Instruments(Settings(reader_url=f"{server.listening_address}/v1", reader_seconds=300)).reader
    assert isinstance(found, ServerReader)  # naming a server is enough
    yield found
    del server


def test_a_real_server_reads_an_answer_with_exact_quotes(reader: ServerReader) -> None:
    study = load_study(DEMO)[1]
    text = "We build the single sign-on for Norden Bank, because every other bank asks who runs on us."
    transcript = transcript_of_text(text, "en")
    reading = reader.read(study.strategy, study.questions[0], transcript)
    assert reading.provenance["reader"] == "server"
    assert reading.choice is not None
    assert reading.choice.value == study.questions[0].options[0].id
    assert reading.reasons
    for found in reading.all_evidence():
        assert text[found.start : found.end] == found.quote
