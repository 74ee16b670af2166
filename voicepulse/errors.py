"""Every error that VoicePulse raises on purpose.

VoicePulseError
├── StudyError            study.toml is missing or wrong
├── AudioError            a file cannot be used as a recording
│   ├── UnreadableAudio   not audio, truncated, or in a format nothing here decodes
│   ├── SilentAudio       nothing in it is loud enough to be speech
│   └── AudioTooLong      longer than the study allows
├── MicrophoneError       no PortAudio, no device, or the device gave up
├── IngestError           a file cannot be matched to a question and a speaker
├── ModelError            weights are missing, cannot be fetched, or are not what the catalog says
├── TranscriptionError    an engine failed on a recording
├── ReaderError           a reader cannot read this answer (for instance its language)
│   └── ReaderUnavailable the language model that was asked did not answer; another reader may
├── AccessError           an account or a link cannot be made or used
└── StorageError          the study's database cannot be used

Each carries what happened and the way out; the command line prints both and never a traceback.
"""

from __future__ import annotations


class VoicePulseError(Exception):
    """What happened, and what the person in front of the screen can do about it."""

    def __init__(self, what: str, way_out: str = "") -> None:
        super().__init__(f"{what} {way_out}".strip())
        self.what = what
        self.way_out = way_out


class StudyError(VoicePulseError):
    """The study file is missing, malformed or contradicts itself."""


class AudioError(VoicePulseError):
    """A file cannot be used as a recording."""


class UnreadableAudio(AudioError):
    """Neither soundfile nor PyAV can decode the file."""


class SilentAudio(AudioError):
    """Nothing in the file is loud enough to be speech."""


class AudioTooLong(AudioError):
    """The file is longer than an answer may be."""


class MicrophoneError(VoicePulseError):
    """No PortAudio, no such device, or the device stopped."""


class IngestError(VoicePulseError):
    """A file cannot be matched to a question and a speaker."""


class ModelError(VoicePulseError):
    """Weights are missing, cannot be fetched, or differ from the catalog."""


class TranscriptionError(VoicePulseError):
    """An engine failed on a recording."""


class ReaderError(VoicePulseError):
    """A reader cannot read an answer."""


class ReaderUnavailable(ReaderError):
    """The language model that was asked did not answer, or not with what was asked for."""


class AccessError(VoicePulseError):
    """An account or a speaker's link cannot be made or used."""


class StorageError(VoicePulseError):
    """The study's database cannot be used."""
