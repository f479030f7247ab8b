"""Payments taken back: cancelled on the biller's own day, or refunded later with its consent.

Either way the biller's books lose exactly what the payment did to them: its periods are owed again, the balance it made
is taken back. A cancelled payment never counted; for a refunded one the biller owes the bank the money.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from tellerdesk.clock import branch_time
from tellerdesk.links.contracts.biller import (
    CancelReply,
    CancelRequest,
    CancelStatus,
    ConsentReply,
    ConsentRequest,
)
from tellerdesk.sandbox.biller_ledger import CANCELLED, PAID, REFUNDED, BillerLedger

CUT_OFF, FILED = "cut_off_after", "filed_up_to"
"""Settings: the number of the last payment before the day was cut off by hand, and of the last one put into a file."""

Reasons = tuple[tuple[str, Callable[[sqlite3.Row], bool]], ...]


class Undoing:
    """What a biller does to its books when the bank wants a payment undone. Each leg id is answered once."""

    def __init__(self, ledger: BillerLedger) -> None:
        self._ledger = ledger

    def cancel(self, request: CancelRequest, now: datetime) -> bytes:
        """The reply's JSON. Raises LegConflict."""
        body = request.model_dump(mode="json")
        books = self._ledger
        return books.once(
            request.leg_id, "CANCELLATION", body, lambda: self._cancel(request, now), dedupe=books.can("dedupe")
        )

    def agree(self, request: ConsentRequest, now: datetime) -> bytes:
        """The reply's JSON. Raises LegConflict."""
        body = request.model_dump(mode="json")
        books = self._ledger
        return books.once(
            request.leg_id, "CONSENT", body, lambda: self._agree(request, now), dedupe=books.can("dedupe")
        )

    def inquire(self, leg_id: str) -> CancelStatus:
        leg = self._ledger.one("SELECT * FROM legs WHERE leg_id = ? AND kind = 'CANCELLATION'", leg_id)
        reply = None if leg is None else CancelReply.model_validate_json(bytes(leg["reply"]))
        done = {"CANCELLED": "CANCELLED", "ALREADY_CANCELLED": "CANCELLED", "REJECTED": "REJECTED"}
        return CancelStatus.model_validate(
            {
                "result": "NOT_FOUND" if reply is None else done[reply.result],
                "leg_id": leg_id,
                "amount_fen": None if reply is None else reply.amount_fen,
                "cancel_serial": "" if reply is None else reply.cancel_serial,
                "code": "" if reply is None else reply.code,
                "message": "" if reply is None else reply.message,
            }
        )

    def _cancel(self, request: CancelRequest, now: datetime) -> CancelReply:
        result, code, serial = self._cancelled(request, now)
        return CancelReply.model_validate(
            {
                "result": result,
                "leg_id": request.leg_id,
                "original_leg_id": request.original_leg_id,
                "amount_fen": request.amount_fen,
                "cancel_serial": serial,
                "balance_fen": self._ledger.balance_fen(request.consumer_no),
                "code": code,
                "message": self._ledger.words.get(code, ""),
            }
        )

    def _cancelled(self, request: CancelRequest, now: datetime) -> tuple[str, str, str]:
        """Result, code of the refusal and serial of the cancellation; done where there is no refusal."""
        payment = self._ledger.payment(request.original_leg_id)
        if payment is None:
            return "REJECTED", "NO_SUCH_PAYMENT", ""
        code = _first(self._mismatches(request), payment)
        if not code and payment["state"] == CANCELLED:
            return "ALREADY_CANCELLED", "", self._known("cancel_serial", "cancellations", payment)
        code = code or _first(
            (
                ("CLOSED", lambda _payment: not self._ledger.is_open),
                ("NOT_CANCELLABLE", lambda paid: paid["state"] != PAID),
                ("OTHER_DAY", lambda paid: not self._is_of_today(paid, now)),
                ("IN_FILE", self._is_filed),
                *self._gone_too_far(),
            ),
            payment,
        )
        if code:
            return "REJECTED", code, ""
        serial = f"{self._ledger.profile.prefix}C{self._ledger.next_number('cancel_serial'):010d}"
        self._undo(payment, CANCELLED)
        self._ledger.write(
            "INSERT INTO cancellations VALUES (?,?,?,?,?,?)",
            *(serial, payment["biller_serial"], request.leg_id),
            *(request.reason.value, payment["amount_fen"], now.isoformat()),
        )
        return "CANCELLED", "", serial

    def _agree(self, request: ConsentRequest, now: datetime) -> ConsentReply:
        result, code, agreement_no = self._agreed(request, now)
        return ConsentReply.model_validate(
            {
                "result": result,
                "leg_id": request.leg_id,
                "original_leg_id": request.original_leg_id,
                "amount_fen": request.amount_fen,
                "agreement_no": agreement_no,
                "code": code,
                "message": self._ledger.words.get(code, ""),
            }
        )

    def _agreed(self, request: ConsentRequest, now: datetime) -> tuple[str, str, str]:
        """Result, code of the refusal and number of the agreement; the payment is undone where there is no refusal."""
        payment = self._ledger.payment(request.original_leg_id)
        if payment is None:
            return "REJECTED", "NO_SUCH_PAYMENT", ""
        code = _first(self._mismatches(request), payment)
        if not code and payment["state"] == REFUNDED:
            return "ALREADY_AGREED", "", self._known("agreement_no", "refunds", payment)
        code = code or _first(
            (
                ("CLOSED", lambda _payment: not self._ledger.is_open),
                ("NOT_REFUNDABLE", lambda paid: paid["state"] != PAID),
                ("CANCEL_INSTEAD", lambda paid: self._is_of_today(paid, now) and not self._is_filed(paid)),
                *self._gone_too_far(),
            ),
            payment,
        )
        if code:
            return "REJECTED", code, ""
        agreement_no = f"{self._ledger.profile.prefix}R{self._ledger.next_number('agreement_no'):010d}"
        self._undo(payment, REFUNDED)
        self._ledger.write(
            "INSERT INTO refunds VALUES (?,?,?,?,?,?)",
            *(agreement_no, payment["biller_serial"], request.leg_id),
            *(request.reason.value, payment["amount_fen"], now.isoformat()),
        )
        return "AGREED", "", agreement_no

    def _mismatches(self, request: CancelRequest | ConsentRequest) -> Reasons:
        return (
            ("CONSUMER_MISMATCH", lambda paid: paid["consumer_no"] != request.consumer_no),
            ("AMOUNT_MISMATCH", lambda paid: paid["amount_fen"] != request.amount_fen),
        )

    def _gone_too_far(self) -> Reasons:
        return ("INVOICED", self._is_invoiced), ("TOO_MUCH_USED", self._is_used)

    def _undo(self, payment: sqlite3.Row, state: str) -> None:
        """Its periods are owed again, as far as it paid them; its balance goes with its state."""
        serial = payment["biller_serial"]
        self._ledger.write(
            "UPDATE arrears SET paid_by = NULL WHERE consumer_no = ?"
            " AND period IN (SELECT period FROM allotments WHERE biller_serial = ?)",
            payment["consumer_no"],
            serial,
        )
        self._ledger.write("UPDATE payments SET state = ? WHERE biller_serial = ?", state, serial)

    def _is_of_today(self, payment: sqlite3.Row, now: datetime) -> bool:
        """Whether the payment is of the biller's own day that is open now."""
        cut_off = self._ledger.profile.cut_off
        same = _day(datetime.fromisoformat(payment["booked_at"]), cut_off) == _day(now, cut_off)
        return same and not self._is_up_to(CUT_OFF, payment)

    def _is_filed(self, payment: sqlite3.Row) -> bool:
        return self._is_up_to(FILED, payment)

    def _is_up_to(self, setting: str, payment: sqlite3.Row) -> bool:
        return _number(payment) <= int(self._ledger.setting(setting, "0"))

    def _is_invoiced(self, payment: sqlite3.Row) -> bool:
        return self._ledger.one("SELECT 1 FROM invoices WHERE biller_serial = ?", payment["biller_serial"]) is not None

    def _is_used(self, payment: sqlite3.Row) -> bool:
        """Whether the balance the payment made cannot be taken back any more."""
        kept = self._ledger.one("SELECT kept_fen FROM splits WHERE biller_serial = ?", payment["biller_serial"])
        if kept is None or kept["kept_fen"] == 0:
            return False
        consumer_no = payment["consumer_no"]
        if self._ledger.profile.untouched_only:
            later = "SELECT 1 FROM uses WHERE consumer_no = ? AND payments_before >= ?"
            return self._ledger.one(later, consumer_no, _number(payment)) is not None
        return (self._ledger.balance_fen(consumer_no) or 0) < int(kept["kept_fen"])

    def _known(self, column: str, table: str, payment: sqlite3.Row) -> str:
        row = self._ledger.one(
            f"SELECT {column} FROM {table} WHERE biller_serial = ?",  # noqa: S608 our own names
            payment["biller_serial"],
        )
        return "" if row is None else str(row[column])


def _first(reasons: Reasons, payment: sqlite3.Row) -> str:
    """The code of the first reason that holds; empty where none does."""
    return next((code for code, holds in reasons if holds(payment)), "")


def _number(payment: sqlite3.Row) -> int:
    """The payment's place among this biller's."""
    return int(payment["biller_serial"][-10:])


def _day(instant: datetime, cut_off: time) -> date:
    """The biller's day: after the cut-off it is the next one already."""
    local = branch_time(instant)
    is_over = cut_off != time(0, 0) and local.time() >= cut_off
    return local.date() + timedelta(days=1) if is_over else local.date()
