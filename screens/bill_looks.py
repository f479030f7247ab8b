"""What a payment or a cancellation asks before money moves: it may be given up, since it changes nothing anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.bill_form import Step
from screens.bill_panel import BillPanel
from screens.paid_before import PaidBeforeSheet
from screens.saying import Say, said, says
from screens.widgets.waiting import Waiting
from tellerdesk.bills.views import BillView
from tellerdesk.errors import TellerDeskError

if TYPE_CHECKING:
    from screens.bill_basket import BillBasket
    from screens.bill_payment import BillPayment
    from screens.money_task import SendingTask


class Looks:
    """One question at a time; the answer to one that was given up is not shown."""

    def __init__(self, screen: SendingTask | BillBasket) -> None:
        self._screen = screen
        self._number = 0

    def begin(self, whom: Say, otherwise: Say) -> int:
        """Waits for `whom`; the number tells this look from the ones given up."""
        screen = self._screen
        screen.busy = True
        screen.go.disabled = True
        self._number += 1
        screen.note()
        screen.query_one(Waiting).start(whom, None, otherwise)
        screen.refresh_keys()
        return self._number

    def ended(self, number: int) -> bool:
        """True where the look is still waited for; its screen is ready for the next key then."""
        if number != self._number or not self._screen.busy:
            return False
        self._screen.stop_waiting()
        return True

    def give_up(self) -> None:
        """What still comes of it is not shown."""
        self._number += 1
        self._screen.stop_waiting()


class LookUpTalk:
    """What is owed, asked of the biller."""

    def __init__(self, screen: BillPayment) -> None:
        self._screen = screen

    def look_up(self) -> None:
        """Asks about what was typed; a field that cannot be right says so instead."""
        screen = self._screen
        who, part = screen.desk_app.who, screen.who_part
        if screen.busy or who is None or (command := part.question()) is None or part.biller is None:
            return
        number = screen.looks.begin(said(part.biller.name), says("pay.otherwise.look_up"))
        screen.look(
            lambda desk: desk.bills.look_up(who, command),
            lambda bill: self._looked_up(bill, number),
            lambda error: self._not_looked_up(error, number),
        )

    def _looked_up(self, bill: BillView, number: int) -> None:
        screen = self._screen
        if not screen.looks.ended(number):
            return
        screen.form.bill = bill
        screen.desk_app.last_biller = bill.biller.code
        screen.who_part.settle(bill.consumer_no)
        screen.query_one(BillPanel).show(bill)
        screen.collect.start_over(bill)
        screen.show_step(Step.BILL)
        if bill.paid_before and screen.form.adding:
            screen.note(says("basket.asked_later"), "warn")
        elif bill.paid_before:
            screen.desk_app.desk_lock.lay(PaidBeforeSheet(bill.paid_before), self._knows_paid_before)

    def _not_looked_up(self, error: TellerDeskError, number: int) -> None:
        screen = self._screen
        if screen.looks.ended(number):
            screen.show_step(Step.WHO)
            screen.note()
            screen.complain(error, screen.who_part.fields())

    def _knows_paid_before(self, goes_on: bool | None) -> None:
        """Without a clear yes the customer is not charged again."""
        if goes_on:
            self._screen.form.knows_paid_before = True
            self._screen.focus_step(Step.BILL)
        else:
            self._screen.one_step_back(Step.BILL)
