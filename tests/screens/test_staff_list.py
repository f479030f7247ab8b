"""7002 and a new password, at the keys: what is asked once, what is shown once, and what nobody may read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from textual.screen import Screen

from screens.choose import Choose
from screens.confirm import Confirm
from screens.home import Home
from screens.staff_list import TASKS, StaffList
from screens.staff_once import OnceSheet
from screens.staff_person import PersonSheet
from tellerdesk.errors import BadInput, Conflict, Refused
from tellerdesk.i18n import LANGUAGES, words
from tellerdesk.staff.commands import ChangeStaff
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import StaffView
from tests.screens.counter import Counter, acted, at_the_counter
from tests.screens.stand_in_staff import CODE, PEOPLE, StaffDesk, fill_in, person, to, to_list


def nothing_was_done(desk: StaffDesk) -> bool:
    done = {"add", "change", "lock", "unlock", "leave", "reset_password", "reset_code", "ask_power"}
    return not done & {name for name, _ in desk.calls}


# The list


@acted
async def test_a_supervisor_reads_the_list_and_can_start_nothing() -> None:
    desk = StaffDesk(Role.SUPERVISOR)
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await counter.sees("只供查看")
        for key in ("1", "3", "enter", "f4"):
            await counter.press(key)
            assert isinstance(counter.app.screen, StaffList)
        assert nothing_was_done(desk)


@acted
async def test_the_line_below_tells_what_the_columns_have_no_room_for() -> None:
    async with at_the_counter(StaffDesk()) as counter:
        await to_list(counter)
        await to(counter, "2001")
        await counter.sees("同一人：1009")
        await counter.sees("有动态口令")
        await to(counter, "1004")
        await counter.sees("下次签到须改密码")
        await to(counter, "4001")
        await counter.sees("Christopher Robinson")


# Each asks once


@acted
async def test_what_takes_something_away_asks_with_no_first_and_is_done_once() -> None:
    desk = StaffDesk()
    cases = {
        "3": ("1002", "lock"),
        "4": ("1002", "reset_password"),
        "5": ("2001", "reset_code"),
        "6": ("1002", "leave"),
    }
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        for key, (number, call) in cases.items():
            await to(counter, number)
            looked = desk.count("all")
            for answer in ("enter", "escape"):
                await counter.press(key)
                await counter.on(Confirm)
                await counter.press(answer)
                await counter.on(StaffList)
            assert desk.arguments(call) == []
            await counter.press(key, "right", "enter")
            await counter.until(lambda looked=looked: desk.count("all") > looked, "done and looked at again")  # type: ignore[misc]
            assert desk.arguments(call) == [number]
            await counter.until(lambda: not counter.app.flow_running)
            if isinstance(counter.app.screen, OnceSheet):
                await counter.press("enter")


@acted
async def test_who_is_locked_is_unlocked_by_the_same_figure() -> None:
    desk = StaffDesk()
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await to(counter, "1003")
        await counter.sees("3 解锁")
        await counter.press("3", "enter")
        await counter.until(lambda: desk.arguments("unlock") == ["1003"])
        await counter.sees("1003 已解锁")


@acted
async def test_the_own_number_and_one_out_of_use_are_refused_before_anything_is_asked() -> None:
    desk = StaffDesk()
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        for number, told in (("1001", "自己的柜员号"), ("8888", "已停用")):
            await to(counter, number)
            for key in "236":
                await counter.press(key)
                await counter.sees(told)
                assert isinstance(counter.app.screen, StaffList)
        assert nothing_was_done(desk)


@acted
async def test_the_desks_refusal_is_a_sentence_and_the_list_stays() -> None:
    desk = StaffDesk()
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await to(counter, "1002")
        desk.fails = Refused("error.staff.last_administrator", staff_no="1002")
        await counter.press("6", "right", "enter")
        await counter.sees("唯一在用的系统管理员")
        assert isinstance(counter.app.screen, StaffList)


@acted
async def test_enter_lists_the_tasks() -> None:
    desk = StaffDesk()
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await to(counter, "1002")
        await counter.press("enter")
        await counter.on(Choose)
        await counter.press(*["down"] * TASKS.index("lock"), "enter")
        await counter.on(Confirm)
        await counter.sees("1002 陈志强")


# Who may approve


WAITS = person("9301", "赵敏", Role.SUPERVISOR, has_code=True, may_decide=False)


@acted
async def test_who_waits_for_a_confirmation_says_so_and_is_asked_for_once_more_by_a_figure() -> None:
    desk = StaffDesk()
    desk.listed = (*PEOPLE, WAITS)
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await to(counter, "2001")
        await counter.press("7")
        await counter.sees("2001 的授权资格无需复核")
        await counter.press("end")
        await counter.sees("待复核")
        await counter.sees("授权资格待复核")
        await counter.press("7")
        await counter.on(Confirm)
        await counter.press("enter")
        await counter.until(lambda: desk.arguments("ask_power") == ["9301"])
        await counter.sees("9301 已送复核。 须由另一位主管在 7001 复核后方可授权。")


@pytest.mark.parametrize("others", [(WAITS,), ()], ids=["nobody else", "nobody"])
@acted
async def test_where_no_other_supervisor_of_the_branch_can_confirm_the_command_line_is_named(
    others: tuple[StaffView, ...],
) -> None:
    desk = StaffDesk()
    desk.listed = (*PEOPLE, *others)
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await to(counter, "2001")
        await counter.press("4", "right", "enter")
        await counter.on(OnceSheet)
        await counter.press("enter")
        await counter.on(StaffList)
        await counter.sees("tellerdesk staff")


@acted
async def test_who_does_not_approve_needs_nobodys_confirmation() -> None:
    async with at_the_counter(StaffDesk()) as counter:
        await to_list(counter)
        await to(counter, "1002")
        await counter.press("4", "right", "enter")
        await counter.on(OnceSheet)
        await counter.press("enter")
        await counter.sees("1002 的密码已重设。")
        assert "7001" not in counter.text()


# Adding and changing


@acted
async def test_a_person_is_added_with_a_password_of_the_systems_choice_shown_once() -> None:
    desk = StaffDesk()
    desk.code = replace(CODE, staff_no="3001")
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await counter.press("1")
        await counter.on(PersonSheet)
        await fill_in(counter, "3001", "赵海", "2")
        await counter.press("f10")
        await counter.on(OnceSheet)
        [command] = desk.arguments("add")
        assert (command.staff_no, command.name, command.role, command.branch_no) == (
            "3001", "赵海", Role.SUPERVISOR, "0712",
        )  # fmt: skip
        assert len(command.password) >= 16
        await counter.sees(command.password)
        await counter.press("f10")
        await counter.sees(command.password)
        await counter.press("enter")
        await counter.on(StaffList)
        assert command.password not in counter.text()
        assert command.password not in repr(command)


@pytest.mark.parametrize(
    ("error", "focused"),
    [
        (Conflict("error.staff.exists", staff_no="1002"), "staff-no"),
        (BadInput("error.staff.nobody", field="same_person_as", staff_no="7"), "same-person"),
    ],
    ids=str,
)
@acted
async def test_what_cannot_be_added_comes_back_with_what_was_typed(error: Exception, focused: str) -> None:
    desk = StaffDesk()
    desk.fails = error
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await counter.press("1")
        await fill_in(counter, "1002", "赵海", "1", "0712", "7")
        await counter.press("f10")
        await counter.until(
            lambda: isinstance(counter.app.screen, PersonSheet) and desk.count("add") and counter.app.focused
        )
        await counter.until(lambda: counter.app.focused is not None and counter.app.focused.id == focused, focused)
        assert "赵海" in counter.text()
        await counter.press("f10")
        await counter.on(OnceSheet)
        assert desk.count("add") == 2


@acted
async def test_a_change_keeps_what_is_not_touched_and_an_empty_field_is_told() -> None:
    desk = StaffDesk()
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await to(counter, "1002")
        await counter.press("2")
        await counter.on(PersonSheet)
        await counter.press("enter")
        await counter.type("9")
        await counter.press("f10")
        await counter.sees("请填写")
        await counter.press("backspace")
        await counter.type("4")
        await counter.press("f10")
        await counter.on(StaffList)
        assert desk.arguments("change") == [ChangeStaff("1002", "陈志强", Role.AUDITOR, "0712")]


# Looks


def _sheet(screen: Screen[Any]) -> str:
    region = screen.query_one("#sheet").region
    strips = screen._compositor.render_strips()[region.y : region.bottom]
    return "\n".join(strip.crop(region.x, region.right).text.rstrip() for strip in strips)


async def _looks(counter: Counter) -> list[str]:
    shots = []

    async def shot(*keys: str, sheet: bool = False) -> None:
        await counter.press(*keys)
        whole = await counter.still()
        shots.append(_sheet(counter.app.screen) if sheet else whole)

    await to_list(counter)
    await to(counter, "2001")
    await shot()
    await shot("enter", sheet=True)
    await shot("escape", "1", sheet=True)
    await counter.press("escape", "2", "escape")
    await shot("4", sheet=True)
    await counter.press("right", "enter")
    await counter.on(OnceSheet)
    await shot(sheet=True)
    await counter.press("enter", "5", "right", "enter")
    await counter.until(lambda: counter.desk.count("reset_code"))
    await counter.on(OnceSheet)
    await shot(sheet=True)
    await counter.press("enter", "f3")
    await counter.on(Home)
    await counter.start("1003")
    await counter.press("end")
    await shot("enter")
    return shots


@pytest.mark.parametrize(
    ("size", "language"),
    [((80, 24), "zh_CN"), ((80, 24), "en"), ((120, 36), "en")],  # the narrow one, and the longer words where it is wide
    ids=["80x24-zh_CN", "80x24-en", "120x36-en"],
)
def test_the_list_its_sheets_and_a_new_password_look_like_this(
    size: tuple[int, int], language: str, snapshot: SnapshotAssertion
) -> None:
    shots: list[str] = []

    @acted
    async def work() -> None:
        async with at_the_counter(StaffDesk(), size=size, language=language) as counter:
            shots.extend(await _looks(counter))

    work()
    for shot in shots:
        cut = [line for line in shot.splitlines() if line.endswith("…") or "… " in line]
        assert [line for line in cut if "Christopher" not in line] == [], shot
    assert ("\n" + "=" * 40 + "\n").join(shots) == snapshot


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_tasks_fit_a_narrow_line(language: str) -> None:
    from screens.saying import width_of

    say: Callable[[str], str] = words(language)
    for tasks in (TASKS, tuple("unlock" if task == "lock" else task for task in TASKS)):
        line = "  ".join(f"{at + 1} {say(f'staff.task.{task}')}" for at, task in enumerate(tasks))
        assert width_of(line) <= 78
