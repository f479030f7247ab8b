"""The core bank's books: double entry, whole fen, one accounting date.

A reversal books the same accounts with negative amounts (a red entry), so that the day's turnover stays true.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from tellerdesk.links.contracts.core import (
    AccountReply,
    PostingReply,
    PostingRequest,
    PostingStatus,
    ReversalReply,
    ReversalRequest,
)
from tellerdesk.sandbox import people
from tellerdesk.sandbox.ledger import Ledger
from tellerdesk.text import mask_name

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    account_no TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    holder TEXT NOT NULL,
    status TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS postings (
    core_serial TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    leg_id TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    channel_serial TEXT NOT NULL,
    debit_account TEXT NOT NULL,
    credit_account TEXT NOT NULL,
    amount_fen INTEGER NOT NULL,
    accounting_date TEXT NOT NULL,
    reverses TEXT UNIQUE REFERENCES postings,
    summary TEXT NOT NULL,
    branch_no TEXT NOT NULL,
    till_no TEXT NOT NULL,
    teller_no TEXT NOT NULL,
    booked_at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS postings_by_leg ON postings (leg_id);
CREATE TABLE IF NOT EXISTS entries (
    core_serial TEXT NOT NULL REFERENCES postings,
    account_no TEXT NOT NULL REFERENCES accounts,
    debit_fen INTEGER NOT NULL,
    credit_fen INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_by_account ON entries (account_no);
"""

CUSTOMER, TILL, INTERNAL, SETTLEMENT, SUSPENSE, OPENING = (
    "CUSTOMER",
    "TILL",
    "INTERNAL",
    "SETTLEMENT",
    "SUSPENSE",
    "OPENING",
)
SUSPENSE_ACCOUNT = "SP-REFUNDS"
OPENING_ACCOUNT = "EQ-OPENING"

_TILL_ACCOUNT = re.compile(r"TC-[0-9]{4}-[0-9]{2}", re.ASCII)

WORDS = {
    "ACCOUNT_NOT_FOUND": "账户不存在",
    "ACCOUNT_FROZEN": "账户已冻结",
    "ACCOUNT_CLOSED": "账户已销户",
    "INSUFFICIENT_FUNDS": "余额不足",
    "CURRENCY": "币种不支持",
    "SAME_ACCOUNT": "借贷账户相同",
    "TOMBSTONED": "该流水已被冲正，不再记账",
    "DATE_ROLLED": "原交易已跨会计日期，不能冲正",
    "AMOUNT_MISMATCH": "金额与原交易不符",
    "CORE_CLOSED": "核心系统暂停服务",
}


@dataclass(frozen=True, slots=True)
class _Refusal(Exception):
    code: str


class CoreLedger(Ledger):
    """Postings, reversals and accounts of the core bank. Made and filled with customers on first opening."""

    def __init__(self, path: Path, billers: Iterable[str], opening_date: date) -> None:
        super().__init__(path, SCHEMA)
        with self.transaction() as connection:
            if not self.setting("accounting_date"):
                self._seed(connection, tuple(billers), opening_date)

    @property
    def accounting_date(self) -> date:
        return date.fromisoformat(self.setting("accounting_date"))

    @property
    def is_open(self) -> bool:
        return self.setting("open", "yes") == "yes"

    def roll_day(self, to: date | None = None) -> date:
        """The next accounting date, or a later one. Raises ValueError for one that is not later."""
        with self.transaction():
            now = self.accounting_date
            then = to or now + timedelta(days=1)
            if then <= now:
                raise ValueError(then)
            self.set("accounting_date", then.isoformat())
            return then

    def post(self, request: PostingRequest, now: datetime) -> bytes:
        """The reply's JSON. Raises LegConflict."""
        return self.once(request.leg_id, "POSTING", request.model_dump(mode="json"), lambda: self._post(request, now))

    def reverse(self, request: ReversalRequest, now: datetime) -> bytes:
        """The reply's JSON. Raises LegConflict."""
        return self.once(
            request.leg_id, "REVERSAL", request.model_dump(mode="json"), lambda: self._reverse(request, now)
        )

    def inquire(self, leg_id: str) -> PostingStatus:
        leg = self.one("SELECT * FROM legs WHERE leg_id = ? AND kind = 'POSTING'", leg_id)
        posting = self._posting(leg_id)
        if posting is not None:
            result, code = ("REVERSED", "") if self._reversal_of(posting["core_serial"]) else ("POSTED", "")
        elif self.is_tombstoned(leg_id):
            result, code = "TOMBSTONED", "TOMBSTONED"
        else:
            result, code = ("NOT_FOUND", "") if leg is None else ("REJECTED", str(leg["code"]))
        return PostingStatus.model_validate(
            {
                "result": result,
                "leg_id": leg_id,
                "amount_fen": None if posting is None else posting["amount_fen"],
                "core_serial": "" if posting is None else posting["core_serial"],
                "accounting_date": self.setting("accounting_date") if posting is None else posting["accounting_date"],
                "code": code,
                "message": WORDS.get(code, ""),
            }
        )

    def account(self, account_no: str) -> AccountReply:
        row = self.one("SELECT * FROM accounts WHERE account_no = ?", account_no)
        if row is None:
            return AccountReply(
                result="REJECTED",
                account_no=account_no,
                kind="",
                holder="",
                status="",
                code="ACCOUNT_NOT_FOUND",
                message=WORDS["ACCOUNT_NOT_FOUND"],
            )
        holder = mask_name(row["holder"]) if row["kind"] == CUSTOMER else row["holder"]
        return AccountReply(
            result="FOUND", account_no=account_no, kind=row["kind"], holder=holder, status=row["status"], code=""
        )

    def _post(self, request: PostingRequest, now: datetime) -> PostingReply:
        try:
            self._check(request)
        except _Refusal as refusal:
            serial, code = "", refusal.code
        else:
            serial, code = self._book(request, now), ""
        return PostingReply(
            result="REJECTED" if code else "POSTED",
            leg_id=request.leg_id,
            amount_fen=request.amount_fen,
            core_serial=serial,
            accounting_date=self.accounting_date,
            code=code,
            message=WORDS.get(code, ""),
        )

    def _check(self, request: PostingRequest) -> None:
        if self.is_tombstoned(request.leg_id):
            raise _Refusal("TOMBSTONED")
        if not self.is_open:
            raise _Refusal("CORE_CLOSED")
        if request.currency != "CNY":
            raise _Refusal("CURRENCY")
        if request.debit_account == request.credit_account:
            raise _Refusal("SAME_ACCOUNT")
        for account_no in (request.debit_account, request.credit_account):
            self._check_account(account_no)
        if self._kind(request.debit_account) == CUSTOMER and self.balance(request.debit_account) < request.amount_fen:
            raise _Refusal("INSUFFICIENT_FUNDS")

    def _check_account(self, account_no: str) -> None:
        row = self.one("SELECT status FROM accounts WHERE account_no = ?", account_no)
        if row is None and _TILL_ACCOUNT.fullmatch(account_no):
            self._open_till(account_no)
        elif row is None:
            raise _Refusal("ACCOUNT_NOT_FOUND")
        elif row["status"] != "NORMAL":
            raise _Refusal(f"ACCOUNT_{row['status']}")

    def _open_till(self, account_no: str) -> None:
        branch, till = account_no[3:7], account_no[8:]
        with self._lock:
            self._connection.execute(
                "INSERT INTO accounts VALUES (?, ?, ?, 'NORMAL')",
                (account_no, TILL, f"现金 {branch} 网点 {till} 号尾箱"),
            )

    def balance(self, account_no: str) -> int:
        """Credits less debits, in fen: what a customer has."""
        row = self.one("SELECT COALESCE(SUM(credit_fen - debit_fen), 0) FROM entries WHERE account_no = ?", account_no)
        return 0 if row is None else int(row[0])

    def _kind(self, account_no: str) -> str:
        row = self.one("SELECT kind FROM accounts WHERE account_no = ?", account_no)
        return "" if row is None else str(row["kind"])

    def _book(self, request: PostingRequest, now: datetime) -> str:
        return self._write(
            "POSTING",
            request.leg_id,
            request.channel_id,
            request.channel_serial,
            request.debit_account,
            request.credit_account,
            request.amount_fen,
            None,
            (request.summary, request.branch_no, request.till_no, request.teller_no),
            now,
        )

    def _write(
        self,
        kind: str,
        leg_id: str,
        channel_id: str,
        channel_serial: str,
        debit: str,
        credit: str,
        amount_fen: int,
        reverses: str | None,
        circumstances: tuple[str, str, str, str],
        now: datetime,
    ) -> str:
        day = self.accounting_date
        serial = f"{day:%Y%m%d}{self.next_number('core_serial'):012d}"
        with self._lock:
            self._connection.execute(
                "INSERT INTO postings VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    *(serial, kind, leg_id, channel_id, channel_serial, debit, credit, amount_fen),
                    *(day.isoformat(), reverses, *circumstances, now.isoformat()),
                ),
            )
            self._connection.executemany(
                "INSERT INTO entries VALUES (?,?,?,?)",
                [(serial, debit, amount_fen, 0), (serial, credit, 0, amount_fen)],
            )
        return serial

    def _reverse(self, request: ReversalRequest, now: datetime) -> ReversalReply:
        result, code, serial, day = self._undo(request, now)
        return ReversalReply.model_validate(
            {
                "result": result,
                "leg_id": request.leg_id,
                "original_leg_id": request.original_leg_id,
                "amount_fen": request.amount_fen,
                "core_serial": serial,
                "accounting_date": day,
                "code": code,
                "message": WORDS.get(code, ""),
            }
        )

    def _undo(self, request: ReversalRequest, now: datetime) -> tuple[str, str, str, date]:
        today = self.accounting_date
        original = self._posting(request.original_leg_id)
        if original is None:
            self.lay_tombstone(request.original_leg_id, request.leg_id)
            return "NOT_FOUND", "", "", today
        if original["amount_fen"] != request.amount_fen:
            return "REJECTED", "AMOUNT_MISMATCH", "", today
        done = self._reversal_of(original["core_serial"])
        if done is not None:
            return "ALREADY_REVERSED", "", done["core_serial"], date.fromisoformat(done["accounting_date"])
        if not self.is_open:
            return "REJECTED", "CORE_CLOSED", "", today
        if original["accounting_date"] != today.isoformat():
            return "REJECTED", "DATE_ROLLED", "", today
        serial = self._write(
            "REVERSAL",
            request.leg_id,
            request.channel_id,
            request.channel_serial,
            original["debit_account"],
            original["credit_account"],
            -original["amount_fen"],
            original["core_serial"],
            (f"冲正 {original['core_serial']}", original["branch_no"], original["till_no"], original["teller_no"]),
            now,
        )
        return "REVERSED", "", serial, today

    def _posting(self, leg_id: str) -> sqlite3.Row | None:
        return self.one("SELECT * FROM postings WHERE leg_id = ? AND kind = 'POSTING'", leg_id)

    def _reversal_of(self, core_serial: str) -> sqlite3.Row | None:
        return self.one("SELECT * FROM postings WHERE reverses = ?", core_serial)

    def _seed(self, connection: sqlite3.Connection, billers: tuple[str, ...], opening_date: date) -> None:
        self.set("accounting_date", opening_date.isoformat())
        accounts = [
            (OPENING_ACCOUNT, OPENING, "开户余额", "NORMAL"),
            (SUSPENSE_ACCOUNT, SUSPENSE, "待退客户款", "NORMAL"),
        ]
        for biller in billers:
            accounts.append((f"IN-{biller}", INTERNAL, f"代收 {biller} 内部户", "NORMAL"))
            accounts.append((f"ST-{biller}", SETTLEMENT, f"{biller} 结算户", "NORMAL"))
        owned = []
        for person in people.people():
            status = people.account_status(person.index)
            accounts.append((person.account_no, CUSTOMER, person.name, status))
            owned.append((person.account_no, people.account_balance_fen(person.index)))
        connection.executemany("INSERT INTO accounts VALUES (?,?,?,?)", accounts)
        total = sum(fen for _, fen in owned)
        serial = f"{opening_date:%Y%m%d}{0:012d}"
        connection.execute(
            "INSERT INTO postings VALUES (?,'OPENING','','','',?,'',?,?,NULL,'开户余额','','','',?)",
            (serial, OPENING_ACCOUNT, total, opening_date.isoformat(), opening_date.isoformat()),
        )
        connection.execute("INSERT INTO entries VALUES (?,?,?,0)", (serial, OPENING_ACCOUNT, total))
        connection.executemany("INSERT INTO entries VALUES (?,?,0,?)", [(serial, no, fen) for no, fen in owned])
