"""The staff room: who works here, who is signed on, and who may do what.

Staff numbers that nobody has are answered like those somebody has: the same sentences, delays, lock and work.
"""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Callable

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.clock import Clock
from tellerdesk.errors import BadInput, NotAllowed, SignOnRefused
from tellerdesk.staff import codes, register, tries
from tellerdesk.staff.commands import AddStaff, ChangePassword, SignOn
from tellerdesk.staff.passwords import Passwords, same
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.power import Powers
from tellerdesk.staff.register import Place
from tellerdesk.staff.roster import Roster, staff_number
from tellerdesk.staff.states import (
    MAY,
    WHILE_IDLE,
    WHILE_PASSWORD_IS_ANOTHERS,
    Permission,
    Role,
    StaffAction,
    StaffState,
)
from tellerdesk.staff.system import NOBODY, SETUP, SYSTEM
from tellerdesk.staff.views import Approver, SignedOn
from tellerdesk.store.engine import Store
from tellerdesk.store.vault import Vault

__all__ = ["NOBODY", "SETUP", "StaffRoom"]

MayLeave = Callable[[Connection, SignedOn], None]
"""Raises Refused where something of the person's own must be said before they leave."""

SESSION_HOURS = 12.0
"""How long a sign-on lasts where nobody says otherwise."""


class StaffRoom:
    """Sign-on, permissions and the list of staff."""

    def __init__(
        self,
        store: Store,
        audit: AuditTrail,
        clock: Clock,
        passwords: Passwords,
        vault: Vault,
        *,
        session_hours: float = SESSION_HOURS,
        powers: Powers | None = None,
        may_leave: MayLeave = lambda *_: None,
    ) -> None:
        """A sign-on lasts `session_hours` by the database's clock; `powers` is the roster's. `may_leave` is asked where
        a person signs off, never where a session ends otherwise."""
        self.roster = Roster(store, audit, clock, passwords, vault, powers)
        self._store = store
        self._vault = vault
        self._audit = audit
        self._clock = clock
        self._passwords = passwords
        self._may_leave = may_leave
        self._lasts_ms = round(session_hours * 3_600_000)

    @property
    def staff(self) -> StaffRoom:
        return self

    @permits(Permission.SIGN_ON)
    def sign_on(self, command: SignOn, *, branch_no: str, till_no: str, terminal: str) -> SignedOn:
        """Opens a session for who knows the password, at a till of the person's own branch.

        The person's own older session, wherever it is, ends: a desk that crashed must not keep its teller out. Somebody
        else's session at this till is in the way as long as it lasts: only who may force a sign-off ends it by signing
        on. Raises BadInput, SignOnRefused (wrong, too early, locked: never telling whether the number exists),
        NotAllowed (right password, wrong branch or taken till).
        """
        place = Place(branch_no, till_no, terminal)
        staff_no = staff_number(command.staff_no)
        failures, opened = self._prove(
            staff_no, command.password, StaffAction.SIGN_ON_FAILED, place.told(), SignOnRefused("error.sign_on.refused")
        )
        renewed = self._passwords.hash(command.password) if self._passwords.outdated(opened) else opened
        try:
            return self._open(staff_no, place, failures, opened, renewed)
        except IntegrityError:
            # Somebody else signed on at this till between our look and our row; now we see it.
            return self._open(staff_no, place, failures, opened, renewed)

    @permits(Permission.SIGN_ON)
    def sign_off(self, who: SignedOn) -> None:
        """Ends the session. One that has ended already stays as it is. Raises Refused where something of the person's
        own must be said first."""
        with self._store.write("staff.sign_off") as work:
            if register.end(work.session, who.session_id, who.staff_no, self._clock.now()):
                self._may_leave(work.connection, who)
                self._audit.write(work.session, who.staff_no, StaffAction.SIGNED_OFF, who.session_id)
                work.commit()

    @permits(Permission.LOCK_DESK)
    def confirm(self, who: SignedOn, password: str) -> None:
        """Proves that the person signed on is the one at the keyboard, and opens a locked desk. Wrong passwords count
        as at sign-on, and ten in a row lock the number. Raises SignOnRefused, NotAllowed."""
        opened = self._prove_again(who, password, SignOnRefused("error.confirm.refused"))
        with self._store.write("staff.confirm") as work:
            session = work.session
            tries.forget(session, self._audit.blinded(who.staff_no))
            self._still_opens(session, who.staff_no, opened, SignOnRefused("error.confirm.refused"))
            register.lock_desk(session, who.session_id, locked=False)
            self._audit.write(session, who.staff_no, StaffAction.CONFIRMED, who.session_id)
            work.commit()

    @permits(Permission.LOCK_DESK)
    def lock_desk(self, who: SignedOn) -> None:
        """Nothing more is done in this session until `confirm`; what is under way goes on. May be repeated."""
        with self._store.write("staff.lock_desk") as work:
            if register.lock_desk(work.session, who.session_id, locked=True):
                self._audit.write(work.session, who.staff_no, StaffAction.DESK_LOCKED, who.session_id)
                work.commit()

    @permits(Permission.CHANGE_PASSWORD)
    def change_password(self, who: SignedOn, command: ChangePassword) -> None:
        """The person's own new password, which may not be the old one. A wrong old one counts as a try. Other sessions
        under this number end.

        Raises BadInput (field "new"), SignOnRefused.
        """
        self._passwords.check_rules(command.new, staff_no=who.staff_no, field="new")
        if same(command.new, command.old):
            raise BadInput("error.password.same", field="new")
        wrong = SignOnRefused("error.password.old")
        opened = self._prove_again(who, command.old, wrong)
        chosen = self._passwords.hash(command.new)
        with self._store.write("staff.change_password") as work:
            session = work.session
            tries.forget(session, self._audit.blinded(who.staff_no))
            member = self._still_opens(session, who.staff_no, opened, wrong)
            register.change(session, who.staff_no, StaffState.ACTIVE, password_hash=chosen, must_change=False)
            ended = register.revoke(session, who.staff_no, self._clock.now(), but=who.session_id)
            for session_id in ended:
                self._audit.write(session, who.staff_no, StaffAction.REVOKED, session_id, {"staff_no": who.staff_no})
            details = {"before_must_change": int(member.must_change), "after_must_change": 0}
            self._audit.write(session, who.staff_no, StaffAction.PASSWORD_CHANGED, who.staff_no, details)
            work.commit()

    def _prove_again(self, who: SignedOn, password: str, wrong: SignOnRefused) -> str:
        """The password of who is signed on: the hash it opens."""
        place = Place(who.branch_no, who.till_no, "")
        return self._prove(who.staff_no, password, StaffAction.CONFIRM_FAILED, place.told(), wrong)[1]

    def _still_opens(self, session: Session, staff_no: str, opened: str, wrong: SignOnRefused) -> register.Member:
        """The person's row, locked, if the password that was looked at outside this transaction is still the one."""
        member = register.locked_member(session, staff_no)
        if member.state == StaffState.LOCKED:
            raise SignOnRefused("error.sign_on.locked")
        if member.state != StaffState.ACTIVE or member.password_hash != opened:
            raise wrong
        return member

    @permits(Permission.SIGN_ON)
    def add(self, command: AddStaff, by: str) -> None:
        """Puts a person on the list; `by` is who is told of in the audit, SETUP for the command line.

        Raises BadInput, and Conflict where the number is taken.
        """
        self.roster.add(command, by)

    @permits(Permission.SIGN_ON)
    def require(self, who: SignedOn, permission: Permission) -> None:
        """Raises NotAllowed unless `who` is signed on now and the person's role has `permission` now. Nothing `who`
        says is believed: session, state, branch and role are read each time, so a change counts at once."""
        if who == SYSTEM:
            if permission is not Permission.RECOVER:
                raise NotAllowed("error.permission.missing", permission=permission.value)
            return
        with self._store.read() as session:
            standing = register.standing(session, who.session_id)
        if standing is None or not standing.is_of(who):
            raise NotAllowed("error.session.ended")
        if standing.revoked:
            raise NotAllowed("error.session.revoked")
        if standing.ended:
            raise NotAllowed("error.session.ended")
        if standing.state == StaffState.LOCKED:
            raise NotAllowed("error.session.locked")
        if standing.state != StaffState.ACTIVE:
            raise NotAllowed("error.session.left")
        if standing.home_branch_no != standing.branch_no:
            raise NotAllowed("error.session.other_branch", branch=standing.home_branch_no)
        if standing.expired:
            raise NotAllowed("error.session.expired")
        if standing.locked and permission not in WHILE_IDLE:
            raise NotAllowed("error.session.idle")
        if standing.must_change and permission not in WHILE_PASSWORD_IS_ANOTHERS:
            raise NotAllowed("error.session.must_change")
        if permission not in MAY[Role(standing.role)]:
            raise NotAllowed("error.permission.missing", permission=permission.value)

    @permits(Permission.SIGN_ON)
    def prove_approver(self, staff_no: str, password: str, code: str, at: SignedOn) -> Approver:
        """Proves that somebody else stands at the desk of `at`, by own number, password and one-time code. Every wrong
        password or code counts as a try; a code counts once. Raises BadInput, SignOnRefused, NotAllowed (without codes,
        with a password somebody else has given, or while the power to approve is not confirmed)."""
        number = staff_number(staff_no)
        place = Place(at.branch_no, at.till_no, "")
        refused = SignOnRefused("error.approver.refused")
        _, opened = self._prove(number, password, StaffAction.CONFIRM_FAILED, place.told(), refused)
        return self._prove_code(number, code, opened, place)

    @permits(Permission.BE_SIGNED_ON)
    def prove_code(self, who: SignedOn, code: str) -> Approver:
        """Proves by a one-time code that the person signed on is the one at the keyboard. Raises what `prove_approver`
        raises."""
        number = self._audit.blinded(who.staff_no)
        with self._store.write("staff.try") as work:
            counted = tries.count(work.session, number)
            work.commit()
        if not counted.granted:
            raise counted.refusal()
        return self._prove_code(who.staff_no, code, None, Place(who.branch_no, who.till_no, ""))

    def _prove_code(self, staff_no: str, code: str, opened: str | None, place: Place) -> Approver:
        """The second factor of a try that was counted; where the password was looked at, `opened` is the hash it
        opened."""
        folded = re.sub(r"\s", "", unicodedata.normalize("NFKC", code))[:16]
        number = self._audit.blinded(staff_no)
        with self._store.write("staff.code") as work:
            session = work.session
            member = register.locked_member(session, staff_no)
            if member.state != StaffState.ACTIVE or (opened is not None and member.password_hash != opened):
                raise SignOnRefused("error.approver.refused")
            if member.must_change:
                raise NotAllowed("error.approver.must_change")
            if member.code_sealed is None:
                raise NotAllowed("error.code.none")
            if not member.may_decide:
                raise NotAllowed("error.approver.not_confirmed")
            secret = self._vault.open(member.code_sealed, column=codes.SEALED, row=staff_no)
            step = codes.step_of(secret, folded, register.now_ms(session))
            if step is not None and step > member.code_step:
                register.code_used(session, staff_no, step)
                tries.forget(session, number)
                self._audit.write(session, staff_no, StaffAction.PROVEN, staff_no, place.told())
                work.commit()
                return Approver(staff_no, member.person_id, member.name, Role(member.role), member.branch_no)
            locks = tries.exhausted(session, number) and register.lock(session, staff_no)
            used = step is not None
            self._audit.write(session, staff_no, StaffAction.CODE_REFUSED, staff_no, {**place.told(), "used": used})
            if locks:
                self._audit.write(session, staff_no, StaffAction.LOCKED, staff_no)
            work.commit()
        # Who typed a password too is not told that it was right.
        wrong = "error.code.refused" if opened is None else "error.approver.refused"
        raise SignOnRefused("error.code.used" if used else wrong)

    def _prove(
        self, staff_no: str, password: str, failed: StaffAction, details: dict[str, str | int], wrong: SignOnRefused
    ) -> tuple[int, str]:
        """Counts the try, commits that, then looks at the password. Gives the wrong tries before this one and the hash
        that opened; raises `wrong`, or what tells to wait or that the number is locked. No transaction is open while
        argon2 works."""
        number = self._audit.blinded(staff_no)
        with self._store.write("staff.try") as work:
            counted = tries.count(work.session, number)
            stored = register.password_hash(work.session, staff_no)
            work.commit()
        if not counted.granted:
            raise counted.refusal()
        if self._passwords.verify(stored, password) and stored is not None:
            return counted.failures - 1, stored
        with self._store.write("staff.failed") as work:
            details = {**details, "failures": counted.failures}
            locks = tries.exhausted(work.session, number) and register.lock(work.session, staff_no)
            person, subject = (NOBODY, number) if stored is None else (staff_no, staff_no)
            self._audit.write(work.session, person, failed, subject, details)
            if locks:
                self._audit.write(work.session, person, StaffAction.LOCKED, subject)
            work.commit()
        raise counted.refusal() if counted.locked else wrong

    def _open(self, staff_no: str, place: Place, failures: int, opened: str, renewed: str) -> SignedOn:
        """The session of who has proven the password whose hash is `opened`; that is checked again under lock."""
        with self._store.write("staff.sign_on") as work:
            session = work.session
            tries.forget(session, self._audit.blinded(staff_no))
            member = register.locked_member(session, staff_no)
            if member.state == StaffState.LOCKED:
                raise SignOnRefused("error.sign_on.locked")
            if member.state != StaffState.ACTIVE or member.password_hash != opened:
                raise SignOnRefused("error.sign_on.refused")
            refusal = self._end_what_is_in_the_way(session, member, place)
            if refusal is not None:
                reason = {**place.told(), "reason": refusal.message_id}
                self._audit.write(session, staff_no, StaffAction.SIGN_ON_REFUSED, staff_no, reason)
                work.commit()
                raise refusal
            since = self._clock.now()
            session_id = uuid.uuid4().hex
            register.begin(session, session_id, staff_no, place, since, self._lasts_ms)
            register.signed_on(session, staff_no, since, renewed)
            told = {**place.told(), "failures_before": failures}
            self._audit.write(session, staff_no, StaffAction.SIGNED_ON, session_id, told)
            work.commit()
        return SignedOn(
            session_id=session_id,
            staff_no=staff_no,
            name=member.name,
            role=Role(member.role),
            branch_no=place.branch_no,
            till_no=place.till_no,
            since=since,
            last_sign_on=member.last_sign_on,
            failures_before=failures,
            must_change=member.must_change,
        )

    def _end_what_is_in_the_way(self, session: Session, member: register.Member, place: Place) -> NotAllowed | None:
        """Ends the sessions that give way to this sign-on, or tells what does not."""
        if member.branch_no != place.branch_no:
            return NotAllowed("error.sign_on.other_branch", branch=member.branch_no)
        in_the_way = register.open_sessions(session, member.staff_no, place)
        for other in in_the_way:
            if other.expired or other.staff_no == member.staff_no:
                continue
            if Permission.FORCE_SIGN_OFF not in MAY[Role(member.role)]:
                return NotAllowed(
                    "error.sign_on.till_taken", till=place.till_no, name=other.name, staff_no=other.staff_no
                )
        for other in in_the_way:
            own = other.staff_no == member.staff_no
            register.end(session, other.session_id, other.staff_no, self._clock.now())
            self._audit.write(
                session,
                member.staff_no,
                StaffAction.EXPIRED if other.expired else StaffAction.TAKEN_OVER if own else StaffAction.FORCED_OFF,
                other.session_id,
                {"staff_no": other.staff_no, "branch_no": other.branch_no, "till_no": other.till_no},
            )
        return None
