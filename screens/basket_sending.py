"""A basket, sent: what is asked once more before it can be, and how far it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.base import serial_in
from screens.basket_rows import sending_rows
from screens.bill_form import IDENTITY_NEEDED
from screens.identity import IdentitySheet
from screens.paid_before import PaidBeforeSheet
from screens.saying import joined, said, says, says_error
from screens.widgets.ledger import Ledger
from screens.widgets.waiting import Waiting
from tellerdesk.bills.basket_commands import PayBasket
from tellerdesk.bills.basket_views import BasketAsking, BasketView
from tellerdesk.bills.commands import Identity, Method
from tellerdesk.errors import BadInput, TellerDeskError

if TYPE_CHECKING:
    from screens.bill_basket import BillBasket


class BasketSending:
    """Everything that could send a second is shut before the first is sent."""

    def __init__(self, screen: BillBasket) -> None:
        self._screen = screen

    def pay(self) -> None:
        """Sends the one basket of this form; what stands already for one of its bills is asked about first, all of it
        on one page."""
        screen, form = self._screen, self._screen.form
        if screen.busy or screen.over or screen.desk_app.who is None:
            return
        if screen.agreeing:
            self._begin_the_rest()
            return
        cash = screen.method is Method.CASH
        tendered_fen = screen.count.counted() if cash and form.sent is None else 0
        accounts = None if cash else screen.consent.given()
        if tendered_fen is None or (not cash and form.sent is None and not accounts):
            return
        if form.asks and form.sent is None:
            before = tuple(paid for _, paid in form.asks)
            named = tuple(said(added.bill.biller.short_name) for added, _ in form.asks)
            screen.desk_app.desk_lock.lay(PaidBeforeSheet(before, named), self._pays_again_if)
            return
        self._sent(form.command(tendered_fen, accounts))

    def _begin_the_rest(self) -> None:
        """What was not begun, to which the customer has agreed anew."""
        screen, who, rest = self._screen, self._screen.desk_app.who, self._screen.consent.rest()
        if who is None or rest is None:
            return
        screen.shut()
        screen.desk_app.ask(
            screen,
            lambda desk, watch: desk.baskets.go_on(who, rest, watch),
            self._taken,
            screen.ending.read_again,
            self.asking,
        )

    def send_again(self, command: PayBasket) -> None:
        """The same basket, for what of it was not begun."""
        self._sent(command)

    def _sent(self, command: PayBasket) -> None:
        screen, who = self._screen, self._screen.desk_app.who
        if who is None:
            return
        screen.shut()
        if screen.view is None:
            screen.query_one(Ledger).show(sending_rows(screen.form.bills, None))
        screen.desk_app.ask(
            screen,
            lambda desk, watch: desk.baskets.pay(who, command, watch),
            self._taken,
            self._refused,
            self.asking,
        )

    def asking(self, asking: object) -> None:
        """Who is being asked now, and what became of the bills before."""
        screen = self._screen
        if not screen.busy or not isinstance(asking, BasketAsking):
            return
        side = "core" if asking.state.startswith(("CORE", "AUTO")) else "biller"
        otherwise = says("pay.otherwise.core") if side == "core" else says("pay.otherwise.biller")
        screen.query_one(Waiting).start(said(asking.counterpart), asking.deadline_s, otherwise)
        if screen.view is None:
            screen.query_one(Ledger).show(sending_rows(screen.form.bills, asking))

    def _taken(self, view: BasketView) -> None:
        self._screen.ending.show(view)

    def _refused(self, error: TellerDeskError) -> None:
        """The desk's no to the whole, or that it is not known whether any of it was begun."""
        screen, form = self._screen, self._screen.form
        if screen.view is not None:
            screen.ending.read_again(error)
            return
        nothing_begun = form.failed(error)
        screen.show_bills()
        screen.stop_waiting()
        if not nothing_begun:
            screen.go.focus()
            screen.note(joined([says_error(error), says("pay.same_again")]), "error", serial=serial_in(error))
        elif is_about_identity(error):
            screen.desk_app.desk_lock.lay(IdentitySheet(error, form.identity), self._identified)
        else:
            screen.focus_stage()
            screen.complain(error, screen.count.fields())

    def _identified(self, identity: Identity | None) -> None:
        """The same basket once more, now saying who brings the money."""
        if identity is None:
            self._screen.focus_stage()
            self._screen.note(says("pay.identity.missing"), "warn")
        else:
            self._screen.form.identity = identity
            self.pay()

    def _pays_again_if(self, meant: bool | None) -> None:
        """A yes goes back to F10, which still is what pays."""
        if meant:
            self._screen.form.confirm_paid_before()
            self._screen.show_bills()
            self._screen.show_stage()
        else:
            self._screen.note(says("basket.take_out"), "warn")
        self._screen.go.focus()


def is_about_identity(error: TellerDeskError) -> bool:
    """Who brings large cash was not said, or something typed about a person cannot be used."""
    typed = isinstance(error, BadInput) and error.field.startswith(("payer_", "agent_"))
    return typed or error.message_id == IDENTITY_NEEDED
