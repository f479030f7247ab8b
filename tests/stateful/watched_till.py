"""A till that is watched: what a run starts from, how a desk dies, what must hold after every step and in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant
from support.counter import AskedFrom

from tellerdesk.approvals.commands import Withdraw
from tellerdesk.bills import states
from tellerdesk.bills.commands import ConfirmCashReturned, PayBill, RetryReversal
from tellerdesk.bills.views import BillView, CancelOutcome, PaymentView
from tellerdesk.demo.plan import BILLER
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.steps import no_hook
from tests.stateful.branch import QUICK, Branch, Stores, told
from tests.stateful.trouble import wrong

ABLE: dict[str, Any] = {}
"""The biller as it comes: it remembers ids, can be asked, and can be told to forget."""
POOR = (
    {"tombstone": False, "person_decides": True},
    {"tombstone": False, "dedupe": False, "person_decides": True},
    {"tombstone": False, "dedupe": False, "inquiry": False, "cancel": False, "person_decides": True},
    {"tombstone": False, "message_validity_s": 600},
)
"""Billers that lack something; where nothing can be proven a person has to find out."""

_SOON_TIRED = QUICK.model_copy(update={"reversal_tries": 3})
"""A reversal is given up after few tries, so that people are needed now and then."""

ASKED_FROM_FEN = 113_000
"""From this amount on a payment is asked about: most that are for two months."""

PICK = st.integers(0, 1_000)

SWEEPS = 5
"""After so many of them everything has come to its end once nothing is wrong any more."""


_FOR_A_SUPERVISOR = {states.REVERSE_FAILED, states.CANCEL_CORE_FAILED}
_HANDED_BACK = {CancelOutcome.UNDER_WAY, CancelOutcome.CANCELLED}


class Killed(BaseException):
    """The process is gone at this step. Nothing catches it."""


@dataclass(frozen=True)
class Place:
    """Where one run after the other takes place: a folder that is new each time, and stores that are kept. `rows` are
    the rows of the table some payment has taken, `payments` the serials there were in all runs together."""

    folder: Path
    stores: Stores = field(default_factory=Stores)
    stores_elsewhere: Stores = field(default_factory=Stores)
    rows: set[str] = field(default_factory=set)
    payments: list[str] = field(default_factory=list)


class WatchedTill(RuleBasedStateMachine):
    """A till, a teller and two counterparts; what happens to them is a subclass's business."""

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
        self.asked: dict[str, str] = {}
        """the approval each serial that was asked about waits for, or did"""
        self.wanted_back: dict[str, str] = {}
        """the approval the newest try to cancel each serial waits for, or did"""
        self.receipts: set[str] = set()
        self.rolled = 0

    def open_the_counter(self, which: int, late_in_the_end: bool) -> None:
        """What every run begins with; `which` picks the biller."""
        self.late_in_the_end = late_in_the_end
        self.able = self.billers[which % len(self.billers)]
        self.branch = Branch.copy(
            self.template,
            self.place.folder,
            capabilities=self.able,
            flows=_SOON_TIRED,
            rules=AskedFrom(ASKED_FROM_FEN),
            stores=self.place.stores,
            stores_elsewhere=self.place.stores_elsewhere,
        )
        self.branch.sign_on()

    def teardown(self) -> None:
        if hasattr(self, "branch"):
            try:
                self.everything_ends_once_nothing_is_wrong()
                self.place.rows.update(self.branch.rows_taken())
                self.place.payments.extend(self.serials.values())
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

    def heal(self) -> None:
        """From now on every message arrives and is answered truly."""
        for wire in self.branch.wires.values():
            wire.heal()

    def learn_serials(self) -> None:
        """Also of those that were killed before anyone was told."""
        for request_id, serial in self.branch.serials():
            assert self.serials.setdefault(request_id, serial) == serial

    # -- what must hold

    @invariant()
    def the_money_is_right(self) -> None:
        if not hasattr(self, "branch"):
            return
        core = self.branch.core
        self.learn_serials()
        flaws = wrong(self.branch, self.months)
        assert not flaws, flaws
        assert sum(core.accounts.values()) == 0
        assert core.accounts[f"IN-{BILLER}"] == sum(booking.fen for booking in core.bookings)

    @invariant()
    def a_receipt_is_never_untrue(self) -> None:
        """Unless it has been handed back, because its payment is taken back."""
        for serial in self.receipts:
            view = self.branch.view(serial)
            back = view.cancellation is not None and view.cancellation.outcome in _HANDED_BACK
            assert back or view.word is Word.PAID

    def everything_ends_once_nothing_is_wrong(self) -> None:
        """Nothing fails any more, what was under way arrives before the end or after it, and recovery has five
        sweeps."""
        self.heal()
        self.branch.clock.set(self.branch.true_now())
        if not self.late_in_the_end:
            self._all_that_is_late_arrives()
        for serial in self.serials.values():
            view = self.branch.view(serial)
            if view.state in states.AWAITING_CANCELLATION and view.cancellation is not None:
                self.desk.approvals.withdraw(self.branch.teller, Withdraw(view.cancellation.approval_id))
        self.branch.sweep(SWEEPS)
        self.the_money_is_right()
        supervisor = self.branch.supervisor()
        for serial in self.serials.values():
            view = self.branch.view(serial)
            if view.word is Word.AWAITING:
                self.desk.approvals.withdraw(self.branch.teller, Withdraw(view.approval_id))
                view = self.branch.view(serial)
            if view.state in _FOR_A_SUPERVISOR:
                view = self.desk.bills.retry_reversal(supervisor, RetryReversal(serial))
            assert states.STATES[view.state].terminal or self._waits_rightly(view), view
            if view.cash_return is CashReturn.DUE:
                self.desk.bills.confirm_cash_returned(self.branch.teller, ConfirmCashReturned(serial))
        self.the_money_is_right()
        self._all_that_is_late_arrives()
        self.branch.sweep()
        self.the_money_is_right()

    def _all_that_is_late_arrives(self) -> None:
        for wire in self.branch.wires.values():
            wire.deliver_late()

    def _waits_rightly(self, view: PaymentView) -> bool:
        """A person has to find out: core undoes no posting of another day, or the biller can be neither asked nor
        bound."""
        core, biller, able = self.branch.core, self.branch.biller, self.able
        over = any(each.serial == view.serial and each.day < core.day for each in core.bookings)
        if view.state in _FOR_A_SUPERVISOR:
            return over
        paid = any(each.serial == view.serial for each in biller.bookings)
        if view.state != states.BILLER_UNKNOWN or (paid and able.get("inquiry", True)):
            return False
        return over or not (able.get("tombstone", True) or able.get("message_validity_s"))
