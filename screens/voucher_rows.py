"""The vouchers of one code, teller and day, one by one."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult

from screens.actions import bindings
from screens.base import DeskScreen, HelpPage
from screens.journal_story import JournalStoryScreen
from screens.saying import joined, money, nothing, said, says, shown
from screens.search_asking import PAGE, Asker, Lanes
from screens.search_list import Found, Heads, heads, outcome_said
from screens.search_story import code_said
from screens.widgets.ledger import Column, Ledger, Row
from screens.widgets.line import Line
from tellerdesk.clock import branch_time
from tellerdesk.errors import TellerDeskError
from tellerdesk.search.commands import Cursor, VoucherDay
from tellerdesk.search.views import JournalStory, VoucherPage, VoucherRow
from tellerdesk.serials import spoken

WIDE = 100
HEADS = ("at", "serial", "serial", "biller", "name", "amount", "method", "word", "paper")
COLUMNS = (
    Column(11),
    Column(11, below=WIDE),
    Column(25, from_width=WIDE),
    Column(0, from_width=WIDE),
    Column(8, from_width=WIDE),
    Column(12, "right"),
    Column(7),
    Column(12),
    Column(17),
)


class VoucherRows(DeskScreen):
    """Oldest first, as the paper lies in the drawer; PgDn and PgUp page. Enter opens an entry's story."""

    CODE = "3002"
    NAME = "tx.voucher_rows"
    CSS_PATH: ClassVar = ["task.tcss", "journal_search.tcss", "voucher_list.tcss"]
    KEYS: ClassVar[tuple[str, ...]] = ("help", "back", "again", "page_up", "page_down", "language", "lock")
    BINDINGS: ClassVar = bindings("again", "page_up", "page_down")
    PAGE = HelpPage(what="help.voucher_rows")

    def __init__(self, of: VoucherDay) -> None:
        super().__init__()
        self._of = of
        self._page = VoucherPage((), None, None)
        lanes = Lanes()
        self._pages, self._opens = Asker(self, lanes), Asker(self, lanes)
        self._list = Found(COLUMNS, id="vouchers")

    def compose_body(self) -> ComposeResult:
        day = shown(f"{self._of.day}")
        teller = joined([says("frame.teller"), shown(self._of.teller_no)])
        yield Line(joined([code_said(self._of.code), teller, day], "   "), id="of")
        yield Heads(COLUMNS, id="heads", gap=1)
        yield self._list

    def on_mount(self) -> None:
        self.query_one("#heads", Heads).show((heads(HEADS),))
        self._list.focus()
        self._ask(None)

    def _ask(self, cursor: Cursor | None) -> None:
        who = self.desk_app.who
        if who is None:
            return

        def seen(page: VoucherPage) -> None:
            self.note()
            self._page = page
            self._list.show(map(_row, page.rows))
            self._list.cursor = len(page.rows) - 1 if cursor is not None and cursor.backward else 0
            more = says("search.place.more") if page.next is not None else nothing
            self.query_one("#steps", Line).show(more)

        def failed(error: TellerDeskError) -> None:
            self.note()
            self.complain(error)

        self.note(says("vouchers.waiting"))
        self._pages.ask(lambda desk: desk.search.voucher_page(who, self._of, cursor, PAGE), seen, failed)

    def on_found_beyond(self, event: Found.Beyond) -> None:
        event.stop()
        cursor = self._page.previous if event.backward else self._page.next
        if cursor is None:
            self.note(says("search.first" if event.backward else "search.last"))
        elif not self._pages.waits:
            self._ask(cursor)

    def on_ledger_moved(self, event: Ledger.Moved) -> None:
        event.stop()

    def on_ledger_chosen(self, event: Ledger.Chosen) -> None:
        event.stop()
        who = self.desk_app.who
        if who is not None:
            serial = self._page.rows[self._list.cursor].row.serial
            self._opens.ask(lambda desk: desk.search.story(who, serial), self._story_seen_whole, self.complain)

    def _story_seen_whole(self, story: JournalStory) -> None:
        if self.is_active:
            self.app.push_screen(JournalStoryScreen(story))

    def action_again(self) -> None:
        self._ask(None)

    def action_page_up(self) -> None:
        self._list.action_page(-1)

    def action_page_down(self) -> None:
        self._list.action_page(1)

    def action_back(self) -> None:
        """To the groups."""
        self.app.pop_screen()


def _row(voucher: VoucherRow) -> Row:
    row, whole = voucher.row, spoken(voucher.row.serial)
    papers = voucher.papers
    more = f" +{len(papers) - 1}" if len(papers) > 1 else ""
    return Row(
        row.serial,
        (
            shown(f"{branch_time(voucher.at):%m-%d %H:%M}"),
            shown(whole[14:]),
            shown(whole),
            said(row.biller),
            shown(row.customer_name),
            money(row.amount_fen),
            says(f"pay.method.{row.method.value.lower()}"),
            outcome_said(row),
            shown(f"{papers[-1]}{more}") if papers else nothing,
        ),
    )
