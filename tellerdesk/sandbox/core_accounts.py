"""The core bank's tables, its chart of accounts, and the day they were opened."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from tellerdesk.sandbox import people

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
CREATE TABLE IF NOT EXISTS bookings (
    core_serial TEXT PRIMARY KEY REFERENCES postings,
    kind TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS authorities (
    core_serial TEXT PRIMARY KEY REFERENCES postings,
    means TEXT NOT NULL,
    voucher_no TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS wrong_pins (account_no TEXT PRIMARY KEY, in_a_row INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS used_blocks (sha256 TEXT PRIMARY KEY, leg_id TEXT NOT NULL) WITHOUT ROWID;
"""

CUSTOMER, TILL, INTERNAL, SETTLEMENT, REFUNDS_PAYABLE, RECEIVABLE, OVER_SHORT, OPENING = (
    "CUSTOMER",
    "TILL",
    "INTERNAL",
    "SETTLEMENT",
    "REFUNDS_PAYABLE",
    "RECEIVABLE",
    "OVER_SHORT",
    "OPENING",
)
"""Kinds of account."""
BY_BOOKINGS_ONLY = frozenset({REFUNDS_PAYABLE, RECEIVABLE, OVER_SHORT})
"""Kinds no posting may touch."""
OPENING_ACCOUNT = "EQ-OPENING"
_OF_A_BRANCH = {"RP": (REFUNDS_PAYABLE, "待退客户款"), "OS": (OVER_SHORT, "长短款")}
_OPEN = "INSERT OR IGNORE INTO accounts VALUES (?,?,?,?)"

_INSERT = """
INSERT INTO postings (core_serial, kind, leg_id, channel_id, channel_serial, debit_account, credit_account, amount_fen,
    accounting_date, reverses, summary, branch_no, till_no, teller_no, booked_at)
VALUES (:core_serial, :kind, :leg_id, :channel_id, :channel_serial, :debit_account, :credit_account, :amount_fen,
    :accounting_date, :reverses, :summary, :branch_no, :till_no, :teller_no, :booked_at)
"""


@dataclass(frozen=True, slots=True)
class Booking:
    """A posting to be written, or the red entry that undoes one (`reverses` names its core serial)."""

    kind: str
    leg_id: str
    channel_id: str
    channel_serial: str
    debit_account: str
    credit_account: str
    amount_fen: int
    summary: str
    branch_no: str
    till_no: str
    teller_no: str
    reverses: str | None = None


Entry = tuple[str, int, int]
"""Account, debit in fen, credit in fen."""


def write_booking(
    connection: sqlite3.Connection,
    core_serial: str,
    booking: Booking,
    entries: Iterable[Entry],
    accounting_date: date,
    booked_at: str,
) -> None:
    """Writes a booking and its entries, inside the caller's transaction."""
    fields = asdict(booking) | {
        "core_serial": core_serial,
        "accounting_date": accounting_date.isoformat(),
        "booked_at": booked_at,
    }
    connection.execute(_INSERT, fields)
    connection.executemany("INSERT INTO entries VALUES (?,?,?,?)", [(core_serial, *entry) for entry in entries])


def open_accounts(connection: sqlite3.Connection, opening_date: date) -> None:
    """The bank's own accounts, and the customers' with what they have."""
    accounts = [(OPENING_ACCOUNT, OPENING, "开户余额", "NORMAL")]
    entries: list[Entry] = []
    for person in people.people():
        accounts.append((person.account_no, CUSTOMER, person.name, people.account_status(person.index)))
        entries.append((person.account_no, 0, people.account_balance_fen(person.index)))
    connection.executemany("INSERT INTO accounts VALUES (?,?,?,?)", accounts)
    total = sum(credit for _, _, credit in entries)
    entries.append((OPENING_ACCOUNT, total, 0))
    opening = Booking("OPENING", "", "", "", OPENING_ACCOUNT, "", total, "开户余额", "", "", "")
    serial = f"{opening_date:%Y%m%d}{0:012d}"
    write_booking(connection, serial, opening, entries, opening_date, opening_date.isoformat())


def open_biller_accounts(connection: sqlite3.Connection, billers: Iterable[tuple[str, str]]) -> None:
    """Internal and settlement account of each biller, where they are not open yet."""
    accounts = []
    for internal, settlement in billers:
        accounts.append((internal, INTERNAL, f"代收 {internal} 内部户", "NORMAL"))
        accounts.append((settlement, SETTLEMENT, f"{settlement} 结算户", "NORMAL"))
    connection.executemany(_OPEN, accounts)


def open_receivables(connection: sqlite3.Connection, receivables: Iterable[str]) -> None:
    """The accounts (RB-1101) of what billers owe the bank, where they are not open yet."""
    connection.executemany(
        _OPEN, [(number, RECEIVABLE, f"应收缴费单位款 {number}", "NORMAL") for number in receivables]
    )


def branch_account(account_no: str) -> tuple[str, str, str, str] | None:
    """The row of an account every branch has, one of them for each of its tills, by the account's number; None for any
    other number."""
    if match := re.fullmatch(r"TC-([0-9]{4})-([0-9]{2})", account_no, re.ASCII):
        return account_no, TILL, f"现金 {match[1]} 网点 {match[2]} 号尾箱", "NORMAL"
    if match := re.fullmatch(r"(RP|OS)-([0-9]{4})", account_no, re.ASCII):
        kind, name = _OF_A_BRANCH[match[1]]
        return account_no, kind, f"{name} {match[2]} 网点", "NORMAL"
    return None
