"""Pages and totals of a search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, bindparam, func, select, text, tuple_

from tellerdesk.bills.commands import Method
from tellerdesk.errors import BadInput, Refused
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import CashReturn
from tellerdesk.search.asked import Asked
from tellerdesk.search.commands import Cursor
from tellerdesk.search.statements import SHOWN, Matching, Statements
from tellerdesk.search.states import CODES, Sort, word_of
from tellerdesk.search.views import JournalPage, JournalRow, Totals
from tellerdesk.text import mask_name

COUNTED = 10_000
"""No search counts further: beyond it the figures are lower bounds."""

MOST = 200
"""No page holds more rows."""

_BY: Mapping[Sort, tuple[str, type]] = {
    Sort.TIME: ("made_at", datetime),
    Sort.AMOUNT: ("amount_fen", int),
    Sort.BILLER: ("counterpart", str),
    Sort.TELLER: ("teller_no", str),
}
"""The column, and what stands in it."""

_PLANNED_EACH_TIME = text(
    "SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('jit', 'off', true)"
)


def prepare(connection: Connection) -> None:
    """Has PostgreSQL look at the values before it decides how to search, and lose no time compiling. To be called once
    in each read session that searches."""
    if connection.dialect.name == "postgresql":
        connection.execute(_PLANNED_EACH_TIME)


class Finder:
    """Answers searches. Every entry is shown masked."""

    def __init__(self, statements: Statements, billers: Mapping[str, Bilingual]) -> None:
        """`billers`: names by code. An entry of a biller nobody knows any more shows its code."""
        self._statements = statements
        self._billers = billers

    def page(self, connection: Connection, asked: Asked, cursor: Cursor | None, size: int) -> JournalPage:
        """Raises BadInput where the cursor is of another search, Refused where too many rows would be sorted."""
        wanted = max(1, min(size, MOST))
        matching = self._statements.matching(connection, asked)
        self._check_sort(connection, asked, matching)
        backward = cursor is not None and cursor.backward
        found = _rows(connection, asked, matching, cursor, wanted + 1)
        more = len(found) > wanted
        found = found[:wanted]
        if backward:
            found.reverse()
        elsewhere = cursor is not None
        before, behind = (more, elsewhere) if backward else (elsewhere, more)
        by, _ = _BY[asked.search.sort]
        return JournalPage(
            rows=tuple(self.row(row) for row in found),
            previous=Cursor(found[0][by], found[0]["id"], backward=True) if before and found else None,
            next=Cursor(found[-1][by], found[-1]["id"]) if behind and found else None,
            since=asked.since,
            until=asked.until,
        )

    def totals(self, connection: Connection, asked: Asked) -> Totals:
        matching = self._statements.matching(connection, asked)
        count, sum_fen = _counted(connection, matching)
        return Totals(min(count, COUNTED), sum_fen, at_least=count > COUNTED)

    def every(self, connection: Connection, asked: Asked, at_once: int) -> Iterator[JournalRow]:
        """Every row that matches, in the order asked for; `at_once` are read at a time and none is kept."""
        matching = self._statements.matching(connection, asked)
        self._check_sort(connection, asked, matching)
        by, _ = _BY[asked.search.sort]
        cursor: Cursor | None = None
        while True:
            found = _rows(connection, asked, matching, cursor, at_once)
            yield from (self.row(row) for row in found)
            if len(found) < at_once:
                return
            cursor = Cursor(found[-1][by], found[-1]["id"])

    def row(self, entry: RowMapping | Mapping[str, Any]) -> JournalRow:
        code = entry["counterpart"]
        return JournalRow(
            serial=entry["serial"],
            made_at=entry["made_at"],
            accounting_date=entry["accounting_date"],
            flow=entry["flow"],
            code=CODES.get(entry["flow"], ""),
            biller_code=code,
            biller=self._billers.get(code) or Bilingual(code, code),
            consumer_no=masked_consumer(entry),
            customer_name=mask_name(entry["customer_name"]),
            amount_fen=entry["amount_fen"],
            method=Method(entry["method"]),
            word=word_of(entry["flow"], entry["state"]),
            state=entry["state"],
            cash_return=CashReturn(entry["cash_return"]),
            teller_no=entry["teller_no"],
            till_no=entry["till_no"],
            branch_no=entry["branch_no"],
            core_serial=entry["core_serial"],
            counterpart_serial=entry["counterpart_serial"],
        )

    def _check_sort(self, connection: Connection, asked: Asked, matching: Matching) -> None:
        if asked.search.sort is not Sort.TIME and _counted(connection, matching)[0] > COUNTED:
            raise Refused("error.search.too_many_to_sort", most=f"{COUNTED:,}")


def masked_consumer(entry: Mapping[str, Any] | RowMapping) -> str:
    """A consumer number as anybody may see it: a personal one is sealed, and shows its last digits."""
    return entry["consumer_no"] or f"****{entry['consumer_last4']}"


def _rows(
    connection: Connection, asked: Asked, matching: Matching, cursor: Cursor | None, most: int
) -> list[RowMapping]:
    c: Any = matching.source.c
    name, kind = _BY[asked.search.sort]
    by, number = c[name], c.id
    rising = asked.search.ascending != (cursor is not None and cursor.backward)
    order = (by.asc(), number.asc()) if rising else (by.desc(), number.desc())
    query = select(*(c[name] for name in SHOWN)).where(*matching.conditions).order_by(*order).limit(most)
    if cursor is not None:
        if not isinstance(cursor.value, kind):
            raise BadInput("error.search.cursor", field="sort")
        query = query.where(_behind(by, number, cursor, rising=rising))
    return list(connection.execute(query).mappings())


def _behind(by: Any, number: Any, cursor: Cursor, *, rising: bool) -> ColumnElement[bool]:
    place = tuple_(bindparam(None, cursor.value, type_=by.type), bindparam(None, cursor.id, type_=number.type))
    here = tuple_(by, number)
    return here > place if rising else here < place


def _counted(connection: Connection, matching: Matching) -> tuple[int, int]:
    """How many match, at most one more than COUNTED, and the sum of so many."""
    some = select(matching.source.c.amount_fen).where(*matching.conditions).limit(COUNTED + 1).subquery()
    count, sum_fen = connection.execute(select(func.count(), func.sum(some.c.amount_fen)).select_from(some)).one()
    return int(count), int(sum_fen or 0)
