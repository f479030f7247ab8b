"""Searching the audit by person and by day; of two seals at once only one follows the seal before."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("audit_row", schema=None) as batch_op:
        batch_op.create_index("ix_audit_row_person", ["person", "id"], unique=False)
        batch_op.create_index("ix_audit_row_at", ["at"], unique=False)

    with op.batch_alter_table("audit_seal", schema=None) as batch_op:
        batch_op.create_index("uq_audit_seal_previous_mac", ["previous_mac"], unique=True)
