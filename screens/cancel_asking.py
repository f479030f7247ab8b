"""The one request of a cancellation: the receipt handed back, then asked for, or refused at the field it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from screens.base import serial_in
from screens.cancel_form import Rekeyed, Step
from screens.confirm import Confirm
from screens.saying import joined, says, says_error
from tellerdesk.bills.commands import FindPayment
from tellerdesk.bills.views import Cancellable
from tellerdesk.errors import TellerDeskError

if TYPE_CHECKING:
    from screens.payment_cancellation import PaymentCancellation


class FindTalk:
    """Which payment is meant: a look, which may be given up."""

    def __init__(self, screen: PaymentCancellation) -> None:
        self._screen = screen

    def find(self) -> None:
        """Looks for what was typed."""
        screen, who = self._screen, self._screen.desk_app.who
        if screen.busy or who is None or (text := screen.find_part.text()) is None:
            return
        command = FindPayment(text)
        screen.find_part.open_for_typing(False)
        number = screen.looks.begin(says("cancellation.whom"), says("cancellation.otherwise.find"))
        screen.look(
            lambda desk: desk.bills.find_cancellable(who, command),
            lambda matches: self._found(matches, number),
            lambda error: self._not_found(error, number),
        )

    def _found(self, matches: tuple[Cancellable, ...], number: int) -> None:
        screen = self._screen
        if not screen.looks.ended(number):
            return
        if len(matches) == 1 and not matches[0].obstacles:
            screen.take(matches[0])
        else:
            screen.find_part.show(matches)
            screen.show_step(Step.FIND)
            if not matches:
                screen.note(says("cancellation.none"), "warn")

    def _not_found(self, error: TellerDeskError, number: int) -> None:
        screen = self._screen
        if screen.looks.ended(number):
            screen.show_step(Step.FIND)
            screen.note()
            screen.complain(error, screen.find_part.fields())


class AskingTalk:
    """Everything that could send a second is shut before the first is sent."""

    def __init__(self, screen: PaymentCancellation) -> None:
        self._screen = screen

    def ask(self) -> None:
        """Asks for the cancellation; where the customer has a receipt, it is to be in the teller's hand first."""
        screen = self._screen
        if screen.busy or screen.form.step is not Step.REKEY or screen.form.meant is None:
            return
        if (keyed := screen.rekey.keyed()) is None:
            return
        if screen.form.sent is not None or not screen.form.meant.has_receipt:
            self._send(keyed, original_back=screen.form.meant.has_receipt)
            return
        question = Confirm(
            says("cancellation.original.question"), detail=says("cancellation.original.detail"),
            yes=says("cancellation.original.yes"), no=says("cancellation.original.no"), first="no",
        )  # fmt: skip
        screen.app.push_screen(question, lambda back: self._send_if(back, keyed))

    def _send_if(self, original_back: bool | None, keyed: Rekeyed) -> None:
        if original_back:
            self._send(keyed, original_back=True)
        else:
            self._screen.go.focus()
            self._screen.note(says("cancellation.original.missing"), "warn")

    def _send(self, keyed: Rekeyed, *, original_back: bool) -> None:
        screen, who = self._screen, self._screen.desk_app.who
        if screen.busy or who is None:
            return
        command = screen.form.command(keyed, original_back=original_back)
        screen.shut()
        screen.desk_app.ask(
            screen,
            lambda desk, _watch: desk.bills.ask_cancellation(who, command),
            screen.show_outcome,
            self._refused,
        )

    def _refused(self, error: TellerDeskError) -> None:
        """The desk's no, or that it is not known whether it was asked for."""
        screen = self._screen
        nothing_begun = screen.form.failed(error)
        screen.stop_waiting()
        if nothing_begun:
            screen.go.focus()
            screen.complain(error, screen.rekey.fields())
        else:
            screen.rekey.open_for_typing(False)
            screen.go.focus()
            screen.note(joined([says_error(error), says("cancellation.same_again")]), "error", serial=serial_in(error))
