"""Who works against whom: what one speaker starts, turns to or keeps is what another stops or turns away from.

Nobody hears of it while each only tells the own plan. Two actions are about the same thing if they share words and mean
the same; either alone is fooled, words by "the Friday call" and "the Friday builds", meaning by what merely goes together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voicepulse.comparison.stop_words import STOP_WORDS
from voicepulse.comparison.types import Contradiction
from voicepulse.interpretation.actions import find_kept
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.embedder import Embedder
from voicepulse.interpretation.types import Action

# The cosine from which two things count as one, set on 40 written pairs, half of them contradictions, with the encoder that ships (precision 1.00, recall
# 0.85); on 20 pairs written afterwards 0.82 and 0.90. At 0.60 it is 0.86 and 0.90, then 0.69 and 0.90.
SAME_THING = 0.65

_WORD = re.compile(r"[^\W\d_]{2,}")
# what is done, by whom, when and how much: many actions share these and are about nothing in common
_NO_THING = re.compile(
    r"(?:accept|add|begin|bring|call|cancel|clos|continu|cut|declin|do|drop|end|finish|focus|freez|get|giv|go|hand|help|hir|hold|increas|introduc|keep|kill|"
    r"launch|let|mak|mov|need|open|paus|phas|plan|pull|put|quit|reduc|run|say|scrap|set|shar|shift|spend|start|stick|stop|swap|switch|tak|trad|try|turn|us|want|writ)"
    r"(?:[nptlg]?(?:ing|ed|e|es|s))?|gets|fewer|instead|less|longer|energy|effort|hours?|money|people|person|everybody|somebody|someone|teams?|things?|time|half|stuff|lots?|"
    r"really|actually|honestly|just|like|won|don|didn|isn|ll|ve|um|uh|yeah|okay|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|january|february|march|april|may|june|july|august|"
    r"september|october|november|december|daily|days?|month(?:ly|s)?|quarter(?:ly|s)?|seven|tomorrow|today|week(?:ly|s)?|years?|soon|first|new|next|two|three"
)
_ENDING = re.compile(r"(?<=\w{3})(?:ings?|ies|es|ed|s|e|y)$")
_AWAY = re.compile(r"(?:away )?from|off|out of|instead of|rather than|less|fewer", re.IGNORECASE)
_TO = re.compile(r"(?<!going )(?<!have )(?<!need )(?<!plan )(?<!want )to|towards?|onto|into|on|more", re.IGNORECASE)
_SWAP = re.compile(r"swap(?:ping)?|trad(?:e|ing)|exchang(?:e|ing)|replac(?:e|ing)", re.IGNORECASE)
_TURN = re.compile(rf"(\b(?:{_AWAY.pattern}|{_TO.pattern}|{_SWAP.pattern}|for)\b|,)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Side:
    """What an action of a speaker turns to, or turns away from: as it was said, and its content words."""

    speaker: str
    action: Action
    text: str
    words: frozenset[str]

    @property
    def place(self) -> tuple[str, int]:
        return self.speaker, self.action.evidence.start


def find_contradictions(answers: Sequence[Answer], embedder: Embedder) -> tuple[Contradiction, ...]:
    """Each pair of actions of two speakers that work against each other, once, the most similar first.

    `speaker` is who starts, turns to or keeps it, `other` who stops it or turns away. The order of the answers changes nothing.
    """
    ordered = sorted(answers, key=lambda answer: (answer.speaker, answer.question, answer.recording))
    towards, away = _sides(ordered, _turned_to), _sides(ordered, _left)
    texts = sorted({side.text for side in towards + away})
    vectors = dict(zip(texts, embedder.embed(texts), strict=True))
    pairs = [
        (float(vectors[one.text] @ vectors[other.text]), one, other)
        for one in towards
        for other in away
        if one.speaker != other.speaker and one.words & other.words
    ]
    pairs = [pair for pair in pairs if pair[0] >= SAME_THING]
    found: dict[frozenset[tuple[str, int]], Contradiction] = {}
    for _, one, other in sorted(pairs, key=lambda pair: (-pair[0], pair[1].place, pair[2].place)):
        pair = Contradiction(one.speaker, one.action, other.speaker, other.action)
        found.setdefault(frozenset((one.place, other.place)), pair)  # two opposite shifts meet at both ends
    return tuple(found.values())


def _sides(answers: Sequence[Answer], words_of: Callable[[Action], str]) -> list[_Side]:
    """One side of all actions; where it has no content words ("I'll stop that") there is nothing to compare."""
    sides = [
        _Side(answer.speaker, action, text, _content(text))
        for answer in answers
        for action in [*answer.interpretation.actions, *_kept(answer)]
        if (text := words_of(action).strip())
    ]
    return [side for side in sides if side.words]


def _kept(answer: Answer) -> list[Action]:
    """What goes on, as a start: it needs what another would take away."""
    return [Action("start", False, kept) for kept in find_kept(answer.transcript)]


def _turned_to(action: Action) -> str:
    """The words for what an action does more of; empty for a stop."""
    if action.kind == "shift":
        return _shifted(action.evidence.quote)[1]
    return action.evidence.quote if action.kind == "start" else ""


def _left(action: Action) -> str:
    """The words for what an action does less of; empty for a start."""
    if action.kind == "shift":
        return _shifted(action.evidence.quote)[0]
    return action.evidence.quote if action.kind == "stop" else ""


def _shifted(quote: str) -> tuple[str, str]:
    """What a shift leaves and what it turns to: "from X to Y", "Y instead of X", "less X, more Y", "swap X for Y"."""
    left, to, where = "", "", ""
    swaps = bool(_SWAP.search(quote))
    for piece in re.split(_TURN, quote):
        turn = piece.lower()
        if _AWAY.fullmatch(piece) or (swaps and _SWAP.fullmatch(piece)):
            where = "left"
        elif _TO.fullmatch(turn) or (turn == "," and where == "left") or (turn == "for" and swaps):
            where = "to"
        elif where == "left":
            left += f" {piece}"
        elif where == "to":
            to += f" {piece}"
    return left, to


def _content(text: str) -> frozenset[str]:
    """The words for things, without their endings, so that "builds" and "building" are one."""
    words = (word for word in _WORD.findall(text.lower()) if word not in STOP_WORDS)
    return frozenset(_ENDING.sub("", word) for word in words if not _NO_THING.fullmatch(word))
