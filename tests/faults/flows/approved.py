"""The payment of a bill a rule asks about, under faults: approved and carried out, rejected, withdrawn, or too late."""

from __future__ import annotations

from collections.abc import Mapping

from support.counter import AskedFrom

from faults.evidence import Evidence, Row
from faults.flows import Course, Scene
from faults.flows.payment import PaymentUnderFaults
from tellerdesk.approvals.commands import Decide, Withdraw
from tellerdesk.approvals.states import ApprovalState
from tellerdesk.bills import states as payment_states
from tellerdesk.bills.commands import GoOn, LookUp
from tellerdesk.bills.views import PaymentView
from tellerdesk.errors import Refused
from tellerdesk.journal.states import Word
from tellerdesk.sandbox.config import BILLERS

_NOT_CARRIED_OUT = frozenset({"rejected", "withdrawn", "overdue"})
"""Courses on which the request ends without its payment."""


class ApprovedPaymentUnderFaults(PaymentUnderFaults):
    """The same flow behind a second person. Once it is carried out it is a payment like any other, which has the
    product; what is tried here is every step before: where the desk dies between asking, deciding and going on, and
    that nothing moves by itself meanwhile."""

    name = "approved"
    courses: Mapping[str, Course] = {
        "good": Course(pairs=True),
        "rejected": Course(pairs=True),
        "withdrawn": Course(),
        "overdue": Course(),
        **{name: PaymentUnderFaults.courses[name] for name in ("core-refuses", "core-lost", "biller-refuses")},
    }
    product: Mapping[str, tuple[str, ...]] = {"CORE_POST": ("good",)}
    arrivals: Mapping[str, tuple[str, ...]] = {}
    blind: Mapping[str, tuple[str, ...]] = {}

    def act(self, scene: Scene) -> None:
        self._rules_ask(scene)
        bill = scene.desk.bills.look_up(scene.teller, LookUp(BILLERS[self.counterpart], scene.consumer_no))
        command = self._command(scene, bill.quote_id, self._amount_fen(bill))
        self._paper_or_cash(scene, self._decided(scene, scene.desk.bills.pay(scene.teller, command)))

    def mend(self, scene: Scene) -> None:
        self._rules_ask(scene)
        for view in scene.desk.bills.recent(scene.teller, 10):
            self._decided(scene, view)
        super().mend(scene)

    def judge(self, evidence: Evidence) -> list[tuple[str, str]]:
        """The request and its payment say the same, at rest and at the end; nobody is left waiting."""
        broken = super().judge(evidence)
        for name, books in (("at rest", evidence.rest), ("at the end", evidence.end)):
            for entry in books.entries:
                states = [row["state"] for row in books.approvals if row["subject"] == entry["serial"]]
                if len(states) != 1 or states[0] not in self._fitting(entry, books.steps):
                    broken.append(("approved-and-done-agree", f"{name}: {entry['state']} and approvals {states}"))
            if len(books.approvals) != len(books.entries):
                broken.append(("approved-and-done-agree", f"{name}: {len(books.approvals)} approvals"))
        waiting = [entry for entry in evidence.end.entries if self.states[entry["state"]].word is Word.AWAITING]
        return broken + [("nobody-left-waiting", f"{entry['serial']} still waits") for entry in waiting]

    def _fitting(self, entry: Row, steps: list[Row]) -> set[ApprovalState]:
        if entry["state"] == payment_states.PENDING_APPROVAL:
            return {ApprovalState.PENDING, ApprovalState.APPROVED}
        if entry["state"] == payment_states.ABORTED:
            return {ApprovalState.REJECTED, ApprovalState.WITHDRAWN, ApprovalState.EXPIRED}
        return {ApprovalState.EXECUTED} if any(step["row"] == "T3" for step in steps) else set()

    def _rules_ask(self, scene: Scene) -> None:
        """About every payment; on one course the request is over as soon as it is made."""
        rules = AskedFrom(1, lifetime_s=0.0 if scene.course == "overdue" else 900.0)
        scene.desk.bills._payments._rules = lambda _connection: rules

    def _decided(self, scene: Scene, view: PaymentView) -> PaymentView:
        """What teller and supervisor do with a payment that waits, from wherever they had come to."""
        if view.word is not Word.AWAITING:
            return view
        desk, approvals = scene.desk, scene.desk.approvals
        found = approvals.approval(scene.teller, view.approval_id)
        if scene.course == "withdrawn":
            approvals.withdraw(scene.teller, Withdraw(view.approval_id))
        elif scene.course == "overdue":
            self._too_late(scene, view)
        elif found.state is ApprovalState.PENDING:
            approve = scene.course != "rejected"
            approvals.decide(scene.supervisor, Decide(view.approval_id, approve, self._code(scene), "金额有疑问"))
        if scene.course in _NOT_CARRIED_OUT:
            return desk.bills.payment(scene.teller, view.serial)
        return desk.bills.go_on(scene.teller, GoOn(view.serial))

    def _too_late(self, scene: Scene, view: PaymentView) -> None:
        try:
            scene.desk.approvals.decide(scene.supervisor, Decide(view.approval_id, True, self._code(scene)))
        except Refused:
            return
        raise AssertionError("approved after its time")

    def _code(self, scene: Scene) -> str:
        return scene.desk.training_code(scene.supervisor.staff_no)


FLOW = ApprovedPaymentUnderFaults()
