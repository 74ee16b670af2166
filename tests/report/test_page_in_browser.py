"""The report in a real browser: it draws, a quote plays its words, nothing is asked of the network, nothing complains."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import soundfile

from tests.conftest import IN_CI, WordHashEmbedder, make_answer, tone
from voicepulse.comparison.compare import CompareOptions, compare_study
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.types import ComparedWave
from voicepulse.interpretation.types import Evidence, Reason
from voicepulse.report.findings import find
from voicepulse.report.page import write_page
from voicepulse.settings import Thresholds

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket]

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def page_path(make_study: object, tmp_path: Path) -> Path:
    from dataclasses import replace

    study = make_study(6)  # type: ignore[operator]
    answers = []
    for n in range(1, 7):
        answer = make_answer(f"s{n}", "a" if n < 6 else "b", "the money that it brings in")
        quote = answer.reading.reasons[0].evidence.quote
        reading = replace(answer.reading, reasons=(Reason(Evidence(0, len(quote), quote, (1.0, 2.0)), 0.9),))
        answers.append(replace(answer, reading=reading))
    sound = tmp_path / "a.wav"
    soundfile.write(sound, tone(4.0), 16_000)
    compared = compare_study(
        study, "w1", answers, WordHashEmbedder(), SameReason(12.0, -5.0), CompareOptions(Thresholds(), 3, 60)
    )
    target = tmp_path / "report.html"
    write_page(
        find(study, [ComparedWave(compared, tuple(answers))], Thresholds()),
        {a.recording: sound for a in answers},
        target,
        "key",
    )
    return target


def wait_until(page: Page, condition: str, seconds: float = 15) -> None:
    """Ask the page again and again from outside: its content security policy lets nothing be evaluated inside."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        time.sleep(0.05)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
def test_the_report_in_chromium(page_path: Path) -> None:
    if CHROMIUM is None:
        if IN_CI:
            pytest.fail("Chromium is missing: tests/install_system_packages.sh installs it")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, "--autoplay-policy=no-user-gesture-required"]
        )
        page = browser.new_page()
        complaints: list[str] = []
        requests: list[str] = []
        page.on(
            "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(page_path.as_uri())
        assert page.locator("h1").inner_text().startswith("A study")
        assert page.locator(".dot").count() == 6
        assert page.locator("nav .verdict").first.inner_text() == "Aligned"
        button = page.locator("blockquote button").first
        button.focus()
        page.keyboard.press("Enter")  # by keyboard, as by mouse
        assert button.get_attribute("aria-pressed") == "true"
        wait_until(page, "[...document.querySelectorAll('audio')].some(a => !a.paused && a.currentTime > 1)")
        wait_until(page, "[...document.querySelectorAll('audio')].every(a => a.paused)")
        stopped = page.evaluate("Math.max(...[...document.querySelectorAll('audio')].map(a => a.currentTime))")
        assert 2.0 <= stopped < 3.0  # it stops after its words, and not at the recording's end
        assert button.get_attribute("aria-pressed") == "false"
        browser.close()
    assert complaints == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in requests)
