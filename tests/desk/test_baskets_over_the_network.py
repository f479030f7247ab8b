"""Baskets over real HTTP, against counterparts that keep their own books, and their papers."""

from __future__ import annotations

import secrets

import pytest
from support.branches import elsewhere, owed

from tellerdesk.approvals.commands import Decide
from tellerdesk.bills.basket_commands import BasketBill, HandOver, PayBasket
from tellerdesk.bills.commands import AskAgain, AskCancellation, Cancel, CancelReason, ConfirmCashReturned, FindPayment
from tellerdesk.bills.views import BillView
from tellerdesk.desk import Desk
from tellerdesk.documents.views import DocumentKind
from tellerdesk.errors import Refused
from tellerdesk.journal.states import Word
from tellerdesk.sandbox import books
from tellerdesk.sandbox.process import SandboxProcess
from tellerdesk.staff.views import SignedOn


def of(bills: list[BillView], more_fen: int = 2_000) -> PayBasket:
    return PayBasket(
        secrets.token_hex(16),
        tuple(BasketBill(secrets.token_hex(16), bill.quote_id, bill.total_fen) for bill in bills),
        sum(bill.total_fen for bill in bills) + more_fen,
    )


def in_till(desk: Desk, who: SignedOn) -> int:
    position = desk.till.position(who)
    assert position is not None
    return position.balance_fen - position.opening_fen


def test_a_basket_is_paid_printed_on_one_receipt_and_handed_over(
    desk: Desk, who: SignedOn, sandbox: SandboxProcess
) -> None:
    bills = [owed(desk, who) for _ in range(3)]
    command = of(bills)

    view = desk.baskets.pay(who, command)
    [receipt] = desk.basket_papers.issue(who, command.basket_id)
    again = desk.basket_papers.issue(who, command.basket_id, combined=False)
    desk.baskets.hand_over(who, HandOver(command.basket_id, view.cash.to_hand_over_fen))

    paid = view.of(Word.PAID)
    effects = books.core_effects(sandbox.folder)
    assert [effects[payment.serial].net_fen for payment in paid] == [bill.total_fen for bill in bills]
    assert receipt.kind is DocumentKind.COMBINED_RECEIPT
    assert again == (receipt,)
    with pytest.raises(Refused, match="on_combined"):
        desk.papers.issue(who, paid[1].serial)
    assert in_till(desk, who) == view.total_fen


def test_one_in_doubt_gets_a_slip_and_a_receipt_of_its_own_once_it_is_known(
    desk: Desk, who: SignedOn, sandbox: SandboxProcess
) -> None:
    bills = [owed(desk, who) for _ in range(3)]
    command = of(bills)
    sandbox.control.fault("biller-timeout", times=1)
    sandbox.control.fault("inquiry-timeout", times=9)

    view = desk.baskets.pay(who, command)
    papers = desk.basket_papers.issue(who, command.basket_id)
    sandbox.control.clear()
    sandbox.control.deliver_late()

    [doubt] = view.of(Word.PROCESSING)
    assert len(view.of(Word.PAID)) == 2
    assert sorted(each.kind for each in papers) == [DocumentKind.COMBINED_RECEIPT, DocumentKind.PROCESSING_SLIP]
    for _ in range(3):
        known = desk.bills.ask_again(who, AskAgain(doubt.serial))
    assert known.word is Word.PAID
    assert desk.papers.issue(who, doubt.serial).kind is DocumentKind.BILL_RECEIPT


def test_with_the_biller_down_nothing_stands_and_every_yuan_goes_back(
    desk: Desk, who: SignedOn, sandbox: SandboxProcess
) -> None:
    command = of([owed(desk, who) for _ in range(2)])
    sandbox.control.down("electricity")

    view = desk.baskets.pay(who, command)
    handed = desk.baskets.hand_over(who, HandOver(command.basket_id, command.tendered_fen))

    assert [payment.word for payment in view.of(Word.REVERSED)] == [Word.REVERSED] * 2
    assert handed.handed_fen == command.tendered_fen
    assert in_till(desk, who) == 0
    effects = books.core_effects(sandbox.folder)
    assert all(effects[payment.serial].net_fen == 0 for payment in view.of(Word.REVERSED))
    with pytest.raises(Refused, match="nothing_to_print"):
        desk.basket_papers.issue(who, command.basket_id)


def test_cancelling_one_of_a_combined_receipt_voids_it_and_the_others_get_their_own(desk: Desk, who: SignedOn) -> None:
    command = of([owed(desk, who) for _ in range(2)])
    first, second = desk.baskets.pay(who, command).of(Word.PAID)
    [receipt] = desk.basket_papers.issue(who, command.basket_id)
    found = desk.bills.find_cancellable(who, FindPayment(receipt.number))
    assert {each.serial for each in found} == {first.serial, second.serial}
    assert all(each.has_receipt for each in found)
    asking = AskCancellation(
        secrets.token_hex(16), first.serial, first.consumer_no, first.amount_fen, CancelReason.PAID_TWICE, False
    )
    with pytest.raises(Refused, match="receipt_needed") as caught:
        desk.bills.ask_cancellation(who, asking)
    assert caught.value.args_by_name["number"] == receipt.number

    asked = desk.bills.ask_cancellation(who, AskCancellation(secrets.token_hex(16), *_of(asking), original_back=True))
    assert asked.cancellation is not None
    with pytest.raises(Refused, match="being_cancelled"):
        desk.basket_papers.issue(who, command.basket_id)
    supervisor = elsewhere(desk, "3001", 3)
    decide = Decide(asked.cancellation.approval_id, True, desk.training_code("3001"))
    desk.approvals.decide(supervisor, decide)
    assert desk.bills.cancel(who, Cancel(first.serial)).word is Word.CANCELLED
    desk.bills.confirm_cash_returned(who, ConfirmCashReturned(first.serial))

    own = desk.papers.issue(who, second.serial)
    slip = desk.papers.issue(who, first.serial)

    assert (own.kind, slip.kind) == (DocumentKind.BILL_RECEIPT, DocumentKind.CANCELLATION_SLIP)
    assert desk.basket_papers.issue(who, command.basket_id) == (own,)


def _of(asking: AskCancellation) -> tuple[str, str, int, CancelReason]:
    return asking.serial, asking.consumer_no, asking.amount_fen, asking.reason
