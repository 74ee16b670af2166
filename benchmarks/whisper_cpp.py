"""whisper.cpp on the same weights as everyone else, written as the ggml file that it reads.

The file is laid out as whisper.cpp's own converter and quantizer lay it out (models/README.md there): sizes, mel filters,
vocabulary, then each tensor with its shape from the last axis to the first. Matrices become q8_0, its nearest to int8.
"""

from __future__ import annotations

import base64
import math
import os
import struct
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from voicepulse.audio.decode import decode
from voicepulse.settings import SAMPLE_RATE

AVAILABLE = find_spec("pywhispercpp") is not None
FULL_CONTEXT = 1500  # positions of the encoder for 30 seconds
CONTEXT_MARGIN = 256  # positions, 5 s: with 64 or 128 one clip in ten runs into repetitions, for a minute at a time
MOST_SECONDS = 60.0  # a file that takes longer is given up, and counts as not heard

_MAGIC = 0x67676D6C
_F32, _F16, _Q8 = 0, 1, 8  # ggml's numbers for types of tensors
_MOSTLY_Q8 = 2007  # ggml's number for such a file: version 2 of its quantization, kind 7
_BLOCK = 32  # weights that share a scale in q8_0
_SIZES = (
    "n_vocab",
    "n_audio_ctx",
    "n_audio_state",
    "n_audio_head",
    "n_audio_layer",
    "n_text_ctx",
    "n_text_state",
    "n_text_head",
    "n_text_layer",
    "n_mels",
)


def write_ggml(checkpoint: Path, target: Path) -> None:
    """Write the ggml file of an openai-whisper checkpoint, matrices in q8_0."""
    import torch
    import whisper

    assets = Path(whisper.__file__).parent / "assets"
    loaded: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
    sizes: dict[str, int] = loaded["dims"]
    with target.open("wb") as file:
        file.write(struct.pack("<12i", _MAGIC, *(sizes[name] for name in _SIZES), _MOSTLY_Q8))
        with np.load(assets / "mel_filters.npz") as filters:
            mel = filters[f"mel_{sizes['n_mels']}"]  # (mels, frequencies)
        file.write(struct.pack("<2i", *mel.shape) + mel.astype("<f4").tobytes())
        _write_vocabulary(file, assets / "multilingual.tiktoken")
        for name, tensor in loaded["model_state_dict"].items():
            _write_tensor(file, name, tensor.numpy())


def _write_vocabulary(file: BinaryIO, source: Path) -> None:
    """Tokens by rank; the special ones follow from their number."""
    tokens = [base64.b64decode(line.split()[0]) for line in source.read_bytes().splitlines() if line]
    file.write(struct.pack("<i", len(tokens)))
    for token in tokens:
        file.write(struct.pack("<i", len(token)) + token)


def _write_tensor(file: BinaryIO, name: str, tensor: npt.NDArray[Any]) -> None:
    if name in ("encoder.conv1.bias", "encoder.conv2.bias"):
        tensor = tensor[:, None]  # added to every position
    if tensor.ndim == 1 or name.endswith(("positional_embedding", "conv1.bias", "conv2.bias")):
        kind, data = _F32, tensor.astype("<f4").tobytes()
    elif tensor.ndim == 2:
        kind, data = _Q8, q8_0(tensor.astype(np.float32))
    else:
        kind, data = _F16, tensor.astype("<f2").tobytes()  # the two convolutions
    file.write(struct.pack("<3i", tensor.ndim, len(name), kind))
    file.write(struct.pack(f"<{tensor.ndim}i", *reversed(tensor.shape)) + name.encode())
    file.write(data)


def q8_0(matrix: npt.NDArray[np.float32]) -> bytes:
    """Blocks of 32 weights of a row: their scale in half precision, then each as a signed byte."""
    blocks = matrix.reshape(-1, _BLOCK)
    scale = np.abs(blocks).max(axis=1, keepdims=True) / 127
    packed = np.empty(len(blocks), dtype=[("scale", "<f2"), ("weights", "i1", _BLOCK)])
    packed["scale"] = scale[:, 0]
    packed["weights"] = np.rint(np.divide(blocks, scale, out=np.zeros_like(blocks), where=scale > 0))
    return packed.tobytes()


def load_whisper_cpp(ggml: Path, short_context: bool) -> Callable[[Path], str]:
    """What hears a file: the package's defaults (greedy), all cores, words with times."""
    # Read when its library is loaded: threads that spin while they wait take four times as long beside other work.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from pywhispercpp.model import Model

    model: Any = Model(
        str(ggml),
        redirect_whispercpp_logs_to=None,  # nowhere
        n_threads=os.cpu_count(),
        language="en",
        token_timestamps=True,
        max_len=1,  # with the next: a word a segment, so that each has its times
        split_on_word=True,
        print_progress=False,
    )

    def hear(path: Path) -> str:
        samples = decode(path)
        needed = math.ceil(len(samples) / SAMPLE_RATE / 30 * FULL_CONTEXT) + CONTEXT_MARGIN
        context = min(needed, FULL_CONTEXT) if short_context else FULL_CONTEXT
        until = time.perf_counter() + MOST_SECONDS
        words = model.transcribe(samples, audio_ctx=context, abort_callback=lambda: time.perf_counter() > until)
        return " ".join(word.text for word in words)

    return hear
