"""What somebody says they will do differently: what they start, stop and shift, and whether it is concrete.

Rules over clauses: first who speaks for whom (only "I", "we" and "my team" bind anybody), then the verb that is promised,
denied or dropped. An action is concrete when it says when, how much, or who: a day, a number, a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from voicepulse.interpretation.clauses import Clause
from voicepulse.interpretation.types import Action, Evidence, evidence
from voicepulse.transcript.types import Transcript

Kind = Literal["start", "stop", "shift"]


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_US = r"\b(?:i|we|(?:me|us) and \w+|(?:my|our|the) (?:\w+ )?(?:team|people|group|crew|department|unit|lot)(?: and i| and me)?)"
_BESIDE = r"(?:[\s,]+(?:um+|uh+|just|also|now|really|rather|actually|probably|definitely|certainly|then|simply|already|i'd|i'll|we'll))*"
_PROMISES = (
    r"(?:'ll|\s+will|(?:'m|'re|'s|\s+am|\s+are|\s+is)\s+(?:going\s+to|gonna))(?:\s+(?:have\s+to|need\s+to|try\s+to))?"
    r"|(?:'d|\s+would)(?:\s+(?:like\s+to|try\s+to|want\s+to))?(?!\s+(?:have|need)\s+to\b)"
    r"|(?:\s+(?:just|also|really|simply))?\s+(?:plan|have|need|want|intend|ought|promise|commit|aim|mean)\s+to"
    r"|(?:'ve|\s+have)\s+(?:got|decided|agreed|chosen)\s+to|\s+want\s+(?:my|our)\s+\w+\s+to|\s+should|\s+must"
)
_WILL = _words(
    rf"(?:{_US}(?:{_PROMISES})|\b(?:my|our) (?:plan|intention|promise|idea|first step) is to){_BESIDE}[\s,]+(?:be\s+(?=\w+ing\b))?(?=\w)"
)
_DOING = _words(
    rf"(?<!what ){_US}(?:'m|'re|'s|\s+am|\s+are|\s+is){_BESIDE}\s+(?=(?:no longer\s+)?\w+ing\b|done with\b)"
)
_DONE = _words(
    rf"{_US}(?:'ve|\s+have){_BESIDE}\s+(?=(?:stopped|quit|dropped|cancelled|canceled|started|moved|shifted|ended|cut)\b)"
)
_NOT = _words(
    rf"{_US}(?:\s+(?:won't|will not|wouldn't|would not|shan't|don't (?:want|plan|intend) to|am not|are not|aren't|isn't)|(?:'m|'re|'s|'ll|'d) not)"
    rf"(?:\s+going to)?{_BESIDE}\s+(?=\w)"
)
_NO_LONGER = _words(rf"{_US}\s+no longer\s+(?=\w)")
_ENDS = _words(
    r"\bthere(?:'ll| will) be no\b|^\W*(?:(?:so|and|then)\b\W*)*no (?:more |further )?[\w -]{3,40} (?:without|until|after|from)\b"
    r"|\b(?:the|our|my|those|these) [\w -]{2,40} (?:goes|go|has to go|have to go|must go|is gone|are gone)$"
)
_BARE = _words(
    r"^\W*(?:(?:so|and|well|then|yes|yeah|okay|first|also|maybe|just|um|uh)\b\W*)*"
    r"(?=(?:stop|quit|drop|cancel|start|begin|move|shift|swap|hire|kill|scrap)(?:p?ing)?\s|(?:no more|fewer|less)\s)"
)
_GOES_ON = _words(
    r"\s+(?:and|but)\s+(?:then\s+|also\s+|instead\s+)?(?=(?:stop|quit|drop|cancel|start|begin|hire|kill|scrap)(?:p?ing)?\s|put\s+the\s|(?:i|we)(?:'ll|'d|'m|'re| will| would)\s)"
)
_REPORTED = _words(
    r"\b(?:said|says?|told|tells?|wants?|wanted|asked|expects?|promised|(?<!i )thinks?|if|whether|wish|hope|how|why|until|because)\b"
)
_RETRACTS = _words(
    r"^\W*(?:(?:actually|well|oh|or|wait|but)\W+)*(?:no\b(?=\W*,|\s+(?:i|we|wait|actually|sorry)\b)|scratch that\b|actually\W+(?=i'll keep))"
)

_STOPS = _words(
    r"(?:stop|quit|cancel|scrap|ditch|abandon|axe|freez|paus|retir|declin|refus|reduc|halv|ceas|skip|cut|end|kill)(?:p|t|l)?(?:e|ed|ing)?\b|drop(?:p?ing|ped)?\b(?! (?:by|in)\b)|"
    r"(?:giv(?:e|ing) up|turn(?:ing)? down|wind(?:ing)? down|phas(?:e|ing) out|shut(?:ting)?|get(?:ting)? rid|sa(?:y|ying) no|done with|let(?:ting)? go|pull(?:ing)? (?:out|the plug)|"
    r"stand(?:ing)? down|step(?:ping)? (?:back|away) from|no more|no longer)\b|clos(?:e|ing)\b(?! (?:the |that |our |this )?(?:loop|gap|deal|sale|contract|ticket)s?\b)"
)
_SHIFTS = _words(
    r"(?:shift|swap|switch|transfer|reassign|reallocat|redirect|trad)(?:p?ing|e)?\b|mov(?:e|ing)\b(?! (?:faster|forward|on|quick\w*|ahead|closer|us forward)\b)|"
    r"(?:put|putting) .{2,40}?\b(?:on|onto|into)\b|(?:take|taking|pull|pulling) .{2,40}?\b(?:off|from|out of|away)\b|"
    r".*\b(?:instead of|rather than)\b|.*\b(?:less|fewer)\b.*\bmore\b"
)
_RATHER_THAN = _words(r"^\W*(?:rather than|instead of)\b")
_NO_DEED = _words(
    r"(?:say(?! no\b| yes\b)|saying(?! no\b| yes\b)|think|thinking|argue|guess|see|admit|know|wish|hope|hoping|expect|suppose|imagine|bet|manage|understand|agree|disagree|love|hate|"
    r"prefer|tell you|telling you|keep|keeping|continue|continuing|carry|carrying|stay|staying|stick|sticking|remain|leave it|like|have (?!to\b)(?:\w+ed|\w+en|been|done|thought|made)|"
    r"(?:we|they|you|he|she|it|people)\b|be (?:careful|wary|honest|fair|frank|happy|fine|glad|sorry|sure|surprised|okay|able)|not|never|looking forward|wondering|being|having|doing (?:fine|well|okay|the same)|"
    r"do (?:nothing|the same|what i)|change nothing|going to|\w+ nothing)\b|nothing\b"
)
_NO_REFUSAL = _words(
    r"(?:chang|know|sure|lie|pretend|promis|be\b|need|mind|argu|manag|forget|regret|think|thinking|say(?! yes)|saying|in\b|the\b|a\b|here|do(?:ing)? (?:anything|much))"
)
_VAGUE = _words(
    r"\b(?:focus more|be more|be clearer|get better|try (?:to|harder)|think about|look (?:at|into)|communicate better)\b"
)

_NUMBERS = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|hundred|thousand|dozen|half"
_SPAN = "day|week|month|quarter|year|morning|afternoon|spring|summer|autumn|winter"
_WHEN_OR_HOW_MUCH = _words(
    rf"\d|\b(?:{_NUMBERS})\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days?\b|\b(?:daily|weekly|monthly|quarterly|yearly|tomorrow)\b|"
    rf"\b(?:every|each|next|this|per|an?|new|(?:end|start) of (?:the|this|next)|once a|twice a) (?:{_SPAN})\b|\b(?:{_SPAN})s? (?:from now|at the latest)\b|"
    r"\b(?:january|february|april|june|july|august|september|october|november|december|christmas|easter)\b|\b(?:in|by|of|from|since|until|before|after) (?:march|may)\b|"
    r"\bone (?:more|new|other|additional|person|engineer|day|week|hour)\b"
)
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}")
_KEEPS = _words(
    rf"{_US}(?:(?:{_PROMISES})?{_BESIDE}\s+(?:keep|hold on to|hang on to|carry on with|continue|stick with|protect)|(?:'m|'re|\s+am|\s+are)\s+keeping)\s"
    rf"|{_NOT.pattern}(?:{_STOPS.pattern})"
)
_PIECE = re.compile(r"[^\s.;!?,](?:[^.;!?,]|,(?!\s(?:and|but|so|because|then|no)\b))*")


def find_actions(transcript: Transcript, clauses: Sequence[Clause]) -> tuple[Action, ...]:
    """The actions of an answer, in the order in which they were said; one that is taken back is none."""
    found: list[Action] = []
    for start, end in _parts(transcript, clauses):
        text = transcript.text[start:end]
        kind = _kind(text)
        if found and _RETRACTS.search(text) and (kind or _KEEPS.search(text)):
            found.pop()
        if kind:
            found.append(Action(kind, _is_concrete(text), evidence(transcript, start, end)))
    return tuple(found)


def find_kept(transcript: Transcript) -> tuple[Evidence, ...]:
    """What the speaker says will go on: "I'd keep the Friday builds", "I won't stop calling small customers"."""
    pieces = [(m.start(), m.end(), _KEEPS.search(m.group()), m.group()) for m in _PIECE.finditer(transcript.text)]
    return tuple(
        evidence(transcript, start, end)
        for start, end, keeps, text in pieces
        if keeps and not _REPORTED.search(text[: keeps.start()]) and transcript.text[end : end + 1] != "?"
    )


def _parts(transcript: Transcript, clauses: Sequence[Clause]) -> Iterator[tuple[int, int]]:
    """Characters of what may be an action: clauses, no questions, cut where a second verb is promised in the same breath."""
    for clause in clauses:
        if transcript.text[clause.end : clause.end + 1] == "?":
            continue
        start = clause.start
        for match in _GOES_ON.finditer(transcript.text, clause.start, clause.end):
            yield start, match.start()
            start = match.end()
        yield start, clause.end


def _kind(text: str) -> Kind | None:
    """What kind of action a clause promises, None if none of the speaker's own."""
    for pattern in (_NOT, _NO_LONGER):
        if (match := pattern.search(text)) and not _REPORTED.search(text[: match.start()]):
            refuses = not _STOPS.match(text, match.end()) and not _NO_REFUSAL.match(text, match.end())
            return "stop" if refuses else None
    if _ENDS.search(text) and not _REPORTED.search(text):
        return "stop"
    for pattern in (_WILL, _DOING, _DONE, _BARE):
        for match in pattern.finditer(text):
            if not _REPORTED.search(text[: match.start()]) and not _NO_DEED.match(text, match.end()):
                return _kind_of_deed(text, match.end())
    return None


def _kind_of_deed(text: str, verb: int) -> Kind:
    """The kind by what follows the promise; `verb` is where it begins."""
    if _STOPS.match(text, verb):
        return "stop"
    return "shift" if _SHIFTS.match(text, verb) or _RATHER_THAN.match(text) else "start"


def _is_concrete(text: str) -> bool:
    return bool(_WHEN_OR_HOW_MUCH.search(text) or _NAME.search(text)) and not _VAGUE.search(text)
