"""The baskets of the in-memory desk: each bill ends as the test says, by its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tellerdesk.bills.basket_commands import GoOnWithBasket, HandOver, PayBasket
from tellerdesk.bills.basket_views import BasketAsking, BasketCash, BasketLineView, BasketView
from tellerdesk.bills.commands import Method
from tellerdesk.bills.views import Asking, PaymentView
from tellerdesk.documents.views import DocumentView
from tellerdesk.i18n import Message
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.staff.views import SignedOn
from tests.screens.samples import NOW, POWER, payment

if TYPE_CHECKING:
    from tests.screens.stand_in import StandIn

Ends = Word | Message
"""What becomes of a bill; a message where it is not begun."""


class Baskets:
    """`ends` by place; `refuses` is raised instead, once for each entry."""

    def __init__(self, desk: StandIn) -> None:
        self._desk = desk
        self.ends: dict[int, Ends] = {}
        self.refuses: list[Exception] = []
        self.refuses_hand_over: list[Exception] = []
        self.known: dict[str, BasketView] = {}
        self.open_ones: tuple[BasketView, ...] = ()

    def pay(self, who: SignedOn, command: PayBasket, watch: Callable[[Asking], None] | None = None) -> BasketView:
        for place in range(len(command.bills)):
            if watch is not None:
                watch(BasketAsking("CORE_SENDING", POWER.name, 5.0, place, (Word.PAID,) * place))
        self._desk._call("pay_basket", command)
        if self.refuses:
            raise self.refuses.pop(0)
        view = self._made(command)
        if view.kept:
            self.known[view.basket_id] = view
        return view

    def go_on(
        self, who: SignedOn, command: GoOnWithBasket, watch: Callable[[Asking], None] | None = None
    ) -> BasketView:
        self._desk._call("go_on_with_basket", command)
        view = self.known[command.basket_id]
        lines = tuple(
            line
            if line.payment is not None
            else replace(line, payment=_payment(line.place, line.amount_fen), refusal=None)
            for line in view.lines
        )
        self.known[view.basket_id] = replace(view, lines=lines, cash=cash(view.tendered_fen, lines))
        return self.known[view.basket_id]

    def hand_over(self, who: SignedOn, command: HandOver) -> BasketView:
        self._desk._call("hand_over", command)
        if self.refuses_hand_over:
            raise self.refuses_hand_over.pop(0)
        view = self.known[command.basket_id]
        self.open_ones = ()
        self.known[view.basket_id] = replace(view, handed_fen=command.amount_fen, cash=BasketCash())
        return self.known[view.basket_id]

    def basket(self, who: SignedOn, basket_id: str) -> BasketView:
        self._desk._call("basket", basket_id)
        return self.known[basket_id]

    def left_open(self, who: SignedOn) -> tuple[BasketView, ...]:
        self._desk._call("left_open")
        return self.open_ones

    def issue(self, who: SignedOn, basket_id: str, combined: bool) -> tuple[DocumentView, ...]:
        self._desk._call("issue_basket", combined)
        view = self.known[basket_id]
        return tuple(self._desk.issue(who, each.serial) for each in view.of(Word.PAID, Word.PROCESSING))

    def _made(self, command: PayBasket) -> BasketView:
        lines = tuple(
            _line(place, bill.request_id, bill.amount_fen, self.ends.get(place, Word.PAID), command.method)
            for place, bill in enumerate(command.bills)
        )
        total_fen = sum(bill.amount_fen for bill in command.bills)
        return BasketView(
            basket_id=command.basket_id,
            method=command.method,
            total_fen=total_fen,
            tendered_fen=command.tendered_fen,
            made_at=NOW,
            branch_no="0712",
            till_no="07",
            teller_no="1001",
            lines=lines,
            cash=cash(command.tendered_fen, lines) if command.method is Method.CASH else BasketCash(),
            kept=any(line.payment is not None for line in lines),
        )


def cash(tendered_fen: int, lines: tuple[BasketLineView, ...]) -> BasketCash:
    def total(*words: Word | None) -> int:
        return sum(line.amount_fen for line in lines if (line.payment.word if line.payment else None) in words)

    return BasketCash(
        change_fen=tendered_fen - sum(line.amount_fen for line in lines),
        untaken_fen=total(None),
        due_fen=sum(line.amount_fen for line in lines if line.payment and line.payment.cash_return is CashReturn.DUE),
        waiting_fen=total(Word.AWAITING),
    )


def _line(place: int, request_id: str, fen: int, ends: Ends, method: Method) -> BasketLineView:
    told: dict[str, Any] = (
        {"refusal": ends} if isinstance(ends, Message) else {"payment": _payment(place, fen, ends, method)}
    )
    return BasketLineView(
        place, request_id, f"Q{place}", POWER.name, POWER.item, f"0755003188462{place}", "*晓燕", fen, **told
    )


def _payment(place: int, fen: int, word: Word = Word.PAID, method: Method = Method.CASH) -> PaymentView:
    due = word in {Word.REVERSED, Word.FAILED} and method is Method.CASH
    return payment(
        word,
        301 + place,
        amount_fen=fen,
        tendered_fen=fen,
        method=method,
        cash_return=CashReturn.DUE if due else CashReturn.NONE,
        approval_id="A1" if word is Word.AWAITING else "",
    )
