"""What the screens need of the desk, stated as protocols: the screens never import the desk itself.

Every call blocks. Screens make them through `DeskPort.submit` (whatever writes or moves money) or the app's own read
threads (whatever only looks), and come back to the UI by a message to the app.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import date
from pathlib import Path
from typing import Protocol, TypeVar

from tellerdesk.approvals.commands import Decide, DecideHere, Withdraw
from tellerdesk.approvals.views import ApprovalView
from tellerdesk.audit.views import AuditPage, AuditSearch, Verified
from tellerdesk.bills.basket_commands import GoOnWithBasket, HandOver, PayBasket
from tellerdesk.bills.basket_views import BasketView
from tellerdesk.bills.commands import (
    AskAccount,
    AskAgain,
    AskCancellation,
    Cancel,
    ConfirmCashReturned,
    FindPayment,
    GoOn,
    LookUp,
    PayBill,
    ReadPin,
)
from tellerdesk.bills.views import AccountView, Asking, BillerView, BillView, Cancellable, PaymentView
from tellerdesk.documents.views import DocumentView
from tellerdesk.links.lights import Light
from tellerdesk.questions.commands import AskAboutQuestion, Explain, RetryQuestion, SettleLate
from tellerdesk.questions.views import OpenQuestion
from tellerdesk.refunds.commands import (
    AskAboutRefund,
    AskPayOut,
    AskRefund,
    AskRefundApproval,
    ConfirmHandedOver,
    FindRefundable,
    GoOnWith,
    Suspend,
)
from tellerdesk.refunds.views import Refundable, RefundView
from tellerdesk.search.commands import (
    Cursor,
    ExportJournal,
    ExportVouchers,
    ForgetFilter,
    JournalSearch,
    Reveal,
    SaveFilter,
    VoucherDay,
)
from tellerdesk.search.views import (
    Exported,
    JournalPage,
    JournalStory,
    Revealed,
    SavedFilter,
    Totals,
    VoucherGroup,
    VoucherPage,
)
from tellerdesk.staff.commands import AddStaff, ChangePassword, ChangeStaff, SignOn
from tellerdesk.staff.views import NewCode, SignedOn, StaffView, TemporaryPassword
from tellerdesk.till.commands import OpenTill
from tellerdesk.till.views import TillView
from tellerdesk.today.views import BranchToday

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

    def go_on(self, who: SignedOn, command: GoOn, watch: Callable[[Asking], None] | None = None) -> PaymentView:
        """Carries out a payment that was approved."""

    def find_cancellable(self, who: SignedOn, command: FindPayment, /) -> tuple[Cancellable, ...]: ...

    def ask_cancellation(self, who: SignedOn, command: AskCancellation, /) -> PaymentView: ...

    def cancel(self, who: SignedOn, command: Cancel, watch: Callable[[Asking], None] | None = None) -> PaymentView:
        """Carries out a cancellation that was approved."""

    def payment(self, who: SignedOn, serial: str, /) -> PaymentView: ...

    def recent(self, who: SignedOn, limit: int, /) -> tuple[PaymentView, ...]: ...

    def confirm_cash_returned(self, who: SignedOn, command: ConfirmCashReturned, /) -> PaymentView: ...

    def ask_again(self, who: SignedOn, command: AskAgain, /) -> PaymentView: ...


class BasketsPort(Protocol):
    """Several bills of one customer."""

    def pay(self, who: SignedOn, command: PayBasket, watch: Callable[[Asking], None] | None = None) -> BasketView: ...

    def go_on(
        self, who: SignedOn, command: GoOnWithBasket, watch: Callable[[Asking], None] | None = None
    ) -> BasketView:
        """Begins what was not begun."""

    def hand_over(self, who: SignedOn, command: HandOver, /) -> BasketView: ...

    def basket(self, who: SignedOn, basket_id: str, /) -> BasketView: ...

    def left_open(self, who: SignedOn, /) -> tuple[BasketView, ...]: ...


class RefundsPort(Protocol):
    """What the bank owes customers."""

    def find(self, who: SignedOn, command: FindRefundable, /) -> tuple[Refundable, ...]: ...

    def ask(self, who: SignedOn, command: AskRefund, watch: Callable[[Asking], None] | None = None) -> RefundView: ...

    def ask_approval(self, who: SignedOn, command: AskRefundApproval, /) -> RefundView: ...

    def suspend(self, who: SignedOn, command: Suspend, /) -> RefundView: ...

    def ask_pay_out(self, who: SignedOn, command: AskPayOut, /) -> RefundView: ...

    def go_on(self, who: SignedOn, command: GoOnWith, watch: Callable[[Asking], None] | None = None) -> RefundView:
        """Carries out what was approved."""

    def confirm_handed_over(self, who: SignedOn, command: ConfirmHandedOver, /) -> RefundView: ...

    def ask_again(self, who: SignedOn, command: AskAboutRefund, /) -> RefundView: ...

    def refund(self, who: SignedOn, serial: str, /) -> RefundView: ...

    def due(self, who: SignedOn, /) -> tuple[RefundView, ...]: ...

    def of_payment(self, who: SignedOn, payment_serial: str, /) -> tuple[RefundView, ...]: ...


class QuestionsPort(Protocol):
    """What nobody knows the end of yet."""

    def open(self, who: SignedOn, /) -> tuple[OpenQuestion, ...]: ...

    def question(self, who: SignedOn, serial: str, /) -> OpenQuestion | None: ...

    def own_count(self, who: SignedOn, /) -> int: ...

    def explain(self, who: SignedOn, command: Explain, /) -> OpenQuestion | None: ...

    def ask_again(self, who: SignedOn, command: AskAboutQuestion, /) -> OpenQuestion | None: ...

    def retry(self, who: SignedOn, command: RetryQuestion, /) -> OpenQuestion | None: ...

    def settle(self, who: SignedOn, command: SettleLate, /) -> None: ...


class TodayPort(Protocol):
    """The branch's day in figures."""

    def branch(self, who: SignedOn, /) -> BranchToday: ...


class SearchPort(Protocol):
    """The journal, found by whatever is known of a transaction."""

    def page(
        self, who: SignedOn, search: JournalSearch, cursor: Cursor | None = None, size: int = 50
    ) -> JournalPage: ...

    def totals(self, who: SignedOn, search: JournalSearch, /) -> Totals: ...

    def story(self, who: SignedOn, serial: str, /) -> JournalStory: ...

    def branches(self, who: SignedOn, /) -> tuple[str, ...]: ...

    def filters(self, who: SignedOn, /) -> tuple[SavedFilter, ...]: ...

    def save_filter(self, who: SignedOn, command: SaveFilter, /) -> tuple[SavedFilter, ...]: ...

    def forget_filter(self, who: SignedOn, command: ForgetFilter, /) -> tuple[SavedFilter, ...]: ...

    def reveal(self, who: SignedOn, command: Reveal, /) -> Revealed: ...

    def export(
        self,
        who: SignedOn,
        command: ExportJournal,
        told: Callable[[int], None] | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> Exported:
        """`told` hears how many rows were written; once `stopped` says so there is no file."""

    def export_vouchers(
        self,
        who: SignedOn,
        command: ExportVouchers,
        told: Callable[[int], None] | None = None,
        stopped: Callable[[], bool] | None = None,
    ) -> Exported:
        """As `export`."""

    def vouchers(self, who: SignedOn, command: VoucherDay, /) -> tuple[VoucherGroup, ...]: ...

    def voucher_page(
        self, who: SignedOn, command: VoucherDay, cursor: Cursor | None = None, size: int = 50
    ) -> VoucherPage: ...


class PapersPort(Protocol):
    """Receipts and slips."""

    def issue(self, who: SignedOn, serial: str, /) -> DocumentView: ...


class BasketPapersPort(Protocol):
    """The papers of a basket."""

    def issue(self, who: SignedOn, basket_id: str, combined: bool, /) -> tuple[DocumentView, ...]: ...


class ApprovalsPort(Protocol):
    """What waits for a second person."""

    def waiting(self, who: SignedOn, /) -> tuple[ApprovalView, ...]: ...

    def waiting_count(self, who: SignedOn, /) -> int: ...

    def approval(self, who: SignedOn, approval_id: str, /) -> ApprovalView: ...

    def decide(self, who: SignedOn, command: Decide, /) -> ApprovalView: ...

    def decide_here(self, who: SignedOn, command: DecideHere, /) -> ApprovalView: ...

    def withdraw(self, who: SignedOn, command: Withdraw, /) -> ApprovalView: ...


class PeoplePort(Protocol):
    """The list of staff."""

    def all(self, who: SignedOn, /) -> tuple[StaffView, ...]: ...

    def add(self, who: SignedOn, command: AddStaff, /) -> NewCode | None: ...

    def change(self, who: SignedOn, command: ChangeStaff, /) -> NewCode | None: ...

    def lock(self, who: SignedOn, staff_no: str, /) -> None: ...

    def unlock(self, who: SignedOn, staff_no: str, /) -> None: ...

    def leave(self, who: SignedOn, staff_no: str, /) -> None: ...

    def reset_password(self, who: SignedOn, staff_no: str, /) -> TemporaryPassword: ...

    def reset_code(self, who: SignedOn, staff_no: str, /) -> NewCode: ...

    def ask_power(self, who: SignedOn, staff_no: str, /) -> None: ...


class AuditPort(Protocol):
    """The audit, to be read and checked."""

    def search(self, who: SignedOn, search: AuditSearch, most: int = 50) -> AuditPage: ...

    def verify(self, who: SignedOn, told: Callable[[int], None] | None = None) -> Verified: ...

    def export(self, who: SignedOn, search: AuditSearch, path: Path, /) -> int: ...


class DeskPort(Protocol):
    """One opened workstation."""

    @property
    def till(self) -> TillPort: ...

    @property
    def bills(self) -> BillsPort: ...

    @property
    def baskets(self) -> BasketsPort: ...

    @property
    def basket_papers(self) -> BasketPapersPort: ...

    @property
    def refunds(self) -> RefundsPort: ...

    @property
    def questions(self) -> QuestionsPort: ...

    @property
    def today(self) -> TodayPort: ...

    @property
    def search(self) -> SearchPort: ...

    @property
    def papers(self) -> PapersPort: ...

    @property
    def refund_papers(self) -> PapersPort:
        """The slip of a refund core has paid out: the customer signs it before the cash goes over the counter."""

    @property
    def approvals(self) -> ApprovalsPort: ...

    @property
    def people(self) -> PeoplePort: ...

    @property
    def audit(self) -> AuditPort: ...

    def sign_on(self, command: SignOn, /) -> SignedOn: ...

    def sign_off(self, who: SignedOn, /) -> None: ...

    def confirm(self, who: SignedOn, password: str, /) -> None: ...

    def lock(self, who: SignedOn, /) -> None:
        """Nothing is done in this session until `confirm`; what is under way goes on."""

    def change_password(self, who: SignedOn, command: ChangePassword, /) -> None: ...

    def training_code(self, staff_no: str, /) -> str:
        """A sample person's one-time code of this moment, in training only; otherwise empty."""

    def lights(self) -> tuple[Light, ...]: ...

    def accounting_date(self) -> date | None: ...

    def submit(self, call: Callable[[], T], /) -> Future[T]:
        """Runs `call` on the desk's own flow threads, which outlive any screen."""

    def in_flight(self) -> int: ...

    def drain(self, timeout_s: float, /) -> bool:
        """Waits until nothing is in flight; False when the time ran out first."""

    def close(self) -> None: ...
