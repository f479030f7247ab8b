"""Whole days of a branch, in any order: payments, cancellations, refunds, cash nobody took, and evenings.

Every step may meet a link that lies or a desk that dies. After each of them the money is counted; each evening all
books must agree, and the next day goes on with what the day before left behind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tellerdesk.approvals.commands import Withdraw
from tellerdesk.approvals.views import ApprovalView
from tellerdesk.bills import states as payments
from tellerdesk.bills.commands import (
    AskAgain,
    AskCancellation,
    Cancel,
    CancelReason,
    ConfirmCashReturned,
    Method,
    Person,
    RetryReversal,
)
from tellerdesk.bills.views import BillView, PaymentView
from tellerdesk.demo.plan import BILLER
from tellerdesk.desk import CORE, new_request_id
from tellerdesk.errors import Conflict, IllegalTransition, NotAllowed, Refused
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.questions import states as late
from tellerdesk.questions.commands import Explain, RetryQuestion
from tellerdesk.questions.states import ExplainReason, Given
from tellerdesk.refunds import states as refunds
from tellerdesk.refunds.commands import (
    AskAboutRefund,
    AskPayOut,
    AskRefund,
    AskRefundApproval,
    ConfirmHandedOver,
    GoOnWith,
    Suspend,
)
from tellerdesk.refunds.views import RefundView
from tellerdesk.staff.views import SignedOn
from tellerdesk.steps import no_hook
from tests.stateful.branch import PRICES, QUICK, told
from tests.stateful.day_books import at_every_moment, in_the_evening
from tests.stateful.trouble import FAULTS, OVERTAKEN, USUAL
from tests.stateful.watched_till import PICK, Killed, Place
from tests.stateful.whole_branch import ACCOUNTS, CLOSED_ACCOUNT, CONSUMERS, TILLS, VILLAGE_CODE, WholeBranch

_SOON_TIRED = QUICK.model_copy(update={"reversal_tries": 3})

PAYEE = Person("王晓燕", "11010519491231002X")
SWEEPS = 5
_NO = (Refused, Conflict, NotAllowed, IllegalTransition)

_FAULT = st.one_of(st.sampled_from(USUAL), st.sampled_from(USUAL), st.sampled_from(tuple(FAULTS)))


def _goes_wrong(*endpoints: str) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Mostly nothing; otherwise a few of these endpoints, each with what happens to its next message."""
    some = st.lists(st.tuples(st.sampled_from(endpoints), _FAULT), min_size=1, max_size=3)
    return st.one_of(st.just([]), some)


PAYING = _goes_wrong("CORE_POST", "BILLER_PAY", "BILLER_PAY", "CORE_REVERSE", "BILLER_INQUIRE")
CANCELLING = _goes_wrong("BILLER_CANCEL", "CORE_REVERSE", "CORE_REVERSE", "BILLER_INQUIRE")
ASKING = _goes_wrong("BILLER_CONSENT")
BOOKING = _goes_wrong("CORE_BOOK")
DIES = st.one_of(st.none(), st.none(), st.integers(0, 25))
"""After so many steps the desk dies, if it does."""
TILL = st.sampled_from(TILLS)
Trouble = list[tuple[str, str]]
Customer = tuple[str, str, int, Trouble, int | None]
"""Till, biller, who of its consumers, what goes wrong, and when the desk dies."""
CUSTOMER = st.tuples(TILL, st.sampled_from((BILLER, BILLER, VILLAGE_CODE)), PICK, PAYING, DIES)


def _is_paid(entry: dict[str, Any]) -> bool:
    return entry["state"] == payments.SUCCESS


def _cash_is_due(entry: dict[str, Any]) -> bool:
    return entry["cash_return"] == CashReturn.DUE


class WholeDay(RuleBasedStateMachine):
    """Two tills, two billers and core, from morning to evening and on."""

    def __init__(self, template: Path, place: Place, evenings: Counter[str]) -> None:
        super().__init__()
        self.template = template
        self.place = place
        self.evenings = evenings

    @initialize(queue=st.lists(CUSTOMER, min_size=2, max_size=4))
    def a_day_begins(self, queue: list[Customer]) -> None:
        self.payments: list[str] = []
        self.asked_by: dict[str, SignedOn] = {}
        """who asked for each cancellation, refund and pay-out last"""
        self.branch = WholeBranch.copy(
            self.template,
            self.place.folder,
            flows=_SOON_TIRED,
            stores=self.place.stores,
            stores_elsewhere=self.place.stores_elsewhere,
        )
        self.branch.sign_on()
        self.customers_pay(queue)

    def teardown(self) -> None:
        if hasattr(self, "branch"):
            try:
                self.evening(hand_over=True)
                self.place.rows.update(self.branch.rows_taken())
                self.place.payments.extend(self.payments)
            finally:
                self.branch.close()

    # -- how anything is done

    @property
    def desk(self) -> Any:
        return self.branch.desk

    def does(self, call: Callable[[], Any], *kinds: type, trouble: Trouble = (), dies: int | None = None) -> Any:  # type: ignore[assignment]
        """Does it as a screen would: one of `kinds`, a polite no, or None where the desk dies on the way."""
        for endpoint, fault in trouble:
            self.branch.wires[CORE if endpoint.startswith("CORE") else BILLER].faults[endpoint].append(FAULTS[fault])
        left = dies

        def burn(step: str) -> None:
            nonlocal left
            if left is not None:
                left -= 1
                if left < 0:
                    left = None
                    raise Killed(step)

        self.branch.hook = burn
        try:
            answer = told(call)
        except Killed as killed:
            note(f"killed at {killed}")
            self.branch.throw_away()
            answer = None
        finally:
            self.branch.hook = no_hook
        assert answer is None or isinstance(answer, (*kinds, *_NO)), answer
        if isinstance(answer, _NO):
            note(f"no: {answer.message_id}")
        return answer

    def who(self, till: str) -> SignedOn:
        return self.branch.tellers[till]

    def pick(self, which: int, wanted: Callable[[dict[str, Any]], bool]) -> PaymentView | None:
        """One of the payments whose entry is so now."""
        found = [entry["serial"] for entry in self.branch.payments() if wanted(entry)]
        return self.branch.view(found[which % len(found)]) if found else None

    def owed(self) -> list[RefundView]:
        """What the branch's own list shows."""
        found: list[RefundView] = list(self.desk.refunds.due(self.branch.teller))
        return found

    # -- payments

    @rule(queue=st.lists(CUSTOMER, min_size=1, max_size=4))
    def customers_pay(self, queue: list[Customer]) -> None:
        for till, code, nth, trouble, dies in queue:
            if code == VILLAGE_CODE:
                trouble = [(endpoint, fault) for endpoint, fault in trouble if endpoint.startswith("CORE")]
            self.pays(till, code, nth, trouble, nth % 3 == 0, dies)

    def pays(self, till: str, code: str, nth: int, trouble: Any, account: bool, dies: int | None = None) -> None:
        who, consumers = self.who(till), CONSUMERS[code]
        bill = self.branch.bill(who, code, consumers[nth % len(consumers)], sorted(PRICES)[nth % len(PRICES)])
        assert isinstance(bill, BillView)
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
        self.pays(till, BILLER, nth, (), account=nth % 2 == 0)
        undone = [entry for entry in self.branch.payments() if entry["serial"] not in known]
        assert len(self.branch.cases()) - before == len(undone), "heard, and no case"

    def learn(self) -> None:
        """Also of payments whose desk died before anyone was told."""
        self.payments = [entry["serial"] for entry in self.branch.payments()]

    @rule(which=PICK, till=TILL, trouble=CANCELLING, dies=DIES, midnight=st.booleans())
    def a_payment_is_cancelled(self, which: int, till: str, trouble: Trouble, dies: int | None, midnight: bool) -> None:
        """Asked for and approved; it may be another day when it is carried out."""
        view = self.pick(which, lambda entry: entry["state"] in payments.CANCELLABLE)
        if view is None:
            return
        who = self.who(till if which % 4 == 0 else view.till_no)
        wanted = (new_request_id(), view.serial, view.consumer_no, view.amount_fen, CancelReason.PAID_TWICE)
        order = AskCancellation(*wanted, original_back=True)
        self.asked_by[view.serial] = who
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

    def suspends(self, serial: str, who: SignedOn, trouble: Any = (), dies: int | None = None) -> None:
        view = self.does(lambda: self.desk.refunds.suspend(who, Suspend(new_request_id(), serial)), RefundView)
        if isinstance(view, RefundView):
            self.asked_by[view.serial] = who
            self.decided_and_done(view, who, trouble, dies)

    # -- refunds of earlier days

    @rule(which=PICK, till=TILL, asking=ASKING, booking=BOOKING, dies=DIES)
    def a_payment_is_refunded(self, which: int, till: str, asking: Trouble, booking: Trouble, dies: int | None) -> None:
        """Mostly one of an earlier day: others are refused."""
        today = self.branch.core.day
        early = self.pick(which, lambda entry: _is_paid(entry) and entry["accounting_date"] != today)
        view = early or self.pick(which, _is_paid)
        if view is None:
            return
        who = self.who(till)
        wanted = (new_request_id(), view.serial, view.consumer_no, view.amount_fen, CancelReason.PAID_TWICE)
        order = AskRefund(*wanted, original_back=True)
        died = dies if which % 2 else None
        found = self.does(lambda: self.desk.refunds.ask(who, order), RefundView, trouble=asking, dies=died)
        if isinstance(found, RefundView):
            assert view.accounting_date != today, "refunded on its own day"
            self.asked_by[found.serial] = who
            self.decided_and_done(found, who, booking, dies)

    def decided_and_done(self, view: RefundView, who: SignedOn, trouble: Any = (), dies: int | None = None) -> None:
        """Everybody asked agrees, and who asked carries it out."""
        if view.state not in refunds.AWAITING_APPROVAL:
            return
        self.branch.approve(view.approval_id)
        order = GoOnWith(view.serial)
        self.does(lambda: self.desk.refunds.go_on(who, order), RefundView, trouble=trouble, dies=dies)

    @rule(which=PICK, agree=st.sampled_from((True, True, False)), trouble=BOOKING, dies=DIES, midnight=st.booleans())
    def what_waits_goes_on(self, which: int, agree: bool, trouble: Trouble, dies: int | None, midnight: bool) -> None:
        """A refund that waits for people is decided, perhaps on another day than it was asked for; or withdrawn."""
        waiting = [view for view in self.owed() if view.state in {*refunds.AWAITING_APPROVAL, refunds.AGREED}]
        if not waiting:
            return
        view = waiting[which % len(waiting)]
        who = self.asked_by.get(view.serial, self.who(view.till_no))
        if midnight and which % 5 == 0:
            self.core_rolls()
        if view.state == refunds.AGREED:
            asked = self.does(lambda: self.desk.refunds.ask_approval(who, AskRefundApproval(view.serial)), RefundView)
            self.asked_by[view.serial] = who
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

    def pays_out(self, serial: str, who: SignedOn, to: str, trouble: Any = (), dies: int | None = None) -> None:
        method = Method.ACCOUNT if to else Method.CASH
        order = AskPayOut(new_request_id(), serial, method, PAYEE, account_no=to)
        view = self.does(lambda: self.desk.refunds.ask_pay_out(who, order), RefundView)
        if isinstance(view, RefundView):
            self.asked_by[serial] = who
            self.decided_and_done(view, who, trouble, dies)

    @rule(which=PICK, gone=st.sampled_from((False, False, True)), trouble=BOOKING, dies=DIES)
    def the_money_goes_over_the_counter(self, which: int, gone: bool, trouble: Trouble, dies: int | None) -> None:
        """Or the customer has left before it did."""
        found = [view for view in self.owed() if view.cash_return is CashReturn.DUE]
        if found:
            view = found[which % len(found)]
            self.hands_over(view, gone, trouble, dies)

    def hands_over(self, view: RefundView, gone: bool, trouble: Any = (), dies: int | None = None) -> None:
        who = self.asked_by.get(view.serial, self.who(view.till_no))
        if gone:
            self.suspends(view.serial, who, trouble, dies)
        else:
            order = ConfirmHandedOver(view.serial)
            self.does(lambda: self.desk.refunds.confirm_handed_over(who, order), RefundView, dies=dies)

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

    def links_are_healed(self) -> None:
        for wire in self.branch.wires.values():
            wire.heal()

    def core_rolls(self) -> None:
        self.branch.core.day += timedelta(days=1)

    @rule(hand_over=st.booleans())
    def evening_comes(self, hand_over: bool) -> None:
        self.evening(hand_over)
        self.branch.night_falls()

    # -- what must hold

    @invariant()
    def the_money_is_right(self) -> None:
        if hasattr(self, "branch"):
            flaws = at_every_moment(self.branch)
            assert not flaws, flaws

    def evening(self, hand_over: bool) -> None:
        """Nothing fails any more, what is late arrives, people do their part, and all books are held together."""
        self.links_are_healed()
        for wire in self.branch.wires.values():
            wire.deliver_late()
        self._sweeps()
        self._people_do_their_part(hand_over)
        self._sweeps()
        self.the_money_is_right()
        flaws = in_the_evening(self.branch)
        assert not flaws, flaws
        self._nothing_is_left_over()
        self._tellers_leave()
        self.evenings.update(view.state for view in self.owed())
        self.evenings["evenings"] += 1

    def _sweeps(self) -> None:
        for _ in range(SWEEPS):
            self.branch.let_time_pass(300)
            self.desk.recovery.sweep()
        self.learn()

    def _people_do_their_part(self, hand_over: bool) -> None:
        for view in map(self.branch.view, self.payments):
            who = self.who(view.till_no)
            if view.state in payments.AWAITING_CANCELLATION and view.cancellation is not None:
                asker = self.asked_by.get(view.serial, who)
                self.desk.approvals.withdraw(asker, Withdraw(view.cancellation.approval_id))
            if view.state in payments.SUSPENDABLE:
                view = self.desk.bills.retry_reversal(self.branch.supervisor(), RetryReversal(view.serial))
                if view.state in payments.SUSPENDABLE:
                    self.suspends(view.serial, who)
            if view.cash_return is CashReturn.DUE and hand_over:
                self.desk.bills.confirm_cash_returned(who, ConfirmCashReturned(view.serial))
            elif view.cash_return is CashReturn.DUE:
                self.suspends(view.serial, who)
        for case in self.branch.cases():
            if case["state"] == late.STAYS_PAID:
                self.desk.questions.retry(self.branch.supervisor(), RetryQuestion(case["serial"]))
        for _ in range(3):  # what is done brings the next thing to do
            for owed in self.owed():
                self._does_what_is_next(owed, hand_over)

    def _does_what_is_next(self, view: RefundView, hand_over: bool) -> None:
        who = self.asked_by.get(view.serial, self.who(view.till_no))
        if view.state == refunds.AGREED:
            view = self.desk.refunds.ask_approval(who, AskRefundApproval(view.serial))
        if view.state in refunds.AWAITING_APPROVAL:
            self.decided_and_done(view, who)
        elif view.state == refunds.DUE and hand_over:
            self.pays_out(view.serial, who, "")
        elif view.cash_return is CashReturn.DUE:
            self.hands_over(view, gone=not hand_over)

    def _nothing_is_left_over(self) -> None:
        """But what lies in refunds payable overnight, and payments whose end only a person can find out."""
        for entry in self.branch.payments():
            assert payments.STATES[entry["state"]].terminal or self._waits_for_a_person(entry), entry
            assert entry["cash_return"] not in {CashReturn.DUE, CashReturn.SUSPENDING}, entry
        for owed in self.owed():
            assert owed.state == refunds.DUE, owed

    def _waits_for_a_person(self, entry: dict[str, Any]) -> bool:
        """The village cannot be asked; and what a biller does not find is undone on its own day only."""
        if entry["state"] != payments.BILLER_UNKNOWN:
            return False
        found = any(booking.serial == entry["serial"] for booking in self.branch.biller.bookings)
        over = bool(entry["accounting_date"] < self.branch.core.day)
        return bool(entry["counterpart"] == VILLAGE_CODE) or (over and not found)

    def _tellers_leave(self) -> None:
        """Nobody who has an own open question leaves before saying why it is open."""
        waiting = Counter(entry["teller_no"] for entry in self.branch.payments() if self._waits_for_a_person(entry))
        for who in list(self.branch.tellers.values()):
            unsaid = {each.serial for each in self.desk.questions.open(who) if each.own}
            assert self.desk.questions.own_count(who) == len(unsaid) <= waiting[who.staff_no]
            left = told(lambda: self.desk.sign_off(who))  # noqa: B023
            assert isinstance(left, Refused) is bool(unsaid), left
            for serial in unsaid:
                said = Explain(new_request_id(), serial, ExplainReason.BILLER_SILENT, Given.PROCESSING_SLIP)
                assert self.desk.questions.explain(who, said).explained is not None
            if unsaid:
                self.desk.sign_off(who)
            self.evenings["explained"] += len(unsaid)
        self.branch.sign_on()
