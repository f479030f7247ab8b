"""A branch with open questions: a counter over scripted counterparts, two tellers, a supervisor, and the room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from support.counter import Counter
from support.four_eyes import PASSWORD, FourEyes
from support.scripted import TIMEOUT, refused, then_lost

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.bills.views import PaymentView
from tellerdesk.journal import entries
from tellerdesk.journal.entries import ENTRY, LEG
from tellerdesk.journal.flow import Row
from tellerdesk.questions import states
from tellerdesk.questions.commands import Explain
from tellerdesk.questions.explaining import Explaining, check_leaving
from tellerdesk.questions.handling import Handling
from tellerdesk.questions.listing import Listing
from tellerdesk.questions.room import QuestionsRoom
from tellerdesk.questions.states import ExplainReason, Given
from tellerdesk.questions.views import OpenQuestion
from tellerdesk.refunds import states as refund_states
from tellerdesk.staff.commands import AddStaff, SignOn
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.room import SETUP, StaffRoom
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.steps import no_hook
from tellerdesk.store.vault import Vault
from tests.support.four_eyes import CHEAP


@dataclass
class House:
    """`counter` is teller 1001's at till 07; 1002 works at till 08, 3001 is the supervisor, 1009 works elsewhere."""

    counter: Counter
    eyes: FourEyes = field(init=False)

    def __post_init__(self) -> None:
        counter = self.counter
        self.eyes = FourEyes(counter, opening_fen=1_000_000)
        audit = AuditTrail(counter.keys, counter.clock)
        self.staff = StaffRoom(
            counter.store, audit, counter.clock, Passwords(CHEAP), Vault(counter.keys), may_leave=check_leaving
        )
        self.who = counter.who
        self.other = self._hire("1002", Role.TELLER, "0712", "08")
        self.elsewhere = self._hire("1009", Role.TELLER, "0713", "01")
        self.supervisor = self._hire("3002", Role.SUPERVISOR, "0712", "32")
        self.room = room_of(counter, self.eyes, self.staff)

    def _hire(self, staff_no: str, role: Role, branch_no: str, till_no: str) -> SignedOn:
        self.staff.add(AddStaff(staff_no, "李晓燕", role, branch_no, PASSWORD), by=SETUP)
        return self.sign_on(staff_no, branch_no, till_no)

    def sign_on(self, staff_no: str, branch_no: str = "0712", till_no: str = "07") -> SignedOn:
        command = SignOn(staff_no, PASSWORD)
        return self.staff.sign_on(command, branch_no=branch_no, till_no=till_no, terminal=f"T{till_no}")

    # -- payments that end in doubt -------------------------------------------------------------------------------

    def pay(self, **changes: Any) -> PaymentView:
        return self.counter.payments.pay(self.counter.who, self.counter.command(self.counter.quote(**changes)))

    def in_doubt(self, **changes: Any) -> PaymentView:
        """The biller took it, and is silent."""
        self.counter.biller.script |= {"BILLER_PAY": [then_lost], "BILLER_INQUIRE": [TIMEOUT]}
        return self.pay(**changes)

    def cash_due(self, **changes: Any) -> PaymentView:
        self.counter.biller.script["BILLER_PAY"] = [refused("CLOSED", "系统维护")]
        return self.pay(**changes)

    def stuck(self, **changes: Any) -> PaymentView:
        """The biller refused, and core refuses to undo."""
        self.counter.core.script["CORE_REVERSE"] = [refused("DATE_ROLLED", "已日切")]
        return self.cash_due(**changes)

    def meanwhile(self, *does: tuple[str, Callable[[], object]]) -> None:
        """Has each of these done once, when its step is passed for the first time: a worker is paused there."""
        waiting = dict(does)

        def hook(step: str) -> None:
            if act := waiting.pop(step, None):
                act()

        self.counter.store.hook = hook

    def sweep(self) -> None:
        """Another worker finds every lease over."""
        self.counter.let_leases_run_out()
        self.counter.recovery.sweep()

    def reverse_meanwhile(self) -> None:
        """A recovery worker is told that the biller holds nothing, and has core reversed."""
        self.counter.biller.script["BILLER_INQUIRE"] = [refused("NO_SUCH_PAYMENT")]
        self.sweep()

    def heard_late(self) -> PaymentView:
        """A payment whose "paid" came after it had been reversed."""
        self.meanwhile(("call.BILLER_PAY:after", self.reverse_meanwhile))
        view = self.pay()
        self.counter.store.hook = no_hook
        return view

    # -- what is read ---------------------------------------------------------------------------------------------

    def cases(self) -> list[Row]:
        query = ENTRY.select().where(ENTRY.c.flow == states.FLOW).order_by(ENTRY.c.id)
        return [dict(row._mapping) for row in self.counter.read(query)]

    def legs(self, serial: str) -> list[tuple[str, str, int]]:
        """Id, state and how often each was sent."""
        query = LEG.select().where(LEG.c.serial == serial).order_by(LEG.c.id)
        return [(row.leg_id, row.state, row.sends) for row in self.counter.read(query)]

    def steps(self, serial: str) -> list[str]:
        with self.counter.store.read() as session:
            return [step["row"] for step in entries.steps(session.connection(), serial)]

    def only(self, who: SignedOn | None = None) -> OpenQuestion:
        [question] = self.room.open(who or self.who)
        return question


def room_of(counter: Counter, eyes: FourEyes, staff: StaffRoom) -> QuestionsRoom:
    """The room, as a desk puts it together."""
    takes_back = counter.late_flow.takes_back
    listing = Listing(
        store=counter.store,
        clock=counter.clock,
        runner=counter.runner,
        payments=counter.payments,
        takes_back=takes_back,
        advice={refund_states.FLOW: eyes.advice},
    )
    explaining = Explaining(counter.store, eyes.audit, counter.clock)
    return QuestionsRoom(staff, listing, explaining, Handling(counter.store, eyes.audit, counter.runner, takes_back))


def explain(serial: str, **changes: Any) -> Explain:
    values: dict[str, Any] = {
        "request_id": f"e-{serial}",
        "serial": serial,
        "reason": ExplainReason.BILLER_SILENT,
        "given": Given.PROCESSING_SLIP,
    }
    return Explain(**(values | changes))
