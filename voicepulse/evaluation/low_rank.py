"""Low-rank adapters (LoRA, Hu et al. 2021): frozen matrices, and products of two thin ones that are added to them."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional


class Adapted(nn.Module):  # type: ignore[misc]
    """A frozen matrix and the product of two thin ones; `gain` scales the product."""

    def __init__(self, plain: nn.Linear, rank: int, gain: float, dropout: float) -> None:
        super().__init__()
        self.plain = plain
        self.gain = gain
        self.dropout = dropout
        self.down = nn.Parameter(torch.randn(rank, plain.in_features) / math.sqrt(plain.in_features))
        self.up = nn.Parameter(torch.zeros(plain.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        kept = functional.dropout(x, self.dropout, self.training)
        low = functional.linear(kept, self.down.to(x.dtype))
        out: Tensor = self.plain(x) + functional.linear(low, self.up.to(x.dtype)) * self.gain
        return out


def adapt(model: nn.Module, wanted: Callable[[str], bool], rank: int, gain: float, dropout: float) -> None:
    """Put a fresh adapter on every matrix whose name is `wanted`; one that was there before is dropped."""
    matrices = {name: m for name, m in model.named_modules() if isinstance(m, nn.Linear | Adapted) and wanted(name)}
    for name, module in matrices.items():
        holder, _, last = name.rpartition(".")
        plain = module.plain if isinstance(module, Adapted) else module
        setattr(model.get_submodule(holder), last, Adapted(plain, rank, gain, dropout))


def adapter_of(model: nn.Module) -> dict[str, nn.Parameter]:
    """The adapter's matrices by `<matrix>.down` and `<matrix>.up`."""
    return {name: parameter for name, parameter in model.named_parameters() if name.endswith((".down", ".up"))}


def merged_form(model: nn.Module, gain: float) -> dict[str, Tensor]:
    """The same as whoever merges it wants it: the gain taken into the upper matrices, half precision."""
    return {
        name: (parameter.detach() * (gain if name.endswith(".up") else 1.0)).half().contiguous()
        for name, parameter in adapter_of(model).items()
    }
