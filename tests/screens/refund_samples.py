"""Refunds as a desk would tell them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import LegView
from tellerdesk.i18n import Message
from tellerdesk.journal.states import CashReturn, LegState, Word
from tellerdesk.refunds import states
from tellerdesk.refunds.shown import _ADVICE, _BY_CASH
from tellerdesk.refunds.states import RefundCause
from tellerdesk.refunds.views import PayOutOutcome, PayOutView, Refundable, RefundAct, RefundView
from tests.screens.samples import NOW, POWER, payment

_MAY = {
    states.PENDING_SUSPENSE: (RefundAct.GO_ON,),
    states.SUSPENDING: (RefundAct.ASK_AGAIN,),
    states.CONSENT_UNKNOWN: (RefundAct.ASK_AGAIN,),
    states.AGREED: (RefundAct.ASK_APPROVAL,),
    states.PENDING_REFUND: (RefundAct.GO_ON,),
    states.CREDITING: (RefundAct.ASK_AGAIN,),
    states.RECEIVING: (RefundAct.ASK_AGAIN,),
    states.DUE: (RefundAct.PAY_OUT,),
    states.PENDING_PAY_OUT: (RefundAct.GO_ON,),
    states.PAYING: (RefundAct.ASK_AGAIN,),
}
"""What may be done where nothing else stands in the way."""


def _advice(state: str, cash_return: CashReturn | None) -> Message:
    by_cash = _BY_CASH.get(cash_return) if cash_return is not None else None
    args: dict[str, str | int] = {"amount": "1,680.32", "till": "07", "refusal": "E17", "payment": "-", "serial": "-"}
    return Message(by_cash or _ADVICE[state], args)


def pay_out(outcome: PayOutOutcome = PayOutOutcome.ASKED, **changes: Any) -> PayOutView:
    """The try of teller 1001 to pay the customer out in cash."""
    given = PayOutView(
        outcome, Method.CASH, "*晓燕", "", "", "1001", "07", NOW + timedelta(days=1), None, "", payee_kind="ID_CARD"
    )
    return replace(given, **changes)


def refund(state: str = states.DUE, number: int = 31, **changes: Any) -> RefundView:
    """A payment of the day before, refunded with the biller's consent, as it stands in `state`."""
    word = states.STATES[state].word
    of = payment(number=changes.pop("of", 212))
    asked = NOW + timedelta(days=1)
    given = RefundView(
        serial=f"20261123071207{number:08d}",
        payment_serial=of.serial,
        cause=RefundCause.NEXT_DAY,
        state=state,
        word=word,
        cash_return=CashReturn.NONE,
        advice=_advice(state, changes.get("cash_return")),
        biller_name=POWER.name,
        item=POWER.item,
        consumer_no=of.consumer_no,
        customer_name=of.customer_name,
        amount_fen=of.amount_fen,
        paid_by=Method.CASH,
        account_no="",
        paid_at=of.made_at,
        made_at=asked,
        due_since=asked if word is Word.REFUND_DUE else None,
        age_days=0,
        accounting_date=date(2026, 11, 23),
        branch_no="0712",
        till_no="07",
        teller_no="1001",
        note="",
        agreement_no="TY-20261123-5",
        refusal="",
        core_serial="C20261123000031",
        approval_id="A1",
        pay_out=None,
        legs=(
            LegView("L1", "BILLER_CONSENT", "1101", LegState.OK, asked, asked + timedelta(seconds=0.4), "", "",
                    "TY-20261123-5"),
            LegView("L2", "CORE_RECEIVE", "core", LegState.OK, asked, asked + timedelta(seconds=0.2), "", "",
                    "C20261123000031"),
        ),
        next_try_at=None,
        may=_MAY.get(state, ()),
    )  # fmt: skip
    return replace(given, **changes)


def refundable(number: int = 212, **changes: Any) -> Refundable:
    """The sample payment as it is found a day later, with nothing in the way."""
    of = payment(number=number)
    given = Refundable(
        of.serial, of.made_at, of.biller_name, of.customer_name, "1001", of.word, of.method, has_receipt=True
    )
    return replace(given, **changes)
