"""The speaker's pages in a real browser with a spoken file as microphone: the whole way, and what goes wrong on it.

One server with the real engine and the embedded reader, one browser; each test takes in a speaker of its own.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
import uvicorn

from tests.chromium import MARKS, as_microphone, chromium
from tests.conftest import DEMO
from tests.web.conftest import STUDY
from voicepulse.instruments import Instruments
from voicepulse.invitations import make_link
from voicepulse.settings import Settings
from voicepulse.web.app import create_app
from voicepulse.web.site import Site, SiteOptions
from voicepulse.workspace import OpenStudy, open_study

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

pytestmark = [pytest.mark.model, *MARKS]

CLIP_SECONDS = 6
SPEAKERS = 17
CHUNKS_KEPT = """new Promise(done => { indexedDB.open("voicepulse").onsuccess = opened => {
    const asked = opened.target.result.transaction("chunks").objectStore("chunks").count();
    asked.onsuccess = () => { opened.target.result.close(); done(asked.result); }; }; })"""


class Here:
    """The served study. Each speaker is used once."""

    def __init__(self, opened: OpenStudy, address: str) -> None:
        self.opened, self.address = opened, address
        self._free = iter(opened.study.speakers)

    def link(self) -> tuple[str, str]:
        """A speaker, and the address of their new link."""
        speaker = next(self._free).id
        return speaker, make_link(self.opened, speaker, self.address).address


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
    clip = tmp_path_factory.mktemp("microphone") / "spoken.wav"
    with chromium(as_microphone(DEMO / "answers" / "q1-s1.ogg", CLIP_SECONDS, clip)) as running:
        yield running


class Visitor:
    """A speaker in a browser of their own; whatever the pages complain about is noted."""

    def __init__(self, browser: Browser, here: Here, microphone: bool = True, **context: object) -> None:
        permissions = ["microphone"] if microphone else []
        self.context: BrowserContext = browser.new_context(permissions=permissions, **context)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints: list[str] = []
        self.page.on("dialog", lambda dialog: dialog.accept())
        self.page.on(
            "console", lambda m: self.note(f"{m.text} {m.location['url']}") if m.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.note(str(error)))
        self.speaker, self.link = here.link()
        self.page.goto(self.link)

    def note(self, complaint: str) -> None:
        self.complaints.append(complaint)

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


def becomes_none(page: Page, count: str) -> bool:
    """Whether what a script counts is gone soon."""
    deadline = time.monotonic() + 5
    while page.evaluate(count) and time.monotonic() < deadline:
        time.sleep(0.1)
    return bool(page.evaluate(count) == 0)


def test_the_whole_way_and_the_words_come_back(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    page = visitor.page
    visitor.begin()
    visitor.follow("Check your microphone")
    visitor.press("Listen")
    visitor.sees("Good. You will be heard well.")
    assert page.locator(".main").inner_text() == "Go on to the questions"
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
    page.get_by_role("textbox", name="Your answer").fill("I would say a seven. <script>alert()</script>")
    visitor.press("Keep what I typed")
    visitor.sees("What will you do differently")
    visitor.follow("Check your answers")
    page.locator("#answer-q1 .understood").wait_for(timeout=40_000)
    assert any(
        word in page.locator("#answer-q1 .words").inner_text().lower() for word in ("norden", "question", "come on")
    )
    assert "You would choose “Build the alpha thing”" in page.locator("#answer-q1 .understood").inner_text()
    page.locator("#answer-q2 .understood").wait_for(timeout=40_000)
    assert "You said 7 of 10." in page.locator("#answer-q2 .understood").inner_text()
    page.locator("#answer-q2 summary").click()
    page.locator("#answer-q2").get_by_label("Your number, 1 to 10").fill("6")
    page.locator("#answer-q2").get_by_role("button", name="Save my corrections").click()
    visitor.sees("Corrected. Your word counts.")
    visitor.sees("You said 6 of 10.")
    page.locator("#answer-q2:focus").wait_for()
    assert not page.locator("#answer-q2 details").evaluate("details => details.open")
    visitor.sees("1 question is not answered.")
    visitor.press("I am done anyway")
    visitor.sees("Thank you")
    page.goto(visitor.link)  # the same link, in the same browser
    visitor.sees("Thank you")
    visitor.follow("Withdraw my answers")
    visitor.press("Erase everything of me")
    visitor.sees("Everything of you was erased")
    visitor.close()


def test_a_reload_in_mid_recording_loses_nothing(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    visitor.begin()
    visitor.follow("Question 1")
    visitor.record(3.5)
    visitor.page.reload()
    visitor.sees("seconds of your answer. Hear it")
    assert visitor.page.get_by_role("button", name="Keep this answer").is_visible()
    visitor.page.goto(visitor.link)
    visitor.sees("seconds recorded in this browser, not kept yet")
    visitor.page.goto(f"{visitor.page.url}/check")
    visitor.sees("Recorded in this browser and not sent: Question 1.")
    assert visitor.page.locator("#done").inner_text() == "I am done anyway"
    visitor.page.goto(visitor.link)
    visitor.follow("Question 1")
    visitor.sees("Rescued: ")
    visitor.press("Keep this answer")
    visitor.sees("Which one did you mean?")
    (seconds,) = kept(here, visitor.speaker)
    assert seconds > 2
    visitor.follow("Skip this")
    visitor.page.goto(visitor.link)
    visitor.sees("1 of 3 answered")
    assert visitor.page.get_by_text("recorded in this browser").count() == 0
    visitor.close()


def test_a_network_that_is_cut_loses_nothing(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    visitor.begin()
    visitor.follow("Question 1")
    visitor.record(1.5)
    visitor.context.set_offline(True)
    visitor.sees("Waiting for the network; your browser keeps it.")
    time.sleep(1.5)
    visitor.press("Stop")
    visitor.press("Keep this answer")
    visitor.sees("No network. Your answer is safe in this browser and goes out by itself")
    assert kept(here, visitor.speaker) == []
    visitor.context.set_offline(False)
    visitor.sees("Which one did you mean?")
    (seconds,) = kept(here, visitor.speaker)
    assert seconds > 2.5
    assert all("ERR_INTERNET_DISCONNECTED" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()
    visitor.close()


def test_what_was_to_be_sent_is_sent_after_a_reload(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    page = visitor.page
    visitor.begin()
    visitor.follow("Question 1")
    page.route("**/takes/**", lambda route: route.abort())
    visitor.record(2.5)
    visitor.press("Stop")
    visitor.press("Keep this answer")
    visitor.sees("No network.")
    page.unroute("**/takes/**")
    page.reload()
    visitor.sees("Which one did you mean?")
    assert len(kept(here, visitor.speaker)) == 1
    visitor.complaints.clear()  # of the requests that the test refused
    visitor.close()


def test_pause_and_record_again(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    page = visitor.page
    visitor.begin()
    visitor.follow("Question 1")
    visitor.record(1.5)
    visitor.press("Stop")
    visitor.press("Delete this recording")
    visitor.sees("Deleted.")
    visitor.record(4.0)
    visitor.press("Stop")
    visitor.press("Record again")
    visitor.sees("Recording. Speak now.")
    time.sleep(1.2)
    visitor.press("Pause")
    visitor.sees("Paused. Nothing is recorded.")
    time.sleep(2.0)
    visitor.press("Go on")
    time.sleep(0.7)
    visitor.press("Stop")
    visitor.press("Keep this answer")
    visitor.sees("Which one did you mean?")
    (seconds,) = kept(here, visitor.speaker)
    assert 1.2 < seconds < 3.0  # the second take, without its pause
    assert here.opened.store.uploads.of_speaker(visitor.speaker)[0].recording is not None
    assert len(here.opened.store.uploads.of_speaker(visitor.speaker)) == 1
    assert page.evaluate(CHUNKS_KEPT) == 0
    visitor.close()


def test_the_recording_ends_at_the_limit(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    visitor.begin()

    def shorten(route: Route) -> None:
        page = route.fetch()
        route.fulfill(response=page, body=page.text().replace('data-limit="900.0"', 'data-limit="2.0"'))

    visitor.page.route("**/questions/q1", shorten)
    visitor.follow("Question 1")
    visitor.press("Record")
    visitor.sees("That is as long as an answer may be. 2 seconds recorded.")
    visitor.close()


def test_a_microphone_that_ends_leaves_what_was_spoken(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    page = visitor.page
    page.add_init_script(
        "const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);"
        "navigator.mediaDevices.getUserMedia = async (wanted) => (window.heard = await open(wanted))"
    )
    visitor.begin()
    visitor.follow("Question 1")
    visitor.record(1.5)
    page.evaluate("heard.getAudioTracks()[0].dispatchEvent(new Event('ended'))")  # unplugged, or the lid was closed
    visitor.sees("The recording ended by itself. 2 seconds recorded.")
    visitor.press("Keep this answer")
    visitor.sees("Which one did you mean?")
    visitor.close()


def test_withdrawing_empties_the_browser_too(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    page = visitor.page
    visitor.begin()
    home = page.url
    visitor.follow("Question 1")
    visitor.record(1.5)
    visitor.press("Stop")
    visitor.sees("recorded. Hear it")
    page.goto(f"{home}/withdraw")
    assert page.evaluate(CHUNKS_KEPT) > 0
    visitor.press("Erase everything of me")
    visitor.sees("Everything of you was erased")
    assert becomes_none(page, CHUNKS_KEPT)
    visitor.close()


def test_a_take_in_which_nothing_is_heard_is_not_offered_again(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    page = visitor.page
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = async () => {"
        " const sound = new AudioContext(), tone = sound.createOscillator(), off = sound.createGain();"
        " const heard = sound.createMediaStreamDestination();"
        " off.gain.value = 0; tone.connect(off).connect(heard); tone.start(); return heard.stream; };"
        "const now = performance.now.bind(performance); performance.now = () => (window.clockStands ? 0 : now());"
    )
    visitor.begin()
    visitor.follow("Question 1")
    page.evaluate("window.clockStands = true")  # however slow this machine is, it was no second
    visitor.record(0.7)
    assert not page.get_by_text("Type instead").is_visible()
    visitor.press("Stop")
    visitor.sees("That was less than a second.")
    page.evaluate("window.clockStands = false")
    assert not page.locator("#keep").is_visible()
    visitor.press("Record again")
    visitor.sees("We hear nothing. Is the microphone on?")
    visitor.press("Stop")
    visitor.press("Keep this answer")
    for _ in range(2):
        visitor.sees("We heard nothing in it. Check your microphone, then record again.")
        assert not page.locator("#keep").is_visible()
        assert not page.locator("#saved").is_visible()
        page.reload()
    visitor.follow("Check your microphone")
    page.goto(visitor.link)
    visitor.sees("We heard nothing in it.")
    assert kept(here, visitor.speaker) == []
    visitor.complaints.clear()  # that the server refused it
    visitor.close()


def test_what_was_typed_survives_a_reload_and_a_network_that_is_cut(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    page = visitor.page
    drafts = "Object.keys(sessionStorage).filter(name => name.includes('draft')).length"
    visitor.begin()
    visitor.follow("Question 2")
    visitor.sees("Press Record and speak.")
    page.get_by_text("Type instead").click()
    page.get_by_role("textbox", name="Your answer").fill("I would say a seven.")
    page.reload()
    assert page.get_by_role("textbox", name="Your answer").input_value() == "I would say a seven."
    visitor.context.set_offline(True)
    visitor.press("Keep what I typed")
    visitor.sees("No network. What you typed stays here")
    visitor.context.set_offline(False)
    assert page.evaluate(drafts) == 1
    visitor.press("Keep what I typed")
    visitor.sees("What will you do differently")
    visitor.sees("Press Record and speak.")
    assert page.evaluate(drafts) == 0
    page.get_by_text("Type instead").click()
    page.get_by_role("textbox", name="Your answer").fill("I stop")
    assert page.evaluate(drafts) == 1
    visitor.follow("Withdraw")
    visitor.press("Erase everything of me")
    visitor.sees("Everything of you was erased")
    assert becomes_none(page, drafts)
    visitor.complaints.clear()  # of the network that was cut
    visitor.close()


def test_what_safari_records_works_too(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    page = visitor.page
    if not page.evaluate("MediaRecorder.isTypeSupported('audio/mp4')"):
        pytest.skip("this Chromium records no mp4")
    page.add_init_script(
        "const all = MediaRecorder.isTypeSupported; MediaRecorder.isTypeSupported = t => !t.includes('webm') && all.call(MediaRecorder, t)"
    )
    visitor.begin()
    visitor.follow("Question 1")
    visitor.record(2.5)
    visitor.press("Stop")
    visitor.press("Keep this answer")
    visitor.sees("Which one did you mean?")
    (recording,) = [r for r in here.opened.store.recordings() if r.speaker == visitor.speaker]
    assert recording.extension == "m4a"
    visitor.close()


def test_without_a_microphone_one_types(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    page = visitor.page
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'))"
    )
    visitor.begin()
    visitor.follow("Check your microphone")
    visitor.press("Listen")
    visitor.sees("was not allowed to use the microphone")
    visitor.follow("Go on to the questions")
    visitor.press("Record")
    visitor.sees("was not allowed to use the microphone")
    assert page.get_by_role("textbox", name="Your answer").is_visible()
    visitor.close()


def test_a_browser_that_keeps_nothing_still_records(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    visitor.page.add_init_script("indexedDB.open = () => { throw new DOMException('', 'InvalidStateError') }")
    visitor.begin()
    visitor.follow("Question 1")
    visitor.record(1.5)
    visitor.sees("leave this page open until your answer is sent")
    visitor.press("Stop")
    visitor.press("Keep this answer")
    visitor.sees("Which one did you mean?")
    visitor.close()


def test_the_keyboard_is_enough(browser: Browser, here: Here) -> None:
    visitor = Visitor(browser, here)
    page = visitor.page

    def reach(name: str) -> None:
        for _ in range(25):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent.trim()") == name:
                return
        raise AssertionError(f"The keyboard does not reach {name}")

    reach("I agree, begin")
    page.keyboard.press("Enter")
    visitor.sees("0 of 3 answered")
    reach("Question 1")
    page.keyboard.press("Enter")
    visitor.sees("Press Record and speak")
    reach("Record")
    page.keyboard.press("Space")
    visitor.sees("Recording. Speak now.")
    assert page.evaluate("document.activeElement.id") == "stop"
    time.sleep(1.5)
    page.keyboard.press("Space")
    visitor.sees("recorded. Hear it")
    assert page.evaluate("document.activeElement.id") == "keep"
    page.keyboard.press("Enter")
    visitor.sees("Which one did you mean?")
    reach("Sell it all")
    page.keyboard.press("Enter")
    visitor.sees("How aligned are we")
    visitor.close()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_axe_finds_no_serious_fault_and_nothing_is_wider_than_the_screen(
    browser: Browser, here: Here, scheme: str, width: int
) -> None:
    visitor = Visitor(
        browser, here, viewport={"width": width, "height": 760}, color_scheme=scheme, bypass_csp=True
    )  # axe is put into the page
    page = visitor.page
    looked = [look(page)]
    visitor.begin()
    home = page.url
    page.goto(f"{home}/questions/q1")
    page.get_by_text("Type instead").click()
    page.get_by_role("textbox", name="Your answer").fill("I would keep beta because we gave our word, long" + "g" * 60)
    looked.append(look(page))
    visitor.press("Keep what I typed")
    visitor.sees("Which one did you mean?")
    looked.append(look(page))
    page.goto(f"{home}/check")
    page.locator("#answer-q1 .understood").wait_for()
    page.locator("#answer-q1 summary").click()
    looked.append(look(page))
    for place in ("", "/microphone", "/withdraw"):
        page.goto(f"{home}{place}")
        looked.append(look(page))
    page.goto(f"{home}/questions/q2")
    visitor.record(0.5)
    looked.append(look(page))
    small = page.evaluate(
        "[...document.querySelectorAll('button, .button')].filter(b => b.offsetParent && b.offsetHeight < 44).map(b => b.textContent)"
    )
    assert small == []
    assert looked == [[]] * 8
    visitor.close()


def look(page: Page) -> list[str]:
    """The serious faults that axe finds, and whether the page is too wide."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    faults = [
        f"{f['id']}: {n['html'][:90]}" for f in found if f["impact"] in ("serious", "critical") for n in f["nodes"]
    ]
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*faults, *([f"{page.url} is too wide"] if wide else [])]
