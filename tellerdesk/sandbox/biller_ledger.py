"""A biller's books: who owes what, what was paid, and where the money of each payment went.

A late fee (违约金), where a biller has one, falls due on each month that is not paid by the end of the month after it:
one thousandth of the month's amount for each day from then on, cut to whole fen, never more than the amount itself. The
rate is the one for households in 供电营业规则 (the rules for the supply of electricity); when a month is due is ours.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from tellerdesk.clock import branch_time
from tellerdesk.links.contracts.biller import (
    BillQuery,
    BillReply,
    PayReply,
    PayRequest,
    PayStatus,
    TombstoneReply,
    TombstoneRequest,
)
from tellerdesk.sandbox import people
from tellerdesk.sandbox.biller_tables import SCHEMA, open_books
from tellerdesk.sandbox.ledger import Ledger
from tellerdesk.sandbox.profiles import Profile, Takes

VALID_SECONDS = 900
SEASON = "season"
"""The further field by which a look-up names the one period it asks for."""

WORDS = {
    "NO_SUCH_CONSUMER": "户号不存在",
    "DISCONNECTED": "户号已销户或停用",
    "NOTHING_OWED": "无欠费",
    "AMOUNT_MISMATCH": "金额与账单不符，须足额缴纳",
    "AMOUNT_TOO_LARGE": "金额超过欠费",
    "AMOUNT_NOT_ALLOWED": "金额不在可缴范围内",
    "REFERENCE_EXPIRED": "账单已失效，请重新查询",
    "CLOSED": "系统维护，暂停受理缴费",
    "TOMBSTONED": "该笔缴费已作废，不再受理",
    "NO_SUCH_PAYMENT": "查无此笔缴费",
    "CONSUMER_MISMATCH": "户号与原缴费不符",
    "NOT_CANCELLABLE": "该笔缴费已退费，不能撤销",
    "OTHER_DAY": "该笔缴费已过当日日切，不能撤销",
    "IN_FILE": "该笔缴费已入对账文件，不能撤销",
    "INVOICED": "该笔缴费已开具发票，请先收回发票",
    "TOO_MUCH_USED": "预存金额已使用，不能退回",
    "NOT_REFUNDABLE": "该笔缴费已撤销，无款可退",
    "CANCEL_INSTEAD": "当日缴费请办理撤销",
}

PAID, CANCELLED, REFUNDED = "PAID", "CANCELLED", "REFUNDED"
"""The states of a payment. Only one that is PAID counts for what is owed and for balances."""

_TOO_LATE = {"PAID": "该笔缴费已受理", "CANCELLED": "该笔缴费已受理，其后已撤销"}


def late_fee_fen(amount_fen: int, period: str, today: date) -> int:
    """The late fee on one month's amount as of `today`."""
    year, month = int(period[:4]), int(period[5:])
    due = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)
    days = max((today - due).days, 0)
    return min(amount_fen * days // 1000, amount_fen)


class BillerLedger(Ledger):
    """Bills, payments and tombstones of one biller. Made and filled with consumers on first opening."""

    def __init__(self, path: Path, profile: Profile, opening_date: date) -> None:
        super().__init__(path, SCHEMA)
        self.profile = profile
        self.words = {**WORDS, **(profile.words or {})}
        with self.transaction() as connection:
            if not self.setting("opened"):
                self.set("opened", opening_date.isoformat())
                open_books(connection, profile, opening_date)

    @property
    def is_open(self) -> bool:
        return self.setting("open", "yes") == "yes"

    def can(self, capability: str) -> bool:
        """Whether this biller has one of CAPABILITIES."""
        return self.setting(capability, "no" if capability in self.profile.unable else "yes") == "yes"

    def query(self, query: BillQuery, now: datetime) -> BillReply:
        consumer = self._consumer(query.consumer_no)
        if not self.is_open:
            return self._no_bill(query, "CLOSED", None)
        if consumer is None:
            return self._no_bill(query, "NO_SUCH_CONSUMER", None)
        if consumer["standing"] == people.Standing.DISCONNECTED:
            return self._no_bill(query, "DISCONNECTED", consumer)
        period = query.fields.get(SEASON, "")
        owed = self._owed(query.consumer_no, period)
        if not owed and self.profile.takes is not Takes.FREE:
            return self._no_bill(query, "NOTHING_OWED", consumer)
        today = branch_time(now).date()
        late_fee = self._late_fee_fen(owed, today)
        with self.transaction() as connection:
            reference = f"{self.profile.prefix}{today:%Y%m%d}{self.next_number('reference'):06d}"
            connection.execute(
                "INSERT INTO offers VALUES (?,?,?,?,?)",
                (reference, query.consumer_no, period, late_fee, now.timestamp()),
            )
        item = self.profile.item
        return BillReply.model_validate(
            {
                "result": "FOUND",
                **self._about(query.consumer_no, consumer),
                "lines": [{"period": line["period"], "item": item, "amount_fen": line["rest_fen"]} for line in owed],
                "late_fee_fen": late_fee,
                "total_fen": _sum(owed) + late_fee,
                "reference": reference,
                "valid_seconds": VALID_SECONDS,
                "code": "",
                "message": "",
            }
        )

    def pay(self, request: PayRequest, now: datetime) -> bytes:
        """The reply's JSON. Raises LegConflict."""
        body = request.model_dump(mode="json")
        return self.once(request.leg_id, "PAYMENT", body, lambda: self._pay(request, now), dedupe=self.can("dedupe"))

    def lay(self, request: TombstoneRequest) -> bytes:
        """The reply's JSON. Raises LegConflict."""
        body = request.model_dump(mode="json")
        return self.once(request.leg_id, "TOMBSTONE", body, lambda: self._lay(request))

    def inquire(self, leg_id: str) -> PayStatus:
        leg = self.one("SELECT * FROM legs WHERE leg_id = ? AND kind = 'PAYMENT'", leg_id)
        payment = self.payment(leg_id)
        if payment is not None:
            result, code = "CANCELLED" if payment["state"] == CANCELLED else "PAID", ""
        elif self.is_tombstoned(leg_id):
            result, code = "TOMBSTONED", "TOMBSTONED"
        else:
            result, code = ("NOT_FOUND", "") if leg is None else ("REJECTED", str(leg["code"]))
        return PayStatus.model_validate(
            {
                "result": result,
                "leg_id": leg_id,
                "amount_fen": None if payment is None else payment["amount_fen"],
                "biller_serial": "" if payment is None else payment["biller_serial"],
                "code": code,
                "message": self.words.get(code, ""),
            }
        )

    def balance_fen(self, consumer_no: str) -> int | None:
        """What the biller holds for a consumer; None where it keeps no balances or does not know the consumer."""
        if not self.profile.takes.keeps_balances or self._consumer(consumer_no) is None:
            return None
        row = self.one("SELECT fen FROM balances WHERE consumer_no = ?", consumer_no)
        return 0 if row is None else int(row["fen"])

    def payment(self, leg_id: str) -> sqlite3.Row | None:
        """What was taken under a leg id. Of several, where this biller remembers no leg ids, one that stands."""
        return self.one(
            "SELECT * FROM payments WHERE leg_id = ? ORDER BY state <> 'PAID', biller_serial LIMIT 1", leg_id
        )

    def _no_bill(self, query: BillQuery, code: str, consumer: sqlite3.Row | None) -> BillReply:
        return BillReply.model_validate(
            {
                "result": "REJECTED",
                **self._about(query.consumer_no, consumer),
                "lines": (),
                "late_fee_fen": 0,
                "total_fen": 0,
                "reference": "",
                "valid_seconds": 0,
                "code": self._said(code),
                "message": self.words[code],
            }
        )

    def _about(self, consumer_no: str, consumer: sqlite3.Row | None) -> dict[str, Any]:
        """Who the consumer is, as far as this biller tells."""
        if consumer is None:
            return {"consumer_no": consumer_no, "name": "", "address": ""}
        more = self.one("SELECT facts FROM more_of_consumers WHERE consumer_no = ?", consumer_no)
        facts = [] if more is None else json.loads(more["facts"])
        return {
            "consumer_no": consumer_no,
            "name": self.profile.shown_name(consumer["name"]),
            "address": consumer["address"],
            "balance_fen": self.balance_fen(consumer_no),
            "facts": [{"label": label, "value": value} for label, value in facts],
        }

    def _said(self, code: str) -> str:
        """The code as this biller says it: one bound to a list, where ours is not on it, refuses with a code of its
        own."""
        codes = self.profile.codes
        if not code or not codes or code in codes:
            return code
        return next((own for own in codes if own not in WORDS), codes[0])

    def _pay(self, request: PayRequest, now: datetime) -> PayReply:
        code = self._refusal(request, now)
        serial = "" if code else self._take(request, now)
        return PayReply(
            result="REJECTED" if code else "PAID",
            leg_id=request.leg_id,
            amount_fen=request.amount_fen,
            biller_serial=serial,
            balance_fen=self.balance_fen(request.consumer_no),
            code=self._said(code),
            message=self.words.get(code, ""),
        )

    def _refusal(self, request: PayRequest, now: datetime) -> str:
        """Why the payment is not taken; empty where it is. The first reason that holds."""
        offer = self.one("SELECT * FROM offers WHERE reference = ?", request.reference)
        consumer_no, takes = request.consumer_no, self.profile.takes
        consumer = self._consumer(consumer_no)
        reasons: tuple[tuple[str, Callable[[], bool]], ...] = (
            ("TOMBSTONED", lambda: self.is_tombstoned(request.leg_id)),
            ("CLOSED", lambda: not self.is_open),
            ("NO_SUCH_CONSUMER", lambda: consumer is None),
            ("DISCONNECTED", lambda: consumer is not None and consumer["standing"] == people.Standing.DISCONNECTED),
            ("NOTHING_OWED", lambda: takes is not Takes.FREE and not self._owed(consumer_no)),
        )
        code = next((code for code, holds in reasons if holds()), "")
        if code:
            return code
        if offer is None or not _is_current(offer, consumer_no, now):
            return "REFERENCE_EXPIRED"
        return self._amount_refusal(request.amount_fen, self._due_fen(offer))

    def _amount_refusal(self, amount_fen: int, due_fen: int) -> str:
        """What is wrong with the amount where so much is due now; empty where it may be paid."""
        profile, takes = self.profile, self.profile.takes
        reasons = (
            ("AMOUNT_MISMATCH", takes is Takes.EXACT and amount_fen != due_fen),
            ("AMOUNT_MISMATCH", takes is Takes.EXACT_OR_MORE and amount_fen < due_fen),
            ("AMOUNT_TOO_LARGE", takes is Takes.PART_OLDEST_FIRST and amount_fen > due_fen),
            ("AMOUNT_TOO_LARGE", takes is Takes.FREE and amount_fen > profile.most_fen),
            ("AMOUNT_NOT_ALLOWED", takes is Takes.FREE and amount_fen < profile.least_fen),
            ("AMOUNT_NOT_ALLOWED", takes is Takes.FREE and amount_fen % profile.step_fen != 0),
        )
        return next((code for code, holds in reasons if holds), "")

    def _late_fee_fen(self, owed: list[sqlite3.Row], today: date) -> int:
        if not self.profile.late_fee:
            return 0
        return sum(late_fee_fen(line["rest_fen"], line["period"], today) for line in owed)

    def _due_fen(self, offer: sqlite3.Row) -> int:
        """What is due now for the periods an offer was made for, with the late fee it was made with."""
        return _sum(self._owed(offer["consumer_no"], offer["period"])) + int(offer["late_fee_fen"])

    def _take(self, request: PayRequest, now: datetime) -> str:
        """Books the payment, allots it to what is owed, oldest period first, and keeps the rest as balance."""
        number = self.next_number("biller_serial")
        serial = f"{self.profile.prefix}{request.accounting_date:%Y%m%d}{number:010d}"
        offer = self.one("SELECT * FROM offers WHERE reference = ?", request.reference)
        period, late_fee = ("", 0) if offer is None else (offer["period"], offer["late_fee_fen"])
        with self._lock:
            self._connection.execute(
                "INSERT INTO payments VALUES (?,?,?,?,?,?,?,?,'PAID',?)",
                (
                    *(serial, request.leg_id, request.channel_id, request.channel_serial, request.consumer_no),
                    *(request.reference, request.amount_fen, request.accounting_date.isoformat(), now.isoformat()),
                ),
            )
            left = request.amount_fen - late_fee
            for line in self._owed(request.consumer_no, period):
                left -= self._allot(serial, request.consumer_no, line, left)
            self._connection.execute(
                "INSERT INTO splits VALUES (?,?,?,?)", (serial, request.consumer_no, late_fee, left)
            )
        return serial

    def _allot(self, serial: str, consumer_no: str, line: sqlite3.Row, left_fen: int) -> int:
        """How much of what is left of a payment goes to a period: it is paid, partly paid, or not reached."""
        part = min(int(line["rest_fen"]), left_fen)
        if part == 0:
            return 0
        key = (consumer_no, line["period"])
        self._connection.execute("INSERT INTO allotments VALUES (?,?,?,?)", (*key, serial, part))
        if part == line["rest_fen"]:
            self._connection.execute(
                "UPDATE arrears SET paid_by = ? WHERE consumer_no = ? AND period = ?", (serial, *key)
            )
        return part

    def _lay(self, request: TombstoneRequest) -> TombstoneReply:
        payment = self.payment(request.original_leg_id)
        if payment is not None:
            result, serial = "CANCELLED" if payment["state"] == CANCELLED else "PAID", str(payment["biller_serial"])
        else:
            laid = self.lay_tombstone(request.original_leg_id, request.leg_id)
            result, serial = "LAID" if laid else "ALREADY_LAID", ""
        return TombstoneReply.model_validate(
            {
                "result": result,
                "leg_id": request.leg_id,
                "original_leg_id": request.original_leg_id,
                "amount_fen": request.amount_fen,
                "biller_serial": serial,
                "code": "",
                "message": _TOO_LATE.get(result, ""),
            }
        )

    def _owed(self, consumer_no: str, period: str = "") -> list[sqlite3.Row]:
        """What is left of each period that is not wholly paid, oldest first; of one period where it is named."""
        return self.all(
            "SELECT period, amount_fen - COALESCE((SELECT SUM(paid.amount_fen) FROM standing_allotments paid"
            " WHERE paid.consumer_no = owed.consumer_no AND paid.period = owed.period), 0) AS rest_fen"
            " FROM arrears owed WHERE consumer_no = ?1 AND paid_by IS NULL AND (?2 = '' OR period = ?2)"
            " ORDER BY period",
            consumer_no,
            period,
        )

    def _consumer(self, consumer_no: str) -> sqlite3.Row | None:
        return self.one("SELECT * FROM consumers WHERE consumer_no = ?", consumer_no)


def _is_current(offer: sqlite3.Row, consumer_no: str, now: datetime) -> bool:
    return bool(offer["consumer_no"] == consumer_no and now.timestamp() - offer["made_at"] <= VALID_SECONDS)


def _sum(owed: list[sqlite3.Row]) -> int:
    return sum(line["rest_fen"] for line in owed)
