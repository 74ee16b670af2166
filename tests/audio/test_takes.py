"""A take survives whatever kills the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicepulse.audio import microphone
from voicepulse.audio.microphone import level, verdict_on_level
from voicepulse.audio.takes import Take, TakeInfo, TakeWriter, takes_of, unfinished_takes
from voicepulse.errors import MicrophoneError

INFO = TakeInfo("q1", "s1", "w1", 16_000)

SPEAKING = """
import sys, time
import numpy as np
from pathlib import Path
from voicepulse.audio.takes import TakeInfo, TakeWriter
with TakeWriter(Path(sys.argv[1]), TakeInfo("q1", "s1", "w1", 16000)) as writer:
    while True:
        writer.write(np.full(800, 1000, dtype=np.int16))
        print(writer.samples, flush=True)
        time.sleep(0.01)
"""


def test_kill_9_in_mid_recording_loses_less_than_a_second(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SPEAKING, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as speaking:
        assert speaking.stdout is not None
        written = 0
        deadline = time.monotonic() + 20
        while written < 24_000 and time.monotonic() < deadline:
            written = int(speaking.stdout.readline())
        os.kill(speaking.pid, signal.SIGKILL)
    (rescued,) = unfinished_takes(tmp_path, "s1")
    assert rescued.seconds >= written / 16_000 > 1
    target = tmp_path / "rescued.flac"
    rescued.save_as(target)
    samples, rate = soundfile.read(target, dtype="int16")
    assert rate == 16_000
    assert (samples == 1000).all()


def test_takes_never_share_a_name_and_belong_to_their_speaker(tmp_path: Path) -> None:
    paths = set()
    for _ in range(20):
        with TakeWriter(tmp_path, INFO) as writer:
            writer.write(np.ones(100, dtype=np.int16))
        paths.add(writer.path)
    assert len(paths) == 20
    assert unfinished_takes(tmp_path, "s2") == []
    assert len(takes_of(tmp_path, "s1")) == 40


def test_half_a_sample_at_the_end_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.pcm"
    path.write_bytes(np.array([1, 2, 3], dtype="<i2").tobytes() + b"\x07")
    assert Take(path, INFO).samples().tolist() == [1, 2, 3]


def test_the_level_is_told_in_words() -> None:
    assert verdict_on_level(level(np.zeros(10, dtype=np.int16))) == "no sound"
    assert verdict_on_level(level(np.full(10, 20, dtype=np.int16))) == "too quiet"
    assert verdict_on_level(level(np.full(10, 9000, dtype=np.int16))) == "good"
    assert verdict_on_level(level(np.full(10, -32768, dtype=np.int16))) == "clipping"


def test_a_device_is_chosen_by_its_number_before_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    devices = [microphone.Device(0, "HDA Intel (hw:1,0)", 48_000, True), microphone.Device(1, "USB", 48_000, False)]
    monkeypatch.setattr(microphone, "input_devices", lambda: devices)
    assert microphone.choose_device("1").name == "USB"
    assert microphone.choose_device("intel").number == 0
    assert microphone.choose_device(None).number == 0
    with pytest.raises(MicrophoneError, match="No microphone fits"):
        microphone.choose_device("nothing")
