"""The screens over a real desk and real counterparts: what a teller sees is what their ledgers hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from support.branches import TestBranch, next_owing
from support.long_form import LONG

from screens.app import TellerApp
from screens.bill_basket import BillBasket
from screens.bill_payment import BillPayment
from screens.confirm import Confirm
from screens.desk_port import DeskPort
from screens.home import Home
from screens.journal_search import SearchJournal
from screens.one_line import OneLine
from screens.open_questions import OpenQuestions
from screens.payment_story import PaymentStory
from screens.question_sheets import ExplainSheet
from screens.sign_on import SignOnScreen
from screens.voucher_list import VoucherList
from tellerdesk import config
from tellerdesk.demo.plan import people
from tellerdesk.journal.states import Word
from tests.screens.counter import Counter, acted
from tests.screens.stand_in import HandClock

PERSON = people()[0]


@asynccontextmanager
async def _at_work(branch: TestBranch) -> AsyncIterator[Counter]:
    desk = branch.open_desk()
    port: DeskPort = desk
    clock = HandClock()
    app = TellerApp(config.front(branch.folder), lambda: port, clock=clock)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        counter = Counter(app, desk, clock, pilot)  # type: ignore[arg-type]
        await counter.on(SignOnScreen)
        await counter.until(lambda: app.desk is not None)
        await counter.type(PERSON.staff_no)
        await counter.press("enter")
        await counter.type(PERSON.password)
        await counter.press("enter")
        await counter.on(Home)
        await counter.until(lambda: app.till_known)
        if app.till is None:
            await counter.start("5001")
            await counter.type("5000")
            await counter.press("f10")
            await counter.sees("尾箱已开启")
            await counter.press("f3")
            await counter.on(Home)
        yield counter


async def _to_cash(counter: Counter) -> None:
    """To the cash step of a bill somebody owes."""
    await counter.start("2001")
    await counter.until(lambda: counter.screen.who_part.billers, "billers")  # type: ignore[attr-defined]
    await counter.type("1101")
    await counter.press("enter")
    for number in next_owing():
        await counter.press("ctrl+u")
        await counter.type(number)
        await counter.press("enter")
        await counter.until(lambda: not counter.screen.busy)
        if counter.screen.has_class("-bill"):
            break
    await counter.press("enter")
    await counter.until(lambda: counter.screen.has_class("-collect"))
    await counter.type("9000")


async def _outcome(counter: Counter) -> str:
    await counter.press("f10")
    await counter.outcome()
    return counter.text()


@acted
async def _paid(branch: TestBranch) -> None:
    async with _at_work(branch) as counter:
        await _to_cash(counter)
        before = counter.app.till.balance_fen if counter.app.till else 0
        text = await _outcome(counter)
        assert "缴费成功" in text
        await counter.sees("打印清楚吗")
        await counter.press("enter", "enter")
        await counter.until(lambda: counter.screen.has_class("-who"))
        await counter.press("f3")
        await counter.on(Home)
        await counter.sees("缴费成功")
        await counter.until(lambda: counter.app.till is not None and counter.app.till.balance_fen > before)
        await counter.sees("● 正常")
        assert list((branch.folder / "documents").rglob("*.pdf"))
        await _found_again(counter)


async def _found_again(counter: Counter) -> None:
    """What was paid just now: in the journal, by its number, in clear for a reason, and among the day's vouchers."""
    await counter.start("3001")
    screen = await counter.on(SearchJournal)
    await counter.until(lambda: screen.row is not None and screen._totals is not None)
    paid = screen.row
    await counter.type(paid.consumer_no)
    await counter.press("f10")
    await counter.until(lambda: screen.asked.consumer_no == paid.consumer_no and screen.list.has_focus)
    assert screen.row.serial == paid.serial
    await counter.press("4")
    await counter.on(OneLine)
    await counter.type("客户来电核对")
    await counter.press("enter")
    await counter.until(lambda: screen._revealed is not None)
    assert "*" not in screen._revealed.customer_name
    await counter.press("enter")
    await counter.on(PaymentStory)
    await counter.press("f3")
    await counter.on(SearchJournal)
    await counter.press("f3")
    await counter.start("3002")
    vouchers = await counter.on(VoucherList)
    await counter.until(lambda: vouchers._groups)
    assert {group.code for group in vouchers._groups.values()} == {"2001"}


@pytest.mark.req("B6")
def test_a_payment_from_sign_on_to_receipt(branch: TestBranch) -> None:
    _paid(branch)


def test_a_biller_that_does_not_answer_means_processing_a_slip_and_later_the_truth(branch: TestBranch) -> None:
    branch.sandbox.control.fault("biller-timeout")
    branch.sandbox.control.fault("inquiry-timeout")

    @acted
    async def work() -> None:
        async with _at_work(branch) as counter:
            await _to_cash(counter)
            text = await _outcome(counter)
            assert "处理中" in text
            await counter.sees("受理单号")
            await asyncio.to_thread(branch.sandbox.control.clear)
            await counter.press("f5")
            await counter.sees("缴费成功")

    work()


def test_nobody_signs_off_before_their_open_question_is_explained_and_it_is_asked_again_on_2003(
    branch: TestBranch,
) -> None:
    branch.sandbox.control.fault("biller-timeout")
    branch.sandbox.control.fault("inquiry-timeout")

    @acted
    async def work() -> None:
        async with _at_work(branch) as counter:
            await _to_cash(counter)
            assert "处理中" in await _outcome(counter)
            await counter.press("f3")
            await counter.on(Home)
            await counter.sees("您办的 1 笔交易还没有了结")
            await counter.press("ctrl+q")
            await counter.on(Confirm)
            await counter.press("enter")
            await counter.on(OpenQuestions)
            await counter.sees("还不能签退")
            await counter.sees("核心 已记 / 单位 不明")
            await counter.press("f10")
            await counter.on(ExplainSheet)
            await counter.type("1")
            await counter.press("enter")
            await counter.type("2")
            await counter.press("f10")
            await counter.on(Confirm)
            await counter.press("escape")
            await counter.sees("单位没有答复  给了客户 受理单")
            await asyncio.to_thread(branch.sandbox.control.clear)
            await counter.press("f5")
            await counter.sees("已查明，不再待查。  缴费成功")
            await counter.press("ctrl+q")
            await counter.on(Confirm)
            await counter.press("enter")
            await counter.on(SignOnScreen)

    work()


def test_a_refusing_biller_means_the_cash_goes_back_once(branch: TestBranch) -> None:
    branch.sandbox.control.fault("biller-refuses")

    @acted
    async def work() -> None:
        async with _at_work(branch) as counter:
            await counter.until(lambda: counter.app.till is not None)
            opened = counter.app.till.balance_fen if counter.app.till else 0
            await _to_cash(counter)
            text = await _outcome(counter)
            assert "待退现金" in text
            await counter.press("f10")
            await counter.on(Confirm)
            await counter.press("right", "enter")
            await counter.sees("没有别的事了")
            await counter.press("f3")
            await counter.on(Home)
            await counter.press("f5")
            await counter.until(lambda: counter.app.till is not None and counter.app.till.balance_fen == opened)
            await counter.press("f6", "enter")
            await counter.on(PaymentStory)
            await counter.sees("拒绝")

    work()


async def _added(counter: Counter, key: str) -> None:
    """A bill somebody owes, in the basket."""
    for number in next_owing():
        await counter.press("ctrl+u")
        await counter.type(number)
        await counter.press("enter")
        await counter.until(lambda: not counter.screen.busy)
        if counter.screen.has_class("-bill"):
            break
    await counter.press(key)
    await counter.until(lambda: counter.screen.has_class("-who"), "added")


@pytest.mark.skipif(not LONG, reason="in the long form")
def test_a_basket_with_a_bill_that_is_refused_ends_with_a_till_that_agrees(branch: TestBranch) -> None:
    @acted
    async def work() -> None:
        async with _at_work(branch) as counter:
            await counter.until(lambda: counter.app.till is not None)
            opened = counter.app.till.balance_fen if counter.app.till else 0
            await counter.start("2001")
            await counter.until(lambda: counter.screen.who_part.billers, "billers")  # type: ignore[attr-defined]
            await counter.type("1101")
            await counter.press("enter")
            for key in ("plus", "enter", "enter"):
                await _added(counter, key)
            await counter.press("enter")
            screen = await counter.on(BillBasket)
            await counter.type("20000")
            await asyncio.to_thread(lambda: branch.sandbox.control.fault("biller-refuses", times=1))
            await counter.press("f10")
            await counter.until(lambda: screen.view is not None and not screen.busy, "the outcomes")
            [failed] = screen.view.of(Word.REVERSED)
            paid = screen.view.of(Word.PAID)
            assert screen.view.cash.to_hand_over_fen == 2_000_000 - sum(each.amount_fen for each in paid)
            assert screen.view.cash.due_fen == failed.amount_fen
            await counter.press("enter")
            await counter.until(lambda: screen.printed and not screen.busy, "printed")
            await counter.press("enter")
            await counter.on(Confirm)
            await counter.press("right", "enter")
            await counter.until(lambda: isinstance(counter.screen, BillPayment), "the form")
            await counter.press("f3")
            await counter.on(Home)
            await counter.press("f5")
            stands = opened + sum(each.amount_fen for each in paid)
            await counter.until(lambda: counter.app.till is not None and counter.app.till.balance_fen == stands)
            assert len(list((branch.folder / "documents").rglob("*.pdf"))) == 1

    work()
