"""Does an answer of a batch of 1,000 cost what one of 50 costs?

The answers are a folder's files again and again, each at a speed of its own, so that no two are the same.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from speed_engines import SHORT_ANSWER, Taken, Weights, apart, measure

MANY, FEW = 1000, 50
SPEEDS = (0.94, 1.06)


def measure_thousand(title: str, files: Sequence[Path], repeats: int, weights: Weights) -> list[dict[str, float]]:
    """Measure both batches and print their table; its rows."""
    with TemporaryDirectory() as scratch:
        answers = write_answers(files, Path(scratch))
        lengths = [seconds_of(answer) for answer in answers]
        few, many = [], []
        for repeat in range(2 * repeats):
            if repeat == repeats:  # in the middle of the others, since the machine's speed drifts
                many.append(apart(measure, SHORT_ANSWER, answers, weights))
            few.append(apart(measure, SHORT_ANSWER, answers[:FEW], weights))
    rows = [row_of(FEW, few, sum(lengths[:FEW])), row_of(MANY, many, sum(lengths))]
    print(f"\n{title}, {MANY} answers made of its {len(files)} files\n\n{table(rows)}\n")
    print(f"Of the first {FEW} texts, {count_differing(few[0], many[0])} differ between the two batches.", flush=True)
    return rows


def row_of(answers: int, taken: Sequence[Taken], sound: float) -> dict[str, float]:
    """Cost an answer and, since answers are not all of one length, cost a second of sound; medians."""
    seconds = statistics.median(t.seconds for t in taken)
    core_seconds = statistics.median(t.core_seconds for t in taken)
    return {
        "answers": answers,
        "seconds of sound": sound,
        "seconds": seconds,
        "ms an answer": 1000 * seconds / answers,
        "ms a second of sound": 1000 * seconds / sound,
        "ms of a core a second of sound": 1000 * core_seconds / sound,
        "peak MiB": max(t.peak_mib for t in taken),
        "windows": taken[0].spoken.windows,
        "heard twice": taken[0].spoken.reheard,
    }


def write_answers(files: Sequence[Path], folder: Path) -> list[Path]:
    """MANY wav files; the speeds are drawn from a seed."""
    import numpy as np
    import soundfile

    from voicepulse.audio.decode import decode
    from voicepulse.settings import SAMPLE_RATE

    sounds = [decode(file) for file in files]
    rng = np.random.default_rng(1)
    answers = []
    for number in range(MANY):
        sound = sounds[number % len(sounds)]
        places = np.arange(0, len(sound) - 1, rng.uniform(*SPEEDS))
        answers.append(folder / f"{number:04}.wav")
        soundfile.write(answers[-1], np.interp(places, np.arange(len(sound)), sound), SAMPLE_RATE)
    return answers


def seconds_of(file: Path) -> float:
    import soundfile

    return float(soundfile.info(file).duration)


def count_differing(few: Taken, many: Taken) -> int:
    return sum(alone != among for alone, among in zip(few.spoken.texts, many.spoken.texts, strict=False))


def table(rows: Sequence[dict[str, float]]) -> str:
    lines = [f"| {' | '.join(rows[0])} |", "|---" * len(rows[0]) + "|"]
    lines += [f"| {' | '.join(map(shown, row.values()))} |" for row in rows]
    return "\n".join(lines)


def shown(figure: float) -> str:
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:,.1f}"
