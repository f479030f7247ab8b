"""Refunds at a real desk over real HTTP: rooms, links, signatures and counterparts as they are put together."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
from sqlalchemy import text, update
from support.branches import elsewhere, owed, pay

from tellerdesk.approvals.commands import Decide
from tellerdesk.bills.commands import CancelReason, Method, Person
from tellerdesk.desk import Desk
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds.commands import AskPayOut, AskRefund, ConfirmHandedOver, GoOnWith, Suspend
from tellerdesk.refunds.views import RefundAct, RefundView
from tellerdesk.sandbox import books
from tellerdesk.sandbox.config import ELECTRICITY
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.staff.views import SignedOn

PAYEE = Person("王晓燕", "11010519491231002X")


def approved(desk: Desk, who: SignedOn, refund: RefundView, *persons: str) -> RefundView:
    """So many supervisors agree, each at a till of their own with a code that works now; the teller goes on."""
    for away, staff_no in enumerate(persons, 1):
        with desk.store.write("test.codes") as unit:
            unit.connection.execute(text("UPDATE staff_member SET code_step = 0"))
            unit.commit()
        supervisor = elsewhere(desk, staff_no, away)
        desk.approvals.decide(supervisor, Decide(refund.approval_id, True, desk.training_code(staff_no)))
    assert desk.refunds.refund(who, refund.serial).may == (RefundAct.GO_ON,)
    return desk.refunds.go_on(who, GoOnWith(refund.serial))


def paid_out(desk: Desk, who: SignedOn, due: RefundView) -> RefundView:
    command = AskPayOut(secrets.token_hex(16), due.serial, Method.CASH, PAYEE)
    paid = approved(desk, who, desk.refunds.ask_pay_out(who, command), "3001")
    assert paid.cash_return is CashReturn.DUE
    return desk.refunds.confirm_handed_over(who, ConfirmHandedOver(due.serial))


@pytest.mark.req("B9")
def test_a_payment_of_an_earlier_day_is_refunded_with_two_approvals_and_paid_out_with_one(
    desk: Desk, who: SignedOn, sandbox: SandboxProcess
) -> None:
    payment = pay(desk, who, owed(desk, who))
    assert payment.accounting_date is not None
    with desk.store.write("test.yesterday") as unit:  # the counterparts of this process are not to be rolled
        day = {"accounting_date": payment.accounting_date - timedelta(days=1)}
        unit.connection.execute(update(ENTRY).where(ENTRY.c.serial == payment.serial).values(day))
        unit.commit()
    sandbox.control.cut_off(ELECTRICITY)
    asked = desk.refunds.ask(
        who,
        AskRefund(
            secrets.token_hex(16),
            payment.serial,
            payment.consumer_no,
            payment.amount_fen,
            CancelReason.PAID_TWICE,
            original_back=True,
        ),
    )

    done = paid_out(desk, who, approved(desk, who, asked, "3001", "3002"))

    assert (done.word, done.cash_return) == (Word.REFUNDED, CashReturn.RETURNED)
    assert desk.bills.payment(who, payment.serial).word is Word.REFUNDED
    booked = [row for row in books.core_bookings(sandbox.folder) if row.channel_serial == done.serial]
    assert [(row.booking, row.amount_fen) for row in booked] == [
        ("RECEIVABLE_FROM_BILLER", payment.amount_fen),
        ("REFUND_PAY_OUT", payment.amount_fen),
    ]
    agreed = [row for row in books.biller_refunds(sandbox.folder) if row.agreement_no == done.agreement_no]
    assert [row.amount_fen for row in agreed] == [payment.amount_fen]
    assert books.core_flaws(sandbox.folder) == []


@pytest.mark.req("B9")
def test_cash_whose_customer_has_gone_is_kept_and_paid_out_later(
    desk: Desk, who: SignedOn, sandbox: SandboxProcess
) -> None:
    bill = owed(desk, who)
    sandbox.control.service(ELECTRICITY, is_open=False)
    payment = pay(desk, who, bill)
    assert payment.cash_return is CashReturn.DUE

    due = approved(desk, who, desk.refunds.suspend(who, Suspend(secrets.token_hex(16), payment.serial)), "3001")

    assert [view.serial for view in desk.refunds.due(who)] == [due.serial]
    done = paid_out(desk, who, due)
    assert desk.refunds.due(who) == ()
    till = desk.till.position(who)
    assert till is not None
    assert till.balance_fen == till.opening_fen
    assert desk.refunds.of_payment(who, payment.serial) == (done,)
