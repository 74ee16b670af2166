"""A small study that is served, with fakes for the models: `KeywordReader` reads by words, the transcriber hears one sentence."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
import uvicorn
from starlette.testclient import TestClient

from tests.conftest import EchoTranscriber, WordHashEmbedder, yes_or_no
from voicepulse.accounts import add_account
from voicepulse.comparison.compare import CompareOptions
from voicepulse.comparison.reasons import SameReason
from voicepulse.interpretation.types import Evidence, Interpretation, Judgement, Rating, Reason, evidence
from voicepulse.invitations import make_link
from voicepulse.settings import Thresholds
from voicepulse.study import Question
from voicepulse.transcript.types import Transcript
from voicepulse.web.app import create_app
from voicepulse.web.site import Site, SiteOptions
from voicepulse.workspace import OpenStudy, open_study

HOME = "http://127.0.0.1"
PASSWORD = "correct horse battery"  # noqa: S105  (of accounts that live as long as a test)
SAID = "I would build alpha because the money is there"

STUDY = """
title = "A study"
strategy = "A before B."
mode = "{mode}"
wave = "w1"
{speakers}
[[questions]]
id = "q1"
prompt = "There is room for only one. Which one, and why?"
options = [{{ id = "a", label = "Build the alpha thing" }}, {{ id = "b", label = "Keep the beta thing" }}, {{ id = "c", label = "Sell it all" }}]
intended = "a"
[[questions]]
id = "q2"
kind = "rating"
prompt = "How aligned are we, one to ten?"
[[questions]]
id = "q3"
kind = "execution"
prompt = "What will you do differently, and what will you stop?"
"""


class KeywordReader:
    """Chooses 'a' where alpha is said and 'b' where beta is; the reason is what follows 'because', a condition what follows 'unless'."""

    provenance: Mapping[str, object] = {"reader": "keywords"}

    def __init__(self) -> None:
        self.read_texts: list[str] = []

    def read(self, strategy: str, question: Question, transcript: Transcript) -> Interpretation:
        self.read_texts.append(transcript.text)
        words = transcript.text.lower()
        value = "a" if "alpha" in words else "b" if "beta" in words else "undecided"
        chance = {choice: 0.7 if choice == value else 0.3 / 5 for choice in question.choices}
        number = re.search(r"\d+", transcript.text)
        return Interpretation(
            kind=question.kind,
            choice=Judgement(value, chance, _after(transcript, r"alpha|beta")) if question.kind == "tradeoff" else None,
            qualified=Judgement(
                "yes" if "unless" in words else "no", {"yes": 0.3, "no": 0.7}, _after(transcript, "unless .*")
            ),
            escalates=yes_or_no("ask" in words),
            stance=Judgement("unstated", {"unstated": 1.0}),
            commitment=Judgement("unstated", {"unstated": 1.0}),
            reasons=tuple(Reason(found, 0.8) for found in _after(transcript, "(?<=because ).*")),
            rating=Rating(float(number[0]), evidence(transcript, *number.span()))
            if number and question.kind == "rating"
            else None,
            provenance=self.provenance,
        )


def _after(transcript: Transcript, pattern: str) -> tuple[Evidence, ...]:
    return tuple(evidence(transcript, *found.span()) for found in re.finditer(pattern, transcript.text, re.IGNORECASE))


@dataclass
class FakeInstruments:
    """What a run works with, without weights."""

    transcriber: EchoTranscriber = field(default_factory=lambda: EchoTranscriber(SAID.split()))
    reader: KeywordReader = field(default_factory=KeywordReader)
    embedder: WordHashEmbedder = field(default_factory=WordHashEmbedder)
    same_reason: SameReason = field(default_factory=lambda: SameReason(12.0, -5.0))
    compare_options: CompareOptions = field(default_factory=lambda: CompareOptions(Thresholds(), 3, 60))
    settings: object = field(default_factory=lambda: SimpleNamespace(thresholds=Thresholds()))
    heads: object = field(default_factory=lambda: SimpleNamespace(same_reason=(12.0, -5.0)))
    languages: None = None
    reader_is_remote: bool = False
    embedder_digest: str = "words"
    reader_provenances: tuple[dict[str, object], ...] = ({"reader": "keywords"},)
    transcriber_provenance: Mapping[str, object] = field(default_factory=lambda: {"engine": "echo"})

    @property
    def embedded_reader(self) -> KeywordReader:
        return self.reader


@dataclass
class Served:
    """A study that is served, and the ways into it."""

    site: Site
    client: TestClient
    opened: OpenStudy
    instruments: FakeInstruments

    def link(self, speaker: str = "s1") -> str:
        """The path of a new link of this speaker."""
        return make_link(self.opened, speaker, HOME).address.removeprefix(HOME)

    def browser(self) -> TestClient:
        """Another browser, without cookies."""
        return TestClient(self.client.app, base_url=HOME, follow_redirects=False)

    def log_in(self, role: str = "researcher") -> TestClient:
        """A browser in which somebody of this role is logged in."""
        if self.opened.store.access.account(role) is None:
            add_account(self.opened.store.access, role, role, PASSWORD)  # type: ignore[arg-type]
        browser = self.browser()
        assert browser.post("/login", data={"name": role, "password": PASSWORD}).status_code == 303
        return browser

    def enter(self, speaker: str = "s1") -> tuple[TestClient, str]:
        """A browser whose speaker consented, and the path of their pages."""
        browser, link = self.browser(), self.link(speaker)
        assert browser.get(link).status_code == 200
        began = browser.post(f"{link}/begin")
        assert began.status_code == 303, began.text
        return browser, began.headers["location"]

    def settle(self, seconds: float = 20.0) -> None:
        """Wait until the backroom has nothing left to do."""
        end = time.monotonic() + seconds
        self.site.backroom.look()
        while time.monotonic() < end:
            time.sleep(0.05)
            report = self.site.backroom.report()
            recordings = {r.digest for w in self.opened.store.waves() for r in self.opened.store.current_recordings(w)}
            states = {getattr(self.site.backroom.standing(d), "state", None) for d in recordings}
            if not (report.waiting or report.in_hand or report.left) and states <= {
                "understood",
                "no speech",
                "failed",
            }:
                return
        raise TimeoutError(f"The backroom is not done: {self.site.backroom.report()}")


@contextmanager
def listening(served: Served) -> Iterator[tuple[str, int]]:
    """The application behind a real socket."""
    server = uvicorn.Server(uvicorn.Config(served.client.app, lifespan="off", log_level="error", ws="none"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [free]})
        thread.start()
        try:
            yield free.getsockname()
        finally:
            server.should_exit = True
            thread.join()


def csrf_of(page: str) -> str:
    """The token that a page's scripts and forms send."""
    found = re.search(r'name="csrf-token" content="([0-9a-f]{64})"', page)
    assert found, page[:2000]
    return found[1]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Serve a study of so many speakers in a mode."""
    open_now: list[tuple[TestClient, object]] = []

    def start(speakers: int = 3, mode: str = "attributed", text: str = "") -> Served:
        folder = tmp_path / f"study{len(open_now)}"
        folder.mkdir()
        listed = "".join(
            f'[[speakers]]\nid = "s{n}"\nlevel = "{"staff" if n % 2 else "manager"}"\n' for n in range(1, speakers + 1)
        )
        (folder / "study.toml").write_text(text or STUDY.format(mode=mode, speakers=listed))
        context = open_study(folder)
        opened = context.__enter__()
        instruments = FakeInstruments()
        site = Site(opened, instruments, SiteOptions(HOME))  # type: ignore[arg-type]
        client = TestClient(create_app(site), base_url=HOME, follow_redirects=False)
        client.__enter__()
        open_now.append((client, context))
        return Served(site, client, opened, instruments)

    yield start
    for client, context in open_now:
        client.__exit__(None, None, None)
        context.__exit__(None, None, None)  # type: ignore[attr-defined]


@pytest.fixture
def served(serve: Callable[..., Served]) -> Served:
    """Three speakers, attributed."""
    return serve()
