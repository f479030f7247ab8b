"""The stand-in's branch: what 7004 is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from tellerdesk.errors import TellerDeskError
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import Word
from tellerdesk.staff.views import SignedOn
from tellerdesk.today.views import BillerCount, BranchToday, HourCount, TillToday, WordCount
from tests.screens.samples import NOW, POWER, WATER


def busy_day() -> BranchToday:
    """A branch in the middle of a morning."""
    return BranchToday(
        branch_no="0712",
        day=date(2026, 11, 22),
        as_of=NOW,
        words=(
            WordCount(Word.PAID, 120, 4_532_000),
            WordCount(Word.PROCESSING, 2, 36_800),
            WordCount(Word.FAILED, 1, 12_000),
            WordCount(Word.REVERSED, 4, 96_000),
            WordCount(Word.CANCELLED, 1, 169_032),
        ),
        hours=(HourCount(8, 31, 900_000), HourCount(9, 64, 2_400_000), HourCount(10, 33, 1_232_000)),
        billers=(
            BillerCount("1101", POWER.name, 80, 77, 3_400_000, 1),
            BillerCount("1201", WATER.name, 40, 37, 1_000_000, 1),
            BillerCount("1501", Bilingual("手机充值", "Mobile top-up"), 8, 6, 132_000, 0),
        ),
        tills=(
            TillToday("07", "1001", "李晓燕", NOW - timedelta(hours=2), 3_000_000, 84_400, 4_915_600),
            TillToday("08", "1002", "陈志强", NOW - timedelta(hours=2), 1_532_000, 0, 2_532_000),
        ),
        questions=2,
        oldest=NOW - timedelta(minutes=74),
        refunds=3,
        refunds_fen=201_000,
    )


@dataclass
class Today:
    """Tells `given`, or raises it."""

    given: BranchToday | TellerDeskError = field(default_factory=busy_day)
    asked: int = 0

    def branch(self, who: SignedOn, /) -> BranchToday:
        self.asked += 1
        if isinstance(self.given, TellerDeskError):
            raise self.given
        return self.given
