"""A plain yes or no to the question whether somebody agrees: "Absolutely I do", "No, not really", "I'm on board with it".

Readers were fitted on trade-offs, where a stance is said by the way; asked outright, people answer in a word, and that is what they
miss. So where a reader hears no stance in an answer to an `agreement` question, the beginning of the answer is looked at.
"""

from __future__ import annotations

import re

from voicepulse.interpretation.types import Evidence, evidence
from voicepulse.transcript.types import Transcript

CONFIDENCE = 0.9  # of a plain word; measured on made-up answers only (tests/interpretation/test_outright.py)

_FILLER = r"(?:(?:well|um+|uh+|so|look|honestly|oh|ah|hm+|okay|ok|right|listen|frankly|to be honest|i mean|you know|i think|i'd say|god|gosh)\b[\s,.!…-]*)*"
_I = r"(?:i|we|me|personally,? i)"
_SURE = r"(?:(?:really|fully|completely|totally|absolutely|certainly|definitely|do|very much|strongly|generally|basically|mostly|broadly|honestly|just|still) )*"
_AGREE = re.compile(
    rf"{_FILLER}(?:no,? (?:no,? )?{_I} (?:do )?agree\b|no (?:doubt|question|objections?|argument)\b|not a doubt|without (?:a )?(?:doubt|reservation)|"
    rf"(?:yes|yeah|yep|yup|aye)\b(?!,? and no\b|,? but no\b)|(?:absolutely|definitely|completely|totally|certainly|of course|sure|naturally|obviously)\b(?! not\b|,? not\b| no\b)|"
    rf"{_I} {_SURE}(?:agree|support it|back it|believe in it|like it|stand by it)\b|{_I} (?:do|absolutely do|really do)\b(?! not)|"
    r"(?:i'm|i am|we're|we are) (?:all |fully |totally |completely |very much |right |100 percent )*(?:for it|in favou?r|on board|behind it|with it|in\b|sold)|"
    r"(?:a |one )?(?:hundred|100) ?(?:percent|%)|count me in|couldn't agree more|in principle,? (?:yes|i do|i agree))",
    re.IGNORECASE,
)
_DISAGREE = re.compile(
    rf"{_FILLER}(?:(?:absolutely|definitely|certainly|of course|sure(?:ly)?) not\b|not (?:really|at all|one bit|in the least|particularly|as such)\b|"
    rf"{_I} {_SURE}(?:don't|do not|can't|cannot|never did|disagree|object)\b|(?:i'm|i am|we're|we are) (?:not (?:for it|in favou?r|on board|behind it|with it|sold|convinced)|against)|"
    r"(?:no|nope|nah)\b(?![\s,]+(?:doubt|question|objection|argument|no,? (?:i|it)))(?!,? (?:i|we) (?:do|agree)\b)(?!,? (?:it's|that's) (?:right|fine|good)\b))",
    re.IGNORECASE,
)


def stated_outright(transcript: Transcript) -> tuple[str, Evidence] | None:
    """agree or disagree with the words it was said in, where an answer begins with a plain yes or no; else None."""
    text = transcript.text.replace("’", "'")  # as long as before, so the places stay
    start = len(text) - len(text.lstrip())
    for stance, pattern in (("disagree", _DISAGREE), ("agree", _AGREE)):
        if found := pattern.match(text, start):
            return stance, evidence(transcript, start, found.end())
    return None
