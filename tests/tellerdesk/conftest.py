"""Folders of branches that are well."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.branches import TestBranch, owed, pay, sign_on

from tellerdesk.desk import Desk
from tests.tellerdesk.patients import close_to_others


@pytest.fixture
def folder(branch: TestBranch) -> Path:
    """A branch's folder in which all is well; its desk is shut."""
    close_to_others(branch.folder)
    return branch.folder


@pytest.fixture
def worked(branch: TestBranch, desk: Desk) -> Path:
    """The same after a payment whose receipt was issued."""
    who = sign_on(desk)
    desk.papers.issue(who, pay(desk, who, owed(desk, who)).serial)
    desk.close()
    close_to_others(branch.folder)
    return branch.folder
