"""How the outcome of a payment is said: the word, its mark and its colour, the same on every screen."""

from __future__ import annotations

from textual.content import Content

from screens.saying import Say, joined, says, shown
from tellerdesk.bills.views import PaymentView
from tellerdesk.i18n import Words
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.text import grouped

WORD_STYLE: dict[Word, str] = {
    Word.AWAITING: "$accent",
    Word.PAID: "$success",
    Word.PROCESSING: "$warning",
    Word.FAILED: "$error",
    Word.REVERSED: "$secondary",
    Word.CANCELLED: "$secondary",
    Word.REFUND_DUE: "$warning",
    Word.REFUNDED: "$secondary",
}

WORD_MARK: dict[Word, str] = {
    Word.AWAITING: "◇",
    Word.PAID: "✓",
    Word.PROCESSING: "…",
    Word.FAILED: "×",
    Word.REVERSED: "←",
    Word.CANCELLED: "←",
    Word.REFUND_DUE: "!",
    Word.REFUNDED: "←",
}
"""Beside the colour, never the colour alone."""


def number_said(consumer_no: str) -> str:
    """A consumer number in groups of four; a masked one as it is."""
    return consumer_no if "*" in consumer_no else grouped(consumer_no)


def cash_is_due(payment: PaymentView) -> bool:
    """Cash was taken in, the payment did not stand, and the customer has not got it back."""
    return payment.cash_return is CashReturn.DUE


def cash_was_taken(payment: PaymentView) -> bool:
    """False for a payment in cash that waited for an approval and never began: its cash was never booked."""
    ended_waiting = payment.word is Word.FAILED and payment.cash_return is CashReturn.NONE and payment.approval_id
    return payment.word is not Word.AWAITING and not ended_waiting


def outcome_of(payment: PaymentView, *, short: bool = False) -> Say:
    """The word for a payment; `short` keeps what stands before its dot. Where cash is owed to the customer that comes
    first, and a word that would claim the money is back is left out."""
    if short and payment.word is Word.AWAITING:
        return says("home.awaiting", WORD_STYLE[payment.word])
    word = _word(payment.word, short=short)
    if not cash_is_due(payment):
        return word
    if short:
        return says("home.cash_due", "bold $warning")
    due = _capital("word.cash_due", "bold $warning")
    return due if payment.word is Word.REVERSED else joined([due, word], "  ")


def _capital(message_id: str, style: str) -> Say:
    """A word of the desk that begins a line here."""

    def say(words: Words) -> Content:
        sentence = words(message_id)
        return Content.styled(sentence[:1].upper() + sentence[1:], style)

    return say


def word_said(word: Word) -> Say:
    """The word alone, short, in its colour."""
    return _word(word, short=True)


def _word(word: Word, *, short: bool) -> Say:
    def say(words: Words) -> Content:
        sentence = words(f"word.{word.value.lower()}")
        return Content.styled(sentence.split(" · ")[0] if short else sentence, WORD_STYLE[word])

    return say


def mark_of(payment: PaymentView) -> Say:
    """The sign beside the word."""
    return (
        shown("!", "bold $warning")
        if cash_is_due(payment)
        else shown(WORD_MARK[payment.word], WORD_STYLE[payment.word])
    )
