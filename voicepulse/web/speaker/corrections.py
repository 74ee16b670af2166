"""What speakers put right in an answer of their own: one form an answer, and all of it is checked before any of it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Form

from voicepulse.errors import VoicePulseError
from voicepulse.interpretation.answers import TRANSCRIPT, Answer, check_correction
from voicepulse.study import Question
from voicepulse.transcript.subtitles import transcript_of_text

OTHERS = {"both": "Both", "neither": "None of them", "undecided": "I am undecided"}  # choices that are no option
NONE_OF_THESE = "none of these"  # the reason is in words of its own
LONGEST_OFFERED = 15  # words; a longer sentence is offered by its parts
ENDS = " .,;:!?–—"  # what a piece neither begins nor ends with
PROBLEMS = {
    "rating": "Give a number from 1 to 10.",
    "reason": "These words are not in what you said. Choose some from the list, or copy them just as they stand.",
}
Typed = Annotated[str | None, Form()]


@dataclass(frozen=True, slots=True)
class CorrectionForm:
    """What the fields of the form hold, what it offers as the choice and as the reason, and by field what cannot be used."""

    values: Mapping[str, str]
    choices: tuple[tuple[str, str], ...]  # each with its label
    reasons: tuple[str, ...]
    problems: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was sent: by field what is to be stored, or why it cannot be."""

    changes: Mapping[str, str]
    problems: Mapping[str, str]


def _reason(reason: Typed = None, reason_words: Typed = None) -> str | None:
    """The words that were chosen, or those that were copied instead."""
    return (reason_words or "") if reason == NONE_OF_THESE else reason


def sent_fields(
    reason: Annotated[str | None, Depends(_reason)],
    transcript: Typed = None,
    choice: Typed = None,
    qualified: Typed = None,
    escalates: Typed = None,
    stance: Typed = None,
    rating: Typed = None,
) -> dict[str, str]:
    """The fields that were sent, as they were typed; those that were not sent, or empty, are left as they are."""
    read = {"choice": choice, "qualified": qualified, "escalates": escalates, "stance": stance, "rating": rating}
    everything = {TRANSCRIPT: transcript, **read, "reason": reason}
    return {name: value for name, value in everything.items() if value is not None}


def form_of(
    question: Question, answer: Answer, sent: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None
) -> CorrectionForm:
    """The form as the answer stands, or as it was sent where it cannot be used."""
    values = fields_now(question, answer) | dict(sent or {})
    choices = (*((option.id, option.label) for option in question.options), *OTHERS.items())
    return CorrectionForm(values, choices, tuple(_offered(answer)), problems or {})


def fields_now(question: Question, answer: Answer) -> dict[str, str]:
    """What can be put right in an answer of this kind, as it stands: empty where nothing was read."""
    read, text = answer.interpretation, answer.transcript.text
    fields = {TRANSCRIPT: text} if text else {}
    if question.kind == "tradeoff":
        fields["choice"] = read.choice.value if read.choice else "undecided"
        fields |= {"qualified": read.qualified.value, "escalates": read.escalates.value}
    if question.kind == "agreement":
        fields["stance"] = read.stance.value
    if question.kind == "rating":
        fields["rating"] = f"{read.rating.value:g}" if read.rating else ""
    if text and question.kind in ("tradeoff", "agreement"):
        fields["reason"] = _folded(read.reasons[0].evidence.quote) if read.reasons else ""
    return fields


def check_sent(question: Question, answer: Answer, sent: Mapping[str, str]) -> Checked:
    """Only what differs from what stands now is a change. Where the transcript is one, the reason has to stand in the new text."""
    now, changes, problems = fields_now(question, answer), dict[str, str](), dict[str, str]()
    text = _folded(sent.get(TRANSCRIPT, ""))
    is_edited = bool(text) and text != _folded(answer.transcript.text)
    transcript = transcript_of_text(text, answer.transcript.language) if is_edited else answer.transcript
    for name, typed in sent.items():
        value, stands = _plain(name, typed), _folded(now.get(name, ""))
        if name == "reason" and value != stands:
            value = _as_said(value, transcript.text)
        if value == stands:
            continue
        try:
            changes[name] = check_correction(name, value or " ", question, transcript)
        except VoicePulseError as error:
            problems[name] = PROBLEMS.get(name, str(error))
    return Checked(changes, problems)


def _plain(name: str, typed: str) -> str:
    """The value without what makes no difference: white space, and how a number is written."""
    value = _folded(typed)
    try:
        return f"{float(value):g}" if name == "rating" else value
    except ValueError:
        return value


def _as_said(words: str, text: str) -> str:
    """These words as they stand in the text, whatever their white space and capitals; unchanged where they do not."""
    if not words or len(words) > len(text):
        return words
    found = re.search(r"\s+".join(map(re.escape, words.split())), text, re.IGNORECASE)
    return found.group() if found else words


def _offered(answer: Answer) -> Iterator[str]:
    """The reasons that were read, the main one first, then the other pieces of the answer."""
    seen = set()
    for words in (
        *(reason.evidence.quote for reason in answer.interpretation.reasons),
        *_pieces(answer.transcript.text),
    ):
        if (plain := _folded(words).strip(ENDS)) and plain not in seen:
            seen.add(plain)
            yield _folded(words)


def _pieces(text: str) -> Iterator[str]:
    """Its sentences; a long one in parts, cut at its commas."""
    for sentence in re.split(r"(?<=[.!?;])\s+", text):
        is_long = len(sentence.split()) > LONGEST_OFFERED
        for piece in re.split(r"(?<=[,:])\s+", sentence) if is_long else [sentence]:
            yield piece.strip(ENDS)


def _folded(text: str) -> str:
    return " ".join(text.split())
