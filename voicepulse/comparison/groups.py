"""Levels and teams: verdicts within and between them, how far leaders and the others see the same, where a signal is lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from voicepulse.comparison.importance import is_settled
from voicepulse.comparison.types import ComparedWave, Comparison, Verdict
from voicepulse.comparison.verdict import Shares, decide, settles
from voicepulse.interpretation.answers import Answer
from voicepulse.settings import Thresholds
from voicepulse.study import Study

Grouping = Literal["level", "team"]
LEVELS = ("executive", "manager", "staff")
FEWEST_LEADERS, FEWEST_OTHERS = 2, 3  # under these, a difference between levels is one between persons


@dataclass(frozen=True, slots=True)
class Within:
    """One group on one question: how many answered, the verdict among them (None under two), their largest choice and cluster.

    `choice` is None where two are equally large. `settled` is whether the verdict can be relied on: never more than that of the
    whole question, nor on so few people that it is a first impression; and most reasons were heard where it rests on them.
    """

    question: str
    answered: int
    verdict: Verdict | None
    choice: str | None
    on_choice: int
    cluster: int | None  # identity of the largest cluster with a reason, where one is larger than the others
    heard: int  # how many of those on the choice gave a reason that was heard
    choices: Mapping[str, int]
    settled: bool


@dataclass(frozen=True, slots=True)
class Group:
    """The speakers of one level or team. `intended` of `asked` choices, made by `choosing` of them, follow the strategy;
    `rating` is the median of those `ratings` who rated."""

    name: str
    speakers: tuple[str, ...]
    questions: tuple[Within, ...]
    intended: int
    asked: int
    choosing: int
    ratings: int
    rating: float | None


@dataclass(frozen=True, slots=True)
class Groups:
    """All levels, or all teams. `between` is the verdict with each group of two or more as one voice, by question, `settled`
    those of them that can be relied on: as for `Within`, and none of these groups is so few people."""

    by: Grouping
    groups: tuple[Group, ...]
    between: Mapping[str, Verdict]
    settled: frozenset[str]

    def of(self, name: str) -> Group | None:
        return next((group for group in self.groups if group.name == name), None)


def group_speakers(study: Study, wave: ComparedWave, by: Grouping, thresholds: Thresholds) -> Groups:
    """The groups that have answered, levels from the top, teams by name."""
    members: dict[str, list[str]] = {}
    answered = {answer.speaker for answer in wave.answers}
    for speaker in study.speakers:
        name = getattr(speaker, by)
        if name and speaker.id in answered:
            members.setdefault(name, []).append(speaker.id)
    names = sorted(members, key=lambda name: (LEVELS.index(name) if by == "level" else 0, name))
    answers = _by_question(wave)
    groups = tuple(_group(study, wave, answers, name, members[name], thresholds) for name in names)
    between = _between(wave, groups, thresholds)
    return Groups(
        by,
        groups,
        {name: verdict for name, (verdict, _) in between.items()},
        frozenset(name for name, (_, settled) in between.items() if settled),
    )


def _by_question(wave: ComparedWave) -> dict[str, list[Answer]]:
    given: dict[str, list[Answer]] = {compared.question: [] for compared in wave.comparison.questions}
    for answer in wave.answers:
        given.setdefault(answer.question, []).append(answer)
    return given


def _group(
    study: Study,
    wave: ComparedWave,
    answers: Mapping[str, Sequence[Answer]],
    name: str,
    speakers: Sequence[str],
    thresholds: Thresholds,
) -> Group:
    members = {*speakers}
    intended = {q.id: q.intended for q in study.questions if q.kind == "tradeoff" and q.intended is not None}
    choices = [
        (a.speaker, a.interpretation.choice.value == intended[a.question])
        for a in wave.answers
        if a.speaker in members and a.question in intended and a.interpretation.choice
    ]
    ratings = [rating for speaker, rating in _ratings(wave).items() if speaker in members]
    return Group(
        name=name,
        speakers=tuple(speakers),
        questions=tuple(
            _within(c, answers[c.question], members, thresholds)
            for c in wave.comparison.questions
            if c.kind == "tradeoff"
        ),
        intended=sum(follows for _, follows in choices),
        asked=len(choices),
        choosing=len({speaker for speaker, _ in choices}),
        ratings=len(ratings),
        rating=median(ratings) if ratings else None,
    )


def _ratings(wave: ComparedWave) -> dict[str, float]:
    """Each speaker's rating; of several, their median, so that nobody counts twice."""
    given: dict[str, list[float]] = {}
    for compared in wave.comparison.questions:
        for speaker, rating in (compared.ratings or {}).items():
            given.setdefault(speaker, []).append(rating)
    return {speaker: median(ratings) for speaker, ratings in given.items()}


def _within(compared: Comparison, answers: Sequence[Answer], speakers: set[str], thresholds: Thresholds) -> Within:
    """The verdict's own definition on these speakers alone, with the clusters of all; `answers` are all to the question."""
    theirs = [a.interpretation for a in answers if a.speaker in speakers]
    counts = Counter(r.choice.value for r in theirs if r.choice)
    if not counts:
        return Within(compared.question, 0, None, None, 0, None, 0, {}, False)
    sizes = {c.identity: len(speakers.intersection(c.speakers)) for c in compared.clusters if c.has_reason}
    chosen = {c.identity: c.choice for c in compared.clusters}

    def shared(choice: str) -> int:
        return max((size for identity, size in sizes.items() if chosen[identity] == choice), default=0)

    largest = max(sorted(counts), key=lambda choice: (counts[choice], shared(choice)))
    unresolved, on_it = sum(r.hangs for r in theirs), counts[largest]
    shares = Shares(unresolved / len(theirs), on_it / len(theirs), shared(largest) / on_it)
    heard = {identity: size for identity, size in sizes.items() if size and chosen[identity] == largest}
    first = [identity for identity, size in heard.items() if size == shared(largest)]
    leads = list(counts.values()).count(on_it) == 1
    verdict = decide(shares, thresholds) if len(theirs) > 1 else None
    return Within(
        question=compared.question,
        answered=len(theirs),
        verdict=verdict,
        choice=largest if leads else None,
        on_choice=on_it,
        cluster=first[0] if leads and len(first) == 1 else None,
        heard=sum(heard.values()),
        choices=counts,
        settled=_settles(verdict, compared, len(theirs), sum(heard.values()) / on_it, thresholds),
    )


def _settles(verdict: Verdict | None, compared: Comparison, people: int, heard: float, thresholds: Thresholds) -> bool:
    """Whether a verdict of a group of these people, or between such groups, can be relied on. A group has no resamples, so it is
    held to those of the whole question."""
    enough = people >= thresholds.first_impression_under and is_settled(compared, thresholds)
    return enough and settles(verdict, 1.0, compared.misread_share, heard, thresholds)


def _between(wave: ComparedWave, groups: Sequence[Group], thresholds: Thresholds) -> dict[str, tuple[Verdict, bool]]:
    """Each group of two or more as one voice: its largest choice, and the largest cluster's reason; and whether it is settled.

    A group of which no more than half make one choice has no voice; it counts as unresolved.
    """
    verdicts: dict[str, tuple[Verdict, bool]] = {}
    for compared in wave.comparison.questions:
        voices = [w for g in groups for w in g.questions if w.question == compared.question and w.answered >= 2]
        if len(voices) < 2:
            continue
        choices = Counter(w.choice for w in voices if w.choice is not None)
        choice, most = max(choices.items(), key=lambda item: item[1], default=(None, 0))
        leading = [w for w in voices if w.choice == choice]
        reasons = Counter(w.cluster for w in leading if w.cluster is not None)
        shares = Shares(
            sum(w.verdict == "unresolved" or w.on_choice * 2 <= w.answered for w in voices) / len(voices),
            most / len(voices),
            max(reasons.values(), default=0) / len(leading),
        )
        verdict, heard = decide(shares, thresholds), sum(w.heard * 2 > w.on_choice for w in leading) / len(leading)
        fewest = min(w.answered for w in voices)
        verdicts[compared.question] = verdict, _settles(verdict, compared, fewest, heard, thresholds)
    return verdicts


@dataclass(frozen=True, slots=True)
class PerceptionGap:
    """Medians of the ratings of executives and of all others, and how many rated."""

    executives: float
    others: float
    executives_rated: int
    others_rated: int

    @property
    def size(self) -> float:
        return abs(self.executives - self.others)


def perception_gap(study: Study, wave: ComparedWave) -> PerceptionGap | None:
    """How alignment looks from the top and from everywhere else; None where too few of either have rated."""
    level = {speaker.id: speaker.level for speaker in study.speakers}
    ratings = [(speaker, rating) for speaker, rating in _ratings(wave).items() if level.get(speaker)]
    top = [v for s, v in ratings if level[s] == "executive"]
    rest = [v for s, v in ratings if level[s] != "executive"]
    if len(top) < FEWEST_LEADERS or len(rest) < FEWEST_OTHERS:
        return None
    return PerceptionGap(median(top), median(rest), len(top), len(rest))


@dataclass(frozen=True, slots=True)
class SignalLoss:
    """The largest drop, from one level to the next below it, of the share of choices that follow the strategy."""

    above: Group
    below: Group

    @property
    def size(self) -> float:
        return self.above.intended / self.above.asked - self.below.intended / self.below.asked


def signal_lost(levels: Groups) -> SignalLoss | None:
    """Where most of the strategy gets lost on its way down, if any does; None where too few have chosen to say."""
    told = [group for group in levels.groups if group.choosing >= FEWEST_LEADERS]
    losses = [
        SignalLoss(above, below)
        for above, below in pairwise(told)
        if above.choosing + below.choosing >= FEWEST_LEADERS + FEWEST_OTHERS
    ]
    return max(losses, key=lambda loss: loss.size, default=None)


def leaders_alone(wave: ComparedWave, levels: Groups, thresholds: Thresholds) -> tuple[str, ...] | None:
    """Questions on which executives are aligned, and all others together are not, or not with them; None where too few of
    either have answered to say. Where the others make the same choice and gave few reasons, they may well share theirs."""
    top = levels.of("executive")
    rest = {speaker for group in levels.groups if group.name != "executive" for speaker in group.speakers}
    if top is None or len(top.speakers) < FEWEST_LEADERS or len(rest) < FEWEST_OTHERS:
        return None
    tradeoffs, answers = [c for c in wave.comparison.questions if c.kind == "tradeoff"], _by_question(wave)
    others = {c.question: _within(c, answers[c.question], rest, thresholds) for c in tradeoffs}
    return tuple(
        mine.question
        for mine in top.questions
        if mine.verdict == "aligned"
        and (theirs := others[mine.question]).answered >= FEWEST_OTHERS
        and (theirs.choice != mine.choice or theirs.verdict not in ("aligned", "hidden") or _parted(theirs))
    )


def _parted(within: Within) -> bool:
    """Whether a group that makes one choice does so for reasons that were heard, and differ."""
    return within.verdict == "hidden" and within.heard * 2 > within.on_choice
