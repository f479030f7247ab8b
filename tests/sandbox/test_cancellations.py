"""A cancelled payment leaves a biller's books as if it had never been, once, or not at all and says why."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.contracts import biller
from tellerdesk.sandbox import books, people
from tellerdesk.sandbox.biller_undoing import Undoing
from tellerdesk.sandbox.config import BILLERS, ELECTRICITY, GAS, HEATING, MOBILE, VILLAGE, WATER
from tellerdesk.sandbox.profiles import PROFILES
from tests.sandbox.asking import (
    MADE_AT,
    Counterparts,
    cancellation,
    consent,
    new_serial,
    payment,
    tombstone,
)
from tests.sandbox.taken_back import answer, leg, of, paid_at

TAKES_BACK = [name for name in BILLERS if name != VILLAGE]


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
