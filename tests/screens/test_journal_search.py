"""3001 on the screen: finding, paging, telling a story, keeping a search, showing a person, writing a file."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from syrupy.assertion import SnapshotAssertion

from screens.audit_export import ExportSheet
from screens.choose import Choose
from screens.frame import KeyBar
from screens.home import Home
from screens.journal_search import SearchJournal
from screens.journal_story import JournalStoryScreen
from screens.lock import LockScreen
from screens.one_line import OneLine
from screens.payment_story import PaymentStory
from screens.saying import width_of
from screens.search_asking import MOST, PAGE
from screens.search_sheets import Kept
from screens.search_terms import FIELDS
from screens.widgets.line import Still
from tellerdesk.bills.commands import Method
from tellerdesk.errors import BadInput, Refused
from tellerdesk.i18n import LANGUAGES, words
from tellerdesk.journal.states import Word
from tellerdesk.search.commands import ForgetFilter, JournalSearch, Reveal, SaveFilter
from tellerdesk.search.states import Format, Sort
from tellerdesk.search.views import Totals
from tellerdesk.staff.states import Role
from tellerdesk.text import is_plain
from tests.screens.counter import LOOKS, PASSWORD, Counter, acted, at_the_counter
from tests.screens.samples import payment
from tests.screens.stand_in_search import Searching, at_once, hostile, refund, row

CLEAR = "欧阳雪"

ANSWER_S = 0.05
"""A key is answered within this, whatever is searched."""


async def opened(counter: Counter) -> SearchJournal:
    """3001 with its first rows, somebody signed on."""
    screen = SearchJournal()
    await at_once(counter, screen)
    await counter.until(lambda: screen._totals is not None)
    return screen


async def searched(counter: Counter, screen: SearchJournal, key: str = "f10") -> None:
    before = counter.desk.count("totals")
    await counter.press(key)
    await counter.until(lambda: counter.desk.count("totals") > before and not screen._counts.waits)


async def told(counter: Counter, screen: SearchJournal) -> None:
    """Waits for the story of the row under the cursor."""
    await counter.until(lambda: screen._story is not None and screen._story.row.serial == screen.list.current)


@acted
async def test_the_newest_stand_there_and_each_field_asks_for_what_it_says() -> None:
    desk = Searching()
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        assert desk.searches() == [JournalSearch()]
        await counter.sees("12 笔   合计")
        await counter.sees("第 1-12 笔 · 2026-10-24 至 2026-11-22 · 时间，新的在前")
        assert screen.form.here == "anything", "the first answer takes nobody's cursor"
        typed = ("欧阳", "7", "处理中", "水", "0591 0001 2300", "", "1-100", "6222", "1001", "3001", "现金")
        for text in typed[:-1]:
            await counter.type(text)
            await counter.press("enter")
        assert len(desk.searches()) == 1
        await counter.type(typed[-1])
        await searched(counter, screen, "enter")
        assert desk.searches()[1:] == [
            JournalSearch(
                customer_name="欧阳", last_days=7, words=(Word.PROCESSING,), biller_code="1201",
                consumer_no="059100012300", amount_from_fen=100, amount_to_fen=10_000, account_no="6222",
                teller_no="1001", approver_no="3001", method=Method.CASH,
            )
        ]  # fmt: skip
        await counter.sees("没有符合条件的流水")
        assert not screen.list.has_focus


@acted
async def test_what_is_typed_says_how_it_is_understood_and_what_cannot_be_right_complains_at_its_field() -> None:
    desk = Searching()
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        await counter.type("司马")
        await counter.sees("→ 按户名查")
        await counter.press("ctrl+u", "tab")
        await counter.type("7")
        await counter.sees("→ 最近 7 天，含今天")
        await counter.press("ctrl+u")
        await counter.type("1345")
        await counter.press("f10")
        await counter.sees("× 日期 日期 1345 无法识别")
        assert screen.form.here == "days"
        await counter.press("ctrl+u")
        await counter.type("2")
        await counter.press("tab", "tab", "tab", "tab", "tab")
        await counter.type("9-1")
        await counter.press("enter")
        await counter.sees("× 金额 起始金额大于截止金额")
        assert screen.form.here == "amount"
        await counter.press("ctrl+u")
        await counter.until(lambda: "×" not in counter.text().split("F1")[0])
        assert desk.searches() == [JournalSearch()]
        desk.journal.fails["page"] = BadInput("error.audit.days", field="last_days", given="2")
        await counter.press("f10")
        await counter.sees("× 日期")
        assert screen.form.here == "days"


@acted
async def test_a_number_is_looked_for_as_what_it_may_be_until_something_is_found() -> None:
    desk = Searching()
    desk.journal.rows = (row(212, core_serial="77001122334455"), *desk.journal.rows[1:])
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        await counter.type("7700 1122 3344 55")
        await searched(counter, screen)
        number = "77001122334455"
        assert desk.searches()[1:] == [JournalSearch(consumer_no=number), JournalSearch(serial=number)]
        assert desk.arguments("totals")[-1] == JournalSearch(serial=number), "what was found is what is counted"
        await counter.sees("1 笔")
        await counter.sees("全部日期")
        assert screen.list.has_focus
        await counter.press("f6", "ctrl+u")
        await counter.type("1234")  # the stand-in takes no serial so short: the other meaning is still asked
        await searched(counter, screen)
        await counter.sees("没有符合条件的流水")


@acted
async def test_lists_fill_the_fields_and_words_change_with_the_language() -> None:
    desk = Searching()
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        await counter.press("tab", "f4")
        await counter.on(Choose)
        await counter.press("down", "enter")
        assert (screen.form.entry("days").value, screen.form.here) == ("7", "words")
        await counter.press("down")
        await counter.on(Choose)
        await counter.sees("待退现金")
        await counter.press("down", "down", "enter")
        assert (screen.form.entry("words").value, screen.form.here) == ("处理中", "biller")
        await counter.press("f4", "enter")
        assert (screen.form.entry("biller").value, screen.form.here) == ("1101", "consumer_no")
        await counter.press("f11")
        assert screen.form.entry("words").value == "Processing"
        await searched(counter, screen)
        assert desk.searches()[-1] == JournalSearch(last_days=7, words=(Word.PROCESSING,), biller_code="1101")


@acted
async def test_pages_follow_each_other_by_their_keys_and_say_where_they_are() -> None:
    desk = Searching(rows=120)
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        first = list(screen._place.page.rows)
        await counter.sees("第 1-50 笔")
        await counter.press("f6", "end", "pagedown")
        await counter.until(lambda: "第 51-100 笔" in counter.text())
        assert screen.list.cursor == 0
        second = screen._place.page.rows
        assert [each.serial for each in (*first, *second)] == [each.serial for each in desk.journal.rows[: 2 * PAGE]]
        desk.journal.rows = (*(row(number) for number in (215, 214, 213)), *desk.journal.rows)
        await counter.press("up")
        await counter.until(lambda: "本页 50 笔" in counter.text())
        assert screen.list.cursor == PAGE - 1, "three were made meanwhile: no place is claimed, no row is lost"
        assert [each.serial for each in screen._place.page.rows] == [each.serial for each in first]
        await counter.press("home", "pageup")
        await counter.until(lambda: "第 1-3 笔" in counter.text())
        await counter.press("home", "up")
        await counter.sees("已到最前")
        assert desk.count("totals") == 1, "a page is not counted again"
        assert "合计" in counter.text()
        desk.journal.totals_given = Totals(10_000, 5_000_000, True)
        await searched(counter, screen, "f5")
        await counter.sees("10,000+ 笔")
        assert "合计" not in counter.text(), "no sum is claimed that would be too small"


@acted
async def test_keys_are_answered_while_searches_hang_and_a_newer_one_counts_alone() -> None:
    desk = Searching()
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        gate = desk.hold("page")
        await counter.press("f10")
        await counter.until(desk.entered["page"].is_set)
        await counter.sees("正在查询… 0 秒")
        waits = []
        for letter in "abcdefgh":
            begun = time.perf_counter()
            await counter.type(letter)
            assert screen.form.entry("anything").value.endswith(letter)
            waits.append(time.perf_counter() - begun)
        assert min(waits) < ANSWER_S
        for _ in range(MOST + 1):
            await counter.press("f10")
        assert desk.count("page") == 1 + MOST, "searches that hang leave a thread for the rest of the desk"
        answered: list[object] = []
        counter.app.look(screen, lambda port: port.accounting_date(), answered.append, answered.append)
        await counter.until(lambda: answered == [desk.day])
        await counter.press("escape")
        await counter.sees("已不再等待这次查询")
        before = screen._place.page
        del desk.gates["page"]
        gate.set()
        await counter.until(lambda: not counter.app.errands._under_way)
        assert screen._place.page is before
        await counter.press("ctrl+u")
        late = desk.hold("page")
        await counter.type("晓燕")
        await counter.press("f10")
        await counter.until(desk.entered["page"].is_set)
        del desk.gates["page"]
        await counter.press("ctrl+u")
        await counter.type("伟")
        await counter.type("伟")
        await counter.press("f10")
        await counter.sees("没有符合条件的流水")
        late.set()
        await counter.until(lambda: not counter.app.errands._under_way)
        await counter.sees("没有符合条件的流水")


@acted
async def test_behind_the_lock_nothing_is_searched_and_nothing_stays_in_clear() -> None:
    desk = Searching()
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        gate = desk.hold("page")
        await counter.type("晓燕")
        await counter.press("f10")
        await counter.until(desk.entered["page"].is_set)
        await counter.press("f12")
        await counter.on(LockScreen)
        del desk.gates["page"]
        gate.set()
        await counter.until(lambda: not [each for each in counter.app.errands._under_way if not each.flow])
        asked = desk.count("totals"), desk.count("story"), desk.count("page")
        await counter.press("f10", "f5", "pagedown")
        assert "晓燕" not in counter.text()
        assert (desk.count("totals"), desk.count("story"), desk.count("page")) == asked
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.on(SearchJournal)
        await counter.until(lambda: desk.count("totals") == asked[0] + 1 and screen.list.has_focus)
        await _revealed(counter, screen)
        await counter.press("f12")
        await counter.on(LockScreen)
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.on(SearchJournal)
        assert CLEAR not in _row(screen)


async def _revealed(counter: Counter, screen: SearchJournal) -> None:
    await counter.press("4")
    await counter.on(OneLine)
    await counter.type("客户来电核对")
    await counter.press("enter")
    await counter.until(lambda: screen._revealed is not None)


def _row(screen: SearchJournal) -> str:
    return screen.query_one("#row", Still).text


@acted
async def test_a_person_is_shown_for_a_reason_until_the_cursor_moves() -> None:
    desk = Searching()
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        await counter.press("f6", "down", "4")
        await counter.on(OneLine)
        await counter.press("escape")
        assert desk.count("reveal") == 0, "no reason, nobody shown"
        serial = screen.list.current or ""
        await _revealed(counter, screen)
        assert desk.arguments("reveal") == [Reveal(serial, "客户来电核对")]
        assert CLEAR in _row(screen)
        await counter.press("down")
        assert CLEAR not in _row(screen)
        await counter.press("up")
        assert CLEAR not in _row(screen)
        gate = desk.hold("reveal")
        await counter.press("4")
        await counter.on(OneLine)
        await counter.type("核对")
        await counter.press("enter")
        await counter.until(desk.entered["reveal"].is_set)
        await counter.press("down")
        gate.set()
        await counter.until(lambda: not counter.app.flow_running)
        assert CLEAR not in counter.text(), "an answer for another row shows nobody"


@acted
async def test_searches_are_kept_taken_and_thrown_away_and_rows_sorted() -> None:
    desk = Searching()
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        await counter.press("tab")
        await counter.type("7")
        await searched(counter, screen)
        await counter.press("f4")
        await counter.on(Choose)
        await counter.press("enter")
        await counter.on(Choose)
        await counter.press("down", "down", "enter")
        await counter.until(lambda: len(desk.searches()) == 3)
        kept = JournalSearch(last_days=7, sort=Sort.AMOUNT)
        assert desk.searches()[-1] == kept
        await counter.sees("金额，大的在前")
        await counter.press("3")
        await counter.on(OneLine)
        await counter.type("大额")
        await counter.press("enter")
        await counter.sees("已存为“大额”")
        assert desk.arguments("save_filter") == [SaveFilter("大额", kept)]
        screen.take(JournalSearch())
        await counter.until(lambda: desk.searches()[-1] == JournalSearch())
        screen.list.focus()
        await counter.press("2")
        await counter.on(Kept)
        await counter.press("enter")
        await counter.until(lambda: desk.searches()[-1] == kept)
        assert screen.form.entry("days").value == "7"
        await counter.until(lambda: not screen._rows.waits)
        desk.journal.fails["page"] = Refused("error.sign_on.refused")
        screen.like = replace(screen.like, sort=Sort.TELLER)
        await counter.press("f10")
        await counter.until(lambda: screen.query_one("#note").has_class("-error"))
        assert screen.like.sort is Sort.AMOUNT, "what cannot be sorted so stays as it was"
        screen.list.focus()
        await counter.press("2")
        await counter.on(Kept)
        await counter.press("delete")
        await counter.sees("已删除“大额”")
        assert desk.arguments("forget_filter") == [ForgetFilter("大额")]


@acted
async def test_everything_found_is_written_to_a_file_which_can_be_stopped_and_is_not_left_alone() -> None:
    desk = Searching()
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        await counter.type("晓燕")
        await searched(counter, screen)
        await counter.press("ctrl+p")
        await counter.on(Choose)
        await counter.press("down", "enter")
        await counter.on(ExportSheet)
        await counter.press("ctrl+u")
        await counter.type("/media/usb/a.xlsx")
        await counter.press("enter")
        await counter.sees("已导出 4 条到 /media/usb/a.xlsx")
        (command,) = desk.arguments("export")
        assert (command.search, command.path, command.format, command.language) == (
            JournalSearch(customer_name="晓燕"), Path("/media/usb/a.xlsx"), Format.XLSX, "zh_CN",
        )  # fmt: skip
        gate = desk.hold("export")
        await counter.press("5")
        await counter.on(Choose)
        await counter.press("enter")
        await counter.on(ExportSheet)
        await counter.press("enter")
        await counter.sees("正在导出，已写 2 笔")
        await counter.press("f3")
        await counter.sees("正在导出：写完即可离开")
        await counter.press("escape")
        gate.set()
        await counter.sees("导出已停止，没有留下文件")
        assert desk.arguments("export")[1].path.name.endswith(".csv")
        await counter.press("f3")
        await counter.on(Home)


@acted
async def test_enter_opens_a_payments_story_with_what_can_be_done_and_any_others_to_be_read() -> None:
    desk = Searching()
    desk.journal.rows = (refund(), *desk.journal.rows)
    desk.recents = (payment(),)
    async with at_the_counter(desk, size=(120, 36)) as counter:
        screen = await opened(counter)
        await counter.press("f6")
        await told(counter, screen)
        await counter.sees("核心记账")
        asked = desk.count("story")
        await counter.press("enter")
        await counter.on(JournalStoryScreen)
        await counter.sees("20261121 0712 07 00000188")
        assert desk.count("story") == asked + 1
        await counter.press("escape")
        await counter.on(SearchJournal)
        await counter.press("down", "enter")
        await counter.on(PaymentStory)
        assert desk.arguments("payment") == [payment().serial]
        assert not counter.app.screen._look_only  # type: ignore[attr-defined]
        await counter.press("f3")
        await counter.on(SearchJournal)


@acted
async def test_who_sees_every_branch_chooses_one_and_reads_another_branchs_payment() -> None:
    desk = Searching()
    desk.role = Role.AUDITOR
    desk.journal.rows = (row(213, branch_no="0713"), *desk.journal.rows)
    async with at_the_counter(desk) as counter:
        screen = await opened(counter)
        await counter.sees("0712 07 00000212")
        await counter.press("f6", "enter")
        await counter.on(JournalStoryScreen)
        await counter.press("escape")
        await counter.on(SearchJournal)
        screen.form.focus_on("branch_no")
        await counter.press("f4")
        await counter.on(Choose)
        await counter.press("down", "enter")
        await counter.press("f10")
        await counter.until(lambda: desk.searches()[-1] == JournalSearch(branch_no="0713"))


HOSTILE = ("[@click=app.quit]go[/]", "a[/x]b", "\x1b]0;OWNED\x07\u202eb\x9b2J")


@acted
async def test_what_counterparts_said_is_literal_in_the_list_and_in_the_story() -> None:
    desk = Searching()
    desk.journal.rows = tuple(hostile(text, 212 - at) for at, text in enumerate(HOSTILE))
    desk.journal.clear_name = HOSTILE[0]
    async with at_the_counter(desk, size=(120, 36)) as counter:
        screen = await opened(counter)
        await counter.press("f6")
        for text in HOSTILE:
            await told(counter, screen)
            if text == HOSTILE[-1]:
                await _revealed(counter, screen)
            shown = counter.text()
            assert all(is_plain(char) for char in shown.replace("\n", "")), repr(shown)
            assert text in shown or "\x1b" in text
            await counter.press("down")
        for at, line in enumerate(counter.text().splitlines()):
            if (column := line.find("[")) >= 0:
                await counter.pilot.click(offset=(width_of(line[:column]) + 3, at))
        assert counter.app._running
        assert not counter.app._exit


def test_what_a_field_takes_fits_into_the_line_below_the_form() -> None:
    for language in LANGUAGES:
        for name in FIELDS:
            assert width_of(words(language)(f"help.search.{name}")) <= 78, (language, name)


RULE = "\n" + "=" * 40 + "\n"


@LOOKS
def test_it_looks_like_this_and_no_figure_is_cut_off(
    size: tuple[int, int], language: str, snapshot: SnapshotAssertion
) -> None:
    shots: list[str] = []

    @acted
    async def work() -> None:
        desk = Searching()
        desk.journal.rows = (refund(213), *desk.journal.rows)
        async with at_the_counter(desk, size=size, language=language) as counter:
            screen = await opened(counter)
            await told(counter, screen)
            shots.append(await counter.still())
            await counter.press("f6", "down", "down")
            await told(counter, screen)
            shots.append(await counter.still())
            bar = [content.cell_length for _, content in counter.app.screen.query_one(KeyBar).cells()]
            assert sum(bar) + 2 * (len(bar) - 1) <= 78
            for task, kind in (("4", OneLine), ("2", Kept)):
                await counter.press(task)
                await counter.on(kind)
                await counter.still()
                shots.append(counter.sheet_text())
                await counter.press("escape")
                await counter.on(SearchJournal)

    work()
    for number in range(212, 207, -1):
        assert f"07 {number:08d}" in shots[1]
    assert RULE.join(shots) == snapshot
