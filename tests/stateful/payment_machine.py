"""Anything a day at the till can bring, in any order: Hypothesis picks what happens next, and the money is counted
after every step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
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
from tests.stateful.branch import CONSUMERS, PRICES, QUICK, Branch, Stores, told
from tests.stateful.trouble import FAULTS, USUAL, wrong

ABLE: dict[str, Any] = {}
"""The biller as it comes: it remembers ids, can be asked, and can be told to forget."""
POOR = (
    {"tombstone": False},
    {"tombstone": False, "dedupe": False},
    {"tombstone": False, "dedupe": False, "inquiry": False},
    {"tombstone": False, "message_validity_s": 600},
)
"""Billers that lack something; where nothing can be proven a person has to find out."""

_SOON_TIRED = QUICK.model_copy(update={"reversal_tries": 3})
"""A reversal is given up after few tries, so that people are needed now and then."""

SWEEPS = 5
"""After so many of them everything has come to its end once nothing is wrong any more."""

_LINK = {"CORE": CORE, "BILLER": BILLER}
_ENDPOINTS = (
    *("CORE_POST", "CORE_INQUIRE", "CORE_REVERSE", "CORE_ACCOUNTING_DATE"),
    *("BILLER_QUERY", "BILLER_PAY", "BILLER_INQUIRE", "BILLER_TOMBSTONE"),
)
_FAULT = st.one_of(st.sampled_from(USUAL), st.sampled_from(tuple(FAULTS)))
_ASKED_LATER = ("CORE_INQUIRE", "CORE_REVERSE", "BILLER_INQUIRE", "BILLER_TOMBSTONE", "CORE_ACCOUNTING_DATE")
_LATER = st.lists(st.tuples(st.sampled_from(_ASKED_LATER), _FAULT, st.integers(1, 3)), max_size=3)
_AT_CORE = st.tuples(st.just("CORE_POST"), _FAULT, st.just(1))
_AT_BILLER = st.tuples(st.just("BILLER_PAY"), _FAULT, st.just(1))
_TROUBLE = st.tuples(st.one_of(_AT_CORE, _AT_BILLER, _AT_BILLER), _LATER).map(lambda both: [both[0], *both[1]])
_ANY_TROUBLE = st.lists(st.tuples(st.sampled_from(_ENDPOINTS), _FAULT, st.integers(1, 3)), min_size=1, max_size=3)
"""What goes wrong with the next messages: the endpoint, how, and how often."""
_MONTHS = st.lists(st.sampled_from(sorted(PRICES)), min_size=1, max_size=2, unique=True).map(lambda m: tuple(sorted(m)))
_STEPS = st.integers(0, 20)
_CONSUMER = st.one_of(st.sampled_from(CONSUMERS), st.sampled_from(CONSUMERS[:2]))
_PICK = st.integers(0, 1_000)

Trouble = list[tuple[str, str, int]]
"""Endpoint, fault, how often."""


@dataclass(frozen=True)
class Customer:
    """Somebody who comes to pay, and what happens to the payment. `killed_after` so many steps the desk dies."""

    consumer: str
    months: tuple[str, ...]
    trouble: Trouble
    killed_after: int | None


_WELL: st.SearchStrategy[Trouble] = st.just([])
_LIVES: st.SearchStrategy[int | None] = st.none()


def _customers(
    trouble: st.SearchStrategy[Trouble] = _WELL, killed_after: st.SearchStrategy[int | None] = _LIVES
) -> st.SearchStrategy[Customer]:
    return st.builds(Customer, _CONSUMER, _MONTHS, trouble, killed_after)


_QUEUE = st.lists(st.one_of(_customers(), _customers(_TROUBLE), _customers(_TROUBLE, _STEPS)), min_size=2, max_size=4)


class Killed(BaseException):
    """The process is gone at this step. Nothing catches it."""


@dataclass(frozen=True)
class Place:
    """Where one run after the other takes place: a folder that is new each time, and stores that are kept."""

    folder: Path
    stores: Stores = field(default_factory=Stores)
    stores_elsewhere: Stores = field(default_factory=Stores)


class PaymentMachine(RuleBasedStateMachine):
    """A till, a teller, two counterparts, and everything that goes wrong between them."""

    def __init__(self, template: Path, billers: tuple[dict[str, Any], ...], place: Place) -> None:
        super().__init__()
        self.template = template
        self.billers = billers
        self.place = place
        self.bills: list[BillView] = []
        self.commands: list[PayBill] = []
        self.months: dict[str, set[str]] = {}
        """what each request id asked to pay, "consumer|month" """
        self.serials: dict[str, str] = {}
        """the serial each request id was told"""
        self.receipts: set[str] = set()
        self.rolled = 0

    @initialize(which=_PICK, queue=_QUEUE)
    def set_up(self, which: int, queue: list[Customer]) -> None:
        self.able = self.billers[which % len(self.billers)]
        self.branch = Branch.copy(
            self.template,
            self.place.folder,
            capabilities=self.able,
            flows=_SOON_TIRED,
            stores=self.place.stores,
            stores_elsewhere=self.place.stores_elsewhere,
        )
        self.branch.sign_on()
        self.a_queue_of_customers_pays(queue)

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

    @rule(customer=_customers())
    def a_customer_pays(self, customer: Customer) -> None:
        for endpoint, name, times in customer.trouble:
            self._goes_wrong(endpoint, name, times)
        bill = self.doing(lambda: self.branch.look_up(customer.consumer, customer.months))
        assert isinstance(bill, BillView | CounterpartUnavailable | Refused), bill
        if isinstance(bill, BillView):
            self.bills.append(bill)
            self._pay_bill(bill, customer.killed_after)

    @rule(customer=_customers(_TROUBLE))
    def a_customer_pays_while_links_fail(self, customer: Customer) -> None:
        self.a_customer_pays(customer)

    @rule(customer=_customers(_WELL, _STEPS))
    def a_customer_pays_and_the_desk_dies(self, customer: Customer) -> None:
        self.a_customer_pays(customer)

    @rule(customer=_customers(_TROUBLE, _STEPS))
    def a_customer_pays_while_links_fail_and_the_desk_dies(self, customer: Customer) -> None:
        self.a_customer_pays(customer)

    @rule(queue=_QUEUE)
    def a_queue_of_customers_pays(self, queue: list[Customer]) -> None:
        for customer in queue:
            self.a_customer_pays(customer)

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
        other = replace(command, tendered_fen=command.tendered_fen + 100)
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

    @rule(trouble=_ANY_TROUBLE)
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
        core = self.branch.core
        self._learn_serials()
        flaws = wrong(self.branch, self.months)
        assert not flaws, flaws
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
