"""A comparison in plain words: what a leader reads, before any layout. Every output shows these findings and nothing else.

Suppression in anonymous mode happens here, once, under the terminal and the page alike.
"""

from __future__ import annotations

from collections.abc import Sequence

from voicepulse.comparison.compare import is_unsure
from voicepulse.comparison.types import Cluster, Comparison, StudyComparison
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.types import Evidence
from voicepulse.report.sentences import headline, on_largest, question_sentence, reasons_heard
from voicepulse.report.types import (
    VERDICT_NAMES,
    ClusterView,
    Findings,
    OptionRow,
    Person,
    QuestionFindings,
    Quote,
)
from voicepulse.settings import Thresholds
from voicepulse.study import Question, Study


def find(study: Study, comparison: StudyComparison, answers: Sequence[Answer], thresholds: Thresholds) -> Findings:
    """Say what a comparison shows, as far as the study's mode allows."""
    questions = tuple(
        _question(study, question, compared, [a for a in answers if a.question == question.id], thresholds)
        for question, compared in zip(study.questions, comparison.questions, strict=True)
    )
    speakers = len({a.speaker for a in answers})
    counted = study.mode == "attributed" or speakers >= thresholds.anonymous_counts_from
    return Findings(
        title=study.title,
        strategy=study.strategy,
        wave=comparison.wave,
        mode=study.mode,
        headline=headline(questions),
        speakers=speakers if counted else None,
        questions=questions,
        alpha=comparison.alpha if counted else None,
        alpha_basis=comparison.alpha_basis,
        notes=_notes(study, questions, answers, thresholds),
        thresholds=dict(comparison.thresholds),
        provenance=dict(comparison.provenance),
    )


def _notes(
    study: Study, questions: Sequence[QuestionFindings], answers: Sequence[Answer], thresholds: Thresholds
) -> tuple[str, ...]:
    notes = []
    unsure = sum(q.unsure for q in questions)
    choices = sum(q.answered for q in questions if q.kind == "tradeoff" and not q.withheld)
    if unsure:
        notes.append(
            f"{unsure} of {choices} choices rest on readings that are unsure (under {thresholds.unsure_confidence:.0%}); they are marked. "
            "Listen to them, and correct what was misread: a person's word wins and is kept."
        )
    if any(q.first_impression and not q.withheld for q in questions):
        notes.append(
            f"Questions with under {thresholds.first_impression_under} speakers give a first impression, not a finding."
        )
    if study.mode == "anonymous":
        notes.append(
            f"Anonymous: counts are shown from {thresholds.anonymous_counts_from} speakers on, quotes from {thresholds.anonymous_quotes_from} on; "
            "no names, no sound."
        )
    return tuple(notes)


def _question(
    study: Study, question: Question, compared: Comparison, answers: Sequence[Answer], thresholds: Thresholds
) -> QuestionFindings:
    anonymous = study.mode == "anonymous"
    if anonymous and len(answers) < thresholds.anonymous_counts_from:
        return _withheld(question, thresholds.anonymous_counts_from)
    people = tuple(
        _person(study, question, compared, answer, thresholds) for answer in sorted(answers, key=lambda a: a.speaker)
    )
    with_quotes = not anonymous or len(answers) >= thresholds.anonymous_quotes_from
    return QuestionFindings(
        id=question.id,
        kind=question.kind,
        prompt=question.prompt,
        answered=len(answers),
        verdict=compared.verdict,
        verdict_name=VERDICT_NAMES.get(compared.verdict or "", ""),
        sentence=question_sentence(question, compared, with_range=not anonymous),
        band=compared.band,
        stability=compared.stability,
        first_impression=compared.first_impression,
        agreement=compared.agreement,
        options=_options(question, compared, () if anonymous else people),
        clusters=tuple(_cluster(question, n, c, answers, study, with_quotes) for n, c in enumerate(compared.clusters)),
        people=() if anonymous else people,
        unsure=len(compared.unsure),
        settled=is_settled(compared, thresholds),
    )


def is_settled(compared: Comparison, thresholds: Thresholds) -> bool:
    """Whether a verdict can be relied on: most choices surely read, and most resamples of speakers and readings agree."""
    surely_read = len(compared.unsure) * 2 <= len(compared.speakers)
    stable = compared.stability is not None and compared.stability >= thresholds.settled_stability
    rests_on_reasons = compared.verdict in ("aligned", "hidden")
    return stable and surely_read and (not rests_on_reasons or reasons_heard(compared) * 2 > on_largest(compared))


def _withheld(question: Question, needed: int) -> QuestionFindings:
    why = f"Withheld: fewer than {needed} people have answered, and this study is anonymous."
    return QuestionFindings(
        id=question.id,
        kind=question.kind,
        prompt=question.prompt,
        answered=0,
        verdict=None,
        verdict_name="",
        sentence=why,
        band=None,
        stability=None,
        first_impression=False,
        agreement=None,
        options=(),
        clusters=(),
        people=(),
        unsure=0,
        withheld=why,
    )


def _options(question: Question, compared: Comparison, people: Sequence[Person]) -> tuple[OptionRow, ...]:
    shown = (
        [c for c in question.choices if c not in ("both", "neither", "undecided") or compared.choices.get(c)]
        if question.kind == "tradeoff"
        else []
    )
    n = max(1, len(compared.speakers))
    return tuple(
        OptionRow(
            choice,
            question.label(choice),
            choice == question.intended,
            compared.choices.get(choice, 0),
            compared.choices.get(choice, 0) / n,
            tuple(person for person in people if person.choice == choice),
        )
        for choice in shown
    )


def _cluster(
    question: Question, number: int, cluster: Cluster, answers: Sequence[Answer], study: Study, with_quotes: bool
) -> ClusterView:
    attributed = study.mode == "attributed"
    members = sorted(
        (a for a in answers if a.speaker in cluster.speakers), key=lambda a: (a.speaker != cluster.typical, a.speaker)
    )
    said = [_quote(study, a, a.interpretation.reasons[0].evidence) for a in members if a.interpretation.reasons]
    return ClusterView(
        number,
        question.label(cluster.choice),
        len(cluster.speakers),
        tuple(_name(study, s) for s in cluster.speakers) if attributed else (),
        cluster.has_reason,
        tuple(said) if with_quotes else (),
    )


def _name(study: Study, identifier: str) -> str:
    speaker = study.speaker(identifier)
    return speaker.label if speaker else identifier


def _quote(study: Study, answer: Answer, evidence: Evidence) -> Quote:
    if study.mode == "anonymous":  # neither who nor which recording leaves this room
        return Quote("", evidence.quote, "", None)
    return Quote(_name(study, answer.speaker), evidence.quote, answer.recording, evidence.seconds)


def _person(study: Study, question: Question, compared: Comparison, answer: Answer, thresholds: Thresholds) -> Person:
    reading = answer.interpretation

    def quotes(found: Sequence[Evidence]) -> tuple[Quote, ...]:
        return tuple(_quote(study, answer, e) for e in found)

    return Person(
        id=answer.speaker,
        name=_name(study, answer.speaker),
        choice=reading.choice.value if reading.choice else "",
        source=answer.choice_source,
        read_choice=answer.reading.choice.value if answer.reading.choice else "",
        confidence=answer.reading.choice.confidence if answer.reading.choice else 0.0,
        unsure=is_unsure(answer, thresholds),
        cluster=next((n for n, c in enumerate(compared.clusters) if answer.speaker in c.speakers), None),
        reasons=quotes([r.evidence for r in reading.reasons]),
        conditions=quotes(reading.qualified.evidence if reading.qualified.is_yes else ()),
        escalation=quotes(reading.escalates.evidence if reading.escalates.is_yes else ()),
        costs=quotes(reading.costs),
        stance=reading.stance.value,
        commitment=reading.commitment.value,
        rating=reading.rating.value if reading.rating else None,
        actions=tuple((a.kind, a.concrete, _quote(study, answer, a.evidence)) for a in reading.actions),
        recording=answer.recording,
        text=answer.transcript.text,
    )
