"""Who may do what, drawn from the declarations: the page in docs/ cannot differ from what the door asks."""

from __future__ import annotations

from collections.abc import Iterable

from tellerdesk.staff.permissions import declared
from tellerdesk.staff.states import MAY, WHILE_IDLE, WHILE_PASSWORD_IS_ANOTHERS, Permission, Role

YES, NO = "yes", "-"
NOTHING = "nothing"
ANYBODY = frozenset({Permission.SIGN_ON})
"""Nobody is asked for these: they need no session."""

STATES: tuple[tuple[str, str, str, frozenset[Permission] | None], ...] = (
    ("own branch", "signed on at a till of the own branch", "", None),
    ("other branch", "the person now belongs to another branch", "error.session.other_branch", frozenset()),
    ("locked", "the staff number is locked", "error.session.locked", frozenset()),
    ("left", "the staff number is out of use", "error.session.left", frozenset()),
    ("revoked", "the person's entry was changed, locked or reset", "error.session.revoked", frozenset()),
    ("ended", "signed off, or gave way to another sign-on", "error.session.ended", frozenset()),
    ("expired", "longer than `session_hours` by the database's clock", "error.session.expired", frozenset()),
    ("idle", "the desk is locked", "error.session.idle", WHILE_IDLE),
    ("must change", "the password was given by somebody else", "error.session.must_change", WHILE_PASSWORD_IS_ANOTHERS),
)
"""Each state of a session: its name, what it means, how everything else is refused, and which permissions still count
in it, None where all of the role's do. Whatever is let through is let through for the role alone."""

_HEAD = """# Who may do what

Generated from the declarations above the use cases; do not edit. A test calls each of them with a session of each role
in each state and compares what the door answers with this page.

## Use cases
"""
_STATES_HEAD = """
## Sessions

What the table above says holds for a person signed on at the own branch. In any other state the door lets through only
what is named here, and only for a role that may do it; the rest is refused with the answer. What asks for SIGN_ON needs
no session (signing on and off, the command line) and is never refused by the door.
"""


def use_cases(rooms: Iterable[type]) -> dict[str, Permission]:
    """Every use case as "Room.method", with the permission it asks for."""
    return {f"{room.__name__}.{name}": permission for room in rooms for name, permission in declared(room).items()}


def markdown(rooms: Iterable[type]) -> str:
    """The page as Markdown."""
    cases = use_cases(rooms)
    lines = [_HEAD, _row("use case", "permission", *(role.value.lower() for role in Role)), _row(*["---"] * 7)]
    lines += [_row(case, permission.value, *_by_role(permission)) for case, permission in cases.items()]
    within = sorted(set().union(*MAY.values()) - set(cases.values()))
    if within:
        lines += ["", "Asked for within a use case, by whoever signs on:", ""]
        lines += [_row("permission", *(role.value.lower() for role in Role)), _row(*["---"] * 6)]
        lines += [_row(permission.value, *_by_role(permission)) for permission in within]
    lines += [_STATES_HEAD, _row("state", "meaning", "answer", "let through"), _row(*["---"] * 4)]
    lines += [_row(name, meaning, answer, _let_through(let)) for name, meaning, answer, let in STATES]
    return "\n".join(lines) + "\n"


def _by_role(permission: Permission) -> list[str]:
    if permission in ANYBODY:
        return [YES] * len(Role)
    return [YES if permission in MAY[role] else NO for role in Role]


def _let_through(let: frozenset[Permission] | None) -> str:
    if let is None:
        return "all of the role"
    return ", ".join(sorted(permission.value for permission in let)) or NOTHING


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
