"""A branch with people in it, quick passwords and a database clock that can be moved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from argon2 import Parameters, Type
from conftest import SetClock
from sqlalchemy import select, update

from tellerdesk.audit.models import AuditRow
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.staff.commands import AddStaff, SignOn
from tellerdesk.staff.models import DeskSession, StaffMember, Tries
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.people import People
from tellerdesk.staff.room import SETUP, StaffRoom
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tellerdesk.store.types import database_now_ms
from tellerdesk.store.vault import Vault

CHEAP = Parameters(type=Type.ID, version=19, salt_len=16, hash_len=32, time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "right-horse-battery"
WRONG = "wrong-horse-battery"
BRANCH = "0712"

MEMBERS, SESSIONS, TRIES, AUDIT = (table_of(model) for model in (StaffMember, DeskSession, Tries, AuditRow))


class CountingPasswords(Passwords):
    """Cheap ones, which remember every hash argon2 worked on."""

    def __init__(self, profile: Parameters = CHEAP) -> None:
        super().__init__(profile)
        self.worked_on: list[str] = []
        hasher = self._hasher

        class Counting:
            def verify(counting, hashed: str, password: str) -> bool:
                self.worked_on.append(hashed)
                return hasher.verify(hashed, password)

            def __getattr__(counting, name: str) -> Any:
                return getattr(hasher, name)

        self._hasher = Counting()  # type: ignore[assignment]


@dataclass
class Branch:
    """A staff room over a real store. `1001` and `1002` are tellers, `3001` a supervisor; all know PASSWORD."""

    store: Store
    keys: Keys
    clock: SetClock = field(default_factory=SetClock)
    passwords: CountingPasswords = field(default_factory=CountingPasswords)

    def __post_init__(self) -> None:
        self.audit = AuditTrail(self.keys, self.clock)
        self.vault = Vault(self.keys)
        self.room = StaffRoom(self.store, self.audit, self.clock, self.passwords, self.vault)
        self.people = People(self.store, self.room, "示例银行")

    def add(self, staff_no: str, role: Role = Role.TELLER, branch_no: str = BRANCH, name: str = "李晓燕") -> None:
        self.room.add(AddStaff(staff_no, name, role, branch_no, PASSWORD), by=SETUP)

    def sign_on(
        self, staff_no: str = "1001", password: str = PASSWORD, till_no: str = "07", branch_no: str = BRANCH
    ) -> SignedOn:
        return self.room.sign_on(SignOn(staff_no, password), branch_no=branch_no, till_no=till_no, terminal="T01")

    def sign_on_expired(self, staff_no: str = "1001", till_no: str = "07") -> SignedOn:
        """A session whose time was over when it began: the database's clock cannot be put forward."""
        room = StaffRoom(self.store, self.audit, self.clock, self.passwords, self.vault, session_hours=-1.0)
        return room.sign_on(SignOn(staff_no, PASSWORD), branch_no=BRANCH, till_no=till_no, terminal="T01")

    def another_desk(self) -> Branch:
        """Another process: its own connections, its own memory."""
        return Branch(Store(self.store.url), self.keys, self.clock)

    def database_clock_moves(self, seconds: float) -> None:
        """As if the database's clock had moved: what is kept in its milliseconds moves the other way."""
        with self.store.write("test.time") as work:
            moved = TRIES.c.not_before_ms - round(seconds * 1000)
            work.session.connection().execute(update(TRIES).values(not_before_ms=moved))
            work.commit()

    def database_now_ms(self) -> int:
        return int(self.read(select(database_now_ms()))[0][0])

    def not_before_ms(self, staff_no: str) -> int:
        query = select(TRIES.c.not_before_ms).where(TRIES.c.number == self.audit.blinded(staff_no))
        return int(self.read(query)[0][0])

    def put(self, staff_no: str, **values: object) -> None:
        """Changes a person's row behind everybody's back."""
        with self.store.write("test.put") as work:
            work.session.connection().execute(update(MEMBERS).where(MEMBERS.c.staff_no == staff_no).values(**values))
            work.commit()

    def revoke(self, who: SignedOn) -> None:
        with self.store.write("test.revoke") as work:
            this = SESSIONS.c.session_id == who.session_id
            work.session.connection().execute(update(SESSIONS).where(this).values(revoked=True))
            work.commit()

    def member(self, staff_no: str) -> Any:
        return self.read(select(MEMBERS).where(MEMBERS.c.staff_no == staff_no))[0]

    def open_sessions(self) -> list[tuple[str, str]]:
        query = select(SESSIONS.c.staff_no, SESSIONS.c.till_no).where(SESSIONS.c.ended_at.is_(None))
        return sorted((staff_no, till_no) for staff_no, till_no in self.read(query))

    def audited(self, person: str) -> list[str]:
        query = select(AUDIT.c.action).where(AUDIT.c.person == person).order_by(AUDIT.c.person_seq)
        return [action for (action,) in self.read(query)]

    def told(self, person: str) -> list[tuple[str, str, dict[str, Any]]]:
        """What was audited of a person's doings: action, subject, details."""
        query = select(AUDIT.c.action, AUDIT.c.subject, AUDIT.c.details).where(AUDIT.c.person == person)
        return [(row[0], row[1], json.loads(row[2])) for row in self.read(query.order_by(AUDIT.c.person_seq))]

    def read(self, query: Any) -> list[Any]:
        with self.store.read() as session:
            return list(session.connection().execute(query))


@pytest.fixture
def branch(store: Store, keys: Keys, clock: SetClock) -> Branch:
    made = Branch(store, keys, clock)
    made.add("1001")
    made.add("1002", name="陈志强")
    made.add("3001", Role.SUPERVISOR, name="王建国")
    return made
