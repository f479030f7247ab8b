"""7003: reading and checking the audit. It stands with the staff room, since the audit itself knows no permissions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tellerdesk.audit.trail import AuditTrail
from tellerdesk.audit.views import AuditPage, AuditSearch, Verified
from tellerdesk.clock import Clock
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn
from tellerdesk.store.engine import Store


class AuditRoom:
    """Looking changes nothing; that somebody exported is itself audited."""

    def __init__(self, store: Store, staff: StaffRoom, audit: AuditTrail, clock: Clock, outside: Path) -> None:
        """`outside` is the file of seals outside the data folder."""
        self.staff = staff
        self._store = store
        self._audit = audit
        self._clock = clock
        self._outside = outside

    @permits(Permission.SEE_AUDIT)
    def search(self, who: SignedOn, search: AuditSearch, most: int = 50) -> AuditPage:
        """The newest rows that match, newest first, at most `most` and 200."""
        raise NotImplementedError

    @permits(Permission.SEE_AUDIT)
    def verify(self, who: SignedOn, told: Callable[[int], None] | None = None) -> Verified:
        """Checks every chain, the seals and the seals outside; `told` hears from time to time how many rows were
        read."""
        raise NotImplementedError

    @permits(Permission.EXPORT_AUDIT)
    def export(self, who: SignedOn, search: AuditSearch, path: Path) -> int:
        """Writes every matching row as JSON lines, seals included, by a temporary file and a rename; gives their
        number. Raises BadInput where the path cannot be written or a file is there already."""
        raise NotImplementedError
