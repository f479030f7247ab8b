"""Who may do what: the written table, asked through the staff room, and the one line above every use case."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from tellerdesk.errors import NotAllowed
from tellerdesk.staff.permissions import declared, permits, undeclared
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import MAY, Permission, Role, StaffState
from tellerdesk.staff.system import SYSTEM
from tellerdesk.staff.views import SignedOn

from .conftest import Branch


def refusal(branch: Branch, who: SignedOn, permission: Permission = Permission.BE_SIGNED_ON) -> str | None:
    try:
        branch.room.require(who, permission)
    except NotAllowed as refused:
        return str(refused)
    return None


def test_every_role_may_exactly_what_the_table_says(branch: Branch) -> None:
    for number, role in enumerate(Role):
        branch.add(f"50{number}", role)
        who = branch.sign_on(f"50{number}", till_no=f"5{number}")
        allowed = {permission for permission in Permission if refusal(branch, who, permission) is None}
        assert allowed == MAY[role]


def test_a_missing_permission_is_named(branch: Branch) -> None:
    assert refusal(branch, branch.sign_on(), Permission.RETRY_REVERSAL) == (
        "error.permission.missing(permission='RETRY_REVERSAL')"
    )


def test_only_the_system_recovers_and_it_does_nothing_else(branch: Branch) -> None:
    allowed = {permission for permission in Permission if refusal(branch, SYSTEM, permission) is None}
    assert allowed == {Permission.RECOVER}
    assert not any(Permission.RECOVER in permissions for permissions in MAY.values())


def test_a_change_of_role_counts_at_once(branch: Branch) -> None:
    who = branch.sign_on()
    branch.put("1001", role=Role.AUDITOR)
    assert refusal(branch, who, Permission.TAKE_PAYMENT) is not None
    assert refusal(branch, who, Permission.SEE_PAYMENTS) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"state": StaffState.LOCKED}, "error.session.locked()"),
        ({"state": StaffState.LEFT}, "error.session.left()"),
        ({"branch_no": "0713"}, "error.session.other_branch(branch='0713')"),
    ],
)
def test_who_is_locked_has_left_or_moved_may_nothing(branch: Branch, change: dict[str, str], told: str) -> None:
    who = branch.sign_on()
    branch.put("1001", **change)
    assert {refusal(branch, who, permission) for permission in Permission} == {told}


def test_a_revoked_session_may_nothing(branch: Branch) -> None:
    who = branch.sign_on()
    branch.revoke(who)
    assert {refusal(branch, who, permission) for permission in Permission} == {"error.session.revoked()"}


def test_an_ended_session_may_nothing(branch: Branch) -> None:
    who = branch.sign_on()
    branch.room.sign_off(who)
    assert {refusal(branch, who, permission) for permission in Permission} == {"error.session.ended()"}


@pytest.mark.parametrize(
    "forged",
    [
        {"session_id": "0" * 32},
        {"session_id": "SYSTEM"},
        {"staff_no": "3001"},
        {"branch_no": "0713"},
        {"till_no": "09"},
    ],
    ids=str,
)
def test_nothing_a_front_end_claims_is_believed(branch: Branch, forged: dict[str, str]) -> None:
    who = replace(branch.sign_on(), **forged)
    assert {refusal(branch, who, permission) for permission in Permission} == {"error.session.ended()"}


def test_a_claimed_role_is_not_believed(branch: Branch) -> None:
    who = replace(branch.sign_on(), role=Role.SUPERVISOR)
    assert refusal(branch, who, Permission.RETRY_REVERSAL) == "error.permission.missing(permission='RETRY_REVERSAL')"


def test_somebody_who_looks_like_the_system_is_not(branch: Branch) -> None:
    assert refusal(branch, replace(SYSTEM, name="System"), Permission.RECOVER) == "error.session.ended()"


class Window:
    """Use cases as they are written elsewhere."""

    def __init__(self, staff: StaffRoom) -> None:
        self.staff = staff
        self.done: list[tuple[str, str]] = []

    @permits(Permission.OPEN_TILL)
    def open(self, who: SignedOn, amount_fen: int, *, note: str = "") -> int:
        """Opens."""
        self.done.append((who.staff_no, note))
        return amount_fen

    @permits(Permission.SIGN_ON)
    def look(self, name: str) -> str:
        return name

    @property
    def colour(self) -> str:
        return "green"

    def _own(self) -> None: ...


class Careless(Window):
    def anybody(self, who: SignedOn) -> None: ...

    @staticmethod
    def anywhere() -> None: ...

    @classmethod
    def anyhow(cls) -> None: ...


def test_a_use_case_asks_before_it_does_anything(branch: Branch) -> None:
    window, teller = Window(branch.room), branch.sign_on()
    assert window.open(teller, 5, note="morning") == 5
    supervisor = branch.sign_on("3001", till_no="08")
    with pytest.raises(NotAllowed, match=r"permission='OPEN_TILL'"):
        window.open(supervisor, 5)
    branch.room.sign_off(teller)
    with pytest.raises(NotAllowed, match=r"error\.session\.ended"):
        window.open(teller, 5)
    assert window.done == [("1001", "morning")]
    assert window.look("no session needed") == "no session needed"


def test_declared_and_undeclared_methods_are_told_apart() -> None:
    assert declared(Window) == {"open": Permission.OPEN_TILL, "look": Permission.SIGN_ON}
    assert undeclared(Window) == []
    assert declared(Careless) == declared(Window)
    assert undeclared(Careless) == ["anybody", "anyhow", "anywhere"]
    assert (Window.open.__name__, Window.open.__doc__) == ("open", "Opens.")


def test_the_staff_room_declares_its_own() -> None:
    assert undeclared(StaffRoom) == []
    assert declared(StaffRoom)["confirm"] is Permission.LOCK_DESK


def test_what_screens_import_loads_neither_database_nor_argon2() -> None:
    light = "states, commands, views, permissions, system"
    code = f"import sys; from tellerdesk.staff import {light}; import tellerdesk.audit.views; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"sqlalchemy", "sqlmodel", "pydantic", "argon2", "cryptography"} & set(loaded)
