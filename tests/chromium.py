"""A real browser for tests: Chromium, quiet, and if a test wants it with a spoken file as its microphone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from tests.conftest import IN_CI

if TYPE_CHECKING:
    from playwright.sync_api import Browser

MARKS = (
    pytest.mark.browser,
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
)
MICROPHONE = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


@contextmanager
def chromium(microphone: Path | None = None) -> Iterator[Browser]:
    """A browser whose microphone hears this file over and over (48 kHz mono WAV); without one it has none.

    Where Chromium is missing the test is skipped, but fails in CI.
    """
    executable = shutil.which("chromium")
    if executable is None:
        if IN_CI:
            pytest.fail("Chromium is missing: tests/install_system_packages.sh installs it")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    spoken = () if microphone is None else (*MICROPHONE, f"--use-file-for-fake-audio-capture={microphone}")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=[*FLAGS, *spoken])
        yield running
        running.close()


def as_microphone(recording: Path, seconds: float, target: Path) -> Path:
    """The first seconds of a recording (16 kHz) as a file that Chromium takes for its microphone."""
    samples, rate = soundfile.read(recording, frames=int(seconds * 16_000))
    assert rate == 16_000
    soundfile.write(target, np.repeat(samples, 3), 48_000, subtype="PCM_16")
    return target
