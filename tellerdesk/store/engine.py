"""One database, opened: SQLite or PostgreSQL. The only place that knows how each of them must be handled."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted
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


UNSURE = "error.store.unsure"
"""The message id of a commit whose answer was lost: whether it stands must be looked up."""


class UnitOfWork:
    """One transaction: everything in it stands together or not at all. It rolls back unless `commit` is called.

    `connection` takes prepared statements; `session` is an ORM session over the same transaction, made when first
    asked for. A commit whose answer is lost raises StoreUnavailable(UNSURE): it may stand.
    """

    def __init__(self, connection: Connection, name: str, hook: StepHook) -> None:
        self.connection = connection
        self.committed = False
        self._transaction = connection.begin()
        self._name = name
        self._hook = hook

    @cached_property
    def session(self) -> Session:
        return Session(self.connection, expire_on_commit=False)

    def commit(self) -> None:
        if "session" in self.__dict__:
            self.session.flush()
        self._hook(f"commit.{self._name}:before")
        try:
            self._transaction.commit()
        except DBAPIError as error:
            if error.connection_invalidated:  # it broke before the answer came: it may have been committed
                raise StoreUnavailable(UNSURE) from error
            raise
        self.committed = True
        self._hook(f"commit.{self._name}:after")

    def end(self) -> None:
        """Undoes what was not committed."""
        if "session" in self.__dict__:
            self.session.close()
        self._transaction.close()


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
            path = Path(make_url(url).database or ":memory:")
            if path.name == ":memory:":
                raise BadSetup("error.setup.wrong_value", path="store.url", reason=url)
            self._lock_path = path.with_name(path.name + ".lock")
            self._writer = _sqlite_engine(url, "BEGIN IMMEDIATE", lock_wait_s)
            self._reader = _sqlite_engine(url, "BEGIN", lock_wait_s, {"query_only": 1})
        elif url.startswith("postgresql"):
            self._writer = _postgres_engine(url, lock_wait_s)
            # READ COMMITTED would give each statement of a read session its own moment.
            self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
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
        with self._writers_turn(), self._translated(), self._writer.connect() as connection:
            unit = UnitOfWork(connection, name, self.hook)
            try:
                yield unit
            except BaseException:
                with suppress(DBAPIError):  # a server that is gone undoes it by itself
                    unit.end()
                raise
            unit.end()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Raises StoreUnavailable."""
        with self._translated(), Session(self._reader) as session:
            yield session

    @contextmanager
    def schema_change(self, name: str) -> Iterator[Connection]:
        """One transaction in which tables may be made and rebuilt; it commits at its end, whole or not at all.

        It waits its turn among all writers, and has no time limit of its own once it runs. SQLite does not watch
        foreign keys meanwhile (a table could not be rebuilt otherwise); they are checked before the commit.
        Raises StoreUnavailable, or ValueError where a foreign key would point nowhere.
        """
        with self._writers_turn(), self._translated(), self._writer.connect() as connection:
            sqlite = self.dialect == "sqlite"
            if sqlite:
                connection.detach()  # closed at the end: no other transaction ever sees unwatched foreign keys
                connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=0")  # type: ignore[union-attr]
            with connection.begin():
                if not sqlite:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(self._lock_wait_s * 1000)}")
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SCHEMA_LOCK})")
                    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                yield connection
                if sqlite and (astray := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise ValueError(f"a row of {astray[0]} points nowhere")
                self.hook(f"commit.{name}:before")
            self.hook(f"commit.{name}:after")

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
        except PoolExhausted as error:
            raise StoreUnavailable("error.store.locked", seconds=round(self._lock_wait_s)) from error


_SCHEMA_LOCK = 0x74656C6C6572
"""The advisory lock of PostgreSQL that one schema change at a time holds."""

_SQLITE_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_GONE = {
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}
_POSTGRES_LOCKED = ("55P03", "57014", "40001", "40P01")
"""Lock and statement timeout, serialization failure, deadlock: rolled back, may be asked again."""
_POSTGRES_GONE = ("08", "53", "57P", "58", "XX")
"""Beginnings of the codes for a lost connection, exhausted resources, shutdown, system and internal errors."""


def _in_our_words(error: DBAPIError, lock_wait_s: float) -> Exception:
    """Trouble of the database itself as StoreUnavailable; a broken constraint or a programming error stays as it is.

    Told by the databases' codes, never by words: a message may quote a column called "locked_until".
    """
    trouble = _sqlite_trouble(error) if isinstance(error.orig, sqlite3.Error) else _postgres_trouble(error)
    if trouble == "locked":
        return StoreUnavailable("error.store.locked", seconds=round(lock_wait_s))
    if trouble == "full":
        return StoreUnavailable("error.store.full")
    if trouble == "gone":
        lines = str(error.orig).splitlines() or [type(error.orig).__name__]
        return StoreUnavailable("error.store.gone", reason=lines[0][:160])
    return error


def _sqlite_trouble(error: DBAPIError) -> str:
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_FULL:
        return "full"
    return "locked" if code in _SQLITE_LOCKED else "gone" if code in _SQLITE_GONE else ""


def _postgres_trouble(error: DBAPIError) -> str:
    code = getattr(error.orig, "sqlstate", None)
    if code == "53100":
        return "full"
    if code in _POSTGRES_LOCKED:
        return "locked"
    unreached = code is None and type(error.orig).__name__ in {"OperationalError", "InterfaceError"}
    gone = error.connection_invalidated or unreached or (code is not None and code.startswith(_POSTGRES_GONE))
    return "gone" if gone else ""


def _sqlite_engine(url: str, begin: str, lock_wait_s: float, more: dict[str, int] | None = None) -> Engine:
    pragmas = {**PRAGMAS, "busy_timeout": int(lock_wait_s * 1000), **(more or {})}
    engine = create_engine(
        url,
        poolclass=QueuePool,
        hide_parameters=True,  # what is bound is personal data: it belongs in no log and no error's text
        pool_size=4,
        max_overflow=16,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": lock_wait_s},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, record: object) -> None:  # noqa: ARG001
        for pragma, value in pragmas.items():
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
        hide_parameters=True,
        pool_timeout=lock_wait_s,
        connect_args={
            "options": f"-c lock_timeout={wait_ms} -c statement_timeout=30000 "
            "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC "
            # Prepared statements are planned for their values (a teller's day is not a year), small ones uncompiled.
            "-c plan_cache_mode=force_custom_plan -c jit=off -c random_page_cost=1.1",
            "connect_timeout": 5,
        },
    )
