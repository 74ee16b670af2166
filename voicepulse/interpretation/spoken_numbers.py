"""Ratings as people say them: "a seven, maybe eight" is 7.5, "six out of ten" is 6, "I'd give us a B" is none.

Rules in three steps: find numbers (a range is one), leave out those that are no rating, or not the speaker's own and
present one, and take the one that was meant: the last correction or conclusion, else one "out of ten", else the first
that is worded as a rating.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from voicepulse.interpretation.types import Rating, evidence
from voicepulse.transcript.types import Transcript

_LOWEST, _HIGHEST = 1, 10
_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_NUMBER = _words(
    rf"(?<![\w$€£.])(?P<whole>\d+(?:[.,]\d)?(?!/(?!10\b)|[.,:]?\d)|{'|'.join(_WORDS)})\b"
    rf"(?P<half>[ -]and[ -]a[ -]half\b)?(?: point (?P<tenths>\d|{'|'.join(_WORDS[:10])})\b)?"
    r"(?:-?ish\b| or so\b| plus\b| minus\b|\+)?(?P<of>\s+(?:out )?of (?:ten|10)\b|/10\b)?"
)
_LARGER = _words(r"\b(?:\w+ty|hundred|thousand)(?: and)?[ -]$")  # "eighty-five" is no five
# said in passing: blanked with its comma, so that what stands on both sides meets
_FILLER = _words(r"\b(?:um+|uh+|er+m?|hm+|you know|like|well|i (?:don't|do not) know|i guess|let's see),?(?=\W)")
_SCALE = _words(r"(?:\bon a scale (?:of|from) )?\b(?:from |between )?(?:one|1) ?(?:to|and|-|–) ?(?:ten|10)\b")

# between two numbers, where both are one rating
_OR = _words(
    r"[\s,.…]*(?:-|–|\bto\b|\bor\b|(?:\bor )?\b(?:maybe|perhaps|possibly|probably|even)\b(?: even)?)[\s,]*(?:an? )?"
)
_COMMA = _words(r",\s*(?:an? )?")
_BETWEEN = _words(r"\b(?:halfway )?between[\s,]+(?:an? )?$")
_AND = _words(r"[\s,]*and[\s,]+(?:an? )?")
_MOVED_FROM = _words(
    r"\b(?:went|gone|go|moved?|come|came|up|down|dropped|fell|grew|climbed|improved)\b[^.;]{0,20}\bfrom (?:an? )?$"
)

# a number that counts or names something: what may follow a rating is a closed class of words, a noun is none of them
_GOES_ON = _words(
    r"\s*$|\s*[.,;:!?)…–—\"]|\s*-\s|\s+(?:\w+ly|i|i'd|i'm|we|we're|you|he|she|they|it|it's|that|that's|this|there|here|but|and|or|so|as|at|"
    r"because|cause|cos|since|for|from|if|in|is|isn't|on|to|than|then|though|although|when|while|with|without|would|was|maybe|"
    r"perhaps|not|no|now|today|overall|right|still|tops|max|again|any|anymore|just|only|out|last|back|being|means|will|the|my|all|"
    r"ago|next|before|until|unless|depending|depends|compared|even|either|tomorrow|these|up|down|yeah|yes|instead)\b"
)
_COUNTS = _words(r"\s*out of\b|\s+(?:right|last|next|back|all) (?:\w+ )?(?:people|teams)\b")
_NAMES = _words(
    r"\b(?:number|phase|page|part|level|tier|version|week|day|chapter|top|plan|wave|round|option|question|item|step|out of|(?<!rating )(?<!score )(?<!mark )(?<!north )of)\s+$"
)
_CLOCK = _words(r"\bat $")
_PUT_AT = _words(r"\b(?:put|we're|we are|i'm|sits?|it's|is|us|it|stay|start)\b[^.,;]{0,12} at $")
_PRONOUN = _words(r"(?:\b(?:an?|say|is|it's|maybe|just|only|us|it|so|at|go|we're)[\s,]+|^\s*)$")
_ANCHOR = _words(r"\s+(?:being|means?|meaning)\b")
_ANCHOR_IF = _words(r"\b(?:if|where|with|say) (?:an? )?$")

# whose and when; of two cues the one nearer to the number decides
_NAME = r"(?!(?:We|You|Would|Could|Might|Probably|Maybe|And|But|So|Now|Then|Well|Today|Still|If|Overall|Just|\w+ly)\b)[A-Z][a-z]+"
_GROUP = r"(?:[Tt]he|[Mm]y|[Oo]ur|[Hh]is|[Hh]er|[Tt]heir) (?!gut|feeling|head|sense|honest|answer|number|score)\w+"
_OTHERS = re.compile(
    rf"\b(?:[Hh]e|[Ss]he|[Tt]hey|[Ee]very(?:one|body)|[Pp]eople|[Oo]thers?|[Ss]ome(?:one|body)?|[Mm]ost|{_GROUP}(?: (?!I\b|we\b)\w+)?|{_NAME})"
    r"(?:'d|'ll| would| will| might| could| probably| all| always| still)* "
    r"(?:(?:say|think|give|put|call|rate|tell|see|claim|reckon|go|ask|believe)e?s?|gave|said|thought|told|rated|called|went|had)\b"
    rf"|\b(?:[Aa]sk|[Ff]or|[Tt]o|[Aa]ccording to) (?:him|her|them|{_GROUP}|{_NAME})\b|\bI was told\b|\b[Oo]fficial(?:ly| line)\b"
)
_OWN = _words(
    r"\bi(?:'d|'ll|'m)?\b(?! was told)|\b(?:for|to|but) me\b|\bpersonally\b|\bhonestly\b|\bmy (?:number|answer|score|rating)\b"
)
_MONTH = r"january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|winter|20\d\d|q[1-4]"
_TIME = r"year|quarter|month|week|time|spring|summer|autumn|winter"
_PAST = _words(
    rf"\blast (?:{_TIME})\b|\b\w+ (?:{_TIME})s? ago\b|\b(?:back )?in (?:{_MONTH})\b|\bback (?:then|when)\b|\bbefore(?: that)?\b|\bpreviously\b|\bused to\b|"
    r"\bat the start\b|\boriginally\b|\b(?:up|down) from\b|\b(?:should|ought to|needs? to|wants? to|must|will|going to|we'll|it'll) (?:be|get|reach)\b|\baim\w* (?:for|at)\b|\b(?:target|goal)\b"
)
_PRESENT = _words(
    rf"\b(?:today|now|these days|currently|this (?:{_TIME})|it's|it is|we're|we are|i'd (?!have)|i would (?!have)|since)\b|\bso\b"
)
_HINDSIGHT = _words(rf"[^.,;]{{0,10}}\b(?:last (?:{_TIME})|back (?:then|in)|in (?:{_MONTH})|\w+ (?:{_TIME})s? ago)\b")
_DENIED = _words(
    r"\b(?:not|never|no|isn't|wasn't|hardly|far from|nowhere near|(?:wouldn't|can't|couldn't|don't|cannot)(?: say| call it| give us| give it)|rather than|instead of"
    r"|(?<!no more )(?<!not more )(?<!no higher )(?<!no better )than)(?:\s+(?:quite|really|exactly|even|be|say|to|at|like|an?))*\s*$"
)
_ALMOST_SAID = _words(
    r"\b(?:(?:want|wanted|like|love|tempted|going|wish i could)(?: to)? say|was|were|have said|hope)\b"
)
_WORDED = _words(
    r"\b(?:an?(?: \w+)?|say|give (?:it|us|them)|go(?: with| for)?|it's|is|we're(?: at)?|put us at|call it|around|about|probably|maybe|at most|than)[\s,]+$"
)
_TURNS = _words(
    r"\b(?:no|wait|actually|scratch that|make (?:it|that)|let's (?:say|call)|sorry|i mean|rather|call it|put me down|so|overall|all in all|today|now|honestly|really|"
    r"in truth|these days|currently|since then|in practice)\b"
)


@dataclass(frozen=True, slots=True)
class _Number:
    """Characters [start, end) of the text and what they come to; `of_ten` where the scale is named with it."""

    start: int
    end: int
    low: float
    high: float
    of_ten: bool

    @property
    def value(self) -> float:
        return (self.low + self.high) / 2


def find_rating(transcript: Transcript) -> Rating | None:
    """The rating that was said, on a scale of one to ten; None where there is none, or only others' or bygone ones."""
    text = _FILLER.sub(_blank, _SCALE.sub(_blank, transcript.text))
    ratings = [n for n in _joined(_numbers(text), text) if _LOWEST <= n.value <= _HIGHEST and _rates(n, text)]
    best: tuple[int, _Number] | None = None
    since = 0
    for number in ratings:
        rank = _rank(number, text, since)
        since = number.end
        if rank is not None and (best is None or rank > best[0] or rank == best[0] == _LAST_WORD):
            best = rank, number
    return Rating(best[1].value, evidence(transcript, best[1].start, best[1].end)) if best else None


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _numbers(text: str) -> list[_Number]:
    found = []
    for match in _NUMBER.finditer(text):
        if not _LARGER.search(text[: match.start()]):
            value = _plain(match["whole"]) + (0.5 if match["half"] else 0) + _plain(match["tenths"] or "0") / 10
            found.append(_Number(match.start(), match.end(), value, value, bool(match["of"])))
    return found


def _plain(word: str) -> float:
    return float(_WORDS.index(word.lower())) if word.lower() in _WORDS else float(word.replace(",", "."))


def _joined(numbers: Sequence[_Number], text: str) -> list[_Number]:
    """Ranges become one number: "six, maybe seven", "between a six and a seven". "From a five to a seven" is no range."""
    joined: list[_Number] = []
    for number in numbers:
        if joined and _is_range(joined[-1], number, text):
            first = joined.pop()
            low, high = min(first.low, number.low), max(first.high, number.high)
            joined.append(replace(number, start=first.start, low=low, high=high))
        else:
            joined.append(number)
    return joined


def _is_range(first: _Number, second: _Number, text: str) -> bool:
    before, between = text[: first.start], text[first.end : second.start]
    if _COMMA.fullmatch(between):
        return abs(second.low - first.high) <= 1
    if _AND.fullmatch(between):
        return bool(_BETWEEN.search(before))
    return bool(_OR.fullmatch(between)) and not _MOVED_FROM.search(before)


def _rates(number: _Number, text: str) -> bool:
    """Whether it can be a rating at all: it counts no things, names no page, tells no time and explains no scale."""
    before, after = text[: number.start], text[number.end :]
    if not _GOES_ON.match(after) or _COUNTS.match(after) or _NAMES.search(before) or _MOVED_FROM.search(before):
        return False
    if _ANCHOR.match(after) or (after.startswith(" is ") and _ANCHOR_IF.search(before)):
        return False
    if _CLOCK.search(before) and not _PUT_AT.search(before):
        return False
    is_word = text[number.start : number.end].lower() == "one"
    return not is_word or bool(_PRONOUN.search(before))


_LAST_WORD = 3  # the rank of a correction or a conclusion


def _rank(number: _Number, text: str, since: int) -> int | None:
    """How likely it is the one that was meant, the higher the likelier; None for what is not the speaker's present view.

    `since` is where the number before it ends. Whose view it is and when is looked up in the same sentence, corrections reach back further.
    """
    before = text[since : number.start]
    scope = re.split(r"[.!?;]", before)[-1]
    if _DENIED.search(scope) or _HINDSIGHT.match(text[number.end :]):
        return None
    if _nearer(_OTHERS, _OWN, scope) or _nearer(_PAST, _PRESENT, scope):
        return None
    if _nearer(_ALMOST_SAID, _PRESENT, scope):
        return -1
    if since and _TURNS.search(before):
        return _LAST_WORD
    return 2 if number.of_ten else int(bool(_WORDED.search(scope)))


def _nearer(one: re.Pattern[str], other: re.Pattern[str], text: str) -> bool:
    """Whether the last cue of the one kind comes after the last of the other."""
    return _last(one, text) > _last(other, text)


def _last(pattern: re.Pattern[str], text: str) -> int:
    return max((match.end() for match in pattern.finditer(text)), default=-1)
