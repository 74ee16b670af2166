"""`serve`, `invite` and `account` as a user runs them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

PASSWORD = "correct horse battery\n"  # noqa: S105  (of an account that lives as long as a test)
START = [sys.executable, "-m", "voicepulse"]


def run(*arguments: object, said: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "200", "VOICEPULSE_READER": "embedded"}
    words = [*START, *(str(a) for a in arguments)]
    return subprocess.run(words, capture_output=True, text=True, input=said, env=environment, check=False)


def test_each_speaker_gets_one_link_and_it_is_shown_once(study_folder: Path) -> None:
    first = run("invite", study_folder, "--address", "https://voice.example.org/")
    links = re.findall(r"https://voice\.example\.org/i/([A-Za-z0-9_-]{43})$", first.stdout, re.MULTILINE)
    assert (first.returncode, len(links), len(set(links))) == (0, 2, 2)
    again = run("invite", study_folder)
    assert "s1, s2 had a working link already" in again.stdout
    assert "/i/" not in again.stdout
    assert links[0].encode() not in (study_folder / "voicepulse.sqlite").read_bytes()
    new = json.loads(run("invite", study_folder, "--again", "--speaker", "s2", "--json").stdout)
    assert [made["speaker"] for made in new["made"]] == ["s2"]
    assert run("invite", study_folder, "--revoke").stdout == "2 links stopped working.\n"


def test_a_name_that_is_wrong_costs_nobody_a_link(study_folder: Path) -> None:
    run("invite", study_folder)
    done = run("invite", study_folder, "--speaker", "s1", "--speaker", "s9", "--again")
    assert (done.returncode, "no speaker 's9'" in done.stderr) == (2, True)
    assert "s1, s2 had a working link already" in run("invite", study_folder).stdout


def test_a_qr_code_is_written_for_nobody_else(study_folder: Path, tmp_path: Path) -> None:
    told = json.loads(run("invite", study_folder, "--out", tmp_path / "codes", "--json").stdout)
    pictures = [Path(path) for path in told["pictures"].values()]
    assert len(pictures) == 2
    for picture in pictures:
        assert "<svg" in picture.read_text()
        assert stat.S_IMODE(picture.stat().st_mode) == 0o600
    assert "█" in run("invite", study_folder, "--again", "--qr").stdout


def test_what_cannot_be_is_told_with_a_way_out(study_folder: Path) -> None:
    for arguments, told in (
        (("invite", study_folder, "--speaker", "s9"), "no speaker 's9'"),
        (("account", "password", study_folder, "nobody", "--password-stdin"), "no account 'nobody'"),
        (("account", "remove", study_folder, "nobody"), "no account 'nobody'"),
        (
            ("account", "add", study_folder, "the speaker", "--role", "leader", "--password-stdin"),
            "no name of an account",
        ),
    ):
        done = run(*arguments, said=PASSWORD)
        assert done.returncode == 2, arguments
        assert told in done.stderr
        assert "Traceback" not in done.stderr
    short = run("account", "add", study_folder, "anna", "--role", "leader", "--password-stdin", said="short\n")
    assert (short.returncode, "12 to 256" in short.stderr) == (2, True)


def test_accounts_come_and_go(study_folder: Path) -> None:
    for name, role in (("anna", "researcher"), ("lea", "leader")):
        made = run("account", "add", study_folder, name, "--role", role, "--password-stdin", said=PASSWORD)
        assert made.stdout == f"{name} may log in as a {role}.\n"
    assert (
        run("account", "add", study_folder, "anna", "--role", "leader", "--password-stdin", said=PASSWORD).returncode
        == 2
    )
    assert (
        run("account", "password", study_folder, "anna", "--password-stdin", said="another long one\n").returncode == 0
    )
    assert run("account", "remove", study_folder, "lea").returncode == 0
    listed = json.loads(run("account", "list", study_folder, "--json").stdout)
    assert [(a["name"], a["role"]) for a in listed] == [("anna", "researcher")]
    assert "argon2" not in json.dumps(listed)
    assert b"$argon2id$" in b"".join(p.read_bytes() for p in study_folder.glob("voicepulse.sqlite*"))


@pytest.mark.model
def test_it_serves_until_it_is_told_to_end(study_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        taken = run("serve", study_folder, "--port", port)
        assert (taken.returncode, "cannot be listened on" in taken.stderr) == (2, True)
    opened = run("serve", study_folder, "--host", "0.0.0.0")  # noqa: S104  (which is refused)
    assert (opened.returncode, "no certificate" in opened.stderr) == (2, True)
    assert run("serve", study_folder, "--address", "voice.example.org").returncode == 2
    environment = {**os.environ, "VOICEPULSE_READER": "embedded", "COLUMNS": "200"}
    serving = subprocess.Popen(
        [*START, "serve", str(study_folder), "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    )
    try:
        assert json.loads(read(f"http://127.0.0.1:{port}/health"))["status"] == "up"
        second = run("serve", study_folder, "--port", 0)
        assert (second.returncode, "served already" in second.stderr) == (2, True)
    finally:
        serving.send_signal(signal.SIGINT)
        said, errors = serving.communicate(timeout=60)
    assert serving.returncode == 0
    assert f"http://127.0.0.1:{port}" in said
    assert "voicepulse account add" in said
    assert "voicepulse invite" in said
    assert errors == ""


def read(address: str) -> bytes:
    end = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(address) as page:  # noqa: S310
                return bytes(page.read())
        except OSError:
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.1)
