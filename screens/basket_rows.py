"""How the bills of a basket are said: one row each, and where the cash is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from screens.basket_form import Added
from screens.change import notes_said
from screens.saying import Say, joined, money, nothing, said, says, says_message, shown
from screens.widgets.figures import Figure
from screens.widgets.ledger import Column, Row
from screens.wording import WORD_MARK, WORD_STYLE, cash_is_due, mark_of, number_said, outcome_of, word_said
from tellerdesk.bills.basket_views import BasketAsking, BasketLineView, BasketView
from tellerdesk.bills.commands import Method
from tellerdesk.bills.states import REVERSE_FAILED
from tellerdesk.bills.views import PaymentView
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.text import mask_number

COLUMNS = (
    Column(20),
    Column(0),
    Column(10, from_width=100),
    Column(19),
    Column(12, "right"),
    Column(8, "right", from_width=100),
)
MOST_ROWS = 6


def added_rows(bills: Sequence[Added], consented: Sequence[str] = ()) -> list[Row]:
    """The bills before anything is sent; `consented` are the request ids the customer has agreed to."""
    return [_added(number, added, added.request_id in consented) for number, added in enumerate(bills, 1)]


def sending_rows(bills: Sequence[Added], asking: BasketAsking | None) -> list[Row]:
    """The same while they are taken one after the other."""
    rows = []
    for place, added in enumerate(bills):
        if asking is None or place > asking.place:
            state = says("basket.to_come", "$secondary")
        elif place == asking.place:
            state = joined([shown("…", "$warning"), says("basket.at_work", "$warning")])
        else:
            word = asking.done[place] if place < len(asking.done) else None
            state = (
                _not_begun() if word is None else joined([shown(WORD_MARK[word], WORD_STYLE[word]), word_said(word)])
            )
        rows.append(_row(added.request_id, state, added.bill.biller.name, added.bill.customer_name, _number(added),
                         added.amount_fen))  # fmt: skip
    return rows


def rows_of(view: BasketView, consented: Sequence[str] = ()) -> list[Row]:
    """The bills with what became of each; `consented` as for `added_rows`, of what was not begun."""
    rows = []
    for line in view.lines:
        payment = line.payment
        if payment is None:
            state = _consented() if line.request_id in consented else _not_begun()
        elif payment.cash_return is CashReturn.RETURNED:
            state = joined([mark_of(payment), word_said(payment.word)])
        else:
            state = joined([mark_of(payment), outcome_of(payment, short=True)])
        serial = "" if payment is None else payment.serial[-8:].lstrip("0") or "0"
        number = number_said(line.consumer_no)
        rows.append(_row(line.request_id, state, line.biller_name, line.customer_name, number, line.amount_fen, serial))
    return rows


def why(line: BasketLineView) -> Say:
    """What is to be known of one bill beyond its word."""
    payment = line.payment
    if payment is None:
        reason = says_message(line.refusal) if line.refusal is not None else nothing
        return joined([says("basket.why.not_begun"), reason])
    if cash_is_due(payment):
        return says("basket.why.due", refusal=str(payment.advice.args.get("refusal", "")))
    if payment.word is Word.PROCESSING and payment.method is Method.CASH and _settles_by_itself(payment):
        return says("basket.why.processing")
    return says("basket.why.paid") if payment.word is Word.PAID else says_message(payment.advice)


def _settles_by_itself(payment: PaymentView) -> bool:
    """Where it does not, or somebody is taking the payment back, its own advice says so."""
    return payment.refund is None and payment.cancellation is None and payment.state != REVERSE_FAILED


def cash_of(view: BasketView) -> Iterator[Figure]:
    """What the customer is given, with its parts."""
    if view.method is Method.ACCOUNT:
        yield Figure(says("basket.debited"), money(sum(each.amount_fen for each in view.of(Word.PAID))), strong=True)
        if doubt := view.of(Word.PROCESSING):
            yield Figure(says("basket.in_doubt"), money(sum(each.amount_fen for each in doubt), "$warning"))
        return
    cash = view.cash
    parts = (
        ("pay.change", cash.change_fen),
        ("basket.untaken", cash.untaken_fen),
        ("basket.due", cash.due_fen),
    )
    several = [(label, fen) for label, fen in parts if fen]
    if len(several) > 1:
        for label, fen in several:
            yield Figure(says(label), money(fen))
    if cash.waiting_fen:
        yield Figure(says("basket.waiting"), money(cash.waiting_fen))
    due_fen = cash.to_hand_over_fen
    label = "pay.change" if due_fen == cash.change_fen else "basket.hand_over"
    yield Figure(says(label), money(due_fen, "" if due_fen == cash.change_fen else "$warning"), strong=True)
    yield Figure(says("pay.notes"), shown(notes_said(due_fen)) if due_fen else says("pay.no_change"))


def _added(number: int, added: Added, consented: bool) -> Row:
    if consented:
        state = _consented()
    elif added.asks:
        state = joined([shown("!", "$warning"), says("basket.paid_before", "$warning")])
    else:
        state = shown(str(number), "$secondary")
    name = added.bill.biller.name
    return _row(added.request_id, state, name, added.bill.customer_name, _number(added), added.amount_fen)


def _row(key: str, state: Say, biller: Bilingual, name: str, number: str, fen: int, serial: str = "") -> Row:
    return Row(key, (state, said(biller), shown(name), shown(number), money(fen), shown(serial, "$secondary")))


def _number(added: Added) -> str:
    number = added.bill.consumer_no
    return number_said(mask_number(number) if added.bill.biller.personal and "*" not in number else number)


def _consented() -> Say:
    return joined([shown("✓", "$success"), says("basket.consented", "$success")])


def _not_begun() -> Say:
    return joined([shown("–", "$warning"), says("basket.not_begun", "$warning")])
