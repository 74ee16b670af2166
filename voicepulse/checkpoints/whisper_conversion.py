"""The same Whisper weights in the publisher's own format.

CTranslate2's `model.bin` holds Whisper's float16 tensors under other names, with query, key and value joined into one
matrix. Taken apart again they are a checkpoint that `whisper.load_model(path)` reads, exact to the bit. The layout of
the file is that of CTranslate2's `ModelSpec.save` (binary version 6).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from voicepulse.errors import ModelError

Tensor = npt.NDArray[Any]
_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}  # CTranslate2's DataType
_BINARY_VERSION = 6


def read_ctranslate2(path: Path) -> dict[str, Tensor]:
    """All variables of a CTranslate2 `model.bin`, by name.

    Raises:
        ModelError: the file is of another version or no such file.
    """
    with path.open("rb") as file:
        (version,) = _unpack(file, "<I")
        if version != _BINARY_VERSION:
            raise ModelError(
                f"{path} is of CTranslate2's binary version {version}, not {_BINARY_VERSION}.", "Pull it anew."
            )
        _string(file)  # the specification's name
        _unpack(file, "<I")  # its revision
        (count,) = _unpack(file, "<I")
        variables = {}
        for _ in range(count):
            name = _string(file)
            (rank,) = _unpack(file, "<B")
            shape = _unpack(file, f"<{rank}I")
            kind, size = _unpack(file, "<BI")
            variables[name] = np.frombuffer(file.read(size), dtype=_TYPES[kind]).reshape(shape)
    return variables


def _unpack(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(form, file.read(struct.calcsize(form)))


def _string(file: BinaryIO) -> str:
    (length,) = _unpack(file, "<H")
    return file.read(length)[:-1].decode()


def openai_state(variables: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename and split CTranslate2's variables into the state of `whisper.model.Whisper`."""
    state: dict[str, Tensor] = {
        "encoder.positional_embedding": variables["encoder/position_encodings/encodings"],
        "decoder.positional_embedding": variables["decoder/position_encodings/encodings"],
        "decoder.token_embedding.weight": variables["decoder/embeddings/weight"],
    }
    for conv in ("conv1", "conv2"):
        for part in ("weight", "bias"):
            state[f"encoder.{conv}.{part}"] = variables[f"encoder/{conv}/{part}"]
    _norm(state, variables, "encoder/layer_norm", "encoder.ln_post")
    _norm(state, variables, "decoder/layer_norm", "decoder.ln")
    for stack in ("encoder", "decoder"):
        for layer in range(_layers(variables, stack)):
            _block(state, variables, f"{stack}/layer_{layer}", f"{stack}.blocks.{layer}")
    return state


def _layers(variables: dict[str, Tensor], stack: str) -> int:
    return sum(
        name.startswith(f"{stack}/layer_") and name.endswith("/self_attention/layer_norm/gamma") for name in variables
    )


def _block(state: dict[str, Tensor], variables: dict[str, Tensor], source: str, target: str) -> None:
    _norm(state, variables, f"{source}/self_attention/layer_norm", f"{target}.attn_ln")
    _split(
        state,
        variables,
        f"{source}/self_attention/linear_0",
        [f"{target}.attn.{name}" for name in ("query", "key", "value")],
    )
    _linear(state, variables, f"{source}/self_attention/linear_1", f"{target}.attn.out")
    if f"{source}/attention/linear_0/weight" in variables:  # the decoder looks at the encoder's output
        _norm(state, variables, f"{source}/attention/layer_norm", f"{target}.cross_attn_ln")
        _linear(state, variables, f"{source}/attention/linear_0", f"{target}.cross_attn.query")
        _split(
            state,
            variables,
            f"{source}/attention/linear_1",
            [f"{target}.cross_attn.{name}" for name in ("key", "value")],
        )
        _linear(state, variables, f"{source}/attention/linear_2", f"{target}.cross_attn.out")
    _norm(state, variables, f"{source}/ffn/layer_norm", f"{target}.mlp_ln")
    _linear(state, variables, f"{source}/ffn/linear_0", f"{target}.mlp.0")
    _linear(state, variables, f"{source}/ffn/linear_1", f"{target}.mlp.2")


def _norm(state: dict[str, Tensor], variables: dict[str, Tensor], source: str, target: str) -> None:
    for theirs, ours in (("gamma", "weight"), ("beta", "bias")):
        state[f"{target}.{ours}"] = variables[f"{source}/{theirs}"]


def _linear(state: dict[str, Tensor], variables: dict[str, Tensor], source: str, target: str) -> None:
    for part in ("weight", "bias"):
        state[f"{target}.{part}"] = variables[f"{source}/{part}"]


def _split(state: dict[str, Tensor], variables: dict[str, Tensor], source: str, targets: list[str]) -> None:
    for part in ("weight", "bias"):
        for target, piece in zip(targets, np.split(variables[f"{source}/{part}"], len(targets)), strict=True):
            if not (
                part == "bias" and target.endswith(".key")
            ):  # Whisper's keys have no bias; CTranslate2 stores zeros
                state[f"{target}.{part}"] = piece


def convert_to_openai(source: Path, target: Path) -> None:
    """Write the checkpoint of `whisper.load_model` from a CTranslate2 `model.bin`, in half precision as published."""
    import torch

    state = openai_state(read_ctranslate2(source))
    mel_channels = state["encoder.conv1.weight"].shape[1]
    audio_context, width = state["encoder.positional_embedding"].shape
    text_context = state["decoder.positional_embedding"].shape[0]
    heads = width // 64  # every Whisper model has heads of 64
    dimensions = {
        "n_mels": mel_channels,
        "n_vocab": state["decoder.token_embedding.weight"].shape[0],
        "n_audio_ctx": audio_context,
        "n_audio_state": width,
        "n_audio_head": heads,
        "n_audio_layer": sum(name.endswith("attn_ln.weight") and name.startswith("encoder") for name in state),
        "n_text_ctx": text_context,
        "n_text_state": width,
        "n_text_head": heads,
        "n_text_layer": sum(name.endswith(".attn_ln.weight") and name.startswith("decoder") for name in state),
    }
    tensors = {name: torch.from_numpy(tensor.copy()) for name, tensor in state.items()}
    torch.save({"dims": dimensions, "model_state_dict": tensors}, target)
