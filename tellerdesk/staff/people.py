"""7002: the list of staff, kept by administrators. Nobody changes, locks or unlocks the own number."""

from __future__ import annotations

from dataclasses import replace

from tellerdesk.staff import codes, register
from tellerdesk.staff.commands import AddStaff, ChangeStaff
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.roster import Roster, staff_number
from tellerdesk.staff.states import Permission, Role, decides
from tellerdesk.staff.views import NewCode, SignedOn, StaffView, TemporaryPassword
from tellerdesk.store.engine import Store

_EVERY_BRANCH = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
"""Whose list is that of all branches."""


class People:
    """Every change is audited with what was before; open sessions of a number that is changed, locked or reset end.

    A number that approves and is added, changed or reset approves nothing until a supervisor, another person, has
    confirmed it at 7001; the request is written with the change."""

    def __init__(self, store: Store, staff: StaffRoom, bank: str) -> None:
        """`bank` names the issuer an authenticator shows."""
        self.staff = staff
        self._store = store
        self._bank = bank

    @property
    def _roster(self) -> Roster:
        return self.staff.roster

    @permits(Permission.SEE_STAFF)
    def all(self, who: SignedOn) -> tuple[StaffView, ...]:
        """Everybody of the person's own branch (an administrator or auditor sees every branch), by number."""
        with self._store.read() as session:
            standing = register.standing(session, who.session_id)
        everywhere = standing is not None and Role(standing.role) in _EVERY_BRANCH
        return self._roster.views("" if everywhere else who.branch_no)

    @permits(Permission.MANAGE_STAFF)
    def add(self, who: SignedOn, command: AddStaff) -> NewCode | None:
        """Puts a person on the list with a password to be changed at the first sign-on; gives the secret of the
        one-time codes where the role decides approvals. Raises BadInput, Conflict, NotAllowed (another number for
        oneself)."""
        secret = codes.new_secret() if decides(command.role) else ""
        self._roster.add(replace(command, must_change=True, code_secret=secret), by=who.staff_no)
        return self._new_code(command.staff_no, secret)

    @permits(Permission.MANAGE_STAFF)
    def change(self, who: SignedOn, command: ChangeStaff) -> NewCode | None:
        """Another name, role or branch. Raises BadInput, NotAllowed (oneself), Refused (nobody has the number, who had
        it has left, or no active administrator would be left)."""
        return self._new_code(command.staff_no, self._roster.change(command, by=who.staff_no))

    @permits(Permission.MANAGE_STAFF)
    def lock(self, who: SignedOn, staff_no: str) -> None:
        """Locks a number, whatever it is doing: its sessions are revoked at once. Never the own one, and never the last
        active administrator's."""
        self._roster.lock(staff_no, by=who.staff_no)

    @permits(Permission.MANAGE_STAFF)
    def unlock(self, who: SignedOn, staff_no: str) -> None:
        """Opens a locked number again; its tries start anew. Never the own one."""
        self._roster.unlock(staff_no, by=who.staff_no)

    @permits(Permission.MANAGE_STAFF)
    def leave(self, who: SignedOn, staff_no: str) -> None:
        """Takes a number out of service for good; its history stands. Never the own one, and never the last active
        administrator's."""
        self._roster.leave(staff_no, by=who.staff_no)

    @permits(Permission.MANAGE_STAFF)
    def reset_password(self, who: SignedOn, staff_no: str) -> TemporaryPassword:
        """A password of the system's choice, told once, to be changed at the next sign-on. Never the own one."""
        chosen = self._roster.reset_password(staff_no, by=who.staff_no)
        return TemporaryPassword(staff_number(staff_no), chosen)

    @permits(Permission.MANAGE_STAFF)
    def reset_code(self, who: SignedOn, staff_no: str) -> NewCode:
        """A new secret for one-time codes; the old one is worth nothing from now on. Never the own one. Raises Refused
        where the role decides no approvals."""
        return self._told(staff_no, self._roster.reset_code(staff_no, by=who.staff_no))

    @permits(Permission.MANAGE_STAFF)
    def ask_power(self, who: SignedOn, staff_no: str) -> None:
        """Asks a second person once more to confirm that a number may approve. Never the own one. Raises Refused where
        the role decides no approvals."""
        self._roster.ask_power(staff_no, by=who.staff_no)

    def _new_code(self, staff_no: str, secret: str) -> NewCode | None:
        return self._told(staff_no, secret) if secret else None

    def _told(self, staff_no: str, secret: str) -> NewCode:
        number = staff_number(staff_no)
        return NewCode(number, secret, codes.uri(secret, number, self._bank))
