"""7002: what an administrator may do to the list, what it leaves behind, and what nobody may do to oneself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from tellerdesk.errors import BadInput, Conflict, NotAllowed, Refused, SignOnRefused, TellerDeskError
from tellerdesk.staff import codes
from tellerdesk.staff.commands import AddStaff, ChangeStaff
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.room import SETUP
from tellerdesk.staff.states import Permission, Role, StaffState, decides
from tellerdesk.staff.temporary import temporary_password
from tellerdesk.staff.tries import LOCK_AT
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

from .conftest import AUDIT, BRANCH, CHEAP, PASSWORD, WRONG, Branch

Act = Callable[[Branch, SignedOn, str], Any]

ACTS: dict[str, Act] = {
    "change": lambda branch, who, number: branch.people.change(who, ChangeStaff(number, role=Role.AUDITOR)),
    "lock": lambda branch, who, number: branch.people.lock(who, number),
    "unlock": lambda branch, who, number: branch.people.unlock(who, number),
    "leave": lambda branch, who, number: branch.people.leave(who, number),
    "reset_password": lambda branch, who, number: branch.people.reset_password(who, number),
    "reset_code": lambda branch, who, number: branch.people.reset_code(who, number),
}


@pytest.fixture
def admin(branch: Branch) -> SignedOn:
    """9001, one of two administrators, signed on."""
    branch.add("9001", Role.ADMINISTRATOR, name="赵海")
    branch.add("9002", Role.ADMINISTRATOR, name="孙丽")
    return branch.sign_on("9001", till_no="01")


def person(**changes: Any) -> AddStaff:
    values = {"staff_no": "2001", "name": "周敏", "role": Role.TELLER, "branch_no": BRANCH, "password": PASSWORD}
    return AddStaff(**(values | changes))


def view(branch: Branch, who: SignedOn, staff_no: str) -> Any:
    return next(each for each in branch.people.all(who) if each.staff_no == staff_no)


def refused(call: Callable[[], Any]) -> str:
    with pytest.raises(TellerDeskError) as error:
        call()
    return error.value.message_id


# Adding


def test_who_is_added_changes_the_password_first_and_has_codes_only_where_the_role_decides(
    branch: Branch, admin: SignedOn
) -> None:
    assert branch.people.add(admin, person()) is None
    assert branch.sign_on("2001").must_change
    given = branch.people.add(admin, person(staff_no="3005", role=Role.SUPERVISOR))
    assert given is not None
    assert given.uri == f"otpauth://totp/3005?secret={given.secret}&issuer=%E7%A4%BA%E4%BE%8B%E9%93%B6%E8%A1%8C"
    assert given.secret not in repr(given)
    branch.put("3005", must_change=False, may_decide=True)
    code = codes.code_at(given.secret, branch.database_now_ms())
    assert branch.room.prove_approver("3005", PASSWORD, code, admin).staff_no == "3005"
    assert [act for act in branch.told("9001") if act[0] == "staff.added"] == [
        ("staff.added", "2001", {"role": "TELLER", "branch_no": BRANCH}),
        ("staff.added", "3005", {"role": "SUPERVISOR", "branch_no": BRANCH}),
    ]


def test_a_second_number_is_the_same_person(branch: Branch, admin: SignedOn) -> None:
    branch.people.add(admin, person(staff_no="2001", same_person_as="1001"))
    assert branch.member("2001").person_id == branch.member("1001").person_id
    assert branch.member("2001").person_id != branch.member("1002").person_id
    assert view(branch, admin, "1001").same_person == ("2001",)
    assert branch.told("9001")[-1][2]["same_person_as"] == "1001"


@pytest.mark.parametrize(
    ("changes", "error", "field", "told"),
    [
        ({"staff_no": "1001"}, Conflict, "", "error.staff.exists"),
        ({"same_person_as": "7777"}, BadInput, "same_person_as", "error.staff.nobody"),
        ({"same_person_as": "x y"}, BadInput, "same_person_as", "error.staff.number"),
        ({"same_person_as": "9001"}, NotAllowed, "", "error.staff.oneself"),
        ({"name": ""}, BadInput, "name", "error.staff.name"),
        ({"password": "12345678"}, BadInput, "password", "error.password.common"),
    ],
    ids=str,
)
def test_what_cannot_be_added_is_refused(
    branch: Branch, admin: SignedOn, changes: dict[str, str], error: type[TellerDeskError], field: str, told: str
) -> None:
    before = branch.people.all(admin)
    with pytest.raises(error) as refusal:
        branch.people.add(admin, person(**changes))
    assert (refusal.value.message_id, getattr(refusal.value, "field", "")) == (told, field)
    assert branch.people.all(admin) == before
    assert "staff.added" not in branch.audited("9001")


# Never oneself, never the last


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_nobody_does_it_to_oneself_nor_to_another_number_of_the_same_person(
    branch: Branch, admin: SignedOn, act: Act
) -> None:
    branch.room.add(person(staff_no="9101", role=Role.SUPERVISOR, same_person_as="9001"), by=SETUP)
    before = [branch.member("9001"), branch.member("9101")]
    for own in ("9001", "9101"):
        assert refused(lambda own=own: act(branch, admin, own)) == "error.staff.oneself"  # type: ignore[misc]
    assert [branch.member("9001"), branch.member("9101")] == before
    assert branch.audited("9001") == ["staff.signed_on"]


@pytest.mark.parametrize("name", ["change", "lock", "leave"])
def test_the_last_active_administrator_stays(branch: Branch, name: str) -> None:
    branch.add("9001", Role.ADMINISTRATOR)
    branch.add("9002", Role.ADMINISTRATOR)
    roster = branch.room.roster
    does = {
        "change": lambda: roster.change(ChangeStaff("9001", role=Role.TELLER), SETUP),
        "lock": lambda: roster.lock("9001", SETUP),
        "leave": lambda: roster.leave("9001", SETUP),
    }[name]
    roster.lock("9002", SETUP)
    assert refused(does) == "error.staff.last_administrator"
    assert branch.member("9001").state == StaffState.ACTIVE
    roster.change(ChangeStaff("9001", name="赵海", branch_no="0713"), SETUP)
    roster.unlock("9002", SETUP)
    does()
    assert (branch.member("9001").state, branch.member("9001").role) != (StaffState.ACTIVE, Role.ADMINISTRATOR)


def test_two_administrators_who_lock_each_other_leave_one(branch: Branch, admin: SignedOn) -> None:
    other = branch.sign_on("9002", till_no="02")
    gate = threading.Barrier(2)

    def lock(who: SignedOn, number: str) -> str:
        gate.wait(30)
        try:
            branch.people.lock(who, number)
        except (NotAllowed, Refused) as error:
            return error.message_id
        return "locked"

    with ThreadPoolExecutor(2) as pool:
        said = [pool.submit(lock, admin, "9002"), pool.submit(lock, other, "9001")]
        answers = sorted(future.result(60) for future in said)
    assert answers[1] == "locked"
    assert answers[0] in {"error.session.locked", "error.session.revoked"}
    assert sorted((branch.member("9001").state, branch.member("9002").state)) == ["ACTIVE", "LOCKED"]


# What each of them does


def test_a_change_is_told_with_what_was_before_and_ends_the_session(branch: Branch, admin: SignedOn) -> None:
    who = branch.sign_on("1001")
    assert branch.people.change(admin, ChangeStaff("1001", "李小燕", Role.AUDITOR, "0713")) is None
    assert refused(lambda: branch.room.require(who, Permission.BE_SIGNED_ON)) == "error.session.revoked"
    member = branch.member("1001")
    assert (member.name, member.role, member.branch_no) == ("李小燕", "AUDITOR", "0713")
    assert branch.told("9001")[1:] == [
        ("staff.session_revoked", who.session_id, {"staff_no": "1001"}),
        (
            "staff.changed",
            "1001",
            {
                "before_name": "*晓燕", "after_name": "*小燕", "before_role": "TELLER", "after_role": "AUDITOR",
                "before_branch_no": BRANCH, "after_branch_no": "0713",
            },
        ),
    ]  # fmt: skip


def test_a_change_of_nothing_is_nothing(branch: Branch, admin: SignedOn) -> None:
    branch.sign_on("1001")
    assert branch.people.change(admin, ChangeStaff("1001", "李晓燕", Role.TELLER, BRANCH)) is None
    assert branch.people.change(admin, ChangeStaff("1001")) is None
    assert ("1001", "07") in branch.open_sessions()
    assert branch.audited("9001") == ["staff.signed_on"]


def test_who_comes_to_decide_gets_codes_and_who_no_longer_does_loses_them(branch: Branch, admin: SignedOn) -> None:
    given = branch.people.change(admin, ChangeStaff("1001", role=Role.SUPERVISOR))
    assert given is not None
    assert branch.audited("9001")[1:] == ["staff.changed", "staff.code_given"]
    assert branch.people.change(admin, ChangeStaff("1001", name="李小燕")) is None, "the codes stay"
    assert branch.member("1001").code_sealed is not None
    assert branch.people.change(admin, ChangeStaff("1001", role=Role.TELLER)) is None
    assert branch.member("1001").code_sealed is None


def test_locking_ends_the_session_at_once_and_unlocking_opens_the_number(branch: Branch, admin: SignedOn) -> None:
    who = branch.sign_on("1001")
    branch.people.lock(admin, "1001")
    assert refused(lambda: branch.room.require(who, Permission.BE_SIGNED_ON)) == "error.session.revoked"
    assert refused(lambda: branch.sign_on("1001")) == "error.sign_on.locked"
    branch.sign_on("1002", till_no="07")
    branch.people.lock(admin, "1001")
    branch.people.unlock(admin, "1001")
    branch.people.unlock(admin, "1001")
    branch.sign_on("1001", till_no="08")
    assert branch.told("9001")[1:] == [
        ("staff.session_revoked", who.session_id, {"staff_no": "1001"}),
        ("staff.locked", "1001", {"before_state": "ACTIVE", "after_state": "LOCKED"}),
        ("staff.unlocked", "1001", {"before_state": "LOCKED", "after_state": "ACTIVE", "failures": 1}),
    ]


def test_who_was_locked_by_guessing_is_unlocked_with_all_tries(branch: Branch, admin: SignedOn) -> None:
    for _ in range(LOCK_AT):
        with pytest.raises(SignOnRefused):
            branch.sign_on("1001", WRONG)
        branch.database_clock_moves(86_400.0)
    assert (view(branch, admin, "1001").state, view(branch, admin, "1001").failures) == (StaffState.LOCKED, LOCK_AT)
    branch.people.unlock(admin, "1001")
    assert view(branch, admin, "1001").failures == 0
    assert branch.told("9001")[-1][2]["failures"] == LOCK_AT
    branch.sign_on("1001")


def test_who_has_left_is_out_of_service_for_good(branch: Branch, admin: SignedOn) -> None:
    who = branch.sign_on("3001")
    branch.put("3001", code_sealed=b"x")
    branch.people.leave(admin, "3001")
    branch.people.leave(admin, "3001")
    assert branch.audited("9001") == ["staff.signed_on", "staff.session_revoked", "staff.left"]
    assert (branch.member("3001").state, branch.member("3001").code_sealed) == (StaffState.LEFT, None)
    assert refused(lambda: branch.room.require(who, Permission.BE_SIGNED_ON)) == "error.session.revoked"
    assert refused(lambda: branch.sign_on("3001")) == "error.sign_on.refused"
    for name in sorted(ACTS.keys() - {"leave"}):
        assert refused(lambda name=name: ACTS[name](branch, admin, "3001")) == "error.staff.left"  # type: ignore[misc]


def test_a_reset_password_opens_once_to_be_changed_and_ends_what_was_open(branch: Branch, admin: SignedOn) -> None:
    who = branch.sign_on("1001")
    first = branch.people.reset_password(admin, "1001")
    given = branch.people.reset_password(admin, "1001")
    assert given.password not in repr(given)
    assert refused(lambda: branch.room.require(who, Permission.BE_SIGNED_ON)) == "error.session.revoked"
    for worthless in (PASSWORD, first.password):
        assert refused(lambda worthless=worthless: branch.sign_on("1001", worthless)) == "error.sign_on.refused"  # type: ignore[misc]
    assert branch.sign_on("1001", given.password).must_change
    assert branch.audited("9001")[1:] == ["staff.session_revoked", "staff.password_reset", "staff.password_reset"]


def test_a_reset_password_opens_no_locked_number(branch: Branch, admin: SignedOn) -> None:
    branch.people.lock(admin, "1001")
    given = branch.people.reset_password(admin, "1001")
    assert refused(lambda: branch.sign_on("1001", given.password)) == "error.sign_on.locked"
    branch.people.unlock(admin, "1001")
    assert branch.sign_on("1001", given.password).must_change


def test_a_new_code_makes_the_old_one_worthless(branch: Branch, admin: SignedOn) -> None:
    first, second = branch.people.reset_code(admin, "3001"), branch.people.reset_code(admin, "3001")
    branch.put("3001", may_decide=True)
    now = branch.database_now_ms()
    with pytest.raises(SignOnRefused, match=r"^error\.(code|approver)\.refused"):
        branch.room.prove_approver("3001", PASSWORD, codes.code_at(first.secret, now), admin)
    code = codes.code_at(second.secret, branch.database_now_ms())
    assert branch.room.prove_approver("3001", PASSWORD, code, admin).staff_no == "3001"
    with pytest.raises(SignOnRefused, match=r"^error\.code\.used"):
        branch.room.prove_approver("3001", PASSWORD, code, admin)
    assert refused(lambda: branch.people.reset_code(admin, "1001")) == "error.staff.no_codes"


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_number_nobody_has_is_told(branch: Branch, admin: SignedOn, act: Act) -> None:
    assert refused(lambda: act(branch, admin, "7777")) == "error.staff.nobody"
    assert refused(lambda: act(branch, admin, "no such")) == "error.staff.number"


def test_an_administrator_who_has_lost_the_role_meanwhile_changes_nothing(branch: Branch, admin: SignedOn) -> None:
    roster = branch.room.roster  # behind the door, as a call that passed it a moment ago
    branch.put("9001", role=Role.AUDITOR)
    assert refused(lambda: roster.lock("1001", by="9001")) == "error.permission.missing"
    branch.put("9001", role=Role.ADMINISTRATOR, state=StaffState.LOCKED)
    assert refused(lambda: roster.lock("1001", by="9001")) == "error.session.locked"
    assert branch.member("1001").state == StaffState.ACTIVE


# The list


def test_the_list_tells_who_is_where_and_whose_tries_failed(branch: Branch, admin: SignedOn) -> None:
    branch.sign_on("1001")
    with pytest.raises(SignOnRefused):
        branch.sign_on("1002", WRONG)
    branch.sign_on_expired("3001", till_no="09")
    seen = {each.staff_no: each for each in branch.people.all(admin)}
    assert list(seen) == ["1001", "1002", "3001", "9001", "9002"]
    assert {number: each.signed_on_at for number, each in seen.items() if each.signed_on_at} == {
        "1001": "07", "9001": "01",
    }  # fmt: skip
    assert seen["1002"].failures == 1
    assert seen["1001"].last_sign_on == branch.clock.now()
    assert (seen["3001"].has_code, seen["3001"].must_change) == (False, False)


def test_a_supervisor_sees_the_own_branch_and_administrator_and_auditor_every_one(
    branch: Branch, admin: SignedOn
) -> None:
    branch.add("8001", branch_no="0713")
    branch.add("4001", Role.AUDITOR)

    def numbers(who: SignedOn) -> list[str]:
        return [each.staff_no for each in branch.people.all(who)]

    assert "8001" not in numbers(branch.sign_on("3001", till_no="03"))
    assert "8001" in numbers(branch.sign_on("4001", till_no="04"))
    assert "8001" in numbers(admin)


def test_no_secret_reaches_the_audit(branch: Branch, admin: SignedOn) -> None:
    temporary = branch.people.reset_password(admin, "1001").password
    secret = branch.people.reset_code(admin, "3001").secret
    written = str(branch.read(select(AUDIT.c.subject, AUDIT.c.details)))
    assert temporary not in written
    assert secret not in written
    assert secret.encode() not in branch.member("3001").code_sealed
    with branch.store.read() as session:
        assert branch.audit.verify(session) is None


def test_temporary_passwords_keep_the_rules_and_never_repeat() -> None:
    passwords = Passwords(CHEAP)
    chosen = {temporary_password() for _ in range(2_000)}
    assert len(chosen) == 2_000
    for password in chosen:
        passwords.check_rules(password, staff_no="1001")
        assert not set(password) & set("0O1lI")


def test_supervisors_alone_need_codes() -> None:
    assert {role for role in Role if decides(role)} == {Role.SUPERVISOR}


def test_a_secret_of_one_number_opens_nothing_under_another(sqlite_store: Store, keys: Keys) -> None:
    branch = Branch(sqlite_store, keys)
    for number in ("3001", "3002"):
        branch.add(number, Role.SUPERVISOR)
    branch.room.roster.reset_code("3001", SETUP)
    branch.put("3002", code_sealed=branch.member("3001").code_sealed)
    branch.add("1001")
    with pytest.raises(TellerDeskError, match=r"^error\.tamper\.sealed"):
        branch.room.prove_approver("3002", PASSWORD, "000000", branch.sign_on("1001"))
