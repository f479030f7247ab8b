"""Payments billers take back, and what their books say of them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tellerdesk.links.contracts import biller
from tellerdesk.sandbox import books, people
from tellerdesk.sandbox.biller_ledger import BillerLedger
from tellerdesk.sandbox.biller_undoing import Undoing
from tellerdesk.sandbox.config import ledger_file
from tellerdesk.sandbox.profiles import PROFILES
from tests.sandbox.asking import (
    DAY,
    MADE_AT,
    Counterparts,
    cancellation,
    new_serial,
    payment,
)


def of(there: Counterparts, paid: biller.PayRequest) -> books.BillerPayment:
    """What the biller's books say of a payment."""
    (found,) = [row for row in books.biller_payments(there.folder, there.counterpart) if row.leg_id == paid.leg_id]
    return found


def leg(attempt: int = 1) -> str:
    return f"{new_serial()}-BC-{attempt}"


def paid_at(
    folder: Path, name: str, more_fen: int = 0, now: datetime = MADE_AT, index: int = 0
) -> tuple[BillerLedger, biller.PayRequest]:
    """A biller's books of their own, with one payment in them."""
    ledger = BillerLedger(ledger_file(folder, name), PROFILES[name], DAY)
    bill = ledger.query(biller.BillQuery(channel_id="TD01", consumer_no=people.consumer_no(index, name)), now)
    paid = payment(f"{new_serial()}-BP-1", bill, amount_fen=bill.total_fen + more_fen)
    ledger.pay(paid, now)
    return ledger, paid


def answer(ledger: BillerLedger, paid: biller.PayRequest, now: datetime = MADE_AT) -> str:
    """The refusal of a cancellation, or its result."""
    told = biller.CancelReply.model_validate_json(Undoing(ledger).cancel(cancellation(leg(), paid), now))
    return told.code or told.result
