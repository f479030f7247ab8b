"""What the audit tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from tellerdesk.clock import branch_time
from tellerdesk.i18n import Message


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


class AuditAction(StrEnum):
    """What looking into the audit writes into it."""

    EXPORTED = "audit.exported"


class SealDamage(StrEnum):
    """What a seal shows."""

    ROW = "ROW"
    """A row it knows is not there any more, or is another one."""
    ALTERED = "ALTERED"
    """The seal itself is not the one that was made, or does not follow the seal before it."""
    GONE = "GONE"
    """It stands outside the data folder and in the database no more."""


@dataclass(frozen=True, slots=True)
class SealFinding:
    """A seal that does not fit the chains any more. `outside`: it is only known from outside the data folder. `at` is
    when it was made, None where that cannot be read; `person` and `person_seq` the first row it knows and the chains do
    not, or know otherwise: empty and 0 where the seal itself is what was altered."""

    at: datetime | None
    person: str
    person_seq: int
    outside: bool
    what: SealDamage = SealDamage.ROW
    number: int = 0
    """of the seal; for a line outside that cannot be read, the line"""


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

    @property
    def whole(self) -> bool:
        """Well, and compared with seals outside wherever there could be some."""
        return self.well and bool(self.outside_seals or not self.seals)

    @property
    def sentence(self) -> Message:
        """What was found, the first bad place by its name."""
        if self.finding is not None:
            place: dict[str, str | int] = {"person": self.finding.person, "row": self.finding.person_seq}
            return Message(f"audit.found.{self.finding.what.lower()}", place)
        if self.seal is None:
            whole = "audit.found.well" if self.whole else "audit.found.inside"
            return Message(whole, {"rows": self.rows, "seals": self.seals, "outside": self.outside_seals})
        seal = self.seal
        made = f"{branch_time(seal.at):%Y-%m-%d %H:%M}" if seal.at else "-"
        where = "outside" if seal.outside else "inside"
        if seal.what is SealDamage.ROW:
            return Message(f"audit.seal.row.{where}", {"person": seal.person, "row": seal.person_seq, "made": made})
        return Message(f"audit.seal.{seal.what.lower()}.{where}", {"number": seal.number, "made": made})
