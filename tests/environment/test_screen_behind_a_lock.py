"""The screens while the database is locked: every key is answered, and in the end a sentence says what happened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from support.long_form import LONG

from screens.app import TellerApp
from screens.home import Home
from screens.sign_on import SignOnScreen
from tellerdesk import config
from tellerdesk.demo.plan import BILLER, people
from tellerdesk.journal.states import Word
from tests.environment.test_locked_database import queueing
from tests.screens.counter import Counter, acted
from tests.screens.stand_in import HandClock
from tests.stateful.branch import CONSUMERS, PRICES, Branch, Stores
from tests.stateful.trouble import wrong

PATIENCE_S = 30.0 if LONG else 3.0
"""What this desk waits for the lock; half a minute is what every desk waits."""
PERSON = people()[0]


@pytest.fixture
def branch(branch_template: Path) -> Iterator[Branch]:
    made = Branch.copy(branch_template, stores=Stores(lock_wait_s=PATIENCE_S))
    made.sign_on()  # the till is open
    made.biller.bills[CONSUMERS[0]] = dict(PRICES)
    yield made
    made.close()


@asynccontextmanager
async def cash_counted(branch: Branch) -> AsyncIterator[Counter]:
    """A teller at the last step before F10."""
    clock = HandClock()
    app = TellerApp(config.front(branch.folder), lambda: branch.desk, clock=clock)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        counter = Counter(app, branch.desk, clock, pilot)  # type: ignore[arg-type]
        await counter.on(SignOnScreen)
        await counter.until(lambda: app.desk is not None)
        for text in (PERSON.staff_no, PERSON.password):
            await counter.type(text)
            await counter.press("enter")
        await counter.on(Home)
        await counter.until(lambda: app.till_known)
        await counter.start("2001")
        await counter.until(lambda: counter.screen.who_part.billers, "billers")  # type: ignore[attr-defined]
        for text in (BILLER, CONSUMERS[0]):
            await counter.type(text)
            await counter.press("enter")
        await counter.until(lambda: counter.screen.has_class("-bill"), "the bill")
        await counter.press("enter")
        await counter.until(lambda: counter.screen.has_class("-collect"))
        await counter.type("9000")
        yield counter


async def keys_are_answered(counter: Counter) -> None:
    """A key that draws the whole screen anew, pressed four times: each time it is in the other language."""
    for _ in range(4):
        before = counter.text()
        await counter.press("f11")
        await counter.until(lambda before=before: counter.text() != before, "the other language")


def test_a_teller_behind_a_locked_database_is_answered_at_every_key_and_told_in_the_end(branch: Branch) -> None:
    @acted
    async def work() -> None:
        async with cash_counted(branch) as counter:
            with queueing(branch):
                await counter.press("f10")
                await counter.until(lambda: branch.desk.in_flight() == 1, "the payment waits")
                await keys_are_answered(counter)
                assert branch.desk.in_flight() == 1, "answered while the payment still waited"
                await counter.until(lambda: not counter.screen.busy, "the sentence", 2 * PATIENCE_S)
                await counter.sees("请客户稍候")
            assert branch.serials() == branch.core.bookings == []

            await counter.press("f10")
            await counter.until(lambda: counter.screen.has_class("-done") and not counter.screen.busy, "the outcome")
            await counter.sees("缴费成功")

    work()
    [(_, serial)] = branch.serials()
    branch.sign_on()
    assert branch.view(serial).word is Word.PAID
    assert wrong(branch) == []
