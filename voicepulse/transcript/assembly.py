"""What was heard of a recording, window by window, becomes its transcript: in order, loops cut, words put together.

The same for every engine, so that they differ in nothing but what they hear.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from voicepulse.audio.decode import Waveform, decode_blocks
from voicepulse.audio.voice_activity import Window, speech_windows
from voicepulse.settings import SAMPLE_RATE
from voicepulse.transcript.types import Heard, Segment, SpokenWord, Transcript, Word

LONGEST_LOOP = 12  # words in a repeated phrase
REPEATS_OF_PHRASE = 4  # a phrase of three words or more, said this often in a row, is a loop and not speech
REPEATS_OF_WORD = 7  # "no, no, no, no" is speech


class Hearing:
    """One recording on its way to a transcript: windows still come out of it while others are heard already."""

    def __init__(self, path: Path) -> None:
        self._length = _Length(decode_blocks(path))
        self._windows = speech_windows(self._length)
        self._came_out = 0
        self._exhausted = False
        self._heard: dict[int, tuple[float, Heard]] = {}  # by the window's number: where it starts, what was said

    def next_window(self) -> tuple[int, Window] | None:
        """The next window of speech and its number, decoded no further than needed; None at the end."""
        window = next(self._windows, None)
        if window is None:
            self._exhausted = True
            return None
        self._came_out += 1
        return self._came_out - 1, window

    def add(self, number: int, start: float, heard: Heard) -> None:
        """What was said in window `number`, which begins `start` seconds into the recording."""
        self._heard[number] = start, heard

    @property
    def is_whole(self) -> bool:
        """Whether every window came out and was heard."""
        return self._exhausted and len(self._heard) == self._came_out

    def transcript(self, language: str, provenance: Mapping[str, object]) -> Transcript:
        """All that was said."""
        spoken: list[list[SpokenWord]] = []
        loops = 0
        for _, (start, heard) in sorted(self._heard.items()):
            kept, cut = cut_loops([word for segment in heard.segments for word in segment])  # one may run over segments
            loops += cut
            remaining = {id(word) for word in kept}
            for segment in heard.segments:
                words = [word for word in segment if id(word) in remaining]
                spoken.append([replace(word, start=word.start + start, end=word.end + start) for word in words])
        reheard = sum(heard.reheard for _, heard in self._heard.values())
        whole = assemble(spoken, language, self._length.seconds, provenance)
        return replace(whole, loops=loops, reheard=reheard)


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
    spoken: Iterable[Sequence[SpokenWord]], language: str, seconds: float, provenance: Mapping[str, object]
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
    return Transcript(text, tuple(segments), tuple(words), language, seconds, provenance=provenance)
