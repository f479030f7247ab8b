"""A cancelled payment core does not undo, under faults: the biller holds nothing any more, core keeps its posting, and
what the customer is owed is booked to refunds payable and paid out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from faults.case import Fault
from faults.evidence import Evidence
from faults.flows import Course, Scene, cancel
from faults.flows.refund import BEFORE_RECOVERY_ASKS
from faults.flows.suspense import SuspenseUnderFaults
from tellerdesk.bills.views import PaymentView
from tellerdesk.journal.states import Word

_CORE_STAYS = Fault.parse("CORE_REVERSE.no.reject")
_BILLER_UNHEARD = Fault.parse("BILLER_CANCEL.yes.timeout")
_UNDOING_LOST = Fault.parse("CORE_REVERSE.no.timeout")


class StuckCancellationUnderFaults(SuspenseUnderFaults):
    """The cancellation itself is agreed to, and the biller's part is another flow's. Where people say no, they do so to
    the booking; by then nothing but that booking, or core undoing its posting after all, gives the customer money."""

    name = "cancel-stuck"
    courses: Mapping[str, Course] = {
        "good": Course((_CORE_STAYS,), pairs=True),
        "undoing-lost": Course((_UNDOING_LOST, _CORE_STAYS)),
        "biller-unheard": Course((_BILLER_UNHEARD, _CORE_STAYS)),
        "core-refuses": Course((_CORE_STAYS, Fault.parse("CORE_BOOK.no.reject"))),
        "core-lost": Course((_CORE_STAYS, Fault.parse("CORE_BOOK.no.timeout"))),
        "core-unheard": Course((_CORE_STAYS, Fault.parse("CORE_BOOK.yes.timeout"))),
        "core-late": Course((_CORE_STAYS, Fault.parse("CORE_BOOK.late.timeout"))),
        "rejected": Course((_CORE_STAYS,)),
        "withdrawn": Course((_CORE_STAYS,)),
        "account": Course((_CORE_STAYS,), whole=True),
        "to-account": Course((_CORE_STAYS,)),
    }
    product: Mapping[str, tuple[str, ...]] = {"CORE_BOOK": ("good",)}
    arrivals: Mapping[str, tuple[str, ...]] = {"CORE_BOOK": (BEFORE_RECOVERY_ASKS,)}
    gone = cancel.FLOW.gone

    def judge(self, evidence: Evidence) -> list[tuple[str, str]]:
        """What is told of the try, of its request and of the payment agrees with what is owed, and nothing stands."""
        broken = super().judge(evidence) + cancel.broken_by_cancelling(evidence)
        for entry in evidence.end.entries:
            if entry["flow"] == "bill_payment" and self.states[entry["state"]].word is Word.PAID:
                broken.append(("cancelled-or-told", f"{entry['serial']} stands, and everybody agreed to cancel it"))
        return broken

    def _given_back(self, scene: Scene, view: PaymentView) -> None:
        """Cancelled first, as far as it goes; then what core has not undone, or what nobody took."""
        if view.cancellation is None or view.cancellation.outcome in cancel.BEING_CANCELLED:
            cancel.FLOW.taken_back(replace(scene, course="good"), view)
            view = scene.desk.bills.payment(scene.teller, view.serial)
        super()._given_back(scene, view)

    def _paper_or_cash(self, scene: Scene, view: PaymentView) -> None:
        if view.cancellation is None or view.cancellation.outcome not in cancel.BEING_CANCELLED:
            super()._paper_or_cash(scene, view)


FLOW = StuckCancellationUnderFaults()
