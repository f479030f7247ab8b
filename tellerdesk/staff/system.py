"""Who acts when no person does: the desk's own recovery, and the command line."""

from __future__ import annotations

from datetime import UTC, datetime

from tellerdesk.staff.states import Role
from tellerdesk.staff.views import SignedOn

SYSTEM = SignedOn(
    session_id="SYSTEM",
    staff_no="SYSTEM",
    name="SYSTEM",
    role=Role.AUDITOR,
    branch_no="0000",
    till_no="00",
    since=datetime(1970, 1, 1, tzinfo=UTC),
    last_sign_on=None,
)
"""May RECOVER and nothing else. The role is never looked at: it is there because every SignedOn has one."""

SETUP = "SETUP"
"""Who acts from the command line."""
NOBODY = "NOBODY"
"""Whose chain tells of tries at numbers that nobody has."""
RESERVED = frozenset({SETUP, NOBODY, SYSTEM.staff_no})
"""No person has one of these numbers."""
