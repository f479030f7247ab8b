"""What stands in the way of a refund, each in its own words: when it is asked for, and again when it is carried out."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import time as time_of_day
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update
from support.counter import teller
from support.scripted import TIMEOUT, refused

from tellerdesk.billers.catalogue import Hours
from tellerdesk.bills.commands import (
    AskCancellation,
    CancelReason,
    ConfirmCashReturned,
    Method,
    Person,
    RetryReversal,
)
from tellerdesk.bills.papers import BillPapers
from tellerdesk.bills.views import PaymentView
from tellerdesk.documents.papers import DOCUMENT
from tellerdesk.errors import BadInput, CounterpartUnavailable, NotAllowed, Refused
from tellerdesk.i18n import LANGUAGES, words
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import Word
from tellerdesk.refunds import states
from tellerdesk.refunds.commands import AskRefundApproval, ConfirmHandedOver, FindRefundable
from tellerdesk.sandbox import people
from tellerdesk.till.drawer import MOVEMENT, SESSION
from tests.refunds.conftest import Building
from tests.refunds.house import ACCOUNT, RP, House

SOMEBODY_ELSE = people.account_no(1)


def change(house: House, serial: str, **values: Any) -> None:
    with house.store.write("test.change") as unit:
        unit.connection.execute(update(ENTRY).where(ENTRY.c.serial == serial).values(**values))
        unit.commit()


def close_till(house: House) -> None:
    with house.store.write("test.close") as unit:
        unit.connection.execute(update(SESSION).values(closed_at=house.clock.now()))
        unit.commit()


def spend_the_cash(house: House) -> None:
    [(session,)] = house.counter.read(SESSION.select().with_only_columns(SESSION.c.id))
    moved = {"session_id": session, "kind": "CASH_OUT", "amount_fen": 1_160_000, "serial": "elsewhere", "by": "1001"}
    with house.store.write("test.cash") as unit:
        unit.connection.execute(insert(MOVEMENT), moved | {"at": house.clock.now()})
        unit.commit()


def at_another_till(house: House) -> None:
    house.counter.who = replace(house.who, till_no="08")


def unable(house: House, **able: bool) -> None:
    """The biller cannot do something after all, by the catalogue."""
    biller = house.counter.catalogue["1101"]
    capabilities = biller.capabilities.model_copy(update=able)
    house.counter.catalogue["1101"] = biller.model_copy(update={"capabilities": capabilities})


def closed(house: House) -> None:
    hours = Hours(open=time_of_day(1), close=time_of_day(2))
    house.counter.catalogue["1101"] = house.counter.catalogue["1101"].model_copy(update={"hours": hours})


def silent_core(house: House) -> None:
    house.core.script["CORE_ACCOUNTING_DATE"] = [TIMEOUT]


def receipt(house: House, payment: PaymentView) -> None:
    number, now = "20261122-0712-000001", house.clock.now()
    with house.store.write("test.receipt") as unit:
        unit.connection.execute(
            insert(DOCUMENT),
            {
                **{"number": number, "kind": "BILL_RECEIPT", "serial": payment.serial, "sealed_view": b"-"},
                **{"template_version": "1", "file_name": f"{number}.pdf", "reserved_at": now},
                **{"state": "ISSUED", "sha256": "0" * 64, "issued_at": now, "issued_by": "1001"},
            },
        )
        unit.commit()


# Of an earlier day


NEXT_DAY: dict[str, Callable[[House, PaymentView], object]] = {
    "biller_cannot": lambda house, _: unable(house, cancel=False),
    "biller_forgets": lambda house, _: unable(house, dedupe=False),
    "biller_closed": lambda house, _: closed(house),
    "parameters.newer": lambda house, _: house.counter.newer.add("1101"),
    "core_silent": lambda house, _: silent_core(house),
    "under_way": lambda house, paid: change(house, paid.serial, state="BILLER_UNKNOWN"),
    "never_paid": lambda house, paid: change(house, paid.serial, state="REVERSED"),
    "not_begun": lambda house, paid: change(house, paid.serial, state="PENDING_APPROVAL"),
    "being_cancelled": lambda house, paid: change(house, paid.serial, state="CANCEL_PENDING"),
    "error.refund.cancelled": lambda house, paid: change(house, paid.serial, state="CANCELLED"),
    "refund.already": lambda house, paid: house.ask(paid),
    "other_branch": lambda house, _: setattr(house.counter, "who", replace(house.who, branch_no="0713")),
}


def test_every_reason_not_to_ask_the_biller_is_told_in_its_own_words(lite: Building) -> None:
    house = lite()
    same_day = house.paid()
    with pytest.raises(Refused, match="same_day"):
        house.ask(same_day)
    for sentence, happens in NEXT_DAY.items():
        payment = house.paid()
        house.next_day()
        before, was = dict(house.counter.catalogue), house.who
        happens(house, payment)
        calls = len(house.biller.calls)

        with pytest.raises((Refused, NotAllowed)) as error:
            house.next_day_asked_below_the_door(payment)

        assert sentence in error.value.message_id
        assert len(house.biller.calls) == calls, sentence
        for language in LANGUAGES:
            assert words(language)(error.value.message_id, **error.value.args_by_name)
        house.counter.catalogue.update(before)
        house.counter.newer.clear()
        house.counter.who = was


def test_what_is_keyed_again_must_be_the_payments_own_and_every_miss_is_audited(lite: Building) -> None:
    house = lite()
    payment = house.paid()
    house.next_day()
    for field, changes in (
        ("consumer_no", {"consumer_no": people.consumer_no(1)}),
        ("amount", {"amount_fen": payment.amount_fen + 1}),
    ):
        with pytest.raises(BadInput, match="differs") as error:
            house.ask(payment, **changes)
        assert error.value.field == field
    assert house.eyes.audited("refund.miskeyed") == [payment.serial] * 2
    assert house.refunds.of_payment(house.who, payment.serial) == ()


def test_a_receipt_that_was_issued_comes_back_first_and_none_is_issued_afterwards(lite: Building) -> None:
    house = lite()
    payment = house.paid()
    house.next_day()
    receipt(house, payment)
    house.counter.recovery.learn_day()
    (found,) = house.refunds.find(house.who, FindRefundable(payment.serial))
    assert (found.has_receipt, found.obstacles, found.word) == (True, (), Word.PAID)
    with pytest.raises(Refused, match="receipt_needed"):
        house.ask(payment, original_back=False)

    assert house.ask(payment).state == states.PENDING_REFUND

    papers = BillPapers(house.eyes.staff, None, house.counter.payments, None)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="being_refunded"):
        papers.issue(house.who, payment.serial)
    (found,) = house.refunds.find(house.who, FindRefundable(payment.consumer_no))
    assert [obstacle.id for obstacle in found.obstacles] == ["error.refund.already"]
    assert found.word is Word.REFUND_DUE


def test_a_payment_that_is_refunded_is_not_cancelled_and_not_refunded_twice(lite: Building) -> None:
    house = lite()
    payment = house.paid()
    house.next_day()
    done = house.refunded(payment)
    change(house, payment.serial, accounting_date=house.at_core.accounting_date)

    with pytest.raises(Refused, match="being_refunded"):
        house.counter.cancellations.ask(
            house.who,
            AskCancellation(
                secrets.token_hex(16),
                payment.serial,
                payment.consumer_no,
                payment.amount_fen,
                CancelReason.BANK_ERROR,
                original_back=True,
            ),
        )
    with pytest.raises(Refused, match="already"):
        house.ask(payment)
    with pytest.raises(Refused, match="not_agreed"):
        house.refunds.ask_approval(house.who, AskRefundApproval(done.serial))


def test_a_payment_reconciliation_has_spoken_on_is_refunded_without_being_touched(lite: Building) -> None:
    house = lite()
    payment = house.paid()
    house.next_day()
    change(house, payment.serial, recon_status="MATCHED")

    done = house.paid_out(house.refunded(payment))

    assert (done.state, house.held(RP), house.flaws()) == (states.PAID_OUT, 0, [])
    seen = house.counter.payments.payment(payment.serial)
    assert (seen.state, seen.word) == ("SUCCESS", Word.REFUNDED)


# Into refunds payable


def test_every_reason_not_to_hold_money_back_is_told_in_its_own_words(lite: Building) -> None:
    house = lite()
    paid, stuck = house.paid(), house.stuck()
    silent = house.stuck()
    house.counter.who = replace(house.who, branch_no="0713")
    with pytest.raises(NotAllowed, match="other_branch"):
        house.below_the_door_suspend(stuck.serial)
    house.counter.who = replace(house.who, branch_no="0712")
    with pytest.raises(Refused, match="nothing_due"):
        house.suspend(paid.serial)
    with pytest.raises(Refused, match="no_such_serial"):
        house.suspend("2026112207120799999999")
    forget_the_refusal(house, silent)
    with pytest.raises(Refused, match="not_refused"):
        house.suspend(silent.serial)
    change(house, stuck.serial, recon_status="DIFF")
    with pytest.raises(Refused, match="reconciled"):
        house.suspend(stuck.serial)
    cash = house.reversed()
    at_another_till(house)
    with pytest.raises(Refused, match="other_till"):
        house.below_the_door_suspend(cash.serial)
    house.counter.who = replace(house.who, till_no="07")
    waiting = house.suspend(cash.serial)
    with pytest.raises(Refused, match="cash_suspending"):
        house.suspend(cash.serial)
    approved = house.approved(waiting)
    close_till(house)
    with pytest.raises(Refused, match="till_not_open"):
        house.go_on(approved)
    assert (house.held(RP), house.refunds.refund(house.who, waiting.serial).state) == (0, states.PENDING_SUSPENSE)


def forget_the_refusal(house: House, payment: PaymentView) -> None:
    """As if core had never answered the reversal: a supervisor has it sent once more, and core says nothing."""
    house.core.script["CORE_REVERSE"] = [TIMEOUT] * 20
    house.counter.payments.retry_reversal(house.who, RetryReversal(payment.serial))
    for _ in range(8):
        house.sweep()
    house.core.script.clear()
    assert house.counter.payments.payment(payment.serial).state == "REVERSE_FAILED"


def test_what_is_held_can_be_settled_in_no_other_way(lite: Building) -> None:
    house = lite()
    cash, stuck = house.reversed(), house.stuck()
    held = house.suspend(cash.serial)
    house.suspend(stuck.serial)
    with pytest.raises(Refused, match=r"payment\.cash_suspending"):
        house.counter.payments.confirm_cash_returned(house.who, ConfirmCashReturned(cash.serial))
    with pytest.raises(Refused, match=r"payment\.suspending"):
        house.counter.payments.retry_reversal(house.who, RetryReversal(stuck.serial))
    with pytest.raises(Refused, match="posting_suspending"):
        house.suspend(stuck.serial)
    house.go_on(house.approved(held))
    with pytest.raises(Refused, match=r"payment\.cash_in_suspense"):
        house.counter.payments.confirm_cash_returned(house.who, ConfirmCashReturned(cash.serial))
    with pytest.raises(Refused, match=r"refund\.cash_in_suspense"):
        house.suspend(cash.serial)


# Out of it


def test_every_reason_not_to_pay_out_is_told_in_its_own_words(lite: Building) -> None:
    house = lite()
    due = house.suspended(house.reversed().serial)
    with pytest.raises(Refused, match="no_cash_due"):
        house.refunds.confirm_handed_over(house.who, ConfirmHandedOver(due.serial))
    by_account = {"method": Method.ACCOUNT, "account_no": SOMEBODY_ELSE}
    with pytest.raises(Refused, match="other_holder"):
        house.ask_pay_out(due, **by_account)
    for code, sentence in (("ACCOUNT_FROZEN", "frozen"), ("ACCOUNT_CLOSED", "closed"), ("ODD", "credit.refused")):
        house.core.script["CORE_ACCOUNT"] = [refused(code)]
        with pytest.raises(Refused, match=sentence):
            house.ask_pay_out(due, **by_account)
    house.core.script["CORE_ACCOUNT"] = [TIMEOUT]
    with pytest.raises(CounterpartUnavailable, match=r"credit\.no_answer"):
        house.ask_pay_out(due, **by_account)
    with pytest.raises(Refused, match="cash_with_account"):
        house.ask_pay_out(due, account_no=ACCOUNT)
    for changes, field in (
        ({"payee": Person("", "11010519491231002X")}, "payee_name"),
        ({"payee": Person("王晓燕", "110105194912310021")}, "payee_document_no"),
        ({"agent": Person("陈志强", "E1", "PASSPORT")}, "agent_document_no"),
        ({"method": Method.ACCOUNT, "account_no": "6217"}, "account_no"),
    ):
        with pytest.raises(BadInput) as error:
            house.ask_pay_out(due, **changes)
        assert error.value.field == field
    asked = house.ask_pay_out(due)
    with pytest.raises(Refused, match="pay_out_asked"):
        house.ask_pay_out(due)
    approved = house.approved(asked)
    other = replace(house.who, till_no="08")
    with pytest.raises(NotAllowed, match="not_the_asker"):
        house.going_on_below_the_door(other, approved)
    spend_the_cash(house)
    with pytest.raises(Refused, match="too_little_cash"):
        house.go_on(approved)
    assert house.held(RP) == due.amount_fen


def test_an_account_that_was_frozen_since_is_not_credited(lite: Building) -> None:
    house = lite()
    due = house.suspended(house.reversed().serial)
    approved = house.approved(house.ask_pay_out(due, method=Method.ACCOUNT, account_no=ACCOUNT))
    house.core.script["CORE_ACCOUNT"] = [refused("ACCOUNT_FROZEN")]

    with pytest.raises(Refused, match=r"credit\.frozen"):
        house.go_on(approved)

    assert house.held(RP) == due.amount_fen
    assert house.go_on(approved).state == states.PAID_OUT  # the approval still holds


def test_cash_of_a_refund_goes_over_the_counter_at_its_till_only_and_never_below_nothing(lite: Building) -> None:
    house = lite()
    paid = house.paid_out(house.suspended(house.reversed().serial))
    with pytest.raises(Refused, match="other_till"):
        house.handing_over_below_the_door(replace(house.who, till_no="08"), paid)
    spend_the_cash(house)
    with pytest.raises(Refused, match="too_little_cash"):
        house.refunds.confirm_handed_over(house.who, ConfirmHandedOver(paid.serial))
    close_till(house)
    with pytest.raises(Refused, match="till_not_open"):
        house.refunds.confirm_handed_over(house.who, ConfirmHandedOver(paid.serial))


def test_a_refund_ages_by_the_branchs_calendar_and_only_who_may_sees_what_may_be_done(lite: Building) -> None:
    house = lite()
    due = house.suspended(house.reversed().serial)
    assert due.age_days == 0
    house.clock.advance(timedelta(days=3).total_seconds())  # type: ignore[attr-defined]

    seen = house.refund_below_the_door(house.who, due)
    elsewhere = house.refund_below_the_door(replace(teller("3001", "31"), role="SUPERVISOR"), due)

    assert (seen.age_days, [act.value for act in seen.may], elsewhere.may) == (3, ["PAY_OUT"], ())
