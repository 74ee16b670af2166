"""Speakers who record at once while a batch is transcribed behind them; the server is killed in the middle, and goes on.

usage: python benchmarks/serving.py FOLDER [--speakers 50] [--seconds 20] [--batch 20] [--alone 30] [--no-kill]

FOLDER holds spoken answers (audio files); each speaker says one of them, as the browser would send it: webm with Opus, a chunk a
second. A real `voicepulse serve` runs on loopback with real weights. Prints the latencies of chunks and answers, the time from the end
of an answer to "this is what we understood", and whether every byte that was confirmed is there.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import io
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import httpx2 as httpx
import numpy as np

from voicepulse.audio.decode import Waveform, decode
from voicepulse.settings import SAMPLE_RATE

CHUNK_SECONDS = 1.0
OPUS_RATE = 48_000
GIVE_UP_SECONDS = 60.0  # without an answer from the server
SETTINGS = {"VOICEPULSE_READER": "embedded"}

STUDY = """
title = "Fifty at once"
strategy = "We are enterprise first."
wave = "w1"
{speakers}
[[questions]]
id = "q1"
prompt = "One quarter, one engineering team. Do you build single sign-on for the large customer, or repair the setup wizard?"
options = [{{ id = "sso", label = "Build single sign-on" }}, {{ id = "wizard", label = "Repair the setup wizard" }}]
intended = "sso"
"""


@dataclass
class Measured:
    """Seconds of every request of a kind, and how often the server was not there."""

    chunks: list[float] = field(default_factory=list)
    finishes: list[float] = field(default_factory=list)
    understood: list[float] = field(default_factory=list)
    waits: int = 0
    most_ahead: int = 0
    lost_bytes: int = 0


class Server:
    """A `voicepulse serve` of its own process on loopback, which can be killed and begun again."""

    def __init__(self, study: Path) -> None:
        self._study = study
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "voicepulse", "serve", str(self._study), "--port", str(self.port)]
        self._process = subprocess.Popen(command, env=os.environ | SETTINGS, stdout=subprocess.DEVNULL)
        end = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < end:
            try:
                httpx.get(f"{self.address}/health").raise_for_status()
                return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise TimeoutError("The server did not start.")

    def kill(self) -> None:
        """As when the machine's memory ends: no last words."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(GIVE_UP_SECONDS)


def make_study(folder: Path, speakers: int) -> Path:
    """A study of one trade-off, with so many speakers."""
    folder.mkdir(parents=True)
    listed = "".join(f'[[speakers]]\nid = "s{n}"\n' for n in range(speakers))
    (folder / "study.toml").write_text(STUDY.format(speakers=listed))
    return folder


def command(*words: str) -> str:
    """What a command of ours says."""
    done = subprocess.run(
        [sys.executable, "-m", "voicepulse", *words], capture_output=True, check=True, env=os.environ | SETTINGS
    )
    return done.stdout.decode()


def as_webm(samples: Waveform) -> bytes:
    """Sound as a browser's MediaRecorder sends it: Opus in webm, written to where nobody can seek, so without a length."""
    target = io.BytesIO()
    target.seekable = lambda: False  # type: ignore[method-assign]
    louder = np.repeat(samples, OPUS_RATE // SAMPLE_RATE)
    with av.open(target, "w", format="webm", options={"live": "1"}) as container:
        stream = container.add_stream("libopus", rate=OPUS_RATE, layout="mono")
        for start in range(0, len(louder), OPUS_RATE):
            pcm = (np.clip(louder[start : start + OPUS_RATE], -1, 1) * 32767).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(pcm[None, :], format="s16", layout="mono")
            frame.sample_rate, frame.pts = OPUS_RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return target.getvalue()


def voices(folder: Path, number: int, seconds: float) -> list[bytes]:
    """What each speaker says: an answer from the folder, cut to so many seconds, no two alike."""
    files = sorted(p for p in folder.iterdir() if p.suffix in (".ogg", ".wav", ".flac", ".mp3"))
    said = [decode(path) for path in files[:number]]
    whole = [np.concatenate([said[n % len(said)], said[(n + 1) % len(said)]])[n * 16 :] for n in range(number)]
    return [as_webm(samples[: int(seconds * SAMPLE_RATE)]) for samples in whole]


class SimulatedSpeaker:
    """One browser, as far as the server sees it."""

    def __init__(self, client: httpx.AsyncClient, link: str, sound: bytes, seconds: float, measured: Measured) -> None:
        """`seconds` is how long the sound takes to speak; 0 sends it at once."""
        self._client, self._link, self._sound, self._measured = client, link, sound, measured
        self._pieces = max(1, round(seconds / CHUNK_SECONDS))
        self._take = f"{random.getrandbits(128):032x}"
        self._confirmed = 0
        self._home = ""
        self._headers: dict[str, str] = {}

    async def answer(self) -> None:
        """Consent, speak, finish, and wait until it is understood."""
        await self._insist(lambda: self._client.get(self._link))
        began = await self._insist(lambda: self._client.post(f"{self._link}/begin"))
        self._home = began.headers["location"]
        page = await self._insist(lambda: self._client.get(self._home))
        token = re.search(r'name="csrf-token" content="([0-9a-f]+)"', page.text)
        assert token is not None
        self._headers = {"X-CSRF-Token": token[1]}
        take = f"{self._home}/takes/{self._take}"
        await self._insist(lambda: self._client.put(take, json={"question": "q1"}, headers=self._headers))
        await self._speak(take)
        await self._finish(take)

    async def _speak(self, take: str) -> None:
        """A chunk a second; what the server did not confirm is sent again."""
        begun = time.monotonic()
        for piece in range(1, self._pieces + 1):
            await asyncio.sleep(max(0.0, begun + piece * CHUNK_SECONDS - time.monotonic()))
            await self._send_until(take, len(self._sound) * piece // self._pieces)

    async def _send_until(self, take: str, end: int) -> None:
        while self._confirmed < end:
            headers = self._headers | {"Upload-Offset": str(self._confirmed)}
            start, content = time.perf_counter(), self._sound[self._confirmed : end]
            told = await self._insist(lambda h=headers, c=content: self._client.patch(take, content=c, headers=h))  # type: ignore[misc]
            self._measured.chunks.append(time.perf_counter() - start)
            offset = int(told.json()["offset"])
            self._measured.lost_bytes += max(0, self._confirmed - offset)
            self._confirmed = offset

    async def _finish(self, take: str) -> None:
        start = time.perf_counter()
        size = {"size": len(self._sound)}
        told = await self._insist(lambda: self._client.post(f"{take}/finish", json=size, headers=self._headers))
        self._measured.finishes.append(time.perf_counter() - start)
        assert told.json()["kept"], told.text
        while True:
            (answer,) = (await self._insist(lambda: self._client.get(f"{self._home}/answers"))).json()
            self._measured.most_ahead = max(self._measured.most_ahead, answer["ahead"] or 0)
            if answer["state"] in ("understood", "no speech", "failed"):
                break
            await asyncio.sleep(min(1 + answer["ahead"] / 4, 5) if self._pieces > 1 else 0.1)  # as the page does
        assert answer["state"] == "understood", answer
        self._measured.understood.append(time.perf_counter() - start)

    async def _insist(self, ask: Callable[[], object]) -> httpx.Response:
        """Ask until the server is there; where it says no, that is an error (409 tells where to go on)."""
        end = time.monotonic() + GIVE_UP_SECONDS
        while True:
            try:
                response = await ask()  # type: ignore[misc]
                assert isinstance(response, httpx.Response)
                if response.status_code < 500:
                    assert response.status_code in (200, 303, 409), (response.status_code, response.text)
                    return response
            except httpx.TransportError:
                self._measured.waits += 1
            assert time.monotonic() < end, "The server did not come back."
            await asyncio.sleep(0.3)


async def speak_at_once(links: Sequence[str], sounds: Sequence[bytes], seconds: float) -> Measured:
    """All of them, each beginning within two seconds of the first."""
    measured = Measured()

    async def one(number: int) -> None:
        await asyncio.sleep(2 * number / len(links))
        async with httpx.AsyncClient(timeout=30, base_url=links[number].partition("/i/")[0]) as client:
            await SimulatedSpeaker(client, links[number], sounds[number], seconds, measured).answer()

    await asyncio.gather(*(one(number) for number in range(len(links))))
    return measured


def measure_alone(folder: Path, study: Path, speakers: int, seconds: float) -> list[float]:
    """From the end of an answer of so many seconds until it is understood, one speaker after another, after one that nobody counts."""
    server, measured = Server(study), Measured()
    links, sounds = invited(study, server), voices(folder, speakers + 1, seconds)
    server.start()

    async def all_of_them() -> None:
        for number in range(speakers + 1):
            async with httpx.AsyncClient(timeout=30, base_url=server.address) as client:
                await SimulatedSpeaker(client, links[number], sounds[number], 0, measured).answer()

    try:
        asyncio.run(all_of_them())
    finally:
        server.stop()
    return measured.understood[1:]


def invited(study: Path, server: Server) -> list[str]:
    """A link for each speaker of the study."""
    return [
        made["link"]
        for made in json.loads(command("invite", str(study), "--address", server.address, "--json"))["made"]
    ]


def run_load(folder: Path, study: Path, speakers: int, seconds: float, kill: bool) -> Measured:
    """Serve the study to so many speakers; after half of their time the server is killed and begun again.

    Raises:
        AssertionError: an answer is not kept as it was sent.
    """
    server = Server(study)
    links = invited(study, server)
    sounds = voices(folder, speakers, seconds)
    server.start()

    async def both() -> Measured:
        at_work = asyncio.create_task(speak_at_once(links[:speakers], sounds, seconds))
        if kill:
            await asyncio.sleep(seconds / 2)
            server.kill()
            await asyncio.to_thread(server.start)
        return await at_work

    try:
        measured = asyncio.run(both())
    finally:
        server.stop()
    kept = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (study / "audio").iterdir()}
    assert kept >= {hashlib.sha256(sound).hexdigest() for sound in sounds}, "an answer is not as it was sent"
    return measured


def say(name: str, seconds: list[float]) -> None:
    at = np.percentile(seconds, [50, 95, 99, 100])
    print(
        f"{name:42} {len(seconds):6}   median {at[0]:7.3f}   95 % {at[1]:7.3f}   99 % {at[2]:7.3f}   most {at[3]:7.3f} s"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--speakers", type=int, default=50)
    arguments.add_argument("--seconds", type=float, default=20.0)
    arguments.add_argument("--batch", type=int, default=20, help="answers that are transcribed behind them")
    arguments.add_argument(
        "--alone", type=float, default=30.0, help="seconds of an answer whose speaker is alone; 0: none"
    )
    arguments.add_argument("--no-kill", action="store_true")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = make_study(Path(folder) / "study", chosen.speakers + chosen.batch)
        behind = Path(folder) / "behind"
        behind.mkdir()
        for number, path in enumerate(sorted(chosen.folder.glob("*.ogg"))[: chosen.batch]):
            (behind / f"q1-s{chosen.speakers + number}.ogg").write_bytes(path.read_bytes())
        if chosen.batch:
            command("ingest", str(study), str(behind))
        measured = run_load(chosen.folder, study, chosen.speakers, chosen.seconds, not chosen.no_kill)
        study = make_study(Path(folder) / "alone", 11)
        alone = measure_alone(chosen.folder, study, 10, chosen.alone) if chosen.alone else []
    say("chunk on the server's disk", measured.chunks)
    say("answer kept", measured.finishes)
    say("from its end until understood", measured.understood)
    if alone:
        say(f"alone: {chosen.alone:g} s of speech until understood", alone)
    print(f"most answers ahead of one: {measured.most_ahead}; tries while the server was away: {measured.waits}")
    print(
        f"answers kept byte by byte: {chosen.speakers} of {chosen.speakers}; confirmed bytes lost: {measured.lost_bytes}"
    )


if __name__ == "__main__":
    main()
