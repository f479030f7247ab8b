"""Anything a day at the till can bring, in any order: Hypothesis picks what happens next, and the money is counted
after every step."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tellerdesk.approvals.commands import Withdraw
from tellerdesk.approvals.states import ApprovalState
from tellerdesk.approvals.views import ApprovalView
from tellerdesk.bills.commands import (
    AskAgain,
    AskCancellation,
    Cancel,
    CancelReason,
    ConfirmCashReturned,
    GoOn,
    PayBill,
    RetryReversal,
)
from tellerdesk.bills.views import BillView, PaymentView
from tellerdesk.demo.plan import BILLER
from tellerdesk.desk import CORE, new_request_id
from tellerdesk.documents.views import DocumentKind
from tellerdesk.errors import Conflict, CounterpartUnavailable, IllegalTransition, NotAllowed, Refused
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.questions.commands import Explain
from tellerdesk.questions.states import ExplainReason, Given
from tellerdesk.questions.views import OpenQuestion
from tellerdesk.sandbox.faults import Processed
from tellerdesk.staff.views import SignedOn
from tests.stateful.branch import told
from tests.stateful.customers import (
    ANY_TROUBLE,
    BACK_TROUBLE,
    LIVES,
    QUEUE,
    STEPS,
    TROUBLE,
    WELL,
    Customer,
    Trouble,
    customers,
)
from tests.stateful.trouble import FAULTS
from tests.stateful.watched_till import PICK, WatchedTill

_LINK = {"CORE": CORE, "BILLER": BILLER}


class PaymentMachine(WatchedTill):
    """A till, a teller, two counterparts, and everything that goes wrong between them."""

    @initialize(which=PICK, late_in_the_end=st.booleans(), queue=QUEUE)
    def set_up(self, which: int, late_in_the_end: bool, queue: list[Customer]) -> None:
        self.open_the_counter(which, late_in_the_end)
        self.a_queue_comes(queue)

    # -- the teller

    @rule(customer=customers())
    def a_customer_pays(self, customer: Customer) -> None:
        for endpoint, name, times in customer.trouble:
            self._goes_wrong(endpoint, name, times)
        bill = self.doing(lambda: self.branch.look_up(customer.consumer, customer.months))
        assert isinstance(bill, BillView | CounterpartUnavailable | Refused), bill
        if isinstance(bill, BillView):
            self.bills.append(bill)
            self._pay_bill(bill, customer)

    @rule(customer=customers(TROUBLE))
    def a_customer_pays_while_links_fail(self, customer: Customer) -> None:
        self.a_customer_pays(customer)

    @rule(customer=customers(WELL, STEPS))
    def a_customer_pays_and_the_desk_dies(self, customer: Customer) -> None:
        self.a_customer_pays(customer)

    @rule(customer=customers(TROUBLE, STEPS))
    def a_customer_pays_while_links_fail_and_the_desk_dies(self, customer: Customer) -> None:
        self.a_customer_pays(customer)

    @rule(queue=QUEUE)
    def a_queue_comes(self, queue: list[Customer]) -> None:
        for customer in queue:
            self.a_customer_pays(customer)

    @precondition(lambda self: self.bills)
    @rule(which=PICK)
    def a_bill_looked_up_earlier_is_paid(self, which: int) -> None:
        self._pay_bill(self.bills[which % len(self.bills)])

    @precondition(lambda self: self.commands)
    @rule(which=PICK)
    def pay_again_with_the_same_request(self, which: int) -> None:
        self._pay(self.commands[which % len(self.commands)])

    def _pay_bill(self, bill: BillView, customer: Customer | None = None) -> None:
        command = self.branch.command(bill)
        self.commands.append(command)
        self.months[command.request_id] = {f"{bill.consumer_no}|{line.period}" for line in bill.lines}
        self._pay(command, customer.killed_after if customer else None)
        serial = self.serials.get(command.request_id)
        if customer is not None and customer.approved is not None and serial in self.asked:
            self._decide(serial, approve=customer.approved)
            self._go_on(serial, customer.killed_after)
        if customer is not None and customer.back is not None and serial is not None:
            self._take_back(serial, customer.back, approved=True, steps=customer.killed_after)

    @precondition(lambda self: self.serials)
    @rule(which=PICK)
    def pay_with_the_same_request_and_other_contents(self, which: int) -> None:
        known = sorted(
            (each for each in self.commands if each.request_id in self.serials), key=lambda one: one.request_id
        )
        if not known:
            return
        command = known[which % len(known)]
        other = replace(command, tendered_fen=command.tendered_fen + 100)
        answer = self.doing(lambda: self.desk.bills.pay(self.branch.teller, other))
        assert answer is None or isinstance(answer, Conflict | NotAllowed), answer

    def _pay(self, command: PayBill, killed_after: int | None = None) -> None:
        answer = self.doing(lambda: self.desk.bills.pay(self.branch.teller, command), killed_after)
        if isinstance(answer, PaymentView):
            if answer.approval_id:
                self.asked[answer.serial] = answer.approval_id
            first = self.serials.setdefault(command.request_id, answer.serial)
            assert first == answer.serial, "one request, two payments"
        elif isinstance(answer, Conflict):
            assert answer.message_id != "error.payment.other_contents", answer
            assert any(self._stands_or_may(each) for each in self._overlapping(command)), "refused for no reason"
        else:
            assert answer is None or isinstance(answer, Refused), answer
        self.learn_serials()

    def _overlapping(self, command: PayBill) -> list[str]:
        mine = self.months[command.request_id]
        others = self.serials.items()
        return [serial for request, serial in others if request != command.request_id and self.months[request] & mine]

    def _stands_or_may(self, serial: str) -> bool:
        return self.branch.view(serial).word in {Word.PAID, Word.PROCESSING, Word.AWAITING}

    # -- a second person

    @precondition(lambda self: self.asked)
    @rule(which=PICK, approve=st.sampled_from((True, True, True, False)), steps=st.one_of(LIVES, STEPS))
    def a_supervisor_decides(self, which: int, approve: bool, steps: int | None) -> None:
        self._decide(self._asked_about(which), approve, steps)

    def _decide(self, serial: str, approve: bool, steps: int | None = None) -> None:
        answer = self.doing(lambda: self.branch.decide(self.asked[serial], approve), steps)
        assert answer is None or isinstance(answer, ApprovalView | Conflict | Refused), answer

    @precondition(lambda self: self.asked)
    @rule(which=PICK, steps=st.one_of(LIVES, STEPS))
    def the_teller_goes_on(self, which: int, steps: int | None) -> None:
        self._go_on(self._asked_about(which), steps)

    def _go_on(self, serial: str, steps: int | None = None) -> None:
        before = self.branch.view(serial)
        request = self.desk.approvals.approval(self.branch.teller, self.asked[serial])
        approved = request.state is ApprovalState.APPROVED
        answer = self.doing(lambda: self.desk.bills.go_on(self.branch.teller, GoOn(serial)), steps)
        assert answer is None or isinstance(answer, PaymentView | Refused), answer
        if before.word is Word.AWAITING and not approved:
            assert self.branch.view(serial).word in {Word.AWAITING, Word.FAILED}, "nobody has approved it"

    @precondition(lambda self: self.asked)
    @rule(which=PICK)
    def the_teller_withdraws(self, which: int) -> None:
        command = Withdraw(self.asked[self._asked_about(which)])
        answer = self.doing(lambda: self.desk.approvals.withdraw(self.branch.teller, command))
        assert answer is None or isinstance(answer, ApprovalView | Conflict), answer

    @rule(lifetime_s=st.sampled_from((0.0, 900.0)))
    def requests_live_so_long_from_now_on(self, lifetime_s: float) -> None:
        self.branch.rules.lifetime_s = lifetime_s

    def _asked_about(self, which: int) -> str:
        serials = sorted(self.asked)
        return serials[which % len(serials)]

    # -- a customer wants it back

    @precondition(lambda self: self.serials)
    @rule(
        which=PICK,
        trouble=BACK_TROUBLE,
        approved=st.sampled_from((True, True, True, False, None)),
        steps=st.one_of(LIVES, LIVES, STEPS),
    )
    def a_payment_is_taken_back(self, which: int, trouble: Trouble, approved: bool | None, steps: int | None) -> None:
        """Asked for, decided and carried out at once, or (None) left for later; the desk may die anywhere."""
        self._take_back(self.pick(which), trouble, approved, steps)

    def _take_back(self, serial: str, trouble: Trouble, approved: bool | None, steps: int | None) -> None:
        self._ask_back(serial, steps if approved is None else None)
        if approved is not None and serial in self.wanted_back:
            self._decide_back(serial, approved)
            for endpoint, name, times in trouble:
                self._goes_wrong(endpoint, name, times)
            self._cancel(serial, steps)

    @precondition(lambda self: self.wanted_back)
    @rule(which=PICK, approve=st.sampled_from((True, True, False)), steps=st.one_of(LIVES, STEPS))
    def a_supervisor_decides_on_a_cancellation(self, which: int, approve: bool, steps: int | None) -> None:
        self._decide_back(self._wanted_back(which), approve, steps)

    @precondition(lambda self: self.wanted_back)
    @rule(which=PICK, steps=st.one_of(LIVES, STEPS))
    def the_teller_cancels(self, which: int, steps: int | None) -> None:
        self._cancel(self._wanted_back(which), steps)

    @precondition(lambda self: self.wanted_back)
    @rule(which=PICK)
    def the_teller_withdraws_a_cancellation(self, which: int) -> None:
        command = Withdraw(self.wanted_back[self._wanted_back(which)])
        answer = self.doing(lambda: self.desk.approvals.withdraw(self.branch.teller, command))
        assert answer is None or isinstance(answer, ApprovalView | Conflict), answer

    def _ask_back(self, serial: str, steps: int | None = None) -> None:
        view = self.branch.view(serial)
        command = AskCancellation(
            *(new_request_id(), serial, view.consumer_no, view.amount_fen, CancelReason.PAID_TWICE), original_back=True
        )
        answer = self.doing(lambda: self.desk.bills.ask_cancellation(self.branch.teller, command), steps)
        assert answer is None or isinstance(answer, PaymentView | Refused | Conflict), answer
        found = self.branch.view(serial).cancellation
        if found is not None and found.approval_id:
            self.wanted_back[serial] = found.approval_id

    def _decide_back(self, serial: str, approve: bool, steps: int | None = None) -> None:
        answer = self.doing(lambda: self.branch.decide(self.wanted_back[serial], approve), steps)
        assert answer is None or isinstance(answer, ApprovalView | Conflict | Refused), answer

    def _cancel(self, serial: str, steps: int | None) -> None:
        before = self.branch.view(serial)
        request = self.desk.approvals.approval(self.branch.teller, self.wanted_back[serial])
        answer = self.doing(lambda: self.desk.bills.cancel(self.branch.teller, Cancel(serial)), steps)
        assert answer is None or isinstance(answer, PaymentView | Refused), answer
        if before.word is Word.PAID and request.state is not ApprovalState.APPROVED:
            assert self.branch.view(serial).word is Word.PAID, "nobody has approved it"

    def _wanted_back(self, which: int) -> str:
        serials = sorted(self.wanted_back)
        return serials[which % len(serials)]

    # -- the teller again

    @precondition(lambda self: self.serials)
    @rule(which=PICK)
    def ask_again(self, which: int) -> None:
        serial = self.pick(which)
        answer = self.doing(lambda: self.desk.bills.ask_again(self.branch.teller, AskAgain(serial)))
        assert answer is None or isinstance(answer, PaymentView), answer

    @precondition(lambda self: self.serials)
    @rule(which=PICK)
    def hand_the_cash_back(self, which: int) -> None:
        serial = self.pick(which)
        due = self.branch.view(serial).cash_return
        answer = self.doing(
            lambda: self.desk.bills.confirm_cash_returned(self.branch.teller, ConfirmCashReturned(serial))
        )
        if isinstance(answer, PaymentView):
            assert due is not CashReturn.NONE
            assert answer.cash_return is CashReturn.RETURNED
        else:
            assert answer is None or isinstance(answer, IllegalTransition | Conflict), answer

    @precondition(lambda self: self.serials)
    @rule(which=PICK)
    def retry_a_reversal(self, which: int) -> None:
        serial = self.pick(which)
        supervisor = self.branch.supervisor()
        answer = self.doing(lambda: self.desk.bills.retry_reversal(supervisor, RetryReversal(serial)))
        assert answer is None or isinstance(answer, PaymentView | IllegalTransition | Conflict), answer

    @precondition(lambda self: self.serials)
    @rule(which=PICK)
    def print_the_paper(self, which: int) -> None:
        serial = self.pick(which)
        paper = self.doing(lambda: self.desk.papers.issue(self.branch.teller, serial))
        if paper is not None and not isinstance(paper, Refused) and paper.kind is DocumentKind.BILL_RECEIPT:
            self.receipts.add(serial)

    def _explain_all(self, who: SignedOn, serials: list[str]) -> None:
        for serial in serials:
            said = Explain(new_request_id(), serial, ExplainReason.BILLER_SILENT, Given.PROCESSING_SLIP)
            answer = self.doing(partial(self.desk.questions.explain, who, said))
            assert isinstance(answer, OpenQuestion), answer

    @rule()
    def sign_off(self) -> None:
        who = self.branch.teller
        own = [question.serial for question in self.desk.questions.open(who) if question.own]
        answer = self.doing(lambda: self.desk.sign_off(who))
        assert isinstance(answer, Refused) == bool(own), f"signed off: {answer}, while {own} are open"
        if own:
            self._explain_all(who, own)
            self.doing(lambda: self.desk.sign_off(who))
        if self.commands:
            refused = told(lambda: self.desk.bills.pay(who, self.commands[-1]))
            assert isinstance(refused, NotAllowed), "paid by nobody"
        self.branch.who = None

    # -- the machine room

    @rule()
    def restart(self) -> None:
        self.branch.throw_away()
        self.branch.sign_on()

    @rule(trouble=ANY_TROUBLE)
    def links_fail(self, trouble: Trouble) -> None:
        for endpoint, name, times in trouble:
            self._goes_wrong(endpoint, name, times)

    def _goes_wrong(self, endpoint: str, name: str, times: int) -> None:
        fault = FAULTS[name]
        if endpoint == "BILLER_PAY" and fault.processed is Processed.TWICE and not self.branch.biller.dedupe:
            return  # the network's own double against a biller without memory: no desk can prevent it
        self.branch.wires[_LINK[endpoint.split("_")[0]]].faults[endpoint].extend([fault] * times)

    @rule(who=st.sampled_from(sorted(_LINK.values())))
    def a_late_message_arrives(self, who: str) -> None:
        self.branch.wires[who].deliver_late(1)

    @rule()
    def links_are_healed(self) -> None:
        self.heal()

    @rule()
    def recovery_sweeps(self) -> None:
        self.branch.let_time_pass(600)
        self.doing(lambda: self.desk.recovery.sweep())

    @rule(steps=STEPS)
    def recovery_sweeps_and_the_desk_dies(self, steps: int) -> None:
        self.branch.let_time_pass(600)
        self.doing(lambda: self.desk.recovery.sweep(), steps)

    @rule(seconds=st.sampled_from((1, 60)))
    def time_passes(self, seconds: int) -> None:
        self.branch.let_time_pass(seconds)

    @rule(minutes=st.sampled_from((-1440, -60, -9, 9, 60, 1440)))
    def somebody_sets_the_clock(self, minutes: int) -> None:
        """A little off is not noticed; far off and the counterparts refuse every signature."""
        self.branch.clock.set(self.branch.true_now() + timedelta(minutes=minutes))

    @rule()
    def the_clock_is_put_right(self) -> None:
        self.branch.clock.set(self.branch.true_now())

    @precondition(lambda self: self.rolled < 2)
    @rule()
    def core_rolls_the_day(self) -> None:
        self.rolled += 1
        self.branch.core.day += timedelta(days=1)
