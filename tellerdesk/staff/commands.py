"""What a person asks of the staff room."""

from __future__ import annotations

from dataclasses import dataclass, field

from tellerdesk.staff.states import Role


@dataclass(frozen=True, slots=True)
class SignOn:
    """Sign on at this workstation. The workstation's branch and till come from its settings."""

    staff_no: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AddStaff:
    """Put a person on the list. `password` at least 8 characters."""

    staff_no: str
    name: str
    role: Role
    branch_no: str
    password: str = field(repr=False)
    same_person_as: str = ""
    """another number of the same person"""
    must_change: bool = False
    """the password is another's choice: it is changed at the first sign-on"""
    code_secret: str = field(default="", repr=False)
    """of the one-time codes, base32; empty: the system chooses one where the role decides approvals"""


@dataclass(frozen=True, slots=True)
class ChangeStaff:
    """Another name, role or branch for a staff number; an empty one stays. Open sessions under it end."""

    staff_no: str
    name: str = ""
    role: Role | None = None
    branch_no: str = ""


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """The person's own new password, proven by the old one."""

    old: str = field(repr=False)
    new: str = field(repr=False)
