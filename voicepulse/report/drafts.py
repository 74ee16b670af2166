"""What to do next, as it is shown: drafts in the speakers' own words, each with its sources."""

from __future__ import annotations

from collections.abc import Sequence

from voicepulse.comparison.proposals import MOST_TO_SETTLE, AskAgain, Proposals, Rule, Settle
from voicepulse.report.sentences import listed
from voicepulse.report.types import Draft, NextSteps, QuestionFindings
from voicepulse.report.voices import Voices
from voicepulse.study import Question

NOT_SETTLED = "It rests on readings that are not settled yet."


def next_steps(voices: Voices, proposals: Proposals, questions: Sequence[QuestionFindings] = ()) -> NextSteps:
    """The drafts, as far as the study's mode allows; whom to ask again is nobody's business in an anonymous one.

    What an anonymous study drafts to settle follows from the verdicts that are shown and from nothing else.
    """
    asked = {q.id: q for q in voices.study.questions if voices.rule.speakers(voices.answered.get(q.id, 0))}
    unsettled = {q.id for q in questions if q.verdict and q.settled is False}
    to_settle = proposals.settle
    if voices.anonymous:
        open_ends = [Settle(q.id, q.verdict, ()) for q in questions if q.verdict and q.verdict != "aligned"]
        to_settle = tuple(open_ends[:MOST_TO_SETTLE])
    return NextSteps(
        rules=tuple(
            _rule(voices, asked[r.question], r, r.question in unsettled) for r in proposals.rules if r.question in asked
        ),
        settle=tuple(
            _settle(voices, asked[s.question], s, s.question in unsettled) for s in to_settle if s.question in asked
        ),
        again=() if voices.anonymous else tuple(_again(voices, again) for again in proposals.again),
    )


def _rule(voices: Voices, question: Question, rule: Rule, unsettled: bool) -> Draft:
    mine, others = question.label(rule.choice), [question.label(other) for other in rule.others]
    cost = voices.quotes(rule.cost)
    even_if = f", even if “{cost[0].text.rstrip('.!? ')}”" if cost else ""
    notes = ["Most would do so." if voices.anonymous else f"{rule.supporters} of {rule.answered} would do so."]
    if not voices.anonymous:
        named = f"{rule.cost_named} of them named this cost."
        unnamed = "Nobody was heard to name what it costs; name it before you adopt the rule."
        notes.append(named if rule.cost else unnamed)
    if rule.as_intended is False:
        notes.append("This is not the option that the strategy intends.")
    if unsettled:
        notes.append(NOT_SETTLED)
    return Draft(
        question=question.name,
        text=f"When {_quoted([mine, *others])} compete, we do the first{even_if}.",
        note=" ".join(notes),
        sources=(*cost, *voices.quotes(rule.reasons)),
    )


def _settle(voices: Voices, question: Question, settle: Settle, unsettled: bool) -> Draft:
    told = [
        f"{name if settle.why == 'unresolved' else question.label(name)} ({count})" for name, count, _ in settle.sides
    ]
    if settle.why == "unresolved":
        text = "Who decides this, and what has to be true before? At least half of the answers wait for that."
        note = f"What holds them up: {listed(told)}." if told else ""
    elif settle.why == "open":
        text = f"Which of these goes first: {_quoted([option.label for option in question.options], 'or')}?"
        note = f"Today: {listed(told)}." if told else ""
    else:
        chosen = _quoted([question.label(name) for name in dict.fromkeys(name for name, _, _ in settle.sides)])
        text = f"Why {chosen or 'this choice'}? Which of these reasons decides when they pull apart?"
        note = "The choice is the same; the reasons are not, so the next case may part you."
    note = f"{note} {NOT_SETTLED}".strip() if unsettled else note
    return Draft(
        question.name, text, note, tuple(quote for _, _, said in settle.sides for quote in voices.quotes(said))
    )


def _again(voices: Voices, again: AskAgain) -> tuple[str, str]:
    reasons: dict[str, list[str]] = {}
    for question, why in again.on:
        reasons.setdefault(why, []).append(voices.question(question))
    return voices.name(again.speaker), "; ".join(f"{why}: {listed(names)}" for why, names in reasons.items())


def _quoted(labels: list[str], word: str = "and") -> str:
    return listed([f"“{label}”" for label in labels], word)
