"""The approvals' tables, read and written. Rows are locked in one order: the request, the person, then what the
request is about, then the audit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, select, text

from tellerdesk.approvals.models import ApprovalDecision, ApprovalRequest
from tellerdesk.approvals.states import ApprovalState, UseCase
from tellerdesk.audit.chain import Row as AuditedRow
from tellerdesk.audit.models import AuditRow
from tellerdesk.staff.models import DeskSession, StaffMember
from tellerdesk.staff.states import Role, StaffState
from tellerdesk.store.base import table_of
from tellerdesk.store.types import database_now_ms

Row = dict[str, Any]

REQUEST, DECISION = table_of(ApprovalRequest), table_of(ApprovalDecision)
_MEMBER, _SESSION, _AUDIT = table_of(StaffMember), table_of(DeskSession), table_of(AuditRow)

# As it stands in the partial index: a bound list would not be recognised.
_OPEN = text("state IN ('PENDING', 'APPROVED')")
_OVER = REQUEST.c.expires_ms <= database_now_ms()

_ONE = select(REQUEST).where(REQUEST.c.approval_id == bindparam("of"))
_LOCKED = _ONE.with_for_update()
_NEWEST = (
    select(REQUEST)
    .where(REQUEST.c.use_case == bindparam("use_case"), REQUEST.c.subject == bindparam("subject"))
    .order_by(case((_OPEN, 0), else_=1), REQUEST.c.approval_id.desc())  # ids grow with the database's clock
    .limit(1)
)
_NEWEST_LOCKED = _NEWEST.with_for_update()
_ABOUT = select(REQUEST.c.approval_id).where(REQUEST.c.subject == bindparam("subject"))
_IN_BRANCH = (
    select(REQUEST, _OVER.label("over"))
    .where(REQUEST.c.branch_no == bindparam("branch_no"), _OPEN)
    .order_by(REQUEST.c.approval_id)
)
_DUE = select(REQUEST.c.approval_id).where(_OPEN, _OVER)
_DECISIONS = (
    select(DECISION, _MEMBER.c.name.label("checker_name"))
    .join(_MEMBER, _MEMBER.c.staff_no == DECISION.c.checker_no)
    .where(DECISION.c.approval_id.in_(bindparam("of", expanding=True)))
    .order_by(DECISION.c.id)
)
_NAMES = select(_MEMBER.c.staff_no, _MEMBER.c.name).where(_MEMBER.c.staff_no.in_(bindparam("of", expanding=True)))
_PERSON = select(
    *(_MEMBER.c[name] for name in ("staff_no", "person_id", "name", "role", "branch_no", "state")),
    *(_MEMBER.c[name] for name in ("must_change", "may_decide")),
).where(_MEMBER.c.staff_no == bindparam("of"))
_PERSON_HELD = _PERSON.with_for_update(read=True)
_NUMBERS = select(_MEMBER.c.staff_no).where(_MEMBER.c.person_id == bindparam("of")).order_by(_MEMBER.c.staff_no)
_AT_TILLS = (
    select(_SESSION.c.branch_no, _SESSION.c.till_no)
    .join(_MEMBER, _MEMBER.c.staff_no == _SESSION.c.staff_no)
    .where(_MEMBER.c.person_id == bindparam("of"), _SESSION.c.ended_at.is_(None))
)
_AT_TILL = select(_SESSION.c.session_id, _SESSION.c.branch_no, _SESSION.c.till_no, _SESSION.c.started_at).where(
    _SESSION.c.staff_no == bindparam("of"), _SESSION.c.ended_at.is_(None)
)
_TERMINAL = select(_SESSION.c.terminal).where(_SESSION.c.session_id == bindparam("of"))
_AUDITED_PARTS = tuple(AuditedRow.__slots__)
_AUDITED = (
    select(*(_AUDIT.c[part] for part in _AUDITED_PARTS), _AUDIT.c.mac)
    .where(_AUDIT.c.subject == bindparam("of"))
    .order_by(_AUDIT.c.id)
)
_NOW = select(database_now_ms())


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the list of staff, as the row is now."""

    staff_no: str
    person_id: str
    name: str
    role: Role
    branch_no: str
    state: StaffState
    must_change: bool
    may_decide: bool


def now_ms(connection: Connection) -> int:
    """The database's clock, in milliseconds since 1970."""
    return int(connection.execute(_NOW).scalar_one())


def one(connection: Connection, approval_id: str) -> Row | None:
    return _row(connection.execute(_ONE, {"of": approval_id}).mappings().first())


def locked(connection: Connection, approval_id: str) -> Row | None:
    """The request, locked: its state stays as it is read until the transaction ends."""
    return _row(connection.execute(_LOCKED, {"of": approval_id}).mappings().first())


def newest(connection: Connection, use_case: UseCase, subject: str, *, lock: bool = False) -> Row | None:
    """The subject's open request, else the one asked last."""
    given = {"use_case": use_case.value, "subject": subject}
    return _row(connection.execute(_NEWEST_LOCKED if lock else _NEWEST, given).mappings().first())


def about(connection: Connection, subject: str) -> list[str]:
    """The ids of all requests for a subject, whatever the use case."""
    return sorted(connection.scalars(_ABOUT, {"subject": subject}))


def in_branch(connection: Connection, branch_no: str) -> list[Row]:
    """The open requests of a branch, the oldest first; `over` tells which of them have run out of time."""
    return [dict(row) for row in connection.execute(_IN_BRANCH, {"branch_no": branch_no}).mappings()]


def due(connection: Connection) -> list[str]:
    """The ids of open requests whose time is over, in every branch, the oldest first."""
    return sorted(connection.scalars(_DUE))  # sorted here: SQLite would walk every request there ever was


def decisions(connection: Connection, approval_ids: Sequence[str]) -> list[Row]:
    """The decisions on these requests with the names of who decided, in the order they were made."""
    if not approval_ids:
        return []
    return [dict(row) for row in connection.execute(_DECISIONS, {"of": list(approval_ids)}).mappings()]


def names(connection: Connection, staff_nos: Iterable[str]) -> dict[str, str]:
    """Names by staff number."""
    return dict(connection.execute(_NAMES, {"of": sorted(set(staff_nos))}).all())


def person(connection: Connection, staff_no: str, *, hold: bool = False) -> Person | None:
    """Who has a staff number. `hold`: nobody changes the row until the transaction ends."""
    row = connection.execute(_PERSON_HELD if hold else _PERSON, {"of": staff_no}).first()
    if row is None:
        return None
    number, person_id, name, role, branch_no, state, must_change, may_decide = row
    return Person(number, person_id, name, Role(role), branch_no, StaffState(state), must_change, may_decide)


def numbers(connection: Connection, person_id: str) -> list[str]:
    """Every staff number of a person."""
    return list(connection.scalars(_NUMBERS, {"of": person_id}))


def signed_on_at(connection: Connection, person_id: str) -> set[tuple[str, str]]:
    """The tills (branch and number) at which a person is signed on, under whichever number."""
    return {(branch_no, till_no) for branch_no, till_no in connection.execute(_AT_TILLS, {"of": person_id})}


def at_till(connection: Connection, staff_no: str) -> Row | None:
    """The open session of a staff number: its id, branch, till, and since when."""
    return _row(connection.execute(_AT_TILL, {"of": staff_no}).mappings().first())


def terminal(connection: Connection, session_id: str) -> str:
    return str(connection.execute(_TERMINAL, {"of": session_id}).scalar() or "")


def audited(connection: Connection, approval_id: str) -> list[tuple[AuditedRow, bytes]]:
    """What the audit tells of a request, each row with its seal, in the order it was written."""
    return [(AuditedRow(*contents), mac) for *contents, mac in connection.execute(_AUDITED, {"of": approval_id})]


def insert_request(connection: Connection, row: Row) -> None:
    """Raises IntegrityError where one is open for the subject already."""
    connection.execute(REQUEST.insert().values(row))


def insert_decision(connection: Connection, row: Row) -> None:
    """Raises IntegrityError where the person has decided already, or is the maker."""
    connection.execute(DECISION.insert().values(row))


def move(
    connection: Connection,
    approval_id: str,
    before: Iterable[ApprovalState],
    to: ApprovalState,
    ended_at: datetime | None = None,
    ended_by: str = "",
    *,
    in_time: bool = False,
) -> bool:
    """Brings a request from one of the states `before` to `to`. False where it is in none of them, or `in_time` was
    asked for and its time is over by the database's clock."""
    this = [REQUEST.c.approval_id == approval_id, REQUEST.c.state.in_([state.value for state in before])]
    if in_time:
        this.append(REQUEST.c.expires_ms > database_now_ms())
    moving = REQUEST.update().where(*this).values(state=to.value, ended_at=ended_at, ended_by=ended_by)
    return connection.execute(moving).rowcount == 1


def _row(found: Any) -> Row | None:
    return None if found is None else dict(found)
