"""Which answers an anonymous study may count now.

Two reports that differ by one person tell what that person said. So what was shown of a wave is kept, and answers are counted when as
many people have brought some as counts are shown from. After an erasure others stay away with the one who left, drawn at random.
"""

from __future__ import annotations

from collections.abc import Sequence

from filelock import FileLock

from voicepulse.comparison.suppression import GivenAnswer, disclosure
from voicepulse.interpretation.answers import Answer
from voicepulse.results import content_key
from voicepulse.settings import Thresholds
from voicepulse.workspace import OpenStudy


def _said(answer: Answer) -> str:
    """What a report counts of an answer: its recording, and whatever people said of it. Another word is another answer."""
    words = (
        [answer.confirmed_choice, answer.corrected, answer.transcript.text]
        if answer.confirmed_choice or answer.corrections or answer.edits
        else []
    )
    return content_key([answer.recording, *words]) if words else answer.recording


def countable(opened: OpenStudy, wave: str, given: Sequence[Answer], thresholds: Thresholds) -> list[Answer]:
    """The answers of a wave that reports may rest on; in an attributed study all. What is shown for the first time is kept."""
    rule = disclosure(opened.study.mode, thresholds)
    if not rule.anonymous:
        return list(given)
    present = {GivenAnswer(a.question, a.speaker, _said(a)): a for a in given}
    with FileLock(opened.folder.release_lock):  # two at once, each not knowing of the other, could differ by a person
        shown = opened.store.releases(wave)
        allowed = rule.countable(set(present), shown)
        if allowed and allowed not in shown:
            opened.store.add_release(wave, allowed)
    return [answer for key, answer in present.items() if key in allowed]
