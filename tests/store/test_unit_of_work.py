"""One transaction: together or not at all; and a look that sees one moment and changes nothing."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from tellerdesk.documents.models import DocumentSequence
from tellerdesk.errors import StoreUnavailable
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store, UnitOfWork

COUNTER = table_of(DocumentSequence)
ROW = {"day": date(2026, 11, 22), "branch_no": "0712", "last": 1}


def count_up(unit: UnitOfWork | Session, error: BaseException | None = None) -> None:
    session = unit if isinstance(unit, Session) else unit.session
    session.execute(insert(COUNTER), ROW)
    if error is not None:
        raise error
    unit.commit()


def rows(store: Store) -> int:
    with store.read() as session:
        return int(session.scalar(select(func.count()).select_from(COUNTER)) or 0)


def test_what_is_committed_stands(store: Store) -> None:
    with store.write("test") as unit:
        count_up(unit)
    assert rows(store) == 1


def test_what_is_not_committed_is_gone(store: Store) -> None:
    with store.write("test") as unit:
        unit.session.execute(insert(COUNTER), ROW)
        unit.session.flush()
    assert rows(store) == 0


def test_an_error_takes_back_everything(store: Store) -> None:
    with pytest.raises(KeyError), store.write("test") as unit:
        count_up(unit, KeyError("trouble of the caller's own"))
    assert rows(store) == 0


def test_each_commit_is_a_named_step(store: Store) -> None:
    steps: list[tuple[str, int]] = []
    store.hook = lambda step: steps.append((step, rows(store)))
    with store.write("payment.intent") as unit:
        count_up(unit)
    assert steps == [("commit.payment.intent:before", 0), ("commit.payment.intent:after", 1)]


def test_a_unit_that_is_stopped_before_its_commit_leaves_nothing(store: Store) -> None:
    def stop(step: str) -> None:
        raise KeyboardInterrupt(step)

    store.hook = stop
    with pytest.raises(KeyboardInterrupt), store.write("test") as unit:
        count_up(unit)
    assert rows(store) == 0


def test_a_broken_constraint_is_not_called_trouble_of_the_database(store: Store) -> None:
    with store.write("test") as unit:
        count_up(unit)
    with pytest.raises(IntegrityError), store.write("test") as unit:
        unit.session.execute(insert(COUNTER), ROW)


def test_a_constraint_on_a_column_called_locked_or_full_is_not_mistaken_for_a_lock_or_a_full_disk(store: Store) -> None:
    with store.write("test") as unit:
        unit.session.connection().exec_driver_sql(
            "CREATE TABLE account (locked_until INTEGER UNIQUE, busy_full INTEGER NOT NULL)"
        )
        unit.commit()
    for statement in ("INSERT INTO account VALUES (1, 1), (1, 1)", "INSERT INTO account VALUES (1, NULL)"):
        with pytest.raises(IntegrityError, match=r"locked_until|busy_full"), store.write("test") as unit:
            unit.session.connection().exec_driver_sql(statement)


def test_a_mistaken_statement_is_not_called_trouble_of_the_database(store: Store) -> None:
    with pytest.raises(DBAPIError, match="nowhere"), store.read() as session:
        session.connection().exec_driver_sql("SELECT 1 FROM nowhere")


def test_a_look_can_write_nothing_even_if_it_commits(store: Store) -> None:
    with pytest.raises((DBAPIError, StoreUnavailable)), store.read() as session:
        count_up(session)
    assert rows(store) == 0


def test_after_a_look_that_tried_to_write_the_next_unit_writes(store: Store) -> None:
    with pytest.raises((DBAPIError, StoreUnavailable)), store.read() as session:
        session.execute(insert(COUNTER), ROW)
    with store.write("test") as unit:
        count_up(unit)
    assert rows(store) == 1


def test_a_look_sees_one_moment(store: Store) -> None:
    def last() -> int | None:
        return session.scalar(select(COUNTER.c.last))

    with store.write("test") as unit:
        count_up(unit)
    with store.read() as session:
        before = last()
        with store.write("test") as unit:
            unit.session.execute(update(COUNTER).values(last=2))
            unit.commit()
        assert (before, last()) == (1, 1)
    with store.read() as session:
        assert last() == 2
