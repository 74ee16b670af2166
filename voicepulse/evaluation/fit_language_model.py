"""Fit the language model to labelled studies: `python -m voicepulse.evaluation.fit_language_model TRAIN_DIR --stances FILE --work DIR`.

Only a low-rank adapter (LoRA, Hu et al. 2021) of the upper layers and 24 linear outputs are fitted; the layers below are
frozen, so what they make of each prompt is computed once and kept in `--work`. The speakers of a question share its
beginning: they stand side by side in one sequence, blind to each other. Steps, each kept, so that a stopped run goes on:

1. the lower layers over all prompts;
2. choices made of Perspectrum's claims and perspectives (stances.py): the adapter learns to hear which side a reason is on;
3. two thirds of the labelled studies, three rounds;
4. the other third, which nothing was fitted to: there the model and an embedded reader fitted to the same two thirds are
   weighed against each other and calibrated.

About an hour on two cores with bfloat16 instructions. Seeded; the same machine gives the same parameters.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn
from torch.nn import functional

from voicepulse.checkpoints.language_model_conversion import (
    ADAPTER,
    ATTENTION,
    BASE,
    FEED_FORWARD,
    GGUF,
    Gguf,
    gguf_tokenizer,
)
from voicepulse.checkpoints.store import WeightsFolder
from voicepulse.evaluation.fit_reader import best_cut, fit, labelled_example
from voicepulse.evaluation.labelled import LabelledStudy, load_labelled
from voicepulse.evaluation.low_rank import adapt, adapter_of, merged_form
from voicepulse.evaluation.stances import STRATEGY, UNDECIDED, stance_questions
from voicepulse.interpretation.clause_reader import clause_scores
from voicepulse.interpretation.clauses import ClauseSplitter
from voicepulse.interpretation.embedder import MiniLM
from voicepulse.interpretation.features import Matrix
from voicepulse.interpretation.heads import POOLED_HEADS, SPAN_HEADS, softmax
from voicepulse.interpretation.language_model_reader import (
    CALIBRATION,
    CLAUSE_OUTPUTS,
    LABEL_OUTPUTS,
    LETTER_OUTPUTS,
    OUTPUTS,
    SPAN_OUTPUTS,
    label_scores,
    letters_shown,
    log_odds,
)
from voicepulse.interpretation.prompt import LETTERS, PROMPT_END, prompt_start
from voicepulse.interpretation.reading import Scores
from voicepulse.settings import settings, shipped_models_folder
from voicepulse.study import NON_OPTION_CHOICES

LOWER, LAYERS = 16, 24  # layers below the adapter; layers that are kept at all (of 28)
RANK = 6
GAIN = 2.0  # of the adapter's product
SCALE = 8.0  # features are brought to a root mean square of 1/SCALE
SEED = 1
STANCE_CLAIMS = 200
HELD_OUT = 3  # every third study is held out for the calibration
ROUNDS = 3
RATE = 3e-4
QUESTIONS_A_STEP = 2
MATRICES = {*ATTENTION, *FEED_FORWARD}
WEIGHTS = {"choice": 1.0, "labels": 0.4, "spans": 1.0}


@dataclass(frozen=True, slots=True)
class Target:
    """What is known of one answer: `choice` indexes the letters shown (options, then X, Y, Z); labels (6,), or None where
    only the choice is known; each clause has its tokens and the shares (5,) of it that lie in a marked span."""

    shown: int  # options
    choice: int
    labels: Tensor | None = None
    clauses: tuple[tuple[int, ...], ...] = ()
    spans: Tensor | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """The answers to one question behind one beginning. ids, positions (n,); sees (n, n) says which token looks at which;
    answers holds for each [first, end) of its words and the last token of its prompt."""

    name: str
    study: str
    ids: Tensor
    positions: Tensor
    sees: Tensor
    answers: tuple[tuple[int, int, int], ...]
    targets: tuple[Target, ...]
    places: tuple[tuple[str, str, str], ...]  # study, question, speaker of each answer; empty where nobody said it


class Packer:
    """Prompts as the reader will write them, several answers to a question side by side."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._end = self._ids(PROMPT_END)

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)

    def pack(
        self,
        name: str,
        start: str,
        texts: Sequence[str],
        targets: Sequence[Target],
        places: Sequence[tuple[str, str, str]] = (),
    ) -> Pack:
        before = self._ids(start)
        ids, positions, owner, answers = list(before), list(range(len(before))), [0] * len(before), []
        for number, text in enumerate(texts, 1):
            words = self._ids(text)
            first = len(ids)
            ids += [*words, *self._end]
            positions += range(len(before), len(before) + len(words) + len(self._end))
            owner += [number] * (len(words) + len(self._end))
            answers.append((first, first + len(words), len(ids) - 1))
        owners = torch.tensor(owner)
        same = (owners[:, None] == owners[None, :]) | (owners[None, :] == 0)
        causal = torch.tril(torch.ones(len(ids), len(ids), dtype=torch.bool))
        return Pack(
            name,
            places[0][0] if places else "",
            torch.tensor(ids),
            torch.tensor(positions),
            causal & same,
            tuple(answers),
            tuple(targets),
            tuple(places),
        )


def study_packs(studies: Sequence[LabelledStudy], packer: Packer, splitter: ClauseSplitter, seed: int) -> list[Pack]:
    """One pack a question; the options are shown in a random order, for the intended one often stands first."""
    rng = random.Random(seed)
    packs = []
    for study in studies:
        for question in study.study.questions:
            options = list(question.options)
            rng.shuffle(options)
            letters = [*(option.id for option in options), *NON_OPTION_CHOICES]
            given = [a for a in study.answers if a.question == question.id]
            targets = []
            for answer in given:
                clauses = splitter.split(answer.text)
                offsets = packer.offsets(answer.text)
                gold = answer.gold
                quotes = {**answer.quotes, "first": answer.quotes["reason"][:1]}
                marks = np.stack([_marked(answer.text, quotes[name]) for name in (*SPAN_HEADS, "first")])
                said = (gold["stance"], gold["commitment"])
                labels = [float(gold.get(n, n in said)) for n in POOLED_HEADS]
                targets.append(
                    Target(
                        len(options),
                        letters.index(gold["choice"]),
                        torch.tensor(labels),
                        tuple(_tokens(offsets, c.start, c.end) for c in clauses),
                        torch.tensor(np.stack([marks[:, c.start : c.end].mean(axis=1) for c in clauses])).float(),
                    )
                )
            start = prompt_start(study.study.strategy, question.prompt, [option.label for option in options])
            name = f"{study.id}-{question.id}-{seed}"
            places = [(study.id, question.id, answer.speaker) for answer in given]
            packs.append(packer.pack(name, start, [a.text for a in given], targets, places))
    return packs


def _marked(text: str, quotes: Sequence[str]) -> Any:
    inside = np.zeros(len(text))
    for quote in quotes:
        start = text.index(quote)
        inside[start : start + len(quote)] = 1
    return inside


def _tokens(offsets: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, ...]:
    found = tuple(i for i, (first, last) in enumerate(offsets) if last > start and first < end)
    return found or (0,)


def stance_packs(path: Path, packer: Packer) -> list[Pack]:
    """Choices of Perspectrum; nothing but the choice is known of them."""
    packs = []
    for number, asked in enumerate(stance_questions(path, STANCE_CLAIMS, SEED)):
        undecided = len(asked.labels) + NON_OPTION_CHOICES.index("undecided")
        targets = [Target(len(asked.labels), undecided if c == UNDECIDED else c) for c in asked.choices]
        start = prompt_start(STRATEGY, asked.prompt, asked.labels)
        packs.append(packer.pack(f"stance-{number}", start, asked.texts, targets))
    return packs


class Network:
    """The language model in two parts: frozen layers below, adapted layers and outputs above."""

    def __init__(self, gguf: Gguf) -> None:
        from transformers import Qwen2Config, Qwen2Model

        config = Qwen2Config(
            vocab_size=len(gguf.fact("tokenizer.ggml.tokens")),
            hidden_size=gguf.fact("qwen2.embedding_length"),
            intermediate_size=gguf.fact("qwen2.feed_forward_length"),
            num_hidden_layers=LAYERS,
            num_attention_heads=gguf.fact("qwen2.attention.head_count"),
            num_key_value_heads=gguf.fact("qwen2.attention.head_count_kv"),
            rope_theta=gguf.fact("qwen2.rope.freq_base"),
            rms_norm_eps=gguf.fact("qwen2.attention.layer_norm_rms_epsilon"),
        )
        with torch.device("meta"):
            model: Any = Qwen2Model(config)
        model.load_state_dict(_state(gguf), strict=False, assign=True)
        model.rotary_emb = type(model.rotary_emb)(config)  # its frequencies are computed, not loaded
        model.requires_grad_(False)
        self._model = model
        self._width = int(config.hidden_size)
        self.norm = torch.ones(self._width)
        self.reset()

    def reset(self) -> None:
        """A fresh adapter and fresh outputs."""
        torch.manual_seed(SEED)
        adapt(self._model.layers[LOWER:], lambda name: name.rpartition(".")[2] in MATRICES, RANK, GAIN, dropout=0.05)
        self.outputs = nn.Linear(self._width, OUTPUTS)
        nn.init.zeros_(self.outputs.weight)
        nn.init.zeros_(self.outputs.bias)

    @property
    def layers(self) -> Any:
        """All layers that are kept."""
        return self._model.layers

    @property
    def adapter(self) -> dict[str, nn.Parameter]:
        """The adapter's matrices, by layer and name."""
        return adapter_of(self._model.layers)

    def train(self, on: bool) -> None:
        self._model.train(on)

    def lower(self, pack: Pack) -> Tensor:
        """(n, width) what the frozen layers make of a pack."""
        with torch.no_grad():
            return self._layers(self._model.embed_tokens(pack.ids)[None], pack, 0, LOWER)[0]

    def upper(self, hidden: Tensor, pack: Pack) -> Tensor:
        """(n, width) features, from what `lower` gave."""
        out = self._layers(hidden[None], pack, LOWER, LAYERS)[0].float()
        return out * torch.rsqrt(out.square().mean(-1, keepdim=True) + 1e-6) * self.norm

    def _layers(self, hidden: Tensor, pack: Pack, first: int, end: int) -> Tensor:
        turns = self._model.rotary_emb(hidden, pack.positions[None])
        mask = torch.zeros(pack.sees.shape, dtype=hidden.dtype).masked_fill(~pack.sees, float("-inf"))[None, None]
        for layer in self._model.layers[first:end]:
            hidden = layer(hidden, attention_mask=mask, position_embeddings=turns, position_ids=pack.positions[None])
            hidden = hidden[0] if isinstance(hidden, tuple) else hidden
        return hidden


def _state(gguf: Gguf) -> dict[str, Tensor]:
    def tensor(name: str) -> Tensor:
        return torch.from_numpy(gguf.tensor(name).copy()).bfloat16()

    state = {"embed_tokens.weight": tensor("token_embd.weight"), "norm.weight": tensor("output_norm.weight")}
    for layer in range(LAYERS):
        ours, theirs = f"layers.{layer}", f"blk.{layer}"
        state[f"{ours}.input_layernorm.weight"] = tensor(f"{theirs}.attn_norm.weight")
        state[f"{ours}.post_attention_layernorm.weight"] = tensor(f"{theirs}.ffn_norm.weight")
        for part, names in (("self_attn", ATTENTION), ("mlp", FEED_FORWARD)):
            for name, other in names.items():
                state[f"{ours}.{part}.{name}.weight"] = tensor(f"{theirs}.{other}.weight")
                if name in ("q_proj", "k_proj", "v_proj"):
                    state[f"{ours}.{part}.{name}.bias"] = tensor(f"{theirs}.{other}.bias")
    return state


def answer_outputs(network: Network, features: Tensor, pack: Pack) -> list[tuple[Tensor, Tensor]]:
    """For each answer its outputs at the end (24,) and of its clauses (c, 24), each the mean over the clause's words."""
    found = []
    for (first, end, last), target in zip(pack.answers, pack.targets, strict=True):
        words = features[first:end]
        rows = [words[list(tokens)].mean(0) for tokens in target.clauses]
        clauses = network.outputs(torch.stack(rows)) if rows else torch.zeros(0, OUTPUTS)
        found.append((network.outputs(features[last]), clauses))
    return found


def choice_logits(last: Tensor, target: Target) -> Tensor:
    """(shown + 3,) of the letters that the prompt showed."""
    letters = last[LETTER_OUTPUTS]
    return torch.cat([letters[: target.shown], letters[len(LETTERS) :]])


def label_logits(last: Tensor, clauses: Tensor) -> Tensor:
    """(6,) what is said at the end, and the most telling clause (multiple-instance learning by log-sum-exp)."""
    return last[LABEL_OUTPUTS] + torch.logsumexp(clauses[:, CLAUSE_OUTPUTS], 0)


def loss_of(network: Network, features: Tensor, pack: Pack) -> Tensor:
    total = torch.zeros(())
    for (last, clauses), target in zip(answer_outputs(network, features, pack), pack.targets, strict=True):
        wanted = torch.tensor([target.choice])
        total = total + WEIGHTS["choice"] * functional.cross_entropy(choice_logits(last, target)[None], wanted)
        if target.labels is not None and target.spans is not None:
            labels = functional.binary_cross_entropy_with_logits(label_logits(last, clauses), target.labels)
            spans = functional.binary_cross_entropy_with_logits(clauses[:, SPAN_OUTPUTS], target.spans)
            total = total + WEIGHTS["labels"] * 4 * labels + WEIGHTS["spans"] * 2.5 * spans
    return total / len(pack.targets)


class Work:
    """The folder that keeps the lower layers' activations and the checkpoints."""

    def __init__(self, path: Path, network: Network, packs: Sequence[Pack]) -> None:
        self.path = path
        self._data = [(pack.name, _digest(pack.ids.tolist()), repr(pack.targets)) for pack in packs]
        self._network = network
        path.mkdir(parents=True, exist_ok=True)

    def lower(self, pack: Pack) -> Tensor:
        path = self.path / f"{pack.name}-{_digest(pack.ids.tolist())}.pt"
        if not path.exists():
            _save(self._network.lower(pack), path)
        found: Tensor = torch.load(path)
        return found

    def checkpoint(self, name: str, make: Callable[[], None]) -> None:
        """Load a stage that was finished before, or make it."""
        chosen = [
            LOWER,
            LAYERS,
            RANK,
            GAIN,
            SCALE,
            SEED,
            STANCE_CLAIMS,
            HELD_OUT,
            ROUNDS,
            RATE,
            sorted(WEIGHTS.items()),
        ]
        network, path = self._network, self.path / f"checkpoint-{name}-{_digest([chosen, self._data])}.pt"
        if path.exists():
            kept = torch.load(path)
            for key, parameter in network.adapter.items():
                parameter.data = kept["adapter"][key]
            network.outputs.load_state_dict(kept["outputs"])
            network.norm = kept["norm"]
            return
        make()
        kept = {
            "adapter": {key: parameter.data for key, parameter in network.adapter.items()},
            "outputs": network.outputs.state_dict(),
            "norm": network.norm,
        }
        _save(kept, path)


def _save(value: object, path: Path) -> None:
    """Whole or not at all."""
    torch.save(value, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def _digest(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:12]


def say(text: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def scale_features(network: Network, work: Work, packs: Sequence[Pack]) -> None:
    """Bring every feature to one size, so that none drowns the others in a linear output."""
    total, count = torch.zeros_like(network.norm), 0
    with torch.no_grad():
        for pack in packs:
            features = network.upper(work.lower(pack), pack) / network.norm
            for first, end, last in pack.answers:
                rows = features[[*range(first, end), last]]
                total, count = total + rows.square().sum(0), count + len(rows)
    network.norm = 1 / (total / count).sqrt().clamp(min=1e-3) / SCALE


def fit_outputs(network: Network, work: Work, packs: Sequence[Pack], epochs: int) -> None:
    """The outputs alone, on features as they are: a start that does not pull the adapter to and fro."""
    network.train(False)
    with torch.no_grad():
        features = {pack.name: network.upper(work.lower(pack), pack).half() for pack in packs}
    optimizer = torch.optim.AdamW(network.outputs.parameters(), lr=3e-3, weight_decay=0.1)
    rng = random.Random(SEED)
    for _ in range(epochs):
        for batch in _batches(packs, rng):
            optimizer.zero_grad()
            loss = torch.stack([loss_of(network, features[p.name].float(), p) for p in batch]).mean()
            loss.backward()
            optimizer.step()


def fit_adapter(network: Network, work: Work, rounds: Sequence[Sequence[Pack]], rate: float) -> None:
    """Adapter and outputs together; one round after the other, the rate falling as a cosine over all of them."""
    adapter = list(network.adapter.values())
    optimizer = torch.optim.AdamW(
        [
            {"params": adapter, "lr": rate, "weight_decay": 0.01},
            {"params": list(network.outputs.parameters()), "lr": 2 * rate, "weight_decay": 0.05},
        ],
        betas=(0.9, 0.98),
    )
    steps = sum(math.ceil(len(packs) / QUESTIONS_A_STEP) for packs in rounds)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min(1.0, (s + 1) / 10) * max(0.02, 0.5 + 0.5 * math.cos(math.pi * min(1.0, s / steps)))
    )
    rng = random.Random(SEED)
    for number, packs in enumerate(rounds, 1):
        network.train(True)
        lost = 0.0
        for batch in _batches(packs, rng):
            optimizer.zero_grad()
            for pack in batch:
                loss = loss_of(network, network.upper(work.lower(pack), pack), pack)
                (loss / len(batch)).backward()
                lost += float(loss.detach())
            nn.utils.clip_grad_norm_([*adapter, *network.outputs.parameters()], 1.0)
            optimizer.step()
            schedule.step()
        network.train(False)
        say(f"round {number} of {len(rounds)}: loss {lost / len(packs):.3f}")


def _batches(packs: Sequence[Pack], rng: random.Random) -> list[list[Pack]]:
    shuffled = list(packs)
    rng.shuffle(shuffled)
    return [shuffled[i : i + QUESTIONS_A_STEP] for i in range(0, len(shuffled), QUESTIONS_A_STEP)]


def save_adapter(network: Network, path: Path) -> None:
    """What the conversion merges: GAIN is taken into the upper matrix; half precision is plenty."""
    tensors = {
        f"{layer}.{side}": tensor
        for name, tensor in merged_form(network.layers, GAIN).items()
        for layer, side in [(name.split(".")[0], ".".join(name.split(".")[-2:]))]
    }
    tensors["outputs"] = network.outputs.weight.data.half().contiguous()
    tensors["norm"] = network.norm.float()
    tensors["layers"] = torch.tensor([LAYERS])
    save_file(tensors, path)


@dataclass(frozen=True, slots=True)
class HeldOut:
    """An answer that neither reader was fitted to: last (24,), clauses (c, 24), and what the embedded reader makes of it."""

    target: Target
    last: Matrix
    clauses: Matrix
    embedded: Scores


def predict(
    network: Network, work: Work, packs: Sequence[Pack], embedded: Mapping[tuple[str, str, str], Scores]
) -> list[HeldOut]:
    network.train(False)
    found = []
    with torch.no_grad():
        for pack in packs:
            outputs = answer_outputs(network, network.upper(work.lower(pack), pack), pack)
            for place, target, (last, clauses) in zip(pack.places, pack.targets, outputs, strict=True):
                found.append(HeldOut(target, last.double().numpy(), clauses.double().numpy(), embedded[place]))
    return found


def embedded_scores(
    studies: Sequence[LabelledStudy], outside: set[str], splitter: ClauseSplitter, embedder: MiniLM
) -> dict[tuple[str, str, str], Scores]:
    """What an embedded reader that was fitted to the other studies makes of the answers of those `outside`."""
    examples = [labelled_example(study, answer, splitter, embedder) for study in studies for answer in study.answers]
    heads = fit([e for e in examples if e.study not in outside])
    return {
        (e.study, e.question, e.answer.speaker): clause_scores(e.features, heads)
        for e in examples
        if e.study in outside
    }


def calibrate(held_out: Sequence[HeldOut]) -> dict[str, object]:
    """Logistic regression on the log-odds of both readers (stacking, Wolpert 1992), and thresholds at the best F1."""
    labels: dict[str, list[float]] = {}
    spans: dict[str, list[float]] = {}
    cuts: dict[str, float] = {}
    for i, name in enumerate(POOLED_HEADS):
        ours = np.array([label_scores(h.last, h.clauses)[i] for h in held_out])
        theirs = np.array([float(log_odds(h.embedded.labels[name])) for h in held_out])
        truth = np.array([float(h.target.labels[i]) for h in held_out if h.target.labels is not None])
        labels[name], likely = _stack(ours, theirs, truth)
        cuts[name] = best_cut(likely, truth)
    marked = torch.cat([h.target.spans for h in held_out if h.target.spans is not None]).double().numpy()
    weight = np.array([len(tokens) for h in held_out for tokens in h.target.clauses], dtype=np.float64)
    for i, name in enumerate(SPAN_HEADS):
        ours = np.concatenate([h.clauses[:, SPAN_OUTPUTS][:, i] for h in held_out])
        theirs = np.concatenate([log_odds(h.embedded.spans[name]) for h in held_out])
        spans[name], likely = _stack(ours, theirs, (marked[:, i] > 0.5).astype(np.float64))
        cuts[name] = best_cut(likely, marked[:, i], weight)
    rows = [(letters_shown(h.last, h.target.shown), h.embedded.choice, h.target.choice) for h in held_out]
    choice = _mix_choices(rows)
    for name, weights in {"language model": (1.0, 0.0), "embedded": (0.0, 1.0), "both": choice}.items():
        right = np.mean([int(np.argmax(weights[0] * a + weights[1] * b)) == c for a, b, c in rows])
        say(f"choice right on {len(rows)} held-out answers, {name}: {right:.3f}")
    return {"choice": list(choice), "labels": labels, "spans": spans, "cuts": cuts}


def _stack(ours: Matrix, theirs: Matrix, truth: Matrix) -> tuple[list[float], Matrix]:
    """The weights of both log-odds and the constant, and the probabilities (n,) that they give."""
    rows = np.stack([ours, theirs], axis=1)
    fitted = LogisticRegression(C=1.0).fit(rows, truth)
    weights = [*fitted.coef_[0].tolist(), float(fitted.intercept_[0])]
    return [round(w, 5) for w in weights], np.asarray(fitted.predict_proba(rows)[:, 1])


def _mix_choices(rows: Sequence[tuple[Matrix, Matrix, int]]) -> tuple[float, float]:
    """The weights of both readers' log-odds under which the right choices are likeliest."""
    from scipy.optimize import minimize

    def loss(weights: Matrix) -> float:
        return float(-np.mean([np.log(softmax(weights[0] * a + weights[1] * b)[c] + 1e-12) for a, b, c in rows]))

    best = minimize(loss, np.array([0.5, 0.5]), method="L-BFGS-B", bounds=[(0.05, 3.0), (0.0, 3.0)]).x
    return round(float(best[0]), 5), round(float(best[1]), 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path, help="labelled studies")
    parser.add_argument("--stances", type=Path, required=True, help="Perspectrum's claims, one JSON object a line")
    parser.add_argument("--work", type=Path, required=True, help="a folder for activations and checkpoints (1 GB)")
    parser.add_argument("--out", type=Path, default=shipped_models_folder())
    arguments = parser.parse_args()
    weights = WeightsFolder(settings().models)
    packer = Packer(gguf_tokenizer(weights.require(BASE).folder / GGUF).backend_tokenizer)
    network = Network(Gguf(weights.require(BASE).folder / GGUF))
    stances = stance_packs(arguments.stances, packer)
    splitter = ClauseSplitter(weights.require("spacy-en"))
    labelled = load_labelled(arguments.train)
    packs = study_packs(labelled, packer, splitter, SEED)
    work = Work(arguments.work, network, [*packs, *stances])
    studies = sorted({pack.study for pack in packs})
    outside = set(studies[::HELD_OUT])
    inside = [pack for pack in packs if pack.study not in outside]
    for number, pack in enumerate([*packs, *stances], 1):
        work.lower(pack)
        if number % 20 == 0:
            say(f"{number} of {len(packs) + len(stances)} prompts through the lower layers")

    def hear_stances() -> None:
        scale_features(network, work, [*inside[:20], *stances[:20]])
        fit_outputs(network, work, stances[:60], 6)
        fit_adapter(network, work, [stances], RATE)

    def read_studies() -> None:
        fit_outputs(network, work, inside, 14)
        fit_adapter(network, work, [inside] * ROUNDS, RATE)

    work.checkpoint("stances", hear_stances)
    work.checkpoint("studies", read_studies)
    beside = embedded_scores(labelled, outside, splitter, MiniLM(weights.require("minilm")))
    held_out = [pack for pack in packs if pack.study in outside]
    calibration = calibrate(predict(network, work, held_out, beside))
    write(network, calibration, arguments.out)


def write(network: Network, calibration: dict[str, object], folder: Path) -> None:
    """The adapter and the calibration, as the conversion and the reader expect them."""
    save_adapter(network, folder / ADAPTER)
    bias = network.outputs.bias.detach().tolist()
    about = "calibration of the language-model reader; made by `make fit-language-model`"
    (folder / CALIBRATION).write_text(
        json.dumps({"about": about, "bias": bias, **calibration}, indent=1) + "\n", encoding="utf-8"
    )
    say(f"written to {folder}")


if __name__ == "__main__":
    main()
