"""The whole product as its users have it: commands, a link, a voice in a browser, Whisper, a check by ear, and a verdict that a leader reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from benchmarks.serving import SETTINGS, Server, command, make_study
from tests.chromium import MARKS, as_microphone, chromium
from tests.conftest import DEMO

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.model, *MARKS]

PASSWORD = "correct horse battery"  # noqa: S105  (of accounts that live as long as a test)
SPOKEN_SECONDS = 13.0
TYPED = {
    "s1": "I would repair the wizard, because the small customers have been waiting for it for a year.",
    "s2": "Build single sign-on, because the bank pays for the whole quarter.",
    "s3": "Single sign-on for the large customer, the bank's money keeps us going.",
    "s4": "I'd go with the setup wizard. We promised it to nine hundred people.",
}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, Server]]:
    study = make_study(tmp_path / "study", len(TYPED) + 1)
    for name, role in (("anna", "researcher"), ("lea", "leader")):
        adding = [
            sys.executable,
            "-m",
            "voicepulse",
            "account",
            "add",
            str(study),
            name,
            "--role",
            role,
            "--password-stdin",
        ]
        subprocess.run(
            adding, input=PASSWORD + "\n", text=True, check=True, env=os.environ | SETTINGS, capture_output=True
        )
    server = Server(study)
    server.start()
    yield study, server
    server.stop()


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    clip = as_microphone(DEMO / "answers" / "q1-s1.ogg", SPOKEN_SECONDS, tmp_path / "spoken.wav")
    with chromium(clip) as running:
        yield running


def visit(browser: Browser, address: str) -> Page:
    """A person with a browser of their own."""
    page = browser.new_context(permissions=["microphone"]).new_page()
    page.set_default_timeout(20_000)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(address)
    return page


def log_in(browser: Browser, server: Server, name: str) -> Page:
    page = visit(browser, f"{server.address}/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda address: not address.endswith("/login"))
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_from_invite_to_verdict(served: tuple[Path, Server], browser: Browser) -> None:
    study, server = served
    made = json.loads(command("invite", str(study), "--address", server.address, "--json"))["made"]
    links = {one["speaker"]: one["link"] for one in made}
    for speaker, text in TYPED.items():
        page = visit(browser, links[speaker])
        press(page, "I agree, begin")
        page.goto(f"{page.url}/questions/q1")
        page.locator("summary").first.click()
        page.locator("textarea").fill(text)
        page.locator("form", has=page.locator("textarea")).get_by_role("button").click()
        press(page, "Repair the setup wizard" if "wizard" in text else "Build single sign-on")
        page.context.close()
    heard = speak(visit(browser, links["s0"]))
    said = set(plain(json.loads((DEMO / "spoken.json").read_text())["q1-s1"]))
    assert len(plain(heard)) > 15
    assert np.mean([word in said for word in plain(heard)]) > 0.8, (
        heard
    )  # the file begins anywhere, so its words are counted

    desk = log_in(browser, server, "anna")
    desk.locator("main a[href*='/desk/answers/']").first.click()
    desk.keyboard.press("a")
    desk.wait_for_url(lambda address: "/desk" in address)
    desk.goto(f"{server.address}/desk/changes")
    desk.get_by_text("anna").first.wait_for()

    leader = log_in(browser, server, "lea")
    assert leader.locator("#q1 .verdict, #questions .verdict").first.inner_text() == "Open misalignment"
    button = leader.locator("button[data-recording]").first
    button.scroll_into_view_if_needed()
    button.click()
    leader.wait_for_function("[...document.querySelectorAll('audio')].some(a => a.currentTime > 0.3)")
    page = visit(browser, f"{server.address}/desk")
    assert "/login" in page.url  # and nobody else sees any of it


def speak(page: Page) -> str:
    """One speaker, from consent to the end; returns the words that came back."""
    press(page, "I agree, begin")
    page.goto(f"{page.url}/questions/q1")
    press(page, "Record")
    page.wait_for_timeout(int(SPOKEN_SECONDS * 1000) - 1500)
    page.get_by_role("button", name="Stop").click()
    press(page, "Keep this answer")
    press(page, "Build single sign-on")
    page.wait_for_url("**/check*")
    page.locator('article[data-pending="no"]').first.wait_for(timeout=60_000)
    return page.locator("article textarea").first.input_value()


def plain(text: str) -> list[str]:
    """Its words, without what is written differently."""
    return "".join(c for c in text.lower() if c.isalnum() or c == " ").split()
