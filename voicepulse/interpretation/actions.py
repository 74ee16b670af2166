"""What somebody says they will do differently: what they start, stop and shift, and whether it is concrete.

Rules over verbs. An action is concrete when it names when, how much, or who: a number, a day, a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from voicepulse.interpretation.clauses import Clause
from voicepulse.interpretation.types import Action, evidence
from voicepulse.transcript.types import Transcript

_INTENDS = re.compile(
    r"\b(i|we|my team|my people)('ll| will|'m going to|'re going to| am going to| are going to|'m| am|'d| would| plan to| have to| need to)\b|^\W*(start|stop|no more|move|shift|cut)",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"\b(stop|quit|drop|cancel|no more|no longer|give up|kill|scrap|end|close|cease|won't|will not|not going to)\b",
    re.IGNORECASE,
)
_SHIFT = re.compile(
    r"\b(shift|move|swap|instead|rather than|trade|reassign|transfer|from .{3,40} to|put .{3,40} (on|onto|into))\b",
    re.IGNORECASE,
)
_NO_ACTION = re.compile(
    r"\b(nothing|keep doing|carry on|same as|don't know|not sure|try to (be|keep)|be more|think about|look at|focus more)\b",
    re.IGNORECASE,
)
_CONCRETE = re.compile(
    r"\d|\b(monday|tuesday|wednesday|thursday|friday|week|month|quarter|january|february|march|april|may|june|july|august|september|october|"
    r"november|december|tomorrow|every|two|three|four|five|six|seven|eight|nine|ten|twelve|half|hundred|thousand)\b|(?<=[a-z,] )[A-Z][a-z]{2,}"
)


def find_actions(transcript: Transcript, clauses: Sequence[Clause]) -> tuple[Action, ...]:
    """The actions of an answer, in the order in which they were said."""
    return tuple(
        Action(
            _kind(clause.text),
            bool(_CONCRETE.search(clause.text)) and not _NO_ACTION.search(clause.text),
            evidence(transcript, clause.start, clause.end),
        )
        for clause in clauses
        if _INTENDS.search(clause.text)
    )


def _kind(clause: str) -> Literal["start", "stop", "shift"]:
    if _STOP.search(clause):
        return "stop"
    return "shift" if _SHIFT.search(clause) else "start"
