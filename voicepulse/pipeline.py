"""The order of the rooms: audio -> transcript -> interpretation -> comparison -> report. Each step does only what is not done yet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from voicepulse import __version__
from voicepulse.checkpoints.store import Installed, WeightsFolder
from voicepulse.comparison.compare import CompareOptions, compare_study
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.types import StudyComparison
from voicepulse.errors import ModelError, ReaderError, StudyError, VoicePulseError
from voicepulse.ingest.claims import Problem, collect_claims
from voicepulse.ingest.intake import GIVEN, Intake, IntakeOptions, take_in
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.clause_reader import LANGUAGES, ClauseReader, language_refused, reader_provenance
from voicepulse.interpretation.clauses import ClauseSplitter
from voicepulse.interpretation.embedder import MiniLM
from voicepulse.interpretation.heads import Heads, load_heads
from voicepulse.interpretation.types import unread
from voicepulse.progress import Progress
from voicepulse.progress import silent as no_progress
from voicepulse.report.findings import Findings, find
from voicepulse.report.page import page_key, write_page
from voicepulse.settings import Settings, settings, shipped_models_folder
from voicepulse.storage.store import Recording, Store
from voicepulse.study import Question, Study, StudyFolder, load_study
from voicepulse.transcript.faster_whisper_engine import FasterWhisper, faster_whisper_provenance
from voicepulse.transcript.openai_whisper_engine import OpenAIWhisper, openai_whisper_provenance
from voicepulse.transcript.transcribe import transcribe, transcription_key
from voicepulse.transcript.types import Transcriber, Transcript

if TYPE_CHECKING:
    from collections.abc import Mapping


class Models:
    """The models of a run: each one loaded when it is first needed, once. Names and hashes are known without loading."""

    def __init__(self, configuration: Settings | None = None) -> None:
        self.settings = configuration or settings()
        self.weights = WeightsFolder(self.settings.models)

    @property
    def _whisper(self) -> Installed:
        name = self.settings.whisper
        if self.settings.engine == "openai-whisper":
            return self.weights.require(f"openai-{name}")
        if self.settings.engine != "faster-whisper":
            raise ModelError(f"There is no engine '{self.settings.engine}'.", "Use faster-whisper or openai-whisper.")
        return self.weights.require(name)

    @property
    def transcriber_provenance(self) -> Mapping[str, object]:
        describe = openai_whisper_provenance if self.settings.engine == "openai-whisper" else faster_whisper_provenance
        return describe(self._whisper, self.settings.beam_size, self.settings.device)

    @cached_property
    def transcriber(self) -> Transcriber:
        if self.settings.engine == "openai-whisper":
            return OpenAIWhisper(self._whisper, self.settings.beam_size, self.settings.device)
        return FasterWhisper(self._whisper, self.settings.beam_size, self.settings.device, self.settings.workers)

    @cached_property
    def heads(self) -> Heads:
        return load_heads(shipped_models_folder() / "reader.json")

    @property
    def reader_provenance(self) -> Mapping[str, object]:
        parser, embedder = self.weights.require("spacy-en"), self.weights.require("minilm")
        return reader_provenance(parser.digest, embedder.digest, self.heads.digest)

    @cached_property
    def embedder(self) -> MiniLM:
        return MiniLM(self.weights.require("minilm"))

    @cached_property
    def reader(self) -> ClauseReader:
        return ClauseReader(ClauseSplitter(self.weights.require("spacy-en")), self.embedder, self.heads)

    @property
    def same_reason(self) -> SameReason:
        return SameReason(*self.heads.same_reason)

    @property
    def compare_options(self) -> CompareOptions:
        return CompareOptions(self.settings.thresholds, self.settings.seed, self.settings.resamples)


@dataclass(frozen=True, slots=True)
class OpenStudy:
    """A study with its database."""

    folder: StudyFolder
    study: Study
    store: Store


@contextmanager
def open_study(path: Path) -> Iterator[OpenStudy]:
    """Open a study's folder and database.

    Raises:
        StudyError: the study file is wrong, or its mode was changed after the first answer came in.
        StorageError: the database cannot be used.
    """
    folder, study = load_study(path)
    with Store(folder.database) as store:
        locked = store.fact("mode")
        if locked is not None and locked != study.mode:
            raise StudyError(
                f"The study was begun as '{locked}' and study.toml now says '{study.mode}'.",
                f'People answered under the first; set mode = "{locked}" again, or begin a new study.',
            )
        yield OpenStudy(folder, study, store)


@contextmanager
def working_alone(folder: StudyFolder, progress: Progress = no_progress) -> Iterator[None]:
    """Let one process at a time work through a study; another waits, and then finds the work done."""
    lock = FileLock(folder.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress("waiting for another voicepulse that works on this study", 0, None)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


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
    with FileLock(opened.folder.intake_lock):
        options = IntakeOptions(longest, rescan)
        intake = take_in(opened.folder, opened.study, opened.store, claims, options, progress)
    intake.problems = problems + intake.problems
    return intake


def transcribe_all(opened: OpenStudy, wave: str, models: Models, progress: Progress = no_progress) -> list[Problem]:
    """Transcribe what has no transcript yet; each one is stored as it is finished. Returns what failed."""
    heard = transcripts(opened, models)
    missing = [recording for recording in opened.store.current_recordings(wave) if recording.digest not in heard]
    if not missing:
        return []
    progress("transcribe", 0, len(missing))
    engine, study = models.transcriber, opened.study
    key = _transcript_key(study, models)
    problems: list[Problem] = []
    pool = ThreadPoolExecutor(engine.workers)
    audio = opened.folder.audio
    waiting = {
        pool.submit(transcribe, r.audio_path(audio), engine, study.language, study.vocabulary): r for r in missing
    }

    def keep(future: Future[Transcript]) -> None:
        recording = waiting.pop(future)
        try:
            opened.store.add_transcript(recording.digest, key, future.result())
        except (VoicePulseError, OSError) as error:
            problems.append(_failed(recording, error))

    try:
        for done, future in enumerate(as_completed(list(waiting)), 1):
            keep(future)
            progress("transcribe", done, len(missing))
    finally:  # on Ctrl-C the clips in hand are finished and kept
        pool.shutdown(cancel_futures=True)
        for future in [future for future in waiting if not future.cancelled()]:
            keep(future)
    return problems


def _failed(recording: Recording, error: Exception) -> Problem:
    what, way_out = (
        (error.what, error.way_out)
        if isinstance(error, VoicePulseError)
        else (f"It failed ({error}).", "Run again; if it stays so, record it anew.")
    )
    return Problem(f"{recording.question} of {recording.speaker}", what, way_out)


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def _transcript_key(study: Study, models: Models) -> str:
    return _hash(transcription_key(models.transcriber_provenance, study.language, study.vocabulary))


def transcripts(opened: OpenStudy, models: Models) -> dict[str, Transcript]:
    """All transcripts that count now, by recording: made under the present settings, or given."""
    made = {}
    if any(recording.kind == "audio" for recording in opened.store.recordings()):
        made = opened.store.transcripts(_transcript_key(opened.study, models))
    return made | opened.store.transcripts(GIVEN)


@dataclass(frozen=True, slots=True)
class _Heard:
    """An answer that has a transcript; `key` finds its reading."""

    key: str
    recording: Recording
    transcript: Transcript
    question: Question


def _heard(opened: OpenStudy, wave: str, models: Models) -> list[_Heard]:
    """The current answers of a wave that have a transcript, whether or not something was said."""
    spoken = transcripts(opened, models)
    reader = dict(models.reader_provenance)
    found = []
    for recording in opened.store.current_recordings(wave):
        transcript, question = spoken.get(recording.digest), opened.study.question(recording.question)
        if transcript and question and opened.study.speaker(recording.speaker):
            key = _hash([recording.digest, transcript.text, question.model_dump(), reader])
            found.append(_Heard(key, recording, transcript, question))
    return found


def read_all(opened: OpenStudy, wave: str, models: Models, progress: Progress = no_progress) -> list[Problem]:
    """Read what has a transcript and no reading yet; each one is stored as it is finished. Returns what failed."""
    todo = [heard for heard in _heard(opened, wave, models) if heard.transcript.has_speech]
    done = opened.store.readings(heard.key for heard in todo)
    missing = [heard for heard in todo if heard.key not in done]
    if not missing:
        return []
    if opened.study.language not in LANGUAGES:
        return [Problem(f"{len(missing)} answers", *language_refused(opened.study.language))]
    progress("read", 0, len(missing))
    reader = models.reader
    problems: list[Problem] = []
    for count, heard in enumerate(missing, 1):
        try:
            opened.store.add_reading(heard.recording.digest, heard.key, reader.read(heard.question, heard.transcript))
        except ReaderError as error:
            problems.append(_failed(heard.recording, error))
        progress("read", count, len(missing))
    return problems


def answers(opened: OpenStudy, wave: str, models: Models, *, with_unread: bool = False) -> list[Answer]:
    """The answers of a wave that have been read, with the speakers' words and the corrections.

    An answer that could not be read counts where a person said what it means; `with_unread` gives the others too.
    """
    heard = _heard(opened, wave, models)
    readings = opened.store.readings(one.key for one in heard)
    corrections = opened.store.corrections()
    found = []
    for one in heard:
        said = tuple(
            c for c in corrections.get(one.recording.digest, ()) if not _is_stale(c.field, c.value, one.question)
        )
        confirmed = one.recording.confirmed_choice
        confirmed = None if confirmed and _is_stale("choice", confirmed, one.question) else confirmed
        answer = Answer(
            one.question.id,
            one.recording.speaker,
            wave,
            one.recording.digest,
            one.transcript,
            readings.get(one.key) or unread(one.question),
            confirmed,
            said,
        )
        if one.key in readings or with_unread or answer.choice_source != "reader":
            found.append(answer)
    return found


def _is_stale(field: str, value: str, question: Question) -> bool:
    """Whether somebody named an option that the question no longer has."""
    return field == "choice" and value not in question.choices


def stale_words(opened: OpenStudy, wave: str) -> list[Problem]:
    """Choices that people confirmed or corrected to, and that study.toml no longer offers."""
    corrections = opened.store.corrections()
    problems = []
    for recording in opened.store.current_recordings(wave):
        question = opened.study.question(recording.question)
        said = [c.value for c in corrections.get(recording.digest, ()) if c.field == "choice"][-1:]
        for value in {*said, *([recording.confirmed_choice] if recording.confirmed_choice else [])}:
            if question and _is_stale("choice", value, question):
                problems.append(
                    Problem(
                        f"{recording.question} of {recording.speaker}",
                        f"A person said '{value}', which is no option any more.",
                        "Give the option its old id back in study.toml, or correct the choice.",
                    )
                )
    return problems


def compare(
    opened: OpenStudy, wave: str, models: Models, progress: Progress = no_progress
) -> tuple[StudyComparison, list[Answer]]:
    """Compare the answers of a wave, or find the comparison that was made of just these."""
    given = answers(opened, wave, models)
    key = _comparison_key(opened.study, wave, given, models)
    found = opened.store.find_comparison(key)
    if found is None:
        progress("compare", 0, None)
        found = compare_study(opened.study, wave, given, models.embedder, models.same_reason, models.compare_options)
        opened.store.add_comparison(key, found)
        progress("compare", 1, 1)
    return found, given


def _comparison_key(study: Study, wave: str, given: list[Answer], models: Models) -> str:
    said = [
        [a.question, a.speaker, a.recording, a.transcript.text, a.confirmed_choice, [asdict(c) for c in a.corrections]]
        for a in given
    ]
    questions = [question.model_dump() for question in study.questions]
    options = models.compare_options
    return _hash(
        [
            __version__,
            wave,
            said,
            questions,
            dict(models.reader_provenance),
            options.thresholds.model_dump(),
            options.seed,
            options.resamples,
        ]
    )


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did and found. `problems` names what could not be used; the rest went through."""

    intake: Intake
    problems: list[Problem]
    silent: list[Recording]
    findings: Findings
    report: Path


def run(opened: OpenStudy, models: Models, wave: str | None = None, progress: Progress = no_progress) -> RunResult:
    """The whole way: take in what was dropped into answers/, transcribe, read, compare, report."""
    wave = wave or opened.study.wave
    folder = opened.folder
    with working_alone(folder, progress):
        intake = ingest(opened, [folder.answers], None, progress, rescan=True) if folder.answers.is_dir() else Intake()
        problems = [
            *intake.problems,
            *stale_words(opened, wave),
            *transcribe_all(opened, wave, models, progress),
            *read_all(opened, wave, models, progress),
        ]
        comparison, given = compare(opened, wave, models, progress)
        findings = find(opened.study, comparison, given, models.settings.thresholds)
        _write_report(opened, findings, given, progress)
    heard = transcripts(opened, models)
    silent = [r for r in opened.store.current_recordings(wave) if r.digest in heard and not heard[r.digest].has_speech]
    return RunResult(intake, problems, silent, findings, folder.report)


def _write_report(opened: OpenStudy, findings: Findings, given: list[Answer], progress: Progress) -> None:
    key = _hash([__version__, asdict(findings)])
    if page_key(opened.folder.report) == key:
        return
    mine = {answer.recording for answer in given}
    recordings = {
        r.digest: r.audio_path(opened.folder.audio)
        for r in opened.store.recordings()
        if r.kind == "audio" and r.digest in mine
    }
    write_page(findings, recordings, opened.folder.report, key, progress)
