"""The API as it is told: schemathesis asks every operation with whatever it can think of, as nobody, speaker, researcher and leader."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core.result import Ok

from tests.web.conftest import Served, csrf_of, listening
from tests.web.test_attacks import TAKE, answered, spoken

ENDS_SOMETHING = ("logout", "erase", "withdraw", "revoke", "invite", "done", "begin")
EXAMPLES = 5  # a run by hand with many more: `schemathesis run http://127.0.0.1:8080/openapi.json`


@dataclass
class Asker:
    """Somebody who asks: their cookies, their token, and the names of what is really there."""

    cookies: dict[str, str]
    token: str
    there: Mapping[str, str]


def askers(served: Served) -> list[Asker]:
    """One of each, in a study in which something was said."""
    digest = spoken(served, "s1")
    speaker, home = answered(served, "s2")
    headers = {"X-CSRF-Token": csrf_of(speaker.get(home).text)}
    speaker.put(f"{home}/takes/{TAKE}", json={"question": "q1"}, headers=headers)
    there = {
        "invite_id": home.removeprefix("/speak/"),
        "take": TAKE,
        "question": "q1",
        "digest": digest,
        "speaker_id": "s1",
        "secret": served.link("s3").removeprefix("/i/"),
    }
    researcher, leader = served.log_in("researcher"), served.log_in("leader")
    cookies = {c.name: c.value or "" for c in speaker.cookies.jar if c.path == home}
    found = [Asker({}, "", there), Asker(cookies, headers["X-CSRF-Token"], there)]
    for browser, page in ((researcher, "/desk"), (leader, "/report")):
        secrets = {"voicepulse_session": browser.cookies["voicepulse_session"]}
        text = browser.get(page).text
        token = csrf_of(text) if "csrf-token" in text else text.partition('name="csrf_token" value="')[2][:64]
        found.append(Asker(secrets, token, there))
    return found


def made_real(case: Any, asker: Asker, draw: random.Random) -> dict[str, str]:
    """Put in what is really there in most places, else nothing would be reached behind the first check; returns the headers."""
    for name in list(case.path_parameters or {}):
        if name in asker.there and draw.random() < 0.8:
            case.path_parameters[name] = asker.there[name]
    if isinstance(case.body, dict) and "csrf_token" in case.body and draw.random() < 0.9:
        case.body["csrf_token"] = asker.token
    return {"X-CSRF-Token": asker.token} if draw.random() < 0.9 else {}


def test_no_operation_fails_whatever_it_is_asked(serve: Callable[..., Served]) -> None:
    shared = serve()
    schema = schemathesis.openapi.from_dict(shared.client.app.openapi())  # type: ignore[attr-defined]
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) > 30
    people = askers(shared)
    reached = []
    for operation in operations:
        ends = operation.path.rpartition("/")[2] in ENDS_SOMETHING
        served = serve() if ends else shared
        who = askers(served) if ends else people
        reached.append(min(ask_it(operation, who, served)) < 400)
    assert sum(reached) > 0.7 * len(reached)  # else only the first checks would have been asked


def ask_it(operation: Any, who: list[Asker], served: Served) -> list[int]:
    """Ask one operation as everybody; what was answered."""
    draw, told = random.Random(operation.label), list[int]()

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        for asker in who:
            headers = made_real(case, asker, draw) | {"Host": "127.0.0.1"}
            response = case.call(base_url=base, headers=headers, cookies=asker.cookies)
            told.append(response.status_code)
            assert response.status_code < 500, (operation.label, response.status_code, response.text[:500])

    with listening(served) as (host, port):
        base = f"http://{host}:{port}"
        ask()
    return told


@pytest.mark.parametrize("path", ["/openapi.json", "/api", "/health"])
def test_the_api_is_told(served: Served, path: str) -> None:
    assert served.client.get(path).status_code == 200
