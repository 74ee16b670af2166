"""Who wins: what the speaker corrected, then another person's correction, then the choice that the speaker confirmed, then the reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import make_answer
from voicepulse.errors import VoicePulseError
from voicepulse.interpretation.answers import (
    LONGEST_EDIT,
    SPEAKER,
    Correction,
    check_author,
    check_correction,
    counting,
)
from voicepulse.interpretation.types import interpretation_from_json, interpretation_to_json
from voicepulse.study import Study


def test_the_speakers_word_goes_before_the_reading_and_a_correction_before_both() -> None:
    answer = make_answer("s1", "a", confidence=0.7)
    assert (answer.interpretation.choice.value, answer.choice_source) == ("a", "reader")
    told = replace(answer, confirmed_choice="b")
    assert (told.interpretation.choice.value, told.choice_source) == ("b", "speaker")
    assert told.interpretation.choice.confidence == 1.0
    assert told.reading.choice.value == "a"  # what was read stays beside it
    corrected = replace(told, corrections=(Correction("choice", "both"), Correction("choice", "neither")))
    assert (corrected.interpretation.choice.value, corrected.choice_source) == ("neither", "person")


def test_every_field_can_be_corrected() -> None:
    answer = make_answer("s1", "a", "the bank opens the door to all the other banks")
    fields = {
        "qualified": "yes",
        "escalates": "yes",
        "stance": "disagree",
        "commitment": "commits",
        "reason": "all the other banks",
    }
    changed = replace(answer, corrections=tuple(Correction(f, v) for f, v in fields.items())).interpretation
    assert changed.qualified.is_yes
    assert changed.escalates.is_yes
    assert (changed.stance.value, changed.commitment.value) == ("disagree", "commits")
    assert changed.reasons[0].evidence.quote == "all the other banks"
    assert answer.transcript.text[changed.reasons[0].evidence.start :].startswith("all the other banks")


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("choice", "c", "is no choice"),
        ("mood", "happy", "no field"),
        ("qualified", "maybe", "is no qualified"),
        ("reason", "never said", "do not stand"),
    ],
)
def test_impossible_corrections_are_refused(
    make_study: Callable[..., Study], field: str, value: str, named: str
) -> None:
    with pytest.raises(VoicePulseError, match=named):
        check_correction(field, value, make_study().questions[0], make_answer("s1", "a").transcript)


def test_a_reading_survives_storage() -> None:
    reading = make_answer("s1", "a", "because").reading
    assert interpretation_from_json(interpretation_to_json(reading)) == reading


def test_a_correction_can_be_withdrawn_and_a_rating_corrected(make_study: Callable[..., Study]) -> None:
    answer = replace(make_answer("s1", "a"), corrections=(Correction("choice", "b"), Correction("choice", "")))
    assert (answer.interpretation.choice.value, answer.choice_source) == ("a", "reader")
    rated = replace(answer, corrections=(Correction("rating", "7.5"),))
    assert rated.interpretation.rating.value == 7.5
    assert check_correction("rating", "7.5", make_study().questions[0], answer.transcript) == "7.5"
    with pytest.raises(VoicePulseError, match="no rating"):
        check_correction("rating", "eleven", make_study().questions[0], answer.transcript)


words = st.lists(
    st.builds(
        Correction,
        st.sampled_from(["choice", "stance", "transcript"]),
        st.sampled_from(["a", "b", ""]),
        st.sampled_from([SPEAKER, "ada", "ben"]),
    ),
    max_size=12,
)


def last_words(said: list[Correction], field: str) -> list[Correction]:
    """What each author said last of a field, without what was withdrawn."""
    of_field = [c for c in said if c.field == field]
    return [
        c for n, c in enumerate(of_field) if c.value and c.author not in {later.author for later in of_field[n + 1 :]}
    ]


@given(words)
def test_the_speakers_word_counts_in_any_order_else_the_latest_that_stands(said: list[Correction]) -> None:
    found = counting(said)
    for field in ("choice", "stance", "transcript"):
        standing = last_words(said, field)
        by_speaker = [c for c in standing if c.author == SPEAKER]
        assert found.get(field) == (by_speaker or standing or [None])[-1]


@given(words, words)
def test_nobody_moves_what_the_speaker_said(said: list[Correction], later: list[Correction]) -> None:
    mine = Correction("choice", "b", SPEAKER)
    assert counting([*said, mine, *(c for c in later if c.author != SPEAKER)])["choice"] is mine


def test_whose_word_the_choice_is() -> None:
    mine, hers = Correction("choice", "b", SPEAKER), Correction("choice", "both", "ada")
    answer = replace(make_answer("s1", "a"), confirmed_choice="neither")
    for said, choice, source in (
        ([], "neither", "speaker"),
        ([hers], "both", "person"),
        ([mine, hers], "b", "speaker"),
        ([hers, mine], "b", "speaker"),
        ([mine, hers, replace(mine, value="")], "both", "person"),
        ([mine, hers, replace(mine, value=""), replace(hers, value="")], "neither", "speaker"),
    ):
        told = replace(answer, corrections=tuple(said))
        assert (told.interpretation.choice.value, told.choice_source) == (choice, source)


def test_an_edit_is_no_correction_of_the_reading() -> None:
    answer = make_answer("s1", "a")
    edited = replace(answer, edits=(Correction("transcript", "b", "ada"),))
    assert (edited.corrected, edited.interpretation, edited.choice_source) == ({}, answer.reading, "reader")


def test_an_edited_text_is_kept_with_single_spaces(make_study: Callable[..., Study]) -> None:
    question, transcript = make_study().questions[0], make_answer("s1", "a").transcript
    assert check_correction("transcript", " We keep\n\tbeta. ", question, transcript) == "We keep beta."
    assert check_correction("transcript", "", question, transcript) == ""  # withdraws
    assert check_correction("transcript", " x" * (LONGEST_EDIT // 2), question, transcript).startswith("x x")
    for value, named in ((" \n", "edited to nothing"), ("x" * (LONGEST_EDIT + 1), "20,001 characters")):
        with pytest.raises(VoicePulseError, match=named):
            check_correction("transcript", value, question, transcript)


@pytest.mark.parametrize("author", [SPEAKER, " The Speaker"])
def test_nobody_corrects_in_the_speakers_name(author: str) -> None:
    assert check_author("ada") == "ada"
    with pytest.raises(VoicePulseError, match="your own name"):
        check_author(author)
