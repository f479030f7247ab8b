"""A worker is stopped past its lease, another one finishes its work, and then the first one carries on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select

from tellerdesk.bills.states import STATES
from tellerdesk.errors import LeaseLost
from tellerdesk.journal.entries import ENTRY, STEP
from tests.concurrency.bank import (
    TILLS,
    Bank,
    die_at,
    look_up,
    payment_of,
    sign_on,
    started,
    stop_myself_at,
)

PAYING = ("CORE_POST", "BILLER_PAY")
RECOVERING = (
    ("call.CORE_POST:after", "CORE_INQUIRE"),
    ("call.CORE_POST:after", "CORE_REVERSE"),
    ("call.BILLER_PAY:before", "BILLER_INQUIRE"),
    ("call.BILLER_PAY:before", "BILLER_TOMBSTONE"),
    ("call.BILLER_PAY:before", "CORE_REVERSE"),
)
"""Where the desk that made the payment was killed, and the message at which the first recovery worker is stopped."""


def pay_and_stop(bank: Bank, till_no: str, consumer: str, step: str) -> str:
    """A desk that is stopped in the middle of a payment; what its teller sees when it carries on."""
    desk = bank.desk(till_no)
    who = sign_on(desk)
    command = payment_of(look_up(desk, who, consumer))
    desk.store.hook = stop_myself_at(step)
    return desk.bills.pay(who, command).word.value


def pay_and_die(bank: Bank, till_no: str, consumer: str, step: str) -> None:
    desk = bank.desk(till_no)
    who = sign_on(desk)
    command = payment_of(look_up(desk, who, consumer))
    desk.store.hook = die_at(step)
    desk.bills.pay(who, command)


def take_over_and_stop(bank: Bank, serial: str, step: str) -> str:
    """A recovery worker that is stopped in the middle of an entry; what became of its work."""
    desk = bank.desk("00", stop_myself_at(step))
    held = desk.runner.claim(serial)
    assert held is not None
    try:
        desk.runner.resume(held)
    except LeaseLost:
        return "lease lost"
    return "went on"


def serial_of(bank: Bank, till_no: str) -> str:
    with bank.store.read() as session:
        return str(session.connection().execute(select(ENTRY.c.serial).where(ENTRY.c.till_no == till_no)).scalar_one())


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.req("B5", "B7")
def test_a_worker_that_carries_on_past_its_lease_moves_no_money_twice(bank: Bank, side: str) -> None:
    """Every kind of message once, stopped right before it leaves or right after its answer came."""
    consumers = bank.counterparts.debtors(len(RECOVERING) + len(PAYING))
    killed = list(zip(TILLS, consumers, RECOVERING, strict=False))
    stopped = list(zip(TILLS[len(killed) :], consumers[len(killed) :], PAYING, strict=False))
    with started([partial(pay_and_die, bank, till, consumer, at) for till, consumer, (at, _) in killed]) as desks:
        for desk in desks:
            desk.process.join()
    bank.let_leases_run_out()
    works: list[Callable[[], str]] = [
        partial(take_over_and_stop, bank, serial_of(bank, till), f"call.{leg}:{side}") for till, _, (_, leg) in killed
    ]
    works += [partial(pay_and_stop, bank, till, consumer, f"call.{leg}:{side}") for till, consumer, leg in stopped]
    bank.store.close()

    with started(works) as workers:
        for worker in workers:
            worker.wait_until_stopped()
        bank.sweep_until_done()
        ends = states(bank)
        for worker in workers:
            worker.carry_on()
        outcomes = [worker.result() for worker in workers]

    assert outcomes[: len(killed)] == ["lease lost"] * len(killed)
    assert all(STATES[state].terminal for state in ends.values()), ends
    assert states(bank) == ends, "who had lost the lease changed something"
    with bank.store.read() as session:
        notes = session.connection().execute(select(STEP.c.serial).where(STEP.c.row == "note"))
        assert len({serial for (serial,) in notes}) == len(works), "what each of them learned is kept"
    assert bank.flaws() == []


def states(bank: Bank) -> dict[str, str]:
    with bank.store.read() as session:
        rows = session.connection().execute(select(ENTRY.c.serial, ENTRY.c.state))
        return {row.serial: row.state for row in rows}
