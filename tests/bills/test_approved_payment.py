"""A payment a rule asks about: nothing moves before a second person has agreed, and then it moves once."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time as datetime_time
from datetime import timedelta
from typing import Any

import pytest
from conftest import SetClock
from sqlalchemy import Table, select, update
from sqlalchemy.exc import IntegrityError
from support.counter import AskedFrom, Counter, ruled, teller
from support.four_eyes import FourEyes
from support.long_form import LONG
from support.scripted import RIGHT_BLOCK, TIMEOUT

from tellerdesk.approvals.states import ApprovalState
from tellerdesk.billers.catalogue import Hours
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills.commands import AccountAuthority, AskAgain, GoOn, Identity, Method, Person
from tellerdesk.bills.papers import BillPapers
from tellerdesk.bills.payment_flow import CLAIM, PAYMENT
from tellerdesk.bills.quotes import QUOTE
from tellerdesk.bills.states import ABORTED, PENDING_APPROVAL
from tellerdesk.bills.views import PaymentView
from tellerdesk.errors import (
    Conflict,
    IllegalTransition,
    NotAllowed,
    Refused,
    StoreUnavailable,
    TamperFound,
    TellerDeskError,
)
from tellerdesk.i18n import words
from tellerdesk.journal.entries import ENTRY, LEG
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.staff.states import Role
from tellerdesk.store import triggers
from tellerdesk.store.engine import UNSURE, Store
from tellerdesk.store.keys import Keys
from tellerdesk.till.drawer import SESSION

FROM_FEN = 50_000
ACCOUNT = "6217000712000000012"
VOUCHER = "PZ20261122001"
IDENTITY = Identity(Person("王晓燕", "11010519491231002X"), Person("陈志强", "E12345678", "PASSPORT"))
ROUNDS = 500 if LONG else 4


@pytest.fixture
def counter(store: Store, keys: Keys, clock: SetClock) -> Counter:
    return Counter(store, keys, clock, rules=AskedFrom(FROM_FEN))


@pytest.fixture
def eyes(counter: Counter) -> FourEyes:
    return FourEyes(counter)


def ask(counter: Counter, **changes: Any) -> PaymentView:
    """A payment a rule asks about, as it stands when the key was pressed."""
    return counter.payments.pay(counter.who, counter.command(counter.quote(), **changes))


def approved(counter: Counter, eyes: FourEyes, **changes: Any) -> PaymentView:
    view = ask(counter, **changes)
    eyes.approve(view.approval_id)
    return view


def go_on(counter: Counter, view: PaymentView, **changes: Any) -> PaymentView:
    return counter.payments.go_on(counter.who, GoOn(view.serial, **changes))


def by_account(counter: Counter, **consent: str) -> dict[str, Any]:
    counter.core.balances = {ACCOUNT: 1_000_000}
    return {"method": Method.ACCOUNT, "tendered_fen": 0, "account": AccountAuthority(ACCOUNT, **consent)}


def nothing_moved(counter: Counter) -> bool:
    calls = [name for name, _ in counter.core.calls + counter.biller.calls if name != "CORE_ACCOUNTING_DATE"]
    return counter.till_rows() == calls == counter.read(select(LEG.c.leg_id)) == []


def claims(counter: Counter) -> list[str]:
    return [serial for (serial,) in counter.read(select(CLAIM.c.serial))]


def entry(counter: Counter, serial: str) -> dict[str, Any]:
    [row] = counter.read(select(ENTRY).where(ENTRY.c.serial == serial))
    return dict(row._mapping)


# Asking


def test_what_a_rule_asks_about_waits_and_nothing_moves(counter: Counter, eyes: FourEyes) -> None:
    view = ask(counter)

    assert (view.state, view.word, view.cash_return) == (PENDING_APPROVAL, Word.AWAITING, CashReturn.NONE)
    assert nothing_moved(counter)
    assert claims(counter) == [view.serial]
    assert eyes.audited("approval.asked") == [view.approval_id]
    assert entry(counter, view.serial)["rules"] == f"{'5eed' * 3}:large-cash"
    assert view.advice.id == "advice.awaiting_approval"
    assert view.next_try_at is None
    with pytest.raises(Refused, match="awaiting_approval"):
        BillPapers(eyes.staff, None, counter.payments, None).issue(counter.who, view.serial)  # type: ignore[arg-type]


def test_the_approver_reads_what_will_be_done_and_persons_masked(counter: Counter, eyes: FourEyes) -> None:
    view = ask(counter, identity=IDENTITY, reason="客户已核实")

    told = eyes.room.approval(counter.who, view.approval_id)

    assert {line.label.removeprefix("approval.field."): line.after for line in told.changes} == {
        "biller": "示例供电公司 / Sample Power Supply",
        "consumer": "07550031884639",
        "customer": "*晓燕",
        "amount": "844.00",
        "tendered": "850.00",
        "change": "6.00",
        "payer": "*晓燕",
        "agent": "*志强",
    } | {"biller": told.changes[0].after}
    assert all(words(language).knows(line.label) for line in told.changes for language in ("zh_CN", "en"))
    assert (told.subject, told.reason) == (view.serial, "客户已核实")


def test_without_a_reason_the_rule_is_the_reason(counter: Counter, eyes: FourEyes) -> None:
    assert eyes.room.approval(counter.who, ask(counter).approval_id).reason == "大额现金 / Large cash"


def test_a_payment_no_rule_asks_about_goes_its_way_and_the_evaluation_is_kept(counter: Counter, eyes: FourEyes) -> None:
    counter.rules = AskedFrom(FROM_FEN, needs_count=True)

    views = [
        counter.payments.pay(counter.who, counter.command(counter.quote(months=(month,), fen=FROM_FEN - 1)))
        for month in ("2026-09", "2026-10")
    ]

    assert [(view.word, view.approval_id) for view in views] == [(Word.PAID, "")] * 2
    assert [entry(counter, view.serial)["rules"] for view in views] == [f"{'5eed' * 3}:"] * 2
    assert [facts.count_today for facts in counter.rules.facts] == [1, 2]
    told = counter.rules.facts[0]
    assert (told.role, told.amount_fen, told.biller, told.method) == (Role.TELLER, FROM_FEN - 1, "1101", "CASH")
    assert told.consent == ""


def test_nobody_counts_where_no_rule_needs_it(counter: Counter, eyes: FourEyes) -> None:
    counter.rules = AskedFrom()
    for month in ("2026-09", "2026-10"):
        counter.payments.pay(counter.who, counter.command(counter.quote(months=(month,))))

    assert [facts.count_today for facts in counter.rules.facts] == [1, 1]


def test_the_same_request_again_asks_nobody_again(counter: Counter, eyes: FourEyes) -> None:
    command = counter.command(counter.quote())
    first = counter.payments.pay(counter.who, command)

    again = counter.payments.pay(counter.who, command)

    assert (again.serial, again.approval_id) == (first.serial, first.approval_id)
    assert len(counter.rules.facts) == len(eyes.audited("approval.asked")) == 1


def test_another_payment_of_the_same_bill_is_told_whose_approval_it_waits_for(counter: Counter, eyes: FourEyes) -> None:
    first = ask(counter)

    with pytest.raises(Conflict, match="already_awaiting"):
        ask(counter)

    biller, bill = counter.flow._billers["1101"], counter.quote()
    with counter.store.read() as session:
        [before] = counter.duplicates.of(session.connection(), biller, bill)
    assert (before.serial, before.word) == (first.serial, Word.AWAITING)


# Going on


def test_an_approved_payment_is_carried_out_by_the_teller_who_goes_on(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes)
    assert counter.payments.payment(view.serial).advice.id == "advice.approved"
    assert nothing_moved(counter)

    done = go_on(counter, view)

    assert (done.word, done.approval_id) == (Word.PAID, view.approval_id)
    assert counter.rows_taken(view.serial) == ["T1+T2", "T3", "T5", "T10"]
    assert counter.till_rows() == [("CASH_IN", 84_400)]
    assert list(counter.core.effects.values()) == list(counter.biller.effects.values()) == [84_400]
    assert eyes.audited("approval.executed") == [view.approval_id]
    assert eyes.audited("payment.went_on") == [view.serial]
    assert go_on(counter, view).word is Word.PAID, "pressed again, it is as it stands"
    assert len(counter.core.calls) == 1


def test_going_on_is_three_commits(counter: Counter, eyes: FourEyes) -> None:
    counter.payments.pay(counter.who, counter.command(counter.quote("07550031884699", fen=100)))  # the day is known
    view = approved(counter, eyes)
    seen: list[str] = []
    counter.store.hook = seen.append

    go_on(counter, view)

    assert [step for step in seen if step.endswith(":after") and step.startswith("commit")] == [
        "commit.payment.approved:after",
        "commit.bill_payment.CORE_SENDING.accepted:after",
        "commit.bill_payment.BILLER_SENDING.accepted:after",
    ]


def test_before_it_is_approved_it_does_not_go_on(counter: Counter, eyes: FourEyes) -> None:
    view = ask(counter)

    with pytest.raises(Refused):
        go_on(counter, view)

    assert counter.payments.payment(view.serial).word is Word.AWAITING
    assert nothing_moved(counter)


def test_the_table_lets_nobody_past_the_approval(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes)

    with pytest.raises(IllegalTransition):
        counter.runner.fire(view.serial, "approved", by="1001", given={"till_session": 1})

    assert nothing_moved(counter)


def test_only_who_asked_goes_on_and_only_there(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes)

    for other in (
        teller("1002"),
        replace(counter.who, till_no="08"),
        replace(counter.who, branch_no="0713"),
    ):
        with pytest.raises(NotAllowed, match="not_the_asker"):
            counter.payments.go_on(other, GoOn(view.serial))
    with pytest.raises(Refused, match="no_such_serial"):
        counter.payments.go_on(counter.who, GoOn("2026112207120799999999"))

    assert nothing_moved(counter)


def shut(counter: Counter) -> None:
    with counter.store.write("test.shut") as unit:
        unit.connection.execute(update(SESSION).values(closed_at=counter.clock.now()))
        unit.commit()


def later(counter: Counter) -> None:
    counter.clock.instant += timedelta(minutes=16)


def closed(counter: Counter) -> None:
    of = counter.payments._going_on
    amend = ruled(AmountRule.EXACT, hours=Hours(open=datetime_time(8, 0), close=datetime_time(9, 30)))
    of._billers = {code: amend(biller) for code, biller in of._billers.items()}


def with_documents(counter: Counter) -> None:
    counter.payments._going_on._identity_from_fen = lambda _: 100


def newer(counter: Counter) -> None:
    counter.newer.add("1101")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (shut, "till.not_open"),
        (later, "quote_expired_meanwhile"),
        (closed, "closed_now"),
        (with_documents, "identity_needed"),
        (newer, "parameters.newer"),
    ],
)
def test_everything_is_looked_at_again(
    counter: Counter, eyes: FourEyes, change: Callable[[Counter], None], sentence: str
) -> None:
    view = approved(counter, eyes)
    change(counter)

    with pytest.raises(Refused, match=sentence):
        go_on(counter, view)

    assert nothing_moved(counter)
    assert counter.payments.payment(view.serial).word is Word.AWAITING
    assert eyes.audited("approval.executed") == [], "the approval is not used up by what did not happen"


def test_a_pin_is_kept_nowhere_and_comes_anew(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes, **by_account(counter, pin_block=RIGHT_BLOCK))
    assert (view.advice.id, view.account_no[-4:]) == ("advice.awaiting_approval.account", "0012")
    with pytest.raises(Refused, match="no_authority"):
        go_on(counter, view)
    assert counter.rules.facts[0].consent == "PIN"

    done = go_on(counter, view, account=AccountAuthority(ACCOUNT, RIGHT_BLOCK))

    assert done.word is Word.PAID
    assert counter.core.balances == {ACCOUNT: 1_000_000 - 84_400}
    assert counter.till_rows() == []


@pytest.mark.parametrize(
    "other",
    [
        AccountAuthority("6217000712000000020", voucher_no=VOUCHER),
        AccountAuthority(ACCOUNT, voucher_no="PZ20261122002"),
        AccountAuthority(ACCOUNT, pin_block=RIGHT_BLOCK),
    ],
    ids=["account", "voucher", "kind of consent"],
)
def test_what_was_approved_for_one_account_and_voucher_is_for_no_other(
    counter: Counter, eyes: FourEyes, other: AccountAuthority
) -> None:
    view = approved(counter, eyes, **by_account(counter, voucher_no=VOUCHER))
    assert counter.rules.facts[0].consent == "VOUCHER"

    with pytest.raises(Refused, match="other_account"):
        go_on(counter, view, account=other)

    assert nothing_moved(counter)
    same = AccountAuthority(f"{ACCOUNT[:6]} {ACCOUNT[6:]}", voucher_no=VOUCHER.lower())
    assert go_on(counter, view, account=same).word is Word.PAID


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


def test_a_crash_between_the_intent_and_core_is_undone_like_any_other(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes)
    assert counter.payments._going_on.begin(counter.who, GoOn(view.serial)) is not None  # and the desk dies

    counter.sweep_until_done()

    after = counter.payments.payment(view.serial)
    assert (after.word, after.cash_return) == (Word.REVERSED, CashReturn.DUE)
    assert counter.core.effects == counter.biller.effects == {}
    assert counter.till_rows() == [("CASH_IN", 84_400)]


def test_a_silent_core_leaves_an_approved_payment_in_doubt_like_any_other(counter: Counter, eyes: FourEyes) -> None:
    view = approved(counter, eyes)
    counter.core.script["CORE_POST"] = [TIMEOUT]

    assert go_on(counter, view).word is Word.REVERSED
    assert counter.core.effects == {}


@pytest.mark.parametrize(("message", "stands"), [(UNSURE, True), (UNSURE, False), ("error.store.locked", False)])
def test_a_store_that_fails_the_intent_is_said_and_what_stands_is_told(
    counter: Counter, eyes: FourEyes, message: str, stands: bool
) -> None:
    view = approved(counter, eyes)

    def fail(step: str) -> None:
        if step == f"commit.payment.approved:{'after' if stands else 'before'}":
            counter.store.hook = lambda _: None
            raise StoreUnavailable(message)

    counter.store.hook = fail
    if message == UNSURE:
        assert go_on(counter, view).word is (Word.PROCESSING if stands else Word.AWAITING)
    else:
        with pytest.raises(StoreUnavailable, match="not_gone_on"):
            go_on(counter, view)
    if not stands:
        assert nothing_moved(counter)
        assert go_on(counter, view).word is Word.PAID


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
