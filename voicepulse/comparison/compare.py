"""Many readings become clusters, verdicts and shares. Seeded; the order of the speakers changes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from voicepulse import __version__
from voicepulse.comparison.agreement import alpha_interval, code_choice, study_alpha, unit_agreement
from voicepulse.comparison.contradictions import find_contradictions
from voicepulse.comparison.costs import shared_cost
from voicepulse.comparison.identity import keep_identities, same_reasons
from voicepulse.comparison.reasons import SameReason, cluster_reasons
from voicepulse.comparison.terms import find_terms
from voicepulse.comparison.types import (
    Cluster,
    Comparison,
    StudyComparison,
    clusters_before,
    reasons_before,
    thresholds_of,
)
from voicepulse.comparison.verdict import NO_REASON, UncertainAnswers, band_of, decide, shares_of, stability
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.embedder import Embedder, Remembering
from voicepulse.interpretation.types import COMMITMENTS, STANCES
from voicepulse.settings import Thresholds
from voicepulse.study import Question, Study


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """What a comparison depends on besides the answers. `keys` name what each question's comparison is made from, where that is known."""

    thresholds: Thresholds
    seed: int
    resamples: int
    keys: Mapping[str, str] = field(default_factory=dict)


def compare_study(
    study: Study,
    wave: str,
    answers: Sequence[Answer],
    embedder: Embedder,
    same: SameReason,
    options: CompareOptions,
    earlier: Sequence[StudyComparison] = (),
) -> StudyComparison:
    """Compare all answers of a wave, question by question.

    `earlier` are the comparisons whose clusters these go on from, the oldest first: those of the waves before, then what
    was last made of this wave. Where the last one of a question was made from just the same, by its key, it is kept. What
    rests on all questions together (the agreement beyond chance, the terms) is cheap and always made anew.
    """
    embedder = Remembering(embedder)
    by_question = {
        q.id: sorted((a for a in answers if a.question == q.id), key=lambda a: a.speaker) for q in study.questions
    }
    kept = _unchanged(wave, earlier, options.keys)
    comparisons = [
        kept.get(q.id) or _go_on(q, wave, by_question[q.id], embedder, same, options, earlier) for q in study.questions
    ]
    coded = {
        q.id: {a.speaker: code_choice(_choice(a), q) for a in by_question[q.id]}
        for q in study.questions
        if q.kind == "tradeoff" and q.intended is not None
    }
    compared = tuple(replace(c, agreement=unit_agreement(c.question, coded)) for c in comparisons)
    basis = f"choices coded as the intended option, the others, both, neither or undecided over {len(coded)} trade-offs with an intended option"
    provenance = {
        "version": __version__,
        "seed": options.seed,
        "resamples": options.resamples,
        "same_reason": [same.slope, same.bias, same.cut, same.member_slope, same.member_bias],
    }
    return StudyComparison(
        wave=wave,
        questions=compared,
        alpha=study_alpha(coded),
        alpha_basis=basis,
        thresholds=thresholds_of(options.thresholds),
        provenance=provenance,
        alpha_interval=alpha_interval(coded),
        terms=find_terms(study.strategy, answers, embedder, same),
    )


def _unchanged(wave: str, earlier: Sequence[StudyComparison], keys: Mapping[str, str]) -> dict[str, Comparison]:
    """What was last made of this wave from just the same, by question.

    It is what would be made now: a cluster that goes on from itself has all members in common with it, and nothing is more
    like it, so it keeps its number. One thing is better: where a cluster of a wave before with another number is exactly as
    like (the same people made the same choice), a fresh run may take that number instead; here nothing changed, so no number
    does. The encoder's seventh digit, which hangs on the texts that are embedded beside a text, stays too.
    """
    last = next((comparison for comparison in reversed(earlier) if comparison.wave == wave), None)
    return {c.question: c for c in (last.questions if last else ()) if c.key and c.key == keys.get(c.question)}


def _go_on(
    question: Question,
    wave: str,
    answers: Sequence[Answer],
    embedder: Embedder,
    same: SameReason,
    options: CompareOptions,
    earlier: Sequence[StudyComparison],
) -> Comparison:
    """The question's comparison, with what it goes on from: its clusters' numbers, and for each earlier wave that asked it who gives the same reason as then."""
    compared = compare_question(question, wave, answers, embedder, same, options, clusters_before(question.id, earlier))
    then = {name: reasons for name, reasons in reasons_before(question.id, earlier).items() if name != wave}
    return replace(
        compared,
        key=options.keys.get(question.id, ""),
        same_as_in={name: same_reasons(compared.reasons, reasons, embedder, same) for name, reasons in then.items()},
    )


def compare_question(
    question: Question,
    wave: str,
    answers: Sequence[Answer],
    embedder: Embedder,
    same: SameReason,
    options: CompareOptions,
    earlier: Sequence[Cluster] = (),
) -> Comparison:
    """Compare the answers to one question; its clusters keep the numbers of the `earlier` ones that they go on from."""
    answers = sorted(answers, key=lambda a: a.speaker)
    readings = [answer.interpretation for answer in answers]
    stances, commitments = Counter(r.stance.value for r in readings), Counter(r.commitment.value for r in readings)
    plain = Comparison(
        question=question.id,
        kind=question.kind,
        wave=wave,
        speakers=tuple(answer.speaker for answer in answers),
        verdict=None,
        band=None,
        stability=None,
        first_impression=len(answers) < options.thresholds.first_impression_under,
        choices={},
        largest_choice=None,
        largest_share=0.0,
        shared_reason_share=0.0,
        unresolved_share=0.0,
        clusters=(),
        stances={name: stances[name] for name in STANCES},
        commitments={name: commitments[name] for name in COMMITMENTS},
        unsure=(),
    )
    if question.kind == "rating":
        return replace(
            plain, ratings={a.speaker: r.rating.value for a, r in zip(answers, readings, strict=True) if r.rating}
        )
    if question.kind == "execution":
        kinds = Counter(action.kind if action.concrete else "vague" for r in readings for action in r.actions)
        counts = {name: kinds[name] for name in ("start", "stop", "shift", "vague")}
        stopping = sum(any(action.kind == "stop" for action in r.actions) for r in readings)
        found = find_contradictions(answers, embedder)
        return replace(plain, actions=counts, stopping=stopping, contradictions=found)
    if question.kind != "tradeoff" or not answers:
        return plain
    compared = _compare_choices(plain, question, answers, _clusters(answers, embedder, same), options)
    choosing = [answer for answer in answers if _choice(answer) == compared.largest_choice]
    return replace(
        compared,
        clusters=keep_identities(compared.clusters, earlier, embedder, same),
        reasons={a.speaker: r[0].evidence.quote for a in answers if (r := a.interpretation.reasons)},
        cost=shared_cost(choosing, embedder, same),
    )


def _choice(answer: Answer) -> str:
    choice = answer.interpretation.choice
    return choice.value if choice else "undecided"


@dataclass(frozen=True, slots=True)
class _Clustered:
    """The clusters, largest first, and for each speaker its number (NO_REASON without a reason) and how sure that is."""

    clusters: tuple[Cluster, ...]
    number: Mapping[str, int]
    confidence: Mapping[str, float]


def _clusters(answers: Sequence[Answer], embedder: Embedder, same: SameReason) -> _Clustered:
    found: list[Cluster] = []
    number: dict[str, int] = {}
    confidence: dict[str, float] = {}
    reasons = {a.speaker: r[0].evidence.quote for a in answers if (r := a.interpretation.reasons)}
    rows = {speaker: row for row, speaker in enumerate(reasons)}
    vectors = np.asarray(embedder.embed(list(reasons.values())), dtype=np.float64)
    by_choice: dict[str, list[str]] = {}
    for answer in answers:
        by_choice.setdefault(_choice(answer), []).append(answer.speaker)
    for choice, chosen in sorted(by_choice.items()):
        giving = [speaker for speaker in chosen if speaker in reasons]
        for cluster in cluster_reasons(vectors[[rows[speaker] for speaker in giving]], same):
            speakers = tuple(giving[i] for i in cluster.members)
            number |= dict.fromkeys(speakers, len(found))
            confidence |= zip(speakers, cluster.confidence, strict=True)
            typical = giving[cluster.typical]
            found.append(Cluster(choice, speakers, typical, has_reason=True, words=reasons[typical]))
        silent = tuple(speaker for speaker in chosen if speaker not in reasons)
        if silent:
            number |= dict.fromkeys(silent, NO_REASON)
            found.append(Cluster(choice, silent, silent[0], has_reason=False))
    order = sorted(found, key=lambda c: (-len(c.speakers), not c.has_reason, c.choice, c.speakers))
    return _Clustered(tuple(order), number, confidence)


def _compare_choices(
    plain: Comparison, question: Question, answers: Sequence[Answer], clustered: _Clustered, options: CompareOptions
) -> Comparison:
    names = list(question.choices)
    uncertain = _uncertain(names, answers, clustered)
    unresolved = np.array([a.interpretation.hangs for a in answers])
    shares = shares_of(uncertain.chosen, uncertain.reason, unresolved)
    verdict = decide(shares, options.thresholds) if len(answers) > 1 else None
    counts = Counter(_choice(answer) for answer in answers)
    biggest = max((len(c.speakers) for c in clustered.clusters if c.has_reason), default=0)
    return replace(
        plain,
        verdict=verdict,
        band=band_of(biggest / len(answers), options.thresholds) if verdict else None,
        stability=stability(uncertain, verdict, options.thresholds, options.seed, options.resamples)
        if verdict
        else None,
        choices={name: counts[name] for name in names},
        largest_choice=max(names, key=lambda name: counts[name]),
        largest_share=shares.largest,
        shared_reason_share=shares.shared_reason,
        unresolved_share=shares.unresolved,
        clusters=clustered.clusters,
        unsure=tuple(a.speaker for a in answers if is_unsure(a, options.thresholds)),
        misread_share=uncertain.misread_share,
    )


def reason_groups(answers: Sequence[Answer], embedder: Embedder, same: SameReason) -> dict[str, int]:
    """Which speakers of a question gave the same primary reason, whatever they chose: speaker -> number of the group.

    A group does not hang on how well choices were read. Who gave no reason is in none.
    """
    giving = sorted((a for a in answers if a.interpretation.reasons), key=lambda a: a.speaker)
    quotes = [a.interpretation.reasons[0].evidence.quote for a in giving]
    vectors = np.asarray(embedder.embed(quotes), dtype=np.float64)
    clusters = cluster_reasons(vectors, same)
    return {giving[i].speaker: number for number, cluster in enumerate(clusters) for i in cluster.members}


def uncertain_answers(
    question: Question, answers: Sequence[Answer], embedder: Embedder, same: SameReason
) -> UncertainAnswers:
    """What is thought possible of each answer to a trade-off, in the order given."""
    return _uncertain(list(question.choices), answers, _clusters(answers, embedder, same))


def is_unsure(answer: Answer, thresholds: Thresholds) -> bool:
    """Whether the choice rests on a reading under the confidence that the settings ask for."""
    choice = answer.interpretation.choice
    return choice is not None and choice.confidence < thresholds.unsure_confidence


def _uncertain(names: list[str], answers: Sequence[Answer], clustered: _Clustered) -> UncertainAnswers:
    said = [answer.interpretation for answer in answers]
    choice = np.array([[(r.choice.probabilities if r.choice else {}).get(name, 0.0) for name in names] for r in said])
    return UncertainAnswers(
        choice=choice / choice.sum(axis=1, keepdims=True),
        chosen=np.array([names.index(_choice(answer)) for answer in answers]),
        reason=np.array([clustered.number[answer.speaker] for answer in answers]),
        reason_confidence=np.array([clustered.confidence.get(answer.speaker, 0.0) for answer in answers]),
        qualified=np.array([r.qualified.probabilities["yes"] for r in said]),
        escalates=np.array([r.escalates.probabilities["yes"] for r in said]),
        undecided=names.index("undecided"),
    )
