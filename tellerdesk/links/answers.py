"""What a counterpart's answer amounts to. There are four cases and no others.

ACCEPTED  a definite yes, proven: signed, for this very request, echoing its amount.
REJECTED  a definite no: signed, with a code the contract or the catalogue lists as a definite refusal.
UNSENT    nothing of the request was processed for certain: no connection, or a signed 401, 413 or 429.
UNKNOWN   everything else, a timeout first of all. Never treated as failed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class AnswerKind(StrEnum):
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    UNSENT = "UNSENT"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """`body` is the parsed reply of ACCEPTED (and of REJECTED where there is one); `code` the counterpart's refusal
    code or our reason word ("timeout", "bad-signature"); `message` the counterpart's own words, already cleaned."""

    kind: AnswerKind
    body: T | None = None
    code: str = ""
    message: str = ""
