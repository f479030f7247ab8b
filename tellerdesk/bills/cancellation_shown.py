"""A try to cancel a payment as the teller may see it, and the advice that belongs to it."""

from __future__ import annotations

from tellerdesk.approvals.states import ApprovalState
from tellerdesk.bills import states
from tellerdesk.bills.commands import CancelReason
from tellerdesk.bills.views import CancellationView, CancelOutcome
from tellerdesk.journal.flow import Row
from tellerdesk.journal.states import CashReturn

_ADVICE = {
    states.CANCEL_PENDING: "advice.cancel.awaiting",
    states.CANCEL_PENDING_UNKNOWN: "advice.cancel.awaiting",
    states.CANCEL_BILLER_SENDING: "advice.cancel.under_way",
    states.CANCEL_BILLER_UNKNOWN: "advice.cancel.biller_unknown",
    states.CANCEL_BILLER_CHECKING: "advice.cancel.biller_unknown",
    states.CANCEL_CORE_SENDING: "advice.cancel.under_way",
    states.CANCEL_CORE_UNKNOWN: "advice.cancel.core_unknown",
    states.CANCEL_CORE_FAILED: "advice.cancel.core_failed",
    states.CANCELLED: "advice.cancelled",
}

_GIVEN_UP = {
    ApprovalState.REJECTED: "advice.cancel.rejected",
    ApprovalState.WITHDRAWN: "advice.cancel.withdrawn",
    ApprovalState.EXPIRED: "advice.cancel.expired",
    ApprovalState.EXECUTED: "advice.cancel.not_sent",
}
"""Why a try ended before anything was sent, where the payment stands. Executed: the biller could not be reached."""

BY_ACCOUNT = {
    "advice.cancel.biller_unknown": "advice.cancel.biller_unknown.account",
    "advice.cancel.core_unknown": "advice.cancel.core_unknown.account",
    "advice.cancel.core_failed": "advice.cancel.core_failed.account",
    "advice.cancelled": "advice.cancelled.account",
}
"""The same where an account was debited: no cash goes over the counter."""


def view(cancellation: Row, approval: Row | None) -> CancellationView:
    return CancellationView(
        outcome=CancelOutcome(cancellation["outcome"]),
        reason=CancelReason(cancellation["reason"]),
        asked_by=cancellation["asked_by"],
        asked_at=cancellation["asked_at"],
        approval_id="" if approval is None else approval["approval_id"],
        refusal=cancellation["refusal"],
        cancel_serial=cancellation["cancel_serial"],
    )


def advice(entry: Row, cancellation: Row, approval: Row | None) -> str:
    """The sentence for a payment somebody has tried to cancel; empty where the payment's own says what to do."""
    state, outcome = entry["state"], CancelOutcome(cancellation["outcome"])
    decided = None if approval is None else ApprovalState(approval["state"])
    if state in states.AWAITING_CANCELLATION and decided is ApprovalState.APPROVED:
        return "advice.cancel.approved"
    if state == states.CANCELLED and entry["cash_return"] == CashReturn.RETURNED:
        return "advice.cancelled.cash_returned"
    if state == states.SUCCESS and outcome is CancelOutcome.REFUSED:
        return "advice.cancel.refused"
    if state == states.SUCCESS and outcome is CancelOutcome.GIVEN_UP and decided is not None:
        return _GIVEN_UP.get(decided, "")
    return _ADVICE.get(state, "")
