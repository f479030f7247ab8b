"""What a teller asks of the refunds room."""

from __future__ import annotations

from dataclasses import dataclass

from tellerdesk.bills.commands import CancelReason, Method, Person


@dataclass(frozen=True, slots=True)
class FindRefundable:
    """A payment of an earlier day that is to be refunded, by what the customer has in the hand: `text` is a serial
    (however grouped), a receipt's number, or a consumer number."""

    text: str


@dataclass(frozen=True, slots=True)
class AskRefund:
    """Ask the biller whether it agrees to the refund of a payment of an earlier day. Where it does, it has undone the
    payment: what follows goes forward only.

    `consumer_no` and `amount_fen` are keyed again from the customer's paper, blind: they must be the payment's own.
    `original_back`: the original receipt was handed back and is void from now on.
    """

    request_id: str
    serial: str
    consumer_no: str
    amount_fen: int
    reason: CancelReason
    original_back: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class AskRefundApproval:
    """Ask two persons to approve a refund the biller has agreed to. `serial` is the refund's."""

    serial: str


@dataclass(frozen=True, slots=True)
class Suspend:
    """Have money booked to refunds payable: the cash of a payment that is due back and whose customer has gone, or a
    posting that could not be reversed. `serial` is the payment's (or that of the refund whose cash is due)."""

    request_id: str
    serial: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class AskPayOut:
    """Pay a refund that is due to `payee`, whose identity was seen, or to `agent` for them. `method` ACCOUNT credits
    `account_no` (as typed) with it. `serial` is the refund's."""

    request_id: str
    serial: str
    method: Method
    payee: Person
    agent: Person | None = None
    account_no: str = ""


@dataclass(frozen=True, slots=True)
class GoOnWith:
    """Carry out what was approved: the booking to refunds payable, the refund, or the pay-out."""

    serial: str


@dataclass(frozen=True, slots=True)
class ConfirmHandedOver:
    """The teller has put the cash of a refund that was paid out into the customer's hand."""

    serial: str


@dataclass(frozen=True, slots=True)
class AskAboutRefund:
    """Ask the counterparts again now about a refund whose outcome is not known."""

    serial: str
