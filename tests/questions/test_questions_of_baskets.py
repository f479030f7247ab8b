"""Bills that were taken together are open one by one: what is settled of one is no part of what goes back for all."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from support.scripted import TIMEOUT, ScriptedLink, refused, then_lost

from tellerdesk.bills.basket_commands import BasketBill, HandOver, PayBasket
from tellerdesk.bills.basket_views import BasketView
from tellerdesk.bills.commands import ConfirmCashReturned
from tellerdesk.errors import Refused
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.questions.register import open_since
from tellerdesk.questions.views import QuestionAct, QuestionKind
from tellerdesk.today.room import TodayRoom

from .house import House, explain

FEN = (84_400, 12_050, 30_000)
NUMBERS = ("07550031884639", "07550031884647", "07550031884654")


def taken(house: House) -> BasketView:
    """Three bills: the first is paid, the biller refuses the second and is silent about the third."""
    counter, honest = house.counter, ScriptedLink.honest
    counter.biller.script = {
        "BILLER_PAY": [
            lambda link, _id, request, places: honest(link, "BILLER_PAY", request, places),
            refused("CLOSED", "系统维护"),
            then_lost,
        ],
        "BILLER_INQUIRE": [TIMEOUT],
    }
    bills = tuple(
        BasketBill(secrets.token_hex(16), counter.quote(number, fen=fen).quote_id, fen)
        for number, fen in zip(NUMBERS, FEN, strict=True)
    )
    return counter.baskets.pay(counter.who, PayBasket(secrets.token_hex(16), bills, sum(FEN) + 2_000))


def test_each_open_bill_of_a_basket_is_a_question_of_its_own_and_keeps_its_teller(house: House) -> None:
    view = taken(house)
    [failed], [doubt] = view.of(Word.REVERSED), view.of(Word.PROCESSING)

    questions = {question.serial: question for question in house.room.open(house.who)}

    assert set(questions) == {failed.serial, doubt.serial}
    due, unknown = questions[failed.serial], questions[doubt.serial]
    assert (due.kind, due.advice, due.amount_fen) == (QuestionKind.CASH_DUE, failed.advice, FEN[1])
    assert (unknown.kind, unknown.advice) == (QuestionKind.UNKNOWN, doubt.advice)
    assert {QuestionAct.HAND_BACK, QuestionAct.SUSPEND} <= set(due.may)
    assert (failed.advice.args["amount"], failed.advice.args["tendered"], failed.advice.args["change"]) == (
        "120.50", "120.50", "0.00",
    )  # fmt: skip
    with pytest.raises(Refused, match="count=2"):
        house.staff.sign_off(house.who)
    house.counter.baskets.hand_over(house.who, HandOver(view.basket_id, FEN[1] + 2_000))
    assert [question.serial for question in house.room.open(house.who)] == [doubt.serial]
    house.room.explain(house.who, explain(doubt.serial))
    house.staff.sign_off(house.who)


def test_cash_handed_back_from_the_list_is_no_part_of_what_is_handed_over(one_house: House) -> None:
    counter = one_house.counter
    view = taken(one_house)
    [failed] = view.of(Word.REVERSED)
    counter.payments.confirm_cash_returned(counter.who, ConfirmCashReturned(failed.serial))

    with pytest.raises(Refused, match="changed"):
        counter.baskets.hand_over(counter.who, HandOver(view.basket_id, FEN[1] + 2_000))
    counter.baskets.hand_over(counter.who, HandOver(view.basket_id, 2_000))

    assert counter.payments.payment(failed.serial).cash_return is CashReturn.RETURNED
    assert counter.till_rows(failed.serial) == [("CASH_IN", FEN[1]), ("CASH_OUT", FEN[1])]


def test_the_branchs_day_counts_the_bills_of_a_basket_one_by_one(one_house: House) -> None:
    view = taken(one_house)
    counter = one_house.counter
    room = TodayRoom(
        counter.store, one_house.staff, counter.clock, {"1101": Bilingual("电力", "Power")}, open_since,
        lambda _connection, number: number,
    )  # fmt: skip

    day = room.branch(one_house.supervisor)

    assert {each.word: (each.count, each.amount_fen) for each in day.words} == {
        Word.PAID: (1, FEN[0]), Word.REVERSED: (1, FEN[1]), Word.PROCESSING: (1, FEN[2]),
    }  # fmt: skip
    assert day.questions == 2
    [till] = day.tills
    assert till.in_fen == view.total_fen


def all_paid(house: House, **changes: Any) -> BasketView:
    counter = house.counter
    bill = BasketBill(secrets.token_hex(16), counter.quote(NUMBERS[0], fen=FEN[0]).quote_id, FEN[0])
    return counter.baskets.pay(counter.who, PayBasket(secrets.token_hex(16), (bill,), FEN[0] + 2_000, **changes))


def test_nobody_leaves_with_a_basket_nobody_has_said_was_handed_over(house: House) -> None:
    view = all_paid(house)
    with pytest.raises(Refused, match=r"error.sign_off.baskets.*count=1"):
        house.staff.sign_off(house.who)
    house.staff.sign_off(house.other)

    house.counter.baskets.hand_over(house.who, HandOver(view.basket_id, 2_000))

    house.staff.sign_off(house.who)


def test_a_basket_of_another_till_keeps_its_teller_who_can_settle_it_where_they_are(one_house: House) -> None:
    view = all_paid(one_house)
    elsewhere = one_house.sign_on("1001", till_no="09")
    with pytest.raises(Refused, match="baskets"):
        one_house.staff.sign_off(elsewhere)

    one_house.counter.baskets.hand_over(elsewhere, HandOver(view.basket_id, 2_000))

    one_house.staff.sign_off(elsewhere)


def test_what_was_said_of_a_failed_bill_is_said_of_its_basket(house: House) -> None:
    """Its cash is due, and explained: the branch has it. Nobody is kept here until the customer comes back."""
    view = taken(house)
    for payment in view.of(Word.REVERSED, Word.PROCESSING):
        with pytest.raises(Refused, match="questions"):
            house.staff.sign_off(house.who)
        house.room.explain(house.who, explain(payment.serial))

    house.staff.sign_off(house.who)

    assert [each.basket_id for each in house.counter.baskets.left_open(house.who)] == [view.basket_id]
