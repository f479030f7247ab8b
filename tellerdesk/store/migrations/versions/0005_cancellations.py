"""Tries to cancel a payment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "bills_cancellation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.String(length=16), nullable=False),
        sa.Column("branch_no", sa.String(length=4), nullable=False),
        sa.Column("till_no", sa.String(length=2), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("before_state", sa.String(length=32), nullable=False),
        sa.Column("original_no", sa.String(length=32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("refusal", sa.String(length=400), nullable=False),
        sa.Column("cancel_serial", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["serial"], ["journal_entry.serial"], name=op.f("fk_bills_cancellation_serial")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bills_cancellation")),
        sa.UniqueConstraint("request_id", name=op.f("uq_bills_cancellation_request_id")),
    )
    with op.batch_alter_table("bills_cancellation", schema=None) as batch_op:
        batch_op.create_index("ix_bills_cancellation_serial", ["serial", "id"], unique=False)
