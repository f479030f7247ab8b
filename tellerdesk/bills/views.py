"""What the bills room tells. Amounts in fen, instants aware UTC, personal data masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tellerdesk.billers.states import AmountRule
from tellerdesk.bills.commands import Method
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.states import CashReturn, LegState, Word


@dataclass(frozen=True, slots=True)
class BillerView:
    """A biller as the form shows it. `consumer_label` and `example` come from the catalogue."""

    code: str
    name: Bilingual
    short_name: Bilingual
    item: Bilingual
    consumer_label: Bilingual
    consumer_example: str
    consumer_length: int
    amount_rule: AmountRule
    pay_deadline_s: float


@dataclass(frozen=True, slots=True)
class BillLine:
    """One period of a bill."""

    period: str
    item: Bilingual
    amount_fen: int


@dataclass(frozen=True, slots=True)
class BillView:
    """The bill as the biller told it, kept unchanged as a quote until `valid_until`."""

    quote_id: str
    biller: BillerView
    consumer_no: str
    customer_name: str
    """masked by the surname"""
    address: str
    """masked"""
    lines: tuple[BillLine, ...]
    late_fee_fen: int
    total_fen: int
    asked_at: datetime
    valid_until: datetime
    biller_reference: str


@dataclass(frozen=True, slots=True)
class LegView:
    """One step of a payment's story. `message` is the counterpart's own words, cleaned."""

    leg_id: str
    kind: str
    counterpart: str
    state: LegState
    sent_at: datetime
    answered_at: datetime | None
    code: str
    message: str
    counterpart_serial: str


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment as the teller may see it. `advice` says what happened to the money and what to do now."""

    serial: str
    state: str
    word: Word
    cash_return: CashReturn
    advice: Message
    biller_code: str
    biller_name: Bilingual
    item: Bilingual
    consumer_no: str
    customer_name: str
    address: str
    lines: tuple[BillLine, ...]
    late_fee_fen: int
    amount_fen: int
    method: Method
    tendered_fen: int
    change_fen: int
    made_at: datetime
    accounting_date: date | None
    core_serial: str
    biller_serial: str
    branch_no: str
    till_no: str
    teller_no: str
    teller_name: str
    legs: tuple[LegView, ...]
    next_try_at: datetime | None


@dataclass(frozen=True, slots=True)
class Asking:
    """Who is being asked at this moment, told to the screen while a payment runs. `deadline_s` is the longest this
    one question can take."""

    state: str
    counterpart: Bilingual
    deadline_s: float
