"""Pulling weights from a server on this machine: whole, resumed, verified, atomic."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from voicepulse.checkpoints import store as store_module
from voicepulse.checkpoints.catalog import Archive, Model, catalog
from voicepulse.checkpoints.download import download
from voicepulse.checkpoints.store import WeightsFolder
from voicepulse.errors import ModelError

CONTENT = bytes(range(256)) * 20_000  # 5 MB


class Server(ThreadingHTTPServer):
    """Serves CONTENT with ranges; breaks the first answer off after `break_after` bytes."""

    break_after: int | None = None

    def __init__(self) -> None:
        self.ranges: list[str | None] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/weights.bin"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        end, self.server.break_after = self.server.break_after, None
        self.wfile.write(CONTENT[start:end])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def one_file(url: str, digest: str | None = None) -> Model:
    sha256 = digest or hashlib.sha256(CONTENT).hexdigest()
    source = Archive(kind="archive", url=url, sha256=sha256)
    return Model(
        name="toy", role="toy", description="", licence="MIT", size=len(CONTENT), default=False, sources=(source,)
    )


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Callable[[Model], None]:
    return lambda model: monkeypatch.setattr(store_module, "find_model", lambda name: model)


def test_a_broken_download_goes_on_where_it_stopped(server: Server, tmp_path: Path) -> None:
    server.break_after = 2_000_000
    target = tmp_path / "weights.bin"
    digest = hashlib.sha256(CONTENT).hexdigest()
    with pytest.raises(ModelError, match="cannot be fetched"):
        download(server.url, target, digest, lambda _: None)
    assert not target.exists()
    kept = (tmp_path / "weights.bin.part").stat().st_size
    assert 0 < kept <= 2_000_000
    download(server.url, target, digest, lambda _: None)
    assert target.read_bytes() == CONTENT
    assert server.ranges == [None, f"bytes={kept}-"]


def test_a_pull_installs_verifies_and_then_needs_no_server(
    server: Server, tmp_path: Path, use: Callable[[Model], None]
) -> None:
    use(one_file(server.url))
    weights = WeightsFolder(tmp_path)
    seen: list[float] = []
    installed = weights.pull("toy", lambda step, done, total: seen.append(done))
    assert (installed.folder / "weights.bin").read_bytes() == CONTENT
    assert seen == sorted(seen)
    assert seen[-1] == len(CONTENT)
    assert weights.verify("toy") == []
    use(one_file("http://127.0.0.1:9/gone"))
    assert weights.pull("toy") == installed


def test_changed_bytes_and_cut_files_are_found(server: Server, tmp_path: Path, use: Callable[[Model], None]) -> None:
    use(one_file(server.url))
    weights = WeightsFolder(tmp_path)
    file = weights.pull("toy").folder / "weights.bin"
    file.write_bytes(b"x" + CONTENT[1:])
    assert weights.verify("toy") == ["weights.bin has been changed"]
    file.write_bytes(CONTENT[:-1])
    assert weights.installed("toy") is None


def test_what_is_not_in_the_catalog_is_thrown_away(
    server: Server, tmp_path: Path, use: Callable[[Model], None]
) -> None:
    use(one_file(server.url, "0" * 64))
    with pytest.raises(ModelError, match="not what the catalog names"):
        WeightsFolder(tmp_path).pull("toy")
    assert not (tmp_path / "toy").exists()
    assert not list(tmp_path.rglob("*.part"))


def test_every_source_is_named_when_none_works(tmp_path: Path, use: Callable[[Model], None]) -> None:
    use(one_file("http://127.0.0.1:9/nothing"))
    with pytest.raises(ModelError, match=r"archive: http://127\.0\.0\.1:9/nothing cannot be fetched"):
        WeightsFolder(tmp_path).pull("toy")


def test_the_catalog_pins_every_source() -> None:
    for model in catalog().values():
        assert model.licence
        assert model.sources
        assert all(len(getattr(s, "revision", "0" * 40)) == 40 for s in model.sources)


@pytest.mark.model
def test_the_converted_checkpoint_holds_the_same_tensors() -> None:
    import torch
    import whisper

    from voicepulse.checkpoints.whisper_conversion import openai_state, read_ctranslate2
    from voicepulse.settings import settings

    weights = WeightsFolder(settings().models)
    model = whisper.load_model(str(weights.require("openai-whisper-base").folder / "base.pt"), device="cpu")
    state = openai_state(read_ctranslate2(weights.require("whisper-base").folder / "model.bin"))
    loaded = model.state_dict()
    assert set(state) == set(loaded)
    for name, tensor in state.items():
        assert torch.equal(loaded[name].float(), torch.from_numpy(tensor.copy()).float()), name
