"""The staff room's tables, read and written. Rows are locked in one order: tries, member, sessions, then the audit."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, or_, select
from sqlmodel import Session

from tellerdesk.staff.models import DeskSession, StaffMember
from tellerdesk.staff.states import Role, StaffState
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.base import table_of
from tellerdesk.store.types import database_now_ms

_MEMBERS = table_of(StaffMember)
_SESSIONS = table_of(DeskSession)
_MEMBER = _MEMBERS.c.staff_no == bindparam("of")
_OPEN = _SESSIONS.c.ended_at.is_(None)
_JOINED = _SESSIONS.join(_MEMBERS, _MEMBERS.c.staff_no == _SESSIONS.c.staff_no)

_NAME = select(_MEMBERS.c.name).where(_MEMBER)
_HASH = select(_MEMBERS.c.password_hash).where(_MEMBER, _MEMBERS.c.state != StaffState.LEFT.value)
_WHOLE = (
    select(*(_MEMBERS.c[name] for name in ("staff_no", "name", "role", "branch_no", "state")))
    .add_columns(*(_MEMBERS.c[name] for name in ("password_hash", "last_sign_on", "person_id")))
    .add_columns(*(_MEMBERS.c[name] for name in ("code_sealed", "code_step", "must_change", "may_decide")))
    .add_columns(_MEMBERS.c.password_given)
)
_LOCKED_MEMBER = _WHOLE.where(_MEMBER).with_for_update()
_ALL = _WHOLE.order_by(_MEMBERS.c.staff_no)
_HELD = (
    _WHOLE.where(or_(_MEMBERS.c.staff_no.in_(bindparam("of", expanding=True)), _MEMBERS.c.role == bindparam("role")))
    .order_by(_MEMBERS.c.staff_no)
    .with_for_update()
)
_STANDING = (
    select(*(_SESSIONS.c[name] for name in ("staff_no", "branch_no", "till_no")))
    .add_columns(_SESSIONS.c.ended_at.is_not(None), _SESSIONS.c.revoked, _SESSIONS.c.locked)
    .add_columns((_SESSIONS.c.expires_ms <= database_now_ms()).label("expired"))
    .add_columns(_MEMBERS.c.state, _MEMBERS.c.role, _MEMBERS.c.branch_no.label("home_branch_no"))
    .add_columns(_MEMBERS.c.must_change)
    .select_from(_JOINED)
    .where(_SESSIONS.c.session_id == bindparam("of"))
)
_IN_THE_WAY = (
    select(*(_SESSIONS.c[name] for name in ("session_id", "staff_no", "branch_no", "till_no")))
    .add_columns(_MEMBERS.c.name, (_SESSIONS.c.expires_ms <= database_now_ms()).label("expired"))
    .select_from(_JOINED)
    .where(
        _OPEN,
        or_(
            _SESSIONS.c.staff_no == bindparam("of"),
            and_(_SESSIONS.c.branch_no == bindparam("branch"), _SESSIONS.c.till_no == bindparam("till")),
        ),
    )
    .order_by(_SESSIONS.c.session_id)
)


@dataclass(frozen=True, slots=True)
class Place:
    """A workstation."""

    branch_no: str
    till_no: str
    terminal: str

    def told(self) -> dict[str, str | int]:
        """For the audit."""
        return {"branch_no": self.branch_no, "till_no": self.till_no, "terminal": self.terminal}


@dataclass(frozen=True, slots=True)
class Member:
    staff_no: str
    name: str
    role: str
    branch_no: str
    state: str
    password_hash: str
    last_sign_on: datetime | None
    person_id: str
    code_sealed: bytes | None
    code_step: int
    must_change: bool
    may_decide: bool
    password_given: str

    def __repr__(self) -> str:
        return f"Member({self.staff_no})"


@dataclass(frozen=True, slots=True)
class OpenSession:
    session_id: str
    staff_no: str
    branch_no: str
    till_no: str
    name: str
    expired: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A session as it is now, with its person as he is now."""

    staff_no: str
    branch_no: str
    till_no: str
    ended: bool
    revoked: bool
    locked: bool
    expired: bool
    state: str
    role: str
    home_branch_no: str
    must_change: bool

    def is_of(self, who: SignedOn) -> bool:
        return (self.staff_no, self.branch_no, self.till_no) == (who.staff_no, who.branch_no, who.till_no)


def name_of(connection: Connection, staff_no: str) -> str:
    """Empty where nobody has this number."""
    return connection.execute(_NAME, {"of": staff_no}).scalar_one_or_none() or ""


def password_hash(session: Session, staff_no: str) -> str | None:
    """None where nobody has the number, or who had it has left."""
    return session.connection().execute(_HASH, {"of": staff_no}).scalar()


def locked_member(session: Session, staff_no: str) -> Member:
    """The person's row, locked: state and password stay as they are read until the transaction ends."""
    return Member(*session.connection().execute(_LOCKED_MEMBER, {"of": staff_no}).one())


def standing(session: Session, session_id: str) -> Standing | None:
    found = session.connection().execute(_STANDING, {"of": session_id}).first()
    return None if found is None else Standing(*found)


def open_sessions(session: Session, staff_no: str, place: Place) -> list[OpenSession]:
    """The open sessions of this person anywhere, and of anybody at this till."""
    found = session.connection().execute(
        _IN_THE_WAY, {"of": staff_no, "branch": place.branch_no, "till": place.till_no}
    )
    return [OpenSession(*row) for row in found]


def held(session: Session, numbers: set[str], role: Role) -> dict[str, Member]:
    """Who has these numbers and everybody of `role`, all locked, in the order of their numbers: two who hold the same
    rows wait for each other and never for ever."""
    found = session.connection().execute(_HELD, {"of": sorted(numbers), "role": role.value})
    return {row.staff_no: Member(*row) for row in found}


def member(session: Session, staff_no: str) -> Member | None:
    """The person's row as it is, not locked."""
    found = session.connection().execute(_WHOLE.where(_MEMBER), {"of": staff_no}).first()
    return None if found is None else Member(*found)


def everybody(session: Session) -> list[Member]:
    return [Member(*row) for row in session.connection().execute(_ALL)]


def tills(session: Session) -> dict[str, str]:
    """The till of each number that is signed on."""
    query = select(_SESSIONS.c.staff_no, _SESSIONS.c.till_no).where(_OPEN, _SESSIONS.c.expires_ms > database_now_ms())
    return {row.staff_no: row.till_no for row in session.connection().execute(query)}


def add(
    session: Session,
    staff_no: str,
    name: str,
    role: Role,
    branch_no: str,
    password_hash: str,
    code_sealed: bytes | None = None,
    *,
    person_id: str = "",
    must_change: bool = False,
    may_decide: bool = True,
    password_given: str = "",
) -> None:
    """A new person, or another number of the one `person_id` names. Raises IntegrityError where the number is taken."""
    session.connection().execute(
        _MEMBERS.insert().values(
            staff_no=staff_no,
            person_id=person_id or uuid.uuid4().hex,
            name=name,
            role=role.value,
            branch_no=branch_no,
            state=StaffState.ACTIVE.value,
            password_hash=password_hash,
            code_sealed=code_sealed,
            must_change=must_change,
            may_decide=may_decide,
            password_given=password_given,
        )
    )


def change(session: Session, staff_no: str, was: StaffState, **values: object) -> bool:
    """Puts other values into the row of who is in the state `was`. False where nobody is."""
    this = and_(_MEMBERS.c.staff_no == staff_no, _MEMBERS.c.state == was.value)
    return session.connection().execute(_MEMBERS.update().where(this).values(**values)).rowcount == 1


def confirm_power(session: Session, staff_no: str) -> bool:
    """From now on this number may approve. False where it could already, or is out of use."""
    waits = and_(_MEMBERS.c.staff_no == staff_no, _MEMBERS.c.may_decide.is_(False))
    these = and_(waits, _MEMBERS.c.state != StaffState.LEFT.value)
    return session.connection().execute(_MEMBERS.update().where(these).values(may_decide=True)).rowcount == 1


def revoke(session: Session, staff_no: str, at: datetime, *, but: str = "") -> list[str]:
    """Ends every open session of this number but the one named, and gives their ids."""
    these = and_(_SESSIONS.c.staff_no == staff_no, _OPEN, _SESSIONS.c.session_id != but)
    ending = _SESSIONS.update().where(these).values(ended_at=at, revoked=True).returning(_SESSIONS.c.session_id)
    return sorted(session.connection().execute(ending).scalars())


def lock_desk(session: Session, session_id: str, *, locked: bool) -> bool:
    """Locks the desk in front of an open session, or opens it. False where there was nothing to do."""
    this = and_(_SESSIONS.c.session_id == session_id, _OPEN, _SESSIONS.c.locked.is_(not locked))
    return session.connection().execute(_SESSIONS.update().where(this).values(locked=locked)).rowcount == 1


def lock(session: Session, staff_no: str) -> bool:
    """Locks who is active. False where there is nobody to lock."""
    active = and_(_MEMBERS.c.staff_no == staff_no, _MEMBERS.c.state == StaffState.ACTIVE.value)
    locking = _MEMBERS.update().where(active).values(state=StaffState.LOCKED.value)
    return session.connection().execute(locking).rowcount == 1


def signed_on(session: Session, staff_no: str, at: datetime, password_hash: str) -> None:
    session.connection().execute(
        _MEMBERS.update().where(_MEMBERS.c.staff_no == staff_no).values(last_sign_on=at, password_hash=password_hash)
    )


def begin(session: Session, session_id: str, staff_no: str, place: Place, at: datetime, lasts_ms: int) -> None:
    """A session that lasts `lasts_ms` by the database's clock. Raises IntegrityError where an open session of this
    person or at this till is left."""
    session.connection().execute(
        _SESSIONS.insert().values(
            session_id=session_id,
            staff_no=staff_no,
            branch_no=place.branch_no,
            till_no=place.till_no,
            terminal=place.terminal,
            started_at=at,
            revoked=False,
            expires_ms=database_now_ms() + lasts_ms,
        )
    )


def end(session: Session, session_id: str, staff_no: str, at: datetime) -> bool:
    """Ends an open session of this person. False where it is none, or not open any more."""
    this = and_(_SESSIONS.c.session_id == session_id, _SESSIONS.c.staff_no == staff_no, _OPEN)
    return session.connection().execute(_SESSIONS.update().where(this).values(ended_at=at)).rowcount == 1


def now_ms(session: Session) -> int:
    """The database's clock, in milliseconds since 1970."""
    return int(session.connection().execute(select(database_now_ms())).scalar_one())


def code_used(session: Session, staff_no: str, step: int) -> None:
    """No code of this step or an earlier one is taken again."""
    session.connection().execute(_MEMBERS.update().where(_MEMBERS.c.staff_no == staff_no).values(code_step=step))
