"""That a staff number may approve, as something approval is asked for: whoever keeps the list of staff, and can give a
supervisor's number a new password and new codes, cannot alone make somebody who approves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection
from sqlmodel import Session

from tellerdesk.approvals import guards, register
from tellerdesk.approvals.book import ApprovalBook, Asked
from tellerdesk.approvals.register import Row
from tellerdesk.approvals.rules import Facts, Rules
from tellerdesk.approvals.states import ApprovalState, UseCase
from tellerdesk.approvals.views import ChangeLine
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.errors import Conflict, NotAllowed, Refused
from tellerdesk.i18n import LANGUAGES, words
from tellerdesk.staff import register as staff
from tellerdesk.staff.register import Member
from tellerdesk.staff.states import PowerCause, Role, StaffAction, StaffState
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import UnitOfWork
from tellerdesk.text import mask_name


class PowerSubject:
    """Registered with the approvals room, and given to the staff room as its `Powers`. The subject is the staff number.
    It is carried out in the moment of its approval."""

    use_case = UseCase.POWER

    def __init__(self, book: ApprovalBook, audit: AuditTrail, rules: Callable[[Connection], Rules]) -> None:
        """`rules` gives those in force."""
        self._book = book
        self._audit = audit
        self._rules = rules

    # -- asked by the list of staff

    def hold(self, unit: UnitOfWork, staff_no: str) -> str:
        request = register.newest(unit.connection, self.use_case, staff_no, lock=True)
        return str(request["approval_id"]) if request is not None and guards.is_open(request) else ""

    def ask(
        self, unit: UnitOfWork, by: str, staff_no: str, cause: PowerCause, before: Member | None, held: str
    ) -> None:
        self.end(unit, by, held)
        who = _signed_on(unit.connection, by)
        member = _found(unit.session, staff_no)
        verdict = self._rules(unit.connection).evaluate(Facts(self.use_case, who.role))
        asked = Asked(
            use_case=self.use_case,
            subject=staff_no,
            payload=self._payload(member),
            changes=_lines(member, before, cause),
            hits=verdict.hits,
            rules_hash=verdict.rules_hash,
            needed=verdict.needed,
            by_roles=verdict.by_roles,
            lifetime_s=verdict.lifetime_s,
        )
        self._book.ask(unit, who, asked)

    def end(self, unit: UnitOfWork, by: str, held: str) -> None:
        request = register.locked(unit.connection, held) if held else None
        if request is not None and guards.is_open(request):
            self._book.end(unit, self, request, ApprovalState.WITHDRAWN, by)

    # -- asked by the approvals room

    def payload(self, connection: Connection, subject: str) -> Mapping[str, Any]:
        return self._payload(_found(Session(connection), subject))

    def decided(self, unit: UnitOfWork, approval: Row, state: ApprovalState, by: str) -> None:
        """Confirms the power in the unit of work of the last yes; in any other end the number goes on waiting."""
        if state is not ApprovalState.APPROVED:
            return
        staff_no = str(approval["subject"])
        staff.locked_member(unit.session, staff_no)  # what is compared now is what will be confirmed
        approval_id = self._book.execute(unit, self, staff_no, by)
        if not staff.confirm_power(unit.session, staff_no):
            raise Conflict("error.staff.changed", staff_no=staff_no)
        self._audit.write(unit.session, by, StaffAction.CONFIRMED_POWER, staff_no, {"approval": approval_id})

    def _payload(self, member: Member) -> dict[str, Any]:
        """Who approves then, and by which proofs. A given password that its person has changed since is still the one
        that was asked about; whether it was changed already does not matter."""
        sealed = member.code_sealed
        password = self._audit.blinded(member.password_hash) if member.must_change else member.password_given
        return {
            "staff_no": member.staff_no,
            "person_id": member.person_id,
            "name": member.name,
            "role": member.role,
            "branch_no": member.branch_no,
            "password": password,
            "code": self._audit.blinded(sealed.hex()) if sealed is not None else "",
        }


def _found(session: Session, staff_no: str) -> Member:
    member = staff.member(session, staff_no)
    if member is None:
        raise Refused("error.staff.nobody", staff_no=staff_no)
    if member.state == StaffState.LEFT:
        raise Refused("error.staff.left", staff_no=staff_no)
    return member


def _signed_on(connection: Connection, by: str) -> SignedOn:
    """Who asks, at the till of the open session. Raises NotAllowed where there is none."""
    person, place = register.person(connection, by), register.at_till(connection, by)
    if person is None or place is None:
        raise NotAllowed("error.session.ended")
    return SignedOn(
        session_id=place["session_id"],
        staff_no=by,
        name=person.name,
        role=person.role,
        branch_no=place["branch_no"],
        till_no=place["till_no"],
        since=place["started_at"],
        last_sign_on=None,
    )


def _lines(member: Member, before: Member | None, cause: PowerCause) -> tuple[ChangeLine, ...]:
    """As the approver reads it: names masked, words in both languages."""

    def line(label: str, said: Callable[[Member], str]) -> ChangeLine:
        was, now = said(before) if before is not None else "", said(member)
        return ChangeLine(label, "" if was == now else was, now)

    return (
        ChangeLine("approval.field.staff_no", "", member.staff_no),
        line("approval.field.staff_name", lambda one: mask_name(one.name)),
        line("approval.field.staff_role", lambda one: _both(f"role.{Role(one.role).lower()}")),
        line("approval.field.staff_branch", lambda one: one.branch_no),
        ChangeLine("approval.field.staff_cause", "", _both(f"approval.power.{cause.lower()}")),
    )


def _both(message_id: str) -> str:
    """A word in both languages, in one line."""
    return " / ".join(words(language)(message_id) for language in LANGUAGES)
