"""A file becomes a waveform, block by block: any container, rate and channel count to 16 kHz mono float32.

soundfile reads first (wav, flac, ogg/opus, mp3); PyAV reads what it cannot (m4a, mp4, webm). Memory stays bounded
whatever the length, because nothing here ever holds more than a block.
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np
import numpy.typing as npt
import soundfile

from voicepulse.errors import AudioTooLong, SilentAudio, UnreadableAudio
from voicepulse.settings import SAMPLE_RATE

Waveform = npt.NDArray[np.float32]  # (samples,), 16 kHz, -1 to 1

BLOCK_SECONDS = 10.0
SILENT_PEAK = 10 ** (-60 / 20)  # a file that never gets louder than -60 dBFS holds no speech
SHORTEST_SECONDS = 0.2
EXTENSIONS = {
    "WAV": "wav",
    "WAVEX": "wav",
    "FLAC": "flac",
    "OGG": "ogg",
    "MPEG": "mp3",
    "MP3": "mp3",
    "AIFF": "aiff",
    "W64": "w64",
}
_PYAV_EXTENSIONS = {
    "mov,mp4,m4a,3gp,3g2,mj2": "m4a",
    "matroska,webm": "webm",
    "mp3": "mp3",
    "ogg": "ogg",
    "wav": "wav",
    "aac": "aac",
}


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What decoding a whole file found. `extension` is named by the decoder, never by the file."""

    seconds: float
    peak: float  # 0 to 1
    extension: str


def decode_blocks(path: Path, block_seconds: float = BLOCK_SECONDS) -> Iterator[Waveform]:
    """Yield the file as blocks of (at most) `block_seconds`, 16 kHz mono.

    Raises:
        UnreadableAudio: neither decoder can read it, or it breaks off.
    """
    chunks = _soundfile_chunks(path) if _is_soundfile(path) else _pyav_chunks(path)
    size = int(block_seconds * SAMPLE_RATE)
    pending: list[Waveform] = []
    held = 0
    for chunk in chunks:
        pending.append(chunk)
        held += len(chunk)
        if held >= size:
            joined = np.concatenate(pending)
            whole = held - held % size
            for start in range(0, whole, size):
                yield joined[start : start + size]
            pending, held = [joined[whole:]], held - whole
    if held:
        yield np.concatenate(pending)


def decode(path: Path) -> Waveform:
    """The whole file as one waveform; for answers, not for archives."""
    blocks = list(decode_blocks(path))
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)


def inspect(path: Path, max_seconds: float) -> AudioInfo:
    """Decode a file once, to learn whether it can be used as an answer.

    Raises:
        UnreadableAudio: no audio, truncated, empty.
        AudioTooLong: longer than `max_seconds`; decoding stops there.
        SilentAudio: nothing in it is louder than -60 dBFS.
    """
    if path.stat().st_size == 0:
        raise UnreadableAudio("The file is empty (0 bytes).", "Record or copy it again.")
    extension = _extension(path)
    if _is_cut_short(path, extension):
        raise UnreadableAudio("The file is cut short: its end is missing.", "Copy it again.")
    samples, peak = 0, 0.0
    for block in decode_blocks(path):
        samples += len(block)
        peak = max(peak, float(np.abs(block).max(initial=0.0)))
        if samples > max_seconds * SAMPLE_RATE:
            raise AudioTooLong(
                f"The file is longer than {max_seconds:.0f} seconds.",
                "Cut it into answers, or raise max_answer_seconds in study.toml.",
            )
    seconds = samples / SAMPLE_RATE
    if seconds < SHORTEST_SECONDS:
        raise UnreadableAudio(f"The file holds only {seconds:.2f} seconds of sound.", "Record or copy it again.")
    if peak < SILENT_PEAK:
        raise SilentAudio("The file is silent throughout.", "Check the microphone and record it again.")
    return AudioInfo(seconds, peak, extension)


def _is_soundfile(path: Path) -> bool:
    try:
        soundfile.info(path)
    except (soundfile.LibsndfileError, RuntimeError):
        return False
    return True


def _extension(path: Path) -> str:
    if _is_soundfile(path):
        return EXTENSIONS.get(soundfile.info(path).format, "audio")
    with _open_pyav(path) as container:
        return _PYAV_EXTENSIONS.get(container.format.name, "audio")


def _is_cut_short(path: Path, extension: str) -> bool:
    """Whether a WAV or an Ogg ends before it says it does; libsndfile reads such a file without complaint."""
    with path.open("rb") as file:
        if extension == "wav":
            return _wav_data_end(file) > path.stat().st_size
        return extension == "ogg" and _ogg_last_page_end(file) > path.stat().st_size


def _wav_data_end(file: BinaryIO) -> int:
    """Where the samples of a RIFF file should end; 0 where it does not say (a stream that was never closed)."""
    at = 12
    while True:
        file.seek(at)
        header = file.read(8)
        if len(header) < 8:
            return 0
        name, size = struct.unpack("<4sI", header)
        if name == b"data":
            return 0 if size in (0, 0xFFFFFFFF) else at + 8 + size
        at += 8 + size + size % 2


def _ogg_last_page_end(file: BinaryIO) -> int:
    """Where the last page of an Ogg file should end (RFC 3533: 27 bytes of header, a table of lengths, the data)."""
    size = file.seek(0, 2)
    start = max(0, size - 2 * 65_307)  # a page is no longer than that
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0 or len(tail) < at + 27:
        return size + 1
    segments = tail[at + 26]
    table = tail[at + 27 : at + 27 + segments]
    return start + at + 27 + segments + sum(table) if len(table) == segments else size + 1


def _soundfile_chunks(path: Path) -> Iterator[Waveform]:
    with soundfile.SoundFile(path) as file:
        announced, got = file.frames, 0
        resampler = _Resampler(file.samplerate)
        try:
            while len(frames := file.read(int(BLOCK_SECONDS * file.samplerate), dtype="float32", always_2d=True)):
                got += len(frames)  # frames: (samples, channels)
                yield from resampler.push(frames.mean(axis=1))
        except soundfile.LibsndfileError as error:
            raise UnreadableAudio(
                f"The file breaks off after {got / file.samplerate:.1f} seconds ({error}).", "Copy it again."
            ) from error
        if announced and got < announced * 0.99:
            raise UnreadableAudio(f"The file breaks off after {got / file.samplerate:.1f} seconds.", "Copy it again.")
        yield from resampler.flush()


class _Resampler:
    """Blocks of mono float32 at any rate to blocks at 16 kHz; PyAV's resampler keeps its state from block to block."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.resampler = (
            None if rate == SAMPLE_RATE else av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
        )

    def push(self, samples: Waveform) -> Iterator[Waveform]:
        if self.resampler is None:
            yield samples.astype(np.float32)
            return
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples[None, :], dtype=np.float32), format="flt", layout="mono"
        )
        frame.sample_rate = self.rate
        for resampled in self.resampler.resample(frame):
            yield _mono(resampled)

    def flush(self) -> Iterator[Waveform]:
        if self.resampler is not None:
            for resampled in self.resampler.resample(None):
                yield _mono(resampled)


def _mono(frame: av.AudioFrame) -> Waveform:
    return np.ascontiguousarray(frame.to_ndarray().reshape(-1), dtype=np.float32)


def _open_pyav(path: Path) -> av.container.InputContainer:
    try:
        container = av.open(str(path), mode="r")
    except (av.FFmpegError, ValueError, OSError) as error:
        raise UnreadableAudio(
            "The file is no audio that can be read here, or it is damaged.",
            "Use wav, flac, mp3, ogg/opus, m4a, mp4 or webm.",
        ) from error
    if not container.streams.audio:
        container.close()
        raise UnreadableAudio("The file has no sound track.", "Use wav, flac, mp3, ogg/opus, m4a, mp4 or webm.")
    return container


def _pyav_chunks(path: Path) -> Iterator[Waveform]:
    with _open_pyav(path) as container, warnings.catch_warnings():
        resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
        got = 0
        try:
            for frame in container.decode(audio=0):
                for resampled in resampler.resample(frame):
                    got += resampled.samples
                    yield _mono(resampled)
        except av.FFmpegError as error:
            raise UnreadableAudio(
                f"The file breaks off after {got / SAMPLE_RATE:.1f} seconds.", "Copy it again."
            ) from error
        for resampled in resampler.resample(None):
            yield _mono(resampled)
        announced = (
            container.duration or 0
        ) / av.time_base  # microseconds -> seconds; 0 where the container does not say
        if announced and got / SAMPLE_RATE < announced * 0.9 - 0.5:
            raise UnreadableAudio(f"The file breaks off after {got / SAMPLE_RATE:.1f} seconds.", "Copy it again.")
