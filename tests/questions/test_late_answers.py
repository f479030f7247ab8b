"""The biller's "paid", heard when the payment had been undone: a case of its own, until the books agree."""

from __future__ import annotations

import pytest
from conftest import SetClock
from support.counter import Counter
from support.scripted import TIMEOUT, UNSENT, refused, then_lost

from tellerdesk.bills import states as payment_states
from tellerdesk.errors import BadInput, NotAllowed, Refused
from tellerdesk.journal import flow as journal_flow
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.questions import states
from tellerdesk.questions.commands import AskAboutQuestion, RetryQuestion, SettleLate
from tellerdesk.questions.views import Known, QuestionAct, QuestionKind
from tellerdesk.steps import no_hook
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

from .house import House, explain


def takes_nothing_back(biller: object) -> object:
    able = biller.capabilities.model_copy(update={"cancel": False})  # type: ignore[attr-defined]
    return biller.model_copy(update={"capabilities": able})  # type: ignore[attr-defined]


def personal(biller: object) -> object:
    consumer = biller.consumer.model_copy(update={"personal": True})  # type: ignore[attr-defined]
    return biller.model_copy(update={"consumer": consumer})  # type: ignore[attr-defined]


def test_the_table_is_sound(one_house: House) -> None:
    assert journal_flow.check(one_house.counter.late_flow) == []


@pytest.mark.req("B7")
def test_a_paid_heard_after_the_reversal_is_undone_at_the_biller_until_the_books_agree(house: House) -> None:
    view = house.heard_late()

    assert (view.word, view.cash_return) == (Word.REVERSED, CashReturn.DUE)
    assert house.counter.core.effects == {}
    assert list(house.counter.biller.effects) == [f"{view.serial}-BP-1"], "the biller holds what core does not"
    [case] = house.cases()
    assert (case["state"], case["amount_fen"], case["counterpart"]) == (states.TELLING_BILLER, view.amount_fen, "1101")
    assert case["request_id"] == f"late-{view.serial}"

    house.counter.sweep_until_done()

    [case] = house.cases()
    assert (case["state"], case["unfinished"]) == (states.UNDONE, 0)
    assert case["settled_at"] is not None
    assert house.counter.core.effects == house.counter.biller.effects == {}
    assert house.counter.payments.payment(view.serial).word is Word.REVERSED, "the payment itself is what it was"
    assert house.legs(case["serial"]) == [(f"{case['serial']}-LC-1", "OK", 1)]


def test_while_it_is_open_it_is_the_branchs_and_says_what_each_side_holds(one_house: House) -> None:
    view = one_house.heard_late()

    late, due = sorted(one_house.room.open(one_house.other), key=lambda one: one.kind, reverse=True)

    assert (late.kind, late.payment_serial, late.own) == (QuestionKind.LATE_ANSWER, view.serial, False)
    assert (late.core, late.counterpart) == (Known.UNDONE, Known.DONE)
    assert late.advice.id == "advice.late.telling"
    assert late.next_step is not None
    assert late.next_step.id == "question.next.undo_again"
    assert (due.kind, due.counterpart) == (QuestionKind.CASH_DUE, Known.DONE), "the biller has said so since"
    one_house.room.explain(one_house.who, explain(view.serial))
    one_house.staff.sign_off(one_house.who)  # a late answer is nobody's own


def test_two_workers_that_hear_it_late_open_one_case(house: House) -> None:
    house.meanwhile(
        ("call.BILLER_PAY:after", house.sweep),
        ("call.BILLER_INQUIRE:after", house.reverse_meanwhile),
    )
    view = house.pay()
    house.counter.store.hook = no_hook

    assert view.word is Word.REVERSED
    assert house.steps(view.serial).count("note") == 2
    assert len(house.cases()) == 1
    house.counter.sweep_until_done()
    assert house.counter.biller.effects == {}


def test_what_is_still_in_doubt_gets_no_case_and_one_when_it_is_reversed_after_all(house: House) -> None:
    house.counter.biller.script["BILLER_INQUIRE"] = [TIMEOUT]
    house.meanwhile(("call.BILLER_PAY:after", house.sweep))
    view = house.pay()
    house.counter.store.hook = no_hook
    assert (view.state, house.cases()) == (payment_states.BILLER_UNKNOWN, [])

    house.reverse_meanwhile()

    assert house.counter.payments.payment(view.serial).word is Word.REVERSED
    assert [case["state"] for case in house.cases()] == [states.TELLING_BILLER]
    house.counter.sweep_until_done()
    assert house.counter.core.effects == house.counter.biller.effects == {}


def test_what_is_still_in_doubt_and_stands_in_the_end_gets_none(one_house: House) -> None:
    one_house.counter.biller.script["BILLER_INQUIRE"] = [TIMEOUT]
    one_house.meanwhile(("call.BILLER_PAY:after", one_house.sweep))
    view = one_house.pay()
    one_house.counter.store.hook = no_hook

    one_house.counter.sweep_until_done()

    assert one_house.counter.payments.payment(view.serial).word is Word.PAID
    assert one_house.cases() == []
    assert one_house.counter.core.effects != {}
    assert one_house.counter.biller.effects != {}


def test_who_is_about_to_reverse_meets_what_was_heard_meanwhile(house: House) -> None:
    """Recovery has the biller's "no" in its hands when the first worker's "paid" is kept: it must not act on it
    blindly, and what comes after it does so knowing of both."""
    counter = house.counter
    another = Counter(counter.store, counter.keys, counter.clock, core=counter.core, biller=counter.biller)
    kept: list[str] = []

    def recovery_with_a_no() -> None:
        counter.biller.script["BILLER_INQUIRE"] = [refused("NO_SUCH_PAYMENT")]
        counter.let_leases_run_out()
        [(serial, version)] = another.runner.due()
        held = another.runner.claim(serial, version)
        assert held is not None

        def pause(step: str) -> None:
            if step == "call.BILLER_INQUIRE:after" and not kept:
                kept.append(serial)
                with counter.store.write("test.note") as unit:
                    entry = {"flow": payment_states.FLOW, **_entry(counter, serial)}
                    counter.late_answers.learnt(unit, entry, payment_states.BILLER_SENDING, "accepted")
                    unit.commit()

        counter.store.hook = pause
        with pytest.raises(Exception, match="taken_over"):
            another.runner.resume(held)

    house.meanwhile(("call.BILLER_PAY:after", recovery_with_a_no))
    view = house.pay()
    counter.store.hook = no_hook

    assert kept == [view.serial]
    assert counter.core.effects != {}, "nobody reversed it on the strength of that no alone"
    house.reverse_meanwhile()
    assert [case["state"] for case in house.cases()] == [states.TELLING_BILLER]
    counter.sweep_until_done()
    assert counter.core.effects == counter.biller.effects == {}


def _entry(counter: Counter, serial: str) -> dict[str, object]:
    from support.four_eyes import entry

    return entry(counter, serial)


def test_no_answer_has_the_same_message_sent_again_byte_for_byte(one_house: House) -> None:
    one_house.heard_late()
    one_house.counter.biller.script["BILLER_CANCEL"] = [TIMEOUT, UNSENT, UNSENT, then_lost]
    before = len(one_house.counter.biller.calls)

    one_house.counter.sweep_until_done()

    sent = [
        body
        for (name, _), body in zip(
            one_house.counter.biller.calls[before:], one_house.counter.biller.bodies[before:], strict=True
        )
        if name == "BILLER_CANCEL"
    ]
    assert len(sent) >= 4
    assert len(set(sent)) == 1
    assert b'"reason":"LATE_ANSWER"' in sent[0]
    assert [case["state"] for case in one_house.cases()] == [states.UNDONE]


def test_a_biller_that_refuses_leaves_it_to_a_supervisor_who_has_it_tried_once_more(house: House) -> None:
    house.heard_late()
    house.counter.biller.script["BILLER_CANCEL"] = [refused("OTHER_DAY", "已过日切")]
    house.counter.sweep_until_done()
    [case] = house.cases()
    assert case["state"] == states.STAYS_PAID
    stuck = house.room.question(house.supervisor, case["serial"])
    assert stuck is not None
    assert (stuck.counterpart, stuck.advice.id) == (Known.DONE, "advice.late.refused")
    assert stuck.advice.args["refusal"] == "已过日切"
    assert (stuck.next_step, stuck.next_at) == (None, None)
    assert stuck.may == (QuestionAct.RETRY, QuestionAct.EXPLAIN, QuestionAct.SETTLE)
    seen_by_a_teller = house.room.question(house.other, case["serial"])
    assert seen_by_a_teller is not None
    assert seen_by_a_teller.may == (QuestionAct.EXPLAIN,)
    with pytest.raises(NotAllowed):
        house.room.retry(house.who, RetryQuestion(case["serial"]))

    assert house.room.retry(house.supervisor, RetryQuestion(case["serial"])) is None

    assert house.room.retry(house.supervisor, RetryQuestion(case["serial"])) is None, "pressed again: nothing more"
    assert [leg[0][-4:] for leg in house.legs(case["serial"])] == ["LC-1", "LC-2"]
    assert house.counter.biller.effects == {}
    assert house.eyes.audited("question.retried") == [case["serial"]]


@pytest.mark.parametrize("code", ["NO_SUCH_PAYMENT", "NOT_CANCELLABLE", "CLOSED"])
def test_a_refusal_that_contradicts_its_paid_closes_nothing_by_itself(one_house: House, code: str) -> None:
    one_house.heard_late()
    one_house.counter.biller.script["BILLER_CANCEL"] = [refused(code)]
    one_house.counter.sweep_until_done()

    [case] = one_house.cases()
    stuck = one_house.room.question(one_house.supervisor, case["serial"])

    assert stuck is not None
    assert (stuck.state, stuck.counterpart) == (states.STAYS_PAID, Known.NOT_KNOWN)


def test_an_earlier_cancellation_settles_it(one_house: House) -> None:
    view = one_house.heard_late()
    leg = f"{view.serial}-BP-1"
    one_house.counter.biller.effects.pop(leg)
    one_house.counter.biller.cancelled[leg] = "X1"

    one_house.counter.sweep_until_done()

    assert [case["state"] for case in one_house.cases()] == [states.UNDONE]


def test_a_supervisor_settles_it_by_hand_and_says_how(one_house: House) -> None:
    one_house.heard_late()
    one_house.counter.biller.script["BILLER_CANCEL"] = [refused("INVOICED", "已开票")]
    [case] = one_house.cases()
    by_hand = SettleLate(case["serial"], "  供电局李工电话确认退回，传真 2026-031 ")
    with pytest.raises(Refused, match="under_way"):
        one_house.room.settle(one_house.supervisor, by_hand)
    one_house.counter.sweep_until_done()
    with pytest.raises(BadInput, match="note_needed"):
        one_house.room.settle(one_house.supervisor, SettleLate(case["serial"], "   "))
    with pytest.raises(NotAllowed):
        one_house.room.settle(one_house.who, by_hand)

    one_house.room.settle(one_house.supervisor, by_hand)
    one_house.room.settle(one_house.supervisor, by_hand)

    with pytest.raises(Refused, match="not_open"):
        one_house.room.settle(one_house.supervisor, SettleLate(case["serial"], "另有说法"))
    [case] = one_house.cases()
    assert (case["state"], case["unfinished"]) == (states.SETTLED, 0)
    assert one_house.room.question(one_house.supervisor, case["serial"]) is None
    assert one_house.eyes.audited("question.settled") == [case["serial"]]
    with pytest.raises(Refused, match="not_late"):
        one_house.room.settle(one_house.supervisor, SettleLate(one_house.cash_due(months=("2026-09",)).serial, "不是"))


def test_a_biller_that_takes_nothing_back_is_told_nothing(sqlite_store: Store, keys: Keys, clock: SetClock) -> None:
    house = House(Counter(sqlite_store, keys, clock, amend=takes_nothing_back))
    house.heard_late()

    [case] = house.cases()

    assert case["state"] == states.STAYS_PAID
    assert house.legs(case["serial"]) == []
    house.sweep()
    assert "BILLER_CANCEL" not in [name for name, _ in house.counter.biller.calls]
    stuck = house.room.question(house.supervisor, case["serial"])
    assert stuck is not None
    assert (stuck.advice.id, QuestionAct.RETRY in stuck.may) == ("advice.late.cannot", False)
    with pytest.raises(Refused, match="biller_cannot"):
        house.room.retry(house.supervisor, RetryQuestion(case["serial"]))


def test_one_that_cannot_any_more_leaves_the_intent_unsent(one_house: House, keys: Keys, clock: SetClock) -> None:
    one_house.heard_late()
    newer = Counter(one_house.counter.store, keys, clock, biller=one_house.counter.biller, amend=takes_nothing_back)
    newer.let_leases_run_out()

    newer.recovery.sweep()

    [case] = one_house.cases()
    assert case["state"] == states.STAYS_PAID
    assert one_house.legs(case["serial"]) == [(f"{case['serial']}-LC-1", "INTENT", 0)]
    one_house.room.retry(one_house.supervisor, RetryQuestion(case["serial"]))
    assert one_house.legs(case["serial"]) == [(f"{case['serial']}-LC-1", "OK", 1)], "it never left, so it keeps its id"


def test_a_teller_has_the_biller_asked_at_once(one_house: House) -> None:
    one_house.heard_late()
    [case] = one_house.cases()

    assert one_house.room.ask_again(one_house.who, AskAboutQuestion(case["serial"])) is None

    assert one_house.counter.biller.effects == {}


def test_a_personal_number_is_sealed_in_the_case_too(sqlite_store: Store, keys: Keys, clock: SetClock) -> None:
    house = House(Counter(sqlite_store, keys, clock, amend=personal))
    house.heard_late()

    [case] = house.cases()
    [late] = [one for one in house.room.open(house.other) if one.kind is QuestionKind.LATE_ANSWER]

    assert case["consumer_no"] is None
    assert case["consumer_sealed"]
    assert (late.customer_name, late.consumer_no) == ("*晓燕", "**********4639")
    assert "07550031884639" not in repr(house.room.open(house.other))
    house.counter.sweep_until_done()
    assert house.counter.biller.effects == {}, "the biller was told the number all the same"


def test_the_case_stands_or_falls_with_its_note(house: House) -> None:
    """A crash between the note and its commit leaves neither."""

    def crash(step: str) -> None:
        if step == "commit.journal.note:before":
            raise RuntimeError("power cut")

    def reverse_then_crash() -> None:
        house.reverse_meanwhile()
        house.counter.store.hook = crash

    house.meanwhile(("call.BILLER_PAY:after", reverse_then_crash))
    with pytest.raises(RuntimeError, match="power cut"):
        house.pay()
    house.counter.store.hook = no_hook

    assert house.cases() == []
    [payment] = house.counter.read(journal_entries())
    assert "note" not in house.steps(payment.serial)


def journal_entries() -> object:
    from tellerdesk.journal.entries import ENTRY

    return ENTRY.select()
