"""History stands: what is refused on tables that keep it, by whatever statement it is tried."""

from __future__ import annotations

import pytest
from sqlalchemy import CheckConstraint, Column, Integer, MetaData, String, Table, select
from sqlalchemy.exc import IntegrityError

from tellerdesk.store import triggers
from tellerdesk.store.base import History
from tellerdesk.store.engine import Store

OWN = MetaData()
KEPT = Table(
    "kept",
    OWN,
    Column("id", Integer, primary_key=True),
    Column("word", String, unique=True),
    info={"history": History.APPEND_ONLY},
)
GUARDED = Table(
    "guarded",
    OWN,
    Column("id", Integer, primary_key=True),
    Column("word", String),
    Column("state", String),
    Column("note", String),
    CheckConstraint("state IN ('OPEN', 'DONE')"),
    info={"history": History.GUARDED, "fixed": ("id", "word"), "closed": "OLD.state = 'DONE'"},
)
FREE = Table("free", OWN, Column("id", Integer, primary_key=True), Column("word", String))


def made(store: Store) -> Store:
    with store.schema_change("test") as connection:
        OWN.create_all(connection)
        triggers.recreate(connection, OWN)
        connection.exec_driver_sql("INSERT INTO kept VALUES (1, 'one')")
        connection.exec_driver_sql("INSERT INTO guarded VALUES (1, 'one', 'OPEN', NULL), (2, NULL, 'DONE', NULL)")
        connection.exec_driver_sql("INSERT INTO free VALUES (1, 'one')")
    return store


@pytest.fixture
def own(store: Store) -> Store:
    return made(store)


def tried(own: Store, statement: str) -> None:
    with own.write("test") as unit:
        unit.session.connection().exec_driver_sql(statement)
        unit.commit()


def contents(own: Store, table: Table) -> list[tuple[object, ...]]:
    with own.read() as session:
        return [tuple(row) for row in session.execute(select(table).order_by(table.c.id))]


def assert_refused(own: Store, table: Table, statement: str) -> None:
    before = contents(own, table)
    with pytest.raises(IntegrityError, match=f"history of {table.name} is kept"):
        tried(own, statement)
    assert contents(own, table) == before


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE kept SET word = 'two'",
        "UPDATE kept SET word = word",
        "UPDATE kept SET id = 2",
        "DELETE FROM kept",
        "DELETE FROM kept WHERE id = 1",
        "INSERT INTO kept VALUES (1, 'two') ON CONFLICT (id) DO UPDATE SET word = excluded.word",
    ],
)
def test_nothing_changes_what_was_written_once(own: Store, attack: str) -> None:
    assert_refused(own, KEPT, attack)


@pytest.mark.parametrize(
    "attack",
    [
        "INSERT OR REPLACE INTO kept VALUES (1, 'two')",
        "REPLACE INTO kept VALUES (2, 'one')",
        "UPDATE OR REPLACE kept SET word = 'two'",
        "UPDATE OR IGNORE kept SET word = 'two'",
    ],
)
def test_sqlites_own_ways_around_are_shut(sqlite_store: Store, attack: str) -> None:
    assert_refused(made(sqlite_store), KEPT, attack)


@pytest.mark.parametrize("attack", ["TRUNCATE kept", "TRUNCATE kept, free", "TRUNCATE guarded"])
def test_postgresqls_own_way_around_is_shut(postgres_store: Store, attack: str) -> None:
    assert_refused(made(postgres_store), GUARDED if "guarded" in attack else KEPT, attack)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE guarded SET word = 'two' WHERE id = 1",
        "UPDATE guarded SET word = NULL WHERE id = 1",
        "UPDATE guarded SET id = 3 WHERE id = 1",
        "UPDATE guarded SET note = 'late' WHERE id = 2",
        "UPDATE guarded SET state = 'OPEN' WHERE id = 2",
        "UPDATE guarded SET note = 'both'",
        "DELETE FROM guarded WHERE id = 1",
        "DELETE FROM guarded",
        "INSERT INTO guarded VALUES (2, NULL, 'OPEN', NULL) ON CONFLICT (id) DO UPDATE SET state = excluded.state",
    ],
)
def test_fixed_columns_and_closed_rows_stand(own: Store, attack: str) -> None:
    assert_refused(own, GUARDED, attack)


def test_a_null_in_a_fixed_column_stands_too(own: Store) -> None:
    tried(own, "INSERT INTO guarded VALUES (3, NULL, 'OPEN', NULL)")
    assert_refused(own, GUARDED, "UPDATE guarded SET word = 'two' WHERE id = 3")


def test_a_replaced_row_of_a_guarded_table_is_a_deleted_one(sqlite_store: Store) -> None:
    assert_refused(made(sqlite_store), GUARDED, "INSERT OR REPLACE INTO guarded VALUES (1, 'two', 'OPEN', NULL)")


def test_what_may_change_changes_until_the_row_is_closed(own: Store) -> None:
    tried(own, "UPDATE guarded SET note = 'first' WHERE id = 1")
    tried(own, "UPDATE guarded SET word = word, note = 'last', state = 'DONE' WHERE id = 1")
    assert contents(own, GUARDED)[0] == (1, "one", "DONE", "last")
    assert_refused(own, GUARDED, "UPDATE guarded SET note = 'too late' WHERE id = 1")


def test_new_rows_and_other_tables_are_free(own: Store) -> None:
    tried(own, "INSERT INTO kept VALUES (2, 'two')")
    tried(own, "UPDATE free SET word = 'two'")
    tried(own, "DELETE FROM free")
    assert len(contents(own, KEPT)) == 2
    assert contents(own, FREE) == []


def test_every_wanted_trigger_is_there_and_can_be_made_anew(own: Store) -> None:
    wanted = triggers.wanted(OWN, own.dialect)
    assert len(wanted) == (4 if own.dialect == "sqlite" else 6)
    with own.schema_change("test") as connection:
        assert triggers.present(connection).keys() == wanted.keys()
        triggers.drop(connection)
        assert triggers.present(connection) == {}
        triggers.recreate(connection, OWN)
        triggers.recreate(connection, OWN)
        assert triggers.present(connection).keys() == wanted.keys()
    assert_refused(own, KEPT, "DELETE FROM kept")
