"""What the wording of a question is worth: findings about a study file, each with a proposal.

Rules over words, in the spirit of the survey literature on double-barrelled, leading and costless questions
(Krosnick and Presser 2010, Question and Questionnaire Design). They are advice: a study with findings still runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from voicepulse.study import Question, Study

_SCARCITY = re.compile(
    r"\b(only|either|one of|one at a time|just one|cannot|can't|can not|won't do both|not both|not for both|no second|"
    r"room for|enough for|instead|rather than|budget|costs?|spare|limited|at the expense|give up|lose|losing|without|"
    r"would push|free(s|d)? up|stops?|delay|put off|postpone|wait|cut|drop|choose|which (one|of|comes|goes|do)|"
    r"or (do|does|is|are|should|would|let|turn|leave|keep|wait|put|take|give|carry|another|a|the|we|hold|stay|stick)|"
    r"the other way|balance)\b|\bor\b[^?]*\?|\bwhich\?",
    re.IGNORECASE,
)
_ASKS_AGREEMENT = re.compile(r"\b(do|would|don't) you (agree|support|believe in|back|buy into|like)\b", re.IGNORECASE)
_BOTH = re.compile(
    r"\b((do|have|build|take|offer|keep|serve|fund|get|run) (them )?both\b(?! \w+ \w+ to)|both of them|and also|as well as|some of each|and/or|"
    r"half of each|a bit of each)\b|\bboth\W*$",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"\b(right thing|rightly|responsible|responsibly|obviously|of course|proper(ly)?|sensible|sensibly|wise(ly)?|"
    r"honou?r our|true to|in line with|as our strategy|live up to|smart(ly)?|fairly|do justice)\b",
    re.IGNORECASE,
)
_BLAME = re.compile(
    r"\b(ignor(e|ing)|abandon(ing)?|betray(ing)?|neglect(ing)?|sacrific(e|ing)|recklessly?|cheaply|lazy|lazily|wrong(ly)?|"
    r"selfish(ly)?|short-sighted)\b",
    re.IGNORECASE,
)
_WHY = re.compile(
    r"^\s*(and |but )?(why|what for|for what reason|how come|what makes you|tell (me|us) why)\b[^?]*\??$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that weakens a question, and what to do about it. `question` is None for the study as a whole."""

    question: str | None
    code: str
    says: str
    proposal: str


def criticize(study: Study) -> list[Finding]:
    """All findings about a study, in the order of its questions."""
    findings = [finding for question in study.questions for finding in _criticize(question, study)]
    if not any(question.kind == "tradeoff" for question in study.questions):
        findings.append(
            Finding(
                None,
                "no-tradeoff",
                "No question asks for a choice, so alignment cannot be measured.",
                "Add at least one trade-off; `voicepulse init` writes five scenarios to start from.",
            )
        )
    if study.language != "en":
        findings.append(
            Finding(
                None,
                "unread-language",
                f"The answers in '{study.language}' will be transcribed, but the embedded reader reads English only.",
                "Let the speakers confirm their choices, and say what else was meant with `voicepulse correct`.",
            )
        )
    return findings


def _criticize(question: Question, study: Study) -> list[Finding]:
    if question.kind == "agreement":
        return [_weak_agreement(question, study)]
    if question.kind != "tradeoff":
        return []
    found: list[Finding] = []

    def add(code: str, says: str, proposal: str) -> None:
        found.append(Finding(question.id, code, says, proposal))

    if _ASKS_AGREEMENT.search(question.prompt):
        add(
            "asks-agreement",
            "It asks for agreement, which costs nothing and hides what people would do.",
            "Describe a concrete moment in which two good things compete, and ask which one goes first, and why.",
        )
    if len(question.options) < 2:
        add(
            "one-option",
            "There is only one option, so there is nothing to choose.",
            "Name what would have to give way as the second option.",
        )
    for option in question.options:
        if _BOTH.search(option.label):
            add(
                "both-possible",
                f"The option '{option.label}' lets both be had, so it costs nothing to choose.",
                "Take it out or name its price; who wants both will say so, and it is read as such.",
            )
        loaded = _PRAISE.search(option.label) or _BLAME.search(option.label)
        if loaded:
            add(
                "loaded-option",
                f"'{loaded.group()}' words the option '{option.label}' as the right (or the wrong) answer.",
                "Say only what would be done, in words that both sides would use.",
            )
    if _asks_twice(question.prompt):
        add(
            "two-questions",
            "It asks two questions at once; an answer to one of them would be read as an answer to both.",
            "Keep the choice and its 'why', and put the other question by itself.",
        )
    if not _SCARCITY.search(question.prompt):
        add(
            "no-scarcity",
            "Nothing in the scenario is scarce, so people can say yes to everything.",
            "Name what there is only one of: one team, one release, one budget, one night. For instance 'There is money for one of the two.'",
        )
    return found


def _asks_twice(prompt: str) -> bool:
    """More than one question, where a closing 'why?' and short alternatives ('X? Or Y?') do not count."""
    asked = [part.strip() for part in re.findall(r"[^.?!]*\?", prompt)]
    asked = [
        part
        for part in asked
        if not _WHY.match(part) and not re.match(r"^(or|which( one)?|what)\b.{0,60}$", part, re.IGNORECASE)
    ]
    return len(asked) > 1 or bool(
        re.search(
            r"\band (also|how|when|who|whether|should) (do|does|should|would|will|is|are|we|you)\b[^.?]*\?",
            prompt,
            re.IGNORECASE,
        )
    )


def _weak_agreement(question: Question, study: Study) -> Finding:
    return Finding(
        question.id,
        "weak-evidence",
        "It asks only for agreement. That is weak evidence: people agree with an idea and then choose differently.",
        "Keep it to set beside the choices, and ask the trade-off form too: 'There is room for one of two things: <what the strategy "
        f'("{_shorten(study.strategy)}") asks for>, or <what it would cost>. Which one do you do, and why?\'',
    )


def _shorten(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"
