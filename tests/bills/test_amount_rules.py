"""What may be paid, what a payment speaks for, and who is warned: by the biller's amount rule, on both databases."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from conftest import SetClock
from sqlalchemy import event, select, text
from support.counter import Counter, ruled, teller
from support.scripted import TIMEOUT, ScriptedLink, refused, then_lost

from tellerdesk.audit.models import AuditRow
from tellerdesk.billers.catalogue import Hours
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills.duplicates import BY_INDEX, BY_NUMBER
from tellerdesk.bills.payment_flow import CLAIM
from tellerdesk.bills.quotes import KeptBill
from tellerdesk.bills.views import PaymentView
from tellerdesk.errors import Conflict, Refused
from tellerdesk.journal.states import Word
from tellerdesk.links.answers import Answer
from tellerdesk.links.contracts.biller import PayReply
from tellerdesk.store.base import table_of
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tellerdesk.store.vault import Vault

PHONE = "13800138000"
TOP_UP = ruled(AmountRule.FREE, personal=True, min_fen=1_000, max_fen=50_000, step_fen=1_000)
IN_PART = ruled(AmountRule.PART_OLDEST_FIRST)
OR_MORE = ruled(AmountRule.EXACT_OR_MORE)


@pytest.fixture
def at(store: Store, keys: Keys, clock: SetClock) -> Any:
    """Opens a counter with an open till over the test's database."""

    def open_counter(amend: Any, **given: Any) -> Counter:
        counter = Counter(store, keys, clock, amend=amend, **given)
        counter.open_till()
        return counter

    return open_counter


def pay(counter: Counter, bill: KeptBill, fen: int, **changes: Any) -> PaymentView:
    command = counter.command(bill, amount_fen=fen, tendered_fen=fen, **changes)
    return counter.payments.pay(counter.who, command)


def claims(counter: Counter) -> set[str]:
    return {row.claim_key for row in counter.read(select(CLAIM))}


# What may be paid


@pytest.mark.req("B1", "B4")
@pytest.mark.parametrize(
    ("amend", "fen"),
    [(OR_MORE, 84_400), (OR_MORE, 90_000), (IN_PART, 84_400), (IN_PART, 1), (IN_PART, 30_000)],
)
def test_what_the_rule_allows_is_posted_and_told_to_the_biller(at: Any, amend: Any, fen: int) -> None:
    counter = at(amend)

    view = pay(counter, counter.quote(), fen)

    assert (view.word, view.amount_fen) == (Word.PAID, fen)
    assert list(counter.core.effects.values()) == list(counter.biller.effects.values()) == [fen]
    assert counter.till_rows() == [("CASH_IN", fen)]


@pytest.mark.req("B1")
@pytest.mark.parametrize("fen", [1_000, 50_000])
def test_somebody_who_owes_nothing_pays_in_what_they_like(at: Any, fen: int) -> None:
    counter = at(TOP_UP)

    view = pay(counter, counter.topping_up(), fen)

    assert view.word is Word.PAID
    assert list(counter.biller.effects.values()) == [fen]


@pytest.mark.req("B4")
@pytest.mark.parametrize(
    ("amend", "fen", "message"),
    [
        (ruled(AmountRule.EXACT), 84_399, "not_exact"),
        (OR_MORE, 84_399, "less_than_owed"),
        (IN_PART, 84_401, "more_than_owed"),
        (IN_PART, 0, "out_of_bounds"),
        (ruled(AmountRule.PART_OLDEST_FIRST, min_fen=1_000), 999, "out_of_bounds"),
        (ruled(AmountRule.PART_OLDEST_FIRST, step_fen=100), 150, "not_in_steps"),
    ],
)
def test_what_the_rule_does_not_allow_leaves_no_trace(at: Any, amend: Any, fen: int, message: str) -> None:
    counter = at(amend)

    with pytest.raises(Refused, match=message):
        pay(counter, counter.quote(), fen)

    assert counter.core.calls == counter.till_rows() == []
    assert claims(counter) == set()


@pytest.mark.parametrize(("fen", "message"), [(0, "bounds"), (-1_000, "bounds"), (51_000, "bounds"), (1_500, "steps")])
def test_a_free_amount_keeps_within_bounds_and_steps(at: Any, fen: int, message: str) -> None:
    counter = at(TOP_UP)

    with pytest.raises(Refused, match=message):
        pay(counter, counter.topping_up(), fen)

    assert counter.core.calls == counter.till_rows() == []


def test_what_is_left_of_a_part_payment_is_told(at: Any) -> None:
    counter = at(IN_PART)

    assert pay(counter, counter.quote(), 30_000).outstanding_fen == 54_400


def test_the_balance_is_the_one_the_biller_told(at: Any) -> None:
    counter = at(TOP_UP)

    def told(link: ScriptedLink, request_id: str, request: dict[str, Any], places: Any) -> Answer[Any]:
        answer = link.honest("BILLER_PAY", request, places)
        assert isinstance(answer.body, PayReply)
        return Answer(answer.kind, answer.body.model_copy(update={"balance_fen": 12_345}))

    counter.biller.script["BILLER_PAY"] = [told]

    assert pay(counter, counter.topping_up(balance_fen=2_000), 10_000).balance_fen == 12_345
    other = pay(counter, counter.topping_up("13900139000", balance_fen=2_000), 10_000)
    assert other.balance_fen is None, "never reckoned by the desk"


# What a payment speaks for


@pytest.mark.parametrize("amend", [ruled(AmountRule.EXACT), OR_MORE])
def test_months_that_are_paid_whole_stay_spoken_for(at: Any, amend: Any) -> None:
    counter = at(amend)
    pay(counter, counter.quote(months=("2026-09", "2026-10")), 168_800)

    with pytest.raises(Conflict, match="already_paid"):
        pay(counter, counter.quote(), 84_400, knows_paid_before=True)
    assert claims(counter) == {"1101|07550031884639|2026-09", "1101|07550031884639|2026-10"}


def test_a_bill_is_paid_in_parts_one_after_the_other(at: Any) -> None:
    counter = at(IN_PART)

    first = pay(counter, counter.quote(), 30_000)
    second = pay(counter, counter.quote(fen=54_400), 54_400, knows_paid_before=True)

    assert first.word is second.word is Word.PAID
    assert claims(counter) == set()
    assert sorted(counter.biller.effects.values()) == [30_000, 54_400]


@pytest.mark.parametrize(("amend", "fen"), [(IN_PART, 30_000), (TOP_UP, 10_000)])
def test_two_at_once_for_the_same_consumer_are_one(at: Any, amend: Any, fen: int) -> None:
    counter = at(amend)
    free = counter.flow._billers["1101"].amount.rule is AmountRule.FREE
    bills = [counter.topping_up() if free else counter.quote() for _ in range(2, 5)]
    counter.biller.script = {"BILLER_PAY": [then_lost], "BILLER_INQUIRE": [TIMEOUT]}
    assert pay(counter, bills[0], fen).word is Word.PROCESSING

    with pytest.raises(Conflict, match="already_under_way"):
        pay(counter, bills[1], fen, knows_paid_before=True)

    counter.sweep_until_done()
    assert claims(counter) == set()
    assert pay(counter, bills[2], fen, knows_paid_before=True).word is Word.PAID


@pytest.mark.parametrize("amend", [TOP_UP, IN_PART], ids=["free", "in part"])
def test_of_desks_that_pay_for_one_consumer_together_one_pays(at: Any, amend: Any) -> None:
    first = at(amend)
    others = [at(amend, who=teller(f"100{n}", f"1{n}"), core=first.core, biller=first.biller) for n in range(2, 5)]
    together = threading.Barrier(4)

    def pays(desk: Counter) -> str:
        bill = desk.topping_up() if amend is TOP_UP else desk.quote(PHONE)
        together.wait(20)
        try:
            return pay(desk, bill, 10_000).word
        except (Conflict, Refused) as error:
            return error.message_id

    with ThreadPoolExecutor(4) as pool:
        told = sorted(pool.map(pays, [first, *others]))

    assert told.count(Word.PAID) == 1, told
    assert {each for each in told if each != Word.PAID} <= {
        "error.payment.already_under_way",
        "error.payment.just_given_up",
        "error.payment.paid_before",
        "error.payment.already_paid",
    }
    assert list(first.core.effects.values()) == list(first.biller.effects.values()) == [10_000]
    assert claims(first) == set()


@pytest.mark.parametrize("amend", [IN_PART, OR_MORE, ruled(AmountRule.EXACT)])
def test_a_payment_that_did_not_stand_speaks_for_nothing(at: Any, amend: Any) -> None:
    counter = at(amend)
    counter.biller.script = {"BILLER_PAY": [refused("CLOSED")]}

    assert pay(counter, counter.quote(), 84_400).word is Word.REVERSED

    assert claims(counter) == set()
    assert pay(counter, counter.quote(), 84_400).word is Word.PAID


def test_a_personal_number_does_not_stand_in_a_claim(at: Any, keys: Keys) -> None:
    counter = at(TOP_UP)
    counter.biller.script = {"BILLER_PAY": [then_lost], "BILLER_INQUIRE": [TIMEOUT]}
    pay(counter, counter.topping_up(), 10_000)

    index = Vault(keys).blind(PHONE, column="journal_entry.consumer_no").hex()
    assert claims(counter) == {f"1101|{index}|*"}


# Who is warned


@pytest.mark.parametrize("amend", [TOP_UP, ruled(AmountRule.FREE, step_fen=1_000)], ids=["personal", "in clear"])
def test_a_second_top_up_is_warned_of_and_paid_once_confirmed(at: Any, amend: Any) -> None:
    counter = at(amend)
    first = pay(counter, counter.topping_up(), 10_000)

    with pytest.raises(Refused, match="paid_before") as caught:
        pay(counter, counter.topping_up(), 20_000)
    assert caught.value.args_by_name["amount"] == "100.00"
    assert len(counter.core.calls) == len(counter.till_rows()) == 1
    assert claims(counter) == set(), "what was refused has spoken for nothing"

    second = pay(counter, counter.topping_up(), 20_000, knows_paid_before=True)
    assert second.word is Word.PAID
    assert second.serial != first.serial
    audit = {row.subject: row.details for row in counter.read(select(table_of(AuditRow)))}
    assert "paid_before" in audit[second.serial]
    assert "paid_before" not in audit[first.serial]


def test_another_consumer_is_not_warned_of(at: Any) -> None:
    counter = at(TOP_UP)
    pay(counter, counter.topping_up(), 10_000)

    assert pay(counter, counter.topping_up("13900139000"), 10_000).word is Word.PAID


def test_another_desk_of_the_database_is_warned_too(at: Any) -> None:
    here = at(TOP_UP)
    there = at(TOP_UP, who=teller("1002", "08", "0713"), core=here.core, biller=here.biller)
    first = pay(here, here.topping_up(), 10_000)

    with pytest.raises(Refused, match="paid_before"):
        pay(there, there.topping_up(), 10_000)

    bill = there.topping_up()
    with there.store.read() as session:
        [before] = there.duplicates.of(session.connection(), there.flow._billers["1101"], bill)
    assert (before.serial, before.branch_no, before.teller_no) == (first.serial, "0712", "1001")
    assert (before.amount_fen, before.word) == (10_000, Word.PAID)


def test_a_part_is_warned_of_for_the_same_period_only(at: Any) -> None:
    counter = at(IN_PART)
    pay(counter, counter.quote(months=("2026-08", "2026-09")), 30_000)

    with pytest.raises(Refused, match="paid_before"):
        pay(counter, counter.quote(months=("2026-09", "2026-10")), 30_000)
    assert pay(counter, counter.quote(months=("2026-10",)), 30_000).word is Word.PAID


def test_what_did_not_stand_or_is_long_ago_is_not_warned_of(at: Any, clock: SetClock) -> None:
    counter = at(TOP_UP)
    counter.biller.script = {"BILLER_PAY": [refused("CLOSED")]}
    assert pay(counter, counter.topping_up(), 10_000).word is Word.REVERSED
    assert pay(counter, counter.topping_up(), 10_000).word is Word.PAID

    clock.advance(timedelta(days=3).total_seconds())
    with pytest.raises(Refused, match="paid_before"):
        pay(counter, counter.topping_up(), 10_000)
    clock.advance(1)
    assert pay(counter, counter.topping_up(), 10_000).word is Word.PAID


@pytest.mark.parametrize("question", [BY_NUMBER, BY_INDEX], ids=["in clear", "personal"])
def test_who_has_paid_before_is_found_by_an_index(store: Store, question: Any) -> None:
    def ask(connection: Any, cursor: Any, statement: str, given: Any, context: Any, many: bool) -> Any:
        return f"EXPLAIN {'QUERY PLAN ' if store.dialect == 'sqlite' else ''}{statement}", given

    with store.read() as session:
        connection = session.connection()
        if store.dialect == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))  # so few rows are read whole otherwise
        event.listen(connection, "before_cursor_execute", ask, retval=True)
        consumer = PHONE if question is BY_NUMBER else b"0" * 16
        asked = connection.execute(question, {"consumer": consumer, "biller": "1101", "since": datetime.now(UTC)})
        words = [str(row) for row in asked.cursor.fetchall()]

    plan = "\n".join(words)
    assert "ix_journal_entry_consumer" in plan
    assert "SCAN journal_entry" not in plan
    assert "Seq Scan" not in plan


# When


@pytest.mark.req("B1")
def test_outside_the_billers_hours_nothing_is_paid(at: Any, clock: SetClock) -> None:
    counter = at(ruled(AmountRule.EXACT, hours=Hours(open=time(8, 0), close=time(9, 31))))
    bill, again = counter.quote(), counter.quote()
    command = counter.command(bill)
    first = counter.payments.pay(counter.who, command)
    clock.advance(60)

    with pytest.raises(Refused, match="closed_now") as caught:
        counter.payments.pay(counter.who, counter.command(again))

    assert caught.value.args_by_name["hours"] == "08:00-09:31"
    assert counter.payments.pay(counter.who, command).serial == first.serial, "what was asked in time is told still"
    assert len(counter.core.calls) == 1
