"""What a teller asks about several bills of one customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tellerdesk.bills.commands import AccountAuthority, Identity, Method

MOST_BILLS = 20
"""No basket holds more: its customer waits until the last one is through."""


@dataclass(frozen=True, slots=True)
class BasketBill:
    """One bill of a basket. `request_id` is that of its payment, made when the bill was put in; `account` is the
    customer's consent to this very debit, None for cash."""

    request_id: str
    quote_id: str
    amount_fen: int
    knows_paid_before: bool = False
    account: AccountAuthority | None = None


@dataclass(frozen=True, slots=True)
class PayBasket:
    """Take the payments for several bills, one after the other in this order, against cash that was counted once.

    `basket_id` is made when the basket begins and stays the same for every press of the key. `tendered_fen` is the cash
    counted for all of them, 0 for an account, which is the same for all. `identity` as for one payment: the sum of the
    basket counts.
    """

    basket_id: str
    bills: tuple[BasketBill, ...]
    tendered_fen: int
    method: Method = Method.CASH
    identity: Identity | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GoOnWithBasket:
    """Begin what of a basket was not begun, under the request ids it was asked with. From an account the customer
    agrees anew, to each debit by its request id: `accounts`. A consent is kept nowhere."""

    basket_id: str
    knows_paid_before: bool = False
    identity: Identity | None = None
    accounts: Mapping[str, AccountAuthority] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HandOver:
    """The customer has been given what is due at the end of a basket: `amount_fen` as it was shown, 0 where nothing
    is. Nothing more of the basket is begun afterwards."""

    basket_id: str
    amount_fen: int
