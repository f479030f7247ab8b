"""A branch whose people ask and decide, over a real store and a thing of the tests' own that is asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conftest import SetClock
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert, select, update

from tellerdesk.approvals.book import ApprovalBook, Asked, Row
from tellerdesk.approvals.commands import Credentials, Decide, DecideHere
from tellerdesk.approvals.register import DECISION, REQUEST
from tellerdesk.approvals.room import ApprovalsRoom
from tellerdesk.approvals.states import ApprovalState, UseCase
from tellerdesk.approvals.views import ApprovalView, ChangeLine, RuleHit
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.errors import TellerDeskError
from tellerdesk.i18n import Bilingual, words
from tellerdesk.staff import codes
from tellerdesk.staff.commands import AddStaff
from tellerdesk.staff.room import SETUP
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store, UnitOfWork
from tellerdesk.store.keys import Keys
from tellerdesk.till.drawer import SESSION, has_open_till
from tests.staff.conftest import AUDIT, BRANCH, MEMBERS, PASSWORD, Branch

MAKER = "1001"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RULE = RuleHit("cash-large", Bilingual("大额现金", "Large cash"))
CHANGE = ChangeLine("approval.field.amount", "", "¥ 60,000.00")

THING = Table(
    "thing",
    MetaData(),
    Column("name", String(64), primary_key=True),
    Column("amount_fen", Integer, nullable=False),
    Column("account", String(40), nullable=False),
    Column("day", String(10), nullable=False),
    Column("word", String(16), nullable=False),
    Column("done", Integer, nullable=False),
)


class Things:
    """What is asked about: its word follows the request."""

    use_case = UseCase.PAYMENT

    def payload(self, connection: Connection, subject: str) -> Mapping[str, Any]:
        row = connection.execute(select(THING).where(THING.c.name == subject)).mappings().one()
        return {name: row[name] for name in ("name", "amount_fen", "account", "day")}

    def decided(self, unit: UnitOfWork, approval: Row, state: ApprovalState, by: str) -> None:
        named = THING.c.name == approval["subject"]
        unit.connection.execute(update(THING).where(named).values(word=state.value))


@dataclass
class House:
    """One desk. `1001` and `1002` are tellers; `3001` to `3003` supervisors with one-time codes."""

    store: Store
    keys: Keys
    clock: SetClock = field(default_factory=SetClock)

    def __post_init__(self) -> None:
        self.people = Branch(self.store, self.keys, self.clock)
        self.staff = self.people.room
        self.book = ApprovalBook(AuditTrail(self.keys, self.clock), self.clock, self.keys.audit)
        self.things = Things()
        self.room = ApprovalsRoom(self.store, self.staff, self.book, self.clock, has_open_till)
        self.room._register(self.things)

    def open(self) -> House:
        with self.store.schema_change("test.thing") as connection:
            THING.metadata.create_all(connection)
        self.add(MAKER, Role.TELLER, "李晓燕")
        self.add("1002", Role.TELLER, "陈志强")
        for number, name in (("3001", "王建国"), ("3002", "赵敏"), ("3003", "孙丽")):
            self.add(number, Role.SUPERVISOR, name)
        return self

    def add(self, staff_no: str, role: Role, name: str = "周平", branch_no: str = BRANCH, **more: Any) -> None:
        secret = SECRET if role is Role.SUPERVISOR else ""
        self.staff.add(AddStaff(staff_no, name, role, branch_no, PASSWORD, code_secret=secret, **more), by=SETUP)

    def sign_on(self, staff_no: str = MAKER, till_no: str | None = None, branch_no: str = BRANCH) -> SignedOn:
        """At a till of the person's own, unless told otherwise."""
        return self.people.sign_on(staff_no, till_no=till_no or f"{staff_no[0]}{staff_no[-1]}", branch_no=branch_no)

    def another_desk(self) -> House:
        """Another process: its own connections, its own memory."""
        return House(Store(self.store.url), self.keys, self.clock)

    # -- asking and deciding --

    def thing(self, name: str = "T1", amount_fen: int = 6_000_000) -> str:
        with self.store.write("test.thing") as unit:
            values = {"name": name, "amount_fen": amount_fen, "account": "6222", "day": "2026-11-22"}
            unit.connection.execute(insert(THING).values(**values, word="", done=0))
            unit.commit()
        return name

    def ask(self, who: SignedOn, name: str = "T1", *, make: bool = True, **other: Any) -> str:
        """Asks about a thing, a new one unless told otherwise."""
        if make:
            self.thing(name)
        with self.store.write("test.ask") as unit:
            given: dict[str, Any] = {
                "use_case": UseCase.PAYMENT,
                "subject": name,
                "payload": self.things.payload(unit.connection, name),
                "changes": (CHANGE,),
                "hits": (RULE,),
                "rules_hash": "ab" * 32,
                "needed": 1,
                "by_roles": frozenset({Role.SUPERVISOR}),
                "lifetime_s": 900.0,
            }
            approval_id = self.book.ask(unit, who, Asked(**given | other))
            unit.commit()
        return approval_id

    def execute(self, name: str = "T1", by: str = MAKER) -> str:
        """Does what was approved: once for each approval. A refusal is noted, as every caller does."""
        try:
            with self.store.write("test.execute") as unit:
                approval_id = self.book.execute(unit, self.things, name, by)
                doing = update(THING).where(THING.c.name == name).values(done=THING.c.done + 1)
                unit.connection.execute(doing)
                unit.commit()
                return approval_id
        except TellerDeskError as error:
            with self.store.write("test.refusal") as unit:
                self.book.note_refusal(unit, name, by, error.message_id)
                unit.commit()
            raise

    def code(self, staff_no: str) -> str:
        """A code the person may use now: used ones are forgotten, so that no test waits for the next one."""
        self.people.put(staff_no, code_step=0)
        return codes.code_at(SECRET, self.people.database_now_ms())

    def decide(self, who: SignedOn, approval_id: str, approve: bool = True, reason: str = "") -> ApprovalView:
        reason = reason if approve else reason or "金额有疑问"
        return self.room.decide(who, Decide(approval_id, approve, self.code(who.staff_no), reason))

    def decide_here(
        self, at: SignedOn, by: str, approval_id: str, approve: bool = True, reason: str = "", password: str = PASSWORD
    ) -> ApprovalView:
        credentials = Credentials(by, password, self.code(by))
        return self.room.decide_here(at, DecideHere(approval_id, approve, credentials, reason))

    def open_till(self, staff_no: str, till_no: str, branch_no: str = BRANCH) -> None:
        with self.store.write("test.till") as unit:
            values = {"branch_no": branch_no, "till_no": till_no, "staff_no": staff_no, "opening_fen": 0}
            more = {"opened_at": self.clock.now(), "request_id": f"{staff_no}-{till_no}"}
            unit.connection.execute(insert(SESSION).values(**values, **more))
            unit.commit()

    # -- what stands --

    def state(self, approval_id: str) -> str:
        return str(self.people.read(select(REQUEST.c.state).where(REQUEST.c.approval_id == approval_id))[0][0])

    def decisions(self, approval_id: str) -> list[tuple[str, str]]:
        query = select(DECISION.c.checker_no, DECISION.c.verdict).where(DECISION.c.approval_id == approval_id)
        return [tuple(row) for row in self.people.read(query.order_by(DECISION.c.id))]

    def told(self, name: str = "T1") -> tuple[str, int]:
        """The thing's word, and how often it was done."""
        return tuple(self.people.read(select(THING.c.word, THING.c.done).where(THING.c.name == name))[0])  # type: ignore[return-value]

    def audited(self, subject: str) -> list[str]:
        """What the audit tells of a request, without the prefix."""
        query = select(AUDIT.c.action).where(AUDIT.c.subject == subject).order_by(AUDIT.c.id)
        return [action.removeprefix("approval.") for (action,) in self.people.read(query)]

    def change_person(self, staff_no: str, **values: object) -> None:
        self.people.put(staff_no, **values)

    def verified(self) -> bool:
        with self.store.read() as session:
            return self.people.audit.verify(session) is None


def sentence(error: TellerDeskError) -> str:
    """As the screen says it; fails for one that no catalogue knows."""
    for language in ("zh_CN", "en"):
        assert words(language).knows(error.message_id), error.message_id
    return words("en").error(error)


__all__ = ["BRANCH", "MAKER", "MEMBERS", "PASSWORD", "SECRET", "THING", "House", "sentence"]
