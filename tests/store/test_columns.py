"""What is put into a column comes out of it, on both databases alike."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError

from tellerdesk.clock import CHINA
from tellerdesk.store.engine import Store
from tellerdesk.store.types import Fen, RowId, UtcInstant, database_now_ms

OWN = MetaData()
MONEY = Table("money", OWN, Column("id", RowId, primary_key=True, autoincrement=True), Column("fen", Fen))
MOMENTS = Table("moments", OWN, Column("id", Integer, primary_key=True), Column("at", UtcInstant))


@pytest.fixture
def own(store: Store) -> Store:
    with store.schema_change("test") as connection:
        OWN.create_all(connection)
    return store


@pytest.mark.parametrize("fen", [0, 1, 9_007_199_254_740_993, 2**62, 2**63 - 1, -(2**62)])
def test_fen_come_back_to_the_last_one(own: Store, fen: int) -> None:
    with own.write("test") as unit:
        unit.session.execute(insert(MONEY), {"fen": fen})
        unit.commit()
    with own.read() as session:
        assert session.scalar(select(MONEY.c.fen)) == fen
        assert session.scalar(select(MONEY.c.id).where(MONEY.c.fen == fen)) == 1


def test_more_fen_than_a_column_holds_are_refused(own: Store) -> None:
    with pytest.raises(Exception, match=r"too large|out of range"), own.write("test") as unit:
        unit.session.execute(insert(MONEY), {"fen": 2**63})


def test_row_numbers_grow_by_themselves(own: Store) -> None:
    with own.write("test") as unit:
        for _ in range(3):
            unit.session.execute(insert(MONEY), {"fen": 1})
        unit.commit()
    with own.read() as session:
        assert list(session.scalars(select(MONEY.c.id).order_by(MONEY.c.id))) == [1, 2, 3]


def put(own: Store, *instants: datetime | None) -> None:
    with own.write("test") as unit:
        for number, at in enumerate(instants, start=1):
            unit.session.execute(insert(MOMENTS), {"id": number, "at": at})
        unit.commit()


def test_an_instant_comes_back_as_the_same_instant_in_utc(own: Store) -> None:
    here = datetime(2026, 7, 1, 0, 30, 15, 123456, tzinfo=CHINA)
    put(own, here, None)
    with own.read() as session:
        found, nothing = session.scalars(select(MOMENTS.c.at).order_by(MOMENTS.c.id))
    assert found == here
    assert found.tzinfo is UTC
    assert nothing is None


def test_an_instant_without_a_zone_is_refused(own: Store) -> None:
    with pytest.raises(StatementError, match="naive datetime"):
        put(own, datetime(2026, 7, 1))  # noqa: DTZ001
    with own.read() as session:
        assert session.scalar(select(func.count()).select_from(MOMENTS)) == 0


def test_instants_are_compared_as_instants_whatever_their_zone(own: Store) -> None:
    noon = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    behind = timezone(timedelta(hours=-5))
    put(own, noon - timedelta(microseconds=1), noon.astimezone(behind), noon + timedelta(microseconds=1))
    here = noon.astimezone(CHINA)
    with own.read() as session:

        def found(condition: object) -> list[int]:
            return list(session.scalars(select(MOMENTS.c.id).where(condition).order_by(MOMENTS.c.at)))  # type: ignore[arg-type]

        assert found(MOMENTS.c.at == here) == [2]
        assert found(MOMENTS.c.at > here) == [3]
        assert found(MOMENTS.c.at >= here) == [2, 3]
        assert found(MOMENTS.c.at < here) == [1]
        assert found(MOMENTS.c.at < here + timedelta(seconds=1)) == [1, 2, 3]


OFFSETS = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(
    min_value=datetime(1900, 1, 2),  # noqa: DTZ001
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=OFFSETS,
)


@given(one=INSTANTS, other=INSTANTS)
def test_what_is_bound_for_sqlite_sorts_like_the_instants(one: datetime, other: datetime) -> None:
    kind, dialect = UtcInstant(), sqlite.dialect()
    write = kind.bind_processor(dialect)
    read = kind.result_processor(dialect, None)
    assert write is not None
    assert read is not None
    assert (write(one) < write(other)) == (one < other)
    assert read(write(one)) == one


def test_the_databases_clock_grows_even_within_one_unit(own: Store) -> None:
    with own.write("test") as unit:
        first = unit.session.scalar(select(database_now_ms()))
        assert isinstance(first, int)
        later = first
        for _ in range(100_000):
            before, later = later, unit.session.scalar(select(database_now_ms()))
            assert later >= before
            if later > first:
                break
        assert later > first


def test_the_databases_clock_is_milliseconds_since_1970(own: Store) -> None:
    before = time.time() * 1000
    with own.read() as session:
        now = session.scalar(select(database_now_ms()))
    assert before - 2 <= now <= time.time() * 1000 + 2


@pytest.mark.parametrize(
    ("dialect", "clock"), [(sqlite.dialect(), "julianday('now')"), (postgresql.dialect(), "clock_timestamp()")]
)
def test_the_databases_clock_is_read_by_the_database(dialect: object, clock: str) -> None:
    asked = select(database_now_ms()).compile(dialect=dialect)  # type: ignore[arg-type]
    assert clock in str(asked)
    assert asked.params == {}
