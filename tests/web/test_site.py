"""What a server remembers of a study: never more than the study still holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.web.conftest import Served
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
