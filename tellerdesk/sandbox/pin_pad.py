"""The PIN pad on the counter as an HTTP service, with a customer before it who keys the PIN when asked.

It is wired to its own counter and listens on loopback alone; its messages are not signed, and a block is worth nothing
to anybody but core.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from fastapi import FastAPI, Response

from tellerdesk.links.contracts import pinpad
from tellerdesk.links.contracts.common import Problem
from tellerdesk.links.strict_json import canonical_json
from tellerdesk.sandbox import people
from tellerdesk.sandbox.pin_blocks import seal
from tellerdesk.sandbox.signed_app import json_response, new_app

TITLE = "PIN pad"
ABOUT = """Asks the customer for the PIN of an account, showing account and amount.

The answer holds a block that only core can open, and only for that account and that amount; no block is ever the same
as another. Nothing is signed.
"""
OPERATION = "PINPAD_READ"

SILENCE_S = 1.0
"""How long the pad waits for a customer who keys nothing."""

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "Not JSON of exactly one meaning"},
    422: {"model": Problem, "description": "The message does not keep the contract"},
}


class Customer(StrEnum):
    """What a customer does at the pad."""

    RIGHT = "right"
    WRONG = "wrong"
    CANCEL = "cancel"
    SILENT = "silent"


class Customers:
    """Who stands before the pad: those that were announced, in their order; after them everybody keys the right PIN."""

    def __init__(self) -> None:
        self._announced: deque[Customer] = deque()

    def announce(self, customers: Iterable[Customer]) -> None:
        self._announced.extend(customers)

    def forget(self) -> None:
        self._announced.clear()

    def next(self) -> Customer:
        return self._announced.popleft() if self._announced else Customer.RIGHT

    @property
    def announced(self) -> list[str]:
        return [customer.value for customer in self._announced]


def pin_pad_app(key: bytes, customers: Customers) -> FastAPI:
    app = new_app(TITLE, ABOUT)

    @app.post(pinpad.PATH, response_model=pinpad.PinReply, responses=_PROBLEMS, operation_id=OPERATION)
    async def read(body: pinpad.PinRequest) -> Response:
        """Have the customer key the PIN."""
        customer = customers.next()
        if customer is Customer.SILENT:
            await asyncio.sleep(SILENCE_S)
            return _reply(pinpad.PinReply(result="TIMEOUT"))
        if customer is Customer.CANCEL:
            return _reply(pinpad.PinReply(result="CANCELLED"))
        pin = people.pin(body.account_no)
        keyed = pin if customer is Customer.RIGHT else f"{(int(pin) + 1) % 10**6:06d}"
        return _reply(pinpad.PinReply(result="ENTERED", pin_block=seal(key, keyed, body.account_no, body.amount_fen)))

    return app


def _reply(reply: pinpad.PinReply) -> Response:
    return json_response(canonical_json(reply.model_dump(mode="json")))
