"""The first tables: audit, staff, journal, till, documents, bills."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("person", sa.String(length=16), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("row_mac", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_audit_head_seq")),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_row",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("person", sa.String(length=16), nullable=False),
        sa.Column("person_seq", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous_mac", sa.LargeBinary(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("person_seq > 0", name=op.f("ck_audit_row_person_seq")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_row")),
    )
    with op.batch_alter_table("audit_row", schema=None) as batch_op:
        batch_op.create_index("ix_audit_row_subject", ["subject", "id"], unique=False)
        batch_op.create_index("uq_audit_row_person_seq", ["person", "person_seq"], unique=True)

    op.create_table(
        "bills_quote",
        sa.Column("quote_id", sa.String(length=32), nullable=False),
        sa.Column("biller_code", sa.String(length=16), nullable=False),
        sa.Column("branch_no", sa.String(length=4), nullable=False),
        sa.Column("staff_no", sa.String(length=16), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bill", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("quote_id", name=op.f("pk_bills_quote")),
    )
    op.create_table(
        "documents_document",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.Column("sealed_view", sa.LargeBinary(), nullable=False),
        sa.Column("template_version", sa.String(length=32), nullable=False),
        sa.Column("file_name", sa.String(length=40), nullable=False),
        sa.Column("reserved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by", sa.String(length=16), nullable=True),
        sa.CheckConstraint(
            "(state = 'ISSUED') = (sha256 IS NOT NULL AND issued_at IS NOT NULL AND issued_by IS NOT NULL)",
            name=op.f("ck_documents_document_issued"),
        ),
        sa.CheckConstraint("state IN ('RESERVED', 'ISSUED')", name=op.f("ck_documents_document_state")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_documents_document")),
    )
    with op.batch_alter_table("documents_document", schema=None) as batch_op:
        batch_op.create_index("uq_documents_document_serial_kind", ["serial", "kind"], unique=True)

    op.create_table(
        "documents_sequence",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("branch_no", sa.String(length=4), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "branch_no", name=op.f("pk_documents_sequence")),
    )
    op.create_table(
        "journal_accounting_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_journal_accounting_day")),
    )
    op.create_table(
        "journal_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("flow", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("branch_no", sa.String(length=4), nullable=False),
        sa.Column("till_no", sa.String(length=2), nullable=False),
        sa.Column("teller_no", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counterpart", sa.String(length=16), nullable=False),
        sa.Column("consumer_no", sa.String(length=64), nullable=True),
        sa.Column("consumer_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("consumer_index", sa.LargeBinary(), nullable=True),
        sa.Column("consumer_last4", sa.String(length=4), nullable=False),
        sa.Column("customer_name", sa.String(length=200), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("accounting_date", sa.Date(), nullable=True),
        sa.Column("core_serial", sa.String(length=64), nullable=False),
        sa.Column("counterpart_serial", sa.String(length=64), nullable=False),
        sa.Column("cash_return", sa.String(length=16), nullable=False),
        sa.Column("recon_status", sa.String(length=16), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.BigInteger(), nullable=False),
        sa.Column("lease_owner", sa.String(length=64), nullable=True),
        sa.Column("lease_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("due_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_journal_entry_amount")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
        sa.UniqueConstraint("request_id", name=op.f("uq_journal_entry_request_id")),
        sa.UniqueConstraint("serial", name=op.f("uq_journal_entry_serial")),
    )
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.create_index("ix_journal_entry_consumer", ["consumer_no", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_entry_consumer_index"), ["consumer_index"], unique=False)
        batch_op.create_index("ix_journal_entry_day", ["made_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_entry_due_ms"), ["due_ms"], unique=False)
        batch_op.create_index("ix_journal_entry_till", ["branch_no", "till_no", "id"], unique=False)

    op.create_table(
        "journal_sequence",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("branch_no", sa.String(length=4), nullable=False),
        sa.Column("till_no", sa.String(length=2), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "branch_no", "till_no", name=op.f("pk_journal_sequence")),
    )
    op.create_table(
        "journal_step",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.Column("row", sa.String(length=8), nullable=False),
        sa.Column("from_state", sa.String(length=32), nullable=False),
        sa.Column("event", sa.String(length=64), nullable=False),
        sa.Column("to_state", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_step")),
    )
    with op.batch_alter_table("journal_step", schema=None) as batch_op:
        batch_op.create_index("ix_journal_step_entry", ["serial", "id"], unique=False)

    op.create_table(
        "staff_member",
        sa.Column("staff_no", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("branch_no", sa.String(length=4), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("last_sign_on", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('TELLER', 'SUPERVISOR', 'RECONCILIATION', 'AUDITOR', 'ADMINISTRATOR')",
            name=op.f("ck_staff_member_role"),
        ),
        sa.CheckConstraint("state IN ('ACTIVE', 'LOCKED', 'LEFT')", name=op.f("ck_staff_member_state")),
        sa.CheckConstraint("length(branch_no) = 4", name=op.f("ck_staff_member_branch_no")),
        sa.CheckConstraint("length(staff_no) >= 2", name=op.f("ck_staff_member_staff_no")),
        sa.PrimaryKeyConstraint("staff_no", name=op.f("pk_staff_member")),
    )
    with op.batch_alter_table("staff_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_member_person_id"), ["person_id"], unique=False)

    op.create_table(
        "staff_tries",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("not_before_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_staff_tries_failures")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_staff_tries")),
    )
    op.create_table(
        "till_session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("branch_no", sa.String(length=4), nullable=False),
        sa.Column("till_no", sa.String(length=2), nullable=False),
        sa.Column("staff_no", sa.String(length=16), nullable=False),
        sa.Column("opening_fen", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.CheckConstraint("opening_fen >= 0", name=op.f("ck_till_session_opening")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_till_session")),
        sa.UniqueConstraint("request_id", name=op.f("uq_till_session_request_id")),
    )
    with op.batch_alter_table("till_session", schema=None) as batch_op:
        batch_op.create_index(
            "uq_till_session_open_staff",
            ["staff_no"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.create_index(
            "uq_till_session_open_till",
            ["branch_no", "till_no"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "bills_claim",
        sa.Column("claim_key", sa.String(length=120), nullable=False),
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.ForeignKeyConstraint(["serial"], ["journal_entry.serial"], name=op.f("fk_bills_claim_serial")),
        sa.PrimaryKeyConstraint("claim_key", name=op.f("pk_bills_claim")),
    )
    with op.batch_alter_table("bills_claim", schema=None) as batch_op:
        batch_op.create_index("ix_bills_claim_serial", ["serial"], unique=False)

    op.create_table(
        "bills_payment",
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.Column("quote_id", sa.String(length=32), nullable=False),
        sa.Column("tendered_fen", sa.BigInteger(), nullable=False),
        sa.Column("change_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("tendered_fen >= change_fen AND change_fen >= 0", name=op.f("ck_bills_payment_change")),
        sa.ForeignKeyConstraint(["quote_id"], ["bills_quote.quote_id"], name=op.f("fk_bills_payment_quote_id")),
        sa.ForeignKeyConstraint(["serial"], ["journal_entry.serial"], name=op.f("fk_bills_payment_serial")),
        sa.PrimaryKeyConstraint("serial", name=op.f("pk_bills_payment")),
    )
    op.create_table(
        "journal_leg",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("leg_id", sa.String(length=48), nullable=False),
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("counterpart", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("sends", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("message", sa.String(length=400), nullable=False),
        sa.Column("counterpart_serial", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["serial"], ["journal_entry.serial"], name=op.f("fk_journal_leg_serial")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_leg")),
        sa.UniqueConstraint("leg_id", name=op.f("uq_journal_leg_leg_id")),
    )
    with op.batch_alter_table("journal_leg", schema=None) as batch_op:
        batch_op.create_index("ix_journal_leg_entry", ["serial", "id"], unique=False)

    op.create_table(
        "staff_session",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("staff_no", sa.String(length=16), nullable=False),
        sa.Column("branch_no", sa.String(length=4), nullable=False),
        sa.Column("till_no", sa.String(length=2), nullable=False),
        sa.Column("terminal", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.CheckConstraint("length(branch_no) = 4", name=op.f("ck_staff_session_branch_no")),
        sa.CheckConstraint("length(till_no) = 2", name=op.f("ck_staff_session_till_no")),
        sa.ForeignKeyConstraint(["staff_no"], ["staff_member.staff_no"], name=op.f("fk_staff_session_staff_no")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_staff_session")),
    )
    with op.batch_alter_table("staff_session", schema=None) as batch_op:
        batch_op.create_index(
            "uq_staff_session_open_staff",
            ["staff_no"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.create_index(
            "uq_staff_session_open_till",
            ["branch_no", "till_no"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "till_movement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("session_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("serial", sa.String(length=22), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(length=16), nullable=False),
        sa.CheckConstraint("kind IN ('CASH_IN', 'CASH_OUT')", name=op.f("ck_till_movement_kind")),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_till_movement_amount")),
        sa.ForeignKeyConstraint(["session_id"], ["till_session.id"], name=op.f("fk_till_movement_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_till_movement")),
    )
    with op.batch_alter_table("till_movement", schema=None) as batch_op:
        batch_op.create_index("ix_till_movement_session", ["session_id", "id"], unique=False)
        batch_op.create_index("uq_till_movement_serial_kind", ["serial", "kind"], unique=True)
