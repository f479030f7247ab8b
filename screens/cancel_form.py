"""What a cancellation has come to so far, without a screen: its step, the payment it means, its one request."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from screens.asks_once import AsksOnce, new_request_id
from tellerdesk.bills.commands import AskCancellation, CancelReason
from tellerdesk.bills.views import Cancellable, PaymentView
from tellerdesk.refunds.commands import AskRefund
from tellerdesk.refunds.views import Refundable

Meant = TypeVar("Meant", bound=Cancellable | Refundable)
Asked = TypeVar("Asked", bound=AskCancellation | AskRefund)


class Step(StrEnum):
    """The four steps, in the order they are done."""

    FIND = "find"
    REKEY = "rekey"
    APPROVAL = "approval"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """What was keyed again from the customer's paper, and why the payment is taken back."""

    consumer_no: str
    amount_fen: int
    reason: CancelReason
    note: str


@dataclass(slots=True)
class RekeyForm(AsksOnce, Generic[Meant, Asked]):
    """One form asks to have one payment taken back at most: once it may have been asked for, every later press of the
    key asks for that one again."""

    asks: type[Asked]
    meant: Meant | None = None
    request_id: str = field(default_factory=new_request_id)
    sent: Asked | None = None

    def command(self, keyed: Rekeyed, *, original_back: bool) -> Asked:
        """The command for this press of the key."""
        if self.meant is None:
            raise RuntimeError("no payment to take back")
        if self.sent is None:
            self.sent = self.asks(
                request_id=self.request_id,
                serial=self.meant.serial,
                consumer_no=keyed.consumer_no,
                amount_fen=keyed.amount_fen,
                reason=keyed.reason,
                original_back=original_back,
                note=keyed.note,
            )
        return self.sent


@dataclass(slots=True)
class CancelForm(RekeyForm[Cancellable, AskCancellation]):
    """The form of 2002."""

    asks: type[AskCancellation] = AskCancellation
    step: Step = Step.FIND
    awaiting: PaymentView | None = None
    """The payment whose cancellation this form has asked for, while it waits: nothing was sent to anybody."""

    @property
    def done(self) -> bool:
        """True once the outcome is shown."""
        return self.step is Step.DONE

    def anew(self) -> CancelForm:
        """Another request for the same payment."""
        return CancelForm(step=Step.REKEY, meant=self.meant)
