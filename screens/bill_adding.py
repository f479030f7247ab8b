"""From one bill to several: what is shown goes into the basket, and the next number is typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical

from screens.basket_form import BasketForm
from screens.bill_form import PaymentForm, Step
from screens.bill_steps import is_open_bill
from screens.confirm import Confirm
from screens.saying import clock_time, joined, money, said, says, shown
from screens.widgets.figures import Figure, Figures
from screens.widgets.line import Line
from tellerdesk.bills.basket_commands import MOST_BILLS
from tellerdesk.bills.basket_views import BasketView
from tellerdesk.money import MAX_FEN
from tellerdesk.text import mask_number

if TYPE_CHECKING:
    from screens.basket_form import Added
    from screens.bill_payment import BillPayment

SHOWN = 5
"""So many bills stand beside the form, the newest ones; the basket's own page has them all."""


class BasketPanel(Vertical):
    """The bills put in so far and their sum."""

    DEFAULT_CSS = """
    BasketPanel { background: $surface; height: auto; padding: 1 2; display: none; }
    BasketPanel.-there { display: block; }
    """

    def compose(self) -> ComposeResult:
        yield Line(id="head", classes="head")
        yield Figures(id="added")

    def show(self, form: BasketForm) -> None:
        bills = form.bills
        self.query_one("#head", Line).show(says("basket.head", count=len(bills)))
        rows = [*map(_figure, bills[-SHOWN:]), Figure(says("pay.total"), money(form.total_fen), strong=True, rule=True)]
        self.query_one(Figures).show(rows)


class AddingTalk:
    """The basket of this form, empty for a single bill, which is paid as if there were no baskets."""

    def __init__(self, screen: BillPayment) -> None:
        self._screen = screen
        self.basket = BasketForm()
        self.panel = BasketPanel(id="basket")
        self._open_ones: tuple[BasketView, ...] = ()

    @property
    def there(self) -> bool:
        """Whether there is a basket to open: one being filled, or one of before that was not handed over."""
        return bool(self.basket.bills or self._open_ones)

    def new_form(self) -> PaymentForm:
        return PaymentForm(adding=bool(self.basket.bills))

    def show(self) -> None:
        """The basket stands beside the empty form and the bill."""
        steps = {Step.WHO, Step.BILL}
        self.panel.set_class(bool(self.basket.bills) and self._screen.form.step in steps, "-there")
        if self.basket.bills:
            self.panel.show(self.basket)

    def add(self) -> None:
        """Puts the bill that is shown into the basket. Where its amount is open, that is typed first."""
        screen, bill = self._screen, self._screen.form.bill
        if screen.busy or bill is None:
            return
        if is_open_bill(screen.form) and screen.form.step is Step.BILL:
            screen.form.adding = True
            screen.show_step(Step.COLLECT)
            return
        amount_fen = screen.collect.amount()
        if amount_fen is None:
            return
        if self.basket.has(bill):
            screen.note(says("basket.has"), "warn")
            screen.app.bell()
        elif len(self.basket.bills) >= MOST_BILLS or self.basket.total_fen + amount_fen > MAX_FEN:
            screen.note(says("basket.full", most=MOST_BILLS), "warn")
            screen.app.bell()
        else:
            self.basket.add(bill, amount_fen, knows_paid_before=screen.form.knows_paid_before)
            screen.start_over()
            screen.who_part.focus_number()
            screen.note(says("basket.added"), "good")

    def open(self) -> None:
        """The basket's own page: counting, sending, outcomes."""
        from screens.bill_basket import BillBasket

        if self._screen.busy:
            return
        if self.basket.bills:
            self._screen.app.push_screen(BillBasket(self.basket, self._came_back))
        elif self._open_ones:
            self._screen.app.push_screen(BillBasket(BasketForm(), self._came_back, self._open_ones[0]))

    def _came_back(self, over: bool) -> None:
        if over:
            self.basket, self._open_ones = BasketForm(), ()
        screen = self._screen
        screen.start_over()
        if self.basket.bills:
            screen.who_part.focus_number()
        if over:
            self.look_for_open_ones()

    def look_for_open_ones(self) -> None:
        """Whether a basket of before still waits to be handed over."""
        screen, who = self._screen, self._screen.desk_app.who
        if who is not None:
            screen.look(lambda desk: desk.baskets.left_open(who), self._open_ones_seen, screen.failed_quietly)

    def _open_ones_seen(self, found: tuple[BasketView, ...]) -> None:
        self._open_ones = found
        screen = self._screen
        if found and screen.form.step is Step.WHO and not self.basket.bills and not screen.busy:
            screen.note(
                joined([clock_time(found[0].made_at), says("basket.left_open", count=len(found[0].lines))]), "warn"
            )
            screen.refresh_keys()

    def before_leaving(self, leave: Callable[[], None]) -> None:
        """Does `leave`; a basket that was filled is asked about first."""
        if not self.basket.bills or self._screen.sending:
            leave()
            return
        question = Confirm(
            says("basket.leave.question", count=len(self.basket.bills)), detail=says("basket.leave.detail"),
            yes=says("pay.leave.yes"), no=says("pay.leave.no"), first="no",
        )  # fmt: skip
        self._screen.app.push_screen(question, lambda meant: leave() if meant else None)


def _figure(added: Added) -> Figure:
    number = mask_number(added.bill.consumer_no) if added.bill.biller.personal else added.bill.consumer_no
    label = joined([said(added.bill.biller.short_name), shown(number)], "  ")
    return Figure(label, money(added.amount_fen))
