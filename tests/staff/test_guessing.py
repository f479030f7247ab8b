"""Guessing a password ends after ten tries, whoever guesses, from however many places, whatever happens meanwhile."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from conftest import SetClock
from sqlalchemy import select

from tellerdesk.errors import NotAllowed, SignOnRefused
from tellerdesk.staff import tries
from tellerdesk.staff.room import NOBODY
from tellerdesk.staff.states import Permission, StaffState
from tellerdesk.staff.tries import LOCK_AT
from tellerdesk.store.keys import Keys

from .conftest import AUDIT, PASSWORD, TRIES, WRONG, Branch

NUMBERS = pytest.mark.parametrize("staff_no", ["1001", "9999"], ids=["somebody", "nobody"])
A_DAY = 86_400.0


def answer(branch: Branch, staff_no: str = "1001", password: str = WRONG) -> str:
    """What the screen would be told."""
    try:
        branch.sign_on(staff_no, password)
    except SignOnRefused as refused:
        return str(refused)
    return "signed on"


def guess(branch: Branch, times: int, staff_no: str = "1001") -> None:
    for _ in range(times):
        answer(branch, staff_no)
        branch.database_clock_moves(A_DAY)


def is_told_to_wait(branch: Branch, staff_no: str = "1001", password: str = PASSWORD) -> bool:
    return answer(branch, staff_no, password).startswith("error.sign_on.wait(seconds=")


@NUMBERS
def test_from_the_fifth_wrong_password_one_waits_and_the_tenth_locks(branch: Branch, staff_no: str) -> None:
    assert [answer(branch, staff_no) for _ in range(4)] == ["error.sign_on.refused()"] * 4
    for seconds in (2, 4, 8, 16, 32):
        before = branch.database_now_ms()
        assert answer(branch, staff_no) == "error.sign_on.refused()"
        assert before <= branch.not_before_ms(staff_no) - 1000 * seconds <= branch.database_now_ms()
        branch.database_clock_moves(-100)  # so that the test may be slow
        assert is_told_to_wait(branch, staff_no)
        branch.database_clock_moves(100 + seconds)
    assert answer(branch, staff_no) == "error.sign_on.locked()"
    assert answer(branch, staff_no, PASSWORD) == "error.sign_on.locked()"
    assert len(branch.passwords.worked_on) == LOCK_AT


@NUMBERS
def test_one_is_told_how_many_seconds_to_wait(branch: Branch, staff_no: str) -> None:
    for _ in range(5):
        answer(branch, staff_no)
    branch.database_clock_moves(-100)
    latest = branch.not_before_ms(staff_no) - branch.database_now_ms()
    said = answer(branch, staff_no)
    earliest = branch.not_before_ms(staff_no) - branch.database_now_ms()
    seconds = int(said.removeprefix("error.sign_on.wait(seconds=").removesuffix(")"))
    assert earliest <= 1000 * seconds < latest + 1000


@NUMBERS
def test_no_password_is_looked_at_while_one_waits(branch: Branch, staff_no: str) -> None:
    guess(branch, 4, staff_no)
    answer(branch, staff_no)
    branch.database_clock_moves(-100)
    assert all(is_told_to_wait(branch, staff_no) for _ in range(20))
    assert len(branch.passwords.worked_on) == 5


@NUMBERS
def test_a_lock_stays_through_a_restart_and_any_time(branch: Branch, staff_no: str) -> None:
    guess(branch, LOCK_AT, staff_no)
    branch.store.close()
    reopened = branch.another_desk()
    for _ in range(3):
        reopened.database_clock_moves(400 * A_DAY)
        reopened.clock.advance(400 * A_DAY)
        assert answer(reopened, staff_no, PASSWORD) == "error.sign_on.locked()"
    assert reopened.passwords.worked_on == []
    reopened.store.close()


def test_ten_wrong_passwords_lock_the_person_and_end_what_the_person_may_do(branch: Branch) -> None:
    who = branch.sign_on()
    guess(branch, LOCK_AT)
    assert branch.member("1001").state == StaffState.LOCKED
    assert branch.audited("1001") == ["staff.signed_on", *["staff.sign_on_failed"] * 10, "staff.locked"]
    with pytest.raises(NotAllowed, match=r"^error\.session\.locked\(\)$"):
        branch.room.require(who, Permission.BE_SIGNED_ON)


def test_ten_tries_at_a_number_nobody_has_are_told_to_the_auditor_alone(branch: Branch) -> None:
    guess(branch, LOCK_AT, "9999")
    assert branch.audited(NOBODY) == ["staff.sign_on_failed"] * 10


def test_the_right_password_starts_the_count_anew(branch: Branch) -> None:
    for _ in range(3):
        guess(branch, LOCK_AT - 1)
        assert branch.sign_on().failures_before == LOCK_AT - 1
    assert branch.member("1001").state == StaffState.ACTIVE


def test_setting_the_desks_clock_back_or_forward_opens_nothing(branch: Branch, clock: SetClock) -> None:
    for _ in range(5):
        answer(branch)
    branch.database_clock_moves(-100)
    for moved in (timedelta(days=-400), timedelta(days=400), timedelta(hours=-1)):
        clock.set(clock.now() + moved)
        assert is_told_to_wait(branch)
    branch.database_clock_moves(A_DAY)
    guess(branch, LOCK_AT)
    clock.set(clock.now() - timedelta(days=400))
    assert answer(branch, password=PASSWORD) == "error.sign_on.locked()"


@NUMBERS
def test_setting_the_databases_clock_back_neither_unlocks_nor_locks_out_for_ever(branch: Branch, staff_no: str) -> None:
    for _ in range(5):
        answer(branch, staff_no)
    branch.database_clock_moves(-400 * A_DAY)
    assert is_told_to_wait(branch, staff_no)
    assert 290_000 < branch.not_before_ms(staff_no) - branch.database_now_ms() <= 300_000
    branch.database_clock_moves(200)
    assert is_told_to_wait(branch, staff_no)
    branch.database_clock_moves(100)
    assert answer(branch, staff_no) == "error.sign_on.refused()"
    guess(branch, LOCK_AT, staff_no)
    branch.database_clock_moves(-400 * A_DAY)
    assert answer(branch, staff_no, PASSWORD) == "error.sign_on.locked()"


@NUMBERS
def test_eight_guessers_at_once_get_ten_tries_together(branch: Branch, staff_no: str) -> None:
    """They never wait: as soon as one is told to, time has passed."""
    desks = [branch.another_desk() for _ in range(8)]

    def guess_until_locked(desk: Branch) -> list[str]:
        told = []
        while not told or told[-1] != "error.sign_on.locked()":
            told.append(answer(desk, staff_no))
            if "wait" in told[-1]:
                desk.database_clock_moves(A_DAY)
        return told

    with ThreadPoolExecutor(len(desks)) as threads:
        told = list(threads.map(guess_until_locked, desks))
    assert sum(len(desk.passwords.worked_on) for desk in desks) == LOCK_AT
    assert sum(said == "error.sign_on.refused()" for one in told for said in one) == LOCK_AT - 1
    for desk in desks:
        desk.store.close()


class Killed(BaseException):
    """The process ends here: nothing after this line runs, nothing is caught."""


def test_a_try_is_used_up_when_the_process_dies_before_the_answer(branch: Branch) -> None:
    def die(stored: str | None, password: str) -> bool:
        raise Killed

    branch.passwords.verify = die  # type: ignore[method-assign]
    for _ in range(LOCK_AT):
        with pytest.raises(Killed):
            branch.sign_on()
        branch.database_clock_moves(A_DAY)
    desk = branch.another_desk()
    assert answer(desk, password=PASSWORD) == "error.sign_on.locked()"
    assert desk.passwords.worked_on == []
    desk.store.close()


def test_a_try_is_used_up_by_kill_9(branch: Branch, keys: Keys, clock: SetClock) -> None:
    branch.store.close()  # a child must not inherit an open connection
    child = os.fork()
    if child == 0:
        try:
            desk = branch.another_desk()
            desk.passwords.verify = lambda *_: os.kill(os.getpid(), signal.SIGKILL) or True  # type: ignore[method-assign]
            desk.sign_on()
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert branch.sign_on().failures_before == 1


def test_a_number_guessed_at_before_somebody_got_it_is_free(branch: Branch) -> None:
    guess(branch, LOCK_AT, "2001")
    branch.add("2001")
    assert branch.sign_on("2001").failures_before == 0


def test_confirming_counts_like_signing_on(branch: Branch) -> None:
    who = branch.sign_on()

    def confirm(password: str) -> str:
        try:
            branch.room.confirm(who, password)
        except SignOnRefused as refused:
            return str(refused)
        return "confirmed"

    assert confirm(PASSWORD) == "confirmed"
    assert [confirm(WRONG) for _ in range(4)] == ["error.confirm.refused()"] * 4
    assert confirm(PASSWORD) == "confirmed"
    assert [confirm(WRONG) for _ in range(5)] == ["error.confirm.refused()"] * 5
    branch.database_clock_moves(-100)
    assert confirm(PASSWORD).startswith("error.sign_on.wait(")
    assert is_told_to_wait(branch)
    branch.database_clock_moves(A_DAY)
    guess(branch, 4)
    assert confirm(WRONG) == "error.sign_on.locked()"
    with pytest.raises(NotAllowed, match=r"^error\.session\.locked\(\)$"):
        branch.room.confirm(who, PASSWORD)
    failed = [*["staff.confirm_failed"] * 5, *["staff.sign_on_failed"] * 4, "staff.confirm_failed", "staff.locked"]
    assert branch.audited("1001")[-11:] == failed


def test_confirming_needs_an_open_session(branch: Branch) -> None:
    who = branch.sign_on()
    branch.room.sign_off(who)
    with pytest.raises(NotAllowed, match=r"^error\.session\.ended\(\)$"):
        branch.room.confirm(who, PASSWORD)


def test_the_numbers_typed_are_not_kept(branch: Branch) -> None:
    answer(branch, "9999")
    answer(branch, "1001")
    kept = {number for (number,) in branch.read(select(TRIES.c.number))}
    assert kept >= {branch.audit.blinded("9999"), branch.audit.blinded("1001")}
    assert not any(known in number for number in kept for known in ("9999", "1001") if len(number) != 32)


def test_a_locked_number_leaves_no_more_rows_however_often_it_is_tried(branch: Branch) -> None:
    guess(branch, LOCK_AT)
    before = len(branch.read(select(AUDIT.c.id)))
    for _ in range(20):
        answer(branch)
    assert len(branch.read(select(AUDIT.c.id))) == before


def test_somebody_whose_last_try_is_right_is_not_locked(branch: Branch) -> None:
    guess(branch, LOCK_AT - 1)
    assert answer(branch, password=PASSWORD) == "signed on"
    assert branch.member("1001").state == StaffState.ACTIVE


def test_a_right_password_between_the_last_wrong_one_and_its_answer_keeps_the_person_active(branch: Branch) -> None:
    """The tenth try is being looked at; the ninth, the right one, gets there first."""
    guess(branch, LOCK_AT - 2)
    desk = branch.another_desk()
    ninth, tenth = branch.passwords.verify, desk.passwords.verify
    branch.database_clock_moves(A_DAY)

    def while_the_ninth_is_looked_at(stored: str | None, password: str) -> bool:
        branch.database_clock_moves(A_DAY)
        assert answer(desk) == "error.sign_on.locked()"
        return ninth(stored, password)

    def while_the_tenth_is_looked_at(stored: str | None, password: str) -> bool:
        wrong = tenth(stored, password)
        with branch.store.write("test") as work:  # what the ninth's success does first
            tries.forget(work.session, branch.audit.blinded("1001"))
            work.commit()
        return wrong

    branch.passwords.verify = while_the_ninth_is_looked_at  # type: ignore[method-assign]
    desk.passwords.verify = while_the_tenth_is_looked_at  # type: ignore[method-assign]
    assert answer(branch, password=PASSWORD) == "signed on"
    assert branch.member("1001").state == StaffState.ACTIVE
    desk.store.close()
