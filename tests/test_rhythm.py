from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from itertools import islice

import pytest
from dateutil.rrule import rrulestr  # comes with icalendar
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from voicepulse.rhythm import MONTHS, WaveDates, add_months, calendar, next_wave_name, rhythm, rhythm_of
from voicepulse.study import Study, parse_study

DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
CADENCES = st.sampled_from(sorted(MONTHS))
MAKES_ANEW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # make_study keeps nothing
STAMP = datetime(2026, 11, 22, 9, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
    ],
)
def test_a_month_later_is_the_same_day_or_the_months_last(day: date, months: int, later: date) -> None:
    assert add_months(day, months) == later


@given(DAYS, st.integers(1, 24))
def test_adding_months_lands_in_the_month_that_was_meant(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("current", "cadence", "following"),
    [
        ("2026-Q4", "quarterly", "2027-Q1"),
        ("2026-Q1", "quarterly", "2026-Q2"),
        ("2026-11", "monthly", "2026-12"),
        ("2026-12", "monthly", "2027-01"),
        ("2026-H1", "half-yearly", "2026-H2"),
        ("2026-H2", "half-yearly", "2027-H1"),
        ("2026", "yearly", "2027"),
        ("2026-11", "quarterly", "2027-02"),
        ("2026-Q2", "yearly", "2027-Q2"),
        ("2026-Q4", "monthly", None),  # three waves cannot share the quarter's name
        ("2026", "quarterly", None),
        ("2026-Q5", "quarterly", None),
        ("2026-13", "monthly", None),
        ("2026-q4", "quarterly", None),
        ("w1", "quarterly", None),
        ("2026-Q4-b", "quarterly", None),
        ("٢٠٢٦", "yearly", None),
    ],
)
def test_the_next_name_follows_where_the_name_is_a_period(current: str, cadence: str, following: str | None) -> None:
    assert next_wave_name(current, cadence) == following


@given(st.integers(2000, 2500), CADENCES)
def test_names_that_follow_each_other_cover_a_year_and_come_back(year: int, cadence: str) -> None:
    name = {"monthly": f"{year}-01", "quarterly": f"{year}-Q1", "half-yearly": f"{year}-H1", "yearly": f"{year}"}[
        cadence
    ]
    names = [name]
    for _ in range(12 // MONTHS[cadence]):
        following = next_wave_name(names[-1], cadence)
        assert following is not None
        names.append(following)
    assert names[-1] == name.replace(str(year), str(year + 1))
    assert sorted(set(names)) == names  # in order, none twice


def test_the_next_wave_is_due_after_the_last_opening_and_overdue_from_the_day_after() -> None:
    waves = {"w1": WaveDates(opened=date(2026, 8, 20), first=date(2026, 8, 22), last=date(2026, 8, 30))}
    early = rhythm("quarterly", waves, date(2026, 11, 10))
    assert (early.due, early.days_left, early.overdue_days) == (date(2026, 11, 20), 10, 0)
    assert rhythm("quarterly", waves, date(2026, 11, 20)).overdue_days == 0
    late = rhythm("quarterly", waves, date(2026, 12, 2))
    assert (late.days_left, late.overdue_days) == (-12, 12)


@pytest.mark.parametrize(
    ("second", "on_time"),
    [
        (date(2026, 5, 1), True),
        (date(2026, 5, 23), True),  # due 1 May after 89 days, of which a quarter is 22.25
        (date(2026, 5, 24), False),
        (date(2026, 4, 9), True),
        (date(2026, 4, 8), False),
    ],
)
def test_held_when_due_is_within_a_quarter_of_the_interval(second: date, on_time: bool) -> None:
    waves = {"a": WaveDates(first=date(2026, 2, 1)), "b": WaveDates(first=second)}
    found = rhythm("quarterly", waves, date(2026, 6, 1))
    assert [(w.name, w.due, w.on_time) for w in found.waves] == [
        ("a", None, None),
        ("b", date(2026, 5, 1), on_time),
    ]
    assert (found.judged, found.on_time) == (1, int(on_time))


def test_a_wave_that_was_brought_in_after_its_period_is_put_in_its_place_and_not_judged() -> None:
    waves = {
        "2026-Q2": WaveDates(first=date(2026, 11, 22)),  # both were imported on one day
        "2026-Q3": WaveDates(first=date(2026, 11, 22)),
        "2026-Q4": WaveDates(first=date(2026, 11, 21)),
        "2027-Q1": WaveDates(first=date(2027, 2, 21)),
    }
    found = rhythm("quarterly", waves, date(2027, 3, 1))
    assert [(w.name, w.day, w.is_dated) for w in found.waves] == [
        ("2026-Q2", date(2026, 6, 30), False),
        ("2026-Q3", date(2026, 9, 30), False),
        ("2026-Q4", date(2026, 11, 21), True),
        ("2027-Q1", date(2027, 2, 21), True),
    ]
    assert [w.on_time for w in found.waves] == [None, None, None, True]


def test_a_wave_that_was_opened_late_by_its_name_is_dated_all_the_same() -> None:
    waves = {"2026-Q3": WaveDates(opened=date(2026, 11, 22), first=date(2026, 11, 23))}
    assert rhythm("quarterly", waves, date(2026, 12, 1)).due == date(2027, 2, 22)


@given(
    st.dictionaries(st.text("abc", min_size=1, max_size=3), DAYS, max_size=6),
    st.one_of(st.none(), CADENCES),
    DAYS,
    st.randoms(use_true_random=False),
)
def test_order_of_the_waves_does_not_matter_and_the_counts_add_up(
    days: dict[str, date], cadence: str | None, today: date, shuffler: object
) -> None:
    waves = {name: WaveDates(first=day) for name, day in days.items()}
    names = list(waves)
    shuffler.shuffle(names)  # type: ignore[attr-defined]
    found = rhythm(cadence, waves, today)
    assert rhythm(cadence, {name: waves[name] for name in names}, today) == found
    assert [w.day for w in found.waves] == sorted(days.values())
    assert found.judged == (max(0, len(waves) - 1) if cadence else 0)
    assert 0 <= found.on_time <= found.judged
    assert (found.due is None) == (cadence is None or not waves)
    if found.due:
        assert found.due == add_months(max(days.values()), MONTHS[cadence or ""])
        assert found.days_left == (found.due - today).days


@given(DAYS, st.integers(1, 8), CADENCES)
def test_waves_that_are_opened_on_their_due_days_are_all_held_when_due(start: date, number: int, cadence: str) -> None:
    days = [start]
    for _ in range(number):
        days.append(add_months(days[-1], MONTHS[cadence]))
    waves = {f"w{i}": WaveDates(opened=day, first=day) for i, day in enumerate(days)}
    found = rhythm(cadence, waves, days[-1])
    assert (found.on_time, found.judged) == (number, number)


def test_what_the_store_keeps_becomes_a_rhythm(make_study: Callable[..., Study]) -> None:
    study = make_study(wave="w3", cadence="monthly")
    answered = {"w1": ("2026-09-01T10:30:00.000001+00:00", "2026-09-04T10:30:00.000001+00:00")}
    openings = {"w1": "2026-08-30", "w2": "2026-10-05", "w3": "2026-11-01"}
    found = rhythm_of(study, answered, openings, date(2026, 11, 22))
    assert [(w.name, w.day, w.first, w.last) for w in found.waves] == [
        ("w1", date(2026, 8, 30), date(2026, 9, 1), date(2026, 9, 4)),
        ("w3", date(2026, 11, 1), None, None),  # w2 was opened, never answered, and is open no more
    ]
    assert (found.due, found.judged) == (date(2026, 12, 1), 0)
    assert rhythm_of(study, {}, {}, date(2026, 11, 22)).due is None


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="this system's time zone cannot be set for one process")
def test_a_day_is_the_one_that_it_was_where_the_study_is_made(
    make_study: Callable[..., Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "NZST-12")  # twelve hours ahead of UTC
        time.tzset()
        answered = {"w1": ("2026-09-01T10:30:00+00:00", "2026-09-01T13:30:00+00:00")}
        (held,) = rhythm_of(make_study(), answered, {}, date(2026, 11, 22)).waves
    time.tzset()
    assert (held.first, held.last) == (date(2026, 9, 1), date(2026, 9, 2))


def events_of(text: bytes) -> list[Event]:
    """The events of a calendar as a calendar program would find them."""
    return list(Calendar.from_ical(text).walk("VEVENT"))


def test_the_calendar_holds_the_wave_and_a_repeated_reminder(make_study: Callable[..., Study]) -> None:
    study = make_study(wave="2026-Q4", cadence="quarterly")
    text = calendar(study, date(2026, 11, 22), "abc", STAMP)
    now, due = events_of(text)
    assert str(now["summary"]) == "Voice check-in: A study, 2026-Q4"
    assert (now.decoded("dtstart"), now.decoded("duration")) == (date(2026, 11, 22), timedelta(days=7))
    assert due.decoded("dtstart") == date(2027, 2, 22)
    assert (str(now["uid"]), str(due["uid"])) == ("abc-2026-Q4@voicepulse", "abc-due@voicepulse")
    (alarm,) = Calendar.from_ical(text).walk("VALARM")
    assert (alarm.decoded("trigger"), alarm["action"]) == (timedelta(days=-7), "DISPLAY")
    assert b"DTSTART;VALUE=DATE:20261122\r\n" in text  # all day
    assert text == calendar(study, date(2026, 11, 22), "abc", STAMP)


def test_without_a_cadence_nothing_is_due(make_study: Callable[..., Study]) -> None:
    assert len(events_of(calendar(make_study(), date(2026, 11, 22), "abc", STAMP))) == 1


@MAKES_ANEW
@given(DAYS, CADENCES)
def test_the_repetition_falls_on_the_same_days_as_adding_months(
    make_study: Callable[..., Study], opened: date, cadence: str
) -> None:
    text = calendar(make_study(cadence=cadence), opened, "abc", STAMP)
    event = events_of(text)[1]
    start = datetime.combine(event.decoded("dtstart"), datetime.min.time())
    repeated = rrulestr(event["rrule"].to_ical().decode(), dtstart=start)
    days = [at.date() for at in islice(repeated, 13)]
    assert days == [add_months(opened, MONTHS[cadence] * n) for n in range(1, 14)]


@MAKES_ANEW
@given(st.text(min_size=1, max_size=300).filter(lambda text: text.strip()))
def test_any_title_makes_a_valid_calendar_that_says_it(make_study: Callable[..., Study], title: str) -> None:
    text = calendar(make_study(title=title, cadence="yearly"), date(2026, 11, 22), "abc", STAMP)
    shown = str(events_of(text)[0]["summary"])
    assert shown.startswith("Voice check-in: ")
    letters = [c for c in title if c.isalnum()]
    assert [c for c in shown if c.isalnum()] == [c for c in f"Voice check-in: {''.join(letters)}, w1" if c.isalnum()]
    lines = text.split(b"\r\n")
    assert all(len(line) <= 75 and not any(byte < 32 for byte in line.lstrip(b" ")) for line in lines)


def test_an_anonymous_study_s_calendar_names_nobody(make_study: Callable[..., Study]) -> None:
    speakers = [{"id": "s1", "name": "Ada Example", "role": "Head of Sales"}]
    study = parse_study(make_study(mode="anonymous", cadence="monthly").model_dump() | {"speakers": speakers})
    text = calendar(study, date(2026, 11, 22), "abc", STAMP)
    assert not any(word in text for word in (b"Ada", b"Sales", b"s1", b"ATTENDEE", b"ORGANIZER"))
