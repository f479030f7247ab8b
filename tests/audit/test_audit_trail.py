"""The audit trail: appended with what it tells of, chained for each person."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from conftest import SetClock
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError

from tellerdesk.audit.models import AuditHead, AuditRow
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.errors import TamperFound
from tellerdesk.store import triggers
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

ROWS, HEADS = table_of(AuditRow), table_of(AuditHead)


def written(store: Store, trail: AuditTrail, person: str, times: int = 1) -> None:
    for number in range(times):
        with store.write("test") as work:
            trail.write(work.session, person, "test.done", f"thing-{number}", {"number": number})
            work.commit()


def rows_of(store: Store, person: str) -> list[Any]:
    with store.read() as session:
        query = select(ROWS).where(ROWS.c.person == person).order_by(ROWS.c.person_seq)
        return list(session.connection().execute(query))


def all_is_well(store: Store, trail: AuditTrail) -> bool:
    with store.read() as session:
        return trail.verify(session) is None


def test_a_row_says_who_did_what_to_what_and_when(store: Store, keys: Keys, clock: SetClock) -> None:
    trail = AuditTrail(keys, clock)
    with store.write("test") as work:
        trail.write(work.session, "1001", "till.opened", "7", {"till": "07", "amount_fen": 5, "name": "晓燕"})
        work.commit()
    (row,) = rows_of(store, "1001")
    assert (row.person, row.person_seq, row.action, row.subject) == ("1001", 1, "till.opened", "7")
    assert row.at == clock.now()
    assert row.details == '{"amount_fen":5,"name":"晓燕","till":"07"}'
    assert all_is_well(store, trail)


def test_chains_of_many_persons_verify(store: Store, keys: Keys, clock: SetClock) -> None:
    trail = AuditTrail(keys, clock)
    for person in ("1001", "SYSTEM", "1002", "1001", "NOBODY"):
        written(store, trail, person, 3)
        clock.advance(0.000_001)
    assert [row.person_seq for row in rows_of(store, "1001")] == [1, 2, 3, 4, 5, 6]
    assert all_is_well(store, trail)


def test_an_empty_trail_verifies(store: Store, keys: Keys, clock: SetClock) -> None:
    assert all_is_well(store, AuditTrail(keys, clock))


def test_a_row_falls_with_the_transaction_it_tells_of(store: Store, keys: Keys, clock: SetClock) -> None:
    trail = AuditTrail(keys, clock)
    written(store, trail, "1001", 2)
    with store.write("test") as work:
        trail.write(work.session, "1001", "test.undone", "x")
    written(store, trail, "1001")
    assert [row.action for row in rows_of(store, "1001")] == ["test.done"] * 3
    assert all_is_well(store, trail)


def test_several_rows_of_one_transaction_follow_each_other(store: Store, keys: Keys, clock: SetClock) -> None:
    trail = AuditTrail(keys, clock)
    with store.write("test") as work:
        for subject in "abc":
            trail.write(work.session, "1001", "test.done", subject)
        work.commit()
    assert [(row.person_seq, row.subject) for row in rows_of(store, "1001")] == [(1, "a"), (2, "b"), (3, "c")]
    assert all_is_well(store, trail)


def test_two_desks_that_write_for_one_person_keep_one_chain(store: Store, keys: Keys, clock: SetClock) -> None:
    """Four writers, each with its own connections and its own memory of the head, beginning with none."""
    desks = [Store(store.url) for _ in range(4)]
    trails = [AuditTrail(keys, clock) for _ in desks]
    together = threading.Barrier(len(desks))

    def write(desk: Store, trail: AuditTrail) -> None:
        together.wait(timeout=30)
        written(desk, trail, "1001", 15)
        assert all_is_well(desk, trail)

    with ThreadPoolExecutor(len(desks)) as threads:
        list(threads.map(write, desks, trails))
    for desk in desks:
        desk.close()
    assert [row.person_seq for row in rows_of(store, "1001")] == list(range(1, 61))
    assert all_is_well(store, AuditTrail(keys, clock))


def test_a_row_costs_one_round_trip_on_postgresql_and_two_statements_on_sqlite(
    store: Store, keys: Keys, clock: SetClock
) -> None:
    trail = AuditTrail(keys, clock)
    written(store, trail, "1001")
    statements: list[str] = []
    with store.write("test") as work:
        work.session.connection()
        event.listen(store.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
        trail.write(work.session, "1001", "test.done", "x")
        work.commit()
    assert len(statements) == {"postgresql": 1, "sqlite": 2}[store.dialect]


def test_the_chain_goes_on_in_a_new_process(store: Store, keys: Keys, clock: SetClock) -> None:
    written(store, AuditTrail(keys, clock), "1001", 2)
    written(store, AuditTrail(keys, clock), "1001", 2)
    assert all_is_well(store, AuditTrail(keys, clock))


def test_a_desk_that_remembers_an_old_head_finds_the_new_one(store: Store, keys: Keys, clock: SetClock) -> None:
    one, other = AuditTrail(keys, clock), AuditTrail(keys, clock)
    for trail in (one, other, one, one, other):
        written(store, trail, "1001")
    assert [row.person_seq for row in rows_of(store, "1001")] == [1, 2, 3, 4, 5]
    assert all_is_well(store, one)


ATTACKS = [
    "UPDATE audit_row SET subject = 'other'",
    "DELETE FROM audit_row",
    "DELETE FROM audit_head",
    "UPDATE audit_head SET person = '1002'",
    "UPDATE audit_head SET seq = 1",
    "UPDATE audit_head SET mac = row_mac",
]
ATTACKS_OF = {
    "sqlite": [
        "INSERT OR REPLACE INTO audit_row SELECT id, person, person_seq, at, 'other', subject, details, previous_mac, "
        "mac FROM audit_row",
        "UPDATE OR REPLACE audit_head SET seq = 1",
    ],
    "postgresql": ["TRUNCATE audit_row", "TRUNCATE audit_head"],
}


def test_the_database_refuses_to_change_history(store: Store, keys: Keys, clock: SetClock) -> None:
    trail = AuditTrail(keys, clock)
    written(store, trail, "1001", 3)
    for attack in ATTACKS + ATTACKS_OF[store.dialect]:
        with store.write("attack") as work, pytest.raises(DBAPIError, match="is kept"):
            work.session.connection().execute(text(attack))
    assert len(rows_of(store, "1001")) == 3
    assert all_is_well(store, trail)


def test_a_cut_chain_is_not_sealed_over(store: Store, keys: Keys, clock: SetClock) -> None:
    """The last row is cut off and the head set back to the row before it: without the key its own seal cannot fit."""
    written(store, AuditTrail(keys, clock), "1001", 3)
    second = rows_of(store, "1001")[1]
    with store.write("attack") as work:
        connection = work.session.connection()
        triggers.drop(connection)
        connection.execute(ROWS.delete().where(ROWS.c.person_seq == 3))
        connection.execute(HEADS.update().values(seq=2, row_mac=second.mac))
        work.commit()
    with store.write("test") as work, pytest.raises(TamperFound) as found:
        AuditTrail(keys, clock).write(work.session, "1001", "test.done", "x")
    assert found.value.args_by_name == {"person": "1001", "row": 2}


def test_a_chain_without_its_head_is_not_begun_anew(store: Store, keys: Keys, clock: SetClock) -> None:
    trail = AuditTrail(keys, clock)
    written(store, trail, "1001", 3)
    with store.write("attack") as work:
        triggers.drop(work.session.connection())
        work.session.connection().execute(HEADS.delete())
        work.commit()
    for writer in (trail, AuditTrail(keys, clock)):
        with store.write("test") as work, pytest.raises(TamperFound):
            writer.write(work.session, "1001", "test.done", "x")


def test_another_key_opens_no_chain(store: Store, keys: Keys, clock: SetClock) -> None:
    written(store, AuditTrail(keys, clock), "1001")
    strange = AuditTrail(Keys(keys.data, keys.index, bytes(32), keys.verify, keys.links), clock)
    assert not all_is_well(store, strange)
    with store.write("test") as work, pytest.raises(TamperFound):
        strange.write(work.session, "1001", "test.done", "x")


def test_a_blinded_text_is_the_same_each_time_and_says_nothing(keys: Keys, clock: SetClock) -> None:
    trail = AuditTrail(keys, clock)
    assert trail.blinded("hunter2-in-the-wrong-field") == trail.blinded("hunter2-in-the-wrong-field")
    assert trail.blinded("1001") != trail.blinded("1002")
    assert len(trail.blinded("1001")) == 32
    assert "hunter2" not in trail.blinded("hunter2")
