"""The second factor: whoever decides proves to be there, and a one-time code proves that once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from tellerdesk.errors import NotAllowed, SignOnRefused
from tellerdesk.staff import codes, register
from tellerdesk.staff.states import Role, StaffState
from tellerdesk.staff.tries import DELAY_FROM, LOCK_AT, MOST_DELAY_MS
from tellerdesk.staff.views import SignedOn
from tests.staff.conftest import AUDIT, PASSWORD, WRONG

from .house import SECRET, House, refused

STEP = 60_000_000
NOW_MS = STEP * codes.STEP_S * 1000 + 29_999


@pytest.fixture
def teller(house: House, monkeypatch: pytest.MonkeyPatch) -> SignedOn:
    """Whose desk it is. The database's clock stands, for codes alone."""
    monkeypatch.setattr(register, "now_ms", lambda _: NOW_MS)
    return house.sign_on()


def code(step: int = STEP) -> str:
    return codes.code_at(SECRET, step * codes.STEP_S * 1000)


WRONG_CODE = next(
    text for text in map("{:06d}".format, range(10)) if text not in {code(STEP + n) for n in range(-3, 4)}
)


def proving(house: House, at: SignedOn, number: str = "3001") -> Callable[..., str]:
    """Proves at somebody's desk; gives the sentence of a refusal, empty for none."""

    def prove(given: str, password: str = PASSWORD, error: type[NotAllowed] = SignOnRefused) -> str:
        return refused(error, lambda: house.staff.prove_approver(number, password, given, at))

    return prove


def test_number_password_and_code_tell_who_it_is(house: House, teller: SignedOn) -> None:
    approver = house.staff.prove_approver(" 3001", PASSWORD, f" {code()[:3]} {code()[3:]}", teller)
    assert (approver.staff_no, approver.name, approver.role) == ("3001", "王建国", Role.SUPERVISOR)
    assert (approver.person_id, approver.branch_no) == (house.people.member("3001").person_id, "0712")
    assert house.people.audited("3001")[-1] == "staff.proven"
    full_width = code(STEP + 1).translate({ord(figure): ord(figure) + 0xFEE0 for figure in "0123456789"})
    assert house.staff.prove_code(house.sign_on("3001"), full_width).staff_no == "3001"


def test_a_code_counts_once_at_whichever_desk_and_after_any_restart(house: House, teller: SignedOn) -> None:
    prove, supervisor = proving(house, teller), house.sign_on("3001")
    house.staff.prove_approver("3001", PASSWORD, code(), teller)
    assert prove(code()) == "code.used"
    assert house.people.member("3001").code_step == STEP
    other = house.another_desk()
    try:
        assert refused(SignOnRefused, lambda: other.staff.prove_code(supervisor, code())) == "code.used"
        assert refused(SignOnRefused, lambda: other.staff.prove_code(supervisor, code(STEP - 1))) == "code.used"
        other.staff.prove_code(supervisor, code(STEP + 1))
    finally:
        other.store.close()
    assert prove(code()) == prove(code(STEP + 1)) == "code.used"
    house.staff.prove_approver("3002", PASSWORD, code(), teller)


def test_a_persons_clock_may_be_one_step_off_and_no_more(house: House, teller: SignedOn) -> None:
    prove = proving(house, teller)
    for off, taken in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        if taken:
            house.staff.prove_approver("3001", PASSWORD, code(STEP + off), teller)
        else:
            assert prove(code(STEP + off)) == "approver.refused"


def test_neither_password_nor_code_nor_number_is_told_to_be_right(house: House, teller: SignedOn) -> None:
    told = {
        proving(house, teller)(WRONG_CODE),
        proving(house, teller)(code(), password=WRONG),
        proving(house, teller)(WRONG_CODE, password=WRONG),
        proving(house, teller, "9999")(code()),
        proving(house, teller)(""),
        proving(house, teller)("0" * 100_000),
    }
    assert told == {"approver.refused"}


def test_ten_wrong_codes_lock_the_number_however_right_the_password_is(house: House, teller: SignedOn) -> None:
    prove = proving(house, teller)
    for tried in range(1, LOCK_AT + 1):
        assert prove(WRONG_CODE) == "approver.refused"
        if DELAY_FROM <= tried < LOCK_AT:
            assert prove(code()) == "sign_on.wait", "not even the right one is looked at"
            house.people.database_clock_moves(MOST_DELAY_MS / 1000)
    assert house.people.member("3001").state == StaffState.LOCKED
    assert house.people.audited("3001")[-2:] == ["staff.code_refused", "staff.locked"]
    house.people.database_clock_moves(MOST_DELAY_MS / 1000)
    assert prove(code()) == "sign_on.locked"


def test_wrong_codes_at_the_own_desk_count_and_a_right_one_starts_anew(house: House, teller: SignedOn) -> None:
    supervisor = house.sign_on("3001")
    for _ in range(DELAY_FROM - 1):
        assert refused(SignOnRefused, lambda: house.staff.prove_code(supervisor, WRONG_CODE)) == "code.refused"
    house.staff.prove_code(supervisor, code())
    for tried in range(1, LOCK_AT + 1):
        assert refused(SignOnRefused, lambda: house.staff.prove_code(supervisor, WRONG_CODE)) == "code.refused"
        if DELAY_FROM <= tried < LOCK_AT:
            assert refused(SignOnRefused, lambda: house.staff.prove_code(supervisor, code(STEP + 1))) == "sign_on.wait"
            house.people.database_clock_moves(MOST_DELAY_MS / 1000)
    assert refused(NotAllowed, lambda: house.staff.prove_code(supervisor, code(STEP + 1))) == "session.locked"


def test_who_is_locked_has_left_or_has_no_codes_proves_nothing(house: House, teller: SignedOn) -> None:
    house.people.put("3001", state=StaffState.LOCKED)
    house.people.put("3002", state=StaffState.LEFT)
    house.people.put("3003", code_sealed=None)
    assert proving(house, teller, "3001")(code()) == "approver.refused"
    assert proving(house, teller, "3002")(code()) == "approver.refused"
    assert proving(house, teller, "3003")(code(), error=NotAllowed) == "code.none"
    house.people.put("3003", code_sealed=house.people.member("3001").code_sealed)
    with pytest.raises(Exception, match="tamper"):  # another person's secret is none of this number's
        house.staff.prove_approver("3003", PASSWORD, code(), teller)


def test_no_code_and_no_secret_stands_in_the_audit(house: House, teller: SignedOn) -> None:
    house.staff.prove_approver("3001", PASSWORD, code(), teller)
    proving(house, teller)(WRONG_CODE)
    proving(house, teller)(code())
    written = str(house.people.read(select(AUDIT.c.details)))
    assert '"used":true' in written
    assert '"used":false' in written
    for secret in (code(), WRONG_CODE, SECRET, PASSWORD):
        assert secret not in written
