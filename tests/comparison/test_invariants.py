"""What must not change a comparison, whoever is asked first and whatever speakers and options are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.conftest import WordHashEmbedder, make_answer
from voicepulse.comparison.compare import CompareOptions, compare_question
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.types import Comparison
from voicepulse.interpretation.answers import Answer
from voicepulse.settings import Thresholds
from voicepulse.study import Question

SAME = SameReason(12.0, -5.0)
OPTIONS = CompareOptions(Thresholds(), seed=3, resamples=40)
REASONS = ("money comes quickly", "we promised them", "support drowns daily", "")
RANK = {"unresolved": 0, "open": 1, "hidden": 2, "aligned": 3}
BANDS = {"low": 0, "moderate": 1, "high": 2}

Said = tuple[str, str, bool, bool, float]  # choice, reason, qualified, escalates, confidence of the choice

teams = st.lists(
    st.tuples(
        st.sampled_from(["a", "a", "a", "b", "c", "both", "undecided"]),
        st.sampled_from([REASONS[0], *REASONS]),
        st.sampled_from([False, False, True]),
        st.sampled_from([False, False, False, True]),
        st.sampled_from([1.0, 0.9, 0.6]),
    ),
    min_size=2,
    max_size=8,
)
fast = settings(max_examples=80, deadline=None)


def question(options: Sequence[str] = ("a", "b", "c")) -> Question:
    listed = [{"id": option, "label": option.upper()} for option in options]
    return Question.model_validate({"id": "q1", "prompt": "Which?", "options": listed, "intended": "a"})


def answers_of(team: Sequence[Said], ids: Sequence[str], options: Sequence[str] = ("a", "b", "c")) -> list[Answer]:
    choices = (*options, "both", "neither", "undecided")
    return [
        make_answer(name, choice, reason, qualified=qualified, escalates=escalates, confidence=sure, choices=choices)
        for name, (choice, reason, qualified, escalates, sure) in zip(ids, team, strict=True)
    ]


def compared(answers: Sequence[Answer], options: Sequence[str] = ("a", "b", "c")) -> Comparison:
    return compare_question(question(options), "w1", answers, WordHashEmbedder(), SAME, OPTIONS)


def essence(
    result: Comparison, person: Mapping[str, int], option: Mapping[str, str] | None = None
) -> dict[str, object]:
    """What a comparison comes to, with speakers as places in the team and options under their first names."""
    first = option or {}
    clusters = Counter(
        (first.get(c.choice, c.choice), frozenset(person[s] for s in c.speakers), c.has_reason) for c in result.clusters
    )
    return {
        "verdict": result.verdict,
        "band": result.band,
        "shares": (result.largest_share, result.shared_reason_share, result.unresolved_share),
        "stability": result.stability,
        "choices": {first.get(name, name): count for name, count in result.choices.items()},
        "clusters": clusters,
    }


def places(ids: Sequence[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(ids)}


def numbered(team: Sequence[Said]) -> list[str]:
    return [f"s{n}" for n in range(1, len(team) + 1)]


@given(teams, st.data())
@fast
def test_order_and_ids_of_speakers_change_nothing(team: list[Said], data: st.DataObject) -> None:
    ids = numbered(team)
    renamed = data.draw(st.permutations(ids))
    answers = answers_of(team, renamed)
    again = compared(data.draw(st.permutations(answers)))
    assert essence(again, places(renamed)) == essence(compared(answers_of(team, ids)), places(ids))


@given(teams, st.permutations(["a", "b", "c"]))
@fast
def test_the_order_of_options_changes_nothing(team: list[Said], options: list[str]) -> None:
    ids = numbered(team)
    again = compared(answers_of(team, ids, options), options)
    assert essence(again, places(ids)) == essence(compared(answers_of(team, ids)), places(ids))


@given(teams, st.permutations(["a", "b", "c"]))
@fast
def test_what_options_are_called_changes_nothing(team: list[Said], names: list[str]) -> None:
    """Each option takes another one's name, in the study and in the answers alike."""
    ids = numbered(team)
    new = dict(zip("abc", names, strict=True))
    renamed = [(new.get(choice, choice), *rest) for choice, *rest in team]
    again = compared(answers_of(renamed, ids, names), names)
    old = {name: option for option, name in new.items()}
    assert essence(again, places(ids), old) == essence(compared(answers_of(team, ids)), places(ids))


@given(teams)
@fast
def test_two_of_each_speaker_change_no_share(team: list[Said]) -> None:
    once, twice = (compared(answers_of(said, numbered(said))) for said in (team, team + team))
    assert (once.verdict, once.band) == (twice.verdict, twice.band)
    for share in ("largest_share", "shared_reason_share", "unresolved_share"):
        assert getattr(once, share) == pytest.approx(getattr(twice, share))
    assert {name: 2 * count for name, count in once.choices.items()} == twice.choices
    assert sorted(2 * len(c.speakers) for c in once.clusters) == sorted(len(c.speakers) for c in twice.clusters)


@given(teams)
@fast
def test_one_speaker_never_makes_a_verdict(team: list[Said]) -> None:
    alone = compared(answers_of(team[:1], ["s1"]))
    assert (alone.verdict, alone.band, alone.stability) == (None, None, None)


@given(teams)
@fast
def test_one_more_of_the_majority_never_makes_it_less_aligned(team: list[Said]) -> None:
    """The same choice as the largest group, its largest reason, no condition and nobody asked."""
    before = compared(answers_of(team, numbered(team)))
    largest = max(before.choices.values())
    groups = Counter((said[0], said[1]) for said in team if said[1] and before.choices[said[0]] == largest)
    assume(groups)
    choice, reason = max(sorted(groups), key=lambda group: groups[group])
    assume(choice != "undecided")  # that would be one more who is unresolved
    more: list[Said] = [*team, (choice, reason, False, False, 1.0)]
    after = compared(answers_of(more, numbered(more)))
    assert before.verdict and after.verdict and before.band and after.band
    assert RANK[after.verdict] >= RANK[before.verdict]
    assert BANDS[after.band] >= BANDS[before.band]
    assert after.unresolved_share <= before.unresolved_share
    assert after.largest_share >= before.largest_share
