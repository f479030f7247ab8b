"""Each counterpart believes only what is signed, and signs what it says, errors included."""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from typing import Any

import pytest

from tellerdesk.links import signing
from tellerdesk.sandbox import books
from tests.sandbox.asking import Counterparts, new_serial, posting, request_body

TARGET = "/v1/postings"


@dataclass(frozen=True)
class Told:
    status: int
    body: bytes
    signature: str
    headers: dict[str, str]

    def is_for(self, secret: bytes, request_signature: str) -> bool:
        return signing.response_is_signed(
            secret, self.signature, status=self.status, body=self.body, request_signature=request_signature
        )


def send(there: Counterparts, headers: dict[str, str], body: bytes, method: str = "POST", target: str = TARGET) -> Told:
    connection = http.client.HTTPConnection("127.0.0.1", there.process.ports["core"], timeout=10)
    try:
        connection.request(method, target, body or None, headers)
        response = connection.getresponse()
        raw = response.read()
    finally:
        connection.close()
    signature = response.headers.get(signing.RESPONSE_SIGNATURE, "")
    return Told(response.status, raw, signature, {name.lower(): value for name, value in response.headers.items()})


def signed(
    there: Counterparts, body: bytes, method: str = "POST", target: str = TARGET, **changed: Any
) -> dict[str, str]:
    fields: dict[str, Any] = {
        "unix_seconds": int(time.time()),
        "request_id": "r",
        "channel_id": "TD01",
        "secret": there.secrets["core"],
        **changed,
    }
    return {
        **signing.request_headers(fields.pop("secret"), method=method, target=target, body=body, **fields),
        "Content-Type": "application/json",
    }


def test_an_unsigned_posting_is_refused_and_not_booked(there: Counterparts) -> None:
    message = posting(f"{new_serial()}-CP-1")
    told = send(there, {"Content-Type": "application/json"}, request_body(message))

    assert (told.status, told.body) == (401, b'{"error":"UNSIGNED","message":""}')
    assert message.channel_serial not in books.core_effects(there.folder)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"secret": b"x" * 32}, b"BAD_SIGNATURE"),
        ({"channel_id": "TD02"}, b"UNKNOWN_CHANNEL"),
        ({"target": "/v1/reversals"}, b"BAD_SIGNATURE"),
        ({"method": "GET"}, b"BAD_SIGNATURE"),
    ],
)
def test_a_wrongly_signed_posting_is_refused_by_an_answer_that_fits_no_request(
    there: Counterparts, changed: dict[str, Any], error: bytes
) -> None:
    message = posting(f"{new_serial()}-CP-1")
    headers = signed(there, request_body(message), **changed)
    told = send(there, headers, request_body(message))

    assert told.status == 401
    assert error in told.body
    assert not told.is_for(there.secrets["core"], headers[signing.SIGNATURE])
    assert told.is_for(there.secrets["core"], "")
    assert message.channel_serial not in books.core_effects(there.folder)


def test_a_copied_signature_gets_no_refusal_its_owner_would_believe(there: Counterparts) -> None:
    body = request_body(posting(f"{new_serial()}-CP-1"))
    headers = signed(there, body)
    assert send(there, headers, body).status == 200

    for broken in (body + b" ", body + b" " * 100_000, body + b" " * 1_100_000):
        told = send(there, headers, broken)
        assert told.status in (401, 413)
        assert not told.is_for(there.secrets["core"], headers[signing.SIGNATURE])


@pytest.mark.parametrize("off", [-700, 700])
def test_a_stale_posting_is_refused_for_certain(there: Counterparts, off: int) -> None:
    message = posting(f"{new_serial()}-CP-1")
    headers = signed(there, request_body(message), unix_seconds=int(time.time()) + off)
    told = send(there, headers, request_body(message))

    assert (told.status, b"STALE" in told.body) == (401, True)
    assert told.is_for(there.secrets["core"], headers[signing.SIGNATURE])
    assert message.channel_serial not in books.core_effects(there.folder)


def test_a_body_beyond_the_cap_is_refused_for_certain(there: Counterparts) -> None:
    body = request_body(posting(f"{new_serial()}-CP-1")) + b" " * 65_536
    headers = signed(there, body)
    told = send(there, headers, body)

    assert told.status == 413
    assert told.is_for(there.secrets["core"], headers[signing.SIGNATURE])


@pytest.mark.parametrize(
    ("method", "target", "body", "status"),
    [
        ("POST", TARGET, b"{}", 422),
        ("POST", TARGET, b'{"a":1,"a":2}', 400),
        ("POST", TARGET, b"NaN", 400),
        ("POST", TARGET, b"[" * 60_000, 400),
        ("POST", TARGET, b"", 400),
        ("GET", "/v1/postings/nonsense", b"", 422),
        ("GET", "/v1/nothing", b"", 404),
        ("DELETE", TARGET, b"", 405),
        ("GET", "/docs", b"", 404),
        ("GET", "/openapi.json", b"", 404),
    ],
)
def test_every_error_is_a_signed_problem(
    there: Counterparts, method: str, target: str, body: bytes, status: int
) -> None:
    headers = signed(there, body, method, target)
    told = send(there, headers, body, method, target)

    assert told.status == status
    assert told.body.startswith(b'{"error":"')
    assert told.headers["content-type"] == "application/json"
    assert told.is_for(there.secrets["core"], headers[signing.SIGNATURE])


def test_a_body_that_does_not_call_itself_json_is_refused(there: Counterparts) -> None:
    body = request_body(posting(f"{new_serial()}-CP-1"))

    assert send(there, {**signed(there, body), "Content-Type": "text/plain"}, body).status == 400


def test_the_query_is_part_of_what_is_signed(there: Counterparts) -> None:
    headers = signed(there, b"", "GET", "/v1/accounting-date?x=1")

    assert send(there, headers, b"", "GET", "/v1/accounting-date?x=1").status == 200
    assert send(there, headers, b"", "GET", "/v1/accounting-date?x=2").status == 401
    assert send(there, headers, b"", "GET", "/v1/accounting-date").status == 401
