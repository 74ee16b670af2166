"""Answers are transcribed and read while people go on speaking: what a server does behind its pages.

Two threads for answers whose speakers wait, so that one transcribes while the other reads; one for the rest (a folder of files), which
begins nothing new while somebody waits. What is to be done follows from the database, so a killed process loses nothing: the next one finds what
has no transcript or reading yet.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from threading import Condition, Lock, Thread
from typing import Literal

from filelock import FileLock, Timeout

from voicepulse.errors import VoicePulseError
from voicepulse.hearing import transcribe_these
from voicepulse.ingest.claims import Problem
from voicepulse.instruments import Instruments
from voicepulse.pipeline import ingest, read_these
from voicepulse.results import HeardAnswer, heard_answers, transcripts
from voicepulse.storage.store import Recording
from voicepulse.workspace import OpenStudy

State = Literal["kept", "waiting", "transcribing", "reading", "understood", "no speech", "failed"]

MOST_WAITING = 200  # speakers in the queue; further answers are kept and taken up when there is nothing else to do
MOST_REMEMBERED = 5_000  # standings in memory; what is older follows from the database
AT_ONCE = 4  # answers of waiting speakers that are transcribed together
STOP_SECONDS = 10.0
LOOK_AGAIN_SECONDS = 10.0  # for what other programs brought into the study

log = logging.getLogger("voicepulse.backroom")


@dataclass(frozen=True, slots=True)
class Standing:
    """How far an answer has come. `ahead`: answers before it; `seconds` from its arrival until it was understood."""

    state: State
    ahead: int = 0
    problem: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class BackroomReport:
    """What goes on. `failed` maps recordings to what was wrong; `seconds` is the median time of the latest spoken answers until understood."""

    waiting: int
    in_hand: int
    left: int
    done: int
    failed: dict[str, str]
    seconds: float | None
    problem: str


class Backroom:
    """The threads and their queue. `opened` gives the study as it stands now."""

    def __init__(self, opened: Callable[[], OpenStudy], instruments: Instruments) -> None:
        self._opened, self._instruments = opened, instruments
        self._change = Condition()
        self._reading = Lock()  # the readers take one answer at a time
        self._waiting: OrderedDict[str, tuple[Recording, float]] = OrderedDict()
        self._batch: deque[Recording] = deque()
        self._in_hand: set[str] = set()
        self._standings: OrderedDict[str, Standing] = OrderedDict()
        self._failed: dict[str, str] = {}
        self._times: deque[float] = deque(maxlen=50)
        self._done = 0
        self._problem = ""
        self._stopped = False
        self._look = True
        work = (self._serve_waiting, self._serve_waiting, self._serve_batch)
        self._threads = [Thread(target=each, daemon=True) for each in work]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End after what is in hand. What takes too long is left, to be found again by the next start."""
        with self._change:
            self._stopped = True
            self._change.notify_all()
        for thread in self._threads:
            thread.join(STOP_SECONDS)

    @property
    def is_idle(self) -> bool:
        """Whether no thread is at work (before the start, and after a stop that came to its end)."""
        return not any(thread.is_alive() for thread in self._threads)

    # -- asked by the pages

    def add(self, recording: Recording) -> None:
        """An answer has come in and its speaker waits."""
        with self._change:
            self._failed.pop(recording.digest, None)
            if len(self._waiting) < MOST_WAITING:
                self._waiting[recording.digest] = (recording, time.monotonic())
                self._stand(recording.digest, Standing("waiting"))
            else:
                self._stand(recording.digest, Standing("kept"))
                self._look = True
            self._change.notify_all()

    def look(self) -> None:
        """Something changed in the database: look for what is to be done."""
        with self._change:
            self._look = True
            self._change.notify_all()

    def retry(self) -> None:
        """Try again what failed."""
        with self._change:
            for digest in self._failed:
                self._standings.pop(digest, None)
            self._failed.clear()
        self.look()

    def forget(self, digests: Sequence[str]) -> None:
        """Know nothing of these recordings any more: they were erased."""
        with self._change:
            for digest in digests:
                self._waiting.pop(digest, None)
                self._standings.pop(digest, None)
                self._failed.pop(digest, None)
            self._batch = deque(r for r in self._batch if r.digest not in digests)

    def standing(self, digest: str) -> Standing | None:
        """How far this answer has come, or None where it came before this server began."""
        with self._change:
            known = self._standings.get(digest)
            if known is None or known.state != "waiting":
                return known
            ahead = list(self._waiting).index(digest) if digest in self._waiting else 0
            return Standing("waiting", ahead + len(self._in_hand))

    def report(self) -> BackroomReport:
        with self._change:
            return BackroomReport(
                waiting=len(self._waiting),
                in_hand=len(self._in_hand),
                left=len(self._batch),
                done=self._done,
                failed=dict(self._failed),
                seconds=median(self._times) if self._times else None,
                problem=self._problem,
            )

    # -- the threads

    def _serve_waiting(self) -> None:
        self._guarded(self._load)  # before the first speaker waits for them
        while (todo := self._next_waiting()) is not None:
            self._guarded(lambda todo=todo: self._settle([r for r, _ in todo], {r.digest: at for r, at in todo}))  # type: ignore[misc]
            self._put_down([recording for recording, _ in todo])

    def _load(self) -> None:
        """Load the models, once: what loads them at the same time would have them twice."""
        with self._reading:
            _ = self._instruments.transcriber
            _ = self._instruments.reader

    def _next_waiting(self) -> list[tuple[Recording, float]] | None:
        with self._change:
            while not self._waiting and not self._stopped:
                self._change.wait()
            if self._stopped:
                return None
            todo = [self._waiting.popitem(last=False)[1] for _ in range(min(AT_ONCE, len(self._waiting)))]
            self._in_hand.update(recording.digest for recording, _ in todo)
            return todo

    def _serve_batch(self) -> None:
        self._guarded(self._load)
        while (recording := self._next_of_batch()) is not None:
            self._guarded(lambda one=recording: self._settle_alone(one))  # type: ignore[misc]
            self._put_down([recording])

    def _next_of_batch(self) -> Recording | None:
        """What is left, one by one, while nobody waits; looked for anew when there is nothing, now and then."""
        while True:
            with self._change:
                while not self._stopped and (self._waiting or not (self._batch or self._look)):
                    if not self._change.wait(LOOK_AGAIN_SECONDS):
                        self._look = True
                if self._stopped:
                    return None
                if self._batch:
                    recording = self._batch.popleft()
                    if recording.digest in self._in_hand:
                        continue
                    self._in_hand.add(recording.digest)
                    return recording
                self._look = False
            self._guarded(self._find_left)

    def _find_left(self) -> None:
        """Everything in the study that has no transcript or no reading."""
        opened = self._opened()
        left = [recording for wave in opened.store.waves() for recording in self._left_in(opened, wave)]
        with self._change:
            busy = {*self._waiting, *self._in_hand, *self._failed}
            self._batch = deque(recording for recording in left if recording.digest not in busy)

    def _left_in(self, opened: OpenStudy, wave: str) -> list[Recording]:
        heard = {one.recording.digest: one for one in heard_answers(opened, wave, self._instruments)}
        known = transcripts(opened, self._instruments)
        read = opened.store.readings(key for one in heard.values() for key in one.keys)

        def is_left(recording: Recording) -> bool:
            one = heard.get(recording.digest)
            if one is None:
                return recording.digest not in known
            return one.transcript.has_speech and not any(key in read for key in one.keys)

        return [recording for recording in opened.store.current_recordings(wave) if is_left(recording)]

    def _settle_alone(self, recording: Recording) -> None:
        """Settle what nobody waits for, unless another program is working through the study."""
        lock = FileLock(self._opened().folder.lock)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            time.sleep(1)  # it will be found again
            return
        try:
            self._settle([recording], {})
        finally:
            lock.release()

    def _settle(self, recordings: Sequence[Recording], arrived: dict[str, float]) -> None:
        """Transcribe and read; where one of several spoils it for all, each alone."""
        try:
            self._hear_and_read(recordings, arrived)
        except Exception as error:  # whatever it is, the others must not wait for it, and it must not be tried for ever
            if len(recordings) > 1:
                for recording in recordings:
                    self._settle([recording], arrived)
            else:
                log.error("an answer failed: %s", type(error).__name__)
                self._fail(recordings[0], _told(error))

    def _hear_and_read(self, recordings: Sequence[Recording], arrived: dict[str, float]) -> None:
        opened, instruments = self._opened(), self._instruments
        known = transcripts(opened, instruments)
        unheard = [recording for recording in recordings if recording.digest not in known]
        self._all_stand(unheard, Standing("transcribing"))
        problems = {p.origin: p for p in transcribe_these(opened, unheard, instruments)}
        heard: dict[str, HeardAnswer] = {}
        for wave in {recording.wave for recording in recordings}:
            heard |= {one.recording.digest: one for one in heard_answers(opened, wave, instruments)}
        self._all_stand([r for r in recordings if r.digest in heard], Standing("reading"))
        for recording in recordings:
            one = heard.get(recording.digest)
            if one is None:
                self._fail_by(recording, problems)
                continue
            with self._reading:
                told = read_these(opened, [one], instruments)
            self._finish(one, told, arrived.get(recording.digest))

    def _finish(self, one: HeardAnswer, problems: Sequence[Problem], arrived: float | None) -> None:
        is_read = any(key in self._opened().store.readings(one.keys) for key in one.keys)
        if problems and not is_read:
            self._fail(one.recording, f"{problems[0].what} {problems[0].way_out}")
            return
        seconds = None if arrived is None else time.monotonic() - arrived
        with self._change:
            self._done += 1
            if seconds is not None and one.recording.kind == "audio":  # a typed answer would flatter the median
                self._times.append(seconds)
            state: State = "understood" if one.transcript.has_speech else "no speech"
            self._stand(one.recording.digest, Standing(state, seconds=seconds))

    def _fail_by(self, recording: Recording, problems: dict[str, Problem]) -> None:
        found = problems.get(f"{recording.question} of {recording.speaker}")
        if found is not None:
            self._fail(recording, f"{found.what} {found.way_out}")

    def _fail(self, recording: Recording, problem: str) -> None:
        if self._opened().store.find_recording(recording.digest) is None:
            self.forget([recording.digest])  # its speaker was erased in the meantime
            return
        with self._change:
            self._failed[recording.digest] = problem
            self._stand(recording.digest, Standing("failed", problem=problem))

    def _all_stand(self, recordings: Sequence[Recording], standing: Standing) -> None:
        with self._change:
            for recording in recordings:
                self._stand(recording.digest, standing)

    def _stand(self, digest: str, standing: Standing) -> None:
        self._standings[digest] = standing
        self._standings.move_to_end(digest)
        while len(self._standings) > MOST_REMEMBERED:
            self._standings.popitem(last=False)

    def _put_down(self, recordings: Sequence[Recording]) -> None:
        with self._change:
            self._in_hand.difference_update(recording.digest for recording in recordings)
            self._change.notify_all()

    def _guarded(self, work: Callable[[], None]) -> None:
        """Whatever goes wrong is told and ends nothing: the pages go on, and the answers are safe."""
        try:
            work()
            self._problem = ""
        except Exception as error:
            self._problem = _told(error)
            log.error("the backroom: %s", type(error).__name__)
            time.sleep(0.2)


def _told(error: Exception) -> str:
    """What a person is told of an error; the text of one that is not ours may hold anything."""
    if isinstance(error, VoicePulseError):
        return f"{error.what} {error.way_out}".strip()
    return f"It failed ({type(error).__name__}). Try again; if it stays so, record it anew."


def take_in_dropped(opened: OpenStudy) -> tuple[int, list[Problem]]:
    """Take in what was dropped into the study's answers/; how many were new, and what could not be used."""
    if not opened.folder.answers.is_dir():
        return 0, []
    intake = ingest(opened, [opened.folder.answers], rescan=True)
    return len(intake.added), intake.problems
