"""A biller as an HTTP service. All billers speak the same contract; what they take and can do differs."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Path, Request, Response

from tellerdesk.clock import Clock
from tellerdesk.links.contracts import biller
from tellerdesk.links.contracts.common import LegId, Problem
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.sandbox.biller_ledger import BillerLedger
from tellerdesk.sandbox.biller_undoing import Undoing
from tellerdesk.sandbox.signed_app import PROBLEMS, Refused, json_response, new_app, same_channel

ABOUT = """Bills and their payment. Amounts are whole fen of CNY.

Every biller speaks this one contract. They differ in what they take, which the bank's catalogue knows: a bill in full
or not at all; in full or more, the rest becoming the consumer's balance; any part of it, for the oldest period first;
or, for a top-up, where nothing is owed, an amount within bounds.

Requests and responses are signed as in the core bank's contract. A leg id is the idempotency key, kept for ever, with
every biller that has that capability. A biller that cannot be asked, cannot be told to forget or cannot take a payment
back answers 501.
Refusals: NO_SUCH_CONSUMER, DISCONNECTED, NOTHING_OWED, AMOUNT_MISMATCH, AMOUNT_TOO_LARGE, AMOUNT_NOT_ALLOWED,
REFERENCE_EXPIRED, CLOSED, TOMBSTONED.
After a tombstone is laid on a leg id, a payment with it is refused if it arrives later.

A payment of the biller's own day is cancelled as if it had never been: what it paid is owed again, the balance it made
is taken back. Refusals: NO_SUCH_PAYMENT (which lays no tombstone), CONSUMER_MISMATCH, AMOUNT_MISMATCH, CLOSED,
NOT_CANCELLABLE (refunded), OTHER_DAY (the day is cut off), IN_FILE, INVOICED, TOO_MUCH_USED (the balance is spent).
A payment of another day, or in a file, is undone by consent, and the biller owes the bank its amount. Refusals: the
same but for the days, NOT_REFUNDABLE (cancelled) and CANCEL_INSTEAD (of the open day and in no file).
"""

_NO_INQUIRY = {**PROBLEMS, 501: {"model": Problem, "description": "This biller answers no questions about payments"}}
_NO_TOMBSTONE = {**PROBLEMS, 501: {"model": Problem, "description": "This biller takes no tombstones"}}
_NO_CANCEL = {**PROBLEMS, 501: {"model": Problem, "description": "This biller takes no payment back"}}
_NO_CANCEL_INQUIRY = {
    **PROBLEMS,
    501: {"model": Problem, "description": "This biller takes no payment back, or answers no questions about it"},
}


def biller_app(ledger: BillerLedger, clock: Clock) -> FastAPI:
    """The application without its signatures (see `signed_app.Signed`)."""
    app = new_app(ledger.profile.title, ABOUT)
    undoing = Undoing(ledger)

    def able(capability: str, otherwise: str) -> None:
        if not ledger.can(capability):
            raise Refused(501, otherwise)

    @app.post(biller.QUERY.path, response_model=biller.BillReply, responses=PROBLEMS, operation_id=biller.QUERY.name)
    async def query(request: Request, body: biller.BillQuery) -> Response:
        """What a consumer owes."""
        same_channel(request, body.channel_id)
        return json_response(canonical_json(ledger.query(body, clock.now()).model_dump(mode="json")))

    @app.post(biller.PAY.path, response_model=biller.PayReply, responses=PROBLEMS, operation_id=biller.PAY.name)
    async def pay(request: Request, body: biller.PayRequest) -> Response:
        """Take the payment of a bill that was asked for."""
        same_channel(request, body.channel_id)
        return json_response(ledger.pay(body, clock.now()))

    @app.get(
        biller.INQUIRE.path, response_model=biller.PayStatus, responses=_NO_INQUIRY, operation_id=biller.INQUIRE.name
    )
    async def inquire(leg_id: Annotated[LegId, Path()]) -> Response:
        """What became of a payment."""
        able("inquiry", "NO_INQUIRY")
        return json_response(canonical_json(ledger.inquire(leg_id).model_dump(mode="json")))

    @app.post(
        biller.TOMBSTONE.path,
        response_model=biller.TombstoneReply,
        responses=_NO_TOMBSTONE,
        operation_id=biller.TOMBSTONE.name,
    )
    async def tombstone(request: Request, body: biller.TombstoneRequest) -> Response:
        """Never take a payment, unless it is taken already."""
        same_channel(request, body.channel_id)
        able("tombstone", "NO_TOMBSTONE")
        return json_response(ledger.lay(body))

    @app.post(
        biller.CANCEL.path, response_model=biller.CancelReply, responses=_NO_CANCEL, operation_id=biller.CANCEL.name
    )
    async def cancel(request: Request, body: biller.CancelRequest) -> Response:
        """Take a payment of the biller's own day back."""
        same_channel(request, body.channel_id)
        able("cancel", "NO_CANCEL")
        return json_response(undoing.cancel(body, clock.now()))

    @app.get(
        biller.INQUIRE_CANCEL.path,
        response_model=biller.CancelStatus,
        responses=_NO_CANCEL_INQUIRY,
        operation_id=biller.INQUIRE_CANCEL.name,
    )
    async def inquire_cancel(leg_id: Annotated[LegId, Path()]) -> Response:
        """What became of a cancellation."""
        able("cancel", "NO_CANCEL")
        able("inquiry", "NO_INQUIRY")
        return json_response(canonical_json(undoing.inquire(leg_id).model_dump(mode="json")))

    @app.post(
        biller.CONSENT.path, response_model=biller.ConsentReply, responses=_NO_CANCEL, operation_id=biller.CONSENT.name
    )
    async def consent(request: Request, body: biller.ConsentRequest) -> Response:
        """Agree to the refund of a payment that can be cancelled no more."""
        same_channel(request, body.channel_id)
        able("cancel", "NO_CANCEL")
        return json_response(undoing.agree(body, clock.now()))

    return app
