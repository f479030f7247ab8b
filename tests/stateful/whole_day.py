"""Whole days of a branch, in any order: payments, cancellations, refunds, cash nobody took, and evenings.

Every step may meet a link that lies or a desk that dies. After each of them the money is counted; each evening all
books must agree, and the next day goes on with what the day before left behind.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tellerdesk.approvals.commands import Withdraw
from tellerdesk.approvals.views import ApprovalView
from tellerdesk.bills import states as payments
from tellerdesk.bills.commands import (
    AskAgain,
    AskCancellation,
    Cancel,
    CancelReason,
    ConfirmCashReturned,
)
from tellerdesk.bills.views import BillView, PaymentView
from tellerdesk.demo.plan import BILLER
from tellerdesk.desk import CORE, new_request_id
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds import states as refunds
from tellerdesk.refunds.commands import (
    AskAboutRefund,
    AskRefund,
    AskRefundApproval,
)
from tellerdesk.refunds.views import RefundView
from tests.stateful.branch import PRICES
from tests.stateful.evening import Trouble, WatchedBranch
from tests.stateful.trouble import FAULTS, OVERTAKEN, USUAL
from tests.stateful.watched_till import PICK
from tests.stateful.whole_branch import ACCOUNTS, CLOSED_ACCOUNT, CONSUMERS, TILLS, VILLAGE_CODE

_FAULT = st.one_of(st.sampled_from(USUAL), st.sampled_from(USUAL), st.sampled_from(tuple(FAULTS)))


def _goes_wrong(*endpoints: str) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Mostly nothing; otherwise a few of these endpoints, each with what happens to its next message."""
    some = st.lists(st.tuples(st.sampled_from(endpoints), _FAULT), min_size=1, max_size=3)
    return st.one_of(st.just([]), some)


_NOT_TAKEN, _STAYS = ("BILLER_PAY", "refused"), ("CORE_REVERSE", "refused")
PAYING = _goes_wrong("CORE_POST", "BILLER_PAY", "BILLER_PAY", "CORE_REVERSE", "BILLER_INQUIRE")
CANCELLING = _goes_wrong("BILLER_CANCEL", "CORE_REVERSE", "CORE_REVERSE", "BILLER_INQUIRE")
ASKING = st.one_of(st.just([]), st.just([("BILLER_CONSENT", "unheard")]), _goes_wrong("BILLER_CONSENT"))
BOOKING = _goes_wrong("CORE_BOOK")
DIES = st.one_of(st.none(), st.none(), st.integers(0, 25))
"""After so many steps the desk dies, if it does."""
TILL = st.sampled_from(TILLS)
Customer = tuple[str, str, int, Trouble, int | None]
"""Till, biller, who of its consumers, what goes wrong, and when the desk dies."""
CUSTOMER = st.tuples(TILL, st.sampled_from((BILLER, BILLER, VILLAGE_CODE)), PICK, PAYING, DIES)


def _is_paid(entry: dict[str, Any]) -> bool:
    return entry["state"] == payments.SUCCESS


def _is_cancellable(entry: dict[str, Any]) -> bool:
    return entry["counterpart"] == BILLER and entry["state"] in payments.CANCELLABLE


def _cash_is_due(entry: dict[str, Any]) -> bool:
    return entry["cash_return"] == CashReturn.DUE


class WholeDay(WatchedBranch):
    """Two tills, two billers and core, from morning to evening and on."""

    @initialize(queue=st.lists(CUSTOMER, max_size=3))
    def a_day_begins(self, queue: list[Customer]) -> None:
        """Everything there can be to take back comes early: a payment, cash that is due, a posting that stays, and one
        nobody can find out about."""
        self.begin()
        for nth, trouble in enumerate(([], [_NOT_TAKEN], [_NOT_TAKEN, _STAYS])):
            self.pays(TILLS[nth % 2], BILLER, nth, trouble, account=False)
        self.branch.wires[VILLAGE_CODE].faults["BILLER_PAY"].append(FAULTS["unheard"])
        self.pays(TILLS[1], VILLAGE_CODE, 0, [], account=False)
        self.customers_pay(queue)

    # -- payments

    @rule(queue=st.lists(CUSTOMER, min_size=1, max_size=4))
    def customers_pay(self, queue: list[Customer]) -> None:
        for till, code, nth, trouble, dies in queue:
            if code == VILLAGE_CODE:
                trouble = [(endpoint, fault) for endpoint, fault in trouble if endpoint.startswith("CORE")]
            self.pays(till, code, nth, trouble, nth % 3 == 0, dies)

    def pays(self, till: str, code: str, nth: int, trouble: Trouble, account: bool, dies: int | None = None) -> None:
        who, consumers = self.who(till), CONSUMERS[code]
        self.came += 1 + nth % 2
        place = self.came  # mostly somebody who has not paid yet
        month = sorted(PRICES)[place // len(consumers) % len(PRICES)]
        bill = self.does(lambda: self.branch.bill(who, code, consumers[place % len(consumers)], month), BillView)
        if not isinstance(bill, BillView):
            return  # the village has shut for the night
        order = self.branch.pay_order(bill, ACCOUNTS[nth % len(ACCOUNTS)] if account else "")
        self.does(lambda: self.desk.bills.pay(who, order), PaymentView, trouble=trouble, dies=dies)
        self.learn()

    @rule(till=TILL, nth=PICK)
    def the_biller_forgets_its_promise(self, till: str, nth: int) -> None:
        """Another desk finds nothing, has the biller promise to take nothing and undoes core; then it takes it."""
        self.links_are_healed()
        before = len(self.branch.cases())
        self.branch.wires[BILLER].faults["BILLER_PAY"].append(OVERTAKEN)
        known = set(self.payments)
        self.pays(till, BILLER, nth, [], account=nth % 2 == 0)
        undone = [entry for entry in self.branch.payments() if entry["serial"] not in known]
        assert len(self.branch.cases()) - before == len(undone), "heard, and no case"

    @rule(which=PICK, till=TILL, trouble=CANCELLING, dies=DIES, midnight=st.booleans())
    def a_payment_is_cancelled(self, which: int, till: str, trouble: Trouble, dies: int | None, midnight: bool) -> None:
        """Asked for and approved; it may be another day when it is carried out."""
        today = self.branch.core.day
        of_today = self.pick(which, lambda entry: _is_cancellable(entry) and entry["accounting_date"] == today)
        view = of_today or self.pick(which, _is_cancellable)
        if view is None:
            return
        who = self.who(till if which % 4 == 3 else view.till_no)
        wanted = (new_request_id(), view.serial, view.consumer_no, view.amount_fen, CancelReason.PAID_TWICE)
        order = AskCancellation(*wanted, original_back=True)
        self.asked_by[view.serial] = who.till_no
        asked = self.does(lambda: self.desk.bills.ask_cancellation(who, order), PaymentView)
        if not isinstance(asked, PaymentView) or asked.cancellation is None:
            return
        self.branch.approve(asked.cancellation.approval_id)
        if midnight and which % 5 == 0:
            self.core_rolls()
        self.does(lambda: self.desk.bills.cancel(who, Cancel(view.serial)), PaymentView, trouble=trouble, dies=dies)

    # -- cash that is due, and customers who have gone

    @rule(which=PICK, dies=DIES)
    def cash_goes_back(self, which: int, dies: int | None) -> None:
        view = self.pick(which, _cash_is_due)
        if view is not None:
            who, order = self.who(view.till_no), ConfirmCashReturned(view.serial)
            self.does(lambda: self.desk.bills.confirm_cash_returned(who, order), PaymentView, dies=dies)

    @rule(which=PICK, trouble=BOOKING, dies=DIES)
    def the_customer_has_gone(self, which: int, trouble: Trouble, dies: int | None) -> None:
        view = self.pick(which, lambda entry: _cash_is_due(entry) or entry["state"] in payments.SUSPENDABLE)
        if view is not None:
            self.suspends(view.serial, self.who(view.till_no), trouble, dies)

    # -- refunds of earlier days

    @rule(which=PICK, till=TILL, asking=ASKING, booking=BOOKING, dies=DIES)
    def a_payment_is_refunded(self, which: int, till: str, asking: Trouble, booking: Trouble, dies: int | None) -> None:
        """One of an earlier day; where there is none, core goes to its next day first, or the refund is refused."""
        early = self.pick(which, self.is_of_an_earlier_day)
        view = early or self.pick(which, _is_paid)
        if view is None:
            return
        if early is None and which % 4:
            self.core_rolls()
        who = self.who(till)
        wanted = (new_request_id(), view.serial, view.consumer_no, view.amount_fen, CancelReason.PAID_TWICE)
        order = AskRefund(*wanted, original_back=True)
        died = dies if which % 2 else None
        found = self.does(lambda: self.desk.refunds.ask(who, order), RefundView, trouble=asking, dies=died)
        if isinstance(found, RefundView):
            assert view.accounting_date != self.branch.core.day, "refunded on its own day"
            self.asked_by[found.serial] = who.till_no
            self.back.add(view.serial)
            self.decided_and_done(found, who, booking, dies)

    def is_of_an_earlier_day(self, entry: dict[str, Any]) -> bool:
        """And nobody has wanted it back yet."""
        return _is_paid(entry) and entry["accounting_date"] != self.branch.core.day and entry["serial"] not in self.back

    @rule(which=PICK, agree=st.sampled_from((True, True, False)), trouble=BOOKING, dies=DIES, midnight=st.booleans())
    def what_waits_goes_on(self, which: int, agree: bool, trouble: Trouble, dies: int | None, midnight: bool) -> None:
        """A refund that waits for people is decided, perhaps on another day than it was asked for; or withdrawn."""
        waiting = [view for view in self.owed() if view.state in {*refunds.AWAITING_APPROVAL, refunds.AGREED}]
        if not waiting:
            return
        view = waiting[which % len(waiting)]
        who = self.asker(view.serial, view.till_no)
        if midnight and which % 5 == 0:
            self.core_rolls()
        if view.state == refunds.AGREED:
            asked = self.does(lambda: self.desk.refunds.ask_approval(who, AskRefundApproval(view.serial)), RefundView)
            self.asked_by[view.serial] = who.till_no
            if not isinstance(asked, RefundView):
                return
            view = asked
        if agree:
            self.decided_and_done(view, who, trouble, dies)
        else:
            order = Withdraw(view.approval_id)
            self.does(lambda: self.desk.approvals.withdraw(who, order), ApprovalView, dies=dies)

    @rule(which=PICK, till=TILL, to=st.sampled_from(("", "", *ACCOUNTS, CLOSED_ACCOUNT)), trouble=BOOKING, dies=DIES)
    def somebody_fetches_the_money(self, which: int, till: str, to: str, trouble: Trouble, dies: int | None) -> None:
        """Against identity, to the hand or to an account; the desk may die before it goes over the counter."""
        due = [view for view in self.owed() if view.state == refunds.DUE]
        if due:
            self.pays_out(due[which % len(due)].serial, self.who(till), to, trouble, dies)

    @rule(which=PICK, gone=st.sampled_from((False, False, True)), trouble=BOOKING, dies=DIES)
    def the_money_goes_over_the_counter(self, which: int, gone: bool, trouble: Trouble, dies: int | None) -> None:
        """Or the customer has left before it did."""
        found = [view for view in self.owed() if view.cash_return is CashReturn.DUE]
        if found:
            view = found[which % len(found)]
            self.hands_over(view, gone, trouble, dies)

    # -- the machine room

    @rule(what=st.sampled_from(("sweep", "sweep", "ask", "late", "late", "heal", "roll")), which=PICK, dies=DIES)
    def in_the_machine_room(self, what: str, which: int, dies: int | None) -> None:
        """Recovery takes up what is due, somebody asks again, a late message arrives, links are well again, or core is
        at its next day while the tills still work."""
        if what == "sweep":
            self.branch.let_time_pass(300)
            self.does(lambda: self.desk.recovery.sweep() and None, dies=dies)
            self.learn()
        elif what == "ask":
            self.asks_again(which)
        elif what == "late":
            self.branch.wires[(CORE, BILLER)[which % 2]].deliver_late(1)
        elif what == "heal":
            self.links_are_healed()
        else:
            self.core_rolls()

    def asks_again(self, which: int) -> None:
        who, owed = self.branch.teller, self.owed()
        view = self.pick(which, lambda entry: payments.STATES[entry["state"]].word is Word.PROCESSING)
        if view is not None:
            self.does(lambda: self.desk.bills.ask_again(who, AskAgain(view.serial)), PaymentView)
        if owed:
            order = AskAboutRefund(owed[which % len(owed)].serial)
            self.does(lambda: self.desk.refunds.ask_again(who, order), RefundView)

    def core_rolls(self) -> None:
        self.branch.core.day += timedelta(days=1)

    @rule(hand_over=st.booleans())
    def evening_comes(self, hand_over: bool) -> None:
        self.evening(hand_over)
        self.branch.night_falls()
