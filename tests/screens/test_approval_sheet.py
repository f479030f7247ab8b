"""A payment that needs a second person: decided here or from afar, carried out once, and never behind a lock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from screens.approval_sheet import LOOK_EVERY_S, ApprovalSheet, Means
from screens.bill_payment import BillPayment
from screens.confirm import Confirm
from screens.home import Home
from screens.lock import LockScreen
from screens.payment_story import PaymentStory
from tellerdesk.approvals.commands import Credentials
from tellerdesk.approvals.states import ApprovalState, Verdict
from tellerdesk.bills.commands import GoOn
from tellerdesk.errors import BadInput, Conflict, StoreUnavailable
from tests.screens.approval_desk import approving_desk, on_sheet, prove, shots_of
from tests.screens.approval_room import AWAITING, NEVER_BEGAN
from tests.screens.counter import Counter, acted, at_the_counter
from tests.screens.samples import payment
from tests.screens.stand_in import PASSWORD

RULE = "\n" + "=" * 40 + "\n"


async def _to_sheet(counter: Counter) -> ApprovalSheet:
    await counter.to_collect()
    await counter.type("1700")
    await counter.press("f10")
    return await on_sheet(counter)


async def _alone(counter: Counter) -> None:
    """The sheet, without a payment that waits for its end."""
    await counter.sign_on()
    counter.app.push_screen(ApprovalSheet("A1", Means.CASH))
    await on_sheet(counter)


def _secrets(counter: Counter) -> list[str]:
    return [counter.app.screen.query_one(f"#{name}").value for name in ("approver-password", "code")]  # type: ignore[attr-defined]


@acted
async def test_a_supervisor_at_the_desk_approves_with_number_password_and_code_and_the_payment_goes_on_at_once() -> (
    None
):
    desk = approving_desk()
    async with at_the_counter(desk) as counter:
        await _to_sheet(counter)
        for text in (
            "深圳供电局",
            "61,680.32",
            "大额现金五万元起须授权",
            "主管授权，须 1 人",
            "还剩 14:32",
            "没有收款",
        ):
            await counter.sees(text)
        await prove(counter, "000000")
        await counter.sees("培训口令 492039")
        await counter.press("enter", "enter")
        await counter.sees("回车不作决定")
        assert desk.count("decide_here") == 0
        await counter.press("f10")
        await counter.sees("签到未成功")
        assert _secrets(counter) == ["", ""]
        await counter.type("training-3001")
        await counter.press("enter")
        await counter.type("492039")
        gates = [desk.hold("decide_here"), desk.hold("go_on")]
        await counter.bounce("f10", "f10", "ctrl+s")
        gates[0].set()
        await counter.on(BillPayment)
        await counter.bounce("f10", "f10")
        gates[1].set()
        await counter.outcome()
        await counter.sees("缴费成功")
        wrong, right = desk.arguments("decide_here")
        assert (wrong.by.code, right.by) == ("000000", Credentials("3001", "training-3001", "492039"))
        assert desk.arguments("go_on") == [GoOn(AWAITING.serial)]
        assert (desk.count("pay"), desk.count("withdraw")) == (1, 0)


@acted
async def test_a_no_needs_a_reason_ends_the_payment_and_the_cash_goes_back_as_it_lies() -> None:
    desk = approving_desk()
    async with at_the_counter(desk) as counter:
        await _to_sheet(counter)
        await counter.press("f4")
        await counter.press("f10")
        await counter.sees("× 请填写")
        await counter.type("现金来源不明")
        await counter.press("enter")
        await prove(counter)
        desk.approvals.refuse = BadInput("error.text.too_long", field="reason", most=200)
        await counter.press("f10")
        await counter.sees("200")
        desk.approvals.refuse = None
        await counter.press("enter", "enter")
        await counter.type("training-3001")
        await counter.press("enter")
        await counter.type("492039")
        await counter.press("f10")
        await counter.sees("未获授权")
        await counter.sees("柜台上的现金原样还给客户")
        await counter.sees("现金来源不明")
        assert [command.approve for command in desk.arguments("decide_here")] == [False, False]
        desk.recents = (NEVER_BEGAN,)
        await counter.press("f10")
        await counter.on(BillPayment)
        await counter.until(lambda: counter.screen.has_class("-done"))
        await counter.sees("缴费失败")
        assert "实收现金" not in counter.text()
        assert desk.count("go_on") == desk.count("confirm_cash_returned") == 0


@acted
async def test_what_is_decided_elsewhere_is_seen_without_a_key_and_goes_on_by_f10_alone_and_once() -> None:
    assert LOOK_EVERY_S <= 1.0
    desk = approving_desk()
    async with at_the_counter(desk) as counter:
        await _to_sheet(counter)
        desk.approvals.decide_elsewhere("A1", Verdict.APPROVED)
        await counter.sees("已授权  3002 赵敏")
        await counter.sees("可以收款了")
        await counter.press("enter")
        await counter.sees("回车不作决定")
        assert desk.count("go_on") == 0
        gate = desk.hold("go_on")
        await counter.press("f10")
        await counter.bounce("f10", "f10")
        await counter.on(BillPayment)
        await counter.sees("正在等待")
        await counter.press("escape", "f3")
        await counter.sees("请不要离开")
        gate.set()
        await counter.outcome()
        assert desk.arguments("go_on") == [GoOn(AWAITING.serial)]
        await counter.to_next_customer()
        assert counter.form.form.awaiting is None


@acted
async def test_a_request_whose_time_is_over_ends_the_payment() -> None:
    desk = approving_desk()
    async with at_the_counter(desk) as counter:
        await _to_sheet(counter)
        counter.clock.instant += timedelta(minutes=14, seconds=30)
        await counter.sees("还剩 0:02")
        counter.clock.instant += timedelta(seconds=3)
        desk.approvals.end("A1", ApprovalState.EXPIRED)
        await counter.press("f5")
        await counter.sees("已过时限")
        await counter.sees("不用清点登记")
        desk.recents = (NEVER_BEGAN,)
        await counter.press("escape")
        await counter.until(lambda: counter.screen.has_class("-done"))
        assert desk.count("go_on") == desk.count("withdraw") == 0


@acted
async def test_withdrawing_asks_first_and_leads_back_to_the_same_bill_with_a_new_request() -> None:
    desk = approving_desk()
    async with at_the_counter(desk) as counter:
        await _to_sheet(counter)
        await counter.press("escape")
        await counter.on(Confirm)
        await counter.press("enter")
        await counter.on(ApprovalSheet)
        assert desk.count("withdraw") == 0
        await counter.press("escape")
        await counter.on(Confirm)
        desk.approvals.refuse = Conflict("error.payment.just_given_up")
        await counter.press("right", "enter")
        await counter.sees("同一账单的另一笔")
        desk.approvals.refuse, desk.recents = None, (NEVER_BEGAN,)
        await counter.press("escape", "right", "enter")
        await counter.sees("申请已撤回")
        assert counter.form.has_class("-collect")
        desk.outcome = payment()
        await counter.press("insert")
        await counter.sees("付款账户")
        await counter.press("insert")
        await counter.type("1700")
        await counter.press("f10")
        await counter.outcome()
        first, second = desk.arguments("pay")
        assert first.request_id != second.request_id
        assert first.quote_id == second.quote_id


@acted
async def test_a_lock_hides_the_request_asks_nothing_behind_it_and_nothing_goes_on_there() -> None:
    desk = approving_desk()
    async with at_the_counter(desk) as counter:
        gate = desk.hold("pay")
        await counter.to_collect()
        await counter.type("1700")
        await counter.press("f10", "f12")
        gate.set()
        await counter.until(lambda: not counter.app.flow_running)
        assert isinstance(counter.app.screen, LockScreen)
        await counter.type(PASSWORD)
        await counter.press("enter")
        sheet = await on_sheet(counter)
        await prove(counter)
        gate = desk.hold("decide_here")
        await counter.press("f10", "f12")
        await counter.on(LockScreen)
        for secret in ("61,680.32", "晓燕", "3001", "授权"):
            assert secret not in counter.text(), secret
        gate.set()
        await counter.until(lambda: not sheet._busy)
        sheet._tick()
        looked = desk.count("approval")
        sheet._tick()
        assert desk.count("approval") == looked
        assert isinstance(counter.app.screen, LockScreen)
        await counter.type(PASSWORD)
        await counter.press("enter")
        await on_sheet(counter)
        await counter.sees("已授权  3001 王建国")
        assert desk.count("go_on") == 0
        await counter.press("f10")
        await counter.outcome()
        assert desk.count("go_on") == 1


@acted
async def test_leaving_the_sheet_leaves_the_request_and_the_payment_offers_it_again_also_from_home() -> None:
    desk = approving_desk()
    async with at_the_counter(desk) as counter:
        await _to_sheet(counter)
        await counter.press("f3")
        await counter.sees("打开授权  F10")
        await counter.press("f10")
        await on_sheet(counter)
        await counter.press("f3", "f3")
        await counter.on(Home)
        await counter.sees("待授权")
        await counter.press("f6", "enter")
        await counter.on(PaymentStory)
        assert "实收现金" not in counter.text()
        await counter.press("f10")
        await on_sheet(counter)
        desk.approvals.decide_elsewhere("A1", Verdict.APPROVED)
        await counter.press("f5")
        await counter.sees("可以收款了")
        desk.gone_on = StoreUnavailable("error.store.gone", reason="x")
        await counter.press("f10")
        await counter.on(PaymentStory)
        await counter.sees("数据库无法使用")
        desk.gone_on = payment()
        await counter.press("f10")
        await on_sheet(counter)
        await counter.press("f10")
        await counter.sees("打印清楚吗")
        assert desk.count("issue") == 1
        assert desk.arguments("go_on") == [GoOn(AWAITING.serial)] * 2


@pytest.mark.parametrize("training", [True, False])
@acted
async def test_the_sheet_changes_its_language_and_shows_codes_in_training_only(training: bool) -> None:
    desk = approving_desk()
    async with at_the_counter(desk, training=training) as counter:
        await _alone(counter)
        await counter.type("3001")
        await counter.press("f11")
        await counter.sees("Cash from 50,000 yuan")
        await counter.sees("Shenzhen Power")
        assert counter.app.screen.query_one("#approver").value == "3001"  # type: ignore[attr-defined]
        if training:
            await counter.sees("training: 492039")
        else:
            await counter.settled()
            assert (desk.count("training_code"), "492039" in counter.text()) == (0, False)


def test_the_sheet_looks_like_this(snapshot: SnapshotAssertion) -> None:
    shots: list[str] = []

    @acted
    async def work() -> None:
        desk = approving_desk()
        async with at_the_counter(desk) as counter:
            await _alone(counter)
            await counter.type("3001")
            await counter.sees("培训口令")
            shots.extend(await shots_of(counter, (80, 24), (120, 36)))
            await counter.press("f4")
            shots.extend(await shots_of(counter, (80, 24)))
            desk.approvals.decide_elsewhere("A1", Verdict.APPROVED)
            await counter.press("f5")
            await counter.sees("可以收款了")
            shots.extend(await shots_of(counter, (80, 24)))
            desk.approvals.decide_elsewhere("A1", Verdict.REJECTED, "来源不明")
            await counter.press("f5")
            await counter.sees("未获授权")
            shots.extend(await shots_of(counter, (80, 24)))

    work()
    for shot in shots:
        assert "…" not in shot, shot
    assert RULE.join(shots) == snapshot
