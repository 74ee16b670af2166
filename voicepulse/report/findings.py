"""A comparison in plain words: what a leader reads, before any layout. Every output shows these findings and nothing else.

Suppression in anonymous mode is applied here, once, under the terminal, the page and the exports alike: what is counted, named and
quoted goes through `Voices` and the rule in `comparison/suppression.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from voicepulse.comparison.compare import is_unsure
from voicepulse.comparison.groups import group_speakers
from voicepulse.comparison.importance import by_importance, is_settled
from voicepulse.comparison.movement import movements_between
from voicepulse.comparison.patterns import Picture, find_patterns
from voicepulse.comparison.positions import positions_of
from voicepulse.comparison.proposals import propose
from voicepulse.comparison.scorecard import score
from voicepulse.comparison.suppression import Disclosure, disclosure
from voicepulse.comparison.types import Cluster, ComparedWave, Comparison, Contradiction, Said
from voicepulse.interpretation.answers import Answer
from voicepulse.report.drafts import next_steps
from voicepulse.report.overall import (
    cells_view,
    groups_view,
    line_views,
    movement_view,
    pattern_views,
    spending_views,
    term_views,
)
from voicepulse.report.sentences import headline, question_sentence
from voicepulse.report.types import (
    VERDICT_NAMES,
    ClusterView,
    ContradictionView,
    Findings,
    OptionRow,
    Person,
    QuestionFindings,
)
from voicepulse.report.voices import Voices, mark
from voicepulse.resources import Resource
from voicepulse.rhythm import Rhythm
from voicepulse.settings import Thresholds
from voicepulse.study import NON_OPTION_CHOICES, Question, Study


@dataclass(frozen=True, slots=True)
class Beside:
    """What a report shows beside the answers: where money, people and time went, and when waves were held."""

    resources: tuple[Resource, ...] = ()
    rhythm: Rhythm | None = None


def find(study: Study, waves: Sequence[ComparedWave], thresholds: Thresholds, beside: Beside | None = None) -> Findings:
    """Say what the last of these waves shows, beside those before it, as far as the study's mode allows."""
    beside = beside or Beside()
    rule = disclosure(study.mode, thresholds)
    waves = [_as_shown(wave, rule, thresholds) for wave in waves]
    wave = waves[-1]
    voices = Voices(study, rule, {q.id: sum(a.question == q.id for a in wave.answers) for q in study.questions})
    order = by_importance(wave.comparison.questions, thresholds, by_share=not rule.anonymous)
    questions = tuple(_question(voices, wave, name, thresholds) for name in order)
    levels, teams = (group_speakers(study, wave, by, thresholds) for by in ("level", "team"))
    movements = movements_between(waves[-2], wave) if len(waves) > 1 else ()
    positions = positions_of(study, wave.answers, thresholds.unsure_confidence)
    picture = Picture(study, wave, positions, levels, movements, thresholds)
    unsettled = {q.id for q in questions if q.verdict and q.settled is False}
    speakers = len({a.speaker for a in wave.answers})
    counted = voices.rule.speakers(speakers)
    return Findings(
        title=study.title,
        strategy=study.strategy,
        wave=wave.name,
        mode=study.mode,
        headline=headline(questions),
        where_not=tuple((q.id, q.name, q.sentence) for q in questions if q.verdict and q.verdict != "aligned"),
        speakers=speakers if counted else None,
        questions=questions,
        cells=cells_view(voices, positions) if counted else None,
        levels=groups_view(voices, levels) if counted else None,
        teams=groups_view(voices, teams) if counted else None,
        movements=tuple(movement_view(voices, m) for m in movements) if counted else (),
        patterns=pattern_views(voices, find_patterns(picture), unsettled) if counted else (),
        scorecard=line_views(voices, score(picture, teams, beside.rhythm)) if counted else (),
        terms=term_views(voices, wave.comparison.terms) if counted else (),
        spending=spending_views(voices, beside.resources, questions),
        next_steps=next_steps(voices, propose(study, wave, order, thresholds)),
        alpha=wave.comparison.alpha if not voices.anonymous else None,
        alpha_interval=wave.comparison.alpha_interval if not voices.anonymous else None,
        alpha_basis=wave.comparison.alpha_basis,
        notes=_notes(study, questions, thresholds),
        thresholds=dict(wave.comparison.thresholds),
        provenance=dict(wave.comparison.provenance),
        read_on_server=any(a.reading.provenance.get("reader") == "server" for a in wave.answers),
    )


def _as_shown(wave: ComparedWave, rule: Disclosure, thresholds: Thresholds) -> ComparedWave:
    """A wave without the verdicts from which a withheld count would follow; nothing after this knows them."""

    def shown(c: Comparison) -> Comparison:
        judged = c.verdict in (None, "unresolved") or rule.verdict(c.choices, thresholds.open_share)
        return replace(c, verdict=c.verdict if judged else None, band=c.band if _is_whole(c, rule) else None)

    if not rule.anonymous:
        return wave
    return replace(
        wave, comparison=replace(wave.comparison, questions=tuple(shown(c) for c in wave.comparison.questions))
    )


def _is_whole(compared: Comparison, rule: Disclosure) -> bool:
    """Whether every count of a question may be shown, of choices and of clusters."""
    sizes = {(k.choice, k.identity): len(k.speakers) for k in compared.clusters}
    return None not in {*rule.table(compared.choices).values(), *rule.table(sizes).values()}


def _notes(study: Study, questions: Sequence[QuestionFindings], thresholds: Thresholds) -> tuple[str, ...]:
    notes = []
    if any(q.unsure != 0 for q in questions if not q.withheld):
        unsure = sum(q.unsure or 0 for q in questions)
        choices = sum(q.answered for q in questions if q.kind == "tradeoff" and not q.withheld)
        told = f"{unsure} of {choices} choices rest" if study.mode == "attributed" else "Some choices rest"
        notes.append(
            f"{told} on readings that are unsure (under {thresholds.unsure_confidence:.0%}); they are marked. "
            "Listen to them, and correct what was misread: a person's word wins and is kept."
        )
    if any(q.first_impression and not q.withheld for q in questions):
        notes.append(
            f"Questions with under {thresholds.first_impression_under} speakers give a first impression, not a finding."
        )
    if study.mode == "anonymous":
        notes.append(
            f"Anonymous: no count under {thresholds.anonymous_counts_from} is shown, nor one from which it follows, and no quote under "
            f"{thresholds.anonymous_quotes_from} answers; no names, no sound. New answers are counted when {thresholds.anonymous_counts_from} have come."
        )
    return tuple(notes)


def _question(voices: Voices, wave: ComparedWave, name: str, thresholds: Thresholds) -> QuestionFindings:
    question, compared = voices.study.question(name), wave.of(name)
    if question is None or compared is None:
        raise KeyError(name)
    answers = sorted((a for a in wave.answers if a.question == name), key=lambda a: a.speaker)
    if not voices.rule.speakers(len(answers)):
        return _withheld(question, thresholds.anonymous_counts_from)
    people = tuple(_person(voices, question, compared, answer, thresholds) for answer in answers)
    shown = () if voices.anonymous else people
    unsure = len(compared.unsure)
    exact = not voices.anonymous  # these figures follow from the counts, and the counts from them
    return QuestionFindings(
        id=question.id,
        name=question.name,
        kind=question.kind,
        prompt=question.prompt,
        answered=len(answers),
        verdict=compared.verdict,
        verdict_name=VERDICT_NAMES.get(compared.verdict or "", ""),
        sentence=question_sentence(question, compared, voices.rule),
        band=compared.band,
        stability=compared.stability if exact else None,
        first_impression=compared.first_impression,
        agreement=compared.agreement if exact else None,
        options=_options(voices, question, compared, shown),
        clusters=_cluster_views(voices, question, compared, answers),
        people=shown,
        unsure=unsure if exact or unsure == 0 else None,
        settled=_settled(voices, compared, thresholds),
        contradictions=_contradictions(voices, question, compared.contradictions, answers),
    )


def _settled(voices: Voices, compared: Comparison, thresholds: Thresholds) -> bool | None:
    """Whether the verdict can be relied on; None where saying so would tell how people part, and it is not surely open."""
    return is_settled(compared, thresholds) if _is_whole(compared, voices.rule) else None


def _withheld(question: Question, needed: int) -> QuestionFindings:
    why = f"Withheld: fewer than {needed} people have answered, or too few have come or left since it was shown, and this study is anonymous."
    return QuestionFindings(
        id=question.id,
        name=question.name,
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


def _options(
    voices: Voices, question: Question, compared: Comparison, people: Sequence[Person]
) -> tuple[OptionRow, ...]:
    if question.kind != "tradeoff":
        return ()
    counts = voices.rule.table(compared.choices)
    n = max(1, len(compared.speakers))
    return tuple(
        OptionRow(
            mark=mark(question, choice),
            intended=choice == question.intended,
            count=count,
            share=None if count is None else count / n,
            people=tuple(person for person in people if person.choice == choice),
        )
        for choice, count in counts.items()
        if choice not in NON_OPTION_CHOICES or count != 0
    )


def _cluster_views(
    voices: Voices, question: Question, compared: Comparison, answers: Sequence[Answer]
) -> tuple[ClusterView, ...]:
    """The clusters, largest first. In an anonymous study only those whose count may be shown, each with one quote at most."""
    choices = voices.rule.table(compared.choices)
    given = {answer.speaker: answer for answer in answers}
    views = []
    for choice, count in choices.items():
        mine = [c for c in compared.clusters if c.choice == choice]
        sizes = voices.rule.table({c.identity: len(c.speakers) for c in mine})
        views += [
            _cluster(voices, question, cluster, sizes[cluster.identity], given)
            for cluster in mine
            if count is not None and sizes[cluster.identity] is not None
        ]
    return tuple(sorted(views, key=lambda view: (-(view.count or 0), not view.has_reason, view.choice, view.names)))


def _cluster(
    voices: Voices, question: Question, cluster: Cluster, count: int | None, given: dict[str, Answer]
) -> ClusterView:
    members = sorted((given[s] for s in cluster.speakers if s in given), key=lambda a: a.speaker != cluster.typical)
    said = [
        Said(a.speaker, a.question, a.recording, a.interpretation.reasons[0].evidence)
        for a in members
        if a.interpretation.reasons
    ]
    return ClusterView(
        number=cluster.identity,
        choice=question.label(cluster.choice),
        count=count,
        names=voices.names(cluster.speakers),
        has_reason=cluster.has_reason,
        quotes=voices.quotes(said),
    )


def _contradictions(
    voices: Voices, question: Question, found: Sequence[Contradiction], answers: Sequence[Answer]
) -> tuple[ContradictionView, ...]:
    """Who works against whom; an anonymous study shows none, for two quotes would set two persons apart."""
    if voices.anonymous:
        return ()
    recordings = {a.speaker: a.recording for a in answers}
    return tuple(
        ContradictionView(
            voices.quote(Said(c.speaker, question.id, recordings[c.speaker], c.action.evidence)),
            voices.quote(Said(c.other, question.id, recordings[c.other], c.other_action.evidence)),
        )
        for c in found
    )


def _person(voices: Voices, question: Question, compared: Comparison, answer: Answer, thresholds: Thresholds) -> Person:
    reading = answer.interpretation
    read = answer.reading.choice
    return Person(
        id=answer.speaker,
        name=voices.name(answer.speaker),
        level=voices.level(answer.speaker),
        choice=reading.choice.value if reading.choice else "",
        source=answer.choice_source,
        read_choice=read.value if read else "",
        confidence=read.confidence if read else 0.0,
        unsure=is_unsure(answer, thresholds),
        cluster=next((c.identity for c in compared.clusters if answer.speaker in c.speakers), None),
        reasons=voices.of_answer(answer, [r.evidence for r in reading.reasons]),
        conditions=voices.of_answer(answer, reading.qualified.evidence if reading.qualified.is_yes else ()),
        escalation=voices.of_answer(answer, reading.escalates.evidence if reading.escalates.is_yes else ()),
        costs=voices.of_answer(answer, reading.costs),
        stance=reading.stance.value,
        commitment=reading.commitment.value,
        rating=reading.rating.value if reading.rating else None,
        actions=tuple((a.kind, a.concrete, voices.of_answer(answer, [a.evidence])[0]) for a in reading.actions),
        recording=answer.recording,
        text=answer.transcript.text,
    )
