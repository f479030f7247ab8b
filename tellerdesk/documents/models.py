"""Tables of the documents room: what was issued on paper, and the numbers it was given."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, LargeBinary, String
from sqlmodel import Field

from tellerdesk.store.base import History, Table
from tellerdesk.store.types import UtcInstant


class Document(Table, table=True):
    """One document, from the moment its number is taken. What it shows never changes; once issued, nothing does.

    `sealed_view` is the canonical JSON of its view under the vault ("documents_document.sealed_view", the number):
    it holds personal data. `template_version` is that of the program that rendered it, `file_name` stands in the
    documents folder, `sha256` (hex) is that of the file's bytes.
    """

    __tablename__ = "documents_document"
    __table_args__ = (
        Index("uq_documents_document_serial_kind", "serial", "kind", unique=True),
        CheckConstraint("state IN ('RESERVED', 'ISSUED')", name="state"),
        CheckConstraint(
            "(state = 'ISSUED') = (sha256 IS NOT NULL AND issued_at IS NOT NULL AND issued_by IS NOT NULL)",
            name="issued",
        ),
        {
            "info": {
                "history": History.GUARDED,
                "fixed": ("number", "kind", "serial", "sealed_view", "file_name", "reserved_at"),
                "closed": "OLD.state = 'ISSUED'",
            }
        },
    )

    number: str = Field(sa_column=Column(String(20), primary_key=True))
    kind: str = Field(sa_column=Column(String(32), nullable=False))
    serial: str = Field(sa_column=Column(String(22), nullable=False))
    sealed_view: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    template_version: str = Field(sa_column=Column(String(32), nullable=False))
    file_name: str = Field(sa_column=Column(String(40), nullable=False))
    reserved_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    sha256: str | None = Field(default=None, sa_column=Column(String(64)))
    issued_at: datetime | None = Field(default=None, sa_column=Column(UtcInstant))
    issued_by: str | None = Field(default=None, sa_column=Column(String(16)))


class DocumentSequence(Table, table=True):
    """The last document number given in a branch on a calendar day. It grows in the commit that reserves the number,
    so that no number is lost."""

    __tablename__ = "documents_sequence"

    day: date = Field(sa_column=Column(Date, primary_key=True))
    branch_no: str = Field(sa_column=Column(String(4), primary_key=True))
    last: int = Field(sa_column=Column(BigInteger, nullable=False))
