"""Fixtures of a branch: one sandbox for all tests of a worker, a fresh branch for each."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.branches import TestBranch, make_branch, sign_on
from tellerdesk.desk import Desk
from tellerdesk.sandbox.config import CORE, ELECTRICITY
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.staff.views import SignedOn


@pytest.fixture(scope="session")
def link_secrets() -> dict[str, bytes]:
    return {CORE: secrets.token_bytes(32), ELECTRICITY: secrets.token_bytes(32)}


@pytest.fixture(scope="session")
def sandbox_process(
    tmp_path_factory: pytest.TempPathFactory, link_secrets: dict[str, bytes]
) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox"), link_secrets, late_s=60) as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> Iterator[SandboxProcess]:
    """The counterparts, well and healed again afterwards."""
    yield sandbox_process
    control = sandbox_process.control
    control.clear()
    for counterpart in (CORE, ELECTRICITY):
        control.service(counterpart, is_open=True)


_branches = 0


@pytest.fixture
def branch(tmp_path: Path, sandbox: SandboxProcess, link_secrets: dict[str, bytes]) -> Iterator[TestBranch]:
    """A branch with a till of its own, so that serials never repeat at the shared counterparts."""
    global _branches
    _branches += 1
    made = make_branch(tmp_path / "branch", sandbox, link_secrets, till_no=f"{_branches % 100:02d}")
    yield made
    made.close()


@pytest.fixture
def desk(branch: TestBranch) -> Desk:
    return branch.open_desk()


@pytest.fixture
def who(desk: Desk) -> SignedOn:
    return sign_on(desk)
