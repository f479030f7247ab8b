"""What was approved is taken back once, however often it is asked and whatever fails meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from conftest import SetClock
from sqlalchemy import select, update
from support.counter import Counter, teller
from support.four_eyes import FourEyes
from support.long_form import LONG

from tellerdesk.approvals.states import UseCase
from tellerdesk.bills import states
from tellerdesk.bills.cancelling import CANCELLATION
from tellerdesk.bills.commands import (
    Cancel,
    CancelReason,
)
from tellerdesk.bills.views import PaymentView
from tellerdesk.errors import (
    Conflict,
    NotAllowed,
    Refused,
    StoreUnavailable,
    TamperFound,
    TellerDeskError,
)
from tellerdesk.i18n import words
from tellerdesk.journal.entries import ENTRY
from tellerdesk.store import triggers
from tellerdesk.store.engine import UNSURE, Store
from tellerdesk.store.keys import Keys
from tests.bills.cancelling_desk import (
    CONSUMER,
    GONE,
    approved,
    ask,
    asking,
    calls,
    cancel,
    issued,
    outcome,
    paid,
    sweep,
)

ROUNDS = 200 if LONG else 3


# What is approved is what is done


@pytest.mark.parametrize(
    ("table", "changes"),
    [
        (ENTRY, {"amount_fen": 84_401}),
        (ENTRY, {"core_serial": "C0"}),
        (ENTRY, {"counterpart_serial": "B0"}),
        (ENTRY, {"consumer_no": "07550031884620"}),
        (ENTRY, {"method": "ACCOUNT"}),
        (ENTRY, {"till_no": "09"}),
        (CANCELLATION, {"reason": "BANK_ERROR"}),
        (CANCELLATION, {"asked_by": "1002"}),
        (CANCELLATION, {"original_no": "20261122-0712-000009"}),
        (CANCELLATION, {"before_state": "BILLER_UNKNOWN"}),
        (CANCELLATION, {"note": "something else"}),
        (CANCELLATION, {"payload_hash": "0" * 64}),
        (CANCELLATION, {"id": 77}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else value.name,
)
def test_what_was_changed_after_it_was_approved_is_not_done(
    sqlite_store: Store, keys: Keys, clock: SetClock, table: Any, changes: dict[str, Any]
) -> None:
    counter = Counter(sqlite_store, keys, clock)
    eyes = FourEyes(counter)
    view = approved(counter, eyes, paid(counter))
    with sqlite_store.write("test.tamper") as unit:
        triggers.drop(unit.connection)
        unit.connection.execute(update(table).values(**changes))
        unit.commit()
    calls(counter)

    with pytest.raises(TamperFound, match="changed"):
        cancel(counter, view)

    assert calls(counter) == []
    assert len(eyes.audited("approval.refused")) == 1


def test_the_approver_reads_whose_payment_goes_back_and_how(counter: Counter, eyes: FourEyes) -> None:
    view = paid(counter)
    number = issued(counter, view)
    asked = ask(counter, view, note="客户当场提出")
    assert asked.cancellation is not None

    told = eyes.room.approval(counter.who, asked.cancellation.approval_id)

    assert told.use_case is UseCase.CANCELLATION
    lines = {line.label.removeprefix("approval.field."): line.after for line in told.changes}
    assert lines | {"biller": ""} == {
        "biller": "",
        "consumer": CONSUMER,
        "customer": "*晓燕",
        "paid_under": "20261122 0712 07 00000001",
        "paid_with": "1001 / 07",
        "original": number,
        "cancel_reason": "户号缴错 / Wrong consumer number",
        "cash_back": "844.00",
    }
    assert told.reason == "户号缴错 / Wrong consumer number 客户当场提出"
    assert [hit.rule_id for hit in told.rules] == ["second-person-cancels"]
    assert all(words(language).knows(line.label) for line in told.changes for language in ("zh_CN", "en"))


@pytest.mark.parametrize("reason", CancelReason)
def test_every_reason_is_said_in_both_languages(reason: CancelReason) -> None:
    assert all(words(language).knows(f"cancel.reason.{reason.lower()}") for language in ("zh_CN", "en"))


def test_nobody_but_the_one_who_asked_carries_it_out(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes, paid(counter))
    with pytest.raises(NotAllowed, match="not_the_asker"):
        counter.cancellations.carry_out(teller("1002"), Cancel(view.serial))
    assert counter.biller.effects


# Once, however often and from wherever it is asked


def test_the_same_request_asks_once_and_with_other_contents_not_at_all(counter: Counter, eyes: FourEyes) -> None:
    view = paid(counter)
    command = asking(view)
    first = counter.cancellations.ask(counter.who, command)
    assert counter.cancellations.ask(counter.who, command) == first
    with pytest.raises(Conflict, match="other_contents"):
        counter.cancellations.ask(counter.who, replace(command, reason=CancelReason.BANK_ERROR))
    with pytest.raises(Refused, match="already_asked"):
        ask(counter, view)
    assert len(counter.read(select(CANCELLATION))) == len(eyes.audited("approval.asked")) == 1


def test_pressed_again_it_tells_what_has_become_of_it(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes, paid(counter))
    done = cancel(counter, view)
    assert cancel(counter, view) == done
    assert len(eyes.audited("cancellation.went_on")) == 1


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What each gives, or the error of ours it raises, all begun at the same time."""

    def told(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except TellerDeskError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result() for each in [pool.submit(told, act) for act in acts]]


def test_two_desks_ask_at_once_and_one_of_them_has_asked(counter: Counter, eyes: FourEyes) -> None:
    other = Counter(counter.store, counter.keys, counter.clock, core=counter.core, biller=counter.biller)
    other.who = counter.who
    for _ in range(ROUNDS):
        view = paid(counter)
        told = at_once(lambda: ask(counter, view), lambda: ask(other, view))  # noqa: B023
        assert sum(isinstance(each, PaymentView) for each in told) == 1, told
        assert all(isinstance(each, PaymentView | Refused | Conflict) for each in told), told
        [asked] = [each for each in told if isinstance(each, PaymentView)]
        assert asked.cancellation is not None
        eyes.approve(asked.cancellation.approval_id)
        assert cancel(counter, view).state == states.CANCELLED


def test_one_request_sent_twice_at_once_asks_once(counter: Counter, eyes: FourEyes) -> None:
    other = Counter(counter.store, counter.keys, counter.clock, core=counter.core, biller=counter.biller)
    view = paid(counter)
    command = asking(view)
    told = at_once(*(lambda at=at: at.cancellations.ask(counter.who, command) for at in (counter, other)))
    assert [each.state for each in told] == [states.CANCEL_PENDING] * 2
    assert len(counter.read(select(CANCELLATION))) == 1


def test_pressed_twice_at_once_it_is_carried_out_once(counter: Counter, eyes: FourEyes) -> None:
    for _ in range(ROUNDS):
        view = approved(counter, eyes, paid(counter))
        calls(counter)
        told = at_once(lambda: cancel(counter, view), lambda: cancel(counter, view))  # noqa: B023
        assert all(isinstance(each, PaymentView) for each in told), told
        assert sorted(calls(counter)) == ["BILLER_CANCEL", "CORE_REVERSE"]
        assert counter.payments.payment(view.serial).state == states.CANCELLED


def test_withdrawn_and_carried_out_at_once_one_of_them_happens(counter: Counter, eyes: FourEyes) -> None:
    for _ in range(ROUNDS):
        view = approved(counter, eyes, paid(counter))
        found = view.cancellation
        assert found is not None
        calls(counter)
        at_once(lambda: cancel(counter, view), lambda: eyes.withdraw(found.approval_id))  # noqa: B023
        done = counter.payments.payment(view.serial)
        if done.state == states.SUCCESS:
            assert calls(counter) == []
            assert outcome(counter, view) is GONE
            cancel(counter, approved(counter, eyes, view))
        else:
            assert (done.state, sorted(calls(counter))) == (states.CANCELLED, ["BILLER_CANCEL", "CORE_REVERSE"])


def test_a_worker_that_lost_its_lease_undoes_nothing_and_leaves_a_note(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes, paid(counter))
    other = Counter(counter.store, counter.keys, counter.clock, core=counter.core, biller=counter.biller)

    def meanwhile(link: Any, _id: str, request: dict[str, Any], places: Any) -> Any:
        counter.let_leases_run_out()
        other.recovery.sweep()
        return link.honest("BILLER_CANCEL", request, places)

    counter.biller.script = {"BILLER_CANCEL": [meanwhile]}
    calls(counter)

    assert cancel(counter, view).state == states.CANCELLED
    assert counter.rows_taken(view.serial)[-5:] == ["T20", "T23", "T24", "T25", "note"]
    assert calls(counter).count("CORE_REVERSE") == 1


# The database fails


def failing(counter: Counter, at: str) -> None:
    def hook(step: str) -> None:
        if step == at:
            raise StoreUnavailable("error.store.locked", seconds=30)

    counter.store.hook = hook


@pytest.mark.parametrize(
    ("at", "sentence"),
    [("commit.cancellation.asked:before", "not_asked"), ("commit.cancellation.approved:before", "not_gone_on")],
)
def test_a_store_that_fails_before_the_intent_sends_nothing(
    sqlite_store: Store, keys: Keys, clock: SetClock, at: str, sentence: str
) -> None:
    counter = Counter(sqlite_store, keys, clock)
    eyes = FourEyes(counter)
    view = paid(counter)
    if "approved" in at:
        approved(counter, eyes, view)
    calls(counter)
    failing(counter, at)
    with pytest.raises(StoreUnavailable, match=sentence):
        cancel(counter, view) if "approved" in at else ask(counter, view)
    counter.store.hook = lambda _: None
    assert calls(counter) == []
    done = cancel(counter, view) if "approved" in at else cancel(counter, approved(counter, eyes, view))
    assert done.state == states.CANCELLED


def test_a_store_that_fails_after_the_answer_is_said_so_and_found_out_later(
    sqlite_store: Store, keys: Keys, clock: SetClock
) -> None:
    counter = Counter(sqlite_store, keys, clock)
    view = approved(counter, FourEyes(counter), paid(counter))
    failing(counter, "commit.bill_payment.CANCEL_BILLER_SENDING.cancelled:before")
    with pytest.raises(StoreUnavailable, match="outcome_not_kept"):
        cancel(counter, view)
    counter.store.hook = lambda _: None
    sweep(counter)
    assert counter.payments.payment(view.serial).state == states.CANCELLED
    assert counter.core.effects == {}


def losing(counter: Counter, at: str) -> None:
    """The commit stands, and its answer is lost."""

    def hook(step: str) -> None:
        if step == at:
            raise StoreUnavailable(UNSURE)

    counter.store.hook = hook


def test_a_request_whose_commit_was_lost_is_asked_once(sqlite_store: Store, keys: Keys, clock: SetClock) -> None:
    counter = Counter(sqlite_store, keys, clock)
    eyes = FourEyes(counter)
    command = asking(paid(counter))
    losing(counter, "commit.cancellation.asked:after")
    with pytest.raises(StoreUnavailable, match="not_asked"):
        counter.cancellations.ask(counter.who, command)
    counter.store.hook = lambda _: None

    assert counter.cancellations.ask(counter.who, command).state == states.CANCEL_PENDING
    assert len(eyes.audited("cancellation.asked")) == 1


def test_an_intent_whose_commit_was_lost_but_stands_is_carried_on_with(
    sqlite_store: Store, keys: Keys, clock: SetClock
) -> None:
    counter = Counter(sqlite_store, keys, clock)
    view = approved(counter, FourEyes(counter), paid(counter))
    calls(counter)
    losing(counter, "commit.cancellation.approved:after")

    assert cancel(counter, view).state == states.CANCEL_BILLER_SENDING
    assert calls(counter) == []
    counter.store.hook = lambda _: None
    sweep(counter)

    assert counter.payments.payment(view.serial).state == states.CANCELLED
    assert calls(counter) == ["BILLER_CANCEL", "CORE_REVERSE"]
