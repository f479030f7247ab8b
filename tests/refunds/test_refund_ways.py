"""What the bank owes a customer, from the moment it owes it until it is paid out: every cause, to the last book."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tellerdesk.bills import states as bill_states
from tellerdesk.bills.commands import LookUp, Method
from tellerdesk.journal import finding
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds.commands import ConfirmHandedOver
from tellerdesk.refunds.states import RefundCause
from tellerdesk.refunds.views import PayOutOutcome, RefundAct, RefundView
from tellerdesk.store.vault import Vault
from tests.refunds.conftest import Building
from tests.refunds.house import ACCOUNT, INTERNAL, RB, RP, TILL, House


def handed_over(house: House, refund: RefundView) -> RefundView:
    return house.refunds.confirm_handed_over(house.who, ConfirmHandedOver(refund.serial))


@pytest.mark.req("B9")
def test_cash_nobody_took_lies_in_refunds_payable_until_its_customer_comes(house: House) -> None:
    payment = house.reversed()
    assert payment.cash_return is CashReturn.DUE
    asked = house.suspend(payment.serial)
    assert (asked.state, asked.word, asked.cause) == ("PENDING_SUSPENSE", Word.AWAITING, RefundCause.UNCLAIMED_CASH)
    assert house.counter.payments.payment(payment.serial).cash_return is CashReturn.SUSPENDING
    assert house.held(RP) == 0

    due = house.go_on(house.approved(asked))

    assert (due.state, due.word, due.may) == ("DUE", Word.REFUND_DUE, (RefundAct.PAY_OUT,))
    seen = house.counter.payments.payment(payment.serial)
    assert (seen.state, seen.cash_return) == (bill_states.REVERSED, CashReturn.SUSPENSE)
    assert seen.refund is not None
    assert (seen.refund.serial, seen.refund.word, seen.advice.id) == (
        due.serial,
        Word.REFUND_DUE,
        "advice.cash_in_suspense",
    )
    assert (house.held(RP), house.held(TILL), house.flaws()) == (payment.amount_fen, -payment.amount_fen, [])
    assert house.refunds.due(house.who) == (due,)

    paid = house.paid_out(due)

    assert (paid.state, paid.word, paid.cash_return) == ("PAID_OUT", Word.REFUNDED, CashReturn.DUE)
    assert set(paid.may) == {RefundAct.HAND_OVER, RefundAct.SUSPEND}
    for _ in range(2):
        assert handed_over(house, paid).cash_return is CashReturn.RETURNED
    assert house.counter.till_rows(paid.serial) == [("CASH_OUT", payment.amount_fen)]
    assert (house.held(RP), house.held(TILL), house.flaws()) == (0, 0, [])
    assert house.refunds.due(house.who) == ()
    assert house.counter.rows_taken(due.serial) == ["R1", "R2", "R3", "R18", "R19", "R20", "R23"]


@pytest.mark.req("B9")
def test_a_posting_core_undoes_no_more_becomes_a_refund_and_the_payment_with_it(house: House) -> None:
    payment = house.stuck()
    assert payment.state == bill_states.REVERSE_FAILED

    due = house.suspended(payment.serial)

    assert (due.state, due.cause, due.paid_by) == ("DUE", RefundCause.STUCK_POSTING, Method.CASH)
    seen = house.counter.payments.payment(payment.serial)
    assert (seen.state, seen.word) == (bill_states.REFUND_DUE, Word.REFUND_DUE)
    assert (house.held(RP), house.held(INTERNAL), house.flaws()) == (payment.amount_fen, 0, [])
    bill = house.counter.lookup.look_up(house.who, LookUp("1101", payment.consumer_no))
    assert bill.total_fen == payment.amount_fen

    handed_over(house, house.paid_out(due))

    seen = house.counter.payments.payment(payment.serial)
    assert (seen.state, seen.word) == (bill_states.REFUNDED, Word.REFUNDED)
    assert (house.held(RP), house.held(TILL), house.flaws()) == (0, 0, [])
    assert house.counter.rows_taken(payment.serial)[-3:] == ["T18b", "T18bs", "T18c"]


@pytest.mark.req("B9")
def test_a_payment_of_an_earlier_day_is_refunded_in_cash_with_the_billers_consent(house: House) -> None:
    payment = house.paid()
    house.next_day()

    asked = house.ask(payment)

    assert (asked.state, asked.word) == ("PENDING_REFUND", Word.REFUND_DUE)
    assert asked.agreement_no
    seen = house.counter.payments.payment(payment.serial)
    assert (seen.state, seen.word, seen.advice.id) == (bill_states.SUCCESS, Word.REFUND_DUE, "advice.refund_due")
    assert house.held(RB) == house.held(RP) == 0

    due = house.go_on(house.approved(asked, persons=2))

    assert (due.state, due.accounting_date) == ("DUE", house.at_core.accounting_date)
    assert (house.held(RB), house.held(RP), house.flaws()) == (-payment.amount_fen, payment.amount_fen, [])
    bill = house.counter.lookup.look_up(house.who, LookUp("1101", payment.consumer_no))
    assert house.counter.payments.pay(house.who, house.counter.command(bill)).word is Word.PAID  # owed again

    paid = handed_over(house, house.paid_out(due))

    assert paid.pay_out is not None
    assert (paid.pay_out.outcome, paid.pay_out.payee) == (PayOutOutcome.PAID, "*晓燕")
    assert (house.held(RB), house.held(RP), house.flaws()) == (-payment.amount_fen, 0, [])
    seen = house.counter.payments.payment(payment.serial)
    assert (seen.state, seen.word, seen.advice.id) == (bill_states.SUCCESS, Word.REFUNDED, "advice.refunded")


@pytest.mark.req("B9")
def test_a_payment_of_an_earlier_day_goes_back_to_its_account_at_once(lite: Building) -> None:
    house = lite()
    payment = house.paid_from_account()
    before = house.held(ACCOUNT)
    house.next_day()

    paid = house.refunded(payment)

    assert (paid.state, paid.cash_return, paid.advice.id) == ("PAID_OUT", CashReturn.NONE, "advice.refund.credited")
    assert (house.held(ACCOUNT) - before, house.held(RB)) == (payment.amount_fen, -payment.amount_fen)
    assert (house.held(RP), house.counter.till_rows(), house.flaws()) == (0, [], [])


def test_what_is_due_can_be_credited_to_the_payees_own_account(lite: Building) -> None:
    house = lite()
    due = house.suspended(house.reversed().serial)
    before = house.held(ACCOUNT)

    paid = house.paid_out(due, method=Method.ACCOUNT, account_no=ACCOUNT)

    assert (paid.state, paid.cash_return) == ("PAID_OUT", CashReturn.NONE)
    assert paid.pay_out is not None
    assert paid.pay_out.account_no.count("*") == 9
    assert (house.held(ACCOUNT) - before, house.held(RP), house.flaws()) == (due.amount_fen, 0, [])
    index = finding.account_index(Vault(house.counter.keys), ACCOUNT)
    found = house.counter.read(select(finding.ACCOUNT.c.serial).where(finding.ACCOUNT.c.account_index == index))
    assert [serial for (serial,) in found] == [due.serial], "a search for the account finds the refund"


def test_cash_of_a_refund_nobody_took_goes_back_to_refunds_payable_and_is_paid_out_once(house: House) -> None:
    first = house.paid_out(house.suspended(house.reversed().serial))
    assert house.held(RP) == 0

    again = house.suspended(first.serial)

    assert (again.state, again.payment_serial) == ("DUE", first.payment_serial)
    assert house.refunds.refund(house.who, first.serial).cash_return is CashReturn.SUSPENSE
    assert (house.held(RP), house.flaws()) == (first.amount_fen, [])
    handed_over(house, house.paid_out(again))
    assert (house.held(RP), house.held(TILL), house.flaws()) == (0, 0, [])
    assert house.counter.rows_taken(first.serial)[-2:] == ["T16b", "T16bs"]


def test_an_account_that_cannot_take_it_leaves_the_refund_in_refunds_payable(lite: Building) -> None:
    house = lite()
    payment = house.paid_from_account()
    house.next_day()
    asked = house.approved(house.ask(payment), persons=2)
    with house.at_core.transaction() as connection:
        connection.execute("UPDATE accounts SET status = 'CLOSED' WHERE account_no = ?", (ACCOUNT,))

    due = house.go_on(asked)

    assert house.counter.rows_taken(due.serial)[-3:] == ["R11a", "R13", "R15"]
    assert (due.state, house.held(RP), house.held(RB)) == ("DUE", payment.amount_fen, -payment.amount_fen)
    assert handed_over(house, house.paid_out(due)).cash_return is CashReturn.RETURNED
    assert (house.held(RP), house.flaws()) == (0, [])
