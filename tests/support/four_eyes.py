"""People who decide what a counter asks, in a real staff room and a real approvals room over the counter's store."""

from __future__ import annotations

from typing import Any

from argon2 import Parameters, Type
from sqlalchemy import select, update

from support.counter import Counter
from tellerdesk.approvals.commands import Decide, Withdraw
from tellerdesk.approvals.room import ApprovalsRoom
from tellerdesk.audit.models import AuditRow
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.bills.commands import AccountAuthority, GoOn, Identity, Method, Person
from tellerdesk.bills.payment_flow import CLAIM
from tellerdesk.bills.views import PaymentView
from tellerdesk.journal.entries import ENTRY, LEG
from tellerdesk.refunds.building import refunds_room
from tellerdesk.staff import codes
from tellerdesk.staff.commands import AddStaff, SignOn
from tellerdesk.staff.models import StaffMember
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.room import SETUP, StaffRoom
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.base import table_of
from tellerdesk.store.types import database_now_ms
from tellerdesk.store.vault import Vault

BRANCH = "0712"
FROM_FEN = 50_000
"""From this amount on a rule asks, in tests of payments."""
ACCOUNT = "6217000712000000012"
VOUCHER = "PZ20261122001"
IDENTITY = Identity(Person("王晓燕", "11010519491231002X"), Person("陈志强", "E12345678", "PASSPORT"))
PASSWORD = "right-horse-battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CHEAP = Parameters(type=Type.ID, version=19, salt_len=16, hash_len=32, time_cost=1, memory_cost=8, parallelism=1)

_MEMBERS, _AUDIT = table_of(StaffMember), table_of(AuditRow)


class FourEyes:
    """`1001`, a teller, signs on at the counter and opens the till; `3001` is a supervisor elsewhere."""

    def __init__(self, counter: Counter, opening_fen: int = 100_000) -> None:
        self.counter = counter
        self.audit = AuditTrail(counter.keys, counter.clock)
        self.staff = StaffRoom(counter.store, self.audit, counter.clock, Passwords(CHEAP), Vault(counter.keys))
        self.room = ApprovalsRoom(counter.store, self.staff, counter.book, counter.clock)
        self.room._register(counter.subject)
        self.room._register(counter.cancel_subject)
        refunds = refunds_room(
            self.staff,
            store=counter.store,
            vault=Vault(counter.keys),
            clock=counter.clock,
            audit=self.audit,
            runner=counter.runner,
            core=counter.core,
            drawer=counter.drawer,
            accounts=counter.accounts,
            consumers=counter.consumers,
            billers=counter.catalogue,
            check_biller=counter.check_biller,
            rules=lambda _: counter.refund_rules,
            book=counter.book,
            flow=counter.refund_flow,
            originals=counter.originals,
            persons=counter.persons,
            names={},
        )
        self.refunds, self.advice = refunds.room, refunds.advice
        self.room._register(refunds.subject)
        self.add("1001", Role.TELLER, "李晓燕")
        self.add("3001", Role.SUPERVISOR, "王建国")
        counter.who = self.sign_on("1001", "07")
        counter.open_till(opening_fen)
        self._deciding = {"3001": self.sign_on("3001", "31")}

    def add(self, staff_no: str, role: Role, name: str) -> None:
        secret = SECRET if role is Role.SUPERVISOR else ""
        self.staff.add(AddStaff(staff_no, name, role, BRANCH, PASSWORD, code_secret=secret), by=SETUP)

    def sign_on(self, staff_no: str, till_no: str) -> SignedOn:
        command = SignOn(staff_no, PASSWORD)
        return self.staff.sign_on(command, branch_no=BRANCH, till_no=till_no, terminal=f"T{till_no}")

    def approve(self, approval_id: str, by: str = "3001") -> None:
        if by not in self._deciding:
            self.add(by, Role.SUPERVISOR, "赵丽华")
            self._deciding[by] = self.sign_on(by, by[-2:])
        self.room.decide(self._deciding[by], Decide(approval_id, True, self._code(by)))

    def reject(self, approval_id: str) -> None:
        self.room.decide(self._deciding["3001"], Decide(approval_id, False, self._code("3001"), "金额有疑问"))

    def withdraw(self, approval_id: str) -> None:
        self.room.withdraw(self.counter.who, Withdraw(approval_id))

    def audited(self, action: str) -> list[str]:
        """The subjects the audit tells this of, oldest first."""
        query = select(_AUDIT.c.subject).where(_AUDIT.c.action == action).order_by(_AUDIT.c.id)
        return [subject for (subject,) in self.counter.read(query)]

    def _code(self, staff_no: str) -> str:
        """A code that works now: used ones are forgotten, so that no test waits half a minute for the next."""
        with self.counter.store.write("test.codes") as unit:
            unit.connection.execute(update(_MEMBERS).where(_MEMBERS.c.staff_no == staff_no).values(code_step=0))
            unit.commit()
        [(now_ms,)] = self.counter.read(select(database_now_ms()))
        return codes.code_at(SECRET, int(now_ms))


# A payment a rule asks about


def ask(counter: Counter, **changes: Any) -> PaymentView:
    """A payment a rule asks about, as it stands when the key was pressed."""
    return counter.payments.pay(counter.who, counter.command(counter.quote(), **changes))


def approved(counter: Counter, eyes: FourEyes, **changes: Any) -> PaymentView:
    view = ask(counter, **changes)
    eyes.approve(view.approval_id)
    return view


def go_on(counter: Counter, view: PaymentView, **changes: Any) -> PaymentView:
    return counter.payments.go_on(counter.who, GoOn(view.serial, **changes))


def by_account(counter: Counter, **consent: str) -> dict[str, Any]:
    counter.core.balances = {ACCOUNT: 1_000_000}
    return {"method": Method.ACCOUNT, "tendered_fen": 0, "account": AccountAuthority(ACCOUNT, **consent)}


def nothing_moved(counter: Counter) -> bool:
    calls = [name for name, _ in counter.core.calls + counter.biller.calls if name != "CORE_ACCOUNTING_DATE"]
    return counter.till_rows() == calls == counter.read(select(LEG.c.leg_id)) == []


def claims(counter: Counter) -> list[str]:
    return [serial for (serial,) in counter.read(select(CLAIM.c.serial))]


def entry(counter: Counter, serial: str) -> dict[str, Any]:
    [row] = counter.read(select(ENTRY).where(ENTRY.c.serial == serial))
    return dict(row._mapping)
