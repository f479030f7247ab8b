"""What a document shows, and where it went. Stored with the document, so that a copy never recomputes anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path


class DocumentKind(StrEnum):
    BILL_RECEIPT = "BILL_RECEIPT"
    """代收业务回单: the payment stands."""
    PROCESSING_SLIP = "PROCESSING_SLIP"
    """受理单: taken in, outcome not known yet; not a proof of payment."""
    CANCELLATION_SLIP = "CANCELLATION_SLIP"
    """撤销单: the payment was taken back and the money is with the customer again."""
    REFUND_SLIP = "REFUND_SLIP"
    """退款凭证: what the bank owed for a payment was paid out."""
    COMBINED_RECEIPT = "COMBINED_RECEIPT"
    """代收业务回单（合并）: several payments of one customer, all of which stand, on one sheet."""


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One period of the bill on paper."""

    period: str
    item_zh: str
    item_en: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class PrintedBill:
    """One payment among those of a combined receipt."""

    serial: str
    biller_zh: str
    item_zh: str
    item_en: str
    consumer_no: str
    customer_name: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class BillPaper:
    """Everything a receipt or slip says. Amounts in fen; instants aware UTC, printed in branch time."""

    kind: DocumentKind
    number: str
    bank_zh: str
    bank_en: str
    branch_zh: str
    branch_en: str
    branch_no: str
    till_no: str
    teller_no: str
    teller_name: str
    serial: str
    core_serial: str
    biller_serial: str
    accounting_date: date | None
    """None where core has not told it yet: a slip says so instead of guessing."""
    made_at: datetime
    printed_at: datetime
    biller_zh: str
    biller_en: str
    item_zh: str
    item_en: str
    consumer_no: str
    customer_name: str
    address: str
    lines: tuple[PrintedLine, ...]
    late_fee_fen: int
    fee_fen: int
    amount_fen: int
    tendered_fen: int
    change_fen: int
    verify_code: str
    training: bool
    account_no: str = ""
    """the account that was debited, masked; empty for cash"""
    outstanding_fen: int = 0
    """what is still owed after a part payment"""
    balance_fen: int | None = None
    """what the biller holds for the consumer after this payment, where it keeps balances"""
    facts: tuple[tuple[str, str], ...] = ()
    """what the biller told besides what is owed: label and value"""
    cancelled_at: datetime | None = None
    """when the payment was taken back; None on every paper but a cancellation slip"""
    original_no: str = ""
    """the number of the paper the customer had for the payment that was taken back"""
    cancel_serial: str = ""
    """the biller's own number for the cancellation"""
    bills: tuple[PrintedBill, ...] = ()
    """the payments of a combined receipt, which speaks of no single bill; `serial` is that of the first"""


@dataclass(frozen=True, slots=True)
class RefundPaper:
    """Everything the slip of a refund says. Amounts in fen; instants aware UTC, printed in branch time."""

    kind: DocumentKind
    number: str
    bank_zh: str
    bank_en: str
    branch_zh: str
    branch_en: str
    branch_no: str
    till_no: str
    """where it was paid out"""
    teller_no: str
    teller_name: str
    serial: str
    """the refund's own"""
    cause: str
    """one of `refunds.states.RefundCause`; the paper has words of its own for each"""
    payment_serial: str
    original_no: str
    """the number of the paper the customer had for the payment"""
    paid_at: datetime
    """when the payment was made"""
    refunded_at: datetime
    printed_at: datetime
    accounting_date: date | None
    biller_zh: str
    biller_en: str
    item_zh: str
    item_en: str
    consumer_no: str
    customer_name: str
    amount_fen: int
    core_serial: str
    agreement_no: str
    """the biller's own number for its consent; empty where none was asked for"""
    account_no: str
    """the account that was credited, masked; empty for cash"""
    payee: str
    """masked by the surname"""
    payee_kind: str
    """of what document their identity was seen ("ID_CARD", "PASSPORT"); empty where none was asked for"""
    agent: str
    agent_kind: str
    approvers: tuple[str, ...]
    """the staff numbers of who agreed, in order"""
    verify_code: str
    training: bool


Paper = BillPaper | RefundPaper
"""What can be issued."""


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document that was issued: its number, its file and the SHA-256 of the file's bytes (hex)."""

    number: str
    kind: DocumentKind
    serial: str
    path: Path
    sha256: str
    issued_at: datetime
