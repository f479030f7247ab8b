"""What the audit tells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Damage(StrEnum):
    """What is wrong at a place of a chain."""

    EDITED = "EDITED"
    """The row's seal does not fit its contents."""
    MISSING = "MISSING"
    """A row that was written is not there."""
    INSERTED = "INSERTED"
    """A row stands there that was never written."""
    MOVED = "MOVED"
    """A row stands there that was written under another number."""
    UNCHAINED = "UNCHAINED"
    """The row is genuine but does not follow the row before it: one of the two comes from another history."""
    HEAD = "HEAD"
    """The head of the chain is gone, or is not the one that was written."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The first bad place: the row number `person_seq` of `person`'s chain, and what is wrong there."""

    person: str
    person_seq: int
    what: Damage
