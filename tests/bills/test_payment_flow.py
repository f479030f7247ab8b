"""The payment table at work: on both databases, against counterparts that keep their own ledgers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from conftest import SetClock
from support.counter import Counter
from support.scripted import TIMEOUT, ScriptedLink, refused, then_lost

from tellerdesk.bills import states
from tellerdesk.journal import flow as journal_flow
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.links.answers import Answer, AnswerKind
from tellerdesk.links.contracts import biller as biller_contract
from tellerdesk.links.signing import MOST_SKEW_S
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.bills.paying_desk import one_way


@pytest.fixture
def counter(store: Store, keys: Keys, clock: SetClock) -> Counter:
    counter = Counter(store, keys, clock)
    counter.open_till()
    return counter


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
