"""Finding rows of the audit: any mix of conditions, newest first, page after page behind the last row seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, false, func, literal, select

from tellerdesk.audit.models import AuditRow
from tellerdesk.audit.views import AuditPage, AuditRowView, AuditSearch
from tellerdesk.clock import CHINA
from tellerdesk.store.base import table_of

MOST = 200
"""No page holds more rows."""

_BY_CHARACTERS = {"sqlite": (">=", "<"), "postgresql": ("~>=~", "~<~")}
"""How each database compares texts character by character."""

_ROWS = table_of(AuditRow)
_SHOWN = tuple(_ROWS.c[part] for part in AuditRowView.__slots__)
_SEALED = (*_SHOWN, _ROWS.c.previous_mac, _ROWS.c.mac)


def find(connection: Connection, search: AuditSearch, most: int = 50) -> AuditPage:
    """The newest rows that match, newest first, at most `most` and MOST."""
    wanted = max(1, min(most, MOST))
    query = (
        select(*_SHOWN)
        .where(*_conditions(search, connection.dialect.name))
        .order_by(_ROWS.c.id.desc())
        .limit(wanted + 1)
    )
    found = [AuditRowView(*row) for row in connection.execute(query)]
    return AuditPage(tuple(found[:wanted]), more=len(found) > wanted)


def count(connection: Connection, search: AuditSearch) -> int:
    return int(
        connection.execute(
            select(func.count()).select_from(_ROWS).where(*_conditions(search, connection.dialect.name))
        ).scalar_one()
    )


def every(connection: Connection, search: AuditSearch) -> Iterator[tuple[AuditRowView, bytes, bytes]]:
    """Every row that matches, oldest first, each with the seal of the row before it and its own. None is kept."""
    query = select(*_SEALED).where(*_conditions(search, connection.dialect.name)).order_by(_ROWS.c.id)
    for *shown, previous_mac, mac in connection.execute(query, execution_options={"yield_per": 2000}):
        yield AuditRowView(*shown), previous_mac, mac


def _conditions(search: AuditSearch, dialect: str) -> Iterator[ColumnElement[bool]]:
    texts = (search.person, search.action, search.subject)
    if any(not _can_stand(text) for text in texts):
        yield false()  # PostgreSQL would refuse the question; no row holds such a text
        return
    if search.person:
        yield _ROWS.c.person == search.person
    for column, beginning in ((_ROWS.c.action, search.action), (_ROWS.c.subject, search.subject)):
        if beginning:  # not LIKE: it has wildcards, and SQLite's knows no capitals
            yield func.substr(column, 1, len(beginning)) == literal(beginning)
    if search.subject:  # says nothing new, and lets the index find them
        from_here, up_to = _BY_CHARACTERS[dialect]
        yield _ROWS.c.subject.bool_op(from_here)(search.subject)
        if (beyond := _beyond(search.subject)) is not None:
            yield _ROWS.c.subject.bool_op(up_to)(beyond)
    if search.since is not None and (since := _begins(search.since)) is not None:
        yield _ROWS.c.at >= since
    if search.until is not None and (end := _ends(search.until)) is not None:
        yield _ROWS.c.at < end
    if search.before_id is not None:
        yield _ROWS.c.id < search.before_id


def _can_stand(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _beyond(beginning: str) -> str | None:
    """The first text behind all that begin like this, None where there is none."""
    kept = beginning.rstrip("\U0010ffff")
    if not kept:
        return None
    after = ord(kept[-1]) + 1
    return kept[:-1] + chr(0xE000 if after == 0xD800 else after)


def _begins(day: date) -> datetime | None:
    """The first moment of a day of the branch; None where no clock reaches back so far."""
    return datetime.combine(day, time(), CHINA) if day > date.min else None


def _ends(day: date) -> datetime | None:
    """The first moment after a day of the branch; None where there is none."""
    return _begins(day + timedelta(days=1)) if day < date.max else None
