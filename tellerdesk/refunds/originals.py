"""The payments refunds are about: what was paid, and from which account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select

from tellerdesk.bills.approval import PaymentSubject
from tellerdesk.bills.payment_flow import PAYMENT
from tellerdesk.bills.quotes import KeptBill, Quotes

Row = dict[str, Any]

_PAID = select(PAYMENT.c.quote_id, PAYMENT.c.account_sealed).where(PAYMENT.c.serial == bindparam("of"))


class Originals:
    """Reads what was kept of a payment when it was made."""

    def __init__(self, quotes: Quotes, payments: PaymentSubject) -> None:
        self._quotes = quotes
        self._payments = payments

    def bill(self, connection: Connection, payment_serial: str) -> KeptBill:
        """The bill that was paid."""
        return self._quotes.get(connection, str(self._paid(connection, payment_serial)["quote_id"]))

    def account_no(self, connection: Connection, payment_serial: str) -> str:
        """The account that was debited; empty for cash."""
        account = self._payments.account(payment_serial, self._paid(connection, payment_serial)["account_sealed"])
        return "" if account is None else account.account_no

    def _paid(self, connection: Connection, payment_serial: str) -> Row:
        return dict(connection.execute(_PAID, {"of": payment_serial}).mappings().one())
