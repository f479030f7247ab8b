"""Several bills of one customer as one basket."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "bills_basket",
        sa.Column("basket_id", sa.String(length=64), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("branch_no", sa.String(length=4), nullable=False),
        sa.Column("till_no", sa.String(length=2), nullable=False),
        sa.Column("teller_no", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("tendered_fen", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("handed_fen", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(length=16), nullable=True),
        sa.CheckConstraint("total_fen > 0 AND tendered_fen >= 0", name=op.f("ck_bills_basket_sums")),
        sa.CheckConstraint("state IN ('OPEN', 'HANDED_OVER')", name=op.f("ck_bills_basket_state")),
        sa.CheckConstraint(
            "(state = 'HANDED_OVER') = (handed_fen IS NOT NULL AND ended_at IS NOT NULL AND ended_by IS NOT NULL)",
            name=op.f("ck_bills_basket_ended"),
        ),
        sa.PrimaryKeyConstraint("basket_id", name=op.f("pk_bills_basket")),
    )
    with op.batch_alter_table("bills_basket", schema=None) as batch_op:
        batch_op.create_index(
            "ix_bills_basket_open",
            ["branch_no", "till_no"],
            unique=False,
            sqlite_where=sa.text("state = 'OPEN'"),
            postgresql_where=sa.text("state = 'OPEN'"),
        )

    op.create_table(
        "bills_basket_line",
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("basket_id", sa.String(length=64), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("quote_id", sa.String(length=32), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("knows_paid_before", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_bills_basket_line_amount")),
        sa.ForeignKeyConstraint(["basket_id"], ["bills_basket.basket_id"], name=op.f("fk_bills_basket_line_basket_id")),
        sa.ForeignKeyConstraint(["quote_id"], ["bills_quote.quote_id"], name=op.f("fk_bills_basket_line_quote_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_bills_basket_line")),
    )
    with op.batch_alter_table("bills_basket_line", schema=None) as batch_op:
        batch_op.create_index("uq_bills_basket_line_place", ["basket_id", "place"], unique=True)

    op.create_table(
        "bills_combined_receipt",
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.Column("on_serial", sa.String(length=22), nullable=False),
        sa.ForeignKeyConstraint(
            ["on_serial"], ["journal_entry.serial"], name=op.f("fk_bills_combined_receipt_on_serial")
        ),
        sa.ForeignKeyConstraint(["serial"], ["journal_entry.serial"], name=op.f("fk_bills_combined_receipt_serial")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_bills_combined_receipt")),
    )
    with op.batch_alter_table("bills_combined_receipt", schema=None) as batch_op:
        batch_op.create_index("ix_bills_combined_receipt_on", ["on_serial"], unique=False)
