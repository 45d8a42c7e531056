"""The one door through which the current time enters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; passed in wherever the present matters, so that tests can fix it."""

    def now(self) -> datetime:
        """Return the present moment with a zone."""
        ...


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still at ``moment``."""

    moment: datetime

    def now(self) -> datetime:
        """Return the fixed moment."""
        return self.moment
