"""The report as a leader sees it in a browser: of one wave, and of one level or team.

An attributed filter compares the speakers that it leaves by themselves. An anonymous one is worked out from the findings of all, and
from nothing else: so nothing follows from it that the report of all does not already tell (docs/anonymity.md).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, replace
from datetime import date
from threading import Lock

from voicepulse import pipeline
from voicepulse.comparison.compare import compare_study
from voicepulse.comparison.groups import LEVELS, Grouping
from voicepulse.comparison.types import ComparedWave, StudyComparison
from voicepulse.errors import StudyError
from voicepulse.instruments import Instruments
from voicepulse.report.page import FilterBar
from voicepulse.report.types import Findings, GroupsView, GroupView, NextSteps, QuestionFindings, withheld
from voicepulse.results import comparison_key, content_key, waves_until
from voicepulse.study import Speaker, Study
from voicepulse.workspace import OpenStudy

MOST_KEPT = 16  # reports that a server holds


@dataclass(frozen=True, slots=True)
class Filter:
    """Of whom the report is: a level, a team, in an attributed study also a level of a team. None, or empty, is everybody."""

    level: str | None = None
    team: str | None = None

    @property
    def group(self) -> tuple[Grouping, str] | None:
        """The level or the team."""
        return ("level", self.level) if self.level else ("team", self.team) if self.team else None

    @property
    def words(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in (("level", self.level), ("team", self.team)) if value)

    def holds(self, speaker: Speaker) -> bool:
        return self.level in (None, "", speaker.level) and self.team in (None, "", speaker.team)


@dataclass(frozen=True, slots=True)
class LiveReport:
    """What a page shows, the recordings that it may play (by digest; none in an anonymous study), and a key that is another
    as soon as anything in it may be."""

    findings: Findings
    recordings: frozenset[str]
    key: str


def filter_bar(opened: OpenStudy, wave: str | None, chosen: Filter) -> FilterBar:
    """What can be chosen from: all waves, the latest first, and the levels and teams that study.toml names."""
    shown, study = opened.wave(wave), opened.study
    held = [*waves_until(opened, study.wave), *opened.store.waves(), shown]
    waves = tuple(reversed(dict.fromkeys(held)))
    return FilterBar(waves, _levels(study), _teams(study), shown, chosen.level or None, chosen.team or None)


def _levels(study: Study) -> tuple[str, ...]:
    return tuple(level for level in LEVELS if any(speaker.level == level for speaker in study.speakers))


def _teams(study: Study) -> tuple[str, ...]:
    return tuple(sorted({speaker.team for speaker in study.speakers if speaker.team}))


def check_filter(study: Study, chosen: Filter) -> None:
    """Whether study.toml knows what was chosen, and the mode allows it. Answers are not looked at.

    Raises:
        StudyError: not so.
    """
    for name, value, known in (("level", chosen.level, _levels(study)), ("team", chosen.team, _teams(study))):
        if value and value not in known:
            there = f"Its {name}s: {', '.join(known)}." if known else f"study.toml names no {name}s."
            raise StudyError(f"The study has no {name} '{value}'.", there)
    if study.mode == "anonymous" and chosen.level and chosen.team:
        raise StudyError(
            "An anonymous study shows no level of a team: that may be one person.",
            "Choose a level or a team, not both.",
        )


def _report(
    opened: OpenStudy, instruments: Instruments, waves: list[ComparedWave], chosen: Filter, basis: str
) -> LiveReport:
    key = content_key([basis, asdict(chosen)])
    if opened.study.mode == "anonymous":
        findings = pipeline.findings(opened, waves, instruments)
        return LiveReport(of_group(findings, *chosen.group) if chosen.group else findings, frozenset(), key)
    if chosen.group is None:
        return LiveReport(pipeline.findings(opened, waves, instruments), _sounding(opened, waves), key)
    speakers = tuple(filter(chosen.holds, opened.study.speakers))
    narrow = replace(opened, study=opened.study.model_copy(update={"speakers": speakers}))
    theirs = _compared_alone(narrow.study, instruments, waves, chosen)
    findings = pipeline.findings(narrow, theirs, instruments)
    all_speakers = len({answer.speaker for answer in waves[-1].answers})
    note = f"Only {chosen.words}: {findings.speakers} of the {all_speakers} speakers of {findings.wave}, compared by themselves."
    return LiveReport(replace(findings, notes=(note, *findings.notes)), _sounding(opened, theirs), key)


def _compared_alone(
    study: Study, instruments: Instruments, waves: Sequence[ComparedWave], chosen: Filter
) -> list[ComparedWave]:
    """These waves with the answers of the study's speakers alone, as far as they gave any. Nothing is stored: it would be taken
    for what was last made of the wave. Clusters have the numbers that they have among all.

    Raises:
        StudyError: none of them has answered in the last wave.
    """
    members = {speaker.id for speaker in study.speakers}
    theirs, earlier = list[ComparedWave](), list[StudyComparison]()
    for wave in waves:
        given = [answer for answer in wave.answers if answer.speaker in members]
        earlier.append(wave.comparison)
        if given:
            compared = compare_study(
                study,
                wave.name,
                given,
                instruments.embedder,
                instruments.same_reason,
                instruments.compare_options,
                earlier,
            )
            theirs.append(ComparedWave(compared, tuple(given)))
    if not theirs or theirs[-1].name != waves[-1].name:
        raise StudyError(f"Nobody of {chosen.words} has answered in {waves[-1].name}.", "Choose another wave or group.")
    return theirs


def _sounding(opened: OpenStudy, waves: Iterable[ComparedWave]) -> frozenset[str]:
    """The recordings behind these waves' answers that are sound."""
    given = {answer.recording for wave in waves for answer in wave.answers}
    return frozenset(r.digest for r in opened.store.recordings() if r.kind == "audio" and r.digest in given)


def of_group(findings: Findings, by: Grouping, name: str) -> Findings:
    """What the findings of an anonymous study tell of one level or team, and nothing else.

    It is made of the findings of all as they are shown, never of answers: a group that these withhold is withheld here, whether
    it is one person or four, or nobody.
    """
    view = findings.levels if by == "level" else findings.teams
    group = next((group for group in view.groups if group.name == name), None) if view else None
    nothing = GroupsView(by, "", (), (), (), withheld=_withheld(by, name))
    theirs = replace(view, groups=(group,), between=()) if view and group else nothing
    told = group.questions if group else ()
    verdicts = {w.question: w.verdict_name for w in told if [one.question for one in told].count(w.question) == 1}
    note = f"Only {by} {name}. An anonymous study shows of one {by} what stands in the table of all {by}s: no words, reasons or choices."
    return replace(
        findings,
        headline=_headline(by, name, group),
        where_not=(),
        speakers=group.speakers if group else None,
        questions=tuple(_question(q, by, verdicts.get(q.name, "")) for q in findings.questions),
        cells=None,
        levels=theirs if by == "level" else None,
        teams=theirs if by == "team" else None,
        movements=(),
        history=(),
        patterns=(),
        scorecard=(),
        terms=(),
        spending=(),
        next_steps=NextSteps((), (), ()),
        alpha=None,
        alpha_interval=None,
        nothing_yet="",
        notes=(note,),
        unsettled=findings.unsettled if group else (),
    )


def _withheld(by: Grouping, name: str) -> str:
    return f"Withheld: the report of all does not show {by} {name} by itself, for it or what is left out may be too few people."


def _headline(by: Grouping, name: str, group: GroupView | None) -> str:
    if group is None:
        return f"Nothing is shown of {by} {name} by itself."
    return f"What may be shown of {by} {name}, {group.speakers} people."


def _question(q: QuestionFindings, by: Grouping, verdict: str) -> QuestionFindings:
    """The prompt, and the verdict within the group where that is shown; the rest is empty."""
    told = f"{verdict} within this {by}." if verdict else f"Of this {by} nothing is shown on this question."
    return withheld(q.id, q.name, q.kind, q.prompt, told)


def _basis(opened: OpenStudy, instruments: Instruments, waves: Sequence[ComparedWave]) -> str:
    """What decides the findings of these waves, whatever the filter."""
    study, store, resources = opened.study, opened.store, opened.folder.resources
    before = list[StudyComparison]()
    compared = []
    for wave in waves:
        compared.append(comparison_key(study, wave.name, wave.answers, before, instruments))
        before.append(wave.comparison)
    spent = (resources.stat().st_mtime_ns, resources.stat().st_size) if resources.exists() else None
    silent = {speaker.id for speaker in study.speakers}.difference(a.speaker for a in waves[-1].answers)
    erased = [speaker for speaker in sorted(silent) if store.fact(f"erased:{speaker}")]  # who is not asked again
    held = [store.wave_dates(), store.wave_openings(), date.today()]
    return content_key([compared, study.model_dump(), spent, held, erased])


class LiveReports:
    """The reports of one study that a server holds in memory, those that were asked for last. For many threads: what several ask for at
    once is made once. Each is asked for anew with the study as it stands, so what is returned is never out of date."""

    def __init__(self, instruments: Instruments, most: int = MOST_KEPT) -> None:
        self._instruments, self._most = instruments, most
        self._kept: OrderedDict[tuple[str, Filter], Future[LiveReport]] = OrderedDict()
        self._waves: dict[str, str] = {}  # wave -> what its reports rest on
        self._comparing, self._changing = Lock(), Lock()

    def report(self, opened: OpenStudy, wave: str | None, chosen: Filter) -> LiveReport:
        """The report of a wave (by default study.toml's), of those whom the filter leaves.

        Raises:
            StudyError: there is no such wave, level or team, nobody of them has answered, or the filter is too narrow for the mode.
        """
        check_filter(opened.study, chosen)
        with self._comparing:  # what one has compared, the next one finds
            waves = pipeline.compare(opened, opened.wave(wave), self._instruments)
        basis = _basis(opened, self._instruments, waves)
        return self._once(
            waves[-1].name, basis, chosen, lambda: _report(opened, self._instruments, waves, chosen, basis)
        )

    def forget(self) -> None:
        """Let go of all, for instance when a speaker was erased."""
        with self._changing:
            self._kept.clear()

    def _once(self, wave: str, basis: str, chosen: Filter, make: Callable[[], LiveReport]) -> LiveReport:
        key = basis, chosen
        with self._changing:
            if self._waves.get(wave) != basis:  # an answer came, or went: nobody will ask for the older ones
                for old in [k for k in self._kept if k[0] == self._waves.get(wave)]:
                    del self._kept[old]
                self._waves[wave] = basis
            found = self._kept.get(key)
            mine = found is None
            future = found or self._kept.setdefault(key, Future())
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        if mine:
            self._fill(key, future, make)
        return future.result()

    def _fill(self, key: tuple[str, Filter], future: Future[LiveReport], make: Callable[[], LiveReport]) -> None:
        try:
            future.set_result(make())
        except BaseException as error:
            with self._changing:
                if self._kept.get(key) is future:
                    del self._kept[key]
            future.set_exception(error)
