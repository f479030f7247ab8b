"""Eight desks, one database: whoever is first pays, and everybody else is told so in a sentence."""

from __future__ import annotations

from collections import Counter
from functools import partial
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest
from sqlalchemy import select
from support.long_form import LONG

from tellerdesk.bills.commands import AskAgain, ConfirmCashReturned, PayBill, RetryReversal
from tellerdesk.errors import Conflict, IllegalTransition, TellerDeskError
from tellerdesk.i18n import words
from tellerdesk.journal.entries import ENTRY, LEG
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.sandbox.config import ELECTRICITY
from tellerdesk.sandbox.faults import AnswerWay, Processed
from tellerdesk.staff.commands import SignOn
from tellerdesk.staff.views import SignedOn
from tests.concurrency.bank import (
    FORK,
    PASSWORD,
    PATIENCE_S,
    SUPERVISOR,
    TILLS,
    Bank,
    look_up,
    payment_of,
    sign_on,
    together,
)

BILLS = 200 if LONG else 64

Outcome = tuple[str, str]
"""What a desk was told: a word or the id of an error, and a serial or the error's sentence."""


def told(call: Any) -> Outcome:
    try:
        view = call()
    except TellerDeskError as error:
        return error.message_id, words("en").error(error)
    return view.word.value, view.serial


def pay_all(bank: Bank, till_no: str, consumers: list[str], start: Barrier) -> list[Outcome]:
    """Looks all the bills up, then pays each at the same moment as everybody else."""
    desk = bank.desk(till_no)
    who = sign_on(desk)
    commands = [payment_of(look_up(desk, who, consumer)) for consumer in consumers]
    outcomes = []
    for command in commands:
        start.wait(PATIENCE_S)
        outcomes.append(told(lambda command=command: desk.bills.pay(who, command)))
    desk.close()
    return outcomes


@pytest.mark.timeout(600)
@pytest.mark.req("B4", "B5")
def test_eight_desks_pay_the_same_bills_and_each_is_paid_once(bank: Bank) -> None:
    consumers = bank.counterparts.debtors(BILLS)
    start = FORK.Barrier(len(TILLS))

    outcomes = together([partial(pay_all, bank, till_no, consumers, start) for till_no in TILLS])

    for of_one_bill in zip(*outcomes, strict=True):
        counted = Counter(outcome for outcome, _ in of_one_bill)
        assert counted.pop("PAID") == 1
        assert set(counted) <= {"error.payment.already_under_way", "error.payment.already_paid"}, counted
        for outcome, sentence in of_one_bill:
            assert outcome == "PAID" or ("not taken twice" in sentence and "{" not in sentence)
    at_core, at_biller = bank.effects()
    assert len(at_core) == len(at_biller) == BILLS
    assert bank.flaws() == []


def pressed_at_once(bank: Bank, who: SignedOn, command: PayBill, start: Barrier) -> Outcome:
    desk = bank.desk(TILLS[0])
    start.wait(PATIENCE_S)
    outcome = told(lambda: desk.bills.pay(who, command))
    desk.close()
    return outcome


def open_a_bill(bank: Bank, consumer: str) -> tuple[SignedOn, PayBill]:
    desk = bank.desk(TILLS[0])
    who = sign_on(desk)
    command = payment_of(look_up(desk, who, consumer))
    desk.close()
    return who, command


def test_one_request_pressed_eight_times_at_once_is_one_payment(bank: Bank, full: bool) -> None:
    for consumer in bank.counterparts.debtors(10 if full else 2):
        [(who, command)] = together([partial(open_a_bill, bank, consumer)])
        start = FORK.Barrier(8)

        outcomes = together([partial(pressed_at_once, bank, who, command, start)] * 8)

        assert len({serial for _, serial in outcomes}) == 1, outcomes
        assert {word for word, _ in outcomes} <= {"PAID", "PROCESSING"}
    assert bank.flaws() == []


def refused_payment(bank: Bank, consumer: str) -> tuple[SignedOn, str]:
    """A payment whose biller said no, and whose reversal core refused too."""
    desk = bank.desk(TILLS[0])
    who = sign_on(desk)
    view = desk.bills.pay(who, payment_of(look_up(desk, who, consumer)))
    desk.close()
    return who, view.serial


def hand_back(bank: Bank, who: SignedOn, serial: str, start: Barrier) -> str:
    desk = bank.desk(TILLS[0])
    start.wait(PATIENCE_S)
    try:
        return desk.bills.confirm_cash_returned(who, ConfirmCashReturned(serial)).cash_return.value
    except (Conflict, IllegalTransition) as error:
        return error.message_id
    finally:
        desk.close()


def test_cash_handed_back_four_times_at_once_leaves_the_till_once(bank: Bank) -> None:
    [consumer] = bank.counterparts.debtors(1)
    bank.counterparts.process.control.fault("biller-refuses", times=1)
    [(who, serial)] = together([partial(refused_payment, bank, consumer)])
    start = FORK.Barrier(4)

    outcomes = together([partial(hand_back, bank, who, serial, start)] * 4)

    assert CashReturn.RETURNED.value in outcomes
    assert set(outcomes) <= {CashReturn.RETURNED.value, "error.journal.illegal", "error.journal.busy"}
    assert bank.flaws() == [], "one CASH_OUT, no more"


def supervisor(bank: Bank) -> SignedOn:
    desk = bank.desk("99")
    who = desk.sign_on(SignOn(SUPERVISOR, PASSWORD))
    desk.close()
    return who


def retry(bank: Bank, who: SignedOn, serial: str, start: Barrier) -> Outcome:
    desk = bank.desk("99")
    start.wait(PATIENCE_S)
    outcome = told(lambda: desk.bills.retry_reversal(who, RetryReversal(serial)))
    desk.close()
    return outcome


def test_a_reversal_retried_by_four_at_once_is_sent_under_one_new_id(bank: Bank) -> None:
    [consumer] = bank.counterparts.debtors(1)
    bank.counterparts.process.control.fault("biller-refuses", times=1)
    bank.counterparts.process.control.fault("reversal-refused", times=1)
    [(_, serial)] = together([partial(refused_payment, bank, consumer)])
    [who] = together([partial(supervisor, bank)])
    start = FORK.Barrier(4)

    outcomes = Counter(said for said, _ in together([partial(retry, bank, who, serial, start)] * 4))

    assert outcomes.pop(Word.REVERSED.value) == 1
    assert set(outcomes) <= {"error.journal.illegal", "error.journal.busy"}
    with bank.store.read() as session:
        of_reversals = select(LEG.c.leg_id).where(LEG.c.kind == "CORE_REVERSE").order_by(LEG.c.id)
        assert list(session.scalars(of_reversals)) == [f"{serial}-CR-1", f"{serial}-CR-2"]
    assert bank.flaws() == []


def sweep(bank: Bank, start: Barrier) -> int:
    desk = bank.desk("00")
    start.wait(PATIENCE_S)
    resumed = desk.recovery.sweep().resumed
    desk.close()
    return resumed


def lost_payments(bank: Bank, consumers: list[str]) -> list[str]:
    """Payments whose biller is silent, to the payment and to the question after it."""
    desk = bank.desk(TILLS[0])
    who = sign_on(desk)
    serials = []
    for consumer in consumers:
        serials.append(desk.bills.pay(who, payment_of(look_up(desk, who, consumer))).serial)
    desk.close()
    return serials


def test_four_recovery_workers_take_each_entry_up_once(bank: Bank, full: bool) -> None:
    consumers = bank.counterparts.debtors(40 if full else 6)
    control = bank.counterparts.process.control
    control.rule("BILLER_PAY", Processed.YES, AnswerWay.STATUS_5XX, times=len(consumers), counterpart=ELECTRICITY)
    control.rule("BILLER_INQUIRE", Processed.NO, AnswerWay.STATUS_5XX, times=len(consumers), counterpart=ELECTRICITY)
    [serials] = together([partial(lost_payments, bank, consumers)])
    control.clear()
    bank.let_leases_run_out()
    bank.store.close()
    start = FORK.Barrier(4)

    resumed = together([partial(sweep, bank, start)] * 4)

    assert sum(resumed) == len(serials), resumed
    with bank.store.read() as session:
        words = {state for (state,) in session.connection().execute(select(ENTRY.c.state))}
    assert words == {"SUCCESS"}
    assert bank.flaws() == []


def ask(bank: Bank, who: SignedOn, serial: str, start: Barrier) -> Outcome:
    desk = bank.desk(TILLS[0])
    start.wait(PATIENCE_S)
    outcome = told(lambda: desk.bills.ask_again(who, AskAgain(serial)))
    desk.close()
    return outcome


def test_a_question_asked_by_four_at_once_is_asked_of_the_biller_once(bank: Bank) -> None:
    [consumer] = bank.counterparts.debtors(1)
    control = bank.counterparts.process.control
    control.rule("BILLER_PAY", Processed.YES, AnswerWay.STATUS_5XX, times=1, counterpart=ELECTRICITY)
    control.rule("BILLER_INQUIRE", Processed.NO, AnswerWay.STATUS_5XX, times=1, counterpart=ELECTRICITY)
    [(who, serial)] = together([partial(refused_payment, bank, consumer)])
    control.clear()
    start = FORK.Barrier(4)

    outcomes = together([partial(ask, bank, who, serial, start)] * 4)

    assert {outcome for outcome, _ in outcomes} <= {Word.PAID.value, Word.PROCESSING.value}
    assert (Word.PAID.value, serial) in outcomes
    assert bank.flaws() == []
