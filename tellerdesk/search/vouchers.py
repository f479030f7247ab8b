"""3002: the vouchers of an accounting date. What core was never told of is none; a cancellation is one of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, tuple_

from tellerdesk.bills import combined_receipts
from tellerdesk.bills.commands import Method
from tellerdesk.bills.models import Cancellation
from tellerdesk.bills.views import CancelOutcome
from tellerdesk.documents.papers import DOCUMENT
from tellerdesk.documents.views import DocumentKind
from tellerdesk.errors import BadInput
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import Word
from tellerdesk.search.commands import Cursor, VoucherDay
from tellerdesk.search.finder import MOST, Finder
from tellerdesk.search.statements import SHOWN
from tellerdesk.search.states import CANCELLATION, CODES, word_of
from tellerdesk.search.views import VoucherGroup, VoucherPage, VoucherRow
from tellerdesk.store.base import table_of

CANCELLED = table_of(Cancellation)

_OF_CANCELLATIONS = ENTRY.join(CANCELLED, CANCELLED.c.serial == ENTRY.c.serial)
_FLOWS = {code: flow for flow, code in CODES.items()}


def groups(connection: Connection, asked: VoucherDay, branch_no: str) -> tuple[VoucherGroup, ...]:
    """Counts and sums, by code, teller, method and word."""
    counted: dict[tuple[str, str, str, Word], list[int]] = defaultdict(lambda: [0, 0])
    figures = (func.count(), func.sum(ENTRY.c.amount_fen))
    by = (ENTRY.c.flow, ENTRY.c.teller_no, ENTRY.c.method, ENTRY.c.state)
    booked = select(*by, *figures).where(*_entries(asked, branch_no)).group_by(*by)
    for flow, teller_no, method, state, count, sum_fen in connection.execute(booked):
        code = CODES.get(flow, "")
        if asked.code in {"", code}:
            group = counted[code, teller_no, method, word_of(flow, state)]
            group[0], group[1] = group[0] + count, group[1] + int(sum_fen)
    if asked.code in {"", CANCELLATION}:
        who = (CANCELLED.c.asked_by, ENTRY.c.method)
        undone = (
            select(*who, *figures)
            .select_from(_OF_CANCELLATIONS)
            .where(*_cancellations(asked, branch_no))
            .group_by(*who)
        )
        for teller_no, method, count, sum_fen in connection.execute(undone):
            counted[CANCELLATION, teller_no, method, Word.CANCELLED] = [count, int(sum_fen)]
    return tuple(
        VoucherGroup(code, teller_no, Method(method), word, count, sum_fen)
        for (code, teller_no, method, word), (count, sum_fen) in sorted(counted.items())
    )


def page(
    connection: Connection, finder: Finder, asked: VoucherDay, branch_no: str, cursor: Cursor | None, size: int
) -> VoucherPage:
    """Raises BadInput (field "code") where no code is given, or none that has vouchers."""
    wanted = max(1, min(size, MOST))
    at, number, by, source, conditions = _source(asked, branch_no)
    backward = cursor is not None and cursor.backward
    query = select(*(ENTRY.c[name] for name in SHOWN), at.label("at"), number.label("number"), by.label("by"))
    query = query.select_from(source).where(*conditions).limit(wanted + 1)
    query = query.order_by(at.desc(), number.desc()) if backward else query.order_by(at, number)
    if cursor is not None:
        place = tuple_(bindparam(None, cursor.value, type_=at.type), bindparam(None, cursor.id, type_=number.type))
        here = tuple_(at, number)
        query = query.where(here < place if backward else here > place)
    found = list(connection.execute(query).mappings())
    more = len(found) > wanted
    found = found[:wanted]
    if backward:
        found.reverse()
    before, behind = (more, True) if backward else (cursor is not None, more)
    papers = _papers(connection, [row["serial"] for row in found], asked.code == CANCELLATION)
    rows = tuple(
        VoucherRow(asked.code, row["by"], row["at"], finder.row(row), tuple(papers[row["serial"]])) for row in found
    )
    return VoucherPage(
        rows,
        previous=Cursor(found[0]["at"], found[0]["number"], backward=True) if before and found else None,
        next=Cursor(found[-1]["at"], found[-1]["number"]) if behind and found else None,
    )


def every(connection: Connection, finder: Finder, asked: VoucherDay, branch_no: str) -> Iterator[VoucherRow]:
    """Every voucher the groups count, by code and then oldest first; one page of them in memory at a time. Raises
    BadInput (field "code") where a code is given that has no vouchers."""
    for code in [asked.code] if asked.code else sorted({*_FLOWS, CANCELLATION}):
        cursor: Cursor | None = None
        while True:
            found = page(connection, finder, replace(asked, code=code), branch_no, cursor, MOST)
            yield from found.rows
            if found.next is None:
                break
            cursor = found.next


def _source(asked: VoucherDay, branch_no: str) -> tuple[Any, Any, Any, Any, list[ColumnElement[bool]]]:
    """When and in which order, by whom, where from, under which conditions."""
    if asked.code == CANCELLATION:
        conditions = _cancellations(asked, branch_no)
        return CANCELLED.c.ended_at, CANCELLED.c.id, CANCELLED.c.asked_by, _OF_CANCELLATIONS, conditions
    if asked.code not in _FLOWS:
        raise BadInput("error.search.code", field="code")
    conditions = [*_entries(asked, branch_no), ENTRY.c.flow == _FLOWS[asked.code]]
    return ENTRY.c.made_at, ENTRY.c.id, ENTRY.c.teller_no, ENTRY, conditions


def _entries(asked: VoucherDay, branch_no: str) -> list[ColumnElement[bool]]:
    conditions = [ENTRY.c.accounting_date == asked.day]
    if branch_no:
        conditions.append(ENTRY.c.branch_no == branch_no)
    if asked.teller_no:
        conditions.append(ENTRY.c.teller_no == asked.teller_no)
    return conditions


def _cancellations(asked: VoucherDay, branch_no: str) -> list[ColumnElement[bool]]:
    conditions = [ENTRY.c.accounting_date == asked.day, CANCELLED.c.outcome == CancelOutcome.CANCELLED]
    if branch_no:
        conditions.append(ENTRY.c.branch_no == branch_no)
    if asked.teller_no:
        conditions.append(CANCELLED.c.asked_by == asked.teller_no)
    return conditions


def _papers(connection: Connection, serials: list[str], of_cancellations: bool) -> dict[str, list[str]]:
    """The numbers of the documents about each entry: those about its cancellation, or the others, a receipt it
    shares with payments of its basket included."""
    is_of_one = DOCUMENT.c.kind == DocumentKind.CANCELLATION_SLIP
    of_each = select(DOCUMENT.c.serial, DOCUMENT.c.number).where(
        DOCUMENT.c.serial.in_(serials), is_of_one if of_cancellations else ~is_of_one
    )
    found = {(row.serial, row.number) for row in connection.execute(of_each)}
    if not of_cancellations:
        found |= {(row.serial, row.number) for row in connection.execute(combined_receipts.about(serials))}
    papers: dict[str, list[str]] = defaultdict(list)
    for serial, number in sorted(found):
        papers[serial].append(number)
    return papers
