"""The paper of a refund that was paid out: what it says, when it may be had, and that there is one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from tellerdesk.approvals.states import Place, Verdict
from tellerdesk.approvals.views import ApprovalView, DecisionView
from tellerdesk.bills.commands import Method
from tellerdesk.bills.papers import House
from tellerdesk.documents.views import DocumentKind, RefundPaper
from tellerdesk.errors import Refused
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds import states
from tellerdesk.refunds.papers import RefundPapers
from tellerdesk.refunds.views import PayOutOutcome, RefundView
from tellerdesk.staff.views import SignedOn
from tests.documents.room import TELLER, PlainRenderer, Room
from tests.screens.approval_room import request
from tests.screens.refund_samples import pay_out, refund
from tests.screens.samples import NOW

PAID_AT = NOW + timedelta(days=1, minutes=3)
PAID = pay_out(PayOutOutcome.PAID, asked_by=TELLER.staff_no, ended_at=PAID_AT, core_serial="C-PAID", agent="*建国",
               payee_kind="ID_CARD", agent_kind="PASSPORT")  # fmt: skip
REFUNDED = refund(states.PAID_OUT, cash_return=CashReturn.DUE, pay_out=PAID, approval_id="A9", agreement_no="TY-1")


@dataclass(slots=True)
class Books:
    """A refunds room that knows one refund, and an approvals room that knows its request."""

    view: RefundView

    def refund(self, who: SignedOn, serial: str) -> RefundView:
        assert (who, serial) == (TELLER, self.view.serial)
        return self.view

    def approval(self, who: SignedOn, approval_id: str) -> ApprovalView:
        assert approval_id == "A9"
        yes, no = Verdict.APPROVED, Verdict.REJECTED
        said = [("3001", yes), ("3003", no), ("3002", yes)]
        return request(decisions=tuple(DecisionView(by, "", word, Place.OWN_DESK, "", NOW) for by, word in said))


def papers_of(room: Room, books: Books) -> RefundPapers:
    house = House(Bilingual("示例银行", "Sample Bank"), Bilingual("南山支行", "Nanshan Sub-branch"), training=True)
    return RefundPapers(room.door, room.store, room.papers, house, books, books)  # type: ignore[arg-type]


def test_the_slip_names_payee_agent_approvers_and_the_payment_and_comes_before_the_cash_is_handed_over(
    room: Room, renderer: PlainRenderer
) -> None:
    receipt = room.issue(REFUNDED.payment_serial)
    slip = papers_of(room, Books(REFUNDED)).issue(TELLER, REFUNDED.serial)
    assert (slip.kind, slip.serial) == (DocumentKind.REFUND_SLIP, REFUNDED.serial)
    shown = renderer.rendered[-1]
    assert isinstance(shown, RefundPaper)
    assert (shown.payment_serial, shown.original_no) == (REFUNDED.payment_serial, receipt.number)
    assert (shown.payee, shown.payee_kind, shown.agent, shown.agent_kind) == ("*晓燕", "ID_CARD", "*建国", "PASSPORT")
    assert (shown.approvers, shown.agreement_no, shown.core_serial) == (("3001", "3002"), "TY-1", "C-PAID")
    assert (shown.teller_no, shown.teller_name, shown.refunded_at) == (TELLER.staff_no, TELLER.name, PAID_AT)
    assert (shown.amount_fen, shown.account_no, shown.cause) == (REFUNDED.amount_fen, "", "NEXT_DAY")


def test_credited_straight_to_the_account_it_came_from_it_names_the_holder_and_no_document(
    small_room: Room, renderer: PlainRenderer
) -> None:
    books = Books(refund(states.PAID_OUT, paid_by=Method.ACCOUNT, account_no="622202******2344", approval_id="A9"))
    papers_of(small_room, books).issue(TELLER, books.view.serial)
    shown = renderer.rendered[-1]
    assert isinstance(shown, RefundPaper)
    assert (shown.account_no, shown.payee, shown.payee_kind, shown.original_no) == (
        "622202******2344", books.view.customer_name, "", "",
    )  # fmt: skip


def test_asked_again_it_is_the_same_slip_from_the_same_stored_view(small_room: Room, renderer: PlainRenderer) -> None:
    books = Books(REFUNDED)
    first = papers_of(small_room, books).issue(TELLER, REFUNDED.serial)
    books.view = replace(REFUNDED, amount_fen=1, cash_return=CashReturn.RETURNED)
    assert papers_of(small_room, books).issue(TELLER, REFUNDED.serial) == first
    assert len(renderer.rendered) == 1


@pytest.mark.parametrize(
    "view",
    [
        *(refund(state) for state in (states.DUE, states.PAYING, states.PENDING_PAY_OUT, states.NOT_AGREED)),
        *(replace(REFUNDED, cash_return=each) for each in (CashReturn.SUSPENDING, CashReturn.SUSPENSE)),
    ],
    ids=lambda view: f"{view.state}-{view.cash_return}",
)
def test_there_is_no_slip_for_what_was_not_paid_out_or_was_left_behind(small_room: Room, view: RefundView) -> None:
    assert view.word is not Word.REFUNDED or view.cash_return is not CashReturn.DUE
    with pytest.raises(Refused) as refused:
        papers_of(small_room, Books(view)).issue(TELLER, view.serial)
    assert refused.value.message_id == "error.document.not_refunded"
    assert small_room.rows() == []
