"""How often something may be tried from one place. In memory: a restart forgives."""

from __future__ import annotations

from fastapi import HTTPException, Request
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

PASSWORDS_A_NAME = RateLimitItemPerMinute(10, 15)  # wrong ones in a quarter of an hour, for one name from one place
PASSWORDS_A_PLACE = RateLimitItemPerHour(100)  # for whatever names
UNKNOWN_LINKS = RateLimitItemPerMinute(30)
TAKES_BEGUN = RateLimitItemPerHour(120)  # by one speaker


class Limits:
    """Counts tries; what is over the limit ends with 429."""

    def __init__(self) -> None:
        self._window = MovingWindowRateLimiter(MemoryStorage())

    def count(self, limit: RateLimitItem, *who: str) -> None:
        """Count one try.

        Raises:
            HTTPException: 429, it was one too many.
        """
        if not self._window.hit(limit, *who):
            raise too_many()

    def check(self, limit: RateLimitItem, *who: str) -> None:
        """The same without counting: whether another try is allowed."""
        if not self._window.test(limit, *who):
            raise too_many()


def too_many() -> HTTPException:
    return HTTPException(429, "That was tried too often. Wait a quarter of an hour and try again.")


def place(request: Request) -> str:
    """Where a request comes from; behind a proxy, what the proxy says."""
    return request.client.host if request.client else "unknown"
