"""One sandbox for all tests here; a bank of its own for each."""

from __future__ import annotations

import pytest
from support.long_form import LONG

from tests.concurrency.fixtures import bank, counterparts

__all__ = ["bank", "counterparts"]


@pytest.fixture
def full() -> bool:
    """Whether the long form was asked for."""
    return LONG
