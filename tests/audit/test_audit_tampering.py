"""Somebody with full rights on the database, and without the key file, changes the past: the first bad row is named.

Each case is a transaction in which the triggers are dropped, the rows are tampered with and the chain is walked; then
it is rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import combinations

import pytest
from conftest import SetClock
from sqlalchemy import Connection, select
from sqlmodel import Session

from tellerdesk.audit.models import AuditHead, AuditRow
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.audit.views import Damage, Finding
from tellerdesk.store import triggers
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

ROWS, HEADS = table_of(AuditRow), table_of(AuditHead)
LENGTH = 6
EACH_ROW = range(1, LENGTH + 1)

Tampering = Callable[[Connection], object]
Find = Callable[[Tampering], Finding | None]


@pytest.fixture
def find(store: Store, keys: Keys, clock: SetClock) -> Find:
    """Chains of three persons; 1002's is tampered with, verified, and put back."""
    trail = AuditTrail(keys, clock)
    with store.write("test") as work:
        for number in EACH_ROW:
            for person in ("1001", "1002", "1003"):
                clock.advance(1)
                trail.write(
                    work.session, person, "bill.paid", f"serial-{person}-{number}", {"amount_fen": 100 * number}
                )
        work.commit()

    def found(tampering: Tampering) -> Finding | None:
        for session in _attack(store):
            tampering(session.connection())
            return trail.verify(session)
        raise AssertionError

    return found


def _attack(store: Store) -> Iterator[Session]:
    with store.write("attack") as work:
        triggers.drop(work.session.connection())
        yield work.session


def row(number: int, person: str = "1002") -> tuple[object, ...]:
    return (ROWS.c.person == person, ROWS.c.person_seq == number)


def move(connection: Connection, start: int, to: int) -> None:
    connection.execute(ROWS.update().where(*row(start)).values(person_seq=to))


def contents(connection: Connection, number: int, person: str = "1002") -> dict[str, object]:
    values = dict(connection.execute(select(ROWS).where(*row(number, person))).one()._mapping)
    del values["id"]
    return values


def make_room(connection: Connection, number: int) -> None:
    """Every row from `number` on moves up by one, the last first."""
    for later in range(LENGTH, number - 1, -1):
        move(connection, later, later + 1)


def test_untouched_chains_are_well(find: Find) -> None:
    assert find(lambda _: None) is None


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "serial-of-another"},
        {"action": "bill.looked_up"},
        {"details": '{"amount_fen":1}'},
        {"at": datetime(2026, 11, 22, 1, 30, tzinfo=UTC)},
        {"mac": bytes(32)},
        {"previous_mac": bytes(range(32))},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_edited_row_is_named(find: Find, change: dict[str, object]) -> None:
    for number in EACH_ROW:

        def edit(connection: Connection, number: int = number) -> None:
            connection.execute(ROWS.update().where(*row(number)).values(change))

        assert find(edit) == Finding("1002", number, Damage.EDITED)


def test_a_deleted_row_is_named(find: Find) -> None:
    for number in EACH_ROW:

        def delete(connection: Connection, number: int = number) -> None:
            connection.execute(ROWS.delete().where(*row(number)))

        assert find(delete) == Finding("1002", number, Damage.MISSING)


def test_a_deleted_row_whose_gap_was_closed_is_named(find: Find) -> None:
    for number in EACH_ROW[:-1]:

        def delete(connection: Connection, number: int = number) -> None:
            connection.execute(ROWS.delete().where(*row(number)))
            for later in range(number + 1, LENGTH + 1):
                move(connection, later, later - 1)

        assert find(delete) == Finding("1002", number, Damage.MOVED)


def test_an_inserted_row_is_named(find: Find) -> None:
    for number in EACH_ROW:

        def insert(connection: Connection, number: int = number) -> None:
            make_room(connection, number)
            forged = contents(connection, number + 1) | {"person_seq": number, "subject": "serial-never-paid"}
            connection.execute(ROWS.insert().values(forged))

        assert find(insert) == Finding("1002", number, Damage.INSERTED)


def test_a_row_inserted_behind_the_head_is_named(find: Find) -> None:
    def insert(connection: Connection) -> None:
        last = contents(connection, LENGTH)
        connection.execute(ROWS.insert().values(last | {"person_seq": LENGTH + 1, "previous_mac": last["mac"]}))

    assert find(insert) == Finding("1002", LENGTH + 1, Damage.INSERTED)


def test_two_swapped_rows_are_named_at_the_first(find: Find) -> None:
    for first, second in combinations(EACH_ROW, 2):

        def swap(connection: Connection, first: int = first, second: int = second) -> None:
            move(connection, first, 1000)
            move(connection, second, first)
            move(connection, 1000, second)

        assert find(swap) == Finding("1002", first, Damage.MOVED)


def test_a_cut_tail_is_named(find: Find) -> None:
    for kept in range(LENGTH):

        def cut(connection: Connection, kept: int = kept) -> None:
            connection.execute(ROWS.delete().where(ROWS.c.person == "1002", ROWS.c.person_seq > kept))

        assert find(cut) == Finding("1002", kept + 1, Damage.MISSING)


def test_a_cut_tail_with_the_head_set_back_is_named(find: Find) -> None:
    for kept in range(LENGTH):

        def cut(connection: Connection, kept: int = kept) -> None:
            row_mac = contents(connection, kept)["mac"] if kept else bytes(32)
            connection.execute(ROWS.delete().where(ROWS.c.person == "1002", ROWS.c.person_seq > kept))
            connection.execute(HEADS.update().where(HEADS.c.person == "1002").values(seq=kept, row_mac=row_mac))

        assert find(cut) == Finding("1002", kept, Damage.HEAD)


def test_a_head_cut_off_is_named(find: Find) -> None:
    def cut(connection: Connection) -> None:
        connection.execute(HEADS.delete().where(HEADS.c.person == "1002"))

    assert find(cut) == Finding("1002", LENGTH, Damage.HEAD)


def test_an_older_head_put_back_is_named(store: Store, keys: Keys, clock: SetClock) -> None:
    trail = AuditTrail(keys, clock)
    with store.write("test") as work:
        trail.write(work.session, "1002", "bill.paid", "a")
        older = dict(work.session.connection().execute(select(HEADS)).one()._mapping)
        trail.write(work.session, "1002", "bill.paid", "b")
        work.commit()
    for session in _attack(store):
        session.connection().execute(HEADS.update().values(older))
        assert trail.verify(session) == Finding("1002", 2, Damage.HEAD)


def test_a_row_moved_to_another_person_is_named(find: Find) -> None:
    def move_over(connection: Connection) -> None:
        connection.execute(ROWS.delete().where(*row(3, "1003")))
        connection.execute(ROWS.update().where(*row(3)).values(person="1003"))

    assert find(move_over) == Finding("1002", 3, Damage.MISSING)


def test_a_whole_chain_of_another_history_is_named(store: Store, find: Find, keys: Keys) -> None:
    others = _another_history(store, keys)

    def graft(connection: Connection) -> None:
        for number in EACH_ROW:
            connection.execute(ROWS.update().where(*row(number)).values(others[number]))

    assert find(graft) == Finding("1002", LENGTH, Damage.HEAD)


def test_a_genuine_row_of_another_history_is_named(store: Store, find: Find, keys: Keys) -> None:
    others = _another_history(store, keys)
    for number in EACH_ROW[1:]:

        def graft(connection: Connection, number: int = number) -> None:
            connection.execute(ROWS.update().where(*row(number)).values(others[number]))

        assert find(graft) == Finding("1002", number, Damage.UNCHAINED)


def _another_history(store: Store, keys: Keys) -> dict[int, dict[str, object]]:
    """1002's rows in a copy of the database that went its own way: the same key, the same numbers."""
    fork = AuditTrail(keys, SetClock())
    with store.write("fork") as work:
        connection = work.session.connection()
        triggers.drop(connection)
        connection.execute(ROWS.delete())
        connection.execute(HEADS.delete())
        for number in EACH_ROW:
            fork.write(work.session, "1002", "bill.paid", f"fork-{number}")
        return {number: contents(connection, number) for number in EACH_ROW}


def test_the_first_person_with_damage_is_named(find: Find) -> None:
    def both(connection: Connection) -> None:
        connection.execute(ROWS.update().where(*row(2, "1003")).values(subject="x"))
        connection.execute(ROWS.update().where(*row(5, "1001")).values(subject="x"))

    assert find(both) == Finding("1001", 5, Damage.EDITED)
