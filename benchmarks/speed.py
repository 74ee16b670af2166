"""How long a batch of spoken answers takes: VoicePulse beside the usual tools, on the same weights, in one run.

usage: python benchmarks/speed.py FOLDER [FOLDER ...] [--repeats N] [--slow-clips N] [--thousand] [--stages] [--json FILE]

A FOLDER holds transcripts.tsv (file, text) and the files it names, or is a study with answers/*.ogg and spoken.json (name to
text), as the demo is. What it prints is Markdown. The engines take turns, so
that the machine's moods hit all alike. Everyone reads files from disk, gives word times, is told that it is English, and
has loaded its weights and heard one file before the clock runs. Texts are compared as Whisper's authors do: after their
English normalizer. `openai-whisper` is so slow that it hears the first few files only, and so does everyone beside it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

# The processes of the engines import this file, so nothing heavy is imported here: it would count as their memory.
from machine import describe_machine
from speed_engines import ENGINES, OPENAI_WHISPER, SHORT_ANSWER, WHISPER_CPP, Taken, Weights, apart, measure
from speed_stages import measure_stages
from speed_thousand import measure_thousand


@dataclass(frozen=True, slots=True)
class Clips:
    """Files that are transcribed as one batch; `texts` is what is said in them, `engines` who hears them."""

    title: str
    files: tuple[Path, ...]
    texts: tuple[str, ...]
    engines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one engine on one set of clips. `seconds` and `core_seconds` hold each repeat; word error rate is 0 to 1."""

    engine: str
    seconds: tuple[float, ...]
    core_seconds: tuple[float, ...]
    word_error_rate: float
    peak_mib: float
    times_short_answer: float
    windows: int
    reheard: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--slow-clips", type=int, default=4, help="files that openai-whisper hears too; 0 leaves it out"
    )
    parser.add_argument(
        "--thousand", action="store_true", help="1,000 answers of the first folder beside 50: do costs stay the same?"
    )
    parser.add_argument("--stages", action="store_true", help="seconds of an answer in each stage of short-answer")
    parser.add_argument("--json", type=Path, help="write all figures there too")
    arguments = parser.parse_args()
    machine = describe_machine()
    print("\n".join(f"- {name}: {what}" for name, what in machine.items()), flush=True)
    with TemporaryDirectory() as scratch:
        weights = prepare(Path(scratch))
        every = [c for folder in arguments.folders for c in clips_of(folder, arguments.slow_clips)]
        found = {clips.title: rows_of(clips, arguments.repeats, weights) for clips in every}
        figures: dict[str, object] = {"machine": machine, "clips": {t: [asdict(r) for r in found[t]] for t in found}}
        for folder in arguments.folders:
            files = list(read_references(folder))
            if arguments.stages:
                figures[f"stages of {folder.name}"] = measure_stages(folder.name, files, weights)
        if arguments.thousand:
            first = arguments.folders[0]
            files = list(read_references(first))
            figures[f"thousand of {first.name}"] = measure_thousand(first.name, files, arguments.repeats, weights)
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1), encoding="utf-8")


def prepare(scratch: Path) -> Weights:
    """The weights that are installed, and whisper.cpp's written from them."""
    from whisper_cpp import AVAILABLE, write_ggml

    from voicepulse.checkpoints.store import WeightsFolder
    from voicepulse.settings import settings

    folder = WeightsFolder(settings().models)
    folder.require("whisper-base")
    weights = Weights(settings().models, scratch / "base.ggml")
    if AVAILABLE:
        write_ggml(folder.require("openai-whisper-base").folder / "base.pt", weights.ggml)
    else:
        print("- whisper.cpp is left out: pywhispercpp is not installed")
        for engine in WHISPER_CPP:
            del ENGINES[engine]
    return weights


def read_references(folder: Path) -> dict[Path, str]:
    """Audio files and what is said in them."""
    if (folder / "spoken.json").exists():
        texts = json.loads((folder / "spoken.json").read_text(encoding="utf-8"))
        return {folder / "answers" / f"{name}.ogg": text for name, text in texts.items()}
    lines = (folder / "transcripts.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if "\t" in line)
    return {folder / name: text for name, text in rows}


def clips_of(folder: Path, slow_clips: int) -> list[Clips]:
    """The folder without the slow engine, and its first clips with it."""
    references = read_references(folder)
    files, texts = tuple(references), tuple(references.values())
    quick = tuple(engine for engine in ENGINES if engine != OPENAI_WHISPER)
    sets = [Clips(describe(folder.name, files), files, texts, quick)]
    if slow_clips:
        few = files[:slow_clips]
        sets.append(Clips(describe(f"{folder.name}, the first", few), few, texts[:slow_clips], tuple(ENGINES)))
    return sets


def describe(name: str, files: Sequence[Path]) -> str:
    from voicepulse.audio.decode import decode
    from voicepulse.settings import SAMPLE_RATE

    lengths = [len(decode(file)) / SAMPLE_RATE for file in files]
    return f"{name}: {len(files)} clips of {min(lengths):.0f} to {max(lengths):.0f} s, {sum(lengths):.0f} s in all"


def rows_of(clips: Clips, repeats: int, weights: Weights) -> list[Row]:
    """Measure a set of clips and print its table."""
    taken: dict[str, list[Taken]] = {engine: [] for engine in clips.engines}
    for repeat in range(repeats):
        for engine in clips.engines:
            taken[engine].append(apart(measure, engine, clips.files, weights))
            print(f"{clips.title} [{repeat + 1}] {engine}: {taken[engine][-1]}", file=sys.stderr, flush=True)
    rows = [row_of(engine, taken[engine], taken[SHORT_ANSWER], clips.texts) for engine in clips.engines]
    print(table(clips.title, rows), flush=True)
    return rows


def row_of(engine: str, taken: Sequence[Taken], short_answer: Sequence[Taken], texts: Sequence[str]) -> Row:
    ratio = statistics.median(t.seconds for t in taken) / statistics.median(t.seconds for t in short_answer)
    return Row(
        engine,
        tuple(t.seconds for t in taken),
        tuple(t.core_seconds for t in taken),
        statistics.median(word_error_rate(texts, t.spoken.texts) for t in taken),
        max(t.peak_mib for t in taken),
        ratio,
        taken[0].spoken.windows,
        taken[0].spoken.reheard,
    )


def word_error_rate(said: Sequence[str], heard: Sequence[str]) -> float:
    import jiwer
    from whisper.normalizers import EnglishTextNormalizer

    normalize = EnglishTextNormalizer()
    return jiwer.wer([normalize(text) for text in said], [normalize(text) for text in heard])


def table(title: str, rows: Sequence[Row]) -> str:
    lines = [
        f"\n{title}; median of {len(rows[0].seconds)} (least to most)\n",
        "| engine | seconds | times short-answer | word error rate | peak MiB | windows heard twice |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        twice = f"{row.reheard} of {row.windows}" if row.windows else ""
        lines.append(
            f"| {row.engine} | {spread(row.seconds)} | {row.times_short_answer:.1f} | {100 * row.word_error_rate:.2f} % "
            f"| {row.peak_mib:.0f} | {twice} |"
        )
    return "\n".join(lines)


def spread(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})"


if __name__ == "__main__":
    main()
