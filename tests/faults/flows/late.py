"""The biller's "paid", heard after core was undone, under faults: a case of its own, until the biller has undone it."""

from __future__ import annotations

from collections.abc import Mapping

from faults.case import Fault
from faults.evidence import Evidence
from faults.flows import Course, Scene
from faults.flows.payment import PaymentUnderFaults
from tellerdesk.journal.states import Word
from tellerdesk.questions import states as late
from tellerdesk.questions.commands import RetryQuestion

_BEFORE_THE_BILLER_IS_TOLD = "call.BILLER_PAY:before"
_BEFORE_RECOVERY_ASKS = "commit.journal.claim:after"
_OVERTAKEN = Course(overtaken_at=_BEFORE_THE_BILLER_IS_TOLD)


class LateAnswerUnderFaults(PaymentUnderFaults):
    """A worker is held up right before it tells the biller. Another one finds nothing there, has the biller promise to
    take nothing, and undoes core; the biller forgets its promise, and the first worker hears that it is paid.

    Where that worker dies before it has written down what it heard, nobody knows until the day's files are compared.
    """

    name = "late"
    courses: Mapping[str, Course] = {
        "good": _OVERTAKEN,
        **{
            name: Course((Fault.parse(fault),), overtaken_at=_BEFORE_THE_BILLER_IS_TOLD)
            for name, fault in (
                ("biller-refuses", "BILLER_CANCEL.no.reject"),
                ("biller-lost", "BILLER_CANCEL.no.timeout"),
                ("biller-unheard", "BILLER_CANCEL.yes.timeout"),
                ("biller-late", "BILLER_CANCEL.late.timeout"),
            )
        },
    }
    product: Mapping[str, tuple[str, ...]] = {"BILLER_CANCEL": ("good",)}
    arrivals: Mapping[str, tuple[str, ...]] = {"BILLER_CANCEL": (_BEFORE_RECOVERY_ASKS,)}
    blind: Mapping[str, tuple[str, ...]] = {}
    otherwise = frozenset({"gone-from-both"})

    def mend(self, scene: Scene) -> None:
        super().mend(scene)
        for question in scene.desk.questions.open(scene.supervisor):
            if question.flow == late.FLOW:
                scene.desk.questions.retry(scene.supervisor, RetryQuestion(question.serial))

    def judge(self, evidence: Evidence) -> list[tuple[str, str]]:
        """What was heard has its case, and the biller holds nothing in the end; core holds nothing in any case."""
        broken = super().judge(evidence)
        heard = [step for step in evidence.end.steps if step["row"] == "note" and step["event"] == "late:accepted"]
        cases = [entry for entry in evidence.end.entries if entry["flow"] == late.FLOW]
        gone = [
            entry
            for entry in evidence.end.entries
            if entry["flow"] != late.FLOW and self.states[entry["state"]].word in self.gone
        ]
        holds = sum(payment["amount_fen"] for payment in evidence.biller if payment["state"] == "PAID")
        if len(cases) != bool(heard) or any(entry["state"] != late.UNDONE for entry in cases):
            broken.append(("heard-is-a-case", f"heard {len(heard)} times, {[entry['state'] for entry in cases]}"))
        if gone and (sum(posting["amount_fen"] for posting in evidence.core) or (heard and holds)):
            broken.append(("undone-once-heard", f"{Word.REVERSED}, and the biller holds {holds}"))
        return broken


FLOW = LateAnswerUnderFaults()
