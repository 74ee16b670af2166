"""Trying to break in: other people's links and answers, guessed names, forged forms, what is too much or is not what it says."""

from __future__ import annotations

import asyncio
import io
import socket
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import numpy as np
import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message

from benchmarks.serving import as_webm
from tests.conftest import DEMO
from tests.web.conftest import HOME, PASSWORD, Served, csrf_of, listening
from voicepulse import accounts
from voicepulse.audio.decode import decode
from voicepulse.settings import SAMPLE_RATE
from voicepulse.storage.clock import after
from voicepulse.storage.schema import invite as invite_table
from voicepulse.web.limits import PASSWORDS_A_NAME, UNKNOWN_LINKS
from voicepulse.web.protection import LARGEST_CHUNK, SAFE_METHODS

TAKE = "0123456789abcdef" * 2
SCRIPT = "<script>alert(1)</script>"
OPEN_TO_ALL = {"/login", "/health", "/api", "/openapi.json", "/report/style.css", "/report/page.js"}


def routes(served: Served) -> Iterator[tuple[str, str]]:
    """Every method and path of the application, with its parameters filled in by what might be there."""
    fill = {
        "invite_id": "0" * 16,
        "take": TAKE,
        "question": "q1",
        "digest": "0" * 64,
        "secret": "x" * 43,
        "speaker_id": "s1",
    }
    for path, methods in served.client.app.openapi()["paths"].items():  # type: ignore[attr-defined]
        parts = [fill.get(part[1:-1], "1") if part.startswith("{") else part for part in path.split("/")]
        yield from ((method.upper(), "/".join(parts)) for method in methods)


def answered(
    served: Served, speaker: str = "s1", text: str = "alpha because the money is there"
) -> tuple[TestClient, str]:
    """A speaker who has typed an answer to q1."""
    browser, home = served.enter(speaker)
    token = csrf_of(browser.get(home).text)
    sent = browser.post(f"{home}/questions/q1/typed", data={"csrf_token": token, "text": text})
    assert sent.status_code == 303, sent.text
    return browser, home


def spoken(served: Served, speaker: str = "s1") -> str:
    """A speaker's spoken answer to q1; its digest."""
    browser, home = served.enter(speaker)
    headers = {"X-CSRF-Token": csrf_of(browser.get(home).text)}
    sound = as_webm(decode(DEMO / "answers" / "q1-s1.ogg")[int(speaker[1:]) * 160 :][: 3 * SAMPLE_RATE])
    take = f"{home}/takes/{TAKE}"
    browser.put(take, json={"question": "q1"}, headers=headers)
    browser.patch(take, content=sound, headers=headers | {"Upload-Offset": "0"})
    assert browser.post(f"{take}/finish", json={"size": len(sound)}, headers=headers).json()["kept"]
    return next(r.digest for r in served.opened.store.recordings() if r.speaker == speaker)


# -- links


def test_another_speakers_pages_takes_and_sound_are_closed(served: Served) -> None:
    spoken(served, "s1")
    mine, home = served.enter("s2")
    theirs = f"/speak/{served.opened.store.access.invites()[0].id}"
    token = csrf_of(mine.get(home).text)
    for path in ("", "/check", "/answers", "/questions/q1", "/audio/q1", "/microphone", "/withdraw", f"/takes/{TAKE}"):
        # the cookie of s2 is sent there by hand: a browser would not even do that
        mine.cookies.set("voicepulse_speaker", mine.cookies.get("voicepulse_speaker", path=home) or "", path=theirs)
        assert mine.get(theirs + path, headers={"X-CSRF-Token": token}).status_code == 403, path
    assert (
        mine.get(f"{home}/takes/{TAKE}", headers={"X-CSRF-Token": token}).status_code == 404
    )  # the same name, but s1's
    assert mine.get(f"{home}/audio/q1").status_code in (404, 409)


def test_a_used_link_shows_nothing_and_takes_nothing_in_another_browser(served: Served) -> None:
    first, link = served.browser(), served.link("s1")
    first.get(link)
    home = first.post(f"{link}/begin").headers["location"]
    token = csrf_of(first.get(home).text)
    first.post(f"{home}/questions/q1/typed", data={"csrf_token": token, "text": "alpha, a secret reason"})
    second = served.browser()
    page = second.get(link)
    assert "already in use in another browser" in " ".join(page.text.split())
    assert "secret reason" not in page.text
    second.post(f"{link}/begin")
    assert second.get(home).status_code == 403
    assert len(served.opened.store.consents("s1", "w1")) == 1


def test_a_revoked_and_an_expired_link_open_nothing(served: Served) -> None:
    old, new = served.link("s1"), served.link("s1")
    assert served.browser().get(old).status_code == 410
    browser = served.browser()
    assert browser.get(new).status_code == 200
    with served.opened.store._engine.begin() as connection:
        connection.execute(invite_table.update().values(expires_at=after(-accounts.SESSION_LASTS)))
    assert browser.post(f"{new}/begin").status_code == 410
    assert served.browser().get(new).status_code == 410
    assert served.opened.store.consents("s1", "w1") == []


def test_revoking_ends_a_visit_that_is_going_on(served: Served) -> None:
    browser, home = served.enter("s1")
    assert browser.get(home).status_code == 200
    served.opened.store.access.revoke_invites("s1")
    assert browser.get(home).status_code == 403


def test_guessing_links_is_stopped(served: Served) -> None:
    browser = served.browser()
    states = [browser.get(f"/i/{number:043d}").status_code for number in range(UNKNOWN_LINKS.amount + 5)]
    assert states == [404] * UNKNOWN_LINKS.amount + [429] * 5
    assert served.browser().get(served.link("s1")).status_code == 200  # a link that is known is not guessed


def test_no_secret_stands_in_the_database(served: Served) -> None:
    browser, link = served.browser(), served.link("s1")
    browser.get(link)
    browser.post(f"{link}/begin")
    staff = served.log_in("researcher")
    secrets = [link.removeprefix("/i/"), PASSWORD, *(c.value for b in (browser, staff) for c in b.cookies.jar)]
    assert len(secrets) >= 4
    files = list(served.opened.folder.path.glob("voicepulse.sqlite*"))
    content = b"".join(path.read_bytes() for path in files)
    assert content
    assert not [secret for secret in secrets if secret and secret.encode() in content]


# -- who may see what


def test_without_an_account_or_a_link_nothing_is_shown(served: Served) -> None:
    browser = served.browser()
    for method, path in routes(served):
        if path in OPEN_TO_ALL:
            continue
        status = browser.request(method, path, headers={"accept": "text/html"}).status_code
        allowed = (
            (303,)
            if status == 303
            and browser.request(method, path, headers={"accept": "application/json"}).status_code == 401
            else (400, 403, 404, 413, 422, 429)
        )
        assert status in allowed, (method, path, status)


def test_a_leader_gets_nothing_of_the_desk(served: Served) -> None:
    digest, leader = spoken(served), served.log_in("leader")
    desk = [(m, p.replace("0" * 64, digest)) for m, p in routes(served) if p.startswith("/desk")]
    assert len(desk) > 8
    for method, path in desk:
        told = leader.request(method, path, data={"csrf_token": "0" * 64, "text": "x"} if method == "POST" else None)
        assert told.status_code == 403, (method, path, told.status_code)


def test_a_leader_hears_nothing_of_an_anonymous_study(serve: Callable[..., Served]) -> None:
    attributed, anonymous = serve(mode="attributed"), serve(mode="anonymous", speakers=6)
    digest = spoken(attributed)
    heard = attributed.log_in("leader").get(f"/report/audio/{digest}")
    assert (heard.status_code, heard.headers["content-type"]) == (200, "audio/mpeg")
    for number in range(1, 7):
        digest = spoken(anonymous, f"s{number}")
    leader = anonymous.log_in("leader")
    assert leader.get(f"/report/audio/{digest}").status_code == 404
    assert leader.get(f"/desk/audio/{digest}").status_code == 403
    anonymous.settle()
    page = leader.get("/report").text
    assert "<audio" not in page
    assert digest not in page
    assert anonymous.log_in("researcher").get(f"/desk/audio/{digest}").status_code == 200


def test_an_earlier_take_and_a_guessed_digest_are_not_heard(served: Served) -> None:
    leader = served.log_in("leader")
    for digest in ("0" * 64, "f" * 64):
        assert leader.get(f"/report/audio/{digest}").status_code == 404
    for strange in ("..%2fstudy.toml", "%2e%2e%2f%2e%2e%2fstudy.toml", "%00", "0" * 63, "g" * 64, "0" * 65):
        assert leader.get(f"/report/audio/{strange}").status_code in (404, 422), strange


# -- forged forms


def test_no_form_works_without_its_token(served: Served) -> None:
    """Whatever changes something, with the right cookies and no token, or a wrong one."""
    researcher, (speaker, home) = served.log_in("researcher"), answered(served)
    corrections, recordings = served.opened.store.corrections(), served.opened.store.recordings()
    unsafe = [(m, p) for m, p in routes(served) if m not in SAFE_METHODS and p != "/login" and not p.startswith("/i/")]
    assert len(unsafe) > 12
    for method, template in unsafe:
        who = speaker if template.startswith("/speak") else researcher
        path = template.replace("/speak/" + "0" * 16, home).replace("0" * 64, recordings[0].digest)
        for data in ({}, {"csrf_token": "0" * 64}):
            told = who.request(method, path, data=data, headers={"X-CSRF-Token": "0" * 64} if data else {})
            assert told.status_code in (403, 422), (method, path, told.status_code)
    assert served.opened.store.corrections() == corrections
    assert served.opened.store.recordings() == recordings


def test_a_form_on_another_site_is_refused_everywhere(served: Served) -> None:
    researcher = served.log_in("researcher")
    for method, path in routes(served):
        if method in SAFE_METHODS:
            continue
        for headers in (
            {"Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "null"},
        ):
            assert researcher.request(method, path, headers=headers).status_code == 403, (method, path, headers)


def test_a_name_that_points_here_is_no_way_in(served: Served) -> None:
    assert served.browser().get("/login", headers={"Host": "evil.example"}).status_code == 400


def test_every_answer_carries_the_headers_and_no_page_runs_a_script_of_its_own(served: Served) -> None:
    answered(served)
    served.settle()
    researcher, leader = served.log_in("researcher"), served.log_in("leader")
    pages = [
        served.browser().get("/login"),
        served.browser().get("/nothing-here"),
        served.browser().get(served.link("s2")),
    ]
    pages += [researcher.get(path) for path in ("/desk", "/desk/status", "/desk/speakers", "/desk/changes")] + [
        leader.get("/report")
    ]
    for page in pages:
        csp = page.headers["content-security-policy"]
        assert "default-src 'none'" in csp
        assert "script-src 'self';" in csp
        assert "style-src 'self';" in csp
        assert "frame-ancestors 'none'" in csp
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "same-origin"
        assert page.headers["cache-control"] == "no-store"
        for tag in page.text.split("<script")[1:]:
            assert tag.split(">")[0].strip().startswith("src=") or 'src="/' in tag.split(">")[0], tag[:80]
        assert "http://" not in page.text.replace(HOME, "").replace("http://www.w3.org/", ""), "something from outside"


def test_cookies_are_kept_from_scripts_and_other_sites(served: Served) -> None:
    staff, speaker = served.browser(), served.browser()
    accounts.add_account(served.opened.store.access, "anna", "researcher", PASSWORD)
    link = served.link("s1")
    speaker.get(link)
    set_by = [
        staff.post("/login", data={"name": "anna", "password": PASSWORD}).headers["set-cookie"],
        *speaker.post(f"{link}/begin").headers.get_list("set-cookie"),
    ]
    for cookie in set_by:
        assert "httponly" in cookie.lower()
        assert "samesite=lax" in cookie.lower()


# -- text that is not meant as text


def test_a_script_in_an_answer_is_text_everywhere(served: Served) -> None:
    browser, home = answered(served, text=f"alpha because {SCRIPT} matters")
    answered(served, "s2", text=f"beta because {SCRIPT} matters to us")
    served.settle()
    researcher, leader = served.log_in("researcher"), served.log_in("leader")
    digest = served.opened.store.recordings()[0].digest
    for who, path in (
        (browser, f"{home}/check"),
        (researcher, "/desk"),
        (researcher, f"/desk/answers/{digest}"),
        (researcher, "/desk/changes"),
        (leader, "/report"),
    ):
        page = who.get(path).text
        assert SCRIPT not in page, path
    assert "&lt;script&gt;" in browser.get(f"{home}/check").text
    assert "&lt;script&gt;" in leader.get("/report").text


# -- names from outside


def test_no_path_from_outside_is_ever_used(served: Served) -> None:
    browser, home = served.enter("s1")
    headers = {"X-CSRF-Token": csrf_of(browser.get(home).text)}
    before = {path for path in served.opened.folder.path.parent.rglob("*") if "sqlite" not in path.name}
    for strange in (
        "..",
        "../x",
        "%2e%2e%2fx",
        "..%2f..%2fstudy.toml",
        "%00",
        "a" * 32 + "/../x",
        "A" * 32,
        "/etc/passwd",
    ):
        told = browser.put(f"{home}/takes/{strange}", json={"question": "q1"}, headers=headers)
        assert told.status_code in (403, 404, 405, 422), strange
    for question in ("../../x", "q9", "", "q1\0", "x" * 5000):
        told = browser.put(f"{home}/takes/{TAKE}", json={"question": question}, headers=headers)
        assert told.status_code in (404, 422), question
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"):
        assert served.browser().get(path).status_code == 404
    after_all = {path for path in served.opened.folder.path.parent.rglob("*") if "sqlite" not in path.name}
    assert after_all <= before | {served.opened.folder.takes}


# -- too much, or not what it says


def test_a_zip_that_is_called_sound_is_no_answer(served: Served) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("answer.webm", b"\x1aE\xdf\xa3" + b"0" * 5000)
    refused(served, target.getvalue(), "")


def test_a_page_a_program_and_silence_are_no_answers(served: Served) -> None:
    refused(served, b"<html><body>webm</body></html>" * 50, "")
    refused(served, b"\x7fELF" + bytes(5000), "")
    refused(served, as_webm(np.zeros(3 * SAMPLE_RATE, dtype=np.float32)), "silent")


def test_hours_that_fit_into_a_small_file_are_too_long(serve: Callable[..., Served]) -> None:
    served = serve()
    text = served.opened.folder.study_file.read_text().replace('wave = "w1"', 'wave = "w1"\nmax_answer_seconds = 5')
    served.opened.folder.study_file.write_text(text)
    hum = (0.2 * np.sin(np.arange(60 * SAMPLE_RATE) / 20)).astype(np.float32)
    refused(served, as_webm(hum), "longer than")


def refused(served: Served, data: bytes, why: str) -> None:
    browser, home = served.enter("s1")
    headers = {"X-CSRF-Token": csrf_of(browser.get(home).text)}
    take = f"{home}/takes/{TAKE}"
    browser.delete(take, headers=headers)
    browser.put(take, json={"question": "q1"}, headers=headers)
    browser.patch(take, content=data, headers=headers | {"Upload-Offset": "0"})
    told = browser.post(f"{take}/finish", json={"size": len(data)}, headers=headers)
    assert told.status_code == 400, told.text
    assert why in told.json()["detail"]
    assert served.opened.store.recordings() == []
    assert not list(served.opened.folder.audio.glob("*"))


def test_two_gigabytes_are_refused_before_they_are_sent(served: Served) -> None:
    sent = b"PATCH /speak/0000000000000000/takes/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2147483648\r\n\r\n"
    with listening(served) as address:
        assert said_to(address, [sent, b"x" * 100_000]).startswith(b"HTTP/1.1 413")


def test_what_never_ends_is_cut_off(served: Served) -> None:
    """A body that announces no length, in a request that is otherwise all right."""
    browser, home = served.enter("s1")
    token = csrf_of(browser.get(home).text)
    browser.put(f"{home}/takes/{TAKE}", json={"question": "q1"}, headers={"X-CSRF-Token": token})
    cookie = next(c.value for c in browser.cookies.jar if c.path == home)
    head = (
        f"PATCH {home}/takes/{TAKE} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: voicepulse_speaker={cookie}\r\nX-CSRF-Token: {token}\r\n"
        "Upload-Offset: 0\r\nTransfer-Encoding: chunked\r\n\r\n"
    ).encode()
    part = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
    with listening(served) as address:
        told = said_to(address, [head, *[part] * (2 * LARGEST_CHUNK // (1 << 20))])
    assert told.split(b"\r\n")[0].split()[1] in (b"413", b"408")
    assert served.opened.store.uploads.find("s1", TAKE) is not None
    assert not served.opened.store.uploads.all()[0].path(served.opened.folder.takes).exists()


def said_to(address: tuple[str, int], parts: list[bytes]) -> bytes:
    """What the server says while the parts are sent, or after."""
    with socket.create_connection(address, timeout=20) as connection:
        try:
            for part in parts:
                connection.sendall(part)
        except OSError:
            pass  # it has heard enough
        try:
            return connection.recv(65536)
        except OSError:
            return b""


# -- passwords


async def guess_passwords(app: ASGIApp, tries: int) -> list[int]:
    """What each try is told; the last one has the right password. Spoken to without a network, or it would take minutes."""
    states = []

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            states.append(message["status"])

    for number in range(tries + 1):
        body = urlencode({"name": "anna", "password": PASSWORD if number == tries else f"guess {number}"}).encode()
        headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/x-www-form-urlencoded")]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/login",
            "raw_path": b"/login",
            "query_string": b"",
            "headers": headers,
        }

        async def receive(body: bytes = body) -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        await app(
            {
                **scope,
                "client": ("testclient", 1),
                "server": ("127.0.0.1", 80),
                "scheme": "http",
                "http_version": "1.1",
            },
            receive,
            send,
        )
    return states


def test_ten_thousand_wrong_passwords_are_not_even_looked_at(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts.add_account(served.opened.store.access, "anna", "researcher", PASSWORD)
    looked_at = 0
    log_in = accounts.log_in

    def counted(*of: object) -> str | None:
        nonlocal looked_at
        looked_at += 1
        return log_in(*of)  # type: ignore[arg-type]

    monkeypatch.setattr("voicepulse.web.login.log_in", counted)
    states = asyncio.run(guess_passwords(served.client.app, 10_000))
    assert looked_at == PASSWORDS_A_NAME.amount
    assert states == [401] * looked_at + [429] * (10_001 - looked_at)  # the right one too, from there
    browser = served.browser()
    assert browser.post("/login", data={"name": "bert", "password": "guess"}).status_code == 401


def test_the_right_password_among_many_at_once_is_not_looked_at_either(served: Served) -> None:
    accounts.add_account(served.opened.store.access, "anna", "researcher", PASSWORD)

    def guess(number: int) -> int:
        password = PASSWORD if number == 30 else f"guess {number}"
        return served.browser().post("/login", data={"name": "anna", "password": password}).status_code

    with ThreadPoolExecutor(20) as pool:
        first = list(pool.map(guess, range(30)))
        states = [*first, guess(30)]
    assert states.count(401) == PASSWORDS_A_NAME.amount
    assert states[-1] == 429


def test_the_same_sound_from_another_tells_nothing_of_whose_it_is(served: Served) -> None:
    browser, home = served.enter("s2")
    headers = {"X-CSRF-Token": csrf_of(browser.get(home).text)}
    digest = spoken(served, "s1")
    sound = (served.opened.folder.audio / f"{digest}.webm").read_bytes()
    take = f"{home}/takes/{TAKE}"
    browser.put(take, json={"question": "q1"}, headers=headers)
    browser.patch(take, content=sound, headers=headers | {"Upload-Offset": "0"})
    told = browser.post(f"{take}/finish", json={"size": len(sound)}, headers=headers)
    assert told.status_code == 400
    assert "s1" not in told.text


def test_an_unknown_name_takes_as_long_as_a_wrong_password(served: Served) -> None:
    """So the time does not tell who has an account; argon2 runs for both."""
    accounts.add_account(served.opened.store.access, "anna", "researcher", PASSWORD)
    access = served.opened.store.access

    def seconds(name: str) -> float:
        start = time.perf_counter()
        assert accounts.log_in(access, name, "wrong") is None
        return time.perf_counter() - start

    known, unknown = (min(seconds(name) for _ in range(5)) for name in ("anna", "nobody"))
    assert unknown > known / 3


def test_logging_out_ends_the_session_on_the_server_too(served: Served) -> None:
    browser = served.log_in("researcher")
    secret = browser.cookies.get("voicepulse_session")
    token = csrf_of(browser.get("/desk").text)
    assert browser.post("/logout", data={"csrf_token": token}).status_code == 303
    thief = served.browser()
    thief.cookies.set("voicepulse_session", secret or "")
    assert thief.get("/desk", headers={"accept": "application/json"}).status_code == 401


def test_a_new_password_logs_everybody_out(served: Served) -> None:
    browser = served.log_in("researcher")
    accounts.change_password(served.opened.store.access, "researcher", "another long password")
    assert browser.get("/desk", headers={"accept": "application/json"}).status_code == 401


def test_short_passwords_and_strange_names_are_refused(served: Served) -> None:
    from voicepulse.errors import AccessError

    for name, password in (
        ("anna", "short"),
        ("the speaker", PASSWORD),
        ("a/../b", PASSWORD),
        ("", PASSWORD),
        ("anna", "x" * 300),
    ):
        with pytest.raises(AccessError):
            accounts.add_account(served.opened.store.access, name, "researcher", password)


def test_every_route_is_told_by_the_api(served: Served) -> None:
    told = set(served.client.app.openapi()["paths"])  # type: ignore[attr-defined]
    there = {route.path for route in served.client.app.routes if isinstance(route, APIRoute)}  # type: ignore[attr-defined]
    assert there <= told
