"""What is told of several bills of one customer. Amounts in fen, instants aware UTC, personal data masked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import Asking, PaymentView
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.states import Word


@dataclass(frozen=True, slots=True)
class BasketLineView:
    """One bill of a basket and what became of it. `payment` is None where it was not begun: nothing was taken for it
    and nothing sent; `refusal` then says why, where that is known."""

    place: int
    request_id: str
    quote_id: str
    biller_name: Bilingual
    item: Bilingual
    consumer_no: str
    """masked where it is personal"""
    customer_name: str
    """masked by the surname"""
    amount_fen: int
    payment: PaymentView | None = None
    refusal: Message | None = None


@dataclass(frozen=True, slots=True)
class BasketCash:
    """Where the cash that was counted is. Together these are what was tendered, as long as nothing was handed over
    or booked to refunds payable bill by bill."""

    change_fen: int = 0
    """what was tendered beyond the sum of all bills"""
    untaken_fen: int = 0
    """for bills that were not begun, or given up before anything was taken"""
    due_fen: int = 0
    """taken for payments that did not stand, and owed to the customer"""
    waiting_fen: int = 0
    """on the counter for bills that wait for an approval"""

    @property
    def to_hand_over_fen(self) -> int:
        """The one figure the customer is given."""
        return self.change_fen + self.untaken_fen + self.due_fen


@dataclass(frozen=True, slots=True)
class BasketView:
    """Several bills of one customer as they stand. `kept` is False where none of them was begun: the desk keeps
    nothing of such a basket. `handed_fen` is what the customer was given at the end; None until then."""

    basket_id: str
    method: Method
    total_fen: int
    tendered_fen: int
    made_at: datetime
    branch_no: str
    till_no: str
    teller_no: str
    lines: tuple[BasketLineView, ...]
    cash: BasketCash
    kept: bool = True
    handed_fen: int | None = None

    def of(self, *words: Word) -> tuple[PaymentView, ...]:
        """The payments that are called one of `words`, in the order of the list."""
        return tuple(line.payment for line in self.lines if line.payment is not None and line.payment.word in words)

    @property
    def not_begun(self) -> tuple[BasketLineView, ...]:
        return tuple(line for line in self.lines if line.payment is None)


@dataclass(frozen=True, slots=True)
class BasketAsking(Asking):
    """Who is being asked about which bill of a basket; `done` are the words of those before it, None for one that was
    not begun."""

    place: int = 0
    done: tuple[Word | None, ...] = ()
