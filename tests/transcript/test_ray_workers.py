"""A cluster of two workers on this machine, for real: same text as one process; workers die, and nothing is lost.

The engine of most tests hears how long a sound is, dies of a loud one, and leaves traces in a folder: its process, and each
sound it was given.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import ray
import soundfile

from tests.conftest import DEMO, tone
from voicepulse import errors
from voicepulse.audio import voice_activity
from voicepulse.audio.voice_activity import _Span
from voicepulse.checkpoints.store import Installed, WeightsFolder
from voicepulse.errors import TranscriptionError, UnreadableAudio, VoicePulseError
from voicepulse.settings import settings
from voicepulse.transcript.ray_workers.cluster import join
from voicepulse.transcript.ray_workers.dispatch import transcribe_on_ray
from voicepulse.transcript.ray_workers.order import Clip, Order
from voicepulse.transcript.ray_workers.worker import Worker
from voicepulse.transcript.short_answer_engine import ShortAnswer
from voicepulse.transcript.transcribe import Outcome, transcribe_batch
from voicepulse.transcript.types import Heard, SpokenWord, Transcript

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:.*:UserWarning", "ignore::FutureWarning")

WORKERS = 2
SHORT = ("q2-s6", "q3-s5", "q4-s1", "q3-s1", "q4-s5", "q2-s1")  # the demo's shortest answers
DEADLY = 0.9  # peak of a sound that kills the engine
SECONDS_A_CLIP = 0.1


@pytest.fixture(scope="module")
def temporary() -> Iterator[Path]:
    """The temporary folder of the workers, on a cluster that is started once; its name is short, for Ray keeps sockets there."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", folder)
        ray.init(
            address="local",
            num_cpus=WORKERS,
            num_gpus=1,  # Ray believes it; nothing here looks for one
            include_dashboard=False,
            object_store_memory=200_000_000,
            log_to_driver=False,
            logging_level="CRITICAL",
        )
        yield Path(folder)
        ray.shutdown()


@pytest.fixture
def cluster(temporary: Path) -> None:
    """The cluster, with both workers' places free again after the test before."""
    until = time.monotonic() + 10
    while ray.available_resources().get("CPU", 0) < WORKERS:
        assert time.monotonic() < until
        time.sleep(0.05)


class LengthEngine:
    """Says how many samples it was given."""

    workers = 1
    together = 1

    def __init__(self, traces: Path) -> None:
        self.provenance: dict[str, object] = {"engine": "length"}
        self._traces = traces
        (traces / f"process-{os.getpid()}").touch()

    def hear(self, windows: Sequence[np.ndarray], language: str, prompt: str | None) -> list[Heard]:
        return [self._hear(samples) for samples in windows]

    def _hear(self, samples: np.ndarray) -> Heard:
        with (self._traces / f"heard-{len(samples)}").open("a") as trace:
            trace.write("x")
        if np.abs(samples).max() > DEADLY:
            os._exit(1)
        time.sleep(SECONDS_A_CLIP)
        return Heard([[SpokenWord(f" {len(samples)}", 0.0, 1.0, 0.9)]])


def length_engine(traces: Path, weights: Installed, device: str) -> LengthEngine:
    """Runs in the worker's process, where all sound counts as speech."""
    assert (weights.folder / "model.bin").read_bytes() == b"weights"
    voice_activity._speech = lambda samples: [_Span(0, len(samples))]
    (traces / device).touch()
    return LengthEngine(traces)


def engine_that_does_not_load(weights: Installed, device: str) -> LengthEngine:
    raise ModuleNotFoundError("No module named 'of_the_engine'")


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    (tmp_path / "traces").mkdir()
    return tmp_path / "traces"


def processes(traces: Path) -> list[int]:
    return [int(path.name.split("-")[1]) for path in traces.glob("process-*")]


@pytest.fixture
def order(tmp_path: Path, traces: Path) -> Order:
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "model.bin").write_bytes(b"weights")
    return Order(partial(length_engine, traces), Installed("length", weights, tmp_path.name, "test"), "en")


def clips(folder: Path, count: int) -> list[Path]:
    """Tones, each of another length."""
    paths = [folder / f"{n}.wav" for n in range(count)]
    for n, path in enumerate(paths):
        soundfile.write(path, tone(samples_of(n) / 16_000), 16_000)
    return paths


def samples_of(n: int) -> int:
    return 8_000 + 100 * n


class Kept:
    """Takes outcomes, each once, and does something after so many."""

    def __init__(self, after: int = -1, do: Callable[[], None] = lambda: None) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self._after, self._do = after, do

    def __call__(self, index: int, outcome: Outcome) -> None:
        assert index not in self.outcomes
        self.outcomes[index] = outcome
        if len(self.outcomes) == self._after:
            self._do()

    def texts(self) -> dict[int, str]:
        return {index: heard.text for index, heard in self.outcomes.items() if isinstance(heard, Transcript)}


def heard(count: int, *but: int) -> dict[int, str]:
    return {n: str(samples_of(n)) for n in range(count) if n not in but}


@pytest.mark.model
@pytest.mark.usefixtures("cluster")
def test_the_same_text_as_in_one_process() -> None:
    paths = [DEMO / "answers" / f"{name}.ogg" for name in SHORT]
    weights = WeightsFolder(settings().models).require("whisper-base")
    alone, together = Kept(), Kept()
    transcribe_batch(paths, ShortAnswer(weights, workers=1), "en", ("Norden",), alone)
    transcribe_on_ray(paths, Order(short_answer, weights, "en", ("Norden",)), together)
    assert together.texts() == alone.texts()
    assert sorted(together.texts()) == list(range(6))
    for index, here in alone.outcomes.items():
        there = together.outcomes[index]
        assert isinstance(here, Transcript)
        assert isinstance(there, Transcript)
        assert len(here.words) > 30
        assert [w.start for w in there.words] == pytest.approx([w.start for w in here.words], abs=0.05)
        assert replace(there, segments=(), words=()) == replace(here, segments=(), words=())


def short_answer(weights: Installed, device: str) -> ShortAnswer:
    return ShortAnswer(weights, workers=1)


@pytest.mark.usefixtures("cluster")
def test_a_gpu_is_used_where_there_is_one_beside_the_cpus(tmp_path: Path, order: Order, traces: Path) -> None:
    kept = Kept()
    transcribe_on_ray(clips(tmp_path, 30), order, kept)
    assert kept.texts() == heard(30)
    assert (traces / "cuda").exists()
    assert (traces / "cpu").exists()


@pytest.mark.usefixtures("cluster")
def test_a_killed_worker_costs_what_it_had_in_hand(tmp_path: Path, order: Order, traces: Path) -> None:
    before: list[str] = []

    def kill_one() -> None:
        before.extend(kept.texts().values())
        os.kill(processes(traces)[0], signal.SIGKILL)

    kept = Kept(6, kill_one)
    transcribe_on_ray(clips(tmp_path, 40), order, kept)
    assert kept.texts() == heard(40)
    assert len(processes(traces)) == WORKERS + 1
    assert all((traces / f"heard-{text}").read_text() == "x" for text in before)  # what was kept is not heard again


@pytest.mark.usefixtures("cluster")
def test_a_poisoned_recording_fails_alone(tmp_path: Path, order: Order, traces: Path) -> None:
    paths = clips(tmp_path, 20)
    for poisoned in (3, 4):
        soundfile.write(paths[poisoned], tone(samples_of(poisoned) / 16_000, level=0.99), 16_000)
    kept = Kept()
    transcribe_on_ray(paths, order, kept)
    assert kept.texts() == heard(20, 3, 4)
    for poisoned in (3, 4):
        failure = kept.outcomes[poisoned]
        assert isinstance(failure, TranscriptionError)
        assert f"{poisoned}.wav" in failure.what
        assert failure.way_out
        assert len((traces / f"heard-{samples_of(poisoned)}").read_text()) <= 2
    assert len(processes(traces)) <= WORKERS + 4


@pytest.mark.usefixtures("cluster")
def test_what_cannot_be_decoded_or_read_fails_alone(tmp_path: Path, order: Order, traces: Path) -> None:
    paths = clips(tmp_path, 6)
    paths[2].write_bytes(b"no sound at all")
    paths[4].unlink()
    kept = Kept()
    transcribe_on_ray(paths, order, kept)
    assert kept.texts() == heard(6, 2, 4)
    here = Kept()
    transcribe_batch([paths[2]], LengthEngine(traces), "en", (), here)
    there = kept.outcomes[2]
    assert isinstance(there, UnreadableAudio)
    assert (there.what, there.way_out) == (here.outcomes[0].what, here.outcomes[0].way_out)  # type: ignore[union-attr]
    assert isinstance(kept.outcomes[4], FileNotFoundError)


@pytest.mark.usefixtures("cluster")
def test_ctrl_c_ends_the_workers_and_keeps_what_came_back(
    tmp_path: Path, order: Order, traces: Path, temporary: Path
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    paths, kept = clips(tmp_path, 40), Kept(4, stop)
    with pytest.raises(KeyboardInterrupt):
        transcribe_on_ray(paths, order, kept)
    assert 4 <= len(kept.outcomes) < 40
    assert kept.texts().items() <= heard(40).items()
    until = time.monotonic() + 10
    while any(is_alive(process) for process in processes(traces)) and time.monotonic() < until:
        time.sleep(0.1)
    assert not any(is_alive(process) for process in processes(traces))
    assert not list(temporary.glob("voicepulse-*/clips-*/*"))  # no recording stays with a worker


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.usefixtures("cluster")
def test_a_cluster_that_is_busy_says_so(tmp_path: Path, order: Order) -> None:
    class Busy:
        def is_there(self) -> bool:
            return True

    busy = [ray.remote(num_cpus=1)(Busy).remote() for _ in range(WORKERS)]
    assert ray.get([one.is_there.remote() for one in busy]) == [True, True]
    with pytest.raises(VoicePulseError, match="no CPU free"):
        transcribe_on_ray(clips(tmp_path, 1), order, Kept())
    with pytest.raises(VoicePulseError, match="no GPU free"):
        transcribe_on_ray(clips(tmp_path, 1), Order(order.engine_of, order.weights, "en", (), "cuda"), Kept())
    for one in busy:
        ray.kill(one)


@pytest.mark.usefixtures("cluster")
def test_an_engine_that_no_worker_can_load_is_named(tmp_path: Path, order: Order) -> None:
    with pytest.raises(VoicePulseError, match="No module named 'of_the_engine'"):
        transcribe_on_ray(clips(tmp_path, 3), Order(engine_that_does_not_load, order.weights, "en"), Kept())


def test_a_worker_sweeps_up_after_a_killed_one(
    tmp_path: Path, order: Order, monkeypatch: pytest.MonkeyPatch, wav: Callable[..., Path]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(voice_activity, "_speech", voice_activity._speech)  # put back what the engine changes
    files = {"model.bin": np.frombuffer(b"weights", dtype=np.uint8)}
    first = Worker(order, "cpu", files)
    (killed,) = tmp_path.glob("voicepulse-*/clips-*/")
    (killed / "0.wav").write_bytes(b"a voice")
    second = Worker(order, "cpu", files)
    assert (killed / "0.wav").exists()  # its worker lives
    first._lock.release()  # as the system does when a process is killed
    Worker(order, "cpu", files)
    assert not killed.exists()
    second.hear([Clip(7, ".wav", wav(seconds=0.5).read_bytes())])
    assert [(index, outcome.text) for index, outcome in second.told()] == [(7, "8000")]  # type: ignore[union-attr]
    assert not list(tmp_path.glob("voicepulse-*/clips-*/*"))


@pytest.mark.parametrize(
    "where", ["ray://", "ray://head", "ray://head:x", "ray://head:1/x", "head:6379", "ray:", "", "ray://a b:1"]
)
def test_a_place_that_is_no_cluster_is_named(where: str) -> None:
    with pytest.raises(VoicePulseError, match="names no cluster") as caught, join(where):
        pass
    assert "--on ray" in caught.value.way_out


def test_without_ray_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(VoicePulseError) as caught, join("ray"):
        pass
    assert "voicepulse[ray]" in caught.value.way_out


def test_a_cluster_that_is_not_there_is_named_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for address in (f"ray://127.0.0.1:{port}", "ray://127.0.0.1:99999"):
        with pytest.raises(VoicePulseError, match="could not be joined") as caught, join(address):
            pass
        assert "ray status" in caught.value.way_out


def test_a_cluster_of_other_versions_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    from ray._private.utils import check_version_info

    def refuse(*_: object, **__: object) -> None:
        check_version_info({"ray_version": "1.13.0", "python_version": "3.9.1"}, "here")

    monkeypatch.setattr(ray, "init", refuse)
    monkeypatch.setattr(ray, "shutdown", lambda: None)
    with pytest.raises(VoicePulseError, match=r"other versions.*Ray: 1\.13\.0.*Python: 3\.9\.1") as caught, join("ray"):
        pass
    assert "same VoicePulse" in caught.value.way_out


def test_errors_come_back_from_a_worker_as_they_were() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, VoicePulseError)]
    assert len(kinds) > 10
    for kind in kinds:
        error = pickle.loads(pickle.dumps(kind("What happened.", "The way out.")))  # noqa: S301
        assert (type(error), error.what, error.way_out, str(error)) == (
            kind, "What happened.", "The way out.", "What happened. The way out.",
        )  # fmt: skip
