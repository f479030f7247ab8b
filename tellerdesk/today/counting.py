"""Statements behind a branch's day: few, and each over what one index holds together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, extract, func, select

from tellerdesk.bills.states import FLOW as PAYMENTS
from tellerdesk.journal.entries import ENTRY
from tellerdesk.refunds.models import Refund
from tellerdesk.refunds.states import DUE, PENDING_PAY_OUT
from tellerdesk.store.base import table_of
from tellerdesk.till.drawer import MOVEMENT, SESSION

Row = dict[str, Any]

REFUND = table_of(Refund)

_TODAY = and_(
    ENTRY.c.made_at >= bindparam("since"),
    ENTRY.c.made_at < bindparam("until"),
    ENTRY.c.branch_no == bindparam("branch"),
)

_HOUR = extract("hour", ENTRY.c.made_at)
"""By UTC: what the database keeps. Branch time is a whole number of hours away."""

_PAYMENTS = (
    select(
        ENTRY.c.state,
        ENTRY.c.counterpart,
        _HOUR.label("hour"),
        func.count().label("count"),
        func.sum(ENTRY.c.amount_fen).label("amount_fen"),
    )
    .where(_TODAY, ENTRY.c.flow == PAYMENTS)
    .group_by(ENTRY.c.state, ENTRY.c.counterpart, _HOUR)
)

_REFUNDED = (
    select(
        *(ENTRY.c.serial, ENTRY.c.state, ENTRY.c.cash_return, ENTRY.c.counterpart, ENTRY.c.amount_fen),
        _HOUR.label("hour"),
    )
    .join(REFUND, REFUND.c.payment_serial == ENTRY.c.serial)
    .where(_TODAY, ENTRY.c.flow == PAYMENTS)
    .distinct()
)

_RUNNING = (
    select(
        SESSION.c.till_no,
        SESSION.c.staff_no,
        SESSION.c.opened_at,
        SESSION.c.opening_fen,
        func.coalesce(func.sum(case((MOVEMENT.c.kind == "CASH_IN", MOVEMENT.c.amount_fen))), 0).label("in_fen"),
        func.coalesce(func.sum(case((MOVEMENT.c.kind == "CASH_OUT", MOVEMENT.c.amount_fen))), 0).label("out_fen"),
    )
    .select_from(SESSION)
    .outerjoin(MOVEMENT, MOVEMENT.c.session_id == SESSION.c.id)
    .where(SESSION.c.branch_no == bindparam("branch"), SESSION.c.closed_at.is_(None))
    .group_by(SESSION.c.id, SESSION.c.till_no, SESSION.c.staff_no, SESSION.c.opened_at, SESSION.c.opening_fen)
    .order_by(SESSION.c.till_no)
)

_REFUNDS = (
    select(func.count(), func.coalesce(func.sum(ENTRY.c.amount_fen), 0))
    .join(REFUND, REFUND.c.serial == ENTRY.c.serial)
    .where(
        ENTRY.c.branch_no == bindparam("branch"),
        ENTRY.c.unfinished == 1,
        ENTRY.c.state.in_((DUE, PENDING_PAY_OUT)),
    )
)


def payments(connection: Connection, branch_no: str, since: datetime, until: datetime) -> list[Row]:
    """Today's payments by state, counterpart and hour (of UTC): count and sum."""
    given = {"branch": branch_no, "since": since, "until": until}
    return [dict(row) for row in connection.execute(_PAYMENTS, given).mappings()]


def refunded(connection: Connection, branch_no: str, since: datetime, until: datetime) -> list[Row]:
    """Those of today's payments a refund was ever asked for, each with its serial."""
    given = {"branch": branch_no, "since": since, "until": until}
    return [dict(row) for row in connection.execute(_REFUNDED, given).mappings()]


def tills(connection: Connection, branch_no: str) -> list[Mapping[str, Any]]:
    """The branch's open tills with what went in and out of each."""
    return [dict(row) for row in connection.execute(_RUNNING, {"branch": branch_no}).mappings()]


def refunds(connection: Connection, branch_no: str) -> tuple[int, int]:
    """How many refunds wait for their customers, and their sum in fen."""
    count, amount_fen = connection.execute(_REFUNDS, {"branch": branch_no}).one()
    return int(count), int(amount_fen)
