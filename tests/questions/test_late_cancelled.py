"""The biller's "cancelled", heard when the payment stood again: a question of its own, and nothing moves by itself."""

from __future__ import annotations

import pytest
from support.scripted import TIMEOUT, refused

from tellerdesk.bills import states as payment_states
from tellerdesk.bills.commands import AskCancellation, Cancel, CancelReason
from tellerdesk.bills.papers import BillPapers
from tellerdesk.bills.views import CancelOutcome, PaymentView
from tellerdesk.errors import Refused
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.questions import register, states
from tellerdesk.questions.commands import SettleLate
from tellerdesk.questions.views import Known, OpenQuestion, QuestionAct, QuestionKind
from tellerdesk.steps import no_hook

from .house import House


def cancelled(house: House, view: PaymentView, request_id: str) -> PaymentView:
    """Asked for, approved, carried out."""
    counter = house.counter
    consumer, reason = view.consumer_no, CancelReason.PAID_TWICE
    asking = AskCancellation(request_id, view.serial, consumer, view.amount_fen, reason, original_back=True)
    asked = counter.cancellations.ask(house.who, asking)
    assert asked.cancellation is not None
    house.eyes.approve(asked.cancellation.approval_id)
    return counter.cancellations.carry_out(house.who, Cancel(view.serial))


def heard_late(house: House, *answers: object) -> PaymentView:
    """The teller's worker is held up right before it tells the biller to cancel; another one tells it and hears these
    answers, then the first one's message arrives."""
    view = house.pay()

    def overtaken() -> None:
        house.counter.biller.script["BILLER_CANCEL"] = list(answers)
        house.sweep()

    house.meanwhile(("call.BILLER_CANCEL:before", overtaken))
    seen = cancelled(house, view, "c-1")
    house.counter.store.hook = no_hook
    return seen


def stands_and_is_not_held(house: House) -> PaymentView:
    return heard_late(house, refused("CLOSED", "系统维护"))


def the_case(house: House) -> OpenQuestion:
    [question] = [one for one in house.room.open(house.supervisor) if one.kind is QuestionKind.LATE_ANSWER]
    return question


@pytest.mark.req("B7", "B10")
def test_a_payment_that_stands_and_that_the_biller_cancelled_after_all_is_an_open_question(house: House) -> None:
    view = stands_and_is_not_held(house)
    counter = house.counter

    assert (view.state, view.word, view.cash_return) == (payment_states.SUCCESS, Word.PAID, CashReturn.NONE)
    assert (len(counter.core.effects), counter.biller.effects) == (1, {}), "core holds what the biller does not"
    case = the_case(house)
    assert (case.state, case.payment_serial, case.amount_fen) == (states.NOT_HELD, view.serial, view.amount_fen)
    assert (case.core, case.counterpart, case.own) == (Known.DONE, Known.UNDONE, False)
    assert case.advice.id == "advice.late.not_held"
    assert (case.next_step, case.next_at) == (None, None)
    assert case.may == (QuestionAct.EXPLAIN, QuestionAct.SETTLE), "the cash lies in another till"
    at_its_till = house.room.question(house.who, case.serial)
    assert at_its_till is not None
    assert at_its_till.may == (QuestionAct.CANCEL, QuestionAct.EXPLAIN)
    told = (len(counter.core.calls), len(counter.biller.calls))
    house.sweep()
    assert (len(counter.core.calls), len(counter.biller.calls)) == told, "nothing is sent before a person has spoken"
    assert len(house.cases()) == 1


def test_no_receipt_is_issued_of_it_until_that_is_settled(one_house: House) -> None:
    house, store = one_house, one_house.counter.store
    view = stands_and_is_not_held(house)
    papers = BillPapers(house.eyes.staff, None, house.counter.payments, None, store, register.is_not_held)  # type: ignore[arg-type]

    with pytest.raises(Refused, match="not_held"):
        papers.issue(house.who, view.serial)

    house.room.settle(house.supervisor, SettleLate(the_case(house).serial, "电话确认已补记"))
    with store.read() as session:
        assert not register.is_not_held(session.connection(), view.serial)


def test_cancelled_once_more_core_is_undone_once_and_the_question_is_answered(house: House) -> None:
    view = stands_and_is_not_held(house)

    again = cancelled(house, view, "c-2")

    assert (again.state, again.cash_return) == (payment_states.CANCELLED, CashReturn.DUE)
    assert again.cancellation is not None
    assert again.cancellation.outcome is CancelOutcome.CANCELLED
    assert house.counter.core.effects == house.counter.biller.effects == {}
    [case] = house.cases()
    assert (case["state"], case["unfinished"]) == (states.UNDONE, 0)
    assert [one.kind for one in house.room.open(house.supervisor)] == [QuestionKind.CASH_DUE]


def test_where_core_does_not_undo_it_the_question_stays_until_the_money_is_in_refunds_payable(one_house: House) -> None:
    house = one_house
    view = stands_and_is_not_held(house)
    house.counter.core.script["CORE_REVERSE"] = [refused("DATE_ROLLED", "已日切")]
    stuck = cancelled(house, view, "c-2")
    assert (stuck.state, the_case(house).state) == (payment_states.CANCEL_CORE_FAILED, states.NOT_HELD)

    for event in ("suspending", "suspended"):  # as a refund has it done
        house.counter.runner.fire(view.serial, event, by=house.who.staff_no, given={})

    assert house.counter.payments.payment(view.serial).state == payment_states.REFUND_DUE
    assert [case["state"] for case in house.cases()] == [states.UNDONE]


def test_a_supervisor_settles_with_the_biller_that_it_stands_and_nothing_moves(one_house: House) -> None:
    house = one_house
    view = stands_and_is_not_held(house)
    case = the_case(house)
    by_hand = SettleLate(case.serial, "供电局李工电话确认已补记")
    effects = dict(house.counter.core.effects)

    house.room.settle(house.supervisor, by_hand)
    house.room.settle(house.supervisor, by_hand)

    with pytest.raises(Refused, match="not_open"):
        house.room.settle(house.supervisor, SettleLate(case.serial, "另有说法"))
    [entry] = house.cases()
    assert (entry["state"], entry["unfinished"]) == (states.STANDS, 0)
    assert house.room.open(house.supervisor) == ()
    assert house.counter.payments.payment(view.serial).word is Word.PAID
    assert house.counter.core.effects == effects
    assert house.eyes.audited("question.settled") == [case.serial]


def test_what_is_still_in_doubt_gets_none_and_the_biller_is_asked_again(house: House) -> None:
    view = heard_late(house, TIMEOUT, TIMEOUT, TIMEOUT)

    assert (view.state, house.cases()) == (payment_states.CANCEL_BILLER_UNKNOWN, [])
    house.counter.sweep_until_done()

    assert house.counter.payments.payment(view.serial).state == payment_states.CANCELLED
    assert house.counter.core.effects == house.counter.biller.effects == {}
    assert house.cases() == []


def test_who_is_about_to_let_it_stand_meets_what_was_heard_meanwhile(one_house: House) -> None:
    """Recovery has the biller's "still paid" in its hands when the first worker's "cancelled" is kept: it does not take
    it for the last word, and asks once more."""
    house = one_house
    view = house.pay()
    counter = house.counter

    def overtaken() -> None:
        counter.biller.script["BILLER_CANCEL"] = [refused("CLOSED", "系统维护")]
        house.meanwhile(("call.BILLER_INQUIRE:after", heard))
        house.sweep()

    def heard() -> None:
        with counter.store.write("test.note") as unit:
            [entry] = [row for row in _payments(house) if row["serial"] == view.serial]
            counter.late_answers.learnt(unit, entry, payment_states.CANCEL_BILLER_SENDING, "cancelled")
            unit.commit()

    house.meanwhile(("call.BILLER_CANCEL:before", overtaken))
    seen = cancelled(house, view, "c-1")
    counter.store.hook = no_hook

    assert seen.state == payment_states.CANCEL_BILLER_CHECKING, "nobody let it stand on the strength of that alone"
    counter.sweep_until_done()
    assert counter.payments.payment(view.serial).state == payment_states.CANCELLED
    assert counter.core.effects == counter.biller.effects == {}
    assert house.cases() == []


def test_what_was_cancelled_meanwhile_is_no_question(one_house: House) -> None:
    view = heard_late(one_house)

    assert view.state == payment_states.CANCELLED
    assert "note" in one_house.steps(view.serial)
    assert one_house.cases() == []


def test_it_is_one_question_however_often_it_is_heard(one_house: House) -> None:
    view = stands_and_is_not_held(one_house)
    [entry] = [row for row in _payments(one_house) if row["serial"] == view.serial]

    with one_house.counter.store.write("test.note") as unit:
        one_house.counter.late_answers.learnt(unit, entry, payment_states.CANCEL_BILLER_UNKNOWN, "cancelled")
        unit.commit()

    assert len(one_house.cases()) == 1


def _payments(house: House) -> list[dict[str, object]]:
    from tellerdesk.journal.entries import ENTRY

    query = ENTRY.select().where(ENTRY.c.flow == payment_states.FLOW)
    return [dict(row._mapping) for row in house.counter.read(query)]
