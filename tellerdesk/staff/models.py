"""Tables of the staff room: who works here, who is signed on where, and the tries at a staff number."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
    true,
)
from sqlmodel import Field

from tellerdesk.staff.states import Role, StaffState
from tellerdesk.store.base import History, Table, one_of
from tellerdesk.store.types import UtcInstant


class StaffMember(Table, table=True):
    """A person under a staff number. Two numbers of one person share a `person_id`. `password_hash` is argon2id in
    its encoded form, parameters included.

    `code_sealed` is the secret of the one-time codes, None for who has none; `code_step` the last 30-second step a code
    was used for, so that none is used twice. `must_change`: the password was given by somebody else; `password_given`
    stands for that password's hash (blinded), also once it was changed.

    `may_decide`: a second person has confirmed that who has this number may approve.
    """

    __tablename__ = "staff_member"
    __table_args__ = (
        CheckConstraint("length(staff_no) >= 2", name="staff_no"),
        CheckConstraint("length(branch_no) = 4", name="branch_no"),
        CheckConstraint(one_of("role", Role), name="role"),
        CheckConstraint(one_of("state", StaffState), name="state"),
        UniqueConstraint("staff_no", "person_id", name="uq_staff_member_person"),
        {"info": {"history": History.GUARDED, "fixed": ("staff_no", "person_id")}},
    )

    staff_no: str = Field(sa_column=Column(String(16), primary_key=True))
    person_id: str = Field(sa_column=Column(String(32), nullable=False, index=True))
    name: str = Field(sa_column=Column(String(60), nullable=False))
    role: str = Field(sa_column=Column(String(16), nullable=False))
    branch_no: str = Field(sa_column=Column(String(4), nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    password_hash: str = Field(sa_column=Column(Text, nullable=False))
    last_sign_on: datetime | None = Field(default=None, sa_column=Column(UtcInstant))
    code_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    code_step: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))
    must_change: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    may_decide: bool = Field(default=True, sa_column=Column(Boolean, nullable=False, server_default=true()))
    password_given: str = Field(default="", sa_column=Column(String(32), nullable=False, server_default=""))


NEVER_MS = 253_402_300_799_000
"""The end of the year 9999."""

_OPEN = text("ended_at IS NULL")


class DeskSession(Table, table=True):
    """A person signed on at a till. One at most is open for a person, and for a till. An ended one never changes.

    `locked`: the desk in front is locked, and nothing is done in this session until its person proves to be there.
    `expires_ms`: milliseconds of the database's clock after which nothing more is done in it.
    """

    __tablename__ = "staff_session"
    __table_args__ = (
        CheckConstraint("length(branch_no) = 4", name="branch_no"),
        CheckConstraint("length(till_no) = 2", name="till_no"),
        Index("uq_staff_session_open_staff", "staff_no", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(
            "uq_staff_session_open_till",
            "branch_no",
            "till_no",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        {
            "info": {
                "history": History.GUARDED,
                "fixed": ("session_id", "staff_no", "branch_no", "till_no", "terminal", "started_at", "expires_ms"),
                "closed": "OLD.ended_at IS NOT NULL",
            }
        },
    )

    session_id: str = Field(sa_column=Column(String(32), primary_key=True))
    staff_no: str = Field(sa_column=Column(String(16), ForeignKey("staff_member.staff_no"), nullable=False))
    branch_no: str = Field(sa_column=Column(String(4), nullable=False))
    till_no: str = Field(sa_column=Column(String(2), nullable=False))
    terminal: str = Field(sa_column=Column(String(64), nullable=False))
    started_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcInstant))
    revoked: bool = Field(default=False, sa_column=Column(Boolean, nullable=False))
    locked: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    expires_ms: int = Field(
        default=NEVER_MS, sa_column=Column(BigInteger, nullable=False, server_default=str(NEVER_MS))
    )


class Tries(Table, table=True):
    """Tries of a password under one staff number since the last right one, whether or not anybody has that number.

    `number` is the number blinded, since a password is sometimes typed in its place. `not_before_ms` is milliseconds
    of the database's clock: earlier than that no password is looked at.
    """

    __tablename__ = "staff_tries"
    __table_args__ = (
        CheckConstraint("failures >= 0", name="failures"),
        {"info": {"history": History.GUARDED, "fixed": ("number",)}},
    )

    number: str = Field(sa_column=Column(String(32), primary_key=True))
    failures: int = Field(sa_column=Column(BigInteger, nullable=False))
    not_before_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
