"""Fixtures of a branch: a sandbox for many tests of a worker, a fresh branch for each."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.branches import TestBranch, make_branch, sign_on
from tellerdesk.desk import Desk
from tellerdesk.sandbox.config import CORE, ELECTRICITY
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.staff.views import SignedOn

TILLS = 95
"""Numbers of two digits, and some more for those who sign on at a till near by."""


@pytest.fixture(scope="session")
def link_secrets() -> dict[str, bytes]:
    return {CORE: secrets.token_bytes(32), ELECTRICITY: secrets.token_bytes(32)}


class Sandboxes:
    """One sandbox after another: each for as many tests as there are numbers of tills, so that no serial repeats."""

    def __init__(self, new_folder: Callable[[], Path], secrets_of: dict[str, bytes]) -> None:
        self._new_folder, self._secrets = new_folder, secrets_of
        self._stack = ExitStack()
        self._process: SandboxProcess | None = None
        self.tests = 0

    def for_the_next_test(self) -> SandboxProcess:
        if self._process is None or self.tests == TILLS:
            self.close()
            started = SandboxProcess(self._new_folder(), self._secrets, late_s=60)
            self._process, self.tests = self._stack.enter_context(started), 0
        self.tests += 1
        return self._process

    def close(self) -> None:
        self._stack.close()


@pytest.fixture(scope="session")
def sandboxes(tmp_path_factory: pytest.TempPathFactory, link_secrets: dict[str, bytes]) -> Iterator[Sandboxes]:
    made = Sandboxes(lambda: tmp_path_factory.mktemp("sandbox"), link_secrets)
    yield made
    made.close()


@pytest.fixture
def sandbox(sandboxes: Sandboxes) -> Iterator[SandboxProcess]:
    """The counterparts, well and healed again afterwards."""
    process = sandboxes.for_the_next_test()
    yield process
    process.control.clear()
    for counterpart in (CORE, ELECTRICITY):
        process.control.service(counterpart, is_open=True)


@pytest.fixture
def branch(
    tmp_path: Path, sandbox: SandboxProcess, sandboxes: Sandboxes, link_secrets: dict[str, bytes]
) -> Iterator[TestBranch]:
    """A branch with a till of its own, so that serials never repeat at the shared counterparts."""
    made = make_branch(tmp_path / "branch", sandbox, link_secrets, till_no=f"{sandboxes.tests:02d}")
    yield made
    made.close()


@pytest.fixture
def desk(branch: TestBranch) -> Desk:
    return branch.open_desk()


@pytest.fixture
def who(desk: Desk) -> SignedOn:
    return sign_on(desk)
