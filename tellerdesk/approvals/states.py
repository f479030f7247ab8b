"""What can be asked approval for, and what becomes of a request: data, no I/O."""

from __future__ import annotations

from enum import StrEnum


class UseCase(StrEnum):
    """Who may be made to ask. One word for each use case that evaluates the rules."""

    PAYMENT = "payment"
    CANCELLATION = "cancellation"
    REFUND = "refund"
    """Money booked to refunds payable, refunded on a later day, or paid out."""
    PARAMETERS = "parameters"
    POWER = "power"
    """That a staff number may approve."""


class ApprovalState(StrEnum):
    """PENDING -> APPROVED -> EXECUTED is the good way; each other state ends a request for good."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    """Everybody who was needed has agreed; what was asked for has not been done yet."""
    EXECUTED = "EXECUTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


OPEN = frozenset({ApprovalState.PENDING, ApprovalState.APPROVED})
"""What can still be executed, withdrawn or expire."""


class Place(StrEnum):
    """Where a decision was made."""

    ON_THE_SPOT = "ON_THE_SPOT"
    """At the desk that asked, with the approver's own number, password and one-time code."""
    OWN_DESK = "OWN_DESK"


class Verdict(StrEnum):
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


class ApprovalAction(StrEnum):
    """What approvals write into the audit; the subject is the approval's id."""

    ASKED = "approval.asked"
    APPROVED = "approval.approved"
    REJECTED = "approval.rejected"
    WITHDRAWN = "approval.withdrawn"
    EXPIRED = "approval.expired"
    EXECUTED = "approval.executed"
    REFUSED = "approval.refused"
    """Execution was refused: what would be done is not what was approved."""
