"""What shows only when several answers are seen together, as flat tables: between two people, in groups, over waves.

Patterns and scorecard are words, so they are taken from the findings, which hold no more than the study's mode lets be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from voicepulse.comparison.groups import Group, Grouping, Groups, group_speakers
from voicepulse.comparison.movement import Place, Step, movements_to
from voicepulse.comparison.positions import positions_of
from voicepulse.comparison.types import ComparedWave, StudyComparison
from voicepulse.report.rows import (
    ContradictionRow,
    CostRow,
    GroupRow,
    MovementRow,
    PatternRow,
    PositionRow,
    ScorecardRow,
    Table,
    TermRow,
    table_of,
)
from voicepulse.report.types import Findings
from voicepulse.settings import Thresholds
from voicepulse.study import Study

GROUPINGS: tuple[Grouping, ...] = ("level", "team")


def study_tables(study: Study, waves: Sequence[ComparedWave], thresholds: Thresholds) -> tuple[Table, ...]:
    """What the last wave shows over the whole study, beside those before it, with who said what."""
    wave = waves[-1]
    return (
        table_of("contradictions", ContradictionRow, _contradictions(wave.comparison)),
        table_of("costs", CostRow, _costs(wave.comparison)),
        table_of("positions", PositionRow, _positions(study, wave, thresholds)),
        table_of("groups", GroupRow, (row for by in GROUPINGS for row in _groups(study, wave, by, thresholds))),
        table_of("movements", MovementRow, _movements(study, waves)),
        table_of("terms", TermRow, _terms(wave.comparison)),
    )


def found_tables(findings: Findings) -> tuple[Table, ...]:
    """Patterns and scorecard in the words of the report."""
    return (
        table_of("patterns", PatternRow, _patterns(findings)),
        table_of("scorecard", ScorecardRow, _scorecard(findings)),
    )


def _contradictions(comparison: StudyComparison) -> Iterator[ContradictionRow]:
    for compared in comparison.questions:
        for found in compared.contradictions:
            yield ContradictionRow(
                wave=compared.wave,
                question=compared.question,
                speaker=found.speaker,
                kind=found.action.kind,
                quote=found.action.evidence.quote,
                other=found.other,
                other_kind=found.other_action.kind,
                other_quote=found.other_action.evidence.quote,
            )


def _costs(comparison: StudyComparison) -> Iterator[CostRow]:
    for compared in comparison.questions:
        for number, said in enumerate(compared.cost):
            yield CostRow(
                wave=compared.wave,
                question=compared.question,
                choice=compared.largest_choice,
                speaker=said.speaker,
                quote=said.evidence.quote,
                is_typical=number == 0,
            )


def _positions(study: Study, wave: ComparedWave, thresholds: Thresholds) -> Iterator[PositionRow]:
    for stands in positions_of(study, wave.answers, thresholds.unsure_confidence):
        yield PositionRow(
            wave=wave.name,
            speaker=stands.speaker,
            stance=stands.stance,
            commitment=stands.commitment,
            asked=stands.asked,
            intended=stands.intended,
            otherwise=stands.otherwise,
            unsure=stands.unsure,
            cell=stands.cell,
        )


def _groups(study: Study, wave: ComparedWave, by: Grouping, thresholds: Thresholds) -> Iterator[GroupRow]:
    found = group_speakers(study, wave, by, thresholds)
    for group in found.groups:
        yield from _group(wave.name, found, group)


def _group(wave: str, groups: Groups, group: Group) -> Iterator[GroupRow]:
    whole = GroupRow(
        wave=wave,
        by=groups.by,
        group=group.name,
        speakers=len(group.speakers),
        intended=group.intended,
        asked=group.asked,
        rating=group.rating,
    )
    if not group.questions:
        yield whole
    for within in group.questions:
        yield replace(
            whole,
            question=within.question,
            answered=within.answered,
            verdict=within.verdict,
            settled=within.settled if within.verdict else None,
            choice=within.choice,
            on_choice=within.on_choice,
            between=groups.between.get(within.question),
            between_settled=within.question in groups.settled if within.question in groups.between else None,
        )


def _movements(study: Study, waves: Sequence[ComparedWave]) -> Iterator[MovementRow]:
    places = {speaker.id: place for place, speaker in enumerate(study.speakers)}
    for movement in movements_to(waves):
        for step in sorted(movement.steps, key=lambda step: places[step.speaker]):
            yield _step(movement.question, movement.earlier, movement.later, step)


def _step(question: str, earlier: str, later: str, step: Step) -> MovementRow:
    return MovementRow(
        question=question,
        earlier=earlier,
        later=later,
        speaker=step.speaker,
        choice_then=step.then.choice,
        choice_now=step.now.choice,
        cluster_then=step.then.cluster,
        cluster_now=step.now.cluster,
        moved=step.moved,
        rethought=step.rethought,
        reason_then=_reason(step.then),
        reason_now=_reason(step.now),
    )


def _reason(place: Place) -> str | None:
    return place.reason.evidence.quote if place.reason else None


def _terms(comparison: StudyComparison) -> Iterator[TermRow]:
    for term in comparison.terms:
        for number, way in enumerate(term.ways, 1):
            for said in way:
                yield TermRow(comparison.wave, term.word, number, said.speaker, said.question, said.evidence.quote)


def _patterns(findings: Findings) -> Iterator[PatternRow]:
    for pattern in findings.patterns:
        yield PatternRow(
            wave=findings.wave,
            name=pattern.name,
            state=pattern.state,
            sentence=pattern.sentence,
            counts="; ".join(pattern.counts),
            questions=" ".join(identifier for identifier, _ in pattern.questions),
            unsettled=pattern.unsettled,
        )


def _scorecard(findings: Findings) -> Iterator[ScorecardRow]:
    for line in findings.scorecard:
        yield ScorecardRow(findings.wave, line.name, line.share, line.words, "; ".join(line.counts))
