"""What the list of open questions tells. Amounts in fen, instants aware UTC, personal data masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import LegView
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.questions.states import ExplainReason, Given


class QuestionKind(StrEnum):
    """What is open."""

    UNKNOWN = "UNKNOWN"
    """a counterpart has not said what became of it; it is asked again by itself"""
    STUCK = "STUCK"
    """nothing more happens by itself: a person has to decide"""
    CASH_DUE = "CASH_DUE"
    """the customer's cash is still in the till"""
    LATE_ANSWER = "LATE_ANSWER"
    """the biller says paid, and core has undone it"""


class Known(StrEnum):
    """What is known of one side's books."""

    NOTHING_DONE = "NOTHING_DONE"
    """never told, or it refused: it holds nothing"""
    DONE = "DONE"
    NOT_KNOWN = "NOT_KNOWN"
    UNDONE = "UNDONE"


class QuestionAct(StrEnum):
    """What a person may do about it now, with the rights they have."""

    ASK_AGAIN = "ASK_AGAIN"
    CANCEL = "CANCEL"
    """go to the cancellation with this serial"""
    RETRY = "RETRY"
    HAND_BACK = "HAND_BACK"
    """confirm that the cash is back with the customer"""
    SUSPEND = "SUSPEND"
    """have it booked to refunds payable"""
    REFUND = "REFUND"
    """go to the refund with this serial"""
    EXPLAIN = "EXPLAIN"
    SETTLE = "SETTLE"


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """The newest word on why a question is open. From then on it is the branch's, not its teller's own."""

    reason: ExplainReason
    given: Given
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """An entry nobody has an end of yet. `age_s` counts from `since`, when the doubt began. `next_step` and `next_at`
    tell what the desk does by itself and when; both None where nothing more happens by itself."""

    serial: str
    flow: str
    kind: QuestionKind
    state: str
    word: Word
    cash_return: CashReturn
    payment_serial: str
    """the payment it is about: itself, or what a refund or a late answer is about"""
    biller: Bilingual
    consumer_no: str
    """masked where it is personal"""
    customer_name: str
    """masked by the surname"""
    amount_fen: int
    method: Method
    teller_no: str
    till_no: str
    made_at: datetime
    since: datetime
    age_s: float
    core: Known
    counterpart: Known
    advice: Message
    legs: tuple[LegView, ...]
    next_step: Message | None
    next_at: datetime | None
    own: bool
    """it is this teller's, and not handed over yet: they cannot sign off"""
    explained: ExplanationView | None
    may: tuple[QuestionAct, ...]
