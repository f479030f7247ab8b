"""What is found is what matches, whatever is asked: compared with looking at every row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from conftest import SetClock
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, select
from support.long_form import LONG

from tellerdesk.audit.days import days_of
from tellerdesk.audit.models import AuditRow
from tellerdesk.audit.search import MOST, find
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.audit.views import AuditPage, AuditRowView, AuditSearch
from tellerdesk.clock import branch_time
from tellerdesk.errors import BadInput
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

ROWS = table_of(AuditRow)
PERSONS = ("1001", "1002", "3001", "SYSTEM")
ACTIONS = ("bill.paid", "bill_paid", "bill.looked_up", "BILL.paid", "staff.signed_on", "%")
SUBJECTS = (
    "2026112207120700000212", "2026112207120700000213", "a_b", "ab", "aXb", "a%b", "a\\b", "A_B", "100%", "100",
    "é", "e\u0301", "汉字", "汉", "\U0010ffff", "\U0010ffff\U0010ffff", "a\U0010ffffz", "\ud7ffx", "", "'", "x" * 64,
)  # fmt: skip
MIDNIGHT = datetime(2026, 11, 21, 16, tzinfo=UTC)
"""Of the branch, between 21 and 22 November."""


@pytest.fixture
def trail(store: Store, keys: Keys) -> AuditTrail:
    """Rows of four persons over three days, the clock set back now and then, and rows around midnight."""
    clock, numbers = SetClock(MIDNIGHT - timedelta(days=1)), count()
    trail = AuditTrail(keys, clock)
    with store.write("test") as work:
        for subject in SUBJECTS * 3:
            number = next(numbers)
            clock.advance(-7_200 if number % 11 == 10 else 3_900)
            trail.write(work.session, PERSONS[number * 7 % 4], ACTIONS[number % 6], subject, {"number": number})
        for microseconds in (-1, 0, 1):
            clock.set(MIDNIGHT + timedelta(microseconds=microseconds))
            trail.write(work.session, "1001", "bill.paid", "midnight")
        work.commit()
    return trail


def everything(store: Store) -> list[AuditRowView]:
    """Newest first, by a plain look at the table."""
    with store.read() as session:
        rows = session.connection().execute(select(ROWS).order_by(ROWS.c.id.desc()))
        return [
            AuditRowView(row.id, row.person, row.person_seq, row.at, row.action, row.subject, row.details)
            for row in rows
        ]


def found(store: Store, search: AuditSearch, most: int = 50) -> AuditPage:
    with store.read() as session:
        return find(session.connection(), search, most)


def matches(row: AuditRowView, search: AuditSearch) -> bool:
    day = branch_time(row.at).date()
    return (
        search.person in {"", row.person}
        and row.action.startswith(search.action)
        and row.subject.startswith(search.subject)
        and (search.since is None or day >= search.since)
        and (search.until is None or day <= search.until)
        and (search.before_id is None or row.id < search.before_id)
    )


def beginnings(texts: tuple[str, ...]) -> st.SearchStrategy[str]:
    """Nothing, a beginning of one of them, or something with wildcards in it."""
    cut = st.builds(lambda whole, length: whole[:length], st.sampled_from(texts), st.integers(0, 30))
    return st.one_of(st.just(""), cut, st.text("%_\\a'1\0\U0010ffff", max_size=3))


DAYS = st.one_of(st.none(), st.dates(date(2026, 11, 19), date(2026, 11, 25)), st.just(date.min), st.just(date.max))
SEARCHES = st.builds(
    AuditSearch,
    person=st.one_of(st.just(""), st.sampled_from(PERSONS), beginnings(PERSONS)),
    action=beginnings(ACTIONS),
    subject=beginnings(SUBJECTS),
    since=DAYS,
    until=DAYS,
    before_id=st.one_of(st.none(), st.integers(-1, 80)),
)


@pytest.mark.usefixtures("trail")
def test_what_is_found_is_what_matches(store: Store) -> None:
    rows = everything(store)
    assert len(rows) == 3 * len(SUBJECTS) + 3

    @settings(max_examples=500 if LONG else 100)
    @given(SEARCHES, st.integers(1, 80))
    def compare(search: AuditSearch, most: int) -> None:
        wanted = [row for row in rows if matches(row, search)]
        assert found(store, search, most) == AuditPage(tuple(wanted[:most]), more=len(wanted) > most)

    compare()


@pytest.mark.usefixtures("trail")
def test_page_after_page_gives_every_row_once(store: Store) -> None:
    for search in (AuditSearch(), AuditSearch(person="1001"), AuditSearch(subject="a")):
        seen, page = [], found(store, search, 7)
        while True:
            seen += page.rows
            if not page.more:
                break
            page = found(store, replace(search, before_id=page.rows[-1].id), 7)
        assert seen == [row for row in everything(store) if matches(row, search)]


def test_rows_written_meanwhile_do_not_move_the_next_page(store: Store, trail: AuditTrail) -> None:
    before = everything(store)
    first = found(store, AuditSearch(), 10)
    with store.write("test") as work:
        trail.write(work.session, "1001", "bill.paid", "meanwhile")
        work.commit()
    assert list(found(store, AuditSearch(before_id=first.rows[-1].id), 10).rows) == before[10:20]


@pytest.mark.usefixtures("trail")
def test_a_page_has_at_most_200_rows(store: Store) -> None:
    statements: list[object] = []
    event.listen(store._reader, "before_cursor_execute", lambda *told: statements.append(told[3]))
    found(store, AuditSearch(), 10_000)
    assert str(MOST + 1) in str(statements)


@pytest.mark.parametrize(
    ("search", "index"),
    [(AuditSearch(person="1002"), "ix_audit_row_person"), (AuditSearch(subject="20261122"), "ix_audit_row_subject")],
    ids=["person", "subject"],
)
def test_one_person_and_one_subject_are_found_by_their_index(store: Store, search: AuditSearch, index: str) -> None:
    asked: list[tuple[str, Any]] = []
    event.listen(store.engine, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
    with store.write("test") as work:
        if store.dialect == "postgresql":
            work.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")  # so few rows need no index
        find(work.connection, search)
        statement, values = asked[-1]
        explain = "EXPLAIN QUERY PLAN" if store.dialect == "sqlite" else "EXPLAIN"
        plan = str(list(work.connection.exec_driver_sql(f"{explain} {statement}", values)))
    assert index in plan


TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ("", (None, None)),
        ("  ", (None, None)),
        ("1122", (TODAY, TODAY)),
        ("１１２２", (TODAY, TODAY)),
        ("11-22", (TODAY, TODAY)),
        ("11-2", (date(2026, 11, 2), date(2026, 11, 2))),
        ("1123", (date(2025, 11, 23), date(2025, 11, 23))),
        ("0229", (date(2024, 2, 29), date(2024, 2, 29))),
        ("20261101", (date(2026, 11, 1), date(2026, 11, 1))),
        ("2026-11-1", (date(2026, 11, 1), date(2026, 11, 1))),
        ("1120 1122", (date(2026, 11, 20), TODAY)),
        ("11-20 ~ 11-22", (date(2026, 11, 20), TODAY)),
        ("2026-11-20..1122", (date(2026, 11, 20), TODAY)),
        ("20261120至20261201", (date(2026, 11, 20), date(2026, 12, 1))),
    ],
)
def test_days_are_understood_as_they_are_typed(typed: str, days: tuple[date | None, date | None]) -> None:
    assert days_of(typed, TODAY) == days


@pytest.mark.parametrize("typed", ["1", "1322", "0230", "20260230", "1122 1120", "1 2 3", "11-22-33-44", "today", "~"])
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        days_of(typed, TODAY)
    assert refused.value.field == "days"
