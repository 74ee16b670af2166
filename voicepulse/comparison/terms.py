"""Words of the strategy that speakers explain: side by side, those who mean the same together.

Somebody explains a word when a sentence holds it beside a cue ("enterprise means", "by enterprise I mean", "what I call
enterprise"). Only what is said is taken; whether two explanations mean the same is the encoder's judgement, and the words
stand beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from voicepulse.comparison.reasons import SameReason, cluster_reasons
from voicepulse.comparison.types import Said, Term
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.embedder import Embedder
from voicepulse.interpretation.types import evidence

_WORD = re.compile(r"[^\W\d_]{4,}(?:-[^\W\d_]+)*")
_SENTENCE = re.compile(r"[^.!?]+[.!?]*")
_BEFORE = r"(?:when (?:i|we) say|by|what (?:i|we) call|(?:i|we) (?:understand|read|take)|the word|(?:for|to) me,?(?: the)?)\s+(?:an? |the |our |your )?"
_AFTER = r"\s*,?\s*(?:means?|meant|stands for|is not just|isn't just|is about|as in|that is|in the sense|(?:for|to) me (?:is|means|was)|if you ask me)\b"


def find_terms(strategy: str, answers: Sequence[Answer], embedder: Embedder, same: SameReason) -> tuple[Term, ...]:
    """The strategy's words that at least two speakers explain, those explained in most ways first."""
    found = []
    for word in _words_of(strategy):
        said = [one for answer in answers if (one := _explanation(answer, word)) is not None]
        first = {one.speaker: one for one in sorted(said, key=lambda s: (s.speaker, s.question))[::-1]}
        if len(first) >= 2:
            found.append(Term(word, _ways([first[speaker] for speaker in sorted(first)], embedder, same)))
    return tuple(sorted(found, key=lambda term: (-len(term.ways), -term.speakers, term.word)))


def _words_of(strategy: str) -> list[str]:
    """The words that carry the strategy, in its order; a hyphenated word also by its parts' whole."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    words = (match.group().lower() for match in _WORD.finditer(strategy))
    return list(dict.fromkeys(word for word in words if word not in ENGLISH_STOP_WORDS))


def _explanation(answer: Answer, word: str) -> Said | None:
    """The first sentence of an answer that explains the word, with the one after it where the sentence only announces."""
    text = answer.transcript.text
    stem = re.escape(word[:-1] if word.endswith("s") else word)
    cue = re.compile(rf"\b(?:{_BEFORE}{stem}\w{{0,3}}|{stem}\w{{0,3}}['\"”]?{_AFTER})", re.IGNORECASE)
    for start, end in _sentences(text):
        if cue.search(text, start, end):
            return Said(answer.speaker, answer.question, answer.recording, evidence(answer.transcript, start, end))
    return None


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    for match in _SENTENCE.finditer(text):
        start = match.start() + len(match.group()) - len(match.group().lstrip())
        if start < match.end():
            yield start, match.start() + len(match.group().rstrip())


def _ways(said: Sequence[Said], embedder: Embedder, same: SameReason) -> tuple[tuple[Said, ...], ...]:
    vectors = np.asarray(embedder.embed([one.evidence.quote for one in said]), dtype=np.float64)
    return tuple(tuple(said[i] for i in cluster.members) for cluster in cluster_reasons(vectors, same))
