"""What core books for a refund, by the leg that asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tellerdesk.bills.commands import Method
from tellerdesk.links.contracts.core import BookingKind
from tellerdesk.refunds.states import RefundCause

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Booking:
    """Dr `debit` / Cr `credit`; `till_no` where a till takes part."""

    kind: BookingKind
    debit: str
    credit: str
    till_no: str | None = None


def suspense(entry: Row, refund: Row, internal: str) -> Booking:
    """Into refunds payable: from the till the cash lies in, or from the biller's internal account at core."""
    if refund["cause"] == RefundCause.UNCLAIMED_CASH:
        till = _till(entry["branch_no"], entry["till_no"])
        return Booking(BookingKind.TILL_TO_SUSPENSE, till, _payable(entry), entry["till_no"])
    return Booking(BookingKind.SUSPENSE_FROM_INTERNAL, internal, _payable(entry))


def credit(entry: Row, account_no: str) -> Booking:
    """What the biller now owes, to the account the payment was made from."""
    return Booking(BookingKind.RECEIVABLE_CREDIT, _receivable(entry), account_no)


def receivable(entry: Row) -> Booking:
    """What the biller now owes, into refunds payable."""
    return Booking(BookingKind.RECEIVABLE_FROM_BILLER, _receivable(entry), _payable(entry))


def pay_out(entry: Row, paid: Row, account_no: str) -> Booking:
    """Out of refunds payable: from the till that hands it out, or to an account."""
    if paid["method"] == Method.CASH:
        till = _till(paid["branch_no"], paid["till_no"])
        return Booking(BookingKind.REFUND_PAY_OUT, _payable(entry), till, paid["till_no"])
    return Booking(BookingKind.REFUND_CREDIT, _payable(entry), account_no)


def _till(branch_no: str, till_no: str) -> str:
    return f"TC-{branch_no}-{till_no}"


def _payable(entry: Row) -> str:
    return f"RP-{entry['branch_no']}"


def _receivable(entry: Row) -> str:
    return f"RB-{entry['counterpart']}"
