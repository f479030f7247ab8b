"""The payment of a bill as a table: every state, every step, and nothing else is possible.

The order is the source's: core posts first, only then the biller is told; if the biller refuses, core is reversed by
itself. A timeout is unknown, never failed. Row numbers are the domain's; a letter behind one marks a case the domain's
row covers in prose.

A payment is cancelled in the other order: the biller first, and only once it has cancelled for certain is core undone,
forward only. Where the biller refuses, the payment stands as it stood before.
"""

from __future__ import annotations

from tellerdesk.journal.states import LegKind, State, Transition, Word

FLOW = "bill_payment"

START = "-"
"""Where an entry is before it exists."""

PENDING_APPROVAL = "PENDING_APPROVAL"
ABORTED = "ABORTED"
CORE_SENDING = "CORE_SENDING"
CORE_UNKNOWN = "CORE_UNKNOWN"
CORE_REJECTED = "CORE_REJECTED"
BILLER_SENDING = "BILLER_SENDING"
BILLER_UNKNOWN = "BILLER_UNKNOWN"
BILLER_VOIDING = "BILLER_VOIDING"
SUCCESS = "SUCCESS"
AUTO_REVERSING = "AUTO_REVERSING"
REVERSED = "REVERSED"
REVERSE_FAILED = "REVERSE_FAILED"
REVERSE_SUSPENDING = "REVERSE_SUSPENDING"
CANCEL_PENDING = "CANCEL_PENDING"
CANCEL_PENDING_UNKNOWN = "CANCEL_PENDING_UNKNOWN"
CANCEL_BILLER_SENDING = "CANCEL_BILLER_SENDING"
CANCEL_BILLER_UNKNOWN = "CANCEL_BILLER_UNKNOWN"
CANCEL_BILLER_CHECKING = "CANCEL_BILLER_CHECKING"
CANCEL_CORE_SENDING = "CANCEL_CORE_SENDING"
CANCEL_CORE_UNKNOWN = "CANCEL_CORE_UNKNOWN"
CANCEL_CORE_FAILED = "CANCEL_CORE_FAILED"
CANCEL_SUSPENDING = "CANCEL_SUSPENDING"
CANCELLED = "CANCELLED"
REFUND_DUE = "REFUND_DUE"
REFUNDED = "REFUNDED"

SUSPENDABLE = frozenset({REVERSE_FAILED, CANCEL_CORE_FAILED})
"""Core refuses to undo the posting: its money can be booked to refunds payable instead."""

CANCELLABLE = frozenset({SUCCESS, BILLER_UNKNOWN})
"""From where a cancellation can be asked for."""

AWAITING_CANCELLATION = frozenset({CANCEL_PENDING, CANCEL_PENDING_UNKNOWN})
"""Asked for; the payment is called what it was called before."""

CORE_POST = LegKind("CORE_POST", "CP", moves_money=True)
CORE_INQUIRE = LegKind("CORE_INQUIRE", "CQ", moves_money=False)
CORE_REVERSE = LegKind("CORE_REVERSE", "CR", moves_money=True)
BILLER_PAY = LegKind("BILLER_PAY", "BP", moves_money=True)
BILLER_INQUIRE = LegKind("BILLER_INQUIRE", "BQ", moves_money=False)
BILLER_TOMBSTONE = LegKind("BILLER_TOMBSTONE", "BT", moves_money=True)
BILLER_CANCEL = LegKind("BILLER_CANCEL", "BC", moves_money=True)
CORE_UNPOST = LegKind("CORE_UNPOST", "CU", moves_money=True)

LEGS = {
    kind.name: kind
    for kind in (
        *(CORE_POST, CORE_INQUIRE, CORE_REVERSE, BILLER_PAY, BILLER_INQUIRE, BILLER_TOMBSTONE),
        *(BILLER_CANCEL, CORE_UNPOST),
    )
}

STATES = {
    state.name: state
    for state in (
        State(PENDING_APPROVAL, Word.AWAITING, resume="overdue"),
        State(ABORTED, Word.FAILED, terminal=True),
        State(CORE_SENDING, Word.PROCESSING, send="CORE_POST", resume="unknown"),
        State(CORE_UNKNOWN, Word.PROCESSING, send="CORE_INQUIRE", inline_tries=3),
        State(CORE_REJECTED, Word.FAILED, terminal=True),
        State(BILLER_SENDING, Word.PROCESSING, send="BILLER_PAY", resume="unknown"),
        State(BILLER_UNKNOWN, Word.PROCESSING, send="BILLER_INQUIRE"),
        State(BILLER_VOIDING, Word.PROCESSING, send="BILLER_TOMBSTONE"),
        State(SUCCESS, Word.PAID, terminal=True),
        State(AUTO_REVERSING, Word.PROCESSING, send="CORE_REVERSE", inline_tries=2),
        State(REVERSED, Word.REVERSED, terminal=True),
        State(REVERSE_FAILED, Word.PROCESSING),
        State(REVERSE_SUSPENDING, Word.PROCESSING),
        State(CANCEL_PENDING, Word.PAID, resume="overdue"),
        State(CANCEL_PENDING_UNKNOWN, Word.PROCESSING, resume="overdue"),
        State(CANCEL_BILLER_SENDING, Word.PROCESSING, send="BILLER_CANCEL", resume="unknown"),
        State(CANCEL_BILLER_UNKNOWN, Word.PROCESSING, send="BILLER_CANCEL", inline_tries=2),
        State(CANCEL_BILLER_CHECKING, Word.PROCESSING, send="BILLER_INQUIRE"),
        State(CANCEL_CORE_SENDING, Word.PROCESSING, send="CORE_UNPOST"),
        State(CANCEL_CORE_UNKNOWN, Word.PROCESSING, send="CORE_UNPOST", inline_tries=2),
        State(CANCEL_CORE_FAILED, Word.PROCESSING),
        State(CANCEL_SUSPENDING, Word.PROCESSING),
        State(CANCELLED, Word.CANCELLED, terminal=True),
        State(REFUND_DUE, Word.REFUND_DUE, terminal=True),
        State(REFUNDED, Word.REFUNDED, terminal=True),
    )
}

_ASKED = ("note_cancellation", "ask_cancel_approval")
_GIVEN_UP = ("cancel_given_up",)
_EXPIRED = ("expire_cancel_approval", "cancel_given_up")
_REFUSED = ("cancel_refused",)
_CANCELLED = ("release_claim", "cash_due", "cancel_done", "late_answer_agrees")
_STANDS = ("cancel_refused", "keep_biller", "release_passing_claim")

CANCELLING: tuple[Transition, ...] = (
    # The teller asks: nothing is sent, and the payment is what it was.
    Transition("T19", SUCCESS, "ask_cancellation", CANCEL_PENDING, _ASKED),
    Transition("T19d", BILLER_UNKNOWN, "ask_cancellation", CANCEL_PENDING_UNKNOWN, _ASKED),
    # Rejected, withdrawn, or its time is over: back to where it was.
    Transition("T20r", CANCEL_PENDING, "given_up", SUCCESS, _GIVEN_UP),
    Transition("T20rd", CANCEL_PENDING_UNKNOWN, "given_up", BILLER_UNKNOWN, _GIVEN_UP),
    Transition("T20x", CANCEL_PENDING, "overdue", SUCCESS, _EXPIRED, guard="cancel_approval_is_over"),
    Transition("T20xd", CANCEL_PENDING_UNKNOWN, "overdue", BILLER_UNKNOWN, _EXPIRED, guard="cancel_approval_is_over"),
    Transition("T20w", CANCEL_PENDING, "overdue", CANCEL_PENDING, ("wait_for_cancel_approval",)),
    Transition("T20wd", CANCEL_PENDING_UNKNOWN, "overdue", CANCEL_PENDING_UNKNOWN, ("wait_for_cancel_approval",)),
    # The teller carries it out: the approval is used up in the same commit as the biller's intent.
    Transition(
        "T20", CANCEL_PENDING, "approved", CANCEL_BILLER_SENDING, ("cancel_begun",), guard="cancel_approval_used_up"
    ),
    Transition(
        "T20d",
        CANCEL_PENDING_UNKNOWN,
        "approved",
        CANCEL_BILLER_SENDING,
        ("cancel_begun",),
        guard="cancel_approval_used_up",
    ),
    # The biller answers. Its no to the first and only message is definite: the payment is what it was before, or
    # what the no itself proves. The serial of a payment in doubt the no does not tell: it is asked for.
    Transition("T21", CANCEL_BILLER_SENDING, "cancelled", CANCEL_CORE_SENDING, ("keep_cancel_serial",)),
    Transition("T22", CANCEL_BILLER_SENDING, "refused", SUCCESS, _REFUSED, guard="was_paid"),
    Transition(
        "T22p",
        CANCEL_BILLER_SENDING,
        "refused",
        CANCEL_BILLER_CHECKING,
        ("keep_refusal",),
        guard="proves_paid_and_asks",
    ),
    Transition("T22s", CANCEL_BILLER_SENDING, "refused", SUCCESS, _STANDS, guard="proves_paid"),
    Transition("T22d", CANCEL_BILLER_SENDING, "refused", BILLER_UNKNOWN, _REFUSED),
    Transition("T22u", CANCEL_BILLER_SENDING, "unsent", SUCCESS, _GIVEN_UP, guard="was_paid"),
    Transition("T22ud", CANCEL_BILLER_SENDING, "unsent", BILLER_UNKNOWN, _GIVEN_UP),
    Transition("T23", CANCEL_BILLER_SENDING, "unknown", CANCEL_BILLER_UNKNOWN),
    # The same message again until there is a definite answer. A no now may be the answer to a second reading of it:
    # what became of the payment is asked for, and only that counts.
    Transition("T24", CANCEL_BILLER_UNKNOWN, "cancelled", CANCEL_CORE_SENDING, ("keep_cancel_serial",)),
    Transition("T24c", CANCEL_BILLER_UNKNOWN, "refused", CANCEL_BILLER_CHECKING, ("keep_refusal",)),
    Transition("T24r", CANCEL_BILLER_UNKNOWN, "unknown", CANCEL_BILLER_UNKNOWN),
    Transition("T24u", CANCEL_BILLER_UNKNOWN, "unsent", CANCEL_BILLER_UNKNOWN),
    Transition("T24p", CANCEL_BILLER_CHECKING, "paid", SUCCESS, _REFUSED, guard="was_paid"),
    Transition("T24pd", CANCEL_BILLER_CHECKING, "paid", SUCCESS, _STANDS),
    Transition("T24k", CANCEL_BILLER_CHECKING, "cancelled", CANCEL_CORE_SENDING),
    Transition("T24n", CANCEL_BILLER_CHECKING, "not_found", BILLER_UNKNOWN, _REFUSED, guard="was_in_doubt"),
    Transition("T24f", CANCEL_BILLER_CHECKING, "failed", BILLER_UNKNOWN, _REFUSED, guard="was_in_doubt"),
    Transition("T24ns", CANCEL_BILLER_CHECKING, "not_found", CANCEL_BILLER_CHECKING),
    Transition("T24fs", CANCEL_BILLER_CHECKING, "failed", CANCEL_BILLER_CHECKING),
    Transition("T24s", CANCEL_BILLER_CHECKING, "no_answer", CANCEL_BILLER_CHECKING),
    # The biller holds nothing any more: core is undone, however long it takes.
    Transition("T25", CANCEL_CORE_SENDING, "reversed", CANCELLED, _CANCELLED),
    Transition("T26", CANCEL_CORE_SENDING, "no_answer", CANCEL_CORE_UNKNOWN),
    Transition("T27", CANCEL_CORE_UNKNOWN, "reversed", CANCELLED, _CANCELLED),
    Transition("T26r", CANCEL_CORE_UNKNOWN, "no_answer", CANCEL_CORE_UNKNOWN),
    Transition("T28", CANCEL_CORE_SENDING, "rejected", CANCEL_CORE_FAILED),
    Transition("T28u", CANCEL_CORE_UNKNOWN, "rejected", CANCEL_CORE_FAILED),
    Transition("T28n", CANCEL_CORE_SENDING, "not_found", CANCEL_CORE_FAILED),
    Transition("T28nu", CANCEL_CORE_UNKNOWN, "not_found", CANCEL_CORE_FAILED),
    Transition("T28a", CANCEL_CORE_FAILED, "retry", CANCEL_CORE_SENDING),
)

_WITH_CASH = (CORE_REJECTED, REVERSED, CANCELLED)

SUSPENDING: tuple[Transition, ...] = (
    # The customer has gone without the cash: it is booked to refunds payable, and until that has ended one way or the
    # other nobody can hand it out.
    *(Transition("T16b", at, "cash_suspending", at, ("cash_suspending",), guard="cash_is_due") for at in _WITH_CASH),
    *(
        Transition("T16bs", at, "cash_suspended", at, ("cash_suspended",), guard="cash_is_suspending")
        for at in _WITH_CASH
    ),
    *(Transition("T16bu", at, "cash_stays", at, ("cash_stays",), guard="cash_is_suspending") for at in _WITH_CASH),
    # Core refuses to undo the posting: what the customer is owed is booked to refunds payable instead.
    Transition("T18b", REVERSE_FAILED, "suspending", REVERSE_SUSPENDING, guard="undoing_was_refused"),
    Transition("T18bu", REVERSE_SUSPENDING, "not_suspended", REVERSE_FAILED),
    Transition("T18bs", REVERSE_SUSPENDING, "suspended", REFUND_DUE, ("release_claim", "settle")),
    Transition("T18b", CANCEL_CORE_FAILED, "suspending", CANCEL_SUSPENDING, guard="undoing_was_refused"),
    Transition("T18bu", CANCEL_SUSPENDING, "not_suspended", CANCEL_CORE_FAILED),
    Transition(
        "T18bs",
        CANCEL_SUSPENDING,
        "suspended",
        REFUND_DUE,
        ("release_claim", "settle", "cancel_done", "late_answer_agrees"),
    ),
    Transition("T18c", REFUND_DUE, "refunded", REFUNDED),
)

_PAID_AFTER_ALL = ("undo_late_answer",)
"""Somebody may have heard the biller's "paid" who could not act on it any more."""

TABLE: tuple[Transition, ...] = (
    # The teller submits, no rule asks for an approval: cash in and the posting's intent in one commit.
    Transition("T1+T4", START, "submit", CORE_SENDING, ("take_claim", "cash_in")),
    # A rule asks for an approval: the bill is spoken for, and nothing else happens. No cash is in the till.
    Transition("T1+T2", START, "submit_for_approval", PENDING_APPROVAL, ("take_claim", "ask_approval")),
    # The teller goes on with it: the approval is used up in the same commit, as is everything of T4.
    Transition("T3", PENDING_APPROVAL, "approved", CORE_SENDING, ("cash_in",), guard="approval_used_up"),
    # Rejected, withdrawn, or its time is over: nothing has happened, and nothing will.
    Transition("T3r", PENDING_APPROVAL, "given_up", ABORTED, ("release_claim", "settle")),
    Transition(
        "T3x",
        PENDING_APPROVAL,
        "overdue",
        ABORTED,
        ("expire_approval", "release_claim", "settle"),
        guard="approval_is_over",
    ),
    Transition("T3w", PENDING_APPROVAL, "overdue", PENDING_APPROVAL, ("wait_for_approval",)),
    # Core answers the posting.
    Transition("T5", CORE_SENDING, "accepted", BILLER_SENDING, ("keep_core",)),
    Transition("T6", CORE_SENDING, "rejected", CORE_REJECTED, ("release_claim", "cash_due")),
    Transition("T6u", CORE_SENDING, "unsent", CORE_REJECTED, ("release_claim", "cash_due")),
    Transition("T7", CORE_SENDING, "unknown", CORE_UNKNOWN),
    # Core is asked what became of it. The biller has not been told, so undoing it is always safe.
    Transition("T8", CORE_UNKNOWN, "posted", BILLER_SENDING, ("keep_core",), guard="live_in_window"),
    Transition("T9", CORE_UNKNOWN, "posted", AUTO_REVERSING, ("keep_core",)),
    Transition("T9n", CORE_UNKNOWN, "not_found", AUTO_REVERSING),
    Transition("T6q", CORE_UNKNOWN, "rejected", CORE_REJECTED, ("release_claim", "cash_due")),
    Transition("T9q", CORE_UNKNOWN, "no_answer", AUTO_REVERSING, guard="inquiries_used_up"),
    Transition("T7q", CORE_UNKNOWN, "no_answer", CORE_UNKNOWN),
    # The biller answers the payment.
    Transition("T10", BILLER_SENDING, "accepted", SUCCESS, ("keep_biller", "release_passing_claim")),
    Transition("T11", BILLER_SENDING, "rejected", AUTO_REVERSING),
    Transition("T11u", BILLER_SENDING, "unsent", AUTO_REVERSING),
    Transition("T12", BILLER_SENDING, "unknown", BILLER_UNKNOWN),
    # The biller is asked what became of it. Its request may still be under way: "not found" alone proves nothing.
    Transition("T13", BILLER_UNKNOWN, "paid", SUCCESS, ("keep_biller", "release_passing_claim")),
    Transition("T13a", BILLER_UNKNOWN, "failed", AUTO_REVERSING, _PAID_AFTER_ALL),
    Transition("T13c", BILLER_UNKNOWN, "cancelled", AUTO_REVERSING, _PAID_AFTER_ALL),
    Transition(
        "T14t", BILLER_UNKNOWN, "not_found", AUTO_REVERSING, _PAID_AFTER_ALL, guard="validity_over_and_day_open"
    ),
    Transition("T14v", BILLER_UNKNOWN, "not_found", BILLER_VOIDING, guard="can_void_and_day_open"),
    Transition("T15n", BILLER_UNKNOWN, "not_found", BILLER_UNKNOWN),
    Transition("T15", BILLER_UNKNOWN, "no_answer", BILLER_UNKNOWN),
    Transition("T14", BILLER_VOIDING, "voided", AUTO_REVERSING, _PAID_AFTER_ALL),
    Transition("T14a", BILLER_VOIDING, "paid", SUCCESS, ("keep_biller", "release_passing_claim")),
    Transition("T14r", BILLER_VOIDING, "no_answer", BILLER_VOIDING),
    # Core undoes the posting.
    Transition("T16", AUTO_REVERSING, "reversed", REVERSED, ("release_claim", "cash_due")),
    Transition("T16n", AUTO_REVERSING, "not_found", REVERSED, ("release_claim", "cash_due"), guard="never_posted"),
    Transition("T16d", AUTO_REVERSING, "not_found", REVERSE_FAILED),
    Transition("T17k", AUTO_REVERSING, "no_answer", REVERSE_FAILED, guard="reversals_used_up"),
    Transition("T17", AUTO_REVERSING, "no_answer", AUTO_REVERSING),
    Transition("T18", AUTO_REVERSING, "rejected", REVERSE_FAILED),
    Transition("T18a", REVERSE_FAILED, "retry", AUTO_REVERSING),
    # The cash of a payment that did not stand goes back over the counter, once.
    Transition("T16a", CORE_REJECTED, "cash_returned", CORE_REJECTED, ("cash_out",), guard="cash_is_due"),
    Transition("T16a", REVERSED, "cash_returned", REVERSED, ("cash_out",), guard="cash_is_due"),
    Transition("T16a", CANCELLED, "cash_returned", CANCELLED, ("cash_out",), guard="cash_is_due"),
    *CANCELLING,
    *SUSPENDING,
)
