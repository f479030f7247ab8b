"""Bills that were paid together and are refunded: one by one, and with no paper that is not true."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.counter import BILLER
from support.scripted import TIMEOUT

from tellerdesk.bills.basket_commands import BasketBill, HandOver, PayBasket
from tellerdesk.bills.basket_papers import BasketPapers
from tellerdesk.bills.basket_views import BasketView
from tellerdesk.bills.commands import ConfirmCashReturned, LookUp
from tellerdesk.bills.papers import BillPapers
from tellerdesk.bills.papers import House as PaperHouse
from tellerdesk.bills.views import BillView
from tellerdesk.documents.papers import Papers
from tellerdesk.documents.views import DocumentKind, RefundPaper
from tellerdesk.errors import Refused
from tellerdesk.i18n import Bilingual
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.refunds import states
from tellerdesk.refunds.commands import FindRefundable
from tellerdesk.refunds.papers import RefundPapers
from tellerdesk.sandbox import people
from tellerdesk.store.vault import Vault
from tests.documents.room import PlainRenderer
from tests.refunds.conftest import Building
from tests.refunds.house import NO, House

OF = PaperHouse(Bilingual("示例银行", "Sample Bank"), Bilingual("南山支行", "Nanshan"), training=True)


@dataclass
class Desk:
    """A house with the rooms that issue papers."""

    house: House
    folder: Path

    def __post_init__(self) -> None:
        counter, staff = self.house.counter, self.house.eyes.staff
        self.folder.mkdir()
        self.renderer = PlainRenderer()
        papers = Papers(
            counter.store, self.house.eyes.audit, staff, Vault(counter.keys), counter.keys, self.renderer, self.folder,
            counter.clock,
        )  # fmt: skip
        self.not_held: set[str] = set()

        def not_held(_: object, serial: str) -> bool:
            return serial in self.not_held

        self.of_bills = BillPapers(staff, papers, counter.payments, OF, counter.store, not_held)
        self.of_baskets = BasketPapers(
            staff, counter.store, counter.baskets, counter.payments, self.of_bills, papers, OF, not_held
        )
        self.of_refunds = RefundPapers(staff, counter.store, papers, OF, self.house.refunds, self.house.eyes.room)

    def paid(self, count: int = 2, more_fen: int = 2_000) -> BasketView:
        """So many bills nobody has paid yet, as one basket."""
        found: list[BillView] = []
        numbers = iter(range(100))
        while len(found) < count:
            try:
                found.append(
                    self.house.counter.lookup.look_up(self.house.who, LookUp(BILLER, people.consumer_no(next(numbers))))
                )
            except Refused:
                continue
        bills = tuple(BasketBill(secrets.token_hex(16), bill.quote_id, bill.total_fen) for bill in found)
        total_fen = sum(bill.amount_fen for bill in bills)
        command = PayBasket(secrets.token_hex(16), bills, total_fen + more_fen)
        return self.house.counter.baskets.pay(self.house.who, command)

    def again(self, view: BasketView) -> BasketView:
        return self.house.counter.baskets.basket(self.house.who, view.basket_id)


@pytest.fixture
def desk(lite: Building, tmp_path: Path) -> Desk:
    return Desk(lite(), tmp_path / "documents")


# Cash that is due, and is booked to refunds payable


@pytest.mark.parametrize("booked", [False, True], ids=["asked", "booked"])
def test_cash_of_a_bill_for_refunds_payable_is_not_handed_over_with_its_basket(desk: Desk, booked: bool) -> None:
    house = desk.house
    house.biller.script["BILLER_PAY"] = [NO]
    view = desk.paid(3)
    [failed] = view.of(Word.REVERSED)
    assert view.cash.to_hand_over_fen == failed.amount_fen + 2_000
    refund = house.suspended(failed.serial) if booked else house.suspend(failed.serial)

    now = desk.again(view)

    assert (now.cash.due_fen, now.cash.to_hand_over_fen) == (0, 2_000)
    with pytest.raises(Refused, match="changed"):
        house.counter.baskets.hand_over(house.who, HandOver(view.basket_id, view.cash.to_hand_over_fen))
    handed = house.counter.baskets.hand_over(house.who, HandOver(view.basket_id, 2_000))
    assert handed.handed_fen == 2_000
    kept = house.counter.payments.payment(failed.serial)
    assert kept.cash_return is (CashReturn.SUSPENSE if booked else CashReturn.SUSPENDING)
    assert house.counter.till_rows(failed.serial) == [("CASH_IN", failed.amount_fen)]
    assert house.flaws() == []
    if not booked:  # given up after the basket has ended, it is owed by itself again
        house.eyes.withdraw(refund.approval_id)
        house.sweep()
        assert desk.again(view).cash.to_hand_over_fen == 0
        assert house.counter.payments.payment(failed.serial).cash_return is CashReturn.DUE
        house.counter.payments.confirm_cash_returned(house.who, ConfirmCashReturned(failed.serial))
        assert house.flaws() == []


def test_a_bill_whose_cash_was_handed_over_with_its_basket_is_not_booked_to_refunds_payable(desk: Desk) -> None:
    house = desk.house
    house.biller.script["BILLER_PAY"] = [NO]
    view = desk.paid()
    [failed] = view.of(Word.REVERSED)
    house.counter.baskets.hand_over(house.who, HandOver(view.basket_id, view.cash.to_hand_over_fen))

    with pytest.raises(Refused, match="nothing_due"):
        house.suspend(failed.serial)


# A refund of a later day, and the receipt its payment stood on with others


def test_a_refund_voids_the_combined_receipt_and_the_others_get_their_own(desk: Desk) -> None:
    house = desk.house
    view = desk.paid()
    first, second = view.of(Word.PAID)
    [receipt] = desk.of_baskets.issue(house.who, view.basket_id)
    house.next_day()
    found = house.refunds.find(house.who, FindRefundable(receipt.number))
    assert {(each.serial, each.has_receipt) for each in found} == {(first.serial, True), (second.serial, True)}
    with pytest.raises(Refused, match="receipt_needed") as refused:
        house.ask(first, original_back=False)
    assert refused.value.args_by_name["number"] == receipt.number

    asked = house.ask(first)

    assert asked.state == states.PENDING_REFUND
    [own] = desk.of_baskets.issue(house.who, view.basket_id)
    assert (own.kind, own.serial) == (DocumentKind.BILL_RECEIPT, second.serial)
    assert desk.of_bills.issue(house.who, second.serial) == own
    with pytest.raises(Refused, match="being_refunded"):
        desk.of_bills.issue(house.who, first.serial)
    due = house.go_on(house.approved(asked, persons=2))
    house.paid_out(due)
    desk.of_refunds.issue(house.who, due.serial)
    slip = desk.renderer.rendered[-1]
    assert isinstance(slip, RefundPaper)
    assert slip.original_no == receipt.number
    assert [each.word for each in desk.again(view).of(Word.REFUNDED, Word.PAID)] == [Word.REFUNDED, Word.PAID]


def test_while_the_biller_is_silent_no_receipt_is_given_and_its_no_makes_the_old_one_good_again(desk: Desk) -> None:
    house = desk.house
    view = desk.paid()
    first, second = view.of(Word.PAID)
    receipts = desk.of_baskets.issue(house.who, view.basket_id)
    house.next_day()
    house.biller.script["BILLER_CONSENT"] = [TIMEOUT] * 3
    refund = house.ask(first)
    assert refund.state == states.CONSENT_UNKNOWN

    with pytest.raises(Refused, match="being_refunded"):
        desk.of_baskets.issue(house.who, view.basket_id)
    with pytest.raises(Refused, match="on_combined"):
        desk.of_bills.issue(house.who, second.serial)

    house.biller.script["BILLER_CONSENT"] = [NO]
    house.sweep()
    assert house.refunds.refund(house.who, refund.serial).state == states.NOT_AGREED
    assert desk.of_baskets.issue(house.who, view.basket_id) == receipts


def test_a_bill_being_refunded_comes_on_no_receipt_of_the_basket(desk: Desk) -> None:
    house = desk.house
    view = desk.paid(3)
    first, *others = view.of(Word.PAID)
    house.next_day()
    house.ask(first)

    [receipt] = desk.of_baskets.issue(house.who, view.basket_id)

    assert (receipt.kind, receipt.serial) == (DocumentKind.COMBINED_RECEIPT, others[0].serial)
    house.ask(others[0]), house.ask(others[1])
    with pytest.raises(Refused, match="nothing_to_print"):
        desk.of_baskets.issue(house.who, view.basket_id)


# What its biller says it has cancelled after all


def test_a_bill_its_biller_does_not_hold_is_on_no_receipt_and_the_others_get_theirs(desk: Desk) -> None:
    view = desk.paid(3)
    gone, *others = view.of(Word.PAID)
    desk.not_held.add(gone.serial)

    [receipt] = desk.of_baskets.issue(desk.house.who, view.basket_id)

    assert receipt.kind is DocumentKind.COMBINED_RECEIPT
    with pytest.raises(Refused, match="not_held"):
        desk.of_bills.issue(desk.house.who, gone.serial)
    desk.not_held = {others[0].serial}
    with pytest.raises(Refused, match="not_held"):
        desk.of_baskets.issue(desk.house.who, view.basket_id)
