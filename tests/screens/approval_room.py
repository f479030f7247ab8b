"""The approvals of a stand-in desk: requests that a test decides as it likes, and every call written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tellerdesk.approvals.commands import Decide, DecideHere, Withdraw
from tellerdesk.approvals.states import OPEN, ApprovalState, Place, UseCase, Verdict
from tellerdesk.approvals.views import ApprovalView, ChangeLine, DecisionView, RuleHit
from tellerdesk.errors import SignOnRefused
from tellerdesk.i18n import Bilingual, Message
from tellerdesk.journal.states import CashReturn, Word
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tests.screens.samples import NOW, payment

LARGE_CASH = RuleHit("large-cash", Bilingual("大额现金五万元起须授权", "Cash from 50,000 yuan"))
VOUCHER = RuleHit("voucher", Bilingual("凭签字凭证扣款须授权", "Debit by signed voucher"))

AWAITING = payment(Word.AWAITING, cash_return=CashReturn.NONE, approval_id="A1", core_serial="", legs=(),
                   advice=Message("outcome.todo.awaiting"))  # fmt: skip
"""A payment that waits for the request A1."""

NEVER_BEGAN = replace(AWAITING, word=Word.FAILED, advice=Message("approval.money.over.cash"))


def request(approval_id: str = "A1", **changes: Any) -> ApprovalView:
    """Large cash of teller 1001, to be approved by one supervisor within a quarter of an hour."""
    given = ApprovalView(
        approval_id=approval_id,
        use_case=UseCase.PAYMENT,
        subject=AWAITING.serial,
        state=ApprovalState.PENDING,
        branch_no="0712",
        till_no="07",
        maker_no="1001",
        maker_name="李晓燕",
        asked_at=NOW,
        expires_at=NOW + timedelta(minutes=14, seconds=32),
        reason="大额现金五万元起须授权 / Cash from 50,000 yuan",
        rules=(LARGE_CASH,),
        changes=(
            ChangeLine("approval.field.biller", "", "深圳供电局 / Shenzhen Power"),
            ChangeLine("approval.field.consumer", "", "07550031884620"),
            ChangeLine("approval.field.customer", "", "*晓燕"),
            ChangeLine("approval.field.amount", "", "61,680.32"),
            ChangeLine("approval.field.tendered", "", "61,700.00"),
            ChangeLine("approval.field.change", "", "19.68"),
        ),
        needed=1,
        by_roles=frozenset({Role.SUPERVISOR}),
        decisions=(),
        may_decide=False,
        why_not="error.permission.missing",
    )
    return replace(given, **changes)


def may(approval: ApprovalView) -> ApprovalView:
    """As who may decide it sees it."""
    return replace(approval, may_decide=True, why_not="")


class ApprovalRoom:
    """Whoever gives the code 492039 is 3001 and may decide; the rest is as `DeskPort.approvals` promises."""

    def __init__(self, note: Callable[[str, Any], None]) -> None:
        self._note = note
        self.requests: dict[str, ApprovalView] = {"A1": request()}
        self.refuse: Exception | None = None

    # -- for tests

    def decide_elsewhere(self, approval_id: str, verdict: Verdict, reason: str = "", by: str = "赵敏") -> None:
        self._decided(approval_id, verdict, "3002", by, Place.OWN_DESK, reason)

    def end(self, approval_id: str, state: ApprovalState) -> None:
        self.requests[approval_id] = replace(self.requests[approval_id], state=state, ended_by="SYSTEM")

    def _decided(self, approval_id: str, verdict: Verdict, staff_no: str, name: str, place: Place, why: str) -> None:
        before = self.requests[approval_id]
        decisions = (*before.decisions, DecisionView(staff_no, name, verdict, place, why, NOW))
        state = ApprovalState.REJECTED if verdict is Verdict.REJECTED else ApprovalState.PENDING
        if verdict is Verdict.APPROVED and len(decisions) >= before.needed:
            state = ApprovalState.APPROVED
        self.requests[approval_id] = replace(
            before, state=state, decisions=decisions, may_decide=False, ended_by=staff_no
        )

    # -- the port

    def waiting(self, who: SignedOn) -> tuple[ApprovalView, ...]:
        self._note("waiting", None)
        still = (each for each in self.requests.values() if each.state in OPEN)
        return tuple(sorted(still, key=lambda each: each.asked_at))

    def waiting_count(self, who: SignedOn) -> int:
        self._note("waiting_count", None)
        return sum(1 for each in self.requests.values() if each.state is ApprovalState.PENDING and each.may_decide)

    def approval(self, who: SignedOn, approval_id: str) -> ApprovalView:
        self._note("approval", approval_id)
        return self.requests[approval_id]

    def decide(self, who: SignedOn, command: Decide) -> ApprovalView:
        self._note("decide", command)
        self._prove(command.code)
        verdict = Verdict.APPROVED if command.approve else Verdict.REJECTED
        self._decided(command.approval_id, verdict, who.staff_no, who.name, Place.OWN_DESK, command.reason)
        return self.requests[command.approval_id]

    def decide_here(self, who: SignedOn, command: DecideHere) -> ApprovalView:
        self._note("decide_here", command)
        self._prove(command.by.code)
        verdict = Verdict.APPROVED if command.approve else Verdict.REJECTED
        self._decided(command.approval_id, verdict, "3001", "王建国", Place.ON_THE_SPOT, command.reason)
        return self.requests[command.approval_id]

    def withdraw(self, who: SignedOn, command: Withdraw) -> ApprovalView:
        self._note("withdraw", command)
        if self.refuse is not None:
            raise self.refuse
        assert self.requests[command.approval_id].state in OPEN
        self.end(command.approval_id, ApprovalState.WITHDRAWN)
        return self.requests[command.approval_id]

    def _prove(self, code: str) -> None:
        if self.refuse is not None:
            raise self.refuse
        if code != "492039":
            raise SignOnRefused("error.sign_on.refused")
