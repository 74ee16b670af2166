"""`voicepulse doctor`: what works on this machine, and how to get the rest."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil

import typer
from rich.text import Text

NEEDED = ("av", "ctranslate2", "faster_whisper", "soundfile", "spacy", "torch", "transformers", "whisper")


def doctor() -> None:
    """Check Python, packages, weights, decoders, the microphone and the disk. Exits with 1 if a run could not work."""
    from voicepulse import __version__
    from voicepulse.audio.microphone import input_devices
    from voicepulse.checkpoints.catalog import catalog
    from voicepulse.checkpoints.store import WeightsFolder
    from voicepulse.cli.console import screen
    from voicepulse.errors import MicrophoneError
    from voicepulse.settings import settings

    failed = False

    def line(good: bool, what: str, way_out: str = "", needed: bool = True) -> None:
        nonlocal failed
        failed = failed or (needed and not good)
        mark = ("ok  ", "green") if good else ("no  ", "red" if needed else "yellow")
        screen.print(Text.assemble(mark, what, (f"  {way_out}" if way_out and not good else "", "dim")))

    screen.print(
        Text(
            f"VoicePulse {__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
        )
    )
    for package in NEEDED:
        line(
            importlib.util.find_spec(package) is not None,
            f"package {package}",
            "Install VoicePulse again: pip install voicepulse",
        )
    weights = WeightsFolder(settings().models)
    for model in catalog().values():
        needed = (model.default and model.role != "reader") or settings().reader == model.name
        needed = needed or (settings().engine == "openai-whisper" and model.role == "transcriber")
        line(
            weights.installed(model.name) is not None,
            f"weights {model.name} ({model.role})",
            f"voicepulse models pull {model.name}",
            needed,
        )
    if settings().reader_url or settings().reader == "server":
        line(*_server(settings().reader_url, settings().reader_key), needed=settings().reader == "server")
    try:
        devices = input_devices()
        line(
            bool(devices),
            f"microphone: {devices[0].name if devices else 'none'}",
            "Connect one; ingest works without.",
            needed=False,
        )
    except MicrophoneError as error:
        line(False, f"microphone: {error.what}", error.way_out, needed=False)
    free = shutil.disk_usage(settings().models if settings().models.exists() else "/").free
    line(free > 1e9, f"disk: {free / 1e9:.0f} GB free", "Free some; weights need 0.5 GB, with the language model 4 GB.")
    raise typer.Exit(1 if failed else 0)


def _server(url: str, key: str) -> tuple[bool, str, str]:
    """Whether the server that is named answers, what to print, and the way out."""
    import requests

    if not url:
        return False, "language model on a server", "Name it: VOICEPULSE_READER_URL=http://localhost:8080/v1"
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        requests.get(url.rstrip("/") + "/models", headers=headers, timeout=5, allow_redirects=False).raise_for_status()
    except requests.RequestException as error:
        way_out = "Start it, or correct VOICEPULSE_READER_URL; until then the embedded reader stands in."
        return False, f"language model at {url} ({type(error).__name__})", way_out
    return True, f"language model at {url}", ""
