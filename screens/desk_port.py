"""What the screens need of the desk, stated as protocols: the screens never import the desk itself.

Every call blocks. Screens make them through `DeskPort.submit` (whatever writes or moves money) or the app's own read
threads (whatever only looks), and come back to the UI by a message to the app.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import date
from typing import Protocol, TypeVar

from tellerdesk.bills.commands import AskAccount, AskAgain, ConfirmCashReturned, LookUp, PayBill, ReadPin
from tellerdesk.bills.views import AccountView, Asking, BillerView, BillView, PaymentView
from tellerdesk.documents.views import DocumentView
from tellerdesk.links.lights import Light
from tellerdesk.staff.commands import SignOn
from tellerdesk.staff.views import SignedOn
from tellerdesk.till.commands import OpenTill
from tellerdesk.till.views import TillView

T = TypeVar("T")


class TillPort(Protocol):
    """The cash drawer of this workstation."""

    def position(self, who: SignedOn, /) -> TillView | None: ...

    def open(self, who: SignedOn, command: OpenTill, /) -> TillView: ...


class BillsPort(Protocol):
    """What is owed and paid."""

    def billers(self, who: SignedOn, /) -> tuple[BillerView, ...]: ...

    def look_up(self, who: SignedOn, command: LookUp, /) -> BillView: ...

    def account(self, who: SignedOn, command: AskAccount, /) -> AccountView: ...

    def read_pin(self, who: SignedOn, command: ReadPin, /) -> str:
        """Waits until the customer has keyed the PIN on the pad, and gives the block the pad made of it.

        Raises Refused where the customer cancels or keys nothing.
        """

    def pay(self, who: SignedOn, command: PayBill, watch: Callable[[Asking], None] | None = None) -> PaymentView: ...

    def payment(self, who: SignedOn, serial: str, /) -> PaymentView: ...

    def recent(self, who: SignedOn, limit: int, /) -> tuple[PaymentView, ...]: ...

    def confirm_cash_returned(self, who: SignedOn, command: ConfirmCashReturned, /) -> PaymentView: ...

    def ask_again(self, who: SignedOn, command: AskAgain, /) -> PaymentView: ...


class PapersPort(Protocol):
    """Receipts and processing slips."""

    def issue(self, who: SignedOn, serial: str, /) -> DocumentView: ...


class DeskPort(Protocol):
    """One opened workstation."""

    @property
    def till(self) -> TillPort: ...

    @property
    def bills(self) -> BillsPort: ...

    @property
    def papers(self) -> PapersPort: ...

    def sign_on(self, command: SignOn, /) -> SignedOn: ...

    def sign_off(self, who: SignedOn, /) -> None: ...

    def confirm(self, who: SignedOn, password: str, /) -> None: ...

    def lights(self) -> tuple[Light, ...]: ...

    def accounting_date(self) -> date | None: ...

    def submit(self, call: Callable[[], T], /) -> Future[T]:
        """Runs `call` on the desk's own flow threads, which outlive any screen."""

    def in_flight(self) -> int: ...

    def drain(self, timeout_s: float, /) -> bool:
        """Waits until nothing is in flight; False when the time ran out first."""

    def close(self) -> None: ...
