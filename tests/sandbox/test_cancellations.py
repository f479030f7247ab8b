"""A cancelled payment leaves a biller's books as if it had never been, once, or not at all and says why."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.contracts import biller
from tellerdesk.sandbox import biller_life, books, people
from tellerdesk.sandbox.biller_ledger import BillerLedger
from tellerdesk.sandbox.biller_undoing import Undoing
from tellerdesk.sandbox.config import BILLERS, ELECTRICITY, GAS, HEATING, MOBILE, VILLAGE, WATER, ledger_file
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
    tombstone,
)
from tests.support.long_form import LONG

TAKES_BACK = [name for name in BILLERS if name != VILLAGE]


def of(there: Counterparts, paid: biller.PayRequest) -> books.BillerPayment:
    """What the biller's books say of a payment."""
    (found,) = [row for row in books.biller_payments(there.folder, there.counterpart) if row.leg_id == paid.leg_id]
    return found


def leg(attempt: int = 1) -> str:
    return f"{new_serial()}-BC-{attempt}"


@pytest.mark.parametrize("name", TAKES_BACK)
def test_after_a_cancellation_everything_is_as_before_the_payment(everyone: Counterparts, name: str) -> None:
    there = everyone.at(name)
    before = there.bill()
    paid = payment(f"{new_serial()}-BP-1", before, amount_fen=before.total_fen or 5_000)
    assert there.pay(paid).kind is AnswerKind.ACCEPTED

    told = there.cancel(cancellation(leg(), paid))

    assert told.body is not None
    assert (told.kind, told.body.result) == (AnswerKind.ACCEPTED, "CANCELLED")
    assert told.body.cancel_serial.startswith(f"{PROFILES[name].prefix}C")
    after = there.bill(before.consumer_no)
    assert (after.lines, after.late_fee_fen, after.balance_fen) == (
        before.lines,
        before.late_fee_fen,
        before.balance_fen,
    )
    assert told.body.balance_fen == before.balance_fen
    assert (of(there, paid).state, of(there, paid).standing_fen) == ("CANCELLED", 0)
    assert books.biller_flaws(there.folder, name) == []


def test_a_cancelled_bill_can_be_paid_again_and_cancelled_again(there: Counterparts) -> None:
    first = there.paid()
    there.cancel(cancellation(leg(), first))
    second = payment(f"{new_serial()}-BP-1", there.bill(first.consumer_no))

    assert there.pay(second).kind is AnswerKind.ACCEPTED
    assert there.query(first.consumer_no).code == "NOTHING_OWED"
    assert (of(there, first).state, of(there, second).state) == ("CANCELLED", "PAID")
    assert there.cancel(cancellation(leg(), second)).kind is AnswerKind.ACCEPTED
    assert there.bill(first.consumer_no).total_fen == first.amount_fen
    assert books.biller_flaws(there.folder, ELECTRICITY) == []


def test_a_cancelled_payment_is_never_called_paid_again(there: Counterparts) -> None:
    paid = there.paid()
    there.cancel(cancellation(leg(), paid))

    status = there.inquire_payment(paid.leg_id)
    laid = there.lay(tombstone(f"{new_serial()}-BT-1", paid.leg_id, paid.amount_fen))

    assert (status.result, status.amount_fen) == ("CANCELLED", paid.amount_fen)
    assert status.biller_serial == of(there, paid).biller_serial
    assert laid.body is not None
    assert (laid.kind, laid.body.result, laid.body.biller_serial) == (
        AnswerKind.ACCEPTED,
        "CANCELLED",
        status.biller_serial,
    )
    assert paid.leg_id not in books.tombstones(there.folder, ELECTRICITY)


def test_the_late_copy_of_a_cancelled_payment_takes_nothing(there: Counterparts) -> None:
    paid = there.paid()
    there.cancel(cancellation(leg(), paid))

    there.pay(paid)

    assert of(there, paid).state == "CANCELLED"
    assert there.bill(paid.consumer_no).total_fen == paid.amount_fen


def test_the_same_cancellation_again_gives_the_same_reply(there: Counterparts) -> None:
    message = cancellation(leg(), there.paid())

    first, again = there.cancel(message), there.cancel(message)

    assert first.kind is AnswerKind.ACCEPTED
    assert again == first


def test_a_payment_is_cancelled_once_however_many_ask(there: Counterparts) -> None:
    paid = there.paid()

    first = there.cancel(cancellation(leg(), paid))
    second = there.cancel(cancellation(other := leg(2), paid, reason=biller.CancelReason.BANK_ERROR))

    assert first.body is not None
    assert second.body is not None
    assert (second.kind, second.body.result) == (AnswerKind.ACCEPTED, "ALREADY_CANCELLED")
    assert second.body.cancel_serial == first.body.cancel_serial
    status = there.inquire_cancel(other).body
    assert status is not None
    assert (status.result, status.cancel_serial) == ("CANCELLED", first.body.cancel_serial)
    assert there.bill(paid.consumer_no).total_fen == paid.amount_fen
    assert books.biller_flaws(there.folder, ELECTRICITY) == []


@pytest.mark.parametrize(
    "changed", [{"amount_fen": 1}, {"reason": biller.CancelReason.PAID_TWICE}, {"teller_no": "1002"}]
)
def test_the_same_leg_with_another_body_is_a_conflict_and_cancels_nothing_more(
    there: Counterparts, changed: dict[str, object]
) -> None:
    paid, other = there.paid(), there.paid()
    message = cancellation(leg(), paid)
    there.cancel(message)

    assert there.cancel(message.model_copy(update=changed)).code == "http-409"
    assert there.cancel(cancellation(message.leg_id, other)).code == "http-409"
    assert of(there, other).state == "PAID"


def test_a_leg_id_is_good_for_one_kind_of_leg(there: Counterparts) -> None:
    paid = there.paid()

    assert there.cancel(cancellation(paid.leg_id, paid)).code == "http-409"
    assert there.agree(consent(paid.leg_id, paid)).code == "http-409"
    assert of(there, paid).state == "PAID"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"original_leg_id": "2026112207120799999999-BP-1"}, "NO_SUCH_PAYMENT"),
        ({"consumer_no": people.consumer_no(4)}, "CONSUMER_MISMATCH"),
        ({"amount_fen": 1}, "AMOUNT_MISMATCH"),
    ],
)
def test_a_cancellation_that_is_not_of_the_payment_does_nothing_and_stays_refused(
    there: Counterparts, changed: dict[str, object], code: str
) -> None:
    paid = there.paid()
    message = cancellation(leg(), paid, **changed)

    first, again = there.cancel(message), there.cancel(message)

    assert (first.kind, first.code) == (AnswerKind.REJECTED, code)
    assert again == first
    status = there.inquire_cancel(message.leg_id)
    assert (status.kind, status.code) == (AnswerKind.REJECTED, code)
    assert of(there, paid).state == "PAID"
    assert there.query(paid.consumer_no).code == "NOTHING_OWED"


def test_what_was_already_cancelled_is_not_told_to_whoever_names_another_amount(there: Counterparts) -> None:
    paid = there.paid()
    there.cancel(cancellation(leg(), paid))

    assert there.cancel(cancellation(leg(), paid, amount_fen=1)).code == "AMOUNT_MISMATCH"


def test_no_such_payment_is_no_promise_that_it_is_never_taken(there: Counterparts) -> None:
    late = payment(f"{new_serial()}-BP-1", there.bill())
    assert there.cancel(cancellation(leg(), late)).code == "NO_SUCH_PAYMENT"

    assert there.pay(late).kind is AnswerKind.ACCEPTED
    assert there.cancel(cancellation(leg(2), late)).kind is AnswerKind.ACCEPTED


def test_a_tombstoned_payment_cannot_be_cancelled(there: Counterparts) -> None:
    never = payment(f"{new_serial()}-BP-1", there.bill())
    there.lay(tombstone(f"{new_serial()}-BT-1", never.leg_id, never.amount_fen))

    assert there.cancel(cancellation(leg(), never)).code == "NO_SUCH_PAYMENT"


def test_a_cancellation_never_seen_is_not_found(there: Counterparts) -> None:
    paid = there.paid()
    status = there.inquire_cancel(leg()).body

    assert status is not None
    assert (status.result, status.amount_fen, status.cancel_serial) == ("NOT_FOUND", None, "")
    # Another kind of leg is no cancellation.
    assert (told := there.inquire_cancel(paid.leg_id).body) is not None
    assert told.result == "NOT_FOUND"


def test_the_biller_keeps_the_reason(tmp_path: Path) -> None:
    for name, reason in zip(TAKES_BACK, biller.CancelReason, strict=False):
        ledger, paid = paid_at(tmp_path, name, more_fen=0 if name != MOBILE else 1_000)
        Undoing(ledger).cancel(cancellation(leg(), paid, reason=reason), MADE_AT)

        assert [row["reason"] for row in ledger.all("SELECT reason FROM cancellations")] == [reason.value]
        ledger.close()


# What bars the way


def test_outside_service_hours_nothing_is_cancelled_and_what_was_cancelled_is_still_told(
    everyone: Counterparts,
) -> None:
    heating, control = everyone.at(HEATING), everyone.process.control
    paid, before = heating.paid(), heating.paid()
    heating.cancel(cancellation(leg(), before))
    control.service(HEATING, is_open=False)

    closed, already = heating.cancel(cancellation(leg(), paid)), heating.cancel(cancellation(leg(), before))
    control.service(HEATING, is_open=True)

    assert (closed.kind, closed.code) == (AnswerKind.REJECTED, "CLOSED")
    assert already.body is not None
    assert already.body.result == "ALREADY_CANCELLED"
    assert heating.cancel(cancellation(leg(), paid)).kind is AnswerKind.ACCEPTED


def test_past_the_cut_off_in_a_file_or_invoiced_the_payment_stands(everyone: Counterparts) -> None:
    gas, control = everyone.at(GAS), everyone.process.control

    invoiced = gas.paid()
    number = control.issue_invoice(GAS, invoiced.leg_id)
    assert control.issue_invoice(GAS, invoiced.leg_id) == number
    assert gas.cancel(cancellation(leg(), invoiced)).code == "INVOICED"

    filed = gas.paid()
    control.put_into_file(GAS)
    assert gas.cancel(cancellation(leg(), filed)).code == "IN_FILE"

    old = gas.paid()
    control.cut_off(GAS)
    assert gas.cancel(cancellation(leg(), old)).code == "OTHER_DAY"

    new = gas.paid()
    assert gas.cancel(cancellation(leg(), new)).kind is AnswerKind.ACCEPTED
    assert [of(gas, paid).state for paid in (invoiced, filed, old, new)] == ["PAID", "PAID", "PAID", "CANCELLED"]
    assert books.biller_flaws(gas.folder, GAS) == []


def paid_at(
    folder: Path, name: str, more_fen: int = 0, now: datetime = MADE_AT, index: int = 0
) -> tuple[BillerLedger, biller.PayRequest]:
    """A biller's books of their own, with one payment in them."""
    ledger = BillerLedger(ledger_file(folder, name), PROFILES[name], DAY)
    bill = ledger.query(biller.BillQuery(channel_id="TD01", consumer_no=people.consumer_no(index, name)), now)
    paid = payment(f"{new_serial()}-BP-1", bill, amount_fen=bill.total_fen + more_fen)
    ledger.pay(paid, now)
    return ledger, paid


def answer(ledger: BillerLedger, paid: biller.PayRequest, now: datetime = MADE_AT) -> str:
    """The refusal of a cancellation, or its result."""
    told = biller.CancelReply.model_validate_json(Undoing(ledger).cancel(cancellation(leg(), paid), now))
    return told.code or told.result


@pytest.mark.parametrize(
    ("name", "paid_at_utc", "cancelled_at_utc", "told"),
    [
        # Midnight in China is 16:00 in UTC.
        (ELECTRICITY, "2026-11-21T16:00:00", "2026-11-22T15:59:59", "CANCELLED"),
        (ELECTRICITY, "2026-11-22T15:59:59", "2026-11-22T16:00:00", "OTHER_DAY"),
        (ELECTRICITY, "2026-11-22T15:00:00", "2026-11-23T15:00:00", "OTHER_DAY"),
        # The water company's day ends at 23:30.
        (WATER, "2026-11-22T15:29:59", "2026-11-22T15:30:00", "OTHER_DAY"),
        (WATER, "2026-11-22T15:30:00", "2026-11-22T16:30:00", "CANCELLED"),
        (WATER, "2026-11-22T15:30:00", "2026-11-23T15:29:59", "CANCELLED"),
        (WATER, "2026-11-22T15:30:00", "2026-11-23T15:30:00", "OTHER_DAY"),
    ],
)
def test_a_payment_can_be_cancelled_until_the_billers_own_day_ends(
    tmp_path: Path, name: str, paid_at_utc: str, cancelled_at_utc: str, told: str
) -> None:
    ledger, paid = paid_at(tmp_path, name, now=datetime.fromisoformat(paid_at_utc).replace(tzinfo=UTC))

    assert answer(ledger, paid, datetime.fromisoformat(cancelled_at_utc).replace(tzinfo=UTC)) == told
    ledger.close()


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
