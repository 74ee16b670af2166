"""The main job for real: the demo from audio to report; killed at random points and resumed; run twice at once."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import DEMO

pytestmark = pytest.mark.model
EMBEDDED = {**os.environ, "VOICEPULSE_READER": "embedded"}  # quick, for it is killed and started often


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "voicepulse", *(str(a) for a in arguments)]


def start(*arguments: object, output: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    """Start a command that Ctrl-C reaches, even where the tests themselves run in the background with SIGINT ignored."""
    return subprocess.Popen(
        command(*arguments),
        stdout=output,
        stderr=output,
        stdin=subprocess.DEVNULL,
        text=True,
        env=EMBEDDED,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - the tests have one thread
    )


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        command(*arguments), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=EMBEDDED
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran


def copy_demo(target: Path, questions: str) -> Path:
    """The demo with the answers to some of its questions."""
    shutil.copytree(
        DEMO / "answers",
        target / "answers",
        ignore=lambda _, names: [n for n in names if n[:2] not in questions.split()],
    )
    shutil.copy(DEMO / "study.toml", target)
    return target


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's first two questions, run once."""
    folder = copy_demo(tmp_path_factory.mktemp("demo"), "q1 q2")
    ran = run("run", folder)
    assert ran.returncode == 0, ran.stderr
    assert "Report:" in ran.stdout
    return folder


def rows(folder: Path, table: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(folder / "voicepulse.sqlite")
    try:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()  # noqa: S608
    finally:
        connection.close()


def test_the_demo_ends_with_verdicts_and_a_report(finished: Path) -> None:
    compared = json.loads(run("compare", finished, "--json").stdout)
    questions = {q["id"]: q for q in compared["questions"]}
    for name in ("q1", "q2"):
        assert questions[name]["verdict"] in ("aligned", "hidden", "open", "unresolved")
        assert questions[name]["answered"] == 6
        assert 0 <= questions[name]["stability"] <= 1
        for person in questions[name]["people"]:
            for quote in person["reasons"]:
                assert quote["text"] in person["text"]
                assert 0 <= quote["seconds"][0] < quote["seconds"][1]
    assert questions["q3"]["verdict"] is None
    page = (finished / "report.html").read_text()
    assert page.count("data:audio/mpeg;base64,") == 12
    counts = json.loads(run("status", finished, "--json").stdout)["counts"]
    assert (counts["recorded"], counts["transcribed"], counts["read"]) == (12, 12, 12)


def test_a_second_run_does_nothing_again(finished: Path) -> None:
    before = {table: rows(finished, table) for table in ("transcript", "reading", "comparison")}
    written = (finished / "report.html").stat().st_mtime_ns
    began = time.monotonic()
    assert run("run", finished).returncode == 0
    assert time.monotonic() - began < 20  # no model is loaded; the time itself is the benchmark's business
    assert {table: rows(finished, table) for table in before} == before
    assert (finished / "report.html").stat().st_mtime_ns == written


def test_only_what_changed_is_done_again(finished: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(finished, tmp_path / "copy")
    study = folder / "study.toml"
    study.write_text(study.read_text().replace("There is room for one big item", "There is room for just one big item"))
    assert run("run", folder).returncode == 0
    assert rows(folder, "transcript") == rows(finished, "transcript")
    assert (
        len(rows(folder, "reading")) == len(rows(finished, "reading")) + 6
    )  # the question that was reworded is read again


def test_a_correction_wins_and_outlives_forgetting(finished: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(finished, tmp_path / "copy")
    assert run("correct", folder, "q1", "s5", "choice=both", "--by", "ada").returncode == 0
    assert run("correct", folder, "q1", "s5", "choice=nonsense").returncode == 2
    before = rows(folder, "correction")
    assert run("forget", folder).returncode == 0
    assert rows(folder, "transcript") == rows(folder, "reading") == rows(folder, "comparison") == []
    assert not (folder / "report.html").exists()
    assert rows(folder, "correction") == before
    assert len(rows(folder, "recording")) == 12
    for path in (folder / "answers").glob("q2-*"):  # half of it is enough to see
        path.unlink()
    assert run("run", folder).returncode == 0
    people = json.loads(run("compare", folder, "--json").stdout)["questions"][0]["people"]
    (corrected,) = [p for p in people if p["id"] == "s5"]
    assert (corrected["choice"], corrected["source"]) == ("both", "person")
    assert corrected["read_choice"] != "both"


def test_killed_at_random_points_and_resumed_nothing_is_lost(finished: Path, tmp_path: Path) -> None:
    folder = copy_demo(tmp_path, "q1")
    rng = random.Random(11)
    kept: dict[str, list[tuple[object, ...]]] = {"recording": [], "transcript": [], "reading": []}
    for _ in range(6):
        with start("run", folder) as running:
            time.sleep(rng.uniform(1.5, 9))
            running.send_signal(rng.choice([signal.SIGKILL, signal.SIGINT]))
        if not (folder / "voicepulse.sqlite").exists():
            continue
        for table, before in kept.items():
            now = rows(folder, table)
            assert now[: len(before)] == before  # what was finished is still there, and is not done again
            kept[table] = now
    assert kept["transcript"], "no run lived long enough to finish a transcript"
    assert run("run", folder).returncode == 0
    for table, before in kept.items():
        assert rows(folder, table)[: len(before)] == before
        assert len(rows(folder, table)) == 6
    same = json.loads(run("compare", finished, "--json").stdout)["questions"][0]
    mine = json.loads(run("compare", folder, "--json").stdout)["questions"][0]
    for compared in (same, mine):
        del compared["agreement"]  # it is measured against the whole study, and the other folder holds two questions
    assert mine == same  # the same result as if nothing had happened


def test_ctrl_c_says_that_what_was_finished_is_kept(tmp_path: Path) -> None:
    folder = copy_demo(tmp_path, "q1")
    with start("run", folder, output=subprocess.PIPE) as running:
        while not (folder / "voicepulse.lock").exists():
            time.sleep(0.1)
        time.sleep(4)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "What was finished is kept" in said
    assert "Traceback" not in said


def test_two_runs_at_once_do_no_harm(tmp_path: Path) -> None:
    folder = copy_demo(tmp_path, "q2")
    both = [start("run", folder, output=subprocess.PIPE) for _ in range(2)]
    for running in both:
        said, complaint = running.communicate(timeout=300)
        assert running.returncode == 0, complaint
        assert "Report:" in said
    assert [len(rows(folder, table)) for table in ("recording", "transcript", "reading", "comparison")] == [6, 6, 6, 1]


def test_noise_is_reported_as_no_speech_and_is_no_answer(tmp_path: Path) -> None:
    import numpy as np
    import soundfile

    folder = copy_demo(tmp_path, "none")
    (folder / "answers").mkdir(exist_ok=True)
    soundfile.write(
        folder / "answers" / "q1-s1.wav", 0.02 * np.random.default_rng(3).standard_normal(16_000 * 8), 16_000
    )
    ran = run("run", folder)
    assert ran.returncode == 1  # an answer could not be used, and the rest went through
    assert "q1 of s1: no speech was found" in ran.stderr
    assert json.loads(run("status", folder, "--json").stdout)["counts"]["no_speech"] == 1


def test_evaluate_writes_the_scorers_format_without_looking_at_labels(tmp_path: Path) -> None:
    spoken = json.loads((DEMO / "spoken.json").read_text())
    gold = {
        "choice": "sso",
        "qualified": False,
        "escalates": False,
        "stance": "unstated",
        "commitment": "unstated",
        "reasons": [],
        "conditions": [],
    }
    study = {
        "id": "tiny",
        "title": "T",
        "strategy": "Enterprise first.",
        "speakers": [{"id": "s1"}, {"id": "s2"}],
        "questions": [
            {
                "id": "q1",
                "kind": "tradeoff",
                "prompt": "Only one. Which?",
                "options": [
                    {"id": "sso", "label": "Build single sign-on for the bank"},
                    {"id": "wizard", "label": "Build the setup wizard"},
                ],
                "themes": [{"id": "t", "label": "never read"}],
                "intended": None,
                "gold_verdict": "aligned",
            }
        ],
        "answers": [{"question": "q1", "speaker": s, "text": spoken[f"q1-{s}"], "gold": gold} for s in ("s1", "s2")],
    }
    (tmp_path / "labelled").mkdir()
    (tmp_path / "labelled" / "tiny.json").write_text(json.dumps(study))
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    scored = json.loads(run("evaluate", tmp_path / "labelled", "--predictions", first, "--json").stdout)
    assert scored["scores"]["answers"] == 2
    study["questions"][0]["themes"] = []  # type: ignore[index]
    study["questions"][0]["gold_verdict"] = "open"  # type: ignore[index]
    for answer in study["answers"]:  # type: ignore[attr-defined]
        answer["gold"] = {**gold, "choice": "wizard", "qualified": True}  # type: ignore[index]
    (tmp_path / "labelled" / "tiny.json").write_text(json.dumps(study))
    run("evaluate", tmp_path / "labelled", "--predictions", second)
    assert first.read_text() == second.read_text()
    kinds = [json.loads(line)["kind"] for line in first.read_text().splitlines()]
    assert kinds == ["answer", "answer", "question"]
