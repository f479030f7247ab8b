"""One sandbox for all tests of a folder; a bank of its own for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tellerdesk.store.engine import Store
from tests.concurrency.bank import Bank, Counterparts


@pytest.fixture(scope="session")
def counterparts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counterparts]:
    there = Counterparts(tmp_path_factory.mktemp("bank") / "desk")
    yield there
    there.process.stop()


@pytest.fixture
def bank(store: Store, counterparts: Counterparts) -> Bank:
    """On both databases."""
    return Bank(store, counterparts)
