"""Word error rate and seconds of both engines on spoken utterances with their texts, side by side in one run.

usage: python benchmarks/transcription.py FOLDER

FOLDER holds transcripts.tsv (file, text) and the files it names. Texts are compared as Whisper's authors do: after their
English normalizer.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jiwer
from whisper.normalizers import EnglishTextNormalizer

from voicepulse.checkpoints.store import WeightsFolder
from voicepulse.settings import settings
from voicepulse.transcript.faster_whisper_engine import FasterWhisper
from voicepulse.transcript.openai_whisper_engine import OpenAIWhisper
from voicepulse.transcript.transcribe import transcribe
from voicepulse.transcript.types import Transcriber

NORMALIZE = EnglishTextNormalizer()


def read_references(folder: Path) -> dict[Path, str]:
    """Audio files and what is said in them."""
    rows = (
        line.split("\t")
        for line in (folder / "transcripts.tsv").read_text(encoding="utf-8").splitlines()
        if "\t" in line
    )
    return {folder / name: text for name, text in rows}


def measure(engine: Transcriber, references: dict[Path, str]) -> tuple[float, float, float]:
    """Word error rate (0 to 1), seconds taken, seconds of audio."""
    began = time.perf_counter()
    with ThreadPoolExecutor(engine.workers) as pool:
        heard = list(pool.map(lambda path: transcribe(path, engine, "en"), references))
    taken = time.perf_counter() - began
    rate = jiwer.wer([NORMALIZE(text) for text in references.values()], [NORMALIZE(t.text) for t in heard])
    return rate, taken, sum(t.seconds for t in heard)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    references = read_references(parser.parse_args().folder)
    weights = WeightsFolder(settings().models)
    print(f"{platform.machine()}, {os.cpu_count()} cores; {len(references)} utterances")
    engines: list[Transcriber] = [
        FasterWhisper(weights.require("whisper-base"), beam_size=1),
        FasterWhisper(weights.require("whisper-base"), beam_size=5),
        OpenAIWhisper(weights.require("openai-whisper-base"), beam_size=1),
        OpenAIWhisper(weights.require("openai-whisper-base"), beam_size=5),
    ]
    for engine in engines:
        rate, taken, seconds = measure(engine, references)
        name, beam = engine.provenance["engine"], engine.provenance["beam_size"]
        print(f"{name:15} beam {beam}   WER {rate:6.2%}   {taken:6.1f} s for {seconds:.0f} s of audio")


if __name__ == "__main__":
    main()
