"""The transaction field, the list of what is offered, and the till's opening."""

from __future__ import annotations

import asyncio

import pytest

from screens.bill_payment import BillPayment
from screens.help import HelpScreen
from screens.home import Home
from screens.settings import DeskSettings
from screens.themes import CONTRAST
from screens.till_opening import TillOpening
from tellerdesk.links.lights import LightState
from tellerdesk.staff.states import Role
from tests.screens.counter import acted, at_the_counter
from tests.screens.stand_in import StandIn


@pytest.mark.parametrize("typed", ["2001", "２００１", "缴费", "代", "djf", "dj", "bill pay", "PAYMENT"])
@acted
async def test_a_transaction_is_found_by_code_name_or_initials(typed: str) -> None:
    async with at_the_counter() as counter:
        await counter.sign_on()
        await counter.type(typed)
        await counter.sees("→ 2001")
        await counter.press("enter")
        await counter.on(BillPayment)


@acted
async def test_a_code_that_does_not_exist_stays_home_with_a_sentence() -> None:
    async with at_the_counter() as counter:
        await counter.sign_on()
        await counter.type("4001")
        await counter.press("enter")
        await counter.sees("没有这个交易")
        assert isinstance(counter.app.screen, Home)


@acted
async def test_a_burst_from_a_scanner_lands_field_by_field() -> None:
    async with at_the_counter() as counter:
        await counter.sign_on()
        await counter.bounce(*"2001", "enter")
        await counter.until(lambda: counter.desk.count("billers"))
        await counter.settled()
        await counter.bounce(*"1101", "enter", *"07550031884620", "enter")
        await counter.until(lambda: counter.screen.has_class("-bill"))
        assert counter.desk.arguments("look_up")[0].consumer_no == "07550031884620"


@acted
async def test_keys_typed_ahead_wait_for_a_screen_that_opens_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first opening on a busy machine: whoever knows the way types on without looking."""
    opened = BillPayment.on_mount

    async def slowly(screen: BillPayment) -> None:
        await asyncio.sleep(1.0)
        opened(screen)

    monkeypatch.setattr(BillPayment, "on_mount", slowly)
    async with at_the_counter() as counter:
        await counter.sign_on()
        counter.app.last_biller = "1101"
        await counter.bounce(*"2001", "enter", *"07550031884620")
        await counter.settled()
        assert "07550031884620" in counter.text()


@acted
async def test_a_supervisor_is_not_offered_what_only_tellers_do() -> None:
    desk = StandIn()
    desk.role = Role.SUPERVISOR
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        assert "2001" not in counter.text()
        await counter.type("2001")
        await counter.press("enter")
        await counter.sees("没有这个交易")


@acted
async def test_a_till_that_is_shut_is_opened_first() -> None:
    desk = StandIn()
    desk.till_view = None
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.sees("未开")
        await counter.type("2001")
        await counter.press("enter")
        await counter.sees("请先做 5001")
        await counter.press("f3")
        await counter.start("5001")
        await counter.type("５,０００.５")
        await counter.press("enter")
        await counter.press("enter")
        await counter.sees("请按 F10")
        assert desk.count("open") == 0
        await counter.bounce("f10", "f10")
        await counter.sees("5,000.50")
        await counter.sees("尾箱已开启")
        (command,) = desk.arguments("open")
        assert command.amount_fen == 500_050
        await counter.press("f3")
        await counter.on(Home)
        await counter.start("2001")
        await counter.on(BillPayment)


@acted
async def test_a_till_that_is_open_shows_where_it_stands() -> None:
    async with at_the_counter() as counter:
        await counter.sign_on()
        await counter.start("5001")
        await counter.sees("尾箱已经开着")
        await counter.sees("5,000.00")
        await counter.press("f10")
        assert counter.desk.count("open") == 0
        assert isinstance(counter.app.screen, TillOpening)


@acted
async def test_the_accounting_date_is_loud_where_it_differs_from_the_calendar() -> None:
    desk = StandIn()
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.sees("2026-11-22")
        assert "≠ 今天" not in counter.text()
        assert desk.day is not None
        desk.day = desk.day.replace(day=21)
        counter.app.look_at_lights()
        await counter.sees("2026-11-21 ≠ 今天")


@pytest.mark.parametrize(("state", "shown"), [(LightState.DOWN, "× 水务 无应答"), (LightState.SLOW, "◐ 水务 慢")])
@acted
async def test_a_light_that_is_not_up_has_a_sign_and_a_word(state: LightState, shown: str) -> None:
    desk = StandIn()
    from dataclasses import replace

    desk.lights_seen = tuple(
        replace(light, state=state if light.code == "1201" else LightState.UP) for light in desk.lights_seen
    )
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.sees(shown)


@acted
async def test_help_says_what_each_field_takes_on_every_screen() -> None:
    async with at_the_counter(size=(120, 36)) as counter:
        await counter.press("f1")
        await counter.on(HelpScreen)
        await counter.sees("各栏填什么")
        await counter.press("escape")
        await counter.sign_on()
        await counter.press("ctrl+g")
        await counter.on(HelpScreen)
        await counter.press("f11")
        await counter.sees("What can go wrong")
        await counter.press("escape")
        await counter.on(Home)


@acted
async def test_1003_offers_lock_language_and_contrast() -> None:
    async with at_the_counter() as counter:
        await counter.sign_on()
        await counter.start("1003")
        await counter.press("down", "down", "enter")
        await counter.until(lambda: counter.app.theme == CONTRAST.name)
        await counter.press("up", "enter")
        await counter.sees("High contrast")
        assert isinstance(counter.app.screen, DeskSettings)
        await counter.press("up", "enter")
        await counter.until(lambda: counter.app.locked)


@acted
async def test_a_window_too_small_says_so_and_no_key_does_what_cannot_be_seen() -> None:
    async with at_the_counter(size=(80, 24)) as counter:
        await counter.to_collect()
        await counter.type("1700")
        await counter.pilot.resize_terminal(60, 20)
        await counter.sees("窗口太小")
        await counter.press("f10")
        assert counter.desk.count("pay") == 0
        await counter.pilot.resize_terminal(80, 24)
        await counter.sees("1700")
        await counter.press("f10")
        await counter.sees("缴费成功")
