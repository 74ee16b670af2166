"""What is done in a study and what is missing, without loading a model."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Literal

from voicepulse.errors import ModelError
from voicepulse.ingest.intake import GIVEN
from voicepulse.instruments import Instruments
from voicepulse.results import answers, transcripts
from voicepulse.rhythm import Rhythm, rhythm_of
from voicepulse.workspace import OpenStudy

State = Literal["missing", "recorded", "no speech", "transcribed", "read", "confirmed", "corrected"]


@dataclass(frozen=True, slots=True)
class Progressed:
    """One speaker's answer to one question: how far it has come, and how many takes there are."""

    question: str
    speaker: str
    state: State
    takes: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A wave of a study.

    `open_wave` is the one that is asked now, whichever is looked at. `missing`: the questions that a speaker has not answered;
    who has answered all, or was erased, is not in it. `unknown` is set where the models are not installed, so that results
    cannot be looked up.
    """

    title: str
    mode: str
    wave: str
    open_wave: str
    waves: tuple[str, ...]
    rhythm: Rhythm
    answers: tuple[Progressed, ...]
    missing: dict[str, tuple[str, ...]]
    unknown: str = ""

    @property
    def counts(self) -> dict[str, int]:
        return {
            "expected": len(self.answers),
            "recorded": sum(a.state != "missing" for a in self.answers),
            "no_speech": sum(a.state == "no speech" for a in self.answers),
            "transcribed": sum(a.state in ("transcribed", "read", "confirmed", "corrected") for a in self.answers),
            "read": sum(a.state in ("read", "confirmed", "corrected") for a in self.answers),
            "confirmed": sum(a.state == "confirmed" for a in self.answers),
            "corrected": sum(a.state == "corrected" for a in self.answers),
        }


def overview(opened: OpenStudy, wave: str, instruments: Instruments, today: date) -> Overview:
    """How far each answer of a wave has come, who has not answered, and when the next wave is due."""
    store, study = opened.store, opened.study
    unknown = ""
    try:
        heard = transcripts(opened, instruments)
        read = {(a.question, a.speaker): a for a in answers(opened, wave, instruments)}
    except ModelError as error:
        heard, read, unknown = store.transcripts(GIVEN), {}, str(error)
    current = {(r.question, r.speaker): r for r in store.current_recordings(wave)}
    takes = Counter(recording.place for recording in store.recordings())

    def state(question: str, speaker: str) -> State:
        recording, answer = current.get((question, speaker)), read.get((question, speaker))
        if recording is None:
            return "missing"
        if answer is not None and (answer.corrections or answer.reading.provenance.get("reader") != "unread"):
            return "corrected" if answer.corrections else "confirmed" if answer.confirmed_choice else "read"
        transcript = heard.get(recording.digest)
        if transcript is None:
            return "recorded"
        return "transcribed" if transcript.has_speech else "no speech"

    rows = tuple(
        Progressed(q.id, s.id, state(q.id, s.id), takes[wave, q.id, s.id])
        for q in study.questions
        for s in study.speakers
    )
    return Overview(
        title=study.title,
        mode=study.mode,
        wave=wave,
        open_wave=study.wave,
        waves=tuple(store.waves()),
        rhythm=rhythm_of(study, store.wave_dates(), store.wave_openings(), today),
        answers=rows,
        missing=_missing(opened, rows),
        unknown=unknown,
    )


def _missing(opened: OpenStudy, rows: tuple[Progressed, ...]) -> dict[str, tuple[str, ...]]:
    """The questions without an answer by speaker. Who was erased is not asked again, and is not in it."""
    missing = {
        speaker.id: tuple(row.question for row in rows if row.speaker == speaker.id and row.state == "missing")
        for speaker in opened.study.speakers
        if opened.store.fact(f"erased:{speaker.id}") is None
    }
    return {speaker: questions for speaker, questions in missing.items() if questions}
