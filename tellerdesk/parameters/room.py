"""Change control: what protects money changes only after a second person's approval, with hash, before and after, and
a day from which it counts."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from tellerdesk.approvals.book import ApprovalBook, Asked
from tellerdesk.approvals.rules import Facts
from tellerdesk.approvals.states import UseCase
from tellerdesk.approvals.views import ChangeLine
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.clock import Clock
from tellerdesk.errors import BadInput, Refused
from tellerdesk.parameters import drafts as on_disk
from tellerdesk.parameters import versions
from tellerdesk.parameters.changes import changed_keys
from tellerdesk.parameters.commands import Propose
from tellerdesk.parameters.drafts import Drafts, Key
from tellerdesk.parameters.in_force import InForce
from tellerdesk.parameters.overview import overview
from tellerdesk.parameters.states import Kind, ParameterAction, VersionState
from tellerdesk.parameters.subject import ParameterSubject, payload, told
from tellerdesk.parameters.versions import Version
from tellerdesk.parameters.views import ParameterView, VersionView
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store, UnitOfWork
from tellerdesk.text import typed

LONGEST_WAIT = timedelta(days=366)
"""No version is proposed for a later day: a year mistyped would otherwise wait unseen."""


class ParametersRoom:
    """Use cases around versions; see `parameters.in_force` for what is in force."""

    def __init__(
        self,
        store: Store,
        staff: StaffRoom,
        audit: AuditTrail,
        clock: Clock,
        book: ApprovalBook,
        in_force: InForce,
        drafts: Drafts,
    ) -> None:
        self.staff = staff
        self._store = store
        self._audit = audit
        self._clock = clock
        self._book = book
        self._in_force = in_force
        self._drafts = drafts
        self._subject = ParameterSubject(in_force, book, audit, clock)

    @property
    def subject(self) -> ParameterSubject:
        """To be registered with the approvals room."""
        return self._subject

    @permits(Permission.SEE_PARAMETERS)
    def all(self, who: SignedOn) -> tuple[ParameterView, ...]:  # noqa: ARG002 (asked by the decorator)
        """Everything under change control: what is in force, what waits, and whether the file on disk differs."""
        with self._store.read() as session:
            connection = session.connection()

            def approval_of(number: int) -> str:
                asked = self._book.newest(connection, UseCase.PARAMETERS, str(number))
                return "" if asked is None else str(asked["approval_id"])

            return overview(connection, self._drafts, self._in_force.today(), approval_of)

    @permits(Permission.PROPOSE_PARAMETERS)
    def propose(self, who: SignedOn, command: Propose) -> VersionView:
        """Has the file as it stands on disk approved. Raises BadInput, BadSetup (the file has mistakes), Refused
        (nothing differs, or a proposal for it waits already)."""
        key = command.kind, typed(command.name, field="name", most=16).upper()
        reason = typed(command.reason, field="reason", most=200)
        if (command.kind is Kind.BILLER) != bool(key[1]):
            raise BadInput("error.parameters.name", field="name")
        if not reason:
            raise BadInput("error.parameters.reason", field="reason")
        today = self._in_force.today()
        if not today <= command.effective_from <= today + LONGEST_WAIT:
            raise BadInput("error.parameters.day", field="effective_from", today=today.isoformat())
        draft = self._drafts.one(key)
        with self._store.write("parameters.propose") as unit:
            connection = unit.connection
            self._end_what_is_over(unit, key, who)  # the request's row is locked before the versions are
            versions.lock(connection)
            if waiting := versions.waiting(connection, key):
                raise Refused("error.parameters.waits", version=waiting.at, by=waiting.proposed_by)
            in_force_then = versions.on(connection, command.effective_from)
            before = in_force_then.get(key)
            if before is not None and before.content_hash == draft.content_hash:
                raise Refused("error.parameters.same", version=before.at)
            on_disk.check(draft, self._in_force.billers_of(in_force_then))
            version = versions.drafted(
                draft,
                before_hash="" if before is None else before.content_hash,
                effective_from=command.effective_from,
                by=who.staff_no,
                at=self._clock.now(),
                reason=reason,
            )
            number = versions.write(connection, version)
            approval_id = self._book.ask(unit, who, self._asked(connection, who, version, number, before))
            self._audit.write(unit.session, who.staff_no, ParameterAction.PROPOSED, str(number), told(version))
            unit.commit()
        with self._store.read() as session:
            kept = versions.one(session.connection(), number)
        assert kept is not None  # noqa: S101 (no version is ever deleted)
        return kept.view(approval_id)

    def _end_what_is_over(self, unit: UnitOfWork, key: Key, who: SignedOn) -> None:
        """A proposal whose time is over gives way to the next one."""
        waiting = versions.waiting(unit.connection, key)
        if waiting is not None and self._book.expire(unit, UseCase.PARAMETERS, str(waiting.number), who.staff_no):
            self._subject.end(unit, waiting, VersionState.EXPIRED, who.staff_no)

    def _asked(
        self, connection: Connection, who: SignedOn, version: Version, number: int, before: Version | None
    ) -> Asked:
        verdict = self._in_force.rules(connection).evaluate(Facts(UseCase.PARAMETERS, who.role))
        return Asked(
            use_case=UseCase.PARAMETERS,
            subject=str(number),
            payload=payload(version),
            changes=(*self._heads(connection, version, before), *_keys(version, before)),
            hits=verdict.hits,
            rules_hash=verdict.rules_hash,
            needed=verdict.needed,
            by_roles=verdict.by_roles,
            lifetime_s=verdict.lifetime_s,
            reason=version.reason,
        )

    def _heads(self, connection: Connection, version: Version, before: Version | None) -> list[ChangeLine]:
        """What it is, from when, the hashes, and what was approved for a later day and will not come."""
        what = " ".join(filter(None, (version.kind.value, version.name)))
        lines = [
            ChangeLine("approval.field.parameter_of", "" if before is None else before.at, what),
            ChangeLine("approval.field.effective_from", "", version.effective_from.isoformat()),
            ChangeLine("approval.field.content_hash", version.before_hash, version.content_hash),
        ]
        lines += [
            ChangeLine("approval.field.replaces", f"{other.at} ({other.effective_from.isoformat()})", "")
            for other in versions.coming(connection, version.effective_from - timedelta(days=1))
            if other.key == version.key and other.state is VersionState.APPROVED and other != before
        ]
        return lines


def _keys(version: Version, before: Version | None) -> tuple[ChangeLine, ...]:
    return changed_keys("" if before is None else before.content, version.content)
