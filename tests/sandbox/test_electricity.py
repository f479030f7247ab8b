"""The electricity company takes each payment once or never, for exactly what is owed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.contracts import biller
from tellerdesk.sandbox import books, people
from tellerdesk.sandbox.biller_ledger import VALID_SECONDS, BillerLedger, late_fee_fen
from tellerdesk.sandbox.config import ELECTRICITY
from tellerdesk.sandbox.profiles import PROFILES
from tests.sandbox.asking import DAY, MADE_AT, Counterparts, new_serial, payment, tombstone

SAMPLES = people.sample_consumers()


def payments(there: Counterparts, serial: str) -> list[books.BillerPayment]:
    return [payment for payment in books.biller_payments(there.folder) if payment.channel_serial == serial]


@pytest.mark.req("B3")
def test_a_query_tells_name_address_months_and_the_exact_total(there: Counterparts) -> None:
    bill = there.bill(SAMPLES.owing[0])

    assert (bill.name, bill.address) == ("王晓燕", "深圳市南山区科技园路 18 号 302")
    assert [(line.period, line.amount_fen) for line in bill.lines] == [("2026-09", 82_811), ("2026-10", 84_400)]
    assert bill.total_fen == 82_811 + 84_400 + bill.late_fee_fen
    assert bill.valid_seconds == VALID_SECONDS


@pytest.mark.req("B3")
@pytest.mark.parametrize(
    ("consumer_no", "code"),
    [
        (SAMPLES.owing_nothing[0], "NOTHING_OWED"),
        (SAMPLES.unknown[0], "NO_SUCH_CONSUMER"),
        (SAMPLES.disconnected[0], "DISCONNECTED"),
    ],
)
def test_a_query_without_a_bill_says_why(there: Counterparts, consumer_no: str, code: str) -> None:
    told = there.query(consumer_no)

    assert (told.kind, told.code) == (AnswerKind.REJECTED, code)


@pytest.mark.req("B6")
def test_a_payment_clears_what_is_owed_and_is_taken_once(there: Counterparts) -> None:
    bill, serial = there.bill(), new_serial()
    message = payment(f"{serial}-BP-1", bill)

    first, again = there.pay(message), there.pay(message)

    assert first.kind is AnswerKind.ACCEPTED
    assert again == first
    (taken,) = payments(there, serial)
    assert first.body is not None
    assert (taken.biller_serial, taken.amount_fen, taken.state) == (first.body.biller_serial, bill.total_fen, "PAID")
    assert there.query(bill.consumer_no).code == "NOTHING_OWED"
    status = there.inquire_payment(message.leg_id)
    assert (status.result, status.amount_fen, status.biller_serial) == ("PAID", bill.total_fen, taken.biller_serial)


def test_the_same_leg_with_another_body_is_a_conflict_and_takes_nothing(there: Counterparts) -> None:
    bill, other, serial = there.bill(), there.bill(), new_serial()
    there.pay(payment(f"{serial}-BP-1", bill))

    told = there.pay(payment(f"{serial}-BP-1", other))

    assert (told.kind, told.code) == (AnswerKind.UNKNOWN, "http-409")
    assert [taken.consumer_no for taken in payments(there, serial)] == [bill.consumer_no]


def test_a_refused_payment_takes_nothing_and_stays_refused(there: Counterparts) -> None:
    bill, serial = there.bill(), new_serial()
    wrong = payment(f"{serial}-BP-1", bill, amount_fen=bill.total_fen - 1)

    assert there.pay(wrong).code == "AMOUNT_MISMATCH"
    assert there.pay(wrong).code == "AMOUNT_MISMATCH"
    assert there.pay(payment(f"{new_serial()}-BP-1", bill, reference="DL0")).code == "REFERENCE_EXPIRED"
    assert there.pay(payment(f"{new_serial()}-BP-1", bill, consumer_no=SAMPLES.unknown[0])).code == "NO_SUCH_CONSUMER"
    assert there.pay(payment(f"{new_serial()}-BP-1", bill, consumer_no=there.debtor())).code == "REFERENCE_EXPIRED"
    assert payments(there, serial) == []
    status = there.biller.call(biller.INQUIRE, request_id="i", path={"leg_id": f"{serial}-BP-1"})
    assert (status.kind, status.code) == (AnswerKind.REJECTED, "AMOUNT_MISMATCH")


def test_a_bill_paid_elsewhere_is_not_paid_again(there: Counterparts) -> None:
    consumer_no = there.debtor()
    first, second = there.bill(consumer_no), there.bill(consumer_no)
    there.pay(payment(f"{new_serial()}-BP-1", first))

    told = there.pay(payment(f"{new_serial()}-BP-1", second))

    assert (told.kind, told.code) == (AnswerKind.REJECTED, "NOTHING_OWED")


def test_after_a_tombstone_the_late_payment_is_refused(there: Counterparts) -> None:
    bill, serial = there.bill(), new_serial()
    leg = f"{serial}-BP-1"

    laid = there.lay(tombstone(f"{serial}-BT-1", leg, bill.total_fen))
    again = there.lay(tombstone(f"{serial}-BT-2", leg, bill.total_fen))
    late = there.pay(payment(leg, bill))

    assert laid.body is not None
    assert again.body is not None
    assert (laid.body.result, again.body.result) == ("LAID", "ALREADY_LAID")
    assert (late.kind, late.code) == (AnswerKind.REJECTED, "TOMBSTONED")
    assert payments(there, serial) == []
    assert there.inquire_payment(leg).result == "TOMBSTONED"


def test_a_tombstone_that_comes_too_late_is_told_so(there: Counterparts) -> None:
    bill, serial = there.bill(), new_serial()
    paid = there.pay(payment(f"{serial}-BP-1", bill))

    told = there.lay(tombstone(f"{serial}-BT-1", f"{serial}-BP-1", bill.total_fen))

    assert told.body is not None
    assert paid.body is not None
    assert (told.kind, told.body.result) == (AnswerKind.ACCEPTED, "PAID")
    assert told.body.biller_serial == paid.body.biller_serial
    assert len(payments(there, serial)) == 1


def test_outside_service_hours_every_payment_is_refused(fresh: Counterparts) -> None:
    bill = fresh.bill()
    fresh.process.control.service("electricity", is_open=False)

    assert fresh.pay(payment(f"{new_serial()}-BP-1", bill)).code == "CLOSED"
    assert fresh.query(bill.consumer_no).code == "CLOSED"

    fresh.process.control.service("electricity", is_open=True)
    assert fresh.pay(payment(f"{new_serial()}-BP-1", bill)).kind is AnswerKind.ACCEPTED


def test_a_biller_without_memory_and_without_inquiry_shows_it(fresh: Counterparts) -> None:
    bill, serial = fresh.bill(), new_serial()
    fresh.process.control.capabilities("electricity", dedupe=False, inquiry=False)
    message = payment(f"{serial}-BP-1", bill)

    first, again = fresh.pay(message), fresh.pay(message)
    asked = fresh.biller.call(biller.INQUIRE, request_id="i", path={"leg_id": message.leg_id})

    assert (first.kind, again.code) == (AnswerKind.ACCEPTED, "NOTHING_OWED")
    assert (asked.kind, asked.code) == (AnswerKind.UNKNOWN, "http-501")


@pytest.mark.parametrize(
    ("period", "today", "fen"),
    [
        ("2026-10", date(2026, 11, 30), 0),
        ("2026-10", date(2026, 12, 1), 100),
        ("2026-10", date(2026, 12, 31), 3_103),
        ("2026-11", date(2026, 12, 31), 0),
        ("2026-11", date(2027, 1, 1), 100),
        ("2026-12", date(2027, 2, 1), 100),
        ("2020-01", date(2026, 1, 1), 100_099),
    ],
)
def test_the_late_fee_is_a_thousandth_a_day_after_the_month_it_is_due(period: str, today: date, fen: int) -> None:
    assert late_fee_fen(100_099, period, today) == fen


def test_a_bill_asked_for_is_valid_for_a_quarter_of_an_hour(tmp_path: Path) -> None:
    ledger = BillerLedger(tmp_path / "bills.sqlite", PROFILES[ELECTRICITY], DAY)

    def pay_after(seconds: int, index: int) -> str:
        query = biller.BillQuery(channel_id="TD01", consumer_no=people.consumer_no(index))
        bill = ledger.query(query, MADE_AT)
        then: datetime = MADE_AT + timedelta(seconds=seconds)
        return biller.PayReply.model_validate_json(ledger.pay(payment(f"{new_serial()}-BP-1", bill), then)).code

    assert pay_after(VALID_SECONDS, 0) == ""
    assert pay_after(VALID_SECONDS + 1, 1) == "REFERENCE_EXPIRED"
    ledger.close()
