"""The rules about money owed and money moved between the bank's own accounts: what core, biller and till say of it is
what the branch's entries say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from faults.evidence import Branch, Row
from faults.seen import Seen, agreed, rule
from tellerdesk.approvals.states import ApprovalState, UseCase
from tellerdesk.bills.commands import Method
from tellerdesk.bills.states import REFUND_DUE, REFUNDED
from tellerdesk.journal.states import CashReturn, LegState
from tellerdesk.questions import states as late
from tellerdesk.refunds import states as refunds
from tellerdesk.refunds.states import RefundCause

PAYABLE = frozenset({refunds.DUE, refunds.PENDING_PAY_OUT})
BOOKED = PAYABLE | {refunds.PAID_OUT}
FIRST = {
    RefundCause.UNCLAIMED_CASH: {"TILL_TO_SUSPENSE"},
    RefundCause.STUCK_POSTING: {"SUSPENSE_FROM_INTERNAL"},
    RefundCause.NEXT_DAY: {"RECEIVABLE_FROM_BILLER", "RECEIVABLE_CREDIT"},
}
"""What core books first for a refund, by why the money is owed."""
_SAID = {
    **dict.fromkeys((*PAYABLE, refunds.PAYING), REFUND_DUE),
    refunds.PAID_OUT: REFUNDED,
}
"""What a payment is called whose posting was booked to refunds payable, by its refund's state."""
NEEDED = {RefundCause.UNCLAIMED_CASH: 1, RefundCause.STUCK_POSTING: 1, RefundCause.NEXT_DAY: 2}
"""Persons who have to agree to the first booking."""


def _balance(seen: Seen, kind: str) -> int:
    """Credits less debits of the case on accounts of one kind, by the head of their numbers."""
    fen = 0
    for each in (*seen.books.core, *seen.books.bookings):
        fen += each["amount_fen"] * (each["credit_account"].startswith(kind) - each["debit_account"].startswith(kind))
    return fen


def _of_refunds(books: Branch) -> list[tuple[Row, Row]]:
    """Each refund's entry and its row."""
    rows = {row["serial"]: row for row in books.refunds}
    return [(entry, rows[entry["serial"]]) for entry in books.entries if entry["serial"] in rows]


@rule("till-as-core")
def _till_as_core(seen: Seen) -> Iterator[str]:
    """Once nobody's cash waits, core has in the till's account what went in and out of the drawer."""
    drawer = sum(row["amount_fen"] * (1 if row["kind"] == "CASH_IN" else -1) for row in seen.end.cash)
    if _balance(seen, "TC-") != -drawer:
        yield f"the drawer has {drawer}, core {-_balance(seen, 'TC-')}"


@rule("payable-as-due")
def _payable(seen: Seen) -> Iterator[str]:
    """Refunds payable holds what is due, the receivable what the biller has agreed to and core has booked."""
    due = sum(entry["amount_fen"] for entry, _ in _of_refunds(seen.end) if entry["state"] in PAYABLE)
    if _balance(seen, "RP-") != due:
        yield f"{due} is due, refunds payable holds {_balance(seen, 'RP-')}"
    owing = sum(
        entry["amount_fen"]
        for entry, row in _of_refunds(seen.end)
        if row["cause"] == RefundCause.NEXT_DAY and entry["state"] in BOOKED
    )
    if _balance(seen, "RB-") != -owing:
        yield f"the biller owes {owing}, core says {-_balance(seen, 'RB-')}"


@rule("refund-as-booked")
def _as_booked(seen: Seen) -> Iterator[str]:
    """Core has booked for each refund what its state says, each booking once; nothing where it came to nothing."""
    for name, books in (("at rest", seen.books.rest), ("at the end", seen.end)):
        for entry, row in _of_refunds(books):
            if entry["state"] != _state(seen.end, entry["serial"]):
                continue  # people have moved it on since
            kinds = [each["booking"] for each in seen.books.bookings if each["channel_serial"] == entry["serial"]]
            paid = [kind for kind in kinds if kind in {"REFUND_PAY_OUT", "REFUND_CREDIT", "RECEIVABLE_CREDIT"}]
            first = [kind for kind in kinds if kind in FIRST[RefundCause(row["cause"])]]
            wanted = (entry["state"] in BOOKED, entry["state"] == refunds.PAID_OUT)
            if (len(first), len(paid)) != wanted or len(set(kinds)) != len(kinds):
                yield f"{name}: {row['cause']} in {entry['state']}, and core booked {kinds}"
            said = _state(books, row["payment_serial"])
            if row["cause"] == RefundCause.STUCK_POSTING and said != _SAID.get(entry["state"], said):
                yield f"{name}: the payment is {said}, and its refund {entry['state']}"


def _state(books: Branch, serial: str) -> str:
    return next((str(entry["state"]) for entry in books.entries if entry["serial"] == serial), "")


@rule("agreed-as-undone")
def _agreed(seen: Seen) -> Iterator[str]:
    """The biller has undone a payment with its consent exactly where the branch says so, under one agreement."""
    if seen.entry is None:
        return
    wanted = seen.amount_fen if agreed(seen.end, seen.entry["serial"]) else 0
    if seen.agreed_fen != wanted or sum(each["amount_fen"] for each in seen.books.consents) != wanted:
        yield f"the biller has undone {seen.agreed_fen} of {seen.amount_fen}, the branch has {wanted} as agreed"
    known = {row["agreement_no"] for _, row in _of_refunds(seen.end) if row["agreement_no"]}
    if wanted and known != {each["agreement_no"] for each in seen.books.consents}:
        yield f"agreed under {known}, the biller says {seen.books.consents}"


@rule("one-refund-stands")
def _one_stands(seen: Seen) -> Iterator[str]:
    """A source has one refund that stands or may stand, and says so itself: nothing is owed twice."""
    for name, books in (("at rest", seen.books.rest), ("at the end", seen.end)):
        held = Counter(
            row["source_serial"] for entry, row in _of_refunds(books) if entry["state"] not in refunds.CAME_TO_NOTHING
        )
        for source, times in held.items():
            if times > 1:
                yield f"{name}: {times} refunds of {source} stand"
        for entry, row in _of_refunds(books):
            if (row["holds"] is None) is not (entry["state"] in refunds.CAME_TO_NOTHING):
                yield f"{name}: {entry['state']} holds {row['holds']}"
        causes = {(row["source_serial"], row["cause"]) for entry, row in _of_refunds(books) if entry["state"] in BOOKED}
        for entry in books.entries:
            suspended = (entry["serial"], RefundCause.UNCLAIMED_CASH) in causes
            if suspended is not (entry["cash_return"] == CashReturn.SUSPENSE):
                yield f"{name}: {entry['serial']} has its cash {entry['cash_return']}"


@rule("source-is-held")
def _held(seen: Seen) -> Iterator[str]:
    """While money is about to be booked to refunds payable nobody can hand it out or have it retried."""
    for name, books in (("at rest", seen.books.rest), ("at the end", seen.end)):
        asked = {
            row["source_serial"]
            for entry, row in _of_refunds(books)
            if entry["state"] in {refunds.PENDING_SUSPENSE, refunds.SUSPENDING}
        }
        for entry in books.entries:
            held = entry["cash_return"] == CashReturn.SUSPENDING or entry["state"].endswith("_SUSPENDING")
            if held is not (entry["serial"] in asked):
                yield f"{name}: {entry['serial']} {entry['state']}, cash {entry['cash_return']}, asked {asked}"


@rule("agreed-to-by-people")
def _agreed_to(seen: Seen) -> Iterator[str]:
    """Core books nothing that not enough people have agreed to, and no more often than they did."""
    for entry, row in _of_refunds(seen.end):
        executed = [
            request
            for request in seen.end.approvals
            if (request["subject"], request["use_case"]) == (entry["serial"], UseCase.REFUND)
            and request["state"] == ApprovalState.EXECUTED
        ]
        begun = Counter(leg["kind"] for leg in seen.end.legs if leg["leg_id"].startswith(entry["serial"]))
        first = begun["CORE_SUSPEND"] or begun["CORE_CREDIT"] or begun["CORE_RECEIVE"]
        if bool(first) + begun["CORE_PAY_OUT"] > len(executed):
            yield f"{dict(begun)} with {len(executed)} approvals used up"
        if first and min((request["needed"] for request in executed), default=0) < 1:
            yield f"{row['cause']} was booked with nobody's approval"
        if first and max((request["needed"] for request in executed), default=0) < NEEDED[RefundCause(row["cause"])]:
            yield f"{row['cause']} was booked with fewer than {NEEDED[RefundCause(row['cause'])]} approvals"


@rule("pay-out-as-told")
def _pay_outs(seen: Seen) -> Iterator[str]:
    """The newest try to pay out and its entry say the same; cash is due for what was paid out by hand alone."""
    for name, books in (("at rest", seen.books.rest), ("at the end", seen.end)):
        for entry, _ in _of_refunds(books):
            tried = [row for row in books.pay_outs if row["serial"] == entry["serial"]]
            outcome, state = (tried[-1]["outcome"] if tried else ""), entry["state"]
            fits = {
                "ASKED": state == refunds.PENDING_PAY_OUT,
                "UNDER_WAY": state == refunds.PAYING,
                "PAID": state == refunds.PAID_OUT,
            }
            if not fits.get(outcome, state not in {refunds.PENDING_PAY_OUT, refunds.PAYING}):
                yield f"{name}: {state} and the try is {outcome}"
            by_hand = state == refunds.PAID_OUT and bool(tried) and tried[-1]["method"] == Method.CASH
            if by_hand is (entry["cash_return"] == CashReturn.NONE):
                yield f"{name}: {state}, and its cash is {entry['cash_return']}"


@rule("late-answer")
def _late(seen: Seen) -> Iterator[str]:
    """A payment core has undone and the biller holds has a case, which ends with the biller holding nothing."""
    for entry in seen.end.entries:
        if entry["flow"] != late.FLOW:
            continue
        undone = [leg for leg in seen.end.legs if leg["kind"] == "BILLER_UNDO" and leg["state"] == LegState.OK]
        if entry["state"] == late.UNDONE and (seen.biller_fen or len(undone) != 1):
            yield f"undone {len(undone)} times, and the biller holds {seen.biller_fen}"
        if seen.core_fen:
            yield f"{entry['state']}, and core holds {seen.core_fen}"
