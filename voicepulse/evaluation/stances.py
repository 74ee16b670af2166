"""Claims and perspectives of Perspectrum (Chen et al. 2019) put together as spoken choices.

A perspective never names the side it supports; an answer made of perspectives, often conceding the other side first,
teaches a model to hear which option a reason comes to. Only the claims of the training split are used.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from pathlib import Path

STRATEGY = "We want to do what is right."
SPEAKERS = 6
UNDECIDED = -1  # the choice of an answer that weighs both sides and stops there

_PLAIN = (
    "{A}. {B}.",
    "Look, {a}. And {b}.",
    "For me {a}. That's it, really.",
    "{A}. I keep coming back to that.",
    "Honestly? {A}, and {b}.",
    "{A}.",
)
_CONCEDING = (
    "Well, {o}, fair enough. But {a}.",
    "People tell me {o}. I don't buy it. {A}.",
    "{A}, and that's what counts for me, even if {o}.",
    "My colleague keeps saying that {o}. Maybe. But {a}, and {b}.",
    "Yes yes, {o}. I've heard it all. Still, {a}.",
    "I used to think that {o}. Then I looked closer: {a}.",
    "It's true that {o}, that hurts, and I'd live with it, because {a}.",
)
_TORN = (
    "{A}. But then {o}. I honestly couldn't tell you.",
    "On the one hand {a}, on the other {o}. Ask me another day.",
)
_ASKED = (
    "What would you do?",
    "Where do you come down on this?",
    "It has to be one or the other. Which one?",
    "You decide. Which way do we go?",
)
_LABELS = (
    ("{C}", "Not that; the opposite"),
    ("Go with this: {C}", "Turn this down: {C}"),
    ("Yes: {C}", "No to this: {C}"),
    ("{C}", "Reject the idea that {c}"),
)


@dataclass(frozen=True, slots=True)
class StanceQuestion:
    """A claim as a trade-off of two options; `choices` are indices of `labels`, or UNDECIDED."""

    prompt: str
    labels: list[str]
    texts: list[str]
    choices: list[int]


def stance_questions(path: Path, count: int, seed: int) -> list[StanceQuestion]:
    """`count` claims that have perspectives on both sides, each with six answers."""
    rng = random.Random(seed)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["split"] == "train" and len({c["stance"] for c in row["clusters"]}) == 2]
    rng.shuffle(rows)
    return [_question(row, rng) for row in rows[:count]]


def _question(row: dict[str, object], rng: random.Random) -> StanceQuestion:
    clusters = row["clusters"]
    assert isinstance(clusters, list)  # noqa: S101
    sides = [[c["perspectives"] for c in clusters if c["stance"] == stance] for stance in ("SUPPORT", "UNDERMINE")]
    claim = str(row["claim"]).strip().rstrip(".")
    labels = [label.format(C=_upper(claim), c=_lower(claim)) for label in rng.choice(_LABELS)]
    order = [0, 1]
    rng.shuffle(order)
    prompt = f"We talk about this: {claim}. {rng.choice(_ASKED)}"
    texts, choices = [], []
    for _ in range(SPEAKERS):
        side = rng.randrange(2)
        mine, more, other = _pick(sides[side], rng), _pick(sides[side], rng), _pick(sides[1 - side], rng)
        kind = rng.random()
        form = rng.choice(_TORN if kind < 0.06 else _CONCEDING if kind < 0.55 else _PLAIN)
        texts.append(form.format(A=_upper(mine), a=_lower(mine), B=_upper(more), b=_lower(more), o=_lower(other)))
        choices.append(UNDECIDED if kind < 0.06 else order.index(side))
    return StanceQuestion(prompt, [labels[i] for i in order], texts, choices)


def _pick(clusters: list[list[str]], rng: random.Random) -> str:
    return rng.choice(rng.choice(clusters))


def _lower(sentence: str) -> str:
    sentence = sentence.strip().rstrip(".!? ")
    keeps = sentence[:2].isupper() or sentence.startswith("I ")
    return sentence if keeps else sentence[:1].lower() + sentence[1:]


def _upper(sentence: str) -> str:
    sentence = sentence.strip().rstrip(".!? ")
    return sentence[:1].upper() + sentence[1:]
