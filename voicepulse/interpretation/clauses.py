"""An answer's clauses: the units that are read, with their places in the text.

spaCy finds the sentences and which tokens are verbs; a sentence is cut at punctuation and before the words that turn,
condition or explain, wherever both sides can stand alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from voicepulse.checkpoints.store import Installed

_STRONG = {";", ":", "—", "–", "--", "...", "…"}
_TURNS = {
    "but",
    "because",
    "so",
    "unless",
    "if",
    "although",
    "though",
    "when",
    "whereas",
    "except",
    "provided",
    "until",
    "since",
    "while",
    "then",
}
_SHORTEST = 3  # tokens on either side of a cut


@dataclass(frozen=True, slots=True)
class Clause:
    """Characters [start, end) of the transcript; `sentence` counts from zero; `negated` by a negation that spaCy found."""

    text: str
    start: int
    end: int
    sentence: int
    negated: bool


class ClauseSplitter:
    """Cuts English text into clauses."""

    def __init__(self, weights: Installed) -> None:
        import spacy

        self._nlp: Any = spacy.load(weights.folder, exclude=["ner", "lemmatizer"])
        self.digest = weights.digest

    def split(self, text: str) -> list[Clause]:
        """The clauses of a text, in order; they cover it but for white space and closing punctuation."""
        clauses = []
        for number, sentence in enumerate(self._nlp(text).sents):
            for tokens in _cut(list(sentence)):
                words = _strip(tokens)
                if words:
                    start, end = words[0].idx, words[-1].idx + len(words[-1])
                    clauses.append(Clause(text[start:end], start, end, number, any(t.dep_ == "neg" for t in words)))
        return clauses


def _cut(sentence: list[Any]) -> list[list[Any]]:
    pieces: list[list[Any]] = [[]]
    for i, token in enumerate(sentence):
        piece, rest = pieces[-1], sentence[i:]
        if _may_cut(token, piece, rest):
            pieces.append([])
        pieces[-1].append(token)
    return pieces


def _may_cut(token: Any, before: list[Any], rest: list[Any]) -> bool:
    """Whether a new clause begins at this token."""
    if len(before) < _SHORTEST or len(rest) < _SHORTEST:
        return False
    if before[-1].text in _STRONG:
        return True
    stands_alone = _has_verb(before) and _has_verb(rest)
    if before[-1].text == ",":
        return stands_alone
    return token.lower_ in _TURNS and stands_alone


def _has_verb(tokens: list[Any]) -> bool:
    return any(token.pos_ in ("VERB", "AUX") for token in tokens)


def _strip(tokens: list[Any]) -> list[Any]:
    first, last = 0, len(tokens)
    while first < last and (tokens[first].is_punct or tokens[first].is_space):
        first += 1
    while last > first and (tokens[last - 1].is_punct or tokens[last - 1].is_space):
        last -= 1
    return tokens[first:last]
