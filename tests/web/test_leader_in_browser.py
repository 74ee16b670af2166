"""A leader's link to one finding in a real browser: the login keeps what stands behind the "#", which no server sees."""

from __future__ import annotations

from tests.chromium import MARKS, chromium
from tests.web.conftest import PASSWORD, Served, csrf_of, listening
from voicepulse.accounts import add_account

pytestmark = list(MARKS)


def test_a_link_to_a_finding_arrives_at_it_through_the_login(served: Served) -> None:
    for speaker in ("s1", "s2"):
        browser, home = served.enter(speaker)
        form = {"csrf_token": csrf_of(browser.get(home).text), "text": "alpha because the money is there"}
        assert browser.post(f"{home}/questions/q1/typed", data=form).status_code == 303
    served.settle()
    add_account(served.opened.store.access, "lea", "leader", PASSWORD)
    complaints: list[str] = []
    with listening(served) as (host, port), chromium() as running:
        page = running.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        finding = f"http://{host}:{port}/report?wave=w1&level=staff#q3"
        page.goto(finding)
        for password in ("wrong", PASSWORD):  # a slip loses nothing
            assert "/login" in page.url
            page.get_by_label("Name").fill("lea")
            page.get_by_label("Password").fill(password)
            page.get_by_role("button", name="Log in").click()
        page.wait_for_url(finding)
        style = "getComputedStyle(document.getElementById('{}')).outlineStyle"
        assert [page.evaluate(style.format(card)) for card in ("q3", "q1")] == ["solid", "none"]
        page.goto(f"http://{host}:{port}/desk")  # which is not for leaders
        page.get_by_role("link", name="To the report").click()
        page.wait_for_url(f"http://{host}:{port}/report")
    assert [said for said in complaints if "401" not in said and "403" not in said] == []
