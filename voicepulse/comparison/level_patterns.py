"""Patterns between levels: leaders aligned and the organization not, the perception gap, the signal that is lost on its way down."""

from __future__ import annotations

from collections.abc import Iterable

from voicepulse.comparison.groups import (
    FEWEST_LEADERS,
    FEWEST_OTHERS,
    Group,
    PerceptionGap,
    SignalLoss,
    leaders_alone,
    perception_gap,
    signal_lost,
)
from voicepulse.comparison.pattern_types import Pattern, PatternName, Picture
from voicepulse.comparison.types import Count, Said
from voicepulse.comparison.verdict import SLACK
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.types import Evidence, Rating

WIDE_GAP = 2.0  # points between the medians of executives and of the others
LOST = 0.25  # of the choices, from one level to the next


def _leaders_needs() -> str:
    return f"{FEWEST_LEADERS} executives and {FEWEST_OTHERS} others"


def look_leaders_alone(picture: Picture) -> Pattern:
    name: PatternName = "leaders aligned, organization not"
    top, apart = picture.levels.of("executive"), leaders_alone(picture.wave, picture.levels, picture.thresholds)
    if top is None or apart is None:
        return Pattern(name, None, _leaders_needs())
    judged = [w for w in top.questions if w.verdict is not None]
    return Pattern(
        name,
        found=bool(apart),
        needs=_leaders_needs(),
        counts=(
            Count(
                "trade-offs have the executives aligned",
                sum(w.verdict == "aligned" for w in judged),
                len(judged),
                private=True,
            ),
        ),
        values=(("questions on which they stand apart", float(len(apart))),),
        said=tuple(said for question in apart for said in _both_sides(picture, question, top)),
        questions=apart,
        speakers=top.speakers,
    )


def look_perception_gap(picture: Picture) -> Pattern:
    name: PatternName = "perception gap"
    gap: PerceptionGap | None = perception_gap(picture.study, picture.wave)
    if gap is None:
        return Pattern(name, None, f"a rating question, answered by {_leaders_needs()}")
    rated = [c for c in picture.wave.comparison.questions if c.ratings]
    return Pattern(
        name,
        found=gap.size >= WIDE_GAP - SLACK,
        needs=f"ratings of {_leaders_needs()}",
        values=(
            ("median of the executives", gap.executives),
            ("median of the others", gap.others),
        ),
        said=_ratings_said(picture),
        questions=tuple(c.question for c in rated),
        speakers=tuple(dict.fromkeys(s for c in rated for s in c.ratings or {})),
        parts=(gap.executives_rated, gap.others_rated),
    )


def look_signal_lost(picture: Picture) -> Pattern:
    name: PatternName = "signal lost"
    needs = f"trade-offs with an intended option, and two levels, one below the other, where {FEWEST_LEADERS} or more answer them, together {FEWEST_LEADERS + FEWEST_OTHERS}"
    loss: SignalLoss | None = signal_lost(picture.levels)
    if loss is None:
        return Pattern(name, None, needs)
    return Pattern(
        name,
        found=loss.size >= LOST - SLACK,
        needs=needs,
        counts=tuple(
            Count(f"choices of {group.name} level follow the strategy", group.intended, group.asked, private=True)
            for group in (loss.above, loss.below)
        ),
        said=_left_below(picture, loss),
        questions=tuple(picture.intended),
        words=(loss.above.name, loss.below.name),
        speakers=(*loss.above.speakers, *loss.below.speakers),
    )


def _both_sides(picture: Picture, question: str, top: Group) -> tuple[Said, ...]:
    """Why an executive would, and why one of the others would choose otherwise, or the same for a reason of their own."""
    theirs = next(within.choice for within in top.questions if within.question == question)
    leaders, answers = {*top.speakers}, [a for a in picture.wave.answers if a.question == question]
    others = [a for a in answers if a.speaker not in leaders]
    parted = [a for a in others if a.interpretation.choice and a.interpretation.choice.value != theirs] or others
    return (*_first_reason(a for a in answers if a.speaker in leaders), *_first_reason(parted))


def _ratings_said(picture: Picture) -> tuple[Said, ...]:
    """The highest rating of one side and the lowest of the other, in their words."""
    level = {speaker.id: speaker.level for speaker in picture.study.speakers}
    rated = [(a, a.interpretation.rating) for a in picture.wave.answers if level.get(a.speaker)]
    ordered = sorted(((a, r) for a, r in rated if r is not None), key=lambda pair: pair[1].value)
    top = [(a, r) for a, r in ordered if level[a.speaker] == "executive"]
    rest = [(a, r) for a, r in ordered if level[a.speaker] != "executive"]
    if not top or not rest:
        return ()
    ends = (top[-1], rest[0]) if top[-1][1].value >= rest[0][1].value else (top[0], rest[-1])
    return tuple(Said(a.speaker, a.question, a.recording, _why(a, rating)) for a, rating in ends)


def _why(answer: Answer, rating: Rating) -> Evidence:
    """The reason for a rating, or else the number itself."""
    reasons = answer.interpretation.reasons
    return reasons[0].evidence if reasons else rating.evidence


def _left_below(picture: Picture, loss: SignalLoss) -> tuple[Said, ...]:
    """Why somebody on the lower level leaves the intended option."""
    below = {*loss.below.speakers}

    def leaves(answer: Answer) -> bool:
        choice = answer.interpretation.choice
        intended = picture.intended.get(answer.question)
        return answer.speaker in below and intended is not None and choice is not None and choice.value != intended

    return _first_reason(filter(leaves, picture.wave.answers))


def _first_reason(answers: Iterable[Answer]) -> tuple[Said, ...]:
    """The primary reason of the first of these answers that gives one."""
    for answer in answers:
        if reasons := answer.interpretation.reasons:
            return (Said(answer.speaker, answer.question, answer.recording, reasons[0].evidence),)
    return ()
