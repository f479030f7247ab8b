"""The days core names in its answers, each kept once."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection

from tellerdesk.journal import entries


class NotedDays:
    """Remembers the newest day that was written down, so that most answers cost no statement."""

    def __init__(self) -> None:
        self._newest: date | None = None

    def note(self, connection: Connection, day: date, now: datetime) -> None:
        if self._newest is None or day > self._newest:
            entries.note_day(connection, day, now)
            self._newest = day
