"""What a basket has come to so far, without a screen: its bills, its one request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from screens.asks_once import AsksOnce, new_request_id
from tellerdesk.bills.basket_commands import BasketBill, PayBasket
from tellerdesk.bills.commands import AccountAuthority, Identity, Method
from tellerdesk.bills.views import BillView, PaidBefore


@dataclass(frozen=True, slots=True)
class Added:
    """One bill in the basket. Its request id is made when it is put in, and stays."""

    bill: BillView
    amount_fen: int
    knows_paid_before: bool = False
    request_id: str = field(default_factory=new_request_id)

    @property
    def asks(self) -> tuple[PaidBefore, ...]:
        """What stands already for its consumer and period, and was not confirmed yet."""
        return () if self.knows_paid_before else self.bill.paid_before


@dataclass(slots=True)
class BasketForm(AsksOnce):
    """One basket is sent under one id, however often a key is pressed. Once it may have been begun, every later press
    is that one again."""

    basket_id: str = field(default_factory=new_request_id)
    bills: tuple[Added, ...] = ()
    identity: Identity | None = None
    sent: PayBasket | None = None

    @property
    def total_fen(self) -> int:
        return sum(added.amount_fen for added in self.bills)

    @property
    def asks(self) -> tuple[tuple[Added, PaidBefore], ...]:
        """Every payment of before that has to be confirmed, with the bill it may be the same as."""
        return tuple((added, paid) for added in self.bills for paid in added.asks)

    def has(self, bill: BillView) -> bool:
        """The same consumer for the same period, or for any amount, is in it already."""
        return any(_overlap(added.bill, bill) for added in self.bills)

    def add(self, bill: BillView, amount_fen: int, *, knows_paid_before: bool) -> None:
        self.bills = (*self.bills, Added(bill, amount_fen, knows_paid_before))

    def take_out(self, request_id: str) -> None:
        self.bills = tuple(added for added in self.bills if added.request_id != request_id)

    def confirm_paid_before(self) -> None:
        """The teller has seen every payment of before and means to go on."""
        self.bills = tuple(replace(added, knows_paid_before=True) for added in self.bills)

    def command(self, tendered_fen: int, accounts: Mapping[str, AccountAuthority] | None = None) -> PayBasket:
        """The command for this press of the key: in cash, or from an account with a consent for each request id."""
        if self.sent is None:
            given = accounts or {}
            self.sent = PayBasket(
                basket_id=self.basket_id,
                bills=tuple(
                    BasketBill(
                        added.request_id,
                        added.bill.quote_id,
                        added.amount_fen,
                        added.knows_paid_before,
                        given.get(added.request_id),
                    )
                    for added in self.bills
                ),
                tendered_fen=tendered_fen,
                method=Method.ACCOUNT if given else Method.CASH,
                identity=self.identity,
            )
        return self.sent

    def once_more(self, *, knows_paid_before: bool) -> PayBasket | None:
        """The same, with every payment of before confirmed if the teller has, for what of it was not begun; None where
        this form did not send it."""
        if self.sent is not None and knows_paid_before:
            bills = tuple(replace(bill, knows_paid_before=True) for bill in self.sent.bills)
            self.sent = replace(self.sent, bills=bills)
        return self.sent


def _overlap(one: BillView, other: BillView) -> bool:
    if (one.biller.code, one.consumer_no) != (other.biller.code, other.consumer_no):
        return False
    periods = {line.period for line in one.lines}
    return not (periods and other.lines) or not periods.isdisjoint(line.period for line in other.lines)
