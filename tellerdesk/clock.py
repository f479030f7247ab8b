"""What time it is: injected, never global."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

CHINA = timezone(timedelta(hours=8), "CST")
"""Branch time. China has kept one zone without summer time since 1992."""


class Clock(Protocol):
    """Aware UTC instants for events, monotonic seconds for deadlines."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass(slots=True)
class OffsetClock:
    """The machine's clock moved by what `offset` returns, for rehearsals of other days. Deadlines are not moved."""

    offset: Callable[[], timedelta]

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset()

    def monotonic(self) -> float:
        return time.monotonic()


def branch_time(instant: datetime) -> datetime:
    """The same instant on the branch's wall clock."""
    return instant.astimezone(CHINA)
