"""Tables of the approvals room: what was asked, and who decided. The database itself keeps maker and checker apart."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from tellerdesk.approvals.states import ApprovalState, Place, Verdict
from tellerdesk.store.base import History, Table, one_of
from tellerdesk.store.types import RowId, UtcInstant

_OPEN = text("state IN ('PENDING', 'APPROVED')")


class ApprovalRequest(Table, table=True):
    """One thing somebody asked approval for. Everything but its state stands for ever.

    `payload_hash` binds it: SHA-256 in hex over the canonical payload and every fixed column. `shown` is the canonical
    JSON of the lines the approver sees (masked), `rules` that of the rules that asked. `expires_ms` is milliseconds of
    the database's clock. At most one request is open for a subject.
    """

    __tablename__ = "approval_request"
    __table_args__ = (
        CheckConstraint(one_of("state", ApprovalState), name="state"),
        CheckConstraint("needed > 0", name="needed"),
        CheckConstraint("length(branch_no) = 4", name="branch_no"),
        UniqueConstraint("approval_id", "maker_person", name="uq_approval_request_maker"),
        ForeignKeyConstraint(
            ["maker_no", "maker_person"],
            ["staff_member.staff_no", "staff_member.person_id"],
            name="fk_approval_request_maker",
        ),
        Index(
            "uq_approval_request_open",
            "use_case",
            "subject",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_approval_request_branch", "branch_no", "state", "expires_ms"),
        Index("ix_approval_request_subject", "subject", "use_case"),
        {
            "info": {
                "history": History.GUARDED,
                "fixed": (
                    *("approval_id", "use_case", "subject", "branch_no", "till_no", "maker_no", "maker_person"),
                    *("rules", "rules_hash", "needed", "by_roles", "reason", "shown", "payload_hash"),
                    *("asked_at", "expires_ms"),
                ),
                "closed": "OLD.state NOT IN ('PENDING', 'APPROVED')",
            }
        },
    )

    approval_id: str = Field(sa_column=Column(String(32), primary_key=True))
    use_case: str = Field(sa_column=Column(String(32), nullable=False))
    subject: str = Field(sa_column=Column(String(64), nullable=False))
    branch_no: str = Field(sa_column=Column(String(4), nullable=False))
    till_no: str = Field(sa_column=Column(String(2), nullable=False))
    maker_no: str = Field(sa_column=Column(String(16), nullable=False))
    maker_person: str = Field(sa_column=Column(String(32), nullable=False))
    rules: str = Field(sa_column=Column(Text, nullable=False))
    rules_hash: str = Field(sa_column=Column(String(64), nullable=False))
    needed: int = Field(sa_column=Column(BigInteger, nullable=False))
    by_roles: str = Field(sa_column=Column(String(100), nullable=False))
    reason: str = Field(sa_column=Column(String(400), nullable=False))
    shown: str = Field(sa_column=Column(Text, nullable=False))
    payload_hash: str = Field(sa_column=Column(String(64), nullable=False))
    asked_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    expires_ms: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcInstant))
    ended_by: str = Field(default="", sa_column=Column(String(16), nullable=False))


class ApprovalDecision(Table, table=True):
    """One approver's word; never changed. The maker's person stands in the row, tied to the request, so that the
    database refuses a checker who is the same person. `mac` is HMAC-SHA256 with the audit key over the row and the
    request's `payload_hash`: a decision cannot be written past the desk."""

    __tablename__ = "approval_decision"
    __table_args__ = (
        CheckConstraint("maker_person <> checker_person", name="other_person"),
        CheckConstraint(one_of("verdict", Verdict), name="verdict"),
        CheckConstraint(one_of("place", Place), name="place"),
        UniqueConstraint("approval_id", "checker_person", name="uq_approval_decision_checker"),
        ForeignKeyConstraint(
            ["approval_id", "maker_person"],
            ["approval_request.approval_id", "approval_request.maker_person"],
            name="fk_approval_decision_request",
        ),
        ForeignKeyConstraint(
            ["checker_no", "checker_person"],
            ["staff_member.staff_no", "staff_member.person_id"],
            name="fk_approval_decision_checker",
        ),
        Index("ix_approval_decision_checker_no", "checker_no", "at"),
        {"info": {"history": History.APPEND_ONLY}},
    )

    id: int | None = Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))
    approval_id: str = Field(sa_column=Column(String(32), nullable=False))
    maker_person: str = Field(sa_column=Column(String(32), nullable=False))
    checker_no: str = Field(sa_column=Column(String(16), nullable=False))
    checker_person: str = Field(sa_column=Column(String(32), nullable=False))
    verdict: str = Field(sa_column=Column(String(16), nullable=False))
    place: str = Field(sa_column=Column(String(16), nullable=False))
    terminal: str = Field(sa_column=Column(String(64), nullable=False))
    reason: str = Field(sa_column=Column(String(400), nullable=False))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    mac: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
