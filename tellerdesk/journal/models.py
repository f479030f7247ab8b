"""Tables of the journal: entries, their legs, every step they took, what they are found by; the days core has told us
of; serial numbers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    text,
)
from sqlmodel import Field

from tellerdesk.store.base import History, Table
from tellerdesk.store.types import Fen, RowId, UtcInstant

_FIXED_OF_ENTRY = (
    *("id", "serial", "request_id", "payload_hash", "flow", "branch_no", "till_no", "teller_no", "made_at"),
    *("counterpart", "consumer_no", "consumer_sealed", "consumer_index", "consumer_last4", "customer_name"),
    *("amount_fen", "method", "rules"),
)
_UNFINISHED = text("unfinished = 1")
_ODD = text("state <> 'SUCCESS'")
_HAS_CORE = text("core_serial <> ''")
_HAS_SERIAL = text("counterpart_serial <> ''")
_CASH_OPEN = text("cash_return IN ('DUE', 'SUSPENDING')")


class Entry(Table, table=True):
    """One transaction of the channel. What was asked for never changes; what became of it does, step by step.

    `version` grows with every change and fences out a worker whose lease was lost. `lease_until_ms` and `due_ms` are
    milliseconds of the database's clock. A personal consumer number is sealed and found by its blind index only.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_journal_entry_day", "made_at", "id", "amount_fen"),
        Index("ix_journal_entry_branch", "branch_no", "made_at", "id", "amount_fen"),
        Index("ix_journal_entry_till", "branch_no", "till_no", "id"),
        Index("ix_journal_entry_teller", "teller_no", "made_at", "id"),
        Index("ix_journal_entry_counterpart", "counterpart", "made_at", "id"),
        Index("ix_journal_entry_consumer", "consumer_no", "id"),
        Index("ix_journal_entry_name", "customer_name", "made_at", "id"),
        Index("ix_journal_entry_booked", "accounting_date", "branch_no", "teller_no"),
        Index("ix_journal_entry_state", "state", "made_at", "id", sqlite_where=_ODD, postgresql_where=_ODD),
        Index(
            "ix_journal_entry_branch_state",
            *("branch_no", "state", "made_at", "id"),
            sqlite_where=_ODD,
            postgresql_where=_ODD,
        ),
        Index(
            "ix_journal_entry_counterpart_state",
            *("counterpart", "state", "made_at", "id"),
            sqlite_where=_ODD,
            postgresql_where=_ODD,
        ),
        Index("ix_journal_entry_core_serial", "core_serial", sqlite_where=_HAS_CORE, postgresql_where=_HAS_CORE),
        Index(
            "ix_journal_entry_counterpart_serial",
            "counterpart_serial",
            sqlite_where=_HAS_SERIAL,
            postgresql_where=_HAS_SERIAL,
        ),
        Index("ix_journal_entry_unfinished", "branch_no", "id", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
        Index("ix_journal_entry_cash", "branch_no", "id", sqlite_where=_CASH_OPEN, postgresql_where=_CASH_OPEN),
        {
            "info": {
                "history": History.GUARDED,
                "fixed": _FIXED_OF_ENTRY,
            }
        },
    )

    id: int | None = Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))
    serial: str = Field(sa_column=Column(String(22), nullable=False, unique=True))
    request_id: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    payload_hash: str = Field(sa_column=Column(String(64), nullable=False))
    flow: str = Field(sa_column=Column(String(32), nullable=False))
    state: str = Field(sa_column=Column(String(32), nullable=False))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    branch_no: str = Field(sa_column=Column(String(4), nullable=False))
    till_no: str = Field(sa_column=Column(String(2), nullable=False))
    teller_no: str = Field(sa_column=Column(String(16), nullable=False))
    made_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    counterpart: str = Field(sa_column=Column(String(16), nullable=False))
    consumer_no: str | None = Field(default=None, sa_column=Column(String(64)))
    consumer_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    consumer_index: bytes | None = Field(default=None, sa_column=Column(LargeBinary, index=True))
    consumer_last4: str = Field(default="", sa_column=Column(String(4), nullable=False))
    customer_name: str = Field(default="", sa_column=Column(String(200), nullable=False))
    amount_fen: int = Field(sa_column=Column(Fen, nullable=False))
    method: str = Field(sa_column=Column(String(16), nullable=False))
    accounting_date: date | None = Field(default=None, sa_column=Column(Date))
    core_serial: str = Field(default="", sa_column=Column(String(64), nullable=False))
    counterpart_serial: str = Field(default="", sa_column=Column(String(64), nullable=False))
    cash_return: str = Field(default="NONE", sa_column=Column(String(16), nullable=False))
    unfinished: int = Field(default=1, sa_column=Column(SmallInteger, nullable=False, server_default="1"))
    """1 until the entry has come to a state that ends it, by its flow's table; what is still open is found by it."""
    recon_status: str = Field(default="NONE", sa_column=Column(String(16), nullable=False))
    settled_at: datetime | None = Field(default=None, sa_column=Column(UtcInstant))
    rules: str | None = Field(default=None, sa_column=Column(String(200)))
    """Which rules were asked and which of them wanted an approval, evaluated once; None before there were rules."""
    tries: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    lease_owner: str | None = Field(default=None, sa_column=Column(String(64)))
    lease_until_ms: int | None = Field(default=None, sa_column=Column(BigInteger))
    due_ms: int | None = Field(default=None, sa_column=Column(BigInteger, index=True))
    """When recovery should look at it next; empty where nothing more happens by itself."""


class Leg(Table, table=True):
    """One message to a counterpart, with its answer. The request's canonical body is sealed and kept, so that it can
    be sent again byte for byte."""

    __tablename__ = "journal_leg"
    __table_args__ = (
        Index("ix_journal_leg_entry", "serial", "id"),
        Index(
            "ix_journal_leg_counterpart_serial",
            "counterpart_serial",
            sqlite_where=_HAS_SERIAL,
            postgresql_where=_HAS_SERIAL,
        ),
        {
            "info": {
                "history": History.GUARDED,
                "fixed": ("id", "leg_id", "serial", "kind", "attempt", "counterpart", "request"),
                "closed": "OLD.state IN ('OK', 'REJECTED')",
            }
        },
    )

    id: int | None = Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))
    leg_id: str = Field(sa_column=Column(String(48), nullable=False, unique=True))
    serial: str = Field(sa_column=Column(String(22), ForeignKey("journal_entry.serial"), nullable=False))
    kind: str = Field(sa_column=Column(String(32), nullable=False))
    attempt: int = Field(sa_column=Column(BigInteger, nullable=False))
    counterpart: str = Field(sa_column=Column(String(16), nullable=False))
    state: str = Field(sa_column=Column(String(16), nullable=False))
    request: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sends: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    sent_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    answered_at: datetime | None = Field(default=None, sa_column=Column(UtcInstant))
    code: str = Field(default="", sa_column=Column(String(64), nullable=False))
    message: str = Field(default="", sa_column=Column(String(400), nullable=False))
    counterpart_serial: str = Field(default="", sa_column=Column(String(64), nullable=False))


class Step(Table, table=True):
    """One step of an entry: which row of the table was taken, on what, by whom. A row "note" changed nothing."""

    __tablename__ = "journal_step"
    __table_args__ = (
        Index("ix_journal_step_entry", "serial", "id"),
        {"info": {"history": History.APPEND_ONLY}},
    )

    id: int | None = Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))
    serial: str = Field(sa_column=Column(String(22), nullable=False))
    row: str = Field(sa_column=Column(String(8), nullable=False))
    from_state: str = Field(sa_column=Column(String(32), nullable=False))
    event: str = Field(sa_column=Column(String(64), nullable=False))
    to_state: str = Field(sa_column=Column(String(32), nullable=False))
    at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    by: str = Field(sa_column=Column(String(16), nullable=False))
    note: str = Field(default="", sa_column=Column(String(400), nullable=False))


class NamePair(Table, table=True):
    """Two neighbouring characters of a customer's name, folded, with the name as entries hold it and as it is
    compared: what names are found by."""

    __tablename__ = "journal_name_pair"

    pair: str = Field(sa_column=Column(String(8), primary_key=True))
    name: str = Field(sa_column=Column(String(200), primary_key=True))
    folded: str = Field(sa_column=Column(String(800), nullable=False))


class EntryAccount(Table, table=True):
    """The account an entry's money comes from or goes to, as its blind index."""

    __tablename__ = "journal_account"

    account_index: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    serial: str = Field(sa_column=Column(String(22), ForeignKey("journal_entry.serial"), primary_key=True))


class AccountingDay(Table, table=True):
    """A day core's answers have named. The newest is the day that is open."""

    __tablename__ = "journal_accounting_day"
    __table_args__ = ({"info": {"history": History.APPEND_ONLY}},)

    day: date = Field(sa_column=Column(Date, primary_key=True))
    first_seen_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))


class Sequence(Table, table=True):
    """The last serial number given to a till on a calendar day."""

    __tablename__ = "journal_sequence"

    day: date = Field(sa_column=Column(Date, primary_key=True))
    branch_no: str = Field(sa_column=Column(String(4), primary_key=True))
    till_no: str = Field(sa_column=Column(String(2), primary_key=True))
    last: int = Field(sa_column=Column(BigInteger, nullable=False))
