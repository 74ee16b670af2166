"""Find a quote in a transcript: what a language model says was said counts only where it stands."""

from __future__ import annotations

import re

from voicepulse.interpretation.types import Evidence, evidence
from voicepulse.transcript.types import Transcript

_WORD = re.compile(r"[^\W_]+", re.UNICODE)


def find_quote(transcript: Transcript, quote: str) -> Evidence | None:
    """The slice of the transcript that holds these words in this order, whatever their case and punctuation; None if it does not.

    The evidence is cut from the transcript, so it is exact even where the quote was not.
    """
    text = transcript.text
    start = text.find(quote) if quote.strip() else -1
    if start >= 0:
        return evidence(transcript, start, start + len(quote))
    wanted = [word.casefold() for word in _WORD.findall(quote)]
    if not wanted:
        return None
    places = [(match.group().casefold(), match.start(), match.end()) for match in _WORD.finditer(text)]
    words = [word for word, _, _ in places]
    for first in range(len(words) - len(wanted) + 1):
        if words[first : first + len(wanted)] == wanted:
            return evidence(transcript, places[first][1], places[first + len(wanted) - 1][2])
    return None
