"""The HTTP client of all counterparts: one signed question, one answer, one total deadline.

httpx limits each read, not the whole: an answer that drips byte by byte outlives any such limit. So every call runs on
a private asyncio loop under one deadline that also covers the connection, the head and the body. Each call has its own
connection (a kept one that the other side has just closed would turn a payment into a question), no redirect is
followed, no proxy variable is read, no encoding is undone, nothing is sent twice.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import importlib
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal

from tellerdesk.clock import Clock
from tellerdesk.links import signing
from tellerdesk.links.loop_thread import LoopThread

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 262_144
_GRACE_S = 0.3
"""How long the loop may take to notice its own deadline before the calling thread goes on without it."""

_loop = LoopThread("tellerdesk-links")


def warm_up() -> None:
    """Loads the HTTP library, so that the first call does not spend its deadline on that. Costs 0.3 s, once."""
    importlib.import_module("httpx")
    importlib.import_module("httpcore")
    with contextlib.suppress(ImportError):
        importlib.import_module("anyio._backends._asyncio")  # what httpcore loads on its first connection


def close_links() -> None:
    """Ends the loop thread of all clients; a later call starts it again."""
    _loop.close()


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came of one call.

    unsent    not a byte of the request was written
    unknown   bytes may have been written, and no whole answer came
    answered  `status` and `body` are whole; `signed` says whether they are the counterpart's own, for this request

    `reason` is a word for the log, empty where answered. `told_at` is the other side's clock (aware UTC) where its
    answer's Date header tells it, to the second; no signature covers it, so nothing may be decided by it.
    """

    kind: Literal["unsent", "unknown", "answered"]
    status: int = 0
    body: bytes = b""
    reason: str = ""
    signed: bool = False
    content_type: str = ""
    told_at: datetime | None = None


class SignedClient:
    """Calls one counterpart. Any number of threads may use it at once."""

    def __init__(
        self,
        base_url: str,
        channel_id: str,
        secret: bytes,
        clock: Clock,
        connect_deadline_s: float,
        most_bytes: int = MOST_BYTES,
        ca_file: str | None = None,
    ) -> None:
        """`base_url` without a slash at the end; `ca_file` names a bank's own certificate authority."""
        self._base_url = base_url.rstrip("/")
        self._channel_id = channel_id
        self._secret = secret
        self._clock = clock
        self._connect_deadline_s = connect_deadline_s
        self._most_bytes = most_bytes
        self._ssl = self._ssl_context(ca_file)

    def __repr__(self) -> str:
        return f"SignedClient({self._base_url!r}, {self._channel_id!r})"

    def exchange(self, method: str, target: str, body: bytes, request_id: str, deadline_s: float) -> Exchange:
        """Sends one request and waits `deadline_s` seconds for the whole of its answer.

        Never raises for anything the other side does. Raises ValueError for a request id that cannot stand in a header.
        """
        headers = signing.request_headers(
            self._secret,
            method=method,
            target=target,
            body=body,
            unix_seconds=int(self._clock.now().timestamp()),
            request_id=request_id,
            channel_id=self._channel_id,
        )
        warm_up()
        stage = _Stage()
        try:
            return _loop.run(self._bounded(method, target, body, headers, deadline_s, stage), deadline_s + _GRACE_S)
        except concurrent.futures.TimeoutError:
            return stage.failed("timeout")
        except concurrent.futures.CancelledError:
            return stage.failed("closed")

    async def _bounded(
        self, method: str, target: str, body: bytes, headers: dict[str, str], deadline_s: float, stage: _Stage
    ) -> Exchange:
        import httpx

        try:
            async with asyncio.timeout(deadline_s):
                return await self._ask(method, target, body, headers, stage)
        except TimeoutError:
            return stage.failed("timeout")
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return Exchange("unsent", reason="not-connected")
        except httpx.HTTPError as error:
            return stage.failed(_WORDS.get(type(error).__name__, "broken"))
        except Exception:  # whatever a counterpart makes the library raise, it must not end a flow
            return stage.failed("broken")

    async def _ask(self, method: str, target: str, body: bytes, headers: dict[str, str], stage: _Stage) -> Exchange:
        import httpx

        sent = {
            **headers,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "User-Agent": "tellerdesk",
        }
        if body:
            sent["Content-Type"] = "application/json"
        stage.begin()
        async with (
            httpx.AsyncClient(
                verify=self._ssl,
                trust_env=False,
                follow_redirects=False,
                timeout=httpx.Timeout(None, connect=self._connect_deadline_s),
                limits=httpx.Limits(max_keepalive_connections=0),
            ) as client,
            client.stream(
                method, self._base_url + target, content=body, headers=sent, extensions={"trace": stage.trace}
            ) as response,
        ):
            return await self._answer(response, headers[signing.SIGNATURE])

    async def _answer(self, response: httpx.Response, request_signature: str) -> Exchange:
        status = response.status_code
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            return Exchange("unknown", status, reason="encoded")
        received = bytearray()
        async for piece in response.aiter_raw():
            received += piece
            if len(received) > self._most_bytes:
                return Exchange("unknown", status, reason="oversized")
        body = bytes(received)
        signed = signing.response_is_signed(
            self._secret,
            response.headers.get(signing.RESPONSE_SIGNATURE, ""),
            status=status,
            body=body,
            request_signature=request_signature,
        )
        return Exchange(
            "answered",
            status,
            body,
            signed=signed,
            content_type=response.headers.get("content-type", ""),
            told_at=_instant(response.headers.get("date", "")),
        )

    def _ssl_context(self, ca_file: str | None) -> ssl.SSLContext:
        # Over plain HTTP (the sandbox on loopback) no authority is loaded: 20 ms saved, and it trusts nobody.
        if self._base_url.startswith("https://"):
            return ssl.create_default_context(cafile=ca_file)
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class _Stage:
    """How far a call came. "Unsent" is certain only before it begins and while the HTTP library's trace says that it
    is connecting; were the trace to say nothing, every failure would be "unknown"."""

    def __init__(self) -> None:
        self._unsent = True

    def begin(self) -> None:
        self._unsent = False

    async def trace(self, event: str, _details: dict[str, Any]) -> None:
        if event in _CONNECTING:
            self._unsent = True
        elif event.endswith((".started", ".complete")):
            self._unsent = False

    def failed(self, reason: str) -> Exchange:
        return Exchange("unsent" if self._unsent else "unknown", reason=reason)


def _instant(date_header: str) -> datetime | None:
    try:
        return parsedate_to_datetime(date_header).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


_CONNECTING = frozenset({"connection.connect_tcp.started", "connection.start_tls.started"})

_WORDS = {
    "ReadError": "reset",
    "WriteError": "reset",
    "CloseError": "reset",
    "RemoteProtocolError": "bad-http",
    "LocalProtocolError": "bad-http",
    "DecodingError": "encoded",
    "ReadTimeout": "timeout",
    "WriteTimeout": "timeout",
}
