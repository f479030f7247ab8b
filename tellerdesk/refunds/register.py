"""Statements on the refunds' tables, and what is read from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, text, update

from tellerdesk.bills.views import RefundNote
from tellerdesk.errors import LeaseLost
from tellerdesk.journal.entries import ENTRY
from tellerdesk.refunds.models import PayOut, Refund
from tellerdesk.refunds.states import FLOW, STATES
from tellerdesk.store.base import table_of

Row = dict[str, Any]

REFUND, PAY_OUT = table_of(Refund), table_of(PayOut)

_WRITE, _WRITE_PAY_OUT = insert(REFUND), insert(PAY_OUT)
_NEW = dict.fromkeys(("reason", "note", "original_no", "agreement_no", "refusal"), "")
_ONE = select(REFUND).where(REFUND.c.serial == bindparam("of"))
_PAY_OUT = select(PAY_OUT).where(PAY_OUT.c.serial == bindparam("of")).order_by(PAY_OUT.c.id.desc()).limit(1)
_PAY_OUT_BY_REQUEST = select(PAY_OUT).where(PAY_OUT.c.request_id == bindparam("of"))
_OF_PAYMENT = (
    select(ENTRY)
    .join(REFUND, REFUND.c.serial == ENTRY.c.serial)
    .where(REFUND.c.payment_serial == bindparam("of"))
    .order_by(ENTRY.c.id)
)
_STANDING = (
    select(REFUND.c.serial, REFUND.c.cause, ENTRY.c.state)
    .join(ENTRY, ENTRY.c.serial == REFUND.c.serial)
    .where(REFUND.c.payment_serial == bindparam("of"), REFUND.c.holds.is_not(None))
    .order_by(ENTRY.c.id.desc())
    .limit(1)
)
_STANDING_OF = (
    select(REFUND.c.payment_serial, REFUND.c.serial, REFUND.c.cause, ENTRY.c.state)
    .join(ENTRY, ENTRY.c.serial == REFUND.c.serial)
    .where(REFUND.c.payment_serial.in_(bindparam("of", expanding=True)), REFUND.c.holds.is_not(None))
    .order_by(ENTRY.c.id)
)
# As they stand in the partial indexes, each asked for by itself: otherwise neither would be used.
_OPEN_IN_BRANCH = tuple(
    select(ENTRY).where(ENTRY.c.branch_no == bindparam("branch_no"), ENTRY.c.flow == FLOW, text(is_open))
    for is_open in ("unfinished = 1", "cash_return IN ('DUE', 'SUSPENDING')")
)


def write(connection: Connection, refund: Row) -> None:
    """Raises IntegrityError where another refund holds the same source."""
    connection.execute(_WRITE, _NEW | refund)


def one(connection: Connection, serial: str) -> Row | None:
    return _row(connection.execute(_ONE, {"of": serial}).mappings().first())


def of(connection: Connection, serial: str) -> Row:
    """What an entry of the refund flow is about. Raises LeaseLost where there is no such thing."""
    found = one(connection, serial)
    if found is None:
        raise LeaseLost("error.journal.taken_over", serial=serial)
    return found


def change(connection: Connection, serial: str, **values: Any) -> None:
    connection.execute(update(REFUND).where(REFUND.c.serial == serial).values(values))


def write_pay_out(connection: Connection, pay_out: Row) -> None:
    connection.execute(_WRITE_PAY_OUT, pay_out)


def newest_pay_out(connection: Connection, serial: str) -> Row | None:
    """The newest try to pay a refund out."""
    return _row(connection.execute(_PAY_OUT, {"of": serial}).mappings().first())


def pay_out_by_request(connection: Connection, request_id: str) -> Row | None:
    """The try a request has made."""
    return _row(connection.execute(_PAY_OUT_BY_REQUEST, {"of": request_id}).mappings().first())


def change_pay_out(connection: Connection, pay_out: Row, **values: Any) -> bool:
    """False where somebody has brought the try further since it was read."""
    this = PAY_OUT.c.id == pay_out["id"], PAY_OUT.c.outcome == pay_out["outcome"]
    return connection.execute(update(PAY_OUT).where(*this).values(values)).rowcount == 1


def of_payment(connection: Connection, payment_serial: str) -> list[Row]:
    """The entries of all refunds of a payment, those that came to nothing included, the oldest first."""
    return [dict(row) for row in connection.execute(_OF_PAYMENT, {"of": payment_serial}).mappings()]


def open_in_branch(connection: Connection, branch_no: str) -> list[Row]:
    """The entries of the branch's refunds that have not ended, or whose cash nobody has confirmed, oldest first."""
    given = {"branch_no": branch_no}
    found = [dict(row) for query in _OPEN_IN_BRANCH for row in connection.execute(query, given).mappings()]
    return sorted({row["id"]: row for row in found}.values(), key=lambda row: row["id"])


def note_of(connection: Connection, payment_serial: str) -> RefundNote | None:
    """What a payment tells of the newest refund about it that did not come to nothing."""
    found = connection.execute(_STANDING, {"of": payment_serial}).first()
    if found is None:
        return None
    serial, cause, state = found
    return RefundNote(serial, cause, state, STATES[state].word)


def notes_of(connection: Connection, payment_serials: Sequence[str]) -> dict[str, RefundNote]:
    """The same of many payments at once, by their serials; those nothing is refunded of are left out."""
    if not payment_serials:
        return {}
    found = connection.execute(_STANDING_OF, {"of": list(payment_serials)})
    return {payment: RefundNote(serial, cause, state, STATES[state].word) for payment, serial, cause, state in found}


def _row(found: Any) -> Row | None:
    return None if found is None else dict(found)
