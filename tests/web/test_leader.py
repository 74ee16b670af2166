"""How a leader gets to a finding and on from a problem: the way through the login, and the one link out of every refusal."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.web.conftest import PASSWORD, Served
from voicepulse.web.login import known_place, login_for

PAGE = {"Accept": "text/html"}
EVIL = [
    "",
    "/",
    "//evil.example",
    "//evil.example/report",
    "/\\evil.example",
    "\\/report",
    "https://evil.example/report",
    "javascript:alert(1)",
    "report",
    " /report",
    "/report ",
    "/report\n",
    "/\t/evil.example",
    "/reports",
    "/report@evil.example",
    "/report.evil.example",
    "/report//evil.example",
    "/report/../i/secret",
    "/report/%2e%2e/i/secret",
    "/report\\..\\i",
    "/report?wave=\\evil",
    "/report?a=b\r\nSet-Cookie: x=y",
    "/desk/\u2028",
    "/reporté",
    "/logout",
    "/speak/0000000000000000",
    "/report?" + "x" * 3000,
]


@pytest.mark.parametrize("evil", EVIL)
def test_the_login_leads_to_no_other_place(served: Served, evil: str) -> None:
    served.log_in("leader")
    browser = served.browser()
    assert known_place(evil) == ""
    assert login_for(evil) == "/login"
    assert 'name="next"' not in browser.get("/login", params={"next": evil}).text
    went = browser.post("/login", data={"name": "leader", "password": PASSWORD, "next": evil})
    assert (went.status_code, went.headers["location"]) == (303, "/")


@given(st.text(alphabet="/\\.:@?#%re portdskw-\t\n", max_size=20).map(lambda rest: f"/report{rest}") | st.text())
def test_what_is_gone_on_to_is_always_here(wanted: str) -> None:
    """As a browser takes it apart, which reads a backslash as a slash."""
    place = urlsplit(known_place(wanted).replace("\\", "/"))
    assert (place.scheme, place.netloc) == ("", "")
    assert place.path == "" or place.path.split("/")[1] in ("report", "desk")
    assert ".." not in place.path.split("/")


def test_a_link_to_a_finding_outlives_the_login(served: Served) -> None:
    served.log_in("leader")
    wanted, browser = "/report?wave=w1&level=staff", served.browser()
    sent = browser.get(wanted, headers=PAGE)
    assert sent.status_code == 303
    assert parse_qs(urlsplit(sent.headers["location"]).query) == {"next": [wanted]}
    page = browser.get(sent.headers["location"]).text
    assert 'name="next" value="/report?wave=w1&amp;level=staff"' in page
    assert browser.get("/static/login.js").status_code == 200
    form = {"name": "leader", "next": f"{wanted}#q1-cluster-0"}
    wrong = browser.post("/login", data={**form, "password": "wrong"})
    assert wrong.status_code == 401
    assert 'value="/report?wave=w1&amp;level=staff#q1-cluster-0"' in wrong.text
    assert browser.post("/login", data={**form, "password": PASSWORD}).headers["location"] == form["next"]


def test_only_a_page_is_gone_on_to_and_never_a_form(served: Served) -> None:
    assert served.browser().post("/desk/status/retry", headers=PAGE).headers["location"] == "/login"
    assert served.browser().get("/", headers=PAGE).headers["location"] == "/login"


def way_on(browser: TestClient, path: str, method: str = "GET") -> tuple[str, str]:
    """The words and the address of the one link on a problem's page."""
    page = browser.request(method, path, headers=PAGE)
    assert page.status_code >= 400, path
    _, found, rest = page.text.partition('<a class="button main" href="')
    assert found and "new link" not in page.text, path
    address, _, rest = rest.partition('">')
    return rest.partition("</a>")[0], address


def test_a_problem_has_one_way_on(served: Served) -> None:
    leader, researcher, nobody = served.log_in("leader"), served.log_in("researcher"), served.browser()
    for path in ("/desk", "/report?level=nobody", "/nowhere"):
        assert way_on(leader, path) == ("To the report", "/report")
    for path in ("/desk/nowhere", "/report?level=nobody", "/nowhere"):
        assert way_on(researcher, path) == ("To the desk", "/desk")
    assert way_on(nobody, "/nowhere") == ("Log in", "/login")


def test_a_speakers_problem_leads_back_to_their_answers(served: Served) -> None:
    browser, home = served.enter()
    assert way_on(browser, f"{home}/questions/none") == ("Back to your answers", home)
    assert way_on(browser, f"{home}/done", "POST") == ("Back to your answers", home)


@pytest.mark.parametrize("path", ["/i/" + "x" * 43, "/speak/" + "0" * 16])
def test_who_has_no_link_that_works_is_told_whom_to_ask(served: Served, path: str) -> None:
    page = served.log_in("researcher").get(path, headers=PAGE)
    assert page.status_code in (403, 404)
    assert "ask whoever sent it for a new link" in page.text
    assert "button" not in page.text


def test_what_breaks_has_a_way_on_too(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    leader = served.log_in("leader")
    monkeypatch.setattr(served.site.reports, "report", broken)
    careful = TestClient(served.client.app, base_url="http://127.0.0.1", raise_server_exceptions=False)
    careful.cookies = leader.cookies
    assert way_on(careful, "/report") == ("To the start", "/")


def test_a_researcher_finds_back_to_the_desk(served: Served) -> None:
    browser, home = served.enter()
    csrf = browser.get(home).text.partition('name="csrf-token" content="')[2][:64]
    browser.post(f"{home}/questions/q1/typed", data={"csrf_token": csrf, "text": "alpha because of money"})
    served.settle()
    link = '<a href="/desk">To the desk</a>'
    assert link in served.log_in("researcher").get("/report").text
    leaders = served.log_in("leader").get("/report")
    assert leaders.status_code == 200
    assert "/desk" not in leaders.text
