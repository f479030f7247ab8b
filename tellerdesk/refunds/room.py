"""The refunds room's front: every use case with the permission it asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tellerdesk.bills.telling import telling
from tellerdesk.bills.views import Asking
from tellerdesk.i18n import Bilingual
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
from tellerdesk.refunds.going_on import GoingOn
from tellerdesk.refunds.next_day import NextDay
from tellerdesk.refunds.pay_out import PayingOut
from tellerdesk.refunds.refunds import Refunds
from tellerdesk.refunds.suspending import Suspending
from tellerdesk.refunds.views import Refundable, RefundView
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn


class RefundsRoom:
    """What the bank owes customers of a teller's own branch, and how they get it."""

    def __init__(
        self,
        staff: StaffRoom,
        *,
        refunds: Refunds,
        next_day: NextDay,
        suspending: Suspending,
        paying_out: PayingOut,
        going_on: GoingOn,
        names: Mapping[str, Bilingual],
    ) -> None:
        """`names` are those of core and the billers."""
        self.staff = staff
        self._refunds = refunds
        self._next_day = next_day
        self._suspending = suspending
        self._paying_out = paying_out
        self._going_on = going_on
        self._names = names

    @permits(Permission.REFUND)
    def find(self, who: SignedOn, command: FindRefundable) -> tuple[Refundable, ...]:
        """Payments of the person's own branch that `command` may mean, the newest first, at most 20, each with what
        stands in the way of refunding it. Raises BadInput (field "text"), Refused where there is none."""
        return self._next_day.find(who, command)

    @permits(Permission.REFUND)
    def ask(self, who: SignedOn, command: AskRefund, watch: Callable[[Asking], None] | None = None) -> RefundView:
        """Asks the biller whether it agrees to refund a payment of an earlier day; where it does, two persons are
        asked at once. A repeated request id gives the refund as it stands.

        Raises BadInput (fields "consumer_no", "amount": not the payment's own; audited), NotAllowed, Refused for every
        guard, Conflict, StoreUnavailable.
        """
        return self._next_day.ask(who, command, telling(self._names, watch))

    @permits(Permission.REFUND)
    def ask_approval(self, who: SignedOn, command: AskRefundApproval) -> RefundView:
        """Asks two persons once more, after a request that came to nothing. May be repeated."""
        return self._next_day.ask_approval(who, command)

    @permits(Permission.REFUND)
    def suspend(self, who: SignedOn, command: Suspend) -> RefundView:
        """Asks for the approval to book cash nobody took, or a posting core does not undo, to refunds payable. A
        repeated request id gives the refund as it stands. Raises NotAllowed, Refused for every guard, Conflict."""
        return self._suspending.ask(who, command)

    @permits(Permission.REFUND)
    def ask_pay_out(self, who: SignedOn, command: AskPayOut) -> RefundView:
        """Asks for the approval to pay a refund out to somebody whose identity was seen. A repeated request id gives
        the refund as it stands. Raises BadInput, NotAllowed, Refused for every guard, Conflict."""
        return self._paying_out.ask(who, command)

    @permits(Permission.REFUND)
    def go_on(self, who: SignedOn, command: GoOnWith, watch: Callable[[Asking], None] | None = None) -> RefundView:
        """Carries out what was approved, by who asked for it. May be repeated. Raises NotAllowed, Refused, Conflict,
        TamperFound (audited) before anything moved; StoreUnavailable."""
        return self._going_on.carry_out(who, command, telling(self._names, watch))

    @permits(Permission.REFUND)
    def confirm_handed_over(self, who: SignedOn, command: ConfirmHandedOver) -> RefundView:
        """Books the cash of a refund that went over the counter, once."""
        return self._paying_out.confirm_handed_over(who, command)

    @permits(Permission.ASK_AGAIN)
    def ask_again(self, who: SignedOn, command: AskAboutRefund) -> RefundView:
        """Asks the counterparts again now about a refund of the person's own branch."""
        return self._refunds.ask_again(who, command.serial)

    @permits(Permission.SEE_REFUNDS)
    def refund(self, who: SignedOn, serial: str) -> RefundView:
        """A refund of the person's own branch."""
        return self._refunds.refund(who, serial)

    @permits(Permission.SEE_REFUNDS)
    def due(self, who: SignedOn) -> tuple[RefundView, ...]:
        """Every refund of the branch that has not ended, or whose cash nobody has confirmed, the oldest first."""
        return self._refunds.due(who)

    @permits(Permission.SEE_REFUNDS)
    def of_payment(self, who: SignedOn, payment_serial: str) -> tuple[RefundView, ...]:
        """Every refund of one payment, those that came to nothing included, the oldest first."""
        return self._refunds.of_payment(who, payment_serial)
