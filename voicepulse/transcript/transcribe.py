"""A recording becomes a transcript: windows of speech through an engine, loops cut, words put together.

The same for every engine, so that they differ in nothing but what they hear.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from voicepulse import __version__
from voicepulse.audio.decode import Waveform, decode_blocks
from voicepulse.audio.voice_activity import Window, speech_windows
from voicepulse.errors import TranscriptionError
from voicepulse.settings import SAMPLE_RATE
from voicepulse.transcript.types import Segment, SpokenWord, Transcriber, Transcript, Word

ALGORITHM = 1  # raised when the same engine would give another transcript
LONGEST_LOOP = 12  # words in a repeated phrase
REPEATS_OF_PHRASE = 4  # a phrase of three words or more, said this often in a row, is a loop and not speech
REPEATS_OF_WORD = 7  # "no, no, no, no" is speech


def transcribe(path: Path, engine: Transcriber, language: str, vocabulary: Sequence[str] = ()) -> Transcript:
    """Transcribe a file in its study's language, with the study's vocabulary as prompt.

    Raises:
        UnreadableAudio: the file cannot be decoded.
        TranscriptionError: the engine failed.
    """
    heard = _Length(decode_blocks(path))
    prompt = f"{', '.join(vocabulary)}." if vocabulary else None
    spoken: list[list[SpokenWord]] = []
    loops = 0
    for window in speech_windows(heard):
        segments = _hear(engine, window, language, prompt)
        kept, cut = cut_loops([word for segment in segments for word in segment])  # a loop may run over segments
        loops += cut
        remaining = {id(word) for word in kept}
        for segment in segments:
            words = [word for word in segment if id(word) in remaining]
            spoken.append(
                [SpokenWord(w.text, w.start + window.start, w.end + window.start, w.probability) for w in words]
            )
    provenance = {"version": __version__, "language": language, "vocabulary": list(vocabulary), **engine.provenance}
    return assemble(spoken, language, heard.seconds, loops, provenance)


def _hear(engine: Transcriber, window: Window, language: str, prompt: str | None) -> list[list[SpokenWord]]:
    try:
        return engine.hear(window.samples, language, prompt)
    except (RuntimeError, ValueError) as error:  # what CTranslate2 and torch raise
        raise TranscriptionError(
            f"The engine failed at {window.start:.0f} seconds ({error}).",
            "Run again; if it stays so, try the other engine.",
        ) from error


def transcription_key(provenance: Mapping[str, object], language: str, vocabulary: Sequence[str]) -> dict[str, object]:
    """All that decides a transcript besides the recording itself."""
    return {"algorithm": ALGORITHM, "language": language, "vocabulary": list(vocabulary), **provenance}


class _Length:
    """Passes blocks on and adds up their length."""

    def __init__(self, blocks: Iterable[Waveform]) -> None:
        self._blocks = blocks
        self._samples = 0

    def __iter__(self) -> Iterator[Waveform]:
        for block in self._blocks:
            self._samples += len(block)
            yield block

    @property
    def seconds(self) -> float:
        return self._samples / SAMPLE_RATE


def cut_loops(words: Sequence[SpokenWord]) -> tuple[list[SpokenWord], int]:
    """Reduce each runaway repetition to its first occurrence; return the words and how many loops there were."""
    kept: list[SpokenWord] = list(words)
    loops = 0
    for size in range(1, LONGEST_LOOP + 1):
        needed = REPEATS_OF_WORD if size < 3 else REPEATS_OF_PHRASE
        start = 0
        while start + size * needed <= len(kept):
            phrase = _plain(kept[start : start + size])
            repeats = 1
            while _plain(kept[start + repeats * size : start + (repeats + 1) * size]) == phrase:
                repeats += 1
            if repeats >= needed:
                del kept[start + size : start + repeats * size]
                loops += 1
            start += 1
    return kept, loops


def _plain(words: Sequence[SpokenWord]) -> list[str]:
    return [re.sub(r"\W", "", word.text).lower() for word in words]


def assemble(
    spoken: Iterable[Sequence[SpokenWord]], language: str, seconds: float, loops: int, provenance: dict[str, object]
) -> Transcript:
    """Join segments of words into a text; times are made to run forward and to stay inside the recording."""
    text = ""
    segments: list[Segment] = []
    words: list[Word] = []
    clock = 0.0
    for spoken_words in spoken:
        sentence = "".join(word.text for word in spoken_words)
        if not sentence.strip():
            continue
        base = len(text) + (1 if text else 0)
        sentence = ""
        first = len(words)
        for word in spoken_words:
            stripped = word.text.strip()
            if not stripped:
                continue
            if sentence and word.text[0].isspace():
                sentence += " "
            start = min(max(word.start, clock), seconds)
            end = min(max(word.end, start), seconds)
            clock = start
            char_start = base + len(sentence)
            sentence += stripped
            words.append(Word(stripped, start, end, char_start, base + len(sentence), word.probability))
        text = f"{text} {sentence}" if text else sentence
        segments.append(
            Segment(sentence, words[first].start, max(w.end for w in words[first:]), base, base + len(sentence))
        )
    return Transcript(text, tuple(segments), tuple(words), language, seconds, loops, provenance)
