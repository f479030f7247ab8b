"""What was changed, cut or put back in the audit, and is named by its seals."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SetClock
from sqlalchemy import Connection, select

from tellerdesk.audit.views import Damage, Finding, SealDamage
from tellerdesk.errors import TamperFound
from tellerdesk.store import triggers
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.audit.sealed import HEADS, ROWS, SEALS, House


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "deep" / "desk.seals"


@pytest.fixture
def house(store: Store, keys: Keys, clock: SetClock, outside: Path) -> House:
    return House(store, keys, clock, outside)


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
