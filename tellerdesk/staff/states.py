"""Roles and permissions: who may do what, as data."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    TELLER = "TELLER"
    SUPERVISOR = "SUPERVISOR"
    RECONCILIATION = "RECONCILIATION"
    AUDITOR = "AUDITOR"
    ADMINISTRATOR = "ADMINISTRATOR"


class StaffState(StrEnum):
    ACTIVE = "ACTIVE"
    LOCKED = "LOCKED"
    LEFT = "LEFT"


class StaffAction(StrEnum):
    """What the staff room writes into the audit."""

    ADDED = "staff.added"
    SIGNED_ON = "staff.signed_on"
    SIGN_ON_FAILED = "staff.sign_on_failed"
    """A wrong password, or a number nobody has."""
    SIGN_ON_REFUSED = "staff.sign_on_refused"
    """The right password at the wrong place."""
    LOCKED = "staff.locked"
    TAKEN_OVER = "staff.session_taken_over"
    """The person's own older sign-on ended, because of a new one."""
    FORCED_OFF = "staff.session_forced_off"
    """Somebody else's sign-on ended, by who may do that."""
    SIGNED_OFF = "staff.signed_off"
    CONFIRMED = "staff.confirmed"
    CONFIRM_FAILED = "staff.confirm_failed"


class Permission(StrEnum):
    """One word per use case that asks for it. SIGN_ON is what a person without a session may do."""

    SIGN_ON = "SIGN_ON"
    BE_SIGNED_ON = "BE_SIGNED_ON"
    FORCE_SIGN_OFF = "FORCE_SIGN_OFF"
    """By signing on at a till where somebody else is still signed on (强制签退)."""
    OPEN_TILL = "OPEN_TILL"
    SEE_TILL = "SEE_TILL"
    LOOK_UP_BILL = "LOOK_UP_BILL"
    ASK_ACCOUNT = "ASK_ACCOUNT"
    READ_PIN = "READ_PIN"
    TAKE_PAYMENT = "TAKE_PAYMENT"
    SEE_PAYMENTS = "SEE_PAYMENTS"
    ASK_AGAIN = "ASK_AGAIN"
    RETURN_CASH = "RETURN_CASH"
    RETRY_REVERSAL = "RETRY_REVERSAL"
    ISSUE_DOCUMENT = "ISSUE_DOCUMENT"
    RECOVER = "RECOVER"


MAY: dict[Role, frozenset[Permission]] = {
    Role.TELLER: frozenset(
        {
            Permission.BE_SIGNED_ON,
            Permission.OPEN_TILL,
            Permission.SEE_TILL,
            Permission.LOOK_UP_BILL,
            Permission.ASK_ACCOUNT,
            Permission.READ_PIN,
            Permission.TAKE_PAYMENT,
            Permission.SEE_PAYMENTS,
            Permission.ASK_AGAIN,
            Permission.RETURN_CASH,
            Permission.ISSUE_DOCUMENT,
        }
    ),
    Role.SUPERVISOR: frozenset(
        {
            Permission.BE_SIGNED_ON,
            Permission.FORCE_SIGN_OFF,
            Permission.SEE_TILL,
            Permission.SEE_PAYMENTS,
            Permission.ASK_AGAIN,
            Permission.RETRY_REVERSAL,
        }
    ),
    Role.RECONCILIATION: frozenset({Permission.BE_SIGNED_ON, Permission.SEE_PAYMENTS}),
    Role.AUDITOR: frozenset({Permission.BE_SIGNED_ON, Permission.SEE_PAYMENTS}),
    Role.ADMINISTRATOR: frozenset({Permission.BE_SIGNED_ON}),
}
"""RECOVER belongs to no role: only the desk's own recovery acts with it, as SYSTEM."""
