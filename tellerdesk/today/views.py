"""What a branch has done today, in figures. Amounts in fen, instants aware UTC; a day is the branch's calendar day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import Word


@dataclass(frozen=True, slots=True)
class WordCount:
    """How many of today's payments are called by this word now, and their sum."""

    word: Word
    count: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class HourCount:
    """Payments begun in one hour of the branch's clock (0 to 23), and the sum of those that stand."""

    hour: int
    count: int
    paid_fen: int


@dataclass(frozen=True, slots=True)
class BillerCount:
    """One biller's payments of today: all of them, those that stand with their sum, those whose outcome is open."""

    code: str
    name: Bilingual
    count: int
    paid: int
    paid_fen: int
    open: int


@dataclass(frozen=True, slots=True)
class TillToday:
    """A till that is open now. `balance_fen` is what must be in the drawer."""

    till_no: str
    staff_no: str
    staff_name: str
    opened_at: datetime
    in_fen: int
    out_fen: int
    balance_fen: int


@dataclass(frozen=True, slots=True)
class BranchToday:
    """The branch as it stood at `as_of`. Hours and billers nobody paid in are left out.

    `questions` counts the open questions, of whatever day, `oldest` is when the first of them began; `refunds` what
    waits in refunds payable for its customers.
    """

    branch_no: str
    day: date
    as_of: datetime
    words: tuple[WordCount, ...]
    hours: tuple[HourCount, ...]
    billers: tuple[BillerCount, ...]
    tills: tuple[TillToday, ...]
    questions: int
    oldest: datetime | None
    refunds: int
    refunds_fen: int
