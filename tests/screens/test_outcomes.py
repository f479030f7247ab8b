"""What is still to be done when the answer is there: paper, change, cash back, asking again."""

from __future__ import annotations

import pytest

from screens.bill_payment import BillPayment
from screens.confirm import Confirm
from screens.home import Home
from screens.outcome import Stage
from screens.payment_story import PaymentStory
from tellerdesk.errors import DocumentFailed
from tellerdesk.journal.states import CashReturn, Word
from tests.screens.counter import Counter, acted, at_the_counter
from tests.screens.samples import payment
from tests.screens.stand_in import StandIn


def _stage(counter: Counter) -> Stage:
    screen = counter.app.screen
    assert isinstance(screen, BillPayment | PaymentStory)
    return screen.outcome.stage


def _desk(word: Word, **changes: object) -> StandIn:
    desk = StandIn()
    desk.outcome = payment(word, **changes)
    return desk


@acted
async def test_paid_prints_the_receipt_then_asks_if_it_is_clear_then_hands_over_then_next() -> None:
    async with at_the_counter() as counter:
        await counter.to_outcome()
        await counter.sees("打印清楚吗")
        await counter.sees("R071207000212")
        await counter.press("enter")
        await counter.sees("把回单和找零 19.68 元交给客户")
        await counter.press("enter")
        await counter.until(lambda: counter.screen.has_class("-who"))
        assert counter.desk.count("issue") == 1
        assert counter.app.focused is not None
        assert counter.app.focused.id == "biller"


@acted
async def test_an_unclear_print_is_printed_again() -> None:
    async with at_the_counter() as counter:
        await counter.to_outcome()
        await counter.press("ctrl+p")
        await counter.until(lambda: counter.desk.count("issue") == 2)
        await counter.until(lambda: _stage(counter) is Stage.CLEAR)


@acted
async def test_a_receipt_that_fails_does_not_touch_the_payment_and_can_be_tried_again() -> None:
    desk = StandIn()
    desk.paper = DocumentFailed("error.text.too_long", most=9)
    async with at_the_counter(desk) as counter:
        await counter.to_outcome()
        await counter.sees("缴费成功")
        await counter.sees("没有打出来")
        desk.paper = None
        await counter.press("ctrl+p")
        await counter.sees("打印清楚吗")
        assert desk.count("pay") == 1


@acted
async def test_processing_gives_a_slip_not_a_receipt_and_can_be_asked_again() -> None:
    async with at_the_counter(_desk(Word.PROCESSING)) as counter:
        await counter.to_outcome()
        await counter.sees("处理中 · 结果待确认")
        await counter.sees("受理单号")
        await counter.press("enter")
        await counter.sees("不给回单")
        counter.desk.outcome = payment()
        await counter.press("f5")
        await counter.sees("缴费成功")
        await counter.sees("回单号")
        assert counter.desk.count("ask_again") == 1


@acted
async def test_asking_again_without_an_answer_keeps_the_step() -> None:
    desk = _desk(Word.PROCESSING)
    desk.asked_again = payment(Word.PROCESSING)
    async with at_the_counter(desk) as counter:
        await counter.to_outcome()
        await counter.sees("打印清楚吗")
        await counter.press("f5")
        await counter.sees("还是没有结果")
        assert _stage(counter) is Stage.CLEAR


@pytest.mark.parametrize("word", [Word.REVERSED, Word.FAILED])
@acted
async def test_cash_that_is_due_back_names_both_figures_and_is_confirmed_once(word: Word) -> None:
    async with at_the_counter(_desk(word)) as counter:
        await counter.to_outcome()
        await counter.sees("待退现金")
        await counter.sees("1,700.00")
        await counter.sees("1,680.32")
        assert counter.desk.count("issue") == 0
        await counter.press("f10")
        await counter.on(Confirm)
        await counter.press("right")
        await counter.bounce("enter", "enter", "enter")
        await counter.until(lambda: counter.desk.count("confirm_cash_returned"))
        await counter.sees("没有别的事了")
        await counter.press("f10")
        await counter.until(lambda: counter.screen.has_class("-who"))
        assert counter.desk.count("confirm_cash_returned") == 1


@acted
async def test_neither_enter_nor_f10_alone_says_the_cash_is_back() -> None:
    async with at_the_counter(_desk(Word.REVERSED)) as counter:
        await counter.to_outcome()
        await counter.press("f10")
        await counter.on(Confirm)
        await counter.press("f10")
        await counter.bounce("f10", "f10", "ctrl+s")
        await counter.on(Confirm)
        await counter.press("enter")
        await counter.on(BillPayment)
        assert counter.desk.count("confirm_cash_returned") == 0


@acted
async def test_a_word_that_claims_the_money_is_back_is_not_shown_while_it_is_not() -> None:
    async with at_the_counter(_desk(Word.REVERSED)) as counter:
        await counter.to_outcome()
        assert "款项已退回" not in counter.text()


@acted
async def test_leaving_cash_that_is_due_asks_first_and_home_keeps_it_in_sight() -> None:
    async with at_the_counter(_desk(Word.REVERSED)) as counter:
        await counter.to_outcome()
        await counter.press("f3")
        await counter.on(Confirm)
        await counter.press("enter")
        await counter.on(BillPayment)
        await counter.press("f3")
        await counter.on(Confirm)
        await counter.press("left", "enter")
        await counter.on(Home)
        await counter.sees("待退现金")
        await counter.press("f6", "enter")
        await counter.on(PaymentStory)
        await counter.press("f10")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        await counter.until(lambda: counter.desk.count("confirm_cash_returned") == 1)


@acted
async def test_no_change_says_so() -> None:
    async with at_the_counter() as counter:
        await counter.to_outcome("1680.32")
        await counter.sees("不用找零")
        await counter.press("enter")
        await counter.sees("把回单交给客户")


@acted
async def test_a_payment_of_before_opens_to_its_story_and_can_be_asked_about() -> None:
    desk = StandIn()
    desk.recents = (payment(Word.PROCESSING), payment(Word.REVERSED, 211, cash_return=CashReturn.RETURNED))
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.sees("处理中")
        await counter.press("f6", "enter")
        await counter.on(PaymentStory)
        await counter.sees("无应答")
        await counter.press("f5")
        await counter.sees("缴费成功")
        await counter.press("f10")
        await counter.on(Home)
