"""3002 on the screen: a day's vouchers counted and summed, opened one by one, written to a file."""

from __future__ import annotations

from datetime import date

from syrupy.assertion import SnapshotAssertion

from screens.audit_export import ExportSheet
from screens.choose import Choose
from screens.frame import KeyBar
from screens.journal_story import JournalStoryScreen
from screens.voucher_list import VoucherList
from screens.voucher_rows import VoucherRows
from tellerdesk.errors import BadInput
from tellerdesk.search.commands import VoucherDay
from tellerdesk.search.states import Format
from tests.screens.counter import LOOKS, Counter, acted, at_the_counter
from tests.screens.stand_in_search import Searching, at_once

TODAY = date(2026, 11, 22)


async def opened(counter: Counter) -> VoucherList:
    """3002 with the vouchers of the accounting date, somebody signed on."""
    screen = VoucherList()
    await counter.until(lambda: counter.app.accounting_date is not None)
    await at_once(counter, screen)
    await counter.until(lambda: screen._groups)
    return screen


@acted
async def test_a_days_vouchers_are_summed_by_code_and_by_word_and_narrowed_by_code_and_teller() -> None:
    desk = Searching()
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        assert desk.arguments("vouchers") == [VoucherDay(TODAY)]
        await counter.sees("90 张")
        await counter.sees("67,309.19")
        lines = counter.text().splitlines()
        assert next(line.split()[1:] for line in lines if "小计" in line) == ["87", "65,521.19"]
        assert any("缴费成功 86 张 65,484.39" in line and "处理中 1 张 36.80" in line for line in lines)
        await counter.press("enter")
        await counter.type("2004")
        await counter.press("f10")
        await counter.sees("× 交易码 有凭证的交易码：2001 2002 2003 2005")
        await counter.press("ctrl+u")
        await counter.type("2001")
        await counter.press("enter")
        await counter.type("1002")
        await counter.press("enter")
        await counter.until(lambda: desk.arguments("vouchers")[1:] == [VoucherDay(TODAY, "", "2001", "1002")])
        await counter.sees("33 张   合计 11,200.55")
        await counter.press("f6", "ctrl+u")
        await counter.type("1120 1122")
        await counter.press("f10")
        await counter.sees("× 会计日期 请输入一天")
        desk.journal.fails["vouchers"] = BadInput("error.audit.days", field="day", given="x")
        await counter.press("ctrl+u")
        await counter.type("1121")
        await counter.press("f10")
        await counter.sees("× 会计日期 日期 x 无法识别")
        assert len(screen._groups) == 1


@acted
async def test_enter_opens_a_groups_vouchers_oldest_first_which_page_and_open_to_their_story() -> None:
    desk = Searching(rows=120)
    async with at_the_counter(desk) as counter:
        await opened(counter)
        await counter.press("f6", "down", "down", "down", "down", "enter")
        assert isinstance(counter.app.screen, VoucherList), "a sum is no group"
        await counter.press("home", "enter")
        rows = await counter.on(VoucherRows)
        await counter.until(lambda: rows._page.rows)
        of = VoucherDay(TODAY, "", "2001", "1001")
        assert desk.arguments("voucher_page") == [(of, None)]
        first = rows._page.rows[0].row.serial
        await counter.press("end", "pagedown")
        await counter.until(lambda: rows._page.previous is not None)
        assert rows._page.rows[0].row.serial > first
        await counter.press("up")
        await counter.until(lambda: rows._page.previous is None)
        assert rows._list.cursor == len(rows._page.rows) - 1
        await counter.press("enter")
        await counter.on(JournalStoryScreen)
        await counter.press("escape")
        await counter.on(VoucherRows)
        await counter.press("escape")
        await counter.on(VoucherList)


@acted
async def test_the_vouchers_that_are_counted_are_written_to_a_file() -> None:
    desk = Searching()
    async with at_the_counter(desk) as counter:
        await opened(counter)
        await counter.press("enter")
        await counter.type("2002")
        await counter.press("f10")
        await counter.until(lambda: desk.count("vouchers") == 2)
        await counter.settled()
        await counter.press("ctrl+p")
        await counter.on(Choose)
        await counter.sees("会计日期的凭证")
        await counter.press("enter")
        await counter.on(ExportSheet)
        await counter.press("enter")
        await counter.sees("已导出")
        (command,) = desk.arguments("export_vouchers")
        assert (command.day, command.format) == (VoucherDay(TODAY, code="2002"), Format.CSV)
        assert command.path.name.startswith(f"vouchers-{TODAY:%Y%m%d}-at-")


RULE = "\n" + "=" * 40 + "\n"


@LOOKS
def test_it_looks_like_this_and_no_figure_is_cut_off(
    size: tuple[int, int], language: str, snapshot: SnapshotAssertion
) -> None:
    shots: list[str] = []

    @acted
    async def work() -> None:
        async with at_the_counter(Searching(), size=size, language=language) as counter:
            await opened(counter)
            await counter.press("f6")
            shots.append(await counter.still())
            bar = [content.cell_length for _, content in counter.app.screen.query_one(KeyBar).cells()]
            assert sum(bar) + 2 * (len(bar) - 1) <= 78
            await counter.press("enter")
            await counter.on(VoucherRows)
            shots.append(await counter.still())
            await counter.press("enter")
            await counter.on(JournalStoryScreen)
            shots.append(await counter.still())

    work()
    assert "65,521.19" in shots[0]
    assert "R071207000212" in shots[1]
    assert RULE.join(shots) == snapshot
