"""Bookings among the bank's own accounts: money owed to customers, money owed by billers, cash over and short.

What a booking may move follows from its kind alone, so that no desk can move money elsewhere by calling it something.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tellerdesk.links.contracts.core import BookingKind, BookingReply, BookingRequest, BookingStatus
from tellerdesk.sandbox.core_accounts import (
    CUSTOMER,
    INTERNAL,
    OVER_SHORT,
    RECEIVABLE,
    REFUNDS_PAYABLE,
    SETTLEMENT,
    TILL,
    Booking,
)
from tellerdesk.sandbox.core_ledger import BOOKING, WORDS, CoreLedger

PAIRS: dict[BookingKind, tuple[str, str]] = {
    BookingKind.TILL_TO_SUSPENSE: (TILL, REFUNDS_PAYABLE),
    BookingKind.SUSPENSE_FROM_INTERNAL: (INTERNAL, REFUNDS_PAYABLE),
    BookingKind.REFUND_PAY_OUT: (REFUNDS_PAYABLE, TILL),
    BookingKind.REFUND_CREDIT: (REFUNDS_PAYABLE, CUSTOMER),
    BookingKind.RECEIVABLE_FROM_BILLER: (RECEIVABLE, REFUNDS_PAYABLE),
    BookingKind.RECEIVABLE_CREDIT: (RECEIVABLE, CUSTOMER),
    BookingKind.RECEIVABLE_REPAID: (SETTLEMENT, RECEIVABLE),
    BookingKind.TILL_OVER: (TILL, OVER_SHORT),
    BookingKind.TILL_SHORT: (OVER_SHORT, TILL),
}
"""Kinds of account, debit and credit, by kind of booking."""


class Bookings:
    """Makes bookings in core's books, and knows what became of them. They are reversed as postings are."""

    def __init__(self, ledger: CoreLedger) -> None:
        self._ledger = ledger

    def make(self, request: BookingRequest, now: datetime) -> bytes:
        """The reply's JSON. Raises LegConflict."""
        body = request.model_dump(mode="json")
        return self._ledger.once(request.leg_id, BOOKING, body, lambda: self._make(request, now))

    def inquire(self, leg_id: str) -> BookingStatus:
        result, found = self._ledger.became(leg_id, BOOKING)
        return BookingStatus.model_validate({"result": result, **found})

    def _make(self, request: BookingRequest, now: datetime) -> BookingReply:
        code = self._refusal(request)
        serial = "" if code else self._ledger.book(_booking(request), now)
        if serial:
            self._ledger.write("INSERT INTO bookings VALUES (?, ?)", serial, request.kind.value)
        return BookingReply(
            result="REJECTED" if code else "BOOKED",
            leg_id=request.leg_id,
            amount_fen=request.amount_fen,
            core_serial=serial,
            accounting_date=self._ledger.accounting_date,
            code=code,
            message=WORDS.get(code, ""),
        )

    def _refusal(self, request: BookingRequest) -> str:
        """Why the booking is not made; empty where it is. The first reason that holds."""
        ledger, debit, credit = self._ledger, request.debit_account, request.credit_account
        reasons: tuple[Callable[[], str], ...] = (
            lambda: "TOMBSTONED" if ledger.is_tombstoned(request.leg_id) else "",
            lambda: "" if ledger.is_open else "CORE_CLOSED",
            lambda: ledger.account_refusal(debit),
            lambda: ledger.account_refusal(credit),
            lambda: "" if self._kinds(request) == PAIRS[request.kind] else "ACCOUNTS_NOT_ALLOWED",
            lambda: "" if all(_is_at_hand(account, request) for account in (debit, credit)) else "OTHER_BRANCH",
            lambda: "INSUFFICIENT_FUNDS" if ledger.is_short(debit, request.amount_fen) else "",
        )
        return next((code for code in (reason() for reason in reasons) if code), "")

    def _kinds(self, request: BookingRequest) -> tuple[str, str]:
        return self._ledger.kind_of(request.debit_account), self._ledger.kind_of(request.credit_account)


def _is_at_hand(account_no: str, request: BookingRequest) -> bool:
    """Whether an account of a branch or a till is that of the branch and the till the booking is made at."""
    head, _, rest = account_no.partition("-")
    if head == "TC":
        return rest == f"{request.branch_no}-{request.till_no}"
    return head not in {"RP", "OS"} or rest == request.branch_no


def _booking(request: BookingRequest) -> Booking:
    return Booking(
        BOOKING,
        request.leg_id,
        request.channel_id,
        request.channel_serial,
        request.debit_account,
        request.credit_account,
        request.amount_fen,
        request.summary,
        request.branch_no,
        request.till_no or "",
        request.teller_no,
    )
