"""What the form asks once more: paid before, large cash; and the stories that are opened from there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from screens.bill_payment import BillPayment
from screens.confirm import Confirm
from screens.home import Home
from screens.identity import IdentitySheet
from screens.paid_before import PaidBeforeSheet
from screens.payment_story import PaymentStory
from tellerdesk.bills.commands import Person
from tellerdesk.errors import BadInput, Conflict, Refused
from tellerdesk.journal.states import Word
from tests.screens.counter import Counter, acted, at_the_counter
from tests.screens.samples import PAID_BEFORE, bill, payment
from tests.screens.stand_in import StandIn

NEEDED = Refused("error.payment.identity_needed", least="50,000.00")


def _before() -> StandIn:
    desk = StandIn()
    desk.bill_given = bill(paid_before=(PAID_BEFORE, replace(PAID_BEFORE, word=Word.PROCESSING, amount_fen=5_000)))
    return desk


async def _to_question(counter: Counter) -> None:
    await counter.sign_on()
    await counter.start("2001")
    await counter.look_up()
    await counter.on(PaidBeforeSheet)


# -- paid before


@acted
async def test_what_was_paid_before_is_shown_and_the_first_answer_is_no() -> None:
    async with at_the_counter(_before()) as counter:
        await _to_question(counter)
        for text in ("09:31", "柜员 1002", "1,680.32", "缴费成功", "50.00", "处理中", "212"):
            await counter.sees(text)
        await counter.press("enter")
        await counter.on(BillPayment)
        assert counter.screen.has_class("-who")
        await counter.press("f10")
        await counter.on(PaidBeforeSheet)
        assert counter.desk.count("pay") == 0


@pytest.mark.parametrize("keys", [("escape",), ("f3",), ("left", "right", "enter"), ("f10", "enter")])
@acted
async def test_only_a_chosen_yes_goes_on(keys: tuple[str, ...]) -> None:
    async with at_the_counter(_before()) as counter:
        await _to_question(counter)
        await counter.press(*keys)
        await counter.on(BillPayment)
        assert counter.screen.has_class("-who")


@acted
async def test_going_on_says_that_the_teller_knows() -> None:
    async with at_the_counter(_before()) as counter:
        await _to_question(counter)
        await counter.press("right", "enter")
        await counter.on(BillPayment)
        await counter.press("enter")
        await counter.until(lambda: counter.screen.has_class("-collect"))
        await counter.type("1700")
        await counter.press("f10")
        await counter.outcome()
        assert counter.desk.arguments("pay")[0].knows_paid_before is True
        desk = counter.desk
        desk.bill_given = bill()
        await counter.press("enter", "enter", "enter")
        await counter.type("07550031884620")
        await counter.press("enter")
        await counter.until(lambda: counter.screen.has_class("-bill"))
        assert isinstance(counter.screen, BillPayment)
        assert counter.screen.form.knows_paid_before is False


@acted
async def test_a_bouncing_enter_answers_nothing() -> None:
    async with at_the_counter(_before()) as counter:
        await counter.sign_on()
        await counter.start("2001")
        await counter.look_up()
        await counter.on(PaidBeforeSheet)
        await counter.bounce("enter", "enter")
        assert isinstance(counter.app.screen, PaidBeforeSheet)


@acted
async def test_each_payment_of_before_opens_to_its_story_and_back_to_the_question() -> None:
    async with at_the_counter(_before()) as counter:
        await _to_question(counter)
        await counter.press("down", "enter")
        await counter.on(PaymentStory)
        await counter.sees("请求号 L1")
        await counter.press("f3")
        await counter.on(PaidBeforeSheet)
        await counter.press("escape")
        await counter.on(BillPayment)


@acted
async def test_a_story_that_may_not_be_seen_is_said_in_the_question() -> None:
    desk = _before()
    desk.payment = lambda _who, _serial: (_ for _ in ()).throw(Refused("error.payment.other_branch", branch="0713"))  # type: ignore[method-assign]
    async with at_the_counter(desk) as counter:
        await _to_question(counter)
        await counter.press("down", "enter")
        await counter.sees("0713")
        assert isinstance(counter.app.screen, PaidBeforeSheet)


@acted
async def test_what_was_paid_since_the_look_up_is_asked_about_too_and_a_yes_alone_pays_nothing() -> None:
    desk = StandIn()
    desk.outcome = Refused("error.payment.paid_before", teller="1002", serial="20261122 0712 07 00000212", amount="1")
    async with at_the_counter(desk) as counter:
        await counter.to_collect()
        await counter.type("1700")
        await counter.press("f10")
        await counter.on(Confirm)
        await counter.press("enter")
        await counter.on(BillPayment)
        await counter.sees("F4 经过")
        await counter.press("f10")
        await counter.on(Confirm)
        desk.outcome = payment()
        await counter.press("right", "enter")
        await counter.on(BillPayment)
        assert desk.count("pay") == 2
        await counter.press("f10")
        await counter.outcome()
        assert [command.knows_paid_before for command in desk.arguments("pay")] == [False, False, True]


# -- stories


@acted
async def test_a_refusal_that_names_a_serial_opens_its_story_and_the_form_is_still_there() -> None:
    desk = StandIn()
    desk.outcome = Conflict("error.payment.already_paid", teller="1002", serial="20261122 0712 07 00000212", amount="1")
    async with at_the_counter(desk) as counter:
        await counter.to_collect()
        assert "F4" not in counter.text()
        await counter.type("1700")
        await counter.press("f10")
        await counter.sees("F4 经过")
        await counter.press("f4")
        await counter.on(PaymentStory)
        await counter.sees("核心记账")
        await counter.press("f10")
        await counter.on(BillPayment)
        assert counter.screen.has_class("-collect")


@acted
async def test_the_outcome_opens_to_every_step_and_comes_back_as_it_was() -> None:
    desk = StandIn()
    made = payment()
    told = {"message": "说明", "code": "E17"}
    steps = [(leg, f"{made.serial}-{leg.leg_id}", f"S-{leg.leg_id}") for leg in made.legs]
    legs = tuple(replace(leg, leg_id=request, counterpart_serial=serial, **told) for leg, request, serial in steps)
    desk.outcome = replace(made, legs=legs)
    async with at_the_counter(desk) as counter:
        await counter.to_outcome()
        await counter.press("down")
        await counter.on(PaymentStory)
        for text in (
            "10:31:05",
            "核心记账",
            "通知缴费单位",
            f"{made.serial}-L2",
            "流水 S-L1",
            "深圳供电局",
            "说明",
            "E17",
        ):
            await counter.sees(text)
        assert "打印清楚吗" not in counter.text()
        await counter.press("ctrl+p", "f5")
        assert (desk.count("issue"), desk.count("ask_again")) == (1, 0)
        await counter.press("escape")
        await counter.on(BillPayment)
        await counter.sees("打印清楚吗")


@acted
async def test_a_payment_from_the_home_list_changes_between_outcome_and_story() -> None:
    desk = StandIn()
    desk.recents = (payment(),)
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.sees("缴费成功")
        await counter.press("f6", "enter")
        await counter.on(PaymentStory)
        await counter.sees("1,700.00")
        await counter.press("f4")
        await counter.sees("请求号 L1")
        await counter.until(lambda: "1,700.00" not in counter.text(), "the steps alone")
        await counter.press("f4")
        await counter.sees("1,700.00")
        await counter.press("f3")
        await counter.on(Home)


# -- large cash


@asynccontextmanager
async def _asked_for_identity() -> AsyncIterator[tuple[Counter, StandIn]]:
    """At the sheet that asks who brings the money; the desk takes the payment with a document."""
    desk = StandIn()
    desk.outcome = NEEDED
    async with at_the_counter(desk) as counter:
        await counter.to_collect()
        await counter.type("1700")
        await counter.press("f10")
        await counter.on(IdentitySheet)
        desk.outcome = payment()
        yield counter, desk


async def _up_to_the_number(counter: Counter) -> None:
    await counter.type("王晓燕")
    await counter.press("enter", "enter")


@acted
async def test_large_cash_asks_who_brings_it_and_sends_the_same_request_again() -> None:
    async with _asked_for_identity() as (counter, desk):
        await counter.press("f10")
        await counter.sees("× 请填写")
        await counter.type("王晓燕")
        await counter.press("enter")
        await counter.type("2")
        await counter.press("enter")
        await counter.type("E12345678")
        await counter.press("f10")
        await counter.outcome()
        first, second = desk.arguments("pay")
        assert first.identity is None
        assert second.identity.payer == Person("王晓燕", "E12345678", "PASSPORT")
        assert second.identity.agent is None
        assert (first.request_id, first.amount_fen, first.tendered_fen) == (
            second.request_id, second.amount_fen, second.tendered_fen,
        )  # fmt: skip


@acted
async def test_an_agent_is_recorded_beside_the_payer_and_not_by_half() -> None:
    async with _asked_for_identity() as (counter, desk):
        await _up_to_the_number(counter)
        await counter.type("11010519491231002X")
        await counter.press("enter")
        await counter.type("李强")
        await counter.press("f10")
        await counter.sees("× 请填写")
        assert desk.count("pay") == 1
        await counter.type("440305199001011234")
        await counter.press("f10")
        await counter.outcome()
        assert desk.arguments("pay")[1].identity.agent == Person("李强", "440305199001011234", "ID_CARD")


@acted
async def test_without_a_document_nothing_is_paid_and_the_teller_is_told() -> None:
    async with _asked_for_identity() as (counter, desk):
        desk.outcome = NEEDED
        await counter.press("escape")
        await counter.on(BillPayment)
        await counter.sees("没有登记证件")
        assert desk.count("pay") == 1
        await counter.press("f10")
        await counter.on(IdentitySheet)


@acted
async def test_a_document_that_cannot_be_used_comes_back_with_what_was_typed() -> None:
    async with _asked_for_identity() as (counter, desk):
        desk.outcome = BadInput("error.text.too_long", field="payer_document_no", most=18)
        await _up_to_the_number(counter)
        await counter.type("1")
        await counter.press("f10")
        await counter.until(lambda: desk.count("pay") == 2)
        await counter.on(IdentitySheet)
        await counter.sees("王晓燕")
        await counter.sees("× 请核对")
        assert counter.app.focused is not None
        assert counter.app.focused.id == "payer-number"


@acted
async def test_enter_in_the_identity_form_never_pays() -> None:
    async with _asked_for_identity() as (counter, desk):
        await _up_to_the_number(counter)
        await counter.type("1")
        await counter.press("enter", "enter", "enter", "enter", "enter", "enter")
        assert desk.count("pay") == 1
        assert isinstance(counter.app.screen, IdentitySheet)
