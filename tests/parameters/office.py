"""A branch whose files are under change control: its drafts on disk, its people, what is in force."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from conftest import SetClock
from sqlalchemy import Update, select, update

from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.approvals.commands import Decide, Withdraw
from tellerdesk.approvals.register import REQUEST
from tellerdesk.approvals.room import ApprovalsRoom
from tellerdesk.approvals.rules import SHIPPED as SHIPPED_RULES
from tellerdesk.approvals.views import ApprovalView
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.billers.catalogue import SHIPPED as SHIPPED_BILLERS
from tellerdesk.billers.catalogue import Biller
from tellerdesk.clock import branch_time
from tellerdesk.parameters import limits
from tellerdesk.parameters.commands import Propose
from tellerdesk.parameters.drafts import Drafts, Key
from tellerdesk.parameters.in_force import Current, InForce
from tellerdesk.parameters.room import ParametersRoom
from tellerdesk.parameters.states import Kind
from tellerdesk.parameters.versions import VERSION
from tellerdesk.parameters.views import ParameterView, VersionView
from tellerdesk.staff import codes
from tellerdesk.staff.commands import AddStaff
from tellerdesk.staff.room import SETUP
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.store import schema, triggers
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.staff.conftest import AUDIT, BRANCH, PASSWORD, Branch

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ADMINISTRATOR, SUPERVISOR, SECOND = "9001", "3001", "3002"
LIMITS = limits.written(identity_from_fen=1_000_000, duplicate_days=3)


@dataclass
class Office:
    """One desk. Nothing is adopted until `adopt`."""

    store: Store
    keys: Keys
    folder: Path
    clock: SetClock = field(default_factory=SetClock)
    limits: str = LIMITS

    def __post_init__(self) -> None:
        self.people = Branch(self.store, self.keys, self.clock)
        self.audit = AuditTrail(self.keys, self.clock)
        self.in_force = InForce(self.store, self.audit, self.clock, self.keys.audit)
        self.book = ApprovalBook(self.audit, self.clock, self.keys.audit)
        self.approvals = ApprovalsRoom(self.store, self.people.room, self.book, self.clock)
        if not self.folder.exists():
            shutil.copytree(SHIPPED_BILLERS, self.folder / "catalogue")
            shutil.copyfile(SHIPPED_RULES, self.folder / "approvals.toml")
        self.set_limits(self.limits)

    def set_limits(self, text: str) -> None:
        """As if the settings said so."""
        self.limits = text
        self.room = ParametersRoom(
            self.store, self.people.room, self.audit, self.clock, self.book, self.in_force, self.drafts
        )
        self.approvals._register(self.room.subject)

    @property
    def drafts(self) -> Drafts:
        folder = self.folder
        return Drafts(folder / "catalogue", folder / "approvals.toml", self.limits, folder / "tellerdesk.toml")

    def open(self) -> Office:
        """Adopted, with an administrator and two supervisors on the list."""
        for staff_no, role in (
            (ADMINISTRATOR, Role.ADMINISTRATOR),
            (SUPERVISOR, Role.SUPERVISOR),
            (SECOND, Role.SUPERVISOR),
        ):
            secret = SECRET if role is Role.SUPERVISOR else ""
            self.people.room.add(AddStaff(staff_no, "周平", role, BRANCH, PASSWORD, code_secret=secret), by=SETUP)
        assert self.in_force.adopt(self.drafts)
        return self

    def another_desk(self) -> Office:
        """Another process: its own connections, its own memory."""
        return Office(Store(self.store.url), self.keys, self.folder, self.clock, self.limits)

    # -- files --

    def edit(self, name: str, *exchanges: tuple[str, str]) -> Path:
        """Exchanges pieces of a biller's file, or of the rules ("approvals")."""
        path = self.folder / (f"{name}.toml" if name == "approvals" else f"catalogue/{name}.toml")
        text = path.read_text(encoding="utf-8")
        for old, new in exchanges:
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        return path

    # -- people --

    def sign_on(self, staff_no: str = ADMINISTRATOR) -> SignedOn:
        return self.people.sign_on(staff_no, till_no={ADMINISTRATOR: "00"}.get(staff_no, f"9{staff_no[-1]}"))

    def propose(self, key: Key, days: int = 0, reason: str = "换账户", who: SignedOn | None = None) -> VersionView:
        return self.room.propose(who or self.sign_on(), Propose(*key, self.today + timedelta(days=days), reason))

    def decide(self, version: VersionView, approve: bool = True, by: str = SUPERVISOR) -> ApprovalView:
        self.people.put(by, code_step=0)
        code = codes.code_at(SECRET, self.people.database_now_ms())
        reason = "" if approve else "账户不对"
        return self.approvals.decide(self.sign_on(by), Decide(version.approval_id, approve, code, reason))

    def withdraw(self, version: VersionView) -> ApprovalView:
        return self.approvals.withdraw(self.sign_on(), Withdraw(version.approval_id))

    def time_runs_out(self, version: VersionView) -> None:
        """As if the database's clock had gone past the approval's time."""
        asked = REQUEST.c.approval_id == version.approval_id
        self.past_the_desk(update(REQUEST).where(asked).values(expires_ms=1))

    def past_the_desk(self, statement: Update) -> None:
        """What somebody does to the database behind our back, past the triggers that keep history."""
        with self.store.schema_change("test.tamper") as connection:
            triggers.drop(connection)
            connection.execute(statement)
            triggers.recreate(connection, schema.all_metadata())

    # -- what counts --

    @property
    def today(self) -> date:
        return branch_time(self.clock.now()).date()

    def current(self) -> Current:
        with self.store.read() as session:
            return self.in_force.current(session.connection())

    def billers(self) -> dict[str, Biller]:
        with self.store.read() as session:
            return self.in_force.billers(session.connection())

    def view(self, key: Key) -> ParameterView:
        (found,) = [view for view in self.room.all(self.sign_on()) if (view.kind, view.name) == key]
        return found

    def states(self, key: Key) -> list[str]:
        """Of every version of it, oldest first."""
        of = (VERSION.c.kind == key[0].value) & (VERSION.c.name == key[1])
        return [state for (state,) in self.people.read(select(VERSION.c.state).where(of).order_by(VERSION.c.id))]

    def audited(self, action: str) -> list[Any]:
        query = select(AUDIT.c.person, AUDIT.c.subject, AUDIT.c.details).where(AUDIT.c.action == action)
        return self.people.read(query.order_by(AUDIT.c.id))


POWER: Key = (Kind.BILLER, "1101")
RULES: Key = (Kind.RULES, "")
OF_LIMITS: Key = (Kind.LIMITS, "")
