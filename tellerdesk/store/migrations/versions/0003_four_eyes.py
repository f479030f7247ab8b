"""Four eyes: approvals, one-time codes, parameters under change control, seals of the audit."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    # SQLite would write new columns behind the tables' constraints; made anew, the tables read like their models.
    made_anew: Literal["always", "never"] = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("journal_entry", schema=None, recreate=made_anew) as batch_op:
        batch_op.add_column(sa.Column("rules", sa.String(length=200), nullable=True))

    with op.batch_alter_table("staff_member", schema=None, recreate=made_anew) as batch_op:
        batch_op.add_column(sa.Column("code_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("code_step", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("must_change", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("may_decide", sa.Boolean(), server_default=sa.true(), nullable=False))
        batch_op.add_column(sa.Column("password_given", sa.String(length=32), server_default="", nullable=False))
        batch_op.create_unique_constraint("uq_staff_member_person", ["staff_no", "person_id"])

    with op.batch_alter_table("staff_session", schema=None, recreate=made_anew) as batch_op:
        batch_op.add_column(sa.Column("locked", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("expires_ms", sa.BigInteger(), server_default="253402300799000", nullable=False))

    op.create_table(
        "audit_seal",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("heads", sa.Text(), nullable=False),
        sa.Column("previous_mac", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_seal")),
    )
    op.create_table(
        "parameter_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("before_hash", sa.String(length=64), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("proposed_by", sa.String(length=16), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mac", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind IN ('BILLER', 'RULES', 'LIMITS')", name=op.f("ck_parameter_version_kind")),
        sa.CheckConstraint(
            "state IN ('ADOPTED', 'PROPOSED', 'APPROVED', 'REJECTED', 'WITHDRAWN', 'EXPIRED')",
            name=op.f("ck_parameter_version_state"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parameter_version")),
        sa.UniqueConstraint("mac", name="uq_parameter_version_mac"),
    )
    with op.batch_alter_table("parameter_version", schema=None) as batch_op:
        batch_op.create_index("ix_parameter_version_name", ["kind", "name", "id"], unique=False)
        batch_op.create_index(
            "uq_parameter_version_adopted",
            ["kind", "name"],
            unique=True,
            sqlite_where=sa.text("state = 'ADOPTED'"),
            postgresql_where=sa.text("state = 'ADOPTED'"),
        )
        batch_op.create_index(
            "uq_parameter_version_waiting",
            ["kind", "name"],
            unique=True,
            sqlite_where=sa.text("state = 'PROPOSED'"),
            postgresql_where=sa.text("state = 'PROPOSED'"),
        )

    op.create_table(
        "approval_request",
        sa.Column("approval_id", sa.String(length=32), nullable=False),
        sa.Column("use_case", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("branch_no", sa.String(length=4), nullable=False),
        sa.Column("till_no", sa.String(length=2), nullable=False),
        sa.Column("maker_no", sa.String(length=16), nullable=False),
        sa.Column("maker_person", sa.String(length=32), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("rules_hash", sa.String(length=64), nullable=False),
        sa.Column("needed", sa.BigInteger(), nullable=False),
        sa.Column("by_roles", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "state IN ('PENDING', 'APPROVED', 'EXECUTED', 'REJECTED', 'WITHDRAWN', 'EXPIRED')",
            name=op.f("ck_approval_request_state"),
        ),
        sa.CheckConstraint("length(branch_no) = 4", name=op.f("ck_approval_request_branch_no")),
        sa.CheckConstraint("needed > 0", name=op.f("ck_approval_request_needed")),
        sa.ForeignKeyConstraint(
            ["maker_no", "maker_person"],
            ["staff_member.staff_no", "staff_member.person_id"],
            name="fk_approval_request_maker",
        ),
        sa.PrimaryKeyConstraint("approval_id", name=op.f("pk_approval_request")),
        sa.UniqueConstraint("approval_id", "maker_person", name="uq_approval_request_maker"),
    )
    with op.batch_alter_table("approval_request", schema=None) as batch_op:
        batch_op.create_index("ix_approval_request_branch", ["branch_no", "state", "expires_ms"], unique=False)
        batch_op.create_index("ix_approval_request_subject", ["subject", "use_case"], unique=False)
        batch_op.create_index(
            "uq_approval_request_open",
            ["use_case", "subject"],
            unique=True,
            sqlite_where=sa.text("state IN ('PENDING', 'APPROVED')"),
            postgresql_where=sa.text("state IN ('PENDING', 'APPROVED')"),
        )

    op.create_table(
        "approval_decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("approval_id", sa.String(length=32), nullable=False),
        sa.Column("maker_person", sa.String(length=32), nullable=False),
        sa.Column("checker_no", sa.String(length=16), nullable=False),
        sa.Column("checker_person", sa.String(length=32), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=16), nullable=False),
        sa.Column("terminal", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("place IN ('ON_THE_SPOT', 'OWN_DESK')", name=op.f("ck_approval_decision_place")),
        sa.CheckConstraint("verdict IN ('APPROVED', 'REJECTED')", name=op.f("ck_approval_decision_verdict")),
        sa.CheckConstraint("maker_person <> checker_person", name=op.f("ck_approval_decision_other_person")),
        sa.ForeignKeyConstraint(
            ["approval_id", "maker_person"],
            ["approval_request.approval_id", "approval_request.maker_person"],
            name="fk_approval_decision_request",
        ),
        sa.ForeignKeyConstraint(
            ["checker_no", "checker_person"],
            ["staff_member.staff_no", "staff_member.person_id"],
            name="fk_approval_decision_checker",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_decision")),
        sa.UniqueConstraint("approval_id", "checker_person", name="uq_approval_decision_checker"),
    )
