"""A house on both databases, or on one where the rule does not depend on it; a bank before real counterparts."""

from __future__ import annotations

import pytest
from conftest import SetClock
from support.counter import Counter

from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.concurrency.fixtures import bank, counterparts

from .house import House

__all__ = ["bank", "counterparts"]


@pytest.fixture
def house(store: Store, keys: Keys, clock: SetClock) -> House:
    return House(Counter(store, keys, clock))


@pytest.fixture
def one_house(sqlite_store: Store, keys: Keys, clock: SetClock) -> House:
    return House(Counter(sqlite_store, keys, clock))
