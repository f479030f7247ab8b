"""An office on both databases, and one for what no database has a part in."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SetClock

from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

from .office import Office


@pytest.fixture
def office(store: Store, keys: Keys, clock: SetClock, tmp_path: Path) -> Office:
    return Office(store, keys, tmp_path / "office", clock).open()


@pytest.fixture
def small_office(sqlite_store: Store, keys: Keys, clock: SetClock, tmp_path: Path) -> Office:
    return Office(sqlite_store, keys, tmp_path / "office", clock).open()
