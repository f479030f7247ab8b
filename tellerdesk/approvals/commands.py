"""What a person asks of the approvals room."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who decides at somebody else's desk: own staff number, password, one-time code (six figures)."""

    staff_no: str
    password: str = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DecideHere:
    """A decision on the spot, at the desk that asked. `reason` is asked for where `approve` is False."""

    approval_id: str
    approve: bool
    by: Credentials
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decide:
    """A decision from the approver's own desk, proven once more by a one-time code."""

    approval_id: str
    approve: bool
    code: str = field(repr=False)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The one who asked does not want it any more."""

    approval_id: str
    reason: str = ""
