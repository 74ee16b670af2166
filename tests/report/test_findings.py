from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from tests.comparison.studies import said, study_of
from tests.conftest import WordHashEmbedder, make_answer, tone
from voicepulse.comparison.compare import CompareOptions, compare_study
from voicepulse.comparison.reasons import SameReason
from voicepulse.comparison.types import ComparedWave
from voicepulse.interpretation.answers import Answer
from voicepulse.report.findings import find
from voicepulse.report.page import page_key, write_page
from voicepulse.report.sentences import against_strategy
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
    assert split.headline == "Not aligned on the one trade-off: open."
    unsure = [make_answer(f"s{n}", "ab"[n % 2], MONEY, confidence=0.4) for n in range(1, 7)]
    told = "Not settled yet. For now it looks not aligned on the one trade-off: open."
    assert findings_of(make_study(), unsure).headline == told
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
    assert headline == "Aligned on the one trade-off with a verdict. Without a verdict: q2."
    few = findings_of(make_study(3, "anonymous"), [make_answer(f"s{n}", "a", MONEY) for n in range(1, 4)])
    assert "too few people have answered" in few.headline
    assert few.speakers is None


def test_silence_is_no_different_reason(make_study: MakeStudy) -> None:
    question = findings_of(make_study(), [make_answer(f"s{n}", "a", "") for n in range(1, 7)]).questions[0]
    assert question.verdict == "hidden"
    assert not question.settled
    assert question.sentence.endswith("but a reason was heard from only 0 of those 6.")


# --- alignment on what nobody intends


def choosing(study: Study, **by_question: str) -> Findings:
    """'aab' for q1: the first two choose a, the third b."""
    given = [
        said(f"s{n}", NAMED.get(letter, letter), MONEY, question=question)
        for question, letters in by_question.items()
        for n, letter in enumerate(letters, 1)
    ]
    return findings_of(study, given)


NAMED = {"+": "both", "-": "neither"}
INTENDS = "not on the option that the strategy intends"


@pytest.mark.parametrize(
    ("by_question", "headline"),
    [
        ({"q1": "aaaa"}, "Aligned on the one trade-off with a verdict."),
        ({"q1": "bbbb"}, f"Aligned on the one trade-off with a verdict, but {INTENDS}."),
        ({"q1": "aaaa", "q2": "aaaa"}, "Aligned on all of 2 trade-offs."),
        ({"q1": "bbbb", "q2": "bbbb"}, f"Aligned on all of 2 trade-offs; on 2 of them {INTENDS}."),
        ({"q1": "aaaa", "q2": "++++"}, f"Aligned on all of 2 trade-offs; on 1 of them {INTENDS}."),
        ({"q1": "aabb", "q2": "----"}, f"Aligned on 1 of 2 trade-offs: 1 open; on 1 of the aligned {INTENDS}."),
        ({"q1": "aabb", "q2": "aaaa"}, "Aligned on 1 of 2 trade-offs: 1 open."),
        ({"q1": "bbba", "q2": "abbb"}, f"Aligned on all of 2 trade-offs; on 2 of them {INTENDS}."),
    ],
)
def test_alignment_against_the_strategy_is_said(by_question: dict[str, str], headline: str) -> None:
    found = choosing(study_of(4, ("q1", "q2")), **by_question).headline
    assert found.split(" Not settled:")[0].split(" Without a verdict")[0] == headline


def test_its_sentence_says_so_too() -> None:
    found = {q.id: q.sentence for q in choosing(study_of(4, ("q1", "q2")), q1="aaaa", q2="bbbb").questions}
    assert found["q2"].endswith("for the same reason. This is not the option that the strategy intends.")
    assert "intends" not in found["q1"]


@pytest.mark.parametrize("letters", ["aaaa", "bbbb", "++++"])
def test_where_nothing_is_intended_nothing_is_against_it(letters: str) -> None:
    found = choosing(study_of(4, intended=None), q1=letters)
    assert found.headline == "Aligned on the one trade-off."
    assert not against_strategy(found.questions[0])
    assert "intends" not in found.questions[0].sentence


@given(st.text("ab+-", min_size=2, max_size=8))
@settings(max_examples=40, deadline=None)
def test_who_is_aligned_is_with_the_strategy_or_against_it(letters: str) -> None:
    (q,) = choosing(study_of(8), q1=letters).questions
    most = max(set(letters), key=letters.count)
    assert against_strategy(q) == (q.verdict == "aligned" and most != "a")


@pytest.mark.parametrize(
    ("counts", "against"),
    [
        ([0, 20], True),
        ([None, 20], True),  # of 23: what is withheld is three people
        ([20, None], False),
        ([None, None], False),
        ([None, 5], False),  # the largest is withheld
    ],
)
def test_where_the_largest_count_is_withheld_nothing_is_against_the_strategy(
    counts: list[int | None], against: bool
) -> None:
    (q,) = choosing(study_of(23), q1="b" * 23).questions
    rows = tuple(replace(row, count=count) for row, count in zip(q.options, counts, strict=True))
    assert against_strategy(replace(q, options=rows)) is against


# --- sentences where there is little to say


def test_a_study_without_a_trade_off_says_so() -> None:
    answers = [said(f"s{n}", question="rate", rating=5) for n in range(1, 7)]
    assert findings_of(study_of(6, ("rate",)), answers).headline == (
        "This study asks no trade-off, so there is no verdict."
    )


def anonymous(study: Study) -> Study:
    return Study.model_validate({**study.model_dump(), "mode": "anonymous"})


def doing(stops: int, people: int = 12) -> list[Answer]:
    return [
        said(f"s{n}", question="doing", actions=[("stop" if n <= stops else "start", True, f"do {n}"), MORE])
        for n in range(1, people + 1)
    ]


MORE = ("start", True, "and more")


@pytest.mark.parametrize(
    ("stops", "sentence"),
    [
        (0, "12 answered. None of them name something to stop."),
        (5, "12 answered. 5 of them name something to stop."),
        (12, "12 answered. 12 of them name something to stop."),
        *((few, "12 answered.") for few in (1, 4, 8, 11)),
    ],
)
def test_an_anonymous_study_counts_people_who_stop_something_and_no_actions(stops: int, sentence: str) -> None:
    (q,) = findings_of(anonymous(study_of(12, ("doing",))), doing(stops)).questions
    assert q.sentence == sentence


def test_with_names_actions_are_counted() -> None:
    (q,) = findings_of(study_of(12, ("doing",)), doing(1)).questions
    assert q.sentence == "12 answered, with 23 concrete starts, 1 concrete stop, no concrete shifts and no vague ones."


@pytest.mark.parametrize("hanging", range(6, 13))
def test_how_many_hang_is_no_number_in_an_anonymous_study(hanging: int) -> None:
    people = [said(f"s{n}", "a", MONEY, condition="if so" if n <= hanging else "") for n in range(1, 13)]
    open_, named = (findings_of(study, people).questions[0] for study in (anonymous(study_of(12)), study_of(12)))
    assert open_.sentence == "At least half of 12 answers hang on a condition, on somebody else, or are undecided."
    assert named.sentence.startswith(f"{hanging} of 12 answers hang")


@given(st.lists(st.sampled_from([MONEY, WORD, ""]), min_size=12, max_size=12))
@settings(max_examples=30, deadline=None)
def test_how_many_reasons_were_heard_is_not_told_in_an_anonymous_study(reasons: list[str]) -> None:
    people = [said(f"s{n}", "a", reason) for n, reason in enumerate(reasons, 1)]
    (q,) = findings_of(anonymous(study_of(12)), people).questions
    if q.verdict == "hidden":
        assert q.sentence == ("12 of 12 make the same choice (“Build alpha”), but no reason is shared by most of them.")


def test_the_page_says_that_typed_answers_are_not_transcribed(make_study: MakeStudy, tmp_path: Path) -> None:
    write_page(findings_of(make_study(2), [make_answer(f"s{n}", "a") for n in (1, 2)]), {}, tmp_path / "r.html", "k")
    page = (tmp_path / "r.html").read_text()
    assert (
        "What was said was transcribed; typed answers are taken as they stand. All of it was read on one machine"
        in page
    )


# -- where an anonymous study can show nothing yet


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ("aab", "Too few people have answered to count them."),
        ("aaaa", "Too few people have answered to count them."),
        ("aaabbb", "6 people have answered."),
    ],
)
def test_where_nothing_may_be_shown_one_card_says_so(tmp_path: Path, choices: str, told: str) -> None:
    study = anonymous(study_of({f"s{n}": ("staff", "x") for n in range(len(choices))}, ("q1", "q2")))
    answers = [said(f"s{n}", c, MONEY, question=q) for n, c in enumerate(choices) for q in ("q1", "q2")]
    findings = findings_of(study, answers)
    assert findings.nothing_yet.startswith(told)
    assert "5 people or more, quotes from 10" in findings.nothing_yet
    write_page(findings, {}, tmp_path / "r.html", "k")
    page = (tmp_path / "r.html").read_text()
    for output in (page, printed(findings).replace("\n", " ")):
        assert output.count(told) == 1
    menu = page.partition('aria-label="Sections">')[2].partition("</nav>")[0]
    places = re.findall(r'href="#([^"]+)"', menu)
    assert places[-1] == "how"
    assert not {"questions", "said-and-chosen", "levels", "teams", "patterns", "movement"} & {*places}
    assert page.count('<section class="card') == 1 + len(places)
    assert MONEY not in page


@given(st.text(alphabet="ab", min_size=1, max_size=14), st.booleans())
@settings(max_examples=30, deadline=None)
def test_it_is_said_only_where_no_question_shows_anything(choices: str, is_anonymous: bool) -> None:
    study = study_of(len(choices))
    findings = findings_of(
        anonymous(study) if is_anonymous else study, [said(f"s{n}", c, MONEY) for n, c in enumerate(choices, 1)]
    )
    (question,) = findings.questions
    shows = question.verdict is not None or any(row.count is not None for row in question.options)
    assert bool(findings.nothing_yet) == (is_anonymous and not shows)
    assert len(choices) >= 5 or not is_anonymous or str(len(choices)) not in findings.nothing_yet.partition(" What")[0]
