"""Find a quote in a transcript: what a language model says was said counts only where it stands."""

from __future__ import annotations

import re

from voicepulse.interpretation.types import Evidence, evidence
from voicepulse.transcript.types import Transcript

FEWEST_WORDS = 2  # "no" or "if" stands in every other answer and shows nothing
_NO_SPACES = re.compile("[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f]")  # scripts that do not part their words
_WORD = re.compile(r"[^\W_]+", re.UNICODE)


def find_quote(transcript: Transcript, quote: str) -> Evidence | None:
    """The slice of the transcript that holds these words in this order, whatever their case and punctuation; None if it does not.

    The evidence is cut from the transcript, so it is exact even where the quote was not.
    """
    text, quote = transcript.text, quote.strip()
    if _NO_SPACES.search(quote):
        start = text.find(quote)
        return evidence(transcript, start, start + len(quote)) if start >= 0 else None
    wanted = [word.casefold() for word in _WORD.findall(quote)]
    if len(wanted) < FEWEST_WORDS:
        return None
    places = [(match.group().casefold(), match.start(), match.end()) for match in _WORD.finditer(text)]
    words = [word for word, _, _ in places]
    for first in range(len(words) - len(wanted) + 1):
        if words[first : first + len(wanted)] == wanted:
            return evidence(transcript, places[first][1], places[first + len(wanted) - 1][2])
    return None
