"""What stands around the counterparts' applications: signatures in and out, a cap on bodies, and plain problems.

A response is signed for the request it answers only where that request's own signature was good. Anything else is
signed for no request at all: otherwise whoever copies a signature into a broken request could have a valid refusal
made for a request that was carried out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tellerdesk.clock import Clock
from tellerdesk.links import signing, strict_json
from tellerdesk.links.contracts.common import Problem
from tellerdesk.sandbox.ledger import LegConflict

MOST_BODY = 65_536
_MOST_READ = 1_048_576
"""Up to here a body too large is still read, so that its signature can be checked and the refusal be signed."""

PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "Not JSON of exactly one meaning, or of another channel"},
    401: {"model": Problem, "description": "Not signed, wrongly signed or stale; nothing was processed"},
    409: {"model": Problem, "description": "The leg id is known with another body; nothing was done"},
    413: {"model": Problem, "description": "The body is larger than 64 kB; nothing was processed"},
    422: {"model": Problem, "description": "The message does not keep the contract; nothing was done"},
    429: {"model": Problem, "description": "Too many requests; nothing was processed"},
    503: {"model": Problem, "description": "Out of service; whether anything was done is not told"},
}

JSON = "application/json"


class Refused(Exception):
    """Ends a request with a status and a word."""

    def __init__(self, status: int, error: str, message: str = "") -> None:
        super().__init__(error)
        self.status, self.error, self.message = status, error, message


def json_response(body: bytes, status: int = 200) -> Response:
    return Response(body, status, media_type=JSON)


def problem(status: int, error: str, message: str = "") -> Response:
    return json_response(strict_json.canonical_json({"error": error, "message": message}), status)


def same_channel(request: Request, channel_id: str) -> None:
    """Raises Refused where the message speaks for another channel than the one that signed it."""
    if request.headers.get(signing.CHANNEL_ID) != channel_id:
        raise Refused(400, "OTHER_CHANNEL")


class _StrictJsonRoute(APIRoute):
    """A route that takes no body but JSON of exactly one meaning."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            if self.body_field is not None:
                if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
                    raise Refused(400, "NOT_JSON", "Content-Type")
                try:
                    strict_json.parse(await request.body())
                except strict_json.NotStrictJson as error:
                    raise Refused(400, "NOT_JSON", error.reason) from None
            return await handle(request)

        return strictly


def new_app(title: str, about: str) -> FastAPI:
    """An application without routes: strict about what it takes, and every way a request can fail ends as a Problem."""
    app = FastAPI(title=title, description=about, version="1", docs_url=None, redoc_url=None, openapi_url=None)
    app.router.route_class = _StrictJsonRoute

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> Response:
        return problem(error.status, error.error, error.message)

    @app.exception_handler(LegConflict)
    async def conflict(_request: Request, _error: LegConflict) -> Response:
        return problem(409, "CONFLICT", "同一流水号内容不同")

    @app.exception_handler(RequestValidationError)
    async def invalid(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        return problem(422, "INVALID", ".".join(str(part) for part in first["loc"]))

    @app.exception_handler(HTTPException)
    async def other(_request: Request, error: HTTPException) -> Response:
        response = problem(error.status_code, "NO_SUCH_SERVICE" if error.status_code == 404 else "NOT_ALLOWED")
        response.headers.update(error.headers or {})
        return response

    return app


@dataclass(frozen=True, slots=True)
class Signed:
    """The ASGI wrapper: checks each request, signs each response."""

    app: ASGIApp
    channel_id: str
    secret: bytes
    clock: Clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        body = await _read(receive)
        target = _target(scope)
        flaw = "too-large"
        if body is not None:
            flaw = signing.request_flaw(
                {self.channel_id: self.secret},
                headers,
                method=scope["method"],
                target=target,
                body=body,
                unix_seconds=int(self.clock.now().timestamp()),
            )
        believed = flaw in ("", "stale")
        signed_for = headers.get(signing.SIGNATURE, "") if believed else ""
        refusal = _refusal(body, flaw)
        answer = self._signing(send, signed_for)
        if refusal is not None:
            await refusal(scope, receive, answer)
        else:
            await self.app(scope, _replay(body or b""), answer)

    def _signing(self, send: Send, signed_for: str) -> Callable[[Message], Awaitable[None]]:
        start: Message = {}
        pieces: list[bytes] = []

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            pieces.append(message.get("body", b""))
            if message.get("more_body", False):
                return
            body = b"".join(pieces)
            signature = signing.sign_response(
                self.secret, status=start["status"], body=body, request_signature=signed_for
            )
            header = (signing.RESPONSE_SIGNATURE.lower().encode(), signature.encode())
            await send({**start, "headers": [*start.get("headers", ()), header]})
            await send({"type": "http.response.body", "body": body})

        return collect


def _refusal(body: bytes | None, flaw: str) -> Response | None:
    if body is None or (not flaw and len(body) > MOST_BODY):
        return problem(413, "TOO_LARGE")
    return problem(401, flaw.upper().replace("-", "_")) if flaw else None


async def _read(receive: Receive) -> bytes | None:
    """The whole body; None where it is beyond all reason."""
    received = bytearray()
    while True:
        message = await receive()
        received += message.get("body", b"")
        if len(received) > _MOST_READ:
            return None
        if not message.get("more_body", False):
            return bytes(received)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _target(scope: Scope) -> str:
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope.get("query_string", b"")
    return (path + b"?" + query if query else path).decode("latin-1")
