"""A server that answers anything: each connection gets the bytes its script yields, and is remembered."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tellerdesk.links import signing

Script = Callable[[bytes], Iterable[bytes]]
"""Gets the raw request; what it yields is sent piece by piece."""


@dataclass(slots=True)
class OddServer:
    """`requests` are the raw requests in the order they came, one for each connection."""

    script: Script
    listener: socket.socket
    tls: ssl.SSLContext | None = None
    requests: list[bytes] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)
    written: int = 0

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.listener.getsockname()[1]}"

    def pause(self, seconds: float) -> None:
        """Waits inside a script, and ends early when the server does."""
        self.ending.wait(seconds)

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            request = _request(connection)
            self.requests.append(request)
            for piece in self.script(request):
                if self.ending.is_set():
                    return
                connection.sendall(piece)
                self.written += len(piece)
            connection.close()


@contextmanager
def odd_server(script: Script, tls: ssl.SSLContext | None = None) -> Iterator[OddServer]:
    server = OddServer(script, socket.create_server(("127.0.0.1", 0)), tls)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ending.set()
        with suppress(OSError):
            server.listener.shutdown(socket.SHUT_RDWR)
        server.listener.close()
        thread.join(5)


def header(request: bytes, name: str) -> str:
    """The value of a request's header."""
    for line in request.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name.lower().encode():
            return value.strip().decode()
    return ""


def signed_answer(
    request: bytes, secret: bytes, body: bytes = b"{}", status: int = 200, headers: Iterable[str] = ()
) -> bytes:
    """A whole answer as the counterpart itself would give it."""
    signature = signing.sign_response(
        secret, status=status, body=body, request_signature=header(request, signing.SIGNATURE)
    )
    lines = [
        f"HTTP/1.1 {status} OK",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"{signing.RESPONSE_SIGNATURE}: {signature}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _request(connection: socket.socket) -> bytes:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65_536)
        if not piece:
            return received
        received += piece
    length = int(header(received, "content-length") or 0)
    while len(received.partition(b"\r\n\r\n")[2]) < length:
        received += connection.recv(65_536)
    return received
