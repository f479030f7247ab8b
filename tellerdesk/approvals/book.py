"""The book of approvals, inside somebody else's unit of work: asking, executing, ending."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection

from tellerdesk.approvals.states import ApprovalState, UseCase
from tellerdesk.approvals.views import ChangeLine, RuleHit
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.clock import Clock
from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import UnitOfWork

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request to be. `payload` holds JSON values: everything that will be done, exactly; `changes` the same as the
    approver reads it, masked. `rules_hash` is that of the rules that were evaluated."""

    use_case: UseCase
    subject: str
    payload: Mapping[str, Any]
    changes: tuple[ChangeLine, ...]
    hits: tuple[RuleHit, ...]
    rules_hash: str
    needed: int
    by_roles: frozenset[Role]
    lifetime_s: float
    reason: str = ""


class Subject(Protocol):
    """A kind of thing approval is asked for. The use case registers one with the approvals room."""

    use_case: UseCase

    def payload(self, connection: Connection, subject: str) -> Mapping[str, Any]:
        """What would be done now, computed anew from what is kept: compared when it is decided and when it is done."""

    def decided(self, unit: UnitOfWork, approval: Row, state: ApprovalState, by: str) -> None:
        """In the unit of work in which the request came to APPROVED, REJECTED, WITHDRAWN or EXPIRED. What the subject
        does here stands or falls with that."""


class ApprovalBook:
    """Statements on the approvals' tables, with the audit rows that belong to them. Every method works in the caller's
    unit of work and commits nothing."""

    def __init__(self, audit: AuditTrail, clock: Clock, key: bytes) -> None:
        """`key` seals decisions: the audit key."""
        self._audit = audit
        self._clock = clock
        self._key = key

    def ask(self, unit: UnitOfWork, who: SignedOn, asked: Asked) -> str:
        """Writes a request and gives its id. Raises Conflict where one is open for the subject already."""
        raise NotImplementedError

    def execute(self, unit: UnitOfWork, subject: Subject, subject_id: str, by: str) -> str:
        """Uses up the approval of `subject_id` in the unit of work that does what was approved; gives its id.

        Raises Refused where it is not approved (pending, rejected, withdrawn, expired by the database's clock),
        Conflict where it has been executed already, TamperFound("error.approval.changed") where what would be done now,
        or the request or a decision, is not what was approved: the caller's work falls, and `note_refusal` keeps it.
        """
        raise NotImplementedError

    def expire(self, unit: UnitOfWork, use_case: UseCase, subject_id: str, by: str) -> bool:
        """Ends the open request of a subject whose time is over by the database's clock, with its audit row. True
        where no open request is left for the subject, whoever ended it."""
        raise NotImplementedError

    def note_refusal(self, unit: UnitOfWork, subject_id: str, by: str, reason: str) -> None:
        """Audits an execution that was refused."""
        raise NotImplementedError

    def newest(self, connection: Connection, use_case: UseCase, subject_id: str) -> Row | None:
        """The subject's newest request, open or not."""
        raise NotImplementedError
