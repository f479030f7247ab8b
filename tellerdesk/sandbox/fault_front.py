"""A TCP front before one counterpart: carries requests on, or does to them what its rules say.

It is a front of its own because a web server can neither drip, truncate nor reset an answer. Each connection carries
one request.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from tellerdesk.links import signing, strict_json
from tellerdesk.sandbox import forged
from tellerdesk.sandbox.config import HOST
from tellerdesk.sandbox.faults import AnswerWay, Processed
from tellerdesk.sandbox.rules import Actions, Rule, Rules
from tellerdesk.sandbox.wire import MOST_HEAD, BadRequest, WireRequest, WireResponse, carry, read_request

HOLD_MOST_S = 120
"""A connection on which nothing is to happen is let go after this, if the other side did not give up before."""
DRIP_S = 0.2
OVERSIZED_BYTES = 8 * 1024 * 1024
BOMB_BYTES = 200 * 1024 * 1024
_JSON = {"content-type": "application/json"}


class FaultFront:
    """The public port of one counterpart."""

    def __init__(
        self, name: str, actions: Actions, upstream_port: int, secret: bytes, late_s: float, today: Callable[[], date]
    ) -> None:
        self.name = name
        self.actions = actions
        self.rules = Rules()
        self.port = 0
        self._upstream_port = upstream_port
        self._secret = secret
        self._late_s = late_s
        self._today = today
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self._late: dict[asyncio.Task[None], _Held] = {}

    @property
    def is_up(self) -> bool:
        return self._server is not None

    async def open(self, port: int = 0) -> None:
        """Listens; on the same port again after `refuse`. Raises OSError where the port is taken."""
        if self._server is None:
            self._server = await asyncio.start_server(self._welcome, HOST, port or self.port, limit=MOST_HEAD)
            self.port = self._server.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Connections are refused from now on; those open are reset."""
        if self._server is not None:
            server, self._server = self._server, None
            server.close()
            await self._end(self._talks)

    async def close(self) -> None:
        await self.refuse()
        await self._end(set(self._late))

    async def deliver_late(self) -> int:
        """Delivers every held-back request now, and waits until it is done; how many there were."""
        waiting = dict(self._late)
        for held in waiting.values():
            held.answered.set()
            held.now.set()
        await asyncio.gather(*waiting, return_exceptions=True)
        return len(waiting)

    async def _end(self, tasks: set[asyncio.Task[None]]) -> None:
        ending = tuple(tasks)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._talks.add(task)
            task.add_done_callback(self._talks.discard)
        try:
            await self._talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()
        except asyncio.CancelledError:
            _reset(writer)
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(HOLD_MOST_S):
                request = await read_request(reader)
        except (BadRequest, TimeoutError):
            writer.write(WireResponse(400, b"").raw())
            return
        if request is None:
            return
        action, places = self.actions.of(request.method, request.path)
        request_id = request.headers.get(signing.REQUEST_ID.lower(), "")
        rule = self.rules.take(action, request.method, request.path, request_id)
        if rule is None:
            writer.write((await self._carry(action, request)).raw())
            await writer.drain()
            return
        held = self._hold_back(action, request, rule) if rule.processed is Processed.LATE else None
        try:
            real = await self._process(action, request, rule)
            sent = {**places, **_fields(request.body)}
            await self._answer(reader, writer, rule, self._response(action, rule, request, sent, real))
        finally:
            if held is not None:
                held.answered.set()

    async def _carry(self, action: str, request: WireRequest) -> WireResponse:
        self.rules.delivered[action] += 1
        return await carry(HOST, self._upstream_port, request)

    async def _process(self, action: str, request: WireRequest, rule: Rule) -> WireResponse | None:
        """What becomes of the request; the counterpart's answer where there is one already."""
        if rule.processed in (Processed.NO, Processed.LATE):
            return None
        real = await self._carry(action, request)
        if rule.processed is Processed.TWICE:
            await self._carry(action, request)
        return real

    def _hold_back(self, action: str, request: WireRequest, rule: Rule) -> _Held:
        held = _Held()
        late_s = self._late_s if rule.late_s is None else rule.late_s
        task = asyncio.create_task(self._deliver(action, request, late_s, held))
        self._late[task] = held
        task.add_done_callback(self._late.pop)
        return held

    async def _deliver(self, action: str, request: WireRequest, late_s: float, held: _Held) -> None:
        """The delay runs from the moment the other side has its answer, or has given up waiting for it."""
        await held.answered.wait()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(held.now.wait(), late_s)
        with contextlib.suppress(OSError):
            await self._carry(action, request)

    def _response(
        self, action: str, rule: Rule, request: WireRequest, sent: dict[str, Any], real: WireResponse | None
    ) -> WireResponse:
        """What the rule wants to be seen, as far as it is a response at all."""
        today = self._today()
        way = rule.answer
        told = forged.success(action, sent, today) if real is None else _fields(real.body)
        signed = forged.may_sign(action, way, rule.processed)
        status, kind = 200, "application/json"
        body: bytes | None = None
        if way is AnswerWay.STATUS_4XX:
            status, told = 429, {"error": "TOO_MANY", "message": "请求过多"}
        elif way is AnswerWay.STATUS_5XX:
            status, told = 500, {"error": "FAILED", "message": "系统错误"}
        elif way is AnswerWay.GARBAGE:
            body = b'{"result": "PA<html>\xff\xfe' + b"\x1b]0;x\x07" * 8
        elif way is AnswerWay.WRONG_TYPE:
            kind = "text/html"
        elif way is AnswerWay.REJECT:
            told = forged.refusal(action, sent, today)
        elif way is AnswerWay.OTHER_ID:
            told, signed = _or_unsigned(forged.for_another(told), told)
        elif way is AnswerWay.OTHER_AMOUNT:
            told, signed = _or_unsigned(forged.of_another_amount(told), told)
        elif real is not None:
            return real
        body = strict_json.canonical_json(told) if body is None else body
        response = WireResponse(status, body, {"content-type": kind})
        return self._sign(response, request) if signed else response

    def _sign(self, response: WireResponse, request: WireRequest) -> WireResponse:
        signature = signing.sign_response(
            self._secret,
            status=response.status,
            body=response.body,
            request_signature=request.headers.get(signing.SIGNATURE.lower(), ""),
        )
        return replace(response, headers={**response.headers, signing.RESPONSE_SIGNATURE.lower(): signature})

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rule: Rule, response: WireResponse
    ) -> None:
        """Lets the other side see the response, or something else, the rule's way."""
        way = rule.answer
        if way is AnswerWay.RESET:
            _reset(writer)
        elif way is AnswerWay.TIMEOUT:
            await _until_gone(reader)
        elif way is AnswerWay.OVERSIZED:
            await _pour(writer, response)
        elif way is AnswerWay.GZIP_BOMB:
            headers = {**response.headers, "content-encoding": "gzip"}
            writer.write(replace(response, body=_bomb(), headers=headers).raw())
        elif way is AnswerWay.SLOW_HEAD:
            await _drip(reader, writer, b"HTTP/1.1 200 OK\r\nX-Slow: " + b"." * int(HOLD_MOST_S / DRIP_S))
        elif way is AnswerWay.SLOW_BODY:
            writer.write(response.head())
            await _drip(reader, writer, response.body)
        elif way is AnswerWay.TRUNCATED:
            writer.write(response.head() + response.body[: len(response.body) // 2])
        elif way is AnswerWay.DUPLICATED:
            writer.write(response.raw() * 2)
        else:
            writer.write(response.raw())
        if not writer.is_closing():
            await writer.drain()


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """A request held back: `answered` starts its delay, `now` ends it."""

    answered: asyncio.Event = field(default_factory=asyncio.Event)
    now: asyncio.Event = field(default_factory=asyncio.Event)


def _fields(body: bytes) -> dict[str, Any]:
    """A JSON object's fields; none for anything else."""
    try:
        value = strict_json.parse(body, most_bytes=len(body)) if body else {}
    except strict_json.NotStrictJson:
        return {}
    return value if isinstance(value, dict) else {}


def _or_unsigned(altered: dict[str, Any] | None, told: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """An answer in which nothing could be altered must not carry a signature."""
    return (told, False) if altered is None else (altered, True)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends the connection with RST instead of FIN."""
    connection: socket.socket | None = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _until_gone(reader: asyncio.StreamReader, most_s: float = HOLD_MOST_S) -> bool:
    """Waits for the other side to go away; False where it is still there after `most_s`."""
    try:
        async with asyncio.timeout(most_s):
            while await reader.read(4096):
                pass
    except TimeoutError:
        return False
    return True


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, raw: bytes) -> None:
    for place in range(len(raw)):
        writer.write(raw[place : place + 1])
        await writer.drain()
        if await _until_gone(reader, DRIP_S):
            return


async def _pour(writer: asyncio.StreamWriter, response: WireResponse) -> None:
    """The response, led by many megabytes of the white space JSON allows."""
    padding = b" " * 65_536
    writer.write(response.head(length=OVERSIZED_BYTES + len(response.body)))
    for _ in range(OVERSIZED_BYTES // len(padding)):
        writer.write(padding)
        await writer.drain()
    writer.write(response.body)


@cache
def _bomb() -> bytes:
    """200 kB of gzip that unpack to 200 MB of white space: one packed block, repeated."""
    block = b" " * (1024 * 1024)
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    times = BOMB_BYTES // len(block)
    checksum = 0
    for _ in range(times):
        checksum = zlib.crc32(block, checksum)
    head = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
    return head + packed * times + packer.flush() + struct.pack("<II", checksum, BOMB_BYTES % 2**32)
