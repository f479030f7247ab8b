"""Taking a payment: four steps, one request, and no key pressed too often moves money twice."""

from __future__ import annotations

import pytest
from textual.events import Paste

from screens.bill_payment import BillPayment
from screens.home import Home
from screens.outcome import Stage
from tellerdesk.errors import BadInput, CounterpartUnavailable, Refused, StoreUnavailable
from tests.screens.counter import acted, at_the_counter
from tests.screens.samples import bill
from tests.screens.stand_in import StandIn

NUMBER = "07550031884620"


@acted
async def test_a_regular_payment_takes_at_most_twelve_keys_besides_the_numbers() -> None:
    async with at_the_counter() as counter:
        await counter.to_bill()
        await counter.press("enter")
        await counter.type("1700")
        await counter.press("f10")
        await counter.to_next_customer()
        assert counter.pressed <= 12, counter.pressed
        assert counter.desk.count("pay") == counter.desk.count("issue") == 1


@acted
async def test_the_command_holds_the_quote_and_the_amount_that_was_shown() -> None:
    async with at_the_counter() as counter:
        await counter.to_outcome("1,700.00")
        (command,) = counter.desk.arguments("pay")
        assert (command.quote_id, command.amount_fen, command.tendered_fen) == ("Q1", 168_032, 170_000)


@acted
async def test_change_is_shown_while_the_cash_is_typed() -> None:
    async with at_the_counter() as counter:
        await counter.to_collect()
        await counter.type("１７００")
        await counter.sees("19.68")
        await counter.sees("10×1 5×1 1×4 0.5×1 0.1×1 0.05×1 0.02×1 0.01×1")


@pytest.mark.parametrize("keys", [("f10", "f10"), ("f10",) * 12, ("f10", "ctrl+s"), ("f10", "enter", "enter", "f10")])
@acted
async def test_f10_pressed_too_often_pays_once(keys: tuple[str, ...]) -> None:
    async with at_the_counter() as counter:
        gate = counter.desk.hold("pay")
        await counter.to_collect()
        await counter.type("1700")
        await counter.bounce(*keys)
        gate.set()
        await counter.until(lambda: counter.screen.has_class("-done"))
        assert counter.desk.count("pay") == 1


@acted
async def test_a_held_f10_does_not_run_through_the_outcome() -> None:
    async with at_the_counter() as counter:
        await counter.to_collect()
        await counter.type("1700")
        for _ in range(20):
            counter.clock.advance(0.03)
            await counter.bounce("f10")
        await counter.until(lambda: counter.form.outcome.stage is Stage.CLEAR)
        for _ in range(20):
            counter.clock.advance(0.03)
            await counter.bounce("f10")
        assert counter.form.outcome.stage is Stage.CLEAR
        assert counter.desk.count("pay") == 1


@pytest.mark.parametrize("deliberate", [False, True])
@acted
async def test_enter_alone_never_moves_money(deliberate: bool) -> None:
    async with at_the_counter() as counter:
        await counter.to_collect()
        await counter.type("1700")
        for _ in range(5):
            await (counter.press("enter") if deliberate else counter.bounce("enter"))
        await counter.sees("回车不会动钱")
        assert counter.desk.count("pay") == 0
        assert counter.screen.has_class("-collect")


@acted
async def test_a_click_on_the_button_pays_once() -> None:
    async with at_the_counter() as counter:
        await counter.to_collect()
        await counter.type("1700")
        await counter.pilot.click("#go", times=2)
        await counter.until(lambda: counter.screen.has_class("-done"))
        assert counter.desk.count("pay") == 1


@acted
async def test_a_bouncing_enter_after_the_number_does_not_nod_for_the_customer() -> None:
    async with at_the_counter() as counter:
        await counter.sign_on()
        await counter.start("2001")
        await counter.look_up()
        await counter.until(lambda: counter.screen.has_class("-bill"))
        await counter.bounce("enter")
        assert counter.screen.has_class("-bill")
        await counter.press("enter")
        await counter.until(lambda: counter.screen.has_class("-collect"))


@pytest.mark.parametrize("key", ["escape", "f3", "f2", "ctrl+q"])
@acted
async def test_leaving_is_refused_while_the_payment_runs(key: str) -> None:
    async with at_the_counter() as counter:
        gate = counter.desk.hold("pay")
        await counter.to_collect()
        await counter.type("1700")
        await counter.press("f10")
        await counter.until(lambda: counter.desk.entered["pay"].is_set())
        await counter.press(key)
        await counter.sees("请不要离开")
        assert isinstance(counter.app.screen, BillPayment)
        gate.set()
        await counter.sees("缴费成功")


@acted
async def test_the_screen_says_who_is_asked_and_after_three_seconds_what_if_no_answer_comes() -> None:
    async with at_the_counter() as counter:
        gate = counter.desk.hold("pay")
        await counter.to_collect()
        await counter.type("1700")
        await counter.press("f10")
        await counter.sees("正在等待 深圳供电局")
        await counter.sees("最多 10 秒")
        assert "转待查" not in counter.text()
        counter.clock.advance(3.5)
        await counter.sees("… 3 秒")
        await counter.sees("转待查")
        await counter.press("f11")
        await counter.sees("Waiting for Shenzhen Power")
        gate.set()
        await counter.sees("Paid")


@acted
async def test_too_little_cash_stays_at_the_field() -> None:
    async with at_the_counter() as counter:
        await counter.to_collect()
        await counter.type("1680.31")
        await counter.press("f10")
        await counter.sees("少 0.01 元")
        assert counter.desk.count("pay") == 0


@pytest.mark.parametrize("typed", ["1e5", "1_000", "-1700", "1700.001", "abc", ""])
@acted
async def test_what_is_no_amount_is_said_at_the_field_and_pays_nothing(typed: str) -> None:
    async with at_the_counter() as counter:
        await counter.to_collect()
        await counter.type(typed.replace("_", ""))
        if "_" in typed:
            counter.form.collect.tendered.entry.put(typed)
        await counter.press("f10")
        await counter.sees("×")
        assert counter.desk.count("pay") == 0


@acted
async def test_each_form_has_a_request_of_its_own_and_keeps_it() -> None:
    async with at_the_counter() as counter:
        await counter.to_outcome()
        await counter.press("enter", "enter")
        await counter.until(lambda: counter.screen.has_class("-who"))
        await counter.look_up()
        await counter.until(lambda: counter.screen.has_class("-bill"))
        await counter.press("enter")
        await counter.type("1700")
        await counter.press("f10")
        await counter.until(lambda: counter.screen.has_class("-done"))
        first, second = counter.desk.arguments("pay")
        assert first.request_id != second.request_id


@acted
async def test_after_an_unclear_failure_f10_sends_the_very_same_request() -> None:
    desk = StandIn()
    paid = desk.outcome
    desk.outcome = StoreUnavailable("error.payment.outcome_not_kept", serial="S")
    async with at_the_counter(desk) as counter:
        await counter.to_collect()
        await counter.type("1700")
        await counter.press("f10")
        await counter.sees("再按 F10")
        desk.outcome = paid
        await counter.type("99")
        await counter.press("f10")
        await counter.sees("缴费成功")
        first, second = desk.arguments("pay")
        assert first == second


@acted
async def test_an_unforeseen_failure_shows_no_insides_and_the_same_request_can_be_asked_about() -> None:
    desk = StandIn()
    desk.outcome = RuntimeError("SECRET-9876")
    async with at_the_counter(desk) as counter:
        await counter.to_collect()
        await counter.type("1700")
        await counter.press("f10")
        await counter.sees("编号")
        assert "SECRET" not in counter.text()
        await counter.press("f10")
        await counter.until(lambda: desk.count("pay") == 2)
        first, second = desk.arguments("pay")
        assert first == second


@acted
async def test_a_refusal_lets_another_amount_be_typed() -> None:
    desk = StandIn()
    paid = desk.outcome
    desk.outcome = Refused("error.payment.quote_expired")
    async with at_the_counter(desk) as counter:
        await counter.to_collect()
        await counter.type("1700")
        await counter.press("f10")
        await counter.until(lambda: not counter.screen.busy and counter.desk.count("pay"))
        desk.outcome = paid
        await counter.press("ctrl+u")
        await counter.type("1800")
        await counter.press("f10")
        await counter.sees("缴费成功")
        assert [command.tendered_fen for command in desk.arguments("pay")] == [170_000, 180_000]


@pytest.mark.parametrize(
    "error",
    [
        BadInput("error.consumer.checksum", field="consumer_no"),
        Refused("error.bill.nothing_owed"),
        CounterpartUnavailable("error.bill.no_answer", reason="timeout"),
        RuntimeError("SECRET"),
    ],
)
@acted
async def test_a_look_up_that_fails_leaves_the_number_to_be_changed(error: Exception) -> None:
    desk = StandIn()
    desk.bill_given = error
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.start("2001")
        await counter.look_up()
        await counter.until(lambda: desk.count("look_up") and not counter.screen.busy)
        assert counter.app.focused is not None
        assert counter.app.focused.id == "consumer"
        assert "SECRET" not in counter.text()
        desk.bill_given = bill()
        await counter.press("f5")
        await counter.until(lambda: counter.screen.has_class("-bill"))


@acted
async def test_a_look_up_that_was_given_up_is_not_shown_when_it_answers() -> None:
    async with at_the_counter() as counter:
        gate = counter.desk.hold("look_up")
        await counter.sign_on()
        await counter.start("2001")
        await counter.look_up()
        await counter.sees("正在等待")
        await counter.press("escape")
        await counter.until(lambda: not counter.screen.busy)
        gate.set()
        await counter.until(lambda: not counter.app.errands._under_way)
        assert counter.screen.has_class("-who")


@pytest.mark.parametrize("typed", ["0755 0031 8846 20", "０７５５００３１８８４６２０"])
@acted
async def test_spaces_and_full_width_digits_are_the_same_number(typed: str) -> None:
    async with at_the_counter() as counter:
        await counter.sign_on()
        await counter.start("2001")
        await counter.look_up(number=typed)
        await counter.until(lambda: counter.screen.has_class("-bill"))
        assert counter.desk.arguments("look_up")[0].consumer_no == NUMBER
        await counter.sees("0755 0031 8846 20")


@acted
async def test_a_pasted_number_is_cleaned_not_dropped() -> None:
    async with at_the_counter() as counter:
        await counter.sign_on()
        await counter.start("2001")
        await counter.until(lambda: counter.desk.count("billers"))
        await counter.pilot._wait_for_screen()
        await counter.type("1101")
        await counter.press("enter")
        counter.app.post_message(Paste(" ０７５５ 0031\t8846 20\r\n"))
        await counter.until(lambda: counter.form.who_part.consumer.entry.value == "0755 0031 8846 20")


@acted
async def test_a_biller_is_found_by_a_fragment_of_its_name_or_from_the_list() -> None:
    async with at_the_counter() as counter:
        await counter.sign_on()
        await counter.start("2001")
        await counter.until(lambda: counter.desk.count("billers"))
        await counter.pilot._wait_for_screen()
        await counter.type("水")
        await counter.press("enter")
        await counter.sees("用户号")
        await counter.press("f4", "down", "enter")
        await counter.sees("1201")


@acted
async def test_escape_goes_one_step_back_and_a_new_bill_is_a_new_request() -> None:
    async with at_the_counter() as counter:
        await counter.to_collect()
        before = counter.form.form.request_id
        await counter.press("escape")
        assert counter.screen.has_class("-bill")
        await counter.press("escape")
        assert counter.screen.has_class("-who")
        assert counter.form.form.request_id != before
        assert counter.form.who_part.consumer.entry.value == "0755 0031 8846 20"
        await counter.press("escape")
        await counter.on(Home)


@acted
async def test_the_language_changes_under_a_half_filled_form_and_nothing_typed_is_lost() -> None:
    async with at_the_counter() as counter:
        await counter.to_collect()
        await counter.type("1700")
        await counter.press("ctrl+l")
        await counter.sees("Cash received")
        await counter.sees("Shenzhen Power")
        assert counter.form.collect.tendered.entry.value == "1700"
        await counter.press("f11")
        await counter.sees("实收现金")


@acted
async def test_an_outcome_is_shown_even_if_its_screen_has_gone() -> None:
    async with at_the_counter() as counter:
        gate = counter.desk.hold("pay")
        await counter.to_collect()
        await counter.type("1700")
        await counter.press("f10")
        await counter.until(lambda: counter.desk.entered["pay"].is_set())
        counter.app.go_home()
        await counter.on(Home)
        gate.set()
        await counter.sees("缴费成功")
        await counter.sees("20261122 0712 07 00000212")
