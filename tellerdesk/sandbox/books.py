"""The counterparts' books as an auditor sees them: read straight from the ledger files, without asking the programs.

Tests, demonstrations and the fault harness compare these with what the desk believes. Nothing here writes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tellerdesk.sandbox.config import CORE, ELECTRICITY, ledger_file

MAY_BOOK = {
    "TILL_TO_SUSPENSE": ("TILL", "REFUNDS_PAYABLE"),
    "SUSPENSE_FROM_INTERNAL": ("INTERNAL", "REFUNDS_PAYABLE"),
    "REFUND_PAY_OUT": ("REFUNDS_PAYABLE", "TILL"),
    "REFUND_CREDIT": ("REFUNDS_PAYABLE", "CUSTOMER"),
    "RECEIVABLE_FROM_BILLER": ("RECEIVABLE", "REFUNDS_PAYABLE"),
    "RECEIVABLE_CREDIT": ("RECEIVABLE", "CUSTOMER"),
    "RECEIVABLE_REPAID": ("SETTLEMENT", "RECEIVABLE"),
    "TILL_OVER": ("TILL", "OVER_SHORT"),
    "TILL_SHORT": ("OVER_SHORT", "TILL"),
}
"""Kinds of account each kind of booking may debit and credit: written a second time, so that an auditor does not ask
core what core may do."""


@dataclass(frozen=True, slots=True)
class CorePosting:
    """One booking. A reversal is a red entry: the same accounts, a negative amount."""

    core_serial: str
    kind: str
    leg_id: str
    debit_account: str
    credit_account: str
    amount_fen: int
    accounting_date: str


@dataclass(frozen=True, slots=True)
class CoreEffect:
    """What one channel serial came to at core: `net_fen` is what still stands of its postings."""

    net_fen: int
    postings: tuple[CorePosting, ...]


@dataclass(frozen=True, slots=True)
class BillerPayment:
    """A payment the biller has taken. One it has cancelled or agreed to refund stays, with another state."""

    biller_serial: str
    leg_id: str
    channel_serial: str
    consumer_no: str
    amount_fen: int
    accounting_date: str
    state: str

    @property
    def standing_fen(self) -> int:
        """What the biller has of it still."""
        return self.amount_fen if self.state == "PAID" else 0


@dataclass(frozen=True, slots=True)
class CoreBooking(CorePosting):
    """A booking among the bank's own accounts, or the red entry that undid it; `booking` is what it was for."""

    channel_serial: str
    booking: str


@dataclass(frozen=True, slots=True)
class BillerRefund:
    """What a biller owes the bank for a payment it has agreed to refund."""

    agreement_no: str
    biller_serial: str
    leg_id: str
    amount_fen: int


def core_effects(folder: Path) -> dict[str, CoreEffect]:
    """By channel serial: every posting and reversal of one, and their sum in fen. Serials core never posted are absent;
    bookings are in `core_bookings`."""
    found: dict[str, list[CorePosting]] = {}
    with _open(folder, CORE) as ledger:
        for row in ledger.execute(
            "SELECT * FROM postings p WHERE kind <> 'OPENING' AND NOT EXISTS (SELECT 1 FROM bookings b"
            " WHERE b.core_serial IN (p.core_serial, p.reverses)) ORDER BY core_serial"
        ):
            found.setdefault(row["channel_serial"], []).append(CorePosting(*_entry(row)))
    return {
        serial: CoreEffect(sum(posting.amount_fen for posting in postings), tuple(postings))
        for serial, postings in found.items()
    }


def core_bookings(folder: Path) -> list[CoreBooking]:
    """Every booking and every reversal of one, in core's order."""
    with _open(folder, CORE) as ledger:
        rows = ledger.execute(
            "SELECT p.*, b.kind AS booking FROM postings p"
            " JOIN bookings b ON b.core_serial = COALESCE(p.reverses, p.core_serial) ORDER BY p.core_serial"
        )
        return [CoreBooking(*_entry(row), row["channel_serial"], row["booking"]) for row in rows]


def core_balances(folder: Path) -> dict[str, int]:
    """By account: credits less debits in fen, so that all of them together are zero."""
    with _open(folder, CORE) as ledger:
        rows = ledger.execute(
            "SELECT a.account_no, COALESCE(SUM(e.credit_fen - e.debit_fen), 0) AS fen"
            " FROM accounts a LEFT JOIN entries e USING (account_no) GROUP BY a.account_no"
        )
        return {row["account_no"]: row["fen"] for row in rows}


def core_balances_by_kind(folder: Path) -> dict[str, int]:
    """By kind of account (CUSTOMER, TILL, INTERNAL ...): credits less debits in fen."""
    with _open(folder, CORE) as ledger:
        rows = ledger.execute(
            "SELECT a.kind, COALESCE(SUM(e.credit_fen - e.debit_fen), 0) AS fen"
            " FROM accounts a LEFT JOIN entries e USING (account_no) GROUP BY a.kind ORDER BY a.kind"
        )
        return {row["kind"]: row["fen"] for row in rows}


def core_booked_by_kind(folder: Path) -> dict[str, int]:
    """By kind of account: what bookings, other than postings, have come to, credits less debits in fen."""
    with _open(folder, CORE) as ledger:
        rows = ledger.execute(
            "SELECT a.kind, SUM(e.credit_fen - e.debit_fen) AS fen FROM postings p"
            " JOIN bookings b ON b.core_serial = COALESCE(p.reverses, p.core_serial)"
            " JOIN entries e ON e.core_serial = p.core_serial JOIN accounts a USING (account_no) GROUP BY a.kind"
        )
        return {row["kind"]: row["fen"] for row in rows}


def core_flaws(folder: Path) -> list[str]:
    """What is wrong: a booking whose debits are not its credits, entries on other accounts than it names, a reversal
    that is not its posting's opposite, a leg booked twice, a customer debited without consent, a booking between
    accounts its kind does not allow, more refunded than was payable. Empty where all is well."""
    with _open(folder, CORE) as ledger:
        lopsided = ledger.execute(
            "SELECT core_serial, SUM(debit_fen - credit_fen) AS fen FROM entries GROUP BY core_serial HAVING fen <> 0"
        )
        flaws = [f"{row['core_serial']}: debits exceed credits by {row['fen']}" for row in lopsided]
        wrong = ledger.execute(
            "SELECT r.core_serial FROM postings r LEFT JOIN postings p ON p.core_serial = r.reverses"
            " WHERE r.kind = 'REVERSAL' AND (p.core_serial IS NULL OR p.amount_fen <> -r.amount_fen"
            " OR p.debit_account <> r.debit_account OR p.credit_account <> r.credit_account)"
        )
        flaws += [f"{row['core_serial']}: reverses something else" for row in wrong]
        twice = ledger.execute(
            "SELECT leg_id, COUNT(*) AS times FROM postings WHERE kind <> 'OPENING' GROUP BY leg_id HAVING times > 1"
        )
        flaws += [f"{row['leg_id']}: booked {row['times']} times" for row in twice]
        unasked = ledger.execute(
            "SELECT core_serial FROM postings p JOIN accounts a ON a.account_no = p.debit_account"
            " WHERE a.kind = 'CUSTOMER' AND p.kind = 'POSTING'"
            " AND NOT EXISTS (SELECT 1 FROM authorities c WHERE c.core_serial = p.core_serial)"
        )
        flaws += [f"{row['core_serial']}: the customer did not consent" for row in unasked]
        flaws += _booking_flaws(ledger)
    return flaws


def _booking_flaws(ledger: sqlite3.Connection) -> list[str]:
    astray = ledger.execute(
        "SELECT e.core_serial FROM entries e JOIN postings p USING (core_serial) WHERE p.kind <> 'OPENING'"
        " AND e.account_no NOT IN (p.debit_account, p.credit_account)"
    )
    flaws = [f"{row['core_serial']}: moves money on an account it does not name" for row in astray]
    booked = ledger.execute(
        "SELECT p.core_serial, b.kind AS booking, d.kind AS debit, c.kind AS credit FROM postings p"
        " LEFT JOIN bookings b USING (core_serial) LEFT JOIN accounts d ON d.account_no = p.debit_account"
        " LEFT JOIN accounts c ON c.account_no = p.credit_account WHERE p.kind = 'BOOKING'"
    )
    for row in booked:
        if MAY_BOOK.get(row["booking"]) != (row["debit"], row["credit"]):
            flaws.append(f"{row['core_serial']}: {row['booking']} from {row['debit']} to {row['credit']}")
    below = ledger.execute(
        "SELECT a.account_no, SUM(e.credit_fen - e.debit_fen) AS fen FROM entries e JOIN accounts a USING (account_no)"
        " WHERE a.kind = 'REFUNDS_PAYABLE' GROUP BY a.account_no HAVING fen < 0"
    )
    return flaws + [f"{row['account_no']}: {-row['fen']} fen more refunded than was payable" for row in below]


def core_authorities(folder: Path) -> dict[str, tuple[str, str]]:
    """By core serial of a debit of a customer's account: "PIN" or "VOUCHER", and the voucher's number."""
    with _open(folder, CORE) as ledger:
        rows = ledger.execute("SELECT * FROM authorities")
        return {row["core_serial"]: (row["means"], row["voucher_no"]) for row in rows}


def billers(folder: Path) -> list[str]:
    """The counterparts besides core that keep books here."""
    return sorted(path.stem for path in folder.glob("*.sqlite") if path.stem != CORE)


def biller_payments(folder: Path, counterpart: str = ELECTRICITY) -> list[BillerPayment]:
    """Every payment a biller took, in its order."""
    with _open(folder, counterpart) as ledger:
        return [
            BillerPayment(
                row["biller_serial"],
                row["leg_id"],
                row["channel_serial"],
                row["consumer_no"],
                row["amount_fen"],
                row["accounting_date"],
                row["state"],
            )
            for row in ledger.execute("SELECT * FROM payments ORDER BY biller_serial")
        ]


def biller_refunds(folder: Path, counterpart: str = ELECTRICITY) -> list[BillerRefund]:
    """What a biller owes the bank, by agreement."""
    with _open(folder, counterpart) as ledger:
        rows = ledger.execute("SELECT * FROM refunds ORDER BY agreement_no")
        return [
            BillerRefund(row["agreement_no"], row["biller_serial"], row["leg_id"], row["amount_fen"]) for row in rows
        ]


def biller_balances(folder: Path, counterpart: str) -> dict[str, int]:
    """By consumer: what the biller holds in fen, as opened and as kept from payments that stand, less what was used."""
    with _open(folder, counterpart) as ledger:
        rows = ledger.execute(
            "SELECT consumer_no, opening_fen + COALESCE((SELECT SUM(s.kept_fen) FROM splits s"
            " JOIN payments p USING (biller_serial) WHERE s.consumer_no = more.consumer_no AND p.state = 'PAID'), 0)"
            " - COALESCE((SELECT SUM(amount_fen) FROM uses WHERE uses.consumer_no = more.consumer_no), 0) AS fen"
            " FROM more_of_consumers more"
        )
        return {row["consumer_no"]: row["fen"] for row in rows}


def biller_flaws(folder: Path, counterpart: str) -> list[str]:
    """Where a biller's money went astray: a payment that is not its allotments, late fee and balance together, a
    period with more allotted to it than was owed, one called paid that is not, or paid that is not called so, a balance
    below zero, a payment undone without a record or recorded as undone while it stands. Empty where all is well."""
    with _open(folder, counterpart) as ledger:
        split = ledger.execute(
            "SELECT p.biller_serial, p.amount_fen - s.late_fee_fen - s.kept_fen - COALESCE((SELECT SUM(a.amount_fen)"
            " FROM allotments a WHERE a.biller_serial = p.biller_serial), 0) AS fen, s.kept_fen AS kept_fen"
            " FROM payments p LEFT JOIN splits s USING (biller_serial)"
        ).fetchall()
        flaws = [f"{row['biller_serial']}: {row['fen']} fen unaccounted for" for row in split if row["fen"] != 0]
        flaws += [f"{row['biller_serial']}: keeps less than nothing" for row in split if (row["kept_fen"] or 0) < 0]
        periods = ledger.execute(
            "SELECT owed.consumer_no, owed.period, owed.amount_fen - COALESCE((SELECT SUM(a.amount_fen)"
            " FROM allotments a JOIN payments p USING (biller_serial) WHERE a.consumer_no = owed.consumer_no"
            " AND a.period = owed.period AND p.state = 'PAID'), 0) AS rest_fen, paid_by FROM arrears owed"
        )
        for row in periods:
            if row["rest_fen"] < 0 or (row["rest_fen"] == 0) is not (row["paid_by"] is not None):
                flaws.append(
                    f"{row['consumer_no']} {row['period']}: {row['rest_fen']} fen left, paid by {row['paid_by']}"
                )
        flaws += _undoing_flaws(ledger)
    flaws += [f"{no}: holds {fen} fen" for no, fen in biller_balances(folder, counterpart).items() if fen < 0]
    return flaws


def _undoing_flaws(ledger: sqlite3.Connection) -> list[str]:
    undone = ledger.execute(
        "SELECT p.biller_serial, p.state, p.amount_fen, c.amount_fen AS cancelled_fen, r.amount_fen AS refunded_fen"
        " FROM payments p LEFT JOIN cancellations c USING (biller_serial) LEFT JOIN refunds r USING (biller_serial)"
    )
    flaws = []
    for row in undone:
        due = {"PAID": (None, None), "CANCELLED": (row["amount_fen"], None), "REFUNDED": (None, row["amount_fen"])}
        if due.get(row["state"]) != (row["cancelled_fen"], row["refunded_fen"]):
            told = f"cancelled {row['cancelled_fen']}, refunded {row['refunded_fen']} of {row['amount_fen']} fen"
            flaws.append(f"{row['biller_serial']}: {row['state']}, but {told}")
    return flaws


def tombstones(folder: Path, counterpart: str) -> frozenset[str]:
    """The leg ids a counterpart has promised never to carry out."""
    with _open(folder, counterpart) as ledger:
        return frozenset(row["leg_id"] for row in ledger.execute("SELECT leg_id FROM tombstones"))


def _entry(row: sqlite3.Row) -> tuple[str, str, str, str, str, int, str]:
    """The fields of a CorePosting."""
    return (
        row["core_serial"],
        row["kind"],
        row["leg_id"],
        row["debit_account"],
        row["credit_account"],
        row["amount_fen"],
        row["accounting_date"],
    )


@contextmanager
def _open(folder: Path, counterpart: str) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{ledger_file(folder, counterpart).resolve().as_uri()}?mode=ro", uri=True, timeout=10)
    connection.row_factory = sqlite3.Row
    try:
        yield connection
    finally:
        connection.close()
