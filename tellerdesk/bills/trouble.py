"""What can come between a teller and a payment, as the teller reads it: with cash on the counter, or an account."""

from __future__ import annotations

from sqlalchemy import Connection, select

from tellerdesk.bills import states
from tellerdesk.bills.commands import Method
from tellerdesk.bills.payment_flow import CLAIM
from tellerdesk.errors import Conflict, StoreUnavailable
from tellerdesk.journal import entries
from tellerdesk.journal.states import Word
from tellerdesk.money import format_fen
from tellerdesk.serials import spoken

NOT_STARTED = "error.payment.not_started"
"""Begins the id of every sentence that says so."""

_NOT_STARTED = {
    "error.store.locked": "error.payment.not_started.locked",
    "error.store.full": "error.payment.not_started.full",
}
"""Why the store could not take the intent, as the teller reads it."""

_BY_ACCOUNT = {
    "error.payment.not_started": "error.payment.not_started.account",
    "error.payment.not_started.locked": "error.payment.not_started.locked.account",
    "error.payment.not_started.full": "error.payment.not_started.full.account",
    "error.payment.unsure": "error.payment.unsure.account",
    "error.payment.outcome_not_kept": "error.payment.outcome_not_kept.account",
    "error.payment.already_paid": "error.payment.already_paid.account",
    "error.payment.already_under_way": "error.payment.already_under_way.account",
    "error.payment.already_awaiting": "error.payment.already_awaiting.account",
}
"""The same where an account was to be debited: no cash lies on the counter."""

_ALREADY = {Word.PAID: "error.payment.already_paid", Word.AWAITING: "error.payment.already_awaiting"}
"""By the word of the payment that has spoken for the bill; any other is under way."""


def not_started(method: str, error: StoreUnavailable | None = None) -> StoreUnavailable:
    """Nothing was begun: the store could not take the intent."""
    reason = "" if error is None else error.message_id
    return StoreUnavailable(_said(_NOT_STARTED.get(reason, NOT_STARTED), method))


def unsure(method: str) -> StoreUnavailable:
    """Not even whether the intent stands is known."""
    return StoreUnavailable(_said("error.payment.unsure", method))


def not_kept(serial: str, method: str) -> StoreUnavailable:
    """What became of it could not be written, or cannot be read."""
    return StoreUnavailable(_said("error.payment.outcome_not_kept", method), serial=spoken(serial))


def spoken_for(connection: Connection, claims: list[str], method: str) -> Conflict:
    """Names the payment that has spoken for one of these."""
    serial = connection.execute(
        select(CLAIM.c.serial).where(CLAIM.c.claim_key.in_(claims)).limit(1)
    ).scalar_one_or_none()
    entry = entries.by_serial(connection, serial) if serial is not None else None
    if entry is None:
        return Conflict("error.payment.just_given_up")
    word = states.STATES[entry["state"]].word
    return Conflict(
        _said(_ALREADY.get(word, "error.payment.already_under_way"), method),
        serial=spoken(entry["serial"]),
        teller=entry["teller_no"],
        amount=format_fen(entry["amount_fen"]),
    )


def _said(message_id: str, method: str) -> str:
    return _BY_ACCOUNT[message_id] if method == Method.ACCOUNT else message_id
