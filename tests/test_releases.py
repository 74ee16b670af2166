"""Waves end to end, with a real store: what an anonymous study shows while answers come and go, and clusters that keep their colour."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import WordHashEmbedder, make_answer
from voicepulse import pipeline
from voicepulse.comparison.compare import CompareOptions
from voicepulse.comparison.reasons import SameReason
from voicepulse.erasure import erase_speaker
from voicepulse.ingest.intake import GIVEN
from voicepulse.releases import countable
from voicepulse.results import heard_answers
from voicepulse.settings import Thresholds
from voicepulse.storage.store import Recording
from voicepulse.transcript.subtitles import transcript_of_text
from voicepulse.workspace import OpenStudy, open_study

MONEY, WORD = "the money that it brings in", "we gave our word on it"


@dataclass
class Instruments:
    """A reader whose readings are stored by the test."""

    embedder: WordHashEmbedder = field(default_factory=WordHashEmbedder)
    same_reason: SameReason = field(default_factory=lambda: SameReason(12.0, -5.0))
    compare_options: CompareOptions = field(default_factory=lambda: CompareOptions(Thresholds(), 3, 60))
    settings: object = field(default_factory=lambda: SimpleNamespace(thresholds=Thresholds()))
    heads: object = field(default_factory=lambda: SimpleNamespace(same_reason=(12.0, -5.0)))
    languages: None = None
    embedder_digest: str = "words"
    reader_provenances: tuple[dict[str, object], ...] = ({"reader": "stored"},)


def study_text(mode: str, people: int) -> str:
    speakers = "".join(f'[[speakers]]\nid = "s{n}"\n' for n in range(people))
    return f"""
title = "A study"
strategy = "A before B."
mode = "{mode}"
wave = "2026-Q4"
{speakers}
[[questions]]
id = "q1"
prompt = "There is room for only one. Which one, and why?"
options = [{{ id = "a", label = "Alpha" }}, {{ id = "b", label = "Beta" }}]
intended = "a"
"""


def give(opened: OpenStudy, speaker: str, choice: str, reason: str, wave: str = "2026-Q4") -> None:
    """An answer that is there and read."""
    answer = make_answer(speaker, choice, reason)
    digest = f"{wave} {speaker} {choice} {reason}".encode().hex().ljust(64, "0")[:64]
    opened.store.add_recording(Recording(digest, "text", "txt", "q1", speaker, wave, 0.0))
    opened.store.add_transcript(digest, GIVEN, transcript_of_text(reason, "en"))
    (heard,) = [h for h in heard_answers(opened, wave, Instruments()) if h.recording.digest == digest]  # type: ignore[arg-type]
    opened.store.add_reading(digest, heard.keys[0], answer.reading)


@pytest.fixture
def anonymous(tmp_path: Path) -> Iterator[OpenStudy]:
    (tmp_path / "study.toml").write_text(study_text("anonymous", 30))
    with open_study(tmp_path) as opened:
        yield opened


def shown(opened: OpenStudy) -> str:
    instruments = Instruments()
    waves = pipeline.compare(opened, "2026-Q4", instruments)  # type: ignore[arg-type]
    return json.dumps(asdict(pipeline.findings(opened, waves, instruments)), sort_keys=True)  # type: ignore[arg-type]


def test_a_late_answer_is_not_seen_in_the_difference(anonymous: OpenStudy) -> None:
    for n in range(7):
        give(anonymous, f"s{n}", "a", MONEY)
    before = shown(anonymous)
    assert "7 of 7 make the same choice" in before
    give(anonymous, "s7", "b", WORD)
    assert shown(anonymous) == before
    for n in range(8, 11):
        give(anonymous, f"s{n}", "a", MONEY)
        assert shown(anonymous) == before
    give(anonymous, "s11", "a", MONEY)
    assert shown(anonymous) != before  # five have come


def test_an_erased_person_is_not_seen_in_the_difference(anonymous: OpenStudy) -> None:
    for n in range(12):
        give(anonymous, f"s{n}", "b" if n == 3 else "a", MONEY)
    shown(anonymous)
    erase_speaker(anonymous, "s3")
    thresholds = Thresholds()
    given = pipeline.answers(anonymous, "2026-Q4", Instruments())  # type: ignore[arg-type]
    assert len(given) == 11
    assert len(countable(anonymous, "2026-Q4", given, thresholds)) == 7  # four others stay away with the one who left
    kept = b"".join(path.read_bytes() for path in anonymous.folder.path.glob("voicepulse.sqlite*"))
    assert b'"s3"' not in kept
    assert all(given.speaker != "s3" for release in anonymous.store.releases("2026-Q4") for given in release)


def test_another_word_on_an_answer_is_not_seen_in_the_difference(anonymous: OpenStudy) -> None:
    """A tap, or a correction, after the answer was counted: as if the answer had gone and another had come."""
    for n in range(12):
        give(anonymous, f"s{n}", "a" if n < 6 else "b", MONEY)
    instruments = Instruments()

    def counted() -> Counter[str]:
        given = pipeline.answers(anonymous, "2026-Q4", instruments)  # type: ignore[arg-type]
        return Counter(
            a.interpretation.choice.value
            for a in countable(anonymous, "2026-Q4", given, Thresholds())
            if a.interpretation.choice
        )

    assert counted() == {"a": 6, "b": 6}
    shown(anonymous)
    first = anonymous.store.recordings()[0]
    assert anonymous.store.confirm_choice(first.digest, "b")
    assert counted().total() <= 7  # the one who changed, and four others drawn at random, stay away
    anonymous.store.add_correction(anonymous.store.recordings()[1].digest, "choice", "b", "anna")
    assert counted() != {"a": 4, "b": 8}


def test_under_five_nothing_is_shown_and_nothing_is_released(anonymous: OpenStudy) -> None:
    for n in range(4):
        give(anonymous, f"s{n}", "a", MONEY)
    assert '"withheld": "Withheld' in shown(anonymous)
    assert anonymous.store.releases("2026-Q4") == []


def test_the_researcher_compares_everybody(anonymous: OpenStudy) -> None:
    for n in range(7):
        give(anonymous, f"s{n}", "a", MONEY)
    shown(anonymous)
    give(anonymous, "s7", "b", WORD)
    everyone = pipeline.compare(anonymous, "2026-Q4", Instruments(), everyone=True)  # type: ignore[arg-type]
    assert len(everyone[-1].answers) == 8


@pytest.fixture
def attributed(tmp_path: Path) -> Iterator[OpenStudy]:
    (tmp_path / "study.toml").write_text(study_text("attributed", 12))
    with open_study(tmp_path) as opened:
        yield opened


def numbers(opened: OpenStudy, wave: str) -> dict[tuple[str, str], int]:
    """(choice, typical words) -> the cluster's number."""
    waves = pipeline.compare(opened, wave, Instruments())  # type: ignore[arg-type]
    return {(c.choice, c.words): c.identity for c in waves[-1].comparison.questions[0].clusters}


def test_clusters_keep_their_number_when_the_order_of_size_turns(attributed: OpenStudy) -> None:
    for n in range(5):
        give(attributed, f"s{n}", "a", MONEY if n < 3 else WORD)
    before = numbers(attributed, "2026-Q4")
    for n in range(5, 8):
        give(attributed, f"s{n}", "a", WORD)  # now the second cluster is the largest
    give(attributed, "s8", "b", "nobody asked for the other one")
    after = numbers(attributed, "2026-Q4")
    assert {key: after[key] for key in before} == before
    assert after["b", "nobody asked for the other one"] not in before.values()
    assert numbers(attributed, "2026-Q4") == after  # and a re-run changes nothing


def test_clusters_keep_their_number_over_waves(attributed: OpenStudy) -> None:
    for n in range(5):
        give(attributed, f"s{n}", "a", MONEY if n < 3 else WORD, wave="2026-Q3")
    before = numbers(attributed, "2026-Q3")
    for n in range(5, 9):
        give(attributed, f"s{n}", "a", WORD)
    give(attributed, "s1", "a", "something that nobody said before")
    after = numbers(attributed, "2026-Q4")
    assert after["a", WORD] == before["a", WORD]
    assert after["a", "something that nobody said before"] not in before.values()


def test_findings_tell_of_the_wave_before(attributed: OpenStudy) -> None:
    for n in range(6):
        give(attributed, f"s{n}", "a", MONEY, wave="2026-Q3")
        give(attributed, f"s{n}", "a" if n < 3 else "b", MONEY)
    instruments = Instruments()
    waves = pipeline.compare(attributed, "2026-Q4", instruments)  # type: ignore[arg-type]
    assert [wave.name for wave in waves] == ["2026-Q3", "2026-Q4"]
    (movement,) = pipeline.findings(attributed, waves, instruments).movements  # type: ignore[arg-type]
    assert movement.sentence.startswith("Aligned before, open misalignment now: 3 of 6")
    alone = pipeline.compare(attributed, "2026-Q3", instruments)  # type: ignore[arg-type]
    assert [wave.name for wave in alone] == ["2026-Q3"]
