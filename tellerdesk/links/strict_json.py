"""JSON as money needs it: one meaning or none.

Python's own parser keeps the last of duplicate keys, takes NaN and 1e999, and can be sent into deep recursion. Here
such input is refused, as RFC 7493 (I-JSON) asks.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from tellerdesk.errors import BadInput

MOST_BYTES = 262_144
MOST_DEPTH = 32
MOST_DIGITS = 18
"""Longer whole numbers are refused; the largest amount has twelve digits."""

_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


class NotStrictJson(BadInput):
    """The bytes are not JSON of exactly one meaning. `reason` is a word for the log."""

    code = "not-strict-json"

    def __init__(self, reason: str) -> None:
        super().__init__("error.json.refused", reason=reason)
        self.reason = reason


def parse(raw: bytes, *, most_bytes: int = MOST_BYTES, most_depth: int = MOST_DEPTH) -> object:
    """The value `raw` stands for.

    Raises NotStrictJson ("too-large", "not-utf8", "too-deep", "duplicate-key", "not-finite", "number-too-long",
    "surrogate", "syntax").
    """
    if len(raw) > most_bytes:
        raise NotStrictJson("too-large")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise NotStrictJson("not-utf8") from None
    _check_depth(text, most_depth)
    try:
        value: object = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=_whole_number,
            parse_float=_finite_number,
        )
    except NotStrictJson:
        raise
    except (ValueError, RecursionError):
        raise NotStrictJson("syntax") from None
    if "\\u" in text:
        _check_no_lone_surrogate(value)
    return value


def canonical_json(value: object) -> bytes:
    """`value` in its one form: keys sorted, no spaces, UTF-8. The same value always gives the same bytes.

    Raises ValueError for NaN, infinities and lone surrogates.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode("utf-8")


def _check_depth(text: str, most: int) -> None:
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        mark = match.group()
        if mark in "[{":
            depth += 1
            if depth > most:
                raise NotStrictJson("too-deep")
        elif mark in "]}":
            depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrictJson("duplicate-key")
    return found


def _refuse_constant(_name: str) -> Any:
    raise NotStrictJson("not-finite")


def _whole_number(digits: str) -> int:
    if len(digits.lstrip("-")) > MOST_DIGITS:
        raise NotStrictJson("number-too-long")
    return int(digits)


def _finite_number(digits: str) -> float:
    if len(digits) > 64:
        raise NotStrictJson("number-too-long")
    number = float(digits)
    if not math.isfinite(number):
        raise NotStrictJson("not-finite")
    return number


def _check_no_lone_surrogate(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise NotStrictJson("surrogate") from None
