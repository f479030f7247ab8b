"""Signing on, off, and over."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2.profiles import RFC_9106_LOW_MEMORY
from conftest import SetClock
from sqlalchemy import inspect, select, text

from tellerdesk.errors import BadInput, NotAllowed, SignOnRefused
from tellerdesk.staff.commands import AddStaff, SignOn
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.room import NOBODY, SETUP, StaffRoom
from tellerdesk.staff.states import Permission, Role, StaffState
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tellerdesk.store.vault import Vault

from .conftest import AUDIT, CHEAP, PASSWORD, SESSIONS, WRONG, Branch, CountingPasswords


def ends_with(message_id: str, *, refused: type[Exception] = NotAllowed) -> pytest.RaisesExc[Exception]:
    return pytest.raises(refused, match=rf"^{message_id}$")


def test_the_right_password_opens_a_session(branch: Branch, clock: SetClock) -> None:
    who = branch.sign_on()
    assert (who.staff_no, who.name, who.role) == ("1001", "李晓燕", Role.TELLER)
    assert (who.branch_no, who.till_no, who.since) == ("0712", "07", clock.now())
    assert (who.last_sign_on, who.failures_before) == (None, 0)
    branch.room.require(who, Permission.BE_SIGNED_ON)
    assert branch.open_sessions() == [("1001", "07")]
    assert branch.audited("1001") == ["staff.signed_on"]


def test_the_last_sign_on_and_the_failures_since_are_told(branch: Branch, clock: SetClock) -> None:
    first = branch.sign_on()
    clock.advance(60)
    for _ in range(2):
        with pytest.raises(SignOnRefused):
            branch.sign_on(password=WRONG)
    again = branch.sign_on()
    assert (again.last_sign_on, again.failures_before) == (first.since, 2)
    assert branch.sign_on().failures_before == 0


@pytest.mark.parametrize("typed", ["１００１", " 1001 ", "1001"])
def test_a_number_is_the_same_however_it_is_typed(branch: Branch, typed: str) -> None:
    assert branch.sign_on(typed).staff_no == "1001"


@pytest.mark.parametrize("typed", ["", "1", "10 01", "1001;--", "李晓燕", "x" * 17, "\x1b[2J", "9" * 5000])
def test_what_cannot_be_a_number_costs_nothing_and_tells_nothing(branch: Branch, typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        branch.sign_on(typed)
    assert refused.value.field == "staff_no"
    assert branch.passwords.worked_on == []


def test_a_wrong_password_and_an_unknown_number_get_the_same_answer_and_the_same_work(branch: Branch) -> None:
    answers, work = [], []
    for staff_no, password in (("1001", WRONG), ("9999", WRONG), ("9999", PASSWORD)):
        branch.passwords.worked_on.clear()
        with pytest.raises(SignOnRefused) as refused:
            branch.sign_on(staff_no, password)
        answers.append(str(refused.value))
        work.append([hashed.split("$")[1:4] for hashed in branch.passwords.worked_on])
    assert answers == ["error.sign_on.refused()"] * 3
    assert work == [[["argon2id", "v=19", "m=8,t=1,p=1"]]] * 3


def test_who_has_left_is_answered_like_nobody(branch: Branch) -> None:
    branch.put("1001", state=StaffState.LEFT)
    with ends_with(r"error.sign_on.refused\(\)"):
        branch.sign_on()
    assert len(branch.passwords.worked_on) == 1
    assert (branch.audited("1001"), branch.audited(NOBODY)) == ([], ["staff.sign_on_failed"])


def test_who_is_locked_is_told_so_only_with_the_right_password(branch: Branch) -> None:
    branch.put("1001", state=StaffState.LOCKED)
    with ends_with(r"error.sign_on.refused\(\)"):
        branch.sign_on(password=WRONG)
    with ends_with(r"error.sign_on.locked\(\)"):
        branch.sign_on()
    assert branch.open_sessions() == []


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        ({"password_hash": "another"}, r"error.sign_on.refused\(\)"),
        ({"state": StaffState.LEFT}, r"error.sign_on.refused\(\)"),
        ({"state": StaffState.LOCKED}, r"error.sign_on.locked\(\)"),
    ],
    ids=str,
)
def test_what_changes_while_the_password_is_looked_at_counts(
    branch: Branch, meanwhile: dict[str, str], told: str
) -> None:
    looked_at = branch.passwords.verify

    def verify(stored: str | None, password: str) -> bool:
        branch.put("1001", **meanwhile)
        return looked_at(stored, password)

    branch.passwords.verify = verify  # type: ignore[method-assign]
    with ends_with(told):
        branch.sign_on()
    assert branch.open_sessions() == []


def test_a_person_signs_on_at_a_desk_of_the_own_branch_only(branch: Branch) -> None:
    for _ in range(12):  # the right password is no guess, however often it is typed at the wrong place
        with ends_with(r"error.sign_on.other_branch\(branch='0712'\)"):
            branch.sign_on(branch_no="0713")
    assert branch.open_sessions() == []
    assert branch.audited("1001") == ["staff.sign_on_refused"] * 12
    branch.sign_on()


def test_a_crashed_desk_does_not_keep_its_teller_out(branch: Branch) -> None:
    before = branch.sign_on()
    after = branch.sign_on()
    with ends_with(r"error.session.ended\(\)"):
        branch.room.require(before, Permission.BE_SIGNED_ON)
    branch.room.require(after, Permission.BE_SIGNED_ON)
    assert branch.audited("1001") == ["staff.signed_on", "staff.session_taken_over", "staff.signed_on"]


def test_signing_on_elsewhere_ends_the_session_left_behind(branch: Branch) -> None:
    left = branch.sign_on(till_no="07")
    branch.sign_on(till_no="08")
    assert branch.open_sessions() == [("1001", "08")]
    with ends_with(r"error.session.ended\(\)"):
        branch.room.require(left, Permission.BE_SIGNED_ON)
    branch.sign_on("1002", till_no="07")


def test_nobody_pushes_a_colleague_off_the_till(branch: Branch) -> None:
    there = branch.sign_on("1001")
    with ends_with(r"error.sign_on.till_taken\(till='07', name='李晓燕', staff_no='1001'\)"):
        branch.sign_on("1002")
    branch.room.require(there, Permission.BE_SIGNED_ON)
    assert branch.audited("1002") == ["staff.sign_on_refused"]
    branch.room.sign_off(there)
    branch.sign_on("1002")


def test_a_refused_sign_on_leaves_the_own_session_elsewhere_open(branch: Branch) -> None:
    branch.sign_on("1001", till_no="07")
    elsewhere = branch.sign_on("1002", till_no="08")
    with pytest.raises(NotAllowed):
        branch.sign_on("1002", till_no="07")
    branch.room.require(elsewhere, Permission.BE_SIGNED_ON)


def test_a_supervisor_frees_a_till_by_signing_on(branch: Branch) -> None:
    gone_home = branch.sign_on("1001")
    supervisor = branch.sign_on("3001")
    with ends_with(r"error.session.ended\(\)"):
        branch.room.require(gone_home, Permission.BE_SIGNED_ON)
    assert branch.audited("3001") == ["staff.session_forced_off", "staff.signed_on"]
    branch.room.sign_off(supervisor)
    branch.sign_on("1002")


def test_signing_off_ends_the_session_and_may_be_repeated(branch: Branch, clock: SetClock) -> None:
    who = branch.sign_on()
    clock.advance(10)
    branch.room.sign_off(who)
    branch.room.sign_off(who)
    assert branch.audited("1001") == ["staff.signed_on", "staff.signed_off"]
    assert branch.read(select(SESSIONS.c.ended_at)) == [(clock.now(),)]
    with ends_with(r"error.session.ended\(\)"):
        branch.room.require(who, Permission.BE_SIGNED_ON)


def test_who_is_locked_meanwhile_can_still_sign_off(branch: Branch) -> None:
    who = branch.sign_on()
    branch.put("1001", state=StaffState.LOCKED)
    branch.room.sign_off(who)
    assert branch.open_sessions() == []


def test_one_person_at_many_desks_at_once_ends_up_at_one(branch: Branch) -> None:
    for answers in at_once(branch, [("1001", "07"), ("1001", "08"), ("1001", "09"), ("1001", "10")], rounds=5):
        assert all(isinstance(answer, SignedOn) for answer in answers)
        assert len(branch.open_sessions()) == 1


def test_two_people_at_one_till_at_once_are_not_both_signed_on(branch: Branch) -> None:
    for answers in at_once(branch, [("1001", "07"), ("1002", "07")], rounds=10):
        (signed_on,) = [answer for answer in answers if isinstance(answer, SignedOn)]
        assert branch.open_sessions() == [(signed_on.staff_no, "07")]
        branch.room.sign_off(signed_on)


def at_once(branch: Branch, tries: list[tuple[str, str]], rounds: int) -> list[list[SignedOn | NotAllowed]]:
    desks = [branch.another_desk() for _ in tries]
    together = threading.Barrier(len(desks))

    def sign_on(desk: Branch, staff_no: str, till_no: str) -> SignedOn | NotAllowed:
        together.wait(timeout=30)
        try:
            return desk.sign_on(staff_no, till_no=till_no)
        except NotAllowed as refused:
            return refused

    numbers, tills = zip(*tries, strict=True)
    with ThreadPoolExecutor(len(desks)) as threads:
        for _ in range(rounds):
            yield list(threads.map(sign_on, desks, numbers, tills))
    for desk in desks:
        desk.store.close()


def test_a_hash_of_older_parameters_is_renewed_by_the_next_sign_on(branch: Branch, keys: Keys, clock: SetClock) -> None:
    today = CountingPasswords(type(CHEAP)(**{**_fields(CHEAP), "time_cost": 2}))
    newer = StaffRoom(branch.store, branch.audit, clock, today, Vault(branch.keys))
    assert "t=1" in branch.member("1001").password_hash
    place = {"branch_no": "0712", "till_no": "07", "terminal": "T01"}
    newer.sign_on(SignOn("1001", PASSWORD), **place)
    renewed = branch.member("1001").password_hash
    assert "t=2" in renewed
    newer.sign_on(SignOn("1001", PASSWORD), **place)
    assert branch.member("1001").password_hash == renewed


def _fields(parameters: object) -> dict[str, object]:
    return {name: getattr(parameters, name) for name in parameters.__dataclass_fields__}


def test_the_real_profile_is_rfc_9106_for_little_memory(sqlite_store: Store, keys: Keys, clock: SetClock) -> None:
    branch = Branch(sqlite_store, keys, clock)
    room = StaffRoom(sqlite_store, branch.audit, clock, Passwords(), Vault(branch.keys))
    room.add(AddStaff("1001", "李晓燕", Role.TELLER, "0712", PASSWORD), by=SETUP)
    stored = branch.member("1001").password_hash
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert RFC_9106_LOW_MEMORY.memory_cost == 65536
    who = room.sign_on(SignOn("1001", PASSWORD), branch_no="0712", till_no="07", terminal="T01")
    room.require(who, Permission.BE_SIGNED_ON)
    with pytest.raises(SignOnRefused):
        room.confirm(who, WRONG)


def test_a_password_shows_nowhere(branch: Branch, caplog: pytest.LogCaptureFixture) -> None:
    """Nor does one that was typed in the place of the number."""
    canary, swapped = "Canary-7f3a-secret", "CanaryAsNumber7"
    caplog.set_level(logging.DEBUG)
    logging.getLogger("sqlalchemy.engine").setLevel(logging.DEBUG)
    try:
        add = AddStaff("2001", "周敏", Role.TELLER, "0712", canary)
        branch.room.add(add, by=SETUP)
        who = branch.sign_on("2001", canary)
        branch.room.confirm(who, canary)
        refusals = []
        for staff_no, password in (("2001", canary + "x"), (swapped, "2001"), ("9999", canary)):
            with pytest.raises(SignOnRefused) as refused:
                branch.sign_on(staff_no, password)
            refusals.append(repr(refused.value) + str(refused.value))
    finally:
        logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)
    assert "staff_tries" in caplog.text
    kept = whole_database(branch)
    for shown in (caplog.text, repr(add), repr(SignOn("2001", canary)), *refusals, kept):
        assert canary not in shown
    for shown in (*refusals, kept):
        assert swapped.upper() not in shown.upper()


def whole_database(branch: Branch) -> str:
    tables = inspect(branch.store.engine).get_table_names()
    return "\n".join(str(branch.read(text(f"SELECT * FROM {table}"))) for table in tables)  # noqa: S608


def test_tries_at_a_number_nobody_has_are_told_without_the_number(branch: Branch) -> None:
    with pytest.raises(SignOnRefused):
        branch.sign_on("9999")
    assert branch.audited(NOBODY) == ["staff.sign_on_failed"]
    (subject,) = branch.read(select(AUDIT.c.subject).where(AUDIT.c.person == NOBODY))[0]
    assert subject == branch.audit.blinded("9999")


def test_the_audit_of_all_this_verifies(branch: Branch) -> None:
    who = branch.sign_on()
    branch.room.confirm(who, PASSWORD)
    with pytest.raises(SignOnRefused):
        branch.sign_on("9999")
    branch.room.sign_off(who)
    with branch.store.read() as session:
        assert branch.audit.verify(session) is None


def test_setting_the_desks_clock_back_breaks_nothing(branch: Branch, clock: SetClock) -> None:
    who = branch.sign_on()
    clock.set(clock.now() - timedelta(days=400))
    branch.room.sign_off(who)
    again = branch.sign_on()
    branch.room.require(again, Permission.BE_SIGNED_ON)
