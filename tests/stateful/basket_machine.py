"""Customers who bring several bills at once, among everything else a day can bring: each bill fares by itself, and the
customer gets back what does not stand, once."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from tellerdesk.approvals.commands import Withdraw
from tellerdesk.bills import states
from tellerdesk.bills.basket_commands import BasketBill, GoOnWithBasket, HandOver, PayBasket
from tellerdesk.bills.basket_views import BasketView
from tellerdesk.bills.views import BillView, PaymentView
from tellerdesk.desk import new_request_id
from tellerdesk.documents.views import DocumentKind
from tellerdesk.errors import Conflict, NotAllowed, Refused
from tellerdesk.journal.states import CashReturn, Word
from tests.stateful.branch import told
from tests.stateful.customers import LIVES, QUEUE, STEPS, Customer
from tests.stateful.payment_machine import PaymentMachine
from tests.stateful.watched_till import PICK

DIES = st.one_of(LIVES, st.integers(0, 40))
"""After so many steps; a basket has more of them than a payment."""


class BasketMachine(PaymentMachine):
    """`booked` is, by basket, whose cash went out of the till when it was handed over."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.baskets: list[PayBasket] = []
        self.booked: dict[str, set[str]] = {}
        self.back_before: set[str] = set()

    # -- the teller

    @rule(queue=QUEUE)
    def a_queue_comes(self, queue: list[Customer]) -> None:
        """Each run begins with a basket: of all who come."""
        self.somebody_brings_several_bills(
            queue, next((each.killed_after for each in queue if each.killed_after), None)
        )

    @rule(queue=QUEUE, steps=DIES)
    def somebody_brings_several_bills(self, queue: list[Customer], steps: int | None) -> None:
        """One customer with the bills, and the trouble, of some."""
        bills = [self.doing(partial(self.branch.look_up, each.consumer, each.months)) for each in queue]
        found = [bill for bill in bills if isinstance(bill, BillView)]
        if not found:
            return
        for endpoint, name, times in (trouble for each in queue for trouble in each.trouble):
            self._goes_wrong(endpoint, name, times)
        asked = tuple(BasketBill(new_request_id(), bill.quote_id, bill.total_fen) for bill in found)
        for one, bill in zip(asked, found, strict=True):
            self.months[one.request_id] = {f"{bill.consumer_no}|{line.period}" for line in bill.lines}
        self.baskets.append(PayBasket(new_request_id(), asked, sum(bill.total_fen for bill in found) + 600))
        self._pay_basket(self.baskets[-1], steps)
        for one, customer in zip(asked, queue, strict=False):
            serial = self.serials.get(one.request_id)
            if serial in self.asked and customer.approved is not None:
                self._decide(serial, approve=customer.approved)
                self._go_on(serial, customer.killed_after)

    @precondition(lambda self: self.baskets)
    @rule(which=PICK, steps=DIES)
    def the_key_of_a_basket_is_pressed_again(self, which: int, steps: int | None) -> None:
        self._pay_basket(self.baskets[which % len(self.baskets)], steps)

    @precondition(lambda self: self.baskets)
    @rule(which=PICK, steps=DIES)
    def a_basket_that_was_left_is_gone_on_with(self, which: int, steps: int | None) -> None:
        command = GoOnWithBasket(self.baskets[which % len(self.baskets)].basket_id)
        answer = self.doing(lambda: self.desk.baskets.go_on(self.branch.teller, command), steps)
        assert answer is None or isinstance(answer, BasketView | Refused), answer
        self._learn_from(answer)

    @precondition(lambda self: self.baskets)
    @rule(which=PICK, steps=st.one_of(LIVES, STEPS), off_fen=st.sampled_from((0, 0, 0, 1)))
    def a_basket_is_handed_over(self, which: int, steps: int | None, off_fen: int) -> None:
        self._hand_over(self.baskets[which % len(self.baskets)].basket_id, steps, off_fen)

    @precondition(lambda self: self.baskets)
    @rule(which=PICK, combined=st.booleans())
    def the_papers_of_a_basket_are_printed(self, which: int, combined: bool) -> None:
        basket_id = self.baskets[which % len(self.baskets)].basket_id
        papers = self.doing(lambda: self.desk.basket_papers.issue(self.branch.teller, basket_id, combined))
        assert isinstance(papers, tuple | Refused), papers
        if isinstance(papers, tuple) and any(each.kind is not DocumentKind.PROCESSING_SLIP for each in papers):
            view = self.desk.baskets.basket(self.branch.teller, basket_id)
            self.receipts |= {each.serial for each in view.of(Word.PAID) if each.cancellation is None}

    @rule()
    def sign_off(self) -> None:
        """Questions are explained first, then baskets settled: with neither nobody leaves."""
        who = self.branch.teller
        self._explain_all(who, [question.serial for question in self.desk.questions.open(who) if question.own])
        left = [view for view in self.desk.baskets.left_open(who) if not view.cash.due_fen and not self._held(view)]
        answer = self.doing(lambda: self.desk.sign_off(who))
        assert isinstance(answer, Refused) == bool(left), f"signed off: {answer}, while {left} are open"
        if left:
            for view in left:
                self._settle(view.basket_id)
            answer = self.doing(lambda: self.desk.sign_off(who))
            assert answer is None, f"settled {left}, and still here: {answer}"
        if self.baskets:
            refused = told(lambda: self.desk.baskets.pay(who, self.baskets[-1]))
            assert isinstance(refused, NotAllowed), "paid by nobody"
        self.branch.who = None

    def _pay_basket(self, command: PayBasket, steps: int | None) -> None:
        answer = self.doing(lambda: self.desk.baskets.pay(self.branch.teller, command), steps)
        assert answer is None or isinstance(answer, BasketView | Refused | Conflict), answer
        self._learn_from(answer)
        self.learn_serials()

    def _learn_from(self, answer: object) -> None:
        if isinstance(answer, BasketView):
            for payment in answer.of(Word.AWAITING):
                self.asked[payment.serial] = payment.approval_id

    def _hand_over(self, basket_id: str, steps: int | None = None, off_fen: int = 0) -> None:
        before = told(lambda: self.desk.baskets.basket(self.branch.teller, basket_id))
        if not isinstance(before, BasketView):
            return  # nothing of it was begun
        self.what_was_counted_is_accounted_for()
        command = HandOver(basket_id, before.cash.to_hand_over_fen + off_fen)
        answer = self.doing(lambda: self.desk.baskets.hand_over(self.branch.teller, command), steps)
        assert answer is None or isinstance(answer, BasketView | Refused | Conflict), answer
        if isinstance(answer, BasketView) and before.handed_fen is None:
            assert not off_fen, "a figure nobody was shown was booked"
        self.what_was_counted_is_accounted_for()

    def _settle(self, basket_id: str) -> None:
        """No dead worker holds anything any more; what waits for an approval is given up, and the customer gets what is
        due."""
        self.branch.let_time_pass(600)
        for payment in self.desk.baskets.basket(self.branch.teller, basket_id).of(Word.AWAITING):
            self._withdraw(payment)
        self._hand_over(basket_id)

    def _withdraw(self, payment: PaymentView) -> None:
        self.doing(lambda: self.desk.approvals.withdraw(self.branch.teller, Withdraw(payment.approval_id)))

    def _held(self, view: BasketView) -> bool:
        """Cash of one of its bills is about to be booked elsewhere."""
        return any(
            line.payment is not None and line.payment.cash_return is CashReturn.SUSPENDING for line in view.lines
        )

    # -- what must hold

    @invariant()
    def what_was_counted_is_accounted_for(self) -> None:
        """Until it is handed over, every fen that was counted is somewhere. From then on the figure never changes, and
        is what was counted less what stood or might, and less what had gone back bill by bill."""
        if not hasattr(self, "branch"):
            return
        back = set(self.back_before)
        for asked in self.baskets:
            view = told(lambda asked=asked: self.desk.baskets.basket(self.branch.teller, asked.basket_id))
            if not isinstance(view, BasketView):
                continue
            payments = [line.payment for line in view.lines if line.payment is not None]
            returned = {each.serial for each in payments if each.cash_return is CashReturn.RETURNED}
            taken = [each for each in payments if each.state not in {states.ABORTED, states.PENDING_APPROVAL}]
            if view.handed_fen is None:
                kept = [each for each in taken if each.cash_return is not CashReturn.DUE]
                counted = view.cash.to_hand_over_fen + view.cash.waiting_fen + sum(each.amount_fen for each in kept)
                assert counted == view.tendered_fen, view
            else:
                booked = self.booked.setdefault(view.basket_id, returned - self.back_before)
                kept = [each for each in taken if each.serial not in booked]
                assert view.handed_fen == view.tendered_fen - sum(each.amount_fen for each in kept), view
                assert view.cash.to_hand_over_fen == 0
            back |= returned
        self.back_before = back

    def everything_ends_once_nothing_is_wrong(self) -> None:
        """Customers who still stand there get what is due: by chance at once, or once more is known."""
        if not self.late_in_the_end:
            self.heal()
            self.branch.clock.set(self.branch.true_now())
            self.branch.sweep()
        for view in self.desk.baskets.left_open(self.branch.teller):
            self._settle(view.basket_id)
        super().everything_ends_once_nothing_is_wrong()
        for view in self.desk.baskets.left_open(self.branch.teller):
            self._hand_over(view.basket_id)
        assert self.desk.baskets.left_open(self.branch.teller) == ()
