"""Answers small enough to travel inside a report: MP3, 16 kHz mono, at a constant rate so that every player seeks exactly."""

from __future__ import annotations

import io
from pathlib import Path

import soundfile

from voicepulse.audio.decode import decode
from voicepulse.settings import SAMPLE_RATE

_COMPRESSION = 0.9  # of libsndfile's 0 to 1; 32 kbit/s at 16 kHz: speech stays clear


def encode_mp3(path: Path) -> bytes:
    """A recording as MP3.

    Raises:
        UnreadableAudio: the file cannot be decoded.
    """
    target = io.BytesIO()
    soundfile.write(
        target,
        decode(path),
        SAMPLE_RATE,
        format="MP3",
        subtype="MPEG_LAYER_III",
        bitrate_mode="CONSTANT",
        compression_level=_COMPRESSION,
    )
    return target.getvalue()
