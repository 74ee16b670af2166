from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import WordHashEmbedder, make_answer
from voicepulse.comparison.contradictions import find_contradictions
from voicepulse.interpretation.actions import find_actions
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.clauses import Clause
from voicepulse.interpretation.embedder import Embedder

# What one speaker and another said; whether they work against each other. Half of the others share words or a topic.
PAIRS = [
    ("I'll stop the Friday custom builds.", "We'll start a second day of custom builds.", True),
    ("I'd move two engineers from the wizard to SSO.", "I'm going to put two more people on the wizard.", True),
    ("We'll drop the weekly report to the board.", "I'd keep the weekly board report.", True),
    ("I'll cancel the monthly newsletter.", "I'm going to launch a newsletter for partners.", True),
    ("We're no longer taking one-off requests.", "I won't stop taking one-off requests.", True),
    ("I'd cut the discounts for new customers.", "I'll offer bigger discounts to new customers.", True),
    ("I'll stop visiting small shops.", "We're going to visit every small shop in the north.", True),
    ("We'll shift money from trade fairs to training.", "I'd book three more trade fairs next year.", True),
    ("I'll put the nurses into the clinic instead of the wards.", "I'm going to put more nurses on the wards.", True),
    ("I'd close the Saturday clinic.", "We'll extend the Saturday clinic to the evening.", True),
    ("We will phase out the old billing system.", "I'll add two features to the billing system.", True),
    ("I'm going to stop paying for search ads.", "I'll double what we spend on search ads.", True),
    ("I'd drop the free pilots.", "I'm going to offer hospitals a free pilot.", True),
    ("We'll turn down museum projects.", "I'll go after two museum projects this year.", True),
    ("I'd move the budget from print to online.", "We'll move the budget from online to print.", True),
    ("I'll stop hiring contractors.", "I'd bring in five contractors by May.", True),
    ("We'll scrap the loyalty cards.", "I'm going to give loyalty cards to all members.", True),
    ("I'm winding down the reseller programme.", "I'd sign three new resellers.", True),
    ("We'll stop same-day delivery.", "I'll promise same-day delivery in the city.", True),
    ("I will quit doing custom quotes.", "I'd write more custom quotes for schools.", True),
    ("I'll stop the Friday custom builds.", "I'll start a Friday lunch with the interns.", False),
    ("We'll drop the weekly report to the board.", "I'll start a weekly call with the plant.", False),
    ("I'd cut the discounts for new customers.", "I'm going to call five new customers every week.", False),
    ("I'll cancel the monthly newsletter.", "I'd start a monthly review of the roadmap.", False),
    ("We're no longer taking one-off requests.", "We'll answer support requests within an hour.", False),
    ("I'll stop visiting small shops.", "I'm going to hire a tester.", False),
    ("We'll shift money from trade fairs to training.", "I'll start training the apprentices myself.", False),
    ("I'd move two engineers from the wizard to SSO.", "I'll put my best engineer on SSO.", False),
    ("I'd close the Saturday clinic.", "We'll open the shop on Saturdays.", False),
    ("We will phase out the old billing system.", "I'll set up a new phone system.", False),
    ("I'm going to stop paying for search ads.", "I'll pay suppliers within two weeks.", False),
    ("I'd drop the free pilots.", "I'll free up an hour for the pilots' union.", False),
    ("We'll turn down museum projects.", "I'm going to write down what each project costs.", False),
    ("I'll stop hiring contractors.", "I'd review every contract with Legal.", False),
    ("We'll scrap the loyalty cards.", "I'm going to print new business cards.", False),
    ("I'm winding down the reseller programme.", "I'll start a mentoring programme for managers.", False),
    ("We'll stop same-day delivery.", "I'd review the delivery plan every day.", False),
    ("I will quit doing custom quotes.", "I'll quote the customer's own words in the plan.", False),
    ("I'll put the nurses into the clinic instead of the wards.", "I'm going to train nurses for the clinic.", False),
    ("I'd stop the all-hands meeting.", "I'll meet all my people one by one.", False),
]

# Written after the threshold was set on the pairs above, which was not changed for these.
UNSEEN = [
    ("I'll stop the evening tours.", "We're going to add two evening tours in June.", True),
    ("We'll cancel the choir trip.", "I'd keep the choir trip whatever it costs.", True),
    ("I'd take the drivers off the airport route.", "I'll put two more drivers on the airport route.", True),
    ("No more overtime on Sundays.", "I'm going to ask the crew for Sunday overtime.", True),
    ("I'm going to stop the home visits.", "I won't give up the home visits.", True),
    ("We'll drop the vegan menu.", "I'll build up the vegan menu.", True),
    ("I'd spend less on flyers and more on the website.", "I'm going to print ten thousand flyers.", True),
    ("I'll stop the returns without a receipt.", "We'll take returns with no receipt and no questions.", True),
    ("I'd shift the apprentices from the yard to the workshop.", "I'll bring the apprentices into the yard.", True),
    ("We're freezing salaries.", "I'm going to raise salaries for welders.", True),
    ("I'll stop the evening tours.", "I'd start an evening class for guides.", False),
    ("We'll cancel the choir trip.", "I'll teach the choir a new mass.", False),
    ("I'd take the drivers off the airport route.", "I'm going to train the drivers in first aid.", False),
    ("No more overtime on Sundays.", "We'll open the museum on Sundays.", False),
    ("I'm going to stop the home visits.", "I'll invite the donors to visit the lab.", False),
    ("We'll drop the vegan menu.", "I'm going to print the menu in three languages.", False),
    ("I'd spend less on flyers and more on the website.", "I'll fix the website by March.", False),
    ("I'll stop the returns without a receipt.", "I'm going to scan every receipt.", False),
    ("I'd shift the apprentices from the yard to the workshop.", "I'll clean up the yard.", False),
    ("We're freezing salaries.", "I'm going to pay salaries two days earlier.", False),
]


def say(speaker: str, said: str, question: str = "q1") -> Answer:
    """An execution answer, read by the rules, a sentence a clause."""
    answer = make_answer(speaker, "a", said, question=question)
    found = [
        Clause(m.group(), m.start(), m.end(), 0, False) for m in re.finditer(r"[^.\s][^.]*", answer.transcript.text)
    ]
    reading = replace(answer.reading, kind="execution", choice=None, actions=find_actions(answer.transcript, found))
    return replace(answer, reading=reading)


def found_in(pair: tuple[str, str, bool], embedder: Embedder) -> bool:
    return bool(find_contradictions([say("s1", pair[0]), say("s2", pair[1])], embedder))


def scored(pairs: list[tuple[str, str, bool]], embedder: Embedder) -> tuple[float, float]:
    """Precision and recall over labelled pairs."""
    hits = [(found_in(pair, embedder), pair[2]) for pair in pairs]
    right = sum(found and true for found, true in hits)
    return right / max(1, sum(found for found, _ in hits)), right / sum(true for _, true in hits)


@pytest.mark.model
@pytest.mark.parametrize(("pairs", "precision", "recall"), [(PAIRS, 0.9, 0.8), (UNSEEN, 0.75, 0.8)])
def test_the_real_encoder_tells_who_works_against_whom(
    pairs: list[tuple[str, str, bool]], precision: float, recall: float
) -> None:
    from voicepulse.instruments import Instruments

    found = scored(pairs, Instruments().embedder)
    assert found[0] >= precision and found[1] >= recall, found


def test_a_stop_meets_a_start_a_shift_and_what_is_kept() -> None:
    stops = say("s1", "I'll stop the custom builds.")
    for said in [
        "I'll start the custom builds.",
        "We'll move people to the custom builds.",
        "I'd keep the custom builds.",
    ]:
        (found,) = find_contradictions([stops, say("s2", said)], WordHashEmbedder())
        assert (found.speaker, found.other) == ("s2", "s1")
        assert found.other_action.kind == "stop"
        assert found.action.evidence.quote in said


def test_two_opposite_shifts_are_one_pair() -> None:
    answers = [say("s1", "I'd move money from print to online."), say("s2", "I'd move money from online to print.")]
    assert len(find_contradictions(answers, WordHashEmbedder())) == 1


@pytest.mark.parametrize(
    "said",
    [
        ["I'll stop the builds.", "I'll stop the builds."],
        ["I'll start the builds.", "I'll start the builds."],
        ["I'll stop the builds.", "We'll hire a tester."],
        ["I'll stop that.", "I'll start that."],
        ["I'd move people from print to online.", "I'd move people from print to online."],
        ["I'll stop the builds."],
        [],
    ],
)
def test_no_contradiction_in_the_same_direction_or_about_different_things(said: list[str]) -> None:
    answers = [say(f"s{n}", words) for n, words in enumerate(said)]
    assert find_contradictions(answers, WordHashEmbedder()) == ()


def test_nobody_contradicts_themselves() -> None:
    answers = [say("s1", "I'll stop the builds."), say("s1", "I'll start the builds.", question="q2")]
    assert find_contradictions(answers, WordHashEmbedder()) == ()


SAID = st.lists(st.sampled_from(sorted({words for one, other, _ in PAIRS for words in (one, other)})), max_size=6)


@given(said=SAID, data=st.data())
def test_order_changes_nothing_and_each_pair_comes_once(said: list[str], data: Any) -> None:
    answers = [say(f"s{n}", words) for n, words in enumerate(said)]
    found = find_contradictions(answers, WordHashEmbedder())
    shuffled: Sequence[Answer] = data.draw(st.permutations(answers))
    assert find_contradictions(shuffled, WordHashEmbedder()) == found
    pairs = [frozenset((c.speaker, c.other)) for c in found]
    assert len(set(pairs)) == len(pairs)  # one action each
    assert all(len(pair) == 2 for pair in pairs)


def test_the_most_similar_come_first() -> None:
    answers = [
        say("s1", "I'll stop the custom builds."),
        say("s2", "I'll start the custom builds in May."),
        say("s3", "I'll start the custom builds."),
    ]
    assert [c.speaker for c in find_contradictions(answers, WordHashEmbedder())] == ["s3", "s2"]
