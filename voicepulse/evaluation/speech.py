"""The price of speech: labelled answers that were spoken, read from what the transcriber hears instead of from their text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

from voicepulse.errors import StudyError
from voicepulse.evaluation.labelled import LabelledStudy
from voicepulse.progress import Progress, silent
from voicepulse.transcript.transcribe import Outcome, transcribe_batch
from voicepulse.transcript.types import Transcriber, Transcript

Place = tuple[str, str, str]  # study, question, speaker


def spoken_part(studies: Sequence[LabelledStudy], folder: Path) -> tuple[list[LabelledStudy], dict[Place, Path]]:
    """The answers that have audio in `folder`/<study>/<question>-<speaker>.*, whole questions only, and where it is.

    Raises:
        StudyError: there is none.
    """
    paths = {
        (study.id, answer.question, answer.speaker): path
        for study in studies
        for answer in study.answers
        for path in sorted((folder / study.id).glob(f"{answer.question}-{answer.speaker}.*"))[:1]
    }
    spoken = []
    for study in studies:
        missing = {a.question for a in study.answers if (study.id, a.question, a.speaker) not in paths}
        questions = tuple(q for q in study.study.questions if q.id not in missing)
        if questions:
            kept = {q.id for q in questions}
            spoken.append(
                replace(
                    study,
                    study=study.study.model_copy(update={"questions": questions}),
                    answers=tuple(a for a in study.answers if a.question in kept),
                    gold_verdicts={q: v for q, v in study.gold_verdicts.items() if q in kept},
                )
            )
    if not spoken:
        raise StudyError(
            f"{folder} holds no audio of these answers.", "Name a folder with <study>/<question>-<speaker>.ogg in it."
        )
    return spoken, paths


def hear(
    studies: Sequence[LabelledStudy], paths: dict[Place, Path], engine: Transcriber, progress: Progress = silent
) -> dict[Place, Transcript]:
    """The transcript of every answer."""
    heard: dict[Place, Transcript] = {}
    progress("transcribe", 0, len(paths))
    for study in studies:
        places = [(study.id, answer.question, answer.speaker) for answer in study.answers]

        def keep(index: int, outcome: Outcome, places: Sequence[Place] = places) -> None:
            if isinstance(outcome, Exception):
                raise outcome
            heard[places[index]] = outcome
            progress("transcribe", len(heard), len(paths))

        spoken = [paths[place] for place in places]
        transcribe_batch(spoken, engine, study.study.language, study.study.vocabulary, keep)
    return heard


def place_in(text: str, heard: str, start: int, end: int) -> tuple[int, int]:
    """Where characters [start, end) of what was heard stand in the labelled text, word by word; (0, 0) if nowhere."""
    spoken, labelled = _words(heard), _words(text)
    matcher = SequenceMatcher(None, [w for w, _, _ in spoken], [w for w, _, _ in labelled], autojunk=False)
    partner = {block.a + i: block.b + i for block in matcher.get_matching_blocks() for i in range(block.size)}
    inside = [partner[i] for i, (_, first, last) in enumerate(spoken) if first < end and last > start and i in partner]
    return (labelled[min(inside)][1], labelled[max(inside)][2]) if inside else (0, 0)


def _words(text: str) -> list[tuple[str, int, int]]:
    found, start = [], 0
    for word in text.split():
        start = text.index(word, start)
        found.append((word.strip(".,;:!?\"'“”‘’—–-…").lower(), start, start + len(word)))
        start += len(word)
    return found
