"""The order of the rooms: audio -> transcript -> interpretation -> comparison -> report. Each step does only what is not done yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

from voicepulse import __version__
from voicepulse.comparison.compare import compare_study
from voicepulse.comparison.types import ComparedWave, StudyComparison
from voicepulse.errors import ReaderError, ReaderUnavailable
from voicepulse.hearing import failed, may_leave, transcribe_all
from voicepulse.ingest.claims import Problem, collect_claims
from voicepulse.ingest.intake import Intake, IntakeOptions, take_in
from voicepulse.instruments import Instruments
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.clause_reader import language_refused
from voicepulse.interpretation.types import Reader
from voicepulse.progress import Progress
from voicepulse.progress import silent as no_progress
from voicepulse.releases import countable
from voicepulse.report.findings import Beside, find
from voicepulse.report.page import page_key, template_digest, write_page
from voicepulse.report.types import Findings
from voicepulse.resources import read_resources
from voicepulse.results import (
    HeardAnswer,
    answers,
    comparison_key,
    content_key,
    heard_answers,
    question_keys,
    stale_words,
    transcripts,
    waves_until,
)
from voicepulse.rhythm import rhythm_of
from voicepulse.settings import settings
from voicepulse.storage.store import Recording
from voicepulse.workspace import OpenStudy, working_alone


def ingest(
    opened: OpenStudy,
    paths: list[Path],
    wave: str | None = None,
    progress: Progress = no_progress,
    *,
    rescan: bool = False,
) -> Intake:
    """Take in files, folders and CSVs; `rescan` where the same folder is looked through again and again."""
    claims, problems = collect_claims(opened.study, paths, wave)
    longest = opened.study.max_answer_seconds or settings().max_answer_seconds
    intake = take_in(opened.folder, opened.study, opened.store, claims, IntakeOptions(longest, rescan), progress)
    intake.problems = problems + intake.problems
    return intake


@dataclass(frozen=True, slots=True)
class TranscribeResult:
    """What was transcribed, and how many of its windows had to be heard twice. `silent` are all of the wave in which nobody speaks."""

    wave: str
    transcribed: int
    reheard: int
    problems: list[Problem]
    silent: list[Recording]


def transcribe(
    opened: OpenStudy,
    instruments: Instruments,
    wave: str | None = None,
    on: str | None = None,
    progress: Progress = no_progress,
) -> TranscribeResult:
    """Take in what was dropped into answers/ and transcribe a wave."""
    wave, folder = opened.wave(wave), opened.folder
    with working_alone(folder, progress):
        intake = ingest(opened, [folder.answers], None, progress, rescan=True) if folder.answers.is_dir() else Intake()
        before = transcripts(opened, instruments)
        problems = [*intake.problems, *transcribe_all(opened, wave, instruments, progress, on)]
    made = [t for digest, t in transcripts(opened, instruments).items() if digest not in before]
    reheard = sum(transcript.reheard for transcript in made)
    return TranscribeResult(wave, len(made), reheard, problems, _silent(opened, wave, instruments))


def _silent(opened: OpenStudy, wave: str, instruments: Instruments) -> list[Recording]:
    heard = transcripts(opened, instruments)
    return [r for r in opened.store.current_recordings(wave) if r.digest in heard and not heard[r.digest].has_speech]


def read_all(opened: OpenStudy, wave: str, instruments: Instruments, progress: Progress = no_progress) -> list[Problem]:
    """Read what has a transcript and no reading yet; each one is stored as it is finished. Returns what failed."""
    return read_these(opened, heard_answers(opened, wave, instruments), instruments, progress)


def read_these(
    opened: OpenStudy, heard: Sequence[HeardAnswer], instruments: Instruments, progress: Progress = no_progress
) -> list[Problem]:
    """The same for these answers."""
    todo = [one for one in heard if one.transcript.has_speech]
    done = opened.store.readings(key for one in todo for key in one.keys)
    missing = [one for one in todo if one.keys[0] not in done]
    if not missing:
        return []
    if instruments.languages is not None and opened.study.language not in instruments.languages:
        return [Problem(f"{len(missing)} answers", *language_refused(opened.study.language))]
    progress("read", 0, len(missing))
    desk = _ReadingDesk(opened, instruments, set(done))
    for count, one in enumerate(missing, 1):
        desk.read(one)
        progress("read", count, len(missing))
    return desk.problems()


PATIENCE = 3  # answers in a row that a server may fail on before it is left alone for the rest of the run


class _ReadingDesk:
    """Reads answer after answer; where the server does not answer, the embedded reader stands in."""

    def __init__(self, opened: OpenStudy, instruments: Instruments, done: set[str]) -> None:
        self._opened, self._instruments, self._done = opened, instruments, done
        self._problems: list[Problem] = []
        self._missed = 0  # in a row
        self._stood_in = self._kept_here = 0
        self._excuse: ReaderUnavailable | None = None

    def read(self, heard: HeardAnswer) -> None:
        """Read one answer and store the reading at once."""
        try:
            if not self._may_send(heard):
                self._kept_here += 1
                self._stand_in(heard)
            elif self._missed >= PATIENCE:
                self._stood_in += 1
                self._stand_in(heard)
            else:
                self._keep(heard, heard.keys[0], self._instruments.reader)
                self._missed = 0
        except ReaderUnavailable as error:
            self._missed += 1
            self._excuse = error
            self._stood_in += 1
            self._stand_in(heard)
        except ReaderError as error:
            self._problems.append(failed(heard.recording, error))

    def _may_send(self, heard: HeardAnswer) -> bool:
        """Whether this answer may leave the machine: not where its speaker was told that it stays."""
        return not self._instruments.reader_is_remote or may_leave(self._opened, heard.recording)

    def _stand_in(self, heard: HeardAnswer) -> None:
        if heard.keys[-1] not in self._done:
            try:
                self._keep(heard, heard.keys[-1], self._instruments.embedded_reader)
            except ReaderError as error:
                self._problems.append(failed(heard.recording, error))

    def _keep(self, heard: HeardAnswer, key: str, reader: Reader) -> None:
        reading = reader.read(self._opened.study.strategy, heard.question, heard.transcript)
        self._opened.store.add_reading(heard.recording.digest, key, reading)

    def problems(self) -> list[Problem]:
        """What could not be read, and how many answers the embedded reader stood in for."""
        found = list(self._problems)
        if self._excuse is not None:
            way_out = (
                f"{self._excuse.way_out} The embedded reader's readings stand in; the next run asks the server again."
            )
            found.insert(0, Problem(f"{self._stood_in} answers", self._excuse.what, way_out))
        if self._kept_here:
            what = "They were not sent to the server: their speakers were told that answers stay on this machine."
            way_out = "The embedded reader's readings stand in. Say in study.toml's [consent] where answers go, before people answer."
            found.insert(0, Problem(f"{self._kept_here} answers", what, way_out))
        return found


def compare(
    opened: OpenStudy,
    wave: str,
    instruments: Instruments,
    progress: Progress = no_progress,
    *,
    everyone: bool = False,
) -> list[ComparedWave]:
    """The waves up to this one, the oldest first, each compared, or found as it was made of just these answers.

    An anonymous study counts whom it may; `everyone` is for the researcher's eyes.
    """
    compared: list[ComparedWave] = []
    for name in waves_until(opened, wave):
        given = answers(opened, name, instruments)
        if not everyone:
            given = countable(opened, name, given, instruments.settings.thresholds)
        compared.append(_compare(opened, name, given, [w.comparison for w in compared], instruments, progress))
    return compared


def _compare(
    opened: OpenStudy,
    wave: str,
    given: list[Answer],
    earlier: list[StudyComparison],
    instruments: Instruments,
    progress: Progress,
) -> ComparedWave:
    key = comparison_key(opened.study, wave, given, earlier, instruments)
    found = opened.store.find_comparison(key)
    if found is None:
        progress("compare", 0, None)
        last = opened.store.latest_comparison(wave)
        keys = question_keys(opened.study, given, earlier, instruments)
        found = compare_study(
            opened.study,
            wave,
            given,
            instruments.embedder,
            instruments.same_reason,
            replace(instruments.compare_options, keys=keys),
            [*earlier, *([last] if last else [])],
        )
        opened.store.add_comparison(key, found)
        progress("compare", 1, 1)
    return ComparedWave(found, tuple(given))


def findings(opened: OpenStudy, waves: list[ComparedWave], instruments: Instruments) -> Findings:
    """What these waves show, beside the study's resources and rhythm."""
    study, store = opened.study, opened.store
    resources = read_resources(opened.folder.resources, study)
    held = rhythm_of(study, store.wave_dates(), store.wave_openings(), date.today())
    erased = frozenset(s.id for s in study.speakers if store.fact(f"erased:{s.id}") is not None)
    return find(study, waves, instruments.settings.thresholds, Beside(resources, held, erased))


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did and found. `problems` names what could not be used; the rest went through."""

    intake: Intake
    problems: list[Problem]
    silent: list[Recording]
    findings: Findings
    report: Path


def run(
    opened: OpenStudy, instruments: Instruments, wave: str | None = None, progress: Progress = no_progress
) -> RunResult:
    """The whole way: take in what was dropped into answers/, transcribe, read, compare, report."""
    wave = opened.wave(wave)
    folder = opened.folder
    read_resources(folder.resources, opened.study)  # a fault in it is told before anything is done
    with working_alone(folder, progress):
        intake = ingest(opened, [folder.answers], None, progress, rescan=True) if folder.answers.is_dir() else Intake()
        problems = [*intake.problems, *stale_words(opened, wave)]
        for name in waves_until(
            opened, wave
        ):  # earlier waves too, for a new reader must not be compared with an old one
            problems += transcribe_all(opened, name, instruments, progress)
            problems += read_all(opened, name, instruments, progress)
        compared = compare(opened, wave, instruments, progress)
        found = findings(opened, compared, instruments)
        if compared[-1].answers or not folder.report.exists():  # a wave that nobody has answered yet replaces no report
            _write_report(opened, found, [a for w in compared for a in w.answers], progress)
    return RunResult(intake, problems, _silent(opened, wave, instruments), found, folder.report)


def _write_report(opened: OpenStudy, found: Findings, given: list[Answer], progress: Progress) -> None:
    key = content_key([__version__, template_digest(), asdict(found)])
    if page_key(opened.folder.report) == key:
        return
    mine = {answer.recording for answer in given}
    recordings = {
        r.digest: r.audio_path(opened.folder.audio)
        for r in opened.store.recordings()
        if r.kind == "audio" and r.digest in mine
    }
    write_page(found, recordings, opened.folder.report, key, progress)
