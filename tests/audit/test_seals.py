"""Seals join all chains at one moment; they stand in the database and outside it, and show what it alone cannot."""

from __future__ import annotations

import json
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from conftest import SetClock
from sqlalchemy import Connection, event, select, text
from sqlalchemy.exc import DBAPIError

from tellerdesk.audit import check
from tellerdesk.audit.models import AuditHead, AuditRow, AuditSeal
from tellerdesk.audit.outside import OutsideFile
from tellerdesk.audit.seals import Seals
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.audit.views import Damage, Finding, SealDamage, SealFinding, Verified
from tellerdesk.errors import BadSetup, TamperFound
from tellerdesk.jobs.sealer import SealerJob
from tellerdesk.store import triggers
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

ROWS, HEADS, SEALS = table_of(AuditRow), table_of(AuditHead), table_of(AuditSeal)
PATIENCE_S = 30.0


class House:
    """An audit with its seals; each `day` three persons work and all is sealed."""

    def __init__(self, store: Store, keys: Keys, clock: SetClock, outside: Path) -> None:
        self.store, self.keys, self.clock = store, keys, clock
        self.trail = AuditTrail(keys, clock)
        self.seals = Seals(store, keys, clock, outside)
        self.outside = outside

    def write(self, *persons: str, times: int = 1) -> None:
        with self.store.write("test") as work:
            for person in persons * times:
                self.clock.advance(1)
                self.trail.write(work.session, person, "bill.paid", "serial", {"amount_fen": 100})
            work.commit()

    def day(self, *persons: str) -> None:
        self.write(*(persons or ("1001", "1002", "1003")), times=2)
        self.clock.advance(60)
        assert self.seals.seal() is not None

    def verified(self) -> Verified:
        return check.everything(self.store, self.trail, self.outside)

    def attack(self, *statements: str) -> None:
        """By somebody with full rights on the database and without the key."""
        with self.store.write("attack") as work:
            triggers.drop(work.connection)
            for statement in statements:
                work.connection.execute(text(statement))
            work.commit()

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.outside.read_text(encoding="utf-8").splitlines()]

    def table(self) -> list[tuple[int, str]]:
        with self.store.read() as session:
            rows = session.connection().execute(select(SEALS.c.id, SEALS.c.mac).order_by(SEALS.c.id))
            return [(number, mac.hex()) for number, mac in rows]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "deep" / "desk.seals"


@pytest.fixture
def house(store: Store, keys: Keys, clock: SetClock, outside: Path) -> House:
    return House(store, keys, clock, outside)


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


# What only seals show


def first_missed(house: House, person: str, row: int, *, outside: bool) -> None:
    found = house.verified()
    assert found.finding is None
    assert found.seal is not None
    assert (found.seal.what, found.seal.person, found.seal.person_seq) == (SealDamage.ROW, person, row)
    assert found.seal.outside is outside


def older_copy(house: House) -> list[tuple[str, list[dict[str, object]]]]:
    """Every row of the audit's tables as they are now."""
    with house.store.read() as session:
        connection: Connection = session.connection()
        return [
            (table.name, [dict(row._mapping) for row in connection.execute(select(table))])
            for table in (ROWS, HEADS, SEALS)
        ]


def put_back(house: House, copy: list[tuple[str, list[dict[str, object]]]]) -> None:
    with house.store.write("attack") as work:
        triggers.drop(work.connection)
        for table, (name, rows) in zip((ROWS, HEADS, SEALS), copy, strict=True):
            assert table.name == name
            work.connection.execute(table.delete())
            work.connection.execute(table.insert(), rows)
        work.commit()


def test_a_tail_cut_together_with_its_head_is_named(house: House) -> None:
    house.day()
    with house.store.read() as session:
        head = session.connection().execute(select(HEADS).where(HEADS.c.person == "1002")).one()._mapping
    house.day()
    house.attack("DELETE FROM audit_row WHERE person = '1002' AND person_seq > 2")
    with house.store.write("attack") as work:
        work.connection.execute(HEADS.update().where(HEADS.c.person == "1002").values(dict(head)))
        work.commit()
    first_missed(house, "1002", 3, outside=False)
    house.attack("DELETE FROM audit_seal WHERE id > 1")
    first_missed(house, "1002", 3, outside=True)


def test_a_whole_person_taken_out_is_named(house: House) -> None:
    house.day()
    house.day()
    house.attack("DELETE FROM audit_row WHERE person = '1003'", "DELETE FROM audit_head WHERE person = '1003'")
    first_missed(house, "1003", 1, outside=False)
    house.attack("DELETE FROM audit_seal")
    first_missed(house, "1003", 1, outside=True)


def test_an_older_copy_is_named_by_the_seals_outside_alone(house: House) -> None:
    house.day()
    copy = older_copy(house)
    house.day("1002", "1003")
    put_back(house, copy)
    first_missed(house, "1002", 3, outside=True)
    house.outside.unlink()
    assert house.verified().well, "one database cannot show this by itself"


def test_an_older_copy_that_was_worked_on_is_named_still(house: House) -> None:
    """The desk goes on over the older copy, and seals: other rows stand now under the numbers that were sealed."""
    house.day()
    copy = older_copy(house)
    house.day()
    put_back(house, copy)
    house.clock.advance(3_600)
    again = House(house.store, house.keys, house.clock, house.outside)
    again.write("1001", "1002", "1003", times=4)
    with pytest.raises(TamperFound) as found:
        again.seals.seal()
    assert found.value.message_id == "error.tamper.seal_outside"
    first_missed(again, "1001", 4, outside=True)


def test_an_edited_row_is_named_before_any_seal(house: House) -> None:
    house.day()
    house.attack("UPDATE audit_row SET subject = 'other' WHERE person = '1002' AND person_seq = 2")
    assert house.verified().finding == Finding("1002", 2, Damage.EDITED)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_seal SET rows = rows + 1 WHERE id = 2",
        "UPDATE audit_seal SET heads = '{}' WHERE id = 2",
        "UPDATE audit_seal SET at = '2026-11-22 00:00:00' WHERE id = 2",
        "UPDATE audit_seal SET mac = previous_mac WHERE id = 2",
    ],
)
def test_a_rewritten_seal_is_named(house: House, change: str) -> None:
    for _ in range(3):
        house.day()
    house.attack(change)
    found = house.verified()
    assert found.seal is not None
    assert (found.seal.what, found.seal.number, found.seal.outside) == (SealDamage.ALTERED, 2, False)
    house.attack("DELETE FROM audit_seal WHERE id > 2")
    house.write("1001")
    with pytest.raises(TamperFound):
        house.seals.seal()


def test_a_seal_taken_out_of_the_table_is_named(house: House) -> None:
    for _ in range(3):
        house.day()
    house.attack("DELETE FROM audit_seal WHERE id = 2")
    found = house.verified().seal
    assert found is not None
    assert (found.what, found.number) == (SealDamage.ALTERED, 3), "the one that followed it follows nothing now"


def test_seals_cut_off_the_table_are_named_by_those_outside(house: House) -> None:
    for _ in range(3):
        house.day()
    house.attack("DELETE FROM audit_seal WHERE id > 1")
    found = house.verified().seal
    assert found is not None
    assert (found.what, found.number, found.outside) == (SealDamage.GONE, 2, True)
    with pytest.raises(TamperFound):
        house.seals.seal()


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [lines[0], lines[1].replace(b'"rows":12', b'"rows":13'), lines[2]],
        lambda lines: [lines[0], b"nonsense", lines[2]],
        lambda lines: [lines[0], lines[1][:-9], lines[2]],
    ],
    ids=["edited", "overwritten", "shortened"],
)
def test_an_altered_line_outside_is_named(house: House, outside: Path, change: object) -> None:
    for _ in range(3):
        house.day()
    lines = outside.read_bytes().splitlines()
    outside.write_bytes(b"\n".join([*change(lines), b""]))  # type: ignore[operator]
    found = house.verified().seal
    assert found is not None
    assert (found.what, found.number, found.outside) == (SealDamage.ALTERED, 2, True)


def test_a_line_taken_out_is_named_at_the_one_that_followed(house: House, outside: Path) -> None:
    for _ in range(3):
        house.day()
    lines = outside.read_bytes().splitlines(keepends=True)
    outside.write_bytes(lines[0] + lines[2])
    found = house.verified().seal
    assert found is not None
    assert (found.what, found.number, found.outside) == (SealDamage.ALTERED, 2, True)


def test_a_cut_chain_is_not_sealed_over(house: House) -> None:
    house.day()
    house.attack("DELETE FROM audit_head WHERE person = '1003'", "DELETE FROM audit_row WHERE person = '1003'")
    house.write("1001")
    with pytest.raises(TamperFound) as found:
        house.seals.seal()
    assert found.value.args_by_name == {"person": "1003", "row": 1}
    assert len(house.table()) == 1


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
