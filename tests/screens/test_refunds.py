"""2005: what is owed is listed, asked of the biller, approved, paid out once, and its slip signed before the cash."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.long_form import LONG
from syrupy.assertion import SnapshotAssertion

from screens.actions import ACTIONS
from screens.confirm import Confirm
from screens.frame import KeyBar
from screens.home import Home
from screens.identity import IdentitySheet
from screens.lock import LockScreen
from screens.payment_story import PaymentStory
from screens.refund_form import Step
from screens.refund_panel import RefundPanel, Stage, stage_of
from screens.refund_steps import label_of, panel_keys
from screens.refund_suspend import SuspendSheet
from screens.refund_words import age_said, cause_said, figures_of, row_of, state_said
from screens.refunds import Refunds
from screens.sheet import Sheet
from screens.wording import mark_of, outcome_of
from tellerdesk.approvals.states import UseCase, Verdict
from tellerdesk.approvals.views import ChangeLine, RuleHit
from tellerdesk.bills.commands import CancelReason, Method, Person
from tellerdesk.bills.views import RefundNote
from tellerdesk.errors import BadInput, Refused, StoreUnavailable
from tellerdesk.i18n import LANGUAGES, Bilingual, Message, words
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds import states
from tellerdesk.refunds.commands import (
    AskAboutRefund,
    AskPayOut,
    AskRefund,
    AskRefundApproval,
    ConfirmHandedOver,
    FindRefundable,
    GoOnWith,
    Suspend,
)
from tellerdesk.refunds.states import RefundCause
from tellerdesk.refunds.views import PayOutOutcome, RefundAct, RefundView
from tellerdesk.staff.states import Role
from tellerdesk.text import is_plain
from tests.screens.approval_desk import approve, on_sheet
from tests.screens.approval_room import request
from tests.screens.counter import LOOKS, Counter, acted, at_the_counter
from tests.screens.refund_samples import pay_out, refund, refundable
from tests.screens.samples import CARD_NO, payment
from tests.screens.stand_in import PASSWORD, StandIn

NUMBER, AMOUNT = "07550031884620", "1680.32"
PAYEE = Person("李晓燕", "110101199003070011")
RULE = "\n" + "=" * 40 + "\n"
in_the_long_form = pytest.mark.skipif(not LONG, reason="long form")
"""What the cancellation's own screen, built of the same parts, proves with every run."""

OLD = refund(states.DUE, 30, age_days=41, cause=RefundCause.UNCLAIMED_CASH, of=3)
LATE = refund(states.DUE, 33, age_days=8, cause=RefundCause.STUCK_POSTING, of=5)
ASKED = refund(states.PENDING_PAY_OUT, 30, of=3, may=(), pay_out=pay_out())
PAID = refund(states.PAID_OUT, 30, of=3, cash_return=CashReturn.DUE, pay_out=pay_out(PayOutOutcome.PAID),
              may=(RefundAct.HAND_OVER, RefundAct.SUSPEND))  # fmt: skip
TO_ACCOUNT = pay_out(PayOutOutcome.PAID, method=Method.ACCOUNT, account_no="622202******2344")
RULE_HIT = RuleHit("second-person-refunds", Bilingual("退款须换人授权", "Refunding takes a second person"))
CHANGES = tuple(
    ChangeLine(f"approval.field.{label}", "", text)
    for label, text in {
        "refund_cause": "客户未取现金 / Cash not taken",
        "biller": "深圳供电局 / Shenzhen Power",
        "consumer": NUMBER,
        "customer": "*晓燕",
        "refund_amount": "1,680.32",
        "payee": "*晓燕",
        "refund_step": "支付退款 / Pay the refund out",
    }.items()
)


def _desk(*refunds: RefundView, needed: int = 1, **answers: RefundView | Exception) -> StandIn:
    desk = StandIn()
    desk.refunds.know(*refunds)
    desk.refunds.answers |= answers
    desk.approvals.requests["A1"] = request(use_case=UseCase.REFUND, needed=needed, changes=CHANGES, rules=(RULE_HIT,))
    return desk


def _at(counter: Counter, step: Step) -> bool:
    screen = counter.app.screen
    return isinstance(screen, Refunds) and screen.step is step and not screen.busy


def _stage(counter: Counter) -> Stage | None:
    screen = counter.app.screen
    return screen.panel.stage if isinstance(screen, Refunds) and not screen.busy else None


async def _open(counter: Counter, serial: str | None = None) -> None:
    await counter.sign_on()
    if serial is None:
        await counter.start("2005")
    else:
        counter.app.push_screen(Refunds(serial))
    await counter.on(Refunds)
    await counter.until(lambda: counter.desk.count("refunds.due") and not counter.screen.busy, "the list")


async def _rekey(counter: Counter) -> None:
    await counter.until(lambda: _at(counter, Step.REKEY), "to be keyed again")
    await counter.type(NUMBER)
    await counter.press("enter")
    await counter.type(AMOUNT)
    await counter.press("enter")
    await counter.type("4")
    await counter.press("enter", "enter")


async def _ask(counter: Counter) -> None:
    """From the list to the request that was sent."""
    await counter.press("f6")
    await counter.type(NUMBER)
    await counter.press("enter")
    await _rekey(counter)
    await counter.press("f10")
    await counter.on(Confirm)
    await counter.press("right", "enter")


async def _identify(counter: Counter) -> None:
    await counter.on(IdentitySheet)
    await counter.type(PAYEE.name)
    await counter.press("enter", "enter")
    await counter.type(PAYEE.document_no)
    await counter.press("f10")


@acted
async def test_what_is_owed_is_listed_with_age_and_cause_and_the_picked_one_told_whole() -> None:
    told = replace(OLD, refusal="", note="客户急用", may=(RefundAct.PAY_OUT,))
    async with at_the_counter(_desk(told, LATE, refund(states.CONSENT_UNKNOWN, 34))) as counter:
        await _open(counter)
        for text in ("‼ 41 天", "! 8 天", "今天", "客户未取现金", "冲正未成转挂账", "隔日退费", "单位未答复", "*晓燕",
                     "待退款", "TY-20261123-5", "客户急用", "20261123 0712 07 00000030"):  # fmt: skip
            assert text in counter.text()
        await counter.press("f4")
        await counter.sees("请求号 L1")
        await counter.press("f4", "down", "down")
        await counter.sees("结果还不知道")
        assert "submit" not in counter.screen.working_keys()
        await counter.press("f10", "enter")
        assert not [name for name, _ in counter.desk.calls if name.startswith("refunds.") and name != "refunds.due"]


@acted
async def test_a_payment_of_an_earlier_day_is_keyed_again_asked_once_approved_by_two_and_booked_once() -> None:
    desk = _desk(needed=2)
    async with at_the_counter(desk, size=(120, 36)) as counter:
        await _open(counter)
        await counter.sees("没有待退的款项")
        await counter.press("f6")
        await counter.type(NUMBER)
        await counter.press("enter")
        await counter.until(lambda: _at(counter, Step.REKEY), "to be keyed again")
        for text in ("0755", "1,680.32", "1680"):
            assert text not in counter.text(), "what is to be keyed blind is shown"
        await _rekey(counter)
        await counter.press("enter", "enter")
        await counter.sees("回车不会动钱")
        await counter.press("f10")
        await counter.sees("缴费单位不同意时，请还给客户")
        gate = desk.hold("refunds.ask")
        await counter.press("right", "enter")
        await counter.until(lambda: desk.count("refunds.ask"))
        await counter.sees("正在等待 深圳供电局")
        await counter.bounce("f10", "ctrl+s", "enter")
        await counter.press("f10", "f3", "escape", "f2", "f4")
        await counter.sees("请不要离开")
        gate.set()
        await on_sheet(counter)
        await counter.sees("已同意 0 / 2 人")
        await approve(counter)
        await counter.sees("已同意 1 / 2 人")
        await counter.sees("还须另一人授权")
        assert desk.count("refunds.go_on") == 0
        desk.approvals.decide_elsewhere("A1", Verdict.APPROVED)
        await counter.press("f5")
        await counter.sees("可以退款了")
        await counter.sees("已同意 2 / 2 人")
        await counter.press("enter")
        assert desk.count("refunds.go_on") == 0
        gate = desk.hold("refunds.go_on")
        await counter.press("f10")
        await counter.until(lambda: desk.count("refunds.go_on"))
        await counter.sees("正在等待 核心")
        await counter.bounce("f10", "f10", "enter")
        await counter.press("f10", "enter")
        gate.set()
        await counter.until(lambda: _stage(counter) is Stage.PAY_OUT, "due")
        assert desk.arguments("refunds.find") == [FindRefundable(NUMBER)]
        (command,) = desk.arguments("refunds.ask")
        assert command == AskRefund(
            command.request_id, payment().serial, NUMBER, 168_032, CancelReason.CUSTOMER_WITHDREW, original_back=True
        )
        assert desk.arguments("refunds.go_on") == [GoOnWith(refund().serial)]
        assert desk.count("refund_papers.issue") == 0


@acted
async def test_it_is_paid_to_whom_it_belongs_the_slip_comes_before_the_cash_and_the_cash_is_booked_once() -> None:
    desk = _desk(OLD, ask_pay_out=ASKED, go_on=PAID)
    async with at_the_counter(desk) as counter:
        await _open(counter)
        await counter.press("enter")
        await counter.until(lambda: _at(counter, Step.PAY_OUT), "the form")
        await counter.press("enter")
        await counter.sees("回车不会动钱")
        await counter.press("f10")
        await _identify(counter)
        await on_sheet(counter)
        for text in ("什么都没有付", "支付退款", "退款金额（元）", "客户未取现金"):
            await counter.sees(text)
        assert "Pay the refund out" not in counter.text()
        await approve(counter)
        await counter.until(lambda: _stage(counter) is Stage.HAND_OVER, "to be handed over")
        await counter.sees("再付给现金 1,680.32 元")
        await counter.sees("待付现金")
        assert "已退款" not in counter.text()
        assert desk.arguments("refund_papers.issue") == [OLD.serial]
        assert desk.count("refunds.confirm_handed_over") == 0
        await counter.press("enter")
        await counter.sees("回车不会动钱")
        await counter.press("f3")
        await counter.sees("现金还没有退给客户")
        await counter.press("enter", "f10")
        await counter.sees("1,680.32 元现金已经交到客户手里了吗")
        gate = desk.hold("refunds.confirm_handed_over")
        await counter.press("right", "enter")
        await counter.press("f10", "f3", "enter")
        gate.set()
        await counter.sees("已登记：付给客户 1,680.32 元")
        await counter.sees("已退款")
        await counter.press("f10")
        await counter.sees("没有待退的款项")
        (command,) = desk.arguments("refunds.ask_pay_out")
        assert command == AskPayOut(command.request_id, OLD.serial, Method.CASH, PAYEE)
        assert desk.arguments("refunds.go_on") == [GoOnWith(OLD.serial)]
        assert desk.arguments("refunds.confirm_handed_over") == [ConfirmHandedOver(OLD.serial)]


@in_the_long_form
@acted
async def test_to_an_account_its_holder_is_told_first_and_no_cash_is_handed_over() -> None:
    paid = replace(PAID, cash_return=CashReturn.NONE, may=(), pay_out=TO_ACCOUNT)
    desk = _desk(OLD, ask_pay_out=ASKED, go_on=paid)
    desk.account_given = replace(desk.account_given, holder="*建国")  # type: ignore[type-var]
    async with at_the_counter(desk) as counter:
        await _open(counter)
        await counter.press("f10", "insert", "f10")
        await counter.sees("请输入账号")
        await counter.sees("F10 查户名")
        await counter.type(CARD_NO)
        await counter.press("enter")
        await counter.sees("*建国")
        await counter.sees("与账单户名不同")
        await counter.press("f10")
        await _identify(counter)
        await on_sheet(counter)
        await approve(counter)
        await counter.until(lambda: _stage(counter) is Stage.SIGNING, "the slip")
        await counter.sees("622202******2344")
        (command,) = desk.arguments("refunds.ask_pay_out")
        assert (command.method, command.account_no) == (Method.ACCOUNT, CARD_NO)
        assert [desk.count(f"refunds.{name}") for name in ("confirm_handed_over", "go_on")] == [0, 1]
        assert (desk.count("read_pin"), desk.count("refund_papers.issue")) == (0, 1)


@acted
async def test_an_unknown_outcome_asks_for_the_same_again_and_a_no_is_said_where_it_belongs() -> None:
    desk = _desk(OLD, ask=StoreUnavailable("error.store.unsure"))
    async with at_the_counter(desk) as counter:
        await _open(counter)
        await _ask(counter)
        await counter.sees("不会申请两次")
        await counter.press("escape")
        await counter.on(Home)
        await counter.start("2005")
        await counter.until(lambda: _at(counter, Step.LIST) and _stage(counter), "the list")
        await _ask(counter)
        await counter.sees("不会申请两次")
        await counter.type("99")
        desk.refunds.answers["ask"] = BadInput("error.amount.format", field="amount")
        await counter.press("f10")
        await counter.until(lambda: counter.screen.rekey.amount.has_class("-error"), "said at the field")  # type: ignore[attr-defined]
        first, second, third = desk.arguments("refunds.ask")
        assert first.request_id != second.request_id, "another form is another request"
        assert second == third
        desk.refunds.answers["ask"] = refund(states.NOT_AGREED, 31, refusal="已开具发票", may=(), agreement_no="")
        await counter.press("f10")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        await counter.sees("单位不同意")
        await counter.sees("已开具发票")
        assert "缴费失败" not in counter.text()
        assert desk.count("refund_papers.issue") == 0


@acted
async def test_a_pay_out_whose_outcome_is_not_known_is_the_same_again_and_a_wrong_document_is_typed_again() -> None:
    desk = _desk(OLD, ask_pay_out=BadInput("error.identity.name", field="payee_document_no"))
    async with at_the_counter(desk) as counter:
        await _open(counter)
        await counter.press("f10", "f10")
        await _identify(counter)
        await counter.until(lambda: desk.count("refunds.ask_pay_out") == 1 and counter.app.screen.is_active)
        sheet = await counter.on(IdentitySheet)
        await counter.until(lambda: sheet._payer.number.has_class("-error"), "pointed at")
        assert sheet._payer.name.entry.value == PAYEE.name
        desk.refunds.answers["ask_pay_out"] = StoreUnavailable("error.store.unsure")
        await counter.press("f10")
        await counter.sees("不会付两次")
        desk.refunds.answers["ask_pay_out"] = ASKED
        await counter.press("insert", "f10")
        await on_sheet(counter)
        _, second, third = desk.arguments("refunds.ask_pay_out")
        assert second == third
        assert second.method is Method.CASH


@acted
async def test_a_customer_who_leaves_without_the_cash_has_it_booked_back_once() -> None:
    desk = _desk(PAID, suspend=StoreUnavailable("error.store.unsure"))
    async with at_the_counter(desk) as counter:
        await _open(counter)
        await counter.sees("待付现金")
        await counter.press("delete")
        await counter.on(SuspendSheet)
        await counter.type("客户接电话离开")
        await counter.press("enter", "enter")
        await counter.sees("回车不会动钱")
        await counter.press("f10")
        await counter.sees("不会挂两次")
        desk.refunds.answers["suspend"] = refund(states.PENDING_SUSPENSE, 40, of=3, may=())
        await counter.press("delete")
        await on_sheet(counter)
        await counter.sees("谁也不能付给客户")
        first, second = desk.arguments("refunds.suspend")
        assert first == second == Suspend(first.request_id, PAID.serial, "客户接电话离开")
        assert desk.count("refunds.confirm_handed_over") == 0


@acted
async def test_the_biller_that_agreed_is_not_asked_again_but_two_persons_are_and_a_silent_one_is_with_f5() -> None:
    silent = refund(states.CONSENT_UNKNOWN, 33, of=5, agreement_no="")
    desk = _desk(refund(states.AGREED, 31), silent, needed=2, ask_again=silent)
    async with at_the_counter(desk) as counter:
        await _open(counter)
        await counter.press("enter")
        await counter.sees("回车不会动钱")
        await counter.press("f10")
        await on_sheet(counter)
        await counter.press("f3")
        await counter.sees("打开授权")
        await counter.press("down", "f5")
        await counter.sees("还是没有结果")
        assert desk.arguments("refunds.ask_approval") == [AskRefundApproval(refund(states.AGREED, 31).serial)]
        assert desk.arguments("refunds.ask_again") == [AskAboutRefund(silent.serial)]
        assert desk.count("refunds.ask") == 0


@in_the_long_form
@acted
async def test_a_serial_picks_its_refund_or_fills_the_form_and_cash_that_is_due_is_asked_about() -> None:
    due = payment(Word.REVERSED, 9)
    desk = _desk(OLD, LATE, suspend=refund(states.PENDING_SUSPENSE, 40, of=9, may=()))
    desk.recents = (due, payment(number=77))
    async with at_the_counter(desk) as counter:
        await _open(counter, LATE.payment_serial)
        assert counter.screen.panel.refund == LATE  # type: ignore[attr-defined]
        await counter.press("f3")
        counter.app.push_screen(Refunds(payment(number=77).serial))
        await counter.until(lambda: _at(counter, Step.REKEY), "the form")
        assert desk.arguments("refunds.find") == [FindRefundable(payment(number=77).serial)]
        await counter.press("f3")
        counter.app.push_screen(PaymentStory(due))
        await counter.on(PaymentStory)
        await counter.press("f6")
        await counter.on(SuspendSheet)
        await counter.press("f10")
        await on_sheet(counter)
        (command,) = desk.arguments("refunds.suspend")
        assert command == Suspend(command.request_id, due.serial)


@in_the_long_form
@acted
async def test_one_that_cannot_be_refunded_says_why_and_leads_to_its_story() -> None:
    desk = _desk()
    desk.refunds.found = (refundable(211, obstacles=(Message("home.no_till"),)), refundable())
    desk.recents = (payment(number=211),)
    async with at_the_counter(desk) as counter:
        await _open(counter)
        await counter.press("f6")
        await counter.type(NUMBER)
        await counter.press("enter")
        await counter.sees("× 尾箱还没有开启")
        await counter.press("enter")
        await counter.until(lambda: "尾箱还没有开启" in counter.screen.note_text, "the sentence once more")
        await counter.press("f4")
        await counter.on(PaymentStory)
        await counter.press("f3", "down")
        await counter.sees("✓ 可以申请退款")
        desk.refunds.found = Refused("error.payment.unknown", serial="7")
        await counter.press("escape", "f10")
        await counter.until(lambda: desk.count("refunds.find") == 2 and not counter.screen.busy, "refused")
        await counter.press("escape")
        await counter.until(lambda: _at(counter, Step.LIST), "the list")
        assert desk.count("refunds.ask") == 0


@in_the_long_form
@acted
async def test_what_was_carried_out_behind_the_lock_shows_when_it_opens_and_its_slip_is_printed_once() -> None:
    desk = _desk(OLD, ask_pay_out=ASKED, go_on=PAID)
    async with at_the_counter(desk) as counter:
        await _open(counter)
        await counter.press("f10", "f10")
        await _identify(counter)
        await on_sheet(counter)
        gate = desk.hold("refunds.go_on")
        await approve(counter)
        await counter.until(lambda: desk.count("refunds.go_on"))
        await counter.press("f11")
        await counter.sees("Refunds")
        await counter.press("f11", "f12")
        await counter.on(LockScreen)
        gate.set()
        await counter.until(lambda: desk.count("refund_papers.issue") and not counter.app.flow_running, "carried out")
        assert "待付现金" not in counter.text()
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.until(lambda: _stage(counter) is Stage.HAND_OVER, "to be handed over")
        assert (desk.count("refunds.go_on"), desk.count("refund_papers.issue")) == (1, 1)


@in_the_long_form
@acted
async def test_who_only_sees_refunds_is_offered_no_way_to_pay() -> None:
    desk = _desk(replace(OLD, may=()))
    desk.role = Role.SUPERVISOR
    async with at_the_counter(desk) as counter:
        await _open(counter)
        assert not {"next_pane", "submit", "undo"} & set(counter.screen.working_keys())
        await counter.press("f10", "f6", "enter")
        assert _at(counter, Step.LIST)


def test_what_comes_next_follows_from_what_may_be_done_alone() -> None:
    for state in states.STATES:
        nothing = stage_of(refund(state, may=()), fresh=False, printed=False, mine=False)
        assert nothing in {Stage.WAITS, Stage.ENDED}
        for act in RefundAct:
            stage = stage_of(refund(state, may=(act,)), fresh=False, printed=False, mine=False)
            assert (stage == nothing) is (act is RefundAct.SUSPEND), (state, act)


@pytest.mark.parametrize("language", LANGUAGES)
def test_cash_in_refunds_payable_is_never_called_returned(language: str) -> None:
    say = words(language)
    returned = payment(Word.REVERSED, cash_return=CashReturn.RETURNED)
    note = RefundNote(OLD.serial, OLD.cause, OLD.state, OLD.word)
    paid = replace(note, state=states.PAID_OUT, word=Word.REFUNDED)
    for cash_return, of in ((CashReturn.SUSPENDING, None), (CashReturn.SUSPENSE, note), (CashReturn.SUSPENSE, None)):
        view = replace(returned, cash_return=cash_return, refund=of)
        assert say("word.reversed") not in outcome_of(view)(say).plain
        assert mark_of(view)(say).plain == "!"
        assert outcome_of(view, short=True)(say).cell_length <= 16
    view = replace(returned, cash_return=CashReturn.SUSPENSE, refund=paid)
    assert outcome_of(view)(say).plain == say("word.refunded")


@acted
async def test_the_story_leads_to_the_refund_there_is_and_to_none_where_there_is_none() -> None:
    note = RefundNote(OLD.serial, OLD.cause, OLD.state, OLD.word)
    desk = _desk(OLD)
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        counter.app.push_screen(PaymentStory(payment()))
        story = await counter.on(PaymentStory)
        assert "next_pane" not in story.working_keys()
        await counter.press("f3")
        counter.app.push_screen(PaymentStory(payment(Word.REFUND_DUE, 3, refund=note)))
        await counter.on(PaymentStory)
        await counter.sees("待退款  20261123 0712 07 00000030")
        await counter.press("f6")
        await counter.on(Refunds)
        await counter.until(lambda: _stage(counter) is Stage.PAY_OUT, "picked")
        await counter.press("f3")
        await counter.on(Home)
        counter.app._unclaimed.append(OLD)
        counter.app._show_unclaimed()
        await counter.on(Refunds)
        await counter.until(lambda: _stage(counter) is Stage.PAY_OUT, "what came of it with its own screen gone")
        await counter.press("f3")
        desk.refunds.refuse_due = StoreUnavailable("error.store.unsure")
        await counter.start("2005")
        await counter.until(lambda: isinstance(counter.app.screen, Refunds) and counter.screen.note_text, "not read")
        assert "没有待退的款项" not in counter.text()


def _fits(counter: Counter) -> None:
    cells = [content.cell_length for _, content in counter.app.screen.query_one(KeyBar).cells()]
    assert sum(cells) + 2 * (len(cells) - 1) <= 78, counter.text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_keys_of_every_state_fit_and_every_state_has_words_that_fit_its_column(language: str) -> None:
    say = words(language)
    every = [refund(state) for state in states.STATES]
    every += [replace(PAID, cash_return=each) for each in CashReturn] + [replace(PAID, cash_return=CashReturn.NONE)]
    panel = RefundPanel(lambda view: view.state in states.AWAITING_APPROVAL)
    for panel.refund in every:
        for panel.fresh, panel.printed in ((False, False), (True, False), (True, True)):
            names = panel_keys(panel, refunds=True)
            labels = [label_of(name, Step.LIST, panel, listed=False, by_account=False) for name in names]
            cells = [
                len(ACTIONS[name].shown) + 1 + label(say).cell_length for name, label in zip(names, labels, strict=True)
            ]
            assert sum(cells) + 2 * (len(cells) - 1) <= 78, (panel.refund.state, names)
        assert state_said(panel.refund)(say).cell_length <= 14
        assert age_said(replace(panel.refund, age_days=100))(say).cell_length <= 8
    assert all(cause_said(cause)(say).cell_length <= 14 for cause in RefundCause)


@pytest.mark.parametrize("text", ["[@click=app.quit]go[/]", "\x1b]0;OWNED\x07\u202e", "[red]x[/red]"])
def test_what_others_wrote_is_only_text_in_a_refund(text: str) -> None:
    view = replace(ASKED, refusal=text, agreement_no=text, customer_name=text, note=text, consumer_no=text,
                   biller_name=Bilingual(text, text), pay_out=pay_out(PayOutOutcome.REFUSED, refusal=text, payee=text,
                   agent=text, account_no=text, payee_kind=text))  # fmt: skip
    said = [cell(words("en")) for cell in row_of(view).cells]
    said += [figure.value(words("en")) for figure in figures_of(view, text)]
    shown = "".join(each.plain for each in said)
    assert all(is_plain(char) for char in shown)
    assert ("[" in text) is (text in shown)
    assert not [span for each in said for span in each.spans if "@click" in str(span.style)]


async def _all_steps(counter: Counter) -> list[str]:
    """The list and its forms, and the sheets between them."""
    shots: list[str] = []

    async def shot() -> None:
        whole = await counter.still()
        if isinstance(counter.app.screen, Sheet):
            shots.append(counter.sheet_text())
        else:
            shots.append(whole)
            _fits(counter)

    await _open(counter)
    await shot()
    await counter.press("f4")
    await shot()
    await counter.press("f4", "f6")
    await counter.type(NUMBER)
    await counter.press("enter")
    await _rekey(counter)
    await shot()
    await counter.press("escape")
    await counter.until(lambda: _at(counter, Step.LIST), "the list")
    await counter.press("f10", "insert")
    await counter.type(CARD_NO)
    await counter.press("enter")
    await counter.until(lambda: counter.desk.count("account") and not counter.screen.busy)
    await shot()
    await counter.press("insert", "f10")
    await counter.on(IdentitySheet)
    await shot()
    await _identify(counter)
    await on_sheet(counter)
    await shot()
    await approve(counter)
    await counter.until(lambda: _stage(counter) is Stage.HAND_OVER, "to be handed over")
    await shot()
    await counter.press("delete")
    await counter.on(SuspendSheet)
    await shot()
    return shots


@LOOKS
def test_refunds_look_like_this(size: tuple[int, int], language: str, snapshot: SnapshotAssertion) -> None:
    shots: list[str] = []

    @acted
    async def work() -> None:
        desk = _desk(OLD, LATE, refund(states.CONSENT_UNKNOWN, 34, agreement_no=""), ask_pay_out=ASKED, go_on=PAID)
        async with at_the_counter(desk, size=size, language=language) as counter:
            shots.extend(await _all_steps(counter))

    work()
    assert RULE.join(shots) == snapshot
