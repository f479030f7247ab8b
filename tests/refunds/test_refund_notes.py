"""What a payment tells of its refund, and that a refund's serial is nobody's payment."""

from __future__ import annotations

import pytest

from tellerdesk.bills.commands import AskAgain, Cancel, GoOn
from tellerdesk.errors import Refused
from tellerdesk.i18n import LANGUAGES, words
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds.commands import AskAboutRefund, ConfirmHandedOver
from tests.refunds.house import House


def test_the_serial_of_a_refund_opens_no_payment_and_that_of_a_payment_no_refund(shared: House) -> None:
    due = shared.suspended(shared.reversed().serial)
    counter = shared.counter
    for ask in (
        lambda: counter.payments.payment(due.serial),
        lambda: counter.payments.ask_again(AskAgain(due.serial), "1001"),
        lambda: counter.payments.go_on(shared.who, GoOn(due.serial)),
        lambda: counter.cancellations.carry_out(shared.who, Cancel(due.serial)),
        lambda: shared.refunds.refund(shared.who, due.payment_serial),
        lambda: shared.refunds.ask_again(shared.who, AskAboutRefund(due.payment_serial)),
    ):
        with pytest.raises(Refused, match="no_such_serial"):
            ask()


def test_a_payment_is_called_what_its_refund_is_at_every_step_of_it(shared: House) -> None:
    payment = shared.paid()
    shared.next_day()

    def seen() -> tuple[Word, str]:
        view = shared.counter.payments.payment(payment.serial)
        for language in LANGUAGES:
            assert "{" not in words(language)(view.advice.id, **view.advice.args)
        return view.word, view.advice.id

    asked = shared.ask(payment)
    assert seen() == (Word.REFUND_DUE, "advice.refund_due")
    due = shared.go_on(shared.approved(asked, persons=2))
    paid = shared.paid_out(due)
    assert seen() == (Word.REFUNDED, "advice.refunded")
    put_back = shared.suspend(paid.serial)
    assert seen()[0] is Word.REFUNDED  # until it is booked back
    again = shared.go_on(shared.approved(put_back))
    assert seen() == (Word.REFUND_DUE, "advice.refund_due")
    assert shared.refunds.refund(shared.who, paid.serial).cash_return is CashReturn.SUSPENSE
    last = shared.paid_out(again)
    shared.refunds.confirm_handed_over(shared.who, ConfirmHandedOver(last.serial))
    assert seen() == (Word.REFUNDED, "advice.refunded")
    assert [view.serial for view in shared.refunds.of_payment(shared.who, payment.serial)] == [
        paid.serial,
        last.serial,
    ]


def test_every_advice_of_a_refund_stands_in_both_languages_with_its_figures(shared: House) -> None:
    payment = shared.paid()
    shared.next_day()
    views = [shared.ask(payment)]
    views.append(shared.approved(views[-1], persons=2))
    views.append(shared.go_on(views[-1]))
    views.append(shared.ask_pay_out(views[-1]))
    views.append(shared.approved(views[-1]))
    views.append(shared.go_on(views[-1]))
    views.append(shared.refunds.confirm_handed_over(shared.who, ConfirmHandedOver(views[-1].serial)))

    told = [view.advice.id for view in views]

    assert told == [
        *("advice.refund.awaiting", "advice.refund.approved", "advice.refund.due"),
        *("advice.refund.pay_out_awaiting", "advice.refund.pay_out_approved", "advice.refund.hand_over"),
        "advice.refund.handed_over",
    ]
    for view in views:
        for language in LANGUAGES:
            assert "{" not in words(language)(view.advice.id, **view.advice.args)
