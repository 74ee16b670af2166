"""Fifty speakers at once, a batch behind them, and a server that is killed in the middle: nothing that was confirmed is lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchmarks.serving import command, make_study, run_load
from tests.conftest import DEMO

SPEAKERS, SECONDS = 50, 3.0


@pytest.mark.model
def test_fifty_speakers_and_a_killed_server_lose_nothing(tmp_path: Path) -> None:
    study, behind = make_study(tmp_path / "study", SPEAKERS + 2), tmp_path / "behind"
    behind.mkdir()
    for number in (0, 1):
        shutil.copy(DEMO / "answers" / f"q2-s{number + 1}.ogg", behind / f"q1-s{SPEAKERS + number}.ogg")
    command("ingest", str(study), str(behind))
    measured = run_load(DEMO / "answers", study, SPEAKERS, SECONDS, kill=True)  # which compares every kept byte
    assert len(measured.understood) == SPEAKERS
    assert measured.lost_bytes == 0
    assert measured.waits > 0  # the server was away, and they noticed
    assert measured.most_ahead > 4  # and were told of those before them
