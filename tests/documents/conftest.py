"""The room the tests of documents are in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tellerdesk.clock import Clock
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.documents.room import PlainRenderer, Room


@pytest.fixture
def room(store: Store, keys: Keys, clock: Clock, tmp_path: Path) -> Room:
    """On SQLite and on PostgreSQL."""
    return _room(store, keys, clock, tmp_path)


@pytest.fixture
def small_room(sqlite_store: Store, keys: Keys, clock: Clock, tmp_path: Path) -> Room:
    """On SQLite alone, where the database has no part in what is tested."""
    return _room(sqlite_store, keys, clock, tmp_path)


@pytest.fixture
def renderer(request: pytest.FixtureRequest) -> PlainRenderer:
    """The renderer of the test's room."""
    name = "room" if "room" in request.fixturenames else "small_room"
    found = request.getfixturevalue(name).renderer
    assert isinstance(found, PlainRenderer)
    return found


def _room(store: Store, keys: Keys, clock: Clock, tmp_path: Path) -> Room:
    folder = tmp_path / "documents"
    folder.mkdir(mode=0o700)
    return Room(store, keys, clock, folder)
