"""Whatever the network does to a message about money: the desk's word for it, and the counterpart's books.

The table is the claim: what a link may conclude from each of the 64 cases. Only an answer that is true of the money may
be definite.
"""

from __future__ import annotations

import pytest

from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.contracts import biller, core
from tellerdesk.sandbox import books
from tellerdesk.sandbox.faults import FAULTS, PRODUCT, AnswerWay, Processed
from tests.sandbox.asking import (
    INTERNAL,
    Counterparts,
    booking,
    cancellation,
    consent,
    new_serial,
    payment,
    posting,
    reversal,
    tombstone,
)

DEADLINE_S = 0.4
"""Long enough for a whole answer on a busy machine, short enough for the 12 cases that run into it."""

CODES = {
    AnswerWay.RESET: "reset",
    AnswerWay.TIMEOUT: "timeout",
    AnswerWay.STATUS_4XX: "bad-signature",
    AnswerWay.STATUS_5XX: "http-500",
    AnswerWay.GARBAGE: "not-json",
    AnswerWay.WRONG_TYPE: "wrong-type",
    AnswerWay.REJECT: "bad-signature",
    AnswerWay.OTHER_ID: "other-leg-id",
    AnswerWay.OTHER_AMOUNT: "other-amount-fen",
    AnswerWay.OVERSIZED: "oversized",
    AnswerWay.GZIP_BOMB: "encoded",
    AnswerWay.SLOW_HEAD: "timeout",
    AnswerWay.SLOW_BODY: "timeout",
    AnswerWay.TRUNCATED: "bad-http",
    AnswerWay.DUPLICATED: "bad-signature",
    AnswerWay.VALID: "bad-signature",
}


def conclusion(processed: Processed, way: AnswerWay, refusal: str) -> tuple[AnswerKind, str]:
    """What a link must make of a case."""
    if processed is Processed.NO and way is AnswerWay.REJECT:
        return AnswerKind.REJECTED, refusal
    if processed is Processed.NO and way is AnswerWay.STATUS_4XX:
        return AnswerKind.UNSENT, "http-429"
    if processed in (Processed.YES, Processed.TWICE) and way in (AnswerWay.VALID, AnswerWay.DUPLICATED):
        return AnswerKind.ACCEPTED, ""
    return AnswerKind.UNKNOWN, CODES[way]


CASES = pytest.mark.parametrize(("processed", "way"), PRODUCT, ids=[f"{processed}-{way}" for processed, way in PRODUCT])


def test_the_product_has_64_cases() -> None:
    assert len(set(PRODUCT)) == 64
    assert {way for _, way in PRODUCT} == set(CODES)


@pytest.mark.req("B2")
@CASES
def test_a_posting_under_any_fault(there: Counterparts, processed: Processed, way: AnswerWay) -> None:
    serial = new_serial()
    leg = f"{serial}-CP-1"
    there.process.control.rule("CORE_POST", processed, way, times=1, late_s=60)

    told = there.post(posting(leg), deadline_s=DEADLINE_S)

    assert (told.kind, told.code) == conclusion(processed, way, "ACCOUNT_FROZEN")
    if processed is Processed.LATE:
        assert there.inquire_posting(leg).result == "NOT_FOUND"
        assert there.process.control.deliver_late() == 1
    done = processed is not Processed.NO
    effect = books.core_effects(there.folder).get(serial)
    assert [posted.amount_fen for posted in effect.postings] == [168_032] if effect else not done
    assert there.inquire_posting(leg).result == ("POSTED" if done else "NOT_FOUND")
    assert books.core_flaws(there.folder) == []


@pytest.mark.req("B2")
@CASES
def test_a_payment_under_any_fault(there: Counterparts, processed: Processed, way: AnswerWay) -> None:
    bill, serial = there.bill(), new_serial()
    leg = f"{serial}-BP-1"
    there.process.control.rule("BILLER_PAY", processed, way, times=1, late_s=60)

    told = there.pay(payment(leg, bill), deadline_s=DEADLINE_S)

    assert (told.kind, told.code) == conclusion(processed, way, "CLOSED")
    if processed is Processed.LATE:
        assert there.inquire_payment(leg).result == "NOT_FOUND"
        assert there.process.control.deliver_late() == 1
    done = processed is not Processed.NO
    taken = [paid.amount_fen for paid in books.biller_payments(there.folder) if paid.channel_serial == serial]
    assert taken == ([bill.total_fen] if done else [])
    assert there.inquire_payment(leg).result == ("PAID" if done else "NOT_FOUND")


@CASES
def test_a_cancellation_and_a_booking_under_any_fault(
    there: Counterparts, processed: Processed, way: AnswerWay
) -> None:
    serial, paid = new_serial(), there.paid()
    message = cancellation(f"{serial}-BC-1", paid)
    entry = booking(f"{serial}-SB-1", "SUSPENSE_FROM_INTERNAL", INTERNAL, "RP-0712")
    there.process.control.rule("BILLER_CANCEL", processed, way, times=1, late_s=60)
    there.process.control.rule("CORE_BOOK", processed, way, times=1, late_s=60)

    undone = there.cancel(message, deadline_s=DEADLINE_S)
    booked = there.book(entry, deadline_s=DEADLINE_S)

    assert (undone.kind, undone.code) == conclusion(processed, way, "OTHER_DAY")
    assert (booked.kind, booked.code) == conclusion(processed, way, "CORE_CLOSED")
    if processed is Processed.LATE:
        assert became(there, serial) == ("NOT_FOUND", "NOT_FOUND")
        assert there.inquire_payment(paid.leg_id).result == "PAID"
        assert there.process.control.deliver_late() == 2
    done = processed is not Processed.NO
    states = [row.state for row in books.biller_payments(there.folder) if row.leg_id == paid.leg_id]
    assert states == (["CANCELLED"] if done else ["PAID"])
    made = [one.amount_fen for one in books.core_bookings(there.folder) if one.channel_serial == serial]
    assert made == ([5_000] if done else [])
    assert became(there, serial) == (("CANCELLED", "BOOKED") if done else ("NOT_FOUND", "NOT_FOUND"))
    assert books.biller_flaws(there.folder, "electricity") == books.core_flaws(there.folder) == []


def became(there: Counterparts, serial: str) -> tuple[str, str]:
    """What biller and core say became of a cancellation and a booking."""
    at_biller = there.inquire_cancel(f"{serial}-BC-1").body
    at_core = there.inquire_booking(f"{serial}-SB-1").body
    assert at_biller is not None
    assert at_core is not None
    return at_biller.result, at_core.result


QUICK = [(processed, way) for processed, way in PRODUCT if CODES[way] != "timeout"]


@pytest.mark.parametrize(("processed", "way"), QUICK, ids=[f"{processed}-{way}" for processed, way in QUICK])
def test_a_reversal_and_a_tombstone_under_any_quick_fault(
    there: Counterparts, processed: Processed, way: AnswerWay
) -> None:
    serial, bill = new_serial(), there.bill()
    there.post(posting(f"{serial}-CP-1"))
    there.process.control.rule("CORE_REVERSE", processed, way, times=1, late_s=60)
    there.process.control.rule("BILLER_TOMBSTONE", processed, way, times=1, late_s=60)

    undone = there.reverse(reversal(f"{serial}-CR-1", f"{serial}-CP-1"))
    laid = there.lay(tombstone(f"{serial}-BT-1", f"{serial}-BP-1", bill.total_fen))

    assert (undone.kind, undone.code) == conclusion(processed, way, "CORE_CLOSED")
    if way is AnswerWay.REJECT:  # "paid already" would be a lie about money; the front never signs it
        assert (laid.kind, laid.code) == (AnswerKind.UNKNOWN, "bad-signature")
    else:
        assert (laid.kind, laid.code) == conclusion(processed, way, "")
    there.process.control.deliver_late()
    done = processed is not Processed.NO
    assert books.core_effects(there.folder)[serial].net_fen == (0 if done else 168_032)
    assert (f"{serial}-BP-1" in books.tombstones(there.folder, "electricity")) is done


@pytest.mark.parametrize(("processed", "way"), QUICK, ids=[f"{processed}-{way}" for processed, way in QUICK])
def test_an_inquiry_under_any_quick_fault_never_tells_what_is_not_so(
    there: Counterparts, processed: Processed, way: AnswerWay
) -> None:
    serial, bill = new_serial(), there.bill()
    there.post(posting(f"{serial}-CP-1"))
    there.pay(payment(f"{serial}-BP-1", bill))
    there.process.control.rule("CORE_INQUIRE", processed, way, times=1, late_s=60)
    there.process.control.rule("BILLER_INQUIRE", processed, way, times=1, late_s=60)

    at_core = there.core.call(core.INQUIRE, request_id="i", path={"leg_id": f"{serial}-CP-1"})
    at_biller = there.biller.call(biller.INQUIRE, request_id="i", path={"leg_id": f"{serial}-BP-1"})
    there.process.control.deliver_late()

    assert at_core.kind is not AnswerKind.REJECTED
    assert at_biller.kind is not AnswerKind.REJECTED
    if at_core.kind is AnswerKind.ACCEPTED or at_biller.kind is AnswerKind.ACCEPTED:
        assert at_core.body is not None
        assert at_biller.body is not None
        # Nothing was sent that an echo could be held against: the amount is for the caller to compare.
        off = 1 if way is AnswerWay.OTHER_AMOUNT else 0
        if processed in (Processed.YES, Processed.TWICE):
            assert (at_core.body.result, at_core.body.amount_fen) == ("POSTED", 168_032 + off)
            assert (at_biller.body.result, at_biller.body.amount_fen) == ("PAID", bill.total_fen + off)


@pytest.mark.parametrize(("processed", "way"), QUICK, ids=[f"{processed}-{way}" for processed, way in QUICK])
def test_a_consent_under_any_quick_fault(there: Counterparts, processed: Processed, way: AnswerWay) -> None:
    paid = there.paid()
    there.process.control.cut_off("electricity")
    there.process.control.rule("BILLER_CONSENT", processed, way, times=1, late_s=60)

    told = there.agree(consent(f"{new_serial()}-RC-1", paid))
    there.process.control.deliver_late()

    assert (told.kind, told.code) == conclusion(processed, way, "CLOSED")
    states = [row.state for row in books.biller_payments(there.folder) if row.leg_id == paid.leg_id]
    assert states == (["PAID"] if processed is Processed.NO else ["REFUNDED"])
    assert books.biller_flaws(there.folder, "electricity") == []


@pytest.mark.parametrize(("processed", "way"), QUICK, ids=[f"{processed}-{way}" for processed, way in QUICK])
def test_an_inquiry_about_an_undoing_under_any_quick_fault_never_tells_what_is_not_so(
    there: Counterparts, processed: Processed, way: AnswerWay
) -> None:
    serial, paid = new_serial(), there.paid()
    there.cancel(cancellation(f"{serial}-BC-1", paid))
    there.book(booking(f"{serial}-SB-1", "SUSPENSE_FROM_INTERNAL", INTERNAL, "RP-0712"))
    there.process.control.rule("BILLER_INQUIRE_CANCEL", processed, way, times=1, late_s=60)
    there.process.control.rule("CORE_INQUIRE_BOOKING", processed, way, times=1, late_s=60)

    at_biller, at_core = there.inquire_cancel(f"{serial}-BC-1"), there.inquire_booking(f"{serial}-SB-1")
    there.process.control.deliver_late()

    for told in (at_biller, at_core):
        assert told.kind is not AnswerKind.REJECTED
        if told.kind is AnswerKind.ACCEPTED and processed in (Processed.YES, Processed.TWICE):
            assert told.body is not None
            assert told.body.result == ("CANCELLED" if told is at_biller else "BOOKED")
    heard = (at_biller.kind is AnswerKind.ACCEPTED, at_core.kind is AnswerKind.ACCEPTED)
    honest = processed in (Processed.YES, Processed.TWICE) and way in (AnswerWay.VALID, AnswerWay.DUPLICATED)
    assert heard == (True, True) or not honest


def test_the_late_posting_meets_the_tombstone_of_its_reversal(there: Counterparts) -> None:
    serial = new_serial()
    there.process.control.rule("CORE_POST", Processed.LATE, AnswerWay.RESET, times=1, late_s=60)

    there.post(posting(f"{serial}-CP-1"))
    undone = there.reverse(reversal(f"{serial}-CR-1", f"{serial}-CP-1"))
    there.process.control.deliver_late()

    assert undone.body is not None
    assert undone.body.result == "NOT_FOUND"
    assert serial not in books.core_effects(there.folder)


def test_a_late_message_arrives_by_itself(there: Counterparts) -> None:
    serial = new_serial()
    there.process.control.rule("CORE_POST", Processed.LATE, AnswerWay.RESET, times=1, late_s=0)

    there.post(posting(f"{serial}-CP-1"))
    there.process.control.deliver_late()  # what is not delivered yet is waited for

    assert books.core_effects(there.folder)[serial].net_fen == 168_032


def test_a_counterpart_that_is_down_refuses_and_comes_back_on_its_port(there: Counterparts) -> None:
    message = posting(f"{new_serial()}-CP-1")
    there.process.control.down("core")

    refused = there.post(message)
    there.process.control.up("core")

    assert (refused.kind, refused.code) == (AnswerKind.UNSENT, "not-connected")
    assert there.post(message).kind is AnswerKind.ACCEPTED


def test_a_rule_holds_for_its_request_for_its_times_and_until_it_is_cleared(there: Counterparts) -> None:
    control, serial = there.process.control, new_serial()
    mine = control.rule(
        "POST /v1/post", Processed.NO, AnswerWay.STATUS_5XX, counterpart="core", request_id=f"{serial}-CP-2"
    )
    twice = control.rule("CORE_ACCOUNTING_DATE", Processed.NO, AnswerWay.RESET, times=2)

    assert there.post(posting(f"{serial}-CP-1")).kind is AnswerKind.ACCEPTED
    assert there.post(posting(f"{serial}-CP-2")).code == "http-500"
    codes = [there.core.call(core.ACCOUNTING_DATE, request_id="d").code for _ in range(3)]
    assert codes == ["reset", "reset", ""]
    assert {rule["rule"]: rule["fired"] for rule in control.faults()} == {mine: 1, twice: 2}
    assert control.clear(mine) == 1
    assert there.post(posting(f"{serial}-CP-2")).kind is AnswerKind.ACCEPTED


def test_the_front_counts_what_arrives_and_what_it_carries_on(fresh: Counterparts) -> None:
    fresh.process.control.rule("CORE_POST", Processed.NO, AnswerWay.RESET, times=1)
    fresh.process.control.rule("CORE_POST", Processed.TWICE, AnswerWay.VALID, times=1)
    for _ in range(3):
        fresh.post(posting(f"{new_serial()}-CP-1"))

    assert fresh.process.control.counters() == {"seen": {"CORE_POST": 3}, "delivered": {"CORE_POST": 3}}


@pytest.mark.parametrize("name", FAULTS)
def test_every_named_fault_can_be_turned_on_and_off(there: Counterparts, name: str) -> None:
    control = there.process.control
    control.fault(name)
    on = [rule["action"] for rule in control.faults()]
    down = [name for name, state in control.state()["counterparts"].items() if not state["up"]]

    assert on + down == [FAULTS[name].action]
    assert FAULTS[name].description.zh_CN
    assert FAULTS[name].description.en
    control.clear()
    assert control.faults() == []
    assert all(state["up"] for state in control.state()["counterparts"].values())
