"""The default engine: Whisper in CTranslate2, fed with no more than was said.

Whisper pads whatever it hears to 30 seconds; a check-in lasts 10 to 90, and the cost of the encoder's attention and of the
decoder's look at the sound grows with the padded length. Here speech is cut at its pauses into short pieces, and each is
padded by a second or two only. Pieces of like length are decoded together, greedily, so that one pass over the decoder's
weights serves them all. The encoder takes them one by one: it is bound by arithmetic and gains nothing from company.

A short window is less safe than a full one (it repeats itself now and then, and hears slurred speech worse), so guards decide
for each window whether its text can be trusted. Where they doubt, the window is heard again uncut and with a beam; what looks
wrong even then is heard a third time by faster-whisper, padded to 30 seconds. docs/transcription.md has the figures behind
the constants.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from voicepulse.audio.decode import Waveform
from voicepulse.audio.pauses import cut_at_pauses
from voicepulse.checkpoints.store import Installed
from voicepulse.settings import SAMPLE_RATE
from voicepulse.transcript.faster_whisper_engine import (
    DOUBTFUL_COMPRESSION,
    DOUBTFUL_LOGPROB,
    DOUBTFUL_NO_SPEECH,
    FasterWhisper,
    faster_whisper_provenance,
)
from voicepulse.transcript.types import Heard, SpokenWord

ALGORITHM = 1  # raised when the same weights would give another text
LONGEST_PIECE = 15.0  # seconds
PADDING = 1.0  # seconds of silence after a piece, at least; with none at all the error rate is four times as high
PADDING_AGAIN = 2.0  # seconds, when a whole window is heard again
STEP = 2.0  # seconds: padded lengths are multiples of it, so that many pieces share one
TOGETHER = 8  # windows
DECODED_TOGETHER = 64.0  # seconds of padded sound; each costs 1.2 MB in the decoder
UNTRUSTED_LOGPROB = -0.35  # mean over a window's tokens
UNLIKELY_WORD = 0.3  # probability
UNLIKELY_WORDS = 2  # at least, and as a share of the window's words at least:
UNLIKELY_SHARE = 0.05
FASTEST_SPEECH = 9.0  # tokens a second; hurried English has six
SPARE_TOKENS = 16  # beyond the fastest speech, before a piece is cut off
OPENING_MARKS, CLOSING_MARKS = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"  # belong to the word after, or before
SHORTEST_SPEECH = 2.0  # seconds of sound in which speech was detected and nothing was understood

Sound = npt.NDArray[np.float32]  # as the decoder sees it: (pieces, frames of 20 ms, width)


def short_answer_provenance(weights: Installed, beam_size: int, device: str) -> Mapping[str, object]:
    """What decides this engine's output; known without loading it."""
    return {
        **faster_whisper_provenance(weights, beam_size, device),
        "engine": "short-answer",
        "engine_algorithm": ALGORITHM,
    }


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a window; `start` in seconds into it."""

    window: int
    start: float
    samples: Waveform
    padding: float = PADDING

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE

    @property
    def padded_seconds(self) -> float:
        return min(30.0, math.ceil((self.seconds + self.padding) / STEP) * STEP)


@dataclass(frozen=True, slots=True)
class Decoded:
    """What the decoder made of a piece. `logprob` is the mean over its tokens."""

    piece: Piece
    tokens: list[int]
    text: str
    logprob: float
    no_speech: float
    words: list[SpokenWord] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the decoder begins with: language, task, and the vocabulary as what was said before."""

    tokenizer: Any
    start: list[int]


class ShortAnswer:
    """`Transcriber` on CTranslate2 with short windows; safe to call from `workers` threads at once."""

    together = TOGETHER

    def __init__(self, weights: Installed, beam_size: int = 5, device: str = "cpu", workers: int = 0) -> None:
        self._full = FasterWhisper(weights, beam_size, device, workers)
        self.workers = self._full.workers
        self._beam_size = beam_size
        self.provenance = short_answer_provenance(weights, beam_size, device)

    def hear(self, windows: Sequence[Waveform], language: str, prompt: str | None) -> list[Heard]:
        asked = self._ask(language, prompt)
        decoded: list[list[Decoded]] = [[] for _ in windows]
        for batch in batches(pieces_of(windows)):
            for part in self._decode(batch, asked, beam_size=1):
                decoded[part.piece.window].append(part)
        heard = []
        for samples, parts in zip(windows, decoded, strict=True):
            if is_trusted(parts):
                in_order = sorted(parts, key=lambda part: part.piece.start)
                heard.append(Heard([part.words for part in in_order if part.words]))
            else:
                heard.append(self._hear_again(samples, asked, language, prompt))
        return heard

    def _hear_again(self, samples: Waveform, asked: _Asked, language: str, prompt: str | None) -> Heard:
        """The whole window and a beam; Whisper's 30 seconds and its ladder of temperatures where that looks wrong too."""
        (part,) = self._decode([Piece(0, 0.0, samples, PADDING_AGAIN)], asked, self._beam_size)
        if is_suspicious(part) or part.logprob < DOUBTFUL_LOGPROB:
            (full,) = self._full.hear([samples], language, prompt)
            return Heard(full.segments, reheard=True)
        return Heard([part.words] if part.words else [], reheard=True)

    def _ask(self, language: str, prompt: str | None) -> _Asked:
        from faster_whisper.tokenizer import Tokenizer

        model = self._full.model
        tokenizer = Tokenizer(model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language)
        previous = tokenizer.encode(f" {prompt}") if prompt else []
        return _Asked(tokenizer, model.get_prompt(tokenizer, previous, without_timestamps=True))

    def _decode(self, batch: list[Piece], asked: _Asked, beam_size: int) -> list[Decoded]:
        from ctranslate2 import StorageView

        model = self._full.model
        sound = np.concatenate([self._encode(piece) for piece in batch])
        most = int(batch[0].padded_seconds * FASTEST_SPEECH) + SPARE_TOKENS
        results = model.model.generate(
            StorageView.from_array(sound),
            [asked.start] * len(batch),
            beam_size=beam_size,
            max_length=min(model.max_length, len(asked.start) + most),
            return_scores=True,
            return_no_speech_prob=True,
        )
        decoded = [
            Decoded(piece, tokens, asked.tokenizer.decode(tokens), result.scores[0], result.no_speech_prob)
            for piece, result in zip(batch, results, strict=True)
            for tokens in [[token for token in result.sequences_ids[0] if token < asked.tokenizer.eot]]
        ]
        spoken = [index for index, part in enumerate(decoded) if part.tokens]
        timed = self._words([decoded[index] for index in spoken], sound[spoken], asked.tokenizer) if spoken else []
        for index, words in zip(spoken, timed, strict=True):
            decoded[index] = replace(decoded[index], words=words)
        return decoded

    def _encode(self, piece: Piece) -> Sound:
        from ctranslate2 import StorageView

        padded = np.zeros(int(piece.padded_seconds * SAMPLE_RATE), dtype=np.float32)
        padded[: len(piece.samples)] = piece.samples
        model = self._full.model
        features = model.feature_extractor(padded, padding=0)[:, : int(piece.padded_seconds * 100)]
        view = StorageView.from_array(np.ascontiguousarray(features[np.newaxis]))
        return np.asarray(model.model.encode(view, to_cpu=True))

    def _words(self, parts: list[Decoded], sound: Sound, tokenizer: Any) -> list[list[SpokenWord]]:
        """When each word was said, from Whisper's attention to the sound, as faster-whisper finds it."""
        from ctranslate2 import StorageView

        segments: list[list[dict[str, Any]]] = [
            [{"tokens": part.tokens, "seek": 0, "start": 0.0, "end": part.piece.seconds}] for part in parts
        ]
        frames = [max(2, int(part.piece.seconds * 100)) for part in parts]
        self._full.model.add_word_timestamps(
            segments, tokenizer, StorageView.from_array(sound), frames, OPENING_MARKS, CLOSING_MARKS, 0.0
        )
        return [
            [
                SpokenWord(word["word"], begins + word["start"], begins + word["end"], word["probability"])
                for word in segment["words"]
            ]
            for begins, (segment,) in zip([part.piece.start for part in parts], segments, strict=True)
        ]


def pieces_of(windows: Sequence[Waveform]) -> list[Piece]:
    pieces = []
    for window, samples in enumerate(windows):
        start = 0
        for part in cut_at_pauses(samples, LONGEST_PIECE):
            pieces.append(Piece(window, start / SAMPLE_RATE, part))
            start += len(part)
    return pieces


def batches(pieces: list[Piece]) -> Iterable[list[Piece]]:
    """Pieces of the same padded length, as many as the decoder takes at once."""

    def length(piece: Piece) -> float:
        return piece.padded_seconds

    for seconds, same in groupby(sorted(pieces, key=length), key=length):
        alike = list(same)
        most = max(1, int(DECODED_TOGETHER / seconds))
        count = math.ceil(len(alike) / most)
        yield from (alike[i::count] for i in range(count))


def is_trusted(parts: Sequence[Decoded]) -> bool:
    """Whether the text of a window's pieces can be believed (the signs of Radford et al. 2022, section 4.5, set tighter)."""
    tokens = sum(len(part.tokens) for part in parts)
    logprob = sum(part.logprob * len(part.tokens) for part in parts) / max(tokens, 1)
    words = [word.probability for part in parts for word in part.words]
    unlikely = sum(probability < UNLIKELY_WORD for probability in words)
    return not (
        logprob < UNTRUSTED_LOGPROB
        or (unlikely >= UNLIKELY_WORDS and unlikely >= UNLIKELY_SHARE * len(words))
        or any(is_suspicious(part) for part in parts)
    )


def is_suspicious(part: Decoded) -> bool:
    """Too fast to be speech, repetitive, spoken over what may be no speech, or silent where somebody speaks."""
    if not part.text.strip():
        return part.piece.seconds > SHORTEST_SPEECH
    encoded = part.text.encode()
    return (
        len(part.tokens) > part.piece.seconds * FASTEST_SPEECH + SPARE_TOKENS / 2
        or len(encoded) / len(zlib.compress(encoded)) > DOUBTFUL_COMPRESSION
        or part.no_speech > DOUBTFUL_NO_SPEECH
    )
