"""What the bills room tells. Amounts in fen, instants aware UTC, personal data masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tellerdesk.billers.states import AmountRule
from tellerdesk.bills.commands import CancelReason, Method
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.states import CashReturn, LegState, Word
from tellerdesk.money import MAX_FEN


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field a biller asks besides the consumer number."""

    key: str
    label: Bilingual
    example: str
    length: int
    required: bool


@dataclass(frozen=True, slots=True)
class BillerView:
    """A biller as the form shows it. Labels and examples come from the catalogue. `least_fen`, `most_fen` and
    `step_fen` bound what may be paid under a rule that leaves it open; `initials` are those of its Chinese names'
    pinyin. `open_now` is False outside the biller's hours, which `hours` tells ("00:30-23:30", empty: always)."""

    code: str
    name: Bilingual
    short_name: Bilingual
    item: Bilingual
    consumer_label: Bilingual
    consumer_example: str
    consumer_length: int
    amount_rule: AmountRule
    pay_deadline_s: float
    fields: tuple[FieldView, ...] = ()
    least_fen: int = 1
    most_fen: int = MAX_FEN
    step_fen: int = 1
    personal: bool = False
    initials: tuple[str, ...] = ()
    hours: str = ""
    open_now: bool = True


@dataclass(frozen=True, slots=True)
class BillLine:
    """One period of a bill."""

    period: str
    item: Bilingual
    amount_fen: int


@dataclass(frozen=True, slots=True)
class FactView:
    """Something the biller told besides what is owed."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class PaidBefore:
    """A payment for the same consumer and period that stands or may stand, by whichever desk."""

    serial: str
    made_at: datetime
    branch_no: str
    teller_no: str
    amount_fen: int
    word: Word


@dataclass(frozen=True, slots=True)
class AccountView:
    """A customer's account as core told it, able to be debited. `masked_no` and `holder` are masked; `other_holder` is
    True where the bill is somebody else's by name."""

    account_no: str
    masked_no: str
    holder: str
    kind: str
    other_holder: bool = False


@dataclass(frozen=True, slots=True)
class BillView:
    """The bill as the biller told it, kept unchanged as a quote until `valid_until`. `balance_fen` is what the biller
    already holds for the consumer, None where it keeps no balances."""

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
    balance_fen: int | None = None
    facts: tuple[FactView, ...] = ()
    paid_before: tuple[PaidBefore, ...] = ()


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


class CancelOutcome(StrEnum):
    """What became of the newest try to cancel a payment."""

    ASKED = "ASKED"
    """waits for its approval"""
    GIVEN_UP = "GIVEN_UP"
    """rejected, withdrawn or expired before anything was sent"""
    UNDER_WAY = "UNDER_WAY"
    REFUSED = "REFUSED"
    """the biller refused: the payment stands"""
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class CancellationView:
    """The newest try to cancel a payment. `refusal` is the biller's own words."""

    outcome: CancelOutcome
    reason: CancelReason
    asked_by: str
    asked_at: datetime
    approval_id: str
    refusal: str = ""
    cancel_serial: str = ""


@dataclass(frozen=True, slots=True)
class Cancellable:
    """A payment somebody may want to cancel, and everything that stands in the way now; nothing does where
    `obstacles` is empty. Consumer number and amount are to be keyed again, so they are not shown here."""

    serial: str
    made_at: datetime
    biller: Bilingual
    customer_name: str
    """masked by the surname"""
    teller_no: str
    till_no: str
    word: Word
    method: Method
    has_receipt: bool
    obstacles: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class RefundNote:
    """That a payment's money is, or was, owed to its customer: the newest refund about it that did not come to nothing.
    `cause` is one of `refunds.states.RefundCause`."""

    serial: str
    cause: str
    state: str
    word: Word


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
    account_no: str = ""
    """masked; empty for cash"""
    outstanding_fen: int = 0
    """what was still owed after a part of the bill"""
    balance_fen: int | None = None
    """what the biller holds for the consumer after this payment, where it told with its yes"""
    facts: tuple[FactView, ...] = ()
    approval_id: str = ""
    """the request that must be approved before anything moves; empty where no rule asked for one"""
    cancellation: CancellationView | None = None
    refund: RefundNote | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Who is being asked at this moment, told to the screen while a payment runs. `deadline_s` is the longest this
    one question can take."""

    state: str
    counterpart: Bilingual
    deadline_s: float
