"""Change control: what protects money changes only after a second person's approval, with hash, before and after, and
a day from which it counts."""

from __future__ import annotations

from tellerdesk.parameters.commands import Propose
from tellerdesk.parameters.views import ParameterView, VersionView
from tellerdesk.staff.permissions import permits
from tellerdesk.staff.room import StaffRoom
from tellerdesk.staff.states import Permission
from tellerdesk.staff.views import SignedOn


class ParametersRoom:
    """Use cases around versions; see `parameters.versions` for what is in force."""

    staff: StaffRoom

    @permits(Permission.SEE_PARAMETERS)
    def all(self, who: SignedOn) -> tuple[ParameterView, ...]:
        """Everything under change control: what is in force, what waits, and whether the file on disk differs."""
        raise NotImplementedError

    @permits(Permission.PROPOSE_PARAMETERS)
    def propose(self, who: SignedOn, command: Propose) -> VersionView:
        """Has the file as it stands on disk approved. Raises BadInput, BadSetup (the file has mistakes), Refused
        (nothing differs, or a proposal for it waits already)."""
        raise NotImplementedError
