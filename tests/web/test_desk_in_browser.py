"""The researcher's desk in a real browser: words light as they are spoken, one key does each thing, an easy answer takes seconds,
nothing complains, and axe finds no serious fault, in light and dark, on a desk and on a phone.

One server with fakes for the models; the sound is a tone with words given by hand.
"""

from __future__ import annotations

import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import soundfile
import uvicorn

from tests.chromium import MARKS, chromium
from tests.conftest import tone
from tests.web.conftest import PASSWORD, STUDY, FakeInstruments
from voicepulse.accounts import add_account, log_in
from voicepulse.results import transcript_key
from voicepulse.settings import SAMPLE_RATE
from voicepulse.storage.store import Recording
from voicepulse.transcript.assembly import assemble
from voicepulse.transcript.types import SpokenWord
from voicepulse.web.app import create_app
from voicepulse.web.site import Site, SiteOptions
from voicepulse.web.who import SESSION_COOKIE
from voicepulse.workspace import OpenStudy, open_study

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = list(MARKS)

SPEAKERS = 9
PACE = 0.4  # seconds a word
TEXTS = (
    "alpha because the money is there and we need it now",
    "beta because we gave our word on it unless they pay us more",
    "alpha because the team is tired of the old beta thing",
)


@dataclass
class Here:
    """The served study and its recordings, by speaker."""

    opened: OpenStudy
    site: Site
    address: str
    digests: list[str]

    def said(self, digest: str) -> dict[str, str]:
        return {c.field: c.value for c in self.opened.store.corrections().get(digest, ())}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    folder = tmp_path_factory.mktemp("study")
    listed = "".join(f'[[speakers]]\nid = "s{n}"\nname = "Person S{n}"\n' for n in range(SPEAKERS))
    (folder / "study.toml").write_text(STUDY.format(mode="attributed", speakers=listed))
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with open_study(folder) as opened:
        instruments = FakeInstruments()
        digests = [give(opened, instruments, n) for n in range(SPEAKERS)]
        site = Site(opened, instruments, SiteOptions(address))  # type: ignore[arg-type]
        add_account(opened.store.access, "dana", "researcher", PASSWORD)
        server = uvicorn.Server(uvicorn.Config(create_app(site), log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        until(lambda: site.backroom.report().done == SPEAKERS)
        yield Here(opened, site, address, digests)
        server.should_exit = True
        thread.join(20)


def give(opened: OpenStudy, instruments: FakeInstruments, n: int) -> str:
    """A spoken answer with a word every `PACE` seconds."""
    words = TEXTS[n % len(TEXTS)].split()
    seconds = PACE * len(words)
    digest = hashlib.sha256(f"{n}".encode()).hexdigest()
    opened.folder.audio.mkdir(exist_ok=True)
    soundfile.write(opened.folder.audio / f"{digest}.wav", tone(seconds), SAMPLE_RATE)
    spoken = [SpokenWord(f" {word}", PACE * i, PACE * (i + 1), 0.9) for i, word in enumerate(words)]
    opened.store.add_recording(Recording(digest, "audio", "wav", "q1", f"s{n}", "w1", seconds))
    key = transcript_key(opened.study, instruments)  # type: ignore[arg-type]
    opened.store.add_transcript(digest, key, assemble([spoken], "en", seconds, {}))
    return digest


def until(condition: Callable[[], object], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


class Desk:
    """A researcher's browser that notes every complaint."""

    def __init__(self, browser: Browser, here: Here, **context: object) -> None:
        secret = log_in(here.opened.store.access, "dana", PASSWORD)
        assert secret is not None
        self.context, self.here = browser.new_context(**context), here  # type: ignore[arg-type]
        self.context.add_cookies([{"name": SESSION_COOKIE, "value": secret, "url": here.address}])
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.complaints: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.asked: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("response", lambda r: self.complaints.append(r.url) if r.status >= 400 else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.here.address}{path}")
        return self.page

    def answer(self, n: int) -> Page:
        return self.open(f"/desk/answers/{self.here.digests[n]}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def close(self) -> None:
        self.context.close()
        assert self.complaints == []


PLAYING = "!document.getElementById('sound').paused"
AT = "document.getElementById('sound').currentTime"
LIT = "[...document.querySelectorAll('#said .lit')].map((word) => word.textContent).join(' ')"


def test_words_light_as_they_are_spoken_and_a_click_plays_from_there(browser: Browser, here: Here) -> None:
    desk = Desk(browser, here)
    page = desk.answer(0)
    words = TEXTS[0].split()
    desk.press("p")
    until(lambda: page.evaluate(PLAYING))
    seen = []
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        at, lit = page.evaluate(f"[{AT}, {LIT}]")
        if lit and (not seen or seen[-1] != lit):
            seen.append(lit)
        assert lit in ("", *words[max(0, int(at / PACE) - 1) : int(at / PACE) + 1]), (at, lit)
    assert seen == words[: len(seen)]
    assert len(seen) >= 3
    desk.press("Space")
    until(lambda: not page.evaluate(PLAYING))
    page.locator("#said span", has_text="need").click()
    until(lambda: page.evaluate(PLAYING))
    assert page.evaluate(AT) >= words.index("need") * PACE - 0.05
    desk.press("p", "ArrowLeft")
    assert page.evaluate(AT) < words.index("need") * PACE
    marked = page.locator("#said mark.reason")
    assert marked.inner_text() == "the money is there and we need it now"
    assert page.locator("#said").inner_text() == TEXTS[0]
    desk.close()


def test_keys_change_what_is_shown_and_a_accepts(browser: Browser, here: Here) -> None:
    desk = Desk(browser, here)
    page = desk.answer(1)
    desk.press("2", "c", "e", "s", "m", "m")
    checked = (
        "[...document.querySelectorAll('#reading :checked')].map((input) => input.name + '=' + input.value).join(' ')"
    )
    assert page.evaluate(checked) == "choice=b qualified=no escalates=yes stance=agree commitment=refuses"
    assert page.locator(".yours:visible").count() == 4  # the choice was b before
    desk.press("n")
    page.evaluate(
        "(([first, ...more]) => getSelection().setBaseAndExtent(first.firstChild.firstChild, 1, more.at(-1), more.at(-1).childNodes.length))"
        "(document.querySelectorAll('#said mark.reason'))"  # from the middle of a word: whole words are taken
    )
    desk.press("r")
    assert page.locator("#reason").input_value() == "we gave our word on it unless they pay us more"
    desk.press("r")
    desk.press("a")
    until(lambda: here.said(here.digests[1]))
    assert here.said(here.digests[1]) == {
        "choice": "neither",
        "qualified": "no",
        "escalates": "yes",
        "stance": "agree",
        "commitment": "refuses",
        "reason": "we gave our word on it unless they pay us more",
    }
    desk.close()


def test_in_a_field_keys_write_and_do_nothing_else(browser: Browser, here: Here) -> None:
    desk = Desk(browser, here)
    page = desk.answer(2)
    page.locator("#reason").focus()
    desk.press("a", "k", "2", "p")
    assert page.locator("#reason").input_value() == "ak2p"
    assert not page.evaluate(PLAYING)
    desk.press("Enter")  # leaves the field and sends nothing
    assert page.evaluate("document.activeElement === document.body")
    page.locator("#reason").fill("")
    desk.press("Escape", "?")
    assert page.locator("#keys").is_visible()
    desk.press("a")
    page.get_by_label("Single keys work").uncheck()
    desk.press("Escape")
    assert not page.locator("#keys").is_visible()
    desk.press("2", "a")
    assert page.locator(".yours:visible").count() == 0
    assert here.said(here.digests[2]) == {}
    desk.close()


def test_the_transcript_is_edited_against_the_sound_and_read_again(browser: Browser, here: Here) -> None:
    desk = Desk(browser, here)
    page = desk.answer(3)
    desk.press("t")
    assert page.evaluate("document.activeElement.id") == "text"
    page.locator("#text").fill("I say BETA because the money is there and we need it now")
    desk.press("Escape")
    assert not page.locator("#text").is_visible()
    desk.press("t", "Control+Space")
    until(lambda: page.evaluate(PLAYING))
    desk.press("Control+Enter")
    page.locator("#reading").wait_for()
    assert page.locator("input[name=choice][value=b]").is_checked()
    assert "I say BETA" in page.locator("#said").inner_text()
    start = page.locator("#said span", has_text="money").get_attribute("data-start")
    assert float(start or 0) == pytest.approx(3 * PACE, abs=0.01)  # words that stay keep their times
    page.get_by_role("button", name="Take back Transcript").click()
    page.locator("#reading").wait_for()
    until(lambda: page.locator("#said").inner_text() == TEXTS[0])
    desk.close()


def test_an_easy_answer_takes_under_five_seconds(browser: Browser, here: Here) -> None:
    desk = Desk(browser, here)
    page = desk.open("/desk")
    page.locator("#begin").click()
    taken = []
    for _ in range(3):
        page.locator("#reading").wait_for()
        digest, begun = page.url.rsplit("/", 1)[-1][:64], time.monotonic()
        after = page.locator("#answer").get_attribute("data-after")
        desk.press("p")
        until(lambda: page.evaluate(f"{AT} > {3 * PACE}"))  # the choice and the first of its reason were heard
        assert f"{here.address}/desk/audio/{after}" in desk.asked  # the next one is made ready meanwhile
        desk.press("a")
        page.wait_for_url(lambda url, digest=digest: digest not in url.split("?")[0])  # type: ignore[misc]
        page.wait_for_load_state()
        taken.append(time.monotonic() - begun)
        assert here.said(digest)["choice"] in ("a", "b")
    assert max(taken) < 5, taken
    assert max(taken) - 3 * PACE < 2, taken  # of which the machine's part
    page.locator("#reading").wait_for()
    first = page.url.rsplit("/", 1)[-1][:64]
    desk.press("k")
    page.wait_for_url(lambda url: first not in url.split("?")[0])
    assert here.said(first) == {}
    desk.close()


PAGES = (
    "/desk",
    "/desk?all=1",
    "answer",
    "/desk/status",
    "/desk/speakers",
    "/desk/speakers/s8/erase",
    "/desk/speakers/s8/revoke",
    "/desk/changes",
)


def faults(page: Page) -> list[tuple[str, str]]:
    """The serious ones that axe finds, with all that is folded away open."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    return [
        (fault["id"], node["html"][:160])
        for fault in Axe().run(page).response["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"][:3]
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_no_serious_fault_and_nothing_sticks_out(
    browser: Browser, here: Here, scheme: str, width: int
) -> None:
    here.opened.store.add_correction(here.digests[8], "stance", "agree", "somebody")
    desk = Desk(browser, here, viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
    for path in PAGES:
        page = desk.answer(8) if path == "answer" else desk.open(path)
        assert faults(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, path
        if width == 360:
            small = "[...document.querySelectorAll('main button, main label.pick, .bar a, .bar button, summary')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 44).map((e) => e.outerHTML.slice(0, 80))"
            assert page.evaluate(small) == [], path
        if path == "answer":
            reasons, bar = page.locator("#reading li").first.bounding_box(), page.locator(".doing").bounding_box()
            assert reasons and bar
            assert width == 360 or reasons["y"] + reasons["height"] <= bar["y"]  # seen before it is accepted
    page = desk.open("/desk/speakers")
    page.locator("#speaker-s8").get_by_text("New link").click()  # asks first where there is one
    if page.url.endswith("/invite"):
        assert faults(page) == []
        page.get_by_role("button", name="Make a new link").click()
    address = page.locator("#address").inner_text()
    assert page.locator(".qr svg").is_visible()
    page.reload()
    assert page.locator("#address").inner_text() == address
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Copied.").or_(page.get_by_text("It is selected")).wait_for()
    assert faults(page) == []
    desk.close()


def test_status_is_live(browser: Browser, here: Here) -> None:
    desk = Desk(browser, here)
    page = desk.open("/desk/status")
    figure = page.locator("[data-figure=corrected]")
    before = int(figure.inner_text())
    here.opened.store.add_correction(here.digests[7], "stance", "agree", "somebody")
    until(lambda: int(figure.inner_text()) == before + 1)
    desk.close()
