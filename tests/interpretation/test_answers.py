"""Who wins: a person's correction, then the speaker's own word, then the reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.conftest import make_answer
from voicepulse.errors import VoicePulseError
from voicepulse.interpretation.answers import Correction, check_correction
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
