"""The one payment of a form: sent, and taken, or refused with what is asked once more before it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.base import serial_in
from screens.bill_form import IDENTITY_NEEDED, PAID_BEFORE, Step
from screens.confirm import Confirm
from screens.identity import IdentitySheet
from screens.saying import joined, says, says_error
from tellerdesk.bills.commands import Identity, Method
from tellerdesk.errors import BadInput, TellerDeskError

if TYPE_CHECKING:
    from screens.bill_payment import BillPayment


class PaymentTalk:
    """Everything that could send a second is shut before the first is sent."""

    def __init__(self, screen: BillPayment) -> None:
        self._screen = screen

    def pay(self) -> None:
        """Sends the one payment of this form."""
        screen, collect = self._screen, self._screen.collect
        who, bill = screen.desk_app.who, screen.form.bill
        if screen.busy or screen.form.step is not Step.COLLECT or who is None or bill is None:
            return
        cash = collect.method is Method.CASH
        tendered_fen = collect.counted() if cash else 0
        amount_fen = collect.amount()
        if tendered_fen is None or amount_fen is None:
            return
        consent = None if cash else collect.account.consent(amount_fen)
        if not cash and consent is None:
            return
        command = screen.form.command(amount_fen, tendered_fen, consent)
        screen.shut()
        screen.desk_app.ask(
            screen,
            lambda desk, watch: desk.bills.pay(who, command, watch),
            screen.show_outcome,
            self._refused,
            screen.asking,
        )

    def _refused(self, error: TellerDeskError) -> None:
        """The desk's no to a payment, or that it is not known whether it was begun."""
        screen = self._screen
        nothing_begun = screen.form.failed(error)
        screen.stop_waiting()
        if not nothing_begun:
            # Whether it was begun is not known: the amounts stay as they are and the same request is sent again.
            screen.collect.open_for_typing(False)
            screen.go.focus()
            screen.note(joined([says_error(error), says("pay.same_again")]), "error", serial=serial_in(error))
        elif error.message_id == IDENTITY_NEEDED or self._is_about_identity(error):
            screen.desk_app.desk_lock.lay(IdentitySheet(error, screen.form.identity), self._identified)
        elif error.message_id == PAID_BEFORE:
            screen.note(says_error(error), "warn", serial=serial_in(error))
            question = Confirm(
                says("pay.before.head"), detail=joined([says_error(error), says("pay.before.detail")]),
                yes=says("pay.before.yes"), no=says("pay.before.no"), first="no",
            )  # fmt: skip
            screen.desk_app.desk_lock.lay(question, self._pays_again_if)
        else:
            screen.collect.focus_means()
            screen.complain(error, screen.collect.fields())

    def _pays_again_if(self, meant: bool | None) -> None:
        """A yes goes back to F10, which still is what pays."""
        if meant:
            self._screen.form.knows_paid_before = True
            self._screen.note_stage()
        self._screen.go.focus()

    def _is_about_identity(self, error: TellerDeskError) -> bool:
        """Something typed about a person cannot be used."""
        return self._screen.form.identity is not None and isinstance(error, BadInput) and (
            error.field not in self._screen.collect.fields()
        )  # fmt: skip

    def _identified(self, identity: Identity | None) -> None:
        """The same payment once more, now saying who brings the money."""
        if identity is None:
            self._screen.collect.focus_means()
            self._screen.note(says("pay.identity.missing"), "warn")
        else:
            self._screen.form.identity = identity
            self.pay()
