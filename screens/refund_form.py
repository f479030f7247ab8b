"""What the forms of 2005 have come to so far, without a screen: each asks for one thing at most."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from screens.asks_once import AsksOnce, new_request_id
from tellerdesk.bills.commands import Identity, Method
from tellerdesk.refunds.commands import AskPayOut, Suspend
from tellerdesk.refunds.views import RefundView


class Step(StrEnum):
    """The list, and the forms that lead back to it: a refund of a payment of an earlier day, and a pay-out."""

    LIST = "list"
    FIND = "find"
    REKEY = "rekey"
    PAY_OUT = "pay_out"


@dataclass(slots=True)
class PayOutForm(AsksOnce):
    """One form asks to pay one refund out at most: once it may have been asked for, every later press of the key asks
    for that one again."""

    refund: RefundView
    request_id: str = field(default_factory=new_request_id)
    identity: Identity | None = None
    """who gets it, as typed last"""
    sent: AskPayOut | None = None

    def command(self, identity: Identity, method: Method, account_no: str) -> AskPayOut:
        """The command for this press of the key."""
        self.identity = identity
        if self.sent is None:
            self.sent = AskPayOut(
                request_id=self.request_id,
                serial=self.refund.serial,
                method=method,
                payee=identity.payer,
                agent=identity.agent,
                account_no=account_no,
            )
        return self.sent


@dataclass(slots=True)
class SuspendForm(AsksOnce):
    """The same for a booking to refunds payable, of the entry with this `serial`."""

    serial: str
    amount_fen: int
    request_id: str = field(default_factory=new_request_id)
    sent: Suspend | None = None

    def command(self, note: str) -> Suspend:
        """The command for this press of the key."""
        if self.sent is None:
            self.sent = Suspend(self.request_id, self.serial, note)
        return self.sent
