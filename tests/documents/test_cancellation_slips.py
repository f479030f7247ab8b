"""The paper of a payment that was taken back: what it says, when it may be had, and that there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tellerdesk.bills.commands import CancelReason, Method
from tellerdesk.bills.papers import BillPapers, House
from tellerdesk.bills.views import CancellationView, CancelOutcome, PaymentView
from tellerdesk.documents.views import DocumentKind
from tellerdesk.errors import Refused
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import CashReturn, Word
from tests.documents.room import TELLER, PlainRenderer, Room
from tests.screens.samples import NOW, legs, payment

CANCELLED_AT = NOW + timedelta(minutes=31)


def cancelled(outcome: CancelOutcome = CancelOutcome.CANCELLED) -> CancellationView:
    return CancellationView(
        outcome, CancelReason.PAID_TWICE, TELLER.staff_no, NOW + timedelta(minutes=30), "A7", cancel_serial="TX-77"
    )


@dataclass(slots=True)
class Books:
    """A bills room that knows one payment."""

    view: PaymentView

    def payment(self, serial: str) -> PaymentView:
        assert serial == self.view.serial
        return self.view

    def take_back(self, cash_return: CashReturn = CashReturn.RETURNED) -> None:
        undone = replace(legs()[0], leg_id="L3", sent_at=CANCELLED_AT, answered_at=CANCELLED_AT)
        self.view = replace(
            self.view, word=Word.CANCELLED, cash_return=cash_return, cancellation=cancelled(),
            legs=(*self.view.legs, undone),
        )  # fmt: skip


def papers_of(room: Room, books: Books) -> BillPapers:
    house = House(Bilingual("示例银行", "Sample Bank"), Bilingual("南山支行", "Nanshan Sub-branch"), training=True)
    return BillPapers(room.door, room.papers, books, house)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", Method)
def test_the_slip_names_what_it_takes_back_and_who_did_it_when(
    room: Room, renderer: PlainRenderer, method: Method
) -> None:
    account = {"account_no": "622202******2344", "tendered_fen": 0, "change_fen": 0} if method is Method.ACCOUNT else {}
    books = Books(payment(branch_no=TELLER.branch_no, method=method, **account))
    receipt = papers_of(room, books).issue(TELLER, books.view.serial)
    books.take_back(CashReturn.RETURNED if method is Method.CASH else CashReturn.NONE)
    slip = papers_of(room, books).issue(TELLER, books.view.serial)
    assert (receipt.kind, slip.kind) == (DocumentKind.BILL_RECEIPT, DocumentKind.CANCELLATION_SLIP)
    shown = renderer.rendered[-1]
    assert (shown.serial, shown.original_no, shown.made_at) == (books.view.serial, receipt.number, NOW)
    assert (shown.teller_no, shown.teller_name) == (TELLER.staff_no, TELLER.name)
    assert (shown.cancelled_at, shown.cancel_serial) == (CANCELLED_AT, "TX-77")
    assert (shown.amount_fen, shown.account_no) == (books.view.amount_fen, books.view.account_no)


def test_a_payment_without_a_receipt_names_its_processing_slip_or_nothing(
    small_room: Room, renderer: PlainRenderer
) -> None:
    books = Books(payment(Word.PROCESSING, 1))
    slip = papers_of(small_room, books).issue(TELLER, books.view.serial)
    books.take_back()
    papers_of(small_room, books).issue(TELLER, books.view.serial)
    assert renderer.rendered[-1].original_no == slip.number
    without = Books(payment(number=2))
    without.take_back()
    papers_of(small_room, without).issue(TELLER, without.view.serial)
    assert renderer.rendered[-1].original_no == ""


def test_asked_again_it_is_the_same_slip_from_the_same_stored_view(small_room: Room, renderer: PlainRenderer) -> None:
    books = Books(payment())
    books.take_back()
    first = papers_of(small_room, books).issue(TELLER, books.view.serial)
    books.view = replace(books.view, amount_fen=1)
    assert papers_of(small_room, books).issue(TELLER, books.view.serial) == first
    assert len(renderer.rendered) == 1


def test_there_is_no_slip_before_the_cash_is_back_with_the_customer(small_room: Room) -> None:
    books = Books(payment())
    books.take_back(CashReturn.DUE)
    with pytest.raises(Refused) as refused:
        papers_of(small_room, books).issue(TELLER, books.view.serial)
    assert refused.value.message_id == "error.document.cash_first"
    assert small_room.rows() == []


@pytest.mark.parametrize(
    ("outcome", "word"), [(CancelOutcome.ASKED, Word.PAID), (CancelOutcome.UNDER_WAY, Word.PROCESSING)]
)
def test_there_is_no_paper_while_a_cancellation_is_open(small_room: Room, outcome: CancelOutcome, word: Word) -> None:
    books = Books(payment(word, cancellation=cancelled(outcome)))
    with pytest.raises(Refused) as refused:
        papers_of(small_room, books).issue(TELLER, books.view.serial)
    assert refused.value.message_id == "error.document.being_cancelled"
    assert small_room.rows() == []


def test_what_nobody_at_a_desk_cancelled_has_no_slip(small_room: Room) -> None:
    books = Books(payment(Word.CANCELLED, cash_return=CashReturn.NONE))
    with pytest.raises(Refused) as refused:
        papers_of(small_room, books).issue(TELLER, books.view.serial)
    assert refused.value.message_id == "error.document.nothing_to_print"


@pytest.mark.parametrize("outcome", [CancelOutcome.REFUSED, CancelOutcome.GIVEN_UP])
def test_a_payment_whose_cancellation_failed_has_its_receipt_and_no_slip(
    small_room: Room, outcome: CancelOutcome
) -> None:
    books = Books(payment())
    receipt = papers_of(small_room, books).issue(TELLER, books.view.serial)
    books.view = replace(books.view, cancellation=cancelled(outcome))
    assert papers_of(small_room, books).issue(TELLER, books.view.serial) == receipt
    assert [row["kind"] for row in small_room.rows()] == ["BILL_RECEIPT"]
