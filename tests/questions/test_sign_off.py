"""Nobody signs off before their own open questions are explained; nobody is kept here by anything else."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from support.four_eyes import PASSWORD

from tellerdesk.bills.commands import ConfirmCashReturned
from tellerdesk.errors import BadInput, Conflict, NotAllowed, Refused
from tellerdesk.journal.entries import ENTRY
from tellerdesk.questions.commands import AskAboutQuestion
from tellerdesk.questions.register import EXPLANATION
from tellerdesk.questions.states import ExplainReason, Given
from tellerdesk.questions.views import QuestionAct

from .house import House, explain


def test_sign_off_is_refused_until_each_own_question_is_explained_never_until_it_is_solved(house: House) -> None:
    first, second = house.in_doubt(months=("2026-08",)), house.cash_due(months=("2026-09",))
    assert house.room.own_count(house.who) == 2
    with pytest.raises(Refused, match=r"error.sign_off.questions.*count=2"):
        house.staff.sign_off(house.who)

    explained = house.room.explain(house.who, explain(first.serial))

    assert explained is not None
    assert (explained.own, explained.explained is not None) == (False, True)
    with pytest.raises(Refused, match="count=1"):
        house.staff.sign_off(house.who)
    assert house.room.own_count(house.who) == 1, "still signed on: what was refused has changed nothing"
    house.room.explain(house.who, explain(second.serial, reason=ExplainReason.CUSTOMER_GONE, given=Given.NOTHING))
    house.staff.sign_off(house.who)
    assert len(house.room.open(house.supervisor)) == 2, "the branch has them now"
    again = house.sign_on("1001")
    assert house.room.own_count(again) == 0
    house.staff.sign_off(again)


def test_a_question_that_ended_by_itself_keeps_nobody(one_house: House) -> None:
    view = one_house.in_doubt()
    one_house.room.ask_again(one_house.who, AskAboutQuestion(view.serial))

    one_house.staff.sign_off(one_house.who)


def test_others_questions_keep_nobody(one_house: House) -> None:
    one_house.in_doubt()

    one_house.staff.sign_off(one_house.other)
    one_house.staff.sign_off(one_house.supervisor)


def test_lock_force_expiry_and_a_second_sign_on_are_never_held_up(one_house: House) -> None:
    one_house.in_doubt()
    one_house.staff.lock_desk(one_house.who)
    one_house.staff.confirm(one_house.who, PASSWORD)
    forcing = one_house.sign_on("3001", till_no="07")  # whoever may force a sign-off ends the session at this till
    with pytest.raises(NotAllowed, match="session"):
        one_house.room.open(one_house.who)
    one_house.staff.sign_off(one_house.who)  # has ended already
    one_house.staff.sign_off(forcing)
    back = one_house.sign_on("1001")
    assert one_house.sign_on("1001", till_no="09").till_no == "09", "a desk that crashed keeps nobody out"
    one_house.staff.sign_off(back)


def test_the_words_are_kept_once_and_the_newest_counts(house: House) -> None:
    view = house.in_doubt()
    command = explain(view.serial, note="  客户赶飞机，\u3000已留电话 ")

    first = house.room.explain(house.who, command)
    assert house.room.explain(house.who, command) == first

    assert first is not None
    assert first.explained is not None
    told = first.explained
    assert (told.by, told.note, told.reason, told.given) == (
        "1001",
        "客户赶飞机, 已留电话",
        ExplainReason.BILLER_SILENT,
        Given.PROCESSING_SLIP,
    )
    assert house.eyes.audited("question.explained") == [view.serial]
    with pytest.raises(Conflict, match="other_contents"):
        house.room.explain(house.who, replace(command, given=Given.RECEIPT))
    newer = house.room.explain(
        house.other, explain(view.serial, request_id="later", reason=ExplainReason.OTHER, note="客户来电催问")
    )
    assert newer is not None
    assert newer.explained is not None
    assert (newer.explained.by, newer.explained.note) == ("1002", "客户来电催问")
    assert len(house.counter.read(EXPLANATION.select())) == 2


def test_other_reasons_need_words_of_their_own(one_house: House) -> None:
    view = one_house.in_doubt()

    with pytest.raises(BadInput, match="note_needed") as wrong:
        one_house.room.explain(one_house.who, explain(view.serial, reason=ExplainReason.OTHER, note=" \u3000 "))

    assert wrong.value.field == "note"
    assert one_house.counter.read(EXPLANATION.select()) == []


def test_only_what_is_open_can_be_explained(one_house: House) -> None:
    paid = one_house.pay()

    with pytest.raises(Refused, match="not_open"):
        one_house.room.explain(one_house.who, explain(paid.serial))


def test_a_tellers_own_is_explained_by_that_teller_or_by_a_supervisor(one_house: House) -> None:
    view = one_house.in_doubt()
    [seen] = one_house.room.open(one_house.other)
    assert QuestionAct.EXPLAIN not in seen.may
    with pytest.raises(NotAllowed, match="not_own"):
        one_house.room.explain(one_house.other, explain(view.serial))

    explained = one_house.room.explain(one_house.supervisor, explain(view.serial))

    assert explained is not None
    assert explained.explained is not None
    assert explained.explained.by == "3002"
    assert one_house.room.own_count(one_house.who) == 0


def test_two_who_explain_at_once_under_one_request_keep_it_once(house: House) -> None:
    view = house.in_doubt()
    command, barrier = explain(view.serial), threading.Barrier(4)

    def press() -> object:
        barrier.wait(30)
        return house.room.explain(house.who, command)

    with ThreadPoolExecutor(4) as pool:
        seen = [future.result(60) for future in [pool.submit(press) for _ in range(4)]]

    assert all(one == seen[0] for one in seen)
    assert len(house.counter.read(EXPLANATION.select())) == 1
    assert house.eyes.audited("question.explained") == [view.serial]


@pytest.mark.parametrize("tamper", ["UPDATE questions_explanation SET note = 'x'", "DELETE FROM questions_explanation"])
def test_what_was_said_is_never_changed(house: House, tamper: str) -> None:
    from sqlalchemy import text

    view = house.in_doubt()
    house.room.explain(house.who, explain(view.serial))

    with pytest.raises(Exception, match="questions_explanation"), house.counter.store.write("test.tamper") as unit:
        unit.connection.execute(text(tamper))


def test_cash_handed_back_frees_its_teller(one_house: House) -> None:
    view = one_house.cash_due()
    with pytest.raises(Refused, match="count=1"):
        one_house.staff.sign_off(one_house.who)

    one_house.counter.payments.confirm_cash_returned(one_house.counter.who, ConfirmCashReturned(view.serial))

    one_house.staff.sign_off(one_house.who)


def test_a_payment_is_counted_once_however_it_is_open(house: House) -> None:
    """Stuck, and its cash marked as due: found by both indexes, one question all the same."""
    house.stuck()
    with house.counter.store.write("test.both") as unit:
        unit.connection.execute(ENTRY.update().values(cash_return="DUE"))
        unit.commit()

    assert house.room.own_count(house.who) == 1
    assert len(house.room.open(house.who)) == 1
