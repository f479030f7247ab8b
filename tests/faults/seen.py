"""What a judge has before it, and the list of rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from faults.case import Case
from faults.evidence import Branch, Evidence, Row
from faults.flows import FaultFlow
from faults.tables import TABLES, Tables
from tellerdesk.bills.states import FLOW as PAYMENT
from tellerdesk.journal.states import State, Word
from tellerdesk.refunds import states as refunds
from tellerdesk.refunds.states import RefundCause

OWED = frozenset({Word.REFUND_DUE, Word.REFUNDED})
"""Words of a payment core does not undo any more: its money was booked from the biller's account to refunds payable."""

CONSENT_IS_ASKED = frozenset({refunds.CONSENT_SENDING, refunds.CONSENT_UNKNOWN})


@dataclass(frozen=True, slots=True)
class Seen:
    """One case before its judge. `entry` is the payment as it ended, None where it was never begun. What else became
    of its money stands in entries of other flows beside it."""

    flow: FaultFlow
    case: Case
    books: Evidence
    entry: Row | None
    word: Word | None

    @property
    def end(self) -> Branch:
        return self.books.end

    @property
    def core_fen(self) -> int:
        """What core holds for the biller."""
        taken_back = sum(
            each["amount_fen"] for each in self.books.bookings if each["booking"] == "SUSPENSE_FROM_INTERNAL"
        )
        return sum(posting["amount_fen"] for posting in self.books.core) - taken_back

    @property
    def biller_fen(self) -> int:
        return sum(payment["amount_fen"] for payment in self.books.biller if payment["state"] == "PAID")

    @property
    def agreed_fen(self) -> int:
        """What the biller has undone again with its consent, and owes the bank."""
        return sum(payment["amount_fen"] for payment in self.books.biller if payment["state"] == "REFUNDED")

    @property
    def amount_fen(self) -> int:
        return 0 if self.entry is None else int(self.entry["amount_fen"])

    def legs(self, kind: str, serial: str = "") -> list[Row]:
        return [leg for leg in self.end.legs if leg["kind"] == kind and leg["leg_id"].startswith(serial)]


def is_payment(entry: Row) -> bool:
    return bool(entry["flow"] == PAYMENT)


def tables(entry: Row) -> Tables:
    """Of the entry's flow."""
    return TABLES[entry["flow"]]


def state_of(entry: Row) -> State:
    return tables(entry).states[entry["state"]]


def agreed(books: Branch, payment: str) -> bool:
    """Whether the biller has agreed to refund a payment, as the branch has it."""
    states = {entry["serial"]: entry["state"] for entry in books.entries}
    return any(
        states[row["serial"]] not in CONSENT_IS_ASKED | refunds.CAME_TO_NOTHING
        for row in books.refunds
        if (row["payment_serial"], row["cause"]) == (payment, RefundCause.NEXT_DAY)
    )


Rule = Callable[[Seen], Iterator[str]]
RULES: dict[str, Rule] = {}


def rule(name: str) -> Callable[[Rule], Rule]:
    def named(check: Rule) -> Rule:
        RULES[name] = check
        return check

    return named
