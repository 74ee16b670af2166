"""One question as it is shown: choices, clusters, and who said what, as far as that may be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from voicepulse.comparison.compare import is_unsure
from voicepulse.comparison.importance import is_settled, why_unsettled
from voicepulse.comparison.suppression import Disclosure
from voicepulse.comparison.types import Cluster, ComparedWave, Comparison, Contradiction, Said
from voicepulse.interpretation.answers import SPEAKER, Answer, Source, counting
from voicepulse.interpretation.types import Judgement
from voicepulse.report.sentences import question_sentence
from voicepulse.report.types import (
    VERDICT_NAMES,
    ClusterView,
    ContradictionView,
    OptionRow,
    Person,
    QuestionFindings,
    withheld,
)
from voicepulse.report.voices import Voices, mark
from voicepulse.settings import Thresholds
from voicepulse.study import NON_OPTION_CHOICES, Question


def is_whole(compared: Comparison, rule: Disclosure) -> bool:
    """Whether every count of a question may be shown, of choices and of clusters."""
    sizes = {(k.choice, k.identity): len(k.speakers) for k in compared.clusters}
    return None not in {*rule.table(compared.choices).values(), *rule.table(sizes).values()}


def question_view(voices: Voices, wave: ComparedWave, name: str, thresholds: Thresholds) -> QuestionFindings:
    """One question of a wave.

    Raises:
        KeyError: the study or the wave has no such question.
    """
    question, compared = voices.study.question(name), wave.of(name)
    if question is None or compared is None:
        raise KeyError(name)
    place = {speaker.id: number for number, speaker in enumerate(voices.study.speakers)}
    answers = sorted((a for a in wave.answers if a.question == name), key=lambda a: place.get(a.speaker, len(place)))
    if not voices.rule.speakers(len(answers)):
        return _withheld(question, thresholds.anonymous_counts_from)
    cluster = {speaker: c.identity for c in compared.clusters for speaker in c.speakers}
    people = tuple(_person(voices, question, cluster.get(a.speaker), a, thresholds) for a in answers)
    shown = () if voices.anonymous else people
    unsure = len(compared.unsure)
    exact = not voices.anonymous  # these figures follow from the counts, and the counts from them
    settled = settled_as_shown(voices, compared, thresholds)
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
        settled=settled,
        why_unsettled=why_unsettled(compared, thresholds) if settled is False and compared.verdict else "",
        contradictions=_contradictions(voices, question, compared.contradictions, answers),
    )


def settled_as_shown(voices: Voices, compared: Comparison, thresholds: Thresholds) -> bool | None:
    """Whether the verdict can be relied on; None where saying so would tell how people part, and it is not surely open."""
    return is_settled(compared, thresholds) if is_whole(compared, voices.rule) else None


def _withheld(question: Question, needed: int) -> QuestionFindings:
    why = f"Withheld: an anonymous study counts answers from {needed} people on, and while too few have come or left it waits for more."
    return withheld(question.id, question.name, question.kind, question.prompt, why)


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
    ordered = sorted(views, key=lambda view: (-(view.count or 0), not view.has_reason, view.choice, view.names))
    if voices.anonymous:  # the numbers of all clusters would count those that are withheld
        ordered = [replace(view, number=place) for place, view in enumerate(ordered)]
    return tuple(_painted(ordered))


COLOURS = 8  # in the page's palette


def _painted(views: Sequence[ClusterView]) -> list[ClusterView]:
    """A colour for each group of two or more with a reason: the one of its number, or the next that is free in this question."""
    used: set[int] = set()
    painted = []
    for view in views:
        colour = None
        if view.has_reason and (view.count or 0) > 1:
            free = (c % COLOURS for c in range(view.number, view.number + COLOURS))
            colour = next((c for c in free if c not in used), view.number % COLOURS)
            used.add(colour)
        painted.append(replace(view, colour=colour))
    return painted


def _cluster(
    voices: Voices, question: Question, cluster: Cluster, count: int | None, given: dict[str, Answer]
) -> ClusterView:
    inside = {*cluster.speakers}
    mine = [answer for speaker, answer in given.items() if speaker in inside]  # in the study's order
    members = sorted(mine, key=lambda a: a.speaker != cluster.typical)
    said = [
        Said(a.speaker, a.question, a.recording, a.interpretation.reasons[0].evidence)
        for a in members
        if a.interpretation.reasons
    ]
    return ClusterView(
        number=cluster.identity,
        choice=question.label(cluster.choice),
        count=count,
        names=voices.names(answer.speaker for answer in mine),
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


def _person(voices: Voices, question: Question, cluster: int | None, answer: Answer, thresholds: Thresholds) -> Person:
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
        cluster=cluster,
        reasons=voices.of_answer(answer, [r.evidence for r in reading.reasons]),
        qualified=_who_says_yes(answer, "qualified", reading.qualified),
        conditions=voices.of_answer(answer, reading.qualified.evidence if reading.qualified.is_yes else ()),
        escalates=_who_says_yes(answer, "escalates", reading.escalates),
        escalation=voices.of_answer(answer, reading.escalates.evidence if reading.escalates.is_yes else ()),
        costs=voices.of_answer(answer, reading.costs),
        stance=reading.stance.value,
        commitment=reading.commitment.value,
        rating=reading.rating.value if reading.rating else None,
        actions=tuple((a.kind, a.concrete, voices.of_answer(answer, [a.evidence])[0]) for a in reading.actions),
        recording=answer.recording,
        text=answer.transcript.text,
    )


def _who_says_yes(answer: Answer, field: str, counts: Judgement) -> Source | None:
    """Whose word a "yes" is; None where "no" counts."""
    if not counts.is_yes:
        return None
    said = counting(answer.corrections).get(field)
    return "reader" if said is None else "speaker" if said.author == SPEAKER else "person"
