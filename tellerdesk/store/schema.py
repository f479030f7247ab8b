"""Which shape the database has, and how it gets the shape this program needs.

The check at every start is one plain SELECT; Alembic is loaded only when something is to be done.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, MetaData, text

from tellerdesk.errors import BadSetup
from tellerdesk.store import triggers
from tellerdesk.store.base import Table
from tellerdesk.store.engine import Store

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0008"
"""The revision this program works with: the last file of migrations/versions."""

ROOMS = (
    "audit",
    "staff",
    "journal",
    "till",
    "documents",
    "approvals",
    "parameters",
    "bills",
    "refunds",
    "questions",
    "search",
)
"""The rooms with tables. Named here once and for all, not by callers: whoever forgot one would take its triggers away.
The rooms stand above the store, so they are found by name when the schema is made, never imported by it."""

MIGRATIONS = Path(__file__).parent / "migrations"


def all_metadata() -> MetaData:
    """Every table of every room."""
    for room in ROOMS:
        importlib.import_module(f"tellerdesk.{room}.models")
    return Table.metadata


def version(store: Store) -> str | None:
    """The revision the database is at, None where it has no tables of ours yet. Raises StoreUnavailable."""
    with store.read() as session:
        return _version(session.connection())


def is_current(store: Store) -> bool:
    """True where the database has exactly the shape this program works with. Raises StoreUnavailable."""
    return version(store) == HEAD


def upgrade(store: Store) -> None:
    """Brings the database to HEAD, with every trigger that keeps history, in one transaction: all of it or nothing.

    Desks that start together wait for each other; whoever comes later finds nothing left to do. Raises BadSetup where
    the database is of a newer program (error.store.newer), StoreUnavailable where it cannot be reached.
    """
    metadata = all_metadata()
    with store.schema_change("schema.upgrade") as connection:
        found = _version(connection)
        if found == HEAD:
            if set(triggers.present(connection)) != set(triggers.wanted(metadata, store.dialect)):
                triggers.recreate(connection, metadata)
            return
        from alembic import command
        from alembic.script import ScriptDirectory

        config = alembic_config(connection, metadata)
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if found is not None and found not in known:
            raise BadSetup("error.store.newer", found=found, known=HEAD)
        triggers.drop(connection)
        command.upgrade(config, HEAD)
        triggers.recreate(connection, metadata)


def alembic_config(connection: Connection, metadata: MetaData) -> Config:
    """Alembic's settings without a file of their own: they work wherever the package is installed."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes.update(connection=connection, metadata=metadata)
    return config


def _version(connection: Connection) -> str | None:
    if connection.dialect.name == "sqlite":
        there = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    else:
        there = "SELECT to_regclass('alembic_version')"
    if connection.scalar(text(there)) is None:
        return None
    revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return None if revision is None else str(revision)
