"""What to do next, as it is shown: drafts in the speakers' own words, each with its sources."""

from __future__ import annotations

from voicepulse.comparison.proposals import AskAgain, Proposals, Rule, Settle
from voicepulse.report.sentences import listed
from voicepulse.report.types import Draft, NextSteps
from voicepulse.report.voices import Voices
from voicepulse.study import Question


def next_steps(voices: Voices, proposals: Proposals) -> NextSteps:
    """The drafts, as far as the study's mode allows; whom to ask again is nobody's business in an anonymous one."""
    asked = {q.id: q for q in voices.study.questions if voices.rule.speakers(voices.answered.get(q.id, 0))}
    return NextSteps(
        rules=tuple(_rule(voices, asked[r.question], r) for r in proposals.rules if r.question in asked),
        settle=tuple(_settle(voices, asked[s.question], s) for s in proposals.settle if s.question in asked),
        again=() if voices.anonymous else tuple(_again(voices, again) for again in proposals.again),
    )


def _rule(voices: Voices, question: Question, rule: Rule) -> Draft:
    mine, others = question.label(rule.choice), [question.label(other) for other in rule.others]
    cost = voices.quotes(rule.cost)
    even_if = f", even if “{_trimmed(cost[0].text)}”" if cost else ""
    notes = ["Most would do so." if voices.anonymous else f"{rule.supporters} of {rule.answered} would do so."]
    if not rule.cost:
        notes.append("Nobody was heard to name what it costs; name it before you adopt the rule.")
    elif not voices.anonymous:
        notes.append(f"{rule.cost_named} of them named this cost.")
    if rule.as_intended is False:
        notes.append("This is not the option that the strategy intends.")
    return Draft(
        question=question.name,
        text=f"When “{mine}” and {_quoted(others)} compete, we do the first{even_if}.",
        note=" ".join(notes),
        sources=(*cost, *voices.quotes(rule.reasons)),
    )


def _settle(voices: Voices, question: Question, settle: Settle) -> Draft:
    shown = () if voices.anonymous else settle.sides  # sides have counts, and each of their quotes is a person
    told = [f"{name if settle.why == 'unresolved' else question.label(name)} ({count})" for name, count, _ in shown]
    if settle.why == "unresolved":
        text = "Who decides this, and what has to be true before? At least half of the answers wait for that."
        note = f"What holds them up: {listed(told)}." if told else ""
    elif settle.why == "open":
        text = f"Which of these goes first: {_quoted([option.label for option in question.options], 'or')}?"
        note = f"Today: {listed(told)}." if told else ""
    else:
        text = f"Why {_quoted([question.label(name) for name in dict.fromkeys(name for name, _, _ in settle.sides)])}? Which of these reasons decides when they pull apart?"
        note = "The choice is the same; the reasons are not, so the next case may part you."
    return Draft(question.name, text, note, tuple(quote for _, _, said in shown for quote in voices.quotes(said)))


def _again(voices: Voices, again: AskAgain) -> tuple[str, str]:
    reasons: dict[str, list[str]] = {}
    for question, why in again.on:
        reasons.setdefault(why, []).append(voices.question(question))
    return voices.name(again.speaker), "; ".join(f"{why}: {listed(names)}" for why, names in reasons.items())


def _quoted(labels: list[str], word: str = "and") -> str:
    return listed([f"“{label}”" for label in labels], word)


def _trimmed(words: str) -> str:
    return words.strip().rstrip(".,;:!?")
