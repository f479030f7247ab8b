"""Locking, signing off, and being told to stop while money is under way."""

from __future__ import annotations

from screens.bill_payment import BillPayment
from screens.confirm import Confirm
from screens.help import HelpScreen
from screens.home import Home
from screens.lock import LockScreen
from screens.paid_before import PaidBeforeSheet
from screens.sign_on import SignOnScreen
from tellerdesk.errors import NotAllowed, Refused, StoreUnavailable
from tests.screens.counter import acted, at_the_counter
from tests.screens.samples import PAID_BEFORE, bill
from tests.screens.stand_in import PASSWORD, StandIn


@acted
async def test_the_lock_shows_nothing_of_the_work_and_opens_by_password_only() -> None:
    async with at_the_counter() as counter:
        await counter.to_collect()
        await counter.type("1700")
        await counter.press("f12")
        await counter.on(LockScreen)
        for secret in ("晓燕", "1,680.32", "0755", "科技园", "1700"):
            assert secret not in counter.text()
        for key in ("escape", "f3", "f2", "f1", "ctrl+q", "f12"):
            await counter.press(key)
            assert isinstance(counter.app.screen, LockScreen)
        await counter.type("wrong")
        await counter.press("enter")
        await counter.until(lambda: counter.desk.count("confirm") == 1 and not counter.screen.busy)
        assert isinstance(counter.app.screen, LockScreen)
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.on(BillPayment)
        assert "1700" in counter.text()


@acted
async def test_the_desk_is_told_of_the_lock_before_any_password_and_the_screen_does_not_wait_for_it() -> None:
    desk = StandIn()
    desk.refuse_lock = StoreUnavailable("error.store.gone", reason="x")
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        gate = desk.hold("lock")
        await counter.press("f12")
        await counter.on(LockScreen)
        assert "会照常办完" not in counter.text()
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.until(lambda: desk.entered["lock"].is_set())
        assert desk.count("confirm") == 0
        gate.set()
        await counter.on(Home)
        assert [name for name, _ in desk.calls if name in {"lock", "confirm"}] == ["lock", "confirm"]


@acted
async def test_a_session_that_is_over_leads_from_the_lock_to_an_empty_sign_on_form_that_says_why() -> None:
    desk = StandIn()
    async with at_the_counter(desk) as counter:
        await counter.to_collect()
        await counter.press("f12")
        await counter.on(LockScreen)
        desk.confirm = lambda _who, _password: (_ for _ in ()).throw(NotAllowed("error.session.revoked"))  # type: ignore[method-assign]
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.on(SignOnScreen)
        await counter.sees("您的签到已被终止")
        assert (counter.app.who, counter.app.locked, len(counter.app.screen_stack)) == (None, False, 1)


@acted
async def test_an_answer_that_asks_for_a_sheet_waits_with_it_behind_the_lock() -> None:
    desk = StandIn()
    desk.bill_given = bill(paid_before=(PAID_BEFORE,))
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.start("2001")
        gate = desk.hold("look_up")
        await counter.look_up()
        await counter.press("f12")
        await counter.on(LockScreen)
        gate.set()
        await counter.until(lambda: not counter.app.errands._under_way)
        assert isinstance(counter.app.screen, LockScreen)
        assert "1,680.32" not in counter.text()
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.on(PaidBeforeSheet)
        await counter.press("enter")
        await counter.on(BillPayment)
        assert counter.screen.has_class("-who")


@acted
async def test_an_idle_desk_locks_itself_also_under_a_sheet() -> None:
    async with at_the_counter(idle_lock_s=60.0) as counter:
        await counter.sign_on()
        await counter.press("f1")
        await counter.on(HelpScreen)
        counter.clock.advance(59)
        counter.app._lock_when_idle()
        assert not counter.app.locked
        counter.clock.advance(2)
        await counter.on(LockScreen)
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.on(HelpScreen)


@acted
async def test_the_sign_on_screen_does_not_lock() -> None:
    async with at_the_counter(idle_lock_s=60.0) as counter:
        counter.clock.advance(1000)
        counter.app._lock_when_idle()
        assert isinstance(counter.app.screen, SignOnScreen)


@acted
async def test_a_running_payment_goes_on_behind_the_lock_and_is_shown_after_it() -> None:
    async with at_the_counter() as counter:
        gate = counter.desk.hold("pay")
        await counter.to_collect()
        await counter.type("1700")
        await counter.press("f10", "f12")
        await counter.on(LockScreen)
        await counter.sees("会照常办完")
        gate.set()
        await counter.until(lambda: counter.desk.count("issue"))
        assert "缴费成功" not in counter.text()
        await counter.type(PASSWORD)
        await counter.press("enter")
        await counter.sees("缴费成功")
        assert counter.desk.count("pay") == 1


@acted
async def test_ctrl_q_asks_then_signs_off_then_leaves_the_program() -> None:
    async with at_the_counter() as counter:
        await counter.sign_on()
        await counter.press("ctrl+q")
        await counter.on(Confirm)
        await counter.press("escape")
        await counter.on(Home)
        await counter.press("ctrl+q")
        await counter.on(Confirm)
        await counter.press("enter")
        await counter.on(SignOnScreen)
        assert counter.desk.count("sign_off") == 1
        assert counter.app.who is None
        await counter.sees("柜员号")
        assert "1001 李晓燕" not in counter.text().splitlines()[0]
        await counter.press("ctrl+q")
        await counter.until(lambda: counter.app._exit)


@acted
async def test_a_sign_off_that_is_refused_keeps_the_person_here_and_says_why() -> None:
    desk = StandIn()
    desk.refuse_sign_off = Refused("error.payment.quote_expired")
    async with at_the_counter(desk) as counter:
        await counter.sign_on()
        await counter.type("1002")
        await counter.press("enter")
        await counter.on(Confirm)
        await counter.press("enter")
        await counter.until(lambda: desk.count("sign_off"))
        await counter.sees("账单")
        assert counter.app.who is not None


@acted
async def test_sigterm_ends_the_screens_while_the_payment_runs_and_leaves_it_to_be_waited_for() -> None:
    async with at_the_counter() as counter:
        gate = counter.desk.hold("pay")
        await counter.to_collect()
        await counter.type("1700")
        await counter.press("f10")
        await counter.until(lambda: counter.desk.entered["pay"].is_set())
        counter.app.leave_now()
        await counter.until(lambda: not counter.app._running)
        assert counter.desk.in_flight() == 1
        gate.set()
        await counter.until(lambda: counter.desk.in_flight() == 0)
        (errand,) = counter.app.errands.flows()
        assert errand.outcome() == counter.desk.recents[0]
