"""`voicepulse transcribe` as a user runs it: on this machine, on a cluster of its own, and over a client's connection."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.conftest import DEMO

CLUSTER = """
import signal, socket, sys
import ray
from ray.util.client.server.server import serve

ray.init(address="local", num_cpus=2, include_dashboard=False, object_store_memory=400_000_000, log_to_driver=False)
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
server = serve("127.0.0.1", port)
print(f"ray://127.0.0.1:{port}", flush=True)
sys.stdin.read()
server.stop(0)
ray.shutdown()
"""


@pytest.fixture
def temporary() -> Iterator[Path]:
    """The temporary folder of the workers; its name is short, for Ray keeps sockets there."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def environment(temporary: Path) -> dict[str, str]:
    """With what a client shows to a cluster that asks for a token."""
    return {**os.environ, "TMPDIR": str(temporary), "RAY_AUTH_MODE": "token", "COLUMNS": "160"}


def start(environment: dict[str, str], *arguments: object) -> subprocess.Popen[str]:
    """Start the command in a process group of its own, which Ctrl-C reaches as in a terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "voicepulse", "transcribe", *(str(a) for a in arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env=environment,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - the tests have one thread
    )


def transcribe(environment: dict[str, str], *arguments: object) -> tuple[int, str, str]:
    with start(environment, *arguments) as running:
        said, complained = running.communicate(timeout=120)
    assert "Traceback" not in complained, complained
    return running.returncode, said, complained


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """The demo with its four shortest answers."""
    folder = tmp_path / "study"
    (folder / "answers").mkdir(parents=True)
    for name in ("q2-s6", "q3-s5", "q4-s1", "q3-s1"):
        shutil.copy(DEMO / "answers" / f"{name}.ogg", folder / "answers")
    shutil.copy(DEMO / "study.toml", folder)
    return folder


def rows(study: Path) -> list[tuple[object, ...]]:
    if not (study / "voicepulse.sqlite").exists():
        return []
    with closing(sqlite3.connect(study / "voicepulse.sqlite", timeout=10)) as connection:
        try:
            return connection.execute("SELECT recording, key, value, made_at FROM transcript ORDER BY 1").fetchall()
        except sqlite3.OperationalError:  # no table yet
            return []


def test_a_wrong_place_is_told_before_anything_is_done(environment: dict[str, str], study_folder: Path) -> None:
    code, said, complained = transcribe(environment, study_folder, "--on", "slurm")
    assert (code, said) == (2, "")
    assert "'slurm' names no cluster" in complained
    assert not (study_folder / "voicepulse.sqlite").exists()


def test_nothing_to_do_starts_no_cluster(environment: dict[str, str], study_folder: Path) -> None:
    code, said, _ = transcribe(environment, study_folder, "--on", "ray://127.0.0.1:1", "--json")
    assert code == 0
    assert json.loads(said) == {"wave": "w1", "transcribed": 0, "reheard": 0, "silent": [], "problems": []}


@pytest.mark.model
def test_who_presses_ctrl_c_twice_does_not_wait(environment: dict[str, str], study: Path) -> None:
    with start(environment, study) as running:
        until = time.monotonic() + 90
        while not (study / "voicepulse.sqlite-wal").exists() and running.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(3)  # the weights are loaded, or nearly
        os.killpg(running.pid, signal.SIGINT)
        time.sleep(0.3)
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGINT)
        _, complained = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "What was finished is kept" in complained
    assert "terminate" not in complained
    assert "Traceback" not in complained


@pytest.mark.model
def test_ctrl_c_on_a_cluster_leaves_a_study_that_the_next_run_finishes(
    environment: dict[str, str], study: Path, temporary: Path
) -> None:
    with start(environment, study, "--on", "ray") as running:
        until = time.monotonic() + 90
        while not rows(study) and running.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGINT)
        _, complained = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "What was finished is kept" in complained
    assert "Traceback" not in complained
    before = rows(study)
    assert 1 <= len(before) < 4
    assert not list(temporary.glob("voicepulse-*/clips-*/*"))  # no recording stays with a worker
    code, said, complained = transcribe(environment, study, "--on", "ray", "--json")
    assert (code, complained.strip()) == (0, "")
    assert json.loads(said)["transcribed"] == 4 - len(before)
    after = rows(study)
    assert len(after) == 4
    assert set(before) <= set(after)


@pytest.fixture
def head(environment: dict[str, str]) -> Iterator[str]:
    """The address of a cluster with a client's port."""
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as cluster:
        assert cluster.stdout is not None
        yield next(line.strip() for line in cluster.stdout if line.startswith("ray://"))
        cluster.communicate(timeout=30)


@pytest.mark.model
def test_over_a_clients_connection_a_broken_file_fails_alone(
    environment: dict[str, str], study: Path, head: str
) -> None:
    subprocess.run(
        [sys.executable, "-m", "voicepulse", "ingest", study, study / "answers"], check=True, env=environment
    )
    next((study / "audio").iterdir()).write_bytes(b"no sound at all")
    code, said, _ = transcribe(environment, study, "--on", head, "--json")
    result = json.loads(said)
    assert (code, result["transcribed"], len(result["problems"])) == (1, 3, 1)
    assert result["problems"][0]["origin"].startswith("q")
    assert "damaged" in result["problems"][0]["what"]
    assert all(len(json.loads(str(value))["words"]) > 20 for _, _, value, _ in rows(study))
