"""Every biller through the one form: what it asks besides, what it tells, what may be paid, when it is closed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from screens.bill_form import billers_meant
from screens.bill_payment import BillPayment
from screens.bill_who import masked
from screens.choose import Choose
from screens.home import Home
from tellerdesk.bills.views import BillView
from tellerdesk.errors import BadInput
from tellerdesk.i18n import Bilingual
from tests.screens.counter import Counter, acted, at_the_counter
from tests.screens.samples import GAS, MOBILE, POWER, SEASON, WATER_PART, bill, payment, seasonal, top_up
from tests.screens.stand_in import StandIn

PHONE = "13800135678"


def _desk(given: BillView) -> StandIn:
    desk = StandIn()
    desk.billers_known = (POWER, WATER_PART, GAS, SEASON, MOBILE)
    desk.bill_given = given
    return desk


def _focused(counter: Counter) -> str | None:
    return counter.app.focused.id if counter.app.focused is not None else None


async def _to_collect(counter: Counter, code: str, number: str) -> None:
    await counter.sign_on()
    await counter.start("2001")
    await counter.look_up(code, number)
    await counter.until(lambda: counter.screen.has_class("-bill"))
    await counter.press("enter")
    await counter.until(lambda: counter.screen.has_class("-collect"))


# -- further fields and facts


@pytest.mark.parametrize(("typed", "sent"), [("2026-2027", {"season": "2026-2027"}), ("", {})])
@acted
async def test_what_a_biller_asks_besides_stands_below_the_number_and_is_sent(typed: str, sent: dict[str, str]) -> None:
    async with at_the_counter(_desk(seasonal())) as counter:
        await counter.sign_on()
        await counter.start("2001")
        await counter.look_up("1401", "RN00012345")
        await counter.sees("采暖季")
        assert counter.desk.count("look_up") == 0
        await counter.type(typed)
        await counter.press("enter")
        await counter.until(lambda: counter.screen.has_class("-bill"))
        (command,) = counter.desk.arguments("look_up")
        assert (command.consumer_no, dict(command.fields)) == ("RN00012345", sent)
        await counter.sees("供热面积")
        await counter.sees("89.50")


@acted
async def test_a_field_that_must_be_filled_in_is_asked_for_and_an_error_is_shown_at_it() -> None:
    must = replace(SEASON, fields=(replace(SEASON.fields[0], required=True),))
    desk = _desk(seasonal())
    desk.billers_known = (must, POWER)
    desk.bill_given = BadInput("error.amount.empty", field="season")  # type: ignore[assignment]
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.start("2001")
        await counter.look_up("1401", "RN00012345")
        await counter.press("enter")
        await counter.sees("× 请填写")
        assert desk.count("look_up") == 0
        await counter.type("2020")
        await counter.press("enter")
        await counter.until(lambda: desk.count("look_up") == 1 and not counter.screen.busy)
        assert _focused(counter) == "more-0"
        assert counter.form.who_part._more[0].has_class("-error")


@acted
async def test_another_biller_takes_the_fields_of_the_one_before_away() -> None:
    async with at_the_counter(_desk(bill())) as counter:
        await counter.sign_on()
        await counter.start("2001")
        await counter.type("1401")
        await counter.press("enter")
        await counter.sees("采暖季")
        await counter.press("shift+tab")
        await counter.type("1101")
        await counter.press("enter")
        await counter.until(lambda: "采暖季" not in counter.text())
        await counter.sees("户号")


# -- a personal number


@acted
async def test_a_phone_number_is_typed_in_the_clear_and_masked_once_it_is_settled() -> None:
    async with at_the_counter(_desk(top_up())) as counter:
        await counter.sign_on()
        await counter.start("2001")
        await counter.type("1501")
        await counter.press("enter")
        await counter.type(PHONE)
        await counter.sees(PHONE)
        await counter.press("enter")
        await counter.sees("138****5678")
        assert PHONE not in counter.text()
        await counter.press("escape")
        await counter.sees(PHONE)
        await counter.press("f10")
        await counter.until(lambda: counter.desk.count("look_up") == 2)
        assert {command.consumer_no for command in counter.desk.arguments("look_up")} == {PHONE}


def test_a_number_that_comes_masked_stays_as_it_is() -> None:
    assert masked(PHONE) == "138****5678"
    assert masked("138****5678") == "138****5678"
    assert "123" not in masked("1234567")


# -- amounts


@acted
async def test_a_free_amount_is_typed_within_its_bounds_and_steps_and_paid_as_typed() -> None:
    async with at_the_counter(_desk(top_up())) as counter:
        await _to_collect(counter, "1501", PHONE)
        await counter.sees("23.50")
        assert _focused(counter) == "amount"
        for typed, said in (("55", "10.00 元的整数倍"), ("5", "10.00 至 500.00"), ("0", "10.00 至 500.00"), ("", "×")):
            await counter.type(typed)
            await counter.press("enter" if typed else "f10")
            await counter.sees(said)
            await counter.press("ctrl+u")
        assert counter.desk.count("pay") == 0
        await counter.type("100")
        await counter.press("enter")
        await counter.type("150")
        await counter.sees("50×1")
        await counter.press("f10")
        await counter.outcome()
        (command,) = counter.desk.arguments("pay")
        assert (command.amount_fen, command.tendered_fen) == (10_000, 15_000)


@pytest.mark.parametrize(
    ("biller_code", "given", "refused", "typed", "paid_fen"),
    [
        ("1301", bill(GAS), "1000", "2000", 200_000),
        ("1201", bill(WATER_PART), "2000", "1000", 100_000),
    ],
)
@acted
async def test_what_is_owed_stands_there_to_be_kept_or_changed(
    biller_code: str, given: BillView, refused: str, typed: str, paid_fen: int
) -> None:
    async with at_the_counter(_desk(given)) as counter:
        await _to_collect(counter, biller_code, "07550031884620")
        assert counter.form.collect.amount_field.entry.value == "1,680.32"
        await counter.type(refused)
        await counter.press("enter")
        await counter.until(lambda: counter.form.collect.amount_field.has_class("-error"))
        await counter.type(typed)
        await counter.press("enter")
        await counter.type("3000")
        await counter.press("f10")
        await counter.outcome()
        assert counter.desk.arguments("pay")[0].amount_fen == paid_fen


@acted
async def test_an_amount_that_is_kept_costs_one_enter() -> None:
    async with at_the_counter(_desk(bill(GAS))) as counter:
        await _to_collect(counter, "1301", "07550031884620")
        await counter.press("enter")
        await counter.type("1700")
        await counter.press("f10")
        await counter.outcome()
        assert counter.desk.arguments("pay")[0].amount_fen == 168_032


@acted
async def test_an_exact_amount_cannot_be_typed_at_all() -> None:
    async with at_the_counter(_desk(bill())) as counter:
        await _to_collect(counter, "1101", "07550031884620")
        assert _focused(counter) == "tendered"
        assert not counter.form.collect.amount_field.display


# -- which biller


@acted
async def test_the_biller_of_before_stays_chosen_enter_keeps_it_and_typing_replaces_it() -> None:
    async with at_the_counter(_desk(bill())) as counter:
        await counter.to_outcome()
        await counter.press("enter", "enter")
        await counter.until(lambda: counter.screen.has_class("-who"))
        assert _focused(counter) == "biller"
        await counter.sees("1101  深圳供电局")
        await counter.press("enter")
        assert _focused(counter) == "consumer"
        await counter.press("shift+tab")
        await counter.press("f11", "f11")
        await counter.type("gr")
        await counter.press("enter")
        await counter.sees("1401  市供热公司")


@acted
async def test_the_only_biller_is_chosen_already() -> None:
    desk = _desk(bill())
    desk.billers_known = (POWER,)
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.start("2001")
        await counter.sees("1101  深圳供电局")
        await counter.press("enter")
        await counter.type("07550031884620")
        await counter.press("enter")
        await counter.until(lambda: counter.screen.has_class("-bill"))


@acted
async def test_a_closed_biller_is_listed_with_its_hours_and_cannot_be_chosen() -> None:
    desk = _desk(bill())
    desk.billers_known = (POWER, replace(SEASON, open_now=False))
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.start("2001")
        await counter.press("f4")
        await counter.sees("08:00-20:00")
        await counter.press("down", "enter")
        assert isinstance(counter.app.screen, Choose)
        await counter.press("f10")
        assert isinstance(counter.app.screen, Choose)
        await counter.press("escape")
        await counter.type("1401")
        await counter.press("enter")
        await counter.sees("现在不受理")
        assert counter.form.who_part.biller is None
        await counter.press("f3")
        await counter.on(Home)
        await counter.type("1401")
        await counter.press("enter")
        await counter.sees("现在不受理")
        assert isinstance(counter.app.screen, Home)


# -- from the home field


@pytest.mark.parametrize("typed", ["1501", "ydhf", "话费", "top-up"])
@acted
async def test_home_goes_straight_into_the_form_of_a_biller(typed: str) -> None:
    async with at_the_counter(_desk(top_up())) as counter:
        await counter.sign_on()
        await counter.until(lambda: counter.app.billers)
        await counter.type(typed)
        await counter.sees("→ 1501")
        await counter.press("enter")
        await counter.on(BillPayment)
        await counter.type(PHONE)
        await counter.press("enter")
        await counter.until(lambda: counter.screen.has_class("-bill"))
        assert counter.desk.arguments("look_up")[0].consumer_no == PHONE


@pytest.mark.parametrize("typed", ["晓燕", "4620", "0031 8846"])
@acted
async def test_home_finds_a_customer_of_this_till_and_fills_the_form_in(typed: str) -> None:
    desk = _desk(bill())
    desk.recents = (payment(), payment(number=211), payment(number=210, consumer_no="138****4620", biller_code="1501"))
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.until(lambda: desk.count("recent") and counter.app.billers)
        await counter.settled()
        await counter.type(typed)
        await counter.sees("→ 0755 0031 8846 20")
        assert "另有" not in counter.text()
        await counter.press("enter")
        await counter.on(BillPayment)
        assert desk.count("look_up") == 0
        await counter.press("enter")
        await counter.until(lambda: counter.screen.has_class("-bill"))
        assert desk.arguments("look_up")[0].consumer_no == "07550031884620"


@acted
async def test_home_lists_everything_that_is_meant() -> None:
    async with at_the_counter(_desk(bill())) as counter:
        await counter.sign_on()
        await counter.until(lambda: counter.app.billers)
        await counter.type("费")
        await counter.sees("另有")
        await counter.press("f4")
        await counter.on(Choose)
        await counter.sees("1201")
        await counter.press("down", "down", "enter")
        await counter.on(BillPayment)


@acted
async def test_a_shut_till_takes_no_biller_and_no_customer() -> None:
    desk = _desk(bill())
    desk.till_view = None
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.until(lambda: counter.app.billers)
        await counter.type("1101")
        await counter.press("enter")
        await counter.sees("请先做 5001")


def test_initials_mean_more_than_a_fragment_of_another_name() -> None:
    water = replace(POWER, code="1201", name=Bilingual("深圳市水务集团", "Shenzhen Water Group"), initials=("sw",))
    heating = replace(POWER, code="1401", name=Bilingual("北方供热", "Northern Heat"), initials=("gr", "bfgr"))

    assert billers_meant("gr", (water, heating)) == (heating, water)
    assert billers_meant("bfg", (water, heating)) == (heating,)
