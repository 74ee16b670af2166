"""The leader's live report: filters of an attributed study with a real store, and of anonymous ones under attack."""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison.studies import said, study_of, wave_of
from tests.conftest import WordHashEmbedder, make_answer
from tests.test_releases import MONEY, WORD, Instruments
from voicepulse import live_report, pipeline
from voicepulse.comparison.groups import Grouping
from voicepulse.errors import StudyError
from voicepulse.ingest.intake import GIVEN
from voicepulse.live_report import Filter, LiveReport, LiveReports, filter_bar, of_group
from voicepulse.report.findings import find
from voicepulse.report.page import FilterBar, LivePage, live_style, page_script, render_page
from voicepulse.report.types import Findings, GroupView
from voicepulse.results import heard_answers
from voicepulse.settings import Thresholds
from voicepulse.storage.store import Recording
from voicepulse.transcript.subtitles import transcript_of_text
from voicepulse.workspace import OpenStudy, open_study

LEVELS = ("executive", "executive", "manager", "manager", "staff", "staff", "staff", "staff")
TEAMS = ("Sales", "Build", "Sales", "Build", "Sales", "Sales", "Build", "R&D")


def study_text(mode: str, people: int) -> str:
    speakers = "".join(
        f'[[speakers]]\nid = "s{n}"\nlevel = "{LEVELS[n % 8]}"\nteam = "{TEAMS[n % 8]}"\n' for n in range(people)
    )
    return f"""
title = "A study"
strategy = "A before B."
mode = "{mode}"
wave = "2026-Q4"
{speakers}
[[questions]]
id = "q1"
prompt = "There is room for only one. Which one, and why?"
options = [{{ id = "a", label = "Alpha" }}, {{ id = "b", label = "Beta" }}]
intended = "a"
"""


def give(opened: OpenStudy, speaker: str, choice: str, reason: str, wave: str = "2026-Q4", kind: str = "audio") -> str:
    """An answer that is there and read; its recording."""
    digest = f"{wave} {speaker} {choice} {reason}".encode().hex().ljust(64, "0")[:64]
    opened.store.add_recording(Recording(digest, kind, "wav", "q1", speaker, wave, 0.0))  # type: ignore[arg-type]
    opened.store.add_transcript(digest, GIVEN, transcript_of_text(reason, "en"))
    (heard,) = [h for h in heard_answers(opened, wave, Heard()) if h.recording.digest == digest]  # type: ignore[arg-type]
    opened.store.add_reading(digest, heard.keys[0], make_answer(speaker, choice, reason).reading)
    return digest


class Heard(Instruments):
    """Instruments of a study with sound, all of it already heard."""

    transcriber_provenance: dict[str, object] = {}  # noqa: RUF012 a constant of the fake


def opened_study(path: Path, mode: str, people: int) -> Iterator[OpenStudy]:
    (path / "study.toml").write_text(study_text(mode, people))
    with open_study(path) as opened:
        yield opened


@pytest.fixture
def attributed(tmp_path: Path) -> Iterator[OpenStudy]:
    yield from opened_study(tmp_path, "attributed", 8)


@pytest.fixture
def anonymous(tmp_path: Path) -> Iterator[OpenStudy]:
    yield from opened_study(tmp_path, "anonymous", 24)


def live(opened: OpenStudy, chosen: Filter | None = None, wave: str | None = None) -> LiveReport:
    return LiveReports(Heard()).report(opened, wave, chosen or Filter())  # type: ignore[arg-type]


def everybody(opened: OpenStudy, choices: str, wave: str = "2026-Q4") -> list[str]:
    return [give(opened, f"s{n}", choice, (MONEY, WORD)[n % 2], wave) for n, choice in enumerate(choices)]


def test_without_a_filter_it_is_the_report_of_a_run(attributed: OpenStudy) -> None:
    sounds = everybody(attributed, "aaaabbbb")
    report = live(attributed)
    instruments = Heard()
    waves = pipeline.compare(attributed, "2026-Q4", instruments)  # type: ignore[arg-type]
    assert report.findings == pipeline.findings(attributed, waves, instruments)  # type: ignore[arg-type]
    assert report.recordings == {*sounds}


def test_a_filter_compares_its_speakers_by_themselves(attributed: OpenStudy) -> None:
    sounds = everybody(attributed, "aaaabbbb")
    give(attributed, "s4", "b", "written, not spoken", kind="text")
    whole, report = live(attributed), live(attributed, Filter(level="staff"))
    (question,) = report.findings.questions
    assert question.answered == 4
    assert [person.id for person in question.people] == ["s4", "s5", "s6", "s7"]
    assert "4 of 4" in question.sentence
    assert report.findings.notes[0] == "Only level staff: 4 of the 8 speakers of 2026-Q4, compared by themselves."
    assert report.recordings == {*sounds[5:]}  # the text is no sound
    assert report.findings.levels is None
    assert report.findings.teams is not None
    assert report.key != whole.key


def test_level_and_team_hold_together_in_an_attributed_study(attributed: OpenStudy) -> None:
    everybody(attributed, "aaaabbbb")
    report = live(attributed, Filter("staff", "Sales"))
    assert [person.id for person in report.findings.questions[0].people] == ["s4", "s5"]
    assert live(attributed, Filter("", "")).findings == live(attributed).findings  # as an empty form sends it


def test_clusters_have_the_numbers_that_they_have_among_all(attributed: OpenStudy) -> None:
    everybody(attributed, "aaaaaaaa")
    give(attributed, "s6", "b", "nobody asked for the other one")

    def numbers(report: LiveReport) -> dict[str, int]:
        return {view.quotes[0].text: view.number for view in report.findings.questions[0].clusters}

    whole = numbers(live(attributed))
    theirs = numbers(live(attributed, Filter(level="staff")))
    assert theirs
    assert theirs.items() <= whole.items()


def test_a_filter_leaves_nothing_in_the_database(attributed: OpenStudy) -> None:
    everybody(attributed, "aaaabbbb")
    before = live(attributed).findings
    last = attributed.store.latest_comparison("2026-Q4")
    live(attributed, Filter(team="Sales"))
    assert attributed.store.latest_comparison("2026-Q4") == last
    assert live(attributed).findings == before


def test_movement_is_that_of_the_filter(attributed: OpenStudy) -> None:
    everybody(attributed, "aaaaaaaa", wave="2026-Q3")
    everybody(attributed, "bbaaaabb")
    (whole,) = live(attributed).findings.movements
    (theirs,) = live(attributed, Filter(level="staff")).findings.movements
    assert "4 of 8 who answered twice chose otherwise" in whole.sentence
    assert "2 of 4 who answered twice chose otherwise" in theirs.sentence
    assert {flow.names for flow in theirs.flows} == {("s4", "s5"), ("s6", "s7")}
    earlier = live(attributed, Filter(level="staff"), "2026-Q3").findings
    assert (earlier.wave, earlier.movements) == ("2026-Q3", ())


def test_an_earlier_wave_that_nobody_of_the_filter_answered_is_left_out(attributed: OpenStudy) -> None:
    for n in range(4, 8):
        give(attributed, f"s{n}", "a", MONEY, "2026-Q3")
    everybody(attributed, "aaaabbbb")
    found = live(attributed, Filter(level="executive")).findings
    assert (found.wave, found.speakers, found.movements) == ("2026-Q4", 2, ())


@pytest.mark.parametrize(
    ("chosen", "wave", "told"),
    [
        (Filter(level="manager"), None, "Nobody of level manager has answered in 2026-Q4"),
        (Filter(level="chief"), None, "The study has no level 'chief'. Its levels: executive, manager, staff."),
        (Filter(team="sales"), None, "The study has no team 'sales'. Its teams: Build, R&D, Sales."),
        (Filter(), "2025-Q1", "The study has no wave '2025-Q1'. Waves with answers: 2026-Q4."),
    ],
)
def test_what_cannot_be_shown_is_told_with_the_way_out(
    attributed: OpenStudy, chosen: Filter, wave: str | None, told: str
) -> None:
    give(attributed, "s0", "a", MONEY)
    with pytest.raises(StudyError) as error:
        live(attributed, chosen, wave)
    assert told in str(error.value)
    assert error.value.way_out


def test_an_anonymous_study_takes_no_level_of_a_team(anonymous: OpenStudy) -> None:
    everybody(anonymous, "a" * 24)
    with pytest.raises(StudyError, match="may be one person"):
        live(anonymous, Filter("staff", "Sales"))


def test_an_anonymous_filter_shows_the_groups_row_and_no_words_or_sound(anonymous: OpenStudy) -> None:
    everybody(anonymous, "a" * 24)
    whole, report = live(anonymous), live(anonymous, Filter(level="staff"))
    assert whole.findings.levels is not None
    assert report.findings.levels is not None
    (row,) = report.findings.levels.groups
    assert row in whole.findings.levels.groups
    assert row.speakers == report.findings.speakers == 12
    assert report.findings.questions[0].sentence == "One choice within this level."
    assert MONEY in json.dumps(asdict(whole.findings))
    assert MONEY not in json.dumps(asdict(report.findings))
    assert whole.recordings == report.recordings == frozenset()


def test_a_withheld_group_looks_the_same_whether_it_is_nobody_or_four(tmp_path: Path) -> None:
    seen = set()
    for few in range(5):
        (tmp_path / str(few)).mkdir()
        for opened in opened_study(tmp_path / str(few), "anonymous", 24):
            executives = [n for n in range(24) if LEVELS[n % 8] == "executive"][:few]
            others = [n for n in range(24) if LEVELS[n % 8] != "executive"][: 16 - few]
            for n in executives + others:
                give(opened, f"s{n}", "a", MONEY)
            seen.add(json.dumps(asdict(live(opened, Filter(level="executive")).findings), sort_keys=True))
    assert len(seen) == 1
    assert "Withheld: the report of all does not show level executive" in seen.pop()


PERSON = st.tuples(
    st.sampled_from(["executive", "manager", "staff", ""]),
    st.sampled_from(["Sales", "Build", ""]),
    st.sampled_from("aaab"),
    st.sampled_from([MONEY, WORD, ""]),
    st.sampled_from([None, 3.0, 8.0]),
    st.sampled_from([True, False, False, False]),
)
GROUPS: tuple[tuple[Grouping, str], ...] = (
    ("level", "executive"),
    ("level", "manager"),
    ("level", "staff"),
    ("team", "Sales"),
    ("team", "Build"),
)
SAME_FOR_ALL = ("title", "strategy", "wave", "mode", "alpha_basis", "thresholds", "provenance", "read_on_server")
OF_THE_GROUP = ("headline", "speakers", "questions", "levels", "teams", "notes")


def anonymous_findings(people: list[tuple[str, str, str, str, float | None, bool]]) -> Findings:
    study = study_of({f"s{n}": (level, team) for n, (level, team, *_) in enumerate(people)}, ("q1", "q2", "rate"))
    study = study.model_copy(update={"mode": "anonymous"})
    answers = []
    for n, (_, _, choice, reason, rating, hangs) in enumerate(people):
        condition = "only if it is paid" if hangs else ""
        answers += [said(f"s{n}", choice, reason, condition=condition), said(f"s{n}", "a", MONEY, question="q2")]
        if rating is not None:
            answers.append(said(f"s{n}", question="rate", rating=rating, text=f"{rating:g}"))
    return find(study, [wave_of(study, answers)], Thresholds())


def row_of(findings: Findings, by: Grouping, name: str) -> GroupView | None:
    """What the report of all shows of a group."""
    view = findings.levels if by == "level" else findings.teams
    return next((group for group in view.groups if group.name == name), None) if view else None


@settings(max_examples=80, deadline=None)
@given(st.lists(PERSON, min_size=1, max_size=26), st.integers(0, 2**32))
def test_a_filter_shows_nothing_that_the_groups_row_does_not(
    people: list[tuple[str, str, str, str, float | None, bool]], seed: int
) -> None:
    """Random anonymous studies, every filter: numbers, verdicts and rows are those of the report of all; all else is empty."""
    found = anonymous_findings(people)
    for by, name in GROUPS:
        shown, row = of_group(found, by, name), row_of(found, by, name)
        view, other = (shown.levels, shown.teams) if by == "level" else (shown.teams, shown.levels)
        assert view is not None
        assert (view.groups, view.between, other) == ((row,) if row else (), (), None)
        assert shown.speakers == (row.speakers if row else None)
        assert re.findall(r"\d+", shown.headline + "".join(shown.notes)) == ([str(row.speakers)] if row else [])
        verdicts = {within.question: within.verdict_name for within in row.questions} if row else {}
        for question in shown.questions:
            nothing = f"Of this {by} nothing is shown on this question."
            told = f"{verdicts[question.name]} within this {by}." if verdicts.get(question.name) else nothing
            assert question.sentence == question.withheld == told
            left = replace(question, id="", name="", kind="", prompt="", sentence="", withheld="")
            assert not any(getattr(left, field.name) for field in fields(left))
        assert not any(asdict(shown.next_steps).values())
        assert shown.unsettled == (found.unsettled if row else ())
        left_out = {field.name for field in fields(shown)} - {*SAME_FOR_ALL, *OF_THE_GROUP, "next_steps", "unsettled"}
        assert [name for name in left_out if getattr(shown, name)] == []
        other_people = random.Random(seed).sample(people, len(people))  # who is who changes nothing
        assert of_group(anonymous_findings(other_people), by, name) == shown


def test_what_looks_alike_among_all_looks_alike_in_a_filter() -> None:
    """Many random studies: groups with the same row (or none) cannot be told apart by their filter."""
    draw, alike = random.Random(5), defaultdict(set)
    for _ in range(150):
        number = draw.choice((6, 9, 13, 18, 24))
        mostly = draw.choice(("aaaaaaab", "ab", "a"))
        people = [
            (draw.choice(LEVELS), draw.choice(TEAMS), draw.choice(mostly), draw.choice((MONEY, WORD, "")), None, False)
            for _ in range(number)
        ]
        found = anonymous_findings(people)
        order = tuple((question.id, question.name in found.unsettled) for question in found.questions)
        for by, name in GROUPS:
            row, view = row_of(found, by, name), found.levels if by == "level" else found.teams
            seen = (by, name, order, as_json(asdict(row)) if row else "", view.questions if row and view else ())
            alike[seen].add(as_json(asdict(of_group(found, by, name))))
    assert len(alike) > 40
    assert any(seen[3] for seen in alike)
    assert all(len(shown) == 1 for shown in alike.values())


def as_json(value: object) -> str:
    return json.dumps(value, sort_keys=True)


# -- what a server holds


class Counted(Heard):
    """Counts how often texts are embedded, each time as slowly as several askers need to meet."""

    def __init__(self) -> None:
        super().__init__()
        self.embedder = CountingEmbedder()


class CountingEmbedder(WordHashEmbedder):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def embed(self, texts: list[str]) -> np.ndarray:
        self.texts += texts
        time.sleep(0.001)
        return super().embed(texts)


def test_what_many_ask_for_at_once_is_made_once(attributed: OpenStudy) -> None:
    everybody(attributed, "aaaabbbb")
    alone = Counted()
    asked = LiveReports(alone)  # type: ignore[arg-type]
    asked.report(attributed, None, Filter())
    once = len(alone.embedder.texts)
    first = asked.report(attributed, None, Filter(level="staff"))
    twice = len(alone.embedder.texts)
    assert once < twice
    asked.forget()
    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda _: asked.report(attributed, None, Filter(level="staff")), range(16)))
    assert len(alone.embedder.texts) == twice + (twice - once)
    assert all(report is reports[0] for report in reports)
    assert reports[0] == first


def test_a_new_answer_correction_or_resource_is_seen_at_once(attributed: OpenStudy) -> None:
    everybody(attributed, "aaaabbb")
    reports = LiveReports(Heard())  # type: ignore[arg-type]
    seen = [reports.report(attributed, None, Filter(level="staff"))]
    assert reports.report(attributed, None, Filter(level="staff")) is seen[0]
    give(attributed, "s7", "b", WORD)
    seen.append(reports.report(attributed, None, Filter(level="staff")))
    recording = next(iter(seen[1].recordings))
    attributed.store.add_correction(recording, "choice", "undecided", "somebody")
    seen.append(reports.report(attributed, None, Filter(level="staff")))
    attributed.folder.resources.write_text("what,amount,question,option\npeople,3,q1,b\n")
    seen.append(reports.report(attributed, None, Filter(level="staff")))
    assert len({report.key for report in seen}) == 4
    assert [len(report.findings.spending) for report in seen] == [0, 0, 0, 1]
    assert len(reports._kept) == 1  # the older ones hold what nobody may ask for any more


def test_the_report_asked_for_longest_ago_goes_first(attributed: OpenStudy) -> None:
    everybody(attributed, "aaaabbbb")
    reports = LiveReports(Heard(), most=2)  # type: ignore[arg-type]
    staff, sales, all_of_them = Filter(level="staff"), Filter(team="Sales"), Filter()
    first = reports.report(attributed, None, staff)
    second = reports.report(attributed, None, sales)
    assert reports.report(attributed, None, staff) is first
    reports.report(attributed, None, all_of_them)
    assert reports.report(attributed, None, staff) is first
    assert reports.report(attributed, None, sales) is not second


def test_a_report_that_failed_is_tried_again(attributed: OpenStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    give(attributed, "s0", "a", MONEY)
    reports = LiveReports(Heard())  # type: ignore[arg-type]
    chosen = Filter(level="staff")
    with pytest.raises(StudyError, match="Nobody of level staff"):
        reports.report(attributed, None, chosen)
    give(attributed, "s4", "a", MONEY)
    with monkeypatch.context() as broken:
        broken.setattr(live_report, "compare_study", _broken)
        with pytest.raises(RuntimeError, match="broken"):
            reports.report(attributed, None, chosen)
    assert reports.report(attributed, None, chosen).findings.speakers == 1


def _broken(*_: object) -> None:
    raise RuntimeError("broken")


# -- the page


def page_of(opened: OpenStudy, chosen: Filter, account: str = "dana") -> str:
    report = live(opened, chosen)
    bar = filter_bar(opened, None, chosen)
    sound = {digest: f"/report/sound/{digest}" for digest in report.recordings}
    page = LivePage("/static/report.css?v=1", "/static/report.js?v=1", bar, account, "token")
    return render_page(report.findings, sound, key=report.key, live=page)


def test_the_page_has_its_filter_and_nothing_inline(attributed: OpenStudy) -> None:
    everybody(attributed, "aaaabbbb")
    page = page_of(attributed, Filter(team="R&D"))
    assert "<style" not in page
    assert re.findall(r"<script[^>]*>(.*?)</script>", page) == [""]
    assert not re.search(r"\son[a-z]+=", page)
    assert page.count("data:") == 1  # the empty icon
    assert '<option value="R&amp;D" selected>R&amp;D</option>' in page
    assert '<p class="shown">Shown: team R&amp;D, wave 2026-Q4.</p>' in page
    assert 'href="?wave=2026-Q4&amp;team=R%26D#q1" aria-label="Link to q1"' in page
    assert page.count('preload="none" src="/report/sound/') == 1
    assert 'name="csrf_token" value="token"' in page
    assert "Log out" not in page_of(attributed, Filter(), account="")


def test_every_link_of_the_page_leads_somewhere(attributed: OpenStudy) -> None:
    everybody(attributed, "aaaabbbb", "2026-Q3")
    everybody(attributed, "aabbabbb")
    page = page_of(attributed, Filter())
    links = re.findall(r'class="link" href="[^"]*#([^"]+)"', page)
    places = Counter(re.findall(r'\sid="([^"]+)"', page))
    assert len(links) > 8
    assert all(places[link] == 1 for link in links)
    assert len({*links}) == len(links)


def test_the_bar_offers_the_latest_wave_first_and_what_the_study_names(attributed: OpenStudy) -> None:
    assert filter_bar(attributed, None, Filter()).waves == ("2026-Q4",)
    give(attributed, "s0", "a", MONEY, "2026-Q3")
    give(attributed, "s0", "a", MONEY, "2026-Q2")
    bar = filter_bar(attributed, "2026-Q3", Filter("staff", ""))
    assert bar.waves == ("2026-Q4", "2026-Q3", "2026-Q2")
    assert (bar.levels, bar.teams) == (("executive", "manager", "staff"), ("Build", "R&D", "Sales"))
    assert bar.query == "?wave=2026-Q3&level=staff"
    assert bar.sentence == "Shown: level staff, wave 2026-Q3."
    assert FilterBar((), (), (), "w1").sentence == "Shown: all speakers, wave w1."


def test_the_anonymous_page_of_a_filter_has_neither_sound_nor_words(anonymous: OpenStudy) -> None:
    everybody(anonymous, "a" * 24)
    assert MONEY in page_of(anonymous, Filter())
    page = page_of(anonymous, Filter(level="staff"))
    assert MONEY not in page
    assert "<audio" not in page
    assert "One choice" in page


def test_style_and_script_are_those_of_the_file() -> None:
    assert ".verdict" in live_style()
    assert ".filter" in live_style()
    assert "data-recording" in page_script()
