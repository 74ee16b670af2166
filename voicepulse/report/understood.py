"""What was understood of one answer, told to the one who gave it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.types import Evidence, Interpretation
from voicepulse.report.sentences import listed
from voicepulse.study import Question

NON_OPTIONS = {
    "both": "You would do both",
    "neither": "You would choose none of them",
    "undecided": "You are undecided",
}
STANCES = {"agree": "You agree", "disagree": "You disagree", "unstated": "You did not say whether you agree"}
COMMITMENTS = {"commits": "You will carry it out.", "refuses": "You will not carry it out."}
VERBS = {"start": "You start", "stop": "You stop", "shift": "You shift"}


def understood(question: Question, answer: Answer) -> str:
    """Plain sentences with the speaker's own words as quotes; empty where nothing could be read."""
    read = answer.interpretation
    if answer.reading.provenance.get("reader") == "unread" and not answer.corrected and not answer.confirmed_choice:
        return ""
    if question.kind == "rating":
        return f"You said {read.rating.value:g} of 10." if read.rating else "No number was heard."
    if question.kind == "execution":
        return _actions(read)
    if question.kind == "agreement":
        said = [_because(STANCES[read.stance.value], read), COMMITMENTS.get(read.commitment.value, "")]
    else:
        said = [_because(_choice(question, read), read), *_open_ends(read)]
    return " ".join(filter(None, said))


def _choice(question: Question, read: Interpretation) -> str:
    value = read.choice.value if read.choice else "undecided"
    return NON_OPTIONS.get(value) or f"You would choose “{question.label(value)}”"


def _because(said: str, read: Interpretation) -> str:
    return f"{said}, because {_quoted([read.reasons[0].evidence])}." if read.reasons else f"{said}."


def _open_ends(read: Interpretation) -> Iterable[str]:
    """What a choice hangs on, who else would be asked, and what it may cost."""
    if read.qualified.is_yes:
        hangs = read.qualified.evidence
        yield "It hangs on a condition" + (f": {_quoted(hangs)}." if hangs else ".")
    if read.escalates.is_yes:
        asked = read.escalates.evidence
        yield "You would ask somebody first" + (f": {_quoted(asked)}." if asked else ".")
    if read.costs:
        yield f"You accept what it costs: {_quoted(read.costs)}."


def _actions(read: Interpretation) -> str:
    told = [
        f"{verb}: {_quoted(evidence)}."
        for kind, verb in VERBS.items()
        if (evidence := [action.evidence for action in read.actions if action.kind == kind])
    ]
    return " ".join(told) or "Nothing was heard that you would start, stop or shift."


def _quoted(evidence: Sequence[Evidence]) -> str:
    quotes = dict.fromkeys(e.quote.strip().rstrip(".,;") for e in evidence)
    return listed([f"“{quote}”" for quote in quotes])
