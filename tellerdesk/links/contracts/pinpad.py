"""The contract with the PIN pad on the counter: it is told what the customer is to consent to, and gives a block only
core can open. The desk never sees a digit of the PIN."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from tellerdesk.links.contracts.common import AccountNo, Fen, Reply, Request
from tellerdesk.links.contracts.core import PinBlock

PATH = "/v1/pin"


class PinRequest(Request):
    """Shown on the pad: the account and the amount the customer consents to."""

    account_no: AccountNo
    amount_fen: Fen


class PinReply(Reply):
    """CANCELLED: the customer pressed cancel. TIMEOUT: nobody keyed anything."""

    result: Literal["ENTERED", "CANCELLED", "TIMEOUT"]
    pin_block: PinBlock | None = None

    @model_validator(mode="after")
    def _whole(self) -> PinReply:
        if (self.result == "ENTERED") != (self.pin_block is not None):
            raise ValueError("a block exactly where a PIN was entered")
        return self
