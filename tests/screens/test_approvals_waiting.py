"""7001: the list that lives, the cursor that stays where it was read, and F9 from everywhere."""

from __future__ import annotations

from datetime import timedelta

from syrupy.assertion import SnapshotAssertion

from screens.approvals_waiting import LOOK_EVERY_S, ApprovalsWaiting
from screens.bill_payment import BillPayment
from screens.confirm import Confirm
from screens.decide_sheet import DecideSheet
from screens.help import HelpScreen
from screens.home import Home
from screens.lock import LockScreen
from screens.settings import DeskSettings
from tellerdesk.approvals.states import UseCase, Verdict
from tellerdesk.approvals.views import ApprovalView, ChangeLine
from tellerdesk.staff.states import Role
from tests.screens.approval_desk import shots_of
from tests.screens.approval_room import VOUCHER, may, request
from tests.screens.counter import Counter, acted, at_the_counter
from tests.screens.samples import NOW
from tests.screens.stand_in import StandIn

RULE = "\n" + "=" * 40 + "\n"
SECOND = request(
    "A2",
    asked_at=NOW + timedelta(minutes=2),
    maker_no="1002",
    maker_name="陈志强",
    rules=(VOUCHER,),
    changes=(
        ChangeLine("approval.field.biller", "", "深圳供电局 / Shenzhen Power"),
        ChangeLine("approval.field.amount", "", "3,200.00"),
        ChangeLine("approval.field.account_by_voucher", "", "622202******2344"),
        ChangeLine("approval.field.voucher", "", "PZ20261122001"),
    ),
)
OWN = request("A3", asked_at=NOW + timedelta(minutes=3), why_not="error.permission.missing")
CHANGE = request(
    "A4",
    asked_at=NOW + timedelta(minutes=4),
    use_case=UseCase.PARAMETERS,
    maker_no="9001",
    maker_name="郑伟",
    reason="新合同",
    changes=(ChangeLine("approval.field.amount", "50,000.00", "60,000.00"),),
)


def _desk() -> StandIn:
    """A supervisor's, with two requests to decide and one that is not theirs to decide."""
    desk = StandIn()
    desk.role = Role.SUPERVISOR
    desk.codes["1001"] = "492039"
    desk.approvals.requests = {each.approval_id: each for each in (OWN, may(SECOND), may(request()))}
    return desk


async def _to_list(counter: Counter) -> ApprovalsWaiting:
    await counter.sign_on()
    await counter.press("f9")
    screen = await counter.on(ApprovalsWaiting)
    await counter.until(lambda: screen._views, "the list")
    await counter.settled()
    assert isinstance(screen, ApprovalsWaiting)
    return screen


def _under_cursor(screen: ApprovalsWaiting) -> ApprovalView:
    assert screen._here is not None
    return screen._here


def _row(counter: Counter, text: str) -> int:
    return next(at for at, line in enumerate(counter.text().splitlines()) if text in line)


@acted
async def test_the_oldest_stands_first_and_is_approved_by_f10_and_a_code_and_then_says_by_whom() -> None:
    desk = _desk()
    async with at_the_counter(desk) as counter:
        await _to_list(counter)
        await counter.sees("10:34")
        assert _row(counter, "10:31") < _row(counter, "10:33") < _row(counter, "10:34")
        for text in ("户号", "61,700.00", "大额现金五万元起须授权", "还剩 14:32"):
            await counter.sees(text)
        await counter.press("enter")
        await counter.sees("回车不作决定")
        await counter.press("f10")
        await counter.on(DecideSheet)
        await counter.sees("培训口令 492039")
        await counter.type("111111")
        await counter.press("enter", "enter")
        assert desk.count("decide") == 0
        await counter.press("f10")
        await counter.sees("签到未成功")
        gate = desk.hold("decide")
        await counter.type("492039")
        await counter.bounce("f10", "f10", "ctrl+s", "escape")
        gate.set()
        await counter.on(ApprovalsWaiting)
        await counter.sees("已授权  1001 李晓燕")
        wrong, right = desk.arguments("decide")
        assert (wrong.code, right.code, right.approve, right.approval_id) == ("111111", "492039", True, "A1")
        await counter.press("f10")
        assert isinstance(counter.app.screen, ApprovalsWaiting)


@acted
async def test_a_no_asks_for_a_reason_and_ones_own_says_why_not() -> None:
    desk = _desk()
    async with at_the_counter(desk) as counter:
        await _to_list(counter)
        await counter.press("end")
        await counter.sees("您的角色没有这项权限")
        await counter.press("f10", "f4")
        assert isinstance(counter.app.screen, ApprovalsWaiting)
        await counter.press("up", "f4")
        await counter.on(DecideSheet)
        await counter.press("f10")
        await counter.sees("× 请填写")
        await counter.type("凭证没有签字")
        await counter.press("enter")
        await counter.type("492039")
        await counter.press("f10")
        await counter.on(ApprovalsWaiting)
        (command,) = desk.arguments("decide")
        assert (command.approval_id, command.approve, command.reason) == ("A2", False, "凭证没有签字")
        await counter.sees("× 未获授权")


@acted
async def test_the_cursor_stays_on_the_request_that_was_read_while_the_list_changes() -> None:
    assert LOOK_EVERY_S <= 1.0
    desk = _desk()
    async with at_the_counter(desk) as counter:
        screen = await _to_list(counter)
        await counter.press("down")
        assert _under_cursor(screen).approval_id == "A2"
        desk.approvals.decide_elsewhere("A1", Verdict.REJECTED)
        older = may(request("A0", asked_at=NOW - timedelta(minutes=5), maker_name="周海涛"))
        desk.approvals.requests["A0"] = older
        await counter.sees("周海涛")
        await counter.sees("× 未获授权  赵敏")
        assert _under_cursor(screen).approval_id == "A2"
        desk.approvals.decide_elsewhere("A2", Verdict.APPROVED)
        await counter.sees("✓ 已授权  3002 赵敏")
        assert _under_cursor(screen).approval_id == "A2"
        await counter.press("f10", "f4")
        assert isinstance(counter.app.screen, ApprovalsWaiting)
        assert desk.count("decide") == 0
        await counter.press("home", "f10")
        sheet = await counter.on(DecideSheet)
        desk.approvals.decide_elsewhere("A0", Verdict.REJECTED)
        await counter.until(lambda: screen._views["A0"].decisions)
        assert sheet._approval == older
        await counter.press("escape", "f5")
        await counter.until(lambda: set(screen._views) == {"A0", "A2", "A3"}, "what has ended goes")


@acted
async def test_f9_opens_the_list_over_whatever_is_in_front_and_goes_back_there() -> None:
    async with at_the_counter() as counter:
        await counter.press("f9")
        assert not isinstance(counter.app.screen, ApprovalsWaiting)
        await counter.sign_on()
        for opened, kind in (("1003", DeskSettings), ("5001", object), ("2001", BillPayment)):
            await counter.start(opened)
            await counter.press("f9")
            await counter.on(ApprovalsWaiting)
            await counter.press("f9", "f3")
            await counter.on(kind)
            assert opened == counter.screen.CODE
            if opened != "2001":
                await counter.press("f3")
                await counter.on(Home)
        await counter.press("f1", "f9")
        await counter.on(ApprovalsWaiting)
        await counter.press("f3")
        await counter.on(HelpScreen)
        await counter.press("escape", "ctrl+q")
        await counter.on(Confirm)
        await counter.press("f9", "escape", "escape")
        await counter.on(BillPayment)
        await counter.press("f12")
        await counter.on(LockScreen)
        await counter.press("f9")
        assert isinstance(counter.app.screen, LockScreen)


@acted
async def test_the_top_line_tells_who_decides_how_many_wait_and_rings_once_when_they_grow() -> None:
    desk = _desk()
    rung = []
    async with at_the_counter(desk) as counter:
        counter.app.bell = lambda: rung.append(1)  # type: ignore[method-assign]
        await counter.sign_on()
        await counter.sees("F9 待授权 2")
        assert len(rung) == 1
        counter.app.look_at_lights()
        await counter.until(lambda: desk.count("waiting_count") > 1)
        desk.approvals.decide_elsewhere("A1", Verdict.APPROVED)
        counter.app.look_at_lights()
        await counter.sees("F9 待授权 1")
        assert len(rung) == 1
        await counter.press("f12")
        await counter.on(LockScreen)
        assert "待授权" not in counter.text()
        asked = desk.count("waiting_count")
        counter.app.look_at_lights()
        assert desk.count("waiting_count") == asked


@acted
async def test_who_decides_nothing_is_asked_nothing_and_told_nothing() -> None:
    desk = _desk()
    desk.role = Role.AUDITOR
    async with at_the_counter(desk) as counter:
        await counter.until(lambda: counter.app.desk is not None)
        await counter.type("8001")
        await counter.press("enter")
        await counter.type("training-8001")
        await counter.press("enter")
        await counter.on(Home)
        await counter.press("f9")
        assert isinstance(counter.app.screen, Home)
        assert desk.count("waiting_count") == 0
        assert "7001" not in counter.text()


def test_the_list_looks_like_this(snapshot: SnapshotAssertion) -> None:
    shots: list[str] = []

    @acted
    async def work() -> None:
        desk = _desk()
        desk.approvals.requests["A4"] = may(CHANGE)
        async with at_the_counter(desk) as counter:
            await _to_list(counter)

            shots.extend(await shots_of(counter, (80, 24), (120, 36)))
            await counter.press("end")
            shots.extend(await shots_of(counter, (80, 24)))
            await counter.press("up", "up", "f4")
            await counter.on(DecideSheet)
            await counter.sees("492039")
            shots.extend(await shots_of(counter, (80, 24)))

    work()
    assert RULE.join(shots) == snapshot
