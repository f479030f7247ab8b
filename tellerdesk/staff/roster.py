"""The list of staff, changed: what an administrator's use cases and the command line share.

Whoever acts is told as `by`: a staff number, which may never act upon its own person, or SETUP. Every change is one
transaction with its audit row: what was before, what is after. Done twice, each of them is as done once.

A number whose role approves and that a person has added, changed or reset approves nothing until a second person has
confirmed it: else whoever keeps the list could sign on as its supervisors. What SETUP does needs nobody.
"""

from __future__ import annotations

import re

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.clock import Clock
from tellerdesk.errors import BadInput, Conflict, NotAllowed, Refused
from tellerdesk.staff import codes, register, tries
from tellerdesk.staff.commands import AddStaff, ChangeStaff
from tellerdesk.staff.passwords import Passwords
from tellerdesk.staff.power import NoPowers, Powers
from tellerdesk.staff.register import Member
from tellerdesk.staff.states import MAY, Permission, PowerCause, Role, StaffAction, StaffState, decides
from tellerdesk.staff.system import RESERVED, SETUP
from tellerdesk.staff.temporary import temporary_password
from tellerdesk.staff.views import StaffView
from tellerdesk.store.engine import Store, UnitOfWork
from tellerdesk.store.vault import Vault
from tellerdesk.text import mask_name, typed

_NUMBER = re.compile(r"[0-9A-Z]{2,16}")

Held = dict[str, Member]
"""Rows that are locked until the transaction ends, by number."""


class Roster:
    """Adds, changes, locks, unlocks and resets. Every method raises BadInput for what cannot be a staff number,
    Refused where nobody has it or who had it has left, and NotAllowed where `by` is the same person or may no longer
    manage staff."""

    def __init__(
        self,
        store: Store,
        audit: AuditTrail,
        clock: Clock,
        passwords: Passwords,
        vault: Vault,
        powers: Powers | None = None,
    ) -> None:
        """`powers` asks for the confirmations; without it nobody is asked, and such a number waits."""
        self._store = store
        self._audit = audit
        self._clock = clock
        self._passwords = passwords
        self._vault = vault
        self._powers = powers or NoPowers()

    def views(self, branch_no: str = "") -> tuple[StaffView, ...]:
        """Everybody of a branch, of all branches where none is named, by number."""
        with self._store.read() as session:
            members, tills = register.everybody(session), register.tills(session)
            failures = tries.failures(session)
        numbers: dict[str, list[str]] = {}
        for member in members:
            numbers.setdefault(member.person_id, []).append(member.staff_no)
        return tuple(
            StaffView(
                staff_no=member.staff_no,
                name=member.name,
                role=Role(member.role),
                branch_no=member.branch_no,
                state=StaffState(member.state),
                last_sign_on=member.last_sign_on,
                has_code=member.code_sealed is not None,
                must_change=member.must_change,
                signed_on_at=tills.get(member.staff_no, ""),
                same_person=tuple(number for number in numbers[member.person_id] if number != member.staff_no),
                failures=failures.get(self._audit.blinded(member.staff_no), 0),
                may_decide=member.may_decide,
            )
            for member in members
            if branch_no in {"", member.branch_no}
        )

    def add(self, command: AddStaff, by: str) -> None:
        """Puts a person on the list. Raises Conflict where the number is taken."""
        staff_no = staff_number(command.staff_no)
        if staff_no in RESERVED:
            raise BadInput("error.staff.number", field="staff_no")
        name, branch_no = _name(command.name), _branch_no(command.branch_no)
        known_as = staff_number(command.same_person_as, field="same_person_as") if command.same_person_as else ""
        self._passwords.check_rules(command.password, staff_no=staff_no)
        password_hash = self._passwords.hash(command.password)
        sealed = self._sealed(command.code_secret, staff_no) if command.code_secret else None
        details = {"role": command.role.value, "branch_no": branch_no}
        if known_as:
            details["same_person_as"] = known_as
        try:
            with self._store.write("staff.add") as work:
                session = work.session
                held = self._powers.hold(work, staff_no)
                tries.forget(session, self._audit.blinded(staff_no))
                person_id = self._person_behind(session, known_as, by)
                register.add(
                    session, staff_no, name, command.role, branch_no, password_hash, sealed,
                    person_id=person_id, must_change=command.must_change,
                    may_decide=_is_confirmed(command.role, by), password_given=self._audit.blinded(password_hash),
                )  # fmt: skip
                self._ask_or_end(work, by, staff_no, command.role, PowerCause.ADDED, None, held)
                self._audit.write(session, by, StaffAction.ADDED, staff_no, details)
                work.commit()
        except IntegrityError:
            raise Conflict("error.staff.exists", staff_no=staff_no) from None

    def change(self, command: ChangeStaff, by: str) -> str:
        """Another name, role or branch; open sessions end. Gives the new secret of the one-time codes where the new
        role is the first to decide approvals; a role that decides none has no codes. Raises Refused for the last
        active administrator."""
        staff_no = staff_number(command.staff_no)
        name = _name(command.name) if command.name else ""
        branch_no = _branch_no(command.branch_no) if command.branch_no else ""
        with self._store.write("staff.change") as work:
            session = work.session
            open_request = self._powers.hold(work, staff_no)
            held = self._hold(session, staff_no, by)
            member = held[staff_no]
            role = command.role or Role(member.role)
            after = {"name": name or member.name, "role": role.value, "branch_no": branch_no or member.branch_no}
            changed = [part for part, value in after.items() if value != getattr(member, part)]
            if not changed:
                return ""
            if role is not Role.ADMINISTRATOR:
                _not_the_last(held, member)
            secret = codes.new_secret() if decides(role) and member.code_sealed is None else ""
            sealed = self._sealed(secret, staff_no) if secret else member.code_sealed
            after_code = sealed if decides(role) else None
            self._put(session, member, **after, code_sealed=after_code, may_decide=_is_confirmed(role, by))
            self._revoke(session, staff_no, by)
            self._ask_or_end(work, by, staff_no, role, PowerCause.CHANGED, member, open_request)
            told = {f"{when}_{part}": _told(part, value) for part in changed
                    for when, value in (("before", getattr(member, part)), ("after", after[part]))}  # fmt: skip
            self._audit.write(session, by, StaffAction.CHANGED, staff_no, told)
            if secret:
                self._audit.write(session, by, StaffAction.CODE_GIVEN, staff_no)
            work.commit()
        return secret

    def lock(self, staff_no: str, by: str) -> None:
        """Locks a number and ends its sessions. Raises Refused for the last active administrator."""
        staff_no = staff_number(staff_no)
        with self._store.write("staff.lock") as work:
            session = work.session
            held = self._hold(session, staff_no, by)
            member = held[staff_no]
            _not_the_last(held, member)
            ended = self._revoke(session, staff_no, by)
            if member.state == StaffState.ACTIVE:
                self._put(session, member, state=StaffState.LOCKED.value)
                self._audit.write(session, by, StaffAction.LOCKED, staff_no, _states(member, StaffState.LOCKED))
            elif not ended:
                return
            work.commit()

    def unlock(self, staff_no: str, by: str) -> None:
        """Opens a locked number again; its tries start anew, also where they have only made it wait."""
        staff_no = staff_number(staff_no)
        with self._store.write("staff.unlock") as work:
            session = work.session
            number = self._audit.blinded(staff_no)
            failures = tries.failures(session).get(number, 0)
            tries.forget(session, number)
            member = self._hold(session, staff_no, by)[staff_no]
            if member.state == StaffState.ACTIVE and not failures:
                return
            if member.state == StaffState.LOCKED:
                self._put(session, member, state=StaffState.ACTIVE.value)
            details = {**_states(member, StaffState.ACTIVE), "failures": failures}
            self._audit.write(session, by, StaffAction.UNLOCKED, staff_no, details)
            work.commit()

    def leave(self, staff_no: str, by: str) -> None:
        """Takes a number out of service for good. Raises Refused for the last active administrator."""
        staff_no = staff_number(staff_no)
        with self._store.write("staff.leave") as work:
            session = work.session
            open_request = self._powers.hold(work, staff_no)
            held = self._hold(session, staff_no, by, also_left=True)
            member = held[staff_no]
            if member.state == StaffState.LEFT:
                return
            _not_the_last(held, member)
            self._put(session, member, state=StaffState.LEFT.value, code_sealed=None)
            self._revoke(session, staff_no, by)
            self._powers.end(work, by, open_request)
            self._audit.write(session, by, StaffAction.LEFT, staff_no, _states(member, StaffState.LEFT))
            work.commit()

    def reset_password(self, staff_no: str, by: str, password: str = "") -> str:
        """Gives a password to be changed at the first sign-on: `password`, or one of the system's choice. A locked
        number stays locked. Raises BadInput where the rules refuse `password`."""
        staff_no = staff_number(staff_no)
        chosen = password or temporary_password()
        self._passwords.check_rules(chosen, staff_no=staff_no)
        password_hash = self._passwords.hash(chosen)
        with self._store.write("staff.reset_password") as work:
            session = work.session
            open_request = self._powers.hold(work, staff_no)
            number = self._audit.blinded(staff_no)
            exhausted = tries.exhausted(session, number)
            member = self._hold(session, staff_no, by)[staff_no]
            if not exhausted:
                tries.forget(session, number)
            given = {"password_hash": password_hash, "password_given": self._audit.blinded(password_hash)}
            confirmed = _is_confirmed(Role(member.role), by)
            self._put(session, member, **given, must_change=True, may_decide=confirmed)
            self._revoke(session, staff_no, by)
            self._ask_or_end(work, by, staff_no, Role(member.role), PowerCause.PASSWORD, member, open_request)
            details = {"before_must_change": int(member.must_change), "after_must_change": 1}
            self._audit.write(session, by, StaffAction.PASSWORD_RESET, staff_no, details)
            work.commit()
        return chosen

    def reset_code(self, staff_no: str, by: str, secret: str = "") -> str:
        """Gives a new secret for one-time codes: `secret`, or one of the system's choice. Raises Refused where the role
        decides no approvals."""
        staff_no = staff_number(staff_no)
        secret = secret or codes.new_secret()
        sealed = self._sealed(secret, staff_no)
        with self._store.write("staff.reset_code") as work:
            session = work.session
            open_request = self._powers.hold(work, staff_no)
            member = self._hold(session, staff_no, by)[staff_no]
            if not decides(Role(member.role)):
                raise Refused("error.staff.no_codes")
            confirmed = _is_confirmed(Role(member.role), by)
            self._put(session, member, code_sealed=sealed, code_step=0, may_decide=confirmed)
            self._ask_or_end(work, by, staff_no, Role(member.role), PowerCause.CODE, member, open_request)
            details = {"before_has_code": int(member.code_sealed is not None), "after_has_code": 1}
            self._audit.write(session, by, StaffAction.CODE_GIVEN, staff_no, details)
            work.commit()
        return secret

    def ask_power(self, staff_no: str, by: str) -> None:
        """Asks anew for the confirmation of a number that waits for it; an open request gives way. Nothing is done for
        one that was confirmed. Raises Refused where the role decides no approvals."""
        staff_no = staff_number(staff_no)
        with self._store.write("staff.ask_power") as work:
            open_request = self._powers.hold(work, staff_no)
            member = self._hold(work.session, staff_no, by)[staff_no]
            if not decides(Role(member.role)):
                raise Refused("error.staff.no_power")
            if member.may_decide:
                return
            self._powers.ask(work, by, staff_no, PowerCause.AGAIN, None, open_request)
            work.commit()

    def _ask_or_end(
        self, work: UnitOfWork, by: str, staff_no: str, role: Role, cause: PowerCause, before: Member | None, held: str
    ) -> None:
        """After a change: asks a second person where the number approves nothing yet, and lets no request stand for
        what is not so any more."""
        if not _is_confirmed(role, by):
            self._powers.ask(work, by, staff_no, cause, before, held)
            return
        self._powers.end(work, by, held)
        if before is not None and decides(role) and not before.may_decide:
            self._audit.write(work.session, by, StaffAction.CONFIRMED_POWER, staff_no)

    def _hold(self, session: Session, staff_no: str, by: str, *, also_left: bool = False) -> Held:
        """The rows of `staff_no`, of who acts and of every administrator, locked; refuses what may not be done to
        them."""
        held = register.held(session, {staff_no, by}, Role.ADMINISTRATOR)
        member = held.get(staff_no)
        if member is None:
            raise Refused("error.staff.nobody", staff_no=staff_no)
        _refuse_oneself(held, by, member.person_id)
        if member.state == StaffState.LEFT and not also_left:
            raise Refused("error.staff.left", staff_no=staff_no)
        return held

    def _person_behind(self, session: Session, known_as: str, by: str) -> str:
        """The person of another number, empty where none is named. Nobody gives oneself a second number."""
        held = register.held(session, {known_as, by}, Role.ADMINISTRATOR)
        if known_as and known_as not in held:
            raise BadInput("error.staff.nobody", field="same_person_as", staff_no=known_as)
        person_id = held[known_as].person_id if known_as else ""
        _refuse_oneself(held, by, person_id)
        return person_id

    def _put(self, session: Session, member: Member, **values: object) -> None:
        if not register.change(session, member.staff_no, StaffState(member.state), **values):
            raise Conflict("error.staff.changed", staff_no=member.staff_no)

    def _revoke(self, session: Session, staff_no: str, by: str) -> bool:
        """Ends the open sessions of a number. True where there was one."""
        ended = register.revoke(session, staff_no, self._clock.now())
        for session_id in ended:
            self._audit.write(session, by, StaffAction.REVOKED, session_id, {"staff_no": staff_no})
        return bool(ended)

    def _sealed(self, secret: str, staff_no: str) -> bytes:
        return self._vault.seal(secret, column=codes.SEALED, row=staff_no)


def staff_number(text: str, field: str = "staff_no") -> str:
    """A staff number as it is kept: 2 to 16 ASCII digits and capitals. Raises BadInput, which tells nothing of who
    exists: nobody has a number of another form."""
    number = typed(text, field=field, most=64).upper()
    if not _NUMBER.fullmatch(number):
        raise BadInput("error.staff.number", field=field)
    return number


def _is_confirmed(role: Role, by: str) -> bool:
    """Whether a change by `by` leaves nothing to confirm."""
    return by == SETUP or not decides(role)


def _name(text: str) -> str:
    name = typed(text, field="name", most=60)
    if not name:
        raise BadInput("error.staff.name", field="name")
    return name


def _branch_no(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}", text, re.ASCII):
        raise BadInput("error.staff.branch", field="branch_no")
    return text


def _refuse_oneself(held: Held, by: str, person_id: str) -> None:
    """Raises NotAllowed where who acts is this person, or may not act any more: both are looked at under lock."""
    if by == SETUP:
        return
    acting = held.get(by)
    if acting is None or acting.state != StaffState.ACTIVE:
        raise NotAllowed("error.session.locked")
    if Permission.MANAGE_STAFF not in MAY[Role(acting.role)]:
        raise NotAllowed("error.permission.missing", permission=Permission.MANAGE_STAFF.value)
    if acting.person_id == person_id:
        raise NotAllowed("error.staff.oneself")


def _not_the_last(held: Held, member: Member) -> None:
    """Raises Refused where no active administrator would be left."""

    def active(one: Member) -> bool:
        return one.role == Role.ADMINISTRATOR and one.state == StaffState.ACTIVE

    if active(member) and not any(active(other) for other in held.values() if other.staff_no != member.staff_no):
        raise Refused("error.staff.last_administrator", staff_no=member.staff_no)


def _states(before: Member, after: StaffState) -> dict[str, str | int]:
    return {"before_state": before.state, "after_state": after.value}


def _told(part: str, value: str) -> str:
    """For the audit: names are masked there."""
    return mask_name(value) if part == "name" else value
