"""Opening a wave, and what `status` says of waves and of who has not answered."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from typer.testing import CliRunner, Result

from tests.conftest import STUDY_TOML
from voicepulse.cli.app import app
from voicepulse.cli.wave import OpenedWave, open_wave, set_wave
from voicepulse.errors import StudyError
from voicepulse.scenarios import study_template
from voicepulse.storage.store import Recording, Store
from voicepulse.study import StudyFolder, load_study
from voicepulse.workspace import open_study

AT = datetime(2026, 11, 22, 9, tzinfo=timezone.utc)
Invoke = Callable[..., Result]


@pytest.fixture
def folder(study_folder: Path) -> Path:
    """A study of two questions and three speakers, asked every quarter, whose present wave is 2026-Q4."""
    text = STUDY_TOML.replace('wave = "w1"', 'wave = "2026-Q4"  # this one\ncadence = "quarterly"')
    more = '[[speakers]]\nid = "s3"\n[[questions]]\nid = "q2"\nkind = "rating"\nprompt = "From one to ten?"\n'
    (study_folder / "study.toml").write_text(text + more)
    return study_folder


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """Run a command in this process."""
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *arguments: CliRunner().invoke(app, [str(a) for a in arguments])


def answer(folder: Path, speaker: str, wave: str, question: str = "q1", at: str = "2026-11-20T10:30:00+00:00") -> None:
    digest = f"{wave}{question}{speaker}"
    with Store(StudyFolder(folder).database) as store:
        store.add_recording(Recording(digest, "audio", "wav", question, speaker, wave, 2.0, received_at=at))


def opened_wave(folder: Path, name: str | None = None, at: datetime = AT) -> OpenedWave:
    with open_study(folder) as opened:
        return open_wave(opened, name, at)


def test_the_next_wave_follows_by_the_cadence_and_comments_survive(folder: Path) -> None:
    answer(folder, "s1", "2026-Q4")
    before = (folder / "study.toml").read_text()
    done = opened_wave(folder)
    assert (done.wave, done.before, done.opened, done.next_due) == (
        "2027-Q1", "2026-Q4", date(2026, 11, 22), date(2027, 2, 22),
    )  # fmt: skip
    assert (folder / "study.toml").read_text() == before.replace('"2026-Q4"  # this one', '"2027-Q1"  # this one')
    with open_study(folder) as opened:
        assert opened.store.wave_openings() == {"2027-Q1": "2026-11-22"}
    assert list(folder.glob(".*")) == []  # nothing half written stays


def test_opened_twice_no_wave_is_left_out_and_the_calendar_follows(folder: Path) -> None:
    answer(folder, "s1", "2026-Q4")
    first, later = opened_wave(folder), opened_wave(folder, at=AT + timedelta(days=20))
    assert first.wave == later.wave == "2027-Q1"
    events = Calendar.from_ical(later.calendar.read_bytes()).walk("VEVENT")
    assert [event.decoded("dtstart") for event in events] == [date(2026, 12, 12), date(2027, 3, 12)]
    with open_study(folder) as opened:
        assert opened.store.wave_openings() == {"2027-Q1": "2026-12-12"}


def test_a_wave_that_is_opened_early_says_so_and_how_to_go_back(folder: Path, invoke: Invoke) -> None:
    answer(folder, "s1", "2026-Q4", at=datetime.now(timezone.utc).isoformat())
    said = " ".join(invoke("wave", folder, "2031-Q1").output.split())
    assert "It was due on" in said
    assert 'put wave = "2026-Q4" into study.toml again' in said


def test_calendar_entries_keep_their_identifiers_even_under_another_title(folder: Path) -> None:
    def identifiers() -> list[str]:
        done = opened_wave(folder, "w5")
        return [str(e["uid"]) for e in Calendar.from_ical(done.calendar.read_bytes()).walk("VEVENT")]

    first = identifiers()
    (folder / "study.toml").write_text((folder / "study.toml").read_text().replace("A study", "Another title"))
    assert identifiers() == first
    assert len(set(first)) == 2


@pytest.mark.parametrize("name", ["2026-Q4", "2026-q4"])
def test_a_wave_with_answers_is_refused_and_nothing_changes(folder: Path, name: str) -> None:
    answer(folder, "s1", "2026-Q4")
    before = (folder / "study.toml").read_bytes()
    with pytest.raises(StudyError, match="2026-Q4 has answers already") as caught:
        opened_wave(folder, name)
    assert "name a wave that has none" in caught.value.way_out
    assert (folder / "study.toml").read_bytes() == before
    assert not (folder / "calendar.ics").exists()


@pytest.mark.parametrize("name", ["", "two words", "§", "-x", "x" * 33, 'a"b'])
def test_what_is_no_name_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(StudyError, match="is no name of a wave"):
        opened_wave(folder, name)


def test_a_name_is_asked_for_where_none_follows(study_folder: Path) -> None:
    with pytest.raises(StudyError, match="no cadence") as caught:
        opened_wave(study_folder)
    assert "Name the wave" in caught.value.way_out
    path = study_folder / "study.toml"
    path.write_text(path.read_text().replace('wave = "w1"', 'wave = "w1"\ncadence = "monthly"'))
    answer(study_folder, "s1", "w1")
    with pytest.raises(StudyError, match="No monthly wave follows 'w1'"):
        opened_wave(study_folder)
    assert opened_wave(study_folder, "w2").wave == "w2"


def test_the_study_file_keeps_its_rights_and_its_link(folder: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.toml"
    (folder / "study.toml").rename(real)
    real.chmod(0o640)
    (folder / "study.toml").symlink_to(real)
    opened_wave(folder, "w5")
    assert (folder / "study.toml").is_symlink()
    assert 'wave = "w5"' in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


TOP = 'title = "A"\nstrategy = """B\nC"""  # why\n'
REST = '\n# the people\n[[speakers]]\nid = "s1"  # first\n'


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        (f"{TOP}{REST}", f'{TOP}wave = "w2"\n{REST}'),
        (f"{TOP}{REST}".replace("\n", "\r\n"), f'{TOP}wave = "w2"\n{REST}'.replace("\n", "\r\n")),
        ('title = "A"\nstrategy = "B"', 'title = "A"\nstrategy = "B"\nwave = "w2"\n'),
        (f"\"wave\" = 'w1' # now\n{TOP}{REST}", f'"wave" = "w2" # now\n{TOP}{REST}'),
        (f'{TOP}consent.text = "x"\n{REST}', f'{TOP}wave = "w2"\nconsent.text = "x"\n{REST}'),
        (
            'strategy = """\n[no table]\n"""\nlist = [\n["x"]]\nwave = "w1"\n[[a]]\nwave = "b"\n[c]\n[[a]]\nx = 1\n',
            'strategy = """\n[no table]\n"""\nlist = [\n["x"]]\nwave = "w2"\n[[a]]\nwave = "b"\n[c]\n[[a]]\nx = 1\n',
        ),
    ],
)
def test_only_the_wave_changes_in_the_text_of_a_study(text: str, changed: str) -> None:
    assert set_wave(text, "w2") == changed


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", fullmatch=True), st.booleans())
def test_any_name_is_read_back_and_the_rest_stays(name: str, is_there: bool) -> None:
    text = study_template("A study", "2026-Q4")
    if not is_there:
        text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("wave = "))
    before, after = tomlkit.parse(text).unwrap(), tomlkit.parse(set_wave(text, name)).unwrap()
    assert after == before | {"wave": name}


def test_a_study_file_without_a_wave_gets_one_that_is_read(folder: Path) -> None:
    path = folder / "study.toml"
    path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("wave")))
    opened_wave(folder, "w7")
    assert load_study(folder)[1].wave == "w7"


def test_the_command_says_what_was_done_in_words_and_in_json(folder: Path, invoke: Invoke) -> None:
    answer(folder, "s1", "2026-Q4")
    said = invoke("wave", folder)
    assert said.exit_code == 0
    assert "Wave 2027-Q1 is open, after 2026-Q4." in said.stdout
    assert "calendar.ics" in said.stdout
    shown = json.loads(invoke("wave", folder, "2027-Q1", "--json").stdout)
    assert (shown["wave"], shown["before"], shown["opened"]) == ("2027-Q1", "2027-Q1", date.today().isoformat())
    assert Path(shown["calendar"]).read_bytes().startswith(b"BEGIN:VCALENDAR")


def test_status_says_who_has_not_answered_and_what_is_open(folder: Path, invoke: Invoke) -> None:
    answer(folder, "s1", "2026-Q4", "q1")
    answer(folder, "s1", "2026-Q4", "q2")
    answer(folder, "s2", "2026-Q4", "q2")
    said = invoke("status", folder)
    assert said.exit_code == 0, said.output
    assert "Wave 2026-Q4 is open. Next wave" in said.stdout
    assert "No answer yet from s3." in said.stdout
    assert "s2 has not answered q1." in said.stdout
    assert "s1 has not" not in said.stdout
    shown = json.loads(invoke("status", folder, "--json").stdout)
    assert shown["missing"] == {"s2": ["q1"], "s3": ["q1", "q2"]}
    assert shown["open_wave"] == "2026-Q4"
    assert shown["rhythm"]["due"] == "2027-02-20"
    assert shown["rhythm"]["waves"][0]["first"] == "2026-11-20"


def test_status_tells_when_the_next_wave_is_due_or_overdue(folder: Path, invoke: Invoke) -> None:
    today = date.today()
    with Store(StudyFolder(folder).database) as store:
        store.set_wave_opening("2026-Q4", today.isoformat())
    assert "Next wave due" in invoke("status", folder).stdout
    assert "days." in invoke("status", folder).stdout
    with Store(StudyFolder(folder).database) as store:
        store.set_wave_opening("2026-Q4", (today - timedelta(days=400)).isoformat())
    assert "Next wave overdue since" in invoke("status", folder).stdout
    path = folder / "study.toml"
    path.write_text(path.read_text().replace('cadence = "quarterly"', ""))
    assert "Next wave" not in invoke("status", folder).stdout


def test_who_was_erased_is_not_asked_again(folder: Path, invoke: Invoke) -> None:
    answer(folder, "s1", "2026-Q4")
    assert invoke("erase", folder, "--speaker", "s3", "--yes").exit_code == 0
    assert set(json.loads(invoke("status", folder, "--json").stdout)["missing"]) == {"s1", "s2"}


@pytest.mark.parametrize(("number", "heads"), [(6, ["s1", "s2"]), (7, ["q1", "q2"])])
def test_many_speakers_stand_below_each_other(folder: Path, invoke: Invoke, number: int, heads: list[str]) -> None:
    more = "".join(f'[[speakers]]\nid = "s{n}"\n' for n in range(4, number + 1))
    (folder / "study.toml").write_text((folder / "study.toml").read_text() + more)
    answer(folder, "s1", "2026-Q4", "q2")
    lines = invoke("status", folder).stdout.splitlines()
    head = next(i for i, line in enumerate(lines) if line.split()[:2] == heads)
    rows = [line.split() for line in lines[head + 1 : head + 3]]
    assert [row[0] for row in rows] == (["q1", "q2"] if number == 6 else ["s1", "s2"])
    shown = rows[1][1] if number == 6 else rows[0][2]
    assert shown == "recorded"
    assert sum(line.count("recorded") for line in lines[head:]) == 1


def test_waves_are_dated_by_their_first_and_last_answer(folder: Path) -> None:
    for speaker, day in (("s1", 21), ("s2", 20), ("s3", 25)):
        answer(folder, speaker, "2026-Q4", at=f"2026-11-{day}T10:30:00+00:00")
    answer(folder, "s1", "2026-Q3", at="2026-08-01T10:30:00+00:00")
    with open_study(folder) as opened:
        assert opened.store.wave_dates() == {
            "2026-Q3": ("2026-08-01T10:30:00+00:00", "2026-08-01T10:30:00+00:00"),
            "2026-Q4": ("2026-11-20T10:30:00+00:00", "2026-11-25T10:30:00+00:00"),
        }
