"""Pages and totals of a search."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping

from tellerdesk.bills.commands import Method
from tellerdesk.bills.refund_note import word as called
from tellerdesk.bills.states import FLOW as BILLS
from tellerdesk.errors import BadInput, Refused
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds import register
from tellerdesk.search import statements
from tellerdesk.search.asked import Asked
from tellerdesk.search.commands import Cursor
from tellerdesk.search.matching import Matcher, Matching
from tellerdesk.search.statements import SHOWN
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

_ID, _SERIAL, _REFUNDED = SHOWN.index("id"), SHOWN.index("serial"), len(SHOWN)
_METHODS = {method.value: method for method in Method}
_CASH_RETURNS = {word.value: word for word in CashReturn}


class Finder:
    """Answers searches. Every entry is shown masked."""

    def __init__(self, matcher: Matcher, billers: Mapping[str, Bilingual]) -> None:
        """`billers`: names by code. An entry of a biller nobody knows any more shows its code."""
        self._matcher = matcher
        self._billers = billers

    def page(self, connection: Connection, asked: Asked, cursor: Cursor | None, size: int) -> JournalPage:
        """Raises BadInput where the cursor is of another search, Refused where too many rows would be sorted."""
        wanted = max(1, min(size, MOST))
        matching = self._matcher.matching(connection, asked)
        self._check_sort(connection, asked, matching)
        backward = cursor is not None and cursor.backward
        found = _rows(connection, asked, matching, cursor, wanted + 1)
        more = len(found) > wanted
        found = found[:wanted]
        if backward:
            found.reverse()
        elsewhere = cursor is not None
        before, behind = (more, elsewhere) if backward else (elsewhere, more)
        sort = asked.search.sort
        return JournalPage(
            rows=tuple(self._rows(connection, found)),
            previous=_cursor(sort, found[0], backward=True) if before and found else None,
            next=_cursor(sort, found[-1]) if behind and found else None,
            since=asked.since,
            until=asked.until,
        )

    def totals(self, connection: Connection, asked: Asked) -> Totals:
        matching = self._matcher.matching(connection, asked)
        count, sum_fen = _counted(connection, matching)
        return Totals(min(count, COUNTED), sum_fen, at_least=count > COUNTED)

    def every(self, connection: Connection, asked: Asked, at_once: int) -> Iterator[JournalRow]:
        """Every row that matches, in the order asked for; `at_once` are read at a time and none is kept."""
        matching = self._matcher.matching(connection, asked)
        self._check_sort(connection, asked, matching)
        cursor: Cursor | None = None
        while True:
            found = _rows(connection, asked, matching, cursor, at_once)
            yield from self._rows(connection, found)
            if len(found) < at_once:
                return
            cursor = _cursor(asked.search.sort, found[-1])

    def row(self, entry: Mapping[str, Any] | RowMapping) -> JournalRow:
        """An entry by its own state."""
        return self._row(_shown(entry), None)

    def row_now(self, connection: Connection, entry: Mapping[str, Any]) -> JournalRow:
        """An entry as it is called now: a payment whose money is refunded is called what its refund is."""
        (row,) = self._rows(connection, [(*_shown(entry), entry["flow"] == BILLS)])
        return row

    def _rows(self, connection: Connection, found: Sequence[Sequence[Any]]) -> Iterator[JournalRow]:
        refunds = register.notes_of(connection, [one[_SERIAL] for one in found if one[_REFUNDED]])
        for *entry, refunded in found:
            refund = refunds.get(entry[_SERIAL]) if refunded else None
            word = None if refund is None else called(dict(zip(SHOWN, entry, strict=True)), refund)
            yield self._row(entry, word)

    def _row(self, entry: Sequence[Any], word: Word | None) -> JournalRow:
        """Of what SHOWN names, in this order; by its own state where no `word` is given."""
        (
            _, serial, made_at, accounting_date, flow, code, consumer_no, last4, name, amount_fen, method, state,
            cash_return, teller_no, till_no, branch_no, core_serial, counterpart_serial,
        ) = entry  # fmt: skip
        return JournalRow(
            serial,
            made_at,
            accounting_date,
            flow,
            CODES.get(flow, ""),
            code,
            self._billers.get(code) or Bilingual(code, code),
            consumer_no or f"****{last4}",  # a personal one is sealed
            mask_name(name),
            amount_fen,
            _METHODS[method],
            word or word_of(flow, state),
            state,
            _CASH_RETURNS[cash_return],
            teller_no,
            till_no,
            branch_no,
            core_serial,
            counterpart_serial,
        )

    def _check_sort(self, connection: Connection, asked: Asked, matching: Matching) -> None:
        if asked.search.sort is not Sort.TIME and _counted(connection, matching)[0] > COUNTED:
            raise Refused("error.search.too_many_to_sort", most=f"{COUNTED:,}")


def _shown(entry: Mapping[str, Any] | RowMapping) -> list[Any]:
    return [entry[name] for name in SHOWN]


def _cursor(sort: Sort, found: Sequence[Any], *, backward: bool = False) -> Cursor:
    by, _ = _BY[sort]
    return Cursor(found[SHOWN.index(by)], found[_ID], backward)


def _rows(
    connection: Connection, asked: Asked, matching: Matching, cursor: Cursor | None, most: int
) -> list[Sequence[Any]]:
    """What SHOWN names of each entry, and whether something of its money is refunded."""
    by, kind = _BY[asked.search.sort]
    if cursor is not None and not isinstance(cursor.value, kind):
        raise BadInput("error.search.cursor", field="sort")
    if matching.nothing:
        return []
    rising = asked.search.ascending != (cursor is not None and cursor.backward)
    values = {**matching.values, "most": most}
    if cursor is not None:
        values |= {"place": cursor.value, "number": cursor.id}
    query = statements.page(matching.shape, by, rising=rising, behind=cursor is not None)
    return list(connection.execute(query, values).all())


def _counted(connection: Connection, matching: Matching) -> tuple[int, int]:
    """How many match, at most one more than COUNTED, and the sum of so many."""
    if matching.nothing:
        return 0, 0
    query = statements.counted(matching.shape, COUNTED + 1)
    count, sum_fen = connection.execute(query, dict(matching.values)).one()
    return int(count), int(sum_fen or 0)
