"""Core and a biller as two small ledgers in whole fen, in this process. Nothing of the desk ever reads them.

They are deliberately less careful than real counterparts: the biller takes whatever it is sent, so that paying twice
shows as money paid twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Booking:
    """Money that moved: `fen` is negative for the red entry of a reversal."""

    leg_id: str
    serial: str
    fen: int
    day: date
    undoes: str = ""
    debit: str = ""
    credit: str = ""
    kind: str = ""
    """what a booking among the bank's own accounts is for; empty for a posting"""


@dataclass(slots=True)
class CoreLedger:
    """Double entry under one accounting date: postings between a till or an account and a biller's internal account,
    and bookings among the bank's own accounts."""

    day: date = date(2026, 11, 22)
    bookings: list[Booking] = field(default_factory=list)
    accounts: Counter[str] = field(default_factory=Counter)
    """credits less debits"""
    barred: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    """customers' accounts no money can go to: they are closed as soon as they have been looked at"""
    _answered: dict[str, Told] = field(default_factory=dict)

    def core_accounting_date(self, _request: Told) -> Told:
        return {"accounting_date": self.day.isoformat()}

    def core_account(self, request: Told) -> Told:
        return {
            "result": "FOUND",
            "account_no": request["account_no"],
            "kind": "CUSTOMER",
            "holder": "*晓燕",
            "status": "NORMAL",
            "code": "",
            "message": "",
        }

    def core_book(self, request: Told) -> Told:
        return self._once(request, self._book_own)

    def refuses(self, request: Told) -> bool:
        """Says no to a message for good, unless it has answered it already; whether it did."""
        if request["leg_id"] in self._answered:
            return False
        no = self._booked(request, "CORE_CLOSED")
        if "original_leg_id" in request:
            no["original_leg_id"] = request["original_leg_id"]
        self._answered[request["leg_id"]] = no
        return True

    def core_post(self, request: Told) -> Told:
        return self._once(request, self._post)

    def core_reverse(self, request: Told) -> Told:
        return self._once(request, self._reverse)

    def core_inquire(self, request: Told) -> Told:
        leg = request["leg_id"]
        booked = self._posting(leg)
        if booked is not None:
            result = "REVERSED" if self._undoing(leg) else "POSTED"
        else:
            result = "TOMBSTONED" if leg in self.barred else "NOT_FOUND"
        return {
            "result": result,
            "leg_id": leg,
            "amount_fen": booked.fen if booked else None,
            "core_serial": f"C{leg[-12:]}" if booked else "",
            "accounting_date": (booked.day if booked else self.day).isoformat(),
            "code": "TOMBSTONED" if result == "TOMBSTONED" else "",
            "message": "",
        }

    def _post(self, request: Told) -> Told:
        leg, fen = request["leg_id"], request["amount_fen"]
        barred = leg in self.barred
        if not barred:
            sides = {"debit": request["debit_account"], "credit": request["credit_account"]}
            self._book(Booking(leg, request["channel_serial"], fen, self.day, **sides))
        return {
            "result": "REJECTED" if barred else "POSTED",
            "leg_id": leg,
            "amount_fen": fen,
            "core_serial": "" if barred else f"C{leg[-12:]}",
            "accounting_date": self.day.isoformat(),
            "code": "TOMBSTONED" if barred else "",
            "message": "",
        }

    def _book_own(self, request: Told) -> Told:
        if request["credit_account"] in self.closed:
            return self._booked(request, "ACCOUNT_CLOSED")
        sides = {"debit": request["debit_account"], "credit": request["credit_account"]}
        leg, fen = request["leg_id"], request["amount_fen"]
        self._book(Booking(leg, request["channel_serial"], fen, self.day, kind=request["kind"], **sides))
        return self._booked(request)

    def _booked(self, request: Told, code: str = "") -> Told:
        return {
            "result": "REJECTED" if code else "BOOKED",
            "leg_id": request["leg_id"],
            "amount_fen": request["amount_fen"],
            "core_serial": "" if code else f"K{request['leg_id'][-12:]}",
            "accounting_date": self.day.isoformat(),
            "code": code,
            "message": "",
        }

    def _reverse(self, request: Told) -> Told:
        original = request["original_leg_id"]
        booked = self._posting(original)
        code = ""
        if booked is None:
            self.barred.add(original)
            result = "NOT_FOUND"
        elif self._undoing(original):
            result = "ALREADY_REVERSED"
        elif booked.day != self.day:
            result, code = "REJECTED", "DATE_ROLLED"
        else:
            result = "REVERSED"
            self._book(replace(booked, leg_id=request["leg_id"], fen=-booked.fen, day=self.day, undoes=original))
        return {
            "result": result,
            "leg_id": request["leg_id"],
            "original_leg_id": original,
            "amount_fen": request["amount_fen"],
            "core_serial": f"R{original[-12:]}" if result == "REVERSED" else "",
            "accounting_date": self.day.isoformat(),
            "code": code,
            "message": "",
        }

    def _book(self, booking: Booking) -> None:
        self.bookings.append(booking)
        self.accounts[booking.debit] -= booking.fen
        self.accounts[booking.credit] += booking.fen

    def _posting(self, leg: str) -> Booking | None:
        return next((each for each in self.bookings if each.leg_id == leg and not each.undoes), None)

    def _undoing(self, leg: str) -> bool:
        return any(each.undoes == leg for each in self.bookings)

    def _once(self, request: Told, do: Any) -> Told:
        if request["leg_id"] not in self._answered:
            self._answered[request["leg_id"]] = do(request)
        return self._answered[request["leg_id"]]


@dataclass(slots=True)
class BillerLedger:
    """A biller. `bills` is what a look-up tells, by consumer number: fen by month. Where it promises a validity, a
    payment made longer ago by its own clock, `now`, is taken no more."""

    dedupe: bool = True
    validity_s: int = 0
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    bookings: list[Booking] = field(default_factory=list)
    barred: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)
    """cancellations it has said no to for good, by leg id"""
    agreed: set[str] = field(default_factory=set)
    """payments it has agreed to refund, by the leg id they were made under"""
    bills: dict[str, Mapping[str, int]] = field(default_factory=dict)
    _answered: dict[str, Told] = field(default_factory=dict)

    def biller_query(self, request: Told) -> Told:
        months = self.bills[request["consumer_no"]]
        return {
            "result": "FOUND",
            "consumer_no": request["consumer_no"],
            "name": "王晓燕",
            "address": "深圳市南山区科技园路 18 号",
            "lines": [{"period": month, "item": "电费", "amount_fen": fen} for month, fen in months.items()],
            "late_fee_fen": 0,
            "total_fen": sum(months.values()),
            "reference": "DL20261122",
            "valid_seconds": 900,
            "code": "",
            "message": "",
        }

    def biller_pay(self, request: Told) -> Told:
        leg = request["leg_id"]
        if self.dedupe and leg in self._answered:
            return self._answered[leg]
        barred = leg in self.barred or self._too_old(request)
        if not barred:
            day = date.fromisoformat(request["accounting_date"])
            self.bookings.append(Booking(leg, request["channel_serial"], request["amount_fen"], day))
        self._answered[leg] = {
            "result": "REJECTED" if barred else "PAID",
            "leg_id": leg,
            "amount_fen": request["amount_fen"],
            "biller_serial": "" if barred else f"B{leg[-12:]}",
            "code": "TOMBSTONED" if barred else "",
            "message": "",
        }
        return self._answered[leg]

    def biller_inquire(self, request: Told) -> Told:
        leg = request["leg_id"]
        booked = self._payment(leg)
        return {
            "result": self._status(leg),
            "leg_id": leg,
            "amount_fen": booked.fen if booked else None,
            "biller_serial": f"B{leg[-12:]}" if booked else "",
            "code": "",
            "message": "",
        }

    def biller_tombstone(self, request: Told) -> Told:
        original = request["original_leg_id"]
        booked = self._payment(original)
        result = "PAID" if booked else "ALREADY_LAID" if original in self.barred else "LAID"
        result = "CANCELLED" if self._cancelled(original) else result
        if not booked:
            self.barred.add(original)
        return {
            "result": result,
            "leg_id": request["leg_id"],
            "original_leg_id": original,
            "amount_fen": request["amount_fen"],
            "biller_serial": f"B{original[-12:]}" if booked else "",
            "code": "",
            "message": "",
        }

    def biller_cancel(self, request: Told) -> Told:
        original = request["original_leg_id"]
        paid = self._payment(original)
        result, code = "CANCELLED", ""
        if request["leg_id"] in self.refused:
            result, code = "REJECTED", "OTHER_DAY"
        elif paid is None:
            self.refused.add(request["leg_id"])
            result, code = "REJECTED", "NO_SUCH_PAYMENT"
        elif original in self.agreed:
            result, code = "REJECTED", "NOT_CANCELLABLE"
        elif self._cancelled(original):
            result = "ALREADY_CANCELLED"
        else:
            undone = replace(paid, leg_id=request["leg_id"], fen=-paid.fen, undoes=original)
            self.bookings.append(undone)
        return {
            "result": result,
            "leg_id": request["leg_id"],
            "original_leg_id": original,
            "amount_fen": request["amount_fen"],
            "cancel_serial": "" if code else f"X{original[-12:]}",
            "code": code,
            "message": "",
        }

    def biller_consent(self, request: Told) -> Told:
        leg, original = request["leg_id"], request["original_leg_id"]
        if leg not in self._answered:
            paid = self._payment(original)
            result, code = "AGREED", ""
            if paid is None:
                result, code = "REJECTED", "NO_SUCH_PAYMENT"
            elif original in self.agreed:
                result = "ALREADY_AGREED"
            elif self._cancelled(original):
                result, code = "REJECTED", "NOT_REFUNDABLE"
            else:
                self.agreed.add(original)
                self.bookings.append(replace(paid, leg_id=leg, fen=-paid.fen, undoes=original))
            self._answered[leg] = self._consented(request, result, code)
        return self._answered[leg]

    def refuses(self, request: Told) -> bool:
        """Says no to a refund for good, unless it has answered it already; whether it did."""
        if request["leg_id"] in self._answered:
            return False
        self._answered[request["leg_id"]] = self._consented(request, "REJECTED", "CLOSED")
        return True

    def _consented(self, request: Told, result: str, code: str) -> Told:
        return {
            "result": result,
            "leg_id": request["leg_id"],
            "original_leg_id": request["original_leg_id"],
            "amount_fen": request["amount_fen"],
            "agreement_no": "" if code else f"A{request['original_leg_id'][-12:]}",
            "code": code,
            "message": "",
        }

    def _status(self, leg: str) -> str:
        if leg in self.agreed:
            return "PAID"  # one that is refunded was taken all the same
        if self._cancelled(leg):
            return "CANCELLED"
        return "PAID" if self._payment(leg) else "TOMBSTONED" if leg in self.barred else "NOT_FOUND"

    def _cancelled(self, leg: str) -> bool:
        return any(each.undoes == leg for each in self.bookings)

    def _too_old(self, request: Told) -> bool:
        age = self.now() - datetime.fromisoformat(request["made_at"].replace("Z", "+00:00"))
        return bool(self.validity_s) and age > timedelta(seconds=self.validity_s)

    def _payment(self, leg: str) -> Booking | None:
        return next((each for each in self.bookings if each.leg_id == leg and not each.undoes), None)
