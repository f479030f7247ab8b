"""Tables of the open questions: what was said of each when it was handed over; which late answer is about what."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, String
from sqlmodel import Field

from tellerdesk.store.base import History, Table
from tellerdesk.store.types import RowId, UtcInstant


class Explanation(Table, table=True):
    """Why an entry is still open, what the customer was given, and that the branch has it from then on."""

    __tablename__ = "questions_explanation"
    __table_args__ = (
        Index("ix_questions_explanation_serial", "serial", "id"),
        {"info": {"history": History.APPEND_ONLY}},
    )

    id: int | None = Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))
    serial: str = Field(sa_column=Column(String(22), ForeignKey("journal_entry.serial"), nullable=False))
    request_id: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    reason: str = Field(sa_column=Column(String(32), nullable=False))
    given: str = Field(sa_column=Column(String(32), nullable=False))
    note: str = Field(sa_column=Column(String(200), nullable=False))
    by: str = Field(sa_column=Column(String(16), nullable=False))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))


class LateAnswer(Table, table=True):
    """A late answer's journal entry, and the payment it is about. `settled_note` says how a person settled it."""

    __tablename__ = "questions_late_answer"
    __table_args__ = ({"info": {"history": History.GUARDED, "fixed": ("serial", "payment_serial", "leg_id", "said")}},)

    serial: str = Field(sa_column=Column(String(22), ForeignKey("journal_entry.serial"), primary_key=True))
    payment_serial: str = Field(
        sa_column=Column(String(22), ForeignKey("journal_entry.serial"), nullable=False, unique=True)
    )
    leg_id: str = Field(sa_column=Column(String(48), nullable=False))
    said: str = Field(sa_column=Column(String(64), nullable=False))
    settled_note: str = Field(default="", sa_column=Column(String(200), nullable=False))
