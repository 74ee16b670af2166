from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interpretation.labelled_actions import HELD_OUT, KNOWN, UNSEEN
from voicepulse.interpretation.actions import find_actions, find_kept
from voicepulse.interpretation.clauses import Clause
from voicepulse.interpretation.types import Action
from voicepulse.transcript.subtitles import transcript_of_text

_CLAUSE = re.compile(r"\w(?:[^.;:!?,]|,(?! (?:and|but|so|no)\b))*[^.;:!?,\s]")


def clauses_of(text: str) -> list[Clause]:
    """Cut at closing punctuation, and at a comma before a word that turns or goes on: near to what the real splitter does."""
    return [
        Clause(m.group(), m.start(), m.end(), len(re.findall(r"[.!?]", text[: m.start()])), False)
        for m in _CLAUSE.finditer(text)
    ]


def actions_of(text: str) -> tuple[Action, ...]:
    return find_actions(transcript_of_text(text, "en"), clauses_of(text))


def label_of(actions: tuple[Action, ...]) -> str:
    return " ".join(action.kind + "!" * action.concrete for action in actions)


@pytest.mark.parametrize(("said", "label"), KNOWN)
def test_actions_as_people_say_them(said: str, label: str) -> None:
    assert label_of(actions_of(said)) == label


def scores(labelled: list[tuple[str, str]]) -> dict[str, tuple[float, float, int]]:
    """Precision and recall by kind and for what is concrete, and how many are labelled so."""
    hit, found, labelled_so = Counter[str](), Counter[str](), Counter[str]()
    for said, label in labelled:
        here, there = (Counter(_traits(text)) for text in (label_of(actions_of(said)), label))
        found += here
        labelled_so += there
        hit += here & there
    return {t: (hit[t] / max(1, found[t]), hit[t] / labelled_so[t], labelled_so[t]) for t in sorted(labelled_so)}


def _traits(label: str) -> list[str]:
    """ "stop! start" becomes stop, start and one concrete; kind and concreteness are judged apart."""
    return [word.rstrip("!") for word in label.split()] + ["concrete"] * label.count("!")


# What the rules must hold on sentences they were not written against: (precision, recall).
FLOORS = {"start": (0.75, 0.6), "stop": (0.9, 0.9), "shift": (0.9, 0.7), "concrete": (0.9, 0.65)}


@pytest.mark.parametrize("labelled", [HELD_OUT, UNSEEN])
def test_most_actions_of_held_out_sentences_are_found(labelled: list[tuple[str, str]]) -> None:
    for trait, (precision, recall, _) in scores(labelled).items():
        least_precision, least_recall = FLOORS[trait]
        assert precision >= least_precision and recall >= least_recall, trait


FIRST = ["I'll", "We're going to", "I'd", "My team will", "We plan to"]
OTHERS = ["Dana says she'll", "Somebody should", "They will", "You should", "My boss wants me to"]
DEEDS = [("stop", "stop the Friday builds"), ("shift", "move the budget to support"), ("start", "visit small shops")]


@given(
    who=st.sampled_from(FIRST), deed=st.sampled_from(DEEDS), filler=st.sampled_from(["", " um, ", " just ", " then "])
)
def test_a_promise_of_ones_own_is_an_action(who: str, deed: tuple[str, str], filler: str) -> None:
    kind, words = deed
    assert [action.kind for action in actions_of(f"{who}{filler or ' '}{words}.".replace("  ", " "))] == [kind]


@given(who=st.sampled_from(OTHERS), deed=st.sampled_from(DEEDS))
def test_what_others_should_do_is_no_action(who: str, deed: tuple[str, str]) -> None:
    assert actions_of(f"{who} {deed[1]}.") == ()


@given(said=st.lists(st.sampled_from([said for said, _ in KNOWN + HELD_OUT]), max_size=4).map(" ".join))
def test_evidence_is_an_exact_slice_and_in_order(said: str) -> None:
    transcript = transcript_of_text(said, "en")
    actions = find_actions(transcript, clauses_of(transcript.text))
    assert all(transcript.text[a.evidence.start : a.evidence.end] == a.evidence.quote for a in actions)
    assert all(one.evidence.end <= two.evidence.start for one, two in pairwise(actions))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("I'd keep the Friday builds, and I'll drop the newsletter.", ["I'd keep the Friday builds"]),
        ("I won't stop calling small customers.", ["I won't stop calling small customers"]),
        ("Dana says we keep the builds. I'll stop them.", []),
        ("Should I keep the builds?", []),
        ("I'll stop the builds.", []),
    ],
)
def test_what_goes_on_is_found_apart_from_what_changes(said: str, kept: list[str]) -> None:
    assert [evidence.quote for evidence in find_kept(transcript_of_text(said, "en"))] == kept
