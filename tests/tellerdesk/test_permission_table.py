"""Every use case x every role x every state of a session: what the door answers is what docs/permissions.md says."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import Parameters, Type
from conftest import SetClock
from sqlalchemy import update

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.desk import ROOMS
from tellerdesk.errors import NotAllowed
from tellerdesk.staff.commands import AddStaff, SignOn
from tellerdesk.staff.models import DeskSession, StaffMember
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.permissions import permits, undeclared
from tellerdesk.staff.room import SETUP, StaffRoom
from tellerdesk.staff.states import Permission, Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.store import keys as key_file
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tellerdesk.store.vault import Vault

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
CHEAP = Parameters(type=Type.ID, version=19, salt_len=16, hash_len=32, time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "right-horse-battery"
IN = "let in"
NO_SESSION = Permission.SIGN_ON
MEMBERS, SESSIONS = table_of(StaffMember), table_of(DeskSession)


# The page, read as a person reads it


def _tables() -> list[list[dict[str, str]]]:
    tables: list[list[dict[str, str]]] = []
    heads: list[str] = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            heads = []
        elif not heads:
            heads = cells
            tables.append([])
        elif set(cells) != {"---"}:
            tables[-1].append(dict(zip(heads, cells, strict=True)))
    return tables


USE_CASES, STATES = (
    next(table for table in _tables() if first in table[0]) for first in ("use case", "state")
)  # fmt: skip


def promised(case: dict[str, str], role: Role, state: dict[str, str]) -> str:
    """What the page says happens."""
    if case["permission"] == NO_SESSION:
        return IN
    let = state["let through"]
    if let not in {"all of the role", "nothing"} and case["permission"] not in let.split(", "):
        return state["answer"]
    if let == "nothing":
        return state["answer"]
    return IN if case[role.value.lower()] == "yes" else "error.permission.missing"


# The door, really asked


@dataclass
class House:
    """One real store with a person of each role in each state, each with a real session."""

    staff: StaffRoom
    people: dict[tuple[Role, str], SignedOn]

    def answer(self, case: str, who: SignedOn) -> str:
        """What calling a use case comes to. Behind the door the rooms are bare, so that nothing is done to anything,
        whoever gets in: what happens there is an error of another kind."""
        room, name = case.split(".")
        try:
            getattr(self._bare(room), name)(who)
        except NotAllowed as refused:
            return refused.message_id
        except (AttributeError, TypeError):
            return IN
        return IN

    def _bare(self, room: str) -> Any:
        cls = next(cls for cls in ROOMS if cls.__name__ == room)
        if issubclass(cls, StaffRoom):  # it is its own doorkeeper
            cls = type("BareStaffRoom", (cls,), {"staff": self.staff})
        bare = object.__new__(cls)
        if not isinstance(bare, StaffRoom):
            bare.staff = self.staff
        return bare


@pytest.fixture(scope="module")
def house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("permissions")
    with closing(sqlite3.connect(sqlite_template)) as template, closing(sqlite3.connect(folder / "desk.db")) as copy:
        template.backup(copy)
    ring = key_file.create(folder / "keys.json", [])
    store = Store(f"sqlite:///{folder / 'desk.db'}")
    yield _built(store, ring)
    store.close()


def _built(store: Store, ring: Keys) -> House:
    clock = SetClock()
    parts: tuple[Any, ...] = (store, AuditTrail(ring, clock), clock, Passwords(CHEAP), Vault(ring))
    rooms = {False: StaffRoom(*parts), True: StaffRoom(*parts, session_hours=-1.0)}
    people = {}
    for at, role in enumerate(Role):
        for then, state in enumerate(each["state"] for each in STATES):
            number, till_no = f"{at}{then}00", f"{at}{then}"
            must_change = state == "must change"
            rooms[False].add(AddStaff(number, "李晓燕", role, "0712", PASSWORD, must_change=must_change), by=SETUP)
            sign_on = SignOn(number, PASSWORD)
            who = rooms[state == "expired"].sign_on(sign_on, branch_no="0712", till_no=till_no, terminal="T01")
            _bring(rooms[False], store, who, state)
            people[role, state] = who
    return House(rooms[False], people)


def _bring(room: StaffRoom, store: Store, who: SignedOn, state: str) -> None:
    """Into its state, by the use case where one leads there, else as the row would stand."""
    rows: dict[str, dict[str, str]] = {
        "other branch": {"branch_no": "0713"}, "locked": {"state": "LOCKED"}, "left": {"state": "LEFT"},
    }  # fmt: skip
    if state == "idle":
        room.lock_desk(who)
    elif state == "ended":
        room.sign_off(who)
    elif state in rows or state == "revoked":
        table, column, value = (
            (SESSIONS, SESSIONS.c.session_id, who.session_id)
            if state == "revoked"
            else (MEMBERS, MEMBERS.c.staff_no, who.staff_no)
        )
        with store.write("test.bring") as work:
            values: dict[str, Any] = rows.get(state, {"revoked": True})
            work.session.connection().execute(update(table).where(column == value).values(**values))
            work.commit()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state["state"])
@pytest.mark.parametrize("role", Role)
def test_the_door_answers_what_the_page_says(house: House, role: Role, state: dict[str, str]) -> None:
    who = house.people[role, state["state"]]

    answers = {case["use case"]: house.answer(case["use case"], who) for case in USE_CASES}

    assert answers == {case["use case"]: promised(case, role, state) for case in USE_CASES}


def test_the_page_names_every_use_case_and_no_other() -> None:
    methods = {f"{room.__name__}.{name}" for room in ROOMS for name in _public(room)}
    assert [case["use case"] for case in USE_CASES if case["use case"] not in methods] == []
    assert methods - {case["use case"] for case in USE_CASES} == set()


def test_the_page_knows_every_way_the_door_refuses() -> None:
    source = (Path(__file__).parents[2] / "tellerdesk" / "staff" / "room.py").read_text(encoding="utf-8")
    door = source[source.index("def require") : source.index("def prove_approver")]
    assert set(re.findall(r"error\.session\.\w+", door)) == {state["answer"] for state in STATES if state["answer"]}


class Careless:
    """A room somebody forgot a line in."""

    staff: StaffRoom

    @permits(Permission.OPEN_TILL)
    def open(self, who: SignedOn) -> None: ...

    def anybody(self, who: SignedOn) -> None: ...


def test_a_use_case_without_a_declaration_is_a_defect() -> None:
    assert {room.__name__: undeclared(room) for room in ROOMS} == {room.__name__: [] for room in ROOMS}
    assert undeclared(Careless) == ["anybody"]


def _public(room: type) -> list[str]:
    return [name for name in dir(room) if not name.startswith("_") and callable(getattr(room, name))]
