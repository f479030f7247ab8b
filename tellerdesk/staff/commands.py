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
