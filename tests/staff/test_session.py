"""What a session may do while its desk is locked, when its time is over, and before a given password is changed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tellerdesk.errors import BadInput, NotAllowed, SignOnRefused
from tellerdesk.staff.commands import AddStaff, ChangePassword
from tellerdesk.staff.room import SETUP
from tellerdesk.staff.states import Permission, Role, StaffState
from tellerdesk.staff.tries import LOCK_AT
from tellerdesk.staff.views import SignedOn

from .conftest import BRANCH, MEMBERS, PASSWORD, SESSIONS, WRONG, Branch

NEW = "木棉花开在春天里"


def allowed(branch: Branch, who: SignedOn) -> tuple[set[Permission], set[str]]:
    """What the door lets through, and what it says to the rest."""
    through, said = set(), set()
    for permission in Permission:
        try:
            branch.room.require(who, permission)
            through.add(permission)
        except NotAllowed as refused:
            said.add(refused.message_id)
    return through, said


def test_a_locked_desk_lets_nothing_through_but_the_way_to_open_it(branch: Branch) -> None:
    who = branch.sign_on()
    branch.room.lock_desk(who)
    assert allowed(branch, who) == ({Permission.LOCK_DESK}, {"error.session.idle"})
    branch.room.confirm(who, PASSWORD)
    assert Permission.TAKE_PAYMENT in allowed(branch, who)[0]
    assert branch.audited("1001") == ["staff.signed_on", "staff.desk_locked", "staff.confirmed"]


def test_locking_twice_is_locking_once_and_a_wrong_password_does_not_open(branch: Branch) -> None:
    who = branch.sign_on()
    branch.room.lock_desk(who)
    branch.room.lock_desk(who)
    with pytest.raises(SignOnRefused, match=r"^error\.confirm\.refused"):
        branch.room.confirm(who, WRONG)
    assert allowed(branch, who)[0] == {Permission.LOCK_DESK}
    assert branch.audited("1001") == ["staff.signed_on", "staff.desk_locked", "staff.confirm_failed"]


def test_who_is_locked_out_may_sign_off_and_sign_on_anew(branch: Branch) -> None:
    who = branch.sign_on()
    branch.room.lock_desk(who)
    branch.room.sign_off(who)
    assert branch.open_sessions() == []
    anew = branch.sign_on()
    with pytest.raises(NotAllowed, match=r"^error\.session\.ended"):
        branch.room.lock_desk(who)
    assert Permission.TAKE_PAYMENT in allowed(branch, anew)[0], "an ended session locks no later one"


def test_a_desk_is_locked_for_its_own_session_alone(branch: Branch) -> None:
    one, other = branch.sign_on("1001"), branch.sign_on("1002", till_no="08")
    branch.room.lock_desk(one)
    assert Permission.TAKE_PAYMENT in allowed(branch, other)[0]


def test_ten_wrong_passwords_at_a_locked_desk_lock_the_number(branch: Branch) -> None:
    who = branch.sign_on()
    branch.room.lock_desk(who)
    for _ in range(LOCK_AT):
        with pytest.raises(SignOnRefused):
            branch.room.confirm(who, WRONG)
        branch.database_clock_moves(86_400.0)
    assert branch.member("1001").state == StaffState.LOCKED
    with pytest.raises(NotAllowed, match=r"^error\.session\.locked"):
        branch.room.confirm(who, PASSWORD)


def test_a_session_lasts_as_many_hours_as_it_was_given_by_the_databases_clock(branch: Branch) -> None:
    before = branch.database_now_ms()
    branch.sign_on()
    after = branch.database_now_ms()
    [(expires_ms,)] = branch.read(select(SESSIONS.c.expires_ms))
    assert before <= expires_ms - 12 * 3_600_000 <= after
    branch.clock.advance(30 * 86_400)
    assert branch.open_sessions() == [("1001", "07")], "the desk's clock ends nothing"


def test_a_session_whose_time_is_over_may_nothing_and_signing_on_anew_is_the_way_out(branch: Branch) -> None:
    who = branch.sign_on_expired()
    assert allowed(branch, who) == (set(), {"error.session.expired"})
    assert Permission.TAKE_PAYMENT in allowed(branch, branch.sign_on())[0]
    assert branch.audited("1001") == ["staff.signed_on", "staff.session_expired", "staff.signed_on"]


def test_a_session_whose_time_is_over_keeps_nobody_from_the_till(branch: Branch) -> None:
    branch.sign_on_expired("1001")
    branch.sign_on("1002")
    assert branch.open_sessions() == [("1002", "07")]
    assert branch.told("1002")[0][0] == "staff.session_expired"
    assert branch.told("1002")[0][2]["staff_no"] == "1001"


def given(branch: Branch) -> SignedOn:
    branch.room.add(AddStaff("2001", "周敏", Role.TELLER, BRANCH, PASSWORD, must_change=True), by=SETUP)
    return branch.sign_on("2001")


def test_a_password_somebody_else_gave_is_changed_before_anything_else(branch: Branch) -> None:
    who = given(branch)
    assert who.must_change
    let, said = allowed(branch, who)
    assert let == {Permission.BE_SIGNED_ON, Permission.CHANGE_PASSWORD, Permission.LOCK_DESK}
    assert said == {"error.session.must_change"}
    branch.room.change_password(who, ChangePassword(PASSWORD, NEW))
    assert Permission.TAKE_PAYMENT in allowed(branch, who)[0], "the session goes on"
    assert not branch.sign_on("2001", NEW).must_change
    with pytest.raises(SignOnRefused):
        branch.sign_on("2001", PASSWORD)


def test_a_given_password_approves_nothing(branch: Branch) -> None:
    branch.put("3001", must_change=True)
    with pytest.raises(NotAllowed, match=r"^error\.approver\.must_change"):
        branch.room.prove_approver("3001", PASSWORD, "000000", branch.sign_on())


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ("short-1", "error.password.short"),
        ("password1", "error.password.common"),
        ("10011001", "error.password.staff_no"),
        (PASSWORD, "error.password.same"),
        ("ｒight-horse-battery", "error.password.same"),
    ],
)
def test_a_new_password_keeps_the_rules_and_is_not_the_old_one(branch: Branch, new: str, told: str) -> None:
    who = branch.sign_on()
    before = branch.member("1001")
    with pytest.raises(BadInput) as refused:
        branch.room.change_password(who, ChangePassword(PASSWORD, new))
    assert (refused.value.field, refused.value.message_id) == ("new", told)
    assert branch.member("1001") == before
    assert branch.sign_on().failures_before == 0, "no try was used up"


def test_a_wrong_old_password_counts_and_ten_lock_the_number(branch: Branch) -> None:
    who = branch.sign_on()
    with pytest.raises(SignOnRefused, match=r"^error\.password\.old"):
        branch.room.change_password(who, ChangePassword(WRONG, NEW))
    for _ in range(LOCK_AT - 1):
        with pytest.raises(SignOnRefused):
            branch.room.change_password(who, ChangePassword(WRONG, NEW))
        branch.database_clock_moves(86_400.0)
    assert branch.member("1001").state == StaffState.LOCKED
    assert branch.audited("1001") == ["staff.signed_on", *["staff.confirm_failed"] * LOCK_AT, "staff.locked"]


def test_a_changed_password_is_audited_without_either_password(branch: Branch) -> None:
    who = given(branch)
    branch.room.change_password(who, ChangePassword(PASSWORD, NEW))
    assert branch.told("2001")[-1] == (
        "staff.password_changed", "2001", {"before_must_change": 1, "after_must_change": 0},
    )  # fmt: skip
    assert NEW not in repr(ChangePassword(PASSWORD, NEW)) + str(branch.told("2001"))
    with branch.store.read() as session:
        assert branch.audit.verify(session) is None


def test_a_password_changed_from_elsewhere_meanwhile_is_not_changed_back(branch: Branch) -> None:
    who = branch.sign_on()
    hashed = branch.passwords.hash

    def slowly(password: str) -> str:
        branch.put("1001", password_hash=hashed("somebody-elses-choice"))
        return hashed(password)

    branch.passwords.hash = slowly  # type: ignore[method-assign]
    with pytest.raises(SignOnRefused, match=r"^error\.password\.old"):
        branch.room.change_password(who, ChangePassword(PASSWORD, NEW))
    [(stored,)] = branch.read(select(MEMBERS.c.password_hash).where(MEMBERS.c.staff_no == "1001"))
    assert branch.passwords.verify(stored, "somebody-elses-choice")
