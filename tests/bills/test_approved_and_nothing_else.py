"""A payment ends with its request, and nothing but what was approved is done, whoever comes at once: both databases."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from conftest import SetClock
from sqlalchemy import Table, select, update
from sqlalchemy.exc import IntegrityError
from support.counter import AskedFrom, Counter
from support.four_eyes import (
    FROM_FEN,
    IDENTITY,
    VOUCHER,
    FourEyes,
    approved,
    ask,
    by_account,
    claims,
    entry,
    go_on,
    nothing_moved,
)
from support.long_form import LONG
from support.scripted import RIGHT_BLOCK

from tellerdesk.approvals.states import ApprovalState
from tellerdesk.bills.commands import AskAgain, GoOn, Method
from tellerdesk.bills.payment_flow import PAYMENT
from tellerdesk.bills.quotes import QUOTE
from tellerdesk.bills.states import ABORTED
from tellerdesk.bills.views import PaymentView
from tellerdesk.errors import (
    StoreUnavailable,
    TamperFound,
    TellerDeskError,
)
from tellerdesk.journal.entries import ENTRY
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.store import triggers
from tellerdesk.store.engine import Store
from tellerdesk.store.keys import Keys

ROUNDS = 500 if LONG else 4


@pytest.fixture
def counter(store: Store, keys: Keys, clock: SetClock) -> Counter:
    return Counter(store, keys, clock, rules=AskedFrom(FROM_FEN))


@pytest.fixture
def eyes(counter: Counter) -> FourEyes:
    return FourEyes(counter)


# Ending without it


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize(
    ("end", "agreed"), [("rejected", False), ("withdrawn", False), ("withdrawn", True), ("expired", False)]
)
def test_a_request_that_ends_ends_its_payment(
    counter: Counter, eyes: FourEyes, end: str, agreed: bool, method: Method
) -> None:
    how = by_account(counter, pin_block=RIGHT_BLOCK) if method is Method.ACCOUNT else {}
    counter.rules = AskedFrom(FROM_FEN, lifetime_s=0.4 if end == "expired" else 900.0)
    view = ask(counter, **how)
    if agreed:
        eyes.approve(view.approval_id)

    if end == "rejected":
        eyes.reject(view.approval_id)
    elif end == "withdrawn":
        eyes.withdraw(view.approval_id)
    else:
        time.sleep(0.5)
        counter.recovery.sweep()

    after = counter.payments.payment(view.serial)
    assert (after.state, after.word, after.cash_return) == (ABORTED, Word.FAILED, CashReturn.NONE)
    assert after.advice.id == f"advice.aborted.{end}" + (".account" if method is Method.ACCOUNT else "")
    assert nothing_moved(counter)
    assert claims(counter) == []
    assert entry(counter, view.serial)["settled_at"] is not None
    assert entry(counter, view.serial)["due_ms"] is None
    assert eyes.audited(f"approval.{end}") == [view.approval_id]
    assert go_on(counter, view, account=how.get("account")).state == ABORTED, "pressed all the same, it is as it stands"
    assert ask(counter, **how).word is Word.AWAITING, "the bill can be asked about anew"


@pytest.mark.parametrize("end", ["reject", "withdraw"])
def test_request_and_payment_end_in_one_commit_or_both_stand(counter: Counter, eyes: FourEyes, end: str) -> None:
    view = ask(counter)
    began: list[str] = []

    def fail(step: str) -> None:
        if step.startswith("commit.approvals"):
            began.append(step)
            raise StoreUnavailable("error.store.gone", reason="")

    counter.store.hook = fail
    with pytest.raises(StoreUnavailable):
        getattr(eyes, end)(view.approval_id)
    counter.store.hook = lambda _: None

    assert len(began) == 1
    assert eyes.room.approval(counter.who, view.approval_id).state is ApprovalState.PENDING
    assert counter.payments.payment(view.serial).word is Word.AWAITING
    assert claims(counter) == [view.serial]


def test_what_waits_for_people_is_no_work_for_recovery(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes)

    sweep = counter.recovery.sweep()
    counter.let_leases_run_out()
    early = counter.recovery.sweep()

    assert (sweep.resumed, sweep.waiting, early.waiting) == (0, 0, 0)
    assert counter.payments.payment(view.serial).word is Word.AWAITING
    assert nothing_moved(counter)
    assert counter.rows_taken(view.serial) == ["T1+T2", "T3w"], "looked at too early, it rests on"
    assert (counter.recovery.sweep().resumed, counter.rows_taken(view.serial)) == (0, ["T1+T2", "T3w"])
    assert counter.payments.ask_again(AskAgain(view.serial), by="1001").word is Word.AWAITING
    assert counter.rows_taken(view.serial) == ["T1+T2", "T3w"], "nobody can hurry it"


def test_an_approved_payment_whose_time_is_over_ends_and_is_never_carried_out_by_itself(
    counter: Counter, eyes: FourEyes
) -> None:
    counter.rules = AskedFrom(FROM_FEN, lifetime_s=3.0)
    view = approved(counter, eyes)
    time.sleep(3.1)

    assert go_on(counter, view).state == ABORTED, "the press that finds it over ends it"

    assert nothing_moved(counter)
    assert eyes.audited("approval.executed") == []
    assert counter.payments.payment(view.serial).advice.id == "advice.aborted.expired"


# What was approved, and nothing else


def other(value: Any) -> Any:
    """Something of the same kind that is not the same."""
    if isinstance(value, bytes | memoryview):
        return bytes(value)[:-1] + bytes([bytes(value)[-1] ^ 1])
    if isinstance(value, int):
        return abs(value - 1)
    if isinstance(value, str):
        return value[:-1] + ("8" if value[-1:] != "8" else "7")
    return value + timedelta(seconds=1)


BOUND: list[tuple[Table, str, Any]] = [
    *((ENTRY, name, None) for name in ("request_id", "payload_hash", "branch_no", "till_no", "teller_no")),
    *(
        (ENTRY, name, None)
        for name in ("counterpart", "consumer_no", "customer_name", "amount_fen", "made_at", "rules")
    ),
    (ENTRY, "method", "ACCOUNT"),
    (ENTRY, "flow", "bill_refund"),
    (ENTRY, "consumer_index", b"1"),
    *((PAYMENT, name, None) for name in ("tendered_fen", "change_fen", "account_sealed", "identity_sealed")),
    *((QUOTE, name, None) for name in ("biller_code", "total_fen", "valid_until", "bill")),
]


@pytest.mark.parametrize("method", list(Method))
def test_whatever_is_changed_after_the_approval_is_found_audited_and_moves_nothing(
    counter: Counter, eyes: FourEyes, method: Method
) -> None:
    how = by_account(counter, voucher_no=VOUCHER) if method is Method.ACCOUNT else {"identity": IDENTITY}
    view = approved(counter, eyes, **how)
    another = counter.quote("07550031884699")
    with counter.store.write("attack") as unit:
        triggers.drop(unit.connection)
        unit.commit()
    refused = 0

    for table, name, put in [*BOUND, (PAYMENT, "quote_id", another.quote_id)]:
        of = table.c.quote_id == _quote_id(counter, view) if table is QUOTE else table.c.serial == view.serial
        [(kept,)] = counter.read(select(table.c[name]).where(of))
        changed = other(kept) if put is None and kept is not None else put
        if changed in {kept, None}:
            continue
        try:
            write(counter, update(table).where(of).values({name: changed}))
        except IntegrityError:  # what makes no sense the database refuses by itself
            assert name in {"change_fen", "tendered_fen"}
            continue
        row = entry(counter, view.serial)
        who = replace(counter.who, staff_no=row["teller_no"], till_no=row["till_no"], branch_no=row["branch_no"])

        with pytest.raises(TamperFound):
            counter.payments.go_on(who, GoOn(view.serial, account=how.get("account")))

        refused += 1
        assert nothing_moved(counter), name
        assert len(eyes.audited("approval.refused")) == refused, name
        back = table.c.quote_id == changed if (table, name) == (QUOTE, "quote_id") else of
        write(counter, update(table).where(back).values({name: kept}))

    assert refused >= 18
    assert go_on(counter, view, account=how.get("account")).word is Word.PAID, "put back, it is what was approved"


def _quote_id(counter: Counter, view: PaymentView) -> str:
    [(quote_id,)] = counter.read(select(PAYMENT.c.quote_id).where(PAYMENT.c.serial == view.serial))
    return str(quote_id)


def write(counter: Counter, statement: Any) -> None:
    with counter.store.write("attack") as unit:
        unit.connection.execute(statement)
        unit.commit()


# At once


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    def told(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except TellerDeskError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(told, calls))


def test_the_key_pressed_eight_times_at_once_is_one_payment(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes)

    answers = at_once([lambda: go_on(counter, view)] * 8)

    assert {answer.serial for answer in answers} == {view.serial}
    assert {answer.word for answer in answers} <= {Word.PAID, Word.PROCESSING}
    assert counter.payments.payment(view.serial).word is Word.PAID
    assert list(counter.core.effects.values()) == list(counter.biller.effects.values()) == [84_400]
    assert counter.till_rows() == [("CASH_IN", 84_400)]
    assert eyes.audited("approval.executed") == [view.approval_id]


@pytest.mark.timeout(1_800 if LONG else 120)
def test_withdrawn_and_gone_on_with_at_once_is_one_of_both(counter: Counter, eyes: FourEyes) -> None:
    for number in range(ROUNDS):
        month = f"{2000 + number // 12}-{number % 12 + 1:02d}"
        view = counter.payments.pay(
            counter.who, counter.command(counter.quote(months=(month,)), knows_paid_before=True)
        )
        eyes.approve(view.approval_id)

        at_once([lambda view=view: eyes.withdraw(view.approval_id), lambda view=view: go_on(counter, view)])

        after = counter.payments.payment(view.serial)
        executed = view.approval_id in eyes.audited("approval.executed")
        assert executed != (view.approval_id in eyes.audited("approval.withdrawn"))
        assert after.word is (Word.PAID if executed else Word.FAILED)
        assert counter.till_rows(view.serial) == [("CASH_IN", 84_400)] * executed
        assert (f"{view.serial}-CP-1" in counter.core.effects) is executed


@pytest.mark.timeout(1_800 if LONG else 120)
def test_approved_and_gone_on_with_at_once_is_carried_out_once_or_waits(counter: Counter, eyes: FourEyes) -> None:
    for number in range(ROUNDS):
        month = f"{2000 + number // 12}-{number % 12 + 1:02d}"
        view = counter.payments.pay(
            counter.who, counter.command(counter.quote(months=(month,)), knows_paid_before=True)
        )

        at_once([lambda view=view: eyes.approve(view.approval_id), lambda view=view: go_on(counter, view)])

        after = counter.payments.payment(view.serial)
        assert after.word in {Word.PAID, Word.AWAITING}
        assert counter.till_rows(view.serial) == [("CASH_IN", 84_400)] * (after.word is Word.PAID)
        assert go_on(counter, view).word is Word.PAID
        assert counter.till_rows(view.serial) == [("CASH_IN", 84_400)]
