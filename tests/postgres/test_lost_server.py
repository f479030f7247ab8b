"""The server is gone in the middle of something: it is told, nothing half is kept, and the next unit works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import insert, select

from tellerdesk.documents.models import DocumentSequence
from tellerdesk.errors import StoreUnavailable
from tellerdesk.steps import no_hook
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import UNSURE, Store
from tests.postgres.cluster import Cluster

COUNTER = table_of(DocumentSequence)


@pytest.fixture
def server(postgres_cluster: Cluster) -> Cluster:
    return postgres_cluster


@pytest.fixture
def store(server: Cluster, postgres_store: Store) -> Iterator[Store]:
    yield postgres_store
    server.start_again()


def count(store: Store, branch_no: str) -> None:
    with store.write("test") as unit:
        unit.connection.execute(insert(COUNTER), {"day": date(2026, 11, 22), "branch_no": branch_no, "last": 1})
        unit.commit()


def counted(store: Store) -> list[str]:
    with store.read() as session:
        return list(session.scalars(select(COUNTER.c.branch_no).order_by(COUNTER.c.branch_no)))


def assert_gone(caught: pytest.ExceptionInfo[StoreUnavailable]) -> None:
    assert caught.value.message_id == "error.store.gone"
    assert caught.value.args_by_name["reason"]


def test_a_server_lost_in_the_middle_of_a_unit_takes_the_unit_with_it(server: Cluster, store: Store) -> None:
    def lose_it() -> None:
        with store.write("test") as unit:
            unit.connection.execute(insert(COUNTER), {"day": date(2026, 11, 22), "branch_no": "0002", "last": 1})
            server.crash()
            unit.connection.execute(insert(COUNTER), {"day": date(2026, 11, 22), "branch_no": "0003", "last": 1})

    count(store, "0001")
    with pytest.raises(StoreUnavailable) as caught:
        lose_it()
    assert_gone(caught)
    server.start_again()
    count(store, "0004")
    assert counted(store) == ["0001", "0004"]


def test_a_server_lost_at_the_commit_leaves_it_unsure_until_it_is_looked_up(server: Cluster, store: Store) -> None:
    count(store, "0001")
    store.hook = lambda step: server.crash() if step == "commit.test:before" else None
    with pytest.raises(StoreUnavailable) as caught:
        count(store, "0002")
    assert caught.value.message_id == UNSURE
    store.hook = no_hook
    server.start_again()
    count(store, "0003")
    assert counted(store) == ["0001", "0003"]


def test_a_server_lost_right_after_the_commit_has_kept_it(server: Cluster, store: Store) -> None:
    store.hook = lambda step: server.crash() if step == "commit.test:after" else None
    count(store, "0001")
    store.hook = no_hook
    server.start_again()
    assert counted(store) == ["0001"]


def test_a_server_lost_while_a_caller_thinks_is_told_at_the_commit(server: Cluster, store: Store) -> None:
    def think() -> None:
        with store.write("test") as unit:
            unit.connection.execute(select(COUNTER))
            server.crash()
            unit.commit()

    with pytest.raises(StoreUnavailable) as caught:
        think()
    assert caught.value.message_id == UNSURE


def test_a_callers_own_error_is_not_hidden_by_the_lost_server(server: Cluster, store: Store) -> None:
    def fail() -> None:
        with store.write("test") as unit:
            unit.connection.execute(select(COUNTER))
            server.crash()
            raise KeyError("trouble of the caller's own")

    with pytest.raises(KeyError):
        fail()
    server.start_again()
    count(store, "0001")


def test_a_server_lost_in_the_middle_of_a_look_is_told(server: Cluster, store: Store) -> None:
    def look() -> None:
        with store.read() as session:
            session.scalars(select(COUNTER.c.last)).all()
            server.crash()
            session.scalars(select(COUNTER.c.last)).all()

    with pytest.raises(StoreUnavailable) as caught:
        look()
    assert_gone(caught)
    server.start_again()
    assert counted(store) == []


def test_while_the_server_is_down_every_call_is_told_at_once(server: Cluster, store: Store) -> None:
    count(store, "0001")
    server.crash()
    for call in (lambda: count(store, "0002"), lambda: counted(store)):
        with pytest.raises(StoreUnavailable) as caught:
            call()
        assert_gone(caught)
    server.start_again()
    assert counted(store) == ["0001"]


def test_connections_from_before_a_restart_are_not_given_out(server: Cluster, store: Store) -> None:
    with store.write("test"), store.read(), store.read():
        count(store, "0001")
    server.crash()
    server.start_again()
    for number in range(2, 8):
        count(store, f"{number:04d}")
    assert len(counted(store)) == 7
