"""Tables of the refunds room: what is owed for which payment, and every try to pay it out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, String
from sqlmodel import Field

from tellerdesk.store.base import History, Table
from tellerdesk.store.types import RowId, UtcInstant


class Refund(Table, table=True):
    """What a journal entry of the refund flow is about.

    `source_serial` is the entry whose money it is: the payment, or the refund whose cash nobody took. `holds` repeats
    it while the refund stands or may stand and is empty once it came to nothing: so one source has one refund at most.
    """

    __tablename__ = "refunds_refund"
    __table_args__ = (
        Index("ix_refunds_refund_payment", "payment_serial"),
        {
            "info": {
                "history": History.GUARDED,
                "fixed": ("serial", "payment_serial", "source_serial", "cause", "reason", "note", "original_no"),
            }
        },
    )

    serial: str = Field(sa_column=Column(String(22), ForeignKey("journal_entry.serial"), primary_key=True))
    payment_serial: str = Field(sa_column=Column(String(22), ForeignKey("journal_entry.serial"), nullable=False))
    source_serial: str = Field(sa_column=Column(String(22), ForeignKey("journal_entry.serial"), nullable=False))
    holds: str | None = Field(default=None, sa_column=Column(String(22), unique=True))
    cause: str = Field(sa_column=Column(String(16), nullable=False))
    reason: str = Field(default="", sa_column=Column(String(32), nullable=False))
    note: str = Field(default="", sa_column=Column(String(200), nullable=False))
    original_no: str = Field(default="", sa_column=Column(String(32), nullable=False))
    agreement_no: str = Field(default="", sa_column=Column(String(64), nullable=False))
    refusal: str = Field(default="", sa_column=Column(String(400), nullable=False))
    due_since: datetime | None = Field(default=None, sa_column=Column(UtcInstant))


class PayOut(Table, table=True):
    """One try to pay a refund out: who asked, to whom, how. `payee_sealed` holds whose identity was seen,
    `account_sealed` the account that is credited."""

    __tablename__ = "refunds_pay_out"
    __table_args__ = (
        Index("ix_refunds_pay_out_serial", "serial", "id"),
        {
            "info": {
                "history": History.GUARDED,
                "fixed": (
                    *("id", "serial", "request_id", "payload_hash", "asked_by", "branch_no", "till_no", "method"),
                    *("payee_sealed", "account_sealed", "asked_at"),
                ),
                "closed": "OLD.outcome IN ('GIVEN_UP', 'REFUSED', 'PAID')",
            }
        },
    )

    id: int | None = Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))
    serial: str = Field(sa_column=Column(String(22), ForeignKey("refunds_refund.serial"), nullable=False))
    request_id: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    payload_hash: str = Field(sa_column=Column(String(64), nullable=False))
    asked_by: str = Field(sa_column=Column(String(16), nullable=False))
    branch_no: str = Field(sa_column=Column(String(4), nullable=False))
    till_no: str = Field(sa_column=Column(String(2), nullable=False))
    method: str = Field(sa_column=Column(String(16), nullable=False))
    payee_sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    account_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    asked_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    outcome: str = Field(sa_column=Column(String(16), nullable=False))
    refusal: str = Field(default="", sa_column=Column(String(400), nullable=False))
    core_serial: str = Field(default="", sa_column=Column(String(64), nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcInstant))
