"""Small studies for the tests of what holds over a whole study: who was asked what, and what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from tests.conftest import WordHashEmbedder, yes_or_no
from voicepulse.comparison.compare import CompareOptions, compare_study
from voicepulse.comparison.groups import Groups, group_speakers
from voicepulse.comparison.movement import movements_to
from voicepulse.comparison.patterns import Pattern, PatternName, Picture, find_patterns
from voicepulse.comparison.positions import positions_of
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.types import ComparedWave
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.types import Action, Evidence, Interpretation, Judgement, Rating, Reason, evidence
from voicepulse.settings import Thresholds
from voicepulse.study import Study, parse_study
from voicepulse.transcript.subtitles import transcript_of_text
from voicepulse.transcript.types import Transcript

SAME = SameReason(12.0, -5.0)
T = Thresholds()
MONEY, WORD, LOAD = "the money that it brings in", "we gave our word on it", "too many tickets land with us"
KINDS = {
    "ask": "agreement",
    "doing": "execution",
    "rate": "rating",
    "again": "rating",
}  # every other question is a trade-off of a and b


def study_of(
    people: Mapping[str, Sequence[str]] | int,
    questions: Sequence[str] = ("q1",),
    strategy: str = "A before B.",
    intended: str | None = "a",
) -> Study:
    """Speakers s1, s2 and so on, or those of `people`: id -> (level, team), either of which may be empty."""
    named = people if isinstance(people, Mapping) else {f"s{n}": ("", "") for n in range(1, people + 1)}
    options = [{"id": "a", "label": "Build alpha"}, {"id": "b", "label": "Keep beta"}]
    tradeoff = {"options": options, "intended": intended}
    return parse_study(
        {
            "title": "A study",
            "strategy": strategy,
            "wave": "w2",
            "speakers": [{"id": name, "level": level or None, "team": team} for name, (level, team) in named.items()],
            "questions": [
                {"id": q, "prompt": "Which one?", "kind": KINDS[q]}
                if q in KINDS
                else {"id": q, "prompt": "Which one?", **tradeoff}
                for q in questions
            ],
        }
    )


def said(speaker: str, choice: str | None = None, reason: str = "", *, question: str = "q1", **more: Any) -> Answer:
    """What one speaker said. Every quote stands in the transcript.

    `more`: stance, commitment, condition, asks (whom to ask), cost, text, rating, sure (of the choice), and actions as
    (kind, concrete, words).
    """
    actions: Sequence[tuple[Any, bool, str]] = more.get("actions", ())
    spans = [reason, more.get("condition", ""), more.get("asks", ""), more.get("cost", ""), more.get("text", "")]
    text = ". ".join(filter(None, [*spans, *(words for *_, words in actions)])) or "well"
    heard = transcript_of_text(text, "en")

    def quote(words: str) -> Evidence:
        return evidence(heard, text.index(words), text.index(words) + len(words))

    whole = quote(text)
    cost, rating = more.get("cost"), more.get("rating")
    reading = Interpretation(
        kind=KINDS.get(question, "tradeoff"),
        choice=_choice(choice, more.get("sure", 1.0)) if question not in KINDS else None,
        qualified=_yes(heard, more.get("condition", "")),
        escalates=_yes(heard, more.get("asks", "")),
        stance=_stated(more.get("stance", "unstated"), whole),
        commitment=_stated(more.get("commitment", "unstated"), whole),
        reasons=(Reason(quote(reason), 1.0),) if reason else (),
        costs=(quote(cost),) if cost else (),
        actions=tuple(Action(kind, concrete, quote(words)) for kind, concrete, words in actions),
        rating=Rating(rating, whole) if rating is not None else None,
    )
    return Answer(question, speaker, "w2", sha256(f"{question}{speaker}".encode()).hexdigest(), heard, reading)


def _choice(choice: str | None, sure: float) -> Judgement:
    names = ("a", "b", "both", "neither", "undecided")
    value = choice or "undecided"
    return Judgement(value, {name: sure if name == value else (1 - sure) / 4 for name in names})


def _stated(value: str, words: Evidence) -> Judgement:
    return Judgement(value, {value: 1.0}, () if value == "unstated" else (words,))


def _yes(heard: Transcript, words: str) -> Judgement:
    if not words:
        return yes_or_no(False)
    start = heard.text.index(words)
    return Judgement("yes", {"yes": 1.0, "no": 0.0}, (evidence(heard, start, start + len(words)),))


def wave_of(
    study: Study, answers: Sequence[Answer], name: str = "w2", before: ComparedWave | None = None
) -> ComparedWave:
    """The answers compared; clusters go on from those of the wave before."""
    earlier = [before.comparison] if before else []
    options = CompareOptions(T, seed=3, resamples=20)
    return ComparedWave(compare_study(study, name, answers, WordHashEmbedder(), SAME, options, earlier), tuple(answers))


def picture_of(study: Study, answers: Sequence[Answer], *before: Sequence[Answer]) -> Picture:
    """All that patterns and scorecard look at; `before` are the answers of earlier waves, the oldest first."""
    waves: list[ComparedWave] = []
    for number, given in enumerate([*filter(None, before), answers], 1):
        waves.append(wave_of(study, given, f"w{number}", waves[-1] if waves else None))
    levels = group_speakers(study, waves[-1], "level", T)
    positions = positions_of(study, answers, T.unsure_confidence)
    return Picture(study, waves[-1], positions, levels, movements_to(waves), T)


def groups_of(study: Study, answers: Sequence[Answer], by: Any = "team") -> Groups:
    return group_speakers(study, wave_of(study, answers), by, T)


def pattern_of(name: PatternName, study: Study, answers: Sequence[Answer], *before: Sequence[Answer]) -> Pattern:
    return next(p for p in find_patterns(picture_of(study, answers, *before)) if p.name == name)
