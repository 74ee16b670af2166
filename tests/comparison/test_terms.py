"""Which words of the strategy are explained, and by what sentence."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison.studies import SAME, said
from tests.conftest import WordHashEmbedder
from voicepulse.comparison.stop_words import STOP_WORDS
from voicepulse.comparison.terms import find_terms
from voicepulse.comparison.types import Term

# A word of a strategy, and a sentence that explains it. The cues were written with these in view.
EXPLAINED = [
    ("enterprise", "When I say enterprise I mean the accounts with a procurement department."),
    ("reliable", "Reliable, to me, is that the bus comes when the board says it comes."),
    ("enterprise", "Enterprise for me is anybody over four hundred seats."),
    ("quality", "What quality means here is that nothing comes back."),
    ("local", "I think of local as within an hour's drive."),
    ("premium", "Premium doesn't mean expensive, it means you never have to ask twice."),
    ("partners", "To me a partner is somebody who carries half of the risk."),
    ("focus", "By focus I understand one project a quarter and no more."),
    ("speed", "Speed, the way I see it, is how fast we say no."),
    ("safety", "If we talk about safety, we're talking about the people on the night shift."),
    ("simple", "My definition of simple is that my mother can set it up."),
    ("customers", "Customers, and by that I mean the ones who pay full price, wait too long."),
    (
        "enterprise",
        "We all say enterprise, but for sales that's anyone with a logo and for us it's anyone with a contract.",
    ),
    ("quality", "Quality is when the second cup tastes like the first."),
    ("reliable", "Being reliable means answering the phone at night."),
    ("local", "I'd call a customer local if they can walk into the shop."),
    ("enterprise", "Enterprise, in my book, starts at a thousand seats."),
    ("focus", "I read focus as dropping two of the three lines."),
    ("premium", "The word premium, for my team, just says that we don't do discounts."),
    ("safety", "Safety isn't a poster on the wall, it's whether someone dares to stop the line."),
    ("fresh", "Okay so fresh, right, what do we even mean by fresh? Out of the oven the same morning, that's it."),
    ("trust", "People trust us, and I use that in the narrow sense, they hand over the keys without a receipt."),
    ("growth", "Growth to the board is revenue, growth to me is how many of the trainees stay."),
    ("partners", "A real partner, as I understand it, shares the losses too."),
    ("service", "You know, service isn't smiling, service is picking up before the third ring."),
    ("small", "Well small, small for us has always been under twenty people."),
    ("dignity", "Dignity comes down to whether they get a door that locks."),
    ("innovation", "They hear innovation and think gadgets, and I hear it and think of fewer forms."),
    ("patients", "So patients first, I take that to mean the ones in the beds and not the ones on the list."),
    ("depth", "There's depth in the sense of knowing one industry cold, and that's the one I'm after."),
    ("quality", "I suppose our idea of quality is simply that it doesn't break in the first winter."),
    ("community", "Community here stands for the six villages around the plant."),
    ("sustainable", "For finance sustainable means we can pay for it in ten years, and I go along with that."),
    ("craft", "I grew up in a workshop, so craft is a hand that has done it a thousand times."),
    ("openness", "Openness, well, I'd describe it as letting the works council read the minutes."),
    ("guests", "A guest, for our people at the desk, is whoever walks through the door."),
    ("boring", "Boring to me means nobody rings me at the weekend."),
    ("regional", "What counts as regional? If the truck is back by lunch, it's regional."),
    ("ownership", "Ownership means that when it breaks at night it's your phone that rings."),
    ("care", "In my head care is time, ten minutes on the edge of the bed."),
    ("agile", "When they say agile they mean we don't write anything down, and I mean we change our mind early."),
    ("talent", "I don't mean talent as in a degree, I mean somebody who finishes."),
    ("lean", "To us lean was always about not asking twice for the same signature."),
    ("access", "By access I mean a bus that stops less than ten minutes from your door."),
    ("partners", "You know what a partner is, it's someone who tells you the bad news first."),
    ("excellence", "Excellence is doing the dull thing right on a Friday afternoon."),
    ("simple", "Simple, the way my team uses it, is three clicks or fewer."),
]
USED = [  # sentences that only use the word; many stand near a cue
    ("enterprise", "The enterprise deal would be signed by our enterprise team in May."),
    ("quality", "By quality control standards we can't ship that."),
    ("customers", "For me the customer in Leeds comes first here."),
    ("enterprise", "We take enterprise deals every quarter and it has never hurt."),
    ("customers", "A customer that is unhappy tells ten others."),
    ("enterprise", "Going enterprise means we need two more people in support."),
    ("quality", "To me quality comes before the date, so I'd wait."),
    ("speed", "I'd pick speed because the window closes in June."),
    ("safety", "This is about safety and nothing else."),
    ("customers", "When I say no to a customer, I call them myself."),
    ("reliable", "We promised a reliable service and I'd keep that promise."),
    ("premium", "The premium line is not just late, it's over budget."),
    ("quality", "Quality is about twenty percent lower since the move."),
    ("focus", "Focus is what I asked for, and I got three more projects."),
    ("local", "Losing local suppliers means longer trucks and later bread."),
    ("speed", "Speed means nothing to the auditors, so let it slip."),
    ("customers", "I understand customers are angry, but we hold."),
    ("safety", "I take safety seriously, so I'd stop the line."),
    ("simple", "If you ask me, simple wins over the big feature."),
    ("enterprise", "Enterprise customers mean money, so I'd build it for them."),
    ("fresh", "I mean, the fresh bread goes out at seven and we're already late, so I'd send it."),
    ("trust", "I trust the numbers, what they mean for the branch is we close on Fridays."),
    ("growth", "What the growth plan calls for is two more vans, and that means a loan."),
    ("partners", "For us the partner deal is the only one that pays this year."),
    ("service", "When we say yes to the retailer, service for everybody else gets slower."),
    ("small", "The small ones are the ones who'd leave, and I can live with that."),
    ("dignity", "It's a question of dignity for me, so I'd take fewer families."),
    ("innovation", "In my view innovation has to wait until the roof is fixed."),
    ("patients", "Our patients are people who can't wait, so I'd open the second ward."),
    ("depth", "I'd go for depth, as in the last two years, because it worked."),
    ("quality", "To be fair, quality is not the issue, it's the price."),
    ("community", "By community vote we lost that one, so I'd drop it."),
    ("sustainable", "The sustainable option costs more and I'd still take it because the board asked for it."),
    ("craft", "Craft is why people drive an hour to us, so no machine."),
    ("openness", "I like the openness, but for me the deadline wins."),
    ("guests", "If guests complain we give the night back, that's the rule."),
    ("boring", "It's boring work and I mean that, so give it to the contractor."),
    ("regional", "For the regional office it would mean two people less."),
    ("ownership", "We talk about ownership all day and nobody takes the pager."),
    ("care", "Care is expensive and I don't see where the money is, so I'd close ward four."),
    ("agile", "Agile teams mean fewer handovers, which is why I'd split the department."),
    ("talent", "Talent to me matters less than the shift plan."),
    ("lean", "When we went lean we lost the night porter."),
    ("access", "What we call for is access to the yard by Monday."),
    ("partners", "I'd tell the partners what it means for them and then do it."),
    ("excellence", "People say excellence and I roll my eyes, but here I'd wait for the better part."),
    ("simple", "The simple answer is no."),
]
# Written when the cues stood, to measure them once.
LATER_EXPLAINED = [
    ("seamless", "Seamless is a big word, for me it's one login and one bill."),
    ("frugal", "I understand frugal as spending it where a child can see it."),
    ("bold", "What I'd call bold is closing the second plant before we have to."),
    ("neighbours", "A neighbour, to my crew, is anybody who can smell the kiln."),
    ("lasting", "Lasting means my grandson can still get the hinge for it."),
    ("digital", "When people say digital I hear another form to fill in twice."),
    ("affordable", "Affordable depends who you ask, I'd say it's a week's wage and not more."),
    ("excellence", "Their idea of excellence is a certificate in the lobby, mine is an empty waiting room."),
    ("timely", "Timely, that is before the vet bill and not after."),
    ("heritage", "Heritage doesn't mean nothing may change, it means we ask before we paint."),
    ("inclusive", "The word inclusive gets thrown around, to me it says the ramp is at the front door."),
    ("resilient", "If you ask me what resilient means, it's two suppliers for every part."),
]
LATER_USED = [
    ("seamless", "A seamless handover is what I'd want and this isn't one."),
    ("frugal", "We've been frugal for six years and it got us the new roof."),
    ("bold", "That's a bold plan and I mean it kindly, but I'd wait."),
    ("neighbours", "When we told the neighbours, half of them wrote to the mayor."),
    ("lasting", "I want something lasting, so for me it's the steel one."),
    ("digital", "The digital people would say yes, the shop says no."),
    ("affordable", "If it stops being affordable they go to the discounter, that's what it means."),
    ("excellence", "Excellence is fine for the brochure, I'd ship."),
    ("timely", "It has to be timely, otherwise what's the point."),
    ("heritage", "For our heritage customers the price is what counts."),
    ("inclusive", "An inclusive design takes two weeks longer, I'd take the two weeks."),
    ("resilient", "More resilient means more stock and there's no room."),
]


def terms(strategy: str, *texts: str) -> tuple[Term, ...]:
    answers = [said(f"s{n}", "a", text=text) for n, text in enumerate(texts, 1)]
    return find_terms(strategy, answers, WordHashEmbedder(), SAME)


def explained(word: str, sentence: str) -> bool:
    """Whether a sentence is taken for an explanation, when two people say it."""
    return bool(terms(f"{word}!", sentence, sentence))


def rate(sentences: Sequence[tuple[str, str]]) -> float:
    return sum(explained(*one) for one in sentences) / len(sentences)


@pytest.mark.parametrize(("word", "sentence"), [*USED, *LATER_USED])
def test_to_use_a_word_is_not_to_explain_it(word: str, sentence: str) -> None:
    assert not explained(word, sentence)


def test_most_explanations_are_found() -> None:
    """Over half of those that the cues were not written for."""
    assert rate(EXPLAINED) >= 0.85
    assert rate(LATER_EXPLAINED) >= 0.5


SEATS, LAWYERS = "By enterprise I mean four hundred seats.", "Enterprise means lawyers who read contracts."


def test_those_who_mean_the_same_stand_together() -> None:
    (term,) = terms("We are enterprise first.", SEATS, LAWYERS, SEATS)
    assert (term.word, term.speakers) == ("enterprise", 3)
    assert [[one.speaker for one in way] for way in term.ways] == [["s1", "s3"], ["s2"]]


def test_one_person_who_explains_a_word_makes_no_term() -> None:
    assert terms("We are enterprise first.", SEATS, "Enterprise first, of course.") == ()


def test_one_person_who_explains_it_twice_is_one_person() -> None:
    answers = [said("s1", "a", text=text, question=q) for q, text in (("q1", SEATS), ("q2", LAWYERS))]
    assert find_terms("We are enterprise first.", answers, WordHashEmbedder(), SAME) == ()


def test_a_word_that_the_strategy_does_not_hold_is_none_of_its_terms() -> None:
    assert terms("We are customers first.", SEATS, LAWYERS) == ()


def test_only_the_sentence_that_explains_is_quoted() -> None:
    (term,) = terms("Enterprise first.", f"I'd wait. {SEATS} So be it.", LAWYERS)
    assert {one.evidence.quote for way in term.ways for one in way} == {SEATS, LAWYERS}


def test_a_question_is_quoted_with_its_answer() -> None:
    asked = "What do I mean by enterprise? Four hundred seats."
    (term,) = terms("Enterprise first.", f"Well. {asked} So there.", LAWYERS)
    assert asked in {one.evidence.quote for way in term.ways for one in way}


@pytest.mark.parametrize(
    "form", ["Enterprises mean lawyers", "“Enterprise” means lawyers", "What I’d call enterprise is lawyers"]
)
def test_forms_and_marks_do_not_hide_a_word(form: str) -> None:
    assert explained("enterprise", form)


def test_the_word_that_is_explained_in_most_ways_comes_first() -> None:
    local = "By local I mean an hour by car."
    found = terms("Local before enterprise.", f"{local} {SEATS}", f"{local} {LAWYERS}")
    assert [(term.word, len(term.ways)) for term in found] == [("enterprise", 2), ("local", 1)]


@given(st.lists(st.sampled_from([SEATS, LAWYERS, "No idea.", f"Well? {SEATS}"]), max_size=6), st.randoms())
@settings(max_examples=40, deadline=None)
def test_every_quote_stands_in_the_answer_and_the_order_of_answers_changes_nothing(
    texts: list[str], random: object
) -> None:
    answers = [said(f"s{n}", "a", text=text) for n, text in enumerate(texts, 1)]
    found = find_terms("Enterprise first.", answers, WordHashEmbedder(), SAME)
    heard = {a.speaker: a.transcript.text for a in answers}
    for term in found:
        for one in (one for way in term.ways for one in way):
            assert heard[one.speaker][one.evidence.start : one.evidence.end] == one.evidence.quote
    random.shuffle(answers)  # type: ignore[attr-defined]
    assert find_terms("Enterprise first.", answers, WordHashEmbedder(), SAME) == found


@pytest.mark.model
def test_explanations_are_told_apart_by_the_shipped_encoder() -> None:
    """All explanations of a word share the word and the cue; what they say of it must decide."""
    from voicepulse.instruments import Instruments

    instruments = Instruments()
    alike = [
        "By enterprise I mean customers with hundreds of seats.",
        "To me enterprise means whoever buys hundreds of seats.",
    ]
    other = ["When I say enterprise I mean our own people, the way we are organised."]
    answers = [said(f"s{n}", "a", text=text) for n, text in enumerate([*alike, *other])]
    (term,) = find_terms("Enterprise first.", answers, instruments.embedder, instruments.same_reason)
    assert sorted(len(way) for way in term.ways) == [1, 2]


def test_the_words_without_content_are_those_of_scikit_learn() -> None:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    assert STOP_WORDS == ENGLISH_STOP_WORDS
