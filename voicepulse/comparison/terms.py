"""Words of the strategy that speakers explain: side by side, those who mean the same together.

Somebody explains a word when a sentence holds it beside a cue ("enterprise means", "by enterprise I mean", "what I call
enterprise"). To use or to praise a word is not to explain it ("quality means a lot to us", "I take safety seriously"), and a
false explanation costs more than a missed one: cues are kept narrow. Only what is said is taken; whether two explanations
mean the same is the encoder's judgement, and the words stand beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from voicepulse.comparison.reasons import SameReason, cluster_reasons
from voicepulse.comparison.stop_words import STOP_WORDS
from voicepulse.comparison.types import Said, Term
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.embedder import Embedder
from voicepulse.interpretation.types import evidence

_WORD = re.compile(r"[^\W\d_]{4,}(?:-[^\W\d_]+)*")
_SENTENCE = re.compile(r"[^.!?]+[.!?]*")
_I = r"(?:i|we|you|they|people)"
_WE = rf"(?:{_I}|(?:my|our) \w+)"
_ME = r"(?:(?:for|to) (?:me|us|them|(?:my|our) \w+)|in my (?:book|head|mind|world|language))"
_A = r"(?:(?:an?|the|our|your|my) )?"
_MEANS = r"(?:is|are|isn't|aren't|was|were|has always been|means?|meant|says?|starts?|begins?|that's|it's)"
_SOME = r"(?:when|if|whether|what|who|how|(?:who|what)ever|(?:some|any|every)(?:body|one|thing))"
_PRAISE = r"(?:nothing|everything|a lot|a great deal|little|much|more|less|fewer|trouble|money|business|the world)"
_CUES = (  # WORD is the word, in whatever form it was said
    rf"when {_I} (?:say|hear|write|use) (?:the word )?{_A}WORD",
    rf"(?:when|if) {_I} (?:talk|speak|think) (?:about|of) {_A}WORD\b.*\b(?:mean|(?:talk|speak|think)ing (?:about|of))",
    rf"{_I} (?:all )?(?:say|hear|write|use) (?:the word )?WORD\b.*\b(?:{_I} (?:mean|think)|it means|for \w+ (?:it's|that's))",
    rf"the (?:word|term|phrase) WORD\b.*\b(?:means?|meant|says|stands for|{_ME})",
    rf"what (?:do )?{_I}(?:'d| would| even| really| actually)* (?:call|(?:mean|understand) by) {_A}WORD",
    rf"what {_A}WORD (?:really |actually |even )?is(?=[,.?]| (?:to|for) (?:me|us))",
    rf"by {_A}WORD,? {_I} (?:mean|meant|understand|think of)",
    rf"WORD(?: \w+)?,? (?:and )?by (?:that|this|which) {_I} (?:mean|understand)",
    rf"WORD(?: \w+)?,? (?:and )?{_I}(?: would|'d)? (?:take|read|understand|describe) (?:it|that) (?:as|to mean)",
    rf"{_I} (?:would )?(?:define|understand|read|think of|picture|see) {_A}WORD (?:as|to (?:be|mean))",
    rf"mean {_A}WORD (?:as in|in the sense)",
    rf"(?:my|our|their) (?:definition|idea|notion|understanding|version) of {_A}WORD",
    r"(?:call|consider) (?:\w+ ){0,4}WORD (?:if|when|once)",
    rf"counts? as {_A}WORD",
    rf"{_ME},? {_A}WORD (?:{_MEANS} (?:always |just |only |simply |not |about )*(?:{_SOME}|that|an?|people|those|about|not|\w+ing)|means?|meant)",
    rf"WORD(?:,? (?:for|to) (?:me|us|them),?|, {_ME}[^,.?]{{0,30}},|,? if you ask me,?|,? (?:the way|as) {_WE} sees? it,?) {_MEANS}",
    rf"WORD,? (?:(?:the way|as) {_WE} (?:understand|use|read|define)s? (?:it|that)|in the sense (?:of|that))",
    rf"(?:(?<=being )|(?<!ing )(?<!ing the )(?<!more )(?<!less ))WORD(?: here| itself| doesn't| does not| only| just| really| always| should)* (?:means?|meant)\b(?! {_PRAISE})",
    r"WORD(?: here| always| really)? (?:stands? for|comes? down to|boils? down to)",
    r"WORD (?:is|are) (?:really |simply |just |only )?(?:when|whether|(?:who|what)ever|(?:some|any)(?:body|one) who|about (?:\w+ing|how|who|what|whether))",
    rf"WORD (?:isn't|is not) (?:an?|about|just|only|when|\w+ing)\b.*\b(?:it's|it is|WORD is) (?:{_SOME}|\w+ing)",
)


def find_terms(strategy: str, answers: Sequence[Answer], embedder: Embedder, same: SameReason) -> tuple[Term, ...]:
    """The strategy's words that at least two speakers explain, those explained in most ways first."""
    found = []
    for word in _words_of(strategy):
        cue, named = _cue(word), re.compile(_stem(word), re.IGNORECASE)
        naming = [answer for answer in answers if named.search(answer.transcript.text)]
        said = [one for answer in naming if (one := _explanation(answer, cue)) is not None]
        first = {one.said.speaker: one for one in sorted(said, key=lambda s: (s.said.speaker, s.said.question))[::-1]}
        if len(first) >= 2:
            found.append(Term(word, _ways([first[speaker] for speaker in sorted(first)], embedder, same)))
    return tuple(sorted(found, key=lambda term: (-len(term.ways), -term.speakers, term.word)))


def _words_of(strategy: str) -> list[str]:
    """The words that carry the strategy, in its order; a hyphenated word is one word."""
    words = (match.group().lower() for match in _WORD.finditer(strategy))
    return list(dict.fromkeys(word for word in words if word not in STOP_WORDS))


@dataclass(frozen=True, slots=True)
class _Explanation:
    """What somebody said, and its content: without the word and its cue, which all explanations of a word share."""

    said: Said
    content: str


def _explanation(answer: Answer, cue: re.Pattern[str]) -> _Explanation | None:
    """The first sentence of an answer with the cue; where that is a question, with the one that answers it."""
    text = answer.transcript.text.replace("’", "'")  # as long as before, so the places stay
    sentences = list(_sentences(text))
    for (start, end), (_, next_end) in pairwise([*sentences, *sentences[-1:]]):
        if found := cue.search(text, start, end):
            last = next_end if text[end - 1] == "?" else end
            said = Said(answer.speaker, answer.question, answer.recording, evidence(answer.transcript, start, last))
            content = f"{text[start : found.start()]} {text[found.end() : last]}".strip(" ,.?!")
            return _Explanation(said, content or said.evidence.quote)
    return None


def _cue(word: str) -> re.Pattern[str]:
    stem = rf"['\"“]?{_stem(word)}\w{{0,3}}['\"”]?"
    return re.compile("|".join(rf"\b{cue}\b".replace("WORD", stem) for cue in _CUES), re.IGNORECASE)


def _stem(word: str) -> str:
    """What every form of the word begins with."""
    return re.escape(word.removesuffix("s"))


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    for match in _SENTENCE.finditer(text):
        start = match.start() + len(match.group()) - len(match.group().lstrip())
        if start < match.end():
            yield start, match.start() + len(match.group().rstrip())


def _ways(given: Sequence[_Explanation], embedder: Embedder, same: SameReason) -> tuple[tuple[Said, ...], ...]:
    vectors = np.asarray(embedder.embed([one.content for one in given]), dtype=np.float64)
    return tuple(tuple(given[i].said for i in cluster.members) for cluster in cluster_reasons(vectors, same))
