"""2002: found, keyed again blind, approved by a second person, carried out once; and the story that leads here."""

from __future__ import annotations

from dataclasses import replace

import pytest
from syrupy.assertion import SnapshotAssertion

from screens.approval_sheet import LOOK_EVERY_S
from screens.choose import Choose
from screens.confirm import Confirm
from screens.frame import KeyBar
from screens.home import Home
from screens.lock import LockScreen
from screens.outcome import Stage
from screens.payment_cancellation import PaymentCancellation
from screens.payment_story import PaymentStory
from screens.sheet import Sheet
from screens.wording import mark_of, outcome_of
from tellerdesk.approvals.states import ApprovalState, UseCase, Verdict
from tellerdesk.bills.commands import AskCancellation, Cancel, CancelReason, FindPayment, Method
from tellerdesk.bills.views import CancelOutcome
from tellerdesk.errors import BadInput, Refused, StoreUnavailable
from tellerdesk.i18n import LANGUAGES, Message, words
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.staff.states import Role
from tests.screens.approval_desk import approve, on_sheet
from tests.screens.approval_room import request
from tests.screens.counter import LOOKS, Counter, acted, at_the_counter
from tests.screens.samples import cancellable, cancelling, payment, tried
from tests.screens.stand_in import PASSWORD, StandIn

NUMBER, AMOUNT = "07550031884620", "1680.32"
BARRED = cancellable(211, obstacles=(Message("error.document.no_renderer"), Message("home.no_till")))
DONE = payment(Word.CANCELLED, cancellation=tried(CancelOutcome.CANCELLED, cancel_serial="TX-88"))
REFUSED = cancelling(CancelOutcome.REFUSED, cancellation=tried(CancelOutcome.REFUSED, refusal="已开具发票，不能撤销"))
RULE = "\n" + "=" * 40 + "\n"


def _desk(**changes: object) -> StandIn:
    desk = StandIn()
    desk.cancelled = DONE
    desk.approvals.requests["A1"] = request(use_case=UseCase.CANCELLATION)
    for name, value in changes.items():
        setattr(desk, name, value)
    return desk


def _has(counter: Counter, step: str) -> bool:
    screen = counter.app.screen
    return isinstance(screen, PaymentCancellation) and screen.has_class(f"-{step}") and not screen.busy


async def _find(counter: Counter, text: str = NUMBER) -> None:
    await counter.sign_on()
    await counter.start("2002")
    await counter.type(text)
    await counter.press("enter")
    await counter.until(lambda: counter.desk.count("find_cancellable") and not counter.screen.busy, "found")


async def _rekey(counter: Counter) -> None:
    """From a payment that was found to the button that asks."""
    await counter.until(lambda: _has(counter, "rekey"), "to be keyed again")
    await counter.type(NUMBER)
    await counter.press("enter")
    await counter.type(AMOUNT)
    await counter.press("enter")
    await counter.type("3")
    await counter.press("enter", "enter")


async def _ask(counter: Counter) -> None:
    await _rekey(counter)
    await counter.press("f10")
    await counter.on(Confirm)
    await counter.press("right", "enter")


async def _to_sheet(counter: Counter) -> None:
    await _find(counter)
    await _ask(counter)
    await on_sheet(counter)


async def _outcome(counter: Counter) -> None:
    await counter.until(
        lambda: _has(counter, "done") and counter.screen.outcome.stage is not Stage.PRINTING,  # type: ignore[attr-defined]
        "the outcome",
    )


def _stage(counter: Counter) -> Stage:
    screen = counter.app.screen
    assert isinstance(screen, PaymentCancellation | PaymentStory)
    return screen.outcome.stage


@acted
async def test_a_payment_is_found_keyed_again_approved_and_cancelled_once_then_cash_then_slip() -> None:
    desk = _desk()
    async with at_the_counter(desk) as counter:
        await _find(counter, "２０２６1122 0712 07 00000212")
        await counter.until(lambda: _has(counter, "rekey"), "to be keyed again")
        for text in ("深圳供电局", "*晓燕", "20261122 0712 07 00000212", "有回单，须收回"):
            assert text in counter.text()
        for text in ("0755", "1,680.32", "1680"):
            assert text not in counter.text(), "what is to be keyed blind is shown"
        await _rekey(counter)
        await counter.press("enter", "enter")
        await counter.sees("回车不会申请撤销")
        await counter.press("f10")
        await counter.sees("原回单收回了吗")
        asked = desk.hold("ask_cancellation")
        await counter.press("right", "enter")
        await counter.bounce("f10", "ctrl+s", "enter")
        await counter.press("f10", "enter")
        asked.set()
        await on_sheet(counter)
        await counter.sees("缴费单位没有通知，钱没有退")
        carried = desk.hold("cancel")
        await approve(counter)
        await counter.on(PaymentCancellation)
        await counter.until(lambda: desk.count("cancel"))
        await counter.bounce("f10", "f10", "enter")
        await counter.press("f10", "enter")
        carried.set()
        await _outcome(counter)
        await counter.sees("待退现金")
        assert desk.count("issue") == 0
        await counter.press("f10")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        await counter.until(lambda: _stage(counter) is Stage.CLEAR, "the slip")
        for text in ("已撤销 · 款项已退回", "撤销单号"):
            await counter.sees(text)
        await counter.press("enter")
        await counter.sees("请客户在撤销单上签名")
        await counter.press("enter")
        await counter.until(lambda: _has(counter, "find"), "the empty form")
        assert desk.arguments("find_cancellable") == [FindPayment("20261122 0712 07 00000212")]
        (command,) = desk.arguments("ask_cancellation")
        assert command == AskCancellation(
            command.request_id, DONE.serial, NUMBER, 168_032, CancelReason.PAID_TWICE, original_back=True
        )
        assert desk.arguments("cancel") == [Cancel(DONE.serial)]
        assert [desk.count(name) for name in ("confirm_cash_returned", "issue", "pay", "go_on")] == [1, 1, 0, 0]


@acted
async def test_of_several_each_says_what_stands_in_the_way_and_a_barred_one_is_no_dead_key() -> None:
    desk = _desk(cancellable=(BARRED, cancellable()))
    async with at_the_counter(desk) as counter:
        await _find(counter)
        await counter.sees("找到 2 笔")
        for text in ("× 本程序未装打印组件", "× 尾箱还没有开启"):
            await counter.sees(text)
        await counter.press("enter")
        await counter.until(lambda: "尾箱还没有开启" in counter.screen.note_text, "the sentence once more")
        desk.recents = (payment(number=211),)
        await counter.press("f4")
        await counter.on(PaymentStory)
        await counter.press("f3")
        await counter.press("down")
        await counter.sees("✓ 可以撤销")
        assert "尾箱还没有开启" not in counter.text()
        assert "choices" not in counter.screen.working_keys()
        await counter.press("enter")
        await counter.until(lambda: _has(counter, "rekey"), "to be keyed again")
        await counter.press("escape")
        await counter.until(lambda: _has(counter, "find"), "found anew")
        desk.cancellable = ()
        await counter.press("f10")
        await counter.sees("没有找到这样的缴费")
        desk.cancellable = BadInput("error.text.too_long", field="text", most=40)
        await counter.press("f10")
        await counter.sees("× ")
        assert counter.screen.find_part.field.has_class("-error")  # type: ignore[attr-defined]
        desk.cancellable = (BARRED,)
        await counter.press("f10")
        await counter.sees("找到 1 笔")
        assert desk.count("ask_cancellation") == 0


@acted
async def test_what_is_missing_or_wrong_is_said_at_its_field_and_can_be_keyed_again() -> None:
    desk = _desk(
        cancel_asked=BadInput("error.amount.format", field="amount"), cancellable=(cancellable(has_receipt=False),)
    )
    async with at_the_counter(desk) as counter:
        await _find(counter)
        await counter.until(lambda: _has(counter, "rekey"), "to be keyed again")
        rekey = counter.screen.rekey  # type: ignore[attr-defined]
        for typed, wrong in (("", rekey.consumer), (NUMBER, rekey.amount), (AMOUNT, rekey.reason)):
            await counter.type(typed)
            await counter.press("f10")
            assert wrong.has_class("-error")
            assert wrong.entry.has_focus
        await counter.press("f4")
        await counter.on(Choose)
        await counter.press("down", "enter")
        await counter.sees("→ 金额缴错")
        await counter.type("客户多报")
        await counter.press("f10")
        await counter.until(lambda: desk.count("ask_cancellation") and _has(counter, "rekey"), "refused")
        assert rekey.amount.has_class("-error")
        assert rekey.amount.entry.has_focus
        desk.cancel_asked = Refused("home.no_till")
        await counter.press("f10")
        await counter.sees("尾箱还没有开启")
        desk.cancel_asked = cancelling()
        await counter.press("f10")
        await on_sheet(counter)
        commands = desk.arguments("ask_cancellation")
        assert {(each.reason, each.original_back, each.note) for each in commands} == {
            (CancelReason.WRONG_AMOUNT, False, "客户多报")
        }


@acted
async def test_without_the_original_receipt_nothing_is_asked_and_an_unknown_outcome_asks_the_same_again() -> None:
    desk = _desk(cancel_asked=StoreUnavailable("error.store.unsure"))
    async with at_the_counter(desk) as counter:
        await _find(counter)
        await _rekey(counter)
        await counter.press("f10")
        await counter.on(Confirm)
        await counter.press("f10", "enter")
        await counter.sees("原回单没有收回，不能撤销")
        assert desk.count("ask_cancellation") == 0
        await counter.press("f10")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        await counter.sees("不会申请两次")
        await counter.type("99")
        desk.cancel_asked = cancelling()
        await counter.press("f10")
        await on_sheet(counter)
        first, second = desk.arguments("ask_cancellation")
        assert first == second


@acted
async def test_while_it_is_carried_out_nothing_leaves_and_its_outcome_waits_behind_the_lock() -> None:
    desk = _desk()
    async with at_the_counter(desk) as counter:
        await _to_sheet(counter)
        gate = desk.hold("cancel")
        await approve(counter)
        await counter.on(PaymentCancellation)
        await counter.until(lambda: desk.count("cancel"))
        await counter.sees("正在等待 核心")
        for key in ("f3", "escape", "f2"):
            await counter.press(key)
            assert isinstance(counter.app.screen, PaymentCancellation)
        await counter.sees("请不要离开")
        await counter.press("f11")
        await counter.sees("Cancellation")
        await counter.press("f11", "f12")
        await counter.on(LockScreen)
        gate.set()
        await counter.until(lambda: not counter.app.flow_running, "carried out")
        assert "已撤销" not in counter.text()
        await counter.type(PASSWORD)
        await counter.press("enter")
        await _outcome(counter)
        await counter.sees("待退现金")
        await counter.press("f3")
        await counter.sees("现金还没有退给客户")
        assert desk.count("cancel") == 1


@acted
async def test_refused_by_the_biller_the_payment_stands_in_the_billers_words_and_no_paper_comes() -> None:
    desk = _desk(cancelled=REFUSED)
    async with at_the_counter(desk) as counter:
        await _to_sheet(counter)
        await approve(counter)
        await _outcome(counter)
        for text in ("! ", "缴费成功（撤销未成功）", "已开具发票，不能撤销", "收回的回单还给客户"):
            await counter.sees(text)
        assert "找零" not in counter.text(), "change that was given long ago"
        assert _stage(counter) is Stage.STANDS
        assert "print" in counter.screen.working_keys()
        await counter.press("f10")
        await counter.until(lambda: _has(counter, "find"), "the next")
        assert (desk.count("issue"), desk.count("confirm_cash_returned")) == (0, 0)


@acted
async def test_approved_from_afar_it_goes_on_with_f10_withdrawn_it_can_be_asked_anew_and_a_no_leaves_it() -> None:
    desk = _desk()
    async with at_the_counter(desk) as counter:
        await _to_sheet(counter)
        await counter.press("escape")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        desk.recents = (cancelling(CancelOutcome.GIVEN_UP),)
        await counter.sees("申请已撤回，缴费照原样")
        desk.approvals.requests["A1"] = request(use_case=UseCase.CANCELLATION)
        await counter.press("f10")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        await on_sheet(counter)
        first, second = desk.arguments("ask_cancellation")
        assert first.request_id != second.request_id
        assert replace(first, request_id="") == replace(second, request_id="")
        await counter.press("f3")
        await counter.sees("打开授权  F10")
        desk.approvals.decide_elsewhere("A1", Verdict.APPROVED)
        await counter.press("f10")
        await on_sheet(counter)
        await counter.sees("可以撤销了")
        await counter.press("enter")
        assert desk.count("cancel") == 0
        desk.approvals.end("A1", ApprovalState.EXPIRED)
        desk.recents = (cancelling(CancelOutcome.GIVEN_UP),)
        counter.clock.advance(LOOK_EVERY_S)
        await counter.press("f5")
        await counter.sees("没有撤销，缴费照原样")
        await counter.press("f10")
        await _outcome(counter)
        await counter.sees("缴费成功（没有撤销）")
        assert (desk.count("cancel"), desk.count("issue")) == (0, 0)


@acted
async def test_an_unknown_outcome_pays_nothing_back_has_no_paper_and_is_asked_again() -> None:
    desk = _desk(cancelled=cancelling(CancelOutcome.UNDER_WAY, Word.PROCESSING), asked_again=DONE)
    async with at_the_counter(desk) as counter:
        await _to_sheet(counter)
        await approve(counter)
        await _outcome(counter)
        await counter.sees("先不退款")
        assert _stage(counter) is Stage.CANCELLING
        assert "print" not in counter.screen.working_keys()
        counter.app.push_screen(PaymentStory(cancelling(CancelOutcome.UNDER_WAY, Word.PROCESSING)))
        story = await counter.on(PaymentStory)
        assert not {"print", "undo"} & set(story.working_keys())
        await counter.press("f3", "f5")
        await counter.sees("待退现金")
        assert (desk.count("ask_again"), desk.count("issue")) == (1, 0)


@acted
async def test_from_an_account_no_cash_goes_back_and_the_slip_comes_at_once() -> None:
    done = replace(DONE, method=Method.ACCOUNT, account_no="622202******2344", cash_return=CashReturn.NONE)
    asked = replace(cancelling(), method=Method.ACCOUNT, account_no="622202******2344")
    desk = _desk(cancelled=done, cancel_asked=asked)
    async with at_the_counter(desk) as counter:
        await _to_sheet(counter)
        await approve(counter)
        await counter.until(lambda: _has(counter, "done") and _stage(counter) is Stage.CLEAR, "the slip")
        for text in ("退回账户", "622202******2344", "撤销单号"):
            await counter.sees(text)
        assert (desk.count("issue"), desk.count("read_pin"), desk.count("cancel")) == (1, 0, 1)


@acted
async def test_the_story_leads_to_the_cancellation_with_the_serial_filled_in() -> None:
    desk = _desk(recents=(payment(), DONE))
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.until(lambda: desk.count("recent"))
        counter.app.push_screen(PaymentStory(DONE))
        await counter.on(PaymentStory)
        await counter.sees("11:01 1001  重复缴费  已撤销  TX-88")
        await counter.press("delete")
        assert isinstance(counter.app.screen, PaymentStory)
        await counter.press("f3")
        counter.app.push_screen(PaymentStory(payment()))
        await counter.on(PaymentStory)
        await counter.sees("Del 撤销")
        await counter.press("delete")
        await counter.until(lambda: _has(counter, "rekey"), "2002")
        assert desk.arguments("find_cancellable") == [FindPayment(DONE.serial)]
        await counter.press("f3")
        await counter.on(Home)


@acted
async def test_who_may_not_cancel_is_not_offered_it() -> None:
    async with at_the_counter(_desk(role=Role.SUPERVISOR)) as counter:
        await counter.sign_on()
        assert "2002" not in counter.text()
        counter.app.push_screen(PaymentStory(payment()))
        story = await counter.on(PaymentStory)
        assert "undo" not in story.working_keys()


@acted
async def test_a_cancellation_that_waits_is_opened_from_the_story_by_who_asked_for_it() -> None:
    desk = _desk(recents=(cancelling(), replace(REFUSED, serial=payment(number=9).serial)))
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.sees("撤销待授权")
        await counter.sees("撤销未成功")
        await counter.press("f6", "enter")
        await counter.on(PaymentStory)
        assert "undo" not in counter.screen.working_keys()
        assert "print" not in counter.screen.working_keys()
        await counter.press("f10")
        await on_sheet(counter)
        await approve(counter)
        await counter.on(PaymentStory)
        await counter.sees("待退现金")
        assert desk.arguments("cancel") == [Cancel(DONE.serial)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", [outcome for outcome in CancelOutcome if outcome is not CancelOutcome.CANCELLED])
def test_a_try_that_is_not_done_never_carries_the_sign_of_success_and_keeps_the_payments_word(
    outcome: CancelOutcome, language: str
) -> None:
    say, view = words(language), cancelling(outcome)
    processing = cancelling(outcome, Word.PROCESSING)
    assert mark_of(view)(say).plain != mark_of(payment())(say).plain
    assert outcome_of(view)(say).plain.startswith(outcome_of(payment())(say).plain)
    assert outcome_of(view)(say).plain != outcome_of(payment())(say).plain
    assert outcome_of(view, short=True)(say).cell_length <= 16, "more than a narrow home has room for"
    assert outcome_of(processing)(say).cell_length <= 36, "more than a wide home has room for"


def _fits(counter: Counter) -> None:
    cells = [content.cell_length for _, content in counter.app.screen.query_one(KeyBar).cells()]
    assert sum(cells) + 2 * (len(cells) - 1) <= 78, counter.text()


async def _all_steps(counter: Counter) -> list[str]:
    """Every step and stage, and the sheets between them."""
    shots: list[str] = []

    async def shot() -> None:
        whole = await counter.still()
        if isinstance(counter.app.screen, Sheet):
            shots.append(counter.sheet_text())
        else:
            shots.append(whole)
            _fits(counter)

    desk = counter.desk
    desk.cancellable = (cancellable(), BARRED)
    await _find(counter)
    await counter.press("down")
    await shot()
    await counter.press("up", "enter")
    await _rekey(counter)
    await shot()
    await counter.press("f10")
    await counter.on(Confirm)
    await shot()
    await counter.press("right", "enter")
    await on_sheet(counter)
    await shot()
    await counter.press("f3")
    await shot()
    await counter.press("f10")
    await on_sheet(counter)
    await approve(counter)
    await _outcome(counter)
    await shot()
    await counter.press("f10", "right", "enter")
    await counter.until(lambda: _stage(counter) is Stage.CLEAR, "the slip")
    await shot()
    counter.app.push_screen(PaymentStory(REFUSED))
    await counter.on(PaymentStory)
    await shot()
    return shots


@LOOKS
def test_a_cancellation_looks_like_this(size: tuple[int, int], language: str, snapshot: SnapshotAssertion) -> None:
    shots: list[str] = []

    @acted
    async def work() -> None:
        async with at_the_counter(_desk(), size=size, language=language) as counter:
            shots.extend(await _all_steps(counter))

    work()
    for shot in shots:
        lines = [line for line in shot.splitlines() if "×  11-22" not in line]  # said in full below
        assert not [line for line in lines if line.endswith("…") or "… " in line], shot
    assert RULE.join(shots) == snapshot
