"""What speakers are told, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from voicepulse.consent import statement
from voicepulse.hearing import may_leave
from voicepulse.settings import Thresholds
from voicepulse.storage.store import Recording
from voicepulse.study import Study
from voicepulse.workspace import OpenStudy, open_study

ANSWER = Recording("d" * 64, "audio", "webm", "q1", "s1", "w1", 3.0)
UNTIL_0_3 = "Your spoken answers are recorded and kept on this machine only. They are written down, read for what you would do ...\n[attributed] ..."


@pytest.fixture
def opened(study_folder: Path) -> Iterator[OpenStudy]:
    with open_study(study_folder) as study:
        yield study


def test_the_version_changes_with_every_word_and_with_the_mode(make_study: Callable[..., Study]) -> None:
    said = [
        statement(study, Thresholds())
        for study in (make_study(), make_study(mode="anonymous"), make_study(consent={"text": "Another text."}))
    ]
    assert len({one.version for one in said}) == 3
    assert statement(make_study(), Thresholds()).version == said[0].version
    for one in said:
        assert one.text in one.kept
        assert one.shown in one.kept
        assert f"[version {one.version}]" in one.kept


def test_an_anonymous_study_names_its_thresholds(make_study: Callable[..., Study]) -> None:
    raised = Thresholds(anonymous_counts_from=7, anonymous_quotes_from=12)
    assert "from 7 people on" in statement(make_study(mode="anonymous"), raised).shown
    assert "from 12 on" in statement(make_study(mode="anonymous"), raised).shown


def test_who_was_promised_that_answers_stay_is_held_to_it(opened: OpenStudy) -> None:
    opened.store.add_consent("s1", "w1", statement(opened.study, Thresholds()).kept)
    assert not may_leave(opened, ANSWER)


def test_the_promise_of_an_earlier_version_holds_too(opened: OpenStudy) -> None:
    opened.store.add_consent("s1", "w1", UNTIL_0_3)
    assert not may_leave(opened, ANSWER)


def test_who_agreed_to_another_text_is_not(opened: OpenStudy) -> None:
    opened.store.add_consent("s1", "w1", "Answers are read by a server of the firm.\n[attributed] ...")
    assert may_leave(opened, ANSWER)


def test_without_a_consent_the_studys_text_decides(opened: OpenStudy) -> None:
    assert not may_leave(opened, ANSWER)  # the default text
