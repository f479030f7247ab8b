"""The same before real counterparts: their own ledgers agree in the end."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import select

from tellerdesk.bills.commands import ConfirmCashReturned
from tellerdesk.desk import Desk
from tellerdesk.errors import Refused
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.questions import states
from tellerdesk.questions.commands import Explain
from tellerdesk.questions.states import ExplainReason, Given
from tellerdesk.questions.views import QuestionKind
from tellerdesk.sandbox.config import ELECTRICITY
from tests.concurrency.bank import TILLS, Bank, look_up, payment_of, sign_on


@contextmanager
def without_the_payment(bank: Bank, leg_id: str) -> Iterator[None]:
    """The biller works from a copy of its books that lacks this payment; afterwards it has them back."""
    path = bank.counterparts.process.folder / f"{ELECTRICITY}.sqlite"

    def rename(old: str, new: str) -> None:
        with closing(sqlite3.connect(path, timeout=30)) as ledger, ledger:
            for table in ("payments", "legs"):
                ledger.execute(f"UPDATE {table} SET leg_id = ? WHERE leg_id = ?", (new, old))  # noqa: S608

    rename(leg_id, f"not-yet-{leg_id}")
    try:
        yield
    finally:
        rename(f"not-yet-{leg_id}", leg_id)


def state_of(bank: Bank, flow: str) -> list[str]:
    with bank.store.read() as session:
        query = select(ENTRY.c.state).where(ENTRY.c.flow == flow, ENTRY.c.branch_no == bank.branch_no)
        return list(session.connection().execute(query).scalars())


@pytest.mark.req("B7")
def test_a_worker_paused_behind_its_paid_while_recovery_reverses_and_the_books_agree(bank: Bank) -> None:
    desk, recovering = bank.desk(TILLS[0]), bank.desk("00")
    try:
        reversed_while_its_answer_was_under_way(bank, desk, recovering)
    finally:
        desk.close()
        recovering.close()
        bank.store.close()


def reversed_while_its_answer_was_under_way(bank: Bank, desk: Desk, recovering: Desk) -> None:
    who = sign_on(desk)
    [consumer] = bank.counterparts.debtors(1)
    command = payment_of(look_up(desk, who, consumer))

    def paused(step: str) -> None:
        if step != "call.BILLER_PAY:after":
            return
        with bank.store.read() as session:
            serial = (
                session.connection()
                .execute(select(ENTRY.c.serial).where(ENTRY.c.branch_no == bank.branch_no))
                .scalar_one()
            )
        with without_the_payment(bank, f"{serial}-BP-1"):
            bank.let_leases_run_out()
            recovering.recovery.sweep()

    desk.store.hook = paused
    view = desk.bills.pay(who, command)

    assert (view.word, view.cash_return) == (Word.REVERSED, CashReturn.DUE)
    assert f"{view.serial} REVERSED: the biller has money core does not hold" in bank.flaws()
    kinds = {question.kind for question in desk.questions.open(who)}
    assert kinds == {QuestionKind.LATE_ANSWER, QuestionKind.CASH_DUE}
    with pytest.raises(Refused, match="count=1"):
        desk.sign_off(who)

    bank.let_leases_run_out()
    recovering.recovery.sweep()

    assert state_of(bank, states.FLOW) == [states.UNDONE]
    assert bank.flaws() == []
    [left] = desk.questions.open(who)
    assert (left.kind, left.payment_serial) == (QuestionKind.CASH_DUE, view.serial)
    desk.questions.explain(who, Explain("e" * 32, view.serial, ExplainReason.CUSTOMER_GONE, Given.PROMISE_TO_CALL))
    desk.sign_off(who)
    back = sign_on(desk)
    desk.bills.confirm_cash_returned(back, ConfirmCashReturned(view.serial))
    assert desk.questions.open(back) == ()
    assert look_up(desk, back, consumer).total_fen == view.amount_fen, "the biller is owed it again"
    assert bank.flaws() == []
