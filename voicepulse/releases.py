"""Which answers an anonymous study may count now.

Two reports that differ by one person tell what that person said. So what was shown is kept, and answers are counted when as many
have come as counts are shown from. After an erasure others stay away with the one who left, drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence

from voicepulse.comparison.suppression import disclosure
from voicepulse.interpretation.answers import Answer
from voicepulse.settings import Thresholds
from voicepulse.workspace import OpenStudy


def countable(opened: OpenStudy, wave: str, given: Sequence[Answer], thresholds: Thresholds) -> list[Answer]:
    """The answers of a wave that reports may rest on; in an attributed study all. What is shown for the first time is kept."""
    rule = disclosure(opened.study.mode, thresholds)
    if not rule.anonymous:
        return list(given)
    counted: list[Answer] = []
    for question in dict.fromkeys(answer.question for answer in given):
        mine = [answer for answer in given if answer.question == question]
        shown = opened.store.releases(wave, question)
        allowed = rule.countable({answer.speaker for answer in mine}, shown)
        if allowed and allowed not in shown:
            opened.store.add_release(wave, question, allowed)
        counted += [answer for answer in mine if answer.speaker in allowed]
    return counted
