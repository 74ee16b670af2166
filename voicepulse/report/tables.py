"""Answers and their comparison as flat tables, for the tools of the field.

What a leader may see of an anonymous study is made from the findings alone, never from the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from voicepulse.comparison.compare import is_unsure
from voicepulse.comparison.importance import is_settled
from voicepulse.comparison.types import ComparedWave, Comparison, StudyComparison
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.types import Evidence, Interpretation, Judgement
from voicepulse.report.rows import (
    AnswerRow,
    ChoiceRow,
    ClusterRow,
    CorrectionRow,
    EvidenceRow,
    ProbabilityRow,
    QuestionRow,
    Table,
    table_of,
)
from voicepulse.report.study_tables import found_tables, study_tables
from voicepulse.report.types import Findings, QuestionFindings
from voicepulse.settings import Thresholds
from voicepulse.study import Question, Speaker, Study

JUDGED = ("choice", "qualified", "escalates", "stance", "commitment")  # fields of an interpretation that are judgements


def full_tables(
    study: Study, waves: Sequence[ComparedWave], findings: Findings, thresholds: Thresholds
) -> tuple[Table, ...]:
    """Everything that was read and compared in the last wave, with who said what, and how it got there from those before.

    Rows stand in the order of the study's questions and speakers. The findings are told by the open rule.
    """
    comparison, answers = waves[-1].comparison, waves[-1].answers
    compared = {one.question: one for one in comparison.questions}
    asked = [(question, compared[question.id]) for question in study.questions if question.id in compared]
    given = _in_study_order(study, answers)
    return (
        table_of("answers", AnswerRow, (_answer(q, s, a, compared[q.id], thresholds) for q, s, a in given)),
        table_of("probabilities", ProbabilityRow, (row for _, _, a in given for row in _probabilities(a))),
        table_of("evidence", EvidenceRow, (row for _, _, a in given for row in _evidence(a))),
        table_of("corrections", CorrectionRow, (row for _, _, a in given for row in _corrections(a))),
        table_of("clusters", ClusterRow, (row for _, one in asked for row in _members(one))),
        *study_tables(study, waves, thresholds),
        table_of("questions", QuestionRow, (_compared_question(q, one, thresholds) for q, one in asked)),
        table_of("choices", ChoiceRow, (row for q, one in asked for row in _compared_choices(q, one))),
        *found_tables(findings),
    )


def leader_tables(study: Study, findings: Findings) -> tuple[Table, ...]:
    """What a leader may see: the findings' questions and choices in the study's order, patterns and scorecard.

    What they withhold is empty.
    """
    wave, by_id = findings.wave, {found.id: found for found in findings.questions}
    found = [by_id[question.id] for question in study.questions if question.id in by_id]
    return (
        table_of("questions", QuestionRow, (_found_question(wave, one) for one in found)),
        table_of("choices", ChoiceRow, (row for one in found for row in _found_choices(wave, one))),
        *found_tables(findings),
    )


def study_document(study: Study, comparison: StudyComparison, answers: Sequence[Answer]) -> dict[str, object]:
    """What holds for the whole study, and what made these results: every transcriber and reader that took part, once."""
    return {
        "title": study.title,
        "strategy": study.strategy,
        "mode": study.mode,
        "wave": comparison.wave,
        "alpha": comparison.alpha,
        "alpha_interval": comparison.alpha_interval,
        "alpha_basis": comparison.alpha_basis,
        "thresholds": dict(comparison.thresholds),
        "provenance": {
            "comparison": dict(comparison.provenance),
            "readers": _each_once(answer.reading.provenance for answer in answers),
            "transcribers": _each_once(answer.transcript.provenance for answer in answers),
        },
    }


def _each_once(provenances: Iterable[Mapping[str, object]]) -> list[dict[str, object]]:
    return list({repr(sorted(one.items())): dict(one) for one in provenances}.values())


def _in_study_order(study: Study, answers: Sequence[Answer]) -> list[tuple[Question, Speaker, Answer]]:
    by_place = {(answer.question, answer.speaker): answer for answer in answers}
    return [
        (question, speaker, by_place[question.id, speaker.id])
        for question in study.questions
        for speaker in study.speakers
        if (question.id, speaker.id) in by_place
    ]


def _answer(
    question: Question, speaker: Speaker, answer: Answer, compared: Comparison, thresholds: Thresholds
) -> AnswerRow:
    counts, read, transcript = answer.interpretation, answer.reading, answer.transcript
    return AnswerRow(
        wave=answer.wave,
        question=question.id,
        kind=question.kind,
        speaker=speaker.id,
        name=speaker.name,
        role=speaker.role,
        team=speaker.team,
        level=speaker.level,
        recording=answer.recording,
        transcriber=str(transcript.provenance.get("engine", "")),
        language=transcript.language,
        seconds=transcript.seconds or None,  # text comes without times
        text=transcript.text,
        choice=counts.choice.value if counts.choice else None,
        choice_source=answer.choice_source if counts.choice else None,
        read_choice=read.choice.value if read.choice else None,
        read_confidence=read.choice.confidence if read.choice else None,
        confirmed_choice=answer.confirmed_choice,
        unsure=is_unsure(answer, thresholds),
        qualified=counts.qualified.is_yes,
        qualified_probability=counts.qualified.probabilities["yes"],
        escalates=counts.escalates.is_yes,
        escalates_probability=counts.escalates.probabilities["yes"],
        stance=counts.stance.value,
        stance_probability=counts.stance.confidence,
        commitment=counts.commitment.value,
        commitment_probability=counts.commitment.confidence,
        rating=counts.rating.value if counts.rating else None,
        primary_reason=counts.reasons[0].evidence.quote if counts.reasons else None,
        cluster=next((c.identity for c in compared.clusters if speaker.id in c.speakers), None),
        corrected=" ".join(sorted(answer.corrected)),
        reader=str(read.provenance.get("reader", "")),
    )


def _judgements(reading: Interpretation) -> Iterator[tuple[str, Judgement]]:
    for field in JUDGED:
        judgement = getattr(reading, field)
        if judgement is not None:
            yield field, judgement


def _probabilities(answer: Answer) -> Iterator[ProbabilityRow]:
    for field, judgement in _judgements(answer.reading):
        for value, probability in judgement.probabilities.items():
            yield ProbabilityRow(answer.wave, answer.question, answer.speaker, field, value, probability)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A piece of evidence with what it shows."""

    field: str
    evidence: Evidence
    value: str | float | None = None
    confidence: float | None = None
    concrete: bool | None = None


def _shown(reading: Interpretation) -> Iterator[_Shown]:
    for field, judgement in _judgements(reading):
        yield from (_Shown(field, found, judgement.value, judgement.confidence) for found in judgement.evidence)
    yield from (_Shown("reason", reason.evidence, confidence=reason.confidence) for reason in reading.reasons)
    yield from (_Shown("cost", found) for found in reading.costs)
    yield from (_Shown("action", action.evidence, action.kind, concrete=action.concrete) for action in reading.actions)
    if reading.rating:
        yield _Shown("rating", reading.rating.evidence, reading.rating.value)


def _evidence(answer: Answer) -> Iterator[EvidenceRow]:
    seen: dict[str, int] = {}
    for shown in _shown(answer.interpretation):
        seen[shown.field] = number = seen.get(shown.field, 0) + 1
        since, until = shown.evidence.seconds or (None, None)
        yield EvidenceRow(
            wave=answer.wave,
            question=answer.question,
            speaker=answer.speaker,
            field=shown.field,
            number=number,
            value=shown.value,
            concrete=shown.concrete,
            start=shown.evidence.start,
            end=shown.evidence.end,
            quote=shown.evidence.quote,
            seconds_start=since,
            seconds_end=until,
            confidence=shown.confidence,
        )


def _corrections(answer: Answer) -> Iterator[CorrectionRow]:
    for said in sorted((*answer.corrections, *answer.edits), key=lambda c: c.at):
        place = (answer.wave, answer.question, answer.speaker, answer.recording)
        yield CorrectionRow(*place, said.field, said.value, said.author, said.at)


def _members(compared: Comparison) -> Iterator[ClusterRow]:
    for cluster in compared.clusters:
        for speaker in cluster.speakers:
            yield ClusterRow(
                wave=compared.wave,
                question=compared.question,
                cluster=cluster.identity,
                choice=cluster.choice,
                has_reason=cluster.has_reason,
                speaker=speaker,
                is_typical=speaker == cluster.typical,
            )


def _compared_question(question: Question, compared: Comparison, thresholds: Thresholds) -> QuestionRow:
    chose = compared.largest_choice is not None
    return QuestionRow(
        wave=compared.wave,
        question=question.id,
        name=question.name,
        kind=question.kind,
        prompt=question.prompt,
        answered=len(compared.speakers),
        unsure=len(compared.unsure),
        verdict=compared.verdict,
        band=compared.band,
        stability=compared.stability,
        first_impression=compared.first_impression,
        settled=is_settled(compared, thresholds) if compared.verdict else None,
        largest_choice=compared.largest_choice,
        largest_share=compared.largest_share if chose else None,
        shared_reason_share=compared.shared_reason_share if chose else None,
        unresolved_share=compared.unresolved_share if chose else None,
        agreement=compared.agreement,
    )


def _compared_choices(question: Question, compared: Comparison) -> Iterator[ChoiceRow]:
    if compared.largest_choice is None:
        return
    for choice in question.choices:
        count = compared.choices[choice]
        share = count / len(compared.speakers)
        intended = choice == question.intended
        yield ChoiceRow(compared.wave, question.id, choice, question.label(choice), intended, count, share)


def _found_question(wave: str, found: QuestionFindings) -> QuestionRow:
    if found.withheld:
        return QuestionRow(wave, found.id, found.name, found.kind, found.prompt, withheld=found.withheld)
    return QuestionRow(
        wave=wave,
        question=found.id,
        name=found.name,
        kind=found.kind,
        prompt=found.prompt,
        answered=found.answered,
        unsure=found.unsure,
        verdict=found.verdict,
        band=found.band,
        stability=found.stability,
        first_impression=found.first_impression,
        settled=found.settled if found.verdict else None,
        agreement=found.agreement,
    )


def _found_choices(wave: str, found: QuestionFindings) -> Iterator[ChoiceRow]:
    for row in found.options:
        yield ChoiceRow(wave, found.id, row.mark.choice, row.mark.label, row.intended, row.count, row.share)
