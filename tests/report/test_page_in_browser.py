"""The report in a real browser: pictures are drawn, a quote plays its words, the keyboard is enough, nothing is asked of the network,
nothing complains, and axe finds no serious fault, in light and dark, on a desk and on a phone."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import soundfile

from tests.chromium import MARKS, chromium
from tests.conftest import tone
from tests.report.full_study import full_findings, full_study, full_waves
from voicepulse.audio.encode import encode_mp3
from voicepulse.report.page import FilterBar, LivePage, live_style, page_script, render_page, write_page
from voicepulse.web.leader import REPORT_POLICY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

pytestmark = list(MARKS)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same study's page, attributed with its sound, and anonymous."""
    folder = tmp_path_factory.mktemp("pages")
    sound = folder / "a.wav"
    soundfile.write(sound, tone(4.0), 16_000)
    written = {}
    for mode in ("attributed", "anonymous"):
        study = full_study(mode)
        recordings = {a.recording: sound for wave in full_waves(study) for a in wave.answers}
        written[mode] = folder / f"{mode}.html"
        write_page(full_findings(study), recordings, written[mode], "key")
    return written


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


class Watched:
    """A page that notes every complaint and every request."""

    def __init__(self, browser: Browser, path: Path, **context: object) -> None:
        self.page: Page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())

    def close(self) -> None:
        self.page.context.close()
        assert self.complaints == []
        assert all(url.startswith(("file:", "data:", "blob:")) for url in self.requests), self.requests


def wait_until(page: Page, condition: str, seconds: float = 15) -> None:
    """Ask the page again and again from outside: its content security policy lets nothing be evaluated inside."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        time.sleep(0.05)


def test_the_first_screen_answers_and_every_picture_is_drawn(browser: Browser, pages: dict[str, Path]) -> None:
    shown = Watched(browser, pages["attributed"], viewport={"width": 1280, "height": 900})
    page = shown.page
    headline = page.locator(".headline")
    assert headline.inner_text() == "Aligned on 1 of 3 trade-offs: 1 hidden and 1 open."
    picture = page.locator(".matrix")
    assert page.locator(".matrix .choice").count() == 27  # nine speakers, three questions
    box = picture.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 900  # on the first screen
    for part in (
        "said-and-chosen",
        "levels",
        "teams",
        "movement",
        "patterns",
        "scorecard",
        "terms",
        "spending",
        "next",
        "how",
    ):
        assert page.locator(f"section#{part} h2").count() == 1, part
    assert page.locator("svg.movement").count() == 2
    assert page.locator("svg.movement .band").count() == 6
    drawn = page.locator("svg.movement .band").first.bounding_box()
    assert drawn is not None
    assert drawn["width"] > 200
    assert page.locator(".cells .cell").count() == 5
    assert page.locator("#q1 .dot").count() == 9
    tables = page.locator(
        "figure:has(.cells, svg) + details table, .cells + details table, figure:has(svg) + details table"
    )
    assert tables.count() == 3  # each of these pictures has its table behind it
    shown.close()


def test_a_quote_plays_its_words_by_keyboard_and_stops_after_them(browser: Browser, pages: dict[str, Path]) -> None:
    shown = Watched(browser, pages["attributed"])
    page = shown.page
    button = page.locator("blockquote button").first
    button.focus()
    page.keyboard.press("Enter")
    assert button.get_attribute("aria-pressed") == "true"
    wait_until(page, "[...document.querySelectorAll('audio')].some(a => !a.paused && a.currentTime > 1)")
    wait_until(page, "[...document.querySelectorAll('audio')].every(a => a.paused)")
    stopped = page.evaluate("Math.max(...[...document.querySelectorAll('audio')].map(a => a.currentTime))")
    assert 2.0 <= stopped < 3.0  # it stops after its words, and not at the recording's end
    assert button.get_attribute("aria-pressed") == "false"
    page.keyboard.press("Enter")
    wait_until(page, "[...document.querySelectorAll('audio')].some(a => !a.paused)")
    page.keyboard.press("Escape")
    assert button.get_attribute("aria-pressed") == "false"
    shown.close()


def test_the_keyboard_reaches_everything(browser: Browser, pages: dict[str, Path]) -> None:
    shown = Watched(browser, pages["attributed"])
    page = shown.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(400):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
        if page.evaluate("document.activeElement.closest('#how') !== null || document.activeElement === document.body"):
            break
    assert {"A", "BUTTON", "SUMMARY"} <= reached
    summary = page.locator("#said-and-chosen summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#said-and-chosen details").get_attribute("open") is not None
    shown.close()


def faults(page: Page) -> list[tuple[str, str, str]]:
    """The serious ones that axe finds, with all that is folded away open."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    page.evaluate("document.querySelectorAll('.later').forEach((p) => { p.style.contentVisibility = 'visible'; })")
    return [
        (fault["id"], node["html"][:160], node.get("failureSummary", "")[:300])
        for fault in Axe().run(page).response["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"][:3]
    ]


@pytest.mark.parametrize("mode", ["attributed", "anonymous"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_serious_fault(
    browser: Browser, pages: dict[str, Path], mode: str, scheme: str, width: int
) -> None:
    shown = Watched(browser, pages[mode], viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert faults(shown.page) == []
    scroll = shown.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert scroll <= 0  # nothing sticks out to the side
    shown.close()


def test_it_prints_to_a4_with_its_tables_open(browser: Browser, pages: dict[str, Path], tmp_path: Path) -> None:
    shown = Watched(browser, pages["attributed"])
    page = shown.page
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#said-and-chosen details[open]").count() == 1
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("#said-and-chosen details[open]").count() == 0
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    pdf = (tmp_path / "report.pdf").read_bytes()
    widths = {round(float(w)) for w in re.findall(rb"/MediaBox\s*\[0 0 ([0-9.]+) [0-9.]+\]", pdf)}
    assert widths == {595}  # points: A4
    shown.close()


def test_the_anonymous_page_has_no_name_no_sound_and_no_person(browser: Browser, pages: dict[str, Path]) -> None:
    shown = Watched(browser, pages["anonymous"])
    page = shown.page
    text = page.content()
    assert "Person S" not in text
    assert page.locator("audio, button[data-recording], .dot, .matrix").count() == 0
    assert page.locator("blockquote").count() == 0  # nine people: no quote
    shown.close()


LIVE = "http://report.test"


class Served(Watched):
    """The page as a server shows it, under a policy without inline style or script; what it asks for is answered from here."""

    def __init__(self, browser: Browser, sound: bytes, **context: object) -> None:
        bar = FilterBar(
            ("2026-Q4", "2026-Q3"), ("executive", "manager", "staff"), ("Build", "Sales"), "2026-Q4", "staff"
        )
        live = LivePage("/report.css", "/report.js", bar, "Dana", "token")
        recordings = {a.recording: f"/sound/{a.recording}" for wave in full_waves(full_study()) for a in wave.answers}
        text = render_page(full_findings(), recordings, key="key", live=live)
        self.page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
        self.complaints, self.requests = [], []
        self.page.on("console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url.removeprefix(LIVE)))

        def answer(route: Route) -> None:
            path = urlsplit(route.request.url).path
            if path == "/report":
                kind, body = "text/html", text.encode()
            elif path.startswith("/sound/"):
                kind, body = "audio/mpeg", sound
            else:
                kind, body = ("text/css", live_style()) if path.endswith(".css") else ("text/javascript", page_script())
            route.fulfill(body=body, content_type=kind, headers={"Content-Security-Policy": REPORT_POLICY})

        self.page.route("**/*", answer)
        self.page.goto(f"{LIVE}/report?wave=2026-Q4&level=staff")

    def close(self) -> None:
        self.page.context.close()
        assert self.complaints == []


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sound") / "a.wav"
    soundfile.write(path, tone(4.0), 16_000)
    return encode_mp3(path)


def test_a_live_page_is_filtered_without_a_script(browser: Browser, sound: bytes) -> None:
    shown = Served(browser, sound, java_script_enabled=False)
    page = shown.page
    assert page.locator(".shown").inner_text() == "Shown: level staff, wave 2026-Q4."
    page.get_by_role("combobox", name="Level").select_option("manager")
    page.get_by_role("combobox", name="Team").select_option("Sales")
    page.get_by_role("button", name="Show").click()
    assert page.url == f"{LIVE}/report?wave=2026-Q4&level=manager&team=Sales"
    page.get_by_role("link", name="Link to The night", exact=True).click()
    assert page.url == f"{LIVE}/report?wave=2026-Q4&level=staff#q2"
    page.get_by_role("link", name="Clear").click()
    assert page.url == f"{LIVE}/report?"
    shown.close()


def test_a_live_page_plays_a_quote_and_fetches_no_other_sound(browser: Browser, sound: bytes) -> None:
    shown = Served(browser, sound)
    page = shown.page
    assert not [url for url in shown.requests if url.startswith("/sound/")]
    button = page.locator("blockquote button").first
    button.click()
    wait_until(page, "[...document.querySelectorAll('audio')].some(a => !a.paused && a.currentTime > 1)")
    wait_until(page, "[...document.querySelectorAll('audio')].every(a => a.paused)")
    stopped = page.evaluate("Math.max(...[...document.querySelectorAll('audio')].map(a => a.currentTime))")
    assert 2.0 <= stopped < 3.0
    assert button.get_attribute("aria-pressed") == "false"
    assert len({url for url in shown.requests if url.startswith("/sound/")}) == 1
    shown.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_serious_fault_in_a_live_page(browser: Browser, sound: bytes, scheme: str, width: int) -> None:
    shown = Served(
        browser, sound, viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )  # axe is put into the page
    assert faults(shown.page) == []
    scroll = shown.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert scroll <= 0
    shown.close()


def test_a_live_page_prints_which_filter_holds_and_no_controls(browser: Browser, sound: bytes) -> None:
    shown = Served(browser, sound)
    page = shown.page
    page.emulate_media(media="print")
    assert page.locator(".shown").is_visible()
    assert not page.locator(".filter, .account").first.is_visible()
    assert page.locator(".link").count() > 10
    assert not any(link.is_visible() for link in page.locator(".link").all())
    shown.close()
