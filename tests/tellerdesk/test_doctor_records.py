"""What the doctor finds in what a desk keeps: the database, its triggers and roles, work that waits, documents."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from support.branches import owed, pay, sign_on

from tellerdesk import config
from tellerdesk.desk import Desk
from tellerdesk.doctor import records
from tellerdesk.doctor.findings import Ill, Verdict
from tellerdesk.i18n import Message
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.store import checkup, triggers
from tellerdesk.store.engine import Store
from tests.postgres.cluster import Cluster
from tests.tellerdesk.patients import close_to_others, contents, findings, ids, ill, setting


def sql(folder: Path, statement: str) -> None:
    """What somebody does to the database behind our back, past the triggers that keep history."""
    with closing(sqlite3.connect(folder / "tellerdesk.sqlite3")) as connection:
        kept = dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall())
        for name in kept:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for made in kept.values():
            connection.execute(made)
        connection.commit()


# What is kept


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (lambda folder: (folder / "tellerdesk.sqlite3").unlink(), "door.doctor.database.missing"),
        (lambda folder: (folder / "tellerdesk.sqlite3").write_bytes(b"x" * 99), "door.doctor.database.foreign"),
        (lambda folder: sql(folder, "UPDATE alembic_version SET version_num = '0000'"), "door.doctor.database.older"),
        (lambda folder: sql(folder, "DELETE FROM alembic_version"), "door.doctor.database.older"),
        (lambda folder: sql(folder, "UPDATE alembic_version SET version_num = '9999'"), "error.store.newer"),
        (lambda folder: sql(folder, "UPDATE staff_member SET role = 'AUDITOR'"), "door.doctor.staff.no_teller"),
        (
            lambda folder: sql(folder, "UPDATE staff_member SET state = 'LEFT' WHERE role = 'SUPERVISOR'"),
            "door.doctor.staff.no_supervisor",
        ),
        (lambda folder: sql(folder, "UPDATE audit_row SET details = '{\"x\":1}' WHERE id = 1"), "error.tamper.audit"),
    ],
)
def test_what_is_wrong_with_the_database_is_found(folder: Path, trouble: Callable[[Path], object], told: str) -> None:
    trouble(folder)
    assert ill(folder) == {told}


def test_a_database_that_is_missing_is_not_made_by_looking(folder: Path) -> None:
    (folder / "tellerdesk.sqlite3").unlink()
    findings(folder)
    assert not (folder / "tellerdesk.sqlite3").exists()


def test_a_database_without_a_write_ahead_log_is_told_and_left_as_it_is(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "tellerdesk.sqlite3")) as connection:
        assert connection.execute("PRAGMA journal_mode = delete").fetchone() == ("delete",)
    before = contents(folder)

    assert ill(folder) == {"door.doctor.database.no_wal"}
    assert contents(folder) == before


def test_a_database_server_that_cannot_be_reached_is_told_once(folder: Path) -> None:
    setting(folder, 'url = "sqlite:///tellerdesk.sqlite3"', 'url = "postgresql+psycopg://desk@127.0.0.1:9/desk"')
    found = findings(folder)

    assert ids(found, Verdict.WRONG) == {"error.store.gone"}
    assert sum(finding.told.id == "door.doctor.depends" for finding in found) == 8


def test_a_trigger_that_is_missing_is_named(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "tellerdesk.sqlite3")) as connection:
        connection.execute("DROP TRIGGER keep_audit_row_delete")
        connection.commit()
    (told,) = [finding.told for finding in findings(folder) if not finding.well]

    assert told == Message("door.doctor.database.triggers", {"names": "keep_audit_row_delete", "count": 1})


def test_settings_of_sqlite_that_do_not_read_back_and_a_log_that_has_grown_are_found(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkup, "PRAGMAS", {"synchronous": 2, "foreign_keys": 0, "busy_timeout": 1})
    (told,) = [finding.told for finding in findings(folder) if not finding.well]
    assert told == Message("door.doctor.server.pragmas", {"names": "foreign_keys, busy_timeout"})

    monkeypatch.undo()
    monkeypatch.setattr(records, "MOST_WAL", -1)
    assert ill(folder) == {"door.doctor.server.wal"}


def test_outside_training_nobody_may_have_a_sample_password(folder: Path) -> None:
    setting(folder, "training = true", "training = false")
    assert ill(folder) == {"door.doctor.samples.shown"}

    path = folder / config.FILE_NAME
    path.write_text(path.read_text(encoding="utf-8").partition("[[sample_staff]]")[0], encoding="utf-8")
    (told,) = [finding.told for finding in findings(folder) if not finding.well]
    assert told == Message("door.doctor.samples.found", {"people": "1001, 3001, 3002, 3003, 5001, 8001, 9001"})
    assert ids(findings(folder, sample_passwords={"other-1001"}), Verdict.WRONG) == set()


def test_what_waits_is_counted_and_what_waits_too_long_needs_a_person(
    folder: Path, desk: Desk, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = sign_on(desk)
    bill = owed(desk, who)
    sandbox.control.fault("biller-lost", times=1)
    sandbox.control.fault("inquiry-timeout", times=1)
    serial = pay(desk, who, bill).serial
    desk.close()
    sandbox.control.clear()
    close_to_others(folder)
    (told,) = [finding.told for finding in findings(folder) if finding.what == "door.doctor.journal"]
    assert told == Message("door.doctor.journal.well", {"waiting": 1, "minutes": 0})

    with monkeypatch.context() as sooner:
        sooner.setattr(records, "MOST_WAIT", timedelta())
        assert ill(folder) == {"door.doctor.journal.old"}

    sql(folder, "UPDATE journal_entry SET state = 'PENDING_APPROVAL'")
    (told,) = [finding.told for finding in findings(folder) if finding.what == "door.doctor.journal"]
    assert told == Message("door.doctor.journal.none"), "it waits for people"

    sql(folder, "UPDATE journal_entry SET state = 'REVERSE_FAILED', due_ms = NULL")
    (told,) = [finding.told for finding in findings(folder) if not finding.well]
    assert told == Message("door.doctor.journal.person", {"count": 1, "serial": serial})


def test_documents_that_are_missing_or_changed_are_counted(worked: Path) -> None:
    (paper,) = (worked / "documents").glob("*.pdf")
    content = paper.read_bytes()
    paper.write_bytes(content + b"x")
    assert ill(worked) == {"door.doctor.documents.altered"}

    paper.unlink()
    assert ill(worked) == {"door.doctor.documents.missing"}

    paper.symlink_to("/etc/hostname")
    assert "door.doctor.documents.altered" in ill(worked)


def test_a_role_of_postgresql_that_may_too_much_is_told_what(postgres_cluster: Cluster, postgres_store: Store) -> None:
    met = checkup.server(postgres_store)
    assert met.role == "postgres"
    assert met.major >= records.LEAST_POSTGRES
    assert {"superuser", "createdb", "history"} <= set(met.powers)
    with pytest.raises(Ill, match=r"server\.powers"):
        records._postgres(postgres_store)


def test_a_role_of_postgresql_with_just_what_it_needs_is_well(postgres_cluster: Cluster, postgres_store: Store) -> None:
    with postgres_store.write("test") as unit:
        run = unit.connection.exec_driver_sql
        run("DROP ROLE IF EXISTS desk_role")
        run("CREATE ROLE desk_role LOGIN")
        run("GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO desk_role")
        unit.commit()
    ours = Store(postgres_store.url.replace("postgres@", "desk_role@"))
    try:
        assert checkup.server(ours).powers == ()
        assert records._postgres(ours).id == "door.doctor.server.postgres"
        with postgres_store.write("test") as unit:
            unit.connection.exec_driver_sql("GRANT DELETE ON audit_row TO desk_role")
            unit.commit()
        assert checkup.server(ours).powers == ("history",)
    finally:
        ours.close()
        with postgres_store.write("test") as unit:
            unit.connection.exec_driver_sql("DROP OWNED BY desk_role")
            unit.connection.exec_driver_sql("DROP ROLE desk_role")
            unit.commit()


def test_postgresql_has_the_triggers_the_doctor_asks_for(postgres_store: Store) -> None:
    assert records.database(postgres_store).args["kind"] == "postgresql"
    with postgres_store.write("test") as unit:
        triggers.drop(unit.connection)
        unit.commit()
    with pytest.raises(Ill, match=r"database\.triggers"):
        records.database(postgres_store)
