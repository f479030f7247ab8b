"""7004: the branch's day, as it is told and as it is drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from screens.branch_today import LOOK_EVERY_S, BranchTodayScreen
from screens.widgets.charts import BarChart, Hour, HourChart
from screens.widgets.figures import Figures
from screens.widgets.line import Line
from tellerdesk.errors import StoreUnavailable
from tellerdesk.journal.states import Word
from tellerdesk.staff.states import Role
from tellerdesk.today.views import WordCount
from tests.screens.counter import LOOKS, Counter, acted, at_the_counter
from tests.screens.stand_in import StandIn
from tests.screens.stand_in_today import busy_day

EMPTY = replace(
    busy_day(), words=(), hours=(), billers=(), tills=(), questions=0, oldest=None, refunds=0, refunds_fen=0
)
RULE = "\n" + "=" * 40 + "\n"


def _desk() -> StandIn:
    desk = StandIn()
    desk.role = Role.SUPERVISOR
    return desk


async def _there(counter: Counter) -> BranchTodayScreen:
    await counter.sign_on()
    await counter.start("7004")
    screen = await counter.on(BranchTodayScreen)
    await counter.until(lambda: screen._today, "the branch's day")
    await counter.settled()
    assert isinstance(screen, BranchTodayScreen)
    return screen


@LOOKS
def test_the_branch_looks_like_this(size: tuple[int, int], language: str, snapshot: SnapshotAssertion) -> None:
    shots: list[str] = []

    @acted
    async def work() -> None:
        desk = _desk()
        async with at_the_counter(desk, size=size, language=language) as counter:
            await _there(counter)
            shots.append(await counter.still())
            desk.today.given = EMPTY
            await counter.press("f5")
            await counter.until(lambda: counter.screen.query_one("#nothing").display)
            shots.append(await counter.still())

    work()
    assert RULE.join(shots) == snapshot


@acted
async def test_it_counts_itself_anew_and_says_as_of_when() -> None:
    desk = _desk()
    async with at_the_counter(desk, size=(120, 36)) as counter:
        screen = await _there(counter)
        before = desk.today.asked
        today = busy_day()
        desk.today.given = replace(today, words=(WordCount(Word.PAID, 999, 1), *today.words[1:]))
        await counter.until(
            lambda: "999" in screen.query_one("#words", Figures).text, "counted anew", LOOK_EVERY_S + 30
        )
        assert desk.today.asked > before
        assert "10:31" in screen.query_one("#steps", Line).text


@acted
async def test_what_was_seen_stays_with_its_time_where_the_store_cannot_be_read() -> None:
    desk = _desk()
    async with at_the_counter(desk) as counter:
        screen = await _there(counter)
        desk.today.given = StoreUnavailable("error.store.locked")
        await counter.press("f5")
        await counter.until(lambda: screen.note_text, "why")
        assert "120" in screen.query_one("#words", Figures).text
        assert "10:31" in screen.query_one("#steps", Line).text


@acted
async def test_nothing_is_asked_behind_a_locked_desk() -> None:
    desk = _desk()
    async with at_the_counter(desk) as counter:
        screen = await _there(counter)
        await counter.press("f12")
        await counter.until(lambda: counter.app.locked, "locked")
        before = desk.today.asked
        screen._tick()
        screen._look()
        assert desk.today.asked == before


@pytest.mark.parametrize("width", [34, 41, 60])
def test_the_busiest_hour_fills_the_chart_and_every_count_stands_above_its_column(width: int) -> None:
    chart = HourChart()
    chart.show([Hour(8, 1), Hour(9, 40), Hour(17, 20)])
    lines = [line.plain for line in chart.lines(width, 7)]
    assert len(lines) == 7
    assert max(map(len, lines)) <= width
    for hour, count in ((8, 1), (9, 40), (17, 20)):
        at = lines[-1].index(f"{hour:02d}")
        assert lines[0][at:].split()[0] == str(count)
        column = [line[at] for line in lines[1:-1]]
        assert column[0] == ("█" if count == 40 else " ")
        assert column[-1] != " ", "whatever there is can be seen"
    idle = lines[-1].index("12")
    assert {line[idle] for line in lines[:-1]} == {" "}


def test_a_day_too_long_for_the_chart_shows_its_last_hours() -> None:
    chart = HourChart()
    chart.show([Hour(hour, 5) for hour in range(24)])
    lines = [line.plain for line in chart.lines(36, 7)]
    assert lines[-1].split() == [f"{hour:02d}" for hour in range(12, 24)]


def test_what_was_paid_early_is_seen_while_the_day_is_young() -> None:
    chart = HourChart()
    chart.show([Hour(0, 5)])
    lines = [line.plain for line in chart.lines(36, 7)]
    assert lines[-1].split() == [f"{hour:02d}" for hour in range(12)]
    assert lines[0].split() == ["5"]


@acted
async def test_the_longest_bar_ends_where_the_figures_begin() -> None:
    async with at_the_counter(_desk()) as counter:
        screen = await _there(counter)
        drawn = screen.query_one("#billers", BarChart).lines(44)
        assert {line.cell_length for line in drawn} == {44}
        lines = [line.plain for line in drawn]
        lengths = [line.count("█") for line in lines]
        assert lengths == sorted(lengths, reverse=True)
        assert lengths[0] > 2 * lengths[2]
        assert lines[0].split()[-2:] == ["34,000.00", "…1"]
