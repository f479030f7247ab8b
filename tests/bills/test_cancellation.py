"""A payment taken back: the biller first, then core, once, and only after a second person has agreed."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from conftest import SetClock
from sqlalchemy import select
from support.counter import Counter
from support.four_eyes import FourEyes

from tellerdesk.bills import states
from tellerdesk.bills.cancelling import CANCELLATION
from tellerdesk.bills.commands import AskCancellation, Cancel, CancelReason, ConfirmCashReturned
from tellerdesk.bills.views import CancelOutcome, PaymentView
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

CONSUMER = "07550031884639"


@pytest.fixture
def counter(store: Store, keys: Keys, clock: SetClock) -> Counter:
    return Counter(store, keys, clock)


@pytest.fixture
def eyes(counter: Counter) -> FourEyes:
    return FourEyes(counter)


def paid(counter: Counter, **changes: Any) -> PaymentView:
    return counter.payments.pay(counter.who, counter.command(counter.quote(), **changes))


def asking(view: PaymentView, **changes: Any) -> AskCancellation:
    values: dict[str, Any] = {
        "request_id": secrets.token_hex(16),
        "serial": view.serial,
        "consumer_no": CONSUMER,
        "amount_fen": view.amount_fen,
        "reason": CancelReason.WRONG_CONSUMER,
        "original_back": True,
    }
    return AskCancellation(**(values | changes))


def ask(counter: Counter, view: PaymentView, **changes: Any) -> PaymentView:
    return counter.cancellations.ask(counter.who, asking(view, **changes))


def approved(counter: Counter, eyes: FourEyes, view: PaymentView) -> PaymentView:
    asked = ask(counter, view)
    assert asked.cancellation is not None
    eyes.approve(asked.cancellation.approval_id)
    return counter.payments.payment(view.serial)


def cancel(counter: Counter, view: PaymentView) -> PaymentView:
    return counter.cancellations.carry_out(counter.who, Cancel(view.serial))


def test_a_cancelled_payment_is_gone_from_the_biller_then_from_core_and_its_cash_goes_back_once(
    counter: Counter, eyes: FourEyes
) -> None:
    view = paid(counter)
    asked = ask(counter, view)
    assert (asked.state, asked.word) == (states.CANCEL_PENDING, Word.PAID)
    assert asked.cancellation is not None
    assert asked.cancellation.outcome is CancelOutcome.ASKED
    eyes.approve(asked.cancellation.approval_id)
    counter.core.calls.clear(), counter.biller.calls.clear()

    done = cancel(counter, view)

    assert (done.state, done.word, done.cash_return) == (states.CANCELLED, Word.CANCELLED, CashReturn.DUE)
    assert counter.core.effects == counter.biller.effects == {}
    assert [name for name, _ in counter.biller.calls] == ["BILLER_CANCEL"]
    assert [name for name, _ in counter.core.calls] == ["CORE_ACCOUNTING_DATE", "CORE_REVERSE"]
    assert counter.rows_taken(view.serial)[-4:] == ["T19", "T20", "T21", "T25"]
    back = ConfirmCashReturned(view.serial)
    for _ in range(2):
        assert counter.payments.confirm_cash_returned(counter.who, back).cash_return is CashReturn.RETURNED
    assert counter.till_rows(view.serial) == [("CASH_IN", 84_400), ("CASH_OUT", 84_400)]
    [tried] = counter.read(select(CANCELLATION))
    assert (tried.outcome, tried.cancel_serial[:1], tried.before_state) == ("CANCELLED", "X", states.SUCCESS)
    assert paid(counter).word is Word.PAID  # the month is free again
