"""What the bank owes a customer for a payment, as a table: how it comes to be owed, and how it is paid out.

Three ways lead here. Cash that is due back and whose customer has gone, and a posting core can undo no more, are booked
to refunds payable once a second person has agreed. A payment of an earlier day is taken back with the biller's
consent: the biller is asked first and undoes it in its own books at once, so what follows goes forward only; two
persons have to agree before core books what the biller now owes. Whatever lies in refunds payable is paid out against
the customer's identity, once a second person has agreed, to the hand or to an account.
"""

from __future__ import annotations

from enum import StrEnum

from tellerdesk.journal.states import LegKind, State, Transition, Word

FLOW = "bill_refund"

START = "-"


class RefundCause(StrEnum):
    """Why the bank owes the money."""

    UNCLAIMED_CASH = "UNCLAIMED_CASH"
    """cash due back, and the customer has gone: Dr till / Cr refunds payable"""
    STUCK_POSTING = "STUCK_POSTING"
    """a posting that could not be reversed: Dr the biller's internal account / Cr refunds payable"""
    NEXT_DAY = "NEXT_DAY"
    """a payment of an earlier day, with the biller's consent: Dr receivable from biller / Cr the customer's money"""


PENDING_SUSPENSE = "PENDING_SUSPENSE"
GIVEN_UP = "GIVEN_UP"
SUSPENDING = "SUSPENDING"
NOT_BOOKED = "NOT_BOOKED"
CONSENT_SENDING = "CONSENT_SENDING"
CONSENT_UNKNOWN = "CONSENT_UNKNOWN"
NOT_AGREED = "NOT_AGREED"
AGREED = "AGREED"
PENDING_REFUND = "PENDING_REFUND"
CREDITING = "CREDITING"
RECEIVING = "RECEIVING"
DUE = "DUE"
PENDING_PAY_OUT = "PENDING_PAY_OUT"
PAYING = "PAYING"
PAID_OUT = "PAID_OUT"

AWAITING_APPROVAL = frozenset({PENDING_SUSPENSE, PENDING_REFUND, PENDING_PAY_OUT})

CAME_TO_NOTHING = frozenset({GIVEN_UP, NOT_BOOKED, NOT_AGREED})
"""Ended, and everything is as it was before anybody asked."""

BILLER_CONSENT = LegKind("BILLER_CONSENT", "RA", moves_money=True)
CORE_SUSPEND = LegKind("CORE_SUSPEND", "RS", moves_money=True)
CORE_CREDIT = LegKind("CORE_CREDIT", "RC", moves_money=True)
CORE_RECEIVE = LegKind("CORE_RECEIVE", "RB", moves_money=True)
CORE_PAY_OUT = LegKind("CORE_PAY_OUT", "RP", moves_money=True)

LEGS = {kind.name: kind for kind in (BILLER_CONSENT, CORE_SUSPEND, CORE_CREDIT, CORE_RECEIVE, CORE_PAY_OUT)}

STATES = {
    state.name: state
    for state in (
        State(PENDING_SUSPENSE, Word.AWAITING, resume="overdue"),
        State(GIVEN_UP, Word.FAILED, terminal=True),
        State(SUSPENDING, Word.PROCESSING, send="CORE_SUSPEND", inline_tries=2),
        State(NOT_BOOKED, Word.FAILED, terminal=True),
        State(CONSENT_SENDING, Word.PROCESSING, send="BILLER_CONSENT", resume="unknown"),
        State(CONSENT_UNKNOWN, Word.PROCESSING, send="BILLER_CONSENT", inline_tries=2),
        State(NOT_AGREED, Word.FAILED, terminal=True),
        State(AGREED, Word.REFUND_DUE),
        State(PENDING_REFUND, Word.REFUND_DUE, resume="overdue"),
        State(CREDITING, Word.PROCESSING, send="CORE_CREDIT", inline_tries=2),
        State(RECEIVING, Word.PROCESSING, send="CORE_RECEIVE", inline_tries=2),
        State(DUE, Word.REFUND_DUE),
        State(PENDING_PAY_OUT, Word.REFUND_DUE, resume="overdue"),
        State(PAYING, Word.PROCESSING, send="CORE_PAY_OUT", inline_tries=2),
        State(PAID_OUT, Word.REFUNDED, terminal=True),
    )
}

_ENDED = ("refund_ended", "source_as_before")

TABLE: tuple[Transition, ...] = (
    # 16b, 18b: nothing is booked before a second person has agreed; meanwhile nobody else can settle the source.
    Transition("R1", START, "suspend", PENDING_SUSPENSE, ("hold_source", "ask_approval")),
    Transition("R1r", PENDING_SUSPENSE, "given_up", GIVEN_UP, _ENDED),
    Transition("R1x", PENDING_SUSPENSE, "overdue", GIVEN_UP, ("expire_approval", *_ENDED), guard="approval_is_over"),
    Transition("R1w", PENDING_SUSPENSE, "overdue", PENDING_SUSPENSE, ("wait_for_approval",)),
    Transition("R2", PENDING_SUSPENSE, "approved", SUSPENDING, guard="approval_used_up"),
    Transition("R3", SUSPENDING, "booked", DUE, ("keep_booking", "source_suspended", "now_due")),
    Transition("R4", SUSPENDING, "rejected", NOT_BOOKED, _ENDED),
    Transition("R5", SUSPENDING, "no_answer", SUSPENDING),
    # A later day: the biller first, and from its yes on forward only.
    Transition("R6", START, "ask_biller", CONSENT_SENDING, ("hold_source",)),
    Transition("R7", CONSENT_SENDING, "agreed", AGREED, ("keep_agreement", "release_claim")),
    Transition("R8", CONSENT_SENDING, "refused", NOT_AGREED, ("keep_refusal", "refund_ended")),
    Transition("R8u", CONSENT_SENDING, "unsent", NOT_AGREED, ("refund_ended",)),
    Transition("R9", CONSENT_SENDING, "unknown", CONSENT_UNKNOWN),
    Transition("R7q", CONSENT_UNKNOWN, "agreed", AGREED, ("keep_agreement", "release_claim")),
    # Only billers that know a message again are asked at all, so a no to it is the same no each time.
    Transition("R8q", CONSENT_UNKNOWN, "refused", NOT_AGREED, ("keep_refusal", "refund_ended")),
    Transition("R9u", CONSENT_UNKNOWN, "unsent", CONSENT_UNKNOWN),
    Transition("R9q", CONSENT_UNKNOWN, "unknown", CONSENT_UNKNOWN),
    Transition("R10", AGREED, "ask_approval", PENDING_REFUND, ("ask_approval",)),
    Transition("R10r", PENDING_REFUND, "given_up", AGREED),
    Transition("R10x", PENDING_REFUND, "overdue", AGREED, ("expire_approval",), guard="approval_is_over"),
    Transition("R10w", PENDING_REFUND, "overdue", PENDING_REFUND, ("wait_for_approval",)),
    # An account gets its money back at once; where it cannot take it, and for cash, it waits in refunds payable.
    Transition("R11a", PENDING_REFUND, "approved", CREDITING, guard="approval_used_up_for_account"),
    Transition("R11", PENDING_REFUND, "approved", RECEIVING, guard="approval_used_up"),
    Transition("R12", CREDITING, "booked", PAID_OUT, ("keep_booking", "paid_out")),
    Transition("R13", CREDITING, "rejected", RECEIVING),
    Transition("R14", CREDITING, "no_answer", CREDITING),
    Transition("R15", RECEIVING, "booked", DUE, ("keep_booking", "now_due")),
    Transition("R16", RECEIVING, "rejected", AGREED),
    Transition("R17", RECEIVING, "no_answer", RECEIVING),
    # 18c: paid out to whom it belongs. Core first; cash goes over the counter once core has booked it.
    Transition("R18", DUE, "ask_pay_out", PENDING_PAY_OUT, ("note_pay_out", "ask_approval")),
    Transition("R18r", PENDING_PAY_OUT, "given_up", DUE, ("pay_out_given_up",)),
    Transition(
        "R18x", PENDING_PAY_OUT, "overdue", DUE, ("expire_approval", "pay_out_given_up"), guard="approval_is_over"
    ),
    Transition("R18w", PENDING_PAY_OUT, "overdue", PENDING_PAY_OUT, ("wait_for_approval",)),
    Transition("R19", PENDING_PAY_OUT, "approved", PAYING, ("pay_out_begun",), guard="approval_used_up"),
    Transition("R20", PAYING, "booked", PAID_OUT, ("pay_out_done", "paid_out")),
    Transition("R21", PAYING, "rejected", DUE, ("pay_out_refused",)),
    Transition("R22", PAYING, "no_answer", PAYING),
    Transition("R23", PAID_OUT, "cash_returned", PAID_OUT, ("hand_over",), guard="cash_is_due"),
    # The customer left between core's booking and the counter: the same as any cash that is due back.
    Transition("T16b", PAID_OUT, "cash_suspending", PAID_OUT, ("cash_suspending",), guard="cash_is_due"),
    Transition("T16bs", PAID_OUT, "cash_suspended", PAID_OUT, ("cash_suspended",), guard="cash_is_suspending"),
    Transition("T16bu", PAID_OUT, "cash_stays", PAID_OUT, ("cash_stays",), guard="cash_is_suspending"),
)
