"""The time as it is stored."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


def now() -> str:
    """The time in UTC, ISO 8601; to the microsecond, for the order of takes rests on it. As text it sorts as time does."""
    return _text(datetime.now(timezone.utc))


def after(span: timedelta) -> str:
    """The time so much later, in the same form."""
    return _text(datetime.now(timezone.utc) + span)


def _text(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
