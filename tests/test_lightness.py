"""What must not be loaded until it is used."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from voicepulse.storage.store import Store

HEAVY = (
    "torch",
    "transformers",
    "spacy",
    "faster_whisper",
    "ctranslate2",
    "whisper",
    "sounddevice",
    "sklearn",
    "alembic",
    "ray",
)


@pytest.mark.parametrize(
    "code",
    [
        "import voicepulse",
        "import sys; sys.argv = ['voicepulse', '--help']; from voicepulse.__main__ import main; main()",
    ],
)
def test_importing_and_help_load_nothing_heavy(code: str) -> None:
    probe = f"""
import atexit, sys
atexit.register(lambda: sys.stderr.write('LOADED ' + ' '.join(m for m in {HEAVY!r} if m in sys.modules)))
{code}
"""
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert ran.stderr.strip().splitlines()[-1].strip() == "LOADED"


def test_status_loads_nothing_that_only_comparing_needs(study_folder: Path) -> None:
    Store(study_folder / "voicepulse.sqlite").close()  # a new database would need alembic
    unused = (*HEAVY, "scipy", "krippendorff", "jinja2")
    probe = f"""
import sys
from voicepulse.cli.app import app
app(["status", {str(study_folder)!r}], standalone_mode=False)
sys.stderr.write("LOADED " + " ".join(m for m in {unused!r} if m in sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert ran.stderr.strip().splitlines()[-1].strip() == "LOADED"
