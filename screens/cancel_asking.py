"""The one request of a cancellation or a refund: the receipt handed back, then asked for, or refused at the field it is
about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Generic

from screens.base import serial_in
from screens.cancel_find import FindPart
from screens.cancel_form import Asked, Meant, RekeyForm
from screens.cancel_rekey import RekeyPart
from screens.confirm import Confirm
from screens.saying import joined, says, says_error
from tellerdesk.errors import TellerDeskError

if TYPE_CHECKING:
    from screens.cancel_form import Rekeyed
    from screens.desk_port import DeskPort
    from screens.money_task import SendingTask
    from tellerdesk.staff.views import SignedOn


class FindTalk(Generic[Meant]):
    """Which payment is meant: a look, which may be given up."""

    def __init__(
        self,
        screen: SendingTask,
        part: FindPart[Meant],
        find: Callable[[DeskPort, SignedOn, str], tuple[Meant, ...]],
        take: Callable[[Meant], None],
        show: Callable[[], None],
    ) -> None:
        """`take` goes on with the one that is meant, `show` shows the step where it is looked for."""
        self._screen = screen
        self._part = part
        self._desk_finds = find
        self._take = take
        self._show = show

    def find(self) -> None:
        """Looks for what was typed."""
        screen, who = self._screen, self._screen.desk_app.who
        if screen.busy or who is None or (text := self._part.text()) is None:
            return
        self._part.open_for_typing(False)
        number = screen.looks.begin(says("cancellation.whom"), says("cancellation.otherwise.find"))
        screen.look(
            lambda desk: self._desk_finds(desk, who, text),
            lambda matches: self._found(matches, number),
            lambda error: self._not_found(error, number),
        )

    def _found(self, matches: tuple[Meant, ...], number: int) -> None:
        screen = self._screen
        if not screen.looks.ended(number):
            return
        if len(matches) == 1 and not matches[0].obstacles:
            self._take(matches[0])
        else:
            self._part.show(matches)
            self._show()
            if not matches:
                screen.note(says("cancellation.none"), "warn")

    def _not_found(self, error: TellerDeskError, number: int) -> None:
        screen = self._screen
        if screen.looks.ended(number):
            self._show()
            screen.note()
            screen.complain(error, self._part.fields())


class AskingTalk(Generic[Meant, Asked]):
    """Everything that could send a second is shut before the first is sent."""

    def __init__(self, screen: SendingTask, rekey: RekeyPart, send: Callable[[Asked], None], words: str) -> None:
        """`send` shuts the screen and sends; `words` begins the ids of its sentences."""
        self._screen = screen
        self._rekey = rekey
        self._send_it = send
        self._words = words

    def ask(self, form: RekeyForm[Meant, Asked]) -> None:
        """Asks for it; where the customer has a receipt, it is to be in the teller's hand first."""
        meant = form.meant
        if self._screen.busy or meant is None or (keyed := self._rekey.keyed()) is None:
            return
        if form.sent is not None or not meant.has_receipt:
            self._send(form, keyed, original_back=meant.has_receipt)
            return
        words = f"{self._words}.original"
        question = Confirm(
            says(f"{words}.question"), detail=says(f"{words}.detail"),
            yes=says(f"{words}.yes"), no=says(f"{words}.no"), first="no",
        )  # fmt: skip
        self._screen.app.push_screen(question, lambda back: self._send_if(back, form, keyed))

    def _send_if(self, original_back: bool | None, form: RekeyForm[Meant, Asked], keyed: Rekeyed) -> None:
        if original_back:
            self._send(form, keyed, original_back=True)
        else:
            self._screen.go.focus()
            self._screen.note(says(f"{self._words}.original.missing"), "warn")

    def _send(self, form: RekeyForm[Meant, Asked], keyed: Rekeyed, *, original_back: bool) -> None:
        if not self._screen.busy:
            self._send_it(form.command(keyed, original_back=original_back))

    def refused(self, error: TellerDeskError, form: RekeyForm[Meant, Asked]) -> None:
        """The desk's no, or that it is not known whether it was asked for."""
        screen = self._screen
        nothing_begun = form.failed(error)
        screen.stop_waiting()
        screen.go.focus()
        if nothing_begun:
            screen.complain(error, self._rekey.fields())
        else:
            self._rekey.open_for_typing(False)
            same_again = says(f"{self._words}.same_again")
            screen.note(joined([says_error(error), same_again]), "error", serial=serial_in(error))
