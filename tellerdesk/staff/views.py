"""What the staff room tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tellerdesk.staff.states import Role


@dataclass(frozen=True, slots=True)
class SignedOn:
    """A person at a workstation, proven by password. Handed to every use case as `who`.

    The use case does not believe it: it looks `session_id` up in the store each time.
    `last_sign_on` is aware UTC, None at the first sign-on.
    """

    session_id: str
    staff_no: str
    name: str
    role: Role
    branch_no: str
    till_no: str
    since: datetime
    last_sign_on: datetime | None
    failures_before: int = 0
