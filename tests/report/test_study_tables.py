"""Tables of what shows only when several answers are seen together: they fit the answers that they rest on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison.studies import LOAD, MONEY, WORD, T, said, study_of, wave_of
from tests.report.full_study import full_study, full_waves
from voicepulse.comparison.types import ComparedWave
from voicepulse.interpretation.answers import Answer
from voicepulse.report.exports import TABLES_OF_PEOPLE, jsonl_text
from voicepulse.report.findings import find
from voicepulse.report.tables import full_tables, leader_tables
from voicepulse.study import Study

Rows = list[dict[str, object]]
ELEVEN = {f"s{n}": (("executive", "manager", "staff", "")[n % 4], ("Build", "Sales", "")[n % 3]) for n in range(1, 12)}
STUDY = study_of(ELEVEN, ["q1", "q2", "rate"])
SMALL = "we lose a few small ones"


def tables_of(study: Study, waves: Sequence[ComparedWave]) -> Mapping[str, Rows]:
    tables = full_tables(study, waves, find(study, waves, T), T)
    return {table.name: [json.loads(line) for line in jsonl_text(table).splitlines()] for table in tables}


@cache
def everything() -> Mapping[str, Rows]:
    study = full_study()
    return tables_of(study, full_waves(study))


@st.composite
def _answers(draw: st.DrawFn) -> list[Answer]:
    """Some of the eleven, on two trade-offs and a rating."""
    places = st.sampled_from([(s, q) for s in ELEVEN for q in ("q1", "q2", "rate")])
    asked = draw(st.lists(places, unique=True, min_size=draw(st.sampled_from([0, 12, 24]))))
    return [
        said(
            speaker,
            draw(st.sampled_from(["a", "b", "both", "undecided"])) if question != "rate" else None,
            draw(st.sampled_from([MONEY, WORD, LOAD, ""])),
            question=question,
            stance=draw(st.sampled_from(["agree", "disagree", "unstated"])),
            cost=draw(st.sampled_from([SMALL, None])) if question != "rate" else None,
            rating=draw(st.sampled_from([2.0, 5.0, 9.0])) if question == "rate" else None,
            sure=draw(st.sampled_from([0.4, 1.0])),
        )
        for speaker, question in asked
    ]


def by_place(answers: Rows) -> dict[tuple[object, object], dict[str, object]]:
    return {(row["question"], row["speaker"]): row for row in answers}


@settings(max_examples=25, deadline=None)
@given(_answers(), _answers())
def test_what_is_told_of_several_answers_is_what_these_say(now: list[Answer], then: list[Answer]) -> None:
    before = wave_of(STUDY, then, "w1")
    tables = tables_of(STUDY, [before, wave_of(STUDY, now, "w2", before)])
    old = by_place(tables_of(STUDY, [before])["answers"])
    _positions_count_choices(tables)
    _groups_count_answers(tables)
    _movements_join_two_waves(tables, old)
    answers = by_place(tables["answers"])
    largest = {row["question"]: row["largest_choice"] for row in tables["questions"]}
    for row in tables["costs"]:
        assert str(row["quote"]) in str(answers[row["question"], row["speaker"]]["text"])
        assert answers[row["question"], row["speaker"]]["choice"] == row["choice"] == largest[row["question"]]
    assert [row["question"] for row in tables["costs"] if row["is_typical"]] == list(
        dict.fromkeys(row["question"] for row in tables["costs"])
    )


def _positions_count_choices(tables: Mapping[str, Rows]) -> None:
    positions, answers = tables["positions"], tables["answers"]
    asked = Counter(row["speaker"] for row in answers if row["choice"])
    intended = Counter(row["speaker"] for row in answers if row["choice"] == "a")
    undecided = Counter(row["speaker"] for row in answers if row["choice"] == "undecided")
    unsure = Counter(row["speaker"] for row in answers if row["unsure"])
    spoke = {row["speaker"] for row in answers}
    assert [row["speaker"] for row in positions] == [speaker for speaker in ELEVEN if speaker in spoke]
    for row in positions:
        who = row["speaker"]
        assert (row["asked"], row["intended"], row["unsure"]) == (asked[who], intended[who], unsure[who])
        assert row["otherwise"] == asked[who] - intended[who] - undecided[who]
        clear = asked[who] and max(intended[who], int(str(row["otherwise"]))) * 2 > asked[who]
        assert (row["cell"] is not None) == bool(row["stance"] != "unstated" and clear)


def _groups_count_answers(tables: Mapping[str, Rows]) -> None:
    for row in tables["groups"]:
        theirs = [answer for answer in tables["answers"] if answer[str(row["by"])] == row["group"]]
        here = [answer for answer in theirs if answer["question"] == row["question"]]
        assert row["speakers"] == len({answer["speaker"] for answer in theirs})
        assert row["answered"] == len(here)
        choices = Counter(answer["choice"] for answer in here)
        assert row["on_choice"] == max(choices.values(), default=0)
        largest = [choice for choice, count in choices.items() if count == row["on_choice"]]
        assert row["choice"] == (largest[0] if len(largest) == 1 else None)
        assert (row["verdict"] is None) == (row["settled"] is None) == (len(here) < 2)
        assert row["asked"] == sum(answer["choice"] is not None for answer in theirs)
        assert row["intended"] == sum(answer["choice"] == "a" for answer in theirs)
        assert (row["rating"] is None) == all(answer["rating"] is None for answer in theirs)
        voices = [r for r in tables["groups"] if (r["by"], r["question"]) == (row["by"], row["question"])]
        few = sum(r["answered"] not in (0, 1) for r in voices) < 2
        assert (row["between"] is None) == (row["between_settled"] is None) == few
        assert len({(r["between"], r["between_settled"]) for r in voices}) == 1
    named = {(by, row[by]) for row in tables["answers"] for by in ("level", "team") if row[by]}
    assert {(row["by"], row["group"]) for row in tables["groups"]} == named


def _movements_join_two_waves(tables: Mapping[str, Rows], old: Mapping[tuple[object, object], Rows | object]) -> None:
    now = by_place(tables["answers"])
    order = list(ELEVEN)
    for question in ("q1", "q2"):
        rows = [row for row in tables["movements"] if row["question"] == question]
        both = [s for s in order if (question, s) in now and (question, s) in old]
        judged = all(sum(q == question for q, _ in wave) > 1 for wave in (now, old))
        assert [row["speaker"] for row in rows] == (both if judged else [])
        for row in rows:
            after, before = now[question, row["speaker"]], old[question, row["speaker"]]
            assert isinstance(before, dict)
            assert (row["earlier"], row["later"]) == ("w1", "w2")
            assert [row[name] for name in ("choice_now", "cluster_now", "reason_now")] == [
                after[name] for name in ("choice", "cluster", "primary_reason")
            ]
            assert [row[name] for name in ("choice_then", "cluster_then", "reason_then")] == [
                before[name] for name in ("choice", "cluster", "primary_reason")
            ]
            assert row["moved"] == (row["choice_then"] != row["choice_now"])
            assert not (row["moved"] and row["rethought"])


def test_every_explanation_of_a_word_stands_once_with_its_way() -> None:
    study = study_of(4, ["ask", "q1"], strategy="Enterprise first.")
    large, paying = "large accounts with many seats", "whoever pays most"
    meant = [("s1", "ask", large), ("s2", "q1", paying), ("s3", "ask", large), ("s4", "q1", large)]
    answers = [said(s, "a", text=f"By enterprise I mean {words}.", question=q) for s, q, words in meant]
    rows = tables_of(study, [wave_of(study, answers)])["terms"]
    assert {row["word"] for row in rows} == {"enterprise"}
    assert [(row["way"], row["speaker"], row["question"]) for row in rows] == [
        (1, "s1", "ask"),
        (1, "s3", "ask"),
        (1, "s4", "q1"),
        (2, "s2", "q1"),
    ]
    assert rows[-1]["quote"] == f"By enterprise I mean {paying}."


def test_who_works_against_whom_stands_with_the_words_of_both() -> None:
    rows, text = everything()["contradictions"], by_place(everything()["answers"])
    assert rows
    for row in rows:
        assert (row["kind"], row["other_kind"]) == ("start", "stop")
        assert row["speaker"] != row["other"]
        assert str(row["quote"]) in str(text["doing", row["speaker"]]["text"])
        assert str(row["other_quote"]) in str(text["doing", row["other"]]["text"])


def test_every_earlier_wave_is_set_beside_the_last_one() -> None:
    waves: list[ComparedWave] = []
    for number, choices in enumerate(("aa", "ab", "bb"), 1):
        given = [said(f"s{n}", choice, MONEY) for n, choice in enumerate(choices, 1)]
        waves.append(wave_of(STUDY, given, f"w{number}", waves[-1] if waves else None))
    rows = tables_of(STUDY, waves)["movements"]
    assert [(row["earlier"], row["speaker"], row["moved"]) for row in rows] == [
        ("w1", "s1", True),
        ("w1", "s2", True),
        ("w2", "s1", True),
        ("w2", "s2", False),
    ]
    assert {row["later"] for row in rows} == {"w3"}


def test_a_group_says_which_of_its_verdicts_can_be_relied_on() -> None:
    study = study_of({f"s{n}": ("", "Build" if n < 6 else "Sales") for n in range(1, 11)}, ["q1", "q2"])
    answers = [
        said(speaker.id, "a", MONEY, question=question, sure=sure)
        for speaker in study.speakers
        for question, sure in (("q1", 1.0), ("q2", 0.3))
    ]
    rows = tables_of(study, [wave_of(study, answers)])["groups"]
    assert {(row["question"], row["verdict"], row["between"]) for row in rows} == {
        ("q1", "aligned", "aligned"),
        ("q2", "aligned", "aligned"),
    }
    assert {(row["group"], row["question"], row["settled"], row["between_settled"]) for row in rows} == {
        (group, question, heard, heard)
        for group in ("Build", "Sales")
        for question, heard in (("q1", True), ("q2", False))
    }


def test_a_group_that_was_only_asked_to_rate_has_its_rating() -> None:
    study = study_of({"s1": ("executive", ""), "s2": ("staff", "")}, ["rate"])
    answers = [said(f"s{n}", question="rate", rating=float(n)) for n in (1, 2)]
    rows = tables_of(study, [wave_of(study, answers)])["groups"]
    assert [(row["group"], row["question"], row["rating"]) for row in rows] == [
        ("executive", None, 1.0),
        ("staff", None, 2.0),
    ]


@pytest.mark.parametrize("mode", ["attributed", "anonymous"])
def test_patterns_and_scorecard_say_what_the_report_says(mode: str) -> None:
    study = full_study(mode)
    findings = find(study, full_waves(study), T)
    tables = {table.name: table for table in leader_tables(study, findings)}
    patterns, lines = (
        [dict(zip(tables[name].columns, row, strict=True)) for row in tables[name].rows]
        for name in ("patterns", "scorecard")
    )
    assert [(row["name"], row["state"], row["sentence"], row["unsettled"]) for row in patterns] == [
        (p.name, p.state, p.sentence, p.unsettled) for p in findings.patterns
    ]
    assert [str(row["counts"]) for row in patterns] == ["; ".join(p.counts) for p in findings.patterns]
    assert [str(row["questions"]).split() for row in patterns] == [
        [q for q, _ in p.questions] for p in findings.patterns
    ]
    assert [(row["name"], row["share"], row["words"]) for row in lines] == [
        (line.name, line.share, line.words) for line in findings.scorecard
    ]
    assert [str(row["counts"]) for row in lines] == ["; ".join(line.counts) for line in findings.scorecard]
    assert patterns and lines
    assert all(row["wave"] == "2026-Q4" for row in [*patterns, *lines])


def test_every_table_that_names_speakers_is_known_to_do_so() -> None:
    study = full_study()
    waves = full_waves(study)
    for table in full_tables(study, waves, find(study, waves, T), T):
        assert ("speaker" in table.columns) <= (table.name in TABLES_OF_PEOPLE)
        cells = {cell for row in table.rows for cell in row}
        assert bool(cells & {speaker.id for speaker in study.speakers}) <= (table.name in TABLES_OF_PEOPLE)
