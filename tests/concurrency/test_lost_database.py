"""PostgreSQL goes away in the middle of everything, without a word, and comes back."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from multiprocessing.synchronize import Barrier, Event, Semaphore

import pytest
from conftest import SetClock
from sqlalchemy import select
from support.counter import Counter

from tellerdesk.errors import StoreUnavailable
from tellerdesk.journal.entries import ENTRY, LEG
from tellerdesk.journal.states import Word
from tellerdesk.sandbox import books
from tellerdesk.serials import spoken
from tellerdesk.steps import no_hook
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.concurrency.bank import FORK, PATIENCE_S, TILLS, Bank, Counterparts, look_up, payment_of, sign_on, started
from tests.postgres.cluster import Cluster

STEPS = [
    f"commit.{name}:{side}"
    for name in ("payment.intent", "bill_payment.CORE_SENDING.accepted", "bill_payment.BILLER_SENDING.accepted")
    for side in ("before", "after")
]


@pytest.fixture
def server(postgres_cluster: Cluster) -> Iterator[Cluster]:
    yield postgres_cluster
    postgres_cluster.start_again()


@pytest.fixture
def counter(postgres_store: Store, keys: Keys, clock: SetClock) -> Counter:
    counter = Counter(postgres_store, keys, clock)
    counter.open_till()
    return counter


@pytest.mark.parametrize("step", STEPS)
def test_a_server_lost_at_a_commit_of_a_payment_loses_and_doubles_nothing(
    server: Cluster, counter: Counter, step: str
) -> None:
    command = counter.command(counter.quote())
    counter.store.hook = lambda passed: server.crash() if passed == step else None
    with pytest.raises(StoreUnavailable) as caught:
        counter.payments.pay(counter.who, command)
    counter.store.hook = no_hook
    server.start_again()

    found = counter.read(select(ENTRY.c.serial))
    if step == STEPS[0]:
        assert found == counter.core.calls == []
        assert caught.value.message_id == "error.payment.unsure", "the commit's answer was lost, and nobody can look"
        return
    [(serial,)] = found
    assert caught.value.message_id == "error.payment.outcome_not_kept"
    assert caught.value.args_by_name["serial"] == spoken(serial)
    counter.sweep_until_done()
    view = counter.payments.payment(serial)
    assert list(counter.core.effects.values()) == list(counter.biller.effects.values())
    assert bool(counter.core.effects) == (view.word is Word.PAID)
    assert counter.payments.pay(counter.who, command).serial == serial, "the same key pressed again"


def test_while_the_server_is_down_a_payment_is_refused_and_nobody_is_told(server: Cluster, counter: Counter) -> None:
    command = counter.command(counter.quote())
    server.crash()

    with pytest.raises(StoreUnavailable, match="not_started"):
        counter.payments.pay(counter.who, command)

    assert counter.core.calls == []
    server.start_again()
    assert counter.payments.pay(counter.who, command).word is Word.PAID


def pay_until_told(
    bank: Bank, till_no: str, consumers: list[str], ready: Barrier, stepped: Semaphore, up: Event
) -> list[str]:
    """Pays each bill, pressing the same key again whenever the database was not there; the serials."""
    desk = bank.desk(till_no)
    who = sign_on(desk)
    commands = [payment_of(look_up(desk, who, consumer)) for consumer in consumers]
    ready.wait(PATIENCE_S)
    desk.store.hook = lambda _step: stepped.release()
    serials = []
    for command in commands:
        while len(serials) < len(consumers):
            up.wait(PATIENCE_S)
            try:
                serials.append(desk.bills.pay(who, command).serial)
            except StoreUnavailable:
                continue
            break
    desk.close()
    return serials


@pytest.mark.timeout(600)
def test_a_server_that_keeps_falling_over_under_load_costs_no_money(
    postgres_store: Store, counterparts: Counterparts, server: Cluster, full: bool
) -> None:
    bank = Bank(postgres_store, counterparts)
    tills, each, falls = (TILLS, 25, 12) if full else (TILLS[:4], 6, 3)
    ready, stepped, up = FORK.Barrier(len(tills)), FORK.Semaphore(0), FORK.Event()
    up.set()
    chance = random.Random(20261122)
    works = [partial(pay_until_told, bank, till, bank.counterparts.debtors(each), ready, stepped, up) for till in tills]

    with started(works) as desks:
        for _ in range(falls):
            for _ in range(chance.randint(5, 60)):
                assert stepped.acquire(timeout=PATIENCE_S), "the desks have stopped working"
            up.clear()
            server.crash()
            server.start_again()
            up.set()
        serials = [serial for desk in desks for serial in desk.result()]

    assert len(set(serials)) == len(tills) * each, "every payment was told its own serial in the end"
    bank.sweep_until_done()
    assert bank.flaws() == []
    assert sent_legs(bank) <= intents(bank), "sent without an intent"


def sent_legs(bank: Bank) -> set[str]:
    """Every message that moved or barred money at a counterpart, as the counterparts tell it."""
    folder = bank.counterparts.process.folder
    posted = (posting.leg_id for effect in books.core_effects(folder).values() for posting in effect.postings)
    paid = (payment.leg_id for payment in books.biller_payments(folder))
    barred = (leg for counterpart in ("core", "electricity") for leg in books.tombstones(folder, counterpart))
    return {leg for legs in (posted, paid, barred) for leg in legs if leg[8:12] == bank.branch_no}


def intents(bank: Bank) -> set[str]:
    with bank.store.read() as session:
        return set(session.scalars(select(LEG.c.leg_id)))
