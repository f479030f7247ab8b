"""The PIN pad on the counter: the customer keys the PIN there and nowhere else, and a block comes back that only core
can open.

It is asked under one total deadline, like every counterpart (see `client`). Nothing it does raises: a reading is
entered, cancelled, timed out, or the pad is not there.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import ssl
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from pydantic import ValidationError

from tellerdesk.links import strict_json
from tellerdesk.links.client import warm_up
from tellerdesk.links.contracts.pinpad import PATH, PinReply, PinRequest
from tellerdesk.links.loop_thread import LoopThread

MOST_BYTES = 4_096
CONNECT_DEADLINE_S = 2.0
_GRACE_S = 0.3

_loop = LoopThread("tellerdesk-pinpad")


class PinResult(StrEnum):
    """What came of asking for a PIN."""

    ENTERED = "ENTERED"
    CANCELLED = "CANCELLED"
    TIMEOUT = "TIMEOUT"
    """Nobody keyed anything in time."""
    GONE = "GONE"
    """No pad answered, or what answered cannot be understood."""


@dataclass(frozen=True, slots=True)
class PinReading:
    """`pin_block` is there exactly where a PIN was entered; `reason` is a word for why the pad is gone."""

    result: PinResult
    pin_block: str = ""
    reason: str = ""


class PinPad(Protocol):
    """What the desk needs of a pad, whatever it is plugged into."""

    def read(self, account_no: str, amount_fen: int) -> PinReading:
        """Shows account and amount (fen) and waits for the customer. Never raises for anything the pad does."""


class HttpPinPad:
    """A pad behind an HTTP address of this workstation. `deadline_s` bounds the whole of a reading, in seconds."""

    def __init__(self, url: str, deadline_s: float) -> None:
        """`url` without a slash at the end."""
        self._url = url.rstrip("/") + PATH
        self._deadline_s = deadline_s
        is_tls = url.startswith("https://")
        self._ssl = ssl.create_default_context() if is_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def read(self, account_no: str, amount_fen: int) -> PinReading:
        """Waits `deadline_s` seconds at most. Raises ValueError where account or amount cannot be shown."""
        request = PinRequest(account_no=account_no, amount_fen=amount_fen)
        body = strict_json.canonical_json(request.model_dump(mode="json"))
        warm_up()
        try:
            return _loop.run(self._bounded(body), self._deadline_s + _GRACE_S)
        except concurrent.futures.TimeoutError:
            return PinReading(PinResult.TIMEOUT)
        except concurrent.futures.CancelledError:
            return _gone("closed")

    async def _bounded(self, body: bytes) -> PinReading:
        import httpx

        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._ask(body)
        except TimeoutError:
            return PinReading(PinResult.TIMEOUT)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return _gone("not-connected")
        except Exception:  # whatever a pad makes the library raise, it must not end the teller's form
            return _gone("broken")

    async def _ask(self, body: bytes) -> PinReading:
        import httpx

        headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
        async with (
            httpx.AsyncClient(
                verify=self._ssl,
                trust_env=False,
                follow_redirects=False,
                timeout=httpx.Timeout(None, connect=CONNECT_DEADLINE_S),
            ) as client,
            client.stream("POST", self._url, content=body, headers=headers) as response,
        ):
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                return _gone("encoded")
            received = bytearray()
            async for piece in response.aiter_raw():
                received += piece
                if len(received) > MOST_BYTES:
                    return _gone("oversized")
        return _understood(response.status_code, bytes(received))


def _understood(status: int, body: bytes) -> PinReading:
    if status != 200:
        return _gone(f"http-{status}")
    try:
        reply = PinReply.model_validate(strict_json.parse(body))
    except (strict_json.NotStrictJson, ValidationError):
        return _gone("wrong-shape")
    return PinReading(PinResult(reply.result), reply.pin_block or "")


def _gone(reason: str) -> PinReading:
    return PinReading(PinResult.GONE, reason=reason)
