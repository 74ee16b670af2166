from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT, WordHashEmbedder, make_answer
from voicepulse.comparison.compare import CompareOptions, compare_study
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.types import ComparedWave, StudyComparison
from voicepulse.interpretation.answers import Answer, Correction
from voicepulse.interpretation.types import Action, Evidence, Judgement, Rating
from voicepulse.report.exports import TABLES, jsonl_text
from voicepulse.report.findings import find
from voicepulse.report.rows import Table
from voicepulse.report.tables import full_tables, leader_tables, study_document
from voicepulse.report.types import Findings
from voicepulse.settings import Thresholds
from voicepulse.study import Study

MONEY, WORD = "the money that it brings in", "we gave our word on it"
MakeStudy = Callable[..., Study]
Rows = list[dict[str, object]]
fast = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def compared(study: Study, answers: list[Answer]) -> StudyComparison:
    options = CompareOptions(Thresholds(), 3, 20)
    return compare_study(study, "w1", answers, WordHashEmbedder(), SameReason(12.0, -5.0), options)


def rows_of(tables: tuple[Table, ...]) -> Mapping[str, Rows]:
    return {table.name: [json.loads(line) for line in jsonl_text(table).splitlines()] for table in tables}


def full(study: Study, answers: list[Answer]) -> Mapping[str, Rows]:
    waves = [ComparedWave(compared(study, answers), tuple(answers))]
    return rows_of(full_tables(study, waves, find(study, waves, Thresholds()), Thresholds()))


def found(study: Study, answers: list[Answer]) -> Findings:
    return find(study, [ComparedWave(compared(study, answers), tuple(answers))], Thresholds())


@st.composite
def _people(draw: st.DrawFn) -> list[Answer]:
    speakers = draw(st.sets(st.integers(1, 12), min_size=1).map(sorted))
    return [
        make_answer(
            f"s{n}",
            draw(st.sampled_from(["a", "b", "both", "undecided"])),
            draw(st.sampled_from([MONEY, WORD, ""])),
            qualified=draw(st.booleans()),
            confidence=draw(st.floats(0.3, 1)),
        )
        for n in speakers
    ]


@fast
@given(_people(), st.randoms())
def test_the_tables_fit_together_in_any_order_of_the_answers(
    make_study: MakeStudy, people: list[Answer], random: object
) -> None:
    study = make_study(12)
    tables = full(study, people)
    shuffled = list(people)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert full(study, shuffled) == tables
    answers = tables["answers"]
    assert [row["speaker"] for row in answers] == [a.speaker for a in people]
    text = {(row["question"], row["speaker"]): str(row["text"]) for row in answers}
    for row in tables["evidence"]:
        assert text[row["question"], row["speaker"]][row["start"] : row["end"]] == row["quote"]
    sums: dict[tuple[object, object], float] = {}
    for row in tables["probabilities"]:
        place = (row["speaker"], row["field"])
        sums[place] = sums.get(place, 0.0) + float(str(row["probability"]))
    assert all(total == pytest.approx(1.0) for total in sums.values())
    assert len(sums) == 5 * len(people)
    assert sum(int(str(row["count"])) for row in tables["choices"]) == len(people) == tables["questions"][0]["answered"]
    members = {row["speaker"]: row for row in tables["clusters"]}
    assert len(members) == len(tables["clusters"]) == len(people)
    for row in answers:
        assert (members[row["speaker"]]["cluster"], members[row["speaker"]]["choice"]) == (
            row["cluster"],
            row["choice"],
        )
        assert members[row["speaker"]]["has_reason"] == (row["primary_reason"] is not None)
    clusters = {row["cluster"] for row in tables["clusters"]}
    assert [row["cluster"] for row in tables["clusters"] if row["is_typical"]] == list(
        dict.fromkeys(row["cluster"] for row in tables["clusters"])
    )
    assert len(clusters) == sum(bool(row["is_typical"]) for row in tables["clusters"])


def test_rows_follow_the_study_and_not_the_alphabet(make_study: MakeStudy) -> None:
    people = [make_answer(f"s{n}", "a", MONEY) for n in (10, 2, 1)]
    answers = full(make_study(10), people)["answers"]
    assert [row["speaker"] for row in answers] == ["s1", "s2", "s10"]
    assert answers[2]["role"] == "Role 10"


def test_all_three_words_on_a_choice_are_kept(make_study: MakeStudy) -> None:
    corrections = (
        Correction("choice", "b", "ana", "2026-01-01T10:00:00+00:00"),
        Correction("choice", "a", "ana", "2026-01-01T11:00:00+00:00"),
        Correction("qualified", "yes", "ana", "2026-01-01T12:00:00+00:00"),
        Correction("stance", "agree", "ana", "2026-01-01T13:00:00+00:00"),
        Correction("stance", "", "ana", "2026-01-01T14:00:00+00:00"),
    )
    person = replace(
        make_answer("s1", "undecided", MONEY, confidence=0.5), confirmed_choice="b", corrections=corrections
    )
    tables = full(make_study(2), [person, replace(make_answer("s2", "a", MONEY), confirmed_choice="b")])
    first, second = tables["answers"]
    assert (first["choice"], first["choice_source"], first["confirmed_choice"]) == ("a", "person", "b")
    assert (first["read_choice"], first["read_confidence"], first["unsure"]) == ("undecided", 0.5, False)
    assert (first["qualified"], first["qualified_probability"]) == (True, 1.0)
    assert first["corrected"] == "choice qualified"
    assert (second["choice"], second["choice_source"], second["corrected"]) == ("b", "speaker", "")
    assert [(row["field"], row["value"]) for row in tables["corrections"]] == [(c.field, c.value) for c in corrections]
    assert {row["recording"] for row in tables["corrections"]} == {person.recording}
    read = {row["value"]: row["probability"] for row in tables["probabilities"] if row["field"] == "choice"}
    assert read["undecided"] == 0.0  # of s2, the last: what the reader had read, not what was confirmed
    assert read["a"] == 1.0


def test_every_field_has_its_evidence_numbered_and_timed(make_study: MakeStudy) -> None:
    answer = make_answer("s1", "a", "we start this and we stop that")
    started, stopped = Evidence(0, 13, "we start this", (0.5, 1.5)), Evidence(18, 30, "we stop that")
    reading = replace(
        answer.reading,
        choice=Judgement("a", {"a": 0.9, "b": 0.1}, (started,)),
        escalates=Judgement("yes", {"yes": 0.8, "no": 0.2}, (stopped,)),
        costs=(stopped,),
        actions=(Action("start", True, started), Action("stop", False, stopped)),
        rating=Rating(7.5, stopped),
    )
    rows_ = full(make_study(1), [replace(answer, reading=reading)])["evidence"]
    shown = [(r["field"], r["number"], r["value"], r["concrete"], r["confidence"], r["start"]) for r in rows_]
    assert shown == [
        ("choice", 1, "a", None, 0.9, 0),
        ("escalates", 1, "yes", None, 0.8, 18),
        ("reason", 1, None, None, 1.0, 0),
        ("cost", 1, None, None, None, 18),
        ("action", 1, "start", True, None, 0),
        ("action", 2, "stop", False, None, 18),
        ("rating", 1, 7.5, None, None, 18),
    ]
    assert [(r["seconds_start"], r["seconds_end"]) for r in rows_[:2]] == [(0.5, 1.5), (None, None)]


def test_what_a_kind_does_not_ask_for_is_empty(make_study: MakeStudy) -> None:
    study = make_study(2, questions=[{"id": "q1", "kind": "rating", "prompt": "How aligned are we, one to ten?"}])
    answer = make_answer("s1", "a")
    reading = replace(answer.reading, kind="rating", choice=None, rating=Rating(7.0, Evidence(0, 2, "no")))
    tables = full(study, [replace(answer, reading=reading)])
    row = tables["answers"][0]
    assert [row[name] for name in ("choice", "choice_source", "read_choice", "read_confidence", "cluster")] == [
        None
    ] * 5
    assert (row["rating"], row["seconds"], row["transcriber"], row["reader"]) == (7.0, None, "text", "")
    assert tables["choices"] == tables["clusters"] == []
    question = tables["questions"][0]
    assert (question["answered"], question["verdict"], question["settled"]) == (1, None, None)
    assert (question["largest_share"], question["withheld"]) == (None, None)


def test_the_study_names_what_made_its_results_once(make_study: MakeStudy) -> None:
    study = make_study(3)
    read = {"reader": "clauses", "weights": ["x", "y"]}
    people = [make_answer(f"s{n}", "a", MONEY) for n in (1, 2, 3)]
    people[:2] = [replace(a, reading=replace(a.reading, provenance=dict(read))) for a in people[:2]]
    comparison = compared(study, people)
    document = json.loads(json.dumps(study_document(study, comparison, people)))
    assert document["title"] == "A study"
    assert document["thresholds"]["open_share"] == Thresholds().open_share
    assert document["provenance"]["readers"] == [read, {}]
    assert [one["engine"] for one in document["provenance"]["transcribers"]] == ["text"]
    assert document["provenance"]["comparison"]["seed"] == 3


@pytest.mark.parametrize("people", [3, 6, 12])
def test_a_leader_reads_in_the_tables_what_the_findings_show_and_no_more(make_study: MakeStudy, people: int) -> None:
    study = make_study(people, "anonymous")
    answers = [make_answer(f"s{n}", "a" if n > 2 else "b", MONEY) for n in range(1, people + 1)]
    findings = found(study, answers)
    tables = leader_tables(study, findings)
    assert [table.name for table in tables] == ["questions", "choices", "patterns", "scorecard"]
    written = "".join(jsonl_text(table) for table in tables)
    for secret in ('"s1"', "Role", MONEY, answers[0].recording):
        assert secret not in written
    question, choices = rows_of(tables)["questions"][0], rows_of(tables)["choices"]
    assert [(row["count"], row["share"]) for row in choices] == [
        (row.count, row.share) for row in findings.questions[0].options
    ]
    if people < Thresholds().anonymous_counts_from:
        shown = {name for name, value in question.items() if value is not None}
        assert shown == {"wave", "question", "name", "kind", "prompt", "withheld"}
        assert choices == []
    else:
        assert question["answered"] == people
        assert question["verdict"] == findings.questions[0].verdict


def test_a_count_that_the_findings_withhold_is_empty(make_study: MakeStudy) -> None:
    study = make_study(2)
    findings = found(study, [make_answer(f"s{n}", "a", MONEY) for n in (1, 2)])
    question = findings.questions[0]
    options = (replace(question.options[0], count=None, share=None), *question.options[1:])
    findings = replace(findings, questions=(replace(question, options=options, unsure=None),))
    tables = rows_of(leader_tables(study, findings))
    assert (tables["choices"][0]["count"], tables["choices"][0]["share"]) == (None, None)
    assert tables["questions"][0]["unsure"] is None


def test_leaders_find_the_questions_in_the_order_of_the_study(make_study: MakeStudy) -> None:
    options = [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]
    questions = [{"id": f"q{n}", "prompt": "Only one can be had. Which one?", "options": options} for n in (2, 1)]
    study = make_study(6, questions=questions)
    split = [make_answer(f"s{n}", "ab"[n % 2], MONEY, question="q1") for n in range(1, 7)]
    findings = found(study, [*split, *(make_answer(f"s{n}", "a", MONEY, question="q2") for n in range(1, 7))])
    assert [row["question"] for row in rows_of(leader_tables(study, findings))["questions"]] == ["q2", "q1"]
    turned = replace(findings, questions=findings.questions[::-1])
    assert leader_tables(study, turned) == leader_tables(study, findings)


def test_the_documented_columns_are_the_ones_that_are_written(make_study: MakeStudy) -> None:
    section = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8").split("\n## Exports")[1].split("\n## ")[0]
    documented = {
        part.split("\n", 1)[0].strip(" `"): tuple(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE))
        for part in section.split("\n### ")[1:]
    }
    study = make_study(1)
    answers = [make_answer("s1", "a", MONEY)]
    waves = [ComparedWave(compared(study, answers), tuple(answers))]
    findings = find(study, waves, Thresholds())
    written = {table.name: table.columns for table in full_tables(study, waves, findings, Thresholds())}
    documents = {
        "study.json": tuple(study_document(study, waves[-1].comparison, answers)),
        "findings.json": tuple(asdict(findings)),
    }
    assert tuple(written) == TABLES
    assert documented == written | documents
    assert {t.name: t.columns for t in leader_tables(study, findings)}.items() <= written.items()
