"""A comparison in plain words: what a leader reads, before any layout. Every output shows these findings and nothing else.

Suppression in anonymous mode happens here, once, under the terminal and the page alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voicepulse.comparison.compare import is_unsure
from voicepulse.comparison.types import Cluster, Comparison, StudyComparison
from voicepulse.interpretation.answers import Answer, Source
from voicepulse.interpretation.types import Evidence
from voicepulse.settings import Thresholds
from voicepulse.study import Question, Study

VERDICT_NAMES = {
    "aligned": "Aligned",
    "hidden": "Hidden misalignment",
    "open": "Open misalignment",
    "unresolved": "Unresolved",
}


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a speaker; `seconds` is where they are in `recording`, when there is sound."""

    speaker: str
    text: str
    recording: str
    seconds: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Person:
    """One speaker's answer as a row: what counts, whose word it is, and what the reader had read."""

    id: str
    name: str
    choice: str
    source: Source
    read_choice: str
    confidence: float
    unsure: bool
    cluster: int | None
    reasons: tuple[Quote, ...]
    conditions: tuple[Quote, ...]
    escalation: tuple[Quote, ...]
    costs: tuple[Quote, ...]
    stance: str
    commitment: str
    rating: float | None
    actions: tuple[tuple[str, bool, Quote], ...]  # (kind, concrete, words)
    recording: str
    text: str

    @property
    def initials(self) -> str:
        words = [word for word in self.name.split("(")[0].split() if word[0].isalnum()]
        return "".join(word[0] for word in words[:3]).upper() if len(words) > 1 else self.name[:2]


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One choice with those who made it; `people` is empty where names are not shown."""

    choice: str
    label: str
    intended: bool
    count: int
    share: float
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class ClusterView:
    """Speakers with the same choice and reason, in the words of the most typical one."""

    number: int
    choice: str
    count: int
    names: tuple[str, ...]
    has_reason: bool
    quotes: tuple[Quote, ...]  # the typical one first


@dataclass(frozen=True, slots=True)
class QuestionFindings:
    """One question. Where `withheld` is set, everything but the prompt is empty, and that sentence says why."""

    id: str
    kind: str
    prompt: str
    answered: int
    verdict: str | None
    verdict_name: str
    sentence: str
    band: str | None
    stability: float | None
    first_impression: bool
    agreement: float | None
    options: tuple[OptionRow, ...]
    clusters: tuple[ClusterView, ...]
    people: tuple[Person, ...]
    unsure: int
    settled: bool = False  # most choices are surely read, and most resamples give the same verdict
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """A study's report."""

    title: str
    strategy: str
    wave: str
    mode: str
    headline: str
    speakers: int | None  # None where too few answered for an anonymous study
    questions: tuple[QuestionFindings, ...]
    alpha: float | None
    alpha_basis: str
    notes: tuple[str, ...]
    thresholds: dict[str, float]
    provenance: dict[str, object]


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
        headline=_headline(questions),
        speakers=speakers if counted else None,
        questions=questions,
        alpha=comparison.alpha if counted else None,
        alpha_basis=comparison.alpha_basis,
        notes=_notes(study, questions, answers, thresholds),
        thresholds=dict(comparison.thresholds),
        provenance=dict(comparison.provenance),
    )


def _headline(questions: Sequence[QuestionFindings]) -> str:
    asked = [q for q in questions if q.kind == "tradeoff"]
    judged = [q for q in asked if q.verdict]
    withheld = [q for q in asked if q.withheld]
    if not judged:
        if withheld:
            return "No verdict is shown: too few people have answered for an anonymous study."
        return "There is no verdict yet: each trade-off needs answers of at least two people."
    named = []
    for verdict, name in VERDICT_NAMES.items():
        those = [q.id for q in judged if q.verdict == verdict]
        if those:
            named.append(f"{name.lower()} on {', '.join(those)}")
    without = [q.id for q in asked if not q.verdict]
    if without:
        named.append(f"without a verdict: {', '.join(without)}")
    unsettled = [q.id for q in judged if not q.settled]
    if len(unsettled) == len(judged):
        return f"Not settled yet, as far as it was read: {'; '.join(named)}."
    sentence = "; ".join(named)
    open_ends = f" Not settled: {', '.join(unsettled)}." if unsettled else ""
    return f"{sentence[0].upper()}{sentence[1:]}.{open_ends}"


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
        sentence=_sentence(question, compared, with_range=not anonymous),
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
    return stable and surely_read and (not rests_on_reasons or _reasons_heard(compared) * 2 > _on_largest(compared))


def _on_largest(compared: Comparison) -> int:
    return compared.choices.get(compared.largest_choice or "", 0)


def _reasons_heard(compared: Comparison) -> int:
    """How many of those on the largest choice gave a reason that was heard; silence is no different reason."""
    return sum(len(c.speakers) for c in compared.clusters if c.has_reason and c.choice == compared.largest_choice)


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


def _sentence(question: Question, c: Comparison, with_range: bool) -> str:
    n = len(c.speakers)
    if question.kind == "rating":
        return _rating_sentence(sorted((c.ratings or {}).values()), n, with_range)
    if question.kind == "execution":
        actions = c.actions or {}
        return f"{n} answered: {actions.get('start', 0)} concrete starts, {actions.get('stop', 0)} stops, {actions.get('shift', 0)} shifts, {actions.get('vague', 0)} vague."
    if question.kind == "agreement" and n:
        return f"{c.stances['agree']} of {n} say they agree, {c.stances['disagree']} disagree, {c.stances['unstated']} do not say. Agreement is weak evidence."
    if n == 0:
        return "No answer has been read yet."
    if c.verdict is None:
        return "One answer is there; a verdict needs at least two."
    largest = round(c.largest_share * n)
    sharing = round(c.shared_reason_share * largest)
    label = question.label(c.largest_choice or "")
    return {
        "aligned": f"{largest} of {n} make the same choice (“{label}”), and {sharing} of them for the same reason.",
        "hidden": _hidden_sentence(c, label, sharing),
        "open": _open_sentence(c, label, largest, n),
        "unresolved": f"{round(c.unresolved_share * n)} of {n} answers hang on a condition, on somebody else, or are undecided.",
    }[c.verdict]


def _hidden_sentence(c: Comparison, label: str, sharing: int) -> str:
    largest, heard = _on_largest(c), _reasons_heard(c)
    same = f"{largest} of {len(c.speakers)} make the same choice (“{label}”), but"
    if heard * 2 <= largest:
        return f"{same} a reason was heard from only {heard} of those {largest}."
    return f"{same} for different reasons: {'no two' if sharing < 2 else f'no more than {sharing}'} of those {largest} share one."


def _open_sentence(c: Comparison, label: str, largest: int, n: int) -> str:
    if sum(count == largest for count in c.choices.values()) > 1:
        return f"The choices differ, and none is ahead: the largest hold {largest} of {n} each."
    return f"The choices differ: the largest, “{label}”, holds {largest} of {n}."


def _rating_sentence(values: list[float], answered: int, with_range: bool) -> str:
    if not values:
        return f"{answered} answered, and no number was heard."
    middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
    spread = f", from {values[0]:g} to {values[-1]:g}" if with_range and len(values) > 1 else ""
    return f"The median of {len(values)} rating{'s' * (len(values) > 1)} is {middle:g} of ten{spread}."


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
