"""A payment a rule asks about: nothing moves before a second person has agreed, and then it moves once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time as datetime_time
from datetime import timedelta

import pytest
from conftest import SetClock
from sqlalchemy import update
from support.counter import AskedFrom, Counter, ruled, teller
from support.four_eyes import (
    ACCOUNT,
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
from support.scripted import RIGHT_BLOCK, TIMEOUT

from tellerdesk.billers.catalogue import Hours
from tellerdesk.billers.states import AmountRule
from tellerdesk.bills.commands import AccountAuthority, GoOn
from tellerdesk.bills.papers import BillPapers
from tellerdesk.bills.states import PENDING_APPROVAL
from tellerdesk.errors import (
    Conflict,
    IllegalTransition,
    NotAllowed,
    Refused,
    StoreUnavailable,
)
from tellerdesk.i18n import words
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.staff.states import Role
from tellerdesk.store.engine import UNSURE, Store
from tellerdesk.store.keys import Keys
from tellerdesk.till.drawer import SESSION


@pytest.fixture
def counter(sqlite_store: Store, keys: Keys, clock: SetClock) -> Counter:
    return Counter(sqlite_store, keys, clock, rules=AskedFrom(FROM_FEN))


@pytest.fixture
def eyes(counter: Counter) -> FourEyes:
    return FourEyes(counter)


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
