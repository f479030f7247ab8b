"""A house on both databases, or on one where the rule does not depend on it; a bank before real counterparts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import SetClock
from support.counter import Counter

from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.concurrency.bank import Bank, Counterparts

from .house import House


@pytest.fixture
def house(store: Store, keys: Keys, clock: SetClock) -> House:
    return House(Counter(store, keys, clock))


@pytest.fixture
def one_house(sqlite_store: Store, keys: Keys, clock: SetClock) -> House:
    return House(Counter(sqlite_store, keys, clock))


@pytest.fixture(scope="session")
def counterparts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counterparts]:
    there = Counterparts(tmp_path_factory.mktemp("bank") / "desk")
    yield there
    there.process.stop()


@pytest.fixture
def bank(store: Store, counterparts: Counterparts) -> Bank:
    return Bank(store, counterparts)
