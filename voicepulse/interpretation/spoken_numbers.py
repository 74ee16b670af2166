"""Ratings as people say them: "a seven, maybe eight" is 7.5, "six out of ten" is 6, "I'd give us a B" is none."""

from __future__ import annotations

import re

from voicepulse.interpretation.types import Rating, evidence
from voicepulse.transcript.types import Transcript

_WORDS = {
    w: float(n)
    for n, w in enumerate(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"])
}
_NUMBER = r"(?:\d+(?:\.\d+)?|" + "|".join(_WORDS) + r")"
_ONE = re.compile(
    rf"\b(?P<a>{_NUMBER})(?P<half> and a half|-and-a-half)?"
    rf"(?:\s*(?:,|-|–|to|or|maybe|perhaps|or maybe|, maybe|, or|, perhaps|, or maybe|or even)\s*(?:an? )?(?P<b>{_NUMBER}))?\b(?P<of> out of (?:ten|10)|/10)?",
    re.IGNORECASE,
)
_NOT_A_RATING = re.compile(
    r"^\s*(of (us|them|you|the)|years?|months?|weeks?|days?|people|times|percent|%|thing|or two|another|in (two|three|ten))\b",
    re.IGNORECASE,
)
_CORRECTION = re.compile(r"\b(no|actually|make (it|that)|let's say|rather|sorry)\b", re.IGNORECASE)
_SCALE = re.compile(r"(on a scale (of|from) )?\b(from )?(one|1) (to|and) (ten|10)\b", re.IGNORECASE)


def find_rating(transcript: Transcript) -> Rating | None:
    """The rating that was said: one marked "out of ten" first, else the last after a correction, else the first."""
    text = _SCALE.sub(lambda match: " " * len(match.group()), transcript.text)  # the scale named is no rating given
    found = [
        (m, value)
        for m in _ONE.finditer(text)
        if (value := _value(m)) is not None and not _NOT_A_RATING.match(text[m.end() :]) and not _is_pronoun(m, text)
    ]
    if not found:
        return None
    marked = [f for f in found if f[0]["of"]]
    corrected = [f for f in found[1:] if _CORRECTION.search(text[found[0][0].end() : f[0].start()])]
    match, value = (corrected or marked or found)[-1 if corrected or marked else 0]
    return Rating(value, evidence(transcript, match.start(), match.end()))


def _is_pronoun(match: re.Match[str], text: str) -> bool:
    """Whether "one" is a word and no number: "no one", "this one", "one of us"."""
    counted = (
        match["of"]
        or match["b"]
        or re.search(r"\b(a|an|say|it's|maybe|just)\s+$", text[: match.start()], re.IGNORECASE)
    )
    return match["a"].lower() == "one" and not counted


def _value(match: re.Match[str]) -> float | None:
    first = _number(match["a"]) + (0.5 if match["half"] else 0)
    value = (first + _number(match["b"])) / 2 if match["b"] else first
    return value if 1 <= value <= 10 else None


def _number(word: str) -> float:
    return _WORDS[word.lower()] if word.lower() in _WORDS else float(word)
