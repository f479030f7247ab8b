"""Which payment may be taken back: found, keyed again blind, and every guard when it is asked and when it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time as time_of_day
from datetime import timedelta
from typing import Any

import pytest
from conftest import SetClock
from sqlalchemy import insert, select, update
from support.counter import AskedFrom, Counter, ruled, teller
from support.four_eyes import FourEyes
from support.scripted import TIMEOUT

from tellerdesk.approvals.states import ApprovalState
from tellerdesk.billers.catalogue import Hours
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills import states
from tellerdesk.bills.cancelling import CANCELLATION
from tellerdesk.bills.commands import (
    ConfirmCashReturned,
    FindPayment,
)
from tellerdesk.bills.papers import BillPapers
from tellerdesk.errors import (
    BadInput,
    NotAllowed,
    Refused,
    TellerDeskError,
)
from tellerdesk.i18n import words
from tellerdesk.journal.entries import ENTRY
from tellerdesk.sandbox.people import consumer_no
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tellerdesk.till.drawer import MOVEMENT, SESSION
from tests.bills.cancelling_desk import (
    CONSUMER,
    GONE,
    approved,
    ask,
    calls,
    cancel,
    in_doubt,
    issued,
    outcome,
    paid,
    sweep,
)

OTHER = consumer_no(1)


# What ends it before anything is sent


@pytest.mark.parametrize("doubt", [False, True], ids=["paid", "in doubt"])
@pytest.mark.parametrize(
    ("how", "row", "advice"),
    [("reject", "T20r", "rejected"), ("withdraw", "T20r", "withdrawn"), ("expire", "T20x", "expired")],
)
def test_what_is_not_approved_is_again_what_it_was(
    sqlite_store: Store, keys: Keys, clock: SetClock, how: str, row: str, advice: str, doubt: bool
) -> None:
    counter = Counter(sqlite_store, keys, clock)
    eyes = FourEyes(counter)
    view = in_doubt(counter) if doubt else paid(counter)
    if how == "expire":
        counter.cancel_rules = AskedFrom(1, lifetime_s=0.0)
    asked = ask(counter, view)
    calls(counter)
    counter.biller.script = {"BILLER_INQUIRE": [TIMEOUT] * 5}
    assert asked.cancellation is not None

    if how == "expire":
        sweep(counter)
    else:
        getattr(eyes, how)(asked.cancellation.approval_id)

    assert row + ("d" if doubt else "") in counter.rows_taken(view.serial)
    done = counter.payments.payment(view.serial)
    assert done.state == view.state
    assert outcome(counter, view) is GONE
    assert "BILLER_CANCEL" not in calls(counter)
    if not doubt:
        assert done.advice.id == f"advice.cancel.{advice}"
    else:
        assert counter.runner.waiting() == 1, "nobody asks the biller any more"
        counter.biller.script.clear()
        sweep(counter)
        assert counter.payments.payment(view.serial).state == states.SUCCESS
    assert cancel(counter, view).state in {states.SUCCESS, states.BILLER_UNKNOWN}  # and pressing on does nothing
    assert counter.biller.effects


def test_after_it_was_given_up_it_can_be_asked_for_again(counter: Counter, eyes: FourEyes) -> None:
    view = paid(counter)
    asked = ask(counter, view)
    assert asked.cancellation is not None
    eyes.reject(asked.cancellation.approval_id)

    assert cancel(counter, approved(counter, eyes, view)).state == states.CANCELLED


# Keyed again, blind


@pytest.mark.parametrize(
    ("changes", "field"), [({"consumer_no": OTHER}, "consumer_no"), ({"amount_fen": 84_401}, "amount")]
)
def test_what_is_keyed_again_must_be_the_payments_own(
    counter: Counter, eyes: FourEyes, changes: dict[str, Any], field: str
) -> None:
    view = paid(counter)
    for _ in range(3):
        with pytest.raises(BadInput, match="differs") as error:
            ask(counter, view, **changes)
        assert error.value.field == field
    assert eyes.audited("cancellation.miskeyed") == [view.serial] * 3
    assert counter.read(select(CANCELLATION)) == []
    assert ask(counter, view, consumer_no=" 0755-0031884639 ").state == states.CANCEL_PENDING


def test_a_personal_number_is_compared_by_its_blind_index(sqlite_store: Store, keys: Keys, clock: SetClock) -> None:
    counter = Counter(sqlite_store, keys, clock, amend=ruled(AmountRule.EXACT, personal=True))
    FourEyes(counter)
    view = paid(counter)
    with pytest.raises(BadInput, match="differs"):
        ask(counter, view, consumer_no=OTHER)
    assert [found.serial for found in counter.cancellations.find(counter.who, FindPayment(CONSUMER))] == [view.serial]
    assert ask(counter, view).state == states.CANCEL_PENDING


# Every guard, when asked and when done


def roll_the_day(counter: Counter) -> None:
    counter.core.day += timedelta(days=1)


def close_till(counter: Counter) -> None:
    with counter.store.write("test.close") as unit:
        unit.connection.execute(update(SESSION).values(closed_at=counter.clock.now()))
        unit.commit()


def change(counter: Counter, **values: Any) -> None:
    with counter.store.write("test.change") as unit:
        unit.connection.execute(update(ENTRY).values(**values))
        unit.commit()


def spend_the_cash(counter: Counter) -> None:
    """The till holds less than the payment."""
    [(session,)] = counter.read(select(SESSION.c.id))
    with counter.store.write("test.cash") as unit:
        moved = {"session_id": session, "kind": "CASH_OUT", "amount_fen": 100_001, "serial": "elsewhere"}
        unit.connection.execute(insert(MOVEMENT), moved | {"at": counter.clock.now(), "by": "1001"})
        unit.commit()


def at_another_till(counter: Counter) -> None:
    counter.who = replace(counter.who, till_no="08")


GUARDS: dict[str, tuple[Callable[[Counter], object], str]] = {
    "another day at core": (roll_the_day, "other_day"),
    "core says no day": (lambda counter: counter.core.script.update(CORE_ACCOUNTING_DATE=[TIMEOUT]), "core_silent"),
    "reconciled": (lambda counter: change(counter, recon_status="MATCHED"), "reconciled"),
    "the biller is closed": (lambda counter: counter.clock.advance(12 * 3600), "biller_closed"),
    "another version of the biller": (lambda counter: counter.newer.add("1101"), "newer"),
    "the till is closed": (close_till, "till_not_open"),
    "too little cash": (spend_the_cash, "too_little_cash"),
}


@pytest.mark.req("B8")
@pytest.mark.parametrize("when", ["asked", "done"])
@pytest.mark.parametrize("guard", GUARDS)
def test_every_guard_speaks_when_it_is_asked_and_when_it_is_done(
    sqlite_store: Store, keys: Keys, clock: SetClock, guard: str, when: str
) -> None:
    hours = Hours(open=time_of_day(8, 0), close=time_of_day(18, 0))
    counter = Counter(sqlite_store, keys, clock, amend=ruled(AmountRule.EXACT, hours=hours))
    eyes = FourEyes(counter)
    view = paid(counter)
    happens, sentence = GUARDS[guard]
    if when == "done":
        approved(counter, eyes, view)
    happens(counter)
    calls(counter)

    with pytest.raises(Refused, match=sentence) as error:
        ask(counter, view) if when == "asked" else cancel(counter, view)

    assert all(words(language).knows(error.value.message_id) for language in ("zh_CN", "en"))
    assert calls(counter) == []
    state = counter.payments.payment(view.serial).state
    assert state == (states.SUCCESS if when == "asked" else states.CANCEL_PENDING)
    if when == "done":
        approval = counter.payments.payment(view.serial).cancellation
        assert approval is not None
        [(left,)] = [(eyes.room.approval(counter.who, approval.approval_id).state,)]
        assert left is ApprovalState.APPROVED, "used up for nothing"


def test_cash_goes_back_at_the_till_that_took_it_only(counter: Counter, eyes: FourEyes) -> None:
    view = paid(counter)
    mine, elsewhere = counter.who, replace(counter.who, till_no="08")
    counter.who = elsewhere
    with pytest.raises(Refused, match="other_till"):
        ask(counter, view)
    counter.who = mine
    approved(counter, eyes, view)
    counter.who = elsewhere
    with pytest.raises(NotAllowed, match="not_the_asker"):
        cancel(counter, view)
    counter.who = mine
    cancel(counter, view)

    with pytest.raises(Refused, match="other_till"):
        counter.payments.confirm_cash_returned(elsewhere, ConfirmCashReturned(view.serial))
    assert counter.till_rows(view.serial) == [("CASH_IN", view.amount_fen)]


def test_another_branch_and_another_biller_cannot(sqlite_store: Store, keys: Keys, clock: SetClock) -> None:
    def cannot(biller: Any) -> Any:
        able = biller.capabilities.model_copy(update={"cancel": False})
        return biller.model_copy(update={"capabilities": able})

    counter = Counter(sqlite_store, keys, clock, amend=cannot)
    FourEyes(counter)
    view = paid(counter)
    with pytest.raises(Refused, match="biller_cannot"):
        ask(counter, view)
    counter.who = teller("1002", "07", "0713")
    with pytest.raises(NotAllowed, match="other_branch"):
        ask(counter, view)
    with pytest.raises(NotAllowed, match="other_branch"):
        cancel(counter, view)
    with pytest.raises(Refused, match="none_found"):
        counter.cancellations.find(counter.who, FindPayment(view.serial))


def test_the_receipt_must_be_handed_back_and_its_number_is_kept(counter: Counter, eyes: FourEyes) -> None:
    view = paid(counter)
    number = issued(counter, view)
    with pytest.raises(Refused, match="receipt_needed"):
        ask(counter, view, original_back=False)

    asked = ask(counter, view)

    assert [row.original_no for row in counter.read(select(CANCELLATION))] == [number]
    papers = BillPapers(eyes.staff, None, counter.payments, None)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="being_cancelled"):
        papers.issue(counter.who, view.serial)
    assert asked.cancellation is not None
    eyes.approve(asked.cancellation.approval_id)
    assert cancel(counter, view).state == states.CANCELLED
    with pytest.raises(Refused, match="cash_first"):
        papers.issue(counter.who, view.serial)


def test_a_receipt_that_was_issued_since_stands_in_the_way(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes, paid(counter))
    issued(counter, view)
    with pytest.raises(Refused, match="receipt_since"):
        cancel(counter, view)
    assert counter.biller.effects


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (states.CANCELLED, "already_cancelled"),
        (states.REVERSED, "never_paid"),
        (states.ABORTED, "never_paid"),
        (states.PENDING_APPROVAL, "not_begun"),
        (states.AUTO_REVERSING, "under_way"),
        (states.BILLER_SENDING, "under_way"),
        (states.CANCEL_CORE_FAILED, "under_way"),
    ],
)
def test_only_what_is_paid_or_in_doubt_can_be_cancelled(
    sqlite_store: Store, keys: Keys, clock: SetClock, state: str, sentence: str
) -> None:
    counter = Counter(sqlite_store, keys, clock)
    FourEyes(counter)
    view = paid(counter)
    change(counter, state=state)
    with pytest.raises(Refused, match=sentence) as error:
        ask(counter, view)
    assert all(words(language).knows(error.value.message_id) for language in ("zh_CN", "en"))


def test_a_payment_somebody_works_on_is_left_alone(counter: Counter, eyes: FourEyes) -> None:
    view = in_doubt(counter)
    counter.let_leases_run_out()
    held = counter.runner.claim(view.serial)
    assert held is not None
    with pytest.raises(Refused, match="busy"):
        ask(counter, view)


# Finding it


def test_a_payment_is_found_by_serial_by_receipt_and_by_consumer(counter: Counter, eyes: FourEyes) -> None:
    view = paid(counter)
    other = counter.payments.pay(counter.who, counter.command(counter.quote("07550031884620")))
    number = issued(counter, view)

    for text in (
        view.serial,
        "20261122 0712 07 00000001",
        number,
        number.replace("-", ""),
        CONSUMER,
        "0755-0031884639",
    ):
        [found] = counter.cancellations.find(counter.who, FindPayment(text))
        assert (found.serial, found.has_receipt, found.obstacles) == (view.serial, True, ())
    assert found.customer_name == "*晓燕"
    roll_the_day(counter)
    counter.recovery.learn_day()
    [late] = counter.cancellations.find(counter.who, FindPayment(other.serial))
    assert [each.id for each in late.obstacles] == ["error.cancel.other_day"]


@pytest.mark.parametrize(
    ("text", "error"), [("", BadInput), ("???", BadInput), ("07550031884647", Refused), ("2" * 22, Refused)]
)
def test_what_is_not_found_is_said(
    sqlite_store: Store, keys: Keys, clock: SetClock, text: str, error: type[TellerDeskError]
) -> None:
    counter = Counter(sqlite_store, keys, clock)
    with pytest.raises(error) as told:
        counter.cancellations.find(counter.who, FindPayment(text))
    assert all(words(language).knows(told.value.message_id) for language in ("zh_CN", "en"))


def test_the_newest_come_first_and_no_more_than_twenty(sqlite_store: Store, keys: Keys, clock: SetClock) -> None:
    counter = Counter(sqlite_store, keys, clock)
    counter.open_till()
    for year in range(22):
        bill = counter.quote(months=(f"{2000 + year}-01",))
        counter.payments.pay(counter.who, counter.command(bill))
    found = counter.cancellations.find(counter.who, FindPayment(CONSUMER))
    assert [each.serial[-2:] for each in found] == [f"{number:02d}" for number in range(22, 2, -1)]
