"""What all tests share: a clock that is set, keys, and a fresh database of either kind.

`store` runs a test on SQLite and on PostgreSQL. Every database is a copy of one that was migrated once for the run.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from support.long_form import LONG

from tellerdesk.i18n import LOCALE_FOLDER
from tellerdesk.store import keys as key_file
from tellerdesk.store import schema
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.requirements_table import Outcomes, requirements

if TYPE_CHECKING:
    from tests.postgres.cluster import Cluster

pytest_plugins = ["support.branch_fixtures"]

_SLOW_BY_NATURE = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
settings.register_profile("ci", derandomize=True, deadline=None, suppress_health_check=_SLOW_BY_NATURE)
settings.register_profile(
    "nightly", max_examples=2_000, deadline=None, print_blob=True, suppress_health_check=_SLOW_BY_NATURE
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


# The run itself


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--requirements", metavar="FILE", help="write which requirement each test proved to FILE (JSON)")


def pytest_configure(config: pytest.Config) -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the many programs that tests start compile the desk only once
    gc.set_threshold(50_000, 20, 50)  # a test's objects live as long as the test
    state = tempfile.mkdtemp(prefix="tellerdesk-state-")
    os.environ["XDG_STATE_HOME"] = state  # desks keep the audit's seals outside their folder: not in the tester's home
    config.add_cleanup(lambda: shutil.rmtree(state, ignore_errors=True))
    if hasattr(config, "workerinput"):
        return  # the run's own process has done it
    if not LONG:  # looks that are taken in the long form only are not unused
        config.option.warn_unused_snapshots = config.option.no_cleanup = True
    _compile_stale_catalogues()
    if config.option.requirements:
        config.pluginmanager.register(RequirementLog(Path(config.option.requirements)))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    known = requirements()
    for item in items:
        for mark in item.iter_markers("req"):
            if unknown := [key for key in mark.args if key not in known]:
                raise pytest.UsageError(f"{item.nodeid} names no requirement: {', '.join(unknown)}")
            item.user_properties += [("req", key) for key in mark.args]


@dataclass(slots=True)
class RequirementLog:
    """Gathers the outcome of each test that proves a requirement, from all workers, and writes it at the end."""

    path: Path
    outcomes: Outcomes = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, key in report.user_properties:
            if name == "req" and (report.when == "call" or report.outcome != "passed"):
                tests = self.outcomes.setdefault(str(key), {})
                if tests.get(report.nodeid) != "failed":
                    tests[report.nodeid] = report.outcome

    def pytest_sessionfinish(self) -> None:
        self.path.write_text(json.dumps(self.outcomes, indent=1, sort_keys=True), encoding="utf-8")


def _compile_stale_catalogues() -> None:
    stale = [
        po
        for po in LOCALE_FOLDER.glob("*/LC_MESSAGES/*.po")
        if not po.with_suffix(".mo").exists() or po.with_suffix(".mo").stat().st_mtime < po.stat().st_mtime
    ]
    if stale:
        from tellerdesk.i18n.build_hook import compile_catalogues

        compile_catalogues(LOCALE_FOLDER)


# Time and keys


@dataclass(slots=True)
class SetClock:
    """A clock that stands still until it is moved. 2026-11-22 09:30 in the branch, unless told otherwise."""

    instant: datetime = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    seconds: float = 1_000.0

    def now(self) -> datetime:
        return self.instant

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        """Time passes."""
        self.instant += timedelta(seconds=seconds)
        self.seconds += seconds

    def set(self, instant: datetime) -> None:
        """The wall clock is set, forward or back; no time passes."""
        self.instant = instant


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Fresh random keys, with link secrets for the counterparts of the sandbox."""
    return key_file.create(tmp_path / "keys.json", ["core", "power", "water", "heating"])


# Databases


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this test process's own, started when the first test asks."""
    from tests.postgres.cluster import Cluster

    cluster = Cluster.start()
    try:
        yield cluster
    finally:
        cluster.end()


@pytest.fixture(scope="session")
def postgres_url(postgres_cluster: Cluster) -> str:
    """The maintenance database of the server, over its unix socket."""
    return postgres_cluster.url()


@pytest.fixture(scope="session")
def postgres_template(postgres_cluster: Cluster) -> str:
    """The name of a migrated database to copy from; nobody may be connected to it."""
    name = postgres_cluster.database()
    migrate(postgres_cluster.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file to copy from."""
    path = tmp_path_factory.mktemp("template") / "desk.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_store(tmp_path: Path, sqlite_template: Path) -> Iterator[Store]:
    """A fresh migrated database file. Another process opens it by `store.url`."""
    path = tmp_path / "desk.db"
    shutil.copyfile(sqlite_template, path)
    store = Store(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture
def postgres_store(postgres_cluster: Cluster, postgres_template: str) -> Iterator[Store]:
    """A fresh migrated database of the PostgreSQL server. Another process opens it by `store.url`."""
    name = postgres_cluster.lend(postgres_template)
    store = Store(postgres_cluster.url(name))
    yield store
    store.close()
    postgres_cluster.give_back(name, postgres_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """A fresh migrated database, once of each kind."""
    fixture = "sqlite_store" if request.param == "sqlite" else "postgres_store"
    found: Store = request.getfixturevalue(fixture)
    return found


def migrate(url: str) -> None:
    store = Store(url)
    try:
        schema.upgrade(store)
    finally:
        store.close()
