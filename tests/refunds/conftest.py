"""A house over each kind of database, with ledgers opened once for the run."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import SetClock
from support.folders import quick_folder

from tellerdesk.approvals.rules import Rules
from tellerdesk.steps import no_hook
from tellerdesk.store import keys as key_file
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.refunds.house import House, template

if TYPE_CHECKING:
    from tests.postgres.cluster import Cluster

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


@pytest.fixture(scope="session")
def warm() -> Iterator[dict[str, Store]]:
    """Stores by address. A closed store has forgotten everything but how its statements are compiled, which is most of
    the work of a short test: databases that come one after the other share one."""
    stores: dict[str, Store] = {}
    yield stores
    for store in stores.values():
        store.close()


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    folder = quick_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def fresh(warm: dict[str, Store], place: Path, sqlite_template: Path) -> Iterator[Store]:
    """A fresh migrated database file, always in the same place."""
    path = place / "desk.db"
    for left in place.glob("desk.db*"):
        left.unlink()
    shutil.copyfile(sqlite_template, path)
    url = f"sqlite:///{path}"
    store = warm.setdefault(url, Store(url))
    store.hook = no_hook
    yield store
    store.close()


@pytest.fixture
def fresh_at_server(warm: dict[str, Store], postgres_cluster: Cluster, postgres_template: str) -> Iterator[Store]:
    name = postgres_cluster.lend(postgres_template)
    url = postgres_cluster.url(name)
    store = warm.setdefault(url, Store(url))
    yield store
    store.close()
    postgres_cluster.give_back(name, postgres_template)


@pytest.fixture(params=["fresh", "fresh_at_server"], ids=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, keys: Keys, clock: SetClock, ledgers: Path, opened_ledgers: Path) -> House:
    """Once on each kind of database."""
    return House(ledgers, request.getfixturevalue(request.param), keys, clock, opened_ledgers)


@pytest.fixture(scope="module")
def one_for_all(sqlite_template: Path, opened_ledgers: Path) -> Iterator[House]:
    """A house many tests share: each begins with a payment of its own, and most of the work is opening a house."""
    folder = quick_folder()
    shutil.copyfile(sqlite_template, folder / "desk.db")
    store = Store(f"sqlite:///{folder / 'desk.db'}")
    yield House(folder / "ledgers", store, key_file.create(folder / "keys.json", ["core"]), SetClock(), opened_ledgers)
    store.close()
    shutil.rmtree(folder)


@pytest.fixture
def shared(one_for_all: House) -> House:
    """The same house, its counterparts honest again and nothing asked for but what stands in the shipped rules."""
    for link in (one_for_all.core, one_for_all.biller):
        link.script.clear(), link.calls.clear(), link.bodies.clear()
    one_for_all.counter.refund_rules = Rules.parse("")
    return one_for_all


@pytest.fixture
def lite(fresh: Store, keys: Keys, clock: SetClock, ledgers: Path, opened_ledgers: Path) -> Building:
    """Builds a house over SQLite alone, with what the counter is given besides."""

    def build(**given: Any) -> House:
        return House(ledgers, fresh, keys, clock, opened_ledgers, given)

    return build
