"""Seals join all chains at one moment; they stand in the database and outside it, and show what it alone cannot."""

from __future__ import annotations

import json
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import SetClock
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from tellerdesk.audit import check
from tellerdesk.audit.outside import OutsideFile
from tellerdesk.audit.seals import Seals
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.audit.views import SealDamage, SealFinding, Verified
from tellerdesk.errors import BadSetup
from tellerdesk.jobs.sealer import SealerJob
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.audit.sealed import ROWS, SEALS, House


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "deep" / "desk.seals"


@pytest.fixture
def house(store: Store, keys: Keys, clock: SetClock, outside: Path) -> House:
    return House(store, keys, clock, outside)


PATIENCE_S = 30.0


def test_a_seal_joins_every_head_and_follows_the_seal_before(house: House) -> None:
    house.day()
    house.day("1002")
    with house.store.read() as session:
        first, second = session.connection().execute(select(SEALS).order_by(SEALS.c.id)).all()
        rows = {(row.person, row.person_seq): row.mac.hex() for row in session.connection().execute(select(ROWS))}
    assert json.loads(first.heads) == {person: [2, rows[person, 2]] for person in ("1001", "1002", "1003")}
    assert json.loads(second.heads)["1002"] == [4, rows["1002", 4]]
    assert (first.rows, second.rows) == (6, 8)
    assert (first.previous_mac, second.previous_mac) == (bytes(32), first.mac)
    assert house.verified() == Verified(8, 2, 2, None, None)


def test_nothing_written_means_no_seal(house: House) -> None:
    assert house.seals.seal() is None
    house.day()
    house.clock.advance(60)
    assert house.seals.seal() is None
    assert len(house.table()) == len(house.lines()) == 1


def test_the_same_seals_stand_outside_where_only_their_owner_reads(house: House, outside: Path) -> None:
    for _ in range(3):
        house.day()
    assert [(line["id"], line["mac"]) for line in house.lines()] == house.table()
    assert set(house.lines()[0]) == {"id", "at", "rows", "heads", "previous_mac", "mac"}
    assert stat.S_IMODE(outside.stat().st_mode) == 0o600
    assert stat.S_IMODE(outside.parent.stat().st_mode) == 0o700


def test_a_file_that_could_not_be_written_is_made_up_for(house: House, outside: Path) -> None:
    house.day()
    kept = outside.read_bytes()
    outside.unlink()
    outside.mkdir()
    for _ in range(2):
        house.write("1001")
        with pytest.raises(BadSetup) as failed:
            house.seals.seal()
        assert failed.value.message_id == "error.audit.seals_file"
    assert len(house.table()) == 3
    outside.rmdir()
    outside.write_bytes(kept)
    assert house.seals.seal() is None
    assert [(line["id"], line["mac"]) for line in house.lines()] == house.table()


def test_desks_that_share_a_database_each_have_all_seals_in_their_own_file(house: House, tmp_path: Path) -> None:
    house.day()
    other = Seals(house.store, house.keys, house.clock, tmp_path / "other.seals")
    house.write("1001")
    assert other.seal() is not None
    house.write("1002")
    assert house.seals.seal() is not None
    assert other.seal() is None
    assert [line["id"] for line in house.lines()] == [number for number, _ in house.table()]
    begun_later = [line.seal.id for line in OutsideFile(tmp_path / "other.seals").read() if line.seal]
    assert begun_later == [number for number, _ in house.table()][1:]
    for file in (house.outside, tmp_path / "other.seals"):
        assert check.everything(house.store, house.trail, file).well


def test_two_sealers_at_once_make_one_chain(house: House, tmp_path: Path) -> None:
    desks = [Store(house.store.url) for _ in range(4)]
    files = [tmp_path / f"{number}.seals" for number in range(4)]
    sealers = [Seals(desk, house.keys, house.clock, file) for desk, file in zip(desks, files, strict=True)]
    house.write("1001")
    together = threading.Barrier(len(desks))

    def work(number: int) -> None:
        trail = AuditTrail(house.keys, house.clock)
        together.wait(timeout=PATIENCE_S)
        for _ in range(8):
            with desks[number].write("test") as unit:
                trail.write(unit.session, f"200{number}", "bill.paid", "serial")
                unit.commit()
            sealers[number].seal()

    with ThreadPoolExecutor(len(desks)) as threads:
        list(threads.map(work, range(len(desks))))
    house.seals.seal()
    for sealer in sealers:
        sealer.seal()
    for desk in desks:
        desk.close()
    for file in (house.outside, *files):
        found = check.everything(house.store, house.trail, file)
        assert found.well, found
        assert found.rows == 33
    assert len(house.table()) >= 8


def test_two_processes_that_add_to_one_file_write_each_line_once(house: House, outside: Path) -> None:
    house.day()  # a new file begins with the newest seal, whoever made it
    desks = [Store(house.store.url) for _ in range(3)]
    sealers = [Seals(desk, house.keys, house.clock, outside) for desk in desks]

    def work(sealer: Seals) -> None:
        for _ in range(6):
            house.write("1001")
            sealer.seal()

    with ThreadPoolExecutor(len(desks)) as threads:
        list(threads.map(work, sealers))
    house.seals.seal()
    for desk in desks:
        desk.close()
    assert [(line["id"], line["mac"]) for line in house.lines()] == house.table()
    assert house.verified().well


@pytest.mark.parametrize("kept", [0, 1, 40, -2, -1], ids=["nothing", "one", "some", "a brace less", "all"])
def test_a_line_torn_by_a_loss_of_power_is_completed_on_a_new_line(house: House, outside: Path, kept: int) -> None:
    """The last line's bytes up to `kept` reached the disk; the seal itself stands in the database."""
    house.day()
    house.day()
    first, second = outside.read_bytes().splitlines(keepends=True)
    outside.write_bytes(first + second[:kept] if kept else first)
    assert house.verified().well
    house.day()
    assert house.verified() == Verified(18, 3, 3, None, None)
    assert [line.seal.id for line in OutsideFile(outside).read() if line.seal] == [
        number for number, _ in house.table()
    ]


def test_a_torn_line_of_zeros_is_completed_too(house: House, outside: Path) -> None:
    house.day()
    house.day()
    first, second = outside.read_bytes().splitlines(keepends=True)
    outside.write_bytes(first + second[:30] + bytes(50))
    house.day()
    assert house.verified() == Verified(18, 3, 3, None, None)


def test_a_file_taken_away_and_made_anew_shows_that_it_testifies_only_since_then(house: House, outside: Path) -> None:
    house.day()
    since = house.seals.standing().testifies_since
    house.day()
    assert house.seals.standing().testifies_since == since
    outside.unlink()
    assert house.seals.standing().testifies_since is None
    house.day()
    anew = house.seals.standing().testifies_since
    assert since is not None
    assert anew is not None
    assert anew > since
    assert house.verified().well


def test_a_file_that_begins_with_a_torn_line_is_well(house: House, outside: Path) -> None:
    house.day()
    outside.write_bytes(outside.read_bytes()[:50])
    house.day()
    assert house.verified() == Verified(12, 2, 1, None, None)


def test_the_last_line_is_found_behind_a_long_tear(house: House, outside: Path) -> None:
    house.day()
    with outside.open("ab") as file:
        file.write(b"x" * 300_000)
    last = OutsideFile(outside).last()
    assert last is not None
    assert last.id == house.table()[0][0]


def test_a_seal_holds_the_database_for_one_insert(house: House) -> None:
    house.write("1001", "1002")
    statements: list[str] = []
    event.listen(house.store.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    house.seals.seal()
    written = [statement for statement in statements if statement.startswith(("INSERT", "UPDATE", "DELETE", "SELECT"))]
    if house.store.dialect == "sqlite":  # readers have an engine of their own there
        assert [statement.split()[0] for statement in written] == ["INSERT"]
    assert sum(statement.startswith("INSERT INTO audit_seal") for statement in written) == 1


def test_the_database_refuses_to_change_seals(house: House) -> None:
    house.day()
    for attack in ("UPDATE audit_seal SET rows = 1", "DELETE FROM audit_seal"):
        with house.store.write("attack") as work, pytest.raises(DBAPIError, match="is kept"):
            work.connection.execute(text(attack))


# The job


def test_the_sealer_seals_at_once_again_and_at_its_end(house: House) -> None:
    rounds = threading.Semaphore(0)
    job = SealerJob(house.seals, every_s=0.01)
    house.write("1001")
    job.start(rounds.release)
    try:
        assert rounds.acquire(timeout=PATIENCE_S)
        assert len(house.table()) == 1
        house.write("1002")
        for _ in range(2):
            assert rounds.acquire(timeout=PATIENCE_S)
        assert len(house.table()) == 2
    finally:
        job.stop(PATIENCE_S)
    slow = SealerJob(house.seals, every_s=3_600)
    slow.start(rounds.release)
    assert rounds.acquire(timeout=PATIENCE_S)
    house.write("1003")
    slow.stop(PATIENCE_S)
    assert len(house.table()) == len(house.lines()) == 3


def test_the_sealer_outlives_whatever_goes_wrong(house: House, outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = SealerJob(house.seals, every_s=3_600)
    outside.mkdir(parents=True)
    house.write("1001")
    job.seal()
    assert len(house.table()) == 1
    with monkeypatch.context() as broken:
        broken.setattr(house.seals, "seal", lambda: 1 / 0)
        job.seal()
    house.attack("DELETE FROM audit_head", "DELETE FROM audit_row")
    job.seal()
    outside.rmdir()
    assert SealFinding(house.clock.now(), "1001", 1, False, SealDamage.ROW, 1) == house.verified().seal
