"""The export as a user runs it. The answers are made up; reading and comparing them needs no model."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.conftest import WordHashEmbedder, make_answer
from voicepulse.cli.app import app
from voicepulse.comparison.compare import CompareOptions, compare_study
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.types import ComparedWave
from voicepulse.errors import VoicePulseError
from voicepulse.report.exports import DOCUMENTS, TABLES
from voicepulse.settings import Thresholds
from voicepulse.workspace import OpenStudy

SAID = ("=the money that it brings in", "we gave our word on it")
Export = Callable[..., Result]
SHOWN = ("questions", "choices", "patterns", "scorecard")
FOR_LEADERS = {f"{table}.{form}" for table in SHOWN for form in ("csv", "jsonl")} | {"findings.json"}
EVERYTHING = {f"{table}.{form}" for table in TABLES for form in ("csv", "jsonl")} | {f"{d}.json" for d in DOCUMENTS}


@pytest.fixture
def export(study_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Export:
    """Export a study that two people answered, or none."""
    answers = [make_answer(f"s{n}", "a", words) for n, words in enumerate(SAID, 1)]

    def compare(opened: OpenStudy, wave: str, *_: object, everyone: bool) -> list[ComparedWave]:
        given = [replace(answer, wave=wave) for answer in answers]
        if wave == "unread" or (wave == "few" and not everyone):
            given = []
        options = CompareOptions(Thresholds(), 3, 20)
        compared = compare_study(opened.study, wave, given, WordHashEmbedder(), SameReason(12.0, -5.0), options)
        return [ComparedWave(compared, tuple(given))]

    monkeypatch.setattr("voicepulse.pipeline.compare", compare)

    def run(*arguments: object, mode: str = "attributed", wave: str = "w1") -> Result:
        toml = (study_folder / "study.toml").read_text()
        head = f'title = "A study"\nstrategy = "A before B."\nmode = "{mode}"\nwave = "{wave}"\n'
        (study_folder / "study.toml").write_text(head + toml[toml.index("[[speakers]]") :])
        return CliRunner().invoke(app, ["export", str(study_folder), *(str(a) for a in arguments)])

    return run


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def spoken(line: str) -> str:
    return str(json.loads(line)["text"])


def test_everything_of_an_attributed_study_lies_in_its_folder(export: Export, study_folder: Path) -> None:
    ran = export()
    assert ran.exit_code == 0, ran.output
    folder = study_folder / "exports" / "w1"
    assert names(folder) == EVERYTHING
    assert f"Export: {folder.resolve()}" in ran.stdout
    assert "2 answers" in ran.stdout
    assert "erase" not in ran.stderr
    lines = (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    assert [spoken(line) for line in lines] == list(SAID)
    with (folder / "answers.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == [f"'{SAID[0]}", SAID[1]]
    assert json.loads((folder / "study.json").read_text())["wave"] == "w1"
    assert json.loads((folder / "findings.json").read_text())["questions"][0]["people"][0]["id"] == "s1"


def test_another_folder_is_made_and_its_other_files_stay(export: Export, tmp_path: Path) -> None:
    folder = tmp_path / "for me" / "today"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")
    (folder / "answers.csv").write_text("from before")
    ran = export("--to", folder, "--json")
    assert ran.exit_code == 0, ran.output
    shown = json.loads(ran.stdout)
    assert shown["folder"] == str(folder.resolve())
    assert set(shown["files"]) == EVERYTHING
    assert (shown["files"]["answers.csv"], shown["files"]["study.json"]) == (2, None)
    assert "cannot find this folder again" in ran.stderr
    assert names(folder) == EVERYTHING | {"notes.txt"}
    assert (folder / "notes.txt").read_text() == "mine"
    first = {path: path.read_bytes() for path in folder.iterdir()}
    assert export("--to", folder).exit_code == 0
    assert {path: path.read_bytes() for path in folder.iterdir()} == first


def test_an_anonymous_study_gives_who_said_what_to_its_researcher_only(export: Export, study_folder: Path) -> None:
    folder = study_folder / "exports" / "w1"
    ran = export(mode="anonymous")
    assert ran.exit_code == 0, ran.output
    assert names(folder) == FOR_LEADERS
    assert "--researcher" in ran.stderr
    written = "".join(path.read_text(encoding="utf-8") for path in folder.iterdir())
    assert "s1" not in written
    assert SAID[1] not in written
    ran = export("--researcher", mode="anonymous")
    assert names(folder) == FOR_LEADERS  # the leaders' export stays as it is
    refused = export("--researcher", "--to", folder, mode="anonymous")
    assert isinstance(refused.exception, VoicePulseError)
    folder = study_folder / "exports" / "w1-researcher"
    assert names(folder) == EVERYTHING
    assert "holds who said what" in ran.stderr
    assert SAID[1] in (folder / "answers.csv").read_text(encoding="utf-8")
    told = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    assert told["mode"] == json.loads((folder / "study.json").read_text())["mode"] == "anonymous"
    assert not any(question["withheld"] for question in told["questions"])
    assert [person["text"] for person in told["questions"][0]["people"]] == list(SAID)
    assert [row["name"] for row in told["cells"]["rows"]] == ["s1", "s2"]
    refused = export("--to", folder, mode="anonymous")  # a leader would find the researcher's files beside
    assert isinstance(refused.exception, VoicePulseError)
    assert "--to" in refused.exception.way_out
    assert export("--researcher", mode="anonymous", wave="few").exit_code == 0
    elsewhere = study_folder / "exports" / "for the board"
    assert export("--to", elsewhere, mode="anonymous").exit_code == 0
    assert names(elsewhere) == FOR_LEADERS


def test_nothing_is_written_where_nothing_was_read_or_answers_are_dropped(export: Export, study_folder: Path) -> None:
    ran = export(wave="unread")
    assert isinstance(ran.exception, VoicePulseError)
    assert "voicepulse run" in ran.exception.way_out
    ran = export(wave="few", mode="anonymous")
    assert isinstance(ran.exception, VoicePulseError)
    assert "Too few" in ran.exception.what
    ran = export("--to", study_folder / "answers" / "out")
    assert isinstance(ran.exception, VoicePulseError)
    assert "--to" in ran.exception.way_out
    assert not (study_folder / "exports").exists()
    assert not (study_folder / "answers").exists()


def test_erasing_a_speaker_deletes_the_exports_of_every_wave(export: Export, study_folder: Path) -> None:
    exports = study_folder / "exports"
    export()
    export("--to", exports / "board" / "june")
    export(wave="w2")
    (exports / "w1" / ".answers.csv.incoming").write_text("half of it")
    (exports / "w1" / "analysis.R").write_text("mine")
    ran = CliRunner().invoke(app, ["erase", str(study_folder), "--speaker", "s1", "--yes"])
    assert ran.exit_code == 0, ran.output
    assert [path.name for path in exports.rglob("*") if path.is_file()] == ["analysis.R"]
