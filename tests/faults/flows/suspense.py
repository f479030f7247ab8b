"""Money booked to refunds payable, under faults: cash nobody took, and a posting core does not undo; then paid out."""

from __future__ import annotations

from collections.abc import Mapping

from faults.case import Fault
from faults.evidence import Evidence
from faults.flows import Course, Scene
from faults.flows.payment import PaymentUnderFaults
from faults.flows.refund import BEFORE_RECOVERY_ASKS, RefundUnderFaults
from tellerdesk.bills import states as payment_states
from tellerdesk.bills.commands import ConfirmCashReturned, RetryReversal
from tellerdesk.bills.views import PaymentView
from tellerdesk.errors import Refused
from tellerdesk.journal.states import CashReturn
from tellerdesk.refunds import states as refunds
from tellerdesk.refunds.commands import Suspend
from tellerdesk.refunds.views import RefundView

_BILLER_REFUSES = Fault.parse("BILLER_PAY.no.reject")
_CORE_STAYS = Fault.parse("CORE_REVERSE.no.reject")


class SuspenseUnderFaults(RefundUnderFaults):
    """The biller refuses, so that the customer's money is due back, and the customer has gone; on some courses core
    does not undo its posting either. Core's part is called CORE_SUSPEND by the desk, and CORE_BOOK by core."""

    name = "suspense"
    courses: Mapping[str, Course] = {
        "good": Course((_BILLER_REFUSES,), pairs=True),
        "stuck": Course((_BILLER_REFUSES, _CORE_STAYS), pairs=True),
        "core-unheard": Course((_BILLER_REFUSES, Fault.parse("CORE_BOOK.yes.timeout"))),
        "account-later": Course((_BILLER_REFUSES,)),
        "account-stuck": Course((_BILLER_REFUSES, _CORE_STAYS), whole=True),
        "rejected": Course((_BILLER_REFUSES,)),
        "withdrawn": Course((_BILLER_REFUSES, _CORE_STAYS)),
        "core-refuses": Course((_BILLER_REFUSES, Fault.parse("CORE_BOOK.no.reject"))),
        "core-refuses-stuck": Course((_BILLER_REFUSES, _CORE_STAYS, Fault.parse("CORE_BOOK.no.reject"))),
        "core-lost": Course((_BILLER_REFUSES, Fault.parse("CORE_BOOK.no.timeout"))),
        "core-late": Course((_BILLER_REFUSES, _CORE_STAYS, Fault.parse("CORE_BOOK.late.timeout"))),
        "customer-returns": Course((_BILLER_REFUSES,)),
    }
    product: Mapping[str, tuple[str, ...]] = {"CORE_BOOK": ("good", "stuck")}
    arrivals: Mapping[str, tuple[str, ...]] = {"CORE_BOOK": (BEFORE_RECOVERY_ASKS,)}

    def judge(self, evidence: Evidence) -> list[tuple[str, str]]:
        broken = PaymentUnderFaults.judge(self, evidence)
        states = {entry["serial"]: entry["state"] for entry in evidence.end.entries}
        for row in evidence.end.refunds:
            if states[row["serial"]] not in refunds.CAME_TO_NOTHING | {refunds.PAID_OUT}:
                broken.append(("nobody-left-waiting", f"{row['serial']} rests in {states[row['serial']]}"))
        return broken

    def _given_back(self, scene: Scene, view: PaymentView) -> None:
        """The customer has gone; where nothing came of it, they come back for the cash, or it is tried again."""
        tried = scene.desk.refunds.of_payment(scene.teller, view.serial)
        standing = [refund for refund in tried if refund.state not in refunds.CAME_TO_NOTHING]
        if not standing and (view.cash_return is CashReturn.DUE or view.state in payment_states.SUSPENDABLE):
            if view.cash_return is CashReturn.DUE and (tried or scene.course == "customer-returns"):
                scene.desk.bills.confirm_cash_returned(scene.teller, ConfirmCashReturned(view.serial))
                return
            self._night_falls(scene, view)
            standing = self._suspended(scene, view, len(tried))
        for refund in standing:
            self._moved_on(scene, refund)
        if not standing:
            self._paper_or_cash(scene, scene.desk.bills.payment(scene.teller, view.serial))

    def _suspended(self, scene: Scene, view: PaymentView, tries: int) -> list[RefundView]:
        """Where core has not refused for certain what it holds for certain, it is told to undo it once more first."""
        try:
            return [scene.desk.refunds.suspend(scene.teller, Suspend(f"{scene.request_id}-gone-{tries}", view.serial))]
        except Refused as refused:
            if refused.message_id != "error.refund.not_refused":
                raise
            scene.desk.bills.retry_reversal(scene.supervisor, RetryReversal(view.serial))
            return []

    def _was_refused(self, scene: Scene, view: RefundView) -> bool:
        """By people, of this payment: what they say no to comes to nothing, and is asked for anew."""
        return len(scene.desk.refunds.of_payment(scene.teller, view.payment_serial)) > 1


FLOW = SuspenseUnderFaults()
