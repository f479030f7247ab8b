"""What a teller asks of the bills room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Method(StrEnum):
    """How the customer pays."""

    CASH = "CASH"
    ACCOUNT = "ACCOUNT"


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the biller what is owed. `consumer_no` and `fields` (by key, what this biller asks besides) as typed; they
    are folded and checked by the catalogue's rules."""

    biller_code: str
    consumer_no: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AskAccount:
    """Ask core whose account this is and whether it can be debited. `account_no` as typed; `quote_id` names the bill it
    is to pay."""

    account_no: str
    quote_id: str = ""


@dataclass(frozen=True, slots=True)
class ReadPin:
    """Have the customer key the PIN on the pad, for this account and this amount."""

    account_no: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class AccountAuthority:
    """The customer's consent to the debit of `account_no`: exactly one of `pin_block`, as the pad gave it, and
    `voucher_no`, the number of the voucher the customer has signed."""

    account_no: str
    pin_block: str = ""
    voucher_no: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose identity was seen. `document_no` as typed; `kind` says of what document."""

    name: str
    document_no: str
    kind: str = "ID_CARD"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who brings large cash: the payer, and the agent where somebody else stands at the counter."""

    payer: Person
    agent: Person | None = None


@dataclass(frozen=True, slots=True)
class PayBill:
    """Take the payment for a bill that was looked up.

    `request_id` is made when the form opens and stays the same for every press of the key: the first one pays, every
    later one is told the first one's outcome. `quote_id` names the look-up; what amount may be paid for it says the
    biller's amount rule. `tendered_fen` is the cash counted, 0 for an account.

    `knows_paid_before`: the teller has seen and confirmed that the same was paid lately. `identity` is asked for from
    a parameter's amount of cash on.
    """

    request_id: str
    quote_id: str
    amount_fen: int
    tendered_fen: int
    method: Method = Method.CASH
    account: AccountAuthority | None = None
    knows_paid_before: bool = False
    identity: Identity | None = None
    reason: str = ""
    """told to whoever has to approve it, where a rule asks for that"""


@dataclass(frozen=True, slots=True)
class GoOn:
    """Carry out a payment that was approved. `account` as in the command it began with, for payment from an account:
    a PIN block is kept nowhere meanwhile."""

    serial: str
    account: AccountAuthority | None = None


class CancelReason(StrEnum):
    """Why a customer's payment is taken back."""

    WRONG_CONSUMER = "WRONG_CONSUMER"
    WRONG_AMOUNT = "WRONG_AMOUNT"
    PAID_TWICE = "PAID_TWICE"
    CUSTOMER_WITHDREW = "CUSTOMER_WITHDREW"
    BANK_ERROR = "BANK_ERROR"


@dataclass(frozen=True, slots=True)
class FindPayment:
    """A payment to be cancelled, by what the customer has in the hand: `text` is a serial (however grouped), a
    receipt's number, or a consumer number."""

    text: str


@dataclass(frozen=True, slots=True)
class AskCancellation:
    """Have a payment of today taken back, once a second person has approved it.

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
class Cancel:
    """Carry out a cancellation that was approved."""

    serial: str


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
