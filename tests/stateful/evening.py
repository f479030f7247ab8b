"""A branch that is watched: how a day begins, how anything is done there, and what the evening must find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import note
from hypothesis.stateful import RuleBasedStateMachine, invariant

from tellerdesk.approvals.commands import Withdraw
from tellerdesk.bills import states as payments
from tellerdesk.bills.commands import (
    ConfirmCashReturned,
    Method,
    Person,
    RetryReversal,
)
from tellerdesk.bills.views import PaymentView
from tellerdesk.demo.plan import BILLER
from tellerdesk.desk import CORE, new_request_id
from tellerdesk.errors import Conflict, IllegalTransition, NotAllowed, Refused
from tellerdesk.journal.states import CashReturn
from tellerdesk.questions import states as late
from tellerdesk.questions.commands import Explain, RetryQuestion
from tellerdesk.questions.states import ExplainReason, Given
from tellerdesk.refunds import states as refunds
from tellerdesk.refunds.commands import (
    AskPayOut,
    AskRefundApproval,
    ConfirmHandedOver,
    GoOnWith,
    Suspend,
)
from tellerdesk.refunds.views import RefundView
from tellerdesk.staff.views import SignedOn
from tellerdesk.steps import no_hook
from tests.stateful.branch import QUICK, told
from tests.stateful.day_books import at_every_moment
from tests.stateful.evening_books import in_the_evening
from tests.stateful.trouble import FAULTS
from tests.stateful.watched_till import Killed, Place
from tests.stateful.whole_branch import TILLS, VILLAGE_CODE, WholeBranch

_SOON_TIRED = QUICK.model_copy(update={"reversal_tries": 3})

PAYEE = Person("王晓燕", "11010519491231002X")
SWEEPS = 5
_NO = (Refused, Conflict, NotAllowed, IllegalTransition)

Trouble = Sequence[tuple[str, str]]
"""Endpoint, and what happens to its next message."""


class WatchedBranch(RuleBasedStateMachine):
    """A branch of two tills: how anything is done there, and how its evenings go; what happens by day is a subclass's
    business."""

    def __init__(self, template: Path, place: Place, evenings: Counter[str]) -> None:
        super().__init__()
        self.template = template
        self.place = place
        self.evenings = evenings

    def begin(self) -> None:
        """In the morning, with both tills open."""
        self.payments: list[str] = []
        self.came = 0
        """how many customers there were"""
        self.back: set[str] = set()
        """payments somebody has wanted back from an earlier day"""
        self.asked_by: dict[str, str] = {}
        """at which till each cancellation, refund and pay-out was asked for last"""
        self.branch = WholeBranch.copy(
            self.template,
            self.place.folder,
            flows=_SOON_TIRED,
            stores=self.place.stores,
            stores_elsewhere=self.place.stores_elsewhere,
        )
        self.branch.sign_on()

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

    def does(self, call: Callable[[], Any], *kinds: type, trouble: Trouble = (), dies: int | None = None) -> Any:
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

    def asker(self, serial: str, till: str) -> SignedOn:
        """Who asked for something; where its desk died before that was told, who works at its till."""
        return self.who(self.asked_by.get(serial, till))

    def pick(self, which: int, wanted: Callable[[dict[str, Any]], bool]) -> PaymentView | None:
        """One of the payments whose entry is so now."""
        found = [entry["serial"] for entry in self.branch.payments() if wanted(entry)]
        return self.branch.view(found[which % len(found)]) if found else None

    def owed(self) -> list[RefundView]:
        """What the branch's own list shows."""
        found: list[RefundView] = list(self.desk.refunds.due(self.branch.teller))
        return found

    # -- what leads on to something else

    def learn(self) -> None:
        """Also of payments whose desk died before anyone was told."""
        self.payments = [entry["serial"] for entry in self.branch.payments()]

    def suspends(self, serial: str, who: SignedOn, trouble: Trouble = (), dies: int | None = None) -> None:
        view = self.does(lambda: self.desk.refunds.suspend(who, Suspend(new_request_id(), serial)), RefundView)
        if isinstance(view, RefundView):
            self.asked_by[view.serial] = who.till_no
            self.decided_and_done(view, who, trouble, dies)

    def decided_and_done(self, view: RefundView, who: SignedOn, trouble: Trouble = (), dies: int | None = None) -> None:
        """Everybody asked agrees, and who asked carries it out."""
        if view.state not in refunds.AWAITING_APPROVAL:
            return
        self.branch.approve(view.approval_id)
        order = GoOnWith(view.serial)
        self.does(lambda: self.desk.refunds.go_on(who, order), RefundView, trouble=trouble, dies=dies)

    def pays_out(self, serial: str, who: SignedOn, to: str, trouble: Trouble = (), dies: int | None = None) -> None:
        method = Method.ACCOUNT if to else Method.CASH
        order = AskPayOut(new_request_id(), serial, method, PAYEE, account_no=to)
        view = self.does(lambda: self.desk.refunds.ask_pay_out(who, order), RefundView)
        if isinstance(view, RefundView):
            self.asked_by[serial] = who.till_no
            self.decided_and_done(view, who, trouble, dies)

    def hands_over(self, view: RefundView, gone: bool, trouble: Trouble = (), dies: int | None = None) -> None:
        who = self.asker(view.serial, view.till_no)
        if gone:
            self.suspends(view.serial, who, trouble, dies)
        else:
            order = ConfirmHandedOver(view.serial)
            self.does(lambda: self.desk.refunds.confirm_handed_over(who, order), RefundView, dies=dies)

    def links_are_healed(self) -> None:
        for wire in self.branch.wires.values():
            wire.heal()

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
                asker = self.asker(view.serial, view.till_no)
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
        who = self.asker(view.serial, view.till_no)
        if view.state == refunds.AGREED:
            view = self.desk.refunds.ask_approval(who, AskRefundApproval(view.serial))
        if view.state in refunds.AWAITING_APPROVAL:
            self.decided_and_done(view, who)
        elif view.state == refunds.DUE and hand_over:
            self.pays_out(view.serial, self.who(next(till for till in TILLS if till != view.till_no)), "")
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
