"""A person's text in the place of what was heard. Words that stay keep their times, so quotes can still be played.

Which words stay: the longest runs of words that match without case and punctuation (Ratcliff and Metzener 1988, as in difflib).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import groupby, takewhile
from operator import attrgetter

from voicepulse.errors import VoicePulseError
from voicepulse.transcript.assembly import assemble
from voicepulse.transcript.types import Segment, SpokenWord, Transcript

MOST_PAIRS = 400_000  # of equal words, old and new (half an hour of plain speech has half); with more, a word said over and over is no anchor: to try all takes minutes
_SPACED = re.compile(r"\S+")
_NO_LETTER = re.compile(r"[\W_]+")


def edited(transcript: Transcript, text: str) -> Transcript:
    """The transcript with this text; without times it stays without.

    A new word lies between the words that stay around it, or where the words were that it replaces, for as long as it is
    long among the new ones; its probability is 1.

    Raises:
        VoicePulseError: the text is empty.
    """
    wanted = edited_text(text).split(" ")
    tokens = list(_aligned(_tokens(transcript), wanted, transcript.seconds))
    by_segment = [(number, list(group)) for number, group in groupby(tokens, attrgetter("segment"))]
    provenance = {**transcript.provenance, "edited": True}
    if not transcript.words:
        segments = _untimed(transcript.segments, [(number, [t.text for t in group]) for number, group in by_segment])
        return replace(transcript, text=" ".join(wanted), segments=segments, provenance=provenance)
    spoken = [[word for token in group for word in token.spoken] for _, group in by_segment]
    whole = assemble(spoken, transcript.language, transcript.seconds, provenance)
    return replace(whole, loops=transcript.loops, reheard=transcript.reheard)


def edited_text(text: str) -> str:
    """The text as it is kept: white space becomes single spaces.

    Raises:
        VoicePulseError: nothing is left.
    """
    if not text.strip():
        raise VoicePulseError(
            "A transcript cannot be edited to nothing.", "Record the answer anew, or erase it, if it should not count."
        )
    return " ".join(text.split())


@dataclass(frozen=True, slots=True)
class _Token:
    """What stands between two spaces. An engine may give it in several pieces; without times there are none."""

    text: str
    segment: int
    spoken: tuple[SpokenWord, ...]

    @property
    def start(self) -> float:
        return self.spoken[0].start if self.spoken else 0.0

    @property
    def end(self) -> float:
        return max((word.end for word in self.spoken), default=0.0)


def _tokens(transcript: Transcript) -> list[_Token]:
    places = [word.char_start for word in transcript.words]
    found = []
    for number, segment in enumerate(transcript.segments):
        for match in _SPACED.finditer(segment.text):
            first, last = (bisect_left(places, segment.char_start + place) for place in match.span())
            pieces = transcript.words[first:last]
            spoken = tuple(
                SpokenWord(piece.text if i else f" {piece.text}", piece.start, piece.end, piece.probability)
                for i, piece in enumerate(pieces)
            )
            found.append(_Token(match.group(), number, spoken))
    return found


def _aligned(old: Sequence[_Token], wanted: Sequence[str], seconds: float) -> Iterator[_Token]:
    """The wanted words, each with the segment and the times that it has from the old ones."""
    for kind, since, until, first, last in _steps([_plain(t.text) for t in old], [_plain(word) for word in wanted]):
        if kind == "equal":
            yield from map(_kept, old[since:until], wanted[first:last])
        if kind in ("equal", "delete"):
            continue
        new, replaced = wanted[first:last], old[since:until]
        after = old[until].start if until < len(old) else seconds
        if replaced:
            start, end = replaced[0].start, max(token.end for token in replaced)
            segments = [replaced[place * len(replaced) // len(new)].segment for place in range(len(new))]
        else:
            start, end = old[since - 1].end if since else 0.0, after
            segments = [old[since - 1].segment if since else 0] * len(new)
        times = _spread(new, min(start, after), min(end, after))
        for text, segment, (begins, ends) in zip(new, segments, times, strict=True):
            yield _Token(text, segment, (SpokenWord(f" {text}", begins, ends, 1.0),))


def _steps(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """What stays and what changes, as difflib's opcodes.

    What is the same at both ends is set aside first: where words are repeated, the longest run may not be the one that stayed.
    """
    ahead = _alike(old, new)
    behind = _alike(old[ahead:][::-1], new[ahead:][::-1])
    before, after = old[ahead : len(old) - behind], new[ahead : len(new) - behind]
    counts = Counter(after)
    pairs = sum(count * counts[word] for word, count in Counter(before).items())
    yield "equal", 0, ahead, 0, ahead
    for kind, *places in SequenceMatcher(None, before, after, autojunk=pairs > MOST_PAIRS).get_opcodes():
        since, until, first, last = (place + ahead for place in places)
        yield kind, since, until, first, last
    yield "equal", len(old) - behind, len(old), len(new) - behind, len(new)


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _kept(token: _Token, text: str) -> _Token:
    """The token with its text as the person wrote it. Pieces cannot be told apart any more where it changed."""
    if token.text == text or not token.spoken:
        return replace(token, text=text)
    probability = min(word.probability for word in token.spoken)
    return _Token(text, token.segment, (SpokenWord(f" {text}", token.start, token.end, probability),))


def _spread(words: Sequence[str], start: float, end: float) -> Iterator[tuple[float, float]]:
    """(start, end) of each word in these seconds, in proportion to its letters."""
    pace, letters = (end - start) / sum(map(len, words)), 0
    for word in words:
        begins = min(start + pace * letters, end)
        letters += len(word)
        yield begins, min(start + pace * letters, end)


def _untimed(old: Sequence[Segment], parts: Sequence[tuple[int, Sequence[str]]]) -> tuple[Segment, ...]:
    """Segments of words without times; those of subtitles keep the times of their cues."""
    segments: list[Segment] = []
    begins = 0
    for number, words in parts:
        text = " ".join(words)
        start, end = (old[number].start, old[number].end) if old else (0.0, 0.0)
        segments.append(Segment(text, start, end, begins, begins + len(text)))
        begins += len(text) + 1
    return tuple(segments)


def _plain(word: str) -> str:
    return _NO_LETTER.sub("", word).lower() or word
