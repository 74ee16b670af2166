"""How heavy a report is, and how long a browser takes to open it: a study of 200 speakers and 12 questions, without sound.

The answers are made up: words drawn with a seed, as long as spoken answers are. What is measured is the page.

    python benchmarks/report.py [--speakers 200] [--questions 12] [--keep report.html]
"""

from __future__ import annotations

import argparse
import hashlib
import random
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from voicepulse.comparison.compare import CompareOptions, compare_study
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.types import ComparedWave
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.types import Interpretation, Judgement, Reason, evidence
from voicepulse.report.findings import find
from voicepulse.report.page import write_page
from voicepulse.settings import Thresholds
from voicepulse.study import Study, parse_study
from voicepulse.transcript.subtitles import transcript_of_text

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
WORDS = [
    "customer",
    "account",
    "renewal",
    "support",
    "quarter",
    "promise",
    "contract",
    "roadmap",
    "engineer",
    "money",
    "trust",
    "word",
    "weekend",
    "outage",
    "wizard",
    "audit",
    "login",
    "price",
    "discount",
    "market",
    "margin",
    "hire",
    "budget",
    "risk",
    "delay",
    "integration",
    "feature",
    "release",
    "partner",
    "region",
    "growth",
    "churn",
    "value",
    "team",
    "plan",
    "decision",
    "cost",
]
REPEATS = 7


class WordVectors:
    """Each word is a fixed direction; a text is their sum. It stands in for the encoder: only the page is measured here."""

    def embed(self, texts: list[str]) -> np.ndarray:
        rows = np.array([np.sum([self._word(w) for w in text.split()], axis=0) for text in texts]).reshape(-1, 48)
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    def _word(self, word: str) -> np.ndarray:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
        return np.random.default_rng(seed).standard_normal(48)


def make_study(speakers: int, questions: int) -> Study:
    levels, teams = ("executive", "manager", "staff", "staff", "staff"), ("Sales", "Engineering", "Support", "Finance")
    return parse_study(
        {
            "title": "A large study",
            "strategy": "Large customers come first: where we cannot serve both, their needs go before those of small accounts.",
            "wave": "2026-Q4",
            "speakers": [
                {"id": f"s{n}", "name": f"Person Number {n}", "level": levels[n % 5], "team": teams[n % 4]}
                for n in range(speakers)
            ],
            "questions": [
                {
                    "id": f"q{n}",
                    "title": f"Question number {n}",
                    "prompt": "There is room for only one of the two in this quarter, and both have been promised. Which one is it, and why?",
                    "options": [
                        {"id": "a", "label": f"Build the thing for the large customers, number {n}"},
                        {"id": "b", "label": f"Build the thing for the many small ones, number {n}"},
                    ],
                    "intended": "a",
                }
                for n in range(questions)
            ],
        }
    )


def make_answers(study: Study, rng: random.Random) -> list[Answer]:
    reasons = [" ".join(rng.choices(WORDS, k=14)) for _ in range(5)]
    return [_answer(q.id, s.id, rng, reasons) for q in study.questions for s in study.speakers]


def _answer(question: str, speaker: str, rng: random.Random, reasons: list[str]) -> Answer:
    reason, cost = rng.choice(reasons), " ".join(rng.choices(WORDS, k=9))
    said = " ".join(rng.choices(WORDS, k=60))
    transcript = transcript_of_text(f"{said}. Because {reason}. We lose {cost}. Unless {said[:40]}.", "en")
    text = transcript.text

    def where(words: str) -> tuple[int, int]:
        start = text.rindex(words)
        return start, start + len(words)

    choice, sure = rng.choice("aaab"), rng.uniform(0.45, 0.95)
    qualified, stance = rng.random() < 0.2, rng.choice(("agree", "agree", "disagree", "unstated"))
    names = ("a", "b", "both", "neither", "undecided")
    reading = Interpretation(
        kind="tradeoff",
        choice=Judgement(choice, {n: sure if n == choice else (1 - sure) / 4 for n in names}),
        qualified=Judgement(
            "yes" if qualified else "no",
            {"yes": 0.9 if qualified else 0.1, "no": 0.1 if qualified else 0.9},
            (evidence(transcript, *where(said[:40])),) if qualified else (),
        ),
        escalates=Judgement("no", {"yes": 0.05, "no": 0.95}),
        stance=Judgement(stance, {stance: 0.9}, (evidence(transcript, 0, 40),)),
        commitment=Judgement("unstated", {"unstated": 1.0}),
        reasons=(Reason(evidence(transcript, *where(reason)), 0.8),),
        costs=(evidence(transcript, *where(cost)),),
    )
    digest = hashlib.sha256(f"{question} {speaker}".encode()).hexdigest()
    return Answer(question, speaker, "2026-Q4", digest, transcript, reading)


def opening_seconds(path: Path) -> list[float]:
    """From navigation to the load event and the first frame after it, a fresh browser each time."""
    seconds = []
    with sync_playwright() as playwright:
        for _ in range(REPEATS):
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            began = time.perf_counter()
            page.goto(path.as_uri(), wait_until="load")
            page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
            seconds.append(time.perf_counter() - began)
            browser.close()
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speakers", type=int, default=200)
    parser.add_argument("--questions", type=int, default=12)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    study = make_study(asked.speakers, asked.questions)
    answers = make_answers(study, random.Random(1))
    began = time.perf_counter()
    compared = compare_study(
        study, "2026-Q4", answers, WordVectors(), SameReason(12.0, -5.0), CompareOptions(Thresholds(), 1, 1000)
    )
    compare_seconds = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        path = asked.keep or Path(folder) / "report.html"
        began = time.perf_counter()
        write_page(find(study, [ComparedWave(compared, tuple(answers))], Thresholds()), {}, path.resolve(), "benchmark")
        write_seconds = time.perf_counter() - began
        opened = opening_seconds(path.resolve())
        megabytes = path.stat().st_size / 1e6
    print(f"{asked.speakers} speakers, {asked.questions} questions, {len(answers)} answers")
    print(f"weight without sound   {megabytes:6.2f} MB")
    print(f"compared in            {compare_seconds:6.1f} s, written in {write_seconds:.1f} s")
    print(
        f"opened in              {statistics.median(opened):6.2f} s (median of {REPEATS}; {min(opened):.2f} to {max(opened):.2f})"
    )


if __name__ == "__main__":
    main()
