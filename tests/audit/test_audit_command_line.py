"""tellerdesk audit: what is wrong is named in a sentence, and the exit code says that something is."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from support.branches import CHEAP
from typer.testing import CliRunner, Result

from tellerdesk import config, setup
from tellerdesk.__main__ import app
from tellerdesk.audit.models import AuditRow
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.clock import OffsetClock, SystemClock, branch_time
from tellerdesk.commandline.common import speak_here
from tellerdesk.demo.plan import plan
from tellerdesk.desk import open_desk, seals_file
from tellerdesk.doctor import records
from tellerdesk.doctor.findings import Group, look
from tellerdesk.staff.commands import AddStaff, SignOn
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.room import SETUP, StaffRoom
from tellerdesk.staff.states import Role
from tellerdesk.store import keys
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.vault import Vault

PATIENCE_S = 30.0
PASSWORD = "right-horse-battery"


@pytest.fixture
def folder(tmp_path: Path, sqlite_template: Path) -> Path:
    """A workstation with a teller and an auditor on its list; no desk has been opened."""
    folder = tmp_path / "desk"
    folder.mkdir()
    setup.write_settings(folder, plan("http://127.0.0.1:1", "http://127.0.0.1:1"))
    shutil.copyfile(sqlite_template, folder / "tellerdesk.sqlite3")
    ring = keys.create(folder / "keys.json", ["core", "1101"])
    store, clock = Store(f"sqlite:///{folder / 'tellerdesk.sqlite3'}"), SystemClock()
    room = StaffRoom(store, AuditTrail(ring, clock), clock, Passwords(CHEAP), Vault(ring))
    for number, role in (("1001", Role.TELLER), ("8001", Role.AUDITOR)):
        room.add(AddStaff(number, "吴静", role, "0712", PASSWORD), by=SETUP)
    store.close()
    return folder


def run(folder: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["audit", *arguments, "--folder", str(folder)], input=typed)


def attack(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "tellerdesk.sqlite3")) as connection:
        for name in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name[0]}")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def doctor_on_seals(folder: Path) -> str:
    """The id of what the doctor says about the seals."""
    settings, ring = config.load(folder), keys.load(folder / "keys.json")
    with records.opened(settings) as store:
        return look(Group.RECORDS, "door.doctor.seals", records.Audit(settings, store, ring).seals).told.id


def said(message_id: str, **places: str | int) -> str:
    return speak_here(message_id, **places)


def test_a_whole_audit_is_told_so_before_and_after_it_was_sealed(folder: Path) -> None:
    before = run(folder, "verify")
    assert (before.exit_code, before.stdout.strip()) == (0, said("audit.found.well", rows=2, seals=0, outside=0))
    outside = seals_file(config.load(folder))
    sealed = run(folder, "seal")
    assert sealed.stdout.strip() == said("door.audit.sealed", number=1, rows=2, path=str(outside))
    assert run(folder, "seal").stdout.strip() == said("door.audit.nothing_to_seal", path=str(outside))
    after = run(folder, "verify")
    told, witness = after.stdout.splitlines()
    assert (after.exit_code, told) == (0, said("audit.found.well", rows=2, seals=1, outside=1))
    assert str(outside) in witness
    assert f"{branch_time(SystemClock().now()):%Y-%m-}" in witness, "since when the file testifies"


def test_who_finds_no_seals_outside_is_told_what_that_leaves_open(folder: Path) -> None:
    """An auditor under another account, whose state folder is another one."""
    run(folder, "seal")
    seals_file(config.load(folder)).unlink()
    found = run(folder, "verify")
    assert found.exit_code == 0
    assert found.stdout.strip() == said("audit.found.inside", rows=2, seals=1)


def test_a_bad_row_is_named_with_its_person_and_its_kind(folder: Path) -> None:
    attack(folder, "UPDATE audit_row SET subject = '9999' WHERE person_seq = 2")
    found = run(folder, "verify")
    assert found.exit_code == 1
    assert found.stderr.strip() == said("audit.found.edited", person=SETUP, row=2)


def test_an_older_database_put_back_is_named_by_the_seal_outside(folder: Path) -> None:
    database = folder / "tellerdesk.sqlite3"
    run(folder, "seal")
    shutil.copyfile(database, folder / "older")
    run(folder, "export", str(folder / "audit.jsonl"), typed=f"8001\n{PASSWORD}\n")
    run(folder, "seal")
    for left in folder.glob("tellerdesk.sqlite3-*"):
        left.unlink()
    shutil.copyfile(folder / "older", database)
    found = run(folder, "verify")
    assert found.exit_code == 1
    told = said("audit.seal.row.outside", person="8001", row=1, made="MADE")
    before, _, after = told.partition("MADE")
    assert found.stderr.strip().startswith(before)
    assert found.stderr.strip().endswith(after)


def test_an_auditor_exports_and_is_signed_off_again(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    done = run(folder, "export", str(path), "--person", SETUP, typed=f"8001\n{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert said("door.audit.exported", rows=2, path=str(path)) in done.stdout
    assert PASSWORD not in done.output
    header, *rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    assert (header["by"], header["rows"], len(rows)) == ("8001", 2, 2)
    with closing(sqlite3.connect(folder / "tellerdesk.sqlite3")) as connection:
        done_by = connection.execute("SELECT action FROM audit_row WHERE person = '8001' ORDER BY id").fetchall()
        session = connection.execute("SELECT till_no, terminal, ended_at FROM staff_session").fetchall()
    assert [action for (action,) in done_by] == ["staff.signed_on", "audit.exported", "staff.signed_off"]
    ((till_no, terminal, ended_at),) = session
    assert (till_no, terminal) == ("00", "command line")
    assert ended_at is not None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("8001\nwrong-horse-battery\n", said("error.sign_on.refused")),
        (f"1001\n{PASSWORD}\n", said("error.permission.missing", permission="EXPORT_AUDIT")),
    ],
    ids=["wrong password", "a teller"],
)
def test_nobody_else_exports(folder: Path, tmp_path: Path, typed: str, told: str) -> None:
    refused = run(folder, "export", str(tmp_path / "audit.jsonl"), typed=typed)
    assert (refused.exit_code, refused.stderr.strip()) == (1, told)
    assert not (tmp_path / "audit.jsonl").exists()
    with closing(sqlite3.connect(folder / "tellerdesk.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM staff_session WHERE ended_at IS NULL").fetchone() == (0,)


def test_a_day_that_is_none_is_told_before_a_password_is_asked(folder: Path, tmp_path: Path) -> None:
    refused = run(folder, "export", str(tmp_path / "audit.jsonl"), "--since", "soon")
    assert (refused.exit_code, refused.stderr.strip()) == (1, said("error.audit.days", given="soon"))


def test_a_database_that_is_not_there_is_told_and_not_made(folder: Path) -> None:
    (folder / "tellerdesk.sqlite3").unlink()
    assert run(folder, "verify").exit_code == 1
    assert not (folder / "tellerdesk.sqlite3").exists()


def test_a_new_set_up_sets_aside_the_seals_of_one_before(tmp_path: Path) -> None:
    """A demonstration that was thrown away and begun anew is no tampering."""
    folder, here = tmp_path / "demo", plan("http://127.0.0.1:1", "http://127.0.0.1:1")
    setup.init(folder, here)
    outside = seals_file(config.load(folder))
    outside.parent.mkdir(parents=True, exist_ok=True)
    outside.write_text("of other keys\n", encoding="utf-8")
    shutil.rmtree(folder)
    setup.init(folder, here)
    assert run(folder, "verify").exit_code == 0
    (aside,) = outside.parent.glob(f"{outside.name}.*")
    assert aside.read_text(encoding="utf-8") == "of other keys\n"


# The desk that seals, and the doctor who looks at it


def test_a_desk_seals_while_it_is_open_and_once_more_at_its_end(folder: Path) -> None:
    desk = open_desk(config.load(folder))
    try:
        deadline = time.monotonic() + PATIENCE_S
        while desk.seals.standing().last is None and time.monotonic() < deadline:
            time.sleep(0.01)
        desk.staff.sign_off(
            desk.staff.sign_on(SignOn("8001", PASSWORD), branch_no="0712", till_no="07", terminal="T01")
        )
        with desk.store.read() as session:
            rows = session.connection().execute(select(func.count()).select_from(table_of(AuditRow))).scalar_one()
    finally:
        desk.close()
    told = said("audit.found.well", rows=rows, seals=2, outside=2)
    assert run(folder, "verify").stdout.startswith(told + "\n")


def test_a_desk_without_recovery_seals_nothing(folder: Path) -> None:
    open_desk(config.load(folder), recovery=False).close()
    assert doctor_on_seals(folder) == "door.doctor.seals.none"


def test_the_doctor_tells_what_is_not_sealed_or_not_outside(folder: Path) -> None:
    outside = seals_file(config.load(folder))
    assert doctor_on_seals(folder) == "door.doctor.seals.none"
    run(folder, "seal")
    assert doctor_on_seals(folder) == "door.doctor.seals.well"
    run(folder, "export", str(folder / "audit.jsonl"), typed=f"8001\n{PASSWORD}\n")
    assert doctor_on_seals(folder) == "door.doctor.seals.well", "a minute's rows may wait"
    kept = outside.read_bytes()
    outside.unlink()
    assert doctor_on_seals(folder) == "door.doctor.seals.not_outside"
    outside.write_bytes(kept)
    outside.chmod(0o600)
    run(folder, "seal")
    outside.write_bytes(kept)
    assert doctor_on_seals(folder) == "door.doctor.seals.not_outside"
    outside.write_bytes(kept[:-10])
    assert doctor_on_seals(folder) == "door.doctor.seals.not_outside"


def test_the_doctor_tells_a_file_of_seals_that_lies_in_the_data_folder(folder: Path) -> None:
    with (folder / config.FILE_NAME).open("a", encoding="utf-8") as settings:
        settings.write('\n[audit]\nseals = "kept/desk.seals"\n')
    run(folder, "seal")
    assert (folder / "kept" / "desk.seals").exists()
    assert doctor_on_seals(folder) == "door.doctor.seals.inside"


def test_the_doctor_tells_rows_that_wait_too_long_for_a_seal(folder: Path) -> None:
    run(folder, "seal")
    ring = keys.load(folder / "keys.json")
    with records.opened(config.load(folder)) as store, store.write("test") as work:
        long_ago = OffsetClock(lambda: -records.MOST_UNSEALED - timedelta(seconds=1))
        AuditTrail(ring, long_ago).write(work.session, "1001", "bill.paid", "serial")
        work.commit()
    assert doctor_on_seals(folder) == "door.doctor.seals.old"


def test_the_doctor_names_a_row_only_a_seal_knows(folder: Path) -> None:
    run(folder, "seal")
    attack(folder, "DELETE FROM audit_row", "DELETE FROM audit_head")
    assert doctor_on_seals(folder) == "audit.seal.row.inside"
