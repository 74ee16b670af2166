"""Run reader and comparison over labelled studies, write the scorer's format, and score.

The reader sees a question's prompt and options and the answer's text; labels, themes and verdicts are looked at only after
every prediction has been made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from voicepulse.comparison.compare import CompareOptions, compare_study, reason_groups
from voicepulse.comparison.reasons import SameReason
from voicepulse.errors import ReaderError, ReaderUnavailable, VoicePulseError
from voicepulse.evaluation.labelled import LabelledStudy, load_labelled
from voicepulse.evaluation.scores import PredictedAnswer, score
from voicepulse.evaluation.speech import Place, hear, place_in, spoken_part
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.embedder import Embedder
from voicepulse.interpretation.types import Evidence, Reader, unread
from voicepulse.progress import Progress, silent
from voicepulse.transcript.subtitles import transcript_of_text
from voicepulse.transcript.types import Transcriber, Transcript

WAVE = "labelled"
NAMES_WITH_CHOICES = ("same_reason_mcc", "verdict_accuracy", "verdict_macro_f1", "hidden_f1")


@dataclass(frozen=True, slots=True)
class Comparer:
    """What turns readings into verdicts."""

    embedder: Embedder
    same: SameReason
    options: CompareOptions


def evaluate(
    folder: Path, predictions_path: Path | None, reader: Reader, comparer: Comparer, progress: Progress = silent
) -> dict[str, object]:
    """Predict, and score what is labelled; a second set has the choices given as a speaker would confirm them.

    Raises:
        StudyError: the folder holds no labelled studies.
    """
    studies = load_labelled(folder)
    answers = _read(studies, reader, progress)
    if predictions_path is not None:
        _write(predictions_path, *_compare(studies, answers, comparer))
    return _scored(studies, answers, reader, comparer)


def evaluate_speech(
    folder: Path, audio: Path, engine: Transcriber, reader: Reader, comparer: Comparer, progress: Progress = silent
) -> dict[str, object]:
    """The same answers read from their text and from what is heard, both scored against the same labels.

    Raises:
        StudyError: the folder holds no labelled studies, or none of their answers was spoken.
    """
    studies, paths = spoken_part(load_labelled(folder), audio)
    heard = hear(studies, paths, engine, progress)
    from_text, from_audio = _read(studies, reader, progress), _read(studies, reader, progress, heard)
    return {
        "from_text": _scored(studies, from_text, reader, comparer),
        "from_audio": _scored(studies, from_audio, reader, comparer),
    }


def _scored(
    studies: Sequence[LabelledStudy], answers: dict[str, list[Answer]], reader: Reader, comparer: Comparer
) -> dict[str, object]:
    predictions, verdicts = _compare(studies, answers, comparer)
    labelled = [study for study in studies if study.is_labelled]
    result: dict[str, object] = {
        "reader": dict(reader.provenance),
        "without_labels": [s.id for s in studies if s not in labelled],
    }
    if labelled:
        confirmed = {study.id: [_confirm(answer, study) for answer in answers[study.id]] for study in labelled}
        told = score(labelled, *_compare(labelled, confirmed, comparer))
        result["scores"] = score(labelled, predictions, verdicts)
        result["with_choices_confirmed"] = {name: told[name] for name in NAMES_WITH_CHOICES}
    return result


def _read(
    studies: Sequence[LabelledStudy],
    reader: Reader,
    progress: Progress,
    heard: Mapping[Place, Transcript] | None = None,
) -> dict[str, list[Answer]]:
    """Read every answer; from what was `heard` where that is given."""
    total = sum(len(study.answers) for study in studies)
    done = 0
    read: dict[str, list[Answer]] = {}
    for study in studies:
        read[study.id] = []
        for labelled in study.answers:
            transcript = (
                transcript_of_text(labelled.text, study.study.language)
                if heard is None
                else heard[study.id, labelled.question, labelled.speaker]
            )
            if heard is None and transcript.text != labelled.text:
                raise VoicePulseError(
                    f"The answer of {labelled.speaker} in {study.id} has white space to fold.",
                    "Its offsets would move.",
                )
            question = study.question(labelled.question)
            try:
                reading = reader.read(study.study.strategy, question, transcript)
            except ReaderUnavailable:
                raise  # a server that is down says nothing of how well it reads
            except ReaderError:
                reading = unread(question)  # it counts as undecided, and the rest goes on
            digest = hashlib.sha256(labelled.text.encode()).hexdigest()
            read[study.id].append(Answer(labelled.question, labelled.speaker, WAVE, digest, transcript, reading))
            done += 1
            progress("read", done, total)
    return read


def _confirm(answer: Answer, study: LabelledStudy) -> Answer:
    gold = next(a.gold["choice"] for a in study.answers if (a.question, a.speaker) == (answer.question, answer.speaker))
    return Answer(
        answer.question, answer.speaker, answer.wave, answer.recording, answer.transcript, answer.reading, gold
    )


def _compare(
    studies: Sequence[LabelledStudy], answers: dict[str, list[Answer]], comparer: Comparer
) -> tuple[list[PredictedAnswer], dict[tuple[str, str], str | None]]:
    predictions: list[PredictedAnswer] = []
    verdicts: dict[tuple[str, str], str | None] = {}
    for study in studies:
        comparison = compare_study(
            study.study, WAVE, answers[study.id], comparer.embedder, comparer.same, comparer.options
        )
        verdicts |= {(study.id, c.question): c.verdict for c in comparison.questions}
        texts = {(a.question, a.speaker): a.text for a in study.answers}
        for question in study.study.questions:
            given = [answer for answer in answers[study.id] if answer.question == question.id]
            groups = reason_groups(given, comparer.embedder, comparer.same)
            predictions += [
                _prediction(study.id, a, texts[a.question, a.speaker], groups.get(a.speaker)) for a in given
            ]
    return predictions, verdicts


def _prediction(study: str, answer: Answer, text: str, group: int | None) -> PredictedAnswer:
    reading = answer.interpretation
    return PredictedAnswer(
        study=study,
        question=answer.question,
        speaker=answer.speaker,
        choice=reading.choice.value if reading.choice else "undecided",
        choice_confidence=reading.choice.confidence if reading.choice else 0.0,
        qualified=reading.qualified.is_yes,
        escalates=reading.escalates.is_yes,
        stance=reading.stance.value,
        commitment=reading.commitment.value,
        reasons=tuple(_place(r.evidence, answer, text) for r in reading.reasons),
        reason_group=None if group is None else str(group),
    )


def _place(found: Evidence, answer: Answer, text: str) -> tuple[int, int]:
    """Where the evidence stands in the labelled text, which is not what was heard."""
    heard = answer.transcript.text
    return (found.start, found.end) if heard == text else place_in(text, heard, found.start, found.end)


def _write(path: Path, predictions: Sequence[PredictedAnswer], verdicts: dict[tuple[str, str], str | None]) -> None:
    lines = [json.dumps({"kind": "answer", **asdict(p)}) for p in predictions]
    lines += [
        json.dumps({"kind": "question", "study": s, "question": q, "verdict": v}) for (s, q), v in verdicts.items()
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
