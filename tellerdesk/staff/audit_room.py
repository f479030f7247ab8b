"""7003: reading and checking the audit. It stands with the staff room, since the audit itself knows no permissions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tellerdesk.audit import check, export
from tellerdesk.audit import search as searching
from tellerdesk.audit.trail import AuditTrail
from tellerdesk.audit.views import AuditAction, AuditPage, AuditSearch, Verified
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
    def search(self, who: SignedOn, search: AuditSearch, most: int = 50) -> AuditPage:  # noqa: ARG002
        """The newest rows that match, newest first, at most `most` and 200."""
        with self._store.read() as session:
            return searching.find(session.connection(), search, most)

    @permits(Permission.SEE_AUDIT)
    def verify(self, who: SignedOn, told: Callable[[int], None] | None = None) -> Verified:  # noqa: ARG002
        """Checks every chain, the seals and the seals outside; `told` hears from time to time how many rows were
        read. Raises StoreUnavailable, BadSetup where the file outside cannot be read."""
        return check.everything(self._store, self._audit, self._outside, told)

    @permits(Permission.EXPORT_AUDIT)
    def export(self, who: SignedOn, search: AuditSearch, path: Path) -> int:
        """Writes every matching row as JSON lines, seals included, by a temporary file and a rename; gives their
        number. The first line tells what was looked for, and the newest seal. Raises BadInput (field "path") where the
        path cannot be written or a file is there already."""

        def audited(done: export.Exported) -> None:
            details = {**export.asked(search), "rows": done.rows, "sha256": done.sha256}
            with self._store.write("audit.export") as unit:
                self._audit.write(unit.session, who.staff_no, AuditAction.EXPORTED, path.name[:64], details)
                unit.commit()

        with self._store.read() as session:
            return export.write(
                session.connection(), search, path, by=who.staff_no, at=self._clock.now(), before_it_stands=audited
            )
