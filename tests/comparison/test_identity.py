from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.comparison.studies import SAME
from tests.conftest import WordHashEmbedder
from voicepulse.comparison.identity import keep_identities
from voicepulse.comparison.types import Cluster

REASONS = ("money comes quickly", "promises bind us", "tickets drown support", "lawyers worry")


def cluster(choice: str, speakers: str, words: str = "", identity: int = 0) -> Cluster:
    return Cluster(choice, tuple(speakers), speakers[0], bool(words), identity, words)


def numbers(now: list[Cluster], then: list[Cluster]) -> list[int]:
    return [found.identity for found in keep_identities(now, then, WordHashEmbedder(), SAME)]


def test_the_first_clusters_are_numbered_in_order() -> None:
    assert numbers([cluster("a", "xy", REASONS[0]), cluster("b", "z", REASONS[1])], []) == [0, 1]


def test_the_same_reason_keeps_its_number_whoever_gives_it() -> None:
    assert numbers([cluster("a", "xyz", REASONS[0])], [cluster("a", "uvw", REASONS[0], 7)]) == [7]


def test_the_same_people_keep_their_number_whatever_words_they_find() -> None:
    assert numbers([cluster("a", "wxy", REASONS[0])], [cluster("a", "wxyz", REASONS[1], 7)]) == [7]


@pytest.mark.parametrize(
    "new",
    [
        cluster("b", "xyz", REASONS[0]),  # another choice
        cluster("a", "xuv", REASONS[1]),  # another reason, and few of the people
        cluster("a", "xyz"),  # no reason any more
    ],
)
def test_what_is_not_the_same_gets_a_number_that_nothing_had(new: Cluster) -> None:
    assert numbers([new], [cluster("a", "xyz", REASONS[0], 0), cluster("a", "q", REASONS[2], 1)]) == [2]


def test_those_without_a_reason_are_the_same_cluster_whoever_they_are() -> None:
    assert numbers([cluster("a", "xy")], [cluster("a", "uv", identity=5)]) == [5]


def test_a_cluster_is_not_lost_to_two_halves_that_fall_short() -> None:
    """Half of the large one's members were together before; matched crosswise, likenesses of 0.44 and 0.17 would sum to more."""
    then = [cluster("a", "abcdez", REASONS[0], 3), cluster("a", "fghi", REASONS[1], 4)]
    assert numbers([cluster("a", "abcdefghi", REASONS[2]), cluster("a", "z", REASONS[3])], then) == [3, 0]


@st.composite
def partitions(draw: st.DrawFn) -> list[Cluster]:
    """Clusters of up to eight speakers, each with its own number."""
    places = draw(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([*REASONS, ""])), min_size=1, max_size=8))
    kinds = sorted(set(places))
    names = {kind: "".join("stuvwxyz"[n] for n, place in enumerate(places) if place == kind) for kind in kinds}
    return [cluster(choice, names[choice, words], words, n) for n, (choice, words) in enumerate(kinds)]


@given(partitions())
def test_a_second_run_changes_no_number(clusters: list[Cluster]) -> None:
    assert list(keep_identities(clusters, clusters, WordHashEmbedder(), SAME)) == clusters


@given(partitions(), partitions())
def test_no_two_clusters_share_a_number_and_only_numbers_change(now: list[Cluster], then: list[Cluster]) -> None:
    found = keep_identities(now, then, WordHashEmbedder(), SAME)
    assert len({k.identity for k in found}) == len(found)
    assert [(k.choice, k.speakers, k.words) for k in found] == [(k.choice, k.speakers, k.words) for k in now]
    before = {k.identity: k for k in then}
    kept = [(k, before[k.identity]) for k in found if k.identity in before]
    assert all((k.choice, k.has_reason) == (old.choice, old.has_reason) for k, old in kept)
