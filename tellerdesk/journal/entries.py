"""Statements on the journal's tables, prepared once, and what is read from them."""

from __future__ import annotations

import contextlib
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Executable,
    Insert,
    Row,
    Update,
    bindparam,
    func,
    insert,
    null,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from tellerdesk.journal import finding
from tellerdesk.journal.models import AccountingDay, Entry, Leg, Sequence, Step
from tellerdesk.store.base import table_of
from tellerdesk.store.types import database_now_ms

ENTRY, LEG, STEP = table_of(Entry), table_of(Leg), table_of(Step)
DAY, SEQUENCE = table_of(AccountingDay), table_of(Sequence)

_BY_SERIAL = select(ENTRY).where(ENTRY.c.serial == bindparam("serial"))
_BY_REQUEST = select(ENTRY).where(ENTRY.c.request_id == bindparam("request_id"))
_LEGS = select(LEG).where(LEG.c.serial == bindparam("serial")).order_by(LEG.c.id)
_LAST_LEG = (
    select(LEG)
    .where(LEG.c.serial == bindparam("serial"), LEG.c.kind == bindparam("kind"))
    .order_by(LEG.c.id.desc())
    .limit(1)
)
_WRITE_LEG, _WRITE_STEP = insert(LEG), insert(STEP)
_CLOSE_LEG = update(LEG).where(LEG.c.leg_id == bindparam("of_leg"))
_BEGUN_SINCE = select(func.count()).where(
    ENTRY.c.made_at >= bindparam("since"),
    ENTRY.c.flow == bindparam("flow"),
    ENTRY.c.teller_no == bindparam("teller_no"),
)
_STEPS = select(STEP).where(STEP.c.serial == bindparam("serial")).order_by(STEP.c.id)


def by_serial(connection: Connection, serial: str) -> dict[str, Any] | None:
    return _mapping(connection.execute(_BY_SERIAL, {"serial": serial}).first())


def by_request(connection: Connection, request_id: str) -> dict[str, Any] | None:
    return _mapping(connection.execute(_BY_REQUEST, {"request_id": request_id}).first())


def legs(connection: Connection, serial: str) -> list[dict[str, Any]]:
    """The entry's legs in the order they were written."""
    return [dict(row._mapping) for row in connection.execute(_LEGS, {"serial": serial})]


def last_leg(connection: Connection, serial: str, kind: str) -> dict[str, Any] | None:
    return _mapping(connection.execute(_LAST_LEG, {"serial": serial, "kind": kind}).first())


def steps(connection: Connection, serial: str) -> list[dict[str, Any]]:
    """Every step the entry took, oldest first."""
    return [dict(row._mapping) for row in connection.execute(_STEPS, {"serial": serial})]


def recent(connection: Connection, *, flow: str, branch_no: str, till_no: str, most: int) -> list[dict[str, Any]]:
    """The newest entries of a till, newest first."""
    query = (
        select(ENTRY)
        .where(ENTRY.c.flow == flow, ENTRY.c.branch_no == branch_no, ENTRY.c.till_no == till_no)
        .order_by(ENTRY.c.id.desc())
        .limit(most)
    )
    return [dict(row._mapping) for row in connection.execute(query)]


def next_sequence(connection: Connection, day: date, branch_no: str, till_no: str) -> int:
    """The next number of a till on a calendar day, allocated in the caller's unit of work."""
    counted = _counting(connection.dialect.name)
    given = {"day": day, "branch_no": branch_no, "till_no": till_no, "last": 1}
    return int(connection.execute(counted, given).scalar_one())


@cache
def _counting(dialect_name: str) -> Executable:
    dialect = sqlite if dialect_name == "sqlite" else postgresql
    counting: Executable = (
        dialect.insert(SEQUENCE)
        .on_conflict_do_update(index_elements=["day", "branch_no", "till_no"], set_={"last": SEQUENCE.c.last + 1})
        .returning(SEQUENCE.c.last)
    )
    return counting


def write_entry(connection: Connection, values: dict[str, Any], lease_ms: int) -> None:
    """Writes a new entry under a lease of `lease_ms` from the database's now, and has it found by its name."""
    finding.keep_name(connection, values["customer_name"])
    connection.execute(_writing(frozenset(values)), {**values, "lease_ms": lease_ms})


@cache
def _writing(columns: frozenset[str]) -> Insert:
    until = database_now_ms() + bindparam("lease_ms", type_=BigInteger)
    return insert(ENTRY).values(
        {column: bindparam(column) for column in columns} | {"lease_until_ms": until, "due_ms": until}
    )


def write_leg(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(_WRITE_LEG, values)


def close_leg(connection: Connection, leg_id: str, values: dict[str, Any]) -> None:
    connection.execute(_CLOSE_LEG, {"of_leg": leg_id, **values})


def write_step(connection: Connection, values: dict[str, Any]) -> None:
    connection.execute(_WRITE_STEP, values)


def change_entry(
    connection: Connection, serial: str, version: int, changes: dict[str, Any], wait_ms: int | None
) -> bool:
    """Changes an entry that is still at `version`; False where somebody else has changed it since.

    `wait_ms` sets `due_ms` that far from the database's now, None clears it. A `lease_until_ms` in `changes` is a
    length in milliseconds from now.
    """
    leased = changes.get("lease_until_ms") is not None
    statement = _changing(frozenset(changes), leased, wait_ms is not None)
    given = {f"new_{column}": value for column, value in changes.items()}
    result = connection.execute(
        statement, {**given, "of_serial": serial, "at_version": version, "wait_ms": wait_ms, "version": version + 1}
    )
    return result.rowcount == 1


@cache
def _changing(columns: frozenset[str], leased: bool, waits: bool) -> Update:
    now = database_now_ms()
    values: dict[str, Any] = {column: bindparam(f"new_{column}") for column in columns}
    if leased:
        values["lease_until_ms"] = now + bindparam("new_lease_until_ms", type_=BigInteger)
    values["due_ms"] = now + bindparam("wait_ms", type_=BigInteger) if waits else null()
    values["version"] = bindparam("version")
    return (
        update(ENTRY)
        .where(ENTRY.c.serial == bindparam("of_serial"), ENTRY.c.version == bindparam("at_version"))
        .values(values)
    )


def due(connection: Connection, flows: list[str], most: int) -> list[tuple[str, int]]:
    """Serial and version of entries recovery should look at now, longest due first. An entry under a lease that has
    not run out, or one reconciliation has spoken on, is not among them."""
    now = database_now_ms()
    query = (
        select(ENTRY.c.serial, ENTRY.c.version)
        .where(
            ENTRY.c.due_ms <= now,
            (ENTRY.c.lease_until_ms.is_(None)) | (ENTRY.c.lease_until_ms < now),
            ENTRY.c.recon_status == "NONE",
            ENTRY.c.flow.in_(flows),
        )
        .order_by(ENTRY.c.due_ms)
        .limit(most)
    )
    return [(serial, version) for serial, version in connection.execute(query)]


def claim(
    connection: Connection, serial: str, version: int, owner: str, lease_ms: int, *, only_due: bool = False
) -> bool:
    """Takes an entry's lease, if it is still at `version` and nobody holds a lease that has not run out; with
    `only_due` only where its time has come."""
    now = database_now_ms()
    free = update(ENTRY).where(
        ENTRY.c.serial == serial,
        ENTRY.c.version == version,
        ENTRY.c.recon_status == "NONE",
        (ENTRY.c.lease_until_ms.is_(None)) | (ENTRY.c.lease_until_ms < now),
    )
    if only_due:
        free = free.where(ENTRY.c.due_ms <= now)
    result = connection.execute(
        free.values(lease_owner=owner, lease_until_ms=now + lease_ms, due_ms=now + lease_ms, version=version + 1)
    )
    return result.rowcount == 1


def fence(connection: Connection, serial: str, version: int) -> bool:
    """Has whoever else is about to change this entry find it changed, and changes nothing. False where it is not at
    `version` any more. For what stands beside an entry, reconciled or not, and must not meet it half-way."""
    fencing = update(ENTRY).where(ENTRY.c.serial == serial, ENTRY.c.version == version).values(version=version + 1)
    return connection.execute(fencing).rowcount == 1


def unfinished(connection: Connection, resting: list[str]) -> int:
    """How many entries recovery still has to look at, now or later; those in a state of `resting` wait for people."""
    waits = ENTRY.c.due_ms.is_not(None) & ENTRY.c.state.not_in(resting)
    return int(connection.execute(select(func.count()).where(waits)).scalar_one())


def begun_since(connection: Connection, flow: str, teller_no: str, since: datetime) -> int:
    """How many entries of a flow a person has begun since an instant, whatever became of them."""
    return int(connection.execute(_BEGUN_SINCE, {"flow": flow, "teller_no": teller_no, "since": since}).scalar_one())


def note_day(connection: Connection, day: date, now: datetime) -> None:
    """Keeps a day core has named, once."""
    if connection.execute(select(DAY.c.day).where(DAY.c.day == day)).first() is None:
        with contextlib.suppress(IntegrityError), connection.begin_nested():
            connection.execute(insert(DAY), {"day": day, "first_seen_at": now})


def open_day(connection: Connection) -> date | None:
    """The newest day core has named."""
    return connection.execute(select(func.max(DAY.c.day))).scalar_one_or_none()


def _mapping(row: Row[Any] | None) -> dict[str, Any] | None:
    return None if row is None else dict(row._mapping)
