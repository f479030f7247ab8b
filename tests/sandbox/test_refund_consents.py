"""What a biller agrees to refund is undone in its books, and owed to the bank, once."""

from __future__ import annotations

import pytest

from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.contracts import biller
from tellerdesk.sandbox import books, people
from tellerdesk.sandbox.config import ELECTRICITY, GAS, WATER
from tests.sandbox.asking import Counterparts, cancellation, consent, new_serial, payment, tombstone


def of_yesterday(there: Counterparts) -> biller.PayRequest:
    """A payment the biller can cancel no more."""
    paid = there.paid()
    there.process.control.cut_off(there.counterpart)
    return paid


def leg(attempt: int = 1) -> str:
    return f"{new_serial()}-RC-{attempt}"


def owed_for(there: Counterparts, paid: biller.PayRequest) -> list[int]:
    """What the biller owes the bank for a payment."""
    by_serial = {row.biller_serial: row.leg_id for row in books.biller_payments(there.folder, there.counterpart)}
    refunds = books.biller_refunds(there.folder, there.counterpart)
    return [refund.amount_fen for refund in refunds if by_serial[refund.biller_serial] == paid.leg_id]


def test_a_refund_agreed_to_is_owed_to_the_bank_and_by_the_consumer_again(there: Counterparts) -> None:
    paid = of_yesterday(there)
    assert there.cancel(cancellation(f"{new_serial()}-BC-1", paid)).code == "OTHER_DAY"

    told = there.agree(consent(leg(), paid))

    assert told.body is not None
    assert (told.kind, told.body.result) == (AnswerKind.ACCEPTED, "AGREED")
    (refund,) = [one for one in books.biller_refunds(there.folder) if one.agreement_no == told.body.agreement_no]
    assert refund.amount_fen == paid.amount_fen
    assert owed_for(there, paid) == [paid.amount_fen]
    assert there.bill(paid.consumer_no).total_fen == paid.amount_fen
    assert books.biller_flaws(there.folder, ELECTRICITY) == []
    # It was paid in its day: only that day's end could have undone it.
    assert there.inquire_payment(paid.leg_id).result == "PAID"


def test_a_day_that_rolls_for_everybody_leaves_yesterdays_payments_to_be_refunded(fresh: Counterparts) -> None:
    first = fresh.paid()
    fresh.process.control.roll_day()
    assert fresh.agree(consent(leg(), first)).code == "CANCEL_INSTEAD", "core's day is not the biller's"

    fresh.process.control.roll_day(billers=True)

    assert fresh.cancel(cancellation(f"{new_serial()}-BC-1", first)).code == "OTHER_DAY"
    assert fresh.agree(consent(leg(2), first)).kind is AnswerKind.ACCEPTED


def test_a_refund_is_agreed_to_once_however_many_ask(there: Counterparts) -> None:
    paid = of_yesterday(there)
    message = consent(leg(), paid)

    first, again, other = there.agree(message), there.agree(message), there.agree(consent(leg(2), paid))

    assert again == first
    assert first.body is not None
    assert other.body is not None
    assert (other.kind, other.body.result) == (AnswerKind.ACCEPTED, "ALREADY_AGREED")
    assert other.body.agreement_no == first.body.agreement_no
    assert owed_for(there, paid) == [paid.amount_fen]


def test_the_same_leg_with_another_body_is_a_conflict(there: Counterparts) -> None:
    paid, other = there.paid(), of_yesterday(there)
    message = consent(leg(), paid)
    there.agree(message)

    assert there.agree(consent(message.leg_id, other)).code == "http-409"
    assert owed_for(there, other) == []


def test_a_payment_in_a_file_of_the_same_day_is_refunded_not_cancelled(everyone: Counterparts) -> None:
    water = everyone.at(WATER)
    paid = water.paid()
    assert water.agree(consent(leg(), paid)).code == "CANCEL_INSTEAD"

    everyone.process.control.put_into_file(WATER)

    assert water.cancel(cancellation(f"{new_serial()}-BC-1", paid)).code == "IN_FILE"
    assert water.agree(consent(leg(2), paid)).kind is AnswerKind.ACCEPTED
    assert owed_for(water, paid) == [paid.amount_fen]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"original_leg_id": "2026112207120799999999-BP-1"}, "NO_SUCH_PAYMENT"),
        ({"consumer_no": people.consumer_no(4)}, "CONSUMER_MISMATCH"),
        ({"amount_fen": 1}, "AMOUNT_MISMATCH"),
    ],
)
def test_a_refund_that_is_not_of_the_payment_is_refused(
    there: Counterparts, changed: dict[str, object], code: str
) -> None:
    paid = of_yesterday(there)
    message = consent(leg(), paid, **changed)

    first, again = there.agree(message), there.agree(message)

    assert (first.kind, first.code, again) == (AnswerKind.REJECTED, code, first)
    assert owed_for(there, paid) == []
    assert there.query(paid.consumer_no).code == "NOTHING_OWED"


def test_money_goes_back_by_one_way_only(there: Counterparts) -> None:
    cancelled = there.paid()
    there.cancel(cancellation(f"{new_serial()}-BC-1", cancelled))
    refunded = of_yesterday(there)
    there.agree(consent(leg(), refunded))

    assert there.agree(consent(leg(), cancelled)).code == "NOT_REFUNDABLE"
    assert there.cancel(cancellation(f"{new_serial()}-BC-1", refunded)).code == "NOT_CANCELLABLE"
    assert (owed_for(there, cancelled), owed_for(there, refunded)) == ([], [refunded.amount_fen])
    assert books.biller_flaws(there.folder, ELECTRICITY) == []


def test_a_refunded_payment_was_taken_so_no_tombstone_is_laid_on_it(there: Counterparts) -> None:
    paid = of_yesterday(there)
    there.agree(consent(leg(), paid))

    laid = there.lay(tombstone(f"{new_serial()}-BT-1", paid.leg_id, paid.amount_fen))

    assert laid.body is not None
    assert laid.body.result == "PAID"


def test_what_was_invoiced_or_spent_is_not_refunded(everyone: Counterparts) -> None:
    gas, control = everyone.at(GAS), everyone.process.control
    bill = gas.bill()
    spent = payment(f"{new_serial()}-BP-1", bill, amount_fen=bill.total_fen + 5_000)
    gas.pay(spent)
    control.use_balance(GAS, bill.consumer_no, 5_000)
    invoiced = gas.paid()
    control.issue_invoice(GAS, invoiced.leg_id)
    control.cut_off(GAS)

    assert gas.agree(consent(leg(), spent)).code == "TOO_MUCH_USED"
    assert gas.agree(consent(leg(), invoiced)).code == "INVOICED"
    assert owed_for(gas, spent) == owed_for(gas, invoiced) == []


def test_outside_service_hours_nothing_is_agreed_to(everyone: Counterparts) -> None:
    gas, control = everyone.at(GAS), everyone.process.control
    paid = of_yesterday(gas)
    control.service(GAS, is_open=False)
    closed = gas.agree(consent(leg(), paid))
    control.service(GAS, is_open=True)

    assert (closed.kind, closed.code) == (AnswerKind.REJECTED, "CLOSED")
    assert gas.agree(consent(leg(2), paid)).kind is AnswerKind.ACCEPTED
