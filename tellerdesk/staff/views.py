"""What the staff room tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tellerdesk.staff.states import Role, StaffState


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
    must_change: bool = False
    """the password was given by somebody else and is to be changed before anything else"""


@dataclass(frozen=True, slots=True)
class StaffView:
    """A person on the list. `same_person`: other numbers of this person. `signed_on_at`: the till, empty for none.
    `may_decide` is False where a second person has still to confirm that this number may approve."""

    staff_no: str
    name: str
    role: Role
    branch_no: str
    state: StaffState
    last_sign_on: datetime | None
    has_code: bool
    must_change: bool
    signed_on_at: str = ""
    same_person: tuple[str, ...] = ()
    failures: int = 0
    may_decide: bool = True


@dataclass(frozen=True, slots=True)
class NewCode:
    """A new secret for one-time codes, shown once and never again. `uri` is what an authenticator scans."""

    staff_no: str
    secret: str
    uri: str

    def __repr__(self) -> str:
        return f"NewCode({self.staff_no})"


@dataclass(frozen=True, slots=True)
class TemporaryPassword:
    """A password the system has chosen, told once; its person changes it at the next sign-on."""

    staff_no: str
    password: str

    def __repr__(self) -> str:
        return f"TemporaryPassword({self.staff_no})"


@dataclass(frozen=True, slots=True)
class Approver:
    """Somebody proven by own number, password and one-time code."""

    staff_no: str
    person_id: str
    name: str
    role: Role
    branch_no: str
