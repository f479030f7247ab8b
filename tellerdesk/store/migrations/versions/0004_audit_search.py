"""Searching the audit by person, by day and by how a subject begins; only one seal follows a seal."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("audit_row", schema=None) as batch_op:
        batch_op.create_index("ix_audit_row_person", ["person", "id"], unique=False)
        batch_op.drop_index("ix_audit_row_subject")
        batch_op.create_index(
            "ix_audit_row_subject",
            ["subject", "id"],
            unique=False,
            postgresql_ops={"subject": "varchar_pattern_ops"},
        )
        batch_op.create_index("ix_audit_row_at", ["at"], unique=False)

    with op.batch_alter_table("audit_seal", schema=None) as batch_op:
        batch_op.create_index("uq_audit_seal_previous_mac", ["previous_mac"], unique=True)
