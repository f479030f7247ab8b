"""The conversation about what needs an approval: the sheet, and what follows from how it was left."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from screens.approval_sheet import ApprovalSheet, Ending, Means
from screens.consent_again import ConsentAgain
from screens.saying import says_error
from screens.wording import cancel_waits
from tellerdesk.bills.commands import AccountAuthority, Cancel, GoOn, Method
from tellerdesk.bills.views import Asking, PaymentView
from tellerdesk.errors import TellerDeskError
from tellerdesk.journal.states import Word
from tellerdesk.refunds.views import RefundView

if TYPE_CHECKING:
    from screens.base import DeskScreen
    from screens.desk_port import DeskPort
    from screens.errands import Watch
    from tellerdesk.staff.views import SignedOn

V = TypeVar("V", bound=PaymentView | RefundView)
Shown = TypeVar("Shown", bound=PaymentView | RefundView, contravariant=True)


class ApprovalHost(Protocol[Shown]):
    """The screen a payment, its cancellation or a refund waits on."""

    def shut(self) -> None:
        """Money is about to move: nothing can be typed, pressed or left until the answer is there."""

    def asking(self, asking: Asking, /) -> None:
        """Who is being asked now."""

    def show_outcome(self, view: Shown, /) -> None:
        """What became of it."""

    def still_waits(self, view: Shown, /) -> None:
        """Nothing has moved; the sheet can be opened again."""

    def withdrawn(self, view: Shown, /) -> None:
        """The request was taken back, and what was asked for is over."""


class SheetTalk(Generic[V]):
    """What was approved is carried out once, exactly as what needed no approval: everything that could send a second is
    shut first."""

    def __init__(self, screen: DeskScreen, host: ApprovalHost[V]) -> None:
        """`screen` and `host` are the same screen."""
        self._screen = screen
        self._host = host

    @abstractmethod
    def waits(self, view: V) -> bool:
        """It still waits for its approval, or to be gone on with."""

    @abstractmethod
    def read(self, desk: DeskPort, who: SignedOn, view: V) -> V:
        """How it stands in the books."""

    def lay(self, sheet: ApprovalSheet, view: V, go_on: Callable[[], None]) -> None:
        """Lays the sheet; left with F10 once it is approved, `go_on` is what comes next."""

        def left(ending: Ending | None) -> None:
            if ending is Ending.GO_ON:
                go_on()
            elif ending is not None:
                withdrawn = ending is Ending.WITHDRAWN
                self._read_again(view, self._host.withdrawn if withdrawn else self._host.show_outcome)

        self._screen.desk_app.desk_lock.lay(sheet, left)

    def carry_out(self, view: V, call: Callable[[DeskPort, SignedOn, Watch], V]) -> None:
        """`call` is what was approved."""
        screen, who = self._screen, self._screen.desk_app.who
        if screen.busy or who is None:
            return
        self._host.shut()
        screen.desk_app.ask(
            screen,
            lambda desk, watch: call(desk, who, watch),
            self._gone_on,
            lambda error: self._not_gone_on(error, view),
            self._host.asking,
        )

    def _gone_on(self, view: V) -> None:
        if self.waits(view):
            self._host.still_waits(view)
        else:
            self._host.show_outcome(view)

    def _not_gone_on(self, error: TellerDeskError, view: V) -> None:
        """What stands in the books says whether it was begun, not the error."""
        self._read_again(view, self._gone_on, error)

    def _read_again(self, view: V, show: Callable[[V], None], error: TellerDeskError | None = None) -> None:
        screen, who = self._screen, self._screen.desk_app.who
        if who is None:
            return
        self._host.shut()

        def seen(now: V) -> None:
            show(now)
            if error is not None:
                self._tell(error, now)

        def not_seen(worse: TellerDeskError) -> None:
            self._host.still_waits(view)
            self._tell(error or worse, view)

        screen.look(lambda desk: self.read(desk, who, view), seen, not_seen)

    def _tell(self, error: TellerDeskError, view: V) -> None:
        serial = view.serial if isinstance(view, PaymentView) else view.payment_serial
        self._screen.note(says_error(error), "error", serial=serial)


class ApprovalTalk(SheetTalk[PaymentView]):
    """Of a payment that waits, or of a payment whose cancellation waits: then it is the cancellation."""

    def open(self, payment: PaymentView, account: AccountAuthority | None = None) -> None:
        """`account` is the customer's consent, for a payment from an account: it is sent again with going on, and asked
        for anew where it is not known any more."""
        if payment.cancellation is not None and cancel_waits(payment):
            sheet = ApprovalSheet(payment.cancellation.approval_id, Means.CANCEL)
        else:
            sheet = ApprovalSheet(payment.approval_id, Means.CASH if payment.method is Method.CASH else Means.ACCOUNT)
        self.lay(sheet, payment, lambda: self._approved(payment, account))

    def waits(self, view: PaymentView) -> bool:
        return view.word is Word.AWAITING or cancel_waits(view)

    def read(self, desk: DeskPort, who: SignedOn, view: PaymentView) -> PaymentView:
        return desk.bills.payment(who, view.serial)

    def _approved(self, payment: PaymentView, account: AccountAuthority | None) -> None:
        consents = payment.method is Method.ACCOUNT and not cancel_waits(payment)
        if consents and account is None:
            sheet = ConsentAgain(payment.amount_fen)
            self._screen.desk_app.desk_lock.lay(sheet, lambda given: self._go_on(payment, given) if given else None)
        else:
            self._go_on(payment, account)

    def _go_on(self, payment: PaymentView, account: AccountAuthority | None) -> None:
        if cancel_waits(payment):
            cancel = Cancel(payment.serial)
            self.carry_out(payment, lambda desk, who, watch: desk.bills.cancel(who, cancel, watch))
        else:
            command = GoOn(payment.serial, account)
            self.carry_out(payment, lambda desk, who, watch: desk.bills.go_on(who, command, watch))
