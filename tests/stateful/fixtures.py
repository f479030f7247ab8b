"""A workstation of this process for each test, copied from one that was set up once; its links end in wires."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.folders import quick_folder

from tests.stateful.branch import Branch, template


@pytest.fixture(scope="session")
def branch_template() -> Iterator[Path]:
    folder = quick_folder()
    yield template(folder / "template")
    shutil.rmtree(folder)


@pytest.fixture
def branch(branch_template: Path) -> Iterator[Branch]:
    """With a teller signed on."""
    made = Branch.copy(branch_template)
    made.sign_on()
    yield made
    made.close()
