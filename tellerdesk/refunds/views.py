"""What the refunds room tells. Amounts in fen, instants aware UTC, personal data masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import LegView
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds.states import RefundCause


class RefundAct(StrEnum):
    """What a person may do with a refund as it stands."""

    ASK_AGAIN = "ASK_AGAIN"
    ASK_APPROVAL = "ASK_APPROVAL"
    GO_ON = "GO_ON"
    PAY_OUT = "PAY_OUT"
    HAND_OVER = "HAND_OVER"
    SUSPEND = "SUSPEND"


class PayOutOutcome(StrEnum):
    """What became of a try to pay a refund out."""

    ASKED = "ASKED"
    GIVEN_UP = "GIVEN_UP"
    UNDER_WAY = "UNDER_WAY"
    REFUSED = "REFUSED"
    """core refused: the money still waits in refunds payable"""
    PAID = "PAID"


@dataclass(frozen=True, slots=True)
class PayOutView:
    """The newest try to pay a refund out. Persons and account masked."""

    outcome: PayOutOutcome
    method: Method
    payee: str
    agent: str
    account_no: str
    asked_by: str
    till_no: str
    asked_at: datetime
    ended_at: datetime | None
    core_serial: str
    refusal: str = ""
    payee_kind: str = ""
    """of what document their identity was seen ("ID_CARD", "PASSPORT")"""
    agent_kind: str = ""


@dataclass(frozen=True, slots=True)
class RefundView:
    """What the bank owes, or has paid, for one payment. `advice` says what happened to the money and what to do now.

    `due_since` is when it came to lie in refunds payable; `age_days` counts calendar days of the branch from then, or
    from the asking, until it was paid out.
    """

    serial: str
    payment_serial: str
    cause: RefundCause
    state: str
    word: Word
    cash_return: CashReturn
    advice: Message
    biller_name: Bilingual
    item: Bilingual
    consumer_no: str
    """masked where it is personal"""
    customer_name: str
    """masked by the surname"""
    amount_fen: int
    paid_by: Method
    """how the payment itself was made"""
    account_no: str
    """the account the payment was made from, masked; empty for cash"""
    paid_at: datetime
    """when the payment was made"""
    made_at: datetime
    due_since: datetime | None
    age_days: int
    accounting_date: date | None
    branch_no: str
    till_no: str
    teller_no: str
    note: str
    agreement_no: str
    """the biller's own number for its consent"""
    refusal: str
    """the counterpart's own words for its no"""
    core_serial: str
    approval_id: str
    pay_out: PayOutView | None
    legs: tuple[LegView, ...]
    next_try_at: datetime | None
    may: tuple[RefundAct, ...] = ()


@dataclass(frozen=True, slots=True)
class Refundable:
    """A payment of an earlier day somebody may want back, and everything that stands in the way now; nothing does where
    `obstacles` is empty. Consumer number and amount are to be keyed again, so they are not shown here."""

    serial: str
    made_at: datetime
    biller: Bilingual
    customer_name: str
    """masked by the surname"""
    teller_no: str
    word: Word
    method: Method
    has_receipt: bool
    obstacles: tuple[Message, ...] = ()
