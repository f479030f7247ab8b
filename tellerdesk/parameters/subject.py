"""A proposed version as something approval is asked for. It is carried out in the moment of its approval: from then on
it waits for its day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from tellerdesk.approvals.book import ApprovalBook
from tellerdesk.approvals.register import Row
from tellerdesk.approvals.states import ApprovalState, UseCase
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.checked.reading import hash_of
from tellerdesk.clock import Clock
from tellerdesk.errors import Refused
from tellerdesk.parameters import drafts, versions
from tellerdesk.parameters.drafts import Draft
from tellerdesk.parameters.in_force import InForce
from tellerdesk.parameters.states import ParameterAction, VersionState
from tellerdesk.parameters.versions import Version
from tellerdesk.store.engine import UnitOfWork

_ENDS = {
    ApprovalState.REJECTED: VersionState.REJECTED,
    ApprovalState.WITHDRAWN: VersionState.WITHDRAWN,
    ApprovalState.EXPIRED: VersionState.EXPIRED,
}


class ParameterSubject:
    """Registered with the approvals room. The subject is the version's number."""

    use_case = UseCase.PARAMETERS

    def __init__(self, in_force: InForce, book: ApprovalBook, audit: AuditTrail, clock: Clock) -> None:
        self._in_force = in_force
        self._book = book
        self._audit = audit
        self._clock = clock

    def payload(self, connection: Connection, subject: str) -> Mapping[str, Any]:
        return payload(_found(connection, subject))

    def decided(self, unit: UnitOfWork, approval: Row, state: ApprovalState, by: str) -> None:
        """Puts an approved version in force from its day on, or ends it. Raises Refused where it cannot come into force
        any more, BadSetup where its content cannot: the decision then falls with it."""
        if state is ApprovalState.APPROVED:
            self._approve(unit, str(approval["subject"]), by)
        elif state in _ENDS:
            self.end(unit, _found(unit.connection, str(approval["subject"])), _ENDS[state], by)

    def end(self, unit: UnitOfWork, version: Version, state: VersionState, by: str) -> None:
        """A proposal that comes to nothing."""
        versions.settle(unit.connection, version, state, self._clock.now(), None)
        self._audit.write(unit.session, by, ParameterAction.ENDED, str(version.number), {"state": state.value})

    def _approve(self, unit: UnitOfWork, subject: str, by: str) -> None:
        connection = unit.connection
        versions.lock(connection)
        version = _found(connection, subject)
        in_force_then = versions.on(connection, max(version.effective_from, self._in_force.today()))
        before = in_force_then.get(version.key)
        if version.before_hash != (before.content_hash if before is not None else ""):
            raise Refused("error.parameters.stale", version=version.at)
        draft = Draft(version.kind, version.name, version.content, version.at)
        drafts.check(draft, self._in_force.billers_of(in_force_then))
        self._book.execute(unit, self, subject, by)
        state = VersionState.APPROVED
        versions.settle(connection, version, state, self._clock.now(), self._in_force.seals.of(version, state))
        self._audit.write(unit.session, by, ParameterAction.APPROVED, subject, told(version))


def payload(version: Version) -> dict[str, Any]:
    """Everything that will be in force, and against what it was proposed. The content's hash is taken anew."""
    return {
        "kind": version.kind.value,
        "name": version.name,
        "content_hash": hash_of(version.content),
        "before_hash": version.before_hash,
        "effective_from": version.effective_from.isoformat(),
        "proposed_by": version.proposed_by,
    }


def told(version: Version) -> dict[str, str | int]:
    """A version as the audit tells of it."""
    return {
        "kind": version.kind.value,
        "name": version.name,
        "content_hash": version.content_hash,
        "before_hash": version.before_hash,
        "effective_from": version.effective_from.isoformat(),
    }


def _found(connection: Connection, subject: str) -> Version:
    version = versions.one(connection, int(subject)) if subject.isdecimal() else None
    if version is None:
        raise Refused("error.parameters.no_version", version=subject)
    return version
