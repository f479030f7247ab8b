"""The electricity company as an HTTP service."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Path, Request, Response

from tellerdesk.clock import Clock
from tellerdesk.links.contracts import biller
from tellerdesk.links.contracts.common import LegId, Problem
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.sandbox.electricity_ledger import ElectricityLedger
from tellerdesk.sandbox.signed_app import PROBLEMS, Refused, json_response, new_app, same_channel

TITLE = "Electricity company"
ABOUT = """Bills and their payment. Amounts are whole fen of CNY; a bill is paid in full or not at all.

Requests and responses are signed as in the core bank's contract. A leg id is the idempotency key, kept for ever.
Refusals: NO_SUCH_CONSUMER, DISCONNECTED, NOTHING_OWED, AMOUNT_MISMATCH, REFERENCE_EXPIRED, CLOSED, TOMBSTONED.
After a tombstone is laid on a leg id, a payment with it is refused if it arrives later.
"""

_NO_INQUIRY = {**PROBLEMS, 501: {"model": Problem, "description": "This company answers no questions about payments"}}


def electricity_app(ledger: ElectricityLedger, clock: Clock) -> FastAPI:
    """The application without its signatures (see `signed_app.Signed`)."""
    app = new_app(TITLE, ABOUT)

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
        if not ledger.can("inquiry"):
            raise Refused(501, "NO_INQUIRY")
        return json_response(canonical_json(ledger.inquire(leg_id).model_dump(mode="json")))

    @app.post(
        biller.TOMBSTONE.path,
        response_model=biller.TombstoneReply,
        responses=PROBLEMS,
        operation_id=biller.TOMBSTONE.name,
    )
    async def tombstone(request: Request, body: biller.TombstoneRequest) -> Response:
        """Never take a payment, unless it is taken already."""
        same_channel(request, body.channel_id)
        return json_response(ledger.lay(body))

    return app
