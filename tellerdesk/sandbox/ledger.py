"""What all counterparts' books have in common: one SQLite file, whole transactions, and the memory of leg ids."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tellerdesk.links.contracts.common import Reply
from tellerdesk.links.strict_json import canonical_json

_COMMON = """
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS legs (
    leg_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    result TEXT NOT NULL,
    code TEXT NOT NULL,
    reply BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tombstones (leg_id TEXT PRIMARY KEY, laid_by TEXT NOT NULL) WITHOUT ROWID;
"""


class LegConflict(Exception):
    """The leg id is known with another body; nothing was done."""


class Ledger:
    """One counterpart's file. Transactions are serialised by a lock: the file has one writer, this process."""

    def __init__(self, path: Path, schema: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        # Outlives kill -9 of the process; power loss is not what a sandbox is tried with.
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA foreign_keys=ON")
        self._connection.executescript(_COMMON + schema)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of what is done inside, or none of it."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def one(self, sql: str, *values: object) -> sqlite3.Row | None:
        with self._lock:
            row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
            return row

    def all(self, sql: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def write(self, sql: str, *values: object) -> int:
        """Inside the caller's transaction where there is one; how many rows it concerned."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def setting(self, name: str, otherwise: str = "") -> str:
        row = self.one("SELECT value FROM settings WHERE name = ?", name)
        return otherwise if row is None else str(row["value"])

    def set(self, name: str, value: str) -> None:
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def next_number(self, name: str) -> int:
        """The next number of a series; only inside a transaction, so that a refused one leaves no gap."""
        number = int(self.setting(name, "0")) + 1
        self.set(name, str(number))
        return number

    def once(self, leg_id: str, kind: str, body: object, do: Callable[[], Reply], *, dedupe: bool = True) -> bytes:
        """Does `do` for a new leg id and remembers its reply in the same transaction; gives the remembered reply for
        a known one.

        Without `dedupe` a known leg id is done again (and the last reply remembered): a counterpart without memory.
        Raises LegConflict where the id came with another body or for another kind of leg.
        """
        digest = hashlib.sha256(canonical_json(body)).hexdigest()
        with self.transaction() as connection:
            known = connection.execute("SELECT * FROM legs WHERE leg_id = ?", (leg_id,)).fetchone()
            if known is not None and dedupe:
                if known["kind"] != kind or known["body_sha256"] != digest:
                    raise LegConflict(leg_id)
                return bytes(known["reply"])
            told = do().model_dump(mode="json")
            reply = canonical_json(told)
            connection.execute(
                "INSERT OR REPLACE INTO legs VALUES (?, ?, ?, ?, ?, ?)",
                (leg_id, kind, digest, told["result"], told["code"], reply),
            )
            return reply

    def lay_tombstone(self, leg_id: str, laid_by: str) -> bool:
        """False where one lies already."""
        with self._lock:
            found = self._connection.execute("INSERT OR IGNORE INTO tombstones VALUES (?, ?)", (leg_id, laid_by))
            return found.rowcount == 1

    def is_tombstoned(self, leg_id: str) -> bool:
        return self.one("SELECT 1 FROM tombstones WHERE leg_id = ?", leg_id) is not None
