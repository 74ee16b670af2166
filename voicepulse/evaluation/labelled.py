"""Labelled studies: answers with the readings that their author gave them.

A reader under test gets `question` and `text`; the labels are kept apart, and only the scorer and the fit look at them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicepulse.errors import StudyError
from voicepulse.study import Question, Study, parse_study


@dataclass(frozen=True, slots=True)
class LabelledAnswer:
    """`gold` is the author's reading: choice, qualified, escalates, stance, commitment, and spans; empty without labels."""

    question: str
    speaker: str
    text: str
    gold: dict[str, Any]

    @property
    def quotes(self) -> dict[str, list[str]]:
        """The words that its author marked, by the kind of span that readers look for."""
        return {
            "reason": [reason["span"] for reason in self.gold["reasons"]],
            "condition": self.gold["conditions"],
            "escalation": self.gold["escalation"],
            "cost": self.gold["gives_up"],
        }


@dataclass(frozen=True, slots=True)
class LabelledStudy:
    id: str
    study: Study
    answers: tuple[LabelledAnswer, ...]
    gold_verdicts: dict[str, str]

    @property
    def is_labelled(self) -> bool:
        return all(answer.gold for answer in self.answers) and len(self.gold_verdicts) == len(self.study.questions)

    def question(self, identifier: str) -> Question:
        question = self.study.question(identifier)
        if question is None:
            raise StudyError(f"The study {self.id} has answers to a question '{identifier}' that it does not ask.")
        return question


def load_labelled(folder: Path) -> list[LabelledStudy]:
    """All labelled studies of a folder, by file name.

    Raises:
        StudyError: none there, or one is malformed.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise StudyError(f"There is no labelled study (*.json) in {folder}.", "Name a folder that holds some.")
    return [_load(path) for path in paths]


def _load(path: Path) -> LabelledStudy:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        asked = [
            {key: q[key] for key in ("id", "kind", "prompt", "options", "intended") if key in q}
            for q in values["questions"]
        ]
        study = parse_study(
            {
                "title": values["title"],
                "strategy": values["strategy"],
                "speakers": values["speakers"],
                "questions": asked,
            },
            str(path),
        )
        answers = tuple(
            LabelledAnswer(a["question"], a["speaker"], a["text"], a.get("gold", {})) for a in values["answers"]
        )
        return LabelledStudy(
            values["id"],
            study,
            answers,
            {q["id"]: q["gold_verdict"] for q in values["questions"] if "gold_verdict" in q},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise StudyError(f"{path} is no labelled study ({error!r}).", "See the format in docs/formats.md.") from error
