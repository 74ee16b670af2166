"""A speaker's way through the pages, with fakes for the models: consent, answers, the last word, and withdrawing."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.web.conftest import HOME, Served, csrf_of
from voicepulse.backroom import Standing
from voicepulse.consent import statement
from voicepulse.interpretation.answers import SPEAKER
from voicepulse.invitations import make_link
from voicepulse.results import answers
from voicepulse.settings import Thresholds
from voicepulse.web.speaker.corrections import NONE_OF_THESE
from voicepulse.web.who import SPEAKER_COOKIE

TYPED = "I keep beta because we gave our word, and I ask Dana."
TAKE = "0123456789abcdef" * 2


def give(browser: TestClient, home: str, question: str, text: str) -> None:
    """Type an answer."""
    token = csrf_of(browser.get(home).text)
    sent = browser.post(f"{home}/questions/{question}/typed", data={"csrf_token": token, "text": text})
    assert sent.status_code == 303, sent.text
    assert sent.headers["location"] == f"{home}/questions/{question}/choice"


def correct(browser: TestClient, home: str, question: str, field: str, value: str) -> int:
    """Correct one thing of one's own answer; the response's status."""
    token = csrf_of(browser.get(home).text)
    return browser.post(f"{home}/answers/{question}", data={"csrf_token": token, field: value}).status_code


def fields_in(page: str, home: str, question: str) -> dict[str, str]:
    """What a browser sends where nothing is changed in the form of an answer."""
    form = page.partition(f'action="{home}/answers/{question}"')[2].partition("</form>")[0]
    fields = re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>(.*?)</textarea>', form, re.DOTALL)
    fields += re.findall(r'type="(?:hidden|number)"[^>]* name="(\w+)"[^>]* value="([^"]*)"', form)
    fields += re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)
    fields += re.findall(r'type="radio"[^>]* name="(\w+)" value="([^"]*)" checked', form)
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        fields += [(name, value) for value in re.findall(r'value="(\w+)" selected', options)]
    return {name: html.unescape(value) for name, value in fields}


def state_of(browser: TestClient, home: str, question: str) -> dict[str, object]:
    return next(one for one in browser.get(f"{home}/answers").json() if one["question"] == question)


def everything_in(served: Served) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(served.opened.folder.path.rglob("*")) if path.is_file())


# -- the link


def test_opening_a_link_tells_everything_and_changes_nothing(served: Served) -> None:
    link, browser = served.link(), served.browser()
    page = browser.get(link)
    assert page.status_code == 200
    said = statement(served.opened.study, Thresholds())
    assert said.text in page.text
    assert said.shown in page.text
    assert said.version in page.text
    assert "A before B." not in page.text  # the strategy names what is hoped for
    assert served.opened.store.access.invites()[0].browser is None
    assert served.opened.store.consents("s1", "w1") == []


def test_consent_is_kept_with_its_version_and_once(served: Served) -> None:
    link, browser = served.link(), served.browser()
    browser.get(link)
    for _ in range(2):  # a second press, or the first answer was lost
        began = browser.post(f"{link}/begin")
        assert (began.status_code, began.headers["location"][:7]) == (303, "/speak/")
    ((text, _),) = served.opened.store.consents("s1", "w1")
    assert text == statement(served.opened.study, Thresholds()).kept
    assert served.opened.store.fact("mode") == "attributed"
    page = browser.get(began.headers["location"])
    assert "0 of 3 answered" in page.text
    assert text.splitlines()[-1] in page.text
    assert browser.get(link).headers["location"] == began.headers["location"]  # the same link goes on


def test_the_browsers_secret_is_in_httponly_cookies_of_the_links_own_places(served: Served) -> None:
    link, browser = served.link(), served.browser()
    browser.get(link)
    cookies = browser.post(f"{link}/begin").headers.get_list("set-cookie")
    assert {re.search(r"Path=([^;]+)", cookie)[1] for cookie in cookies} == {  # type: ignore[index]
        link,
        f"/speak/{served.opened.store.access.invites()[0].id}",
    }
    assert all("HttpOnly" in cookie and "SameSite=lax" in cookie for cookie in cookies)


def test_nobody_consents_to_a_text_that_was_changed_meanwhile(served: Served) -> None:
    link, browser = served.link(), served.browser()
    version = re.search(r'name="version" value="(\w+)"', browser.get(link).text)[1]  # type: ignore[index]
    file = served.opened.folder.study_file
    file.write_text(f'{file.read_text()}\n[consent]\ntext = "Something else."\n')
    os.utime(file, ns=(1, 1))
    assert browser.post(f"{link}/begin", data={"version": version}).headers["location"] == link
    assert served.opened.store.consents("s1", "w1") == []
    page = browser.get(link).text
    assert "Something else." in page
    version = re.search(r'name="version" value="(\w+)"', page)[1]  # type: ignore[index]
    assert browser.post(f"{link}/begin", data={"version": version}).headers["location"].startswith("/speak/")
    assert served.opened.store.consents("s1", "w1")[0][0].startswith("Something else.")


def test_without_cookies_nothing_begins(served: Served) -> None:
    link = served.link()
    assert served.browser().post(f"{link}/begin").status_code == 400
    assert served.opened.store.access.invites()[0].browser is None
    assert served.opened.store.consents("s1", "w1") == []


def test_a_no_keeps_nothing_and_the_link_still_works(served: Served) -> None:
    link, browser = served.link(), served.browser()
    browser.get(link)
    before = everything_in(served)
    page = browser.post(f"{link}/decline")
    assert "nobody is told" in page.text
    assert everything_in(served) == before
    assert browser.get(link).status_code == 200


def test_a_used_link_shows_nothing_in_another_browser_and_can_withdraw(served: Served) -> None:
    link, first, other = served.link(), served.browser(), served.browser()
    first.get(link)
    home = first.post(f"{link}/begin").headers["location"]
    give(first, home, "q1", TYPED)
    page = other.get(link).text
    assert "another browser" in page
    assert "gave our word" not in page
    assert other.post(f"{link}/begin").status_code == 400
    assert other.get(home).status_code == 403
    assert "Erase everything" in other.get(f"{link}/withdraw").text
    assert served.opened.store.recordings() != []
    assert "Everything of you was erased" in other.post(f"{link}/withdraw").text
    assert served.opened.store.recordings() == []
    assert first.get(home).status_code == 403


def test_a_cookie_of_another_link_opens_nothing(served: Served) -> None:
    mine, home = served.enter("s1")
    other, others_home = served.enter("s2")
    assert other.get(home).status_code == 403
    (cookie,) = {cookie.value for cookie in other.cookies.jar if cookie.path == others_home}
    thief = served.browser()
    thief.cookies.set(SPEAKER_COOKIE, str(cookie), path=home)
    for place in ("", "/check", "/answers", "/audio/q1", "/questions/q1", "/withdraw"):
        assert thief.get(f"{home}{place}").status_code == 403
    assert mine.get(home).status_code == 200


def test_unknown_links_are_404_and_not_for_long(served: Served) -> None:
    browser = served.browser()
    for secret in ("x" * 43, "short", "é" * 43, "%00" * 5):
        assert browser.get(f"/i/{secret}").status_code == 404
    codes = {browser.get(f"/i/{'y' * 43}").status_code for _ in range(40)}
    assert codes == {404, 429}
    assert browser.get(served.link()).status_code == 200  # whoever has a link is not kept out by others' tries


def test_a_revoked_link_and_an_expired_one(served: Served) -> None:
    link = served.link()
    served.opened.store.access.revoke_invites("s1")
    for method, place in (
        ("GET", ""),
        ("POST", "/begin"),
        ("POST", "/decline"),
        ("GET", "/withdraw"),
        ("POST", "/withdraw"),
    ):
        assert served.browser().request(method, f"{link}{place}").status_code == 410
    browser = served.browser()
    late = make_link(served.opened, "s2", HOME, timedelta(seconds=-1)).address.removeprefix(HOME)
    assert browser.get(late).status_code == 410
    browser.cookies.set(SPEAKER_COOKIE, "z" * 43, path=late)
    assert browser.post(f"{late}/begin").status_code == 410
    assert served.opened.store.consents("s2", "w1") == []
    assert browser.get(f"{late}/withdraw").status_code == 200


def test_after_expiry_one_can_look_and_withdraw_and_not_answer(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, home = served.enter()
    give(browser, home, "q1", TYPED)
    token = csrf_of(browser.get(home).text)
    monkeypatch.setattr("voicepulse.storage.access.now", lambda: "9999-01-01T00:00:00")
    assert "The time to answer is over" in browser.get(home).text
    assert "gave our word" in browser.get(f"{home}/check").text
    assert browser.post(f"{home}/questions/q1/typed", data={"csrf_token": token, "text": "x"}).status_code == 410
    assert browser.get(f"{home}/questions/q1").headers["location"] == home
    assert browser.post(f"{home}/reopen", data={"csrf_token": token}).status_code == 410
    monkeypatch.undo()
    assert browser.post(f"{home}/withdraw", data={"csrf_token": token}).status_code == 200


def test_a_new_link_asks_for_consent_again_and_goes_on(served: Served) -> None:
    browser, home = served.enter()
    give(browser, home, "q1", TYPED)
    again, new_home = served.enter()
    assert new_home != home
    assert browser.get(home).status_code == 403
    assert len(served.opened.store.consents("s1", "w1")) == 2
    assert "1 of 3 answered" in again.get(new_home).text
    assert again.get(f"{new_home}/next").headers["location"].endswith("/questions/q2")


# -- answering


def test_a_question_is_asked_alone_and_lists_no_options(served: Served) -> None:
    browser, home = served.enter()
    page = browser.get(f"{home}/questions/q1").text
    assert "There is room for only one" in page
    assert "alpha thing" not in page
    assert browser.get(f"{home}/questions/nowhere").status_code == 404


def test_a_typed_answer_is_kept_understood_and_only_ones_own(served: Served) -> None:
    browser, home = served.enter("s1")
    other, others_home = served.enter("s2")
    give(browser, home, "q1", TYPED)
    served.settle()
    page = browser.get(f"{home}/check").text
    assert "You would choose “Keep the beta thing”, because “we gave our word, and I ask Dana”." in page
    assert "You would ask somebody first" in page
    state = state_of(browser, home, "q1")
    assert (state["kept"], state["state"], state["words"]) == (True, "understood", TYPED)
    assert all(not one["kept"] and not one["words"] for one in other.get(f"{others_home}/answers").json())
    assert "gave our word" not in other.get(f"{others_home}/check").text


def test_nothing_typed_is_told_on_the_same_page(served: Served) -> None:
    browser, home = served.enter()
    token = csrf_of(browser.get(home).text)
    page = browser.post(f"{home}/questions/q1/typed", data={"csrf_token": token, "text": " \n "})
    assert page.status_code == 422
    assert "Nothing was typed yet" in page.text
    assert served.opened.store.recordings() == []
    assert browser.post(f"{home}/questions/q1/typed", data={"csrf_token": "0" * 64, "text": "x"}).status_code == 403


def test_what_was_said_comes_out_as_text(served: Served) -> None:
    browser, home = served.enter()
    give(browser, home, "q1", 'alpha because <script>alert(1)</script> & "more"')
    served.settle()
    page = browser.get(f"{home}/check").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in page


def test_a_spoken_answer_comes_back_in_words_and_sound(served: Served, wav: Callable[..., Path]) -> None:
    browser, home = served.enter()
    sound = wav(seconds=1.5).read_bytes()
    headers = {"X-CSRF-Token": csrf_of(browser.get(home).text)}
    take = f"{home}/takes/{TAKE}"
    assert browser.put(take, json={"question": "q1"}, headers=headers).status_code == 200
    assert browser.patch(take, content=sound, headers={**headers, "Upload-Offset": "0"}).status_code == 200
    assert browser.post(f"{take}/finish", json={"size": len(sound)}, headers=headers).json()["kept"]
    heard = browser.get(f"{home}/audio/q1", headers={"Range": "bytes=0-9"})
    assert (heard.status_code, heard.headers["content-type"], len(heard.content)) == (206, "audio/mpeg", 10)
    other, others_home = served.enter("s2")
    assert other.get(f"{others_home}/audio/q1").status_code == 409
    served.settle()
    assert state_of(browser, home, "q1")["state"] in (
        "understood",
        "no speech",
    )  # a tone may be no speech to the detector


def test_the_strategy_is_shown_where_it_is_asked_about_and_the_title_nowhere(served: Served) -> None:
    link, browser = served.link(), served.browser()
    landing = browser.get(link).text
    home = browser.post(f"{link}/begin").headers["location"]
    pages = {question: browser.get(f"{home}/questions/{question}").text for question in ("q1", "q2", "q3")}
    assert [question for question, page in pages.items() if "The strategy: “A before B.”" in page] == ["q2", "q3"]
    assert "There is room for only one. <b>Which one, and why?</b>" in pages["q1"]
    give(browser, home, "q1", TYPED)
    others = [
        browser.get(f"{home}{place}").text
        for place in ("", "/check", "/microphone", "/withdraw", "/questions/q1/choice")
    ]
    assert not any(
        "A study" in page for page in (landing, *pages.values(), *others)
    )  # a title may name what is hoped for


def test_the_check_is_offered_once_there_is_something_to_check(served: Served) -> None:
    browser, home = served.enter()
    assert "Check your answers" not in browser.get(home).text
    give(browser, home, "q1", TYPED)
    assert "Check your answers" in browser.get(home).text


# -- the choice


def test_the_order_of_options_varies_by_speaker_and_stays_for_one(serve: Callable[..., Served]) -> None:
    served = serve(speakers=8)
    orders = set()
    for number in range(1, 9):
        browser, home = served.enter(f"s{number}")
        give(browser, home, "q1", TYPED)
        pages = {browser.get(f"{home}/questions/q1/choice").text for _ in range(2)}
        assert len(pages) == 1
        values = re.findall(r'name="choice" value="(\w+)"', pages.pop())
        assert sorted(values[:3]) == ["a", "b", "c"]
        assert values[3:] == ["both", "neither", "undecided"]
        orders.add(tuple(values))
    assert len(orders) > 1


def test_the_choice_is_asked_after_the_answer_and_kept_as_the_speakers_word(served: Served) -> None:
    browser, home = served.enter()
    address = f"{home}/questions/q1/choice"
    assert browser.get(address).headers["location"] == f"{home}/questions/q1"
    token = csrf_of(browser.get(home).text)
    assert browser.post(address, data={"csrf_token": token, "choice": "a"}).status_code == 409
    give(browser, home, "q1", TYPED)
    assert browser.post(address, data={"csrf_token": token, "choice": "nothing"}).status_code == 422
    kept = browser.post(address, data={"csrf_token": token, "choice": "a"})
    assert kept.headers["location"] == f"{home}/next?after=q1"
    assert served.opened.store.recordings()[0].confirmed_choice == "a"
    served.settle()
    assert "You would choose “Build the alpha thing”" in str(state_of(browser, home, "q1")["understood"])


def test_a_question_without_options_goes_straight_on_to_the_next_open_one(served: Served) -> None:
    browser, home = served.enter()
    give(browser, home, "q2", "I say 7")
    assert browser.get(f"{home}/questions/q2/choice").headers["location"] == f"{home}/next?after=q2"
    assert browser.get(f"{home}/next?after=q2").headers["location"] == f"{home}/questions/q3"
    give(browser, home, "q3", "I stop the meetings")
    assert browser.get(f"{home}/next?after=q3").headers["location"] == f"{home}/questions/q1"
    give(browser, home, "q1", TYPED)
    assert browser.get(f"{home}/next?after=q1").headers["location"] == f"{home}/check"


# -- the last word


def test_what_the_speaker_corrects_wins_over_everybody(served: Served) -> None:
    browser, home = served.enter()
    give(browser, home, "q1", TYPED)
    give(browser, home, "q2", "I say 7")
    served.settle()
    digest = next(r.digest for r in served.opened.store.recordings() if r.question == "q1")
    assert correct(browser, home, "q1", "choice", "c") == 303
    served.opened.store.add_correction(digest, "choice", "a", "a researcher")
    assert correct(browser, home, "q1", "escalates", "no") == 303
    assert correct(browser, home, "q1", "qualified", "yes") == 303
    assert correct(browser, home, "q1", "reason", "we gave our word") == 303
    assert correct(browser, home, "q2", "rating", "4") == 303
    told = state_of(browser, home, "q1")["understood"]
    assert told == "You would choose “Sell it all”, because “we gave our word”. It hangs on a condition."
    assert state_of(browser, home, "q2")["understood"] == "You said 4 of 10."
    (answer,) = [
        a
        for a in answers(served.opened, "w1", served.instruments)
        if a.question == "q1"  # type: ignore[arg-type]
    ]
    assert answer.choice_source == "speaker"


def test_a_corrected_transcript_is_read_again(served: Served) -> None:
    browser, home = served.enter()
    give(browser, home, "q1", TYPED)
    served.settle()
    assert correct(browser, home, "q1", "transcript", "I build alpha because it pays") == 303
    served.settle()
    state = state_of(browser, home, "q1")
    assert state["words"] == "I build alpha because it pays"
    assert state["understood"] == "You would choose “Build the alpha thing”, because “it pays”."
    edits = served.opened.store.corrections()[served.opened.store.recordings()[0].digest]
    assert [(c.field, c.author) for c in edits] == [("transcript", SPEAKER)]


@pytest.mark.parametrize(
    ("question", "field", "sent", "shown"),
    [
        (
            "q1",
            "reason",
            {"reason": NONE_OF_THESE, "reason_words": "nobody said <this>"},
            'value="nobody said &lt;this&gt;"',
        ),
        ("q1", "reason", {"reason": NONE_OF_THESE, "reason_words": ""}, f'value="{NONE_OF_THESE}" checked'),
        ("q1", "choice", {"choice": "none such"}, "'none such' is no choice here."),
        ("q1", "qualified", {"qualified": "perhaps"}, "'perhaps' is no qualified here."),
        ("q1", "transcript", {"transcript": "   "}, "cannot be edited to nothing"),
        ("q2", "rating", {"rating": "77"}, 'value="77"'),
        ("q2", "rating", {"rating": "nan"}, 'value="nan"'),
    ],
)
def test_what_cannot_be_is_told_beside_its_field_and_nothing_is_kept(
    served: Served, question: str, field: str, sent: dict[str, str], shown: str
) -> None:
    browser, home = served.enter()
    give(browser, home, "q1", TYPED)
    give(browser, home, "q2", "I say 7")
    served.settle()
    typed = {"transcript": "I keep <b>beta</b> for 8 years."}
    form = {"csrf_token": csrf_of(browser.get(home).text), **typed, **sent}
    page = browser.post(f"{home}/answers/{question}", data=form)
    assert page.status_code == 422
    place = f"answer-{question}-{field}"
    assert re.search(rf'id="{place}"[^>]*aria-describedby="{place}-problem"', page.text)
    assert f'<p id="{place}-problem" class="problem" role="alert">' in page.text
    assert page.text.count('<details class="correct" open>') == 1
    assert shown in html.unescape(page.text) or shown in page.text
    assert field == "transcript" or "I keep &lt;b&gt;beta&lt;/b&gt; for 8 years." in page.text  # all as it was typed
    assert served.opened.store.corrections() == {}


@pytest.mark.parametrize(("field", "value"), [("stance", "agree"), ("rating", "7")])
def test_what_the_question_does_not_ask_for_cannot_be_corrected(served: Served, field: str, value: str) -> None:
    browser, home = served.enter()
    give(browser, home, "q1", TYPED)
    served.settle()
    assert correct(browser, home, "q1", field, value) == 422
    assert served.opened.store.corrections() == {}


def test_only_what_differs_is_kept_all_of_it_at_once(served: Served) -> None:
    browser, home = served.enter()
    give(browser, home, "q1", TYPED)
    served.settle()
    shown = fields_in(browser.get(f"{home}/check").text, home, "q1")
    assert shown == {
        "csrf_token": csrf_of(browser.get(home).text),
        "recording_shown": served.opened.store.recordings()[0].digest,
        "transcript": TYPED,
        "choice": "b",
        "qualified": "no",
        "escalates": "yes",
        "reason": "we gave our word, and I ask Dana.",
    }
    same = browser.post(f"{home}/answers/q1", data=shown | {"transcript": TYPED.replace(" ", " \n ")})
    assert same.headers["location"] == f"{home}/check?unchanged=q1#answer-q1"
    assert "Nothing was changed." in browser.get(same.headers["location"]).text
    assert served.opened.store.corrections() == {}
    sent = browser.post(f"{home}/answers/q1", data=shown | {"choice": "c", "escalates": "no"})
    assert sent.headers["location"] == f"{home}/check?corrected=q1#answer-q1"
    page = browser.get(sent.headers["location"]).text
    assert page.count('role="status">Corrected. Your word counts.') == 1
    assert '<details class="correct" open>' not in page
    (kept,) = served.opened.store.corrections().values()
    assert [(c.field, c.value, c.author) for c in kept] == [("choice", "c", SPEAKER), ("escalates", "no", SPEAKER)]


def test_what_was_typed_stays_while_the_answer_is_worked_on(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, home = served.enter()
    give(browser, home, "q1", TYPED)
    served.settle()
    monkeypatch.setattr(served.site.backroom, "standing", lambda digest: Standing("reading"))
    token = csrf_of(browser.get(home).text)
    page = browser.post(f"{home}/answers/q1", data={"csrf_token": token, "transcript": "I keep <beta>", "choice": "x"})
    assert page.status_code == 422
    assert "I keep &lt;beta&gt;" in page.text
    assert 'data-pending="yes"' not in page.text  # else a script would put the answer as it stands in its place
    assert 'data-pending="yes"' in browser.get(f"{home}/check").text


def test_a_reason_is_of_the_new_words_where_these_changed_too(served: Served) -> None:
    browser, home = served.enter()
    give(browser, home, "q1", TYPED)
    served.settle()
    shown = fields_in(browser.get(f"{home}/check").text, home, "q1")
    text = {"transcript": "I keep beta because they pay on time."}
    assert browser.post(f"{home}/answers/q1", data=shown | text | {"reason": "I keep beta"}).status_code == 303
    old = shown | text | {"reason": NONE_OF_THESE, "reason_words": "we gave our word"}
    assert browser.post(f"{home}/answers/q1", data=old).status_code == 422
    new = old | {"transcript": "They pay us.", "reason_words": " THEY  pay "}
    assert browser.post(f"{home}/answers/q1", data=new).status_code == 303
    (kept,) = served.opened.store.corrections().values()
    assert [(c.field, c.value) for c in kept if c.field in ("transcript", "reason")] == [
        ("transcript", text["transcript"]),
        ("reason", "I keep beta"),
        ("transcript", "They pay us."),
        ("reason", "They pay"),
    ]


def test_a_choice_confirmed_after_a_correction_is_the_last_word(served: Served) -> None:
    browser, home = served.enter()
    give(browser, home, "q1", TYPED)
    served.settle()
    correct(browser, home, "q1", "choice", "c")
    token = csrf_of(browser.get(home).text)
    browser.post(f"{home}/questions/q1/choice", data={"csrf_token": token, "choice": "a"})
    assert "alpha thing" in str(state_of(browser, home, "q1")["understood"])


def test_an_answer_that_is_not_there_cannot_be_corrected(served: Served) -> None:
    browser, home = served.enter()
    assert correct(browser, home, "q1", "choice", "a") == 409


# -- the end


def test_whoever_is_done_is_told_what_is_not_answered(served: Served) -> None:
    browser, home = served.enter()
    give(browser, home, "q2", "I say 7")
    page = browser.get(f"{home}/check").text
    assert f'2 questions are not answered. <a href="{home}/questions/q1">' in page
    assert "I am done anyway" in page
    give(browser, home, "q1", TYPED)
    assert f'1 question is not answered. <a href="{home}/questions/q3">' in browser.get(f"{home}/check").text
    give(browser, home, "q3", "I stop the meetings")
    page = browser.get(f"{home}/check").text
    assert "not answered." not in page
    assert "I am done anyway" not in page


def test_done_and_open_again(served: Served) -> None:
    browser, home = served.enter()
    give(browser, home, "q1", TYPED)
    token = csrf_of(browser.get(home).text)
    assert browser.post(f"{home}/done", data={"csrf_token": token}).status_code == 303
    page = browser.get(home).text
    assert "Thank you" in page
    assert "withdraw at any time from the same link" in page
    assert browser.post(f"{home}/questions/q1/typed", data={"csrf_token": token, "text": "x"}).status_code == 409
    assert correct(browser, home, "q1", "choice", "a") == 409
    assert browser.post(f"{home}/reopen", data={"csrf_token": token}).headers["location"] == f"{home}/check"
    assert correct(browser, home, "q1", "choice", "a") == 303


def test_withdrawing_erases_and_the_link_says_so(served: Served) -> None:
    link, browser = served.link(), served.browser()
    browser.get(link)
    home = browser.post(f"{link}/begin").headers["location"]
    give(browser, home, "q1", TYPED)
    served.settle()
    token = csrf_of(browser.get(f"{home}/withdraw").text)
    assert browser.post(f"{home}/withdraw", data={"csrf_token": "0" * 64}).status_code == 403
    page = browser.post(f"{home}/withdraw", data={"csrf_token": token})
    assert "Everything of you was erased" in page.text
    assert b"gave our word" not in everything_in(served)
    assert served.opened.store.consents("s1", "w1") == []
    again = browser.get(link)
    assert (again.status_code, "Everything of you was erased" in again.text) == (410, True)
    assert browser.post(f"{link}/begin").status_code == 410
    assert browser.get(home).status_code == 403
