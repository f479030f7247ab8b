"""As much HTTP/1.1 as a fault front needs: read one request, carry it on, write an answer any way it likes."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field

MOST_HEAD = 65_536
MOST_BODY = 2_097_152


class BadRequest(Exception):
    """Not a request this front can carry."""


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One request as it came. `headers` by lower-case name, the last one of several."""

    method: str
    target: str
    lines: tuple[bytes, ...]
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def raw(self) -> bytes:
        """The request again, asking for the connection to be closed after the answer."""
        kept = [line for line in self.lines[1:] if line.partition(b":")[0].strip().lower() != b"connection"]
        return b"\r\n".join([self.lines[0], *kept, b"Connection: close", b"", b""]) + self.body


@dataclass(frozen=True, slots=True)
class WireResponse:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def head(self, *, length: int | None = None) -> bytes:
        lines = [f"HTTP/1.1 {self.status} Answer", "Connection: close"]
        lines.append(f"Content-Length: {len(self.body) if length is None else length}")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def raw(self) -> bytes:
        return self.head() + self.body


async def read_request(reader: asyncio.StreamReader) -> WireRequest | None:
    """The next request of a connection; None where there is none. Raises BadRequest."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError:
        raise BadRequest("head too large") from None
    lines = tuple(head[:-4].split(b"\r\n"))
    start = re.fullmatch(rb"([A-Z]{1,16}) (\S+) HTTP/1\.[01]", lines[0])
    if start is None:
        raise BadRequest("not HTTP/1.1")
    headers = _headers(lines[1:])
    length = headers.get("content-length", "0")
    if "transfer-encoding" in headers or not length.isdecimal() or int(length) > MOST_BODY:
        raise BadRequest("a body this front does not carry")
    body = await reader.readexactly(int(length))
    return WireRequest(start[1].decode(), start[2].decode("latin-1"), lines, headers, body)


async def carry(host: str, port: int, request: WireRequest) -> WireResponse:
    """Sends the request on and reads the whole answer. Raises OSError where the other side is gone."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request.raw())
        await writer.drain()
        raw = await reader.read(-1)
    finally:
        writer.close()
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if len(lines[0].split(b" ")) < 2:
        raise ConnectionError("no answer")
    kept = {
        name: value
        for name, value in _headers(lines[1:]).items()
        if name not in {"connection", "content-length", "server"}
    }
    return WireResponse(int(lines[0].split(b" ")[1]), body, kept)


def _headers(lines: tuple[bytes, ...] | list[bytes]) -> dict[str, str]:
    pairs = (line.decode("latin-1").partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
