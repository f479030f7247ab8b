"""The list of what is open: everything of the branch, nothing of another, and what each person may do about it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conftest import SetClock
from sqlalchemy import insert, text
from support.counter import Counter
from support.scripted import TIMEOUT, refused

from tellerdesk.bills import states as payment_states
from tellerdesk.bills.commands import AskCancellation, CancelReason, ConfirmCashReturned
from tellerdesk.errors import Conflict, NotAllowed, Refused, StoreUnavailable
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.questions import register
from tellerdesk.questions.commands import AskAboutQuestion, RetryQuestion
from tellerdesk.questions.views import Known, QuestionAct, QuestionKind
from tellerdesk.steps import no_hook
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

from .house import House, explain

ASK, CANCEL, RETRY, BACK, SUSPEND, EXPLAIN = (
    *(QuestionAct.ASK_AGAIN, QuestionAct.CANCEL, QuestionAct.RETRY, QuestionAct.HAND_BACK, QuestionAct.SUSPEND),
    QuestionAct.EXPLAIN,
)


def test_a_payment_in_doubt_with_its_age_both_sides_and_the_next_step(house: House) -> None:
    view = house.in_doubt()
    house.counter.clock.advance(125)

    question = house.only()

    assert (question.serial, question.payment_serial, question.kind) == (view.serial, view.serial, QuestionKind.UNKNOWN)
    assert (question.word, question.state) == (Word.PROCESSING, payment_states.BILLER_UNKNOWN)
    assert (question.core, question.counterpart) == (Known.DONE, Known.NOT_KNOWN)
    assert (question.since, question.age_s) == (view.made_at, 125)
    assert question.next_step is not None
    assert question.next_step.id == "question.next.biller_asked"
    assert question.next_at == house.counter.payments.payment(view.serial).next_try_at
    assert question.advice == view.advice
    assert [leg.kind for leg in question.legs] == [leg.kind for leg in view.legs]
    assert (question.own, question.explained) == (True, None)
    assert question.may == (ASK, CANCEL, EXPLAIN)


def test_cash_that_is_due_back_waits_for_its_own_till(one_house: House) -> None:
    view = one_house.cash_due()
    began = one_house.counter.clock.now()
    one_house.counter.clock.advance(60)

    mine, others, supervisors = (one_house.only(who) for who in (one_house.who, one_house.other, one_house.supervisor))

    assert (mine.kind, mine.cash_return, mine.since) == (QuestionKind.CASH_DUE, CashReturn.DUE, began)
    assert (mine.core, mine.counterpart) == (Known.UNDONE, Known.NOTHING_DONE)
    assert (mine.next_step, mine.next_at) == (None, None)
    assert mine.may == (BACK, SUSPEND, EXPLAIN)
    assert others.may == ()
    assert supervisors.may == (EXPLAIN,)
    one_house.counter.payments.confirm_cash_returned(one_house.counter.who, ConfirmCashReturned(view.serial))
    assert one_house.room.open(one_house.who) == ()
    assert one_house.room.question(one_house.who, view.serial) is None


def test_what_core_refuses_to_undo_waits_for_a_supervisor_or_is_booked_to_suspense(one_house: House) -> None:
    one_house.stuck()

    mine, supervisors = one_house.only(), one_house.only(one_house.supervisor)

    assert (mine.kind, mine.state) == (QuestionKind.STUCK, payment_states.REVERSE_FAILED)
    assert (mine.core, mine.counterpart) == (Known.DONE, Known.NOTHING_DONE)
    assert (mine.next_step, mine.next_at) == (None, None)
    assert mine.may == (SUSPEND, EXPLAIN)
    assert supervisors.may == (RETRY, EXPLAIN)


def test_what_core_never_answered_is_not_offered_for_suspense(one_house: House) -> None:
    one_house.counter.core.script["CORE_REVERSE"] = [TIMEOUT] * 40
    one_house.cash_due()
    one_house.counter.sweep_until_done()

    question = one_house.only()

    assert (question.state, question.core) == (payment_states.REVERSE_FAILED, Known.NOT_KNOWN)
    assert question.may == (EXPLAIN,)


def test_a_biller_nobody_can_ask_leaves_the_payment_stuck(sqlite_store: Store, keys: Keys, clock: SetClock) -> None:
    def mute(biller: object) -> object:
        able = biller.capabilities.model_copy(update={"inquiry": False})  # type: ignore[attr-defined]
        return biller.model_copy(update={"capabilities": able})  # type: ignore[attr-defined]

    house = House(Counter(sqlite_store, keys, clock, amend=mute))
    house.in_doubt()

    question = house.only()

    assert (question.kind, question.next_step, question.next_at) == (QuestionKind.STUCK, None, None)
    assert question.may == (CANCEL, EXPLAIN)


def test_asked_again_it_is_over_or_stays_and_two_who_ask_at_once_ask_once(house: House) -> None:
    view = house.in_doubt()
    house.counter.biller.script["BILLER_INQUIRE"] = [TIMEOUT]
    still = house.room.ask_again(house.supervisor, AskAboutQuestion(view.serial))
    assert still is not None
    assert still.since == view.made_at, "the same doubt, however often it was asked about"
    asked = len(house.counter.biller.calls)
    seen: list[bool] = []

    def second() -> None:
        meanwhile = house.room.ask_again(house.other, AskAboutQuestion(view.serial))
        assert meanwhile is not None
        seen.append(QuestionAct.ASK_AGAIN in meanwhile.may)
        assert meanwhile.next_step is not None
        assert (meanwhile.next_step.id, meanwhile.next_at) == ("question.next.under_way", None)

    house.meanwhile(("call.BILLER_INQUIRE:before", second))
    assert house.room.ask_again(house.who, AskAboutQuestion(view.serial)) is None
    house.counter.store.hook = no_hook

    assert seen == [False]
    assert len(house.counter.biller.calls) == asked + 1
    assert house.room.ask_again(house.who, AskAboutQuestion(view.serial)) is None, "over: nothing is asked"
    assert len(house.counter.biller.calls) == asked + 1


def test_what_was_learned_and_cannot_be_kept_is_said(one_house: House) -> None:
    view = one_house.in_doubt()

    def gone(step: str) -> None:
        if step.startswith("commit.bill_payment"):
            raise StoreUnavailable("error.store.gone", reason="disk")

    one_house.counter.store.hook = gone
    with pytest.raises(StoreUnavailable, match="outcome_not_kept"):
        one_house.room.ask_again(one_house.who, AskAboutQuestion(view.serial))


def test_two_supervisors_who_retry_at_once_have_it_sent_once(house: House) -> None:
    view = house.stuck()
    second: list[object] = []
    house.meanwhile(
        (
            "call.CORE_REVERSE:before",
            lambda: second.append(house.room.retry(house.supervisor, RetryQuestion(view.serial))),
        )
    )

    after = house.room.retry(house.supervisor, RetryQuestion(view.serial))
    house.counter.store.hook = no_hook

    assert after is not None
    assert (after.kind, after.state) == (QuestionKind.CASH_DUE, payment_states.REVERSED)
    assert len(second) == 1
    assert [leg[0][-4:] for leg in house.legs(view.serial)].count("CR-2") == 1
    assert house.counter.core.effects == {}
    assert house.eyes.audited("question.retried") == [view.serial]


def test_reconciled_means_that_nothing_but_words_is_left(one_house: House) -> None:
    view = one_house.stuck()
    with one_house.counter.store.write("test.recon") as unit:
        unit.connection.execute(ENTRY.update().values(recon_status="DIFF"))
        unit.commit()

    assert one_house.only(one_house.supervisor).may == (EXPLAIN,)
    assert one_house.only().may == (EXPLAIN,)
    with pytest.raises(Conflict, match="reconciled"):
        one_house.room.retry(one_house.supervisor, RetryQuestion(view.serial))


def test_a_cancellation_that_waits_leaves_the_doubt_open_and_offers_no_second_one(one_house: House) -> None:
    view = one_house.in_doubt()
    one_house.counter.cancellations.ask(
        one_house.counter.who,
        AskCancellation("c" * 32, view.serial, view.consumer_no, view.amount_fen, CancelReason.PAID_TWICE, False),
    )

    question = one_house.only()

    assert (question.state, question.kind) == (payment_states.CANCEL_PENDING_UNKNOWN, QuestionKind.UNKNOWN)
    assert question.since == view.made_at
    assert question.next_step is not None
    assert question.next_step.id == "question.next.approval_over"
    assert question.may == (EXPLAIN,)


def test_what_is_paid_or_waits_for_its_first_approval_is_no_question(one_house: House) -> None:
    one_house.pay()
    one_house.counter.rules.least_fen = 1  # type: ignore[attr-defined]
    waiting = one_house.pay(months=("2026-09",))

    assert waiting.word is Word.AWAITING
    assert one_house.room.open(one_house.who) == ()
    assert one_house.room.own_count(one_house.who) == 0


def test_another_branch_sees_nothing_of_it_and_may_do_nothing(one_house: House) -> None:
    view = one_house.in_doubt()

    assert one_house.room.open(one_house.elsewhere) == ()
    for asked in (
        lambda: one_house.room.question(one_house.elsewhere, view.serial),
        lambda: one_house.room.ask_again(one_house.elsewhere, AskAboutQuestion(view.serial)),
        lambda: one_house.room.explain(one_house.elsewhere, explain(view.serial)),
    ):
        with pytest.raises(NotAllowed, match="other_branch"):
            asked()
    with pytest.raises(Refused, match="no_entry"):
        one_house.room.question(one_house.who, "9" * 22)


def test_own_ones_come_first_then_the_oldest_and_persons_are_masked(one_house: House) -> None:
    first = one_house.in_doubt(months=("2026-08",))
    one_house.counter.clock.advance(10)
    second = one_house.stuck(months=("2026-09",))
    one_house.counter.clock.advance(10)
    one_house.room.explain(one_house.who, explain(first.serial))

    assert [one.serial for one in one_house.room.open(one_house.who)] == [second.serial, first.serial]
    assert [one.serial for one in one_house.room.open(one_house.supervisor)] == [first.serial, second.serial]
    assert "王晓燕" not in repr(one_house.room.open(one_house.who))


def test_the_doubt_begins_anew_where_it_had_ended(one_house: House) -> None:
    """Cash that became due long after the payment is as old as that."""
    view = one_house.in_doubt()
    one_house.counter.clock.advance(3_600)
    one_house.counter.biller.script["BILLER_INQUIRE"] = [refused("NOTHING_OWED")]

    question = one_house.room.ask_again(one_house.who, AskAboutQuestion(view.serial))

    assert question is not None
    assert (question.kind, question.since - view.made_at) == (QuestionKind.CASH_DUE, timedelta(hours=1))


def test_a_clock_set_back_makes_no_negative_age(one_house: House) -> None:
    one_house.in_doubt()
    one_house.counter.clock.set(one_house.counter.clock.now() - timedelta(hours=2))

    assert one_house.only().age_s == 0


MANY = 1_000


def test_what_is_open_is_found_by_an_index_however_many_have_ended(house: House) -> None:
    store, view = house.counter.store, house.in_doubt()
    with store.write("test.many") as unit:
        connection = unit.connection
        [model] = connection.execute(ENTRY.select()).mappings()
        ended = {**model, "unfinished": 0, "state": "SUCCESS", "due_ms": None}
        del ended["id"]
        rows = [ended | {"serial": f"{number:022d}", "request_id": f"r{number}"} for number in range(MANY)]
        connection.execute(insert(ENTRY), rows)
        unit.commit()
    assert house.only().serial == view.serial
    with store.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        for query in (*register.OPEN, *register.UNEXPLAINED):
            of = query.params(branch_no="0712", teller_no="1001")
            written = of.compile(connection, compile_kwargs={"literal_binds": True})
            explain_word = "EXPLAIN QUERY PLAN" if store.dialect == "sqlite" else "EXPLAIN"
            plan = "\n".join(str(tuple(row)) for row in connection.execute(text(f"{explain_word} {written}")))
            assert "ix_journal_entry_unfinished" in plan or "ix_journal_entry_cash" in plan, plan
            assert "SCAN journal_entry" not in plan
            assert "Seq Scan on journal_entry" not in plan
