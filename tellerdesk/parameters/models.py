"""The table of the parameters room: every version of what is under change control."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, Date, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlmodel import Field

from tellerdesk.parameters.states import Kind, VersionState
from tellerdesk.store.base import History, Table, one_of
from tellerdesk.store.types import RowId, UtcInstant

_ADOPTED, _WAITING = text("state = 'ADOPTED'"), text("state = 'PROPOSED'")


class ParameterVersion(Table, table=True):
    """One version of a biller's file, of the rules or of the limits. In force is the newest ADOPTED or APPROVED one of
    its kind and name whose `effective_from` has come. `content_hash` is SHA-256 in hex of `content`; `before_hash` that
    of the version it was proposed against, empty for the first.

    Each kind and name is adopted once, and has one proposal waiting at most. `mac` is HMAC-SHA256 with the audit key,
    set when a version is ADOPTED or APPROVED: one cannot be put in force past the desk, nor an old one a second time.
    """

    __tablename__ = "parameter_version"
    __table_args__ = (
        CheckConstraint(one_of("kind", Kind), name="kind"),
        CheckConstraint(one_of("state", VersionState), name="state"),
        UniqueConstraint("mac", name="uq_parameter_version_mac"),
        Index("ix_parameter_version_name", "kind", "name", "id"),
        Index(
            "uq_parameter_version_adopted",
            "kind",
            "name",
            unique=True,
            sqlite_where=_ADOPTED,
            postgresql_where=_ADOPTED,
        ),
        Index(
            "uq_parameter_version_waiting",
            "kind",
            "name",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        {
            "info": {
                "history": History.GUARDED,
                "fixed": (
                    *("id", "kind", "name", "content", "content_hash", "before_hash", "effective_from"),
                    *("proposed_by", "proposed_at", "reason"),
                ),
                "closed": "OLD.state <> 'PROPOSED'",
            }
        },
    )

    id: int | None = Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    name: str = Field(sa_column=Column(String(16), nullable=False))
    content: str = Field(sa_column=Column(Text, nullable=False))
    content_hash: str = Field(sa_column=Column(String(64), nullable=False))
    before_hash: str = Field(sa_column=Column(String(64), nullable=False))
    effective_from: date = Field(sa_column=Column(Date, nullable=False))
    proposed_by: str = Field(sa_column=Column(String(16), nullable=False))
    proposed_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    reason: str = Field(sa_column=Column(String(400), nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcInstant))
    mac: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
