"""A made-up study that has everything: four kinds of question, levels, teams, two waves, terms, contradictions, resources."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.conftest import WordHashEmbedder, make_answer
from voicepulse.comparison.compare import CompareOptions, compare_study
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.types import ComparedWave
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.types import Action, Evidence, Judgement, Rating
from voicepulse.report.findings import Beside, find
from voicepulse.report.types import Findings
from voicepulse.resources import Resource
from voicepulse.rhythm import WaveDates, rhythm
from voicepulse.settings import Thresholds
from voicepulse.study import Study, parse_study
from voicepulse.transcript.subtitles import transcript_of_text

SAME = SameReason(12.0, -5.0)
MONEY, WORD, LOAD = "the money that it brings in", "we gave our word on it", "too many tickets land with us"
LEVELS = ("executive", "executive", "executive", "manager", "manager", "manager", "staff", "staff", "staff")
TEAMS = ("Sales", "Build", "Sales", "Sales", "Build", "Build", "Sales", "Build", "Build")
PEOPLE = [f"s{n}" for n in range(1, 10)]


def full_study(mode: str = "attributed") -> Study:
    options = [{"id": "a", "label": "Build the alpha thing"}, {"id": "b", "label": "Keep the beta thing"}]
    tradeoffs = [
        {
            "id": f"q{n}",
            "title": title,
            "prompt": "Only one can be had. Which one, and why?",
            "options": options,
            "intended": "a",
        }
        for n, title in ((1, "The release"), (2, "The night"), (3, "The contract"))
    ]
    others = [
        {"id": "agree", "title": "Agreement", "kind": "agreement", "prompt": "Do you agree with the strategy?"},
        {"id": "doing", "title": "What changes", "kind": "execution", "prompt": "What will you do, and stop doing?"},
        {"id": "rate", "title": "How aligned", "kind": "rating", "prompt": "From one to ten, how aligned are we?"},
    ]
    return parse_study(
        {
            "title": "A full study",
            "strategy": "Enterprise first: alpha before beta.",
            "mode": mode,
            "wave": "2026-Q4",
            "cadence": "quarterly",
            "speakers": [
                {"id": person, "name": f"Person {person.upper()}", "level": level, "team": team}
                for person, level, team in zip(PEOPLE, LEVELS, TEAMS, strict=True)
            ],
            "questions": [*tradeoffs, *others],
        }
    )


def _timed(answer: Answer) -> Answer:
    """Its reason's words are spoken from one second to two."""
    reading = answer.reading
    reasons = tuple(replace(r, evidence=replace(r.evidence, seconds=(1.0, 2.0))) for r in reading.reasons)
    return replace(answer, reading=replace(reading, reasons=reasons))


def _choose(question: str, choices: str, reasons: list[str], wave: str) -> list[Answer]:
    given = [
        _timed(make_answer(person, choice, reason, question=question))
        for person, choice, reason in zip(PEOPLE, choices, reasons, strict=True)
    ]
    return [replace(a, wave=wave, recording=f"{a.recording[:-2]}{wave[-2:].lower()}") for a in given]


def _say(question: str, kind: str, person: str, text: str, **fields: object) -> Answer:
    plain = make_answer(person, "a", question=question)
    reading = replace(plain.reading, kind=kind, choice=None, reasons=(), **fields)  # type: ignore[arg-type]
    return replace(plain, wave="2026-Q4", transcript=transcript_of_text(text, "en"), reading=reading)


def _other_kinds() -> list[Answer]:
    answers = []
    for n, person in enumerate(PEOPLE):
        stance = ("agree", "agree", "agree", "agree", "disagree", "agree", "unstated", "agree", "agree")[n]
        text = f"When I say enterprise I mean {'large accounts' if n % 2 else 'whoever pays most'}."
        words = (Evidence(0, 10, text[:10]),)
        commits = Judgement("commits" if stance == "disagree" else "unstated", {"commits": 0.9, "unstated": 0.1}, words)
        answers.append(
            _say("agree", "agreement", person, text, stance=Judgement(stance, {stance: 0.9}, words), commitment=commits)
        )
        number = 9.0 if n < 3 else 5.0
        answers.append(
            _say("rate", "rating", person, f"A {number:g}.", rating=Rating(number, Evidence(2, 3, f"{number:g}")))
        )
        deed = "I will start weekly beta reviews" if n % 2 else "I will stop the weekly beta reviews"
        action = Action("start" if n % 2 else "stop", concrete=bool(n % 2), evidence=Evidence(0, len(deed), deed))
        answers.append(_say("doing", "execution", person, deed, actions=(action,)))
    return answers


def full_waves(study: Study) -> list[ComparedWave]:
    then = _choose("q1", "aaaaaaaab", [MONEY] * 8 + [WORD], "2026-Q3") + _choose(
        "q2", "aaabbbbbb", [LOAD] * 9, "2026-Q3"
    )
    now = [
        *_choose("q1", "aaaaabbbb", [MONEY] * 5 + [WORD] * 4, "2026-Q4"),
        *_choose("q2", "aaaaaaaab", [MONEY, WORD, LOAD] * 3, "2026-Q4"),
        *_choose("q3", "aaaaaaaaa", [MONEY] * 9, "2026-Q4"),
        *_other_kinds(),
    ]
    options = CompareOptions(Thresholds(), 3, 60)
    first = compare_study(study, "2026-Q3", then, WordHashEmbedder(), SAME, options)
    second = compare_study(study, "2026-Q4", now, WordHashEmbedder(), SAME, options, [first])
    return [ComparedWave(first, tuple(then)), ComparedWave(second, tuple(now))]


def full_findings(study: Study | None = None) -> Findings:
    study = study or full_study()
    resources = (Resource("licences", 1000.0, "q1", "a", "EUR"), Resource("two people", 3000.0, "q1", "b", "EUR"))
    held = rhythm(
        "quarterly",
        {
            "2026-Q3": WaveDates(date(2026, 7, 6), date(2026, 7, 7), date(2026, 7, 9)),
            "2026-Q4": WaveDates(date(2026, 10, 5), date(2026, 10, 6), date(2026, 10, 9)),
        },
        date(2026, 11, 1),
    )
    return find(study, full_waves(study), Thresholds(), Beside(resources, held))
