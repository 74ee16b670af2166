"""What the pages of one study work with."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.templating import Jinja2Templates

from voicepulse import __version__
from voicepulse.backroom import Backroom
from voicepulse.erasure import erase_speaker
from voicepulse.errors import StudyError
from voicepulse.instruments import Instruments
from voicepulse.live_report import LiveReports
from voicepulse.review_queue import Queue
from voicepulse.secret import hash_of, new_secret
from voicepulse.study import load_study
from voicepulse.web.desk.order import Orders
from voicepulse.web.limits import Limits
from voicepulse.web.sound import Sounds
from voicepulse.workspace import OpenStudy

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class SiteOptions:
    """`address`: where people reach the server, for instance https://voice.example.org; it decides links, cookies and hosts.
    `proxy`: where the proxy in front of it runs."""

    address: str = "http://127.0.0.1:8080"
    proxy: str = "127.0.0.1"

    @property
    def is_secure(self) -> bool:
        return urlsplit(self.address).scheme == "https"

    @property
    def hosts(self) -> list[str]:
        """The names that requests may come to; another is somebody's DNS pointing here (rebinding)."""
        ipv6 = "["  # what is left of such an address before its first colon; no name of somebody's begins so
        return sorted({urlsplit(self.address).hostname or "", "127.0.0.1", "localhost", ipv6} - {""})


class Site:
    """A study that is served: opened once, its study.toml read again whenever it changes."""

    def __init__(self, opened: OpenStudy, instruments: Instruments, options: SiteOptions) -> None:
        self.instruments, self.options = instruments, options
        self.limits = Limits()
        self.reports = LiveReports(instruments)
        self.sounds = Sounds()
        self.logins = Lock()
        self._shelves = opened.store.set_fact_once("shelves", new_secret())
        self.orders = Orders(self.queue)
        self._queues: dict[str, Queue] = {}
        self.backroom = Backroom(lambda: self.opened, instruments)
        self.writers = ThreadPoolExecutor(8, "chunks")  # own threads: sound that comes in never waits behind a page
        self.keepers = ThreadPoolExecutor(2, "answers")
        self._locks: dict[str, Lock] = {}
        self.templates = Jinja2Templates(HERE / "templates")
        self.templates.env.autoescape = True  # Starlette would look at the ending, which is .j2
        self.templates.env.trim_blocks = self.templates.env.lstrip_blocks = True
        self.templates.env.globals["version"] = __version__
        self._opened, self._read_at, self._lock = opened, _changed_at(opened), Lock()

    def lock_of(self, name: str) -> Lock:
        """One at a time may work on what has this name."""
        with self._lock:
            return self._locks.setdefault(name, Lock())

    @property
    def opened(self) -> OpenStudy:
        """The study as its file says now; a file that is wrong at the moment changes nothing."""
        changed = _changed_at(self._opened)
        if changed == self._read_at:  # nearly always, and without waiting for anybody
            return self._opened
        with self._lock:
            if changed != self._read_at:
                self._read_at = changed
                try:
                    folder, study = load_study(self._opened.folder.path)
                except StudyError:
                    return self._opened
                if study.mode == (
                    self._opened.store.fact("mode") or study.mode
                ):  # the mode is locked once people have answered
                    self._opened = OpenStudy(folder, study, self._opened.store)
                    self._queues.clear()
            return self._opened

    def shelf(self, speaker: str, wave: str) -> str:
        """Under which name a browser keeps what a speaker has not sent yet: the same by every link of theirs, and no other study's."""
        return hash_of(f"{self._shelves} {speaker} {wave}")[:16]

    def queue(self, wave: str) -> Queue:
        """What is worth checking in a wave, remembered from page to page."""
        opened = self.opened
        with self._lock:
            return self._queues.setdefault(wave, Queue(opened, wave, self.instruments))

    def erase(self, speaker: str) -> None:
        """Erase a speaker, on disk and in this process's memory."""
        opened = self.opened
        digests = [r.digest for r in opened.store.recordings() if r.speaker == speaker]
        self.backroom.forget(digests)
        try:
            erase_speaker(opened, speaker)
        finally:  # also where it was cut short
            self.sounds.forget()
            self.reports.forget()
            with self._lock:
                self._queues.clear()
            self.orders.forget()


def _changed_at(opened: OpenStudy) -> int:
    try:
        return opened.folder.study_file.stat().st_mtime_ns
    except OSError:
        return 0


def _site(request: Request) -> Site:
    site = request.app.state.site
    assert isinstance(site, Site)  # noqa: S101  (the factory put it there)
    return site


SiteHere = Annotated[Site, Depends(_site)]
