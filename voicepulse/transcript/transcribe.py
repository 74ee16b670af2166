"""Recordings become transcripts: windows of speech through an engine, with every core busy until the last one is done.

Each thread takes what is most useful next. While few windows wait, it opens the next file (decoding and voice activity);
otherwise it lets the engine hear the oldest waiting windows together with those of like length, which may come from
other recordings. So files are never all in memory, a recording of hours keeps every core busy as well as a thousand short
ones, and each transcript is handed over as soon as it is whole.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Condition, Thread

from voicepulse import __version__
from voicepulse.audio.voice_activity import Window
from voicepulse.errors import TranscriptionError
from voicepulse.transcript.assembly import Hearing
from voicepulse.transcript.types import Transcriber, Transcript

ALGORITHM = 1  # raised when the same engine would give another transcript
WAITING_BATCHES = 2  # a worker: the more windows wait, the likelier are some of like length

Outcome = Transcript | Exception
Keep = Callable[[int, Outcome], None]


def transcription_key(provenance: Mapping[str, object], language: str, vocabulary: Sequence[str]) -> dict[str, object]:
    """All that decides a transcript besides the recording itself."""
    return {"algorithm": ALGORITHM, "language": language, "vocabulary": list(vocabulary), **provenance}


def transcribe(path: Path, engine: Transcriber, language: str, vocabulary: Sequence[str] = ()) -> Transcript:
    """Transcribe one file in its study's language, with the study's vocabulary as prompt.

    Raises:
        UnreadableAudio: the file cannot be decoded.
        TranscriptionError: the engine failed.
    """
    outcomes: list[Outcome] = []
    transcribe_batch([path], engine, language, vocabulary, lambda _, outcome: outcomes.append(outcome))
    if isinstance(outcomes[0], Exception):
        raise outcomes[0]
    return outcomes[0]


def transcribe_batch(
    paths: Sequence[Path], engine: Transcriber, language: str, vocabulary: Sequence[str], keep: Keep
) -> None:
    """Transcribe many files. `keep(index, outcome)` is called in the calling thread as each one is finished.

    A file that fails has its exception as outcome, and harms no other. Whatever interrupts this call (Ctrl-C, or an
    exception out of `keep`) ends the work after the windows in hand; what was finished by then is kept.
    """
    prompt = f"{', '.join(vocabulary)}." if vocabulary else None
    provenance = {"version": __version__, "language": language, "vocabulary": list(vocabulary), **engine.provenance}
    batch = _Batch(paths, engine, language, prompt, provenance)
    threads = [Thread(target=batch.work, daemon=True) for _ in range(engine.workers)]
    for thread in threads:
        thread.start()
    try:
        for _ in paths:
            keep(*batch.finished.get())
    finally:
        batch.stop()
        for thread in threads:
            thread.join()
        while not batch.finished.empty():  # finished while the threads came to their end
            keep(*batch.finished.get())


@dataclass(eq=False, slots=True)
class _Recording:
    """A file of the batch; `hearing` is None before it is opened."""

    index: int
    path: Path
    hearing: Hearing | None = None
    is_finished: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class _Waiting:
    """A window that waits to be heard."""

    recording: _Recording
    hearing: Hearing
    number: int
    window: Window


class _Batch:
    """What the threads share: files to open or to read on, windows that wait, and what is finished."""

    def __init__(
        self,
        paths: Sequence[Path],
        engine: Transcriber,
        language: str,
        prompt: str | None,
        provenance: Mapping[str, object],
    ) -> None:
        self.finished: SimpleQueue[tuple[int, Outcome]] = SimpleQueue()
        self._engine, self._language, self._prompt, self._provenance = engine, language, prompt, provenance
        self._change = Condition()
        self._to_read = deque(_Recording(index, path) for index, path in enumerate(paths))
        self._reading = 0  # threads that are at a file
        self._waiting: list[_Waiting] = []  # the oldest first
        self._stopped = False

    def stop(self) -> None:
        """Let every thread end after what it has in hand."""
        with self._change:
            self._stopped = True
            self._change.notify_all()

    def work(self) -> None:
        """A thread's whole life."""
        while (task := self._next()) is not None:
            if isinstance(task, _Recording):
                self._read_on(task)
            else:
                self._hear(task)

    def _next(self) -> _Recording | list[_Waiting] | None:
        """What is most useful now: a file to read on, windows to hear, or None when nothing is left."""
        enough = WAITING_BATCHES * self._engine.together * self._engine.workers
        with self._change:
            while not self._stopped:
                if self._to_read and len(self._waiting) < enough:
                    self._reading += 1
                    return self._to_read.popleft()
                if self._waiting:
                    return self._take()
                if not self._reading:
                    return None
                self._change.wait()
            return None

    def _take(self) -> list[_Waiting]:
        """The oldest window and those nearest to it in length; near the end a fair share, so that no core idles."""
        share = math.ceil(len(self._waiting) / self._engine.workers)
        oldest = len(self._waiting[0].window.samples)
        alike = sorted(self._waiting, key=lambda waiting: abs(len(waiting.window.samples) - oldest))
        taken = alike[: min(self._engine.together, share)]
        for waiting in taken:
            self._waiting.remove(waiting)
        return taken

    def _read_on(self, recording: _Recording) -> None:
        """Get the next window of a file."""
        found: _Waiting | None = None
        failure: Exception | None = None
        try:
            hearing = recording.hearing = recording.hearing or Hearing(recording.path)
            if (numbered := hearing.next_window()) is not None:
                found = _Waiting(recording, hearing, *numbered)
        except Exception as error:  # whatever is wrong with a file ends that file alone
            failure = error
        with self._change:
            self._reading -= 1
            if failure is not None:
                self._finish(recording, failure)
            elif found is None:
                self._finish_if_whole(recording)
            elif not recording.is_finished:
                self._waiting.append(found)
                self._to_read.appendleft(recording)  # the file that is open goes on before another is opened
            self._change.notify_all()

    def _hear(self, batch: list[_Waiting]) -> None:
        """Let the engine hear windows; where it fails, each one alone, so that the others do not suffer for it."""
        samples = [waiting.window.samples for waiting in batch]
        try:
            heard = self._engine.hear(samples, self._language, self._prompt)
        except Exception as error:
            if len(batch) > 1:
                for waiting in batch:
                    self._hear([waiting])
                return
            self._give_up(batch[0], error)
            return
        with self._change:
            for waiting, what in zip(batch, heard, strict=True):
                waiting.hearing.add(waiting.number, waiting.window.start, what)
                self._finish_if_whole(waiting.recording)

    def _give_up(self, waiting: _Waiting, error: Exception) -> None:
        if isinstance(error, RuntimeError | ValueError):  # what CTranslate2 and torch raise
            way_out = "Run again; if it stays so, try the other engine."
            error = TranscriptionError(f"The engine failed at {waiting.window.start:.0f} seconds ({error}).", way_out)
        with self._change:
            self._finish(waiting.recording, error)

    def _finish_if_whole(self, recording: _Recording) -> None:
        if recording.hearing is not None and recording.hearing.is_whole:
            self._finish(recording, recording.hearing.transcript(self._language, self._provenance))

    def _finish(self, recording: _Recording, outcome: Outcome) -> None:
        """Hand a recording over, once; what still waits of it is dropped. Called with the lock held."""
        if recording.is_finished:
            return
        recording.is_finished = True
        recording.hearing = None
        self._waiting = [waiting for waiting in self._waiting if waiting.recording is not recording]
        self.finished.put((recording.index, outcome))
