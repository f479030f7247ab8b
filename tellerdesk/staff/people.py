"""7002: the list of staff, kept by administrators. Nobody changes, locks or unlocks the own number."""

from __future__ import annotations

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.clock import Clock
from tellerdesk.staff.commands import AddStaff, ChangeStaff
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import NewCode, SignedOn, StaffView, TemporaryPassword
from tellerdesk.store.engine import Store


class People:
    """Every change is audited with what was before; open sessions of a number that is changed, locked or reset end."""

    def __init__(self, store: Store, staff: StaffRoom, audit: AuditTrail, clock: Clock, bank: str) -> None:
        """`bank` names the issuer an authenticator shows."""
        self.staff = staff
        self._store = store
        self._audit = audit
        self._clock = clock
        self._bank = bank

    @permits(Permission.SEE_STAFF)
    def all(self, who: SignedOn) -> tuple[StaffView, ...]:
        """Everybody of the person's own branch (an administrator or auditor sees every branch), by number."""
        raise NotImplementedError

    @permits(Permission.MANAGE_STAFF)
    def add(self, who: SignedOn, command: AddStaff) -> NewCode | None:
        """Puts a person on the list with a password to be changed at the first sign-on; gives the secret of the
        one-time codes where the role decides approvals. Raises BadInput, Conflict."""
        raise NotImplementedError

    @permits(Permission.MANAGE_STAFF)
    def change(self, who: SignedOn, command: ChangeStaff) -> NewCode | None:
        """Another name, role or branch. Raises BadInput, NotAllowed (oneself), Refused (nobody has the number)."""
        raise NotImplementedError

    @permits(Permission.MANAGE_STAFF)
    def lock(self, who: SignedOn, staff_no: str) -> None:
        """Locks a number, whatever it is doing: its sessions are revoked at once. Never the own one."""
        raise NotImplementedError

    @permits(Permission.MANAGE_STAFF)
    def unlock(self, who: SignedOn, staff_no: str) -> None:
        """Opens a locked number again; its tries start anew. Never the own one."""
        raise NotImplementedError

    @permits(Permission.MANAGE_STAFF)
    def leave(self, who: SignedOn, staff_no: str) -> None:
        """Takes a number out of service for good; its history stands."""
        raise NotImplementedError

    @permits(Permission.MANAGE_STAFF)
    def reset_password(self, who: SignedOn, staff_no: str) -> TemporaryPassword:
        """A password of the system's choice, told once, to be changed at the next sign-on. Never the own one."""
        raise NotImplementedError

    @permits(Permission.MANAGE_STAFF)
    def reset_code(self, who: SignedOn, staff_no: str) -> NewCode:
        """A new secret for one-time codes; the old one is worth nothing from now on. Never the own one."""
        raise NotImplementedError
