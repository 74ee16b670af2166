"""A comparison in plain words: what a leader reads, before any layout. Every output shows these findings and nothing else.

Suppression in anonymous mode is applied here, once, under the terminal, the page and the exports alike: what is counted, named and
quoted goes through `Voices` and the rule in `comparison/suppression.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from voicepulse.comparison.groups import group_speakers
from voicepulse.comparison.importance import by_importance
from voicepulse.comparison.movement import latest_of, movements_to
from voicepulse.comparison.pattern_types import Picture
from voicepulse.comparison.patterns import find_patterns
from voicepulse.comparison.positions import positions_of
from voicepulse.comparison.proposals import propose
from voicepulse.comparison.scorecard import score
from voicepulse.comparison.suppression import Disclosure, disclosure
from voicepulse.comparison.types import ComparedWave, Comparison
from voicepulse.report.cells import cells_view
from voicepulse.report.drafts import next_steps
from voicepulse.report.groups import groups_view
from voicepulse.report.movement import movement_view
from voicepulse.report.overall import line_views, pattern_views, spending_views, term_views
from voicepulse.report.questions import is_whole, question_view, settled_as_shown
from voicepulse.report.sentences import against_strategy, headline, nothing_yet
from voicepulse.report.types import (
    VERDICT_NAMES,
    Findings,
    HistoryRow,
    QuestionFindings,
)
from voicepulse.report.voices import Voices
from voicepulse.resources import Resource
from voicepulse.rhythm import Rhythm
from voicepulse.settings import Thresholds
from voicepulse.study import Study


@dataclass(frozen=True, slots=True)
class Beside:
    """What a report shows beside the answers: where money, people and time went, when waves were held, and who was erased."""

    resources: tuple[Resource, ...] = ()
    rhythm: Rhythm | None = None
    erased: frozenset[str] = frozenset()


def find(study: Study, waves: Sequence[ComparedWave], thresholds: Thresholds, beside: Beside | None = None) -> Findings:
    """Say what the last of these waves shows, beside those before it, as far as the study's mode allows."""
    beside = beside or Beside()
    rule = disclosure(study.mode, thresholds)
    waves = [_as_shown(wave, rule, thresholds) for wave in waves]
    wave = waves[-1]
    voices = Voices(study, rule, Counter(answer.question for answer in wave.answers))
    order = by_importance(wave.comparison.questions, thresholds, by_share=not rule.anonymous)
    questions = tuple(question_view(voices, wave, name, thresholds) for name in order)
    levels, teams = (group_speakers(study, wave, by, thresholds) for by in ("level", "team"))
    movements = movements_to(waves)
    positions = positions_of(study, wave.answers, thresholds.unsure_confidence)
    picture = Picture(study, wave, positions, levels, movements, thresholds)
    unsettled = {q.id for q in questions if q.verdict and q.settled is False}
    speakers = len({a.speaker for a in wave.answers})
    counted = voices.rule.speakers(speakers)
    found = Findings(
        title=study.title,
        strategy=study.strategy,
        wave=wave.name,
        mode=study.mode,
        headline=headline(questions),
        where_not=tuple(
            (q.id, q.name, q.sentence)
            for q in questions
            if q.verdict and (q.verdict != "aligned" or against_strategy(q))
        ),
        speakers=speakers if counted else None,
        questions=questions,
        cells=cells_view(voices, positions) if counted else None,
        levels=groups_view(voices, levels, unsettled) if counted else None,
        teams=groups_view(voices, teams, unsettled) if counted else None,
        movements=tuple(movement_view(voices, m) for m in latest_of(movements)) if counted else (),
        history=_history(voices, waves, thresholds) if counted else (),
        patterns=pattern_views(voices, find_patterns(picture), unsettled) if counted else (),
        scorecard=line_views(voices, score(picture, teams, beside.rhythm)) if counted else (),
        terms=term_views(voices, wave.comparison.terms) if counted else (),
        spending=spending_views(voices, beside.resources, questions),
        next_steps=next_steps(voices, propose(study, wave, order, thresholds, beside.erased), questions),
        alpha=wave.comparison.alpha if not voices.anonymous else None,
        alpha_interval=wave.comparison.alpha_interval if not voices.anonymous else None,
        alpha_basis=wave.comparison.alpha_basis,
        notes=_notes(study, questions, thresholds),
        thresholds=dict(wave.comparison.thresholds),
        provenance=dict(wave.comparison.provenance),
        unsettled=tuple(q.name for q in questions if q.id in unsettled),
        read_on_server=any(a.reading.provenance.get("reader") == "server" for a in wave.answers),
    )
    is_empty = voices.anonymous and all(q.is_empty for q in questions)
    return _without_empty_parts(found, nothing_yet(found.speakers, rule)) if is_empty else found


def _without_empty_parts(found: Findings, sentence: str) -> Findings:
    """A report that may show nothing of any question: said once, without the parts in which everything is withheld. It is made of
    what is shown, so it tells no more."""
    return replace(
        found,
        nothing_yet=sentence,
        cells=found.cells if found.cells and not found.cells.withheld else None,
        levels=found.levels if found.levels and found.levels.questions else None,
        teams=found.teams if found.teams and found.teams.questions else None,
        movements=tuple(m for m in found.movements if not m.withheld),
        patterns=found.patterns if any(p.state != "not measured" for p in found.patterns) else (),
        scorecard=found.scorecard if any(line.share is not None for line in found.scorecard) else (),
    )


def _history(voices: Voices, waves: Sequence[ComparedWave], thresholds: Thresholds) -> tuple[HistoryRow, ...]:
    """The verdicts wave by wave, of the questions that have one in more than one."""
    rows = []
    for question in voices.study.questions:
        compared = [(w.name, c) for w in waves if (c := w.of(question.id))]
        if sum(c.verdict is not None for _, c in compared) > 1:
            told = tuple(
                (name, c.verdict or "", VERDICT_NAMES.get(c.verdict or "", ""), settled_as_shown(voices, c, thresholds))
                for name, c in compared
            )
            rows.append(HistoryRow(question.id, question.name, told))
    return tuple(rows)


def _as_shown(wave: ComparedWave, rule: Disclosure, thresholds: Thresholds) -> ComparedWave:
    """A wave without the verdicts from which a withheld count would follow; nothing after this knows them."""

    def shown(c: Comparison) -> Comparison:
        judged = c.verdict in (None, "unresolved") or rule.verdict(c.choices, thresholds.open_share)
        return replace(c, verdict=c.verdict if judged else None, band=c.band if is_whole(c, rule) else None)

    if not rule.anonymous:
        return wave
    return replace(
        wave, comparison=replace(wave.comparison, questions=tuple(shown(c) for c in wave.comparison.questions))
    )


def _notes(study: Study, questions: Sequence[QuestionFindings], thresholds: Thresholds) -> tuple[str, ...]:
    notes = []
    if any(q.unsure != 0 for q in questions if not q.withheld):
        unsure = sum(q.unsure or 0 for q in questions)
        choices = sum(q.answered for q in questions if q.kind == "tradeoff" and not q.withheld)
        told = f"{unsure} of {choices} choices rest" if study.mode == "attributed" else "Some choices rest"
        notes.append(
            f"{told} on readings that are unsure (under {thresholds.unsure_confidence:.0%}); they are marked. "
            "A researcher can correct them: a person's word wins and is kept."
        )
    if any(q.first_impression and q.verdict for q in questions):
        notes.append(
            f"Questions with under {thresholds.first_impression_under} speakers give a first impression, not a finding."
        )
    if study.mode == "anonymous":
        notes.append(
            f"Anonymous: no count under {thresholds.anonymous_counts_from} is shown, nor one from which it follows, and no quote under "
            f"{thresholds.anonymous_quotes_from} answers; no names, no sound. New answers are counted when {thresholds.anonymous_counts_from} have come."
        )
    return tuple(notes)
