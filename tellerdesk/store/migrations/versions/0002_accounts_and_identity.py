"""Payments from an account, who brought large cash, and balances the biller told."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # SQLite would write new columns behind the table's constraints; made anew, the table reads like its model.
    made_anew: Literal["always", "never"] = "always" if op.get_bind().dialect.name == "sqlite" else "never"
    with op.batch_alter_table("bills_payment", schema=None, recreate=made_anew) as batch_op:
        batch_op.add_column(sa.Column("account_sealed", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("identity_sealed", sa.LargeBinary(), nullable=True))

    op.create_table(
        "bills_balance",
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.Column("balance_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("balance_fen >= 0", name=op.f("ck_bills_balance_balance")),
        sa.ForeignKeyConstraint(["serial"], ["journal_entry.serial"], name=op.f("fk_bills_balance_serial")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_bills_balance")),
    )
