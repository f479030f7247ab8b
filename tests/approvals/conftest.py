"""A house on both databases."""

from __future__ import annotations

import pytest
from conftest import SetClock

from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

from .house import House


@pytest.fixture
def house(store: Store, keys: Keys, clock: SetClock) -> House:
    return House(store, keys, clock).open()
