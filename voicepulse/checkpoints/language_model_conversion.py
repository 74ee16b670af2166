"""The language model as it is run: GGUF weights, cut off above the layers that are used, the adapter merged, in CTranslate2's form.

The adapter (models/language-model.safetensors) holds for each matrix of the adapted layers two thin ones whose product is
added to it (LoRA, Hu et al. 2021), a scale for the last norm, and the outputs that take the vocabulary's place.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from voicepulse.errors import ModelError
from voicepulse.progress import Progress, silent

Tensor = npt.NDArray[np.float32]
BASE = "qwen-coder-1.5b"  # in the catalog
GGUF = "model.gguf"
ADAPTER = "language-model.safetensors"  # in the folder of shipped models
OUTPUTS_MULTIPLE = 8  # CTranslate2 pads the output to such a multiple anyway
ATTENTION = {"q_proj": "attn_q", "k_proj": "attn_k", "v_proj": "attn_v", "o_proj": "attn_output"}
FEED_FORWARD = {"gate_proj": "ffn_gate", "up_proj": "ffn_up", "down_proj": "ffn_down"}


class Gguf:
    """Tensors and facts of a GGUF file of the Qwen2 architecture."""

    def __init__(self, path: Path) -> None:
        import gguf

        self._dequantize: Any = gguf.dequantize
        reader: Any = gguf.GGUFReader(path)
        self._tensors = {tensor.name: tensor for tensor in reader.tensors}
        self._fields = reader.fields
        if self.fact("general.architecture") != "qwen2":
            raise ModelError(f"{path} is not of the architecture qwen2.", "Pull it anew.")

    def fact(self, name: str) -> Any:
        return self._fields[name].contents()

    def tensor(self, name: str) -> Tensor:
        found = self._tensors[name]
        return np.asarray(self._dequantize(found.data, found.tensor_type), dtype=np.float32)


def convert_language_model(gguf_path: Path, adapter_path: Path, target: Path, progress: Progress = silent) -> None:
    """Write `model.bin`, `config.json`, `vocabulary.json` and `tokenizer.json` into the folder `target`.

    Raises:
        ModelError: the file is of another architecture, or the adapter was made for another number of layers.
    """
    from ctranslate2.specs import common_spec, transformer_spec

    source, adapter = Gguf(gguf_path), read_adapter(adapter_path)
    layers = int(adapter["layers"][0])
    spec = transformer_spec.TransformerDecoderModelSpec.from_config(
        layers,
        source.fact("qwen2.attention.head_count"),
        activation=common_spec.Activation.SWISH,
        pre_norm=True,
        ffn_glu=True,
        rms_norm=True,
        rotary_dim=0,
        rotary_interleave=False,
        rotary_base=source.fact("qwen2.rope.freq_base"),
        num_heads_kv=source.fact("qwen2.attention.head_count_kv"),
    )
    decoder: Any = spec.decoder
    decoder.scale_embeddings = False
    _set_eight_bits(decoder.embeddings, source.tensor("token_embd.weight"))
    decoder.layer_norm.gamma = adapter["norm"].astype(np.float32)
    for number, layer in enumerate(decoder.layer):
        progress("convert language-model", number, layers)
        _fill(layer, number, source, adapter)
    progress("convert language-model", layers, layers)
    outputs = adapter["outputs"].astype(np.float32)
    _set_eight_bits(decoder.projection, np.pad(outputs, ((0, -len(outputs) % OUTPUTS_MULTIPLE), (0, 0))))
    tokens = [str(token) for token in source.fact("tokenizer.ggml.tokens")]
    spec.register_vocabulary(tokens)
    end = tokens[source.fact("tokenizer.ggml.eos_token_id")]
    spec.config.bos_token = spec.config.eos_token = spec.config.unk_token = end
    spec.config.layer_norm_epsilon = float(source.fact("qwen2.attention.layer_norm_rms_epsilon"))
    spec.validate()
    spec.save(str(target))
    _write_tokenizer(gguf_path, target)


def read_adapter(path: Path) -> dict[str, Tensor]:
    """All tensors of the adapter that ships with VoicePulse.

    Raises:
        ModelError: it is missing or damaged.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return dict(load_file(path))
    except (SafetensorError, OSError) as error:
        raise ModelError(f"The fitted adapter {path} cannot be read.", "Reinstall VoicePulse.") from error


def _fill(layer: Any, number: int, source: Gguf, adapter: dict[str, Tensor]) -> None:
    def weight(ours: str, theirs: str) -> Tensor:
        plain = source.tensor(f"blk.{number}.{theirs}.weight")
        down, up = adapter.get(f"{number}.{ours}.down"), adapter.get(f"{number}.{ours}.up")
        if down is None or up is None:
            return plain
        return np.asarray(plain + up.astype(np.float32) @ down.astype(np.float32))

    attention, feed_forward = layer.self_attention, layer.ffn
    attention.layer_norm.gamma = source.tensor(f"blk.{number}.attn_norm.weight")
    feed_forward.layer_norm.gamma = source.tensor(f"blk.{number}.ffn_norm.weight")
    into = [ATTENTION[name] for name in ("q_proj", "k_proj", "v_proj")]
    joined = np.concatenate([weight(name, ATTENTION[name]) for name in ("q_proj", "k_proj", "v_proj")])
    _set_eight_bits(attention.linear[0], joined)
    attention.linear[0].bias = np.concatenate([source.tensor(f"blk.{number}.{name}.bias") for name in into])
    _set_eight_bits(attention.linear[1], weight("o_proj", ATTENTION["o_proj"]))
    _set_eight_bits(feed_forward.linear_0, weight("gate_proj", FEED_FORWARD["gate_proj"]))
    _set_eight_bits(feed_forward.linear_0_noact, weight("up_proj", FEED_FORWARD["up_proj"]))
    _set_eight_bits(feed_forward.linear_1, weight("down_proj", FEED_FORWARD["down_proj"]))


def _set_eight_bits(part: Any, weight: Tensor) -> None:
    """As CTranslate2's own quantization does, but matrix by matrix, so that the whole model never stands in memory as floats."""
    largest = np.abs(weight).max(axis=1)
    scale = (127 / np.where(largest == 0, 127, largest)).astype(np.float32)
    part.weight = np.rint(weight * scale[:, None]).astype(np.int8)
    part.weight_scale = scale


def _write_tokenizer(gguf_path: Path, target: Path) -> None:
    gguf_tokenizer(gguf_path).backend_tokenizer.save(str(target / "tokenizer.json"))


def gguf_tokenizer(gguf_path: Path) -> Any:
    """The tokenizer that a GGUF file carries, as transformers builds it."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(gguf_path.parent), gguf_file=gguf_path.name)
