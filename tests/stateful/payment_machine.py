"""Anything a day at the till can bring, in any order: Hypothesis picks what happens next, and the money is counted
after every step."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tellerdesk.bills import states
from tellerdesk.bills.commands import AskAgain, ConfirmCashReturned, PayBill, RetryReversal
from tellerdesk.bills.views import BillView, PaymentView
from tellerdesk.demo.plan import BILLER
from tellerdesk.desk import CORE
from tellerdesk.documents.views import DocumentKind
from tellerdesk.errors import Conflict, CounterpartUnavailable, IllegalTransition, NotAllowed, Refused
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.sandbox.faults import Processed
from tellerdesk.steps import no_hook
from tests.stateful.branch import CONSUMERS, PRICES, Branch, told
from tests.stateful.conservation import effects, flaws
from tests.stateful.trouble import FAULTS
from tests.stateful.wire import Fault

ABLE: dict[str, Any] = {}
"""The biller as it comes: it remembers ids, can be asked, and can be told to forget."""
POOR = (
    {"tombstone": False},
    {"tombstone": False, "dedupe": False},
    {"tombstone": False, "dedupe": False, "inquiry": False},
    {"tombstone": False, "message_validity_s": 600},
)
"""Billers that lack something; where nothing can be proven a person has to find out."""

SWEEPS = 5
"""After so many of them everything has come to its end once nothing is wrong any more."""

_LINK = {"CORE": CORE, "BILLER": BILLER}
_ENDPOINTS = (
    *("CORE_POST", "CORE_INQUIRE", "CORE_REVERSE", "CORE_ACCOUNTING_DATE"),
    *("BILLER_QUERY", "BILLER_PAY", "BILLER_INQUIRE", "BILLER_TOMBSTONE"),
)
_FAULT = st.sampled_from(FAULTS)
_ASKED_LATER = ("CORE_INQUIRE", "CORE_REVERSE", "BILLER_INQUIRE", "BILLER_TOMBSTONE", "CORE_ACCOUNTING_DATE")
_LATER = st.lists(st.tuples(st.sampled_from(_ASKED_LATER), _FAULT, st.integers(1, 3)), max_size=3)
_TROUBLE = st.one_of(
    st.builds(lambda fault, later: [("CORE_POST", fault, 1), *later], _FAULT, _LATER),
    st.builds(lambda fault, later: [("BILLER_PAY", fault, 1), *later], _FAULT, _LATER),
    st.builds(lambda fault, later: [("BILLER_PAY", fault, 1), *later], _FAULT, _LATER),
    st.lists(st.tuples(st.sampled_from(_ENDPOINTS), _FAULT, st.integers(1, 3)), min_size=1, max_size=3),
)
"""What goes wrong with the next messages: the endpoint, how, and how often."""
_MONTHS = st.lists(st.sampled_from(sorted(PRICES)), min_size=1, max_size=2, unique=True).map(lambda m: tuple(sorted(m)))
_CONSUMER = st.sampled_from(CONSUMERS)
_STEPS = st.integers(0, 20)
_PICK = st.integers(0, 1_000)

Trouble = list[tuple[str, Fault, int]]


class Killed(BaseException):
    """The process is gone at this step. Nothing catches it."""


class PaymentMachine(RuleBasedStateMachine):
    """A till, a teller, two counterparts, and everything that goes wrong between them."""

    def __init__(self, template: Path, billers: tuple[dict[str, Any], ...]) -> None:
        super().__init__()
        self.template = template
        self.billers = billers
        self.bills: list[BillView] = []
        self.commands: list[PayBill] = []
        self.months: dict[str, set[str]] = {}
        """what each request id asked to pay, "consumer|month" """
        self.serials: dict[str, str] = {}
        """the serial each request id was told"""
        self.receipts: set[str] = set()
        self.rolled = 0

    @initialize(which=_PICK)
    def set_up(self, which: int) -> None:
        self.able = self.billers[which % len(self.billers)]
        self.branch = Branch.copy(self.template, capabilities=self.able)
        self.branch.sign_on()

    def teardown(self) -> None:
        if hasattr(self, "branch"):
            try:
                self.everything_ends_once_nothing_is_wrong()
            finally:
                self.branch.close()

    def doing(self, call: Callable[[], Any], killed_after: int | None = None) -> Any:
        """Does it as a screen would; None where the process is killed on the way, after so many steps."""
        left = killed_after

        def burn(step: str) -> None:
            nonlocal left
            if left is not None:
                left -= 1
                if left < 0:
                    left = None
                    raise Killed(step)

        _ = self.branch.teller  # signed on before anything burns
        self.branch.hook = burn
        try:
            return told(call)
        except Killed as killed:
            note(f"killed at {killed}")
            self.branch.throw_away()
            return None
        finally:
            self.branch.hook = no_hook

    def pick(self, which: int) -> str:
        """One of the serials there are."""
        serials = sorted(self.serials.values())
        return serials[which % len(serials)]

    @property
    def desk(self) -> Any:
        return self.branch.desk

    # -- the teller

    @rule(consumer=_CONSUMER, months=_MONTHS)
    def a_customer_pays(self, consumer: str, months: tuple[str, ...]) -> None:
        self._customer(consumer, months)

    @rule(consumer=_CONSUMER, months=_MONTHS, trouble=_TROUBLE)
    def a_customer_pays_while_links_fail(self, consumer: str, months: tuple[str, ...], trouble: Trouble) -> None:
        self._customer(consumer, months, trouble)

    @rule(consumer=_CONSUMER, months=_MONTHS, steps=_STEPS)
    def a_customer_pays_and_the_desk_dies(self, consumer: str, months: tuple[str, ...], steps: int) -> None:
        self._customer(consumer, months, killed_after=steps)

    @rule(consumer=_CONSUMER, months=_MONTHS, trouble=_TROUBLE, steps=_STEPS)
    def a_customer_pays_while_links_fail_and_the_desk_dies(
        self, consumer: str, months: tuple[str, ...], trouble: Trouble, steps: int
    ) -> None:
        self._customer(consumer, months, trouble, steps)

    def _customer(
        self, consumer: str, months: tuple[str, ...], trouble: Trouble = (), killed_after: int | None = None
    ) -> None:
        for endpoint, fault, times in trouble:
            self._goes_wrong(endpoint, fault, times)
        bill = self.doing(lambda: self.branch.look_up(consumer, months))
        assert isinstance(bill, BillView | CounterpartUnavailable | Refused), bill
        if isinstance(bill, BillView):
            self.bills.append(bill)
            self._pay_bill(bill, killed_after)

    @precondition(lambda self: self.bills)
    @rule(which=_PICK)
    def a_bill_looked_up_earlier_is_paid(self, which: int) -> None:
        self._pay_bill(self.bills[which % len(self.bills)])

    @precondition(lambda self: self.commands)
    @rule(which=_PICK)
    def pay_again_with_the_same_request(self, which: int) -> None:
        self._pay(self.commands[which % len(self.commands)])

    def _pay_bill(self, bill: BillView, killed_after: int | None = None) -> None:
        command = self.branch.command(bill)
        self.commands.append(command)
        self.months[command.request_id] = {f"{bill.consumer_no}|{line.period}" for line in bill.lines}
        self._pay(command, killed_after)

    @precondition(lambda self: self.serials)
    @rule(which=_PICK)
    def pay_with_the_same_request_and_other_contents(self, which: int) -> None:
        request_ids = sorted(self.serials)
        known = request_ids[which % len(request_ids)]
        command = next(each for each in self.commands if each.request_id == known)
        other = dataclasses.replace(command, tendered_fen=command.tendered_fen + 100)
        answer = self.doing(lambda: self.desk.bills.pay(self.branch.teller, other))
        assert answer is None or isinstance(answer, Conflict | NotAllowed), answer

    def _pay(self, command: PayBill, killed_after: int | None = None) -> None:
        answer = self.doing(lambda: self.desk.bills.pay(self.branch.teller, command), killed_after)
        if isinstance(answer, PaymentView):
            first = self.serials.setdefault(command.request_id, answer.serial)
            assert first == answer.serial, "one request, two payments"
        elif isinstance(answer, Conflict):
            assert answer.message_id != "error.payment.other_contents", answer
            assert any(self._stands_or_may(each) for each in self._overlapping(command)), "refused for no reason"
        else:
            assert answer is None or isinstance(answer, Refused), answer
        self._learn_serials()

    def _overlapping(self, command: PayBill) -> list[str]:
        mine = self.months[command.request_id]
        others = self.serials.items()
        return [serial for request, serial in others if request != command.request_id and self.months[request] & mine]

    def _stands_or_may(self, serial: str) -> bool:
        return self.branch.view(serial).word in {Word.PAID, Word.PROCESSING}

    def _learn_serials(self) -> None:
        """Also of those that were killed before anyone was told."""
        for request_id, serial in self.branch.serials():
            assert self.serials.setdefault(request_id, serial) == serial

    @precondition(lambda self: self.serials)
    @rule(which=_PICK)
    def ask_again(self, which: int) -> None:
        serial = self.pick(which)
        answer = self.doing(lambda: self.desk.bills.ask_again(self.branch.teller, AskAgain(serial)))
        assert answer is None or isinstance(answer, PaymentView), answer

    @precondition(lambda self: self.serials)
    @rule(which=_PICK)
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
    @rule(which=_PICK)
    def retry_a_reversal(self, which: int) -> None:
        serial = self.pick(which)
        supervisor = self.branch.supervisor()
        answer = self.doing(lambda: self.desk.bills.retry_reversal(supervisor, RetryReversal(serial)))
        assert answer is None or isinstance(answer, PaymentView | IllegalTransition | Conflict), answer

    @precondition(lambda self: self.serials)
    @rule(which=_PICK)
    def print_the_paper(self, which: int) -> None:
        serial = self.pick(which)
        paper = self.doing(lambda: self.desk.papers.issue(self.branch.teller, serial))
        if paper is not None and not isinstance(paper, Refused) and paper.kind is DocumentKind.BILL_RECEIPT:
            self.receipts.add(serial)

    @rule()
    def sign_off(self) -> None:
        who = self.branch.teller
        self.doing(lambda: self.desk.sign_off(who))
        if self.commands:
            refused = told(lambda: self.desk.bills.pay(who, self.commands[-1]))
            assert isinstance(refused, NotAllowed) or self.branch.who is None, "paid by nobody"
        self.branch.who = None

    # -- the machine room

    @rule()
    def restart(self) -> None:
        self.branch.throw_away()
        self.branch.sign_on()

    @rule(trouble=_TROUBLE)
    def links_fail(self, trouble: Trouble) -> None:
        for endpoint, fault, times in trouble:
            self._goes_wrong(endpoint, fault, times)

    def _goes_wrong(self, endpoint: str, fault: Fault, times: int) -> None:
        if endpoint == "BILLER_PAY" and fault.processed is Processed.TWICE and not self.branch.biller.dedupe:
            return  # the network's own double against a biller without memory: no desk can prevent it
        self.branch.wires[_LINK[endpoint.split("_")[0]]].faults[endpoint].extend([fault] * times)

    @rule(who=st.sampled_from(sorted(_LINK.values())))
    def a_late_message_arrives(self, who: str) -> None:
        self.branch.wires[who].deliver_late(1)

    @rule()
    def heal(self) -> None:
        for wire in self.branch.wires.values():
            wire.heal()

    @rule()
    def recovery_sweeps(self) -> None:
        self.branch.let_time_pass(600)
        self.doing(lambda: self.desk.recovery.sweep())

    @rule(steps=_STEPS)
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

    # -- what must hold

    @invariant()
    def the_money_is_right(self) -> None:
        if not hasattr(self, "branch"):
            return
        core, biller = self.branch.core, self.branch.biller
        self._learn_serials()
        wrong = flaws(self.desk.store, effects(core.bookings), effects(biller.bookings), self.months)
        assert not wrong, wrong
        assert sum(core.accounts.values()) == 0
        assert core.accounts[f"IN-{BILLER}"] == sum(booking.fen for booking in core.bookings)

    @invariant()
    def a_receipt_is_never_untrue(self) -> None:
        for serial in self.receipts:
            assert self.branch.view(serial).word is Word.PAID

    def everything_ends_once_nothing_is_wrong(self) -> None:
        """What was under way arrives, nothing fails any more, and recovery has five sweeps."""
        self.heal()
        self.the_clock_is_put_right()
        for wire in self.branch.wires.values():
            wire.deliver_late()
        self.branch.sweep(SWEEPS)
        self.the_money_is_right()
        self._learn_serials()
        supervisor = self.branch.supervisor()
        for serial in self.serials.values():
            view = self.branch.view(serial)
            if view.state == states.REVERSE_FAILED:
                view = self.desk.bills.retry_reversal(supervisor, RetryReversal(serial))
            assert states.STATES[view.state].terminal or self._waits_rightly(view), view
            if view.cash_return is CashReturn.DUE:
                self.desk.bills.confirm_cash_returned(self.branch.teller, ConfirmCashReturned(serial))
        self.the_money_is_right()

    def _waits_rightly(self, view: PaymentView) -> bool:
        """A person has to find out: core undoes no posting of another day, or the biller can be neither asked nor
        bound."""
        over = any(each.serial == view.serial and each.day < self.branch.core.day for each in self.branch.core.bookings)
        if view.state == states.REVERSE_FAILED:
            return over
        return view.state == states.BILLER_UNKNOWN and (over or not self.able.get("tombstone", True))
