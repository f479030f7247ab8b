"""Paying from an account: whose it is, the customer's consent, and nothing debited without it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from screens.home import Home
from screens.widgets.entry import Entry, PasswordEntry
from tellerdesk.bills.commands import Method
from tellerdesk.errors import CounterpartUnavailable, Refused
from tests.screens.counter import Counter, acted, at_the_counter
from tests.screens.samples import CARD_NO, GAS, PIN_BLOCK, bill
from tests.screens.stand_in import StandIn


async def _to_account(counter: Counter) -> None:
    await counter.to_collect()
    await counter.press("insert")
    await counter.sees("付款账户")


async def _to_holder(counter: Counter) -> None:
    await _to_account(counter)
    await counter.type(CARD_NO)
    await counter.press("enter")
    await counter.until(lambda: counter.form.collect.account.view is not None, "the holder")


async def _to_consent(counter: Counter) -> None:
    await _to_holder(counter)
    await counter.press("enter")
    await counter.sees("✓ 客户已在密码键盘上输入")


@acted
async def test_a_payment_from_an_account_takes_at_most_twelve_keys_besides_the_numbers() -> None:
    async with at_the_counter() as counter:
        await counter.to_bill()
        await counter.press("enter", "insert")
        await counter.type(CARD_NO)
        await counter.press("enter")
        await counter.sees("*晓燕  622202")
        await counter.press("enter")
        await counter.sees("✓ 客户已在密码键盘上输入")
        await counter.press("f10")
        await counter.to_next_customer()
        assert counter.pressed <= 12, counter.pressed
        (asked,), (read,), (paid,) = (counter.desk.arguments(name) for name in ("account", "read_pin", "pay"))
        assert (asked.account_no, asked.quote_id) == (CARD_NO, "Q1")
        assert (read.account_no, read.amount_fen) == (CARD_NO, 168_032)
        assert (paid.method, paid.amount_fen, paid.tendered_fen) == (Method.ACCOUNT, 168_032, 0)
        assert (paid.account.account_no, paid.account.pin_block, paid.account.voucher_no) == (CARD_NO, PIN_BLOCK, "")


@acted
async def test_one_key_switches_between_cash_and_account_and_stands_in_the_key_bar() -> None:
    async with at_the_counter() as counter:
        await counter.to_collect()
        await counter.sees("Ins 账户")
        await counter.press("up")
        await counter.sees("付款账户")
        await counter.sees("Ins 现金")
        assert "实收现金" not in counter.text()
        await counter.press("insert")
        await counter.sees("实收现金")
        await counter.type("1700")
        await counter.press("f10")
        await counter.outcome()
        assert counter.desk.arguments("pay")[0].account is None


@acted
async def test_another_holder_is_said_and_the_bills_own_is_too() -> None:
    desk = StandIn()
    async with at_the_counter(desk) as counter:
        await _to_holder(counter)
        await counter.sees("与账单户名一致")
        assert not isinstance(desk.account_given, Exception)
        desk.account_given = replace(desk.account_given, other_holder=True)
        await counter.press("insert", "insert")
        await counter.type(CARD_NO)
        await counter.press("enter")
        await counter.sees("与账单户名不同")


@pytest.mark.parametrize("typed", [CARD_NO[:-1] + "5", CARD_NO.replace("71", "17")])
@acted
async def test_a_misread_card_number_is_said_before_anyone_is_asked(typed: str) -> None:
    async with at_the_counter() as counter:
        await _to_account(counter)
        await counter.type(typed)
        await counter.sees("× 校验位不符")
        await counter.press("ctrl+u")
        await counter.type(CARD_NO)
        await counter.sees("✓ 校验位相符")
        assert counter.desk.count("account") == 0


@pytest.mark.parametrize("key", ["f10", "ctrl+s"])
@acted
async def test_nothing_is_debited_without_consent(key: str) -> None:
    async with at_the_counter() as counter:
        await _to_holder(counter)
        await counter.press(key)
        await counter.sees("还没有客户的同意")
        assert counter.desk.count("read_pin") == counter.desk.count("pay") == 0
        await counter.press("f4")
        await counter.press(key)
        await counter.sees("× 凭证号")
        assert counter.desk.count("pay") == 0


@acted
async def test_enter_alone_never_debits() -> None:
    async with at_the_counter() as counter:
        await _to_consent(counter)
        await counter.press("enter", "enter", "enter")
        await counter.sees("回车不会动钱")
        assert counter.desk.count("pay") == 0


@acted
async def test_while_the_customer_keys_the_pin_seconds_are_counted_and_escape_takes_it_back_for_good() -> None:
    async with at_the_counter() as counter:
        await _to_holder(counter)
        gate = counter.desk.hold("read_pin")
        await counter.press("enter")
        await counter.sees("正在等待 客户在密码键盘上输密码")
        counter.clock.advance(5)
        await counter.sees("按 Esc 收回")
        await counter.press("f10")
        await counter.press("escape")
        await counter.until(lambda: not counter.screen.busy)
        gate.set()
        await counter.until(lambda: not counter.app.errands._under_way)
        await counter.press("f10")
        await counter.sees("还没有客户的同意")
        assert counter.desk.count("pay") == 0
        assert counter.screen.has_class("-collect")


@acted
async def test_a_pin_the_customer_did_not_key_can_be_keyed_again() -> None:
    desk = StandIn()
    desk.pin_given = Refused("error.bill.refused", message="x", code="CANCELLED")
    async with at_the_counter(desk) as counter:
        await _to_holder(counter)
        await counter.press("enter")
        await counter.until(lambda: desk.count("read_pin") == 1 and not counter.screen.busy)
        await counter.press("f10")
        assert desk.count("pay") == 0
        desk.pin_given = PIN_BLOCK
        await counter.press("enter")
        await counter.sees("✓ 客户已在密码键盘上输入")


@acted
async def test_consent_falls_with_the_amount_and_with_the_account_it_was_given_for() -> None:
    desk = StandIn()
    desk.bill_given = bill(GAS)
    async with at_the_counter(desk) as counter:
        await counter.to_collect()
        await counter.press("enter", "insert")
        await counter.type(CARD_NO)
        await counter.press("enter")
        await counter.sees("622202******")
        await counter.press("enter")
        await counter.sees("✓ 客户已在密码键盘上输入")
        counter.form.collect.amount_field.entry.focus()
        await counter.type("2000")
        await counter.until(lambda: "✓ 客户已在密码键盘上输入" not in counter.text())
        await counter.press("f10")
        assert desk.count("pay") == 0
        await counter.press("enter")
        await counter.sees("✓ 客户已在密码键盘上输入")
        assert [command.amount_fen for command in desk.arguments("read_pin")] == [168_032, 200_000]
        counter.form.collect.account.number.entry.focus()
        await counter.press("end")
        await counter.type("1")
        await counter.until(lambda: counter.form.collect.account.view is None)
        await counter.press("f10")
        await counter.until(lambda: desk.count("account") == 2)
        assert desk.count("pay") == 0


@acted
async def test_a_signed_voucher_is_the_other_consent() -> None:
    async with at_the_counter() as counter:
        await _to_holder(counter)
        await counter.press("f4")
        await counter.type("pz 2026 1122001")
        await counter.press("enter")
        await counter.press("f10")
        await counter.outcome()
        (paid,) = counter.desk.arguments("pay")
        assert (paid.account.pin_block, paid.account.voucher_no) == ("", "PZ20261122001")
        assert counter.desk.count("read_pin") == 0


@pytest.mark.parametrize("typed", ["123456", "0000", "１２３４５６"])
@acted
async def test_what_looks_like_a_pin_is_not_taken_from_the_keyboard_and_does_not_stay_on_the_screen(typed: str) -> None:
    async with at_the_counter() as counter:
        await _to_holder(counter)
        await counter.press("f4")
        await counter.type(typed)
        await counter.press("f10")
        await counter.sees("像是密码")
        assert counter.form.collect.account.voucher.entry.value == ""
        assert counter.desk.count("pay") == 0


@acted
async def test_no_field_of_the_form_takes_a_pin() -> None:
    async with at_the_counter() as counter:
        await _to_holder(counter)
        assert not counter.app.screen.query(PasswordEntry)
        named = {entry.id for entry in counter.app.screen.query(Entry)}
        assert not {each for each in named if each and "pin" in each}


@pytest.mark.parametrize("error", [Refused("error.bill.nothing_owed"), CounterpartUnavailable("error.bill.no_answer")])
@acted
async def test_an_account_core_will_not_name_stays_to_be_changed(error: Exception) -> None:
    desk = StandIn()
    desk.account_given = error
    async with at_the_counter(desk) as counter:
        await _to_account(counter)
        await counter.type(CARD_NO)
        await counter.press("enter")
        await counter.until(lambda: desk.count("account") == 1 and not counter.screen.busy)
        assert counter.app.focused is not None
        assert counter.app.focused.id == "account"
        await counter.press("f3")
        await counter.on(Home)


@acted
async def test_the_outcome_names_the_account_and_no_cash() -> None:
    async with at_the_counter() as counter:
        await _to_consent(counter)
        await counter.press("f10")
        await counter.outcome()
        await counter.sees("622202******2344")
        assert "找零 0.00" not in counter.text()
        assert "实收现金" not in counter.text()
        await counter.press("enter")
        await counter.sees("把回单交给客户")


@pytest.mark.parametrize("keys", [("f10", "f10"), ("f10",) * 12, ("f10", "ctrl+s")])
@acted
async def test_f10_pressed_too_often_debits_once(keys: tuple[str, ...]) -> None:
    async with at_the_counter() as counter:
        await _to_consent(counter)
        gate = counter.desk.hold("pay")
        await counter.bounce(*keys)
        gate.set()
        await counter.until(lambda: counter.screen.has_class("-done"))
        assert counter.desk.count("pay") == 1
