"""One database, opened: SQLite or PostgreSQL. The only place that knows how each of them must be handled."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from tellerdesk.errors import BadSetup, StoreUnavailable
from tellerdesk.steps import StepHook, no_hook

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "busy_timeout": 30_000,
    "temp_store": 2,
    "cache_size": -65_536,
}
"""Set and read back on every SQLite connection. synchronous 2 is FULL: a committed intent survives power loss.
recursive_triggers makes INSERT OR REPLACE meet the triggers that keep history."""


class UnitOfWork:
    """One transaction: everything in it stands together or not at all. It rolls back unless `commit` is called."""

    def __init__(self, session: Session, name: str, hook: StepHook) -> None:
        self.session = session
        self.committed = False
        self._name = name
        self._hook = hook

    def commit(self) -> None:
        self._hook(f"commit.{self._name}:before")
        self.session.commit()
        self.committed = True
        self._hook(f"commit.{self._name}:after")


class Store:
    """`write` gives a unit of work, `read` a session that sees one moment and changes nothing.

    On SQLite every writing transaction is BEGIN IMMEDIATE under this process's lock and a lock file beside the
    database: writers queue fairly instead of starving each other. Waits end after `lock_wait_s` with StoreUnavailable.
    On PostgreSQL it is READ COMMITTED; guarded updates and unique indexes do the rest.
    """

    def __init__(self, url: str, *, lock_wait_s: float = 30.0, hook: StepHook = no_hook) -> None:
        self.url = url
        self.hook = hook
        self._lock_wait_s = lock_wait_s
        self._thread_lock = threading.Lock()
        self._lock_path: Path | None = None
        if url.startswith("sqlite:"):
            path = Path(url.removeprefix("sqlite:///"))
            if str(path) in {"", ":memory:"}:
                raise BadSetup("error.setup.wrong_value", path="store.url", reason=url)
            self._lock_path = path.with_name(path.name + ".lock")
            self._writer = _sqlite_engine(url, "BEGIN IMMEDIATE", lock_wait_s)
            self._reader = _sqlite_engine(url, "BEGIN", lock_wait_s)
        elif url.startswith("postgresql"):
            self._writer = self._reader = _postgres_engine(url, lock_wait_s)
        else:
            raise BadSetup("error.setup.wrong_value", path="store.url", reason=url.split(":", 1)[0])

    @property
    def dialect(self) -> str:
        return self._writer.dialect.name

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations and checks of the schema."""
        return self._writer

    @contextmanager
    def write(self, name: str) -> Iterator[UnitOfWork]:
        """A unit of work; `name` names its commit among the steps. Raises StoreUnavailable."""
        with self._writers_turn(), self._translated(), Session(self._writer, expire_on_commit=False) as session:
            unit = UnitOfWork(session, name, self.hook)
            try:
                yield unit
            finally:
                if not unit.committed:
                    session.rollback()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Raises StoreUnavailable."""
        with self._translated(), Session(self._reader) as session:
            yield session

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()

    @contextmanager
    def _writers_turn(self) -> Iterator[None]:
        if self._lock_path is None:
            yield
            return
        deadline = time.monotonic() + self._lock_wait_s
        if not self._thread_lock.acquire(timeout=self._lock_wait_s):
            raise StoreUnavailable("error.store.locked", seconds=round(self._lock_wait_s))
        try:
            handle = self._lock_file(deadline)
            try:
                yield
            finally:
                os.close(handle)
        finally:
            self._thread_lock.release()

    def _lock_file(self, deadline: float) -> int:
        """An own open file for each transaction: two threads on one open file would not exclude each other, and a
        forked child would keep the lock."""
        assert self._lock_path is not None  # noqa: S101 (only called for SQLite)
        try:
            handle = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnavailable("error.store.gone", reason=error.strerror or "") from None
        pause = 0.001
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(handle)
                    raise StoreUnavailable("error.store.locked", seconds=round(self._lock_wait_s)) from None
                time.sleep(pause)
                pause = min(pause * 2, 0.02)
            else:
                return handle

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise _in_our_words(error, self._lock_wait_s) from error


def _in_our_words(error: DBAPIError, lock_wait_s: float) -> Exception:
    """Trouble of the database itself as StoreUnavailable; a broken constraint or a programming error stays as it is."""
    cause = str(error.orig)
    if "locked" in cause or "lock timeout" in cause or "busy" in cause:
        return StoreUnavailable("error.store.locked", seconds=round(lock_wait_s))
    if "full" in cause or "No space left" in cause or "could not extend file" in cause:
        return StoreUnavailable("error.store.full")
    broken = error.connection_invalidated or type(error.orig).__name__ in {"OperationalError", "InterfaceError"}
    if broken and "no such table" not in cause:
        return StoreUnavailable("error.store.gone", reason=cause.splitlines()[0][:160])
    return error


def _sqlite_engine(url: str, begin: str, lock_wait_s: float) -> Engine:
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=4,
        max_overflow=16,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": lock_wait_s},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, record: object) -> None:  # noqa: ARG001
        for pragma, value in {**PRAGMAS, "busy_timeout": int(lock_wait_s * 1000)}.items():
            connection.execute(f"PRAGMA {pragma}={value}")
            (set_to,) = connection.execute(f"PRAGMA {pragma}").fetchone()
            if set_to != value:
                raise BadSetup("error.store.pragma", pragma=pragma, wanted=str(value), found=str(set_to))

    @event.listens_for(engine, "begin")
    def begin_at_once(connection: object) -> None:
        # The driver's own BEGIN comes only before the first write, too late to check and then insert.
        connection.exec_driver_sql(begin)  # type: ignore[attr-defined]

    return engine


def _postgres_engine(url: str, lock_wait_s: float) -> Engine:
    wait_ms = int(min(lock_wait_s, 5.0) * 1000)
    return create_engine(
        url,
        pool_size=4,
        max_overflow=16,
        pool_pre_ping=True,
        pool_timeout=lock_wait_s,
        connect_args={
            "options": f"-c lock_timeout={wait_ms} -c statement_timeout=30000 "
            "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC",
            "connect_timeout": 5,
        },
    )
