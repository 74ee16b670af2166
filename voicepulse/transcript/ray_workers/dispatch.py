"""The driver: hands batches of clips to the workers of a cluster and keeps what comes back, as it comes.

Recordings are read when a worker has room for them, so that never more than two batches a worker are in memory. When a
worker dies, what it had in hand is set aside and sent alone at the end: a recording that a second worker dies of is given up,
and no other one suffers for it.
"""

from __future__ import annotations

import math
import re
import time
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import ray
from ray.exceptions import RayError

from voicepulse import __version__
from voicepulse.errors import TranscriptionError, VoicePulseError
from voicepulse.transcript.ray_workers.cluster import SAME_VERSIONS
from voicepulse.transcript.ray_workers.order import Clip, Order
from voicepulse.transcript.ray_workers.worker import Told, Worker
from voicepulse.transcript.transcribe import Keep

BATCH_CLIPS = 16
BATCH_BYTES = 4_000_000  # a longer recording goes alone
DEATHS = 2  # of workers that had a recording in hand, before it is given up
STARTING_SECONDS = 300.0  # a machine that is new to the cluster may take minutes
STOPPING_SECONDS = 2.0
FREEING_SECONDS = 2.0


def transcribe_on_ray(paths: Sequence[Path], order: Order, keep: Keep) -> None:
    """Transcribe many files on the cluster that was joined, with the meaning of `transcribe_batch`.

    One worker a free CPU; where there are free GPUs, one a GPU, which decodes in float16. Whatever interrupts this call
    ends the work; what came back by then is kept.

    Raises:
        VoicePulseError: no worker is free, none could start, or the cluster was lost.
    """
    try:
        _Dispatch(paths, order, keep).run()
    except ConnectionError as error:  # a client's; so it also hears that the head cannot read what it was sent
        details = re.search(r'details = "(.*)"', str(error))
        raise VoicePulseError(
            f"The connection to the cluster was lost ({details[1] if details else error}).",
            f"What came back is kept; the same command goes on. {SAME_VERSIONS}",
        ) from error


@dataclass(eq=False, slots=True)
class _Hand:
    """A worker as the driver sees it. `answer` is what it will say next: its version, then what it heard."""

    actor: Any
    device: str
    answer: Any
    is_ready: bool = False
    in_hand: dict[int, int] = field(default_factory=dict)  # recording -> bytes

    def has_room(self, clips: int) -> bool:
        return len(self.in_hand) <= clips and sum(self.in_hand.values()) < BATCH_BYTES


class _Dispatch:
    def __init__(self, paths: Sequence[Path], order: Order, keep: Keep) -> None:
        self._paths, self._order, self._keep = paths, order, keep
        self._left = deque(range(len(paths)))
        self._suspects: deque[int] = deque()  # were in hand when a worker died
        self._deaths: Counter[int] = Counter()
        self._told: deque[Any] = deque()
        self._hands: list[_Hand] = []

    def run(self) -> None:
        """Until every recording has come back or was given up."""
        devices = _devices(self._order.device)
        self._files = ray.put(_files(self._order.weights.folder))
        self._worker = ray.remote(num_cpus=1, concurrency_groups=Worker.groups)(Worker)
        try:
            for device in devices[: len(self._paths)]:
                self._hire(device)
            while self._left or self._suspects or any(hand.in_hand for hand in self._hands):
                self._hand_out()
                self._listen()
                self._keep_all()
        finally:
            with suppress(RayError, ConnectionError):  # what interrupts this must be heard, not what follows from it
                self._dismiss()
            self._keep_all()

    def _hire(self, device: str) -> None:
        actor = self._worker.options(num_gpus=0 if device == "cpu" else 1).remote(self._order, device, self._files)
        self._hands.append(_Hand(actor, device, actor.version.remote()))

    def _hand_out(self) -> None:
        ready = [hand for hand in self._hands if hand.is_ready]
        for hand in ready:
            share = math.ceil(len(self._left) / (2 * len(self._hands)))  # smaller batches near the end
            while self._left and hand.has_room(min(BATCH_CLIPS, share)):
                self._send(hand, self._read_batch(min(BATCH_CLIPS, share)))
            if self._suspects and not self._left and not hand.in_hand:
                self._left.append(self._suspects.popleft())
                self._send(hand, self._read_batch(1))

    def _read_batch(self, most: int) -> list[Clip]:
        clips: list[Clip] = []
        size = 0
        while self._left and len(clips) < most and size < BATCH_BYTES:
            index = self._left.popleft()
            try:
                audio = self._paths[index].read_bytes()
            except OSError as error:
                self._keep(index, error)
                continue
            clips.append(Clip(index, self._paths[index].suffix, audio))
            size += len(audio)
        return clips

    def _send(self, hand: _Hand, clips: list[Clip]) -> None:
        if clips:
            hand.in_hand |= {clip.index: len(clip.audio) for clip in clips}
            hand.actor.hear.remote(clips)

    def _listen(self) -> None:
        """Wait until a worker has something to say, and hear everyone who has."""
        answers = {hand.answer: hand for hand in self._hands}
        came, _ = ray.wait(list(answers), timeout=STARTING_SECONDS)
        if not came and not any(hand.is_ready for hand in self._hands):
            raise VoicePulseError("No worker of the cluster started.", "Look at `ray status` on its head.")
        for answer in ray.wait(list(answers), num_returns=len(answers), timeout=0)[0]:
            self._hear(answers[answer])

    def _hear(self, hand: _Hand) -> None:
        try:
            said: str | Told = ray.get(hand.answer)
        except RayError as error:
            self._bury(hand, error)
            return
        if isinstance(said, str):
            _check_version(said)
        else:
            self._told.extend((hand, index, outcome) for index, outcome in said)
        hand.answer = hand.actor.told.remote()
        hand.is_ready = True

    def _keep_all(self) -> None:
        while self._told:
            hand, index, outcome = self._told.popleft()
            if index in hand.in_hand:
                del hand.in_hand[index]
                self._keep(index, outcome)

    def _bury(self, hand: _Hand, error: RayError) -> None:
        """Hire a successor and set aside what the dead worker had in hand."""
        self._hands.remove(hand)
        ray.kill(hand.actor)  # it may live on where only the connection to it broke
        if hand.is_ready:
            self._hire(hand.device)
        elif not self._hands:
            reason = str(error).strip().splitlines()[-1]
            raise VoicePulseError(f"No worker of the cluster could start ({reason}).", SAME_VERSIONS) from error
        for index in sorted(hand.in_hand):
            self._deaths[index] += 1
            if self._deaths[index] < DEATHS:
                self._suspects.append(index)
            else:
                self._keep(index, _given_up(self._paths[index]))

    def _dismiss(self) -> None:
        """Take what has come, and end the workers."""
        answers = {hand.answer: hand for hand in self._hands if hand.is_ready}
        for answer in ray.wait(list(answers), num_returns=len(answers), timeout=0)[0] if answers else []:
            with suppress(RayError):
                self._told.extend((answers[answer], index, outcome) for index, outcome in ray.get(answer))
        stops = [h.actor.stop.remote() for h in self._hands if h.is_ready]
        if stops:
            ray.wait(stops, num_returns=len(stops), timeout=STOPPING_SECONDS)
        for hand in self._hands:
            ray.kill(hand.actor)


def _devices(wanted: str) -> list[str]:
    """What each worker works on. What was just released is free a moment later, so there is some patience."""
    until = time.monotonic() + FREEING_SECONDS
    while not (devices := _free_devices(wanted)):
        if time.monotonic() > until:
            raise VoicePulseError(
                f"The cluster has no {'CPU' if wanted == 'cpu' else 'GPU'} free.",
                "Wait for what runs there (`ray status` shows it), add a machine, or leave out --on.",
            )
        time.sleep(0.2)
    return devices


def _free_devices(wanted: str) -> list[str]:
    """The GPUs first; each needs a CPU beside it."""
    free = ray.available_resources()
    cpus, gpus = int(free.get("CPU", 0)), int(free.get("GPU", 0))
    devices = ["cuda"] * min(gpus, cpus) + ["cpu"] * (cpus - min(gpus, cpus))
    return devices if wanted == "cpu" else [device for device in devices if device == wanted]


def _files(folder: Path) -> dict[str, Any]:
    """The weights as arrays of bytes, which workers of one machine share without copying."""
    return {
        path.relative_to(folder).as_posix(): np.fromfile(path, dtype=np.uint8)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _check_version(theirs: str) -> None:
    if theirs != __version__:
        raise VoicePulseError(f"A worker runs VoicePulse {theirs}, this machine {__version__}.", SAME_VERSIONS)


def _given_up(path: Path) -> TranscriptionError:
    return TranscriptionError(
        f"Two workers died with it in hand ({path.name}).",
        "Transcribe it on this machine (without --on); if it fails there too, record it anew.",
    )
