"""Tables of the till: sessions and the movements of cash in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, text
from sqlmodel import Field

from tellerdesk.store.base import History, Table
from tellerdesk.store.types import Fen, RowId, UtcInstant


class TillSession(Table, table=True):
    """A till from opening to closing. At most one is open for a till, and for a teller."""

    __tablename__ = "till_session"
    __table_args__ = (
        CheckConstraint("opening_fen >= 0", name="opening"),
        Index(
            "uq_till_session_open_till",
            "branch_no",
            "till_no",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "uq_till_session_open_staff",
            "staff_no",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        {
            "info": {
                "history": History.GUARDED,
                "fixed": ("id", "branch_no", "till_no", "staff_no", "opening_fen", "opened_at", "request_id"),
            }
        },
    )

    id: int | None = Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))
    branch_no: str = Field(sa_column=Column(String(4), nullable=False))
    till_no: str = Field(sa_column=Column(String(2), nullable=False))
    staff_no: str = Field(sa_column=Column(String(16), nullable=False))
    opening_fen: int = Field(sa_column=Column(Fen, nullable=False))
    opened_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcInstant))
    request_id: str = Field(sa_column=Column(String(64), nullable=False, unique=True))


class TillMovement(Table, table=True):
    """Cash into or out of a till, tied to the transaction that moved it. One movement of a kind for a transaction."""

    __tablename__ = "till_movement"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("kind IN ('CASH_IN', 'CASH_OUT')", name="kind"),
        Index("uq_till_movement_serial_kind", "serial", "kind", unique=True),
        Index("ix_till_movement_session", "session_id", "id"),
        {"info": {"history": History.APPEND_ONLY}},
    )

    id: int | None = Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))
    session_id: int = Field(sa_column=Column(RowId, ForeignKey("till_session.id"), nullable=False))
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    amount_fen: int = Field(sa_column=Column(Fen, nullable=False))
    serial: str = Field(sa_column=Column(String(22), nullable=False))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    by: str = Field(sa_column=Column(String(16), nullable=False))
