"""Are two reasons the same? Area under the ROC curve on public data: `python benchmarks/reasons.py --argkp DIR --perspectrum FILE`.

Beside each other: TF-IDF, all-MiniLM-L6-v2 as published, and the same with VoicePulse's adapter, which was fitted on the
training splits of both sets and on labelled studies, never on the splits that are scored here. Pairs are within one topic
(or claim) and one stance.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score

from voicepulse.checkpoints.store import WeightsFolder
from voicepulse.evaluation.pairs import Context, argkp_contexts, perspectrum_contexts, same_label_pairs
from voicepulse.interpretation.embedder import ADAPTER, MiniLM
from voicepulse.settings import settings, shipped_models_folder

Similarity = Callable[[list[str]], np.ndarray]  # texts -> (texts, texts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--argkp", type=Path, required=True)
    parser.add_argument("--perspectrum", type=Path, required=True)
    parser.add_argument("--split", default="dev")
    arguments = parser.parse_args()
    weights = WeightsFolder(settings().models).require("minilm")
    plain, adapted = MiniLM(weights), MiniLM(weights, shipped_models_folder() / ADAPTER)
    sides: dict[str, Similarity] = {
        "TF-IDF": tfidf,
        "MiniLM": lambda texts: cosines(plain, texts),
        "MiniLM, adapted": lambda texts: cosines(adapted, texts),
    }
    sets = {
        "ArgKP": argkp_contexts(arguments.argkp, arguments.split),
        "Perspectrum": perspectrum_contexts(arguments.perspectrum, arguments.split),
    }
    for name, contexts in sets.items():
        pairs = sum(len(same_label_pairs(context)) for context in contexts)
        sys.stdout.write(f"{name} {arguments.split}: {pairs} pairs in {len(contexts)} contexts\n")
        for side, similarity in sides.items():
            sys.stdout.write(f"  {side:16} {area(contexts, similarity):.3f}\n")


def tfidf(texts: list[str]) -> np.ndarray:
    rows = TfidfVectorizer(stop_words="english").fit_transform(texts)
    return np.asarray((rows @ rows.T).todense())


def cosines(encoder: MiniLM, texts: list[str]) -> np.ndarray:
    rows = encoder.embed(texts)
    return rows @ rows.T


def area(contexts: Sequence[Context], similarity: Similarity) -> float:
    """Over the pairs of all contexts together."""
    scores, labels = [], []
    for context in contexts:
        near = similarity([text for text, _ in context])
        for i, j, same in same_label_pairs(context):
            scores.append(near[i, j])
            labels.append(same)
    return float(roc_auc_score(labels, scores))


if __name__ == "__main__":
    main()
