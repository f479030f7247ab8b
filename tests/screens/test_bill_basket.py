"""Several bills of one customer at the screens: not a key more for one, one count and one figure for many."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from support.long_form import LONG
from syrupy.assertion import SnapshotAssertion

from screens.basket_form import BasketForm
from screens.basket_rows import cash_of, why
from screens.bill_basket import BillBasket
from screens.bill_form import Step
from screens.bill_payment import BillPayment
from screens.confirm import Confirm
from screens.frame import KeyBar
from screens.home import Home
from screens.identity import IdentitySheet
from screens.paid_before import PaidBeforeSheet
from screens.sign_on import SignOnScreen
from tellerdesk.bills.basket_views import BasketCash, BasketLineView, BasketView
from tellerdesk.bills.commands import Method
from tellerdesk.bills.states import REVERSE_FAILED
from tellerdesk.bills.views import RefundNote
from tellerdesk.errors import Refused, StoreUnavailable
from tellerdesk.i18n import LANGUAGES, Message, words
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.money import format_fen
from tellerdesk.staff.commands import SignOn
from tests.screens.counter import LOOKS, Counter, acted, at_the_counter
from tests.screens.samples import CARD_NO, NOW, PAID_BEFORE, POWER, bill, payment, top_up
from tests.screens.stand_in import PASSWORD
from tests.screens.stand_in_baskets import cash

NUMBERS = ("07550031884620", "07550031884638", "07550031884646")
FEN = (168_032, 12_050, 30_000)
RULE = "\n" + "=" * 40 + "\n"
IN_LONG_FORM = pytest.mark.skipif(not LONG, reason="in the long form")
ALREADY = Message("error.payment.already_paid", {"serial": "S", "teller": "1002", "amount": "120.50"})


def bills(counter: Counter, place: int) -> None:
    counter.desk.bill_given = bill(
        quote_id=f"Q{place}", consumer_no=NUMBERS[place], total_fen=FEN[place], lines=bill().lines[:1]
    )


async def fill(counter: Counter, count: int = 3) -> BillPayment:
    """So many bills in the basket, the form empty again."""
    await counter.sign_on()
    await counter.start("2001")
    bills(counter, 0)
    await counter.look_up(number=NUMBERS[0])
    await counter.until(lambda: counter.screen.has_class("-bill"), "the first bill")
    await counter.press("plus")
    for place in range(1, count):
        await counter.until(lambda: counter.screen.has_class("-who"), "the empty form")
        bills(counter, place)
        await counter.type(NUMBERS[place])
        await counter.press("enter")
        await counter.until(lambda: counter.screen.has_class("-bill"), "the next bill")
        await counter.press("enter")
    await counter.until(lambda: counter.screen.has_class("-who"), "the empty form")
    return counter.form


async def filled(counter: Counter, count: int = 3) -> BillPayment:
    """As `fill`, without the keys that lead there."""
    await counter.until(lambda: counter.app.desk is not None, "the desk is open")
    counter.app.signed_on(counter.desk.sign_on(SignOn("1001", PASSWORD)))
    counter.app.push_screen(BillPayment())
    form = await counter.on(BillPayment)
    for place in range(count):
        bills(counter, place)
        assert not isinstance(counter.desk.bill_given, Exception)
        form.adding.basket.add(counter.desk.bill_given, FEN[place], knows_paid_before=False)
    form.start_over()
    await counter.until(lambda: counter.desk.count("left_open"))
    return form


async def to_basket(counter: Counter, count: int = 3) -> BillBasket:
    """The page of a basket with so many bills."""
    form = await filled(counter, count)
    form.adding.open()
    screen: BillBasket = await counter.on(BillBasket)
    return screen


async def to_outcome(counter: Counter, tendered: str = "2200") -> BillBasket:
    screen = await to_basket(counter)
    await counter.type(tendered)
    await counter.press("f10")
    await counter.until(lambda: screen.view is not None and not screen.busy, "the outcomes")
    return screen


@acted
async def test_three_bills_are_added_counted_once_and_handed_over() -> None:
    async with at_the_counter() as counter:
        await fill(counter)
        await counter.press("enter")
        screen = await counter.on(BillBasket)
        await counter.type("2200")
        await counter.press("f10")
        await counter.until(lambda: screen.view is not None and not screen.busy, "the outcomes")
        [command] = counter.desk.arguments("pay_basket")
        assert [each.quote_id for each in command.bills] == ["Q0", "Q1", "Q2"]
        assert [each.amount_fen for each in command.bills] == list(FEN)
        assert (command.tendered_fen, command.method) == (220_000, Method.CASH)
        assert len({each.request_id for each in command.bills}) == 3
        await counter.press("enter")
        await counter.until(lambda: screen.printed and not screen.busy, "printed")
        assert counter.desk.arguments("issue_basket") == [True]
        await counter.press("enter")
        await counter.on(BillPayment)
        [handed] = counter.desk.arguments("hand_over")
        assert (handed.basket_id, handed.amount_fen) == (command.basket_id, 220_000 - sum(FEN))
        assert counter.form.adding.basket.bills == ()
        assert counter.screen.has_class("-who")
        assert counter.desk.count("pay") == 0


@IN_LONG_FORM
@acted
async def test_a_single_bill_takes_not_one_key_more() -> None:
    async with at_the_counter() as counter:
        await counter.to_bill()
        await counter.press("enter")
        await counter.type("1700")
        await counter.press("f10")
        await counter.to_next_customer()
        assert counter.pressed == 7
        assert counter.desk.count("pay_basket") == 0


@IN_LONG_FORM
@acted
async def test_an_open_amount_is_typed_before_it_is_added_and_the_same_consumer_is_added_once() -> None:
    async with at_the_counter() as counter:
        await counter.sign_on()
        await counter.start("2001")
        counter.desk.bill_given = top_up()
        await counter.look_up()
        await counter.until(lambda: counter.screen.has_class("-bill"))
        await counter.press("plus")
        await counter.until(lambda: counter.screen.has_class("-collect"))
        await counter.type("50")
        await counter.press("enter", "enter")
        await counter.until(lambda: counter.screen.has_class("-who"))
        assert [added.amount_fen for added in counter.form.adding.basket.bills] == [5_000]
        counter.form.form.bill = top_up()
        counter.form.collect.start_over(top_up())
        counter.form.collect.amount_field.entry.put("50")
        counter.form.form.step = Step.COLLECT
        counter.form.adding.add()
        assert len(counter.form.adding.basket.bills) == 1
        await counter.sees("已经加入")


@acted
async def test_f10_pressed_too_often_sends_one_basket_and_nothing_leaves_it_meanwhile() -> None:
    async with at_the_counter() as counter:
        gate = counter.desk.hold("pay_basket")
        screen = await to_basket(counter, 2)
        await counter.type("2000")
        await counter.bounce("f10", "f10", "ctrl+s", "enter", "enter", "f10")
        await counter.until(lambda: counter.desk.count("pay_basket"))
        for key in ("escape", "f3", "f2", "ctrl+q", "plus"):
            await counter.press(key)
            assert counter.app.screen is screen, key
        gate.set()
        await counter.until(lambda: screen.view is not None and not screen.busy)
        assert counter.desk.count("pay_basket") == 1
        assert counter.desk.count("hand_over") == 0


@IN_LONG_FORM
@acted
async def test_enter_alone_never_sends_a_basket() -> None:
    async with at_the_counter() as counter:
        await to_basket(counter, 2)
        await counter.type("2000")
        await counter.press("enter", "enter", "enter")
        await counter.sees("回车不会动钱")
        assert counter.desk.count("pay_basket") == 0


@acted
async def test_what_failed_is_part_of_one_figure_that_is_confirmed() -> None:
    async with at_the_counter() as counter:
        counter.desk.baskets.ends = {1: Word.REVERSED, 2: ALREADY}
        screen = await to_outcome(counter)
        back = 220_000 - FEN[0]
        await counter.sees("519.68")
        await counter.press("enter")
        await counter.until(lambda: screen.printed and not screen.busy)
        await counter.press("enter")
        await counter.on(Confirm)
        await counter.press("enter")  # the first answer is no
        assert counter.desk.count("hand_over") == 0
        await counter.press("enter")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        await counter.on(BillPayment)
        assert [each.amount_fen for each in counter.desk.arguments("hand_over")] == [back]


@acted
async def test_cash_booked_to_refunds_payable_meanwhile_is_neither_confirmed_nor_handed_over() -> None:
    async with at_the_counter(language="en") as counter:
        baskets = counter.desk.baskets
        baskets.ends = {1: Word.REVERSED}
        screen = await to_outcome(counter)
        await counter.press("enter")
        await counter.until(lambda: screen.printed and not screen.busy)
        [(basket_id, view)] = baskets.known.items()
        change_fen = 220_000 - sum(FEN)
        owed = view.lines[1].payment
        assert owed is not None
        assert view.cash.to_hand_over_fen == change_fen + FEN[1]
        asked = dataclasses.replace(
            owed,
            cash_return=CashReturn.SUSPENDING,
            advice=Message("advice.cash_suspending", {"amount": "120.50"}),
            refund=RefundNote("2026112207120700000900", "UNCLAIMED_CASH", "PENDING_SUSPENSE", Word.AWAITING),
        )
        lines = (view.lines[0], dataclasses.replace(view.lines[1], payment=asked), view.lines[2])
        baskets.known[basket_id] = dataclasses.replace(view, lines=lines, cash=cash(view.tendered_fen, lines))
        baskets.refuses_hand_over = [Refused("error.basket.changed", amount=format_fen(change_fen))]

        await counter.press("enter")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        await counter.until(lambda: screen.view is not None and screen.view.cash.due_fen == 0 and not screen.busy)
        await counter.sees("are asked to be booked to")
        await counter.press("enter")
        await counter.on(BillPayment)
        assert [each.amount_fen for each in counter.desk.arguments("hand_over")] == [change_fen + FEN[1], change_fen]


def test_a_bill_that_does_not_settle_by_itself_says_so_instead() -> None:
    stuck = payment(Word.PROCESSING, state=REVERSE_FAILED, advice=Message("advice.reverse_failed", {"amount": "1.00"}))
    note = RefundNote("2026112207120700000900", "NEXT_DAY", "CONSENT_UNKNOWN", Word.PROCESSING)
    asked = payment(Word.PROCESSING, refund=note, advice=Message("advice.refund_biller_asked", {"amount": "1.00"}))
    of = BasketLineView(0, "R0", "Q0", POWER.name, POWER.item, NUMBERS[0], "*晓燕", 100)
    for each, begins in (
        (payment(Word.PROCESSING), "basket.why.processing"),
        (stuck, "advice.reverse_failed"),
        (asked, "advice.refund_biller_asked"),
    ):
        said = why(dataclasses.replace(of, payment=each))(words("en")).plain
        assert said == words("en")(begins, amount="1.00"), begins


@IN_LONG_FORM
@acted
async def test_a_basket_of_which_nothing_began_gives_all_the_cash_back_and_books_nothing() -> None:
    async with at_the_counter() as counter:
        counter.desk.baskets.ends = dict.fromkeys(range(3), ALREADY)
        await to_outcome(counter)
        await counter.sees("2,200.00")
        await counter.press("enter")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        await counter.on(BillPayment)
        assert counter.desk.count("hand_over") == counter.desk.count("issue_basket") == 0


@IN_LONG_FORM
@acted
async def test_the_rest_is_begun_under_the_same_requests_after_asking() -> None:
    async with at_the_counter() as counter:
        counter.desk.baskets.ends = {1: ALREADY}
        screen = await to_outcome(counter)
        counter.desk.baskets.ends = {}
        await counter.press("plus")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        await counter.until(lambda: counter.desk.count("pay_basket") == 2 and not screen.busy)
        first, second = counter.desk.arguments("pay_basket")
        assert first == second  # nobody has been warned of anything, so nothing is confirmed


@IN_LONG_FORM
@acted
async def test_a_bill_that_was_paid_before_is_begun_only_after_the_teller_was_told() -> None:
    async with at_the_counter() as counter:
        warned = Message("error.payment.paid_before", {"serial": "S", "teller": "1002", "amount": "120.50"})
        counter.desk.baskets.ends = {1: warned}
        screen = await to_outcome(counter)
        counter.desk.baskets.ends = {}
        await counter.press("plus")
        await counter.on(Confirm)
        await counter.sees("近日缴过")
        await counter.press("right", "enter")
        await counter.until(lambda: counter.desk.count("pay_basket") == 2 and not screen.busy)
        assert all(each.knows_paid_before for each in counter.desk.arguments("pay_basket")[1].bills)


@IN_LONG_FORM
@acted
async def test_an_answer_that_is_not_known_is_asked_for_with_the_same_basket() -> None:
    async with at_the_counter() as counter:
        screen = await to_basket(counter, 2)
        counter.desk.baskets.refuses = [StoreUnavailable("error.basket.not_read")]
        await counter.type("2000")
        await counter.press("f10")
        await counter.sees("不会重复扣款")
        assert screen.count.tendered.entry.disabled
        await counter.press("f10")
        await counter.until(lambda: screen.view is not None)
        first, second = counter.desk.arguments("pay_basket")
        assert first == second


@IN_LONG_FORM
@acted
async def test_large_cash_asks_once_for_who_brings_it() -> None:
    async with at_the_counter() as counter:
        await to_basket(counter, 2)
        counter.desk.baskets.refuses = [Refused("error.payment.identity_needed", least="10,000.00")]
        await counter.type("2000")
        await counter.press("f10")
        await counter.on(IdentitySheet)
        await counter.press("escape")
        assert counter.desk.count("pay_basket") == 1


@IN_LONG_FORM
@acted
async def test_what_was_paid_before_is_asked_about_on_one_page_before_the_cash() -> None:
    async with at_the_counter() as counter:
        screen = await to_basket(counter)
        first, *rest = screen.form.bills
        before = [
            dataclasses.replace(each, bill=dataclasses.replace(each.bill, paid_before=(PAID_BEFORE,))) for each in rest
        ]
        screen.form.bills = (first, *before)
        await counter.type("2200")
        await counter.press("f10")
        sheet = await counter.on(PaidBeforeSheet)
        assert len(sheet._before) == 2
        assert counter.desk.count("pay_basket") == 0
        await counter.press("right", "enter")
        await counter.on(BillBasket)
        await counter.press("f10")
        await counter.until(lambda: counter.desk.count("pay_basket"))
        [command] = counter.desk.arguments("pay_basket")
        assert [each.knows_paid_before for each in command.bills] == [True] * 3


@IN_LONG_FORM
@acted
async def test_a_bill_is_taken_out_and_the_last_one_leads_back() -> None:
    async with at_the_counter() as counter:
        screen = await to_basket(counter, 2)
        screen.query_one("#bills").focus()
        await counter.press("delete")
        assert len(screen.form.bills) == 1
        screen.query_one("#bills").focus()
        await counter.press("delete")
        await counter.on(BillPayment)
        assert not counter.form.form.adding


@IN_LONG_FORM
@acted
async def test_an_account_agrees_to_each_bill_on_the_pad() -> None:
    async with at_the_counter() as counter:
        screen = await to_basket(counter, 2)
        await counter.press("insert")
        await counter.type(CARD_NO)
        await counter.press("enter")
        await counter.until(lambda: screen.count.account.view is not None and not screen.busy)
        for read in (1, 2):
            await counter.press("enter")
            await counter.until(lambda read=read: counter.desk.count("read_pin") == read and not screen.busy)
        assert [each.amount_fen for each in counter.desk.arguments("read_pin")] == list(FEN[:2])
        await counter.press("f10")
        await counter.until(lambda: screen.view is not None and not screen.busy)
        [command] = counter.desk.arguments("pay_basket")
        assert (command.method, command.tendered_fen) == (Method.ACCOUNT, 0)
        assert all(each.account.pin_block for each in command.bills)


def left_over(counter: Counter, **changes: Any) -> BasketView:
    """A basket of three whose desk died after the first was begun, as it is offered later."""
    lines = tuple(
        BasketLineView(place, f"R{place}", f"Q{place}", POWER.name, POWER.item, NUMBERS[place], "*晓燕", FEN[place])
        for place in range(3)
    )
    paid = payment(Word.PAID, 301, amount_fen=FEN[0], tendered_fen=FEN[0])
    lines = (dataclasses.replace(lines[0], payment=paid), *lines[1:])
    told: dict[str, Any] = {"method": Method.CASH, "tendered_fen": sum(FEN) + 2_000, "till_no": "07"} | changes
    by_cash = told["method"] is Method.CASH
    view = BasketView(
        "B1", total_fen=sum(FEN), made_at=NOW, branch_no="0712", teller_no="1001", lines=lines,
        cash=cash(told["tendered_fen"], lines) if by_cash else BasketCash(), **told,
    )  # fmt: skip
    counter.desk.baskets.known[view.basket_id] = view
    counter.desk.baskets.open_ones = (view,)
    return view


async def opened_again(counter: Counter, **changes: Any) -> BillBasket:
    """From signing on to the basket that was left."""
    await counter.until(lambda: counter.app.desk is not None, "the desk is open")
    counter.app.signed_on(counter.desk.sign_on(SignOn("1001", PASSWORD)))
    view = left_over(counter, **changes)
    screen = BillBasket(BasketForm(), lambda _over: None, view)
    counter.app.push_screen(screen)
    await counter.on(BillBasket)
    return screen


def test_what_may_have_been_debited_is_not_called_undebited() -> None:
    view = BasketView(
        "B1", Method.ACCOUNT, FEN[0] + FEN[1], 0, NOW, "0712", "07", "1001",
        tuple(
            BasketLineView(place, f"R{place}", f"Q{place}", POWER.name, POWER.item, NUMBERS[place], "*晓燕", FEN[place],
                           payment(word, 301 + place, amount_fen=FEN[place], method=Method.ACCOUNT))
            for place, word in enumerate((Word.PAID, Word.PROCESSING))
        ), BasketCash(),
    )  # fmt: skip

    told = [f"{figure.label(words('en')).plain} {figure.value(words('en')).plain}" for figure in cash_of(view)]

    assert told == ["Debited to the account 1,680.32", "In doubt, may be debited 120.50"]


@acted
async def test_what_an_account_did_not_get_to_is_agreed_to_anew_and_begun() -> None:
    async with at_the_counter() as counter:
        screen = await opened_again(counter, method=Method.ACCOUNT, tendered_fen=0)
        await counter.sees("未办")
        await counter.press("plus")
        await counter.on(Confirm)
        assert "重新同意" in counter.sheet_text()
        await counter.press("right", "enter")
        await counter.until(lambda: screen.agreeing)
        await counter.type(CARD_NO)
        await counter.press("enter")
        await counter.until(lambda: screen.count.account.view is not None and not screen.busy)
        [asked] = counter.desk.arguments("account")
        assert asked.quote_id == "Q1"
        await counter.press("f10")
        assert not counter.desk.count("go_on_with_basket"), "nobody has agreed"
        for read in (1, 2):
            await counter.press("enter")
            await counter.until(lambda read=read: counter.desk.count("read_pin") == read and not screen.busy)
        assert [each.amount_fen for each in counter.desk.arguments("read_pin")] == list(FEN[1:])
        await counter.press("f10")
        await counter.until(lambda: counter.desk.count("go_on_with_basket") and not screen.busy)
        [command] = counter.desk.arguments("go_on_with_basket")
        assert {request: each.account_no for request, each in command.accounts.items()} == {
            "R1": CARD_NO, "R2": CARD_NO,
        }  # fmt: skip
        assert all(each.pin_block for each in command.accounts.values())
        assert screen.view is not None
        assert (screen.over, screen.view.not_begun) == (True, ())


@IN_LONG_FORM
@acted
async def test_who_does_not_agree_after_all_is_back_at_what_became_of_the_basket() -> None:
    async with at_the_counter() as counter:
        screen = await opened_again(counter, method=Method.ACCOUNT, tendered_fen=0)
        await counter.press("plus")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        await counter.until(lambda: screen.agreeing)
        await counter.press("escape")
        await counter.until(lambda: screen.over)
        assert counter.screen is screen
        await counter.press("enter")
        await counter.until(lambda: screen.printed and not screen.busy)
        await counter.press("enter")
        await counter.on(Home)
        assert [each.amount_fen for each in counter.desk.arguments("hand_over")] == [0]


@acted
async def test_at_another_till_nothing_more_of_a_basket_is_begun() -> None:
    async with at_the_counter() as counter:
        screen = await opened_again(counter, till_no="09")
        assert "basket" not in screen.working_keys()
        await counter.press("plus")
        assert not counter.desk.count("go_on_with_basket")


@acted
async def test_signing_off_leads_to_the_basket_nobody_handed_over_and_back_once_it_is() -> None:
    async with at_the_counter() as counter:
        await counter.until(lambda: counter.app.desk is not None, "the desk is open")
        view = left_over(counter)
        counter.app.signed_on(counter.desk.sign_on(SignOn("1001", PASSWORD)))
        await counter.on(Home)
        await counter.sees("合并缴费还有 1 次没有结清")
        counter.desk.refuse_sign_off = Refused("error.sign_off.baskets", count=1)
        await counter.press("ctrl+q")
        await counter.on(Confirm)
        await counter.press("enter")
        screen = await counter.on(BillBasket)
        await counter.sees("还有 1 次合并缴费没有与客户结清，未签退")
        await counter.press("enter")
        await counter.until(lambda: screen.printed and not screen.busy)
        counter.desk.refuse_sign_off = None
        await counter.press("enter")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        await counter.on(Confirm)
        assert "签退" in counter.sheet_text()
        await counter.press("enter")
        await counter.on(SignOnScreen)
        [handed] = counter.desk.arguments("hand_over")
        assert handed.amount_fen == view.cash.to_hand_over_fen


@IN_LONG_FORM
@acted
async def test_leaving_a_list_that_was_not_sent_is_asked_about() -> None:
    async with at_the_counter() as counter:
        await to_basket(counter, 2)
        await counter.press("f3")
        await counter.on(BillPayment)
        await counter.press("f3")
        await counter.on(Confirm)
        await counter.press("enter")
        await counter.on(BillPayment)
        await counter.press("f2")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        await counter.on(Home)


@IN_LONG_FORM
@acted
async def test_a_basket_left_open_is_offered_and_can_be_finished() -> None:
    async with at_the_counter() as counter:
        counter.desk.baskets.ends = {1: Word.PROCESSING, 2: ALREADY}
        screen = await to_outcome(counter)
        assert screen.view is not None
        counter.desk.baskets.open_ones = (screen.view,)
        await counter.press("f3")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        await counter.on(BillPayment)
        await counter.sees("还没有结清")
        await counter.press("plus")
        again = await counter.on(BillBasket)
        await counter.press("plus")
        await counter.on(Confirm)
        await counter.press("right", "enter")
        await counter.until(lambda: counter.desk.count("go_on_with_basket") and not again.busy)
        assert again.view.not_begun == ()


@IN_LONG_FORM
@acted
async def test_a_lock_over_a_basket_keeps_what_came_of_it() -> None:
    async with at_the_counter() as counter:
        gate = counter.desk.hold("pay_basket")
        screen = await to_basket(counter, 2)
        await counter.type("2000")
        await counter.press("f10")
        await counter.until(lambda: counter.desk.count("pay_basket"))
        await counter.press("f12")
        await counter.until(lambda: counter.app.locked)
        gate.set()
        await counter.until(lambda: screen.view is not None)
        await counter.type("training-1001")
        await counter.press("enter")
        await counter.on(BillBasket)
        await counter.sees("缴费成功")


@acted
async def test_the_key_bar_fits_80_columns_at_every_stage_in_both_languages() -> None:
    async with at_the_counter() as counter:

        def fits() -> None:
            for language in LANGUAGES:
                counter.app.words = words(language)
                cells = [content.cell_length for _, content in counter.app.screen.query_one(KeyBar).cells()]
                assert sum(cells) + 2 * (len(cells) - 1) <= 78, [
                    content.plain for _, content in counter.app.screen.query_one(KeyBar).cells()
                ]

        screen = await to_basket(counter)
        fits()
        screen.query_one("#bills").focus()
        await counter.settled()
        fits()
        await counter.press("insert")
        fits()
        await counter.press("insert")
        counter.desk.baskets.ends = {1: Word.PROCESSING, 2: ALREADY}
        await counter.type("2200")
        await counter.press("f10")
        await counter.until(lambda: screen.view is not None and not screen.busy)
        fits()
        await counter.press("enter")
        await counter.until(lambda: screen.printed and not screen.busy)
        fits()
        await counter.press("f3", "right", "enter")
        form = await counter.on(BillPayment)
        for adding in (False, True):
            form.form.bill, form.form.adding, form.form.step = bill(), adding, Step.BILL
            fits()


@LOOKS
def test_a_basket_looks_like_this(size: tuple[int, int], language: str, snapshot: SnapshotAssertion) -> None:
    shots: list[str] = []

    @acted
    async def work() -> None:
        async with at_the_counter(size=size, language=language) as counter:

            async def shot() -> None:
                shots.append(await counter.still())

            form = await filled(counter, 2)
            await counter.until(lambda: counter.app.lights and counter.app.till_known)
            form.who_part.choose(POWER)
            await counter.settled()
            await shot()
            bills(counter, 2)
            await counter.type(NUMBERS[2])
            await counter.press("enter")
            await counter.until(lambda: counter.screen.has_class("-bill"))
            await shot()
            await counter.press("enter")
            await counter.until(lambda: counter.screen.has_class("-who"))
            await counter.press("enter")
            screen = await counter.on(BillBasket)
            await counter.type("2200")
            await shot()
            gate = counter.desk.hold("pay_basket")
            counter.desk.baskets.ends = {1: Word.REVERSED, 2: Word.PROCESSING}
            await counter.press("f10")
            await counter.until(lambda: counter.desk.count("pay_basket"))
            await shot()
            gate.set()
            await counter.until(lambda: screen.view is not None and not screen.busy)
            await shot()
            await counter.press("enter")
            await counter.until(lambda: screen.printed and not screen.busy)
            await shot()

    work()
    for shown in shots:
        lines = [line for line in shown.splitlines() if "…  " not in line and "… " not in line]
        assert not [line for line in lines if line.endswith("…")], shown
    assert RULE.join(shots) == snapshot
