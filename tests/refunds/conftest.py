"""A house over each kind of database, with ledgers opened once for the run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import SetClock
from support.folders import quick_folder

from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.refunds.house import House, template

Building = Callable[..., House]


@pytest.fixture(scope="session")
def opened_ledgers() -> Iterator[Path]:
    folder = quick_folder()
    yield template(folder / "template")
    shutil.rmtree(folder)


@pytest.fixture
def ledgers() -> Iterator[Path]:
    folder = quick_folder()
    yield folder / "ledgers"
    shutil.rmtree(folder)


@pytest.fixture
def house(store: Store, keys: Keys, clock: SetClock, ledgers: Path, opened_ledgers: Path) -> House:
    """Once on each kind of database."""
    return House(ledgers, store, keys, clock, opened_ledgers)


@pytest.fixture
def lite(sqlite_store: Store, keys: Keys, clock: SetClock, ledgers: Path, opened_ledgers: Path) -> Building:
    """Builds a house over SQLite alone, with what the counter is given besides."""

    def build(**given: Any) -> House:
        return House(ledgers, sqlite_store, keys, clock, opened_ledgers, given)

    return build
