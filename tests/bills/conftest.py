"""A counter on both databases, and the people who decide what it asks."""

from __future__ import annotations

import pytest
from conftest import SetClock
from support.counter import Counter
from support.four_eyes import FourEyes

from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys


@pytest.fixture
def counter(store: Store, keys: Keys, clock: SetClock) -> Counter:
    """Its till is opened by whoever needs it open."""
    return Counter(store, keys, clock)


@pytest.fixture
def eyes(counter: Counter) -> FourEyes:
    """They open the till, too."""
    return FourEyes(counter)
