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
    DESK_LOCKED = "staff.desk_locked"
    """The desk in front of a session was locked, by its person or because nobody touched it."""
    CHANGED = "staff.changed"
    UNLOCKED = "staff.unlocked"
    LEFT = "staff.left"
    PASSWORD_RESET = "staff.password_reset"  # noqa: S105 (a word of the audit)
    PASSWORD_CHANGED = "staff.password_changed"  # noqa: S105
    CODE_GIVEN = "staff.code_given"
    """A new secret for one-time codes."""
    REVOKED = "staff.session_revoked"
    """An open sign-on ended, because its person's entry on the list was changed."""
    EXPIRED = "staff.session_expired"
    """A sign-on whose time was over gave way to a new one."""
    CODE_REFUSED = "staff.code_refused"
    PROVEN = "staff.proven"
    """Somebody proved to be there at another person's desk, to decide something."""
    CONFIRMED_POWER = "staff.power_confirmed"
    """A second person, or the command line, has confirmed that this number may approve."""


class PowerCause(StrEnum):
    """What an administrator did to a number that approves, so that a second person has to confirm its power."""

    ADDED = "ADDED"
    CHANGED = "CHANGED"
    PASSWORD = "PASSWORD"  # noqa: S105 (a word)
    CODE = "CODE"
    AGAIN = "AGAIN"
    """Nothing new: an earlier request came to nothing."""


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
    CANCEL_PAYMENT = "CANCEL_PAYMENT"
    RETRY_REVERSAL = "RETRY_REVERSAL"
    REFUND = "REFUND"
    """Ask for a refund or a booking to refunds payable, and pay out what is due."""
    SEE_REFUNDS = "SEE_REFUNDS"
    SEE_QUESTIONS = "SEE_QUESTIONS"
    EXPLAIN_QUESTION = "EXPLAIN_QUESTION"
    SETTLE_LATE_ANSWER = "SETTLE_LATE_ANSWER"
    SEE_BRANCH = "SEE_BRANCH"
    """The branch's day in figures."""
    SEARCH_JOURNAL = "SEARCH_JOURNAL"
    """Search the journal of the own branch."""
    SEARCH_EVERY_BRANCH = "SEARCH_EVERY_BRANCH"
    REVEAL_PERSON = "REVEAL_PERSON"
    """See in clear, for a reason that is kept, whose entry it is."""
    EXPORT_JOURNAL = "EXPORT_JOURNAL"
    ISSUE_DOCUMENT = "ISSUE_DOCUMENT"
    RECOVER = "RECOVER"
    LOCK_DESK = "LOCK_DESK"
    """Lock the own desk, and prove to be there to open it again."""
    CHANGE_PASSWORD = "CHANGE_PASSWORD"  # noqa: S105 (a word)
    ASK_APPROVAL = "ASK_APPROVAL"
    """Have somebody decide at this desk, and withdraw an own request."""
    SEE_APPROVALS = "SEE_APPROVALS"
    DECIDE_APPROVAL = "DECIDE_APPROVAL"
    SEE_STAFF = "SEE_STAFF"
    MANAGE_STAFF = "MANAGE_STAFF"
    SEE_AUDIT = "SEE_AUDIT"
    EXPORT_AUDIT = "EXPORT_AUDIT"
    SEE_PARAMETERS = "SEE_PARAMETERS"
    PROPOSE_PARAMETERS = "PROPOSE_PARAMETERS"


_EVERYBODY = frozenset({Permission.BE_SIGNED_ON, Permission.LOCK_DESK, Permission.CHANGE_PASSWORD})
"""What everybody may do who is signed on."""

_SEARCHES = frozenset({Permission.SEARCH_JOURNAL, Permission.REVEAL_PERSON, Permission.EXPORT_JOURNAL})
"""What everybody may do who works with the journal."""


MAY: dict[Role, frozenset[Permission]] = {
    Role.TELLER: _EVERYBODY
    | _SEARCHES
    | frozenset(
        {
            Permission.ASK_APPROVAL,
            Permission.SEE_APPROVALS,
            Permission.OPEN_TILL,
            Permission.SEE_TILL,
            Permission.LOOK_UP_BILL,
            Permission.ASK_ACCOUNT,
            Permission.READ_PIN,
            Permission.TAKE_PAYMENT,
            Permission.SEE_PAYMENTS,
            Permission.ASK_AGAIN,
            Permission.RETURN_CASH,
            Permission.CANCEL_PAYMENT,
            Permission.REFUND,
            Permission.SEE_REFUNDS,
            Permission.SEE_QUESTIONS,
            Permission.EXPLAIN_QUESTION,
            Permission.ISSUE_DOCUMENT,
        }
    ),
    Role.SUPERVISOR: _EVERYBODY
    | _SEARCHES
    | frozenset(
        {
            Permission.SEE_APPROVALS,
            Permission.DECIDE_APPROVAL,
            Permission.SEE_STAFF,
            Permission.SEE_PARAMETERS,
            Permission.FORCE_SIGN_OFF,
            Permission.SEE_TILL,
            Permission.SEE_PAYMENTS,
            Permission.ASK_AGAIN,
            Permission.RETRY_REVERSAL,
            Permission.SEE_REFUNDS,
            Permission.SEE_QUESTIONS,
            Permission.EXPLAIN_QUESTION,
            Permission.SETTLE_LATE_ANSWER,
            Permission.SEE_BRANCH,
        }
    ),
    Role.RECONCILIATION: _EVERYBODY
    | _SEARCHES
    | {Permission.SEE_PAYMENTS, Permission.SEE_BRANCH, Permission.SEARCH_EVERY_BRANCH},
    Role.AUDITOR: _EVERYBODY
    | _SEARCHES
    | {
        Permission.SEARCH_EVERY_BRANCH,
        Permission.SEE_PAYMENTS,
        Permission.SEE_BRANCH,
        Permission.SEE_AUDIT,
        Permission.EXPORT_AUDIT,
        Permission.SEE_STAFF,
        Permission.SEE_PARAMETERS,
    },
    Role.ADMINISTRATOR: _EVERYBODY
    | {
        Permission.ASK_APPROVAL,
        Permission.SEE_APPROVALS,
        Permission.SEE_STAFF,
        Permission.MANAGE_STAFF,
        Permission.SEE_PARAMETERS,
        Permission.PROPOSE_PARAMETERS,
    },
}
"""RECOVER belongs to no role: only the desk's own recovery acts with it, as SYSTEM."""

WHILE_IDLE = frozenset({Permission.LOCK_DESK})
"""What may be done in a session whose desk is locked; signing off needs no permission."""

WHILE_PASSWORD_IS_ANOTHERS = frozenset({Permission.BE_SIGNED_ON, Permission.CHANGE_PASSWORD, Permission.LOCK_DESK})
"""What may be done before a password somebody else has given is changed."""


def decides(role: Role) -> bool:
    """Whether this role decides approvals, and so needs one-time codes."""
    return Permission.DECIDE_APPROVAL in MAY[role]
