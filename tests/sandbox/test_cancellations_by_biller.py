"""Cancellations of parts and balances, by billers that cannot do everything, and no fen is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.contracts import biller
from tellerdesk.sandbox import biller_life, books, people
from tellerdesk.sandbox.biller_ledger import BillerLedger
from tellerdesk.sandbox.biller_undoing import Undoing
from tellerdesk.sandbox.config import GAS, HEATING, MOBILE, VILLAGE, WATER, ledger_file
from tellerdesk.sandbox.guests import guest
from tellerdesk.sandbox.profiles import PROFILES
from tests.billers.files import seventh
from tests.sandbox.asking import (
    DAY,
    MADE_AT,
    Counterparts,
    cancellation,
    consent,
    new_serial,
    payment,
)
from tests.sandbox.taken_back import answer, leg, of, paid_at
from tests.support.long_form import LONG

# Parts and balances


def test_a_cancelled_part_is_owed_again_and_another_part_stays_paid(everyone: Counterparts) -> None:
    water = everyone.at(WATER)
    bill = next(bill for bill in iter(water.bill, None) if len(bill.lines) >= 2)
    oldest, second = bill.lines[0], bill.lines[1]
    first_half = payment(f"{new_serial()}-BP-1", bill, amount_fen=oldest.amount_fen - 1)
    the_rest = payment(f"{new_serial()}-BP-1", bill, amount_fen=2)
    water.pay(first_half)
    water.pay(the_rest)  # one fen for the oldest month, one for the second

    assert water.cancel(cancellation(leg(), first_half)).kind is AnswerKind.ACCEPTED

    left = water.bill(bill.consumer_no).lines
    assert [(line.period, line.amount_fen) for line in left[:2]] == [
        (oldest.period, oldest.amount_fen - 1),
        (second.period, second.amount_fen - 1),
    ]
    assert books.biller_flaws(water.folder, WATER) == []


def test_a_balance_that_was_spent_cannot_be_taken_back(everyone: Counterparts) -> None:
    gas, control = everyone.at(GAS), everyone.process.control
    bill = gas.bill()
    paid = payment(f"{new_serial()}-BP-1", bill, amount_fen=bill.total_fen + 5_000)
    gas.pay(paid)

    assert control.use_balance(GAS, bill.consumer_no, 1) == 4_999
    assert gas.cancel(cancellation(leg(), paid)).code == "TOO_MUCH_USED"
    assert gas.query(bill.consumer_no).code == "NOTHING_OWED"
    assert books.biller_balances(gas.folder, GAS)[bill.consumer_no] == 4_999


def test_a_balance_filled_up_again_can_be_taken_back(tmp_path: Path) -> None:
    ledger, paid = paid_at(tmp_path, GAS, more_fen=5_000)
    biller_life.use_balance(ledger, paid.consumer_no, 2_000)
    assert answer(ledger, paid) == "TOO_MUCH_USED"
    # The next winter's bill, and 2,000 fen on top of it.
    ledger.write("INSERT INTO arrears VALUES (?, '2026-11', 100, NULL)", paid.consumer_no)
    bill = ledger.query(biller.BillQuery(channel_id="TD01", consumer_no=paid.consumer_no), MADE_AT)
    ledger.pay(payment(f"{new_serial()}-BP-1", bill, amount_fen=2_100), MADE_AT)

    assert answer(ledger, paid) == "CANCELLED"
    assert ledger.balance_fen(paid.consumer_no) == 0
    assert books.biller_flaws(tmp_path, GAS) == []
    ledger.close()


def test_a_top_up_can_be_cancelled_only_while_the_balance_is_untouched(everyone: Counterparts) -> None:
    mobile, control = everyone.at(MOBILE), everyone.process.control
    bill = next(bill for bill in iter(mobile.bill, None) if (bill.balance_fen or 0) > 100)
    control.use_balance(MOBILE, bill.consumer_no, 100)  # before the top-up: of no concern to it
    first = payment(f"{new_serial()}-BP-1", bill, amount_fen=1_000)
    mobile.pay(first)
    assert mobile.cancel(cancellation(leg(), first)).kind is AnswerKind.ACCEPTED

    second = payment(f"{new_serial()}-BP-1", bill, amount_fen=50_000)
    mobile.pay(second)
    control.use_balance(MOBILE, bill.consumer_no, 1)  # though much more is left than was there before

    assert mobile.cancel(cancellation(leg(), second)).code == "TOO_MUCH_USED"
    assert bill.balance_fen is not None
    assert books.biller_balances(mobile.folder, MOBILE)[bill.consumer_no] == bill.balance_fen - 101 + 50_000


def test_nobody_spends_more_than_the_balance(tmp_path: Path) -> None:
    ledger, paid = paid_at(tmp_path, GAS, more_fen=100)

    for fen in (101, 0, -1):
        with pytest.raises(ValueError):
            biller_life.use_balance(ledger, paid.consumer_no, fen)
    with pytest.raises(ValueError):
        biller_life.issue_invoice(ledger, "2026112207120799999999-BP-1")
    assert ledger.balance_fen(paid.consumer_no) == 100
    ledger.close()


# What a biller cannot do


def test_the_village_takes_nothing_back(everyone: Counterparts) -> None:
    village = everyone.at(VILLAGE)
    paid = village.paid()

    told = (
        village.cancel(cancellation(leg(), paid)),
        village.inquire_cancel(leg()),
        village.agree(consent(f"{new_serial()}-RC-1", paid)),
    )

    assert {(each.kind, each.code) for each in told} == {(AnswerKind.UNKNOWN, "http-501")}
    assert of(village, paid).state == "PAID"
    everyone.process.control.capabilities(VILLAGE, cancel=True)
    able = village.cancel(cancellation(leg(), paid))
    everyone.process.control.capabilities(VILLAGE, cancel=False)
    assert able.kind is AnswerKind.ACCEPTED
    assert village.cancel(cancellation(leg(), paid)).code == "http-501"


def test_a_biller_without_inquiry_cancels_and_cannot_be_asked_about_it(everyone: Counterparts) -> None:
    heating, control = everyone.at(HEATING), everyone.process.control
    control.capabilities(HEATING, inquiry=False)
    message = cancellation(leg(), heating.paid())

    told, asked = heating.cancel(message), heating.inquire_cancel(message.leg_id)
    control.capabilities(HEATING, inquiry=True)

    assert (told.kind, asked.code) == (AnswerKind.ACCEPTED, "http-501")
    assert heating.inquire_cancel(message.leg_id).kind is AnswerKind.ACCEPTED


def test_a_biller_without_memory_for_ids_still_cancels_once(everyone: Counterparts) -> None:
    heating, control = everyone.at(HEATING), everyone.process.control
    paid = heating.paid()
    message = cancellation(leg(), paid)
    control.capabilities(HEATING, dedupe=False)

    first, again = heating.cancel(message), heating.cancel(message)
    control.capabilities(HEATING, dedupe=True)

    assert first.body is not None
    assert again.body is not None
    assert (first.body.result, again.body.result) == ("CANCELLED", "ALREADY_CANCELLED")
    status = heating.inquire_cancel(message.leg_id).body
    assert status is not None
    assert (status.result, status.cancel_serial) == ("CANCELLED", first.body.cancel_serial)
    assert books.biller_flaws(heating.folder, HEATING) == []


def test_of_a_payment_taken_twice_under_one_id_each_is_cancelled_by_itself(tmp_path: Path) -> None:
    ledger, paid = paid_at(tmp_path, MOBILE, more_fen=1_000)
    ledger.set("dedupe", "no")
    ledger.pay(paid, MADE_AT)

    assert answer(ledger, paid) == "CANCELLED"
    assert ledger.inquire(paid.leg_id).result == "PAID"
    assert answer(ledger, paid) == "CANCELLED"
    assert ledger.inquire(paid.leg_id).result == "CANCELLED"
    assert answer(ledger, paid) == "ALREADY_CANCELLED"
    assert ledger.balance_fen(paid.consumer_no) == PROFILES[MOBILE].balance_fen(0)
    ledger.close()


def test_a_guest_refuses_an_undoing_with_the_contracts_codes_whatever_its_own_list(tmp_path: Path) -> None:
    file = seventh(tmp_path)
    file.write_text(file.read_text(encoding="utf-8").replace("tombstone = true", "tombstone = true\ncancel = true"))
    profile = guest("1701", file)
    ledger = BillerLedger(ledger_file(tmp_path, "1701"), profile, DAY)
    bill = ledger.query(biller.BillQuery(channel_id="TD01", consumer_no="S202612345"), MADE_AT)
    paid = payment(f"{new_serial()}-BP-1", bill)
    ledger.pay(paid, MADE_AT)
    biller_life.put_into_file(ledger)

    assert ledger.can("cancel")
    assert "IN_FILE" not in profile.codes
    assert answer(ledger, paid) == "IN_FILE"
    assert profile.receivable == "RB-1701"
    ledger.close()


def test_of_many_who_cancel_at_once_one_does(tmp_path: Path) -> None:
    ledger, paid = paid_at(tmp_path, GAS, more_fen=100)
    with ThreadPoolExecutor(8) as pool:
        told = sorted(pool.map(lambda _: answer(ledger, paid), range(16)))

    assert told == ["ALREADY_CANCELLED"] * 15 + ["CANCELLED"]
    assert ledger.balance_fen(paid.consumer_no) == 0
    assert books.biller_flaws(tmp_path, GAS) == []
    ledger.close()


def test_books_from_before_there_were_cancellations_learn_them_and_keep_them(tmp_path: Path) -> None:
    ledger, paid = paid_at(tmp_path, GAS)
    with ledger.transaction() as connection:
        for view in ("balances", "standing_allotments", "standing_splits"):
            connection.execute(f"DROP VIEW {view}")
        for table in ("cancellations", "refunds", "invoices", "uses"):
            connection.execute(f"DROP TABLE {table}")
    ledger.close()

    reopened = BillerLedger(ledger_file(tmp_path, GAS), PROFILES[GAS], DAY)
    assert answer(reopened, paid) == "CANCELLED"
    reopened.close()
    again = BillerLedger(ledger_file(tmp_path, GAS), PROFILES[GAS], DAY)
    assert answer(again, paid) == "ALREADY_CANCELLED"
    again.close()


# No fen is lost


STEPS = st.one_of(
    st.tuples(st.just("pay"), st.integers(0, 2), st.sampled_from([0, 1, 700, 1_000])),
    st.tuples(st.just("cancel"), st.integers(0, 7), st.just(0)),
    st.tuples(st.just("agree"), st.integers(0, 7), st.just(0)),
    st.tuples(st.just("use"), st.integers(0, 2), st.sampled_from([1, 900])),
    st.tuples(st.just("cut-off"), st.just(0), st.just(0)),
    st.tuples(st.just("file"), st.just(0), st.just(0)),
)


@pytest.mark.parametrize("name", [WATER, GAS, MOBILE])
@settings(max_examples=80 if LONG else 8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=2, max_size=14))
def test_whatever_is_paid_used_and_taken_back_the_books_are_those_of_the_payments_that_stand(
    tmp_path_factory: pytest.TempPathFactory, name: str, steps: list[tuple[str, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    ledger = BillerLedger(ledger_file(folder, name), PROFILES[name], DAY)
    undoing, numbers = Undoing(ledger), people.sample_consumers(3, name).owing
    opening = books.biller_balances(folder, name)
    owed = {number: _owed(ledger, number) for number in numbers}
    used = dict.fromkeys(numbers, 0)
    sent: list[biller.PayRequest] = []
    for place, (what, which, fen) in enumerate(steps):
        number, now = numbers[which % 3], MADE_AT + timedelta(seconds=place)
        if what == "pay":
            bill = ledger.query(biller.BillQuery(channel_id="TD01", consumer_no=number), now)
            amount = {WATER: min(fen or bill.total_fen, bill.total_fen), GAS: bill.total_fen + fen}.get(name, 1_000)
            sent.append(payment(f"{new_serial()}-BP-1", bill, amount_fen=amount or 1))
            ledger.pay(sent[-1], now)
        elif what == "use" and (ledger.balance_fen(number) or 0) >= fen:
            biller_life.use_balance(ledger, number, fen)
            used[number] += fen
        elif what == "cut-off":
            biller_life.cut_off(ledger)
        elif what == "file":
            biller_life.put_into_file(ledger)
        elif sent and what == "cancel":
            undoing.cancel(cancellation(leg(), sent[which % len(sent)]), now)
        elif sent and what == "agree":
            undoing.agree(consent(f"{new_serial()}-RC-1", sent[which % len(sent)]), now)

    stands = dict.fromkeys(numbers, 0)
    for row in books.biller_payments(folder, name):
        stands[row.consumer_no] += row.standing_fen
    kept = books.biller_balances(folder, name)
    for number in numbers:
        assert stands[number] == owed[number] - _owed(ledger, number) + kept[number] + used[number] - opening[number]
    refunded = sum(row.amount_fen for row in books.biller_payments(folder, name) if row.state == "REFUNDED")
    assert sum(refund.amount_fen for refund in books.biller_refunds(folder, name)) == refunded
    assert books.biller_flaws(folder, name) == []
    ledger.close()


def _owed(ledger: BillerLedger, number: str) -> int:
    return sum(line["rest_fen"] for line in ledger._owed(number))


@pytest.mark.parametrize(
    "crime",
    [
        "UPDATE payments SET state = 'PAID' WHERE state = 'CANCELLED'",
        "UPDATE payments SET state = 'CANCELLED' WHERE state = 'PAID'",
        "UPDATE payments SET state = 'REFUNDED' WHERE state = 'CANCELLED'",
        "UPDATE payments SET state = 'GONE'",
        "DELETE FROM cancellations",
        "UPDATE cancellations SET amount_fen = amount_fen - 1",
        "DELETE FROM refunds",
        "UPDATE refunds SET amount_fen = amount_fen + 1",
        "UPDATE arrears SET paid_by = (SELECT MIN(biller_serial) FROM payments) WHERE paid_by IS NULL",
        "INSERT INTO uses (consumer_no, amount_fen, payments_before)"
        " SELECT consumer_no, 1000000, 0 FROM payments LIMIT 1",
    ],
)
def test_a_payment_wrongly_undone_is_found(tmp_path: Path, crime: str) -> None:
    ledger, cancelled = paid_at(tmp_path, GAS, more_fen=100)
    stays, refunded = (_pay(ledger, index) for index in (1, 2))
    assert answer(ledger, cancelled) == "CANCELLED"
    biller_life.put_into_file(ledger)
    Undoing(ledger).agree(consent(f"{new_serial()}-RC-1", refunded), MADE_AT)
    states = {row.leg_id: row.state for row in books.biller_payments(tmp_path, GAS)}
    assert states == {cancelled.leg_id: "CANCELLED", stays.leg_id: "PAID", refunded.leg_id: "REFUNDED"}
    assert books.biller_flaws(tmp_path, GAS) == []

    with ledger.transaction() as connection:
        connection.execute(crime)

    assert books.biller_flaws(tmp_path, GAS)
    ledger.close()


def _pay(ledger: BillerLedger, index: int) -> biller.PayRequest:
    bill = ledger.query(biller.BillQuery(channel_id="TD01", consumer_no=people.consumer_no(index, GAS)), MADE_AT)
    paid = payment(f"{new_serial()}-BP-1", bill)
    ledger.pay(paid, MADE_AT)
    return paid
