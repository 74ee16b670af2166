"""What the fits are made of: data read as it is meant, adapters that merge to what they were, words found again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from voicepulse.errors import VoicePulseError
from voicepulse.evaluation.fit_reasons import contrastive_loss
from voicepulse.evaluation.low_rank import adapt, adapter_of, merged_form
from voicepulse.evaluation.pairs import argkp_contexts, perspectrum_contexts, same_label_pairs
from voicepulse.evaluation.speech import place_in
from voicepulse.evaluation.stances import UNDECIDED, stance_questions

CLAIM = {
    "split": "train",
    "claim": "Dogs belong in offices",
    "clusters": [
        {"stance": "SUPPORT", "perspectives": ["Dogs calm people.", "People are calmer near dogs."]},
        {"stance": "SUPPORT", "perspectives": ["Nobody has to go home at noon."]},
        {"stance": "UNDERMINE", "perspectives": ["Some are allergic."]},
    ],
}


@pytest.fixture
def perspectrum(tmp_path: Path) -> Path:
    path = tmp_path / "claims.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in (CLAIM, {**CLAIM, "split": "dev"})))
    return path


def test_perspectives_of_one_stance_are_compared_by_cluster(perspectrum: Path, tmp_path: Path) -> None:
    (context,) = perspectrum_contexts(perspectrum, "dev")  # the other stance has one cluster: nothing to tell apart
    assert [same for _, _, same in same_label_pairs(context)] == [True, False, False]
    with pytest.raises(VoicePulseError, match="holds no Perspectrum"):
        perspectrum_contexts(tmp_path / "gone", "dev")


def test_arguments_with_one_key_point_are_compared_by_it(tmp_path: Path) -> None:
    (tmp_path / "arguments_dev.csv").write_text(
        "arg_id,argument,topic,stance\na1,one,t,1\na2,two,t,1\na3,three,t,1\na4,four,t,-1\n"
    )
    (tmp_path / "labels_dev.csv").write_text(
        "arg_id,key_point_id,label\na1,k1,1\na2,k1,1\na3,k1,1\na3,k2,1\na4,k3,1\na1,k2,0\n"
    )
    assert argkp_contexts(tmp_path, "dev") == [[("one", "k1"), ("two", "k1")], [("four", "k3")]]
    with pytest.raises(VoicePulseError, match="holds no ArgKP"):
        argkp_contexts(tmp_path / "gone", "dev")


def test_an_answer_made_of_perspectives_is_on_the_side_of_its_own(perspectrum: Path) -> None:
    for seed in range(20):
        (asked,) = stance_questions(perspectrum, 1, seed)
        against = next(i for i, label in enumerate(asked.labels) if label.split()[0] in ("Not", "Turn", "No", "Reject"))
        for text, choice in zip(asked.texts, asked.choices, strict=True):
            assert "allergic" in text or choice != against
            if choice != UNDECIDED and not ("allergic" in text and ("calm" in text or "noon" in text)):
                assert ("allergic" in text) == (choice == against)


def test_a_merged_adapter_gives_what_the_adapted_model_gave() -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Linear(5, 4))
    plain = [layer.weight.detach().clone() for layer in model]
    adapt(model, lambda name: name == "1", 2, gain=2.0, dropout=0.0)
    with torch.no_grad():
        adapter_of(model)["1.up"].normal_()
    assert set(adapter_of(model)) == {"1.up", "1.down"}
    merged = merged_form(model, 2.0)
    x = torch.randn(3, 6)
    weight = plain[1] + merged["1.up"].float() @ merged["1.down"].float()
    expected = (x @ plain[0].T + model[0].bias) @ weight.T + model[1].plain.bias
    assert torch.allclose(model(x), expected, atol=1e-2)


def test_the_loss_is_small_where_those_of_one_label_are_near() -> None:
    vectors = torch.nn.functional.normalize(torch.tensor([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]]), dim=1)
    assert contrastive_loss(vectors, list("aabb")) < 0.1 < contrastive_loss(vectors, list("abab"))


def test_what_was_heard_is_found_again_in_the_text() -> None:
    text = "No. Single sign-on, because Norden Bank asked twice."
    heard = "no single sign on because Norton bank asked twice"
    start = heard.index("because")
    first, last = place_in(text, heard, start, len(heard))
    assert text[first:last] == "because Norden Bank asked twice."
    assert place_in(text, "something else", 0, 9) == (0, 0)
