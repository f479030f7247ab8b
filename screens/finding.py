"""What the home field finds: transactions, billers, and the customers this till has just served."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from screens.bill_form import billers_meant
from screens.saying import Say, joined, said, says, shown
from screens.transactions import Transaction, matching
from screens.wording import number_said
from tellerdesk.bills.views import BillerView, PaymentView

LEAST_DIGITS = 4
"""Fewer digits of a consumer number mean nobody."""


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody whose bill was paid at this till, as the newest such payment has them."""

    biller: BillerView
    consumer_no: str
    name: str


Found = Transaction | BillerView | Customer


def customers_of(payments: Iterable[PaymentView], billers: tuple[BillerView, ...]) -> tuple[Customer, ...]:
    """The customers of `payments`, each once, newest first. A masked number cannot be asked about again."""
    by_code = {biller.code: biller for biller in billers}
    seen: dict[tuple[str, str], Customer] = {}
    for payment in payments:
        key = payment.biller_code, payment.consumer_no
        if payment.biller_code in by_code and "*" not in payment.consumer_no:
            seen.setdefault(key, Customer(by_code[payment.biller_code], payment.consumer_no, payment.customer_name))
    return tuple(seen.values())


def found(
    typed: str, transactions: tuple[Transaction, ...], billers: tuple[BillerView, ...], customers: Iterable[Customer]
) -> tuple[Found, ...]:
    """What `typed` may mean, the likeliest first: a code is what it is, then transactions, billers, customers."""
    wanted = unicodedata.normalize("NFKC", typed).strip().casefold()
    offered: tuple[Transaction | BillerView, ...] = (*transactions, *billers)
    if exact := next((one for one in offered if one.code == wanted), None):
        return (exact,)
    known = (customer for customer in customers if _is(wanted, customer))
    return (*matching(typed, transactions), *billers_meant(typed, billers), *known)


def _is(wanted: str, customer: Customer) -> bool:
    digits = "".join(wanted.split())
    if digits.isdigit():
        whole_end = len(digits) == LEAST_DIGITS and customer.consumer_no.endswith(digits)
        return whole_end or (len(digits) > LEAST_DIGITS and digits in customer.consumer_no)
    given_name = wanted.strip("* ")
    return bool(given_name) and given_name in customer.name.casefold()


def means(one: Found) -> Say:
    """A finding as it is shown beside the field."""
    if isinstance(one, Transaction):
        return joined([shown(one.code, "$accent"), says(one.name, "$foreground")])
    if isinstance(one, BillerView):
        return joined([shown(one.code, "$accent"), said(one.name, "$foreground")])
    return joined([shown(number_said(one.consumer_no), "$accent"), shown(one.name, "$foreground")])
