"""The payment table at work: on both databases, against counterparts that keep their own ledgers."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from typing import Any

import pytest
from conftest import SetClock
from support.counter import Counter, teller
from support.scripted import TIMEOUT, UNSENT, ScriptedLink, refused, then_lost

from tellerdesk.bills import states
from tellerdesk.bills.commands import AskAgain, ConfirmCashReturned, RetryReversal
from tellerdesk.bills.payment_flow import Limits
from tellerdesk.errors import Conflict, IllegalTransition, LeaseLost, Refused, StoreUnavailable
from tellerdesk.journal import flow as journal_flow
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.contracts import biller as biller_contract
from tellerdesk.links.contracts import core as core_contract
from tellerdesk.links.signing import MOST_SKEW_S
from tellerdesk.steps import no_hook
from tellerdesk.store.engine import UNSURE, Store
from tellerdesk.store.keys import Keys


@pytest.fixture
def counter(store: Store, keys: Keys, clock: SetClock) -> Counter:
    counter = Counter(store, keys, clock)
    counter.open_till()
    return counter


def one_way(counter: Counter, word: Word) -> None:
    """What the books must say for a word, by serial: both counterparts' ledgers against the journal and the till."""
    for core_leg in counter.core.effects:
        view = counter.payments.payment(core_leg.split("-")[0])
        assert view.word in {Word.PAID, Word.PROCESSING}, "core holds money of a payment that is said not to stand"
    if word is Word.PAID:
        assert list(counter.core.effects.values()) == list(counter.biller.effects.values())
    if word in {Word.FAILED, Word.REVERSED}:
        assert counter.core.effects == {}
        assert counter.biller.effects == {}


def test_the_table_is_sound(counter: Counter) -> None:
    assert journal_flow.check(counter.flow) == []


@pytest.mark.req("B4", "B5", "B6")
def test_a_good_payment_posts_at_core_first_then_tells_the_biller(counter: Counter) -> None:
    bill = counter.quote()

    view = counter.payments.pay(counter.who, counter.command(bill))

    assert view.word is Word.PAID
    assert [name for name, _ in counter.core.calls] == ["CORE_POST"]
    assert [name for name, _ in counter.biller.calls] == ["BILLER_PAY"]
    assert counter.core.effects == {f"{view.serial}-CP-1": bill.total_fen}
    assert counter.biller.effects == {f"{view.serial}-BP-1": bill.total_fen}
    assert counter.till_rows(view.serial) == [("CASH_IN", bill.total_fen)]
    assert view.accounting_date == date(2026, 11, 22)
    assert (view.core_serial, view.biller_serial) != ("", "")
    assert view.advice.id == "advice.paid"


def test_a_good_payment_is_three_commits(store: Store, keys: Keys, clock: SetClock) -> None:
    counter = Counter(store, keys, clock)
    counter.open_till()
    another = counter.quote(consumer_no="07550031884699")
    counter.payments.pay(counter.who, counter.command(another))  # from here on the day is known
    command = counter.command(counter.quote())
    seen: list[str] = []
    store.hook = seen.append

    counter.payments.pay(counter.who, command)

    assert [step for step in seen if step.endswith(":after")] == [
        "commit.payment.intent:after",
        "call.CORE_POST:after",
        "commit.bill_payment.CORE_SENDING.accepted:after",
        "call.BILLER_PAY:after",
        "commit.bill_payment.BILLER_SENDING.accepted:after",
    ]


def test_core_is_not_called_before_its_intent_is_committed(store: Store, keys: Keys, clock: SetClock) -> None:
    counter = Counter(store, keys, clock)
    counter.open_till()

    def legs_committed(link: ScriptedLink, request_id: str, request: dict[str, Any], places: Any) -> Answer[Any]:
        rows = counter.read(counter_legs(request["leg_id"]))
        assert rows == [("INTENT",)], "no bytes leave before the intent stands"
        return link.honest(link.calls[-1][0], request, places)

    counter.core.script["CORE_POST"] = [legs_committed]
    counter.biller.script["BILLER_PAY"] = [legs_committed]

    assert counter.payments.pay(counter.who, counter.command(counter.quote())).word is Word.PAID


def counter_legs(leg_id: str) -> Any:
    from sqlalchemy import select

    from tellerdesk.journal.entries import LEG

    return select(LEG.c.state).where(LEG.c.leg_id == leg_id)


def test_core_refusing_leaves_the_biller_alone_and_the_cash_due_back(counter: Counter) -> None:
    counter.core.script["CORE_POST"] = [refused("ACCOUNT_FROZEN", "账户冻结")]
    bill = counter.quote()

    view = counter.payments.pay(counter.who, counter.command(bill))

    assert (view.word, view.cash_return) == (Word.FAILED, CashReturn.DUE)
    assert counter.biller.calls == []
    assert view.advice.id == "advice.core_rejected"
    assert view.advice.args["refusal"] == "账户冻结"
    one_way(counter, Word.FAILED)


@pytest.mark.req("B7")
def test_the_biller_refusing_has_core_reversed_by_itself(counter: Counter) -> None:
    counter.biller.script["BILLER_PAY"] = [refused("CLOSED", "营业时间已过")]

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert (view.word, view.cash_return) == (Word.REVERSED, CashReturn.DUE)
    assert view.advice.id == "advice.reversed"
    assert [name for name, _ in counter.core.calls] == ["CORE_POST", "CORE_REVERSE"]
    one_way(counter, Word.REVERSED)


def test_a_silent_biller_never_has_core_reversed(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [then_lost], "BILLER_INQUIRE": [TIMEOUT] * 20}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))
    for _ in range(10):
        counter.let_leases_run_out()
        counter.recovery.sweep()

    assert counter.payments.payment(view.serial).word is Word.PROCESSING
    assert "CORE_REVERSE" not in [name for name, _ in counter.core.calls]


def test_a_payment_the_biller_took_unheard_is_found_out(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [then_lost], "BILLER_INQUIRE": [TIMEOUT]}
    view = counter.payments.pay(counter.who, counter.command(counter.quote()))
    assert view.word is Word.PROCESSING

    counter.sweep_until_done()

    assert counter.payments.payment(view.serial).word is Word.PAID
    assert [name for name, _ in counter.biller.calls].count("BILLER_PAY") == 1
    one_way(counter, Word.PAID)


def test_a_payment_the_biller_never_got_is_barred_there_before_core_is_reversed(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [TIMEOUT]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.REVERSED
    assert counter.rows_taken(view.serial) == ["T1+T4", "T5", "T12", "T14v", "T14", "T16"]
    assert counter.biller.barred == {f"{view.serial}-BP-1"}
    one_way(counter, Word.REVERSED)


def test_a_payment_that_arrives_after_the_inquiry_stands(counter: Counter) -> None:
    def not_found_then_it_arrives(link: ScriptedLink, request_id: str, request: Any, places: Any) -> Answer[Any]:
        answer = link.honest("BILLER_INQUIRE", request, places)
        link.effects[places["leg_id"]] = 84_400
        return answer

    counter.biller.script = {"BILLER_PAY": [TIMEOUT], "BILLER_INQUIRE": [not_found_then_it_arrives]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.PAID
    assert counter.rows_taken(view.serial)[-1] == "T14a"
    assert view.biller_serial != ""
    one_way(counter, Word.PAID)


@pytest.mark.parametrize("told_by", ["BILLER_INQUIRE", "BILLER_TOMBSTONE"])
def test_a_payment_in_doubt_that_the_biller_calls_cancelled_is_given_back(counter: Counter, told_by: str) -> None:
    def cancelled_since(link: ScriptedLink, request_id: str, request: Any, places: Any) -> Answer[Any]:
        leg = request_id if told_by == "BILLER_TOMBSTONE" else places["leg_id"]
        told = {"result": "CANCELLED", "leg_id": leg, "amount_fen": 84_400, "code": "", "message": ""}
        told["biller_serial"] = "DL202611220000000001"
        if told_by == "BILLER_INQUIRE":
            link.effects.clear()
            return Answer(AnswerKind.ACCEPTED, biller_contract.PayStatus.model_validate(told))
        told["original_leg_id"] = request["original_leg_id"]
        return Answer(AnswerKind.ACCEPTED, biller_contract.TombstoneReply.model_validate(told))

    heard = TIMEOUT if told_by == "BILLER_TOMBSTONE" else then_lost
    counter.biller.script = {"BILLER_PAY": [heard], told_by: [cancelled_since]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert (view.word, view.cash_return) == (Word.REVERSED, CashReturn.DUE)
    one_way(counter, Word.REVERSED)


def test_without_tombstones_an_unfound_payment_waits_for_a_person(store: Store, keys: Keys, clock: SetClock) -> None:
    counter = Counter(store, keys, clock, amend=lambda biller: able(biller, tombstone=False))
    counter.open_till()
    counter.biller.script = {"BILLER_PAY": [TIMEOUT]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))
    counter.let_leases_run_out()
    counter.recovery.sweep()

    assert counter.payments.payment(view.serial).state == states.BILLER_UNKNOWN
    assert len(counter.core.effects) == 1


def test_without_an_inquiry_nothing_is_asked_and_nothing_is_sent_twice(
    store: Store, keys: Keys, clock: SetClock
) -> None:
    counter = Counter(store, keys, clock, amend=lambda biller: able(biller, tombstone=False, inquiry=False))
    counter.open_till()
    counter.biller.script = {"BILLER_PAY": [TIMEOUT]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))
    counter.let_leases_run_out()
    sweep = counter.recovery.sweep()

    assert counter.payments.payment(view.serial).word is Word.PROCESSING
    assert [name for name, _ in counter.biller.calls] == ["BILLER_PAY"]
    assert sweep.waiting == 0


def test_where_the_biller_promises_a_validity_not_found_counts_only_after_it(
    store: Store, keys: Keys, clock: SetClock
) -> None:
    counter = Counter(store, keys, clock, amend=lambda biller: able(biller, tombstone=False, message_validity_s=600))
    counter.open_till()
    counter.biller.script = {"BILLER_PAY": [TIMEOUT]}
    view = counter.payments.pay(counter.who, counter.command(counter.quote()))
    counter.let_leases_run_out()
    counter.recovery.sweep()
    assert counter.payments.payment(view.serial).state == states.BILLER_UNKNOWN

    clock.advance(601 + MOST_SKEW_S)
    counter.let_leases_run_out()
    counter.recovery.sweep()

    assert counter.payments.payment(view.serial).word is Word.REVERSED
    assert "T14t" in counter.rows_taken(view.serial)


def able(biller: Any, **changes: Any) -> Any:
    return biller.model_copy(update={"capabilities": biller.capabilities.model_copy(update=changes)})


def test_after_the_day_rolled_an_unfound_payment_waits_for_reconciliation(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [TIMEOUT], "BILLER_INQUIRE": [TIMEOUT]}
    view = counter.payments.pay(counter.who, counter.command(counter.quote()))
    counter.core.day += timedelta(days=1)

    for _ in range(3):
        counter.let_leases_run_out()
        counter.recovery.sweep()

    assert counter.payments.payment(view.serial).state == states.BILLER_UNKNOWN
    assert "BILLER_TOMBSTONE" not in [name for name, _ in counter.biller.calls]


def test_a_silent_core_that_posted_is_carried_on_while_the_teller_waits(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [then_lost]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.PAID
    assert counter.rows_taken(view.serial) == ["T1+T4", "T7", "T8", "T10"]


def test_a_core_that_answers_after_the_window_is_reversed_and_the_biller_never_told(
    store: Store, keys: Keys, clock: SetClock
) -> None:
    counter = Counter(store, keys, clock, limits=Limits(inline_window_s=60))
    counter.open_till()

    def slowly(link: ScriptedLink, request_id: str, request: Any, places: Any) -> Answer[Any]:
        clock.advance(61)
        return link.honest("CORE_INQUIRE", request, places)

    counter.core.script = {"CORE_POST": [then_lost], "CORE_INQUIRE": [slowly]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.REVERSED
    assert counter.biller.calls == []
    assert view.core_serial != ""


def test_recovery_never_tells_the_biller_of_a_posting_it_found(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [then_lost], "CORE_INQUIRE": [TIMEOUT]}
    stop_after_one_question(counter)

    counter.sweep_until_done()

    [serial] = serials(counter)
    assert counter.payments.payment(serial).word is Word.REVERSED
    assert counter.biller.calls == []
    assert counter.core.effects == {}


def stop_after_one_question(counter: Counter) -> None:
    """The desk is told to end while core is silent: it asks once and leaves the rest to recovery."""
    counter.runner.stop()
    counter.payments.pay(counter.who, counter.command(counter.quote()))
    counter.runner._stopping.clear()


def serials(counter: Counter) -> list[str]:
    from sqlalchemy import select

    from tellerdesk.journal.entries import ENTRY

    return [row[0] for row in counter.read(select(ENTRY.c.serial).order_by(ENTRY.c.id))]


def test_a_posting_core_never_got_is_barred_there(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [TIMEOUT]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.REVERSED
    assert counter.core.barred == {f"{view.serial}-CP-1"}
    assert counter.biller.calls == []
    one_way(counter, Word.REVERSED)


def test_core_silent_to_every_question_is_reversed_blind_after_n_of_them(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [then_lost], "CORE_INQUIRE": [TIMEOUT] * 3}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert counter.rows_taken(view.serial) == ["T1+T4", "T7", "T7q", "T7q", "T9q", "T16"]
    one_way(counter, Word.REVERSED)


def test_a_refusal_learned_by_asking_is_a_failure_not_a_reversal(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [TIMEOUT], "CORE_INQUIRE": [refused("INSUFFICIENT_FUNDS")]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert (view.word, view.cash_return) == (Word.FAILED, CashReturn.DUE)


def test_core_that_cannot_be_reached_fails_the_payment_after_a_second_try(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [UNSENT, UNSENT]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert (view.word, view.advice.id) == (Word.FAILED, "advice.core_rejected.no_answer")
    assert len({request_id for _, request_id in counter.core.calls}) == 1, "the same id is sent again"


def test_a_message_that_did_not_leave_is_sent_again_with_the_same_id(counter: Counter) -> None:
    counter.core.script = {"CORE_POST": [UNSENT]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.PAID
    assert counter.core.bodies[0] == counter.core.bodies[1], "resent byte for byte"


def test_a_biller_that_cannot_be_reached_has_core_reversed(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [UNSENT, UNSENT]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.REVERSED
    one_way(counter, Word.REVERSED)


@pytest.mark.parametrize("lost", [TIMEOUT, then_lost], ids=["never arrived", "answer lost"])
def test_an_unanswered_reversal_is_resent_with_the_same_id_until_it_is_answered(counter: Counter, lost: Any) -> None:
    counter.biller.script = {"BILLER_PAY": [refused("CLOSED")]}
    counter.core.script = {"CORE_REVERSE": [lost, TIMEOUT, TIMEOUT]}
    view = counter.payments.pay(counter.who, counter.command(counter.quote()))
    assert (view.word, view.cash_return) == (Word.PROCESSING, CashReturn.NONE)

    counter.sweep_until_done()

    after = counter.payments.payment(view.serial)
    assert (after.word, after.cash_return) == (Word.REVERSED, CashReturn.DUE)
    reversals = {request_id for name, request_id in counter.core.calls if name == "CORE_REVERSE"}
    assert reversals == {f"{view.serial}-CR-1"}
    one_way(counter, Word.REVERSED)


def test_a_reversal_nobody_answers_is_given_to_a_person_who_may_have_it_resent(
    store: Store, keys: Keys, clock: SetClock
) -> None:
    counter = Counter(store, keys, clock, limits=Limits(reversal_tries=3))
    counter.open_till()
    counter.biller.script = {"BILLER_PAY": [refused("CLOSED")]}
    counter.core.script = {"CORE_REVERSE": [TIMEOUT] * 3}
    view = counter.payments.pay(counter.who, counter.command(counter.quote()))
    counter.sweep_until_done()
    assert counter.payments.payment(view.serial).state == states.REVERSE_FAILED

    after = counter.payments.retry_reversal(teller("3001"), RetryReversal(view.serial))

    assert after.word is Word.REVERSED
    reversals = {request_id for name, request_id in counter.core.calls if name == "CORE_REVERSE"}
    assert reversals == {f"{view.serial}-CR-1"}, "no definite answer, no new id"


def test_a_refused_reversal_waits_for_a_person_and_is_retried_under_a_new_id(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [refused("CLOSED")]}
    counter.core.script = {"CORE_REVERSE": [refused("ACCOUNT_FROZEN")]}
    view = counter.payments.pay(counter.who, counter.command(counter.quote()))
    assert (view.state, view.word) == (states.REVERSE_FAILED, Word.PROCESSING)

    after = counter.payments.retry_reversal(teller("3001"), RetryReversal(view.serial))

    assert after.word is Word.REVERSED
    assert counter.core.calls[-1] == ("CORE_REVERSE", f"{view.serial}-CR-2")


def test_core_forgetting_a_posting_it_confirmed_is_a_case_for_a_person(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [refused("CLOSED")]}

    def forgotten(link: ScriptedLink, request_id: str, request: dict[str, Any], places: Any) -> Answer[Any]:
        link.effects.clear()
        return link.honest("CORE_REVERSE", request, places)

    counter.core.script = {"CORE_REVERSE": [forgotten]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.state == states.REVERSE_FAILED
    assert counter.rows_taken(view.serial)[-1] == "T16d"


@pytest.mark.parametrize(
    ("link", "reply"),
    [
        (
            "core",
            core_contract.PostingReply(
                result="POSTED",
                leg_id="2026112207120700000001-CP-1",
                amount_fen=1,
                core_serial="C9",
                accounting_date=date(2026, 11, 22),
                code="",
                message="",
            ),
        ),
        (
            "biller",
            biller_contract.PayReply(
                result="PAID",
                leg_id="2026112207120700000001-BP-1",
                amount_fen=1,
                biller_serial="B9",
                code="",
                message="",
            ),
        ),
    ],
)
def test_a_yes_to_another_amount_is_not_a_yes(counter: Counter, link: str, reply: Any) -> None:
    counterpart, name = (counter.core, "CORE_POST") if link == "core" else (counter.biller, "BILLER_PAY")
    counterpart.script[name] = [Answer(AnswerKind.ACCEPTED, reply)]

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.REVERSED, "unknown, asked, not found, barred, undone"
    one_way(counter, Word.REVERSED)


# The cash


def test_cash_that_is_due_goes_back_once(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [refused("CLOSED")]}
    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    first = counter.payments.confirm_cash_returned(counter.who, ConfirmCashReturned(view.serial))
    second = counter.payments.confirm_cash_returned(counter.who, ConfirmCashReturned(view.serial))

    assert first.cash_return is second.cash_return is CashReturn.RETURNED
    assert counter.till_rows(view.serial) == [("CASH_IN", 84_400), ("CASH_OUT", 84_400)]
    assert first.advice.id == "advice.cash_returned"


def test_no_cash_goes_back_for_a_payment_that_stands(counter: Counter) -> None:
    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    with pytest.raises(IllegalTransition):
        counter.payments.confirm_cash_returned(counter.who, ConfirmCashReturned(view.serial))

    assert counter.till_rows(view.serial) == [("CASH_IN", 84_400)]


# One request, one payment


def test_the_same_request_pays_once_and_is_told_the_first_outcome(counter: Counter) -> None:
    command = counter.command(counter.quote())

    first = counter.payments.pay(counter.who, command)
    second = counter.payments.pay(counter.who, command)

    assert first.serial == second.serial
    assert len(counter.core.calls) == len(counter.biller.calls) == 1
    assert counter.till_rows() == [("CASH_IN", 84_400)]


def test_the_same_request_id_with_other_contents_is_an_error(counter: Counter) -> None:
    command = counter.command(counter.quote())
    counter.payments.pay(counter.who, command)

    with pytest.raises(Conflict, match="other_contents"):
        counter.payments.pay(counter.who, dataclasses.replace(command, tendered_fen=99_900))

    assert len(counter.core.calls) == 1


def test_a_month_that_is_paid_is_not_paid_again_however_the_bills_overlap(counter: Counter) -> None:
    counter.payments.pay(counter.who, counter.command(counter.quote(months=("2026-09", "2026-10"))))

    for months in [("2026-09", "2026-10"), ("2026-10",), ("2026-10", "2026-11"), ("2026-08", "2026-09")]:
        with pytest.raises(Conflict, match="already_paid"):
            counter.payments.pay(counter.who, counter.command(counter.quote(months=months)))

    assert len(counter.core.calls) == 1
    assert len(counter.till_rows()) == 1


def test_a_payment_that_did_not_stand_gives_its_months_free(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [refused("CLOSED")]}
    counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert counter.payments.pay(counter.who, counter.command(counter.quote())).word is Word.PAID


def test_an_unknown_payment_keeps_its_months(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [then_lost], "BILLER_INQUIRE": [TIMEOUT]}
    counter.payments.pay(counter.who, counter.command(counter.quote()))

    with pytest.raises(Conflict, match="already_under_way"):
        counter.payments.pay(counter.who, counter.command(counter.quote()))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tendered_fen": 84_399}, "tendered_short"),
        ({"amount_fen": 84_399}, "not_exact"),
        ({"quote_id": "0" * 32}, "no_quote"),
    ],
)
def test_what_is_refused_before_it_begins_leaves_no_trace(counter: Counter, changes: Any, message: str) -> None:
    with pytest.raises(Refused, match=message):
        counter.payments.pay(counter.who, counter.command(counter.quote(), **changes))

    assert counter.core.calls == counter.biller.calls == counter.till_rows() == serials(counter) == []


def test_an_expired_bill_is_not_paid(counter: Counter, clock: SetClock) -> None:
    command = counter.command(counter.quote())
    clock.advance(901)

    with pytest.raises(Refused, match="quote_expired"):
        counter.payments.pay(counter.who, command)

    assert counter.core.calls == []


def test_no_till_no_payment(store: Store, keys: Keys, clock: SetClock) -> None:
    counter = Counter(store, keys, clock)

    with pytest.raises(Refused, match="not_open"):
        counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert counter.core.calls == []


# Workers


def test_a_worker_that_lost_its_lease_changes_nothing_and_leaves_a_note(counter: Counter) -> None:
    def taken_over_meanwhile(link: ScriptedLink, request_id: str, request: Any, places: Any) -> Answer[Any]:
        answer = link.honest("BILLER_PAY", request, places)
        counter.let_leases_run_out()
        other = Counter(counter.store, counter.keys, counter.clock, core=counter.core, biller=counter.biller)
        other.recovery.sweep()
        return answer

    counter.biller.script = {"BILLER_PAY": [taken_over_meanwhile]}

    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert view.word is Word.PAID
    assert counter.rows_taken(view.serial) == ["T1+T4", "T5", "T12", "T13", "note"]
    one_way(counter, Word.PAID)


def test_a_lease_that_is_held_is_not_taken(counter: Counter) -> None:
    command = counter.command(counter.quote())
    held, serial = counter.payments._begin(counter.who, command, "x")
    assert held is not None
    other = Counter(counter.store, counter.keys, counter.clock, core=counter.core, biller=counter.biller)

    assert other.runner.claim(serial) is None
    assert other.recovery.sweep().resumed == 0

    counter.runner.drive(held, live=True)
    assert counter.payments.payment(serial).word is Word.PAID


def test_a_worker_past_its_lease_sends_nothing_more(counter: Counter, clock: SetClock) -> None:
    command = counter.command(counter.quote())
    held, serial = counter.payments._begin(counter.who, command, "x")
    assert held is not None
    counter.let_leases_run_out()
    other = Counter(counter.store, counter.keys, clock, core=counter.core, biller=counter.biller)
    other.recovery.sweep()
    before = list(counter.core.calls)
    clock.advance(3600)

    with pytest.raises(LeaseLost):
        counter.runner.drive(held, live=True)

    assert counter.core.calls == before
    assert other.payments.payment(serial).word is Word.REVERSED


def test_asking_again_brings_the_next_question_forward(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [then_lost], "BILLER_INQUIRE": [TIMEOUT]}
    view = counter.payments.pay(counter.who, counter.command(counter.quote()))

    assert counter.payments.ask_again(AskAgain(view.serial), by="1001").word is Word.PAID


def test_reconciled_entries_are_left_alone(counter: Counter) -> None:
    counter.biller.script = {"BILLER_PAY": [then_lost], "BILLER_INQUIRE": [TIMEOUT]}
    view = counter.payments.pay(counter.who, counter.command(counter.quote()))
    from sqlalchemy import update

    from tellerdesk.journal.entries import ENTRY

    with counter.store.write("test.recon") as unit:
        unit.connection.execute(update(ENTRY).values(recon_status="DIFF"))
        unit.commit()
    counter.let_leases_run_out()

    assert counter.recovery.sweep().resumed == 0
    assert counter.payments.ask_again(AskAgain(view.serial), by="1001").word is Word.PROCESSING
    with pytest.raises(Conflict, match="reconciled"):
        counter.runner.fire(view.serial, "cash_returned", by="1001", given={})


def test_a_store_that_fails_before_the_intent_sends_nothing(counter: Counter) -> None:
    command = counter.command(counter.quote())

    def full(step: str) -> None:
        if step == "commit.payment.intent:before":
            raise StoreUnavailable("error.store.full")

    counter.store.hook = full
    with pytest.raises(StoreUnavailable, match="not_started"):
        counter.payments.pay(counter.who, command)

    assert counter.core.calls == serials(counter) == []


def test_a_store_that_fails_after_the_answer_is_said_so_and_found_out_later(counter: Counter) -> None:
    command = counter.command(counter.quote())

    def full(step: str) -> None:
        if step == "commit.bill_payment.BILLER_SENDING.accepted:before":
            raise StoreUnavailable("error.store.full")

    counter.store.hook = full
    with pytest.raises(StoreUnavailable, match="outcome_not_kept"):
        counter.payments.pay(counter.who, command)
    counter.store.hook = no_hook
    [serial] = serials(counter)
    assert counter.payments.payment(serial).word is Word.PROCESSING

    counter.sweep_until_done()

    assert counter.payments.payment(serial).word is Word.PAID
    one_way(counter, Word.PAID)


def test_stored_requests_are_sealed(counter: Counter) -> None:
    counter.payments.pay(counter.who, counter.command(counter.quote()))
    from sqlalchemy import select

    from tellerdesk.bills.quotes import QUOTE
    from tellerdesk.journal.entries import LEG

    stored = b"".join(bytes(row[0]) for row in counter.read(select(LEG.c.request)))
    stored += b"".join(bytes(row[0]) for row in counter.read(select(QUOTE.c.bill)))
    assert b"07550031884639" not in stored
    assert "科技园路".encode() not in stored


def test_a_personal_consumer_number_is_found_by_its_blind_index_only(store: Store, keys: Keys, clock: SetClock) -> None:
    personal = lambda biller: biller.model_copy(  # noqa: E731
        update={"consumer": biller.consumer.model_copy(update={"personal": True})}
    )
    counter = Counter(store, keys, clock, amend=personal)
    counter.open_till()
    view = counter.payments.pay(counter.who, counter.command(counter.quote(consumer_no="13800138000")))
    from sqlalchemy import select

    from tellerdesk.journal.entries import ENTRY
    from tellerdesk.store.vault import Vault

    index = Vault(keys).blind("13800138000", column="journal_entry.consumer_no")
    [row] = counter.read(select(ENTRY).where(ENTRY.c.consumer_index == index))
    assert (row.serial, row.consumer_no, row.consumer_last4) == (view.serial, None, "8000")
    assert b"13800138000" not in bytes(row.consumer_sealed)


def lose_the_commits_answer(counter: Counter, step: str, *, stands: bool) -> None:
    """The next commit of that name is answered by a broken connection; it stands or it does not."""

    def lost(name: str) -> None:
        if name == step + (":after" if stands else ":before"):
            counter.store.hook = no_hook
            raise StoreUnavailable(UNSURE)

    counter.store.hook = lost


def test_an_intent_whose_commit_was_lost_but_stands_is_found_and_undone(counter: Counter) -> None:
    command = counter.command(counter.quote())
    lose_the_commits_answer(counter, "commit.payment.intent", stands=True)

    view = counter.payments.pay(counter.who, command)

    assert view.word is Word.PROCESSING
    assert counter.core.calls == []
    counter.sweep_until_done()
    after = counter.payments.payment(view.serial)
    assert (after.word, after.cash_return) == (Word.REVERSED, CashReturn.DUE)


def test_an_intent_whose_commit_was_lost_and_does_not_stand_never_began(counter: Counter) -> None:
    command = counter.command(counter.quote())
    lose_the_commits_answer(counter, "commit.payment.intent", stands=False)

    with pytest.raises(StoreUnavailable, match="not_started"):
        counter.payments.pay(counter.who, command)

    assert counter.core.calls == serials(counter) == counter.till_rows() == []
