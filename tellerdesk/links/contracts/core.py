"""The contract with core banking.

A leg id is the idempotency key: the same id with the same body gives the stored reply again, with another body 409 and
nothing done. A reversal of a leg core never saw lays a tombstone: a later posting with that id is refused.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from tellerdesk.links.contracts.common import (
    AccountNo,
    BranchNo,
    ChannelId,
    ChannelSerial,
    Code,
    Endpoint,
    Fen,
    IsoDate,
    IsoInstant,
    LegId,
    Reply,
    Request,
    SafeText,
    Serial,
    TellerNo,
    TillNo,
    Words,
)

PinBlock = Annotated[str, Field(pattern=r"^[0-9A-F]{32,128}$", examples=["9F3C0A55E1B2477D9F3C0A55E1B2477D"])]
"""What a PIN pad makes of the keys pressed on it. Only core can open it."""
VoucherNo = Annotated[str, Field(pattern=r"^[0-9A-Z]{6,20}$", examples=["PZ20261122001"])]


class Authority(Request):
    """The customer's consent to a debit: exactly one of a PIN block and the number of a voucher the customer signed."""

    pin_block: PinBlock | None = None
    voucher_no: VoucherNo | None = None


class PostingRequest(Request):
    """Dr `debit_account` / Cr `credit_account`, both in whole fen of CNY. A customer's account is debited with the
    customer's `authority` only."""

    leg_id: LegId
    channel_id: ChannelId
    channel_serial: ChannelSerial
    debit_account: AccountNo
    credit_account: AccountNo
    amount_fen: Fen
    authority: Authority | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"
    summary: Annotated[str, Field(max_length=60)]
    branch_no: BranchNo
    till_no: TillNo
    teller_no: TellerNo
    made_at: IsoInstant


class PostingReply(Reply):
    """`core_serial` is empty where nothing was posted; `accounting_date` is the posting's, otherwise today's."""

    result: Literal["POSTED", "REJECTED"]
    leg_id: LegId
    amount_fen: Fen
    core_serial: Serial
    accounting_date: IsoDate
    code: Code
    message: Words


class BookingKind(StrEnum):
    """What a booking is for. Each kind has its own pair of accounts, and core books no other under it.

    The bank's internal accounts for these: `RP-0712`, refunds payable (待退客户款) of branch 0712; `OS-0712`, its cash
    over and short (长短款); `RB-1101`, receivable from biller 1101 (应收缴费单位款). No posting may touch them.
    """

    TILL_TO_SUSPENSE = "TILL_TO_SUSPENSE"
    """Dr till / Cr refunds payable: cash the customer did not wait for"""
    SUSPENSE_FROM_INTERNAL = "SUSPENSE_FROM_INTERNAL"
    """Dr a biller's internal account / Cr refunds payable: a posting that could not be reversed any more"""
    REFUND_PAY_OUT = "REFUND_PAY_OUT"
    """Dr refunds payable / Cr till: the customer gets the cash"""
    REFUND_CREDIT = "REFUND_CREDIT"
    """Dr refunds payable / Cr the customer's account"""
    RECEIVABLE_FROM_BILLER = "RECEIVABLE_FROM_BILLER"
    """Dr receivable from biller / Cr refunds payable: a refund the biller has agreed to, to be paid out in cash"""
    RECEIVABLE_CREDIT = "RECEIVABLE_CREDIT"
    """Dr receivable from biller / Cr the customer's account: the same, to the account at once"""
    RECEIVABLE_REPAID = "RECEIVABLE_REPAID"
    """Dr the biller's settlement account / Cr receivable from biller"""
    TILL_OVER = "TILL_OVER"
    """Dr till / Cr over and short"""
    TILL_SHORT = "TILL_SHORT"
    """Dr over and short / Cr till"""


class BookingRequest(Request):
    """Dr `debit_account` / Cr `credit_account` for one of the kinds, on today's accounting date, in whole fen of CNY.

    `till_no` where a till takes part, and then its own; the branch's accounts must be of `branch_no`.
    """

    leg_id: LegId
    channel_id: ChannelId
    channel_serial: ChannelSerial
    kind: Annotated[BookingKind, Field(strict=False)]
    debit_account: AccountNo
    credit_account: AccountNo
    amount_fen: Fen
    summary: Annotated[str, Field(max_length=60)]
    branch_no: BranchNo
    till_no: TillNo | None = None
    teller_no: TellerNo
    made_at: IsoInstant


class BookingReply(Reply):
    """`core_serial` is empty where nothing was booked; `accounting_date` is the booking's, otherwise today's."""

    result: Literal["BOOKED", "REJECTED"]
    leg_id: LegId
    amount_fen: Fen
    core_serial: Serial
    accounting_date: IsoDate
    code: Code
    message: Words


class BookingStatus(Reply):
    """What became of a booking. NOT_FOUND is no proof that it never will be made: it may still be under way."""

    result: Literal["BOOKED", "REVERSED", "REJECTED", "NOT_FOUND", "TOMBSTONED"]
    leg_id: LegId
    amount_fen: Fen | None
    core_serial: Serial
    accounting_date: IsoDate
    code: Code
    message: Words


class ReversalRequest(Request):
    """Undo the posting or booking with `original_leg_id`, or make sure that it never happens."""

    leg_id: LegId
    channel_id: ChannelId
    channel_serial: ChannelSerial
    original_leg_id: LegId
    amount_fen: Fen


class ReversalReply(Reply):
    """NOT_FOUND: nothing was posted under `original_leg_id`, and now nothing can be (a tombstone is laid).
    REJECTED with DATE_ROLLED: the posting belongs to an accounting date that is closed; with INSUFFICIENT_FUNDS: what a
    booking brought has been spent."""

    result: Literal["REVERSED", "ALREADY_REVERSED", "NOT_FOUND", "REJECTED"]
    leg_id: LegId
    original_leg_id: LegId
    amount_fen: Fen
    core_serial: Serial
    accounting_date: IsoDate
    code: Code
    message: Words


class PostingStatus(Reply):
    """What became of a posting. NOT_FOUND is no proof that it never will be posted: it may still be under way."""

    result: Literal["POSTED", "REVERSED", "REJECTED", "NOT_FOUND", "TOMBSTONED"]
    leg_id: LegId
    amount_fen: Fen | None
    core_serial: Serial
    accounting_date: IsoDate
    code: Code
    message: Words


class AccountingDateReply(Reply):
    """The accounting date core posts under now."""

    accounting_date: IsoDate


class AccountReply(Reply):
    """An account as a teller may see it: `holder` is masked by the surname."""

    result: Literal["FOUND", "REJECTED"]
    account_no: AccountNo
    kind: Annotated[str, SafeText(20)]
    holder: Annotated[str, SafeText(60)]
    status: Annotated[str, SafeText(20)]
    code: Code
    message: Words = ""


CORE_REFUSALS = frozenset(
    {
        "ACCOUNT_NOT_FOUND",
        "ACCOUNT_FROZEN",
        "ACCOUNT_CLOSED",
        "INSUFFICIENT_FUNDS",
        "NO_AUTHORITY",
        "WRONG_PIN",
        "PIN_LOCKED",
        "CURRENCY",
        "SAME_ACCOUNT",
        "TOMBSTONED",
        "DATE_ROLLED",
        "AMOUNT_MISMATCH",
        "CORE_CLOSED",
        "ACCOUNTS_NOT_ALLOWED",
        "OTHER_BRANCH",
    }
)
"""Codes with which core's REJECTED is definite: nothing was posted, booked or reversed, and it will not happen later.
"""

POST = Endpoint("CORE_POST", "POST", "/v1/postings", PostingReply, frozenset({"POSTED"}), CORE_REFUSALS)
REVERSE = Endpoint(
    "CORE_REVERSE",
    "POST",
    "/v1/reversals",
    ReversalReply,
    frozenset({"REVERSED", "ALREADY_REVERSED", "NOT_FOUND"}),
    CORE_REFUSALS,
)
INQUIRE = Endpoint(
    "CORE_INQUIRE",
    "GET",
    "/v1/postings/{leg_id}",
    PostingStatus,
    frozenset({"POSTED", "REVERSED", "NOT_FOUND", "TOMBSTONED"}),
    CORE_REFUSALS,
)
"""REJECTED here: the posting asked about was refused, with the code it was refused with."""
BOOK = Endpoint("CORE_BOOK", "POST", "/v1/bookings", BookingReply, frozenset({"BOOKED"}), CORE_REFUSALS)
INQUIRE_BOOKING = Endpoint(
    "CORE_INQUIRE_BOOKING",
    "GET",
    "/v1/bookings/{leg_id}",
    BookingStatus,
    frozenset({"BOOKED", "REVERSED", "NOT_FOUND", "TOMBSTONED"}),
    CORE_REFUSALS,
)
"""REJECTED here: the booking asked about was refused, with the code it was refused with."""
ACCOUNTING_DATE = Endpoint("CORE_ACCOUNTING_DATE", "GET", "/v1/accounting-date", AccountingDateReply)
ACCOUNT = Endpoint(
    "CORE_ACCOUNT", "GET", "/v1/accounts/{account_no}", AccountReply, frozenset({"FOUND"}), CORE_REFUSALS
)
ENDPOINTS = (POST, REVERSE, INQUIRE, BOOK, INQUIRE_BOOKING, ACCOUNTING_DATE, ACCOUNT)
