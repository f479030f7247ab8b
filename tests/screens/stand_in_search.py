"""A journal in memory behind the search screens: keyset pages, totals, stories, saved searches, vouchers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from screens.base import DeskScreen
from screens.home import Home
from tellerdesk.bills.commands import Method
from tellerdesk.bills.states import FLOW as BILLS
from tellerdesk.bills.views import LegView
from tellerdesk.clock import branch_time
from tellerdesk.errors import BadInput, Refused, TellerDeskError
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.states import CashReturn, LegState, Word
from tellerdesk.money import format_fen
from tellerdesk.refunds.states import FLOW as REFUNDS
from tellerdesk.search.commands import (
    Cursor,
    ExportJournal,
    ExportVouchers,
    ForgetFilter,
    JournalSearch,
    Reveal,
    SaveFilter,
    VoucherDay,
)
from tellerdesk.search.states import Sort
from tellerdesk.search.views import (
    DecisionView,
    Exported,
    JournalPage,
    JournalRow,
    JournalStory,
    PaperView,
    Revealed,
    SavedFilter,
    Totals,
    VoucherGroup,
    VoucherPage,
    VoucherRow,
)
from tellerdesk.serials import spoken
from tellerdesk.staff.commands import SignOn
from tellerdesk.staff.views import SignedOn
from tests.screens.samples import HEAT, NOW, POWER, WATER
from tests.screens.stand_in import PASSWORD, StandIn

if TYPE_CHECKING:
    from tests.screens.counter import Counter

KINDS = (
    (POWER, "07550031884620", "*晓燕", 168_032, Word.PAID),
    (WATER, "059100012300", "**雪", 3_680, Word.PROCESSING),
    (HEAT, "RN00012345", "*伟", 214_800, Word.PAID),
    (POWER, "07550031884620", "*晓燕", 84_400, Word.CANCELLED),
    (WATER, "059100012300", "**雪", 12_000, Word.REVERSED),
    (POWER, "138****8000", "*军", 10_000, Word.FAILED),
)


def row(number: int = 212, **changes: Any) -> JournalRow:
    of, consumer_no, name, amount, word = KINDS[number % len(KINDS)]
    given = JournalRow(
        serial=f"20261122071207{number:08d}",
        made_at=NOW + timedelta(minutes=number - 212, seconds=7),
        accounting_date=date(2026, 11, 22),
        flow=BILLS,
        code="2001",
        biller_code=of.code,
        biller=of.name,
        consumer_no=consumer_no,
        customer_name=name,
        amount_fen=amount,
        method=Method.CASH if number % 2 else Method.ACCOUNT,
        word=word,
        state="STATE",
        cash_return=CashReturn.DUE if word is Word.FAILED else CashReturn.NONE,
        teller_no=("1001", "1002")[number % 3 == 0],
        till_no="07",
        branch_no="0712",
        core_serial=f"C2026112200{number:04d}",
        counterpart_serial="",
    )
    return replace(given, **changes)


def refund(number: int = 9001) -> JournalRow:
    return row(number, flow=REFUNDS, code="2005", word=Word.REFUND_DUE, cash_return=CashReturn.NONE)


def legs(of: JournalRow) -> tuple[LegView, ...]:
    at = of.made_at + timedelta(milliseconds=102)

    def leg(kind: str, whom: str, state: LegState, after_s: float, took_s: float, serial: str = "") -> LegView:
        sent = at + timedelta(seconds=after_s)
        return LegView(f"{of.serial}-CP-1", kind, whom, state, sent, sent + timedelta(seconds=took_s), "", "", serial)

    return (
        leg("CORE_POST", "core", LegState.OK, 0, 0.21, of.core_serial),
        leg("BILLER_PAY", of.biller_code, LegState.UNKNOWN, 0.3, 10),
        leg("BILLER_INQUIRE", of.biller_code, LegState.UNKNOWN, 30.2, 5),
    )


class JournalStandIn:
    """Answers from `rows`, which stand newest first. `fails` maps a call's name to what it raises."""

    def __init__(self, call: Callable[[str, Any], None], rows: int) -> None:
        self._call = call
        self.rows: tuple[JournalRow, ...] = tuple(row(number) for number in range(212, 212 - rows, -1))
        self.fails: dict[str, TellerDeskError] = {}
        self.totals_given: Totals | None = None
        self.kept: dict[str, SavedFilter] = {}
        self.clear_name = "欧阳雪"
        self.groups: tuple[VoucherGroup, ...] = groups()
        self.steps = 3
        """How often an export tells how far it is."""

    def _asked(self, name: str, argument: Any = None) -> None:
        self._call(name, argument)
        if name in self.fails:
            raise self.fails[name]

    def page(self, who: SignedOn, search: JournalSearch, cursor: Cursor | None = None, size: int = 50) -> JournalPage:
        self._asked("page", (search, cursor))
        if search.serial and len(search.serial) < 6:
            raise BadInput("error.text.too_long", field="serial", most=22)
        rows = self._sorted(search)
        keys = [_key(search.sort, each) for each in rows]
        first = 0
        if cursor is not None:
            at = keys.index((cursor.value, cursor.id))
            first = max(at - size, 0) if cursor.backward else at + 1
            size = at - first if cursor.backward else size
        found = rows[first : first + size]
        before = Cursor(*keys[first], backward=True) if first else None
        after = Cursor(*keys[first + size - 1]) if first + size < len(rows) else None
        day = branch_time(NOW).date()
        whole = bool(search.serial or search.consumer_no)
        since = search.since or (None if whole else day - timedelta(days=(search.last_days or 30) - 1))
        return JournalPage(tuple(found), before, after, since, None if since is None else search.until or day)

    def _sorted(self, search: JournalSearch) -> list[JournalRow]:
        rows = [each for each in self.rows if _matches(each, search)]
        return sorted(rows, key=lambda each: _key(search.sort, each), reverse=not search.ascending)

    def totals(self, who: SignedOn, search: JournalSearch) -> Totals:
        self._asked("totals", search)
        rows = self._sorted(search)
        return self.totals_given or Totals(len(rows), sum(each.amount_fen for each in rows), False)

    def story(self, who: SignedOn, serial: str) -> JournalStory:
        self._asked("story", serial)
        found = next(each for each in self.rows if each.serial == serial)
        return JournalStory(
            row=found,
            advice=_advice(found) if found.word is Word.PROCESSING else None,
            legs=legs(found),
            next_try_at=NOW + timedelta(minutes=5) if found.word is Word.PROCESSING else None,
            decisions=(DecisionView("refund", "APPROVED", "3001", NOW),) if found.flow == REFUNDS else (),
            papers=(PaperView("R071207000212", "BILL_RECEIPT", NOW),),
            account_no="622202******2344" if found.method is Method.ACCOUNT else "",
            about="2026112107120700000188" if found.flow == REFUNDS else "",
            entries_about=(),
        )

    def branches(self, who: SignedOn) -> tuple[str, ...]:
        self._asked("branches")
        return ("0712", "0713")

    def filters(self, who: SignedOn) -> tuple[SavedFilter, ...]:
        self._asked("filters")
        return tuple(self.kept[name] for name in sorted(self.kept))

    def save_filter(self, who: SignedOn, command: SaveFilter) -> tuple[SavedFilter, ...]:
        self._asked("save_filter", command)
        self.kept[command.name] = SavedFilter(command.name, command.search, NOW)
        return tuple(self.kept.values())

    def forget_filter(self, who: SignedOn, command: ForgetFilter) -> tuple[SavedFilter, ...]:
        self._asked("forget_filter", command)
        self.kept.pop(command.name, None)
        return tuple(self.kept.values())

    def reveal(self, who: SignedOn, command: Reveal) -> Revealed:
        self._asked("reveal", command)
        return Revealed(command.serial, "07550031884620", self.clear_name, "南山区科技园路 18 号 302 室", "")

    def export(
        self,
        who: SignedOn,
        command: ExportJournal,
        told: Callable[[int], None] | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> Exported:
        rows = self._sorted(command.search)
        if told is not None:
            told(len(rows) // 2)
        self._asked("export", command)
        if stopped is not None and stopped():
            raise Refused("error.search.stopped")
        return Exported(len(rows), "0" * 64)

    def export_vouchers(
        self,
        who: SignedOn,
        command: ExportVouchers,
        told: Callable[[int], None] | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> Exported:
        self._asked("export_vouchers", command)
        return Exported(sum(each.count for each in self.groups), "0" * 64)

    def vouchers(self, who: SignedOn, command: VoucherDay) -> tuple[VoucherGroup, ...]:
        self._asked("vouchers", command)
        return tuple(
            each
            for each in self.groups
            if command.code in {"", each.code} and command.teller_no in {"", each.teller_no}
        )

    def voucher_page(
        self, who: SignedOn, command: VoucherDay, cursor: Cursor | None = None, size: int = 50
    ) -> VoucherPage:
        self._asked("voucher_page", (command, cursor))
        rows = [each for each in self.rows if command.teller_no in {"", each.teller_no}][::-1]
        first = 0
        if cursor is not None:
            first = max(cursor.id - size, 0) if cursor.backward else cursor.id
        found = rows[first : first + size]
        return VoucherPage(
            tuple(VoucherRow(command.code, each.teller_no, each.made_at, each, ("R071207000212",)) for each in found),
            Cursor(NOW, first, backward=True) if first else None,
            Cursor(NOW, first + size) if first + size < len(rows) else None,
        )


class Searching(StandIn):
    """A desk with a journal of `rows` entries."""

    def __init__(self, rows: int = 12) -> None:
        super().__init__()
        self.journal = JournalStandIn(self._call, rows)

    @property
    def search(self) -> JournalStandIn:
        return self.journal

    def searches(self) -> list[JournalSearch]:
        """What was searched for, first pages alone."""
        return [search for search, cursor in self.arguments("page") if cursor is None]


def groups() -> tuple[VoucherGroup, ...]:
    return (
        VoucherGroup("2001", "1001", Method.CASH, Word.PAID, 41, 3_412_000),
        VoucherGroup("2001", "1001", Method.CASH, Word.PROCESSING, 1, 3_680),
        VoucherGroup("2001", "1001", Method.ACCOUNT, Word.PAID, 12, 2_016_384),
        VoucherGroup("2001", "1002", Method.CASH, Word.PAID, 33, 1_120_055),
        VoucherGroup("2002", "1001", Method.CASH, Word.CANCELLED, 2, 168_800),
        VoucherGroup("2005", "1002", Method.CASH, Word.REFUNDED, 1, 10_000),
    )


async def at_once(counter: Counter, screen: DeskScreen) -> None:
    """Somebody signed on and `screen` in front, without the keys that lead there."""
    app, desk = counter.app, counter.desk
    await counter.until(lambda: app.desk is not None)
    app.signed_on(desk.sign_on(SignOn("1001", PASSWORD)))
    await counter.on(Home)
    app.push_screen(screen)
    await counter.on(type(screen))


def hostile(text: str, number: int = 212) -> JournalRow:
    """A row whose every string from outside is `text`."""
    both = Bilingual(text, text)
    return row(number, biller=both, consumer_no=text, customer_name=text, core_serial=text, counterpart_serial=text)


def _key(sort: Sort, of: JournalRow) -> tuple[datetime | int | str, int]:
    number = int(of.serial[-8:])
    by = {Sort.TIME: of.made_at, Sort.AMOUNT: of.amount_fen, Sort.BILLER: of.biller_code, Sort.TELLER: of.teller_no}
    return by[sort], number


def _matches(of: JournalRow, search: JournalSearch) -> bool:
    day = branch_time(of.made_at).date()
    least, most = search.amount_from_fen, search.amount_to_fen
    return (
        (search.since is None or day >= search.since)
        and (search.until is None or day <= search.until)
        and search.biller_code in {"", of.biller_code}
        and search.consumer_no in {"", of.consumer_no}
        and search.customer_name in of.customer_name
        and search.teller_no in {"", of.teller_no}
        and search.serial in {"", of.serial, of.core_serial, of.counterpart_serial}
        and search.method in {None, of.method}
        and (not search.words or of.word in search.words)
        and (not search.cash_due or of.cash_return is CashReturn.DUE)
        and (least is None or of.amount_fen >= least)
        and (most is None or of.amount_fen <= most)
        and not search.account_no
        and not search.approver_no
    )


def _advice(of: JournalRow) -> Message:
    return Message(
        "advice.biller_unknown",
        {"serial": spoken(of.serial), "amount": format_fen(of.amount_fen), "tendered": "", "change": "", "refusal": ""},
    )
