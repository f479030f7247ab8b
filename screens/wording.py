"""How the outcome of a payment is said: the word, its mark and its colour, the same on every screen."""

from __future__ import annotations

from textual.content import Content

from screens.saying import Say, clock_time, joined, says, shown
from tellerdesk.bills.views import CancellationView, CancelOutcome, PaymentView
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


TRY_STYLE: dict[CancelOutcome, str] = {
    CancelOutcome.ASKED: "$accent",
    CancelOutcome.UNDER_WAY: "$warning",
    CancelOutcome.REFUSED: "$warning",
    CancelOutcome.GIVEN_UP: "$warning",
}
"""Of a try to cancel a payment that is not cancelled: its word stays, and this is said beside it."""

TRY_MARK: dict[CancelOutcome, str] = {
    CancelOutcome.ASKED: "◇",
    CancelOutcome.UNDER_WAY: "…",
    CancelOutcome.REFUSED: "!",
    CancelOutcome.GIVEN_UP: "!",
}
"""Never the sign of success: what stands is the payment, not what was asked for."""


def number_said(consumer_no: str) -> str:
    """A consumer number in groups of four; a masked one as it is."""
    return consumer_no if "*" in consumer_no else grouped(consumer_no)


def cash_is_due(payment: PaymentView) -> bool:
    """Cash was taken in, the payment did not stand, and the customer has not got it back."""
    return payment.cash_return is CashReturn.DUE


def cash_in_suspense(payment: PaymentView) -> bool:
    """Cash that was due back, and lies or is about to lie in refunds payable: nobody hands it out."""
    return payment.cash_return in {CashReturn.SUSPENDING, CashReturn.SUSPENSE}


def cancel_waits(payment: PaymentView) -> bool:
    """Somebody asked to cancel it, and nobody has decided yet or it was not gone on with."""
    return payment.cancellation is not None and payment.cancellation.outcome is CancelOutcome.ASKED


def cancel_is_open(payment: PaymentView) -> bool:
    """Somebody asked to cancel it, and it is not known yet what comes of it: neither of its papers would be true."""
    open_tries = {CancelOutcome.ASKED, CancelOutcome.UNDER_WAY}
    return payment.cancellation is not None and payment.cancellation.outcome in open_tries


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
    tried = _tried(payment)
    if tried is not None:
        return _tried_said(payment.word, tried, short=short)
    if cash_in_suspense(payment):
        return _in_suspense_said(payment, short=short)
    if not cash_is_due(payment):
        return word
    if short:
        return says("home.cash_due", "bold $warning")
    due = _capital("word.cash_due", "bold $warning")
    return due if payment.word in {Word.REVERSED, Word.CANCELLED} else joined([due, word], "  ")


def cancellation_said(tried: CancellationView) -> Say:
    """The newest try to cancel a payment: when, by whom, why, what became of it, and the biller's part in it."""
    parts = [
        joined([clock_time(tried.asked_at), shown(tried.asked_by)]),
        says(f"cancellation.reason.{tried.reason.value.lower()}"),
        says(f"cancellation.short.{tried.outcome.value.lower()}", TRY_STYLE.get(tried.outcome, "")),
        shown(tried.refusal),
        shown(tried.cancel_serial),
    ]
    return joined(parts, "  ")


def _in_suspense_said(payment: PaymentView, *, short: bool) -> Say:
    """What became of the cash; a word that would claim the customer has it is left out."""
    if payment.cash_return is CashReturn.SUSPENDING:
        return says("refunds.short.suspending", WORD_STYLE[Word.REFUND_DUE])
    return _word(_suspense_word(payment), short=short)


def _suspense_word(payment: PaymentView) -> Word:
    return payment.refund.word if payment.refund is not None else Word.REFUND_DUE


def _tried(payment: PaymentView) -> CancelOutcome | None:
    """What became of the try to cancel it, where the payment's own word does not tell that."""
    tried = payment.cancellation
    return tried.outcome if tried is not None and tried.outcome in TRY_MARK else None


def _tried_said(word: Word, tried: CancelOutcome, *, short: bool) -> Say:
    if short:
        return says(f"cancellation.short.{tried.value.lower()}", TRY_STYLE[tried])

    def say(words: Words) -> Content:
        before = words(f"word.{word.value.lower()}").split(" · ")[0]
        return Content.styled(words(f"cancellation.word.{tried.value.lower()}", word=before), TRY_STYLE[tried])

    return say


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
    if cash_is_due(payment):
        return shown("!", "bold $warning")
    tried = _tried(payment)
    if tried is not None:
        return shown(TRY_MARK[tried], TRY_STYLE[tried])
    if cash_in_suspense(payment):
        word = Word.REFUND_DUE if payment.cash_return is CashReturn.SUSPENDING else _suspense_word(payment)
        return shown(WORD_MARK[word], WORD_STYLE[word])
    return shown(WORD_MARK[payment.word], WORD_STYLE[payment.word])
