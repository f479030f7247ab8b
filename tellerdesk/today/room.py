"""The branch's day at one glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection

from tellerdesk.bills.refund_note import word_at_the_desk
from tellerdesk.bills.states import STATES
from tellerdesk.clock import Clock, branch_time
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import Word
from tellerdesk.refunds.register import notes_of
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.today import counting
from tellerdesk.today.counting import Row
from tellerdesk.today.views import BillerCount, BranchToday, HourCount, TillToday, WordCount

Asked = Callable[[Connection, str], tuple[int, datetime | None]]
"""How many open questions a branch has, and when the oldest began."""


class TodayRoom:
    """Counts a branch's day anew each time it is asked: nothing is kept, so nothing can differ from the journal."""

    def __init__(
        self,
        store: Store,
        staff: StaffRoom,
        clock: Clock,
        names: Mapping[str, Bilingual],
        questions: Asked,
        name_of: Callable[[Connection, str], str],
    ) -> None:
        """`names` are those of the billers by code, `name_of` tells a person's by the staff number."""
        self.staff = staff
        self._store = store
        self._clock = clock
        self._names = names
        self._questions = questions
        self._name_of = name_of

    @permits(Permission.SEE_BRANCH)
    def branch(self, who: SignedOn) -> BranchToday:
        """The person's own branch as it stands now. Raises StoreUnavailable."""
        now = self._clock.now()
        midnight = branch_time(now).replace(hour=0, minute=0, second=0, microsecond=0)
        with self._store.read() as session:
            connection = session.connection()
            rows = _counted(connection, who.branch_no, midnight, midnight + timedelta(days=1))
            questions, oldest = self._questions(connection, who.branch_no)
            refunds, refunds_fen = counting.refunds(connection, who.branch_no)
            return BranchToday(
                branch_no=who.branch_no,
                day=midnight.date(),
                as_of=now,
                words=_words(rows),
                hours=_hours(rows, midnight),
                billers=self._billers(rows),
                tills=self._tills(connection, who.branch_no),
                questions=questions,
                oldest=oldest,
                refunds=refunds,
                refunds_fen=refunds_fen,
            )

    def _billers(self, rows: list[Row]) -> tuple[BillerCount, ...]:
        """The one with most payments first."""
        found = []
        for code in {row["counterpart"] for row in rows}:
            mine = [row for row in rows if row["counterpart"] == code]
            paid = [row for row in mine if _word(row) is Word.PAID]
            found.append(
                BillerCount(
                    code=code,
                    name=self._names.get(code, Bilingual(code, code)),
                    count=_sum(mine, "count"),
                    paid=_sum(paid, "count"),
                    paid_fen=_sum(paid, "amount_fen"),
                    open=_sum([row for row in mine if _word(row) is Word.PROCESSING], "count"),
                )
            )
        return tuple(sorted(found, key=lambda each: (-each.count, each.code)))

    def _tills(self, connection: Connection, branch_no: str) -> tuple[TillToday, ...]:
        return tuple(
            TillToday(
                till_no=row["till_no"],
                staff_no=row["staff_no"],
                staff_name=self._name_of(connection, row["staff_no"]),
                opened_at=row["opened_at"],
                in_fen=int(row["in_fen"]),
                out_fen=int(row["out_fen"]),
                balance_fen=int(row["opening_fen"] + row["in_fen"] - row["out_fen"]),
            )
            for row in counting.tills(connection, branch_no)
        )


def _counted(connection: Connection, branch_no: str, since: datetime, until: datetime) -> list[Row]:
    """The groups with their words. A payment its refund speaks for is taken out of its group and counted by itself."""
    rows = [row | {"word": STATES[row["state"]].word} for row in counting.payments(connection, branch_no, since, until)]
    refunded = counting.refunded(connection, branch_no, since, until)
    notes = notes_of(connection, [payment["serial"] for payment in refunded])
    for payment in refunded:
        called = word_at_the_desk(payment, notes.get(payment["serial"]))
        plain = STATES[payment["state"]].word
        if called is not plain:
            rows.append(payment | {"word": plain, "count": -1, "amount_fen": -payment["amount_fen"]})
            rows.append(payment | {"word": called, "count": 1})
    return rows


def _word(row: Row) -> Word:
    found: Word = row["word"]
    return found


def _sum(rows: list[Row], column: str) -> int:
    return sum(int(row[column]) for row in rows)


def _words(rows: list[Row]) -> tuple[WordCount, ...]:
    """In the order words are told everywhere."""
    by_word = {each: [row for row in rows if _word(row) is each] for each in Word}
    return tuple(
        WordCount(each, count, _sum(mine, "amount_fen"))
        for each, mine in by_word.items()
        if (count := _sum(mine, "count"))
    )


def _hours(rows: list[Row], midnight: datetime) -> tuple[HourCount, ...]:
    offset = midnight.utcoffset() or timedelta()
    counts: Counter[int] = Counter()
    sums: Counter[int] = Counter()
    for row in rows:
        hour = (int(row["hour"]) + int(offset.total_seconds()) // 3600) % 24
        counts[hour] += int(row["count"])
        sums[hour] += int(row["amount_fen"]) if _word(row) is Word.PAID else 0
    return tuple(HourCount(hour, counts[hour], sums[hour]) for hour in sorted(counts))
