"""Putting people on the list, and what a password must be."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from tellerdesk.errors import BadInput, Conflict
from tellerdesk.staff.commands import AddStaff
from tellerdesk.staff.passwords import COMMON, Passwords
from tellerdesk.staff.room import SETUP
from tellerdesk.staff.states import Role, StaffState

from .conftest import AUDIT, CHEAP, MEMBERS, PASSWORD, Branch


def person(**changes: Any) -> AddStaff:
    values = {"staff_no": "2001", "name": "周敏", "role": Role.TELLER, "branch_no": "0712", "password": PASSWORD}
    return AddStaff(**(values | changes))


def test_a_person_is_put_on_the_list_and_it_is_written_down_who_did_it(branch: Branch) -> None:
    branch.room.add(person(staff_no="ｔ2001", name=" 周敏 ", role=Role.AUDITOR), by=SETUP)
    member = branch.member("T2001")
    assert (member.name, member.role, member.branch_no, member.state) == ("周敏", "AUDITOR", "0712", StaffState.ACTIVE)
    assert len(member.person_id) == 32
    last = select(AUDIT.c.action, AUDIT.c.subject, AUDIT.c.details).where(AUDIT.c.person == SETUP)
    assert branch.read(last.order_by(AUDIT.c.person_seq.desc()).limit(1)) == [
        ("staff.added", "T2001", '{"branch_no":"0712","role":"AUDITOR"}')
    ]
    assert branch.sign_on("t2001").staff_no == "T2001"


def test_a_number_is_given_once(branch: Branch) -> None:
    before = branch.member("1001")
    with pytest.raises(Conflict, match=r"^error\.staff\.exists\(staff_no='1001'\)$"):
        branch.room.add(person(staff_no="1001", role=Role.ADMINISTRATOR), by=SETUP)
    assert branch.member("1001") == before
    assert branch.audited(SETUP) == ["staff.added"] * 3


@pytest.mark.parametrize(
    ("wrong", "field", "told"),
    [
        ({"staff_no": "SYSTEM"}, "staff_no", "error.staff.number"),
        ({"staff_no": "nobody"}, "staff_no", "error.staff.number"),
        ({"staff_no": "setup"}, "staff_no", "error.staff.number"),
        ({"staff_no": "20 01"}, "staff_no", "error.staff.number"),
        ({"staff_no": "2"}, "staff_no", "error.staff.number"),
        ({"name": "  "}, "name", "error.staff.name"),
        ({"name": "周\x1b[2J敏"}, "name", "error.text.not_plain"),
        ({"branch_no": "712"}, "branch_no", "error.staff.branch"),
        ({"branch_no": "０７１２"}, "branch_no", "error.staff.branch"),
        ({"password": "short-1"}, "password", "error.password.short"),
    ],
    ids=str,
)
def test_what_cannot_be_on_the_list_is_refused(branch: Branch, wrong: dict[str, str], field: str, told: str) -> None:
    with pytest.raises(BadInput) as refused:
        branch.room.add(person(**wrong), by=SETUP)
    assert (refused.value.field, refused.value.message_id) == (field, told)
    assert len(branch.read(select(MEMBERS.c.staff_no))) == 3


@pytest.mark.parametrize(
    ("password", "told"),
    [
        ("", "error.password.short"),
        ("1234567", "error.password.short"),
        ("ﷺ", None),  # NFKC makes eighteen characters of it, and those are what is counted
        ("12345678", "error.password.common"),
        ("１２３４５６７８", "error.password.common"),
        ("PassWord", "error.password.common"),
        ("zzzzzzzzzzzz", "error.password.common"),
        ("10011001", "error.password.staff_no"),
        ("x" * 129, "error.password.long"),
        ("ab" * 100_000, "error.password.characters"),
        ("tab\tinside-it", "error.password.characters"),
        ("lone\ud800surrogate", "error.password.characters"),
        ("kapok-1001", None),
        ("correct horse battery staple", None),
        ("木棉花开在春天里", None),
        ("ab" * 64, None),
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_the_rules_for_a_new_password(password: str, told: str | None) -> None:
    def asked() -> str | None:
        try:
            Passwords(CHEAP).check_rules(password, staff_no="1001")
        except BadInput as refused:
            return refused.message_id
        return None

    assert asked() == told


def test_common_passwords_are_long_enough_to_be_asked_about() -> None:
    assert all(len(password) >= 8 and password == password.casefold() for password in COMMON)


def test_every_keyboard_gives_the_same_password() -> None:
    passwords = Passwords(CHEAP)
    assert passwords.verify(passwords.hash("Ｋａｐｏｋ－1001é"), "Kapok-1001e\u0301")


@pytest.mark.parametrize("password", ["", "x" * 129, "x" * 10**6, "lone\ud800surrogate", "nul\0inside"], ids=len)
def test_what_can_be_no_password_is_wrong_and_breaks_nothing(password: str) -> None:
    passwords = Passwords(CHEAP)
    assert not passwords.verify(passwords.hash(PASSWORD), password)
    assert not passwords.verify(None, password)


def test_nobodys_hash_opens_to_nothing_and_costs_what_a_real_one_does() -> None:
    passwords = Passwords(CHEAP)
    assert not passwords.verify(None, PASSWORD)
    real, nobodys = passwords.hash(PASSWORD), passwords._nobodys
    assert nobodys.split("$")[:4] == real.split("$")[:4]
    assert [len(part) for part in nobodys.split("$")] == [len(part) for part in real.split("$")]
    assert not passwords.outdated(nobodys)


def test_a_damaged_hash_opens_to_nothing() -> None:
    assert not Passwords(CHEAP).verify("$argon2id$v=19$damaged", PASSWORD)
