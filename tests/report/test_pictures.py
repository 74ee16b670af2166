"""The star in the matrix, and the words for it in the table, follow what counts and not whether words were marked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.comparison.studies import MONEY, T, said, study_of, wave_of
from voicepulse.interpretation.answers import SPEAKER, Answer, Correction
from voicepulse.report.findings import find
from voicepulse.report.page import render_page
from voicepulse.report.pictures import matrix
from voicepulse.report.types import Findings

STAR = ", with a condition or somebody to ask"


def corrected(answer: Answer, *corrections: tuple[str, str, str]) -> Answer:
    return replace(answer, corrections=tuple(Correction(*one) for one in corrections))


def findings_of(first: Answer, mode: str = "attributed") -> Findings:
    study = study_of(6).model_copy(update={"mode": mode})
    return find(study, [wave_of(study, [first, *(said(f"s{n}", "a", MONEY) for n in range(2, 7))])], T)


@pytest.mark.parametrize("field", ["qualified", "escalates"])
@pytest.mark.parametrize(("author", "who"), [(SPEAKER, "the speaker"), ("anna", "a person")])
def test_a_correction_to_yes_shows_though_no_words_are_marked(field: str, author: str, who: str) -> None:
    findings = findings_of(corrected(said("s1", "a", MONEY), (field, "yes", author)))
    _, rows = matrix(findings)
    assert [cell.hangs for row in rows for cell in row.cells if cell] == [row.name == "s1" for row in rows]
    page = render_page(findings, {}, key="k")
    assert page.count(f"yes, said by {who}; no words marked") == 1
    assert page.count(f"{STAR}</span>") == 1


@pytest.mark.parametrize("hangs", [{"condition": "if the bank pays"}, {"asks": "ask Dana"}])
def test_a_correction_to_no_takes_the_star_from_quoted_words(hangs: dict[str, str]) -> None:
    answer, field = said("s1", "a", MONEY, **hangs), "qualified" if "condition" in hangs else "escalates"
    for author in (SPEAKER, "anna"):
        findings = findings_of(corrected(answer, (field, "no", author)))
        assert not any(cell.hangs for row in matrix(findings)[1] for cell in row.cells if cell)
        assert STAR not in render_page(findings, {}, key="k")
    withdrawn = findings_of(corrected(answer, (field, "no", "anna"), (field, "", "anna")))
    page = render_page(withdrawn, {}, key="k")
    assert STAR in page
    assert "no words marked" not in page


def test_an_anonymous_page_tells_no_more_of_it() -> None:
    page = render_page(
        findings_of(corrected(said("s1", "a", MONEY), ("qualified", "yes", "anna")), "anonymous"), {}, key="k"
    )
    assert STAR not in page
    assert "no words marked" not in page


def test_what_nobody_stated_has_no_column() -> None:
    silent = render_page(findings_of(said("s1", "a", MONEY)), {}, key="k")
    assert "unstated" not in silent
    assert "Stance, commitment" not in silent
    told = render_page(findings_of(said("s1", "a", MONEY, stance="agree")), {}, key="k")
    assert "unstated" not in told
    assert told.count("<td>agree</td>") == 1
