from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from tests.conftest import tone
from voicepulse.audio.decode import decode, decode_blocks, inspect
from voicepulse.audio.encode import encode_mp3
from voicepulse.errors import AudioTooLong, SilentAudio, UnreadableAudio

Wav = Callable[..., Path]


def write_with_pyav(path: Path, codec: str, rate: int, seconds: float = 2.0) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone(seconds, rate)[None, :], format="fltp", layout="mono")
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return path


@pytest.mark.parametrize(("rate", "channels"), [(8_000, 2), (16_000, 1), (44_100, 2), (96_000, 6)])
@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_any_rate_and_channel_count_becomes_16_khz_mono(wav: Wav, rate: int, channels: int, suffix: str) -> None:
    path = wav(f"tone.{suffix}", 2.0, rate, channels)
    samples = decode(path)
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(32_000, abs=200)
    expected = tone(2.0)[: len(samples)]
    assert np.corrcoef(samples[: len(expected)], expected)[0, 1] > 0.98


@pytest.mark.parametrize(
    ("name", "codec", "rate"), [("a.m4a", "aac", 44_100), ("a.mp4", "aac", 48_000), ("a.webm", "libopus", 48_000)]
)
def test_containers_of_phones_and_browsers(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    info = inspect(write_with_pyav(tmp_path / name, codec, rate), 60)
    assert info.seconds == pytest.approx(2.0, abs=0.15)
    assert info.extension == {"a.m4a": "m4a", "a.mp4": "m4a", "a.webm": "webm"}[name]


@pytest.mark.parametrize(
    ("suffix", "options"), [("mp3", {}), ("ogg", {}), ("opus", {"format": "OGG", "subtype": "OPUS"})]
)
def test_compressed_files(wav: Wav, suffix: str, options: dict[str, str]) -> None:
    assert inspect(wav(f"a.{suffix}", 2.0, 48_000, **options), 60).seconds == pytest.approx(2.0, abs=0.1)


def test_the_format_comes_from_the_content_and_not_from_the_name(wav: Wav, tmp_path: Path) -> None:
    flac = wav("a.flac")
    disguised = tmp_path / "a.exe"
    flac.rename(disguised)
    assert inspect(disguised, 60).extension == "flac"


def truncate(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def test_bad_files_are_named_with_a_way_out_and_no_foreign_error_leaks(wav: Wav, tmp_path: Path) -> None:
    empty = tmp_path / "empty.wav"
    empty.touch()
    text = tmp_path / "text.wav"
    text.write_text("This is no sound at all. " * 100)
    noise = tmp_path / "noise.mp3"
    noise.write_bytes(np.random.default_rng(1).bytes(5000))
    cut = wav("cut.flac", 20.0)
    truncate(cut, 0.5)
    cut_m4a = write_with_pyav(tmp_path / "cut.m4a", "aac", 44_100, 20)
    truncate(cut_m4a, 0.5)
    for path in (empty, text, noise, cut, cut_m4a, wav("short.wav", 0.05)):
        with pytest.raises(UnreadableAudio) as caught:
            inspect(path, 60)
        assert caught.value.way_out, path


@pytest.mark.parametrize(
    ("suffix", "options"),
    [("wav", {}), ("flac", {}), ("mp3", {}), ("ogg", {}), ("opus", {"format": "OGG", "subtype": "OPUS"})],
)
@pytest.mark.parametrize("share", [0.3, 0.5, 0.97])
def test_a_file_that_was_cut_short_is_refused(wav: Wav, suffix: str, options: dict[str, str], share: float) -> None:
    path = wav(f"cut.{suffix}", 20.0, 48_000, **options)
    assert inspect(path, 60).seconds == pytest.approx(20, abs=0.1)
    truncate(path, share)
    with pytest.raises(UnreadableAudio):
        inspect(path, 60)


def test_silence_and_too_long(tmp_path: Path, wav: Wav) -> None:
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(32_000), 16_000)
    with pytest.raises(SilentAudio):
        inspect(silent, 60)
    with pytest.raises(AudioTooLong, match="longer than 1 seconds"):
        inspect(wav("long.wav", 5.0), 1)


def test_blocks_joined_are_the_whole(wav: Wav) -> None:
    path = wav("a.wav", 7.3, 44_100)
    blocks = list(decode_blocks(path, 1.0))
    assert all(len(block) == 16_000 for block in blocks[:-1])
    assert np.array_equal(np.concatenate(blocks), decode(path))


def test_mp3_for_the_report_keeps_the_length(wav: Wav, tmp_path: Path) -> None:
    target = tmp_path / "a.mp3"
    target.write_bytes(encode_mp3(wav("a.flac", 5.0, 48_000)))
    assert inspect(target, 60).seconds == pytest.approx(5.0, abs=0.1)
    assert target.stat().st_size < 5 * 48_000 / 8  # under 48 kbit/s


LONG = """
import resource, sys
import numpy as np, soundfile
from pathlib import Path
from voicepulse.audio.decode import decode_blocks, inspect
from voicepulse.audio.voice_activity import speech_windows
path = Path(sys.argv[1])
speech, rate = soundfile.read(sys.argv[2], dtype="float32")
minute = np.zeros(60 * rate, dtype="float32")
minute[: len(speech)] = speech[: len(minute)]
with soundfile.SoundFile(path, "w", rate, 1, "PCM_16") as file:
    for _ in range(60):
        file.write(minute)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
next(iter(speech_windows([minute[: 16000 * 10]])), None)  # the model itself is not the recording's memory
loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert abs(inspect(path, 4000).seconds - 3600) < 1
windows = longest = 0
for window in speech_windows(decode_blocks(path)):
    windows += 1
    longest = max(longest, len(window.samples))
print(windows, longest / 16000, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - loaded) / 1024)
"""


@pytest.mark.model
def test_an_hour_is_cut_into_windows_in_bounded_memory(tmp_path: Path) -> None:
    from tests.conftest import DEMO

    speech = DEMO / "answers" / "q1-s1.ogg"
    ran = subprocess.run(
        [sys.executable, "-c", LONG, str(tmp_path / "hour.wav"), str(speech)],
        capture_output=True,
        text=True,
        check=True,
    )
    windows, longest, grown = (float(word) for word in ran.stdout.split())
    assert windows >= 60  # the answer is spoken sixty times
    assert longest <= 30
    assert grown < 200  # MiB; the hour itself is 230 as float32
