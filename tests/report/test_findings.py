from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
import soundfile
from rich.console import Console

from tests.conftest import WordHashEmbedder, make_answer, tone
from voicepulse.comparison.compare import CompareOptions, compare_study
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.types import ComparedWave
from voicepulse.interpretation.answers import Answer
from voicepulse.report.findings import find
from voicepulse.report.page import page_key, write_page
from voicepulse.report.terminal import print_findings
from voicepulse.report.types import Findings
from voicepulse.settings import Thresholds
from voicepulse.study import Study

MONEY, WORD = "the money that it brings in", "we gave our word on it"
MakeStudy = Callable[..., Study]


def findings_of(study: Study, answers: list[Answer]) -> Findings:
    options = CompareOptions(Thresholds(), 3, 60)
    compared = compare_study(study, "w1", answers, WordHashEmbedder(), SameReason(12.0, -5.0), options)
    return find(study, [ComparedWave(compared, tuple(answers))], Thresholds())


def printed(findings: Findings) -> str:
    screen = io.StringIO()
    print_findings(Console(file=screen, width=160), findings)
    return screen.getvalue()


def test_the_verdict_is_a_plain_sentence(make_study: MakeStudy) -> None:
    people = [make_answer(f"s{n}", "a", MONEY if n < 3 else WORD) for n in range(1, 7)]
    question = findings_of(make_study(), people).questions[0]
    assert question.verdict == "aligned"
    assert (
        question.sentence == "6 of 6 make the same choice (“Build the alpha thing”), and 4 of them for the same reason."
    )
    split = findings_of(make_study(), [make_answer(f"s{n}", "ab"[n % 2], MONEY) for n in range(1, 7)])
    assert split.headline == "Aligned on none of 1 trade-offs: 1 open."
    unsure = [make_answer(f"s{n}", "ab"[n % 2], MONEY, confidence=0.4) for n in range(1, 7)]
    assert findings_of(make_study(), unsure).headline.startswith("Not settled yet")
    assert "the largest hold 3 of 6 each" in split.questions[0].sentence


def test_unsure_readings_are_marked_everywhere(make_study: MakeStudy, tmp_path: Path) -> None:
    findings = findings_of(
        make_study(), [make_answer(f"s{n}", "a", MONEY, confidence=0.5 if n == 2 else 0.9) for n in range(1, 7)]
    )
    assert findings.questions[0].unsure == 1
    assert "s2?" in printed(findings)
    write_page(findings, {}, tmp_path / "r.html", "k")
    assert 'class="dot unsure"' in (tmp_path / "r.html").read_text()


@pytest.mark.parametrize(
    ("people", "counts", "quotes"), [(4, False, False), (5, True, False), (9, True, False), (10, True, True)]
)
def test_anonymous_studies_withhold_names_counts_and_quotes(
    make_study: MakeStudy, tmp_path: Path, people: int, counts: bool, quotes: bool
) -> None:
    study = make_study(people, "anonymous")
    answers = [make_answer(f"s{n}", "a", MONEY) for n in range(1, people + 1)]
    findings = findings_of(study, answers)
    write_page(findings, {answers[0].recording: tmp_path / "none.wav"}, tmp_path / "r.html", "k")
    outputs = [printed(findings), (tmp_path / "r.html").read_text(), json.dumps(asdict(findings))]
    for output in outputs:
        assert "Role 1" not in output
        assert '"s1"' not in output
        assert answers[0].recording not in output
        assert (MONEY in output) == quotes
        assert (f"{people} of {people} make the same choice" in output) == counts
    assert "<audio" not in outputs[1]


def test_what_people_say_is_text_and_never_markup(make_study: MakeStudy, tmp_path: Path) -> None:
    attack = "<script>alert(1)</script> [red]because[/red] \"'>"
    study = make_study(2, title="<b>T</b>")
    findings = findings_of(study, [make_answer("s1", "a", attack), make_answer("s2", "a", attack)])
    assert "[red]because[/red]" in printed(findings)
    write_page(findings, {}, tmp_path / "r.html", "k")
    page = (tmp_path / "r.html").read_text()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<b>T</b>" not in page


def test_the_page_needs_nothing_from_outside_and_holds_its_sound(make_study: MakeStudy, tmp_path: Path) -> None:
    answers = [make_answer(f"s{n}", "a", MONEY) for n in range(1, 3)]
    sound = tmp_path / "a.wav"
    soundfile.write(sound, tone(2.0), 16_000)
    target = tmp_path / "report.html"
    assert page_key(target) is None
    write_page(findings_of(make_study(2), answers), {a.recording: sound for a in answers}, target, "key-1")
    page = target.read_text()
    assert page_key(target) == "key-1"
    assert "http://" not in page
    assert "https://" not in page
    assert page.count("data:audio/mpeg;base64,") == 2
    assert not list(tmp_path.glob(".*incoming"))


def test_a_recording_that_is_gone_costs_only_its_sound(make_study: MakeStudy, tmp_path: Path) -> None:
    answers = [make_answer(f"s{n}", "a", MONEY) for n in range(1, 3)]
    write_page(
        findings_of(make_study(2), answers),
        {a.recording: tmp_path / "gone.wav" for a in answers},
        tmp_path / "r.html",
        "k",
    )
    assert "2 recordings are not inside this page" in (tmp_path / "r.html").read_text()


def test_the_headline_leaves_no_question_out(make_study: MakeStudy) -> None:
    prompt = "Only one can be had. Which one?"
    options = [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]
    questions = [{"id": f"q{n}", "prompt": prompt, "options": options, "intended": "a"} for n in (1, 2)]
    study = make_study(6, questions=questions)
    headline = findings_of(study, [make_answer(f"s{n}", "a", MONEY) for n in range(1, 7)]).headline
    assert headline == "Aligned on all of 1 trade-offs. Without a verdict: q2."
    few = findings_of(make_study(3, "anonymous"), [make_answer(f"s{n}", "a", MONEY) for n in range(1, 4)])
    assert "too few people have answered" in few.headline
    assert few.speakers is None


def test_silence_is_no_different_reason(make_study: MakeStudy) -> None:
    question = findings_of(make_study(), [make_answer(f"s{n}", "a", "") for n in range(1, 7)]).questions[0]
    assert question.verdict == "hidden"
    assert not question.settled
    assert question.sentence.endswith("but a reason was heard from only 0 of those 6.")
