"""The core bank as an HTTP service."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Path, Request, Response

from tellerdesk.clock import Clock
from tellerdesk.links.contracts import core
from tellerdesk.links.contracts.common import AccountNo, LegId
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.sandbox.core_bookings import Bookings
from tellerdesk.sandbox.core_ledger import CoreLedger
from tellerdesk.sandbox.signed_app import PROBLEMS, json_response, new_app, same_channel

TITLE = "Core bank"
ABOUT = """Postings, bookings, reversals and inquiries for the counters. Amounts are whole fen of CNY.

Every request carries `X-Channel-Id`, `X-Timestamp` (unix seconds, at most 600 off), `X-Request-Id` and `X-Signature`:
HMAC-SHA256 in hex over method, raw request target, SHA-256 of the body in hex, timestamp, request id and channel id,
joined by line feeds. Every response carries `X-Response-Signature` over "response", status, SHA-256 of the body and the
request's `X-Signature`.

A leg id is the idempotency key, kept for ever: the same body gives the stored reply again, another body 409.
A reversal of a leg that was never posted lays a tombstone: the leg is refused if it arrives later.

A booking moves money between the bank's own accounts, or between them and a till or a customer's account. Its kind
allows one pair of kinds of account; another pair is refused with ACCOUNTS_NOT_ALLOWED, another branch's account or
another till's with OTHER_BRANCH. Refunds payable never pay out more than they hold (INSUFFICIENT_FUNDS).
"""


def core_app(ledger: CoreLedger, clock: Clock) -> FastAPI:
    """The application without its signatures (see `signed_app.Signed`)."""
    app = new_app(TITLE, ABOUT)
    bookings = Bookings(ledger)

    @app.post(core.POST.path, response_model=core.PostingReply, responses=PROBLEMS, operation_id=core.POST.name)
    async def post(request: Request, body: core.PostingRequest) -> Response:
        """Dr one account, Cr another."""
        same_channel(request, body.channel_id)
        return json_response(ledger.post(body, clock.now()))

    @app.post(core.REVERSE.path, response_model=core.ReversalReply, responses=PROBLEMS, operation_id=core.REVERSE.name)
    async def reverse(request: Request, body: core.ReversalRequest) -> Response:
        """Undo a posting or a booking of the same accounting date, or make sure that it never happens."""
        same_channel(request, body.channel_id)
        return json_response(ledger.reverse(body, clock.now()))

    @app.get(core.INQUIRE.path, response_model=core.PostingStatus, responses=PROBLEMS, operation_id=core.INQUIRE.name)
    async def inquire(leg_id: Annotated[LegId, Path()]) -> Response:
        """What became of a posting."""
        return json_response(canonical_json(ledger.inquire(leg_id).model_dump(mode="json")))

    @app.post(core.BOOK.path, response_model=core.BookingReply, responses=PROBLEMS, operation_id=core.BOOK.name)
    async def book(request: Request, body: core.BookingRequest) -> Response:
        """Move money among the bank's own accounts, for one of the kinds."""
        same_channel(request, body.channel_id)
        return json_response(bookings.make(body, clock.now()))

    @app.get(
        core.INQUIRE_BOOKING.path,
        response_model=core.BookingStatus,
        responses=PROBLEMS,
        operation_id=core.INQUIRE_BOOKING.name,
    )
    async def inquire_booking(leg_id: Annotated[LegId, Path()]) -> Response:
        """What became of a booking."""
        return json_response(canonical_json(bookings.inquire(leg_id).model_dump(mode="json")))

    @app.get(
        core.ACCOUNTING_DATE.path,
        response_model=core.AccountingDateReply,
        responses=PROBLEMS,
        operation_id=core.ACCOUNTING_DATE.name,
    )
    async def accounting_date() -> Response:
        """The date postings are booked under now."""
        return json_response(canonical_json({"accounting_date": ledger.accounting_date.isoformat()}))

    @app.get(core.ACCOUNT.path, response_model=core.AccountReply, responses=PROBLEMS, operation_id=core.ACCOUNT.name)
    async def account(account_no: Annotated[AccountNo, Path()]) -> Response:
        """An account, its holder masked."""
        return json_response(canonical_json(ledger.account(account_no).model_dump(mode="json")))

    return app
