"""One request, one payment, its cash handled once: whoever repeats it, works on it or loses the store meanwhile."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from conftest import SetClock
from support.counter import Counter
from support.scripted import TIMEOUT, ScriptedLink, refused, then_lost

from tellerdesk.bills.commands import AskAgain, ConfirmCashReturned
from tellerdesk.errors import Conflict, IllegalTransition, LeaseLost, Refused, StoreUnavailable
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.links.answers import Answer
from tellerdesk.steps import no_hook
from tellerdesk.store.engine import UNSURE, Store
from tellerdesk.store.keys import Keys
from tests.bills.paying_desk import one_way, serials


@pytest.fixture
def counter(store: Store, keys: Keys, clock: SetClock) -> Counter:
    counter = Counter(store, keys, clock)
    counter.open_till()
    return counter


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
