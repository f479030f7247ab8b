"""What a bill payment has come to so far, without a screen: its step, its bill, its one request."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from screens.asks_once import AsksOnce, new_request_id
from tellerdesk.bills.commands import AccountAuthority, Identity, Method, PayBill
from tellerdesk.bills.views import BillerView, BillView, PaymentView

IDENTITY_NEEDED = "error.payment.identity_needed"
"""Large cash: the same payment may be sent again once it says who brings the money."""

PAID_BEFORE = "error.payment.paid_before"
"""The same was paid since the look-up: the teller is asked as after a look-up that tells of it."""


class Step(StrEnum):
    """The four steps, in the order a teller speaks with the customer."""

    WHO = "who"
    BILL = "bill"
    COLLECT = "collect"
    DONE = "done"


@dataclass(slots=True)
class PaymentForm(AsksOnce):
    """One form is one payment at most: its request id is made when it opens, and a new bill needs a new form."""

    request_id: str = field(default_factory=new_request_id)
    step: Step = Step.WHO
    bill: BillView | None = None
    knows_paid_before: bool = False
    identity: Identity | None = None
    sent: PayBill | None = None
    adding: bool = False
    """The bill goes into the basket, and is paid with the others."""
    awaiting: PaymentView | None = None
    """The payment this form has begun, while it waits for an approval: nothing has moved yet."""

    @property
    def done(self) -> bool:
        """True once the outcome is shown."""
        return self.step is Step.DONE

    def anew(self) -> PaymentForm:
        """Another payment of the same bill, to be paid in another way: a new request, what was asked stays answered."""
        return PaymentForm(
            step=Step.COLLECT,
            bill=self.bill,
            knows_paid_before=self.knows_paid_before,
            identity=self.identity,
        )

    def command(self, amount_fen: int, tendered_fen: int = 0, account: AccountAuthority | None = None) -> PayBill:
        """The command for this press of the key: in cash, or from `account`. Once one may have been begun, every later
        press is that one again."""
        if self.bill is None:
            raise RuntimeError("no bill to pay")
        if self.sent is None:
            self.sent = PayBill(
                request_id=self.request_id,
                quote_id=self.bill.quote_id,
                amount_fen=amount_fen,
                tendered_fen=tendered_fen,
                method=Method.ACCOUNT if account else Method.CASH,
                account=account,
                knows_paid_before=self.knows_paid_before,
                identity=self.identity,
            )
        return self.sent


def billers_meant(typed: str, among: tuple[BillerView, ...]) -> tuple[BillerView, ...]:
    """The billers `typed` may mean, the likeliest first: by code (also with the name behind it), by their initials, by
    how a name begins, by a fragment of one."""
    wanted = unicodedata.normalize("NFKC", typed).strip().casefold()
    if not wanted:
        return ()
    first = wanted.split()[0]
    if exact := tuple(biller for biller in among if biller.code.casefold() in {wanted, first}):
        return exact
    ranked = [(rank, biller) for biller in among if (rank := _rank(wanted, biller)) is not None]
    return tuple(biller for _, biller in sorted(ranked, key=lambda pair: pair[0]))


def _rank(wanted: str, biller: BillerView) -> int | None:
    names = [name.casefold() for name in _names(biller)]
    if biller.code.casefold().startswith(wanted) or wanted in biller.initials:
        return 0
    if any(initials.startswith(wanted) for initials in biller.initials):
        return 1
    if any(name.startswith(wanted) for name in names):
        return 2
    return 3 if any(wanted in name for name in names) else None


def _names(biller: BillerView) -> tuple[str, ...]:
    return tuple(
        text for name in (biller.name, biller.short_name, biller.item) for text in (name.zh_CN, name.en) if text
    )
