"""Core moves the bank's own money only the way its kind of booking says, once, and double."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tellerdesk.links.answers import AnswerKind
from tellerdesk.links.contracts import core
from tellerdesk.sandbox import books, people
from tellerdesk.sandbox.config import CORE, ledger_file
from tellerdesk.sandbox.core_bookings import PAIRS, Bookings
from tellerdesk.sandbox.core_ledger import CoreLedger
from tellerdesk.sandbox.profiles import accounts_of
from tests.sandbox.asking import (
    DAY,
    INTERNAL,
    MADE_AT,
    TILL,
    Counterparts,
    booking,
    new_serial,
    posting,
    reversal,
)

PAYABLE, RECEIVABLE, OVER_SHORT, SETTLEMENT = "RP-0712", "RB-1101", "OS-0712", "ST-1101"
CUSTOMER = people.sample_consumers().accounts[0]
ACCOUNTS = {
    "TILL": TILL,
    "INTERNAL": INTERNAL,
    "REFUNDS_PAYABLE": PAYABLE,
    "CUSTOMER": CUSTOMER,
    "RECEIVABLE": RECEIVABLE,
    "SETTLEMENT": SETTLEMENT,
    "OVER_SHORT": OVER_SHORT,
    "OPENING": "EQ-OPENING",
}
OWN = {
    "TILL_TO_SUSPENSE": (TILL, PAYABLE),
    "SUSPENSE_FROM_INTERNAL": (INTERNAL, PAYABLE),
    "REFUND_PAY_OUT": (PAYABLE, TILL),
    "REFUND_CREDIT": (PAYABLE, CUSTOMER),
    "RECEIVABLE_FROM_BILLER": (RECEIVABLE, PAYABLE),
    "RECEIVABLE_CREDIT": (RECEIVABLE, CUSTOMER),
    "RECEIVABLE_REPAID": (SETTLEMENT, RECEIVABLE),
    "TILL_OVER": (TILL, OVER_SHORT),
    "TILL_SHORT": (OVER_SHORT, TILL),
}


def leg() -> str:
    return f"{new_serial()}-SB-1"


def fill(there: Counterparts, amount_fen: int = 5_000) -> None:
    """Money to refund, from a payment that could not be reversed."""
    there.post(posting(f"{new_serial()}-CP-1", amount_fen))
    assert (
        there.book(booking(leg(), "SUSPENSE_FROM_INTERNAL", INTERNAL, PAYABLE, amount_fen)).kind is AnswerKind.ACCEPTED
    )


def test_every_kind_has_its_own_pair() -> None:
    assert set(OWN) == {kind.value for kind in core.BookingKind} == {kind.value for kind in PAIRS}
    assert {kind.value: pair for kind, pair in PAIRS.items()} == books.MAY_BOOK
    assert len(set(OWN.values())) == len(OWN)


@pytest.mark.parametrize("kind", OWN)
def test_a_booking_moves_the_amount_once_between_its_own_accounts(there: Counterparts, kind: str) -> None:
    fill(there)
    debit, credit = OWN[kind]
    message = booking(leg(), kind, debit, credit)
    before = books.core_balances(there.folder)

    told, again = there.book(message), there.book(message)

    assert told.body is not None
    assert (told.kind, told.body.result, told.body.accounting_date) == (AnswerKind.ACCEPTED, "BOOKED", DAY)
    assert again == told
    after = books.core_balances(there.folder)
    moved = {no: after[no] - before.get(no, 0) for no in after if after[no] != before.get(no, 0)}
    assert moved == {debit: -5_000, credit: 5_000}
    assert sum(after.values()) == 0
    (made,) = [one for one in books.core_bookings(there.folder) if one.leg_id == message.leg_id]
    assert (made.core_serial, made.kind, made.booking) == (told.body.core_serial, "BOOKING", kind)
    assert message.channel_serial not in books.core_effects(there.folder)
    assert books.core_flaws(there.folder) == []
    status = there.inquire_booking(message.leg_id).body
    assert status is not None
    assert (status.result, status.amount_fen, status.core_serial) == ("BOOKED", 5_000, told.body.core_serial)


def test_every_other_pair_of_accounts_is_refused_under_every_kind(tmp_path: Path) -> None:
    ledger = CoreLedger(ledger_file(tmp_path, CORE), [accounts_of("1101")], DAY, receivables=[RECEIVABLE])
    bookings = Bookings(ledger)
    bookings.make(booking(leg(), "SUSPENSE_FROM_INTERNAL", INTERNAL, PAYABLE, 100_000), MADE_AT)
    before = books.core_balances(tmp_path)

    for kind, debit, credit in itertools.product(OWN, ACCOUNTS.values(), ACCOUNTS.values()):
        if OWN[kind] != (debit, credit):
            raw = bookings.make(booking(leg(), kind, debit, credit, 1), MADE_AT)
            assert core.BookingReply.model_validate_json(raw).code == "ACCOUNTS_NOT_ALLOWED", (kind, debit, credit)

    after = books.core_balances(tmp_path)
    assert {no: fen for no, fen in after.items() if fen != before.get(no, 0)} == {}
    ledger.close()


@pytest.mark.parametrize(
    ("kind", "accounts", "changed", "code"),
    [
        ("TILL_TO_SUSPENSE", ("TC-0712-08", PAYABLE), {}, "OTHER_BRANCH"),
        ("TILL_TO_SUSPENSE", (TILL, PAYABLE), {"till_no": None}, "OTHER_BRANCH"),
        ("TILL_TO_SUSPENSE", (TILL, "RP-0713"), {}, "OTHER_BRANCH"),
        ("REFUND_PAY_OUT", ("RP-0713", "TC-0713-07"), {}, "OTHER_BRANCH"),
        ("TILL_SHORT", ("OS-0713", TILL), {}, "OTHER_BRANCH"),
        ("SUSPENSE_FROM_INTERNAL", ("IN-9999", PAYABLE), {}, "ACCOUNT_NOT_FOUND"),
        ("RECEIVABLE_FROM_BILLER", ("RB-9999", PAYABLE), {}, "ACCOUNT_NOT_FOUND"),
        ("TILL_OVER", (TILL, "OS-712"), {}, "ACCOUNT_NOT_FOUND"),
        ("RECEIVABLE_CREDIT", (RECEIVABLE, people.sample_consumers().frozen_accounts[0]), {}, "ACCOUNT_FROZEN"),
        ("RECEIVABLE_CREDIT", (RECEIVABLE, people.sample_consumers().closed_accounts[0]), {}, "ACCOUNT_CLOSED"),
        ("REFUND_PAY_OUT", (PAYABLE, TILL), {"amount_fen": 999_999_999_999}, "INSUFFICIENT_FUNDS"),
        ("REFUND_CREDIT", (PAYABLE, CUSTOMER), {"amount_fen": 999_999_999_999}, "INSUFFICIENT_FUNDS"),
    ],
)
def test_a_refused_booking_moves_nothing_and_stays_refused(
    there: Counterparts, kind: str, accounts: tuple[str, str], changed: dict[str, object], code: str
) -> None:
    message = booking(leg(), kind, *accounts).model_copy(update=changed)

    first, again = there.book(message), there.book(message)

    assert (first.kind, first.code) == (AnswerKind.REJECTED, code)
    assert again == first
    assert code in core.CORE_REFUSALS
    assert all(one.leg_id != message.leg_id for one in books.core_bookings(there.folder))
    status = there.inquire_booking(message.leg_id)
    assert (status.kind, status.code) == (AnswerKind.REJECTED, code)


@pytest.mark.parametrize("account", [PAYABLE, RECEIVABLE, OVER_SHORT])
def test_a_posting_cannot_do_what_a_booking_may_not(there: Counterparts, account: str) -> None:
    fill(there)
    out, into = (
        posting(f"{new_serial()}-CP-1", 1, debit_account=account),
        posting(f"{new_serial()}-CP-1", 1, credit_account=account),
    )

    assert {there.post(message).code for message in (out, into)} == {"ACCOUNTS_NOT_ALLOWED"}
    assert {out.channel_serial, into.channel_serial}.isdisjoint(books.core_effects(there.folder))


def test_refunds_are_paid_to_the_last_fen_and_no_further(tmp_path: Path) -> None:
    ledger = CoreLedger(ledger_file(tmp_path, CORE), [accounts_of("1101")], DAY)
    bookings = Bookings(ledger)

    def made(kind: str, debit: str, credit: str, fen: int) -> str:
        raw = bookings.make(booking(leg(), kind, debit, credit, fen), MADE_AT)
        told = core.BookingReply.model_validate_json(raw)
        return told.code or told.result

    assert made("REFUND_PAY_OUT", PAYABLE, TILL, 1) == "INSUFFICIENT_FUNDS"
    assert made("TILL_TO_SUSPENSE", TILL, PAYABLE, 500) == "BOOKED"
    assert made("REFUND_PAY_OUT", PAYABLE, TILL, 501) == "INSUFFICIENT_FUNDS"
    assert made("REFUND_PAY_OUT", PAYABLE, TILL, 500) == "BOOKED"
    assert books.core_balances(tmp_path)[PAYABLE] == 0
    assert books.core_booked_by_kind(tmp_path) == {"REFUNDS_PAYABLE": 0, "TILL": 0}
    ledger.close()


def test_a_booking_needs_no_till_where_none_takes_part(there: Counterparts) -> None:
    message = booking(leg(), "RECEIVABLE_FROM_BILLER", RECEIVABLE, PAYABLE, till_no=None)

    assert there.book(message).kind is AnswerKind.ACCEPTED


def test_the_same_leg_with_another_body_is_a_conflict_and_books_nothing_more(there: Counterparts) -> None:
    message = booking(leg(), "TILL_OVER", TILL, OVER_SHORT)
    there.book(message)

    assert there.book(message.model_copy(update={"amount_fen": 1})).code == "http-409"
    assert there.post(posting(message.leg_id)).code == "http-409"
    (made,) = [one for one in books.core_bookings(there.folder) if one.leg_id == message.leg_id]
    assert made.amount_fen == 5_000


def test_a_booking_is_no_posting_and_a_posting_is_no_booking(there: Counterparts) -> None:
    booked, posted = booking(leg(), "TILL_OVER", TILL, OVER_SHORT), posting(f"{new_serial()}-CP-1")
    there.book(booked)
    there.post(posted)

    assert there.inquire_posting(booked.leg_id).result == "NOT_FOUND"
    status = there.inquire_booking(posted.leg_id).body
    assert status is not None
    assert (status.result, status.amount_fen) == ("NOT_FOUND", None)


def test_a_booking_is_reversed_once_on_its_own_day(fresh: Counterparts) -> None:
    first, second = (booking(leg(), "TILL_TO_SUSPENSE", TILL, PAYABLE) for _ in range(2))
    fresh.book(first)
    fresh.book(second)

    undone = fresh.reverse(reversal(f"{new_serial()}-CR-1", first.leg_id, 5_000))
    again = fresh.reverse(reversal(f"{new_serial()}-CR-1", first.leg_id, 5_000))
    other = fresh.reverse(reversal(f"{new_serial()}-CR-1", second.leg_id, 4_999))
    fresh.process.control.roll_day()
    late = fresh.reverse(reversal(f"{new_serial()}-CR-1", second.leg_id, 5_000))
    tomorrow = fresh.book(booking(leg(), "REFUND_PAY_OUT", PAYABLE, TILL))

    assert undone.body is not None
    assert again.body is not None
    assert (undone.body.result, again.body.result) == ("REVERSED", "ALREADY_REVERSED")
    assert (other.code, late.code) == ("AMOUNT_MISMATCH", "DATE_ROLLED")
    assert tomorrow.body is not None
    assert tomorrow.body.accounting_date > DAY
    status = fresh.inquire_booking(first.leg_id).body
    assert status is not None
    assert status.result == "REVERSED"
    red = [one for one in books.core_bookings(fresh.folder) if one.kind == "REVERSAL"]
    assert [(one.booking, one.amount_fen) for one in red] == [("TILL_TO_SUSPENSE", -5_000)]
    assert books.core_balances(fresh.folder)[PAYABLE] == 0
    assert books.core_effects(fresh.folder) == {}
    assert books.core_flaws(fresh.folder) == []


@pytest.mark.parametrize("kind", ["TILL_TO_SUSPENSE", "RECEIVABLE_CREDIT"])
def test_what_a_booking_brought_and_was_spent_is_not_taken_back(there: Counterparts, kind: str) -> None:
    account = people.sample_consumers().accounts[2]
    credit = PAYABLE if kind == "TILL_TO_SUSPENSE" else account
    message = booking(leg(), kind, OWN[kind][0], credit)
    there.book(message)
    left = books.core_balances(there.folder)[credit]
    if credit == PAYABLE:
        there.book(booking(leg(), "REFUND_PAY_OUT", PAYABLE, TILL, left))
    else:
        signed = core.Authority(voucher_no="PZ20261122001")
        there.post(posting(f"{new_serial()}-CP-1", left, debit_account=account, authority=signed))

    told = there.reverse(reversal(f"{new_serial()}-CR-1", message.leg_id, 5_000))

    assert (told.kind, told.code) == (AnswerKind.REJECTED, "INSUFFICIENT_FUNDS")
    assert books.core_balances(there.folder)[credit] == 0
    assert books.core_flaws(there.folder) == []


def test_a_reversal_of_a_booking_never_made_bars_it(there: Counterparts) -> None:
    message = booking(leg(), "TILL_OVER", TILL, OVER_SHORT)

    told = there.reverse(reversal(f"{new_serial()}-CR-1", message.leg_id, 5_000))
    late = there.book(message)

    assert told.body is not None
    assert (told.body.result, late.code) == ("NOT_FOUND", "TOMBSTONED")
    status = there.inquire_booking(message.leg_id).body
    assert status is not None
    assert status.result == "TOMBSTONED"


def test_books_from_before_there_were_bookings_learn_them(tmp_path: Path) -> None:
    ledger = CoreLedger(ledger_file(tmp_path, CORE), [accounts_of("1101")], DAY)
    ledger.post(posting(f"{new_serial()}-CP-1"), MADE_AT)
    ledger.write("DROP TABLE bookings")
    ledger.close()

    reopened = CoreLedger(ledger_file(tmp_path, CORE), [accounts_of("1101")], DAY, receivables=[RECEIVABLE])
    raw = Bookings(reopened).make(booking(leg(), "RECEIVABLE_FROM_BILLER", RECEIVABLE, PAYABLE), MADE_AT)

    assert core.BookingReply.model_validate_json(raw).result == "BOOKED"
    assert books.core_flaws(tmp_path) == []
    reopened.close()


def test_a_closed_core_books_nothing(tmp_path: Path) -> None:
    ledger = CoreLedger(ledger_file(tmp_path, CORE), [accounts_of("1101")], DAY)
    ledger.set("open", "no")

    raw = Bookings(ledger).make(booking(leg(), "TILL_OVER", TILL, OVER_SHORT), MADE_AT)

    assert core.BookingReply.model_validate_json(raw).code == "CORE_CLOSED"
    ledger.close()


def test_a_refund_of_another_day_goes_round_and_leaves_every_account_as_it_was(tmp_path: Path) -> None:
    ledger = CoreLedger(ledger_file(tmp_path, CORE), [accounts_of("1101")], DAY, receivables=[RECEIVABLE])
    bookings = Bookings(ledger)
    ledger.post(posting(f"{new_serial()}-CP-1", 5_000), MADE_AT)
    # Cleared: what the biller was paid is on its settlement account.
    ledger.post(posting(f"{new_serial()}-CC-1", 5_000, debit_account=INTERNAL, credit_account=SETTLEMENT), MADE_AT)

    for kind in ("RECEIVABLE_FROM_BILLER", "REFUND_PAY_OUT", "RECEIVABLE_REPAID"):
        bookings.make(booking(leg(), kind, *OWN[kind]), MADE_AT)

    balances = books.core_balances(tmp_path)
    assert [balances[one] for one in (TILL, INTERNAL, PAYABLE, RECEIVABLE, SETTLEMENT)] == [0, 0, 0, 0, 0]
    assert books.core_flaws(tmp_path) == []
    ledger.close()


@pytest.mark.parametrize(
    "crime",
    [
        "UPDATE bookings SET kind = 'TILL_OVER'",
        "UPDATE bookings SET kind = 'GIFT'",
        "DELETE FROM bookings",
        "UPDATE postings SET credit_account = 'ST-1101' WHERE kind = 'BOOKING'",
        "UPDATE entries SET account_no = 'ST-1101' WHERE account_no = 'RP-0712' AND credit_fen > 0",
        "INSERT INTO entries VALUES ((SELECT MAX(core_serial) FROM postings), 'RP-0712', 9000, 0)",
        "UPDATE entries SET debit_fen = debit_fen + 9000 WHERE account_no = 'RP-0712'",
        "UPDATE accounts SET kind = 'CUSTOMER' WHERE account_no = 'RP-0712'",
    ],
)
def test_a_booking_astray_is_found(tmp_path: Path, crime: str) -> None:
    ledger = CoreLedger(ledger_file(tmp_path, CORE), [accounts_of("1101")], DAY)
    Bookings(ledger).make(booking(leg(), "SUSPENSE_FROM_INTERNAL", INTERNAL, PAYABLE), MADE_AT)
    assert books.core_flaws(tmp_path) == []

    with ledger.transaction() as connection:
        connection.execute(crime)

    assert books.core_flaws(tmp_path)
    ledger.close()
