"""The core bank's books: double entry, whole fen, one accounting date.

A reversal books the same accounts with negative amounts (a red entry), so that the day's turnover stays true.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from tellerdesk.links.contracts.core import (
    AccountReply,
    PostingReply,
    PostingRequest,
    PostingStatus,
    ReversalReply,
    ReversalRequest,
)
from tellerdesk.sandbox import people, pin_blocks
from tellerdesk.sandbox.core_accounts import (
    BY_BOOKINGS_ONLY,
    CUSTOMER,
    REFUNDS_PAYABLE,
    SCHEMA,
    Booking,
    branch_account,
    open_accounts,
    open_biller_accounts,
    open_receivables,
    write_booking,
)
from tellerdesk.sandbox.ledger import Ledger
from tellerdesk.text import mask_name

_NEVER_BELOW_ZERO = frozenset({CUSTOMER, REFUNDS_PAYABLE})
MOST_WRONG_PINS = 3
"""So many wrong PINs in a row lock an account's PIN."""

WORDS = {
    "ACCOUNT_NOT_FOUND": "账户不存在",
    "ACCOUNT_FROZEN": "账户已冻结",
    "ACCOUNT_CLOSED": "账户已销户",
    "INSUFFICIENT_FUNDS": "余额不足",
    "NO_AUTHORITY": "缺少客户授权：须有客户密码或签字凭证",
    "WRONG_PIN": "密码错误",
    "PIN_LOCKED": "密码连续输错，已锁定",
    "CURRENCY": "币种不支持",
    "SAME_ACCOUNT": "借贷账户相同",
    "TOMBSTONED": "该流水已被冲正，不再记账",
    "DATE_ROLLED": "原交易已跨会计日期，不能冲正",
    "AMOUNT_MISMATCH": "金额与原交易不符",
    "CORE_CLOSED": "核心系统暂停服务",
    "ACCOUNTS_NOT_ALLOWED": "此类记账不得使用该借贷账户",
    "OTHER_BRANCH": "账户不属于本网点或本尾箱",
}

POSTING, BOOKING = "POSTING", "BOOKING"
_STANDS = {POSTING: "POSTED", BOOKING: "BOOKED"}


class CoreLedger(Ledger):
    """Postings, reversals and accounts of the core bank. Made and filled with customers on first opening.

    `billers` are their internal and settlement accounts, `receivables` those of what they owe the bank; `pin_key` is
    the one core shares with the PIN pad.
    """

    def __init__(
        self,
        path: Path,
        billers: Iterable[tuple[str, str]],
        opening_date: date,
        pin_key: bytes = b"",
        receivables: Iterable[str] = (),
    ) -> None:
        super().__init__(path, SCHEMA)
        self._pin_key = pin_key
        with self.transaction() as connection:
            if not self.setting("accounting_date"):
                self.set("accounting_date", opening_date.isoformat())
                open_accounts(connection, opening_date)
            open_biller_accounts(connection, billers)
            open_receivables(connection, receivables)

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
        return self.once(request.leg_id, POSTING, request.model_dump(mode="json"), lambda: self._post(request, now))

    def reverse(self, request: ReversalRequest, now: datetime) -> bytes:
        """The reply's JSON. Raises LegConflict."""
        return self.once(
            request.leg_id, "REVERSAL", request.model_dump(mode="json"), lambda: self._reverse(request, now)
        )

    def inquire(self, leg_id: str) -> PostingStatus:
        result, found = self.became(leg_id, POSTING)
        return PostingStatus.model_validate({"result": result, **found})

    def became(self, leg_id: str, kind: str) -> tuple[str, dict[str, Any]]:
        """What became of a posting or of a booking: the result, and the other fields of the answer. One that stands
        is called by its kind ("POSTING" POSTED, "BOOKING" BOOKED)."""
        leg = self.one("SELECT * FROM legs WHERE leg_id = ? AND kind = ?", leg_id, kind)
        row = self._booked(leg_id, kind)
        if row is not None:
            result, code = ("REVERSED", "") if self._reversal_of(row["core_serial"]) else (_STANDS[kind], "")
        elif self.is_tombstoned(leg_id):
            result, code = "TOMBSTONED", "TOMBSTONED"
        else:
            result, code = ("NOT_FOUND", "") if leg is None else ("REJECTED", str(leg["code"]))
        return result, {
            "leg_id": leg_id,
            "amount_fen": None if row is None else row["amount_fen"],
            "core_serial": "" if row is None else row["core_serial"],
            "accounting_date": self.setting("accounting_date") if row is None else row["accounting_date"],
            "code": code,
            "message": WORDS.get(code, ""),
        }

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
        code = self._refusal(request)
        serial = "" if code else self.book(_booking(request), now)
        if serial:
            self._keep_authority(serial, request)
        return PostingReply(
            result="REJECTED" if code else "POSTED",
            leg_id=request.leg_id,
            amount_fen=request.amount_fen,
            core_serial=serial,
            accounting_date=self.accounting_date,
            code=code,
            message=WORDS.get(code, ""),
        )

    def _refusal(self, request: PostingRequest) -> str:
        """Why the posting is not made; empty where it is. The first reason that holds."""
        reasons: tuple[tuple[str, Callable[[], bool]], ...] = (
            ("TOMBSTONED", lambda: self.is_tombstoned(request.leg_id)),
            ("CORE_CLOSED", lambda: not self.is_open),
            ("CURRENCY", lambda: request.currency != "CNY"),
            ("SAME_ACCOUNT", lambda: request.debit_account == request.credit_account),
        )
        code = next((code for code, holds in reasons if holds()), "")
        code = code or self.account_refusal(request.debit_account) or self.account_refusal(request.credit_account)
        if not code and BY_BOOKINGS_ONLY & {self.kind_of(request.debit_account), self.kind_of(request.credit_account)}:
            return "ACCOUNTS_NOT_ALLOWED"
        code = code or self._authority_refusal(request)
        if not code and self.is_short(request.debit_account, request.amount_fen):
            return "INSUFFICIENT_FUNDS"
        return code

    def account_refusal(self, account_no: str) -> str:
        """Why the account takes no part in any booking; empty where it may. One that every branch has is opened."""
        row = self.one("SELECT status FROM accounts WHERE account_no = ?", account_no)
        if row is not None:
            return "" if row["status"] == "NORMAL" else f"ACCOUNT_{row['status']}"
        opened = branch_account(account_no)
        if opened is None:
            return "ACCOUNT_NOT_FOUND"
        self.write("INSERT INTO accounts VALUES (?, ?, ?, ?)", *opened)
        return ""

    def _authority_refusal(self, request: PostingRequest) -> str:
        """What the customer's consent lacks; empty where it is good, or where no customer is debited. The number of a
        signed voucher is taken as it is: the paper lies with the branch."""
        if self.kind_of(request.debit_account) != CUSTOMER:
            return ""
        given = request.authority
        if given is None or (given.pin_block is None) == (given.voucher_no is None):
            return "NO_AUTHORITY"
        return "" if given.pin_block is None else self._pin_refusal(request, given.pin_block)

    def _pin_refusal(self, request: PostingRequest, block: str) -> str:
        """A block serves one posting, and counts as wrong only where core could open it."""
        account_no = request.debit_account
        pin = pin_blocks.opened(self._pin_key, block, account_no, request.amount_fen) if self._pin_key else None
        if pin is None or not self._is_first_use(block, request.leg_id):
            return "NO_AUTHORITY"
        wrong = self._wrong_pins(account_no)
        if wrong >= MOST_WRONG_PINS:
            return "PIN_LOCKED"
        is_right = pin == people.pin(account_no)
        wrong = 0 if is_right else wrong + 1
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO wrong_pins VALUES (?, ?)", (account_no, wrong))
        if is_right:
            return ""
        return "PIN_LOCKED" if wrong >= MOST_WRONG_PINS else "WRONG_PIN"

    def _is_first_use(self, block: str, leg_id: str) -> bool:
        digest = hashlib.sha256(block.encode()).hexdigest()
        with self._lock:
            found = self._connection.execute("INSERT OR IGNORE INTO used_blocks VALUES (?, ?)", (digest, leg_id))
            return found.rowcount == 1

    def _wrong_pins(self, account_no: str) -> int:
        row = self.one("SELECT in_a_row FROM wrong_pins WHERE account_no = ?", account_no)
        return 0 if row is None else int(row["in_a_row"])

    def _keep_authority(self, core_serial: str, request: PostingRequest) -> None:
        given = request.authority
        if given is None or self.kind_of(request.debit_account) != CUSTOMER:
            return
        means = "PIN" if given.pin_block is not None else "VOUCHER"
        with self._lock:
            self._connection.execute(
                "INSERT INTO authorities VALUES (?, ?, ?)", (core_serial, means, given.voucher_no or "")
            )

    def is_short(self, account_no: str, amount_fen: int) -> bool:
        """Only customers can be short of money, and refunds payable of what is to be paid back; the bank's other
        accounts may stand on either side."""
        return self.kind_of(account_no) in _NEVER_BELOW_ZERO and self.balance(account_no) < amount_fen

    def balance(self, account_no: str) -> int:
        """Credits less debits, in fen: what a customer has."""
        row = self.one("SELECT COALESCE(SUM(credit_fen - debit_fen), 0) FROM entries WHERE account_no = ?", account_no)
        return 0 if row is None else int(row[0])

    def kind_of(self, account_no: str) -> str:
        """Its kind of account; empty for one that is not open."""
        row = self.one("SELECT kind FROM accounts WHERE account_no = ?", account_no)
        return "" if row is None else str(row["kind"])

    def book(self, booking: Booking, now: datetime) -> str:
        """Books it under today's accounting date; the core serial."""
        day = self.accounting_date
        serial = f"{day:%Y%m%d}{self.next_number('core_serial'):012d}"
        debit = (booking.debit_account, booking.amount_fen, 0)
        credit = (booking.credit_account, 0, booking.amount_fen)
        with self._lock:
            write_booking(self._connection, serial, booking, (debit, credit), day, now.isoformat())
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
        original = self._booked(request.original_leg_id, POSTING) or self._booked(request.original_leg_id, BOOKING)
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
        if original["kind"] == BOOKING and self.is_short(original["credit_account"], original["amount_fen"]):
            return "REJECTED", "INSUFFICIENT_FUNDS", "", today
        return "REVERSED", "", self.book(_red_entry(request, original), now), today

    def _booked(self, leg_id: str, kind: str) -> sqlite3.Row | None:
        return self.one("SELECT * FROM postings WHERE leg_id = ? AND kind = ?", leg_id, kind)

    def _reversal_of(self, core_serial: str) -> sqlite3.Row | None:
        return self.one("SELECT * FROM postings WHERE reverses = ?", core_serial)


def _booking(request: PostingRequest) -> Booking:
    return Booking(
        POSTING,
        request.leg_id,
        request.channel_id,
        request.channel_serial,
        request.debit_account,
        request.credit_account,
        request.amount_fen,
        request.summary,
        request.branch_no,
        request.till_no,
        request.teller_no,
    )


def _red_entry(request: ReversalRequest, original: sqlite3.Row) -> Booking:
    """The original's accounts with its amount negated."""
    return Booking(
        "REVERSAL",
        request.leg_id,
        request.channel_id,
        request.channel_serial,
        original["debit_account"],
        original["credit_account"],
        -original["amount_fen"],
        f"冲正 {original['core_serial']}",
        original["branch_no"],
        original["till_no"],
        original["teller_no"],
        reverses=original["core_serial"],
    )
