"""From the rows of a basket to what may be seen: each bill with its outcome, and where the cash is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tellerdesk.billers.catalogue import Biller
from tellerdesk.bills import states
from tellerdesk.bills.basket_views import BasketCash, BasketLineView, BasketView
from tellerdesk.bills.commands import Method
from tellerdesk.bills.quotes import KeptBill
from tellerdesk.bills.views import PaymentView
from tellerdesk.i18n import Message
from tellerdesk.journal.states import CashReturn, ReconStatus, Word
from tellerdesk.text import mask_name, mask_number

Row = dict[str, Any]


def word_of(entry: Row) -> Word:
    return states.STATES[entry["state"]].word


def is_due(entry: Row) -> bool:
    """Its cash is owed to the customer, and goes back over this counter. What reconciliation has spoken on does not,
    nor what is asked to be booked to refunds payable or lies there: 2005 pays that out."""
    return bool(entry["cash_return"] == CashReturn.DUE and entry["recon_status"] == ReconStatus.NONE)


def was_never_taken(entry: Row | None) -> bool:
    """No cash was booked for it: it was not begun, or given up while it waited for its approval."""
    return entry is None or entry["state"] == states.ABORTED


def cash(basket: Row, found: Sequence[tuple[Row, Row | None]]) -> BasketCash:
    """Where the cash of a basket is: all of it nowhere for an account."""
    if basket["method"] != Method.CASH:
        return BasketCash()
    return BasketCash(
        change_fen=basket["tendered_fen"] - basket["total_fen"],
        untaken_fen=sum(row["amount_fen"] for row, entry in found if was_never_taken(entry)),
        due_fen=sum(row["amount_fen"] for row, entry in found if entry is not None and is_due(entry)),
        waiting_fen=sum(
            row["amount_fen"] for row, entry in found if entry is not None and word_of(entry) is Word.AWAITING
        ),
    )


def line(of: Biller, bill: KeptBill, row: Row, payment: PaymentView | None, refusal: Message | None) -> BasketLineView:
    return BasketLineView(
        place=row["place"],
        request_id=row["request_id"],
        quote_id=row["quote_id"],
        biller_name=of.name.both,
        item=of.item.both,
        consumer_no=mask_number(bill.consumer_no) if of.consumer.personal else bill.consumer_no,
        customer_name=mask_name(bill.customer_name),
        amount_fen=row["amount_fen"],
        payment=payment,
        refusal=refusal if payment is None else None,
    )


def view(
    basket: Row, found: Sequence[tuple[Row, Row | None]], lines: tuple[BasketLineView, ...], *, kept: bool
) -> BasketView:
    """What was handed over is not owed a second time."""
    handed_fen = basket.get("handed_fen")
    return BasketView(
        basket_id=basket["basket_id"],
        method=Method(basket["method"]),
        total_fen=basket["total_fen"],
        tendered_fen=basket["tendered_fen"],
        made_at=basket["made_at"],
        branch_no=basket["branch_no"],
        till_no=basket["till_no"],
        teller_no=basket["teller_no"],
        lines=lines,
        cash=cash(basket, found) if handed_fen is None else BasketCash(),
        kept=kept,
        handed_fen=handed_fen,
    )
