"""Every row of the refund's table, and of the payment's rows that answer it, driven by what counterparts and people
do; after each the books of core, biller, channel and till agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from support.counter import AskedFrom
from support.long_form import LONG
from support.scripted import TIMEOUT, UNSENT, refused, then_lost

from tellerdesk.bills import states as bill_states
from tellerdesk.bills.states import SUSPENDING
from tellerdesk.bills.views import PaymentView
from tellerdesk.journal.states import CashReturn
from tellerdesk.links.answers import AnswerKind
from tellerdesk.refunds import states
from tellerdesk.refunds.commands import AskRefundApproval, ConfirmHandedOver
from tellerdesk.refunds.states import TABLE
from tellerdesk.refunds.views import PayOutOutcome, RefundAct, RefundView
from tests.refunds.house import RB, RP, House

NO = refused("CORE_CLOSED", "日终处理中")
NOT_AGREED = refused("INVOICED", "已开具发票")


def another_amount(link: Any, request_id: str, request: Any, places: Any) -> Any:
    """It is done, and the yes speaks of something else: that is no answer."""
    answer = link.honest(link.calls[-1][0], request, places)
    return replace(answer, body=answer.body.model_copy(update={"amount_fen": answer.body.amount_fen + 1}))


def without_number(link: Any, request_id: str, request: Any, places: Any) -> Any:
    """It is done, and the yes does not say under which number."""
    answer = link.honest(link.calls[-1][0], request, places)
    number = "agreement_no" if hasattr(answer.body, "agreement_no") else "core_serial"
    return replace(answer, body=answer.body.model_copy(update={number: ""}))


def no_with_a_number(link: Any, request_id: str, request: Any, places: Any) -> Any:
    """It is done, and the answer says no."""
    return replace(link.honest(link.calls[-1][0], request, places), kind=AnswerKind.REJECTED, code="CORE_CLOSED")


# What waits, for each of the three approvals


def cash(house: House) -> RefundView:
    return house.suspend(house.reversed().serial)


def stuck(house: House) -> RefundView:
    return house.suspend(house.stuck().serial)


def agreed(house: House) -> RefundView:
    payment = house.paid()
    house.next_day()
    return house.ask(payment)


def agreed_account(house: House) -> RefundView:
    payment = house.paid_from_account()
    house.next_day()
    return house.ask(payment)


def due(house: House) -> RefundView:
    return house.suspended(house.reversed().serial)


def paying(house: House) -> RefundView:
    return house.ask_pay_out(due(house))


def lying_ready(house: House) -> RefundView:
    return house.paid_out(due(house))


def put_back(house: House) -> RefundView:
    return house.suspend(lying_ready(house).serial)


@dataclass(frozen=True)
class Course:
    """What core does with what was approved, and where that leads: `rows` from the approval on, after `sweeps`."""

    asked: Callable[[House], RefundView]
    rows: str
    state: str
    payable: int
    """how many times the amount core holds in refunds payable afterwards"""
    book: list[Any] = field(default_factory=list)
    sweeps: int = 0
    source: str = ""
    """the last row the source took"""


COURSES = {
    "cash": Course(cash, "R2 R3", states.DUE, 1, source="T16bs"),
    "cash, refused": Course(cash, "R2 R4", states.NOT_BOOKED, 0, [NO], source="T16bu"),
    "cash, unheard": Course(cash, "R2 R5 R3", states.DUE, 1, [then_lost], source="T16bs"),
    "cash, silent": Course(cash, "R2 R5 R5 R3", states.DUE, 1, [TIMEOUT, TIMEOUT], 1, "T16bs"),
    "cash, cut off": Course(cash, "R2 R5 R3", states.DUE, 1, [UNSENT, UNSENT], source="T16bs"),
    "cash, another amount": Course(cash, "R2 R5 R3", states.DUE, 1, [another_amount], source="T16bs"),
    "cash, without a number": Course(cash, "R2 R5 R3", states.DUE, 1, [without_number], source="T16bs"),
    "cash, a no that is none": Course(cash, "R2 R5 R3", states.DUE, 1, [no_with_a_number], source="T16bs"),
    "cash, refused in the end": Course(cash, "R2 R5 R4", states.NOT_BOOKED, 0, [TIMEOUT, NO], source="T16bu"),
    "posting": Course(stuck, "R2 R3", states.DUE, 1, source="T18bs"),
    "posting, refused": Course(stuck, "R2 R4", states.NOT_BOOKED, 0, [NO], source="T18bu"),
    "refund": Course(agreed, "R11 R15", states.DUE, 1),
    "refund, refused": Course(agreed, "R11 R16", states.AGREED, 0, [NO]),
    "refund, unheard": Course(agreed, "R11 R17 R15", states.DUE, 1, [then_lost]),
    "refund, another amount": Course(agreed, "R11 R17 R15", states.DUE, 1, [another_amount]),
    "account": Course(agreed_account, "R11a R12", states.PAID_OUT, 0),
    "account, unheard": Course(agreed_account, "R11a R14 R12", states.PAID_OUT, 0, [then_lost]),
    "account, refused": Course(agreed_account, "R11a R13 R15", states.DUE, 1, [NO]),
    "account, refused twice": Course(agreed_account, "R11a R13 R16", states.AGREED, 0, [NO, NO]),
    "pay-out": Course(paying, "R19 R20", states.PAID_OUT, 0, source="T16bs"),
    "pay-out, refused": Course(paying, "R19 R21", states.DUE, 1, [NO], source="T16bs"),
    "pay-out, unheard": Course(paying, "R19 R22 R20", states.PAID_OUT, 0, [then_lost], source="T16bs"),
    "pay-out, silent": Course(paying, "R19 R22 R22 R20", states.PAID_OUT, 0, [TIMEOUT] * 2, 1, "T16bs"),
    "put back": Course(put_back, "R2 R3", states.DUE, 1, source="T16bs"),
    "put back, refused": Course(put_back, "R2 R4", states.NOT_BOOKED, 0, [NO], source="T16bu"),
}


@pytest.mark.req("B9")
@pytest.mark.parametrize("course", COURSES.values(), ids=COURSES.keys())
def test_every_way_core_can_answer_what_was_approved(shared: House, course: Course) -> None:
    house = shared
    before = house.held(RP)
    asked = course.asked(house)
    persons = 2 if asked.state == states.PENDING_REFUND else 1
    approved = house.approved(asked, persons)
    house.core.script["CORE_BOOK"] = list(course.book)

    done = house.go_on(approved)
    for _ in range(course.sweeps):
        house.sweep()
    done = house.refunds.refund(house.who, done.serial)

    taken = house.counter.rows_taken(done.serial)
    assert taken[taken.index(course.rows.split()[0]) :] == course.rows.split()
    assert (done.state, house.held(RP) - before) == (course.state, course.payable * done.amount_fen)
    assert house.flaws() == []
    if course.source:
        held = house.source_of(done.serial)
        assert house.counter.rows_taken(held)[-1] == course.source
    legs = [leg.leg_id for leg in done.legs]
    assert len(legs) == len(set(legs))
    assert house.go_on(done) == done  # and pressing on does nothing


CONSENTS = {
    "agrees": ("R6 R7 R10", states.PENDING_REFUND, []),
    "does not": ("R6 R8", states.NOT_AGREED, [NOT_AGREED]),
    "cannot be reached": ("R6 R8u", states.NOT_AGREED, [UNSENT, UNSENT]),
    "unheard": ("R6 R9 R7q R10", states.PENDING_REFUND, [then_lost]),
    "another amount": ("R6 R9 R7q R10", states.PENDING_REFUND, [another_amount]),
    "without a number": ("R6 R9 R7q R10", states.PENDING_REFUND, [without_number]),
    "a no that is none": ("R6 R9 R7q R10", states.PENDING_REFUND, [no_with_a_number]),
    "silent, then it does not": ("R6 R9 R8q", states.NOT_AGREED, [TIMEOUT, NOT_AGREED]),
    "silent, then it agrees": ("R6 R9 R9q R9q R7q", states.AGREED, [then_lost, TIMEOUT, TIMEOUT]),
    "silent, then cut off": ("R6 R9 R9u R9q R7q", states.AGREED, [TIMEOUT, UNSENT, UNSENT, TIMEOUT]),
}


@pytest.mark.req("B9")
@pytest.mark.parametrize(("rows", "state", "consent"), CONSENTS.values(), ids=CONSENTS.keys())
def test_every_way_a_biller_can_answer_whether_it_agrees(
    shared: House, rows: str, state: str, consent: list[Any]
) -> None:
    house = shared
    payment = house.paid()
    house.next_day()
    house.biller.script["BILLER_CONSENT"] = list(consent)
    before = house.held(RP), house.held(RB)

    done = house.ask(payment)
    while done.state == states.CONSENT_UNKNOWN:
        assert done.may == (RefundAct.ASK_AGAIN,)
        assert house.counter.payments.payment(payment.serial).advice.id == "advice.refund_biller_asked"
        house.sweep()
        done = house.refunds.refund(house.who, done.serial)

    assert house.counter.rows_taken(done.serial) == rows.split()
    assert (done.state, (house.held(RP), house.held(RB)), house.flaws()) == (state, before, [])
    agrees = state != states.NOT_AGREED
    sent = {leg for name, leg in house.biller.calls if name == "BILLER_CONSENT"}
    assert (len(sent), bool(done.agreement_no)) == (1, agrees)
    seen = house.counter.payments.payment(payment.serial)
    assert seen.state == bill_states.SUCCESS
    assert (seen.refund is not None) is agrees
    if not agrees:
        house.biller.script.clear()
        assert house.ask(payment).state == states.PENDING_REFUND  # it may be asked again, as a refund of its own


WAITS = {
    "cash": (cash, "R1", states.GIVEN_UP),
    "posting": (stuck, "R1", states.GIVEN_UP),
    "put back": (put_back, "R1", states.GIVEN_UP),
    "refund": (agreed, "R10", states.AGREED),
    "pay-out": (paying, "R18", states.DUE),
}


HOWS = ("reject", "withdraw", "expire")
WAYS_TO_WAIT = [
    (wait, how) for wait in WAITS for how in (HOWS if LONG or wait in {"cash", "refund", "pay-out"} else ["expire"])
]


@pytest.mark.req("B9")
@pytest.mark.parametrize(("wait", "how"), WAYS_TO_WAIT)
def test_what_is_not_approved_is_as_if_nobody_had_asked(shared: House, wait: str, how: str) -> None:
    house = shared
    asked, row, state = WAITS[wait]
    if how == "expire":
        quick_for(house, asked)
    waiting = asked(house)
    source = house.source_of(waiting.serial)
    before = house.held(RP)
    if how == "expire":
        house.counter.let_leases_run_out()
        house.counter.recovery.sweep()
    else:
        getattr(house.eyes, how)(waiting.approval_id)

    done = house.refunds.refund(house.who, waiting.serial)

    assert house.counter.rows_taken(done.serial)[-1] == row + ("x" if how == "expire" else "r")
    assert (done.state, house.held(RP), house.flaws()) == (state, before, [])
    if state == states.GIVEN_UP:
        assert house.counter.rows_taken(source)[-1] in {"T16bu", "T18bu"}
        assert house.suspend(source).state == states.PENDING_SUSPENSE  # and may be asked for again
    elif state == states.AGREED:
        assert done.may == (RefundAct.ASK_APPROVAL,)
        house.counter.refund_rules = AskedFrom(1)
        again = house.refunds.ask_approval(house.who, AskRefundApproval(done.serial))
        assert house.go_on(house.approved(again, persons=2)).state == states.DUE
    else:
        assert done.pay_out is not None
        assert done.pay_out.outcome is PayOutOutcome.GIVEN_UP
        house.counter.refund_rules = AskedFrom(1)
        assert house.paid_out(done).state == states.PAID_OUT


def quick_for(house: House, asked: Callable[[House], RefundView]) -> None:
    """The request that is asked last runs out of time at once; those before it do not."""
    before = {paying: 1, put_back: 2}.get(asked, 0)
    house.counter.refund_rules = _Quick(before)


@dataclass
class _Quick(AskedFrom):
    """Rules that give so many requests time, and the next one none."""

    left: int = 0

    def __init__(self, left: int) -> None:
        super().__init__(1)
        self.left = left

    def evaluate(self, facts: Any) -> Any:
        self.lifetime_s = 900.0 if self.left else 0.0
        self.left -= 1
        return super().evaluate(facts)


@pytest.mark.parametrize(("asked", "row"), [(cash, "R1w"), (agreed, "R10w"), (paying, "R18w")])
def test_recovery_leaves_what_waits_for_people_alone(
    shared: House, asked: Callable[[House], RefundView], row: str
) -> None:
    house = shared
    waiting = asked(house)
    house.sweep()

    assert house.counter.rows_taken(waiting.serial)[-1] == row
    assert house.refunds.refund(house.who, waiting.serial).state == waiting.state
    assert house.counter.runner.waiting() == 0


def test_the_courses_here_drive_every_row_of_the_table(shared: House) -> None:
    driven = {row for course in COURSES.values() for row in (*course.rows.split(), course.source)}
    driven |= {row for rows, _, _ in CONSENTS.values() for row in rows.split()}
    driven |= {row + end for _, row, _ in WAITS.values() for end in ("", "r", "x", "w")}
    driven |= {"T16b", "T18b", "T16bu", "T18bu"}  # asked for in those that wait, and given up

    rest = {row.row for row in (*TABLE, *SUSPENDING)} - driven

    assert rest == {"R23", "T18c"}
    house = shared
    payment = house.stuck()
    paid = house.paid_out(house.suspended(payment.serial))
    handed = house.refunds.confirm_handed_over(house.who, ConfirmHandedOver(paid.serial))
    assert handed.cash_return is CashReturn.RETURNED
    assert house.counter.rows_taken(paid.serial)[-1] == "R23"
    assert house.counter.rows_taken(payment.serial)[-1] == "T18c"


@pytest.mark.parametrize("undone", [bill_states.REVERSE_FAILED, bill_states.CANCEL_CORE_FAILED])
def test_a_posting_is_held_from_wherever_core_refused_to_undo_it(shared: House, undone: str) -> None:
    house = shared
    payment: PaymentView = house.stuck() if undone == bill_states.REVERSE_FAILED else house.stuck_cancelling()
    assert payment.state == undone

    before = house.held(RP)

    paid = house.paid_out(house.suspended(payment.serial))

    assert paid.state == states.PAID_OUT
    seen = house.counter.payments.payment(payment.serial)
    assert (seen.state, house.held(RP), house.flaws()) == (bill_states.REFUNDED, before, [])
