"""Signing on, also before the desk is open."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from screens.app import TellerApp
from screens.base import DeskScreen, HelpPage
from screens.home import Home
from screens.lock import LockScreen
from screens.sign_on import SignOnScreen
from screens.widgets.entry import PasswordEntry
from tellerdesk.errors import BadSetup, SignOnRefused
from tellerdesk.i18n import LANGUAGES
from tests.screens.counter import Counter, acted, at_the_counter
from tests.screens.stand_in import PASSWORD, HandClock, StandIn, front


@acted
async def test_staff_number_and_password_lead_home() -> None:
    async with at_the_counter() as counter:
        await counter.sign_on()
        assert isinstance(counter.app.screen, Home)
        assert counter.desk.count("sign_on") == 1
        assert counter.app.focused is not None
        assert counter.app.focused.id == "go"


class NewPasswordStandIn(DeskScreen):
    """Stands where a given password is changed."""

    PAGE = HelpPage(what="help.sign_on")

    def __init__(self, *, must: bool = False) -> None:
        super().__init__()
        self.must = must


@acted
async def test_a_given_password_is_changed_before_anything_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("screens.app.NEW_PASSWORD", f"{__name__}:NewPasswordStandIn")
    desk = StandIn()
    desk.must_change = True
    async with at_the_counter(desk) as counter:
        await counter.until(lambda: counter.app.desk is not None)
        await counter.type("1001")
        await counter.press("enter")
        await counter.type(PASSWORD)
        await counter.press("enter")
        screen = await counter.on(NewPasswordStandIn)
        assert screen.must
        await counter.press("f9", "f2", "f3")
        assert counter.app.screen is screen
        assert desk.count("position") == 0
        assert counter.app.who is not None
        await counter.press("f12")
        await counter.on(LockScreen)
        counter.app.password_changed(replace(counter.app.who, must_change=False))
        assert isinstance(counter.app.screen, LockScreen)
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.on(Home)
        assert [type(each) for each in counter.app.screen_stack] == [SignOnScreen, Home]


@pytest.mark.parametrize("language", LANGUAGES)
@acted
async def test_all_sample_people_can_be_read_whole_in_the_smallest_window(language: str) -> None:
    async with at_the_counter(language=language) as counter:
        await counter.until(lambda: counter.app.desk is not None)
        await counter.settled()
        for person in counter.app.front.sample_staff:
            await counter.sees(person.password)
            await counter.sees(f"{person.staff_no}  {person.name}")


@acted
async def test_two_enters_sign_on_once() -> None:
    async with at_the_counter() as counter:
        gate = counter.desk.hold("sign_on")
        await counter.until(lambda: counter.app.desk is not None)
        await counter.type("1001")
        await counter.press("enter")
        await counter.type(PASSWORD)
        await counter.bounce("enter", "enter", "f10")
        gate.set()
        await counter.on(Home)
        assert counter.desk.count("sign_on") == 1


@acted
async def test_a_refusal_is_said_and_the_password_is_gone() -> None:
    async with at_the_counter() as counter:
        counter.desk.refuse_sign_on = SignOnRefused("error.text.too_long", most=7)
        await counter.until(lambda: counter.app.desk is not None)
        await counter.type("1001")
        await counter.press("enter")
        await counter.type("wrong")
        await counter.press("enter")
        await counter.sees("7")
        entry = counter.app.screen.query_one(PasswordEntry)
        assert entry.value == ""
        assert entry.has_focus


@acted
async def test_the_form_can_be_filled_before_the_desk_is_open() -> None:
    opened = threading.Event()
    desk = StandIn()

    def opener() -> StandIn:
        opened.wait(20)
        return desk

    app = TellerApp(front(), opener, clock=HandClock())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        counter = Counter(app, desk, app.clock, pilot)  # type: ignore[arg-type]
        await counter.on(SignOnScreen)
        await counter.sees("工作台正在打开")
        await counter.type("1001")
        await counter.press("enter")
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.sees("打开后自动签到")
        assert desk.count("sign_on") == 0
        opened.set()
        await counter.on(Home)
        assert desk.count("sign_on") == 1
    desk.close()


@acted
async def test_a_desk_that_cannot_open_says_why_and_what_to_do() -> None:
    def opener() -> StandIn:
        raise BadSetup("error.setup.no_file", path="/etc/x/tellerdesk.toml")

    app = TellerApp(front(), opener, clock=HandClock())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        counter = Counter(app, StandIn(), app.clock, pilot)  # type: ignore[arg-type]
        await counter.sees("/etc/x/tellerdesk.toml")
        await counter.sees("请通知管理员")
        await counter.type("1001")
        await counter.press("enter")
        await counter.type(PASSWORD)
        await counter.press("enter")
        assert isinstance(app.screen, SignOnScreen)


@acted
async def test_a_desk_that_fails_unforeseen_shows_a_reference_and_no_insides() -> None:
    def opener() -> StandIn:
        secret_local = "SECRET-9876"
        raise RuntimeError(secret_local)

    app = TellerApp(front(), opener, clock=HandClock())
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        counter = Counter(app, StandIn(), app.clock, pilot)  # type: ignore[arg-type]
        await counter.sees("编号")
        assert "SECRET" not in counter.text()
        assert "RuntimeError" not in counter.text()


@acted
async def test_only_capitals_ask_about_caps_lock() -> None:
    async with at_the_counter() as counter:
        await counter.press("tab")
        await counter.type("ABC")
        await counter.sees("大写锁定")
        await counter.type("d")
        assert "大写锁定" not in counter.text()


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+x", "super+c"])
@acted
async def test_a_password_cannot_be_copied_out(key: str) -> None:
    async with at_the_counter() as counter:
        await counter.press("tab")
        await counter.type("hunter2")
        await counter.press("ctrl+shift+a", key)
        assert counter.app.clipboard == ""
        assert counter.app.screen.query_one(PasswordEntry).value == "hunter2"


@acted
async def test_sample_staff_stand_there_in_training_only() -> None:
    async with at_the_counter() as counter:
        await counter.sees("training-1002")
    async with at_the_counter(training=False) as counter:
        await counter.sees("柜员号")
        assert "training-1002" not in counter.text()
        assert "培训" not in counter.text()


@acted
async def test_failures_since_the_last_sign_on_are_told() -> None:
    desk = StandIn()
    desk.failures_before = 2
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.sees("此后有 2 次密码错误")
