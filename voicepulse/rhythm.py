"""When waves are due, and whether they were held then: one line of the scorecard.

Asked once, a question shows where people stand; asked again when that was promised, it shows whether they moved. Nothing here
looks at a clock: the days come from what the study keeps, and today from whoever asks.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from voicepulse.study import Study, current_quarter

if TYPE_CHECKING:
    from icalendar import Event

MONTHS = {"monthly": 1, "quarterly": 3, "half-yearly": 6, "yearly": 12}  # between two waves
TOLERANCE = 1 / 4  # of the interval: a wave that is held this near to its due day was held when due
CHECK_IN_DAYS = 7  # how long people are given to answer; also how long before a due day the calendar reminds

_PERIOD = re.compile(r"(?P<year>[12][0-9]{3})(?:-(?:Q(?P<quarter>[1-4])|H(?P<half>[12])|(?P<month>0[1-9]|1[0-2])))?")
_PERIOD_MONTHS = {"year": 12, "half": 6, "quarter": 3, "month": 1}


@dataclass(frozen=True, slots=True)
class WaveDates:
    """What is known of a wave: the day it was opened, and of its first and last answer; None where that was not."""

    opened: date | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class HeldWave:
    """A wave in its place in time.

    `day`: when it was held. `is_dated` is False where that is not known: the answers came in after the period that the
    wave is named for, and `day` is the last one of that period. `due`, `on_time`: None for the first wave; `on_time` also
    where nobody has answered, or the wave or the one before it is not dated.
    """

    name: str
    day: date
    first: date | None
    last: date | None
    is_dated: bool
    due: date | None = None
    on_time: bool | None = None


@dataclass(frozen=True, slots=True)
class Rhythm:
    """The waves in the order of time, and when the next one is due; `days_left` falls below 0 when it is overdue."""

    cadence: str | None
    waves: tuple[HeldWave, ...]
    due: date | None = None
    days_left: int | None = None

    @property
    def overdue_days(self) -> int:
        return max(0, -(self.days_left or 0))

    @property
    def judged(self) -> int:
        """How many waves after the first can be said to have been held when due, or not."""
        return sum(wave.on_time is not None for wave in self.waves)

    @property
    def on_time(self) -> int:
        """How many of those were."""
        return sum(wave.on_time is True for wave in self.waves)


def rhythm_of(
    study: Study, answered: Mapping[str, tuple[str, str]], openings: Mapping[str, str], today: date
) -> Rhythm:
    """The rhythm of a study from what its store keeps: `Store.wave_dates()` and `Store.wave_openings()`.

    A wave that was opened and never answered counts only while it is the study's present one.
    """
    waves = {}
    for name in {*answered, *(openings.keys() & {study.wave})}:
        opened = date.fromisoformat(openings[name]) if name in openings else None
        first, last = map(_local_day, answered[name]) if name in answered else (None, None)
        waves[name] = WaveDates(opened, first, last)
    return rhythm(study.cadence, waves, today)


def _local_day(at: str) -> date:
    """The day that it was where the study is made; times are kept in UTC."""
    return datetime.fromisoformat(at).astimezone().date()


def rhythm(cadence: str | None, waves: Mapping[str, WaveDates], today: date) -> Rhythm:
    """Put waves in order, judge each against the one before it, and say when the next one is due."""
    held = sorted(
        (_held(name, day, dates) for name, dates in waves.items() if (day := dates.opened or dates.first)),
        key=lambda wave: (wave.day, wave.name),
    )
    if cadence is None or not held:
        return Rhythm(cadence, tuple(held))
    months = MONTHS[cadence]
    judged = (held[0], *(_judged(before, wave, months) for before, wave in pairwise(held)))
    due = add_months(held[-1].day, months)
    return Rhythm(cadence, judged, due, (due - today).days)


def _held(name: str, day: date, dates: WaveDates) -> HeldWave:
    """A wave was held when it was opened, or else when its first answer came in: unless its name says an earlier time,
    for then the answers were given elsewhere and brought in later."""
    period = _period(name)
    end = add_months(*period) - timedelta(days=1) if period else day
    is_dated = dates.opened is not None or day <= end
    return HeldWave(name, day if is_dated else end, dates.first, dates.last, is_dated)


def _judged(before: HeldWave, wave: HeldWave, months: int) -> HeldWave:
    due = add_months(before.day, months)
    if wave.first is None or not (before.is_dated and wave.is_dated):
        return replace(wave, due=due)
    return replace(wave, due=due, on_time=abs(wave.day - due) <= TOLERANCE * (due - before.day))


def add_months(day: date, months: int) -> date:
    """The same day so many calendar months later, or that month's last: 31 January and one month is 28 or 29 February."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def next_wave_name(current: str, cadence: str) -> str | None:
    """The name of the wave after this one: 2026-Q4 -> 2027-Q1, 2026-11 -> 2026-12, 2026-H1 -> 2026-H2, 2026 -> 2027.

    None where the name is no period of time, or one too long for the cadence: two monthly waves cannot share a quarter's name.
    """
    period = _period(current)
    if period is None or MONTHS[cadence] % period[1]:
        return None
    start = add_months(period[0], MONTHS[cadence])
    names = {
        12: f"{start.year}",
        6: f"{start.year}-H{(start.month - 1) // 6 + 1}",
        3: current_quarter(start),
        1: f"{start.year}-{start.month:02}",
    }
    return names[period[1]]


def _period(name: str) -> tuple[date, int] | None:
    """The first day of the period that a wave is named for, and the months that it lasts; None for other names."""
    found = _PERIOD.fullmatch(name)
    if found is None:
        return None
    unit = found.lastgroup or "year"
    number = 1 if unit == "year" else int(found[unit])
    months = _PERIOD_MONTHS[unit]
    return date(int(found["year"]), (number - 1) * months + 1, 1), months


def calendar(study: Study, opened: date, identity: str, stamp: datetime) -> bytes:
    """An iCalendar file (RFC 5545): a week for the study's present wave, and, with a cadence, the day on which the next one
    is due, repeated, with a reminder a week before. It names nobody.

    `identity` stays the same for a study, so that a calendar which takes the file in again moves the entries that it has.
    `stamp` is the time of writing, with its time zone.
    """
    from icalendar import Calendar, Event

    title = " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", study.title).split())  # RFC 5545, 3.1: no control characters
    events = [Event()]
    events[0].add("summary", f"Voice check-in: {title}, {study.wave}")
    events[0].add("uid", f"{identity}-{study.wave}@voicepulse")
    events[0].add("dtstart", opened)
    events[0].add("duration", timedelta(days=CHECK_IN_DAYS))
    if study.cadence is not None:
        events.append(_due_event(title, opened, MONTHS[study.cadence], identity))
    whole = Calendar()
    whole.add("prodid", "-//VoicePulse//EN")
    whole.add("version", "2.0")
    for event in events:
        event.add("dtstamp", stamp)
        event.add("transp", "TRANSPARENT")  # a check-in of minutes keeps nobody busy for days
        whole.add_component(event)
    text: bytes = whole.to_ical()
    return text


def _due_event(title: str, opened: date, months: int, identity: str) -> Event:
    from icalendar import Alarm, Event

    event, reminder = Event(), Alarm()
    event.add("summary", f"Voice check-in is due: {title}")
    event.add("uid", f"{identity}-due@voicepulse")
    event.add("dtstart", add_months(opened, months))
    event.add("rrule", _every(months, opened.day))
    reminder.add("action", "DISPLAY")
    reminder.add("description", f"Voice check-in is due in a week: {title}")
    reminder.add("trigger", -timedelta(days=CHECK_IN_DAYS))
    event.add_component(reminder)
    return event


def _every(months: int, day: int) -> dict[str, object]:
    """A repetition on this day of the month. One that some months lack becomes the last that there is: a plain rule would
    leave those months out (RFC 5545, 3.3.10)."""
    rule: dict[str, object] = {"freq": "MONTHLY", "interval": months}
    if day > 28:
        rule |= {"bymonthday": list(range(28, day + 1)), "bysetpos": -1}
    return rule
