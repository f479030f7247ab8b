"""Who asks a second person to confirm that a number may approve: what the list of staff needs of it."""

from __future__ import annotations

from typing import Protocol

from tellerdesk.staff.register import Member
from tellerdesk.staff.states import PowerCause
from tellerdesk.store.engine import UnitOfWork


class Powers(Protocol):
    """Requests to confirm powers, in the unit of work of the change they are about. There is one open for a number at
    most."""

    def hold(self, unit: UnitOfWork, staff_no: str) -> str:
        """Locks the number's open request before anything else is locked, and gives its id, empty for none."""

    def ask(
        self, unit: UnitOfWork, by: str, staff_no: str, cause: PowerCause, before: Member | None, held: str
    ) -> None:
        """Asks, for the number as it stands now; `before` is how it stood. A held request is overtaken and ends. Raises
        NotAllowed where `by` is signed on nowhere, Conflict where another request has come in between."""

    def end(self, unit: UnitOfWork, by: str, held: str) -> None:
        """Ends a held request: there is nothing to confirm any more."""


class NoPowers:
    """Where nobody can be asked: the command line, whose changes need nobody. A request that is open comes to nothing
    when it is decided, since the number is not what it was."""

    def hold(self, unit: UnitOfWork, staff_no: str) -> str:  # noqa: ARG002
        return ""

    def ask(
        self, unit: UnitOfWork, by: str, staff_no: str, cause: PowerCause, before: Member | None, held: str
    ) -> None:
        """Asks nobody: the number waits until somebody is asked."""

    def end(self, unit: UnitOfWork, by: str, held: str) -> None:
        """There is nothing to end."""
