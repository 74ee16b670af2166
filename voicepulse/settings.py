"""Paths, model names, thresholds, seed. The only reader of the environment (`VOICEPULSE_...`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from voicepulse.errors import VoicePulseError

CHECKOUT = Path(__file__).resolve().parent.parent
SAMPLE_RATE = 16_000  # hertz; what Whisper and the voice activity model expect


def shipped_models_folder() -> Path:
    """The folder that holds catalog.toml and the fitted reader: `models/` in a checkout, inside the package in a wheel."""
    checkout = CHECKOUT / "models"
    return checkout if (checkout / "catalog.toml").exists() else Path(__file__).parent / "_models"


def _default_weights_folder() -> Path:
    checkout = CHECKOUT / "models"
    return checkout if (checkout / "catalog.toml").exists() else platformdirs.user_data_path("voicepulse") / "models"


class Thresholds(BaseSettings):
    """The verdict's thresholds. They stand here, and in the report, and nowhere else."""

    model_config = SettingsConfigDict(env_prefix="VOICEPULSE_THRESHOLD_", frozen=True)

    unresolved_share: float = 0.5  # at least this share qualified, escalating or undecided: unresolved
    open_share: float = 0.75  # the largest choice under this share: open misalignment
    hidden_share: float = 0.6  # under this share of the largest choice with one primary reason: hidden misalignment
    high_band: float = 0.75  # at least this share in the largest cluster: high
    moderate_band: float = 0.5  # at least this share: moderate, else low
    first_impression_under: int = 5  # speakers
    unsure_confidence: float = 0.6  # a reading under this confidence is marked as unsure
    settled_stability: float = 0.6  # a verdict that fewer resamples give is not settled
    settled_misread: float = 0.15  # nor is one with a larger expected share of misread choices
    anonymous_counts_from: int = Field(default=5, ge=5)  # speakers, before counts are shown in anonymous mode
    anonymous_quotes_from: int = Field(default=10, ge=10)  # speakers, before quotes are shown in anonymous mode


class Settings(BaseSettings):
    """What a machine or a user can change without touching a study."""

    model_config = SettingsConfigDict(env_prefix="VOICEPULSE_", frozen=True)

    models: Path = Field(default_factory=_default_weights_folder)  # where weights are kept
    engine: Literal["short-answer", "faster-whisper", "openai-whisper"] = "short-answer"
    whisper: str = "whisper-base"  # name in the catalog
    beam_size: int = Field(
        default=5, ge=1
    )  # of a full window and of what is heard again; short pieces are decoded greedily
    reader: Literal["auto", "embedded", "language-model", "server"] = "auto"  # auto: the best that is there
    reader_url: str = ""  # of a server with OpenAI's chat API, ending in /v1; nothing is sent anywhere without it
    reader_model: str = ""  # what the server calls the model; most local servers need none
    reader_key: str = ""
    reader_seconds: float = Field(
        default=120.0, gt=0
    )  # the longest that one answer may take on the server, all attempts together
    reader_trust: float = Field(default=4.0, ge=1)  # how many times as often as wrong the server is taken to be right
    device: str = "cpu"
    workers: int = 0  # clips transcribed at once; 0 takes one per core, at most four
    seed: int = 20260401
    resamples: int = Field(default=1000, ge=1)  # for the verdict's stability
    max_answer_seconds: float = 900.0
    thresholds: Thresholds = Field(default_factory=Thresholds)

    @field_validator("reader_url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("must begin with http:// or https://, for instance http://localhost:8080/v1")
        if parts.username or parts.password:
            raise ValueError("must hold no password; put it into VOICEPULSE_READER_KEY")
        return url

    @property
    def reader_is_local(self) -> bool:
        """Whether the server that reads is this machine."""
        return urlsplit(self.reader_url).hostname in ("localhost", "127.0.0.1", "::1")


@cache
def settings() -> Settings:
    """The settings of this process, read once.

    Raises:
        VoicePulseError: a variable has a value that cannot be.
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = "; ".join(f"{'_'.join(str(part) for part in e['loc'])}: {e['msg']}" for e in error.errors())
        raise VoicePulseError(
            f"A VOICEPULSE_ setting cannot be used ({faults}).", "Correct or unset the variable."
        ) from error
