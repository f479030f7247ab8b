"""The rows of 7002: a person in the columns there is room for."""

from __future__ import annotations

from screens.saying import Say, literal, says, shown
from screens.staff_person import role_said
from screens.widgets.ledger import Column, Row
from tellerdesk.clock import branch_time
from tellerdesk.staff.states import StaffState, decides
from tellerdesk.staff.views import StaffView

WIDE = 96
"""From this width on roles and times stand there in full."""
LONGEST_NUMBER = 12
"""Cells of the widest number the list shows whole; the line below it shows any."""
PARTS = ("no", "name", "role", "role", "branch", "state", "till", "last", "last", "tries")


def columns_for(number_width: int) -> tuple[Column, ...]:
    return (
        Column(min(max(number_width, 6), LONGEST_NUMBER)),
        Column(0),
        Column(10, below=WIDE),
        Column(22, from_width=WIDE),
        Column(6),
        Column(6),
        Column(4),
        Column(12, below=WIDE),
        Column(16, from_width=WIDE),
        Column(5, "right"),
    )


def row_of(person: StaffView) -> Row:
    last = person.last_sign_on
    at = branch_time(last) if last is not None else None
    return Row(
        person.staff_no,
        (
            shown(person.staff_no),
            shown(person.name),
            role_said(person.role, short=True),
            role_said(person.role),
            shown(person.branch_no),
            _state(person),
            shown(person.signed_on_at or "-"),
            shown(f"{at:%m-%d %H:%M}" if at else "-"),
            shown(f"{at:%Y-%m-%d %H:%M}" if at else "-"),
            lambda _words: literal(str(person.failures or "-"), "$warning" if person.failures else ""),
        ),
    )


def waits(person: StaffView) -> bool:
    """Whether a second person has still to confirm that this number may approve."""
    return decides(person.role) and not person.may_decide and person.state is not StaffState.LEFT


def _state(person: StaffView) -> Say:
    state = person.state
    if state is StaffState.ACTIVE and waits(person):
        return says("staff.state.to_confirm", "$warning")
    style = {StaffState.LOCKED: "$warning", StaffState.LEFT: "$secondary"}.get(state, "")
    return says(f"staff.state.{state.lower()}", style)
