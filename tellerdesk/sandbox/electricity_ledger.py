"""The electricity company's books: who owes what, and what was paid.

A late fee (违约金) falls due on each month that is not paid by the end of the month after it: one thousandth of the
month's amount for each day from then on, cut to whole fen, never more than the amount itself. The rate is the one for
households in 供电营业规则 (the rules for the supply of electricity); when a month is due is ours.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

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
from tellerdesk.sandbox.ledger import Ledger

SCHEMA = """
CREATE TABLE IF NOT EXISTS consumers (
    consumer_no TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    standing TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS arrears (
    consumer_no TEXT NOT NULL REFERENCES consumers,
    period TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    paid_by TEXT REFERENCES payments,
    PRIMARY KEY (consumer_no, period)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quotes (
    reference TEXT PRIMARY KEY,
    consumer_no TEXT NOT NULL,
    total_fen INTEGER NOT NULL,
    made_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS payments (
    biller_serial TEXT PRIMARY KEY,
    leg_id TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    channel_serial TEXT NOT NULL,
    consumer_no TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    accounting_date TEXT NOT NULL,
    state TEXT NOT NULL,
    booked_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS payments_by_leg ON payments (leg_id);
"""

VALID_SECONDS = 900
ITEM = "电费"
CAPABILITIES = ("dedupe", "inquiry")

WORDS = {
    "NO_SUCH_CONSUMER": "户号不存在",
    "DISCONNECTED": "户号已销户或停用，请联系供电局",
    "NOTHING_OWED": "无欠费",
    "AMOUNT_MISMATCH": "金额与账单不符，须足额缴纳",
    "REFERENCE_EXPIRED": "账单已失效，请重新查询",
    "CLOSED": "系统维护，暂停受理缴费",
    "TOMBSTONED": "该笔缴费已作废，不再受理",
}


def late_fee_fen(amount_fen: int, period: str, today: date) -> int:
    """The late fee on one month's amount as of `today`."""
    year, month = int(period[:4]), int(period[5:])
    due = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)
    days = max((today - due).days, 0)
    return min(amount_fen * days // 1000, amount_fen)


class ElectricityLedger(Ledger):
    """Bills, payments and tombstones. Made and filled with consumers on first opening."""

    def __init__(self, path: Path, opening_date: date) -> None:
        super().__init__(path, SCHEMA)
        with self.transaction() as connection:
            if not self.setting("opened"):
                self._seed(connection, opening_date)

    @property
    def is_open(self) -> bool:
        return self.setting("open", "yes") == "yes"

    def can(self, capability: str) -> bool:
        """Whether this company remembers leg ids ("dedupe") and answers questions about payments ("inquiry")."""
        return self.setting(capability, "yes") == "yes"

    def query(self, query: BillQuery, now: datetime) -> BillReply:
        consumer = self.one("SELECT * FROM consumers WHERE consumer_no = ?", query.consumer_no)
        if not self.is_open:
            return self._no_bill(query, "CLOSED", None)
        if consumer is None:
            return self._no_bill(query, "NO_SUCH_CONSUMER", None)
        if consumer["standing"] == people.Standing.DISCONNECTED:
            return self._no_bill(query, "DISCONNECTED", consumer)
        owed = self._owed(query.consumer_no)
        if not owed:
            return self._no_bill(query, "NOTHING_OWED", consumer)
        today = branch_time(now).date()
        late_fee = sum(late_fee_fen(line["amount_fen"], line["period"], today) for line in owed)
        total = sum(line["amount_fen"] for line in owed) + late_fee
        with self.transaction() as connection:
            reference = f"DL{today:%Y%m%d}{self.next_number('reference'):06d}"
            connection.execute(
                "INSERT INTO quotes VALUES (?,?,?,?)", (reference, query.consumer_no, total, now.timestamp())
            )
        return BillReply.model_validate(
            {
                "result": "FOUND",
                "consumer_no": query.consumer_no,
                "name": consumer["name"],
                "address": consumer["address"],
                "lines": [{"period": line["period"], "item": ITEM, "amount_fen": line["amount_fen"]} for line in owed],
                "late_fee_fen": late_fee,
                "total_fen": total,
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
        payment = self._payment(leg_id)
        if payment is not None:
            result, code = "PAID", ""
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
                "message": WORDS.get(code, ""),
            }
        )

    def _no_bill(self, query: BillQuery, code: str, consumer: sqlite3.Row | None) -> BillReply:
        return BillReply(
            result="REJECTED",
            consumer_no=query.consumer_no,
            name="" if consumer is None else consumer["name"],
            address="" if consumer is None else consumer["address"],
            lines=(),
            late_fee_fen=0,
            total_fen=0,
            reference="",
            valid_seconds=0,
            code=code,
            message=WORDS[code],
        )

    def _pay(self, request: PayRequest, now: datetime) -> PayReply:
        code = self._refusal(request, now)
        serial = "" if code else self._take(request, now)
        return PayReply(
            result="REJECTED" if code else "PAID",
            leg_id=request.leg_id,
            amount_fen=request.amount_fen,
            biller_serial=serial,
            code=code,
            message=WORDS.get(code, ""),
        )

    def _refusal(self, request: PayRequest, now: datetime) -> str:
        """Why the payment is not taken; empty where it is. The first reason that holds."""
        quote = self.one("SELECT * FROM quotes WHERE reference = ?", request.reference)
        consumer_no = request.consumer_no
        consumer = self.one("SELECT * FROM consumers WHERE consumer_no = ?", consumer_no)
        reasons: tuple[tuple[str, Callable[[], bool]], ...] = (
            ("TOMBSTONED", lambda: self.is_tombstoned(request.leg_id)),
            ("CLOSED", lambda: not self.is_open),
            ("NO_SUCH_CONSUMER", lambda: consumer is None),
            ("DISCONNECTED", lambda: consumer is not None and consumer["standing"] == people.Standing.DISCONNECTED),
            ("NOTHING_OWED", lambda: not self._owed(consumer_no)),
            ("REFERENCE_EXPIRED", lambda: not self._is_current(quote, consumer_no, now)),
            ("AMOUNT_MISMATCH", lambda: quote is None or quote["total_fen"] != request.amount_fen),
        )
        return next((code for code, holds in reasons if holds()), "")

    def _is_current(self, quote: sqlite3.Row | None, consumer_no: str, now: datetime) -> bool:
        if quote is None or quote["consumer_no"] != consumer_no:
            return False
        return bool(now.timestamp() - quote["made_at"] <= VALID_SECONDS)

    def _take(self, request: PayRequest, now: datetime) -> str:
        serial = f"DL{request.accounting_date:%Y%m%d}{self.next_number('biller_serial'):010d}"
        with self._lock:
            self._connection.execute(
                "INSERT INTO payments VALUES (?,?,?,?,?,?,?,?,'PAID',?)",
                (
                    *(serial, request.leg_id, request.channel_id, request.channel_serial, request.consumer_no),
                    *(request.reference, request.amount_fen, request.accounting_date.isoformat(), now.isoformat()),
                ),
            )
            self._connection.execute(
                "UPDATE arrears SET paid_by = ? WHERE consumer_no = ? AND paid_by IS NULL",
                (serial, request.consumer_no),
            )
        return serial

    def _lay(self, request: TombstoneRequest) -> TombstoneReply:
        payment = self._payment(request.original_leg_id)
        if payment is not None:
            result, serial = "PAID", str(payment["biller_serial"])
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
                "message": "该笔缴费已受理" if serial else "",
            }
        )

    def _owed(self, consumer_no: str) -> list[sqlite3.Row]:
        return self.all(
            "SELECT period, amount_fen FROM arrears WHERE consumer_no = ? AND paid_by IS NULL ORDER BY period",
            consumer_no,
        )

    def _payment(self, leg_id: str) -> sqlite3.Row | None:
        return self.one("SELECT * FROM payments WHERE leg_id = ? ORDER BY biller_serial", leg_id)

    def _seed(self, connection: sqlite3.Connection, opening_date: date) -> None:
        self.set("opened", opening_date.isoformat())
        everyone = list(people.people())
        connection.executemany(
            "INSERT INTO consumers VALUES (?,?,?,?)",
            [(one.consumer_no, one.name, one.address, people.standing(one.index).value) for one in everyone],
        )
        connection.executemany(
            "INSERT INTO arrears VALUES (?,?,?,NULL)",
            [
                (one.consumer_no, period, fen)
                for one in everyone
                for period, fen in people.arrears(one.index, opening_date)
            ],
        )
