"""What all books say of one case: journal, till and papers of the branch, and both counterparts' ledgers."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from faults.foundation import DATABASE, database
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.clock import SystemClock
from tellerdesk.desk import Desk
from tellerdesk.journal.states import LegState
from tellerdesk.sandbox import books
from tellerdesk.store import keys

_WITHOUT = {"request", "sealed_view", "consumer_sealed", "consumer_index", "payee_sealed", "account_sealed"}
"""Columns of sealed bytes: the books have nothing to say about them."""

Row = dict[str, Any]


@dataclass(slots=True)
class Branch:
    """The branch's own books at one moment, every row of them: the database is the case's alone."""

    entries: list[Row]
    legs: list[Row]
    steps: list[Row]
    cash: list[Row]
    claims: list[Row]
    documents: list[Row]
    files: dict[str, str]
    """by name: the hash of each file in the documents folder"""
    approvals: list[Row] = field(default_factory=list)
    cancellations: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    pay_outs: list[Row] = field(default_factory=list)
    late_answers: list[Row] = field(default_factory=list)
    baskets: list[Row] = field(default_factory=list)
    basket_lines: list[Row] = field(default_factory=list)
    combined: list[Row] = field(default_factory=list)
    """which payments are on whose receipt"""
    handed_over: list[Row] = field(default_factory=list)
    """what the audit says of each basket that was handed over"""


@dataclass(slots=True)
class Evidence:
    """All there is to judge a case by. `rest` is taken when recovery has come to rest, `late` when everything held back
    has arrived and one more sweep has run, `end` when people have done their part."""

    rest: Branch
    late: Branch
    end: Branch
    sweeps: int
    """how many it took after everything was healed until nothing waited"""
    core: list[Row]
    """core's bookings under the case's serial numbers"""
    biller: list[Row]
    """payments the biller took under them"""
    core_flaws: list[str]
    audit: str
    """the first damage of the branch's audit trail"""
    bookings: list[Row] = field(default_factory=list)
    """what core booked among the bank's own accounts under them"""
    consents: list[Row] = field(default_factory=list)
    """refunds the biller agreed to under them"""
    seen: dict[str, int] = field(default_factory=dict)
    """requests that arrived at the counterparts, by call"""
    alone: int = 0
    """steps recovery took before people did their part"""
    fired: int = 0
    """how often a fault of the case was at work"""


def branch(folder: Path) -> Branch:
    """The branch's books now, read from its files without asking its programs."""
    with database(folder / DATABASE) as connection:
        connection.row_factory = sqlite3.Row
        return Branch(
            entries=_rows(connection, "journal_entry", "id"),
            legs=_rows(connection, "journal_leg", "id"),
            steps=_rows(connection, "journal_step", "id"),
            cash=_rows(connection, "till_movement", "id"),
            claims=_rows(connection, "bills_claim", "claim_key"),
            documents=_rows(connection, "documents_document", "number"),
            files=_files(folder / "documents"),
            approvals=_rows(connection, "approval_request", "approval_id"),
            cancellations=_rows(connection, "bills_cancellation", "id"),
            refunds=_rows(connection, "refunds_refund", "serial"),
            pay_outs=_rows(connection, "refunds_pay_out", "id"),
            late_answers=_rows(connection, "questions_late_answer", "serial"),
            baskets=_rows(connection, "bills_basket", "basket_id"),
            basket_lines=_rows(connection, "bills_basket_line", "place"),
            combined=_rows(connection, "bills_combined_receipt", "serial"),
            handed_over=[
                json.loads(details) | {"basket_id": subject, "at": at}
                for subject, details, at in connection.execute(
                    "SELECT subject, details, at FROM audit_row WHERE action = 'basket.handed_over' ORDER BY id"
                )
            ],
        )


def audit_damage(desk: Desk) -> str:
    """The first damage of the audit trail, in words; empty where it is whole."""
    trail = AuditTrail(keys.load(desk.settings.folder / desk.settings.store.key_file), SystemClock())
    with desk.store.read() as session:
        damage = trail.verify(session)
    return "" if damage is None else str(damage)


def ledgers(folder: Path, counterpart: str, number: int) -> dict[str, Any]:
    """What core and biller have in their books under the serial numbers of a case, and what is wrong in core's: parts
    of the evidence by name."""
    postings = (each for effect in books.core_effects(folder).values() for each in effect.postings)
    return {
        "core": [_plain(asdict(each)) for each in postings if _is_of(each.leg_id, number)],
        "biller": [
            _plain(asdict(payment))
            for payment in books.biller_payments(folder, counterpart)
            if _is_of(payment.channel_serial, number)
        ],
        "bookings": [_plain(asdict(each)) for each in books.core_bookings(folder) if _is_of(each.leg_id, number)],
        "consents": [
            _plain(asdict(each)) for each in books.biller_refunds(folder, counterpart) if _is_of(each.leg_id, number)
        ],
        "core_flaws": books.core_flaws(folder),
    }


def left_behind(found: Evidence) -> str:
    """What a case has left behind that anything later depends on, without numbers, times, and the words of an answer
    that was no definite one: cases of one course in which that is the same went the same way."""
    held = [len(found.core), [payment["state"] for payment in found.biller], len(found.bookings), len(found.consents)]
    return repr([held, *(_kept(books) for books in (found.rest, found.late, found.end))])


def _kept(books: Branch) -> list[object]:
    whose = {entry["serial"]: place for place, entry in enumerate(books.entries)}
    return [
        [(entry["flow"], entry["state"], entry["version"], entry["cash_return"]) for entry in books.entries],
        [
            (whose.get(leg["serial"]), leg["kind"], leg["attempt"], leg["state"], leg["sends"], _definite(leg))
            for leg in books.legs
        ],
        [(whose.get(step["serial"]), step["row"], step["event"], step["to_state"]) for step in books.steps],
        [(row["subject"] in whose, row["use_case"], row["state"]) for row in books.approvals],
        [row["outcome"] for row in (*books.cancellations, *books.pay_outs)],
        [(paper["kind"], paper["state"]) for paper in books.documents],
        [(row["kind"], whose.get(row["serial"])) for row in books.cash],
        len(books.claims),
    ]


def _definite(leg: Row) -> str:
    return str(leg["code"]) if leg["state"] == LegState.REJECTED else ""


def from_told(told: dict[str, Any]) -> Evidence:
    """The evidence a child has sent as JSON."""
    parts = {name: Branch(**told[name]) for name in ("rest", "late", "end")}
    return Evidence(**{**told, **parts})


def _is_of(serial_or_leg: str, number: int) -> bool:
    return int(serial_or_leg[14:22]) // 10 == number


def _rows(connection: sqlite3.Connection, table: str, order: str) -> list[Row]:
    return [_plain(dict(row)) for row in connection.execute(f"SELECT * FROM {table} ORDER BY {order}")]  # noqa: S608


def _plain(row: Row) -> Row:
    return {
        name: value if value is None or isinstance(value, int | str) else str(value)
        for name, value in row.items()
        if name not in _WITHOUT
    }


def _files(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}
