"""Tables of the bills room: what the biller told, what the customer gave, what is spoken for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, LargeBinary, SmallInteger, String, text
from sqlmodel import Field

from tellerdesk.store.base import History, Table
from tellerdesk.store.types import Fen, RowId, UtcInstant


class Quote(Table, table=True):
    """A bill as the biller told it at one moment; never changed. `bill` is the sealed canonical JSON of it."""

    __tablename__ = "bills_quote"
    __table_args__ = ({"info": {"history": History.APPEND_ONLY}},)

    quote_id: str = Field(sa_column=Column(String(32), primary_key=True))
    biller_code: str = Field(sa_column=Column(String(16), nullable=False))
    branch_no: str = Field(sa_column=Column(String(4), nullable=False))
    staff_no: str = Field(sa_column=Column(String(16), nullable=False))
    total_fen: int = Field(sa_column=Column(Fen, nullable=False))
    asked_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    valid_until: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    bill: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Payment(Table, table=True):
    """What a journal entry of the payment flow paid: which quote, and the cash that was counted (none for an account).

    `account_sealed` holds the account that was debited and the kind of consent, never a PIN block; `identity_sealed`
    who brought large cash.
    """

    __tablename__ = "bills_payment"
    __table_args__ = (
        CheckConstraint("tendered_fen >= change_fen AND change_fen >= 0", name="change"),
        {"info": {"history": History.APPEND_ONLY}},
    )

    serial: str = Field(sa_column=Column(String(22), ForeignKey("journal_entry.serial"), primary_key=True))
    quote_id: str = Field(sa_column=Column(String(32), ForeignKey("bills_quote.quote_id"), nullable=False))
    tendered_fen: int = Field(sa_column=Column(Fen, nullable=False))
    change_fen: int = Field(sa_column=Column(Fen, nullable=False))
    account_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    identity_sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary))


class Cancellation(Table, table=True):
    """One try to cancel a payment: who asked, why, from which state. `outcome` and what the biller answered are written
    once each, as they come."""

    __tablename__ = "bills_cancellation"
    __table_args__ = (
        Index("ix_bills_cancellation_serial", "serial", "id"),
        {
            "info": {
                "history": History.GUARDED,
                "fixed": (
                    *("id", "serial", "request_id", "payload_hash", "asked_by", "branch_no", "till_no", "reason"),
                    *("note", "before_state", "original_no", "asked_at"),
                ),
                "closed": "OLD.outcome IN ('GIVEN_UP', 'REFUSED', 'CANCELLED')",
            }
        },
    )

    id: int | None = Field(default=None, sa_column=Column(RowId, primary_key=True, autoincrement=True))
    serial: str = Field(sa_column=Column(String(22), ForeignKey("journal_entry.serial"), nullable=False))
    request_id: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    payload_hash: str = Field(sa_column=Column(String(64), nullable=False))
    asked_by: str = Field(sa_column=Column(String(16), nullable=False))
    branch_no: str = Field(sa_column=Column(String(4), nullable=False))
    till_no: str = Field(sa_column=Column(String(2), nullable=False))
    reason: str = Field(sa_column=Column(String(32), nullable=False))
    note: str = Field(sa_column=Column(String(200), nullable=False))
    before_state: str = Field(sa_column=Column(String(32), nullable=False))
    original_no: str = Field(sa_column=Column(String(32), nullable=False))
    asked_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    outcome: str = Field(sa_column=Column(String(16), nullable=False))
    refusal: str = Field(default="", sa_column=Column(String(400), nullable=False))
    cancel_serial: str = Field(default="", sa_column=Column(String(64), nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcInstant))


class Balance(Table, table=True):
    """What the biller holds for the consumer after a payment, as it told with its yes."""

    __tablename__ = "bills_balance"
    __table_args__ = (
        CheckConstraint("balance_fen >= 0", name="balance"),
        {"info": {"history": History.APPEND_ONLY}},
    )

    serial: str = Field(sa_column=Column(String(22), ForeignKey("journal_entry.serial"), primary_key=True))
    balance_fen: int = Field(sa_column=Column(Fen, nullable=False))


class Claim(Table, table=True):
    """What a payment has spoken for: the last guard against paying it twice.

    One month of one consumer's bill, kept while the payment stands or may stand and given up when it is certain that
    it does not; or the consumer as such ("*"), where the biller takes any part or any amount, given up as well once
    the payment stands. A personal consumer number stands here as its blind index.
    """

    __tablename__ = "bills_claim"
    __table_args__ = (Index("ix_bills_claim_serial", "serial"),)

    claim_key: str = Field(sa_column=Column(String(120), primary_key=True))
    serial: str = Field(sa_column=Column(String(22), ForeignKey("journal_entry.serial"), nullable=False))


_OPEN_BASKET = text("state = 'OPEN'")


class Basket(Table, table=True):
    """Several bills of one customer, counted once: written with the first of them that is begun.

    Cash and change of the whole stand here; each payment is tendered exactly its amount. `version` grows with every
    bill that is begun, so that none is begun beside the handing over, after which nothing more is.
    """

    __tablename__ = "bills_basket"
    __table_args__ = (
        CheckConstraint("total_fen > 0 AND tendered_fen >= 0", name="sums"),
        CheckConstraint("state IN ('OPEN', 'HANDED_OVER')", name="state"),
        CheckConstraint(
            "(state = 'HANDED_OVER') = (handed_fen IS NOT NULL AND ended_at IS NOT NULL AND ended_by IS NOT NULL)",
            name="ended",
        ),
        Index(
            "ix_bills_basket_open",
            "branch_no",
            "till_no",
            sqlite_where=_OPEN_BASKET,
            postgresql_where=_OPEN_BASKET,
        ),
        {
            "info": {
                "history": History.GUARDED,
                "fixed": (
                    *("basket_id", "payload_hash", "branch_no", "till_no", "teller_no", "method", "total_fen"),
                    *("tendered_fen", "made_at"),
                ),
                "closed": "OLD.state = 'HANDED_OVER'",
            }
        },
    )

    basket_id: str = Field(sa_column=Column(String(64), primary_key=True))
    payload_hash: str = Field(sa_column=Column(String(64), nullable=False))
    branch_no: str = Field(sa_column=Column(String(4), nullable=False))
    till_no: str = Field(sa_column=Column(String(2), nullable=False))
    teller_no: str = Field(sa_column=Column(String(16), nullable=False))
    method: str = Field(sa_column=Column(String(16), nullable=False))
    total_fen: int = Field(sa_column=Column(Fen, nullable=False))
    tendered_fen: int = Field(sa_column=Column(Fen, nullable=False))
    made_at: datetime = Field(sa_column=Column(UtcInstant, nullable=False))
    state: str = Field(default="OPEN", sa_column=Column(String(16), nullable=False))
    version: int = Field(default=1, sa_column=Column(BigInteger, nullable=False))
    handed_fen: int | None = Field(default=None, sa_column=Column(Fen))
    """The cash the customer was given at the end: change, and what was not taken or did not stand."""
    ended_at: datetime | None = Field(default=None, sa_column=Column(UtcInstant))
    ended_by: str | None = Field(default=None, sa_column=Column(String(16)))


class BasketLine(Table, table=True):
    """One bill of a basket, in the order of its list. `request_id` is that of its payment, begun or not."""

    __tablename__ = "bills_basket_line"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("uq_bills_basket_line_place", "basket_id", "place", unique=True),
        {"info": {"history": History.APPEND_ONLY}},
    )

    request_id: str = Field(sa_column=Column(String(64), primary_key=True))
    basket_id: str = Field(sa_column=Column(String(64), ForeignKey("bills_basket.basket_id"), nullable=False))
    place: int = Field(sa_column=Column(SmallInteger, nullable=False))
    quote_id: str = Field(sa_column=Column(String(32), ForeignKey("bills_quote.quote_id"), nullable=False))
    amount_fen: int = Field(sa_column=Column(Fen, nullable=False))
    knows_paid_before: int = Field(sa_column=Column(SmallInteger, nullable=False))


class CombinedReceipt(Table, table=True):
    """That the receipt of a payment is one with others of its basket: the document whose serial is `on_serial`."""

    __tablename__ = "bills_combined_receipt"
    __table_args__ = (
        Index("ix_bills_combined_receipt_on", "on_serial"),
        {"info": {"history": History.APPEND_ONLY}},
    )

    serial: str = Field(sa_column=Column(String(22), ForeignKey("journal_entry.serial"), primary_key=True))
    on_serial: str = Field(sa_column=Column(String(22), ForeignKey("journal_entry.serial"), nullable=False))
