"""What approvals tell. Personal data masked, instants aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tellerdesk.approvals.states import ApprovalState, Place, UseCase, Verdict
from tellerdesk.i18n import Bilingual
from tellerdesk.staff.states import Role


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One line of what will happen. `label` is a message id ("approval.field.amount"); `before` is empty where there
    was nothing before."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule that asked for the approval."""

    rule_id: str
    name: Bilingual


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One approver's word."""

    staff_no: str
    name: str
    verdict: Verdict
    place: Place
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """A request with everything its approver must see. `subject` is a serial for a payment, a version's number for a
    parameter, a staff number for a power. `may_decide` is False, and `why_not` names the sentence, where the person who
    looks may not decide it."""

    approval_id: str
    use_case: UseCase
    subject: str
    state: ApprovalState
    branch_no: str
    till_no: str
    maker_no: str
    maker_name: str
    asked_at: datetime
    expires_at: datetime
    reason: str
    rules: tuple[RuleHit, ...]
    changes: tuple[ChangeLine, ...]
    needed: int
    by_roles: frozenset[Role]
    decisions: tuple[DecisionView, ...]
    may_decide: bool = False
    why_not: str = ""
    ended_at: datetime | None = None
    ended_by: str = ""
