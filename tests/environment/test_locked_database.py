"""Somebody holds the database's lock: a payment waits or is refused, and nothing else stands still."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.long_form import LONG

from tellerdesk.errors import StoreUnavailable
from tellerdesk.i18n import words
from tellerdesk.journal.states import Word
from tellerdesk.serials import spoken
from tellerdesk.steps import no_hook
from tellerdesk.store.engine import Store
from tests.stateful.branch import Branch, Stores
from tests.stateful.trouble import LOST, tell, wrong

PATIENCE_S = 30.0 if LONG else 2.0
"""What this desk waits for the lock; half a minute is what every desk waits."""


@pytest.fixture
def branch(branch_template: Path) -> Iterator[Branch]:
    """A desk that waits so long for the lock."""
    made = Branch.copy(branch_template, stores=Stores(lock_wait_s=PATIENCE_S))
    made.sign_on()
    yield made
    made.close()


@contextmanager
def queueing(branch: Branch) -> Iterator[None]:
    """Another desk that writes, and stays in its unit of work."""
    other = Store(branch.desk.store.url)
    try:
        with other.write("test.long"):
            yield
    finally:
        other.close()


@contextmanager
def not_queueing(branch: Branch) -> Iterator[None]:
    """A program that knows nothing of the queue: the database's own lock, as a backup tool takes it."""
    stranger = sqlite3.connect(branch.folder / "tellerdesk.sqlite3", isolation_level=None)
    try:
        stranger.execute("BEGIN IMMEDIATE")
        yield
    finally:
        stranger.close()


HOLDERS = pytest.mark.parametrize("held", [queueing, not_queueing])


@HOLDERS
def test_a_locked_database_stops_the_flow_thread_alone(branch: Branch, held: object) -> None:
    desk, who = branch.desk, branch.teller
    earlier = branch.pay(branch.look_up())
    command = branch.command(branch.look_up(months=("2026-09",)))
    sent = list(branch.wires["core"].sent)
    with held(branch):  # type: ignore[operator]
        under_way = desk.submit(lambda: desk.bills.pay(who, command))
        for look in (
            lambda: desk.bills.recent(who, 10),
            lambda: desk.bills.payment(who, earlier.serial),
            lambda: desk.till.position(who),
            desk.lights,
            desk.accounting_date,
            desk.in_flight,
        ):
            assert look() is not None
            assert not under_way.done(), "the payment is what waits"
        assert desk.in_flight() == 1
        with pytest.raises(StoreUnavailable) as caught:
            under_way.result(PATIENCE_S + 5)

    assert caught.value.message_id == "error.payment.not_started.locked"
    assert "neither core nor the biller were told" in words("en").error(caught.value)
    assert branch.wires["core"].sent == sent
    assert desk.bills.pay(who, command).word is Word.PAID, "the same key again, once the lock is gone"
    assert wrong(branch) == []


@HOLDERS
def test_a_lock_that_ends_in_time_is_not_noticed(branch: Branch, held: object) -> None:
    desk, who = branch.desk, branch.teller
    command = branch.command(branch.look_up())
    with held(branch):  # type: ignore[operator]
        under_way = desk.submit(lambda: desk.bills.pay(who, command))
        desk.bills.recent(who, 10)
        assert not under_way.done()

    assert under_way.result(PATIENCE_S).word is Word.PAID
    assert wrong(branch) == []


@HOLDERS
@pytest.mark.parametrize("step", ["call.CORE_POST:after", "call.BILLER_PAY:after"])
def test_an_outcome_that_cannot_be_written_is_said_so_and_found_out_later(
    branch: Branch, held: object, step: str
) -> None:
    bill = branch.look_up()
    holder = held(branch)  # type: ignore[operator]
    branch.hook = lambda passed: holder.__enter__() if passed == step else None
    try:
        with pytest.raises(StoreUnavailable) as caught:
            branch.pay(bill)
    finally:
        branch.hook = no_hook
        holder.__exit__(None, None, None)

    [(_, serial)] = branch.serials()
    assert caught.value.message_id == "error.payment.outcome_not_kept"
    assert caught.value.args_by_name == {"serial": spoken(serial)}
    assert wrong(branch) == []
    branch.sweep(2)
    assert branch.view(serial).word is (Word.PAID if "BILLER" in step else Word.REVERSED)
    assert wrong(branch) == []


def test_recovery_behind_a_lock_gives_up_this_sweep_and_does_the_next(branch: Branch) -> None:
    tell(branch, "the biller is not heard and was paid")
    branch.wires["1101"].faults["BILLER_INQUIRE"].append(LOST)
    serial = branch.pay(branch.look_up()).serial
    branch.let_time_pass(600)
    with queueing(branch), pytest.raises(StoreUnavailable):
        branch.desk.recovery.sweep()

    branch.sweep()

    assert branch.view(serial).word is Word.PAID
    assert wrong(branch) == []
