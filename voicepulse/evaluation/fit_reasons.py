"""Teach the sentence encoder what "the same reason" means: `python -m voicepulse.evaluation.fit_reasons TRAIN_DIR --argkp DIR --perspectrum FILE`.

A small adapter (LoRA, Hu et al. 2021) is fitted by supervised contrastive loss (Khosla et al. 2020) inside one context at a
time: the reasons of a question, the arguments of a topic and stance, the perspectives on a claim. So the encoder learns
what tells reasons apart where all of them are about the same thing. How cosine becomes a probability and where clusters are
cut is fitted on every third study, with an adapter that never saw it; the adapter that ships is fitted to all of them.
About ten minutes on two cores. Seeded.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from voicepulse.checkpoints.store import WeightsFolder
from voicepulse.evaluation.fit_reader import fit_same_reason
from voicepulse.evaluation.labelled import load_labelled
from voicepulse.evaluation.low_rank import adapt, adapter_of, merged_form
from voicepulse.evaluation.pairs import Context, argkp_contexts, perspectrum_contexts, study_contexts
from voicepulse.interpretation.embedder import ADAPTER, MiniLM
from voicepulse.interpretation.heads import load_heads, save_heads
from voicepulse.settings import settings, shipped_models_folder

STEPS = 400
RANK = 8
RATE = 5e-4
TEMPERATURE = 0.1
TEXTS_A_STEP = 24
SEED = 0
HELD_OUT = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path, help="labelled studies")
    parser.add_argument("--argkp", type=Path, required=True)
    parser.add_argument("--perspectrum", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=shipped_models_folder())
    arguments = parser.parse_args()
    studies = load_labelled(arguments.train)
    public = [perspectrum_contexts(arguments.perspectrum, "train"), argkp_contexts(arguments.argkp, "train")]
    weights = WeightsFolder(settings().models).require("minilm")
    names = sorted(study.id for study in studies)[::HELD_OUT]
    seen, held_out = [s for s in studies if s.id not in names], [s for s in studies if s.id in names]
    encoder = MiniLM(weights)
    fit_adapter(encoder, [study_contexts(seen), *public])
    distances = fit_same_reason(held_out, encoder)
    encoder = MiniLM(weights)
    save_file(fit_adapter(encoder, [study_contexts(studies), *public]), arguments.out / ADAPTER)
    path = arguments.out / "reader.json"
    heads = load_heads(path if path.exists() else shipped_models_folder() / "reader.json")
    save_heads(path, replace(heads, same_reason=distances))
    sys.stdout.write(f"{ADAPTER} and reader.json -> {arguments.out}\n")


def fit_adapter(encoder: MiniLM, sources: Sequence[Sequence[Context]]) -> dict[str, Tensor]:
    """The adapter's matrices by name, in half precision; the encoder is changed in place."""
    torch.manual_seed(SEED)
    rng = random.Random(SEED)
    encoder.model.requires_grad_(False)
    adapt(encoder.model.encoder, lambda _: True, RANK, gain=1.0, dropout=0.0)
    parameters = adapter_of(encoder.model)
    optimizer = torch.optim.AdamW(parameters.values(), lr=RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min(1.0, (s + 1) / 30) * max(0.02, 0.5 + 0.5 * math.cos(math.pi * min(1.0, s / STEPS)))
    )
    encoder.model.train(True)
    for step in range(1, STEPS + 1):
        context = rng.choice(rng.choice(sources))
        chosen = rng.sample(context, min(TEXTS_A_STEP, len(context)))
        labels = [label for _, label in chosen]
        if 1 < len(set(labels)) < len(labels):
            optimizer.zero_grad()
            contrastive_loss(encoder.encode([text for text, _ in chosen]), labels).backward()
            torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)
            optimizer.step()
        schedule.step()
        if step % 100 == 0:
            sys.stdout.write(f"{step} of {STEPS} steps\n")
            sys.stdout.flush()
    encoder.model.train(False)
    return merged_form(encoder.model, gain=1.0)


def contrastive_loss(vectors: Tensor, labels: Sequence[str]) -> Tensor:
    """Vectors (n, d) of length one: each should be nearest to those with its label."""
    itself = torch.eye(len(labels), dtype=torch.bool)
    same = torch.tensor([[a == b for b in labels] for a in labels]) & ~itself
    scores = vectors @ vectors.T / TEMPERATURE
    likely = scores - torch.logsumexp(scores.masked_fill(itself, -1e9), 1, keepdim=True)
    has_partner = same.any(1)
    return -((likely * same).sum(1)[has_partner] / same.sum(1)[has_partner]).mean()


if __name__ == "__main__":
    main()
