"""What a person does about an open question: asked first, sent once, told in a sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from screens import question_acts
from screens.approval_sheet import ApprovalSheet
from screens.choose import Choose
from screens.confirm import Confirm
from screens.home import Home
from screens.open_questions import OpenQuestions
from screens.payment_cancellation import PaymentCancellation
from screens.question_panel import Acts
from screens.question_sheets import ExplainSheet, NoteSheet
from tellerdesk.errors import BadInput, Refused, StoreUnavailable
from tellerdesk.journal.states import Word
from tellerdesk.questions.states import ExplainReason, Given
from tellerdesk.questions.views import Known
from tellerdesk.refunds import states as refunding
from tests.screens.approval_desk import approve
from tests.screens.counter import Counter, acted, at_the_counter
from tests.screens.questions import OWN, changed, desk_with, show, to_list
from tests.screens.samples import NOW, payment
from tests.screens.stand_in_questions import CASH_DUE, LATE, STUCK, refund

GONE = StoreUnavailable("error.store.gone", reason="x")


@acted
async def test_asking_again_says_who_is_asked_is_sent_once_and_tells_what_is_known_then() -> None:
    desk = desk_with(OWN, CASH_DUE)
    desk.questions.answer = replace(OWN, next_at=NOW + timedelta(seconds=900))
    desk.recents = (payment(Word.PAID, 212),)
    async with at_the_counter(desk) as counter:
        screen = await to_list(counter)
        gate = desk.hold("ask_about")
        await counter.press("f5")
        await counter.sees("正在等待 深圳供电局")
        assert screen.working_keys() == ("help", "lock")
        assert screen.query_one(Acts).text == ""
        await counter.press("f5", "f10", "delete", "f3", "f2", "f4", "enter")
        assert isinstance(counter.app.screen, OpenQuestions)
        gate.set()
        await counter.sees("还是没有结果")
        desk.questions.answer = replace(OWN, state="AUTO_REVERSING", core=Known.NOT_KNOWN)
        await counter.press("f5")
        await counter.sees("有了进展")
        desk.questions.answer = None
        await counter.press("f5")
        await counter.sees("已查明，不再待查。  缴费成功")
        assert changed(desk) == ["ask_about"] * 3
        assert screen.here is None
        await show(counter, replace(OWN, core=Known.NOT_KNOWN, counterpart=Known.NOTHING_DONE))
        desk.questions.answer = Refused("error.payment.quote_expired")
        gate = desk.hold("ask_about")
        await counter.press("f5")
        await counter.sees("正在等待 核心")
        gate.set()
        await counter.until(lambda: not screen.busy and screen.query_one("#note").has_class("-error"))


@acted
async def test_a_cancellation_opens_2002_with_the_serial_and_a_refund_2005(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[str, object]] = []
    desk = desk_with(OWN, LATE)

    def made(named: str, **given: object) -> Any:
        opened.append((named, given))
        return PaymentCancellation(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(question_acts, "made", made)
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await counter.press("delete")
        await counter.on(PaymentCancellation)
        await counter.until(lambda: desk.count("find_cancellable"))
        await counter.press("f3", "f3")
        await counter.on(Home)
        await counter.start("2003")
        await counter.until(lambda: counter.screen._known)  # type: ignore[attr-defined]
        await counter.press("end", "3")
        await counter.on(PaymentCancellation)
    assert opened == [
        (question_acts.CANCELLATION, {"serial": OWN.serial}),
        (question_acts.REFUNDS, {"serial": LATE.payment_serial}),
    ]


@acted
async def test_cash_is_confirmed_back_once_after_a_clear_yes_to_the_room_it_belongs_to() -> None:
    desk = desk_with(CASH_DUE)
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await counter.press("1")
        await counter.on(Confirm)
        await counter.press("enter")
        await counter.on(OpenQuestions)
        assert changed(desk) == []
        gate = desk.hold("confirm_cash_returned")
        await counter.press("1", "right", "enter", "1", "2", "f10")
        await counter.until(lambda: desk.entered["confirm_cash_returned"].is_set())
        assert isinstance(counter.app.screen, OpenQuestions)
        gate.set()
        await counter.sees("已登记：退还客户 120.00 元")
        assert [each.serial for each in desk.arguments("confirm_cash_returned")] == [CASH_DUE.serial]
        await show(counter, replace(CASH_DUE, flow=refunding.FLOW, amount_fen=3_680))
        await counter.press("1", "right", "enter")
        await counter.sees("已登记：退还客户 36.80 元")
        assert changed(desk) == ["confirm_cash_returned", "confirm_handed_over"]


# -- booked to refunds payable


async def _ask_suspend(counter: Counter, note: str = "客户已走") -> None:
    await counter.press("2")
    await counter.on(NoteSheet)
    await counter.type(note)
    await counter.press("f10")


@acted
async def test_suspense_asks_by_one_request_then_for_a_second_person_and_books_once_when_they_agree() -> None:
    desk = desk_with(STUCK)
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await counter.press("2")
        await counter.on(NoteSheet)
        await counter.type("客户已走")
        await counter.press("enter", "enter")
        await counter.sees("请按 F10：回车不办理")
        assert desk.count("suspend") == 0
        gate = desk.hold("suspend")
        await counter.press("f10", "f10", "escape")
        gate.set()
        await counter.on(ApprovalSheet)
        (command,) = desk.arguments("suspend")
        assert (command.serial, command.note) == (STUCK.serial, "客户已走")
        assert command.request_id
        await counter.sees("什么都没有动：钱还在原处")
        gate = desk.hold("refund_go_on")
        await approve(counter)
        await counter.on(OpenQuestions)
        await counter.sees("正在等待 核心")
        await counter.press("2", "4", "f3")
        assert isinstance(counter.app.screen, OpenQuestions)
        gate.set()
        await counter.sees("待退款")
        assert desk.count("refund_go_on") == 1
        assert [each.serial for each in desk.arguments("refund_go_on")] == [refund().serial]


@acted
async def test_a_request_whose_fate_is_not_known_is_only_sent_again_as_itself_and_nothing_is_booked_unapproved() -> (
    None
):
    desk = desk_with(STUCK)
    desk.refunds.asked = GONE  # type: ignore[attr-defined]
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await _ask_suspend(counter, "一")
        await counter.sees("仍是同一笔申请")
        desk.refunds.asked = Refused("error.payment.quote_expired")  # type: ignore[attr-defined]
        await counter.type("二")
        await counter.press("f10")
        await counter.until(lambda: desk.count("suspend") == 2 and not counter.app.screen._busy)  # type: ignore[attr-defined]
        await counter.press("escape")
        await counter.on(OpenQuestions)
        desk.refunds.asked = refund()  # type: ignore[attr-defined]
        await _ask_suspend(counter, "三")
        await counter.on(ApprovalSheet)
        first, second, third = desk.arguments("suspend")
        assert first == second
        assert (third.request_id != first.request_id, third.note) == (True, "三")
        await counter.until(lambda: desk.count("approval"))
        await counter.press("f3")
        await counter.sees("申请还在等授权")
        await _ask_suspend(counter)
        await counter.on(ApprovalSheet)
        await counter.until(lambda: desk.count("approval") > 1)
        await counter.settled()
        await counter.press("escape", "right", "enter")
        await counter.sees("申请已撤回，没有记账")
        assert desk.count("refund_go_on") == 0


@acted
async def test_a_booking_that_failed_on_the_way_is_read_from_the_books() -> None:
    desk = desk_with(STUCK)
    desk.refunds.gone_on = GONE  # type: ignore[attr-defined]
    async with at_the_counter(desk) as counter:
        screen = await to_list(counter)
        await _ask_suspend(counter)
        await counter.on(ApprovalSheet)
        await approve(counter)
        await counter.until(lambda: desk.count("refund"), "the refund is read")
        await counter.until(lambda: not screen.busy and screen.query_one("#note").has_class("-error"))
        assert desk.count("refund_go_on") == 1


# -- sent once more, settled by hand


@acted
async def test_sending_again_says_what_will_be_sent_to_whom_and_needs_a_clear_yes() -> None:
    desk = desk_with(STUCK)
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await counter.press("4")
        await counter.on(Confirm)
        assert "将请核心再退一次 36.80 元" in counter.sheet_text()
        await counter.press("f10", "enter")
        await counter.on(OpenQuestions)
        assert changed(desk) == []
        gate = desk.hold("retry")
        await counter.press("4", "right", "enter", "4")
        await counter.until(lambda: desk.entered["retry"].is_set())
        assert isinstance(counter.app.screen, OpenQuestions)
        desk.questions.answer = STUCK
        gate.set()
        await counter.sees("还是没有办成")
        desk.questions.answer = None
        await counter.press("4", "right", "enter")
        await counter.sees("已查明，不再待查")
        assert [each.serial for each in desk.arguments("retry")] == [STUCK.serial] * 2
        await show(counter, LATE)
        await counter.press("4")
        await counter.on(Confirm)
        assert "将请深圳供电局再撤一次" in counter.sheet_text()


@acted
async def test_a_late_answer_is_settled_by_hand_with_a_note_and_by_f10_only() -> None:
    desk = desk_with(LATE)
    desk.recents = (payment(Word.REVERSED, 187),)
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await counter.press("5")
        await counter.on(NoteSheet)
        await counter.press("f10")
        await counter.sees("× 请写明")
        await counter.type("已电话核对")
        await counter.press("enter", "enter")
        assert changed(desk) == []
        await counter.press("f10")
        await counter.sees("已登记了结，不再待查")
        (command,) = desk.arguments("settle")
        assert (command.serial, command.note) == (LATE.serial, "已电话核对")


# -- explained


@acted
async def test_a_question_is_explained_by_two_figures_and_is_the_branchs_then() -> None:
    desk = desk_with(OWN, STUCK)
    async with at_the_counter(desk) as counter:
        screen = await to_list(counter)
        await counter.press("f10")
        await counter.on(ExplainSheet)
        await counter.bounce("f10")
        await counter.press("f10")
        await counter.sees("× 请填 1-5")
        await counter.type("1")
        await counter.sees("→ 单位没有答复")
        await counter.press("enter")
        await counter.type("9")
        await counter.press("enter")
        await counter.on(Choose)
        await counter.press("down", "enter")
        await counter.on(ExplainSheet)
        await counter.sees("→ 受理单")
        await counter.press("enter")
        assert changed(desk) == []
        await counter.press("enter")
        await counter.sees("已说明并移交网点")
        (command,) = desk.arguments("explain")
        told = (command.serial, command.reason, command.given, command.note)
        assert told == (OWN.serial, ExplainReason.BILLER_SILENT, Given.PROCESSING_SLIP, "")
        assert screen._list.current == OWN.serial
        await counter.sees("单位没有答复  给了客户 受理单")
        assert " 我 " not in counter.text()


@acted
async def test_another_reason_wants_a_note_and_one_that_is_refused_is_complained_of_at_its_field() -> None:
    desk = desk_with(OWN)
    async with at_the_counter(desk) as counter:
        await to_list(counter)
        await counter.press("f10")
        await counter.on(ExplainSheet)
        await counter.type("5")
        await counter.press("enter")
        await counter.type("1")
        await counter.press("f10")
        await counter.sees("× 请写明")
        assert changed(desk) == []
        desk.questions.refuse = BadInput("error.text.too_long", field="note", most=3)
        await counter.type("四个字呢")
        await counter.press("f10")
        await counter.until(lambda: desk.count("explain") == 1 and not counter.app.screen._busy)  # type: ignore[attr-defined]
        assert counter.app.screen.focused.id == "remark"  # type: ignore[union-attr]
        desk.questions.refuse = None
        await counter.press("f10")
        await counter.sees("已说明并移交网点")
        first, second = desk.arguments("explain")
        assert first.request_id == second.request_id
