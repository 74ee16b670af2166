from __future__ import annotations

from pathlib import Path

import pytest
import tomlkit

from voicepulse.critique import criticize
from voicepulse.errors import StudyError
from voicepulse.scenarios import LIBRARY, study_template
from voicepulse.study import load_study, parse_study


def minimal(**changes: object) -> dict[str, object]:
    return {
        "title": "T",
        "strategy": "A before B.",
        "speakers": [{"id": "s1"}],
        "questions": [tradeoff()],
        **changes,
    }


def tradeoff(
    prompt: str = "There is room for only one. Which one, and why?", first: str = "Build A", second: str = "Build B"
) -> dict[str, object]:
    return {
        "id": "q1",
        "prompt": prompt,
        "options": [{"id": "a", "label": first}, {"id": "b", "label": second}],
        "intended": "a",
    }


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"mode": "secret"}, "mode"),
        ({"speakers": []}, "speakers"),
        ({"speakers": [{"id": "s1"}, {"id": "s1"}]}, "two speakers have the same id: s1"),
        ({"speakers": [{"id": "a"}, {"id": "A"}]}, "two speakers have the same id"),
        ({"language": "xx"}, "no language that Whisper hears"),
        ({"speakers": [{"id": "../s1"}]}, "is no identifier"),
        ({"questions": [{**tradeoff(), "intended": "z"}]}, "intended = 'z' is none of the options"),
        ({"questions": [{**tradeoff(), "options": [{"id": "both", "label": "x"}]}]}, "reserved"),
        (
            {"questions": [{"id": "q", "kind": "rating", "prompt": "?", "options": [{"id": "a", "label": "A"}]}]},
            "only a trade-off has options",
        ),
        ({"answer_pattern": "{question}.{ext}"}, "needs {question} and {speaker}"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_fault_in_the_study_is_named_with_its_place(changes: dict[str, object], named: str) -> None:
    with pytest.raises(StudyError, match=named.replace("{", r"\{").replace("}", r"\}")):
        parse_study(minimal(**changes))


def test_missing_and_malformed_files_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="voicepulse init"):
        load_study(tmp_path)
    (tmp_path / "study.toml").write_text("title = [")
    with pytest.raises(StudyError, match="not valid TOML"):
        load_study(tmp_path)


def test_the_template_is_a_valid_study_of_all_kinds_and_its_scenarios_stand_the_critique() -> None:
    study = parse_study(tomlkit.parse(study_template('My "quoted" study', "2026-Q4")).unwrap())
    assert {q.kind for q in study.questions} == {"tradeoff", "agreement", "execution", "rating"}
    assert {s.name for s in LIBRARY} == {"product", "hiring", "big_customer", "market", "budget"}
    assert [f.code for f in criticize(study)] == ["weak-evidence"]


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ({"id": "q", "kind": "agreement", "prompt": "Do you agree?"}, "weak-evidence"),
        (tradeoff(prompt="Do you agree with putting A first, or not?"), "asks-agreement"),
        ({**tradeoff(), "options": [{"id": "a", "label": "Build A"}]}, "one-option"),
        (tradeoff(second="Build A as well as B"), "both-possible"),
        (tradeoff(first="Do the responsible thing and build A"), "loaded-option"),
        (tradeoff(second="Abandon our customers"), "loaded-option"),
        (
            tradeoff(prompt="Only one can be built. Which one should we build? And how should we tell the board?"),
            "two-questions",
        ),
        (tradeoff(prompt="Sales would like A. Support has asked for B. What do you think of that?"), "no-scarcity"),
    ],
)
def test_weak_questions_are_criticized_with_a_proposal(question: dict[str, object], code: str) -> None:
    findings = criticize(parse_study(minimal(questions=[question])))
    assert code in [f.code for f in findings]
    assert all(f.proposal for f in findings)


def test_a_good_question_is_left_alone() -> None:
    assert criticize(parse_study(minimal())) == []
