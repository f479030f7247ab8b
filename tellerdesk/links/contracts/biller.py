"""The contract with a biller. Which refusals are definite differs by biller and stands in the catalogue.

A tombstone asks the biller never to take a payment it has not taken: LAID is the promise, PAID says it is too late.
"""

from __future__ import annotations

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
    """What became of a payment. NOT_FOUND is no proof that it will never be taken: it may still be under way."""

    result: Literal["PAID", "PROCESSING", "REJECTED", "NOT_FOUND", "TOMBSTONED"]
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
    """PAID: too late, the payment was taken; `biller_serial` is its serial."""

    result: Literal["LAID", "ALREADY_LAID", "PAID"]
    leg_id: LegId
    original_leg_id: LegId
    amount_fen: Fen
    biller_serial: Serial
    code: Code
    message: Words


QUERY = Endpoint("BILLER_QUERY", "POST", "/v1/bills/query", BillReply, frozenset({"FOUND"}))
PAY = Endpoint("BILLER_PAY", "POST", "/v1/payments", PayReply, frozenset({"PAID"}))
INQUIRE = Endpoint(
    "BILLER_INQUIRE",
    "GET",
    "/v1/payments/{leg_id}",
    PayStatus,
    frozenset({"PAID", "PROCESSING", "NOT_FOUND", "TOMBSTONED"}),
)
"""REJECTED here: the payment asked about was refused, with the code it was refused with."""
TOMBSTONE = Endpoint(
    "BILLER_TOMBSTONE", "POST", "/v1/tombstones", TombstoneReply, frozenset({"LAID", "ALREADY_LAID", "PAID"})
)
ENDPOINTS = (QUERY, PAY, INQUIRE, TOMBSTONE)
