from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison.studies import SAME, said
from tests.conftest import WordHashEmbedder
from voicepulse.comparison.costs import shared_cost
from voicepulse.comparison.types import Said
from voicepulse.interpretation.answers import Answer

SMALL, LATE, BANK = "we lose a few small ones", "the wizard comes later", "nobody pays for the bank"


def shared(*costs: str) -> tuple[Said, ...]:
    return shared_cost([said(f"s{n}", "a", cost=cost) for n, cost in enumerate(costs, 1)], WordHashEmbedder(), SAME)


def test_the_cost_that_most_name_in_their_own_words() -> None:
    found = shared(LATE, SMALL, "", "we lose a few small customers", SMALL)
    assert {one.speaker for one in found} == {"s2", "s4", "s5"}


def test_the_most_typical_words_come_first() -> None:
    found = shared("we lose small ones", SMALL, SMALL, LATE)
    assert found[0].evidence.quote == SMALL


def test_where_nobody_names_a_cost_there_is_none() -> None:
    assert shared("", "") == shared() == ()


@given(st.lists(st.sampled_from([SMALL, LATE, BANK, ""]), max_size=8), st.randoms())
@settings(max_examples=60, deadline=None)
def test_it_is_a_largest_group_and_nobody_speaks_twice(costs: list[str], random: object) -> None:
    answers: list[Answer] = [said(f"s{n}", "a", cost=cost) for n, cost in enumerate(costs, 1)]
    found = shared_cost(answers, WordHashEmbedder(), SAME)
    named = [cost for cost in costs if cost]
    assert len(found) == max((named.count(cost) for cost in named), default=0)
    assert len({one.speaker for one in found}) == len(found)
    assert len({one.evidence.quote for one in found}) <= 1
