"""The contract with a biller. Which refusals are definite differs by biller and stands in the catalogue.

A tombstone asks the biller never to take a payment it has not taken: LAID is the promise, PAID says it is too late.
A cancellation takes back a payment of the biller's own day; of an earlier one the biller is asked to agree to a refund.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from tellerdesk.links.contracts.common import (
    BranchNo,
    ChannelId,
    ChannelSerial,
    Code,
    Endpoint,
    Fen,
    FenOrZero,
    IsoDate,
    IsoInstant,
    LegId,
    Reply,
    Request,
    SafeText,
    Serial,
    TellerNo,
    Words,
)

ConsumerNo = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{4,32}$", examples=["07550031884639"])]
Reference = Annotated[str, Field(pattern=r"^[0-9A-Za-z._:-]{0,64}$")]
"""Names a bill at the biller. It is sent back as it came, so it is refused rather than cleaned."""


FieldKey = Annotated[str, Field(pattern=r"^[a-z_]{1,24}$", examples=["season"])]
FieldValue = Annotated[str, Field(pattern=r"^[0-9A-Za-z._-]{1,32}$", examples=["2026-2027"])]


class BillQuery(Request):
    """What does this consumer owe? `fields` are what this biller asks besides the consumer number, by key."""

    channel_id: ChannelId
    consumer_no: ConsumerNo
    fields: Annotated[
        dict[FieldKey, FieldValue], Field(max_length=6, json_schema_extra={"additionalProperties": False})
    ] = Field(default_factory=dict)


class Fact(Reply):
    """Something the biller tells besides what is owed, such as a heated area."""

    label: Annotated[str, SafeText(20)]
    value: Annotated[str, SafeText(40)]


class BillLine(Reply):
    """One month of one item, or one heating season ("2026-2027")."""

    period: Annotated[str, Field(pattern=r"^[0-9]{4}-((0[1-9]|1[0-2])|[0-9]{4})$", examples=["2026-10"])]
    item: Annotated[str, SafeText(40)]
    amount_fen: FenOrZero


class BillReply(Reply):
    """A bill: `total_fen` is the sum of the lines and the late fee, and stays true for `valid_seconds`.

    `balance_fen` is what the biller already holds for the consumer, None where it keeps no balances.

    REJECTED with NOTHING_OWED or DISCONNECTED still tells name and address.
    """

    result: Literal["FOUND", "REJECTED"]
    consumer_no: ConsumerNo
    name: Annotated[str, SafeText(80)]
    address: Annotated[str, SafeText(160)]
    lines: Annotated[tuple[BillLine, ...], Field(max_length=60, strict=False)]
    late_fee_fen: FenOrZero
    total_fen: FenOrZero
    balance_fen: FenOrZero | None = None
    facts: Annotated[tuple[Fact, ...], Field(max_length=6, strict=False)] = ()
    reference: Reference
    valid_seconds: Annotated[int, Field(strict=True, ge=0, le=86_400)]
    code: Code
    message: Words

    @model_validator(mode="after")
    def _adds_up(self) -> BillReply:
        if self.total_fen != sum(line.amount_fen for line in self.lines) + self.late_fee_fen:
            raise ValueError("the bill does not add up")
        if self.result == "FOUND" and not self.reference:
            raise ValueError("a bill without a reference")
        return self


class PayRequest(Request):
    """The bank has taken `amount_fen` for the bill `reference` names; core booked it under `accounting_date`."""

    leg_id: LegId
    channel_id: ChannelId
    channel_serial: ChannelSerial
    consumer_no: ConsumerNo
    reference: Reference
    amount_fen: Fen
    accounting_date: IsoDate
    made_at: IsoInstant
    branch_no: BranchNo
    teller_no: TellerNo


class PayReply(Reply):
    """`biller_serial` is empty where nothing was taken. `balance_fen` is the consumer's balance afterwards."""

    result: Literal["PAID", "REJECTED"]
    leg_id: LegId
    amount_fen: Fen
    biller_serial: Serial
    balance_fen: FenOrZero | None = None
    code: Code
    message: Words


class PayStatus(Reply):
    """What became of a payment. NOT_FOUND is no proof that it will never be taken: it may still be under way.

    CANCELLED: it was taken, and cancelled since. One refunded on a later day was taken and stays PAID.
    """

    result: Literal["PAID", "PROCESSING", "REJECTED", "NOT_FOUND", "TOMBSTONED", "CANCELLED"]
    leg_id: LegId
    amount_fen: Fen | None
    biller_serial: Serial
    code: Code
    message: Words


class TombstoneRequest(Request):
    """Never take the payment with `original_leg_id`, unless it is taken already."""

    leg_id: LegId
    channel_id: ChannelId
    channel_serial: ChannelSerial
    original_leg_id: LegId
    amount_fen: Fen


class TombstoneReply(Reply):
    """PAID: too late, the payment was taken; `biller_serial` is its serial. CANCELLED: it was, and cancelled since."""

    result: Literal["LAID", "ALREADY_LAID", "PAID", "CANCELLED"]
    leg_id: LegId
    original_leg_id: LegId
    amount_fen: Fen
    biller_serial: Serial
    code: Code
    message: Words


class CancelReason(StrEnum):
    """Why a payment is taken back. The biller keeps it; it decides nothing."""

    WRONG_CONSUMER = "WRONG_CONSUMER"
    """paid for somebody else's number"""
    WRONG_AMOUNT = "WRONG_AMOUNT"
    PAID_TWICE = "PAID_TWICE"
    """paid elsewhere too"""
    CUSTOMER_WITHDREW = "CUSTOMER_WITHDREW"
    BANK_ERROR = "BANK_ERROR"
    LATE_ANSWER = "LATE_ANSWER"
    """the bank had given the money back when it learnt that the payment was taken"""


class CancelRequest(Request):
    """Take back the payment with `original_leg_id`, all of it. Number and amount must be the payment's own."""

    leg_id: LegId
    channel_id: ChannelId
    channel_serial: ChannelSerial
    original_leg_id: LegId
    consumer_no: ConsumerNo
    amount_fen: Fen
    reason: Annotated[CancelReason, Field(strict=False)]
    made_at: IsoInstant
    branch_no: BranchNo
    teller_no: TellerNo


class CancelReply(Reply):
    """`cancel_serial` is the biller's number of the cancellation, for ALREADY_CANCELLED the earlier one's; it is empty
    where nothing was cancelled. `balance_fen` is the consumer's balance afterwards.

    REJECTED with NO_SUCH_PAYMENT is no tombstone: a payment under way is still taken when it arrives.
    """

    result: Literal["CANCELLED", "ALREADY_CANCELLED", "REJECTED"]
    leg_id: LegId
    original_leg_id: LegId
    amount_fen: Fen
    cancel_serial: Serial
    balance_fen: FenOrZero | None = None
    code: Code
    message: Words


class CancelStatus(Reply):
    """What became of a cancellation, by its own leg id. CANCELLED also where an earlier one had done it already.

    NOT_FOUND is no proof that it never will be done: it may still be under way.
    """

    result: Literal["CANCELLED", "REJECTED", "NOT_FOUND"]
    leg_id: LegId
    amount_fen: Fen | None
    cancel_serial: Serial
    code: Code
    message: Words


class ConsentRequest(Request):
    """Does the biller agree that the bank refunds the payment with `original_leg_id`, which it can cancel no more?"""

    leg_id: LegId
    channel_id: ChannelId
    channel_serial: ChannelSerial
    original_leg_id: LegId
    consumer_no: ConsumerNo
    amount_fen: Fen
    reason: Annotated[CancelReason, Field(strict=False)]
    made_at: IsoInstant
    branch_no: BranchNo
    teller_no: TellerNo


class ConsentReply(Reply):
    """AGREED: the biller has undone the payment and owes the bank `amount_fen` under `agreement_no`, which is empty
    where it does not agree."""

    result: Literal["AGREED", "ALREADY_AGREED", "REJECTED"]
    leg_id: LegId
    original_leg_id: LegId
    amount_fen: Fen
    agreement_no: Serial
    code: Code
    message: Words


CANCEL_REFUSALS = frozenset(
    {
        "NO_SUCH_PAYMENT",
        "CONSUMER_MISMATCH",
        "AMOUNT_MISMATCH",
        "CLOSED",
        "NOT_CANCELLABLE",
        "OTHER_DAY",
        "IN_FILE",
        "INVOICED",
        "TOO_MUCH_USED",
    }
)
"""Codes with which REJECTED is definite: this leg has cancelled nothing, and never will.

OTHER_DAY: the biller's own day has passed its cut-off. IN_FILE: the payment is in a file already. INVOICED: an invoice
was issued for it. TOO_MUCH_USED: the balance it made has been spent. NOT_CANCELLABLE: it was refunded.
"""

CONSENT_REFUSALS = frozenset(
    {
        "NO_SUCH_PAYMENT",
        "CONSUMER_MISMATCH",
        "AMOUNT_MISMATCH",
        "CLOSED",
        "NOT_REFUNDABLE",
        "CANCEL_INSTEAD",
        "INVOICED",
        "TOO_MUCH_USED",
    }
)
"""Codes with which REJECTED is definite: the biller does not agree, and under this leg never will.

CANCEL_INSTEAD: the payment is of the biller's open day and in no file yet. NOT_REFUNDABLE: it was cancelled.
"""


QUERY = Endpoint("BILLER_QUERY", "POST", "/v1/bills/query", BillReply, frozenset({"FOUND"}))
PAY = Endpoint("BILLER_PAY", "POST", "/v1/payments", PayReply, frozenset({"PAID"}))
INQUIRE = Endpoint(
    "BILLER_INQUIRE",
    "GET",
    "/v1/payments/{leg_id}",
    PayStatus,
    frozenset({"PAID", "PROCESSING", "NOT_FOUND", "TOMBSTONED", "CANCELLED"}),
)
"""REJECTED here: the payment asked about was refused, with the code it was refused with."""
TOMBSTONE = Endpoint(
    "BILLER_TOMBSTONE",
    "POST",
    "/v1/tombstones",
    TombstoneReply,
    frozenset({"LAID", "ALREADY_LAID", "PAID", "CANCELLED"}),
)
CANCEL = Endpoint(
    "BILLER_CANCEL",
    "POST",
    "/v1/cancellations",
    CancelReply,
    frozenset({"CANCELLED", "ALREADY_CANCELLED"}),
    CANCEL_REFUSALS,
)
INQUIRE_CANCEL = Endpoint(
    "BILLER_INQUIRE_CANCEL",
    "GET",
    "/v1/cancellations/{leg_id}",
    CancelStatus,
    frozenset({"CANCELLED", "NOT_FOUND"}),
    CANCEL_REFUSALS,
)
"""REJECTED here: the cancellation asked about was refused, with the code it was refused with."""
CONSENT = Endpoint(
    "BILLER_CONSENT",
    "POST",
    "/v1/refund-consents",
    ConsentReply,
    frozenset({"AGREED", "ALREADY_AGREED"}),
    CONSENT_REFUSALS,
)
ENDPOINTS = (QUERY, PAY, INQUIRE, TOMBSTONE, CANCEL, INQUIRE_CANCEL, CONSENT)
