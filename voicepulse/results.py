"""Results found again by what they were made from: the keys of transcripts, readings and comparisons.

A result counts as long as everything that it was made from is the same; then it is found, else it is made anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from weakref import WeakKeyDictionary

from voicepulse import __version__
from voicepulse.comparison.types import StudyComparison, clusters_before, reasons_before
from voicepulse.ingest.claims import Problem
from voicepulse.ingest.intake import GIVEN
from voicepulse.instruments import Instruments
from voicepulse.interpretation.adjustment import load_learned
from voicepulse.interpretation.answers import TRANSCRIPT, Answer, Correction, counting
from voicepulse.interpretation.types import interpretation_to_json, unread
from voicepulse.rhythm import rhythm_of
from voicepulse.storage.store import Recording, Store
from voicepulse.study import Question, Study
from voicepulse.transcript.editing import edited
from voicepulse.transcript.transcribe import transcription_key
from voicepulse.transcript.types import Transcript
from voicepulse.workspace import OpenStudy

Corrections = Mapping[str, Sequence[Correction]]  # by recording, oldest first


def content_key(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def transcript_key(study: Study, instruments: Instruments) -> str:
    return content_key(transcription_key(instruments.transcriber_provenance, study.language, study.vocabulary))


def transcripts(opened: OpenStudy, instruments: Instruments) -> dict[str, Transcript]:
    """All transcripts that count now, by recording: made under the present settings, or given, with what people edited in them."""
    return _transcripts(opened, instruments, opened.store.corrections())


def _transcripts(opened: OpenStudy, instruments: Instruments, corrections: Corrections) -> dict[str, Transcript]:
    made = {}
    if any(recording.kind == "audio" for recording in opened.store.recordings()):
        made = opened.store.transcripts(transcript_key(opened.study, instruments))
    heard = made | opened.store.transcripts(GIVEN)
    return heard | _edited(opened.store, heard, corrections)


@dataclass(frozen=True, slots=True)
class _Edited:
    """An edited transcript, and what it was made from."""

    heard: Transcript
    text: str
    transcript: Transcript


_KNOWN: WeakKeyDictionary[Store, dict[str, _Edited]] = WeakKeyDictionary()  # by recording: aligning words takes a while


def _edited(store: Store, heard: Mapping[str, Transcript], corrections: Corrections) -> dict[str, Transcript]:
    """The transcripts that people edited. Those of before are known, and no others, so that nothing of an erased speaker stays."""
    known, now = _KNOWN.get(store, {}), {}
    for digest, said in corrections.items():
        edit = counting(c for c in said if c.field == TRANSCRIPT).get(TRANSCRIPT)
        if edit and digest in heard:
            before, base = known.get(digest), heard[digest]
            same = before is not None and before.heard is base and before.text == edit.value
            now[digest] = before if before and same else _Edited(base, edit.value, edited(base, edit.value))
    _KNOWN[store] = now
    return {digest: one.transcript for digest, one in now.items()}


@dataclass(frozen=True, slots=True)
class HeardAnswer:
    """An answer that has a transcript. `keys` find its reading: that of the reader that is used, then of the one that stands in."""

    keys: tuple[str, ...]
    recording: Recording
    transcript: Transcript
    question: Question


def heard_answers(opened: OpenStudy, wave: str, instruments: Instruments) -> list[HeardAnswer]:
    """The current answers of a wave that have a transcript, whether or not something was said."""
    return _heard(opened, wave, instruments, opened.store.corrections())


def _heard(opened: OpenStudy, wave: str, instruments: Instruments, corrections: Corrections) -> list[HeardAnswer]:
    spoken = _transcripts(opened, instruments, corrections)
    readers = [dict(provenance) for provenance in instruments.reader_provenances]
    strategy = opened.study.strategy
    questions, speakers = {q.id: q for q in opened.study.questions}, {s.id for s in opened.study.speakers}
    found = []
    for recording in opened.store.current_recordings(wave):
        transcript, question = spoken.get(recording.digest), questions.get(recording.question)
        if transcript and question and recording.speaker in speakers:
            asked = [recording.digest, transcript.text, strategy, question.asked]
            keys = tuple(content_key([*asked, reader]) for reader in readers)
            found.append(HeardAnswer(keys, recording, transcript, question))
    return found


def answers(
    opened: OpenStudy, wave: str, instruments: Instruments, *, with_unread: bool = False, learned: bool = True
) -> list[Answer]:
    """The answers of a wave that have been read, with the speakers' words and the corrections.

    Readings are adjusted by what was `learned` from this study's corrections. An answer that could not be read counts where a person said what it means; `with_unread` gives the others too.
    """
    corrections = opened.store.corrections()
    heard = _heard(opened, wave, instruments, corrections)
    readings = opened.store.readings(key for one in heard for key in one.keys)
    adjustment = load_learned(opened.folder.learned) if learned else None
    found = []
    for one in heard:
        said = corrections.get(one.recording.digest, ())
        of_reading = (c for c in said if c.field != TRANSCRIPT and not _is_stale(c.field, c.value, one.question))
        confirmed = one.recording.confirmed_choice
        confirmed = None if confirmed and _is_stale("choice", confirmed, one.question) else confirmed
        read = next((readings[key] for key in one.keys if key in readings), None)
        if read is not None and adjustment is not None:
            read = adjustment.apply(read)
        answer = Answer(
            one.question.id,
            one.recording.speaker,
            wave,
            one.recording.digest,
            one.transcript,
            read or unread(one.question),
            confirmed,
            tuple(of_reading),
            tuple(c for c in said if c.field == TRANSCRIPT),
        )
        refused = instruments.languages is not None and one.transcript.language not in instruments.languages
        never_read = not one.transcript.has_speech or refused
        if read or with_unread or (never_read and answer.choice_source != "reader"):
            found.append(answer)
    return found


def _is_stale(field: str, value: str, question: Question) -> bool:
    """Whether somebody named an option that the question no longer has."""
    return field == "choice" and bool(value) and value not in question.choices


def stale_words(opened: OpenStudy, wave: str) -> list[Problem]:
    """Choices that people confirmed or corrected to, and that study.toml no longer offers."""
    corrections = opened.store.corrections()
    problems = []
    for recording in opened.store.current_recordings(wave):
        question = opened.study.question(recording.question)
        said = counting(corrections.get(recording.digest, ())).get("choice")
        for value in {said.value if said else None, recording.confirmed_choice}:
            if value and question and _is_stale("choice", value, question):
                problems.append(
                    Problem(
                        f"{recording.question} of {recording.speaker}",
                        f"A person said '{value}', which is no option any more.",
                        "Give the option its old id back in study.toml, or correct the choice.",
                    )
                )
    return problems


def waves_until(opened: OpenStudy, wave: str) -> list[str]:
    """The waves held before this one, the oldest first, and this one."""
    store = opened.store
    held = [w.name for w in rhythm_of(opened.study, store.wave_dates(), store.wave_openings(), date.today()).waves]
    return [*held[: held.index(wave)], wave] if wave in held else [*held, wave]


def question_keys(
    study: Study, given: Sequence[Answer], earlier: Sequence[StudyComparison], instruments: Instruments
) -> dict[str, str]:
    """What each question's comparison is made of: what was said, asked and set, and what it goes on from in the waves before."""
    options = instruments.compare_options
    settings = [
        __version__,
        instruments.embedder_digest,
        instruments.heads.same_reason,
        options.thresholds.model_dump(),
        options.seed,
        options.resamples,
    ]
    return {
        question.id: content_key(
            [
                question.asked,
                [_said(answer) for answer in given if answer.question == question.id],
                [asdict(cluster) for cluster in clusters_before(question.id, earlier)],
                reasons_before(question.id, earlier),
                settings,
            ]
        )
        for question in study.questions
    }


def _said(answer: Answer) -> list[object]:
    return [
        answer.speaker,
        answer.recording,
        answer.transcript.text,
        answer.confirmed_choice,
        [asdict(correction) for correction in answer.corrections],
        interpretation_to_json(answer.reading),
    ]


def comparison_key(
    study: Study, wave: str, given: Sequence[Answer], earlier: Sequence[StudyComparison], instruments: Instruments
) -> str:
    """What a comparison of all questions was made of."""
    return content_key([wave, study.strategy, question_keys(study, given, earlier, instruments)])
