"""Every message is signed with HMAC-SHA256, in both directions, and an answer is bound to its very request.

A request's signature covers, one per line: method, raw request target with its query, SHA-256 of the body in hex,
timestamp, request id, channel id. A response's covers: the word "response", status, SHA-256 of the body, and the
signature of the request it answers. So a recorded answer fits no other request, not even the same one sent again.

Desk and counterparts use this one module.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

CHANNEL_ID = "X-Channel-Id"
TIMESTAMP = "X-Timestamp"
REQUEST_ID = "X-Request-Id"
SIGNATURE = "X-Signature"
RESPONSE_SIGNATURE = "X-Response-Signature"

MOST_SKEW_S = 600
"""A request whose timestamp is further from the receiver's clock, either way, is refused."""

_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9._:-]{1,80}", re.ASCII)


def sign_request(
    secret: bytes, *, method: str, target: str, body: bytes, timestamp: str, request_id: str, channel_id: str
) -> str:
    """The hex signature of a request. `target` is the raw path with its query, as it stands in the request line."""
    return _mac(secret, method, target, hashlib.sha256(body).hexdigest(), timestamp, request_id, channel_id)


def request_headers(
    secret: bytes, *, method: str, target: str, body: bytes, unix_seconds: int, request_id: str, channel_id: str
) -> dict[str, str]:
    """The four headers a signed request carries.

    Raises ValueError for a request id or channel id that could not stand in a header.
    """
    if not _WORD.fullmatch(request_id) or not _WORD.fullmatch(channel_id):
        raise ValueError((request_id, channel_id))
    timestamp = str(unix_seconds)
    signature = sign_request(
        secret,
        method=method,
        target=target,
        body=body,
        timestamp=timestamp,
        request_id=request_id,
        channel_id=channel_id,
    )
    return {CHANNEL_ID: channel_id, TIMESTAMP: timestamp, REQUEST_ID: request_id, SIGNATURE: signature}


def request_flaw(
    secrets: Mapping[str, bytes],
    headers: Mapping[str, str],
    *,
    method: str,
    target: str,
    body: bytes,
    unix_seconds: int,
    most_skew_s: int = MOST_SKEW_S,
) -> str:
    """Why a received request is not to be believed: one of "unsigned", "unknown-channel", "stale", "bad-signature";
    empty where it is. `headers` must look names up without regard to case; `secrets` is by channel id."""
    channel_id = headers.get(CHANNEL_ID, "")
    timestamp = headers.get(TIMESTAMP, "")
    request_id = headers.get(REQUEST_ID, "")
    signature = headers.get(SIGNATURE, "")
    if not (_WORD.fullmatch(request_id) and _TIMESTAMP.fullmatch(timestamp) and channel_id and signature):
        return "unsigned"
    secret = secrets.get(channel_id)
    if secret is None:
        return "unknown-channel"
    expected = sign_request(
        secret,
        method=method,
        target=target,
        body=body,
        timestamp=timestamp,
        request_id=request_id,
        channel_id=channel_id,
    )
    if not _same(expected, signature):
        return "bad-signature"
    return "stale" if abs(int(timestamp) - unix_seconds) > most_skew_s else ""


def sign_response(secret: bytes, *, status: int, body: bytes, request_signature: str) -> str:
    """The hex signature of the answer to the request that carried `request_signature`."""
    return _mac(secret, "response", str(status), hashlib.sha256(body).hexdigest(), request_signature)


def response_is_signed(secret: bytes, given: str, *, status: int, body: bytes, request_signature: str) -> bool:
    """True where `given` is the signature of this status and body for the request with `request_signature`."""
    return _same(sign_response(secret, status=status, body=body, request_signature=request_signature), given)


def _mac(secret: bytes, *parts: str) -> str:
    return hmac.new(secret, "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape"))
