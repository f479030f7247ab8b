"""The conversation about a payment, or a cancellation, that needs an approval: the sheet, and what follows from how it
was left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from screens.approval_sheet import ApprovalSheet, Ending, Means
from screens.consent_again import ConsentAgain
from screens.saying import says_error
from screens.wording import cancel_waits
from tellerdesk.bills.commands import AccountAuthority, Cancel, GoOn, Method
from tellerdesk.bills.views import Asking, PaymentView
from tellerdesk.errors import TellerDeskError
from tellerdesk.journal.states import Word

if TYPE_CHECKING:
    from screens.base import DeskScreen
    from screens.desk_port import DeskPort
    from screens.errands import Watch


class ApprovalHost(Protocol):
    """The screen a payment or its cancellation waits on."""

    def shut(self) -> None:
        """Money is about to move: nothing can be typed, pressed or left until the answer is there."""

    def asking(self, asking: Asking, /) -> None:
        """Who is being asked now."""

    def show_outcome(self, payment: PaymentView, /) -> None:
        """What became of it."""

    def still_waits(self, payment: PaymentView, /) -> None:
        """Nothing has moved; the sheet can be opened again."""

    def withdrawn(self, payment: PaymentView, /) -> None:
        """The request was taken back, and what was asked for is over."""


class ApprovalTalk:
    """What was approved is carried out once, exactly as what needed no approval: everything that could send a second is
    shut first. Of a payment whose cancellation waits, it is the cancellation."""

    def __init__(self, screen: DeskScreen, host: ApprovalHost) -> None:
        """`screen` and `host` are the same screen."""
        self._screen = screen
        self._host = host

    def open(self, payment: PaymentView, account: AccountAuthority | None = None) -> None:
        """`account` is the customer's consent, for a payment from an account: it is sent again with going on, and asked
        for anew where it is not known any more."""
        if payment.cancellation is not None and cancel_waits(payment):
            sheet = ApprovalSheet(payment.cancellation.approval_id, Means.CANCEL)
        else:
            sheet = ApprovalSheet(payment.approval_id, Means.CASH if payment.method is Method.CASH else Means.ACCOUNT)
        self._screen.desk_app.desk_lock.lay(sheet, lambda ending: self._left(ending, payment, account))

    def _left(self, ending: Ending | None, payment: PaymentView, account: AccountAuthority | None) -> None:
        consents = payment.method is Method.ACCOUNT and not cancel_waits(payment)
        if ending is Ending.GO_ON and consents and account is None:
            sheet = ConsentAgain(payment.amount_fen)
            self._screen.desk_app.desk_lock.lay(sheet, lambda given: self._go_on(payment, given) if given else None)
        elif ending is Ending.GO_ON:
            self._go_on(payment, account)
        elif ending is not None:
            self._read_again(payment, self._host.withdrawn if ending is Ending.WITHDRAWN else self._host.show_outcome)

    def _go_on(self, payment: PaymentView, account: AccountAuthority | None) -> None:
        screen, who = self._screen, self._screen.desk_app.who
        if screen.busy or who is None:
            return
        call: Callable[[DeskPort, Watch], PaymentView]
        if cancel_waits(payment):
            cancel = Cancel(payment.serial)
            call = lambda desk, watch: desk.bills.cancel(who, cancel, watch)  # noqa: E731
        else:
            command = GoOn(payment.serial, account)
            call = lambda desk, watch: desk.bills.go_on(who, command, watch)  # noqa: E731
        self._host.shut()
        screen.desk_app.ask(
            screen,
            call,
            self._gone_on,
            lambda error: self._not_gone_on(error, payment),
            self._host.asking,
        )

    def _gone_on(self, payment: PaymentView) -> None:
        if payment.word is Word.AWAITING or cancel_waits(payment):
            self._host.still_waits(payment)
        else:
            self._host.show_outcome(payment)

    def _not_gone_on(self, error: TellerDeskError, payment: PaymentView) -> None:
        """What stands in the books says whether it was begun, not the error."""
        self._read_again(payment, self._gone_on, error)

    def _read_again(self, payment: PaymentView, show: _Show, error: TellerDeskError | None = None) -> None:
        screen, who = self._screen, self._screen.desk_app.who
        if who is None:
            return
        self._host.shut()

        def seen(payment: PaymentView) -> None:
            show(payment)
            if error is not None:
                screen.note(says_error(error), "error", serial=payment.serial)

        def not_seen(worse: TellerDeskError) -> None:
            self._host.still_waits(payment)
            screen.note(says_error(error or worse), "error", serial=payment.serial)

        screen.look(lambda desk: desk.bills.payment(who, payment.serial), seen, not_seen)


class _Show(Protocol):
    def __call__(self, payment: PaymentView, /) -> None: ...
