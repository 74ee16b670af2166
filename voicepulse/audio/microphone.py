"""The microphone: sounddevice, loaded only when somebody records, for it needs PortAudio."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from voicepulse.audio.takes import Samples
from voicepulse.errors import MicrophoneError

BLOCK_SECONDS = 0.05
STALLED_SECONDS = 5.0
CLIPPING = 0.99
TOO_QUIET = 10 ** (-45 / 20)

_NO_PORTAUDIO = "Install it (Debian and Ubuntu: `apt install libportaudio2`; macOS: `brew install portaudio`), or record elsewhere and use `voicepulse ingest`."


@dataclass(frozen=True, slots=True)
class Device:
    """An input device; `number` is PortAudio's."""

    number: int
    name: str
    rate: int  # hertz
    is_default: bool


def _sounddevice() -> Any:
    try:
        import sounddevice
    except OSError as error:
        raise MicrophoneError("PortAudio is not installed, so the microphone cannot be used.", _NO_PORTAUDIO) from error
    return sounddevice


def input_devices() -> list[Device]:
    """All devices that can record.

    Raises:
        MicrophoneError: PortAudio is missing.
    """
    sounddevice = _sounddevice()
    try:
        default = sounddevice.default.device[0]
        listed = list(sounddevice.query_devices())
    except sounddevice.PortAudioError as error:
        raise MicrophoneError(f"The sound devices cannot be listed ({error}).", "Check the sound system.") from error
    return [
        Device(number, str(entry["name"]), int(entry["default_samplerate"]), number == default)
        for number, entry in enumerate(listed)
        if entry["max_input_channels"] > 0
    ]


def choose_device(wanted: str | None) -> Device:
    """The device with this number, or whose name holds these words; without them the default one.

    Raises:
        MicrophoneError: there is none, or none that fits.
    """
    devices = input_devices()
    if not devices:
        raise MicrophoneError(
            "There is no microphone.", "Connect one, or record elsewhere and use `voicepulse ingest`."
        )
    if wanted is None:
        return next((device for device in devices if device.is_default), devices[0])
    fitting = [d for d in devices if wanted == str(d.number)] or [
        d for d in devices if wanted.lower() in d.name.lower()
    ]
    if fitting:
        return fitting[0]
    names = "; ".join(f"{device.number}: {device.name}" for device in devices)
    raise MicrophoneError(f"No microphone fits '{wanted}'.", f"There are: {names}.")


@contextmanager
def listen(device: Device) -> Iterator[Iterator[Samples]]:
    """Open a device; yields an endless iterator of blocks of 16-bit mono samples, about 20 a second.

    Raises:
        MicrophoneError: it cannot be opened, or it stops delivering.
    """
    sounddevice = _sounddevice()
    arrived: queue.Queue[Samples] = queue.Queue()

    def arrive(data: Any, _frames: int, _time: Any, _status: Any) -> None:
        arrived.put(np.frombuffer(bytes(data), dtype=np.int16).copy())

    def blocks() -> Iterator[Samples]:
        while True:
            try:
                yield arrived.get(timeout=STALLED_SECONDS)
            except queue.Empty:
                raise MicrophoneError(
                    "The microphone stopped delivering sound.", "Check its cable; what was spoken so far is kept."
                ) from None

    try:
        stream = sounddevice.RawInputStream(
            device=device.number,
            channels=1,
            samplerate=device.rate,
            dtype="int16",
            latency="low",  # what is still in a buffer is lost when the process dies
            blocksize=int(BLOCK_SECONDS * device.rate),
            callback=arrive,
        )
        stream.start()
    except sounddevice.PortAudioError as error:
        raise MicrophoneError(
            f"The microphone '{device.name}' cannot be opened ({error}).", "Choose another with --device."
        ) from error
    try:
        yield blocks()
    finally:
        stream.close()


def play(samples: Samples, rate: int) -> None:
    """Play samples on the default output and wait for their end.

    Raises:
        MicrophoneError: there is nothing to play on.
    """
    sounddevice = _sounddevice()
    try:
        sounddevice.play(samples, rate, blocking=True)
    except sounddevice.PortAudioError as error:
        raise MicrophoneError(
            f"It cannot be played ({error}).", "Check the loudspeaker; the take is kept all the same."
        ) from error


def level(samples: Samples) -> float:
    """The peak of a block, 0 to 1."""
    return float(np.abs(samples.astype(np.int32)).max(initial=0)) / 32768


def verdict_on_level(peak: float) -> str:
    """What a microphone test found."""
    if peak == 0:
        return "no sound"
    if peak < TOO_QUIET:
        return "too quiet"
    return "clipping" if peak >= CLIPPING else "good"
