"""Tables of the audit: the rows, and the head of each person's chain."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, String, Text
from sqlmodel import Field

from tellerdesk.store.base import History, Table
from tellerdesk.store.types import RowId, UtcInstant


class AuditRow(Table, table=True):
    """One thing that was done, by whom, to what; never changed.

    `person` is a staff number or the word for who acts without one, `person_seq` counts that person's rows from 1.
    `details` is canonical JSON text. `mac` seals the row and `previous_mac`, the mac of the person's row before it.
    """

    __tablename__ = "audit_row"
    __table_args__ = (
        CheckConstraint("person_seq > 0", name="person_seq"),
        Index("uq_audit_row_person_seq", "person", "person_seq", unique=True),
        # By characters on both databases, so that a beginning is a range: PostgreSQL would sort by a language's rules.
        Index("ix_audit_row_subject", "subject", "id", postgresql_ops={"subject": "varchar_pattern_ops"}),
        Index("ix_audit_row_person", "person", "id"),
        Index("ix_audit_row_at", "at"),
        {"info": {"history": History.APPEND_ONLY}},
    )

    id: int | None = Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))
    person: str = Field(sa_column=Column(String(16), nullable=False))
    person_seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    action: str = Field(sa_column=Column(String(64), nullable=False))
    subject: str = Field(sa_column=Column(String(64), nullable=False))
    details: str = Field(sa_column=Column(Text, nullable=False))
    previous_mac: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    mac: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AuditHead(Table, table=True):
    """Where a person's chain ends: the number and the mac of the last row. Locked while a row is appended.

    `mac` seals the head itself with the audit key: who cuts rows off the end cannot make the head that would fit.
    """

    __tablename__ = "audit_head"
    __table_args__ = (
        CheckConstraint("seq >= 0", name="seq"),
        {
            "info": {
                "history": History.GUARDED,
                "fixed": ("person",),
                "closed": "NEW.seq <> OLD.seq + 1",
            }
        },
    )

    person: str = Field(sa_column=Column(String(16), primary_key=True))
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    row_mac: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    mac: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AuditSeal(Table, table=True):
    """All chains joined at one moment; never changed. `heads` is canonical JSON: for each person the number and the
    seal (hex) of the last row. `mac` seals it and the seal before it with the audit key. Only one seal follows another:
    of two sealers at once the second finds its place taken."""

    __tablename__ = "audit_seal"
    __table_args__ = (
        Index("uq_audit_seal_previous_mac", "previous_mac", unique=True),
        {"info": {"history": History.APPEND_ONLY}},
    )

    id: int | None = Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    rows: int = Field(sa_column=Column(BigInteger, nullable=False))
    heads: str = Field(sa_column=Column(Text, nullable=False))
    previous_mac: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    mac: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
