"""What ties a decision to exactly what was asked: one canonical text, one hash, one seal."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tellerdesk.approvals.models import ApprovalDecision, ApprovalRequest
from tellerdesk.store.base import table_of

_REQUEST, _DECISION = table_of(ApprovalRequest), table_of(ApprovalDecision)

BOUND = tuple(name for name in _REQUEST.info["fixed"] if name != "payload_hash")
"""The columns of a request its hash covers: each that never changes."""
SEALED = tuple(column.name for column in _DECISION.c if column.name not in {"id", "mac"})
"""The columns of a decision its seal covers: each but the row's number, which says nothing."""

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical(value: Any) -> str:
    """`value` as the one JSON text there is for it: keys in order, no spaces, characters as they are, instants in UTC
    to the microsecond. Raises ValueError for what has no single text (a float, a key that is no string, a naive
    datetime)."""
    return _encode(_plain(value))


def payload_hash(payload: Mapping[str, Any], request: Mapping[str, Any]) -> str:
    """SHA-256 in hex over the payload and every bound column of `request`. Raises ValueError as `canonical`."""
    bound = {name: request[name] for name in BOUND}
    return hashlib.sha256(canonical({"payload": payload, "request": bound}).encode()).hexdigest()


def decision_mac(key: bytes, hashed: str, decision: Mapping[str, Any]) -> bytes:
    """The seal of a decision on the request whose hash is `hashed`: HMAC-SHA256, 32 bytes."""
    sealed = {name: decision[name] for name in SEALED}
    return hmac.digest(key, b"approval.decision\n" + canonical([hashed, sealed]).encode(), "sha256")


def is_sealed(key: bytes, hashed: str, decision: Mapping[str, Any]) -> bool:
    """Whether a decision as it is kept was written by the desk, for exactly this request."""
    return hmac.compare_digest(decision_mac(key, hashed, decision), decision["mac"])


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(part) for key, part in value.items()}
    raise ValueError(f"{type(value).__name__} has no canonical text")
