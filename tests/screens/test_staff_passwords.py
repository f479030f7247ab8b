"""Secrets shown once, passwords that have to be changed, and sessions that are over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from screens.home import Home
from screens.lock import LockScreen
from screens.new_password import NewPassword
from screens.sign_on import SignOnScreen
from screens.staff_once import OnceSheet
from tellerdesk.errors import BadInput, NotAllowed, SignOnRefused
from tellerdesk.staff import codes
from tellerdesk.staff.commands import ChangePassword
from tellerdesk.staff.states import Role
from tests.screens.counter import Counter, acted, at_the_counter
from tests.screens.stand_in import PASSWORD
from tests.screens.stand_in_staff import CODE, GIVEN, SECRET, StaffDesk, fill_in, sign_on, to, to_list

SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
NEW = "kapok-in-spring"


# Shown once


@acted
async def test_what_is_shown_once_waits_behind_a_lock() -> None:
    desk = StaffDesk()
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await to(counter, "1002")
        gate = desk.hold("reset_password")
        await counter.press("4", "right", "enter", "f12")
        await counter.on(LockScreen)
        gate.set()
        await counter.until(lambda: desk.count("all") == 2)
        assert isinstance(counter.app.screen, LockScreen)
        assert GIVEN.password not in counter.text()
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.on(OnceSheet)
        await counter.sees(GIVEN.password)
        await counter.press("f12")
        await counter.on(LockScreen)
        assert GIVEN.password not in counter.text()


def scanned(counter: Counter) -> list[list[int]]:
    """The squares of the code as they stand on the screen."""
    region = counter.app.screen.query_one("#code").region
    strips = counter.app.screen._compositor.render_strips()[region.y : region.bottom]
    squares = []
    for strip in strips:
        cells = strip.crop(region.x, region.right).text
        squares += [[int(cell in above) for cell in cells] for above in ("▀█", "▄█")]
    return squares


@SIZES
@acted
async def test_the_code_on_the_screen_is_the_one_an_authenticator_reads(size: tuple[int, int]) -> None:
    import segno

    async with at_the_counter(StaffDesk(), size=size) as counter:
        await to_list(counter)
        await to(counter, "2001")
        await counter.press("5", "right", "enter")
        await counter.on(OnceSheet)
        await counter.sees("45RW S2CH HB3U JFEL")
        drawn = [[int(each) for each in row] for row in segno.make_qr(CODE.uri, error="l", boost_error=False).matrix]
        seen = [row[2:-2] for row in scanned(counter)][2:]
        assert seen[: len(drawn)] == drawn
        assert not any(sum(row) for row in seen[len(drawn) :])


@acted
async def test_where_the_code_has_no_room_the_secret_is_typed() -> None:
    sheet = OnceSheet("2001", "王建国", None, replace(CODE, uri=codes.uri(SECRET, "2001", "很长的银行名称" * 6)))
    async with at_the_counter(StaffDesk()) as counter:
        await to_list(counter)
        counter.app.push_screen(sheet)
        await counter.on(OnceSheet)
        await counter.sees("45RW S2CH HB3U JFEL")
        await counter.sees("窗口大些")
        assert not sheet.query("#code")


# A new password


@acted
async def test_a_given_password_is_changed_before_the_home_screen_and_nothing_leads_past_it() -> None:
    desk = StaffDesk(Role.TELLER)
    desk.must_change = True
    async with at_the_counter(desk) as counter:
        await sign_on(counter)
        await counter.on(NewPassword)
        for key in ("escape", "f3", "f2"):
            await counter.press(key)
            assert isinstance(counter.app.screen, NewPassword)
        await fill_in(counter, PASSWORD, NEW, "kapok-in-autumn")
        await counter.press("enter")
        await counter.sees("两遍不一样")
        await counter.type(NEW)
        await counter.press("f10")
        await counter.on(Home)
        assert desk.arguments("change_password") == [ChangePassword(PASSWORD, NEW)]
        assert counter.app.who is not None
        assert not counter.app.who.must_change


@acted
async def test_who_will_not_change_a_given_password_can_only_sign_off() -> None:
    desk = StaffDesk(Role.TELLER)
    desk.must_change = True
    async with at_the_counter(desk) as counter:
        await sign_on(counter)
        await counter.on(NewPassword)
        await counter.press("ctrl+q", "enter")
        await counter.on(SignOnScreen)
        assert desk.count("sign_off") == 1


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (SignOnRefused("error.password.old"), "原密码不对"),
        (BadInput("error.password.common", field="new"), "太常见"),
    ],
    ids=str,
)
@acted
async def test_1003_changes_the_password_and_tells_what_is_wrong(error: Exception, told: str) -> None:
    desk = StaffDesk(Role.TELLER)
    desk.fails = error
    async with at_the_counter(desk) as counter:
        await sign_on(counter)
        await counter.start("1003")
        await counter.press("end", "enter")
        await counter.on(NewPassword)
        await fill_in(counter, PASSWORD, NEW, NEW)
        await counter.press("f10")
        await counter.sees(told)
        if isinstance(error, SignOnRefused):
            await counter.type(PASSWORD)
        await counter.press("f10")
        await counter.on(Home)
        await counter.sees("密码已修改")


@acted
async def test_a_changed_password_leads_on_only_after_unlocking() -> None:
    desk = StaffDesk(Role.TELLER)
    desk.must_change = True
    async with at_the_counter(desk) as counter:
        await sign_on(counter)
        await counter.on(NewPassword)
        gate = desk.hold("change_password")
        await fill_in(counter, PASSWORD, NEW, NEW)
        await counter.press("f10", "f12")
        await counter.on(LockScreen)
        gate.set()
        await counter.until(lambda: not counter.app.flow_running)
        assert isinstance(counter.app.screen, LockScreen)
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.on(Home)


# A session that is over


@acted
async def test_a_lock_nobody_can_open_any_more_leads_to_the_sign_on_form_which_says_why() -> None:
    desk = StaffDesk()
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await counter.press("f12")
        await counter.on(LockScreen)
        desk.over = NotAllowed("error.session.expired")
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.on(SignOnScreen)
        await counter.sees("签到时间已到")
        assert (counter.app.who, counter.app.locked) == (None, False)
        desk.over = None
        await sign_on(counter)
        await counter.on(Home)


@acted
async def test_a_lock_stays_while_a_payment_runs_even_if_its_session_is_over() -> None:
    desk = StaffDesk()
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await to(counter, "1002")
        gate = desk.hold("reset_password")
        await counter.press("4", "right", "enter", "f12")
        await counter.on(LockScreen)
        desk.over = NotAllowed("error.session.revoked")
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.sees("签到已被终止")
        assert isinstance(counter.app.screen, LockScreen)
        gate.set()
        await counter.until(lambda: not counter.app.flow_running)
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.on(SignOnScreen)
        assert GIVEN.password not in counter.text()
