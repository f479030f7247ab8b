"""What a teller asks of the bills room."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Method(StrEnum):
    """How the customer pays."""

    CASH = "CASH"


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the biller what is owed. `consumer_no` as typed; it is folded and checked by the catalogue's rules."""

    biller_code: str
    consumer_no: str


@dataclass(frozen=True, slots=True)
class PayBill:
    """Take the payment for a bill that was looked up.

    `request_id` is made when the form opens and stays the same for every press of the key: the first one pays, every
    later one is told the first one's outcome. `quote_id` names the look-up; the amount is the quote's.
    """

    request_id: str
    quote_id: str
    amount_fen: int
    tendered_fen: int
    method: Method = Method.CASH


@dataclass(frozen=True, slots=True)
class ConfirmCashReturned:
    """The teller has put the cash of a payment that did not stand back into the customer's hand."""

    serial: str


@dataclass(frozen=True, slots=True)
class AskAgain:
    """Ask the counterparts again now about a payment whose outcome is not known."""

    serial: str


@dataclass(frozen=True, slots=True)
class RetryReversal:
    """Send a reversal that had to be given up once more (a supervisor's decision)."""

    serial: str
