"""What must not be loaded until it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
