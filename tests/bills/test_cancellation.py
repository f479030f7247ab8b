"""A payment taken back: the biller first, then core, once, and only after a second person has agreed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from conftest import SetClock
from sqlalchemy import select
from support.counter import Counter
from support.four_eyes import FourEyes
from support.scripted import TIMEOUT, UNSENT, refused, then_lost

from tellerdesk.bills import states
from tellerdesk.bills.cancelling import CANCELLATION
from tellerdesk.bills.commands import (
    AccountAuthority,
    CancelReason,
    ConfirmCashReturned,
    Method,
    RetryReversal,
)
from tellerdesk.bills.states import CANCELLING
from tellerdesk.bills.views import CancelOutcome
from tellerdesk.errors import (
    Refused,
)
from tellerdesk.i18n import words
from tellerdesk.journal.states import CashReturn, LegState, Word
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys
from tests.bills.cancelling_desk import (
    ACCOUNT,
    BACK,
    DONE,
    GONE,
    STUCK,
    approved,
    ask,
    calls,
    cancel,
    in_doubt,
    outcome,
    paid,
    sweep,
)

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
