"""From wave to wave, as it is shown: who moved, and from which choice and reason to which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from voicepulse.comparison.movement import Movement, Step
from voicepulse.comparison.types import Said
from voicepulse.report.types import VERDICT_NAMES, Flow, MovementView, Quote, StepView
from voicepulse.report.voices import TOO_FEW, Voices, mark


def movement_view(voices: Voices, m: Movement) -> MovementView:
    """Who moved; an anonymous study shows how many went from where to where, all of it or nothing."""
    question = voices.study.question(m.question)
    if question is None:
        raise KeyError(m.question)
    then, now = VERDICT_NAMES[m.verdict_then], VERDICT_NAMES[m.verdict_now]
    pairs: dict[tuple[str, str], list[str]] = {}
    for step in m.steps:
        pairs.setdefault((step.then.choice, step.now.choice), []).append(step.speaker)
    # with the moves and both waves' choices, those of who came and who left follow: all of it may be shown, or nothing
    tables: tuple[Mapping[str, int], ...] = (
        {f"{then} > {now}": len(who) for (then, now), who in pairs.items()},
        Counter(m.came.values()),
        Counter(m.left.values()),
    )
    withheld = any(None in voices.rule.table(table).values() for table in tables)
    flows = sorted(pairs.items(), key=lambda item: (-len(item[1]), item[0]))
    return MovementView(
        question=m.question,
        name=voices.question(m.question),
        earlier=m.earlier,
        later=m.later,
        verdict_then=then,
        verdict_now=now,
        sentence=f"{then} in {m.earlier}, {now.lower()} in {m.later}."
        if withheld
        else _moved(m, then, now, with_reasons=not voices.anonymous),
        flows=()
        if withheld
        else tuple(Flow(mark(question, a), mark(question, b), len(who), voices.names(who)) for (a, b), who in flows),
        steps=()
        if voices.anonymous
        else tuple(_step_view(voices, s, question.label) for s in m.steps if s.moved or s.rethought),
        withheld=TOO_FEW if withheld else "",
    )


def _moved(m: Movement, then: str, now: str, *, with_reasons: bool) -> str:
    moved, rethought = sum(s.moved for s in m.steps), sum(s.rethought for s in m.steps)
    verdicts = f"Still {now.lower()}" if then == now else f"{then} before, {now.lower()} now"
    came = f"; {len(m.came)} new" if m.came else ""
    left = f"; {len(m.left)} did not answer again" if m.left else ""
    if not m.steps:
        return f"{verdicts}: nobody answered twice{came}{left}."
    reasons = f", {rethought} the same for another reason" if with_reasons else ""
    return f"{verdicts}: {moved} of {len(m.steps)} who answered twice chose otherwise{reasons}{came}{left}."


def _step_view(voices: Voices, step: Step, label: Callable[[str], str]) -> StepView:
    def why(said: Said | None) -> Quote | None:
        return voices.quote(said) if said is not None else None

    return StepView(
        voices.name(step.speaker),
        label(step.then.choice),
        why(step.then.reason),
        label(step.now.choice),
        why(step.now.reason),
    )
