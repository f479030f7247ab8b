"""What is known of core's and of the biller's books about a payment's money, by flow and state.

A state says most of it. Where it leaves more than one way to have come there, the legs tell them apart: whether core
has refused an undoing for certain or was only never heard, whether the biller was never told or has taken it back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tellerdesk.bills import states as payment
from tellerdesk.bills.suspending import refuses_to_undo
from tellerdesk.journal.flow import Row
from tellerdesk.journal.states import LegState
from tellerdesk.questions import states as late
from tellerdesk.questions.views import Known
from tellerdesk.refunds import states as refund

DONE, UNDONE, NOTHING_DONE, NOT_KNOWN = Known.DONE, Known.UNDONE, Known.NOTHING_DONE, Known.NOT_KNOWN

AFTER_ALL_PAID = frozenset({"OTHER_DAY", "IN_FILE", "INVOICED", "TOO_MUCH_USED"})
"""Refusals to cancel that a biller gives only of a payment it holds. CLOSED, or a payment it does not find or says it
has refunded, prove nothing after its "paid"."""


_BILLER_HAS_CANCELLED = frozenset({"T13c", "T21", "T24", "T24k"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What a state may be looked at with: the entry, its legs in the order they were written."""

    entry: Row
    legs: Sequence[Row]
    rows: frozenset[str] = frozenset()
    """the rows of its table it went through"""

    def last(self, kind: str) -> Row | None:
        return next((leg for leg in reversed(self.legs) if leg["kind"] == kind), None)

    def was(self, kind: str, state: LegState) -> bool:
        leg = self.last(kind)
        return leg is not None and leg["state"] == state


Told = Known | Callable[[Facts], Known]


def undoing_refused(facts: Facts) -> bool:
    """Whether core holds a posting for certain and has refused for certain to undo it."""
    return refuses_to_undo(facts.entry, facts.last("CORE_UNPOST") or facts.last("CORE_REVERSE"))


def _stuck_core(facts: Facts) -> Known:
    return DONE if undoing_refused(facts) else NOT_KNOWN


def _reversed_core(facts: Facts) -> Known:
    """Core has undone it, or, never having answered, holds nothing."""
    return UNDONE if facts.entry["core_serial"] else NOTHING_DONE


def _biller_of_reversed(facts: Facts) -> Known:
    """Never told, refused, barred: it holds nothing. Or it had taken the payment, and has cancelled it."""
    return NOTHING_DONE if facts.rows.isdisjoint(_BILLER_HAS_CANCELLED) else UNDONE


def _stays_paid(facts: Facts) -> Known:
    leg = facts.last(late.BILLER_UNDO.name)
    refused = leg is not None and leg["state"] == LegState.REJECTED
    return NOT_KNOWN if refused and leg is not None and leg["code"] not in AFTER_ALL_PAID else DONE


OF_PAYMENT: Mapping[str, tuple[Told, Told]] = {
    payment.PENDING_APPROVAL: (NOTHING_DONE, NOTHING_DONE),
    payment.ABORTED: (NOTHING_DONE, NOTHING_DONE),
    payment.CORE_SENDING: (NOT_KNOWN, NOTHING_DONE),
    payment.CORE_UNKNOWN: (NOT_KNOWN, NOTHING_DONE),
    payment.CORE_REJECTED: (NOTHING_DONE, NOTHING_DONE),
    payment.BILLER_SENDING: (DONE, NOT_KNOWN),
    payment.BILLER_UNKNOWN: (DONE, NOT_KNOWN),
    payment.BILLER_VOIDING: (DONE, NOT_KNOWN),
    payment.SUCCESS: (DONE, DONE),
    payment.AUTO_REVERSING: (NOT_KNOWN, _biller_of_reversed),
    payment.REVERSED: (_reversed_core, _biller_of_reversed),
    payment.REVERSE_FAILED: (_stuck_core, _biller_of_reversed),
    payment.REVERSE_SUSPENDING: (_stuck_core, _biller_of_reversed),
    payment.CANCEL_PENDING: (DONE, DONE),
    payment.CANCEL_PENDING_UNKNOWN: (DONE, NOT_KNOWN),
    payment.CANCEL_BILLER_SENDING: (DONE, NOT_KNOWN),
    payment.CANCEL_BILLER_UNKNOWN: (DONE, NOT_KNOWN),
    payment.CANCEL_BILLER_CHECKING: (DONE, NOT_KNOWN),
    payment.CANCEL_CORE_SENDING: (NOT_KNOWN, UNDONE),
    payment.CANCEL_CORE_UNKNOWN: (NOT_KNOWN, UNDONE),
    payment.CANCEL_CORE_FAILED: (_stuck_core, UNDONE),
    payment.CANCEL_SUSPENDING: (_stuck_core, UNDONE),
    payment.CANCELLED: (UNDONE, UNDONE),
    payment.REFUND_DUE: (UNDONE, _biller_of_reversed),
    payment.REFUNDED: (UNDONE, _biller_of_reversed),
}
"""Core's and the biller's side. Money that lies in refunds payable is not the biller's any more: undone at core."""

OF_REFUND: Mapping[str, tuple[Told, Told]] = {
    refund.PENDING_SUSPENSE: (DONE, NOTHING_DONE),
    refund.GIVEN_UP: (DONE, NOTHING_DONE),
    refund.SUSPENDING: (NOT_KNOWN, NOTHING_DONE),
    refund.NOT_BOOKED: (DONE, NOTHING_DONE),
    refund.CONSENT_SENDING: (DONE, NOT_KNOWN),
    refund.CONSENT_UNKNOWN: (DONE, NOT_KNOWN),
    refund.NOT_AGREED: (DONE, DONE),
    refund.AGREED: (DONE, UNDONE),
    refund.PENDING_REFUND: (DONE, UNDONE),
    refund.CREDITING: (NOT_KNOWN, UNDONE),
    refund.RECEIVING: (NOT_KNOWN, UNDONE),
    refund.DUE: (UNDONE, UNDONE),
    refund.PENDING_PAY_OUT: (UNDONE, UNDONE),
    refund.PAYING: (NOT_KNOWN, UNDONE),
    refund.PAID_OUT: (UNDONE, UNDONE),
}
"""About the payment that is refunded. The biller's side is its own only where the biller was asked: money of a payment
it does not hold is refunded without it, and what is known of it is what is known of the payment."""

OF_LATE_ANSWER: Mapping[str, tuple[Told, Told]] = {
    late.TELLING_BILLER: (UNDONE, lambda facts: NOT_KNOWN if _was_sent(facts) else DONE),
    late.STAYS_PAID: (UNDONE, _stays_paid),
    late.UNDONE: (UNDONE, UNDONE),
    late.SETTLED: (UNDONE, UNDONE),
    late.NOT_HELD: (DONE, UNDONE),
    late.STANDS: (DONE, DONE),
}
"""Core's side is the payment's own."""

_TABLES = {payment.FLOW: OF_PAYMENT, refund.FLOW: OF_REFUND, late.FLOW: OF_LATE_ANSWER}


def sides(entry: Row, legs: Sequence[Row], rows: frozenset[str]) -> tuple[Known, Known]:
    """What is known of core's and of the biller's side by an entry alone."""
    facts = Facts(entry, legs, rows)
    core, biller = _TABLES[entry["flow"]][entry["state"]]
    return _said(core, facts), _said(biller, facts)


def _said(told: Told, facts: Facts) -> Known:
    return told if isinstance(told, Known) else told(facts)


def _was_sent(facts: Facts) -> bool:
    leg = facts.last(late.BILLER_UNDO.name)
    return leg is not None and leg["sends"] > 0
