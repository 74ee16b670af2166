"""Whether transcribing stays within bounds of memory: a recording of six hours, and ten thousand files.

usage: python benchmarks/bounded_memory.py FOLDER

FOLDER holds spoken answers (audio files). The six hours are made of them with long pauses between, as when somebody forgets to
stop the recorder; the ten thousand files are their first seconds, over and over. Prints the resident memory as the work goes on.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

from voicepulse.audio.decode import decode
from voicepulse.instruments import Instruments
from voicepulse.settings import SAMPLE_RATE
from voicepulse.transcript.transcribe import Outcome, transcribe_batch

SIX_HOURS = 6 * 3600  # seconds
PAUSE_SECONDS = 90.0
FILES = 10_000
FIRST_SECONDS = 2.0


def mebibytes() -> int:
    """The most that this process held so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (1024 if sys.platform == "linux" else 1024**2)


def long_recording(answers: list[Path], target: Path) -> None:
    """Six hours of answers and pauses, written as they are made."""
    drawn = random.Random(1)
    quiet = np.zeros(int(PAUSE_SECONDS * SAMPLE_RATE), dtype=np.float32)
    written = 0
    with soundfile.SoundFile(target, "w", SAMPLE_RATE, 1, "PCM_16") as file:
        while written < SIX_HOURS * SAMPLE_RATE:
            for samples in (decode(drawn.choice(answers)), quiet):
                file.write(samples)
                written += len(samples)


def beginnings(answers: list[Path], folder: Path) -> list[Path]:
    """The first seconds of every answer as a file of its own."""
    made = []
    for answer in answers:
        made.append(folder / f"{answer.stem}.wav")
        soundfile.write(made[-1], decode(answer)[: int(FIRST_SECONDS * SAMPLE_RATE)], SAMPLE_RATE)
    return made


def watch(name: str, paths: list[Path], instruments: Instruments) -> None:
    """Transcribe, and print memory at every tenth of the way."""
    began, done, words = time.perf_counter(), 0, 0

    def keep(_: int, outcome: Outcome) -> None:
        nonlocal done, words
        if isinstance(outcome, Exception):
            raise outcome
        done, words = done + 1, words + len(outcome.words)
        if done % max(1, len(paths) // 10) == 0:
            print(f"{name:12} {done:6} of {len(paths)}  {time.perf_counter() - began:7.1f} s  peak {mebibytes()} MiB")

    transcribe_batch(paths, instruments.transcriber, "en", [], keep)
    print(f"{name:12} {words} words")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    answers = sorted(path for path in parser.parse_args().folder.rglob("*") if path.suffix in (".ogg", ".wav"))
    instruments = Instruments()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        short = beginnings(answers, folder)
        watch("warm-up", answers[:4], instruments)
        watch("10,000 files", [short[number % len(short)] for number in range(FILES)], instruments)
        long_recording(answers, folder / "six-hours.wav")
        watch("six hours", [folder / "six-hours.wav"], instruments)


if __name__ == "__main__":
    main()
