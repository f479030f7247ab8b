"""What the doctor asks a database about itself. Nothing here changes anything."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import bindparam, make_url, text

from tellerdesk.store import schema
from tellerdesk.store.engine import PRAGMAS, Store

_HEADER = b"SQLite format 3\0"
_WAL_VERSION = 2
"""What stands at bytes 18 and 19 of a file whose journal is a write-ahead log."""


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server as the program's role meets it. `powers` are those it does not need."""

    version: str
    major: int
    role: str
    powers: tuple[str, ...]


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite address, None for another database."""
    return Path(make_url(url).database or "") if url.startswith("sqlite:") else None


def is_write_ahead(path: Path) -> bool | None:
    """Whether a SQLite file keeps a write-ahead log; None where it is no SQLite file. Opening it would make it so."""
    with path.open("rb") as file:
        head = file.read(20)
    if not head.startswith(_HEADER) or len(head) < 20:
        return None
    return head[18] == head[19] == _WAL_VERSION


def wal_bytes(path: Path) -> int:
    wal = path.with_name(path.name + "-wal")
    return wal.stat().st_size if wal.exists() else 0


def other_pragmas(store: Store) -> list[str]:
    """Names of the settings of a SQLite connection that are not as they must be."""
    with store.read() as session:
        connection = session.connection()
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in PRAGMAS}
    return [name for name, value in found.items() if value != PRAGMAS[name]]


def server(store: Store) -> Server:
    """Raises StoreUnavailable."""
    with store.read() as session:
        connection = session.connection()
        role = connection.execute(text(_ROLE)).mappings().one()
        kept = [table.name for table in schema.all_metadata().sorted_tables if table.info.get("history") is not None]
        over_history = connection.execute(text(_OVER_HISTORY).bindparams(bindparam("kept", kept))).scalar_one()
    powers = [name for name in ("superuser", "createdb", "createrole", "bypassrls", "replication") if role[name]]
    if over_history:
        powers.append("history")
    return Server(role["version"], int(role["number"]) // 10_000, role["role"], tuple(powers))


_ROLE = """
SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number,
    rolname AS role, rolsuper AS superuser, rolcreatedb AS createdb, rolcreaterole AS createrole,
    rolbypassrls AS bypassrls, rolreplication AS replication
FROM pg_roles WHERE rolname = current_user
"""
_OVER_HISTORY = """
SELECT count(*) FROM pg_class WHERE relname = ANY(:kept) AND relnamespace = to_regnamespace(current_schema())
    AND (pg_has_role(current_user, relowner, 'USAGE') OR has_table_privilege(oid, 'DELETE, TRUNCATE, TRIGGER'))
"""
"""Tables whose history the role could undo: its owner may drop the triggers that keep it."""
