"""The researcher's desk over HTTP: the queue's order, a person's word with who and when, what an edit reads again, status, links, erasure."""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.web.conftest import Served, csrf_of
from voicepulse.errors import ReaderError
from voicepulse.ingest.intake import GIVEN
from voicepulse.interpretation.answers import SPEAKER, Correction
from voicepulse.interpretation.types import Evidence
from voicepulse.review_queue import Queue
from voicepulse.storage.store import Recording
from voicepulse.transcript.subtitles import transcript_of_text
from voicepulse.web.desk.answer_view import KINDS, history, runs
from voicepulse.web.desk.changes import acts
from voicepulse.web.desk.order import Order, Orders, Row

UNKNOWN = "0" * 64
SAID = {
    "s1": "alpha because the money is there",
    "s2": "beta because we gave our word on it unless they pay",
    "s3": "alpha because the team is tired",
}


def give(served: Served, speaker: str, text: str, question: str = "q1", wave: str = "w1") -> str:
    """An answer in writing that came in; its recording."""
    digest = hashlib.sha256(f"{wave} {question} {speaker} {text}".encode()).hexdigest()
    served.opened.store.add_recording(Recording(digest, "text", "txt", question, speaker, wave, 0.0))
    served.opened.store.add_transcript(digest, GIVEN, transcript_of_text(text, "en"))
    return digest


def given_answers(served: Served) -> dict[str, str]:
    """Three answers to the trade-off, read; recordings by speaker."""
    digests = {speaker: give(served, speaker, text) for speaker, text in SAID.items()}
    served.settle()
    return digests


class Desk:
    """A researcher's browser."""

    def __init__(self, served: Served) -> None:
        self.client: TestClient = served.log_in()
        self.csrf = csrf_of(self.client.get("/desk/status").text)

    def page(self, path: str) -> str:
        response = self.client.get(path, headers={"Accept": "text/html"})
        assert response.status_code == 200, response.text
        return response.text

    def post(self, path: str, **fields: str):  # type: ignore[no-untyped-def]
        return self.client.post(path, data={"csrf_token": self.csrf, **fields}, headers={"Accept": "text/html"})

    def queue(self) -> list[str]:
        """The recordings in the order of the queue."""
        until = time.monotonic() + 10
        while 'data-version="0"' in (text := self.page("/desk")) and time.monotonic() < until:
            time.sleep(0.05)
        return re.findall(r'<th scope="row"><a href="/desk/answers/([0-9a-f]{64})"', text)

    def seen(self, digest: str) -> str:
        found = re.search(r'name="seen" value="(\w+)"', self.page(f"/desk/answers/{digest}"))
        assert found
        return found[1]

    def keep(self, digest: str, **fields: str):  # type: ignore[no-untyped-def]
        return self.post(f"/desk/answers/{digest}/keep", seen=self.seen(digest), **fields)


def said(served: Served, digest: str) -> dict[str, tuple[str, str]]:
    """The last word by field: (value, author)."""
    return {c.field: (c.value, c.author) for c in served.opened.store.corrections().get(digest, ())}


def test_the_queue_stands_in_the_order_in_which_correcting_changes_verdicts(served: Served) -> None:
    given_answers(served)
    expected = [item.answer.recording for item in served.site.queue("w1").items()]
    assert len(expected) == 3
    assert Desk(served).queue() == expected


def test_what_is_as_good_as_sure_is_not_told_as_least_sure(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [Row(UNKNOWN, "q1", "s1", "a", 0.1, "choice", sure) for sure in (0.94, 0.95, 1.0)]
    monkeypatch.setattr(served.site.orders, "renewed", lambda wave: Order(tuple(rows), 1, True))
    shown = re.findall(r'data-label="Least sure">([^<]*)<', Desk(served).page("/desk"))
    assert shown == ["choice, 94% sure", "—", "—"]


def test_the_next_sound_is_asked_for_only_where_there_is_one(served: Served) -> None:
    given_answers(served)
    desk = Desk(served)
    first, second, _ = desk.queue()
    assert "data-after" not in desk.page(f"/desk/answers/{first}")
    spoken = Recording("f" * 64, "audio", "wav", "q1", "s1", "w1", 1.0)
    served.opened.store.add_recording(spoken)
    rows = [Row(digest, "q1", "s1", "a", 0.1, "choice", 0.5) for digest in (first, spoken.digest, second)]
    served.site.orders.order = lambda wave: Order(tuple(rows), 1, True)  # type: ignore[method-assign]
    assert f'data-after="{spoken.digest}"' in desk.page(f"/desk/answers/{first}")


def test_accepting_keeps_what_is_shown_and_goes_to_the_next(served: Served) -> None:
    given_answers(served)
    desk = Desk(served)
    first, second, _ = desk.queue()
    answer = desk.keep(first)
    assert answer.headers["location"] == f"/desk/answers/{second}?kept={first}"
    kept = said(served, first)
    assert set(kept) == {"choice", "qualified", "escalates", "stance", "commitment"}
    assert {author for _, author in kept.values()} == {"researcher"}
    assert first not in desk.queue()
    speaker = next(r.speaker for r in served.opened.store.recordings() if r.digest == first)
    assert f'Kept: <a id="back" href="/desk/answers/{first}">q1 of {speaker}</a>' in desk.page(
        answer.headers["location"]
    )


def test_a_change_wins_and_stands_in_the_history_with_who_and_when(served: Served) -> None:
    digests = given_answers(served)
    desk = Desk(served)
    desk.keep(digests["s1"], choice="b", reason="the money")
    assert said(served, digests["s1"])["choice"] == ("b", "researcher")
    page = desk.page(f"/desk/answers/{digests['s1']}")
    at = served.opened.store.corrections()[digests["s1"]][-1].at
    assert f'<time datetime="{at}">' in page
    assert "researcher said so" in page
    assert "read as Build the alpha thing" in page
    assert "“the money”" in page
    changes = desk.page("/desk/changes")
    assert changes.count("<td>researcher</td>") == 1
    assert "Choice: Build the alpha thing → Keep the beta thing" in changes
    assert "Main reason: the money" in changes
    assert "the rest accepted" in changes
    times = re.findall(r'<time datetime="([^"]+)"', changes)
    assert at in times
    served.opened.store.add_correction(digests["s2"], "choice", "c", "somebody else")
    later = re.findall(r'<time datetime="([^"]+)"', desk.page("/desk/changes"))
    assert later[1:] == times
    assert later == sorted(later, reverse=True)


def test_accepting_is_one_change_with_its_fields_folded_away(served: Served) -> None:
    digests = given_answers(served)
    desk = Desk(served)
    desk.keep(digests["s3"])
    served.opened.store.add_correction(digests["s3"], "choice", "", "researcher")
    changes = desk.page("/desk/changes")
    assert "1 change, the newest first" in changes
    assert "<details><summary>the rest accepted</summary><div>Choice: Build the alpha thing</div>" in changes
    assert changes.count("→") == 0
    assert "Choice: taken back" in changes


def test_what_was_skipped_comes_up_again_when_the_queue_is_opened(served: Served) -> None:
    given_answers(served)
    desk = Desk(served)
    first, second, third = desk.queue()
    assert desk.post(f"/desk/answers/{first}/skip").headers["location"] == f"/desk/answers/{second}"
    assert desk.keep(second).headers["location"].startswith(f"/desk/answers/{third}")
    assert desk.post(f"/desk/answers/{third}/skip").headers["location"] == "/desk?wave=w1"
    left = desk.queue()
    assert set(left) == {first, third}
    assert served.opened.store.corrections().keys() == {second}
    assert desk.post(f"/desk/answers/{left[0]}/skip").headers["location"] == f"/desk/answers/{left[1]}"


def test_the_last_answer_leads_back_to_the_queue_and_then_to_those_that_move_nothing(served: Served) -> None:
    given_answers(served)
    rating = give(served, "s1", "a 7 I think", "q2")
    served.settle()
    desk = Desk(served)
    for digest in desk.queue():
        response = desk.keep(digest)
    last = response.headers["location"]
    assert re.fullmatch(r"/desk\?wave=w1&kept=[0-9a-f]{64}", last)
    assert f'Kept: <a id="back" href="/desk/answers/{last[-64:]}">' in desk.page(last)
    page = desk.page("/desk")
    assert "No answer is left whose correction would move a verdict." in page
    assert f'href="/desk/answers/{rating}"' in page
    desk.keep(rating, rating="4")
    assert said(served, rating)["rating"] == ("4", "researcher")
    assert "checked" in desk.page("/desk?all=1")


def test_a_form_from_before_a_new_reading_keeps_nothing(served: Served) -> None:
    digests = given_answers(served)
    desk = Desk(served)
    old = desk.seen(digests["s1"])
    served.opened.store.add_correction(digests["s1"], "choice", "both", "somebody else")
    response = desk.post(f"/desk/answers/{digests['s1']}/keep", seen=old, choice="a")
    assert response.headers["location"].endswith("?changed=1")
    assert said(served, digests["s1"]) == {"choice": ("both", "somebody else")}
    assert "changed while you looked at it" in desk.page(response.headers["location"])


def test_a_speakers_own_word_is_locked(served: Served) -> None:
    digests = given_answers(served)
    store = served.opened.store
    store.add_correction(digests["s2"], "choice", "c", SPEAKER)
    desk = Desk(served)
    page = desk.page(f"/desk/answers/{digests['s2']}")
    assert "the speaker's own word" in page.replace("&#39;", "'")
    assert 'name="choice"' not in page
    desk.keep(digests["s2"], choice="a", stance="agree")
    kept = said(served, digests["s2"])
    assert kept["choice"] == ("c", SPEAKER)
    assert kept["stance"] == ("agree", "researcher")


def test_a_transcript_that_the_speaker_put_right_is_nobody_elses_to_edit(served: Served) -> None:
    digests = given_answers(served)
    served.opened.store.add_correction(digests["s2"], "transcript", "beta it is", SPEAKER)
    served.settle()
    desk = Desk(served)
    page = desk.page(f"/desk/answers/{digests['s2']}")
    assert "The speaker put these words right" in page
    assert "<textarea" not in page
    assert desk.post(f"/desk/answers/{digests['s2']}/transcript", text="alpha").status_code == 409


def test_an_edited_transcript_reads_that_answer_alone_and_ranks_that_question_alone(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = given_answers(served)
    desk = Desk(served)
    desk.queue()
    served.client.get("/desk")
    desk.client.get("/desk/export.zip")
    read, ranked = list(served.instruments.reader.read_texts), []
    rank = Queue._items_of

    def counted(self: Queue, question, given):  # type: ignore[no-untyped-def]
        before = self._ranked.get(question.id)
        found = rank(self, question, given)
        if self._ranked[question.id] is not before:
            ranked.append(question.id)
        return found

    monkeypatch.setattr(Queue, "_items_of", counted)
    response = desk.post(f"/desk/answers/{digests['s1']}/transcript", text="beta  because\r\nthe money is there")
    assert response.headers["location"] == f"/desk/answers/{digests['s1']}?saved=1"
    until = time.monotonic() + 5  # it is taken up at once, and not when the backroom looks around again
    while served.instruments.reader.read_texts == read and time.monotonic() < until:
        time.sleep(0.02)
    assert served.instruments.reader.read_texts == [*read, "beta because the money is there"]
    assert served.instruments.transcriber.windows == []
    served.settle()
    assert desk.client.get(f"/desk/answers/{digests['s1']}/standing").json()["state"] == "understood"
    desk.queue()
    assert ranked == ["q1"]
    desk.queue()
    assert ranked == ["q1"]
    page = desk.page(f"/desk/answers/{digests['s1']}")
    assert "Saved." not in page
    assert "Edited by researcher" in page
    assert re.search(r'value="b"[^>]* checked', page)


def test_who_saved_a_transcript_is_told_until_it_is_read_again(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = given_answers(served)
    desk, go, read = Desk(served), threading.Event(), served.instruments.reader.read

    def wait(*of: object):  # type: ignore[no-untyped-def]
        assert go.wait(10)
        return read(*of)  # type: ignore[arg-type]

    monkeypatch.setattr(served.instruments.reader, "read", wait)
    saved = desk.post(f"/desk/answers/{digests['s1']}/transcript", text="beta it is").headers["location"]
    assert "Saved. It is being read again." in desk.page(saved)
    go.set()
    served.settle()
    assert "Saved. Read again." in desk.page(saved)


def test_a_new_comparison_keeps_every_other_question(served: Served) -> None:
    given_answers(served)
    rating = give(served, "s1", "a 7 because of the money", "q2")
    served.settle()
    desk = Desk(served)
    keys = comparison_keys(served, desk)
    desk.post(f"/desk/answers/{rating}/transcript", text="a 3 because of the money")
    served.settle()
    after = comparison_keys(served, desk)
    assert {question for question in keys if keys[question] != after[question]} == {"q2"}


def comparison_keys(served: Served, desk: Desk) -> dict[str, str]:
    assert desk.client.get("/desk/export.zip").status_code == 200
    comparison = served.opened.store.latest_comparison("w1")
    assert comparison is not None
    return {c.question: c.key for c in comparison.questions}


def test_one_takes_back_ones_own_word_and_no_other(served: Served) -> None:
    digests = given_answers(served)
    served.opened.store.add_correction(digests["s1"], "stance", "disagree", "somebody else")
    desk = Desk(served)
    desk.keep(digests["s1"], choice="both", stance="agree")
    path = f"/desk/answers/{digests['s1']}/withdraw"
    assert desk.post(path, field="choice").status_code == 303
    assert said(served, digests["s1"])["choice"] == ("", "researcher")
    page = desk.page(f"/desk/answers/{digests['s1']}")
    assert "taken back" in page
    assert re.search(r'value="a"[^>]* checked', page)  # the reader's word again
    desk.post(path, field="stance")
    assert "somebody else said so" in desk.page(f"/desk/answers/{digests['s1']}")
    before = served.opened.store.corrections()
    desk.post(path, field="stance")  # nothing is left of one's own
    assert served.opened.store.corrections() == before
    assert desk.post(path, field="nothing").status_code == 422


def test_taking_back_an_edit_brings_the_heard_words_and_their_reading_back(served: Served) -> None:
    digests = given_answers(served)
    desk = Desk(served)
    desk.post(f"/desk/answers/{digests['s1']}/transcript", text="beta now")
    served.settle()
    assert "beta now" in desk.page(f"/desk/answers/{digests['s1']}")
    count = len(served.instruments.reader.read_texts)
    desk.post(f"/desk/answers/{digests['s1']}/withdraw", field="transcript")
    served.settle()
    assert SAID["s1"] in re.sub("<[^>]*>", "", desk.page(f"/desk/answers/{digests['s1']}"))
    assert len(served.instruments.reader.read_texts) == count  # that reading was kept


def test_a_script_in_an_answer_is_text(served: Served) -> None:
    bad = '<script>alert(1)</script> "alpha" because <img src=x onerror=alert(1)>'
    digest = give(served, "s1", bad)
    give(served, "s2", SAID["s2"])
    served.settle()
    desk = Desk(served)
    desk.keep(digest, reason="<img")
    for path in (f"/desk/answers/{digest}", "/desk", "/desk?all=1", "/desk/changes", "/desk/status"):
        page = desk.page(path)
        assert "<script>alert" not in page
        assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in desk.page(f"/desk/answers/{digest}")


@pytest.mark.parametrize(
    "path",
    [
        f"/desk/answers/{UNKNOWN}",
        f"/desk/answers/{UNKNOWN}/standing",
        f"/desk/audio/{UNKNOWN}",
        "/desk/answers/..%2f..%2fstudy.toml",
        "/desk/audio/..%2f..%2fstudy.toml",
        "/desk/audio/../../study.toml",
        "/desk/speakers/../erase",
        "/desk/speakers/..%2f..%2fx/erase",
        "/desk/speakers/s99/erase",
        "/desk?wave=..%2f..",
        "/desk/export.zip?wave=nothing",
        "/desk/changes?page=0",
    ],
)
def test_what_is_guessed_is_not_there(served: Served, path: str) -> None:
    response = Desk(served).client.get(path)
    assert response.status_code in (404, 422), path


def test_a_typed_answer_has_no_sound(served: Served) -> None:
    digests = given_answers(served)
    desk = Desk(served)
    assert desk.client.get(f"/desk/audio/{digests['s1']}").status_code == 404
    assert "<audio" not in desk.page(f"/desk/answers/{digests['s1']}")


GETS = (
    "",
    "/order.json",
    f"/answers/{UNKNOWN}",
    f"/answers/{UNKNOWN}/standing",
    f"/audio/{UNKNOWN}",
    "/status",
    "/status.json",
    "/export.zip",
    "/speakers",
    "/speakers/s1/erase",
    "/speakers/s1/invite",
    "/speakers/s1/link",
    "/speakers/s1/revoke",
    "/changes",
)
POSTS = (
    f"/answers/{UNKNOWN}/keep",
    f"/answers/{UNKNOWN}/skip",
    f"/answers/{UNKNOWN}/transcript",
    f"/answers/{UNKNOWN}/withdraw",
    "/status/retry",
    "/status/take-in",
    "/speakers/s1/invite",
    "/speakers/s1/revoke",
    "/speakers/s1/erase",
)


def test_the_desk_is_for_researchers(served: Served) -> None:
    leader, nobody = served.log_in("leader"), served.browser()
    for method, paths in (("GET", GETS), ("POST", POSTS)):
        for path in paths:
            assert leader.request(method, f"/desk{path}").status_code in (403, 422), path
            page = nobody.request(method, f"/desk{path}", headers={"Accept": "text/html"})
            assert (page.status_code, page.headers.get("location", "").partition("?")[0]) == (303, "/login"), path
    csrf = csrf_of(Desk(served).page("/desk"))
    for path in POSTS:
        assert leader.post(f"/desk{path}", data={"csrf_token": csrf}).status_code == 403, path


def test_a_form_of_another_session_changes_nothing(served: Served) -> None:
    digests = given_answers(served)
    desk = Desk(served)
    fields = {"typed": "s1", "seen": desk.seen(digests["s1"]), "text": "other words", "field": "choice"}
    for path in POSTS:
        real = path.replace(UNKNOWN, digests["s1"])
        for sent in ({}, {"csrf_token": ""}, {"csrf_token": "0" * 64}):
            assert desk.client.post(f"/desk{real}", data={**fields, **sent}).status_code in (403, 422), path
    assert served.opened.store.corrections() == {}
    assert len(served.opened.store.recordings()) == 3
    assert served.opened.store.access.invites() == []


def test_status_tells_of_every_state_and_a_failure_is_tried_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    digests = given_answers(served)
    desk = Desk(served)
    desk.keep(digests["s1"])
    reader = served.instruments.reader
    works = reader.read

    def fail(*_: object) -> None:
        raise ReaderError("The reader is <b>ill</b>.", "Wait.")

    monkeypatch.setattr(reader, "read", fail)
    bad = give(served, "s1", "a 7", "q2")
    served.settle()
    told = desk.client.get("/desk/status.json").json()
    assert (told["expected"], told["recorded"], told["read"], told["corrected"]) == (9, 4, 3, 1)
    assert told["seconds"] is None  # nothing was spoken
    (failed,) = told["failed"]
    assert (failed["digest"], failed["question"], failed["speaker"]) == (bad, "q2", "s1")
    assert "ill" in failed["problem"]
    assert "&lt;b&gt;ill" in desk.page("/desk/status")
    assert "No reading:" in desk.page(f"/desk/answers/{bad}")
    monkeypatch.setattr(reader, "read", works)
    assert desk.post("/desk/status/retry").headers["location"] == "/desk/status"
    served.settle()
    told = desk.client.get("/desk/status.json").json()
    assert (told["read"], told["failed"]) == (4, [])


def test_status_tells_a_researchers_word_from_a_speakers_and_expects_nothing_of_who_was_erased(served: Served) -> None:
    digests = given_answers(served)
    desk, store = Desk(served), served.opened.store

    def told() -> tuple[int, ...]:
        status = desk.client.get("/desk/status.json").json()
        return status["expected"], status["read"], status["corrected"], status["own_word"]

    assert told() == (9, 3, 0, 0)
    store.add_correction(digests["s1"], "choice", "b", SPEAKER)
    store.add_correction(digests["s2"], "choice", "c", "somebody")
    assert told() == (9, 3, 1, 1)
    store.add_correction(digests["s1"], "stance", "agree", "somebody")
    store.add_correction(digests["s2"], "choice", "", "somebody")  # taken back
    assert told() == (9, 3, 1, 1)
    served.site.erase("s1")
    assert told() == (6, 2, 0, 0)


def test_what_lies_in_answers_is_taken_in_and_what_is_wrong_is_told(served: Served) -> None:
    folder = served.opened.folder.answers
    folder.mkdir()
    (folder / "q1-s1.txt").write_text("alpha because of the money")
    (folder / "q1-nobody.txt").write_text("alpha")
    desk = Desk(served)
    page = desk.post("/desk/status/take-in")
    assert page.status_code == 200
    assert "1 answer is new." in page.text
    assert "nobody" in page.text
    served.settle()
    assert desk.client.get("/desk/status.json").json()["read"] == 1


def test_the_export_is_a_zip_with_all_tables_and_nothing_stays_on_disk(served: Served) -> None:
    desk = Desk(served)
    assert desk.client.get("/desk/export.zip").status_code == 400
    given_answers(served)
    response = desk.client.get("/desk/export.zip")
    assert response.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(response.content))
    assert archive.testzip() is None
    assert {"answers.csv", "answers.jsonl", "evidence.csv", "questions.csv", "study.json"} <= set(archive.namelist())
    rows = [json.loads(line) for line in archive.read("answers.jsonl").splitlines()]
    assert {row["speaker"] for row in rows} == set(SAID)
    assert not (served.opened.folder.path / "exports").exists()


def new_link(desk: Desk, speaker: str) -> str:
    """The address of a new link, from the page that shows it."""
    made = desk.post(f"/desk/speakers/{speaker}/invite", agreed="yes")
    assert (made.status_code, made.headers["location"]) == (303, f"/desk/speakers/{speaker}/link")
    (address,) = re.findall(r">(http://127\.0\.0\.1/i/[\w-]{43})</code>", desk.page(f"/desk/speakers/{speaker}/link"))
    return address


def test_a_new_link_is_shown_with_its_picture_and_the_one_before_stops(served: Served) -> None:
    old = served.link("s1")
    desk = Desk(served)
    address = new_link(desk, "s1")
    page = desk.page("/desk/speakers/s1/link")  # loaded again
    assert page.count(address) == 2  # the second in the text to send
    assert "please answer 3 questions for “A study”" in page
    svg = re.search(r"<svg.*?</svg>", page, re.DOTALL)
    assert svg
    assert "style=" not in svg[0]
    assert served.browser().get(old).status_code != 200
    assert served.browser().get(address).status_code == 200
    assert address not in desk.page("/desk/speakers")
    assert "not used yet, works until" in desk.page("/desk/speakers")
    desk.post("/desk/speakers/s1/revoke")
    assert served.browser().get(address).status_code != 200
    assert "revoked" in desk.page("/desk/speakers")


def test_what_ends_a_link_is_asked_first(served: Served) -> None:
    desk = Desk(served)
    assert desk.post("/desk/speakers/s1/invite").headers["location"] == "/desk/speakers/s1/link"  # nothing ends
    old = served.link("s2")
    assert desk.post("/desk/speakers/s2/invite").headers["location"] == "/desk/speakers/s2/invite"
    assert "The link that s2 has stops working." in desk.page("/desk/speakers/s2/invite")
    asked = desk.page("/desk/speakers/s2/revoke").replace("&#39;", "'")
    assert "They cannot answer by it any more, only withdraw." in asked
    assert served.browser().get(old).status_code == 200
    assert len(served.opened.store.access.invites()) == 2


def test_a_new_link_is_shown_to_who_made_it_alone_and_not_once_it_is_revoked(served: Served) -> None:
    desk, other = Desk(served), Desk(served)
    address = new_link(desk, "s1")
    assert all(address not in desk.page(f"/desk/speakers{rest}") for rest in ("", "/s2/link", "/s1/invite"))
    (cookie,) = [cookie for cookie in desk.client.cookies.jar if cookie.name == "voicepulse_link"]
    assert cookie.path == "/desk/speakers/s1/link"
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert "cannot be shown any more" in other.page("/desk/speakers/s1/link")
    other.client.cookies.set(
        cookie.name, cookie.value or "", path=cookie.path
    )  # as after another login in this browser
    assert "cannot be shown any more" in other.page("/desk/speakers/s1/link")
    served.opened.store.access.revoke_invites("s1")
    assert "cannot be shown any more" in desk.page("/desk/speakers/s1/link")


def test_the_speakers_page_tells_consent_and_answers(served: Served) -> None:
    served.enter("s2")
    give(served, "s2", SAID["s2"])
    page = Desk(served).page("/desk/speakers")
    row = re.search(r'<tr id="speaker-s2">.*?</tr>', page, re.DOTALL)
    assert row
    assert re.search(r"version [0-9a-f]{8}", row[0])
    assert "used, works until" in row[0]
    assert "1 of 3" in row[0]


def test_a_speaker_is_erased_where_the_id_was_typed_and_old_pages_say_so(served: Served) -> None:
    digests = given_answers(served)
    desk = Desk(served)
    first = desk.queue()[0]
    speaker = next(name for name, digest in digests.items() if digest == first)
    old, text = desk.seen(first), SAID[speaker]
    wrong = desk.post(f"/desk/speakers/{speaker}/erase", typed="s9")
    assert (wrong.status_code, len(served.opened.store.recordings())) == (422, 3)
    assert desk.post(f"/desk/speakers/{speaker}/erase", typed=speaker).headers["location"].endswith(f"erased={speaker}")
    assert speaker not in {row.speaker for row in served.site.orders.order("w1").rows}
    assert "is erased" in desk.page(f"/desk/speakers?erased={speaker}")
    assert {r.speaker for r in served.opened.store.recordings()} == set(SAID) - {speaker}
    for path, sent in (
        (f"/desk/answers/{first}/keep", {"seen": old}),
        (f"/desk/answers/{first}/skip", {}),
        (f"/desk/answers/{first}/transcript", {"text": "x"}),
        (f"/desk/answers/{first}/withdraw", {"field": "choice"}),
    ):
        response = desk.post(path, **sent)
        assert response.status_code == 404
        assert "erased in the meantime" in response.text
    assert first not in desk.queue()
    for path in ("/desk?all=1", "/desk/status", "/desk/changes", "/desk/speakers"):
        assert text not in desk.page(path)
    assert desk.post(f"/desk/speakers/{speaker}/invite").status_code == 400


def test_who_was_taken_out_of_the_study_file_can_still_be_erased(served: Served) -> None:
    served.opened.store.add_recording(Recording("e" * 64, "text", "txt", "q1", "gone", "w1", 0.0))
    desk = Desk(served)
    assert "not in study.toml any more" in desk.page("/desk/speakers")
    assert desk.post("/desk/speakers/gone/erase", typed="gone").status_code == 303
    assert served.opened.store.recordings() == []
    assert "is erased" not in desk.page("/desk/speakers?erased=s1")


def test_an_older_take_points_to_the_one_that_counts(served: Served) -> None:
    older = give(served, "s1", "alpha")
    latest = give(served, "s1", "beta after all")
    served.settle()
    desk = Desk(served)
    assert f'href="/desk/answers/{latest}"' in desk.page(f"/desk/answers/{older}")
    assert desk.post(f"/desk/answers/{older}/transcript", text="x").status_code == 409


def test_a_wrong_reason_is_told_and_nothing_is_kept(served: Served) -> None:
    digests = given_answers(served)
    desk = Desk(served)
    response = desk.keep(digests["s1"], reason="words that nobody said", choice="b")
    assert response.status_code == 400
    assert "do not stand in the transcript" in response.text
    assert served.opened.store.corrections() == {}


class SlowQueue:
    """A queue that takes as long as the test says."""

    def __init__(self) -> None:
        self.go, self.times = threading.Event(), 0

    def everything_to_check(self) -> list[object]:
        self.times += 1
        assert self.go.wait(10)
        return []


def test_the_order_of_before_is_shown_while_the_new_one_is_worked_out() -> None:
    slow = SlowQueue()
    orders = Orders(lambda wave: slow)  # type: ignore[arg-type,return-value]
    slow.go.set()
    first = orders.renewed("w1", patience=10)
    assert (first.version, first.is_fresh) == (1, True)
    slow.go.clear()
    begun = time.monotonic()
    waiting = [orders.renewed("w1", patience=0.01) for _ in range(20)]
    assert time.monotonic() - begun < 2
    assert {(order.version, order.is_fresh) for order in waiting} == {(1, False)}
    slow.go.set()
    done = orders.renewed("w1", patience=10)
    assert done.is_fresh
    assert slow.times <= 4  # however often it was asked for, it is worked out one after the other


SAYINGS = st.lists(
    st.builds(
        Correction,
        st.sampled_from(["choice", "stance"]),
        st.sampled_from(["", "agree", "disagree"]),
        st.sampled_from(["x", "y", SPEAKER]),
        st.integers(0, 200).map(lambda second: f"2026-11-22T10:{second // 60:02}:{second % 60:02}"),
    )
).map(lambda said: sorted(said, key=lambda one: one.at))


@given(SAYINGS)
def test_every_saying_stands_in_one_act_of_its_author_and_minute(said: list[Correction]) -> None:
    made = acts(said, {"stance": "agree"}, None)
    assert len(made) == len({(one.author, one.at[:16]) for one in said})
    for author, at, steps in made:
        within = [one for one in said if (one.author, one.at[:16]) == (author, at[:16])]
        assert [(step.field, step.said) for step in steps] == [(one.field, one.value) for one in within]
        assert at == within[-1].at
    for step in (step for *_, steps in made for step in steps):
        assert step.is_same == (step.before == step.said != "")
    if said:  # before anybody said anything there stood what was read
        first = next(
            step
            for author, at, steps in made
            for step in steps
            if (author, at[:16]) == (said[0].author, said[0].at[:16])
        )
        assert first.before == {"stance": "agree"}.get(first.field, "")


WORDS = st.lists(st.text("abc<&é", min_size=1, max_size=5), min_size=1, max_size=8)


@given(
    WORDS,
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 30), st.integers(1, 12)), max_size=6),
)
def test_runs_hold_the_whole_text_and_mark_just_the_evidence(
    words: list[str], spans: list[tuple[str, int, int]]
) -> None:
    transcript = transcript_of_text(" ".join(words), "en")
    size = len(transcript.text)
    marks = [(kind, Evidence(at % size, min(size, at % size + length), "")) for kind, at, length in spans]
    cut = runs(transcript, marks)
    assert "".join(piece.text for run in cut for piece in run.pieces) == transcript.text
    for run in cut:
        for piece in run.pieces:
            assert transcript.text[piece.start : piece.end] == piece.text
            for at in range(piece.start, piece.end):
                over = {kind for kind, e in marks if e.start <= at < e.end}
                assert over == set(run.kinds)
    places = [piece.place for run in cut for piece in run.pieces if piece.place is not None]
    assert places == sorted(places)
    assert set(places) == set(range(len(words)))


@given(
    st.lists(
        st.tuples(st.sampled_from(["choice", "stance"]), st.sampled_from(["", "a", "b"]), st.sampled_from(["x", "y"]))
    )
)
def test_only_ones_own_last_word_can_be_taken_back(entries: list[tuple[str, str, str]]) -> None:
    made = [Correction(field, value, author, f"{n:05}") for n, (field, value, author) in enumerate(entries)]
    shown = history(made, None, "x")
    assert [entry.at for entry in shown] == sorted((c.at for c in made), reverse=True)
    last = {c.field: c for c in made if c.author == "x"}
    assert {entry.at for entry in shown if entry.mine} == {c.at for c in last.values() if c.value}
