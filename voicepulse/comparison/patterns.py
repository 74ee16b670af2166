"""Patterns over the whole study: what no single question shows.

Each is found, not found, or not measured, with the numbers it rests on. None is claimed on fewer speakers than it needs:
under three, what two people have in common is no pattern.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from voicepulse.comparison.level_patterns import look_leaders_alone, look_perception_gap, look_signal_lost
from voicepulse.comparison.movement import latest_of
from voicepulse.comparison.pattern_types import FEWEST, Pattern, PatternName, Picture
from voicepulse.comparison.positions import Position, stated_agreement
from voicepulse.comparison.types import Count, Said
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.types import Action, Evidence
from voicepulse.study import Study


def find_patterns(picture: Picture) -> tuple[Pattern, ...]:
    """Every pattern, in the order in which product and report name them."""
    looks: tuple[Callable[[Picture], Pattern], ...] = (
        _agreement_without_alignment,
        _alignment_without_buy_in,
        _same_words,
        look_leaders_alone,
        look_perception_gap,
        look_signal_lost,
        _eroded,
        _nobody_stops,
        _against_each_other,
    )
    return tuple(look(picture) for look in looks)


def _name(study: Study, question: str) -> str:
    asked = study.question(question)
    return asked.name if asked else question


def _said(answer: Answer | None, found: Sequence[Evidence]) -> tuple[Said, ...]:
    return (Said(answer.speaker, answer.question, answer.recording, found[0]),) if answer and found else ()


def _stance_words(position: Position) -> tuple[Said, ...]:
    return _said(position.stated, position.stated.interpretation.stance.evidence if position.stated else ())


def _agreement_without_alignment(picture: Picture) -> Pattern:
    name: PatternName = "agreement without alignment"
    needs = f"{FEWEST} speakers who say that they agree, and answer trade-offs with an intended option"
    stated = stated_agreement(picture.positions)
    choosing = [p for p in picture.positions if p.stance == "agree" and p.asked]
    if len(choosing) < FEWEST:
        return Pattern(name, None, needs)
    asked, otherwise = sum(p.asked for p in choosing), sum(p.otherwise for p in choosing)
    leaving = [p for p in choosing if p.chooses == "otherwise"]
    return Pattern(
        name,
        found=stated.count * 2 > stated.total and otherwise * 2 > asked and len(leaving) * 2 > len(choosing),
        needs=needs,
        counts=(
            stated,
            Count("choices of those who agree leave the intended option", otherwise, asked, private=True),
        ),
        said=tuple(said for p in leaving for said in _stance_words(p)),
        questions=tuple(picture.intended),
        speakers=tuple(p.speaker for p in leaving),
    )


def _alignment_without_buy_in(picture: Picture) -> Pattern:
    name: PatternName = "alignment without buy-in"
    needs = f"{FEWEST} speakers, some of whom say that they disagree"
    placed = [p for p in picture.positions if p.asked]
    disagreeing = [p for p in placed if p.stance == "disagree"]
    if len(placed) < FEWEST or not disagreeing:
        return Pattern(name, None, needs)
    committed = [p for p in disagreeing if p.commitment == "commits" and p.chooses == "intended"]
    return Pattern(
        name,
        found=bool(committed),
        needs=needs,
        counts=(Count("who disagree, commit and choose as intended", len(committed), len(disagreeing), private=True),),
        said=tuple(
            said
            for p in committed
            for said in (
                *_stance_words(p),
                *_said(p.committed, p.committed.interpretation.commitment.evidence if p.committed else ()),
            )
        ),
        questions=tuple(picture.intended),
        speakers=tuple(p.speaker for p in committed),
    )


def _same_words(picture: Picture) -> Pattern:
    name: PatternName = "same words, different meaning"
    needs = f"{FEWEST} speakers who explain a word of the strategy"
    explained = [term for term in picture.wave.comparison.terms if term.speakers >= FEWEST]
    if not explained:
        return Pattern(name, None, needs)
    parted = [term for term in explained if len(term.ways) > 1]
    said = [said for term in parted for way in term.ways for said in way[:1]]
    return Pattern(
        name,
        found=bool(parted),
        needs=needs,
        values=tuple((f"ways to explain “{term.word}”", float(len(term.ways))) for term in parted),
        said=tuple(said),
        questions=tuple(dict.fromkeys(one.question for one in said)),
        words=tuple(term.word for term in parted),
        speakers=tuple(dict.fromkeys(one.speaker for term in parted for way in term.ways for one in way)),
        parts=tuple(term.speakers for term in explained),
    )


def _eroded(picture: Picture) -> Pattern:
    name: PatternName = "eroded"
    needs = f"a trade-off that was aligned in an earlier wave, reasons that can be heard, and {FEWEST} speakers who answered in both"
    aligned = [m for m in picture.movements if m.verdict_then == "aligned" and len(m.steps) >= FEWEST and not m.silent]
    measured = latest_of(aligned)
    if not measured:
        return Pattern(name, None, needs)
    lost = [m for m in measured if m.eroded]
    turned = [step for m in lost for step in m.steps if step.moved or step.rethought]
    return Pattern(
        name,
        found=bool(lost),
        needs=needs,
        counts=(
            Count(
                "trade-offs that were aligned before still are",
                len(measured) - len(lost),
                len(measured),
                private=True,
            ),
            *(
                Count(
                    f"who answered twice chose otherwise, or for another reason, on {_name(picture.study, m.question)}",
                    sum(s.moved or s.rethought for s in m.steps),
                    len(m.steps),
                    private=True,
                )
                for m in lost
            ),
        ),
        said=tuple(step.now.reason for step in turned if step.now.reason is not None),
        questions=tuple(m.question for m in lost),
        speakers=tuple(dict.fromkeys(step.speaker for step in turned)),
    )


def _nobody_stops(picture: Picture) -> Pattern:
    name: PatternName = "nobody stops anything"
    needs = f"an execution question, to which {FEWEST} speakers name an action"
    asked = [c for c in picture.wave.comparison.questions if c.kind == "execution"]
    mine = [a for a in picture.wave.answers if any(a.question == c.question for c in asked)]
    actions = [(a, action) for a in mine for action in a.interpretation.actions]
    if len({a.speaker for a, _ in actions}) < FEWEST:
        return Pattern(name, None, needs)
    kinds = {action.kind for _, action in actions}
    concrete = any(action.concrete for _, action in actions)
    return Pattern(
        name,
        found=("start" in kinds and "stop" not in kinds) or not concrete,
        needs=needs,
        counts=(
            _people_who("name something they will stop", mine, lambda action: action.kind == "stop"),
            _people_who("name a concrete action", mine, lambda action: action.concrete),
        ),
        said=tuple(Said(a.speaker, a.question, a.recording, action.evidence) for a, action in actions),
        questions=tuple(c.question for c in asked),
        speakers=tuple(dict.fromkeys(a.speaker for a in mine)),
    )


def _people_who(do: str, answers: Sequence[Answer], does: Callable[[Action], bool]) -> Count:
    """How many of those who answered name such an action anywhere; people are told apart by the questions they do it on."""
    people: dict[str, set[tuple[str, bool]]] = {}
    for answer in answers:
        people.setdefault(answer.speaker, set()).add((answer.question, any(map(does, answer.interpretation.actions))))
    parts = Counter(frozenset(said) for said in people.values())
    did = sum(any(does_so for _, does_so in said) for said in people.values())
    return Count(f"who answered {do}", did, len(people), tuple(sorted(parts.values())))


def _against_each_other(picture: Picture) -> Pattern:
    name: PatternName = "working against each other"
    needs = f"an execution question, answered by {FEWEST} speakers"
    asked = [c for c in picture.wave.comparison.questions if c.kind == "execution" and len(c.speakers) >= FEWEST]
    if not asked:
        return Pattern(name, None, needs)
    recordings = {(a.question, a.speaker): a.recording for a in picture.wave.answers}
    pairs = [(c.question, found) for c in asked for found in c.contradictions]
    involved = tuple(dict.fromkeys(s for _, found in pairs for s in (found.speaker, found.other)))
    answered = {s for c in asked for s in c.speakers}
    return Pattern(
        name,
        found=bool(pairs),
        needs=needs,
        counts=(
            Count("who answered stand in a contradiction with another", len(involved), len(answered), private=True),
        ),
        said=tuple(
            Said(speaker, question, recordings[question, speaker], action.evidence)
            for question, found in pairs
            for speaker, action in ((found.speaker, found.action), (found.other, found.other_action))
        ),
        questions=tuple(dict.fromkeys(question for question, _ in pairs)),
        speakers=involved,
    )
