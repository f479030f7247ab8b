"""How a payment is called, and what is advised, while its money is refunded or lies in refunds payable."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from tellerdesk.bills import states
from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import RefundNote
from tellerdesk.journal.flow import Row
from tellerdesk.journal.states import CashReturn, Word

RefundOf = Callable[[Connection, str], RefundNote | None]
"""Tells of the refund of a payment, by its serial, that stands or may stand."""

_AS_ITS_REFUND = frozenset({states.SUCCESS, states.REFUND_DUE, states.REFUNDED})
"""States in which a payment's money is what its refund says."""

_BY_CASH = {
    CashReturn.SUSPENDING: "advice.cash_suspending",
    CashReturn.SUSPENSE: "advice.cash_in_suspense",
}
_BY_STATE = {
    states.REVERSE_SUSPENDING: "advice.posting_suspending",
    states.CANCEL_SUSPENDING: "advice.posting_suspending",
}
_POSTING_OF_ACCOUNT = "advice.posting_suspending.account"
_BY_WORD = {
    Word.PROCESSING: "advice.refund_under_way",
    Word.REFUND_DUE: "advice.refund_due",
    Word.REFUNDED: "advice.refunded",
}
_BILLER_ASKED = frozenset({"CONSENT_SENDING", "CONSENT_UNKNOWN"})


def no_refund(connection: Connection, serial: str) -> RefundNote | None:  # noqa: ARG001 (a house without refunds)
    """Nothing was ever refunded."""
    return None


def has_undone(refund: RefundNote | None) -> bool:
    """Whether the biller has undone the payment: from there on forward only, and its receipt is good no more."""
    return refund is not None and refund.state not in _BILLER_ASKED


def word(entry: Row, refund: RefundNote | None) -> Word:
    """What a payment is called: what its refund is called, from the moment the biller may have undone it. Where cash
    that was paid out is about to be booked back, it is refunded until it is."""
    if refund is None or entry["state"] not in _AS_ITS_REFUND:
        return states.STATES[entry["state"]].word
    return Word.REFUNDED if refund.word is Word.AWAITING else refund.word


def word_at_the_desk(entry: Row, refund: RefundNote | None) -> Word:
    """The same, and what became of cash the customer did not take: that it was due back says nothing any more once it
    lies, or is about to lie, in refunds payable."""
    cash = CashReturn(entry["cash_return"])
    if cash is CashReturn.SUSPENDING:
        return Word.REFUND_DUE
    if cash is CashReturn.SUSPENSE:
        return refund.word if refund is not None else Word.REFUND_DUE
    return word(entry, refund)


def advice(entry: Row, refund: RefundNote | None) -> str:
    """The sentence for a payment a refund speaks for; empty where the payment's own says what to do."""
    by_cash = _BY_CASH.get(CashReturn(entry["cash_return"]), "")
    if by_cash == "advice.cash_in_suspense" and refund is not None and refund.word is Word.REFUNDED:
        return "advice.refunded"
    if by_cash:
        return by_cash
    if entry["state"] in _BY_STATE:
        return _POSTING_OF_ACCOUNT if entry["method"] == Method.ACCOUNT else _BY_STATE[entry["state"]]
    if entry["state"] not in _AS_ITS_REFUND or (refund is None and entry["state"] == states.SUCCESS):
        return ""
    if refund is not None and refund.state in _BILLER_ASKED:
        return "advice.refund_biller_asked"
    return _BY_WORD.get(word(entry, refund), "")
