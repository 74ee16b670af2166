"""Commands as a user runs them: messages, exit codes, JSON. None of these needs a model."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.test_review import FakeInstruments
from voicepulse.cli.correct import correct
from voicepulse.interpretation.answers import SPEAKER
from voicepulse.workspace import open_study

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command with an empty weights folder."""
    import os

    environment = {**os.environ, "VOICEPULSE_MODELS": str(tmp_path / "models"), "COLUMNS": "160"}

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "voicepulse", *(str(a) for a in arguments)]
        ran = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, stdin=subprocess.DEVNULL
        )
        assert "Traceback" not in ran.stderr, ran.stderr
        return ran

    return run


def test_init_check_and_a_second_init(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "my-study"
    assert run("init", folder).returncode == 0
    assert 'title = "My study"' in (folder / "study.toml").read_text()
    checked = run("check", folder)
    assert checked.returncode == 1  # the template asks one agreement question, and is told so
    assert "weak evidence" in checked.stdout
    assert json.loads(run("check", folder, "--json").stdout)["findings"][0]["code"] == "weak-evidence"
    again = run("init", folder)
    assert again.returncode == 2
    assert "nothing was changed" in again.stderr


@pytest.mark.parametrize(
    "command",
    [("run",), ("status",), ("check",), ("compare",), ("forget",), ("ingest",), ("record", "--speaker", "s1")],
)
def test_a_folder_that_is_no_study_gets_a_message(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    name, *rest = command
    ran = run(name, tmp_path, *(["x.wav"] if name == "ingest" else rest))
    assert ran.returncode == 2
    assert "voicepulse init" in ran.stderr


def test_a_run_without_weights_says_how_to_get_them(run: Run, study_folder: Path, wav: Callable[..., Path]) -> None:
    assert run("ingest", study_folder, wav("q1-s1.wav")).returncode == 0
    ran = run("run", study_folder)
    assert ran.returncode == 2
    assert "voicepulse models pull" in ran.stderr
    shown = run("status", study_folder, "--json")
    assert shown.returncode == 0
    assert json.loads(shown.stdout)["counts"] == {
        "expected": 2, "recorded": 1, "no_speech": 0, "transcribed": 0, "read": 0, "confirmed": 0, "corrected": 0,
    }  # fmt: skip


def test_ingest_names_what_is_wrong_and_exits_with_1(
    run: Run, study_folder: Path, tmp_path: Path, wav: Callable[..., Path]
) -> None:
    bad = tmp_path / "q1-s2.wav"
    bad.write_text("no sound")
    ran = run("ingest", study_folder, wav("q1-s1.wav"), bad, tmp_path / "missing.wav")
    assert ran.returncode == 1
    assert "1 new, 0 already kept, 2 not usable" in ran.stdout
    assert "q1-s2.wav" in ran.stderr
    assert "no such file" in ran.stderr


def test_erase_deletes_everything_of_a_speaker(run: Run, study_folder: Path, wav: Callable[..., Path]) -> None:
    dropped = study_folder / "answers" / "q1-s1.wav"
    dropped.parent.mkdir()
    dropped.write_bytes(wav("q1-s1.wav").read_bytes())
    assert run("ingest", study_folder, dropped).returncode == 0
    (study_folder / "report.html").write_text("the words of s1")
    assert len(list((study_folder / "audio").iterdir())) == 1
    refused = run("erase", study_folder, "--speaker", "s1")
    assert refused.returncode == 1  # nobody said yes
    assert run("erase", study_folder, "--speaker", "s1", "--yes").returncode == 0
    assert list((study_folder / "audio").iterdir()) == []
    assert not dropped.exists()
    assert not (study_folder / "report.html").exists()
    again = run("ingest", study_folder, wav("q1-s1.wav"))
    assert again.returncode == 2
    assert "was erased" in again.stderr
    assert run("erase", study_folder, "--speaker", "nobody", "--yes").returncode == 2


def test_models_list_and_verify_without_weights(run: Run) -> None:
    listed = json.loads(run("models", "list", "--json").stdout)
    assert {m["name"] for m in listed} >= {"whisper-base", "minilm", "spacy-en"}
    assert not any(m["installed"] for m in listed)
    verified = run("models", "verify")
    assert verified.returncode == 1
    assert "not installed" in verified.stdout
    assert run("models", "pull", "nonsense").returncode == 2


def test_doctor_tells_what_is_missing(run: Run) -> None:
    ran = run("doctor")
    assert ran.returncode == 1
    assert "voicepulse models pull whisper-base" in ran.stdout


def test_correct_without_a_reading_and_wrong_usage(run: Run, study_folder: Path) -> None:
    assert run("correct", study_folder, "q1", "s1").returncode == 2
    assert run("nonsense").returncode == 2
    assert run("--version").stdout.strip()


def test_correct_tells_whose_word_counts(
    run: Run, study_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = run("correct", study_folder, "q1", "s1", "choice=b", "--by", "the speaker")
    assert (refused.returncode, "your own name" in refused.stderr) == (2, True)

    (tmp_path / "q1-s1.txt").write_text("Alpha, because the bank asked twice.")
    assert run("ingest", study_folder, tmp_path / "q1-s1.txt").returncode == 0
    monkeypatch.setattr("voicepulse.instruments.Instruments", FakeInstruments)
    monkeypatch.setenv("COLUMNS", "160")
    correct(study_folder, "q1", "s1", ["choice=b", "transcript=Beta, because the bank asked twice."], "ada")
    shown = capsys.readouterr().out
    assert "choice      b (corrected by ada; not read)" in shown
    assert "transcript  edited by ada" in shown
    assert "until they withdraw it" not in shown
    with open_study(study_folder) as opened:
        (recording,) = opened.store.recordings()
        opened.store.add_correction(recording.digest, "choice", "neither", SPEAKER)
    correct(study_folder, "q1", "s1", ["choice=both", "transcript="], "ada")
    shown = capsys.readouterr().out
    assert "choice      neither (corrected by the speaker; not read)" in shown
    assert "What the speaker said of the choice counts until they withdraw it." in shown
    assert "Alpha, because" in shown
    with open_study(study_folder) as opened:
        kept = opened.store.corrections()[recording.digest]
    assert [(c.author, c.value) for c in kept if c.field == "choice"] == [
        ("ada", "b"),
        (SPEAKER, "neither"),
        ("ada", "both"),
    ]


def test_a_wave_an_engine_and_a_setting_that_do_not_exist_are_named(
    run: Run, study_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no wave 'w9'" in run("status", study_folder, "--wave", "w9").stderr
    assert "no speaker 'zz'" in run("erase", study_folder, "--speaker", "zz").stderr
    assert "no question 'q9'" in run("correct", study_folder, "q9", "s1").stderr


@pytest.mark.parametrize("variable", ["ENGINE=foo", "SEED=abc", "RESAMPLES=0", "THRESHOLD_ANONYMOUS_COUNTS_FROM=1"])
def test_settings_that_cannot_be_are_refused(study_folder: Path, variable: str) -> None:
    import os

    name, _, value = variable.partition("=")
    environment = {**os.environ, f"VOICEPULSE_{name}": value}
    command = [sys.executable, "-m", "voicepulse", "status", str(study_folder)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert "setting cannot be used" in ran.stderr
