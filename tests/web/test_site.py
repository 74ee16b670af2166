"""What a server remembers of a study: never more than the study still holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.web.conftest import Served, csrf_of
from tests.web.test_attacks import answered, spoken
from voicepulse.erasure import erase_speaker
from voicepulse.errors import StorageError
from voicepulse.web import site as site_module


def rewrite(served: Served, old: str, new: str) -> None:
    file = served.opened.folder.study_file
    file.write_text(file.read_text().replace(old, new))


def test_a_study_that_is_edited_is_read_again_and_a_broken_one_is_not(served: Served) -> None:
    rewrite(served, 'title = "A study"', 'title = "Another title"')
    assert served.site.opened.study.title == "Another title"
    rewrite(served, 'title = "Another title"', "title = [broken")
    assert served.site.opened.study.title == "Another title"
    assert served.browser().get("/login").status_code == 200


def test_the_mode_is_the_one_that_was_locked(served: Served) -> None:
    """Served as attributed, edited to anonymous before anybody answered: then that holds, and no way leads back."""
    rewrite(served, 'mode = "attributed"', 'mode = "anonymous"')
    assert served.site.opened.study.mode == "anonymous"
    answered(served)
    rewrite(served, 'mode = "anonymous"', 'mode = "attributed"')
    assert served.site.opened.study.mode == "anonymous"


def test_whoever_was_erased_elsewhere_is_not_heard_from_memory(served: Served) -> None:
    digest, researcher = spoken(served), served.log_in("researcher")
    assert researcher.get(f"/desk/audio/{digest}").status_code == 200
    erase_speaker(served.opened, "s1")
    assert researcher.get(f"/desk/audio/{digest}").status_code == 404


def test_an_erasure_that_was_cut_short_is_not_told_as_done_and_can_be_repeated(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = served.link("s1")
    browser = served.browser()
    browser.get(link)
    browser.post(f"{link}/begin")
    spoken_before = spoken(served, "s2")
    recording = served.opened.store.find_recording(spoken_before)
    assert recording is not None
    served.opened.store.add_recording(replace(recording, digest="e" * 64, speaker="s1"))

    def cut(*_: object) -> None:
        served.opened.store.set_fact_once("erased:s1", "2026-01-01")
        raise StorageError("cut short", "")

    with monkeypatch.context() as patch:
        patch.setattr(site_module, "erase_speaker", cut)
        assert browser.post(f"{link}/withdraw").status_code >= 400
    assert "Everything of you was erased" not in browser.get(link).text
    assert browser.post(f"{link}/withdraw").status_code in (200, 303)
    assert [r.speaker for r in served.opened.store.recordings()] == ["s2"]


def test_a_tap_that_comes_after_the_erasure_brings_nobody_back(serve: Callable[..., Served]) -> None:
    served = serve()
    answered(served)
    (recording,) = served.opened.store.recordings()
    erase_speaker(served.opened, "s1")
    assert not served.opened.store.confirm_choice(recording.digest, "a")
    assert served.opened.store.recordings() == []


def begun(served: Served, speaker: str = "s1") -> tuple[str, object]:
    """A link by which something was typed, and its browser."""
    link, browser = served.link(speaker), served.browser()
    browser.get(link)
    home = browser.post(f"{link}/begin").headers["location"]
    token = csrf_of(browser.get(home).text)
    browser.post(f"{home}/questions/q1/typed", data={"csrf_token": token, "text": "alpha because we need it"})
    return link, browser


def test_a_link_that_was_stopped_withdraws_and_nothing_else(served: Served) -> None:
    link, _ = begun(served)
    served.opened.store.access.revoke_invites("s1")
    browser = served.browser()
    assert "you can withdraw what you gave" in browser.get(link).text
    assert browser.post(f"{link}/begin").status_code == 410
    assert browser.post(f"{link}/withdraw").status_code == 200
    assert served.opened.store.recordings() == []


def test_a_link_that_was_replaced_does_nothing(served: Served) -> None:
    old, _ = begun(served)
    served.link("s1")
    assert served.browser().get(old).status_code == 410
    assert served.browser().post(f"{old}/withdraw").status_code == 410
    assert len(served.opened.store.recordings()) == 1


def test_whoever_was_taken_out_of_the_study_can_withdraw_and_is_not_heard(served: Served) -> None:
    digest, leader = spoken(served, "s2"), served.log_in("leader")
    link, _ = begun(served, "s2")
    assert leader.get(f"/report/audio/{digest}").status_code in (200, 404)
    rewrite(served, '[[speakers]]\nid = "s2"\nlevel = "manager"\n', "")
    assert leader.get(f"/report/audio/{digest}").status_code == 404
    assert served.browser().post(f"{link}/withdraw").status_code == 200
    assert [r for r in served.opened.store.recordings() if r.speaker == "s2"] == []


def test_without_a_kept_consent_it_is_asked_again(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process died between taking the link and keeping the consent."""
    link, browser = served.link("s1"), served.browser()
    browser.get(link)
    with monkeypatch.context() as patch:
        patch.setattr(served.opened.store, "add_consent", lambda *_: None)
        browser.post(f"{link}/begin")
    assert served.opened.store.consents("s1", "w1") == []
    assert "I agree, begin" in browser.get(link).text
    assert browser.post(f"{link}/begin").status_code == 303
    assert len(served.opened.store.consents("s1", "w1")) == 1


def test_what_a_browser_holds_is_found_by_a_new_link_too(served: Served) -> None:
    shelves = []
    for _ in range(2):
        link, browser = served.link("s1"), served.browser()
        browser.get(link)
        page = browser.get(browser.post(f"{link}/begin").headers["location"]).text
        shelves.append(page.partition('data-shelf="')[2][:16])
    assert len(shelves[0]) == 16
    assert shelves[0] == shelves[1]
    assert served.site.shelf("s2", "w1") != shelves[0]


def test_a_word_on_an_earlier_take_is_not_put_on_the_newer_one(served: Served) -> None:
    """Two tabs: one shows the first answer, in the other a second one is given."""
    browser, home = answered(served)
    token = csrf_of(browser.get(home).text)
    first = served.opened.store.recordings()[0].digest
    said = {"csrf_token": token, "recording_shown": first}
    browser.post(f"{home}/questions/q1/typed", data={"csrf_token": token, "text": "beta after all"})
    served.settle()
    assert browser.post(f"{home}/questions/q1/choice", data=said | {"choice": "a"}).status_code == 409
    assert browser.post(f"{home}/answers/q1", data=said | {"transcript": "gamma"}).status_code == 409
    newer = served.opened.store.current_recordings("w1", "s1")[0].digest
    assert f'value="{newer}"' in browser.get(f"{home}/questions/q1/choice").text
    assert (
        browser.post(f"{home}/questions/q1/choice", data=said | {"recording_shown": newer, "choice": "b"}).status_code
        == 303
    )
    assert served.opened.store.corrections() == {}


def test_speakers_are_told_who_asks(served: Served) -> None:
    rewrite(served, 'wave = "w1"', 'wave = "w1"\nconsent = { contact = "Anna Meier, anna@example.org" }')
    assert "Who asks: Anna Meier, anna@example.org" in served.browser().get(served.link("s1")).text


def test_the_same_words_typed_again_are_these_words(served: Served) -> None:
    """Though they were corrected after they had been typed first."""
    browser, home = answered(served, text="alpha because we need it")
    token = csrf_of(browser.get(home).text)
    served.settle()
    browser.post(f"{home}/answers/q1", data={"csrf_token": token, "transcript": "beta because we need it"})
    served.settle()
    assert "You would choose “Keep the beta thing”" in browser.get(f"{home}/check").text
    browser.post(f"{home}/questions/q1/typed", data={"csrf_token": token, "text": "alpha because we need it"})
    served.settle()
    assert "You would choose “Build the alpha thing”" in browser.get(f"{home}/check").text
