"""Approved payments from an account: the consent of the form, or a new one."""

from __future__ import annotations

from dataclasses import replace

from screens.consent_again import ConsentAgain
from screens.payment_story import PaymentStory
from tellerdesk.approvals.states import Verdict
from tellerdesk.bills.commands import Method
from tests.screens.approval_desk import approving_desk, on_sheet, prove
from tests.screens.approval_room import AWAITING, request
from tests.screens.counter import acted, at_the_counter
from tests.screens.samples import CARD_NO


@acted
async def test_going_on_from_an_account_whose_form_is_gone_asks_the_customer_once_more() -> None:
    desk = approving_desk()
    desk.recents = (replace(AWAITING, method=Method.ACCOUNT, account_no="622202******2344"),)
    desk.approvals.decide_elsewhere("A1", Verdict.APPROVED)
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.sees("待授权")
        await counter.press("f6", "enter")
        await counter.on(PaymentStory)
        await counter.press("f10")
        await on_sheet(counter)
        await counter.press("f10")
        await counter.on(ConsentAgain)
        await counter.type(CARD_NO)
        await counter.press("enter")
        await counter.sees("*晓燕  622202")
        await counter.press("f4")
        await counter.type("PZ20261122001")
        await counter.press("enter", "enter", "enter")
        await counter.sees("回车不会动钱")
        assert desk.count("go_on") == 0
        await counter.press("f10")
        await counter.sees("缴费成功")
        (command,) = desk.arguments("go_on")
        assert (command.account.account_no, command.account.voucher_no) == (CARD_NO, "PZ20261122001")


@acted
async def test_a_payment_from_an_account_goes_on_with_the_consent_of_its_form_and_two_approvers_are_two_steps() -> None:
    desk = approving_desk()
    desk.approvals.requests["A1"] = request(needed=2)
    async with at_the_counter(desk) as counter:
        await counter.to_collect()
        await counter.press("insert")
        await counter.type(CARD_NO)
        await counter.press("enter")
        await counter.sees("*晓燕  622202")
        await counter.press("f4")
        await counter.type("PZ20261122001")
        await counter.press("f10")
        await on_sheet(counter)
        await counter.sees("没有扣款")
        await prove(counter)
        await counter.press("f10")
        await counter.sees("还须另一人授权")
        assert desk.count("go_on") == 0
        await prove(counter)
        await counter.press("f10")
        await counter.outcome()
        (paid,), (gone_on,) = desk.arguments("pay"), desk.arguments("go_on")
        assert gone_on.account == paid.account
