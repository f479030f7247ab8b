"""However often a key is pressed, whoever presses it, and wherever the desk dies: money is refunded once or not."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text, update
from support.long_form import LONG
from support.scripted import TIMEOUT
from support.waiting import until

from tellerdesk.bills.commands import AskCancellation, CancelReason, Method, Person
from tellerdesk.errors import Conflict, Refused, StoreUnavailable, TamperFound, TellerDeskError
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import CashReturn
from tellerdesk.refunds import states
from tellerdesk.refunds.commands import AskRefundApproval, ConfirmHandedOver, Suspend
from tellerdesk.refunds.register import PAY_OUT, REFUND
from tellerdesk.refunds.views import RefundView
from tellerdesk.store import triggers
from tellerdesk.store.engine import UNSURE
from tests.refunds.conftest import Building
from tests.refunds.house import ACCOUNT, RB, RP, TILL, House


def at_once(house: House, *calls: Callable[[], Any]) -> list[Any]:
    """What each was told, all of them pressed at the same moment."""

    def press(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except TellerDeskError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(press, calls))


def bookings(house: House) -> list[str]:
    return [name for name, _ in house.core.calls if name == "CORE_BOOK"]


# Pressed again


@pytest.mark.req("B9")
def test_every_request_that_is_pressed_again_gives_the_refund_as_it_stands(lite: Building) -> None:
    house = lite()
    payment = house.paid()
    house.next_day()
    command = house.asking(payment)
    asked = house.refunds.ask(house.who, command)
    assert house.refunds.ask(house.who, command) == asked
    with pytest.raises(Conflict, match="other_contents"):
        house.refunds.ask(house.who, replace(command, note="另一笔"))
    due = house.go_on(house.approved(asked, persons=2))
    assert house.go_on(due) == due
    assert house.refunds.ask(house.who, command) == due

    pay_out = house.asking_pay_out(due)
    waiting = house.refunds.ask_pay_out(house.who, pay_out)
    assert house.refunds.ask_pay_out(house.who, pay_out) == waiting
    with pytest.raises(Conflict, match="other_contents"):
        house.refunds.ask_pay_out(house.who, replace(pay_out, payee=Person("陈志强", "E12345678", "PASSPORT")))
    paid = house.go_on(house.approved(waiting))
    assert house.refunds.ask_pay_out(house.who, pay_out) == paid

    suspend = Suspend(secrets.token_hex(16), house.reversed().serial)
    held = house.refunds.suspend(house.who, suspend)
    assert house.refunds.suspend(house.who, suspend) == held
    assert len(bookings(house)) == 2
    for action in ("refund.asked", "refund.pay_out_asked", "refund.suspend_asked"):
        assert len(house.eyes.audited(action)) == 1
    assert house.eyes.audited("refund.went_on") == [due.serial] * 2


@pytest.mark.req("B9")
def test_two_who_ask_at_once_for_the_same_payment_make_one_refund(house: House) -> None:
    payment, cash = house.paid(), house.reversed()
    house.next_day()

    told = at_once(house, *[lambda: house.ask(payment)] * 2, *[lambda: house.suspend(cash.serial)] * 2)

    made = [one for one in told if isinstance(one, RefundView)]
    assert sorted(one.payment_serial for one in made) == sorted([payment.serial, cash.serial])
    assert all(isinstance(one, Refused | Conflict) for one in told if one not in made)
    assert len({leg for name, leg in house.biller.calls if name == "BILLER_CONSENT"}) == 1
    assert len(house.counter.read(select(REFUND.c.serial))) == 2


@pytest.mark.req("B9")
def test_a_cancellation_and_a_refund_asked_for_at_once_do_not_both_begin(house: House) -> None:
    for _ in range(3):
        payment = house.paid()
        house.next_day()
        # Reconciled or not, of which day it is looks the same to both for once.
        day = house.at_core.accounting_date
        cancel = AskCancellation(
            secrets.token_hex(16),
            payment.serial,
            payment.consumer_no,
            payment.amount_fen,
            CancelReason.PAID_TWICE,
            original_back=True,
        )
        house.counter.cancellations._guards._always = lambda *_: iter(())  # type: ignore[method-assign]
        asking = partial(house.ask, payment), partial(house.counter.cancellations.ask, house.who, cancel)
        at_once(house, *asking)
        view = house.counter.payments.payment(payment.serial)
        assert (view.state == "CANCEL_PENDING") != bool(house.refunds.of_payment(house.who, payment.serial)), day


@pytest.mark.req("B9")
def test_however_many_press_the_key_a_pay_out_is_booked_and_handed_over_once(house: House) -> None:
    due = house.suspended(house.reversed().serial)
    approved = house.approved(house.ask_pay_out(due))

    at_once(house, *[lambda: house.go_on(approved)] * 3)

    until(lambda: house.refunds.refund(house.who, due.serial).state == states.PAID_OUT, "paid out")
    at_once(house, *[lambda: house.refunds.confirm_handed_over(house.who, ConfirmHandedOver(due.serial))] * 3)
    assert house.refunds.refund(house.who, due.serial).cash_return is CashReturn.RETURNED
    assert house.counter.till_rows(due.serial) == [("CASH_OUT", due.amount_fen)]
    assert (house.held(RP), house.held(TILL), house.flaws()) == (0, 0, [])


# Killed


class Killed(BaseException):
    """Nothing of the desk's own catches it, as nothing catches a kill."""


def killed_at(house: House, place: int, work: Callable[[], Any]) -> bool:
    """Does `work` until the step with this number; whether it was reached."""
    seen = 0

    def hook(step: str) -> None:
        nonlocal seen
        if step.startswith(("commit.", "call.")):
            seen += 1
            if seen == place:
                raise Killed(step)

    house.store.hook = hook
    try:
        work()
    except Killed:
        return True
    finally:
        house.store.hook = lambda _: None
    return False


def through(house: House, refund: RefundView) -> RefundView:
    """Whatever was reached, carried on by a person who presses the keys again, to the end."""
    for _ in range(12):
        house.counter.let_leases_run_out()
        house.counter.recovery.sweep()
        refund = house.refunds.refund(house.who, refund.serial)
        match refund.state:
            case states.AGREED:
                house.refunds.ask_approval(house.who, AskRefundApproval(refund.serial))
            case states.PENDING_REFUND if not refund.may:
                house.approved(refund, persons=2)
            case states.PENDING_SUSPENSE | states.PENDING_PAY_OUT if not refund.may:
                house.approved(refund)
            case states.PENDING_REFUND | states.PENDING_SUSPENSE | states.PENDING_PAY_OUT:
                house.go_on(refund)
            case states.DUE:
                house.ask_pay_out(refund)
            case states.PAID_OUT:
                return house.refunds.confirm_handed_over(house.who, ConfirmHandedOver(refund.serial))
    raise AssertionError(refund.state)


@pytest.mark.req("B9", "B10")
@pytest.mark.parametrize("at", ["ask", "go_on", "pay_out"] if LONG else ["go_on"])
def test_a_desk_that_dies_at_any_step_refunds_once(lite: Building, at: str) -> None:
    house = lite()
    reached, place = True, 0
    while reached:
        place += 1
        payment = house.paid()
        house.next_day()
        command = house.asking(payment)
        before = house.held(RB)
        if at == "ask":
            reached = killed_at(house, place, partial(house.refunds.ask, house.who, command))
            refund = house.refunds.ask(house.who, command)  # pressed again by the teller
        else:
            refund = house.approved(house.refunds.ask(house.who, command), persons=2)
            if at == "pay_out":
                refund = house.approved(house.ask_pay_out(house.go_on(refund)))
            reached = killed_at(house, place, partial(house.go_on, refund))

        done = through(house, refund)

        assert (done.state, done.cash_return) == (states.PAID_OUT, CashReturn.RETURNED), place
        assert before - house.held(RB) == payment.amount_fen, place
        assert (house.held(RP), house.flaws()) == (0, []), place
        assert len(house.refunds.of_payment(house.who, payment.serial)) == 1
    assert place >= 6


def test_a_source_somebody_works_on_makes_the_step_fall_and_it_is_tried_again(lite: Building) -> None:
    house = lite()
    payment = house.reversed()
    approved = house.approved(house.suspend(payment.serial))
    with house.store.write("test.lease") as unit:
        far = text("UPDATE journal_entry SET lease_until_ms = 99999999999999 WHERE serial = :of")
        unit.connection.execute(far, {"of": payment.serial})
        unit.commit()

    assert house.go_on(approved).state == states.SUSPENDING
    assert house.held(RP) == payment.amount_fen  # core has booked it, and nobody here believes so yet
    house.sweep()

    assert house.refunds.refund(house.who, approved.serial).state == states.DUE
    assert (house.held(RP), house.flaws()) == (payment.amount_fen, [])


# The database fails


def lost(house: House, at: str, error: str) -> None:
    def hook(step: str) -> None:
        if step == at:
            house.store.hook = lambda _: None
            raise StoreUnavailable(error)

    house.store.hook = hook


def test_a_request_whose_commit_was_lost_is_looked_up(lite: Building) -> None:
    house = lite()
    payment = house.paid()
    house.next_day()
    lost(house, "commit.refund.asked:after", UNSURE)
    asked = house.ask(payment)
    assert (asked.state, house.biller.calls[-1][0]) == (states.CONSENT_SENDING, "BILLER_PAY")  # nothing was sent
    house.sweep()
    assert house.refunds.refund(house.who, asked.serial).state == states.AGREED
    again = house.refunds.ask_approval(house.who, AskRefundApproval(asked.serial))
    lost(house, "commit.refund.approved:after", UNSURE)
    begun = house.go_on(house.approved(again, persons=2))
    assert (begun.state, house.held(RP)) == (states.RECEIVING, 0)
    house.sweep()
    due = house.refunds.refund(house.who, asked.serial)
    lost(house, "commit.refund.pay_out_asked:after", UNSURE)
    waiting = house.ask_pay_out(due)
    assert waiting.state == states.PENDING_PAY_OUT
    paid = house.go_on(house.approved(waiting))
    lost(house, "commit.refund.handed_over:after", UNSURE)
    assert house.refunds.confirm_handed_over(house.who, ConfirmHandedOver(paid.serial)).cash_return == "RETURNED"
    assert house.counter.till_rows(paid.serial) == [("CASH_OUT", paid.amount_fen)]
    assert (house.held(RP), house.flaws()) == (0, [])


@pytest.mark.parametrize(
    ("at", "sentence"),
    [
        ("commit.refund.suspend_asked:before", "not_asked"),
        ("commit.refund.approved:before", "not_gone_on"),
        ("commit.bill_refund.SUSPENDING.booked:before", "outcome_not_kept"),
    ],
)
def test_a_store_that_fails_says_what_was_and_was_not_done(lite: Building, at: str, sentence: str) -> None:
    house = lite()
    payment = house.reversed()
    command = Suspend(secrets.token_hex(16), payment.serial)
    if "asked" not in at:
        asked = house.approved(house.refunds.suspend(house.who, command))
    lost(house, at, "error.store.full")
    with pytest.raises(StoreUnavailable, match=sentence):
        house.refunds.suspend(house.who, command) if "asked" in at else house.go_on(asked)
    if "asked" in at:
        asked = house.approved(house.refunds.suspend(house.who, command))
    house.sweep()
    done = house.go_on(asked)
    assert (done.state, house.held(RP), house.flaws()) == (states.DUE, payment.amount_fen, [])
    assert len({leg for name, leg in house.core.calls if name == "CORE_BOOK"}) == 1


# The day rolls


def test_a_day_that_rolls_between_approval_and_booking_books_the_refund_on_the_new_day(house: House) -> None:
    payment = house.paid()
    house.next_day()
    refund = house.approved(house.ask(payment), persons=2)
    cash = house.approved(house.suspend(house.reversed().serial))
    house.next_day()

    done, held = house.go_on(refund), house.go_on(cash)

    assert done.accounting_date == held.accounting_date == house.at_core.accounting_date
    assert (done.state, held.state, house.flaws()) == (states.DUE, states.DUE, [])
    assert house.held(RP) == done.amount_fen + held.amount_fen


# Tampered with


TAMPERED: dict[str, Callable[[House, RefundView], tuple[Any, dict[str, Any]]]] = {
    "amount": lambda _, refund: (ENTRY.c.serial == refund.serial, {"amount_fen": refund.amount_fen + 1}),
    "till": lambda _, refund: (ENTRY.c.serial == refund.serial, {"till_no": "08"}),
    "the payment": lambda _, refund: (ENTRY.c.serial == refund.payment_serial, {"amount_fen": refund.amount_fen + 1}),
    "the source": lambda _, refund: (REFUND.c.serial == refund.serial, {"cause": "STUCK_POSTING"}),
    "how": lambda _, refund: (PAY_OUT.c.serial == refund.serial, {"method": Method.ACCOUNT.value}),
    "till of the pay-out": lambda _, refund: (PAY_OUT.c.serial == refund.serial, {"till_no": "08"}),
}


@pytest.mark.req("B20")
def test_what_is_not_what_was_approved_is_not_paid_out_and_is_audited(lite: Building) -> None:
    house = lite()
    with house.store.write("test.triggers") as unit:
        triggers.drop(unit.connection)
        unit.commit()
    due = house.suspended(house.reversed().serial)
    approved = house.approved(house.ask_pay_out(due))
    for told, tampering in TAMPERED.items():
        where, values = tampering(house, due)
        table = where.left.table
        [before] = house.counter.read(select(*(table.c[name] for name in values)).where(where))
        edit(house, table, where, values)

        with pytest.raises(TamperFound):
            house.go_on(approved)

        assert house.held(RP) == due.amount_fen, told
        edit(house, table, where, dict(before._mapping))
    other = house.ask_pay_out(house.suspended(house.reversed().serial), method=Method.ACCOUNT, account_no=ACCOUNT)
    [(sealed,)] = house.counter.read(select(PAY_OUT.c.account_sealed).where(PAY_OUT.c.serial == other.serial))
    edit(house, PAY_OUT, PAY_OUT.c.serial == due.serial, {"account_sealed": sealed})
    with pytest.raises(TamperFound):
        house.go_on(approved)
    edit(house, PAY_OUT, PAY_OUT.c.serial == due.serial, {"account_sealed": None})
    assert len(house.eyes.audited("approval.refused")) == len(TAMPERED) + 1
    assert house.go_on(approved).state == states.PAID_OUT


def edit(house: House, table: Any, where: Any, values: dict[str, Any]) -> None:
    with house.store.write("test.tamper") as unit:
        unit.connection.execute(update(table).where(where).values(**values))
        unit.commit()


def test_a_consent_that_was_asked_for_by_a_desk_that_died_is_asked_again_with_the_same_words(lite: Building) -> None:
    house = lite()
    payment = house.paid()
    house.next_day()
    house.biller.script["BILLER_CONSENT"] = [TIMEOUT] * 3
    house.ask(payment)
    house.sweep()
    house.sweep()

    bodies = {
        body
        for (name, _), body in zip(house.biller.calls, house.biller.bodies, strict=True)
        if name == "BILLER_CONSENT"
    }

    assert len(bodies) == 1
    (refund,) = house.refunds.of_payment(house.who, payment.serial)
    assert refund.state == states.AGREED
