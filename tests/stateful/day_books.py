"""What the books of a whole branch must say of each other at every moment, whatever is under way: core's, the billers',
the tills' and the journal's. Every sum is made here, by plain arithmetic over single rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from tellerdesk.bills import states as payments
from tellerdesk.bills.commands import Method
from tellerdesk.journal.entries import ENTRY, LEG
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.questions import states as late
from tellerdesk.questions.models import LateAnswer
from tellerdesk.refunds import states as refunds
from tellerdesk.refunds.models import PayOut, Refund
from tellerdesk.refunds.states import RefundCause
from tellerdesk.store.base import table_of
from tellerdesk.till.drawer import MOVEMENT, SESSION
from tests.stateful.conservation import CLAIM, DID_NOT_STAND, UNTOUCHED, of_legs
from tests.stateful.ledgers import Booking
from tests.stateful.whole_branch import WholeBranch

REFUND, PAY_OUT, LATE = table_of(Refund), table_of(PayOut), table_of(LateAnswer)

Row = Mapping[str, Any]

OWED = {Word.REFUND_DUE, Word.REFUNDED}
"""Words of a payment core could not undo: its money was booked to refunds payable."""
ASKING_BILLER = {refunds.CONSENT_SENDING, refunds.CONSENT_UNKNOWN}
NOT_BOOKED_YET = {
    *(refunds.PENDING_SUSPENSE, *ASKING_BILLER, refunds.AGREED, refunds.PENDING_REFUND),
    *refunds.CAME_TO_NOTHING,
}
PAYABLE = {refunds.DUE, refunds.PENDING_PAY_OUT}
BOOKED_AS = {
    RefundCause.UNCLAIMED_CASH: {"TILL_TO_SUSPENSE"},
    RefundCause.STUCK_POSTING: {"SUSPENSE_FROM_INTERNAL"},
    RefundCause.NEXT_DAY: {"RECEIVABLE_FROM_BILLER", "RECEIVABLE_CREDIT"},
}
"""What core books first, by why the money is owed."""
SIDES = {
    "": {("TC", "IN"), ("AC", "IN")},
    "TILL_TO_SUSPENSE": {("TC", "RP")},
    "SUSPENSE_FROM_INTERNAL": {("IN", "RP")},
    "REFUND_PAY_OUT": {("RP", "TC")},
    "REFUND_CREDIT": {("RP", "AC")},
    "RECEIVABLE_FROM_BILLER": {("RB", "RP")},
    "RECEIVABLE_CREDIT": {("RB", "AC")},
}
"""Kinds of account, debit and credit, by kind of booking; a posting has none."""


def kind_of(account: str) -> str:
    head, dash, _ = account.partition("-")
    return head if dash else "AC"


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything, read once. Amounts by serial are what the counterparts hold of it now."""

    branch: WholeBranch
    entries: dict[str, Row]
    refunds: dict[str, Row]
    payouts: dict[str, Row]
    """the newest try of each refund"""
    late: dict[str, Row]
    """by the payment each is about"""
    legs: list[dict[str, Any]]
    cash: dict[str, list[tuple[str, int]]]
    tills: Counter[str]
    """by core's name of each till: cash in less cash out"""
    claims: set[str]
    core: dict[str, list[Booking]]
    billers: dict[str, list[Booking]]

    @classmethod
    def of(cls, branch: WholeBranch) -> Seen:
        with branch.desk.store.read() as session:
            connection = session.connection()

            def rows(table: Any) -> list[dict[str, Any]]:
                return [dict(row._mapping) for row in connection.execute(select(table).order_by(*table.primary_key))]

            entries, legs, moved = rows(ENTRY), rows(LEG), rows(MOVEMENT)
            owed, tried, answers, claims, sessions = rows(REFUND), rows(PAY_OUT), rows(LATE), rows(CLAIM), rows(SESSION)
        till = {row["id"]: f"TC-{row['branch_no']}-{row['till_no']}" for row in sessions}
        cash, tills = defaultdict(list), Counter[str]()
        for row in moved:
            cash[row["serial"]].append((row["kind"], row["amount_fen"]))
            tills[till[row["session_id"]]] += row["amount_fen"] if row["kind"] == "CASH_IN" else -row["amount_fen"]
        core, billers = defaultdict(list), defaultdict(list)
        for booking in branch.core.bookings:
            core[booking.serial].append(booking)
        for ledger in branch.billers.values():
            for booking in ledger.bookings:
                billers[booking.serial].append(booking)
        return cls(
            branch,
            {row["serial"]: row for row in sorted(entries, key=lambda row: row["id"])},
            {row["serial"]: row for row in owed},
            {row["serial"]: row for row in tried},
            {row["payment_serial"]: row for row in answers},
            legs,
            cash,
            tills,
            {row["serial"] for row in claims},
            core,
            billers,
        )

    def of_flow(self, flow: str) -> Iterator[Row]:
        return (entry for entry in self.entries.values() if entry["flow"] == flow)

    def refunds_of(self, source: str, cause: RefundCause) -> list[Row]:
        """Entries of refunds of one source that have not come to nothing."""
        found = [row for row in self.refunds.values() if (row["source_serial"], row["cause"]) == (source, cause)]
        entries = [self.entries[row["serial"]] for row in found]
        return [entry for entry in entries if entry["state"] not in refunds.CAME_TO_NOTHING]

    def moved(self, serial: str, account: str) -> int:
        """Credits less debits under one serial on accounts of one kind."""
        fen = 0
        for booking in self.core.get(serial, ()):
            fen += booking.fen * ((kind_of(booking.credit) == account) - (kind_of(booking.debit) == account))
        return fen

    def taken_back(self, payment: str) -> int:
        """What was booked from the biller's internal account to refunds payable for a payment."""
        return -sum(self.moved(entry["serial"], "IN") for entry in self.refunds_of(payment, RefundCause.STUCK_POSTING))

    def at_biller(self, payment: str) -> int:
        return sum(booking.fen for booking in self.billers.get(payment, ()))

    def agreed(self, payment: str) -> bool | None:
        """Whether the biller has agreed to refund it; None while it is asked."""
        found = [entry["state"] for entry in self.refunds_of(payment, RefundCause.NEXT_DAY)]
        return None if set(found) & ASKING_BILLER else bool(found)


def at_every_moment(branch: WholeBranch) -> list[str]:
    """Everything that is wrong, in words; empty where the money is right."""
    seen = Seen.of(branch)
    wrong = [law for wire in branch.wires.values() for law in wire.broken]
    for entry in seen.entries.values():
        told = _RULES[entry["flow"]](seen, entry)
        wrong += [f"{entry['serial']} {entry['flow']} {entry['state']}: {each}" for each in told]
    unknown = (set(seen.core) | set(seen.billers) | set(seen.cash)) - set(seen.entries)
    wrong += [f"{serial}: money moved, and the journal does not know it" for serial in unknown]
    for booking in (booking for under in seen.core.values() for booking in under):
        if (kind_of(booking.debit), kind_of(booking.credit)) not in SIDES[booking.kind]:
            wrong.append(f"{booking.leg_id}: {booking.kind or 'posting'} from {booking.debit} to {booking.credit}")
    return wrong + of_legs(seen.legs)


def _payment(seen: Seen, entry: Row) -> Iterator[str]:
    serial, fen, word = entry["serial"], entry["amount_fen"], payments.STATES[entry["state"]].word
    core, paid, back = seen.moved(serial, "IN"), seen.at_biller(serial), seen.taken_back(serial)
    agreed, is_late = seen.agreed(serial), serial in seen.late
    if len(seen.core.get(serial, ())) > 2 or core not in {0, fen} or back not in {0, core}:
        yield f"core holds {core} of {fen}, {back} was taken back"
    if paid not in {0, fen} or len(seen.billers.get(serial, ())) > 2:
        yield f"the biller holds {paid} of {fen}"
    if paid and not core - back and not is_late:
        yield "the biller has money core does not hold"
    if word is Word.PAID and (core - back != fen or (agreed is not None and paid != (0 if agreed else fen))):
        yield f"said to be paid; core holds {core - back}, the biller {paid}, refund agreed: {agreed}"
    if word in DID_NOT_STAND | {Word.AWAITING} and (core or (paid and not is_late)):
        yield f"said not to stand; core holds {core}, the biller {paid}"
    if word in OWED and (core, back, paid) != (fen, fen, 0):
        yield f"said to be owed; core posted {core}, took back {back}, the biller holds {paid}"
    if (
        word is Word.PROCESSING
        and back
        and entry["state"]
        not in {
            payments.REVERSE_SUSPENDING,
            payments.CANCEL_SUSPENDING,
        }
    ):
        yield f"{back} was taken back under its hands"
    yield from _cash_of_payment(seen, entry, word)
    free = word in DID_NOT_STAND | OWED or bool(agreed)
    if agreed is not None and free is (serial in seen.claims):
        yield f"its month is {'spoken for' if serial in seen.claims else 'free'}"
    for day in {booking.day for booking in (*seen.core.get(serial, ()), *seen.billers.get(serial, ()))}:
        if entry["accounting_date"] not in {None, day}:
            yield f"booked on {day}, and the entry says {entry['accounting_date']}"


def _cash_of_payment(seen: Seen, entry: Row, word: Word) -> Iterator[str]:
    fen, due, moved = entry["amount_fen"], entry["cash_return"], seen.cash.get(entry["serial"], [])
    untouched = entry["state"] in UNTOUCHED
    cash = entry["method"] == Method.CASH and not untouched
    wanted = [("CASH_IN", fen)] * cash + [("CASH_OUT", fen)] * (cash and due == CashReturn.RETURNED)
    if moved != wanted:
        yield f"cash {moved} while {due}"
    if (due != CashReturn.NONE) is not (cash and word in DID_NOT_STAND):
        yield f"its cash is {due}"
    yield from _left_behind(seen, entry)


def _left_behind(seen: Seen, entry: Row) -> Iterator[str]:
    """Cash nobody took is in refunds payable exactly where the entry says so."""
    booked = sum(
        booking.kind == "TILL_TO_SUSPENSE"
        for each in seen.refunds_of(entry["serial"], RefundCause.UNCLAIMED_CASH)
        for booking in seen.core.get(each["serial"], ())
    )
    due = entry["cash_return"]
    if (due == CashReturn.SUSPENSE and booked != 1) or (booked and due not in {"SUSPENDING", "SUSPENSE"}):
        yield f"its cash is {due}, and was booked {booked} times"


def _refund(seen: Seen, entry: Row) -> Iterator[str]:
    serial, fen, state = entry["serial"], entry["amount_fen"], entry["state"]
    row, tried = seen.refunds[serial], seen.payouts.get(serial)
    booked = [booking.kind for booking in seen.core.get(serial, ())]
    if any(booking.fen != fen for booking in seen.core.get(serial, ())) or len(booked) != len(set(booked)):
        yield f"core booked {booked} of {fen}"
    payable, paid = seen.moved(serial, "RP"), seen.moved(serial, "AC")
    to_hand = sum(booking.fen for booking in seen.core.get(serial, ()) if booking.kind == "REFUND_PAY_OUT")
    if booked and booked[0] not in BOOKED_AS[RefundCause(row["cause"])]:
        yield f"{row['cause']} booked as {booked[0]}"
    if state in NOT_BOOKED_YET and booked:
        yield f"core booked {booked} already"
    if state in PAYABLE and (payable, paid, to_hand) != (fen, 0, 0):
        yield f"due; {payable} is payable, {paid} went to an account, {to_hand} to the hand"
    if state == refunds.PAID_OUT and (payable or paid + to_hand != fen):
        yield f"paid out; {payable} is payable, {paid} went to an account, {to_hand} to the hand"
    if paid + to_hand not in {0, fen} or payable not in {0, fen} or payable + paid + to_hand not in {0, fen}:
        yield f"{payable} is payable, {paid} went to an account, {to_hand} to the hand"
    if (row["holds"] is None) is not (state in refunds.CAME_TO_NOTHING):
        yield f"holds {row['holds']}"
    by_hand = tried is not None and tried["method"] == Method.CASH and state == refunds.PAID_OUT
    due, moved = entry["cash_return"], seen.cash.get(serial, [])
    if moved != [("CASH_OUT", fen)] * (due == CashReturn.RETURNED) or (due != CashReturn.NONE) is not by_hand:
        yield f"cash {moved} while {due}"
    yield from _left_behind(seen, entry)


def _late(seen: Seen, entry: Row) -> Iterator[str]:
    about = next(row["payment_serial"] for row in seen.late.values() if row["serial"] == entry["serial"])
    holds = seen.at_biller(about)
    if entry["state"] == late.UNDONE and holds:
        yield f"undone, and the biller holds {holds}"
    if entry["state"] == late.STAYS_PAID and not holds:
        yield "said to stay paid, and the biller holds nothing"
    if entry["state"] == late.NOT_HELD and holds:
        yield f"said to be cancelled, and the biller holds {holds}"
    if seen.core.get(entry["serial"]) or seen.cash.get(entry["serial"]):
        yield "core or a till was touched"


_RULES = {payments.FLOW: _payment, refunds.FLOW: _refund, late.FLOW: _late}
