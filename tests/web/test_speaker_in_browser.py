"""The speaker's pages in a real browser with a spoken file as microphone: the whole way, and what goes wrong on it.

One server with the real engine and the embedded reader, one browser; each test takes in a speaker of its own.
"""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
import uvicorn

from tests.conftest import DEMO, IN_CI
from tests.web.conftest import STUDY
from voicepulse.instruments import Instruments
from voicepulse.invitations import make_link
from voicepulse.settings import Settings
from voicepulse.web.app import create_app
from voicepulse.web.site import Site, SiteOptions
from voicepulse.workspace import OpenStudy, open_study

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.model,
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning"),
]

CHROMIUM = shutil.which("chromium")
CLIP_SECONDS = 6
SPEAKERS = 12


class Here:
    """The served study. Each speaker is used once."""

    def __init__(self, opened: OpenStudy, address: str) -> None:
        self.opened, self.address = opened, address
        self._free = iter(opened.study.speakers)

    def link(self) -> str:
        return make_link(self.opened, next(self._free).id, self.address).address


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    folder = tmp_path_factory.mktemp("study")
    listed = "".join(f'[[speakers]]\nid = "s{n}"\n' for n in range(SPEAKERS))
    (folder / "study.toml").write_text(STUDY.format(mode="anonymous", speakers=listed))
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with open_study(folder) as opened:
        site = Site(opened, Instruments(Settings(reader="embedded")), SiteOptions(address))
        server = uvicorn.Server(uvicorn.Config(create_app(site), log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield Here(opened, address)
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, whose microphone hears six spoken seconds over and over."""
    if CHROMIUM is None:
        if IN_CI:
            pytest.fail("Chromium is missing: tests/install_system_packages.sh installs it")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    samples, rate = soundfile.read(DEMO / "answers" / "q1-s1.ogg", frames=CLIP_SECONDS * 16_000)
    assert rate == 16_000
    clip = tmp_path_factory.mktemp("microphone") / "spoken.wav"
    soundfile.write(clip, np.repeat(samples, 3), 48_000, subtype="PCM_16")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-audio-capture={clip}",
                "--autoplay-policy=no-user-gesture-required",
            ],
        )
        yield running
        running.close()


class Visitor:
    """A speaker in a browser of their own; whatever the pages complain about is noted."""

    def __init__(self, browser: Browser, here: Here, microphone: bool = True, **context: object) -> None:
        permissions = ["microphone"] if microphone else []
        self.context: BrowserContext = browser.new_context(permissions=permissions, **context)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.link = here.link()
        self.page.goto(self.link)

    def begin(self) -> None:
        self.press("I agree, begin")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name, exact=True).click()

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for()

    def record(self, seconds: float) -> None:
        self.press("Record")
        self.sees("Recording. Speak now.")
        time.sleep(seconds)

    def close(self) -> None:
        self.context.close()
        assert self.complaints == []


def kept(here: Here, speaker: str) -> list[float]:
    """The seconds of each recording of a speaker."""
    return [r.seconds for r in here.opened.store.recordings() if r.speaker == speaker]


def test_the_whole_way_and_the_words_come_back(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    page = visitor.page
    visitor.begin()
    visitor.follow("Check your microphone")
    visitor.press("Listen")
    visitor.sees("Good. You will be heard well.")
    visitor.follow("Go on to the questions")
    assert "alpha thing" not in page.content()
    visitor.record(4.5)
    visitor.press("Stop")
    visitor.sees("seconds recorded")
    page.locator("#replay").evaluate("audio => audio.play()")
    visitor.press("Keep this answer")
    visitor.sees("Which one did you mean?")
    visitor.press("Build the alpha thing")
    page.get_by_text("Type instead").click()
    page.get_by_role("textbox", name="Your answer").fill("I would say a seven <script>alert(1)</script>")
    visitor.press("Keep what I typed")
    visitor.sees("What will you do differently")
    visitor.follow("Check your answers")
    page.locator("#q1 .understood").wait_for(timeout=40_000)
    assert any(word in page.locator("#q1 .words").inner_text().lower() for word in ("norden", "question", "come on"))
    assert "You would choose “Build the alpha thing”" in page.locator("#q1 .understood").inner_text()
    page.locator("#q2 .understood").wait_for(timeout=40_000)
    assert "You said 7 of 10." in page.locator("#q2 .understood").inner_text()
    page.locator("#q2 summary").click()
    page.locator("#q2").get_by_label("Your number, 1 to 10").fill("6")
    page.locator("#q2").get_by_role("button", name="Correct it").nth(1).click()
    visitor.sees("You said 6 of 10.")
    visitor.press("I am done")
    visitor.sees("Thank you")
    page.goto(visitor.link)  # the same link, in the same browser
    visitor.sees("Thank you")
    visitor.follow("Withdraw")
    visitor.press("Erase everything of me")
    visitor.sees("Everything of you was erased")
    visitor.close()
