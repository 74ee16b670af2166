"""Public data in which people said which arguments make the same point: ArgKP-2021 and Perspectrum.

A context is what is compared with each other: the arguments of one topic and stance, the perspectives on one claim and of
one stance, the reasons of one question. In it every text has a label; two texts with one label are the same reason.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from voicepulse.errors import VoicePulseError
from voicepulse.evaluation.labelled import LabelledStudy

Context = list[tuple[str, str]]  # (text, label)


def argkp_contexts(folder: Path, split: str) -> list[Context]:
    """ArgKP-2021 (Bar-Haim et al. 2020): arguments that match just one key point, by topic and stance.

    Raises:
        VoicePulseError: the files are not there, or of another form.
    """
    try:
        arguments = {row["arg_id"]: row for row in _rows(folder / f"arguments_{split}.csv")}
        points: dict[str, list[str]] = defaultdict(list)
        for row in _rows(folder / f"labels_{split}.csv"):
            if row["label"] == "1":
                points[row["arg_id"]].append(row["key_point_id"])
        contexts: dict[tuple[str, str], Context] = defaultdict(list)
        for identifier, matched in points.items():
            if len(matched) == 1:
                argument = arguments[identifier]
                contexts[argument["topic"], argument["stance"]].append((argument["argument"], matched[0]))
    except (OSError, KeyError) as error:
        raise VoicePulseError(f"{folder} holds no ArgKP-2021 of the split '{split}' ({error!r}).") from error
    return list(contexts.values())


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def perspectrum_contexts(path: Path, split: str) -> list[Context]:
    """Perspectrum (Chen et al. 2019): the perspectives of one stance on one claim, by cluster.

    Raises:
        VoicePulseError: the file is not there, or of another form.
    """
    try:
        claims = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        contexts = [
            _perspectives(claim, stance)
            for claim in claims
            if claim["split"] == split
            for stance in ("SUPPORT", "UNDERMINE")
        ]
    except (OSError, KeyError, ValueError) as error:
        raise VoicePulseError(f"{path} holds no Perspectrum of the split '{split}' ({error!r}).") from error
    return [context for context in contexts if len({label for _, label in context}) > 1]


def _perspectives(claim: dict[str, Any], stance: str) -> Context:
    return [
        (text, str(number))
        for number, cluster in enumerate(claim["clusters"])
        if cluster["stance"] == stance
        for text in cluster["perspectives"]
    ]


def study_contexts(studies: Iterable[LabelledStudy]) -> list[Context]:
    """The labelled reasons of each question, by theme."""
    return [
        [
            (reason["span"], reason["theme"])
            for answer in study.answers
            if answer.question == question.id
            for reason in answer.gold["reasons"]
        ]
        for study in studies
        for question in study.study.questions
    ]


def same_label_pairs(context: Sequence[tuple[str, str]]) -> list[tuple[int, int, bool]]:
    """All pairs of a context: two indices, and whether they are the same reason."""
    return [(i, j, context[i][1] == context[j][1]) for i, j in combinations(range(len(context)), 2)]
