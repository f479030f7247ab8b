"""A payment taken back: the biller first, then core, once, and only after a second person has agreed."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import time as time_of_day
from datetime import timedelta
from typing import Any

import pytest
from conftest import SetClock
from sqlalchemy import insert, select, update
from support.counter import AskedFrom, Counter, ruled, teller
from support.four_eyes import FourEyes
from support.long_form import LONG
from support.scripted import TIMEOUT, UNSENT, refused, then_lost

from tellerdesk.approvals.states import ApprovalState, UseCase
from tellerdesk.billers.catalogue import Hours
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills import states
from tellerdesk.bills.cancelling import CANCELLATION
from tellerdesk.bills.commands import (
    AccountAuthority,
    AskCancellation,
    Cancel,
    CancelReason,
    ConfirmCashReturned,
    FindPayment,
    Method,
    RetryReversal,
)
from tellerdesk.bills.papers import BillPapers
from tellerdesk.bills.states import CANCELLING
from tellerdesk.bills.views import CancelOutcome, PaymentView
from tellerdesk.documents.papers import DOCUMENT
from tellerdesk.errors import (
    BadInput,
    Conflict,
    NotAllowed,
    Refused,
    StoreUnavailable,
    TamperFound,
    TellerDeskError,
)
from tellerdesk.i18n import words
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import CashReturn, LegState, Word
from tellerdesk.sandbox.people import consumer_no
from tellerdesk.store import triggers
from tellerdesk.store.engine import UNSURE, Store
from tellerdesk.store.keys import Keys
from tellerdesk.till.drawer import MOVEMENT, SESSION

CONSUMER = "07550031884639"
OTHER = consumer_no(1)
ACCOUNT = "6217000712000000012"
ROUNDS = 200 if LONG else 3


@pytest.fixture
def counter(store: Store, keys: Keys, clock: SetClock) -> Counter:
    return Counter(store, keys, clock)


@pytest.fixture
def eyes(counter: Counter) -> FourEyes:
    return FourEyes(counter)


def paid(counter: Counter, **changes: Any) -> PaymentView:
    return counter.payments.pay(counter.who, counter.command(counter.quote(), **changes))


def asking(view: PaymentView, **changes: Any) -> AskCancellation:
    values: dict[str, Any] = {
        "request_id": secrets.token_hex(16),
        "serial": view.serial,
        "consumer_no": CONSUMER,
        "amount_fen": view.amount_fen,
        "reason": CancelReason.WRONG_CONSUMER,
        "original_back": True,
    }
    return AskCancellation(**(values | changes))


def ask(counter: Counter, view: PaymentView, **changes: Any) -> PaymentView:
    return counter.cancellations.ask(counter.who, asking(view, **changes))


def approved(counter: Counter, eyes: FourEyes, view: PaymentView) -> PaymentView:
    asked = ask(counter, view)
    assert asked.cancellation is not None
    eyes.approve(asked.cancellation.approval_id)
    return counter.payments.payment(view.serial)


def cancel(counter: Counter, view: PaymentView) -> PaymentView:
    return counter.cancellations.carry_out(counter.who, Cancel(view.serial))


def in_doubt(counter: Counter, *, taken: bool = True) -> PaymentView:
    """A payment whose answer nobody heard; the biller has taken it, or never got it."""
    counter.biller.script = {"BILLER_PAY": [then_lost if taken else TIMEOUT], "BILLER_INQUIRE": [TIMEOUT]}
    view = paid(counter)
    assert view.state == states.BILLER_UNKNOWN
    return view


def sweep(counter: Counter) -> None:
    counter.let_leases_run_out()
    counter.recovery.sweep()


def outcome(counter: Counter, view: PaymentView) -> CancelOutcome:
    found = counter.payments.payment(view.serial).cancellation
    assert found is not None
    return found.outcome


def calls(counter: Counter) -> list[str]:
    """What left the desk since this was last asked, but for questions after core's day."""
    found = [name for name, _ in counter.biller.calls + counter.core.calls if name != "CORE_ACCOUNTING_DATE"]
    counter.biller.calls.clear()
    counter.core.calls.clear()
    return found


# The good way


@pytest.mark.req("B9", "B10")
def test_a_cancelled_payment_is_gone_from_the_biller_then_from_core_and_its_cash_goes_back_once(
    counter: Counter, eyes: FourEyes
) -> None:
    view = paid(counter)
    asked = ask(counter, view)
    assert (asked.state, asked.word) == (states.CANCEL_PENDING, Word.PAID)
    assert asked.cancellation is not None
    assert asked.cancellation.outcome is CancelOutcome.ASKED
    eyes.approve(asked.cancellation.approval_id)
    counter.core.calls.clear(), counter.biller.calls.clear()

    done = cancel(counter, view)

    assert (done.state, done.word, done.cash_return) == (states.CANCELLED, Word.CANCELLED, CashReturn.DUE)
    assert counter.core.effects == counter.biller.effects == {}
    assert [name for name, _ in counter.biller.calls] == ["BILLER_CANCEL"]
    assert [name for name, _ in counter.core.calls] == ["CORE_ACCOUNTING_DATE", "CORE_REVERSE"]
    assert counter.rows_taken(view.serial)[-4:] == ["T19", "T20", "T21", "T25"]
    back = ConfirmCashReturned(view.serial)
    for _ in range(2):
        assert counter.payments.confirm_cash_returned(counter.who, back).cash_return is CashReturn.RETURNED
    assert counter.till_rows(view.serial) == [("CASH_IN", 84_400), ("CASH_OUT", 84_400)]
    [tried] = counter.read(select(CANCELLATION))
    assert (tried.outcome, tried.cancel_serial[:1], tried.before_state) == ("CANCELLED", "X", states.SUCCESS)
    assert paid(counter).word is Word.PAID  # the month is free again


def test_the_account_is_credited_and_no_cash_moves(counter: Counter, eyes: FourEyes) -> None:
    counter.core.balances = {ACCOUNT: 100_000}
    authority = AccountAuthority(ACCOUNT, voucher_no="PZ20261122001")
    view = paid(counter, method=Method.ACCOUNT, tendered_fen=0, account=authority)

    done = cancel(counter, approved(counter, eyes, view))

    assert (done.state, done.cash_return) == (states.CANCELLED, CashReturn.NONE)
    assert counter.core.balances == {ACCOUNT: 100_000}
    assert counter.till_rows() == []
    assert done.advice.id == "advice.cancelled.account"


def test_a_payment_in_doubt_is_cancelled_where_the_biller_has_taken_it(counter: Counter, eyes: FourEyes) -> None:
    view = in_doubt(counter)
    asked = ask(counter, view)
    assert (asked.state, asked.word) == (states.CANCEL_PENDING_UNKNOWN, Word.PROCESSING)

    assert asked.cancellation is not None
    eyes.approve(asked.cancellation.approval_id)
    done = cancel(counter, view)

    assert done.state == states.CANCELLED
    assert counter.core.effects == counter.biller.effects == {}
    assert counter.rows_taken(view.serial)[-4:] == ["T19d", "T20d", "T21", "T25"]


def test_while_it_waits_nothing_is_sent_and_recovery_leaves_it_alone(counter: Counter, eyes: FourEyes) -> None:
    view = paid(counter)
    calls(counter)
    ask(counter, view)
    assert counter.runner.waiting() == 0
    sweep(counter)

    assert counter.payments.payment(view.serial).state == states.CANCEL_PENDING
    assert counter.rows_taken(view.serial)[-1] == "T20w"
    assert calls(counter) == []
    with pytest.raises(Refused, match="pending"):
        cancel(counter, view)


# Every row of the table


def drop_payment(counter: Counter) -> None:
    """The biller's books lose the payment: it never arrived."""
    counter.biller.effects.clear()


def bar_payment(counter: Counter) -> None:
    counter.biller.barred |= set(counter.biller.effects)
    counter.biller.effects.clear()


LOST, UNHEARD = [TIMEOUT], [then_lost]


@dataclass(frozen=True)
class Course:
    """What the counterparts do with an approved cancellation, and where that leads: `rows` of the table from T20 on,
    after `sweeps` sweeps."""

    rows: str
    state: str
    outcome: CancelOutcome
    doubt: bool = False
    cancel: list[Any] = field(default_factory=list)
    inquire: list[Any] = field(default_factory=list)
    reverse: list[Any] = field(default_factory=list)
    before: Callable[[Counter], None] = lambda _: None
    sweeps: int = 0
    amend: Callable[[Any], Any] = lambda biller: biller


def cannot_be_asked(biller: Any) -> Any:
    able = biller.capabilities.model_copy(update={"inquiry": False, "tombstone": False, "person_decides": True})
    return biller.model_copy(update={"capabilities": able})


NO = refused("INVOICED", "已开发票")
CLOSED = refused("CLOSED")
DONE, BACK, GONE, STUCK = (
    CancelOutcome.CANCELLED,
    CancelOutcome.REFUSED,
    CancelOutcome.GIVEN_UP,
    CancelOutcome.UNDER_WAY,
)
COURSES = {
    "refused, paid": Course("T20 T22", states.SUCCESS, BACK, cancel=[NO]),
    "refused for another reason, paid": Course("T20 T22", states.SUCCESS, BACK, cancel=[CLOSED]),
    "not known there, paid": Course("T20 T22", states.SUCCESS, BACK, before=drop_payment),
    "refused, in doubt, proven": Course("T20d T22p T24pd", states.SUCCESS, BACK, doubt=True, cancel=[NO]),
    "refused, in doubt, proven, cannot ask": Course(
        "T20d T22s", states.SUCCESS, BACK, doubt=True, cancel=[NO], amend=cannot_be_asked
    ),
    "refused, in doubt, not proven": Course(
        "T20d T22d T15", states.BILLER_UNKNOWN, BACK, doubt=True, cancel=[CLOSED], inquire=LOST
    ),
    "not known there, in doubt": Course(
        "T20d T22d T14v T14 T16", states.REVERSED, BACK, doubt=True, before=drop_payment
    ),
    "not sent, paid": Course("T20 T22u", states.SUCCESS, GONE, cancel=[UNSENT, UNSENT]),
    "not sent, in doubt": Course(
        "T20d T22ud T15", states.BILLER_UNKNOWN, GONE, doubt=True, cancel=[UNSENT, UNSENT], inquire=LOST
    ),
    "unheard": Course("T20 T23 T24 T25", states.CANCELLED, DONE, cancel=UNHEARD),
    "lost": Course("T20 T23 T24 T25", states.CANCELLED, DONE, cancel=LOST),
    "silent, then cut off, then heard": Course(
        "T20 T23 T24r T24u T24 T25", states.CANCELLED, DONE, cancel=[TIMEOUT, TIMEOUT, UNSENT, UNSENT], sweeps=1
    ),
    "refused when sent again, paid": Course("T20 T23 T24c T24p", states.SUCCESS, BACK, cancel=[TIMEOUT, NO]),
    "refused when sent again, in doubt": Course(
        "T20d T23 T24c T24pd", states.SUCCESS, BACK, doubt=True, cancel=[TIMEOUT, NO]
    ),
    "done unheard, refused when sent again": Course(
        "T20 T23 T24c T24k T25", states.CANCELLED, DONE, cancel=[then_lost, NO]
    ),
    "refused when sent again, silent, then paid": Course(
        "T20 T23 T24c T24s T24p", states.SUCCESS, BACK, cancel=[TIMEOUT, NO], inquire=LOST, sweeps=1
    ),
    "refused when sent again, not known, paid": Course(
        "T20 T23 T24c T24ns", states.CANCEL_BILLER_CHECKING, STUCK, cancel=[TIMEOUT, NO], before=drop_payment
    ),
    "refused when sent again, barred, paid": Course(
        "T20 T23 T24c T24fs", states.CANCEL_BILLER_CHECKING, STUCK, cancel=[TIMEOUT, NO], before=bar_payment
    ),
    "refused when sent again, not known, in doubt": Course(
        "T20d T23 T24c T24n T14v T14 T16", states.REVERSED, BACK, doubt=True, cancel=[TIMEOUT, NO], before=drop_payment
    ),
    "refused when sent again, barred, in doubt": Course(
        "T20d T23 T24c T24f T13a T16", states.REVERSED, BACK, doubt=True, cancel=[TIMEOUT, NO], before=bar_payment
    ),
    "core unheard": Course("T20 T21 T26 T27", states.CANCELLED, DONE, reverse=UNHEARD),
    "core silent, then heard": Course("T20 T21 T26 T26r T26r T27", states.CANCELLED, DONE, reverse=LOST * 3, sweeps=1),
    "core refuses": Course("T20 T21 T28", states.CANCEL_CORE_FAILED, STUCK, reverse=[refused("DATE_ROLLED")]),
    "core refuses when asked again": Course(
        "T20 T21 T26 T28u", states.CANCEL_CORE_FAILED, STUCK, reverse=[TIMEOUT, refused("DATE_ROLLED")]
    ),
    "core knows nothing": Course(
        "T20 T21 T28n", states.CANCEL_CORE_FAILED, STUCK, before=lambda counter: counter.core.effects.clear()
    ),
    "core knows nothing when asked again": Course(
        *("T20 T21 T26 T28nu", states.CANCEL_CORE_FAILED, STUCK),
        reverse=LOST,
        before=lambda counter: counter.core.effects.clear(),
    ),
}


@pytest.mark.req("B8", "B9", "B10")
@pytest.mark.parametrize("course", COURSES.values(), ids=COURSES.keys())
def test_every_way_a_cancellation_can_go(sqlite_store: Store, keys: Keys, clock: SetClock, course: Course) -> None:
    counter = Counter(sqlite_store, keys, clock, amend=course.amend)
    eyes = FourEyes(counter)
    view = in_doubt(counter) if course.doubt else paid(counter)
    approved(counter, eyes, view)
    course.before(counter)
    held_by_biller = dict(counter.biller.effects)
    counter.biller.script = {"BILLER_CANCEL": list(course.cancel), "BILLER_INQUIRE": list(course.inquire)}
    counter.core.script = {"CORE_REVERSE": list(course.reverse)}
    calls(counter)

    cancel(counter, view)
    for _ in range(course.sweeps):
        sweep(counter)

    taken = counter.rows_taken(view.serial)
    assert taken[taken.index(course.rows.split()[0]) :] == course.rows.split()
    done = counter.payments.payment(view.serial)
    assert (done.state, outcome(counter, view)) == (course.state, course.outcome)
    if done.state == states.CANCELLED:
        assert counter.core.effects == counter.biller.effects == {}
        assert done.cash_return is CashReturn.DUE
    elif done.state in {states.SUCCESS, states.BILLER_UNKNOWN}:
        assert done.cash_return is CashReturn.NONE
        assert list(counter.core.effects.values()) == [view.amount_fen]
        assert counter.biller.effects == held_by_biller
        assert "CORE_REVERSE" not in calls(counter)
    if course.state == states.SUCCESS and course.outcome is BACK:
        assert done.advice.id == "advice.cancel.refused"
        assert done.word is Word.PAID
    assert all(words(language).knows(done.advice.id) for language in ("zh_CN", "en"))
    if course.outcome is BACK and NO in course.cancel:
        assert done.cancellation is not None
        assert done.cancellation.refusal == "已开发票"


def test_every_row_is_among_them() -> None:
    elsewhere = {"T19", "T19d", "T20r", "T20rd", "T20x", "T20xd", "T20w", "T20wd", "T28a"}
    tried = {row for course in COURSES.values() for row in course.rows.split()}
    assert {row.row for row in CANCELLING} - elsewhere <= tried


def test_a_supervisor_has_core_undone_under_a_new_id_after_it_refused(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes, paid(counter))
    counter.core.script = {"CORE_REVERSE": [refused("CORE_CLOSED")]}
    failed = cancel(counter, view)
    assert failed.advice.id == "advice.cancel.core_failed"

    done = counter.payments.retry_reversal(counter.who, RetryReversal(view.serial))

    assert (done.state, outcome(counter, view)) == (states.CANCELLED, DONE)
    assert [leg.leg_id[-4:] for leg in done.legs if leg.kind == "CORE_UNPOST"] == ["CU-1", "CU-2"]
    assert counter.rows_taken(view.serial)[-2:] == ["T28a", "T25"]


def test_the_same_message_goes_to_the_biller_until_it_answers(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes, paid(counter))
    counter.biller.script = {"BILLER_CANCEL": [TIMEOUT, TIMEOUT, TIMEOUT]}
    counter.biller.bodies.clear()

    cancel(counter, view)
    sweep(counter)

    sent = [request_id for name, request_id in counter.biller.calls if name == "BILLER_CANCEL"]
    assert len(sent) == 4
    assert len(set(sent)) == len(set(counter.biller.bodies)) == 1
    assert counter.payments.payment(view.serial).state == states.CANCELLED


def test_a_message_that_never_left_is_not_what_a_later_try_sends(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes, paid(counter))
    counter.biller.script = {"BILLER_CANCEL": [UNSENT, UNSENT]}
    assert cancel(counter, view).advice.id == "advice.cancel.not_sent"

    again = ask(counter, view, reason=CancelReason.PAID_TWICE)
    assert again.cancellation is not None
    eyes.approve(again.cancellation.approval_id)
    done = cancel(counter, view)

    assert done.state == states.CANCELLED
    legs = [(leg.leg_id[-4:], leg.state) for leg in done.legs if leg.kind == "BILLER_CANCEL"]
    assert legs == [("BC-1", LegState.UNSENT), ("BC-2", LegState.OK)]
    assert b"PAID_TWICE" in counter.biller.bodies[-1]


def test_a_desk_that_died_before_the_answer_takes_no_refusal_for_proof(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes, paid(counter))

    def dies(*_: object) -> Any:
        raise KeyboardInterrupt

    counter.biller.script = {"BILLER_CANCEL": [dies]}
    with pytest.raises(KeyboardInterrupt):
        cancel(counter, view)
    counter.biller.script = {"BILLER_CANCEL": [NO]}
    sweep(counter)

    assert counter.rows_taken(view.serial)[-3:] == ["T23", "T24c", "T24p"]
    assert counter.payments.payment(view.serial).state == states.SUCCESS


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


def issued(counter: Counter, view: PaymentView, number: str = "20261122-0712-000001") -> str:
    """A receipt as the documents room keeps it."""
    with counter.store.write("test.paper") as unit:
        unit.connection.execute(
            insert(DOCUMENT),
            {
                **{"number": number, "kind": "BILL_RECEIPT", "serial": view.serial, "sealed_view": b"-"},
                **{"template_version": "1", "file_name": f"{number}.pdf", "reserved_at": counter.clock.now()},
                **{"state": "ISSUED", "sha256": "0" * 64, "issued_at": counter.clock.now(), "issued_by": "1001"},
            },
        )
        unit.commit()
    return number


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
