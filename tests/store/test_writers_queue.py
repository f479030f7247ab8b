"""Many writers at once: nobody doubles, nobody starves, nobody waits for ever, and looking goes on meanwhile."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import select, text

from tellerdesk.documents.models import DocumentSequence
from tellerdesk.errors import BadSetup, StoreUnavailable
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import PRAGMAS, Store
from tests.store.at_once import at_once

COUNTER = table_of(DocumentSequence)
COUNT_UP = text(
    "INSERT INTO documents_sequence (day, branch_no, last) VALUES ('2026-11-22', '0712', 1) "
    "ON CONFLICT (day, branch_no) DO UPDATE SET last = documents_sequence.last + 1"
)


def pay_unpaid(number: int, url: str, bills: int) -> int:
    """Pays each bill nobody has paid yet: look, then insert."""
    store = Store(url)
    paid = 0
    for bill in range(bills):
        with store.write("test") as unit:
            there = unit.session.execute(text("SELECT 1 FROM paid WHERE bill = :bill"), {"bill": bill}).first()
            if there is None:
                unit.session.execute(text("INSERT INTO paid VALUES (:bill, :desk)"), {"bill": bill, "desk": number})
                unit.commit()
                paid += 1
    store.close()
    return paid


def test_four_desks_look_and_then_insert_a_hundred_bills_and_none_is_paid_twice(sqlite_store: Store) -> None:
    with sqlite_store.write("test") as unit:
        unit.session.execute(text("CREATE TABLE paid (bill INTEGER, desk INTEGER)"))  # no index to catch a double
        unit.commit()
    sqlite_store.close()
    paid = at_once(4, pay_unpaid, sqlite_store.url, 100)
    with sqlite_store.read() as session:
        bills = [bill for (bill,) in session.execute(text("SELECT bill FROM paid ORDER BY bill"))]
    assert bills == list(range(100))
    assert sum(paid) == 100


def count_up(number: int, url: str, times: int) -> None:
    store = Store(url)
    for _ in range(times):
        with store.write("test") as unit:
            unit.session.execute(COUNT_UP)
            unit.commit()
    store.close()


def test_eight_writing_processes_all_get_their_turn(store: Store) -> None:
    store.close()
    at_once(8, count_up, store.url, 25)
    with store.read() as session:
        assert session.scalar(select(COUNTER.c.last)) == 200


def test_eight_writing_threads_of_one_desk_all_get_their_turn(store: Store) -> None:
    errors: list[Exception] = []

    def write() -> None:
        try:
            for _ in range(10):
                with store.write("test") as unit:
                    unit.session.execute(COUNT_UP)
                    unit.commit()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with store.read() as session:
        assert session.scalar(select(COUNTER.c.last)) == 80


def test_a_writer_that_waits_too_long_is_told_and_looking_goes_on(store: Store) -> None:
    count_up(0, store.url, 1)
    hasty = Store(store.url, lock_wait_s=0.15)
    with store.write("test") as unit:
        unit.session.execute(COUNT_UP)
        with pytest.raises(StoreUnavailable) as caught, hasty.write("test") as other:
            other.session.execute(COUNT_UP)
        assert caught.value.message_id == "error.store.locked"
        with hasty.read() as session:
            assert session.scalar(select(COUNTER.c.last)) == 1
        unit.commit()
    with hasty.write("test") as other:
        other.session.execute(COUNT_UP)
        other.commit()
    with hasty.read() as session:
        assert session.scalar(select(COUNTER.c.last)) == 3
    hasty.close()


def test_two_threads_of_one_hasty_desk_wait_for_each_other_too(sqlite_store: Store) -> None:
    hasty = Store(sqlite_store.url, lock_wait_s=0.1)
    told: list[str] = []

    def write() -> None:
        try:
            with hasty.write("test"):
                told.append("wrote")
        except StoreUnavailable as error:
            told.append(error.message_id)

    with hasty.write("test"):
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    hasty.close()
    assert told == ["error.store.locked"]


def test_a_stranger_who_locks_the_file_without_queueing_is_waited_for_no_longer(sqlite_store: Store) -> None:
    hasty = Store(sqlite_store.url, lock_wait_s=0.1)
    stranger = sqlite3.connect(sqlite_store.url.removeprefix("sqlite:///"), isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable) as caught, hasty.write("test") as unit:
        unit.session.execute(COUNT_UP)
    assert caught.value.message_id == "error.store.locked"
    stranger.execute("ROLLBACK")
    count_up(0, sqlite_store.url, 1)
    stranger.close()
    hasty.close()


def test_a_full_disk_is_called_by_its_name_and_takes_back_the_unit(sqlite_store: Store) -> None:
    with sqlite_store.write("test") as unit:
        unit.session.execute(text("CREATE TABLE heavy (weight BLOB)"))
        unit.commit()

    def fill(most_pages: int, bytes_each: int) -> None:
        with sqlite_store.write("test") as unit:
            connection = unit.session.connection()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {most_pages}")
            connection.execute(text("INSERT INTO heavy VALUES (zeroblob(100))"))
            connection.execute(text("INSERT INTO heavy VALUES (zeroblob(:size))"), {"size": bytes_each})
            unit.commit()

    with pytest.raises(StoreUnavailable) as caught:
        fill(1, 1_000_000)  # never less than what is there already: no page more
    assert caught.value.message_id == "error.store.full"
    with sqlite_store.read() as session:
        assert session.scalar(text("SELECT count(*) FROM heavy")) == 0
    fill(1_000_000, 1_000_000)
    with sqlite_store.read() as session:
        assert session.scalar(text("SELECT count(*) FROM heavy")) == 2


def test_every_connection_has_the_pragmas_it_was_given(sqlite_store: Store) -> None:
    with sqlite_store.write("test") as unit, sqlite_store.read() as session:
        for pragma, value in PRAGMAS.items():
            for connection in (unit.session.connection(), session.connection()):
                assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value, pragma


def test_a_pragma_the_database_does_not_take_stops_the_desk(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PRAGMAS, "page_size", 123)  # not a power of two: ignored in silence
    store = Store(sqlite_store.url)
    with pytest.raises(BadSetup) as caught, store.read() as session:
        session.execute(text("SELECT 1"))
    assert caught.value.message_id == "error.store.pragma"
    store.close()


def look(number: int, url: str) -> int:
    store = Store(url)
    with store.read() as session:
        found = session.scalar(text("SELECT count(*) FROM sqlite_master"))
    with store.write("test") as unit:
        unit.session.execute(text("CREATE TABLE IF NOT EXISTS first (a INTEGER)"))
        unit.commit()
    store.close()
    return int(found or 0)


def test_eight_desks_may_open_a_new_file_at_the_same_moment(tmp_path: Path) -> None:
    assert len(at_once(8, look, f"sqlite:///{tmp_path / 'new.db'}")) == 8


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'nowhere' / 'desk.db'}")
    with pytest.raises(StoreUnavailable) as caught, store.write("test"):
        pass
    assert caught.value.message_id == "error.store.gone"
    with pytest.raises(StoreUnavailable) as caught, store.read() as session:
        session.execute(text("SELECT 1"))
    assert caught.value.message_id == "error.store.gone"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://somewhere/desk"])
def test_a_database_that_would_not_last_or_is_of_another_make_is_refused(url: str) -> None:
    with pytest.raises(BadSetup):
        Store(url)


def test_a_unit_holds_the_right_to_write_from_its_first_moment(sqlite_store: Store) -> None:
    """Not from its first write: what was looked at before could be gone by then."""
    stranger = sqlite3.connect(sqlite_store.url.removeprefix("sqlite:///"), isolation_level=None, timeout=0)
    with sqlite_store.write("test"), pytest.raises(sqlite3.OperationalError, match="locked"):
        stranger.execute("BEGIN IMMEDIATE")
    stranger.execute("BEGIN IMMEDIATE")
    stranger.close()


def test_writers_queue_at_a_file_beside_the_database_that_no_child_inherits(sqlite_store: Store) -> None:
    path = Path(sqlite_store.url.removeprefix("sqlite:///") + ".lock")
    with sqlite_store.write("test"):
        (handle,) = [number for number in Path("/proc/self/fd").iterdir() if os.path.realpath(number) == str(path)]
        assert not os.get_inheritable(int(handle.name))
        with path.open() as own, pytest.raises(BlockingIOError):
            fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with path.open() as own:
        fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
