"""Refunds in the list of open questions: what nobody knows the end of, what the biller has undone and nobody booked,
and cash that was paid out and not handed over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.scripted import TIMEOUT, refused, then_lost

from tellerdesk.bills import states as payment_states
from tellerdesk.errors import Refused
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.questions.commands import AskAboutQuestion
from tellerdesk.questions.explaining import check_leaving
from tellerdesk.questions.room import QuestionsRoom
from tellerdesk.questions.views import Known, OpenQuestion, QuestionAct, QuestionKind
from tellerdesk.refunds import states
from tellerdesk.refunds.commands import ConfirmHandedOver
from tests.refunds.conftest import fresh, ledgers, lite, opened_ledgers, place, warm
from tests.refunds.house import House

from .house import explain, room_of

__all__ = ["fresh", "ledgers", "lite", "opened_ledgers", "place", "warm"]

Building = Callable[..., House]


@pytest.fixture
def refunding(lite: Building) -> House:
    return lite()


@pytest.fixture
def room(refunding: House) -> QuestionsRoom:
    return room_of(refunding.counter, refunding.eyes, refunding.eyes.staff)


def refund_among(room: QuestionsRoom, house: House) -> OpenQuestion:
    [found] = [one for one in room.open(house.who) if one.flow == states.FLOW]
    return found


def test_a_booking_core_does_not_answer_is_open_with_its_source(refunding: House, room: QuestionsRoom) -> None:
    payment = refunding.stuck()
    refunding.core.script["CORE_BOOK"] = [then_lost] + [TIMEOUT] * 3
    asked = refunding.suspended(payment.serial)
    assert asked.state == states.SUSPENDING

    question = refund_among(room, refunding)
    [source] = [one for one in room.open(refunding.who) if one.serial == payment.serial]

    assert (question.serial, question.payment_serial, question.kind) == (
        asked.serial,
        payment.serial,
        QuestionKind.UNKNOWN,
    )
    assert (question.core, question.counterpart) == (Known.NOT_KNOWN, Known.NOTHING_DONE)
    assert question.next_step is not None
    assert question.next_step.id == "question.next.booking_again"
    assert question.advice == asked.advice
    assert [leg.kind for leg in question.legs] == [leg.kind for leg in asked.legs]
    assert question.may == (QuestionAct.ASK_AGAIN, QuestionAct.EXPLAIN)
    assert (source.state, source.kind) == (payment_states.REVERSE_SUSPENDING, QuestionKind.STUCK)
    assert source.may == (QuestionAct.EXPLAIN,), "nobody retries or hands out what is about to be booked"

    refunding.core.script.clear()
    assert room.ask_again(refunding.who, AskAboutQuestion(question.serial)) is None

    assert room.open(refunding.who) == (), "it lies in refunds payable: 2005's list has it"
    assert refunding.flaws() == []


def test_a_consent_nobody_heard_is_open_and_asked_for_again_with_the_same_message(
    refunding: House, room: QuestionsRoom
) -> None:
    payment = refunding.paid()
    refunding.next_day()
    refunding.biller.script["BILLER_CONSENT"] = [then_lost] + [TIMEOUT] * 3
    asked = refunding.ask(payment)
    assert asked.state == states.CONSENT_UNKNOWN

    question = refund_among(room, refunding)

    assert (question.core, question.counterpart) == (Known.DONE, Known.NOT_KNOWN)
    assert question.next_step is not None
    assert question.next_step.id == "question.next.consent_again"
    with refunding.store.read() as session, pytest.raises(Refused, match="count=1"):
        check_leaving(session.connection(), refunding.who)


def test_what_the_biller_has_undone_and_nobody_has_booked_is_open(refunding: House, room: QuestionsRoom) -> None:
    payment = refunding.paid()
    refunding.next_day()
    asked = refunding.ask(payment)
    assert asked.state == states.PENDING_REFUND
    assert room.open(refunding.who) == (), "what waits for an approval has a list of its own"
    refunding.eyes.reject(asked.approval_id)
    refunding.sweep()
    assert refunding.refunds.refund(refunding.who, asked.serial).state == states.AGREED

    question = refund_among(room, refunding)

    assert (question.kind, question.word) == (QuestionKind.STUCK, Word.REFUND_DUE)
    assert (question.core, question.counterpart) == (Known.DONE, Known.UNDONE)
    assert (question.next_step, question.next_at) == (None, None)
    assert question.since == asked.made_at
    assert question.may == (QuestionAct.REFUND, QuestionAct.EXPLAIN)
    explained = room.explain(refunding.who, explain(question.serial))
    assert explained is not None
    assert not explained.own
    with refunding.store.read() as session:
        check_leaving(session.connection(), refunding.who)


def test_cash_of_a_refund_waits_at_the_till_that_pays_it_out(refunding: House, room: QuestionsRoom) -> None:
    due = refunding.suspended(refunding.reversed().serial)
    assert room.open(refunding.who) == ()
    paid = refunding.paid_out(due)
    elsewhere = refunding.eyes
    elsewhere.add("1002", refunding.who.role, "陈志强")
    other = elsewhere.sign_on("1002", "08")

    question = refund_among(room, refunding)

    assert (question.kind, question.cash_return) == (QuestionKind.CASH_DUE, CashReturn.DUE)
    assert (question.core, question.counterpart) == (Known.UNDONE, Known.NOTHING_DONE)
    assert question.may == (QuestionAct.HAND_BACK, QuestionAct.SUSPEND, QuestionAct.EXPLAIN)
    assert [one.may for one in room.open(other)] == [()]
    refunding.refunds.confirm_handed_over(refunding.who, ConfirmHandedOver(paid.serial))
    assert room.open(refunding.who) == ()


def test_cash_about_to_be_booked_is_open_and_nobody_hands_it_out(refunding: House, room: QuestionsRoom) -> None:
    payment = refunding.reversed()
    refunding.suspend(payment.serial)

    [question] = room.open(refunding.who)

    assert (question.serial, question.cash_return) == (payment.serial, CashReturn.SUSPENDING)
    assert question.may == (QuestionAct.EXPLAIN,)


def test_what_core_refuses_to_book_leaves_the_source_as_it_was(refunding: House, room: QuestionsRoom) -> None:
    payment = refunding.reversed()
    refunding.core.script["CORE_BOOK"] = [refused("CORE_CLOSED", "核心系统暂停服务")]
    refunding.suspended(payment.serial)

    [question] = room.open(refunding.who)

    assert (question.serial, question.may[:2]) == (payment.serial, (QuestionAct.HAND_BACK, QuestionAct.SUSPEND))


def test_the_books_disagree_while_a_late_answer_is_open_and_agree_once_it_is_undone(refunding: House) -> None:
    waiting = ["call.BILLER_PAY:after"]

    def reverse_meanwhile(step: str) -> None:
        if step in waiting:
            waiting.remove(step)
            refunding.biller.script["BILLER_INQUIRE"] = [refused("NO_SUCH_PAYMENT")]
            refunding.sweep()

    refunding.store.hook = reverse_meanwhile
    payment = refunding.paid()

    assert payment.word is Word.REVERSED
    [flaw] = refunding.flaws()
    assert payment.serial in flaw
    refunding.sweep()
    assert refunding.flaws() == []
