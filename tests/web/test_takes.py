"""Sound that comes in by chunks: whatever was confirmed is on disk, and a take goes on where it was."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
from filelock import FileLock
from starlette.testclient import TestClient

from benchmarks.serving import as_webm
from tests.conftest import DEMO
from tests.web.conftest import Served, csrf_of
from voicepulse.audio.decode import decode
from voicepulse.pipeline import ingest
from voicepulse.settings import SAMPLE_RATE
from voicepulse.storage.uploads import SUFFIX
from voicepulse.web.speaker import takes

TAKE = "0123456789abcdef" * 2


@pytest.fixture(scope="module")
def sound() -> bytes:
    """Four seconds of an answer, as Chrome records it."""
    return as_webm(decode(DEMO / "answers" / "q1-s1.ogg")[: 4 * SAMPLE_RATE])


class Browser:
    """A speaker's browser that uploads."""

    def __init__(self, served: Served, speaker: str = "s1") -> None:
        self.client, self.home = served.enter(speaker)
        self.headers = {"X-CSRF-Token": csrf_of(self.client.get(self.home).text)}

    def ask(self, method: str, path: str = "", take: str = TAKE, **more: object):  # type: ignore[no-untyped-def]
        headers = self.headers | more.pop("headers", {})  # type: ignore[operator]
        return self.client.request(method, f"{self.home}/takes/{take}{path}", headers=headers, **more)  # type: ignore[arg-type]

    def begin(self, question: str = "q1", take: str = TAKE):  # type: ignore[no-untyped-def]
        return self.ask("PUT", take=take, json={"question": question})

    def send(self, data: bytes, offset: int, take: str = TAKE):  # type: ignore[no-untyped-def]
        return self.ask("PATCH", take=take, content=data, headers={"Upload-Offset": str(offset)})

    def finish(self, size: int, take: str = TAKE):  # type: ignore[no-untyped-def]
        return self.ask("POST", "/finish", take=take, json={"size": size})


def takes_on_disk(served: Served) -> list[Path]:
    return sorted(served.opened.folder.takes.glob(f"*{SUFFIX}"))


def test_an_answer_in_chunks_is_kept_as_it_was_sent_and_understood(served: Served, sound: bytes) -> None:
    browser = Browser(served)
    assert browser.begin().json() == {"offset": 0, "kept": False}
    third = len(sound) // 3
    assert browser.send(sound[:third], 0).json()["offset"] == third
    assert browser.send(sound[third:], third).json()["offset"] == len(sound)
    assert browser.finish(len(sound)).json() == {"offset": len(sound), "kept": True}
    (recording,) = served.opened.store.current_recordings("w1")
    kept = recording.audio_path(served.opened.folder.audio)
    assert kept.read_bytes() == sound
    assert (recording.speaker, recording.question, recording.extension) == ("s1", "q1", "webm")
    assert recording.digest == hashlib.sha256(sound).hexdigest()
    assert takes_on_disk(served) == []
    served.settle()
    assert served.instruments.reader.read_texts == ["I would build alpha because the money is there"]


def test_what_was_confirmed_is_told_and_a_wrong_offset_changes_nothing(served: Served, sound: bytes) -> None:
    browser = Browser(served)
    browser.begin()
    browser.send(sound[:1000], 0)
    for wrong in (0, 999, 1001, 5000):
        told = browser.send(b"x" * 10, wrong)
        assert (told.status_code, told.json()) == (409, {"offset": 1000, "kept": False})
    assert browser.ask("GET").json() == {"offset": 1000, "kept": False}
    assert browser.begin().json()["offset"] == 1000  # begun again, after a reload
    assert takes_on_disk(served)[0].read_bytes() == sound[:1000]
    assert browser.finish(len(sound)).status_code == 409  # it is not all here


def test_finishing_twice_keeps_one_answer(served: Served, sound: bytes) -> None:
    browser = Browser(served)
    browser.begin()
    browser.send(sound, 0)
    assert browser.finish(len(sound)).json()["kept"]
    assert browser.finish(len(sound)).json()["kept"]
    assert len(served.opened.store.recordings()) == 1
    assert browser.send(b"more", len(sound)).status_code == 410
    assert browser.ask("DELETE").status_code == 409


def test_a_take_that_is_recorded_again_is_deleted(served: Served, sound: bytes) -> None:
    browser = Browser(served)
    browser.begin()
    browser.send(sound[:500], 0)
    assert browser.ask("DELETE").status_code == 204
    assert takes_on_disk(served) == []
    assert browser.ask("GET").status_code == 404


def test_what_safari_records_is_taken_too(served: Served, tmp_path: Path) -> None:
    """Fragmented MP4 with AAC, as Safari's MediaRecorder writes it."""
    samples = np.repeat(decode(DEMO / "answers" / "q1-s2.ogg")[: 3 * SAMPLE_RATE], 3)
    path = tmp_path / "safari.mp4"
    with av.open(
        path, "w", format="mp4", options={"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    ) as container:
        stream = container.add_stream("aac", rate=48_000, layout="mono")
        for start in range(0, len(samples), 1024):
            block = samples[None, start : start + 1024].astype(np.float32)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 48_000, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    data, browser = path.read_bytes(), Browser(served)
    browser.begin()
    browser.send(data, 0)
    assert browser.finish(len(data)).json()["kept"]
    (recording,) = served.opened.store.recordings()
    assert recording.extension == "m4a"
    assert recording.seconds == pytest.approx(3, abs=0.1)


def test_what_is_cut_off_in_mid_sentence_is_still_an_answer(served: Served, sound: bytes) -> None:
    """A recording that a reload cut off ends anywhere in a cluster."""
    browser = Browser(served)
    browser.begin()
    half = sound[: len(sound) // 2 + 137]
    browser.send(half, 0)
    assert browser.finish(len(half)).json()["kept"]
    assert served.opened.store.recordings()[0].seconds > 1


def test_a_restart_finishes_what_was_confirmed_before(serve: Callable[..., Served], sound: bytes) -> None:
    """Kept and not yet transcribed: the next server finds it in the database."""
    served = serve()
    browser = Browser(served)
    served.site.backroom.stop()
    browser.begin()
    browser.send(sound, 0)
    browser.finish(len(sound))
    assert served.instruments.reader.read_texts == []
    from voicepulse.backroom import Backroom

    after = Backroom(lambda: served.opened, served.instruments)  # type: ignore[arg-type]
    after.start()
    served.site.backroom = after
    served.settle()
    after.stop()
    assert served.instruments.reader.read_texts == ["I would build alpha because the money is there"]


def test_the_sweep_deletes_what_nobody_finished_and_files_of_nobody(
    served: Served, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(served)
    browser.begin()
    browser.send(sound[:100], 0)
    (served.opened.folder.takes / f"nobody{SUFFIX}").write_bytes(b"left by a crash")
    takes.sweep(served.opened)
    assert len(takes_on_disk(served)) == 1  # somebody may come back for it
    monkeypatch.setattr(takes, "KEPT_UNFINISHED", -takes.KEPT_UNFINISHED)
    takes.sweep(served.opened)
    assert takes_on_disk(served) == []
    assert browser.ask("GET").status_code == 404


def test_a_disk_that_is_full_is_told_and_leaves_what_was_confirmed(
    served: Served, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(served)
    browser.begin()
    browser.send(sound[:1000], 0)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(takes.os, "fsync", full)
        assert browser.send(sound[1000:2000], 1000).status_code == 507
    assert browser.ask("GET").json()["offset"] == 1000
    assert browser.send(sound[1000:2000], 1000).json()["offset"] == 2000


def test_one_speaker_fills_no_disk(served: Served) -> None:
    browser = Browser(served)
    for number in range(takes.MOST_UNFINISHED + 3):
        assert browser.begin(take=f"{number:032x}").status_code == 200
        browser.send(b"x" * 100, 0, take=f"{number:032x}")
    assert len(takes_on_disk(served)) == takes.MOST_UNFINISHED


def test_a_page_without_its_token_changes_nothing(served: Served) -> None:
    browser = Browser(served)
    assert isinstance(browser.client, TestClient)
    browser.headers = {}
    assert browser.begin().status_code == 403
    browser.headers = {"X-CSRF-Token": "0" * 64}
    assert browser.begin().status_code == 403
    assert served.opened.store.uploads.all() == []


def test_a_finish_that_was_sent_again_before_it_was_answered_is_told_that_it_is_kept(
    served: Served, sound: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the first answer takes longer than the browser's patience."""
    browser = Browser(served)
    browser.begin()
    browser.send(sound, 0)
    keep = takes.keep_answer

    def slowly(*of: object, **more: object) -> object:
        time.sleep(0.5)
        return keep(*of, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(takes, "keep_answer", slowly)
    with ThreadPoolExecutor(3) as pool:
        told = [sent.result() for sent in [pool.submit(browser.finish, len(sound)) for _ in range(3)]]
    assert [(one.status_code, one.json()["kept"]) for one in told] == [(200, True)] * 3
    assert len(served.opened.store.recordings()) == 1


def test_a_take_of_an_earlier_wave_is_no_answer_of_this_one(served: Served, sound: bytes) -> None:
    browser = Browser(served)
    browser.begin()
    browser.send(sound, 0)
    file = served.opened.folder.study_file
    file.write_text(file.read_text().replace('wave = "w1"', 'wave = "w2"'))
    browser = Browser(served)  # by a new link, which is of the new wave
    assert browser.begin().status_code == 409
    assert browser.finish(len(sound)).status_code == 410
    assert served.opened.store.recordings() == []


def test_a_folder_that_is_taken_in_holds_up_no_speaker(served: Served, tmp_path: Path) -> None:
    """The lock is held for one file, not for the folder."""
    for number in range(1, 4):
        (tmp_path / f"q1-s{number}.txt").write_text(f"alpha because {number}")
    free = []

    def look(*_: object) -> None:
        lock = FileLock(served.opened.folder.intake_lock)
        lock.acquire(timeout=0)
        free.append(True)
        lock.release()

    assert len(ingest(served.opened, [tmp_path], None, look).added) == 3
    assert len(free) == 4
