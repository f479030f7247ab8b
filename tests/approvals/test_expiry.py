"""Time runs out by the database's clock: who looks, decides, executes or sweeps ends a request, once."""

from __future__ import annotations

from typing import Any

import pytest
from support.waiting import until

from tellerdesk.approvals.commands import Withdraw
from tellerdesk.approvals.states import ApprovalState, UseCase
from tellerdesk.errors import Conflict, NotAllowed, Refused
from tellerdesk.jobs.recovery import Recovery
from tellerdesk.staff.states import Permission
from tellerdesk.staff.system import SYSTEM
from tellerdesk.staff.views import SignedOn

from .house import House, refused

OVER = -1.0
"""A lifetime that is over when it begins."""


def approved_and_over(house: House, teller: SignedOn, supervisor: SignedOn, name: str, lifetime_s: float = 1.0) -> str:
    """A request that was approved in time, and whose time is over now. Given longer where the machine is slow."""
    approval_id = house.ask(teller, name, lifetime_s=lifetime_s)
    try:
        expires = house.decide(supervisor, approval_id).expires_at
    except Refused:
        return approved_and_over(house, teller, supervisor, f"{name}+", 2 * lifetime_s)
    until(lambda: house.people.database_now_ms() > expires.timestamp() * 1000, "the time is over")
    return approval_id


def test_who_decides_too_late_is_told_and_the_request_ends_once(house: House) -> None:
    teller, supervisor = house.sign_on(), house.sign_on("3001")
    approval_id = house.ask(teller, lifetime_s=OVER)
    for _ in range(2):
        assert refused(Refused, lambda: house.decide(supervisor, approval_id)) == "approval.expired"
        assert refused(Refused, lambda: house.decide_here(teller, "3001", approval_id)) == "approval.expired"
        assert refused(Conflict, lambda: house.room.withdraw(teller, Withdraw(approval_id))) == "approval.expired"
    assert refused(Refused, house.execute) == "approval.expired"
    assert house.told() == ("EXPIRED", 0)
    assert house.audited(approval_id) == ["asked", "expired", "refused"]
    view = house.room.approval(teller, approval_id)
    assert (view.state, view.ended_by, view.decisions) == (ApprovalState.EXPIRED, SYSTEM.staff_no, ())


def test_the_desk_that_asked_sees_the_end_as_soon_as_it_looks(house: House) -> None:
    teller = house.sign_on()
    approval_id = house.ask(teller, lifetime_s=OVER)
    assert house.room.approval(teller, approval_id).state is ApprovalState.EXPIRED
    assert house.told() == ("EXPIRED", 0)


def test_a_decision_under_way_when_the_time_ends_is_refused_under_lock(house: House) -> None:
    teller, supervisor = house.sign_on(), house.sign_on("3001")
    approval_id = house.ask(teller, lifetime_s=OVER)
    house.room._end_due = lambda _: False  # type: ignore[method-assign]
    house.room._own_branch = lambda *_: None  # type: ignore[assignment, method-assign, return-value]
    assert refused(Refused, lambda: house.decide(supervisor, approval_id)) == "approval.expired"
    assert house.told() == ("EXPIRED", 0)
    assert house.decisions(approval_id) == []


def test_who_looks_at_the_branch_ends_what_is_over_and_is_never_kept_from_looking(house: House) -> None:
    teller, supervisor = house.sign_on(), house.sign_on("3001")
    over, open_one = house.ask(teller, lifetime_s=OVER), house.ask(teller, "T2")
    told = house.things.decided
    house.things.decided = lambda *_: 1 / 0  # type: ignore[assignment, method-assign, return-value]
    assert [view.approval_id for view in house.room.waiting(supervisor)] == [open_one]
    assert house.state(over) == "PENDING"
    house.things.decided = told  # type: ignore[method-assign]
    assert house.room.waiting_count(supervisor) == 1
    assert house.state(over) == "EXPIRED"
    assert house.audited(over) == ["asked", "expired"]


def test_an_approval_nobody_used_in_time_is_worth_nothing(house: House) -> None:
    teller, supervisor = house.sign_on(), house.sign_on("3001")
    approval_id = approved_and_over(house, teller, supervisor, "T1")
    name = house.room._told(teller, approval_id).subject
    assert refused(Refused, lambda: house.execute(name)) == "approval.expired"
    assert house.told(name) == ("APPROVED", 0)
    assert house.room.expire_due(SYSTEM) >= 1
    assert house.told(name) == ("EXPIRED", 0)
    assert refused(Refused, lambda: house.execute(name)) == "approval.expired"
    assert house.audited(approval_id) == ["asked", "approved", "refused", "expired", "refused"]


def test_the_sweep_ends_all_that_is_over_in_every_branch_and_only_the_house_sweeps(house: House) -> None:
    teller = house.sign_on()
    over = [house.ask(teller, f"T{number}", lifetime_s=OVER) for number in range(3)]
    waits = house.ask(teller, "T9")
    told = house.things.decided

    def breaks_for_the_first(unit: Any, approval: Any, *more: Any) -> None:
        if approval["subject"] == "T0":
            raise Refused("error.payment.not_now")
        told(unit, approval, *more)

    house.things.decided = breaks_for_the_first  # type: ignore[method-assign]
    assert house.room.expire_due(SYSTEM) == 2
    assert [house.state(one) for one in over] == ["PENDING", "EXPIRED", "EXPIRED"]
    house.things.decided = told  # type: ignore[method-assign]
    assert house.room.expire_due(SYSTEM) == 1
    assert house.room.expire_due(SYSTEM) == 0
    assert house.state(waits) == "PENDING"
    with pytest.raises(NotAllowed):
        house.room.expire_due(teller)


def test_a_use_case_ends_its_own_request_in_its_own_unit_of_work(house: House) -> None:
    teller = house.sign_on()
    over, waits = house.ask(teller, lifetime_s=OVER), house.ask(teller, "T2")
    with house.store.write("test.expire") as unit:
        assert house.book.expire(unit, UseCase.PAYMENT, "T1", "SYSTEM")
        assert not house.book.expire(unit, UseCase.PAYMENT, "T2", "SYSTEM")
        assert house.book.expire(unit, UseCase.PAYMENT, "T1", "SYSTEM"), "ended already"
        assert house.book.expire(unit, UseCase.PAYMENT, "T3", "SYSTEM"), "never asked"
        unit.commit()
    assert (house.state(over), house.state(waits)) == ("EXPIRED", "PENDING")
    assert house.audited(over) == ["asked", "expired"]
    assert house.told() == ("", 0), "who ends it in an own unit of work knows"


def test_recovery_sweeps_requests_too_and_goes_on_where_that_fails(house: House) -> None:
    class NothingDue:
        def due(self) -> list[tuple[str, int]]:
            return []

        def waiting(self) -> int:
            return 0

    teller = house.sign_on()
    over = house.ask(teller, lifetime_s=OVER)
    swept = []

    def besides() -> None:
        swept.append(house.room.expire_due(SYSTEM))
        raise ZeroDivisionError

    recovery = Recovery(house.store, NothingDue(), None, house.clock, 30.0, besides=besides)  # type: ignore[arg-type]
    recovery.sweep()
    assert recovery.sweep().waiting == 0
    assert swept == [1, 0]
    assert house.state(over) == "EXPIRED"
    house.staff.require(SYSTEM, Permission.RECOVER)
