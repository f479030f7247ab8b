"""What the bank owes customers, what is open and why, and which entries have not ended."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "questions_explanation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("given", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["serial"], ["journal_entry.serial"], name=op.f("fk_questions_explanation_serial")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions_explanation")),
        sa.UniqueConstraint("request_id", name=op.f("uq_questions_explanation_request_id")),
    )
    with op.batch_alter_table("questions_explanation", schema=None) as batch_op:
        batch_op.create_index("ix_questions_explanation_serial", ["serial", "id"], unique=False)

    op.create_table(
        "questions_late_answer",
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.Column("payment_serial", sa.String(length=22), nullable=False),
        sa.Column("leg_id", sa.String(length=48), nullable=False),
        sa.Column("said", sa.String(length=64), nullable=False),
        sa.Column("settled_note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_serial"], ["journal_entry.serial"], name=op.f("fk_questions_late_answer_payment_serial")
        ),
        sa.ForeignKeyConstraint(["serial"], ["journal_entry.serial"], name=op.f("fk_questions_late_answer_serial")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_questions_late_answer")),
        sa.UniqueConstraint("payment_serial", name=op.f("uq_questions_late_answer_payment_serial")),
    )
    op.create_table(
        "refunds_refund",
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.Column("payment_serial", sa.String(length=22), nullable=False),
        sa.Column("source_serial", sa.String(length=22), nullable=False),
        sa.Column("holds", sa.String(length=22), nullable=True),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("original_no", sa.String(length=32), nullable=False),
        sa.Column("agreement_no", sa.String(length=64), nullable=False),
        sa.Column("refusal", sa.String(length=400), nullable=False),
        sa.Column("due_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["payment_serial"], ["journal_entry.serial"], name=op.f("fk_refunds_refund_payment_serial")
        ),
        sa.ForeignKeyConstraint(["serial"], ["journal_entry.serial"], name=op.f("fk_refunds_refund_serial")),
        sa.ForeignKeyConstraint(
            ["source_serial"], ["journal_entry.serial"], name=op.f("fk_refunds_refund_source_serial")
        ),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_refunds_refund")),
        sa.UniqueConstraint("holds", name=op.f("uq_refunds_refund_holds")),
    )
    with op.batch_alter_table("refunds_refund", schema=None) as batch_op:
        batch_op.create_index("ix_refunds_refund_payment", ["payment_serial"], unique=False)

    op.create_table(
        "refunds_pay_out",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.String(length=16), nullable=False),
        sa.Column("branch_no", sa.String(length=4), nullable=False),
        sa.Column("till_no", sa.String(length=2), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("payee_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("account_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("refusal", sa.String(length=400), nullable=False),
        sa.Column("core_serial", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["serial"], ["refunds_refund.serial"], name=op.f("fk_refunds_pay_out_serial")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds_pay_out")),
        sa.UniqueConstraint("request_id", name=op.f("uq_refunds_pay_out_request_id")),
    )
    with op.batch_alter_table("refunds_pay_out", schema=None) as batch_op:
        batch_op.create_index("ix_refunds_pay_out_serial", ["serial", "id"], unique=False)

    # SQLite would write the new column behind the table's constraints; made anew, the table reads like its model.
    made_anew: Literal["always", "never"] = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("journal_entry", schema=None, recreate=made_anew) as batch_op:
        batch_op.add_column(sa.Column("unfinished", sa.SmallInteger(), server_default="1", nullable=False))
        for name, where in (
            ("ix_journal_entry_cash", "cash_return IN ('DUE', 'SUSPENDING')"),
            ("ix_journal_entry_unfinished", "unfinished = 1"),
        ):
            batch_op.create_index(
                name,
                ["branch_no", "id"],
                unique=False,
                sqlite_where=sa.text(where),
                postgresql_where=sa.text(where),
            )
    entry = sa.table("journal_entry", sa.column("state", sa.String), sa.column("unfinished", sa.SmallInteger))
    ended = ("ABORTED", "CORE_REJECTED", "SUCCESS", "REVERSED", "CANCELLED")
    op.execute(sa.update(entry).where(entry.c.state.in_(ended)).values(unfinished=0))
