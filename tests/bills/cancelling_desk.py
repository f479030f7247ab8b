"""Payments taken back at a counter: what tests of cancellations have in common."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import insert
from support.counter import Counter
from support.four_eyes import FourEyes
from support.scripted import TIMEOUT, then_lost

from tellerdesk.bills import states
from tellerdesk.bills.commands import (
    AskCancellation,
    Cancel,
    CancelReason,
)
from tellerdesk.bills.views import CancelOutcome, PaymentView
from tellerdesk.documents.papers import DOCUMENT

CONSUMER = "07550031884639"
ACCOUNT = "6217000712000000012"


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


def in_doubt(counter: Counter, *, taken: bool = True) -> PaymentView:
    """A payment whose answer nobody heard; the biller has taken it, or never got it."""
    counter.biller.script = {"BILLER_PAY": [then_lost if taken else TIMEOUT], "BILLER_INQUIRE": [TIMEOUT]}
    view = paid(counter)
    assert view.state == states.BILLER_UNKNOWN
    return view


def sweep(counter: Counter) -> None:
    counter.let_leases_run_out()
    counter.recovery.sweep()


def outcome(counter: Counter, view: PaymentView) -> CancelOutcome:
    found = counter.payments.payment(view.serial).cancellation
    assert found is not None
    return found.outcome


def calls(counter: Counter) -> list[str]:
    """What left the desk since this was last asked, but for questions after core's day."""
    found = [name for name, _ in counter.biller.calls + counter.core.calls if name != "CORE_ACCOUNTING_DATE"]
    counter.biller.calls.clear()
    counter.core.calls.clear()
    return found


DONE, BACK, GONE, STUCK = (
    CancelOutcome.CANCELLED,
    CancelOutcome.REFUSED,
    CancelOutcome.GIVEN_UP,
    CancelOutcome.UNDER_WAY,
)


def issued(counter: Counter, view: PaymentView, number: str = "20261122-0712-000001") -> str:
    """A receipt as the documents room keeps it."""
    with counter.store.write("test.paper") as unit:
        unit.connection.execute(
            insert(DOCUMENT),
            {
                **{"number": number, "kind": "BILL_RECEIPT", "serial": view.serial, "sealed_view": b"-"},
                **{"template_version": "1", "file_name": f"{number}.pdf", "reserved_at": counter.clock.now()},
                **{"state": "ISSUED", "sha256": "0" * 64, "issued_at": counter.clock.now(), "issued_by": "1001"},
            },
        )
        unit.commit()
    return number
