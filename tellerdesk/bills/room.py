"""The bills room's front: every use case with the permission it asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tellerdesk.bills.accounts import CustomerAccounts
from tellerdesk.bills.cancellation import Cancellations
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
    RetryReversal,
)
from tellerdesk.bills.lookup import BillLookup
from tellerdesk.bills.payment import Payments
from tellerdesk.bills.telling import telling
from tellerdesk.bills.views import AccountView, Asking, BillerView, BillView, Cancellable, PaymentView
from tellerdesk.errors import NotAllowed
from tellerdesk.i18n import Bilingual
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn


class BillsRoom:
    """Look-ups and payments of a teller's own branch."""

    def __init__(
        self,
        staff: StaffRoom,
        lookup: BillLookup,
        accounts: CustomerAccounts,
        payments: Payments,
        cancellations: Cancellations,
        names: Mapping[str, Bilingual],
    ) -> None:
        self.staff = staff
        self._cancellations = cancellations
        self._lookup = lookup
        self._accounts = accounts
        self._payments = payments
        self._names = names

    @permits(Permission.LOOK_UP_BILL)
    def billers(self, who: SignedOn) -> tuple[BillerView, ...]:  # noqa: ARG002 (asked by the decorator)
        """The billers of the catalogue, in the order of their codes."""
        return self._lookup.billers()

    @permits(Permission.LOOK_UP_BILL)
    def look_up(self, who: SignedOn, command: LookUp) -> BillView:
        """Asks the biller what is owed. Moves no money; see `BillLookup.look_up` for what it raises."""
        return self._lookup.look_up(who, command)

    @permits(Permission.ASK_ACCOUNT)
    def account(self, who: SignedOn, command: AskAccount) -> AccountView:  # noqa: ARG002 (asked by the decorator)
        """Asks core whose account this is and whether it can be debited; see `CustomerAccounts.ask`."""
        return self._accounts.ask(command)

    @permits(Permission.READ_PIN)
    def read_pin(self, who: SignedOn, command: ReadPin) -> str:  # noqa: ARG002 (asked by the decorator)
        """Has the customer key the PIN on the pad; see `CustomerAccounts.read_pin`. May take the pad's deadline."""
        return self._accounts.read_pin(command)

    @permits(Permission.TAKE_PAYMENT)
    def pay(self, who: SignedOn, command: PayBill, watch: Callable[[Asking], None] | None = None) -> PaymentView:
        """Takes a payment; `watch` is told who is being asked. See `Payments.pay` for what it raises."""
        return self._payments.pay(who, command, telling(self._names, watch))

    @permits(Permission.TAKE_PAYMENT)
    def go_on(self, who: SignedOn, command: GoOn, watch: Callable[[Asking], None] | None = None) -> PaymentView:
        """Carries out a payment of the person's own that was approved. See `Payments.go_on` for what it raises."""
        return self._payments.go_on(who, command, telling(self._names, watch))

    @permits(Permission.SEE_PAYMENTS)
    def payment(self, who: SignedOn, serial: str) -> PaymentView:
        """A payment of the person's own branch."""
        return self._own(who, serial)

    @permits(Permission.SEE_PAYMENTS)
    def recent(self, who: SignedOn, most: int) -> tuple[PaymentView, ...]:
        """The newest payments of the person's till, newest first."""
        return self._payments.recent(who, most)

    @permits(Permission.ASK_AGAIN)
    def ask_again(self, who: SignedOn, command: AskAgain) -> PaymentView:
        """Asks the counterparts again now about a payment of the person's own branch."""
        self._own(who, command.serial)
        return self._payments.ask_again(command, by=who.staff_no)

    @permits(Permission.CANCEL_PAYMENT)
    def find_cancellable(self, who: SignedOn, command: FindPayment) -> tuple[Cancellable, ...]:
        """Payments of the person's own branch that `command` may mean, the newest first, at most 20, each with what
        stands in the way of cancelling it. Raises BadInput (field "text"), Refused where there is none."""
        return self._cancellations.find(who, command)

    @permits(Permission.CANCEL_PAYMENT)
    def ask_cancellation(self, who: SignedOn, command: AskCancellation) -> PaymentView:
        """Asks for the approval without which no payment is cancelled; nothing is sent before `cancel`. A repeated
        request id gives the payment as it stands.

        Raises BadInput (fields "consumer_no", "amount": not the payment's own), Refused for every guard, Conflict.
        """
        return self._cancellations.ask(who, command)

    @permits(Permission.CANCEL_PAYMENT)
    def cancel(self, who: SignedOn, command: Cancel, watch: Callable[[Asking], None] | None = None) -> PaymentView:
        """Carries out an approved cancellation: the biller first, then core, forward only. Every guard is looked at
        again. May be repeated. Raises NotAllowed, Refused, Conflict, TamperFound, StoreUnavailable."""
        return self._cancellations.carry_out(who, command, telling(self._names, watch))

    @permits(Permission.RETURN_CASH)
    def confirm_cash_returned(self, who: SignedOn, command: ConfirmCashReturned) -> PaymentView:
        """Books cash that went back over the counter, once."""
        self._own(who, command.serial)
        return self._payments.confirm_cash_returned(who, command)

    @permits(Permission.RETRY_REVERSAL)
    def retry_reversal(self, who: SignedOn, command: RetryReversal) -> PaymentView:
        """Has a reversal that was given up sent once more."""
        self._own(who, command.serial)
        return self._payments.retry_reversal(who, command)

    def _own(self, who: SignedOn, serial: str) -> PaymentView:
        payment = self._payments.payment(serial)
        if payment.branch_no != who.branch_no:
            raise NotAllowed("error.payment.other_branch", branch=payment.branch_no)
        return payment
