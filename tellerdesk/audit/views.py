"""What the audit tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
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


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """What is looked for: any mix. Texts are taken literally; `action` and `subject` match by how they begin. Days are
    the branch's calendar days, both included."""

    person: str = ""
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None
    before_id: int | None = None
    """only rows older than this one: the next page"""


@dataclass(frozen=True, slots=True)
class AuditRowView:
    """One row. `details` is canonical JSON as it was sealed."""

    id: int
    person: str
    person_seq: int
    at: datetime
    action: str
    subject: str
    details: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Rows, newest first, and whether there are more."""

    rows: tuple[AuditRowView, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class SealFinding:
    """A seal that does not fit the chains any more. `outside`: it is the one kept outside the data folder. `at` is when
    it was made; `person` and `person_seq` the first row it knows and the chains do not, or know otherwise."""

    at: datetime
    person: str
    person_seq: int
    outside: bool


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of everything found; `finding` and `seal` are None where all is well."""

    rows: int
    seals: int
    outside_seals: int
    finding: Finding | None
    seal: SealFinding | None

    @property
    def well(self) -> bool:
        return self.finding is None and self.seal is None
