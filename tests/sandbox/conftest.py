"""One sandbox process for these tests, and one with every biller.

Each test uses serials and consumers of its own; faults are cleared after each.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tellerdesk.sandbox.config import BILLERS
from tellerdesk.sandbox.process import SandboxProcess
from tests.sandbox.asking import DAY, Counterparts, new_secrets


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counterparts]:
    keys = new_secrets()
    with SandboxProcess(tmp_path_factory.mktemp("sandbox"), keys, opening_date=DAY) as process:
        yield Counterparts(process, keys)


@pytest.fixture
def there(running: Counterparts) -> Iterator[Counterparts]:
    """The counterparts, behaving."""
    yield running
    running.process.control.clear()


@pytest.fixture(scope="session")
def _everyone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counterparts]:
    keys = new_secrets(*BILLERS)
    with SandboxProcess(tmp_path_factory.mktemp("sandbox"), keys, opening_date=DAY) as process:
        yield Counterparts(process, keys)


@pytest.fixture
def everyone(_everyone: Counterparts) -> Iterator[Counterparts]:
    """Core with every biller, behaving."""
    yield _everyone
    _everyone.process.control.clear()


@pytest.fixture
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counterparts]:
    """A sandbox of the test's own, where it changes what all would see (the accounting date, service hours)."""
    keys = new_secrets()
    with SandboxProcess(tmp_path_factory.mktemp("sandbox"), keys, opening_date=DAY) as process:
        yield Counterparts(process, keys)
