"""`voicepulse serve STUDY`: speakers answer in the browser, researchers review by ear, leaders read the report."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated

import typer

from voicepulse.cli.arguments import StudyPath

if TYPE_CHECKING:
    from voicepulse.workspace import OpenStudy


def serve(
    study: StudyPath,
    host: Annotated[str, typer.Option(help="The interface to listen on; this machine alone by default.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8080,
    address: Annotated[
        str | None, typer.Option(help="Where people reach it through a proxy, for instance https://voice.example.org")
    ] = None,
    proxy: Annotated[str, typer.Option(help="Where that proxy runs: its word on who asks is taken.")] = "127.0.0.1",
) -> None:
    """Serve a study's pages: a personal link for each speaker (`invite`), a desk for researchers, the report for leaders (`account`).

    It transcribes and reads what comes in. Ctrl-C ends it; whatever was confirmed is kept. To open it to a network: docs/serve.md.
    """
    from voicepulse.cli.console import screen
    from voicepulse.instruments import Instruments
    from voicepulse.web.server import run_server
    from voicepulse.web.site import Site, SiteOptions
    from voicepulse.workspace import open_study

    instruments = Instruments()
    _ = (
        instruments.transcriber_provenance,
        instruments.reader_provenances,
    )  # missing weights are told before anything begins
    _check_opening(host, address)
    with open_study(study) as opened, _only_one(opened), _listen(host, port) as listening:
        here = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
        site = Site(opened, instruments, SiteOptions(address or here, proxy))
        opened.store.set_address(address or here)
        screen.print(f"{opened.study.title}: {address or here}", markup=False, soft_wrap=True)
        _say_what_is_missing(opened)
        if address is not None and not site.options.is_secure:
            screen.print(
                "Without TLS browsers give no page a microphone, but on this machine: take an https:// address."
            )
        elif address is not None:
            screen.print(
                f"It listens on {here}; the proxy in front of it keeps the certificate (docs/serve.md).", markup=False
            )
        screen.print(
            f"Answers are read by {instruments.reader_label}. Ctrl-C ends it; nothing that was confirmed is lost."
        )
        sys.stdout.flush()
        ended = run_server(site, listening)
        screen.print("Ended. What was confirmed is kept; the same command goes on.")
    if not ended:  # a thread is deep in a model: what it works on is found again by the next start
        sys.stdout.flush()
        os._exit(0)


@contextmanager
def _only_one(opened: OpenStudy) -> Iterator[None]:
    """One server a study: two would write into one take.

    Raises:
        VoicePulseError: another serves it.
    """
    from filelock import FileLock, Timeout

    from voicepulse.errors import VoicePulseError

    lock = FileLock(opened.folder.serve_lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise VoicePulseError("This study is served already.", "Stop the other `voicepulse serve` first.") from None
    try:
        yield
    finally:
        lock.release()


def _check_opening(host: str, address: str | None) -> None:
    """A server that others reach must know by which name, for links, cookies and certificates hang on it.

    Raises:
        VoicePulseError: it does not.
    """
    from urllib.parse import urlsplit

    from voicepulse.errors import VoicePulseError

    if address is not None and (urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname):
        raise VoicePulseError(f"'{address}' is no address.", "Write it as people type it: https://voice.example.org")
    if address is None and not _is_loopback(host):
        raise VoicePulseError(
            f"On {host} others could reach this server, and it has no certificate: browsers give no page a microphone without TLS.",
            "Leave it on 127.0.0.1 and put a proxy with TLS in front (Caddy: `voice.example.org { reverse_proxy 127.0.0.1:8080 }`), then "
            "`voicepulse serve STUDY --address https://voice.example.org`. If the proxy runs on another machine, give --host and --address.",
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        VoicePulseError: something else has the port, or there is no such interface.
    """
    from voicepulse.errors import VoicePulseError

    try:
        listening = socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=512
        )
    except OSError as error:
        raise VoicePulseError(
            f"{host}:{port} cannot be listened on ({error.strerror}).", "Take another with --port, or stop what has it."
        ) from error
    listening.setsockopt(
        socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
    )  # asyncio does it only for sockets of its own; without, each answer waits 40 ms
    return listening


def _say_what_is_missing(opened: OpenStudy) -> None:
    from voicepulse.cli.console import screen

    place = opened.folder.path
    if not any(account.role == "researcher" for account in opened.store.access.accounts()):
        screen.print(
            f"Nobody can log in yet: voicepulse account add {place} NAME --role researcher",
            markup=False,
            soft_wrap=True,
        )
    if not any(invite.revoked_at is None for invite in opened.store.access.invites()):
        screen.print(f"No speaker has a link yet: voicepulse invite {place}", markup=False, soft_wrap=True)
