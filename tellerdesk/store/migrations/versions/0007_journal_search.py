"""What the journal is searched by: indexes, the names' pairs of characters, accounts; the searches people keep."""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ODD = "state <> 'SUCCESS'"
_HAS_CORE = "core_serial <> ''"
_HAS_SERIAL = "counterpart_serial <> ''"

_INDEXES = (
    ("ix_journal_entry_day", "journal_entry", ("made_at", "id", "amount_fen"), None),
    ("ix_journal_entry_branch", "journal_entry", ("branch_no", "made_at", "id", "amount_fen"), None),
    ("ix_journal_entry_teller", "journal_entry", ("teller_no", "made_at", "id"), None),
    ("ix_journal_entry_counterpart", "journal_entry", ("counterpart", "made_at", "id"), None),
    ("ix_journal_entry_name", "journal_entry", ("customer_name", "made_at", "id"), None),
    ("ix_journal_entry_booked", "journal_entry", ("accounting_date", "branch_no", "teller_no"), None),
    ("ix_journal_entry_state", "journal_entry", ("state", "made_at", "id"), _ODD),
    ("ix_journal_entry_branch_state", "journal_entry", ("branch_no", "state", "made_at", "id"), _ODD),
    ("ix_journal_entry_counterpart_state", "journal_entry", ("counterpart", "state", "made_at", "id"), _ODD),
    ("ix_journal_entry_core_serial", "journal_entry", ("core_serial",), _HAS_CORE),
    ("ix_journal_entry_counterpart_serial", "journal_entry", ("counterpart_serial",), _HAS_SERIAL),
    ("ix_journal_leg_counterpart_serial", "journal_leg", ("counterpart_serial",), _HAS_SERIAL),
    ("ix_approval_decision_checker_no", "approval_decision", ("checker_no", "at"), None),
)

_BATCH = 2_000


def upgrade() -> None:
    op.create_table(
        "search_filter",
        sa.Column("filter_id", sa.String(length=32), nullable=False),
        sa.Column("staff_no", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("filter_id", name=op.f("pk_search_filter")),
        sa.UniqueConstraint("staff_no", "name", name="uq_search_filter_name"),
    )
    op.create_table(
        "search_to_index",
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_search_to_index")),
    )
    op.create_table(
        "journal_account",
        sa.Column("account_index", sa.LargeBinary(), nullable=False),
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.ForeignKeyConstraint(["serial"], ["journal_entry.serial"], name=op.f("fk_journal_account_serial")),
        sa.PrimaryKeyConstraint("account_index", "serial", name=op.f("pk_journal_account")),
    )
    op.create_table(
        "journal_name_pair",
        sa.Column("pair", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("folded", sa.String(length=800), nullable=False),
        sa.PrimaryKeyConstraint("pair", "name", name=op.f("pk_journal_name_pair")),
    )
    op.drop_index("ix_journal_entry_day", table_name="journal_entry")
    for name, table, columns, where in _INDEXES:
        only = None if where is None else sa.text(where)
        op.create_index(name, table, list(columns), unique=False, sqlite_where=only, postgresql_where=only)
    _find_names()
    # Accounts need the key, which no migration has: the desk does those when it starts.
    op.execute("INSERT INTO search_to_index (serial) SELECT serial FROM bills_payment WHERE account_sealed IS NOT NULL")


def _find_names() -> None:
    """The names of every entry there is; written out here, since the program's own way may change one day."""
    names = sa.select(sa.column("customer_name", sa.String)).select_from(sa.table("journal_entry")).distinct()
    pair_table = sa.table("journal_name_pair", sa.column("pair"), sa.column("name"), sa.column("folded"))
    rows: list[dict[str, str]] = []
    for (name,) in op.get_bind().execute(names).all():
        folded = unicodedata.normalize("NFKC", name).casefold()
        pairs = sorted({folded[at : at + 2] for at in range(len(folded) - 1)})
        rows += [{"pair": pair, "name": name, "folded": folded} for pair in pairs]
        if len(rows) >= _BATCH:
            op.get_bind().execute(sa.insert(pair_table), rows)
            rows = []
    if rows:
        op.get_bind().execute(sa.insert(pair_table), rows)
